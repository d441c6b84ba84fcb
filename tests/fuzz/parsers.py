"""Every parser of the package, as a table: what reads which examples, and how they are changed.

A `read` raises what its parser raises, and `AssertionError` where something was accepted that
is not in its one form, or was not said by the one who should have said it.
"""

import json
import sqlite3
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import typer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from refimpl.cli.endpoints import _key_of_contract, _peer_address
from refimpl.edition import STANDARD, load, parse_edition
from refimpl.endpoint import RoamingEndpoint, next_due, receive
from refimpl.endpoint.calls import Call
from refimpl.errors import RoamingError
from refimpl.identifiers import (
    PROFILES,
    check_uid,
    parse,
    parse_carried_evse_id,
    parse_emaid,
    parse_evse_id,
    parse_free_contract_id,
)
from refimpl.messages import Envelope
from refimpl.network import parse_network
from refimpl.play.example import NETWORK
from refimpl.security import compact, jwe, jwk, jws, pki_files
from refimpl.security.certificates import Purpose, check_chain
from refimpl.security.chain import parse_chain
from refimpl.security.compact import parts_of
from refimpl.security.protection import KeyRing, check_countersignatures, unprotect
from refimpl.security.revocation import UNREADABLE
from refimpl.tls.channel import Channel, Credentials
from refimpl.tls.client_hello import negotiate, read_client_hello
from refimpl.tls.framing import Frames, Records
from refimpl.tls.message_protection import ProtectedEnvelope
from refimpl.tls.store import Store, checksum
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.protected_text import key_ring, moment
from refimpl.vectors.suite import BadSuite, suite_folder
from refimpl.wire import decode, encode
from tests.command import say
from tests.fuzz import mutations as change
from tests.fuzz.mutations import Mutation
from tests.live import NOW, credentials, endpoint, pki_with
from tests.world import NOON
from tests.world import envelope as envelope_of


class Parser(NamedTuple):
    """One parser: what it `reads`, what is right and wrong to begin with, how that is changed,
    and what it raises for what it does not accept.

    `told` is whether a partner is told of its errors, which then have to fit into a `Refusal`;
    `share` is how many examples it has of a hundred for the quickest, `seconds` what it may take
    whatever it reads.
    """

    read: Callable[[bytes], object]
    examples: Callable[[], tuple[bytes, ...]]
    changes: tuple[Mutation, ...]
    refuses_with: tuple[type[Exception], ...] = (RoamingError,)
    share: int = 100
    seconds: float = 0.25
    told: bool = False


@cache
def family(name: str) -> dict[str, Any]:
    """A family of the vectors."""
    found: dict[str, Any] = json.loads((suite_folder() / "v1" / f"{name}.json").read_bytes())
    return found


def given(name: str, operation: str) -> list[dict[str, Any]]:
    """The inputs of an operation in a family, with the context of each under `context`."""
    whole = family(name)
    return [
        {**test["input"], "context": whole["contexts"].get(test.get("context", ""))}
        for test in whole["tests"]
        if test["operation"] == operation
    ]


# --- Messages ---------------------------------------------------------------------------------


@cache
def envelopes() -> tuple[bytes, ...]:
    told = set()
    for one in given("messages", "message.decode"):
        if "text" in one:
            told.add(one["text"].encode())
        else:
            told.add(urlsafe_b64decode(one["base64url"] + "=="))
    return tuple(sorted(raw for raw in told if len(raw) < 5_000))


@cache
def running(kind: str) -> RoamingEndpoint:
    """An endpoint in the middle of its work: it has received what the vectors say, as far as it
    could.
    """
    rep = endpoint(kind, mode="clearing-house" if kind.startswith("house") else "direct")
    for raw in envelopes():
        with suppress(RoamingError):
            rep = heard(rep, decode(raw))
    return rep


def heard(rep: RoamingEndpoint, envelope: Envelope) -> RoamingEndpoint:
    """What comes of a message at an endpoint, whose neighbour its sender is."""
    ids = map("m-{}".format, count()).__next__
    outcome = receive(rep, envelope, peer=envelope.sender, now=NOON, new_id=ids)
    next_due(outcome.rep)
    for one in outcome.sends:
        encode(one.envelope)
    return outcome.rep


def read_envelope(raw: bytes) -> None:
    """Read a message; what is read is in its one form, and no endpoint breaks on it."""
    envelope = decode(raw)
    assert encode(envelope) == raw
    for name in ("csp-alba", "cso-elm", "house-north"):
        heard(running(name), envelope)
        heard(running(name), envelope.model_copy(update={"receiver": name}))


@cache
def right_envelope() -> dict[str, Any]:
    """One that any endpoint reads."""
    for raw in envelopes():
        with suppress(RoamingError):
            decode(raw)
            right: dict[str, Any] = json.loads(raw)
            return right
    raise AssertionError("no right envelope")


def read_protected_envelope(raw: bytes) -> None:
    envelope = decode(raw, ProtectedEnvelope)
    assert encode(envelope) == raw


def protected_envelopes() -> tuple[bytes, ...]:
    texts = [one["text"] for one in given("signed-message", "message.unprotect")[:10]]
    examples = []
    for text in texts:
        said = dict(right_envelope())
        said["message"] = {"countersignatures": texts[:2], "kind": "receipt", "text": text}
        examples.append(json.dumps(said, separators=(",", ":"), sort_keys=True).encode())
    return tuple(examples)


# --- Protected texts --------------------------------------------------------------------------

OURS: Final = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
EPHEMERAL: Final = x25519.X25519PrivateKey.from_private_bytes(bytes(31) + b"\1")
OPENING: Final = x25519.X25519PrivateKey.from_private_bytes(bytes(range(32)))


@cache
def texts() -> Mapping[bytes, tuple[dict[str, Any], KeyRing]]:
    """The protected texts of the vectors, what is asked about each, and the keys."""
    found: dict[bytes, tuple[dict[str, Any], KeyRing]] = {}
    for name in ("signed-message", "sealed-message"):
        for one in given(name, "message.unprotect"):
            if len(one["text"]) < 20_000:
                # the first that is asked about a text is the one in which it is right
                found.setdefault(one["text"].encode(), (one, key_ring(one["context"])))
    return found


@cache
def accepted_contents() -> frozenset[bytes]:
    """What the right texts of the vectors say."""
    contents = set()
    for raw, (one, keys) in texts().items():
        with suppress(RoamingError):
            contents.add(_said(raw.decode(), one, keys))
    return frozenset(contents)


def _said(text: str, one: Mapping[str, Any], keys: KeyRing) -> bytes:
    opened = unprotect(
        text, keys, receiver=one["receiver"], now=moment(one["now"]), seen=frozenset()
    )
    return encode(opened.envelope().model_copy(update={"message": opened.message}))


def read_text(raw: bytes) -> None:
    """Open a protected text; what opens was said by its sender, whatever was changed."""
    text = raw.decode("utf-8", "replace")
    with suppress(RoamingError):
        parts_of(text)
    one, keys = next(iter(texts().values()))
    assert _said(text, one, keys) in accepted_contents()


def read_own_text(raw: bytes) -> None:
    """Open what a partner has signed, or signed and sealed, that may say anything."""
    header, _, payload = raw.partition(b"\n")
    signing_input = b".".join(map(compact.to_base64url, (header, payload)))
    signature = compact.to_base64url(OURS.sign(signing_input))
    keys = KeyRing({"elm-1": ("cso-elm", OURS.public_key())}, {"alba-1": OPENING})
    text = (signing_input + b"." + signature).decode()
    asked: dict[str, Any] = {"receiver": "csp-alba", "now": NOON, "seen": frozenset()}
    try:
        opened = unprotect(text, keys, **asked)
    finally:
        with suppress(RoamingError):
            jws.verify(text, keys.signer, jws.JwsHeader)
    assert opened.header.sender == "cso-elm"
    assert encode(opened.envelope())


@cache
def own_texts() -> tuple[bytes, ...]:
    examples = []
    seconds = int(NOON.timestamp())
    for raw in envelopes():
        with suppress(RoamingError):
            envelope = decode(raw)
            header = {
                "alg": "EdDSA",
                "correlation_id": "service-1",
                "edition": "2025",
                "exp": seconds + 300,
                "iat": seconds,
                "jti": "m-1",
                "kid": "elm-1",
                "receiver": "csp-alba",
                "sender": "cso-elm",
                "typ": envelope.message.kind,
            }
            said = json.loads(raw)["message"]
            examples.append(_lines(header, said))
    return tuple(examples)


def _lines(*values: object) -> bytes:
    texts = [json.dumps(one, separators=(",", ":"), sort_keys=True) for one in values]
    return "\n".join(texts).encode()


def change_line_of_json(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change one of two JSON texts, a line each."""
    lines, others = raw.split(b"\n"), other.split(b"\n")
    place = dice.randrange(len(lines))
    lines[place] = change.change_json(dice, lines[place], others[min(place, len(others) - 1)])
    return b"\n".join(lines)


def read_seal(raw: bytes) -> None:
    """Open what anyone has sealed, under a header that may say anything."""
    header, _, content = raw.partition(b"\n")
    sealed = jwe.seal(_plain_seal(), content, OPENING.public_key(), EPHEMERAL, bytes(12))
    parts = sealed.split(".")
    parts[0] = compact.to_base64url(header).decode()
    on_p256 = ec.derive_private_key(7, ec.SECP256R1())
    keys: dict[str, jwk.OpeningKey] = {"alba-1": OPENING, "alba-2": on_p256}
    jwe.unseal(".".join(parts), keys.get, jwe.JweHeader)


@cache
def seals() -> tuple[bytes, ...]:
    examples = []
    for raw in texts():
        with suppress(RoamingError):
            parts = parts_of(raw.decode())
            if "aad" in parts:
                examples.append(parts["header"] + b"\nhello")
    plain = compact.from_base64url(_plain_seal().encoded, "header")
    return (*examples, *(plain + b"\nhello" for _ in examples))


def _plain_seal() -> jwe.JweHeader:
    return jwe.JweHeader(
        alg="ECDH-ES",
        enc="A256GCM",
        epk=jwe.ephemeral_key(EPHEMERAL.public_key()),
        kid="alba-1",
    )


def read_countersignature(raw: bytes) -> None:
    one = given("signed-message", "countersignatures.check")[0]
    check_countersignatures(
        one["text"],
        [raw.decode("utf-8", "replace")],
        key_ring(one["context"]),
        sender=one["sender"],
        receiver=one["receiver"],
        now=moment(one["now"]),
    )


def countersignatures() -> tuple[bytes, ...]:
    found: set[bytes] = set()
    for one in given("signed-message", "countersignatures.check"):
        found.update(text.encode() for text in one["countersignatures"])
    return tuple(sorted(found))


# --- Certificates -----------------------------------------------------------------------------


def _der(part: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return part.public_bytes(Encoding.DER)


def read_certificate(raw: bytes) -> None:
    """Judge a chain whose leaf was changed and not signed again."""
    pki, known = pki_with(), our_certificates()
    _, *above = pki.leaf("csp-alba").chain
    leaf = parse_chain([raw])
    _judge((*leaf, *above), pki.crls)
    assert raw in known


def read_signed_certificate(raw: bytes) -> None:
    """Judge a chain whose leaf its authority has signed, whatever stands in it."""
    pki = pki_with()
    _, *above = pki.leaf("csp-alba").chain
    issuer = next(ca for ca in pki.issuers if ca.certificate == above[0])
    _judge((*parse_chain([_signed_again(raw, issuer.key)]), *above), pki.crls)


def read_signed_crl(raw: bytes) -> None:
    """Judge a chain by a CRL that its authority has signed, whatever stands in it."""
    pki = pki_with()
    chain = pki.leaf("csp-alba").chain
    issuer = next(ca for ca in pki.issuers if ca.certificate == chain[1])
    crl = x509.load_der_x509_crl(_signed_again(raw, issuer.key))
    _judge(chain, (*(one for one in pki.crls if one != issuer.crl), crl))


def _judge(
    chain: tuple[x509.Certificate, ...], lists: tuple[x509.CertificateRevocationList, ...]
) -> None:
    for purpose in Purpose:
        check_chain(
            chain,
            roots=(pki_with().root.certificate,),
            crls=lists,
            entity_id=None,
            kind=None,
            now=NOW,
            purpose=purpose,
        )


def _signed_again(raw: bytes, key: Any) -> bytes:
    """What is signed of a certificate or CRL, signed by that key."""
    nodes = change.nodes_of(raw)
    if nodes is None or len(nodes) != 1 or not isinstance(nodes[0][1], list):
        return raw
    parts = nodes[0][1]
    if len(parts) != 3:
        return raw
    body, algorithm = map(change.node_bytes, parts[:2])
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(body)
    else:
        signature = key.sign(body, ec.ECDSA(SHA256()))
    return change.der(0x30, body + algorithm + change.der(3, b"\0" + signature))


def our_certificates() -> tuple[bytes, ...]:
    pki = pki_with()
    return tuple(_der(part) for leaf in pki.leaves.values() for part in leaf.chain[:1])


def our_crls() -> tuple[bytes, ...]:
    return tuple(_der(crl) for crl in pki_with().crls)


@cache
def pem_texts() -> dict[str, bytes]:
    return pki_files.files(pki_with())


def read_pki(raw: bytes) -> None:
    """Read a folder of keys in which one file was changed."""
    name, _, text = raw.partition(b"\n")
    with TemporaryDirectory() as folder:
        for other, whole in pem_texts().items():
            if _is_read(other):
                Path(folder, other).write_bytes(whole)
        Path(folder, name.decode()).write_bytes(text)
        pki = pki_files.read(Path(folder))
        own = Credentials.from_pki(pki, "csp-alba", NETWORK, load("2025"))
    assert own.leaf.card.encryption_key_id


@cache
def pem_files() -> tuple[bytes, ...]:
    """Files of the folder, and among them keys of other kinds than are read here."""
    files = {name: text for name, text in pem_texts().items() if _is_read(name)}
    keys = [text for name, text in files.items() if name.endswith("key.pem")]
    keys += [
        _pem(key) for key in (rsa.generate_private_key(65537, 2048), X448PrivateKey.generate())
    ]
    for name in [*files]:
        if name.endswith("key.pem"):
            files |= {f"{name} {number}": key for number, key in enumerate(keys)}
    return tuple(f"{name.split()[0]}\n".encode() + text for name, text in files.items())


def _is_read(name: str) -> bool:
    return "ca-" in name or "csp-alba" in name


def _pem(key: rsa.RSAPrivateKey | X448PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def change_pem(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change the lines of a PEM text behind the name of its file."""
    name, newline, text = raw.partition(b"\n")
    return name + newline + change.change_lines(dice, text, other)


# --- Channels ---------------------------------------------------------------------------------


def read_hello(raw: bytes) -> None:
    hello = read_client_hello(raw)
    for edition in ("2019", "2025"):
        with suppress(RoamingError):
            negotiate(hello, load(edition), frozenset(("P-256", "Ed25519")))


@cache
def hellos() -> tuple[bytes, ...]:
    shown = {bytes.fromhex(one["hello"]) for one in given("tls-profile", "hello.answer")}
    return (*sorted(shown), Channel(credentials("csp-alba"), accepting=False).data_to_send())


def read_flight(raw: bytes) -> None:
    """Let an endpoint that accepts a channel hear it, as a stranger says it."""
    channel = Channel(credentials("cso-elm"), accepting=True)
    channel.receive_data(raw, NOW)
    channel.receive_data(b"", NOW)


def read_second_flight(raw: bytes) -> None:
    """The same of what follows a right greeting; no peer but csp-alba comes of it."""
    client = Channel(credentials("csp-alba"), accepting=False)
    server = Channel(credentials("cso-elm"), accepting=True)
    server.receive_data(client.data_to_send(), NOW)
    client.receive_data(server.data_to_send(), NOW)
    flight = client.data_to_send()
    dice = Random(raw)
    changed = change.change_records(dice, flight, flight)
    for _ in range(dice.choice((0, 0, 2))):
        changed = change.change_records(dice, changed, flight)
    server.receive_data(changed, NOW)
    server.receive_data(b"", NOW)


def read_frames(raw: bytes) -> None:
    """Cut bytes into frames; how they come in pieces makes no difference."""
    whole = _frames(raw, len(raw))
    assert _frames(raw, 1) == whole
    assert _frames(raw, 3) == whole
    Records().add_bytes(raw)
    _, fault = whole
    if fault is not None:
        raise fault[0](*fault[1:])


def _frames(raw: bytes, size: int) -> tuple[list[bytes], Any]:
    frames = Frames()
    fault = None
    try:
        for place in range(0, len(raw), max(1, size)):
            frames.add_bytes(raw[place : place + size])
        frames.end_of_bytes(orderly=True)
    except RoamingError as error:
        fault = (type(error), error.rule_id, error.where)
    return list(frames.frames), fault


def framed_examples() -> tuple[bytes, ...]:
    frames = [len(raw).to_bytes(4, "big") + raw for raw in (b"", *envelopes()[:20], b"TLS-13")]
    return tuple(b"\0\0\0\0" + b"".join(frames[:size]) for size in range(1, len(frames)))


# --- Identifiers and what stands on a command line --------------------------------------------


def read_identifier(raw: bytes) -> None:
    """Read an identifier in every profile; what is read is read again from its one form."""
    text = raw.decode("utf-8", "replace")
    refused: RoamingError | None = None
    accepted = False
    for name in PROFILES:
        for reader in (parse_emaid, parse_evse_id, parse):
            try:
                found = reader(text, name)
            except RoamingError as error:
                refused = error
            else:
                accepted = True
                canonical = str(found)
                assert canonical.isascii()
                assert str(_again(found, canonical)) == canonical
    for one_reader in (parse_carried_evse_id, parse_free_contract_id, _key_of_contract):
        with suppress(RoamingError):
            one_reader(text)
    for kind in ("rfid", "app", "vehicle"):
        with suppress(RoamingError):
            check_uid(kind, text)
    if refused is not None and not accepted:
        raise refused


def _again(found: object, canonical: str) -> object:
    if type(found).__name__ == "Emaid":
        return parse_emaid(canonical, "canonical")
    return parse_carried_evse_id(canonical)


@cache
def identifiers() -> tuple[bytes, ...]:
    shown: set[bytes] = set()
    for test in family("identifiers")["tests"]:
        shown.update(text.encode() for text in test["input"].values() if isinstance(text, str))
    return tuple(sorted(shown))


def read_address(raw: bytes) -> None:
    _, (host, port) = _peer_address(raw.decode("utf-8", "replace"))
    assert host
    assert 0 <= port < 65536


def addresses() -> tuple[bytes, ...]:
    return b"csp-alba=127.0.0.1:4433", b"cso-elm=[::1]:1", b"=localhost:65535"


# --- Files ------------------------------------------------------------------------------------


def read_network(raw: bytes) -> None:
    parse_network(raw, load("2025"))


def networks() -> tuple[bytes, ...]:
    small = {
        "agreements": [{"left": ["csp-a"], "right": ["cso-b"]}],
        "entities": [
            {"id": "csp-a", "kind": "csp", "name": "A", "party_ids": ["DE8AA"]},
            {"id": "cso-b", "kind": "cso", "name": "B", "party_ids": ["DEAB7"]},
        ],
        "links": [{"left": ["csp-a"], "right": ["cso-b"]}],
    }
    return json.dumps(small).encode(), NETWORK.model_dump_json(exclude_none=True).encode()


def read_edition(raw: bytes) -> None:
    parse_edition(raw.decode("utf-8", "replace"), Path("changed.toml"))


def editions() -> tuple[bytes, ...]:
    head = b'edition = "mine"\ntitle = "Mine"\nextends = "2025"\n\n'
    change_row = (
        b'[[change]]\nid = "x"\nsays = "It is ours."\nbasis = "chosen"\nsource = "model: x"\n\n'
    )
    rows = (STANDARD / "2025.toml").read_bytes().split(b"\n\n")
    tables = [row for row in rows if row.startswith(b"[[")]
    changed = [head + change_row + row for row in tables]
    return (*changed[:40], (STANDARD / "2025.toml").read_bytes())


def read_corpus_file(raw: bytes) -> None:
    """Read the corpus of a family from its file."""
    with TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        whole = (suite_folder() / "corpus" / "suite.json").read_bytes()
        (corpus / "suite.json").write_bytes(whole)
        (corpus / "pseudonym.json").write_bytes(raw)
        read_corpus(Path(folder), "pseudonym")


def corpora() -> tuple[bytes, ...]:
    return tuple(
        (suite_folder() / "corpus" / f"{name}.json").read_bytes()
        for name in ("pseudonym", "redaction")
    )


@cache
def stores() -> tuple[bytes, ...]:
    """A store that was closed, and one that has calls to make again."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "closed.store")
        store = Store(path, "1")
        rep = store.resume(endpoint("csp-alba"))
        for raw in envelopes():
            with suppress(RoamingError):
                envelope = decode(raw)
                rep = heard(rep, envelope)
        store.close(rep)
        closed = path.read_bytes()
        journal = Store(path, "1")
        rep = journal.resume(endpoint("csp-alba"))
        for number in range(3):
            asked = envelope_of(request_id=f"r-{number}", correlation_id=f"fresh-{number}")
            journal.keep(Call("receive", "cso-elm", encode(asked), NOON))
        journal.commit(rep)
        journal._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        running_one = path.read_bytes()
        journal._database.close()
    return closed, running_one, running_one.replace(b"INTEGER", b"'\xa8NTEGE")


def read_store(raw: bytes) -> None:
    """Resume an endpoint from the file of a store."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "changed.store")
        path.write_bytes(raw)
        store = Store(path, "1")
        rep = store.resume(endpoint("csp-alba"))
        store.close(rep)


@cache
def store_rows() -> tuple[bytes, ...]:
    """The rows of a store, a JSON text of each: its table, its columns without the checksum."""
    rows = []
    for raw in stores()[:2]:
        with TemporaryDirectory() as folder:
            path = Path(folder, "rows.store")
            path.write_bytes(raw)
            database = sqlite3.connect(path)
            for table in ("state", "calls"):
                for *columns, _ in database.execute(f"SELECT * FROM {table}"):
                    rows.append(json.dumps([table, *columns]).encode())
            database.close()
    rows.extend(json.dumps(row).encode() for row in wrong_rows())
    return tuple(rows)


def wrong_rows() -> Iterator[list[Any]]:
    """Rows with the right checksum that no store has written."""
    asked = encode(envelope_of(request_id="r-0", correlation_id="fresh-0")).decode()
    noon, no_error = "2025-07-08T12:00:00+00:00", '["", ""]'
    call: list[Any] = ["calls", 1, "receive", "cso-elm", asked, noon, "[]", no_error]
    for place, wrong in (
        (3, "cso\0"),
        (5, "noon"),
        (6, ""),
        (6, "[" * 5_000),
        (7, "1"),
        (7, '["", "", ""]'),
    ):
        yield [*call[:place], wrong, *call[place + 1 :]]
    for stamp in ("1", '["csp-alba","1","2025","",""]'):
        yield ["state", "stamp", "", stamp]


def read_store_row(raw: bytes) -> None:
    """Resume an endpoint from a store in which one row is another, checksum and all."""
    table, *columns = json.loads(raw)
    with TemporaryDirectory() as folder:
        path = Path(folder, "changed.store")
        path.write_bytes(stores()[1])
        database = sqlite3.connect(path)
        marks = ", ".join("?" * (len(columns) + 1))
        row = (*columns, checksum(*columns))
        database.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
        database.commit()
        database.close()
        store = Store(path, "1")
        store.close(store.resume(endpoint("csp-alba")))


def change_row(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change one column of a row, as JSON where it is that."""
    table, *columns = json.loads(raw)
    place = dice.randrange(len(columns))
    if isinstance(columns[place], str):
        told = columns[place].encode("utf-8", "surrogatepass")
        changed = dice.choice((change.change_json, change.change_text))(dice, told, b"[]")
        columns[place] = changed.decode("utf-8", "replace")
    else:
        columns[place] += dice.choice((-1, 1, 2**40))
    return json.dumps([table, *columns]).encode()


COMMANDS: Final = (
    ("id", "check"),
    ("id", "check", "--profile"),
    ("id", "check", "--medium", "rfid"),
    ("journeys", "--edition"),
    ("play",),
    ("play", "charge", "--mode"),
    ("rules", "--edition"),
    ("schema",),
    ("route",),
    ("diff", "2019"),
    ("probe", "--pki", "nowhere", "--network", "nowhere", "--entity", "csp-alba"),
    ("serve", "--pki", "nowhere", "--network", "nowhere", "--entity"),
)


def read_command(raw: bytes) -> None:
    """Say something on a command line; it ends in good order, and no control character comes
    back.
    """
    text = raw.decode("utf-8", "replace").replace("\0", "")
    for command in COMMANDS[len(text) % 3 :: 3]:
        said = say(*command, text)
        assert said.code in {0, 1, 2}
        assert said.err.count("\n") <= 1


# --- All of them ------------------------------------------------------------------------------

RAW: Final = change.change_bytes
PARSERS: Final[Mapping[str, Parser]] = MappingProxyType(
    {
        "address": Parser(
            read_address, addresses, (RAW, change.change_text), (typer.BadParameter,)
        ),
        "certificate": Parser(
            read_certificate, our_certificates, (RAW, change.change_der), share=50
        ),
        "certificate, signed": Parser(
            read_signed_certificate, our_certificates, (change.change_der,), share=30
        ),
        "corpus": Parser(
            read_corpus_file,
            corpora,
            (RAW, change.change_json),
            (RoamingError, BadSuite),
            share=10,
        ),
        "command": Parser(
            read_command, identifiers, (RAW, change.change_text), share=3, seconds=3
        ),
        "countersignature": Parser(
            read_countersignature,
            countersignatures,
            (RAW, change.change_compact),
            share=50,
            told=True,
        ),
        "CRL, signed": Parser(
            read_signed_crl,
            our_crls,
            (change.change_der,),
            (RoamingError, *UNREADABLE),
            share=30,
        ),
        "edition": Parser(read_edition, editions, (RAW, change.change_lines), share=10),
        "envelope": Parser(
            read_envelope, envelopes, (RAW, change.change_json, change.change_json), told=True
        ),
        "flight": Parser(read_flight, hellos, (RAW, change.change_records), share=30),
        "flight, second": Parser(read_second_flight, hellos, (RAW,), share=5),
        "frames": Parser(read_frames, framed_examples, (RAW, change.change_vector)),
        "hello": Parser(read_hello, hellos, (RAW, change.change_records, change.change_vector)),
        "identifier": Parser(read_identifier, identifiers, (RAW, change.change_text)),
        "network": Parser(read_network, networks, (RAW, change.change_json), share=50),
        "pki": Parser(read_pki, pem_files, (change_pem,), share=8),
        "protected envelope": Parser(
            read_protected_envelope, protected_envelopes, (RAW, change.change_json), told=True
        ),
        "seal": Parser(read_seal, seals, (change_line_of_json,), share=50, told=True),
        "store": Parser(read_store, stores, (RAW,), share=4),
        "store, row": Parser(read_store_row, store_rows, (change_row,), share=4),
        "text": Parser(
            read_text, lambda: tuple(texts()), (RAW, change.change_compact), told=True
        ),
        "text, signed": Parser(read_own_text, own_texts, (change_line_of_json,), told=True),
    }
)
"""Each parser by its name."""
