"""No secret shows where nobody asked for it: in a repr, an error, a note, a log, a command's
output, a stored notebook.

Secrets are private keys, the keys that two sides agree on, and EMAIDs.  Where the line runs:

* What holds a key never shows it, to whoever asks.
* A value that is a message, or remembers messages, may show itself when asked: `repr` of an
  `Envelope`, a `Presented` or a `RoamingEndpoint` has the EMAID in it, for that is what it is.
* Nothing that is written unasked holds a key or an EMAID: no error with all it came from, no
  note of a live endpoint, no line of `serve` or `probe`, no warning, no log.  The country and
  provider of an EMAID are no secret.  Names and ids are told as they come, because whoever
  mends a fault looks for them: the name of a member that no shape has, and what a peer calls
  its messages, services and records.  A contract id has no place there, and a peer that puts
  one there is not found out.
* The notebooks show the example contracts that they are about, a closed list, and no private
  key of their PKI.
"""

import asyncio
import importlib
import inspect
import json
import logging
import os
import pkgutil
import re
import subprocess
import traceback
import warnings
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError
from rpds import HashTrieMap

import refimpl.security
import refimpl.tls
from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint, Send, receive, send
from refimpl.endpoint.calls import Call
from refimpl.errors import RoamingError, Untrusted
from refimpl.identifiers import PROFILES, check_character, parse_emaid
from refimpl.lab import entities
from refimpl.lab.sample import intermediate_values
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    Envelope,
    Receipt,
    Refusal,
    SessionProgressNotice,
)
from refimpl.play.example import CSOS, NETWORK, START
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.player import play
from refimpl.security import (
    authorization,
    certificates,
    chain,
    compact,
    jwe,
    jws,
    pki,
    pki_plan,
    privacy,
    protection,
)
from refimpl.security.defects import DEFECTS, defective_pki
from refimpl.security.pki import Algorithm, Pki, roaming_pki
from refimpl.security.pki_files import MARK, read
from refimpl.shapes import canonical_json
from refimpl.tls.channel import CHUNK, Channel, Credentials
from refimpl.tls.connection import Connection
from refimpl.tls.framing import Frames, framed
from refimpl.tls.limits import Limits
from refimpl.tls.message_protection import MessageProtection
from refimpl.tls.peers import Leaving
from refimpl.tls.probing import Attempt, Finding, Target
from refimpl.tls.serving import LiveEndpoint, Note, utc_now
from refimpl.tls.store import Snapshot, Store
from refimpl.vocabulary import Ground, Phase, Protection, Role
from refimpl.wire import decode, encode
from tests.live import ENVELOPE, NOW
from tests.programs import COMMAND
from tests.world import EVSE_ID, service_in

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[1]
TOLD: Final = "XXX-1"  # the rule of a refusal that says what it should not
SEED: Final = b"a seed that nobody may read anywhere"
LATEST: Final = load("2025")
LOUD: Final = {**os.environ, "PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "always"}
CONTRACT, STRANGER = (
    text + check_character(text) for text in ("DE8AAC7K2M9Q4T", "DE8AAC5J3W8R6V")
)
ASKED: Final = ENVELOPE.model_copy(
    update={"message": ENVELOPE.message.model_copy(update={"emaid": CONTRACT})}
)

LISTED: Final = SessionProgressNotice(
    at=ASKED.sent_at,
    authorization=Ground.LIST,
    emaid=STRANGER,
    energy_wh=0,
    event="started",
    evse_id=EVSE_ID,
    service="energy-transfer",
)


# --- secrets, and how they are looked for -----------------------------------------------------


def spellings(raw: bytes) -> set[str]:
    """The ways in which bytes are written down."""
    number, b64 = int.from_bytes(raw), b64encode(raw).decode()
    plain = {
        raw.hex(),
        raw.hex().upper(),
        raw.hex(":"),
        f"{number:x}",
        str(number),
        repr(raw)[2:-1],
    }
    return {*plain, b64, b64.rstrip("="), urlsafe_b64encode(raw).decode().rstrip("=")}


def of_key(key: Any) -> set[str]:
    """The ways in which a private key is written down: the number, the file, each line of the
    file.
    """
    whole = (PrivateFormat.PKCS8, NoEncryption())
    if isinstance(key, ec.EllipticCurvePrivateKey):
        raw = key.private_numbers().private_value.to_bytes((key.key_size + 7) // 8)
    else:
        raw = key.private_bytes_raw()
    lines = key.private_bytes(Encoding.PEM, *whole).decode().splitlines()[1:-1]
    return {*spellings(raw), *spellings(key.private_bytes(Encoding.DER, *whole)), *lines}


def of_pki(*pkis: Pki) -> set[str]:
    """The same of every key of a PKI."""
    keys: list[Any] = [authority.key for one in pkis for authority in (one.root, *one.issuers)]
    keys += [
        key
        for one in pkis
        for leaf in one.leaves.values()
        for key in (leaf.key, leaf.encryption_key)
    ]
    return set().union(*map(of_key, keys))


def of_emaids(*emaids: str) -> set[str]:
    """The part of an EMAID that says whose contract it is, in any spelling of the whole."""
    return {
        text
        for emaid in emaids
        for text in (emaid[5:14], emaid[5:14].lower(), *spellings(emaid.encode()))
    }


def leaks(text: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in a text."""
    return [secret for secret in secrets if secret in text]


def everything(error: BaseException) -> str:
    """All that an error can say: for itself, with its traceback, and through what it came from,
    shown or not.
    """
    said, left = [*traceback.format_exception(error)], [error]
    while left:
        one = left.pop()
        said += [str(one), repr(one), *map(str, getattr(one, "__notes__", ()))]
        left += [each for each in (one.__cause__, one.__context__) if each is not None]
    return "\n".join(said)


def fault(call: Callable[[], object]) -> RoamingError | None:
    """What a call raises, if it does."""
    try:
        call()
    except RoamingError as error:
        return error
    return None


def test_secrets_are_found() -> None:
    """A secret is found in each of its spellings."""
    one = roaming_pki(NETWORK, seed=SEED, now=NOW)
    key = one.leaf("csp-alba").key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    number = key.private_numbers().private_value
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in (
        f"{number}",
        f"{number:x}",
        f"{key.private_numbers().private_value.to_bytes(32)!r}",
        pem,
    ):
        assert leaks(f"so {text} it is", of_pki(one))
    coded = b64encode(CONTRACT.encode()).decode()
    for text in (CONTRACT, CONTRACT[:14], f"DE-8AA-{CONTRACT[5:]}", CONTRACT.lower(), coded):
        assert leaks(f"so {text} it is", of_emaids(CONTRACT))
    assert not leaks(f"a contract of {CONTRACT[:5]}", of_emaids(CONTRACT))


# --- what a value shows -----------------------------------------------------------------------

WITHOUT: Final = {  # classes of which no value holds a secret or a message
    **dict.fromkeys("Right Hearing".split(), "a row, of who may or hears what"),
    **dict.fromkeys(
        "Draft ListDraft Plan _Entity Entities".split(), "what is planned before there is a key"
    ),
    **dict.fromkeys(
        """Header JwsHeader JweHeader SigningHeader SealingHeader EphemeralKey PassageHeader
        _WrittenHeader _WrittenRouting ClientHello""".split(),
        "anybody may read it",
    ),
    **dict.fromkeys("Accepted Purpose Limits Room Stamp _Known".split(), "words, and numbers"),
    "Owner": "what a connection asks of the endpoint it belongs to",
    "Records": "numbers, and four bytes of the head of a record",
}
MESSAGES: Final = {
    authorization.Presented,
    privacy.Saying,
    privacy.Redacted,
    Leaving,
    Snapshot,
}  # they are or hold one, and may show it


def classes() -> set[type]:
    """Every class of `refimpl.security` and `refimpl.tls`."""
    found = set()
    for package in (refimpl.security, refimpl.tls):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            members = vars(importlib.import_module(module.name)).values()
            found |= {
                each
                for each in members
                if inspect.isclass(each) and each.__module__ == module.name
            }
    return found


def met(opening: Credentials, accepting: Credentials) -> tuple[Channel, Channel]:
    """Two sides of a channel, after one has said a message to the other."""
    one, other = Channel(opening, accepting=False), Channel(accepting, accepting=True)
    while not one.admitted or not other.frames:
        for speaker, hearer in ((one, other), (other, one)):
            if raw := speaker.data_to_send():
                hearer.receive_data(raw, NOW)
        if one.admitted:
            one.send_frame(encode(ASKED))
    return one, other


def framed_question() -> Frames:
    """A message as it was cut out of a stream."""
    frames = Frames()
    frames.add_bytes(framed(b"") + framed(encode(ASKED)))
    assert [*frames.frames] == [encode(ASKED)]
    return frames


def values(algorithm: Algorithm) -> tuple[list[object], set[str]]:
    """A value of every class that holds a key or derives from one, or a message, and the keys."""
    made = roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm=algorithm)
    leaf, other = made.leaf("cso-elm"), made.leaf("csp-alba")
    once = (
        roaming_pki(NETWORK, seed=SEED + b", once", now=NOW, algorithm=algorithm)
        .leaf("cso-elm")
        .encryption_key
    )
    sealing = protection.Sealing(
        "alba-seal", other.encryption_key.public_key(), once, bytes(12)
    )
    text = protection.protect(ASKED, "elm", leaf.key, sealing)
    ring = protection.KeyRing(
        {"elm": ("cso-elm", leaf.key.public_key())}, {"alba-seal": other.encryption_key}
    )
    agreement = jwe.agree(other.encryption_key, once.public_key(), "A256GCM", b"", b"")
    opened = protection.unprotect(text, ring, receiver="csp-alba", now=ASKED.sent_at, seen=())
    one, two = (
        Credentials.from_pki(made, name, NETWORK, LATEST) for name in ("cso-elm", "csp-alba")
    )
    channels = met(one, two)
    peer = two.admit_peer(channels[1].chain, channels[1].purpose, NOW)
    wanted = certificates.Expected(
        one.roots, "cso-elm", "cso", NOW, certificates.Purpose.MESSAGE
    )
    contracts = HashTrieMap({CONTRACT: True})
    live = LiveEndpoint(
        RoamingEndpoint("csp-alba", NETWORK, LATEST, contracts=contracts), two, print
    )
    live._waiting["cso-elm"] = [encode(ASKED)]
    presented = authorization.Presented(
        NETWORK, LATEST, "direct", "forward", ASKED, "csp-alba", "cso-elm", "cso-elm"
    )

    csp = MessageProtection(Protection.SEALED)
    sealed: Any = csp.read_frame(
        MessageProtection(Protection.SEALED).write_frame(
            ASKED, ("", "cso-elm", "csp-alba"), one, ASKED.sent_at
        )
    )
    assert (
        csp.open_envelope(sealed, live.rep, "cso-elm", two, ASKED.sent_at).message
        == ASKED.message
    )

    async def connected() -> Connection:
        return Connection(channels[1], live, utc_now, Limits())

    with TemporaryDirectory() as folder:
        store = Store(Path(folder, "store"), "1")
        store.resume(live.rep)
        store.keep(Call("receive", "cso-elm", encode(ASKED), NOW))
        store.close(live.rep)

    found: list[object] = [
        *(made, made.root, leaf, pki._Signer(pki_plan.plan(NETWORK), NOW, algorithm, SEED)),
        pki._Keys(leaf.key, made.root.key, made.root.key, (leaf.encryption_key,)),
        *(
            one,
            peer,
            wanted,
            *chain.read_links(leaf.chain, one.roots, one.crls),
            one.counting_crls,
            channels[0],
            channels[1],
        ),
        *(
            sealing,
            ring,
            agreement,
            opened,
            opened.header,
            compact.header_of(text, protection.RoutingHeader),
        ),
        jwe.unseal(text, ring.own.get, protection.RoutingHeader),
        *(
            Target("127.0.0.1", 1, one, NOW, 0.0),
            Attempt(chain=channels[0].chain, first=b""),
            Finding("TLS-1", True, "TLS 1.3"),
        ),
        *(
            live,
            live._turns,
            live._kept,
            live._peers,
            Leaving(Send("csp-alba", ASKED), "", None),
            asyncio.run(connected()),
            Note(NOW, "csp-alba", Untrusted("TLS-13", "csp-alba, csp")),
        ),
        *(
            framed_question(),
            leaf.card,
            csp,
            sealed,
            sealed.message,
            csp.memory,
            csp.memory.besides(("cso-elm", "r-1"), ("cso-elm", "r-1")),
        ),
        *(presented, authorization.decide(presented)),
        *(store, store._taken),
        *(
            privacy.Saying(Role.VISITED_CSO, ASKED.message),
            privacy.redact(ASKED, Role.HOME_CSP),
        ),
    ]
    secrets = (
        of_pki(made)
        | of_key(once)
        | spellings(agreement.shared_secret)
        | spellings(agreement.content_key)
    )
    return found, secrets | spellings(SEED) | {SEED.decode()}


def shown(value: object) -> str:
    """What a value says of itself, and each thing it keeps of itself."""
    return "\n".join(
        (repr(value), str(value), f"{value}", repr([value]), repr({"": value}), repr((value,)))
    )


@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
def test_values(algorithm: Algorithm) -> None:
    """No value shows a key, and only messages show an EMAID."""
    found, secrets = values(algorithm)
    kinds = {type(value) for value in found}
    assert {each.__name__ for each in classes() - kinds} == WITHOUT.keys(), (
        "sort a new class: a value here, or a reason"
    )
    assert len(secrets) > 200
    for value in found:
        assert not leaks(shown(value), secrets), type(value)
        assert "PrivateKey" not in shown(value), "whether that is safe is up to the library"
        if type(value) not in MESSAGES:
            assert not leaks(shown(value), of_emaids(CONTRACT)), type(value)
    assert all(
        leaks(shown(value), of_emaids(CONTRACT)) for value in found if type(value) in MESSAGES
    )


# --- what an error says -----------------------------------------------------------------------

SPOILT: Final[tuple[Any, ...]] = (
    None,
    True,
    1,
    -1,
    1.5,
    "x",
    "",
    [],
    {},
    STRANGER,
    STRANGER[:-1] + "0",
    f"{STRANGER[:8]} {STRANGER[8:]}",
)


def spoilt(value: Any) -> Iterator[Any]:
    """A JSON value with one place of it spoilt, in every way."""
    yield from SPOILT
    if isinstance(value, dict):
        yield {**value, "more": STRANGER}
        for name, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != name}
            yield from ({**value, name: wrong} for wrong in spoilt(inner))
    if isinstance(value, list):
        yield from (
            [*value[:n], wrong, *value[n + 1 :]]
            for n, inner in enumerate(value)
            for wrong in spoilt(inner)
        )


@cache
def told() -> dict[str, Envelope]:
    """An envelope of every kind of message that the journeys tell, about a contract of our own."""
    frames = [
        frame
        for mode in LATEST.modes
        for name in JOURNEYS
        for frame in play(name, LATEST, mode).frames
    ]
    return {
        frame.envelope.message.kind: decode(
            re.sub(rb'"DE8AA00\d+"', f'"{CONTRACT}"'.encode(), frame.raw)
        )
        for frame in frames
    }


def misspelt(raw: bytes) -> Iterator[bytes]:
    """The same message in bytes that are not its own, or not whole."""
    yield from (
        raw[:-1],
        raw + b" ",
        raw[1:],
        raw.replace(b":", b": "),
        raw + raw,
        raw[: len(raw) // 2],
    )
    yield from (
        raw.replace(b"{", b'{"emaid":"%b",' % CONTRACT.encode(), 1),
        raw.replace(b'"', b"'"),
        raw * 999,
    )
    yield from (
        raw[:-1] + b',"sender":"%b"}' % STRANGER.encode(),
        raw.replace(b"DE8AA", b"DE8A\xff"),
    )


def test_errors_about_messages() -> None:
    """No error about a message says a value of it."""
    secrets, rules = of_emaids(CONTRACT, STRANGER), []
    for envelope in told().values():
        raw = encode(envelope)
        for wrong in (*misspelt(raw), *map(canonical_json, spoilt(json.loads(raw)))):
            if error := fault(lambda wrong=wrong: decode(wrong)):  # type: ignore[misc]  # mypy knows no such lambda
                rules.append(error.rule_id)
                assert not leaks(everything(error), secrets), wrong
    assert len(rules) > 2000
    assert {"WIR-1", "WIR-2", "WIR-3", "WIR-4", "WIR-5", "EMA-2", "EMA-4", "EMA-9"} <= {*rules}


def test_errors_about_shapes() -> None:
    """No shape says what does not fit it."""
    said = []
    for wrong in spoilt(ASKED.message.model_dump()):
        try:
            AuthorizationRequest.model_validate(wrong)
        except ValidationError as error:
            said.append(everything(error))
    assert len(said) > 50
    assert not leaks("\n".join(said), of_emaids(CONTRACT, STRANGER))


def test_errors_about_identifiers() -> None:
    """No error about an identifier says more of it than a character."""
    rules = []
    for profile in PROFILES:
        for place in range(len(CONTRACT) + 1):
            for wrong in ("", "-", "*", " ", "ß", "\n", "0", "a"):
                for text in (
                    CONTRACT[:place] + wrong + CONTRACT[place + len(wrong) :],
                    CONTRACT[:place] + wrong,
                ):
                    if error := fault(partial(parse_emaid, text, profile)):
                        rules.append(error.rule_id)
                        assert not leaks(everything(error), of_emaids(CONTRACT)), text
    assert len(rules) > 500
    assert {f"EMA-{n}" for n in (2, 3, 4, 9)} <= {*rules}


def test_errors_about_protected_texts() -> None:
    """No error about a protected text says a key or what was protected."""
    made = roaming_pki(NETWORK, seed=SEED, now=NOW)
    leaf, other, third = (made.leaf(name) for name in ("cso-elm", "csp-alba", "csp-birch"))
    sealing = protection.Sealing(
        "alba", other.encryption_key.public_key(), third.encryption_key, bytes(12)
    )
    ring = protection.KeyRing(
        {"elm": ("cso-elm", leaf.key.public_key())}, {"alba": other.encryption_key}
    )
    header = compact.header_of(
        protection.protect(ASKED, "elm", leaf.key), protection.MessageHeader
    )
    said = json.loads(compact.parts_of(protection.protect(ASKED, "elm", leaf.key))["payload"])
    wrong = [
        jws.sign(header, payload, leaf.key)
        for payload in (*map(canonical_json, spoilt(said)), *misspelt(canonical_json(said)))
    ]
    for text in (
        protection.protect(ASKED, "elm", leaf.key),
        protection.protect(ASKED, "elm", leaf.key, sealing),
    ):
        wrong += [
            text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
            for at in range(len(text))
        ]
        wrong += [
            text[:-1],
            text + ".",
            text.replace(".", "", 1),
            text * 2,
            text.replace(".", "..", 1),
            f" {text}",
        ]
    strange = protection.KeyRing(
        {"elm": ("csp-birch", leaf.key.public_key())}, {"alba": third.encryption_key}
    )
    secrets, rules = of_pki(made) | of_emaids(CONTRACT, STRANGER), []
    agreement = jwe.agree(
        other.encryption_key, third.encryption_key.public_key(), "A256GCM", b"", b""
    )
    secrets |= spellings(agreement.shared_secret) | spellings(agreement.content_key)
    open_text = protection.protect(ASKED, "elm", leaf.key, sealing)
    days = [ASKED.sent_at + timedelta(days=days) for days in (-1, 1)]
    calls: list[Callable[[], object]] = [
        *(_unprotecting(text, ring) for text in wrong),
        *(_unprotecting(open_text, ring, now=day) for day in days),
        _unprotecting(open_text, strange),
        _unprotecting(protection.protect(ASKED, "elm", leaf.key), strange),
        _unprotecting(open_text, ring, receiver="csp-birch"),
        _unprotecting(open_text, ring, seen={("cso-elm", "r-1")}),
        lambda: jws.sign(
            header.model_copy(update={"alg": "EdDSA"}), canonical_json(said), leaf.key
        ),
        lambda: jwe.seal(
            compact.header_of(open_text, protection.RoutingHeader),
            canonical_json(said),
            sealing.receiver_key,
            sealing.ephemeral,
            b"",
        ),
        lambda: privacy.pseudonym(CONTRACT.encode(), "cso-elm", CONTRACT),
        lambda: privacy.pseudonym(bytes(32), "cso-elm", CONTRACT[:-1] + "!"),
    ]
    for call in calls:
        if error := fault(call):
            rules.append(error.rule_id)
            assert not leaks(everything(error), secrets)
    assert len(rules) > 1000
    assert {f"MSG-{n}" for n in (1, 2, 5, 6, 7, 8, 9)} | {
        "JOS-14",
        "JOS-15",
        "JOS-18",
        "PRV-4",
    } <= {*rules}


def _unprotecting(text: str, ring: protection.KeyRing, **other: Any) -> Callable[[], object]:
    how: dict[str, Any] = {"receiver": "csp-alba", "now": ASKED.sent_at, "seen": (), **other}
    return lambda: protection.unprotect(text, ring, **how)


@pytest.mark.parametrize("algorithm", ["P-256", "Ed25519"])
def test_errors_about_chains(algorithm: Algorithm) -> None:
    rules, network = set(), NETWORK
    for defect in DEFECTS:
        made = defective_pki(
            network, defect, "cso-elm", seed=SEED, now=NOW, algorithm=algorithm
        )
        for purpose in certificates.Purpose:
            error = fault(
                lambda made=made, purpose=purpose: certificates.check_chain(  # type: ignore[misc]
                    made.leaf("cso-elm").chain,
                    roots=(made.root.certificate,),
                    crls=made.crls,
                    entity_id="cso-elm",
                    kind="cso",
                    now=NOW,
                    purpose=purpose,
                )
            )
            if error:
                rules.add(error.rule_id)
                assert not leaks(everything(error), of_pki(made)), defect
        one, two = (
            Credentials.from_pki(made, name, network, LATEST)
            for name in ("cso-elm", "csp-alba")
        )
        if error := fault(lambda one=one, two=two: met(one, two)):  # type: ignore[misc]
            assert not leaks(everything(error), of_pki(made)), defect
    assert len(rules) >= 15


def test_errors_about_key_files(tmp_path: Path) -> None:
    """No error about a file of keys says a key."""
    made = roaming_pki(NETWORK, seed=SEED, now=NOW)
    pki_folder = tmp_path / "keys"
    refimpl.security.pki_files.write(made, pki_folder)
    refused = 0
    for path in sorted(pki_folder.glob(f"{MARK}*csp-alba*")):
        whole = path.read_bytes()
        for wrong in (
            whole[:60],
            whole[:-40],
            whole[:70] + b"!" + whole[71:],
            whole.replace(b"-----", b"", 1),
            b"",
            whole * 2,
        ):
            path.write_bytes(wrong)
            if error := fault(lambda: read(pki_folder)):
                refused += 1
                assert not leaks(everything(error), of_pki(made)), path.name
        path.write_bytes(whole)
    assert refused > 10


def test_notes_of_an_endpoint() -> None:
    """No note of an endpoint says an EMAID."""
    secrets = of_emaids(CONTRACT, STRANGER, *contracts_of_the_journeys())
    rules, told = set(), set()
    for rep, envelope, peer, now in hearings():
        outcome = receive(rep, envelope, peer=peer, now=now, new_id=lambda: "m-99")
        for error in outcome.notes:
            rules.add(error.rule_id)
            if (
                said := (repr(error), repr(error.__cause__), repr(error.__context__))
            ) not in told:
                told.add(said)
                assert not leaks(everything(error), secrets), envelope
        for one in outcome.sends:
            if (
                isinstance(one.envelope.message, Refusal)
                and one.envelope.sender == rep.entity_id
            ):
                assert not leaks(one.envelope.message.where, secrets), envelope
    assert {
        "AUT-2",
        "REP-1",
        "REP-2",
        "REP-3",
        "REP-6",
        "REP-7",
        "SES-12",
        "REC-5",
        TOLD,
    } <= rules


def hearings() -> Iterator[tuple[RoamingEndpoint, Envelope, str, datetime]]:
    """Every message of every journey, and others like it, at every endpoint before it came,
    from several peers.
    """
    for name, mode in product(
        [journey.id for journey in journeys_of(LATEST)], ("direct", "clearing-house")
    ):
        for before, frame in pairwise(play(name, LATEST, mode).frames):
            for envelope in (frame.envelope, *others(frame.envelope)):
                for rep, peer in product(
                    before.reps.values(), (frame.sender, envelope.receiver, "house-north")
                ):
                    yield rep, envelope, peer, frame.at


def contracts_of_the_journeys() -> set[str]:
    frames = [frame for name in JOURNEYS for frame in play(name, LATEST).frames]
    said = str([frame.envelope for frame in frames])
    held = {emaid for frame in frames for rep in frame.reps.values() for emaid in rep.contracts}
    found = {*re.findall(r"\bDE8AA\w{9,10}\b", said)}
    assert found
    return found | held


def others(envelope: Envelope) -> Iterator[Envelope]:
    """The same, about another contract, of another edition, or said again; and a refusal that
    tells too much.
    """
    yield envelope.model_copy(update={"request_id": "m-8", "edition": "2019"})
    yield envelope.model_copy(update={"request_id": "m-7", "correlation_id": "service-9"})
    yield envelope.model_copy(update={"message": Refusal(rule=TOLD, where=f"of {STRANGER}")})
    for field, value in (("emaid", STRANGER), ("emaids", (STRANGER,))):
        if hasattr(envelope.message, field):
            other = envelope.message.model_copy(update={field: value})
            yield envelope.model_copy(update={"request_id": "m-6", "message": other})
            yield envelope.model_copy(
                update={"request_id": "m-5", "message": other, "correlation_id": "service-9"}
            )
    if record := getattr(envelope.message, "record", None):
        other = envelope.message.model_copy(
            update={"record": record.model_copy(update={"replaces": "none"})}
        )
        yield envelope.model_copy(update={"request_id": "m-4", "message": other})


def test_refusals_of_ones_own() -> None:
    """No refusal of what an endpoint says itself says an EMAID."""
    csp, cso = (RoamingEndpoint(name, NETWORK, LATEST) for name in ("csp-alba", "cso-elm"))
    calls = (
        (csp, AuthorizationListNotice(emaids=(CONTRACT,), home_csp="csp-alba"), "cso-elm"),
        (csp, AuthorizationListNotice(emaids=(CONTRACT,), home_csp="csp-birch"), "cso-elm"),
        (cso, LISTED, "csp-alba"),
        (cso, LISTED.model_copy(update={"service": "sleep"}), "csp-alba"),
        (cso, Receipt(), "csp-alba"),
    )
    for rep, message, receiver in calls:
        with pytest.raises((RoamingError, KeyError)) as caught:
            send(
                rep,
                message,
                receiver,
                correlation_id="service-1",
                now=ASKED.sent_at,
                new_id=lambda: "m-1",
            )
        assert not leaks(everything(caught.value), of_emaids(CONTRACT, STRANGER))


# --- what is written while endpoints run ------------------------------------------------------

HOSTILE: Final = (  # what cso-elm says to csp-alba when it means harm, or cannot spell
    encode(ASKED).replace(b'"authorization-request"', b'"%b"' % CONTRACT.encode()),
    encode(ASKED).replace(CONTRACT.encode(), CONTRACT[:-1].encode() + b"!"),
    encode(ASKED).replace(b'"edition":"2025"', b'"edition":"%b"' % STRANGER.encode()),
    encode(ASKED)[:-1],
    encode(ASKED.model_copy(update={"edition": "2019"})),
    encode(
        ASKED.model_copy(
            update={"message": LISTED, "correlation_id": "service-8", "request_id": "r-8"}
        )
    ),
    encode(
        ASKED.model_copy(
            update={
                "message": Refusal(rule="SES-1", where=f"of {STRANGER}"),
                "request_id": "r-7",
            }
        )
    ),
    encode(ASKED.model_copy(update={"sender": "cso-heath", "request_id": "r-6"})),
)
FOUND: Final = {
    "WIR-3",
    "WIR-2",
    "EMA-2",
    "REP-3",
    "AUT-2",
    "REP-7",
    "CRT-17",
    "TLS-6",
    "REP-2",
}


async def exchanged(made: Pki, address: tuple[str, int]) -> tuple[list[Note], str]:
    """Good and bad exchanges with csp-alba at an address: the notes of cso-elm, and what it and
    its tasks showed.
    """
    notes: list[Note] = []
    cso = Credentials.from_pki(made, "cso-elm", NETWORK, LATEST)
    live = LiveEndpoint(
        RoamingEndpoint("cso-elm", NETWORK, LATEST), cso, notes.append, {"csp-alba": address}
    )
    await live.start()
    shown = ""
    for number, emaid in enumerate((CONTRACT, STRANGER), 1):
        live.send_message(
            ASKED.message.model_copy(update={"emaid": emaid}), "csp-alba", f"service-{number}"
        )
        every = (*asyncio.all_tasks(), *live._peers, live)
        shown = "\n".join((shown, *map(repr, every)))
        async with asyncio.timeout(10):
            while live.rep.outbox:
                await asyncio.sleep(0.005)
    phases = [service_in(live.rep, f"service-{number}").phase for number in (1, 2)]
    assert phases == [Phase.GRANTED, Phase.REFUSED]
    for raw in HOSTILE:
        await said(cso, address, raw)
    await said(
        Credentials.from_pki(made, "csp-birch", NETWORK, LATEST), address, HOSTILE[0]
    )  # it is revoked
    streams = await asyncio.open_connection(*address)
    streams[1].write(b"GET /contracts/%b HTTP/1.1\r\n\r\n" % CONTRACT.encode())
    await streams[0].read()
    streams[1].close()
    await live.stop()
    return notes, shown


async def said(credentials: Credentials, address: tuple[str, int], raw: bytes) -> None:
    """One frame on a connection of its own, and what comes back until the other side has had
    enough.
    """
    reader, writer = await asyncio.open_connection(*address)
    channel = Channel(credentials, accepting=False)
    error: Exception | None = None
    try:
        async with asyncio.timeout(1):
            while not channel.admitted:
                writer.write(channel.data_to_send())
                channel.receive_data(await reader.read(CHUNK), utc_now())
            channel.send_frame(raw)
            writer.write(channel.data_to_send())
            while not channel.frames:
                channel.receive_data(await reader.read(CHUNK), utc_now())
    except (RoamingError, TimeoutError) as caught:
        error = caught
    channel.close()
    writer.write(channel.data_to_send())
    writer.close()
    assert error is None or not leaks(everything(error), of_emaids(CONTRACT, STRANGER))


def test_notes_logs_and_warnings(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No note, log or warning of live endpoints says a secret."""
    made = roaming_pki(NETWORK, seed=SEED, now=NOW, revoked=["csp-birch"])
    notes: list[Note] = []

    async def both() -> tuple[list[Note], str]:
        rep = RoamingEndpoint(
            "csp-alba", NETWORK, LATEST, contracts=HashTrieMap({CONTRACT: True})
        )
        csp = LiveEndpoint(
            rep, Credentials.from_pki(made, "csp-alba", NETWORK, LATEST), notes.append
        )
        asyncio.get_running_loop().slow_callback_duration = (
            0.0  # every step is slow, so the log has each
        )
        address = await csp.start()
        try:
            return await exchanged(made, address)
        finally:
            await csp.stop()

    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        theirs, shown = asyncio.run(both(), debug=True)
    assert {note.error.rule_id for note in notes} >= FOUND
    written = [repr(note) + everything(note.error) for note in (*notes, *theirs)]
    text = "\n".join((*written, shown, caplog.text, *map(str, warned)))
    assert len(caplog.records) > 100
    assert "_open_channel" in shown
    assert not leaks(text, of_pki(made) | of_emaids(CONTRACT, STRANGER))


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
def test_lines_of_commands(tmp_path: Path, form: tuple[str, ...]) -> None:
    """No line of a command says a secret."""
    written = []

    def command(*arguments: str) -> str:
        done = subprocess.run(
            [*COMMAND, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=LOUD,
        )
        written.append(done.stdout + done.stderr)
        return done.stdout

    (tmp_path / "network.json").write_text(command("example"), "utf-8")
    command("pki", "new", "pki", "--network", "network.json", "--revoke", "csp-birch")
    papers = ("--network", "network.json", "--pki", "pki", *form)
    made = read(tmp_path / "pki")
    arguments = ("serve", "--entity", "csp-alba", "--contract", CONTRACT, "--memory", *papers)
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=LOUD,
    ) as process:
        assert process.stdout
        written.append(process.stdout.readline())
        found = re.search(r"127\.0\.0\.1:(\d+)", written[-1])
        assert found
        asyncio.run(exchanged(made, ("127.0.0.1", int(found[1]))))
        command("probe", found[0], "--entity", "cso-elm", *papers)
        command("probe", "127.0.0.1:1", "--entity", "cso-elm", *papers)
        command("probe", found[0], "--entity", "nobody", *papers)
        process.terminate()
        written += process.communicate(timeout=60)
    for path in (tmp_path / "pki").glob(f"{MARK}entity-csp-alba*key.pem"):
        path.write_bytes(path.read_bytes()[:-60])
        command("serve", "--entity", "csp-alba", *papers)
    text = "\n".join(written)
    assert {*re.findall(r"\b[A-Z]{3}-\d+\b", text)} >= FOUND | {
        "TLS-1",
        "TLS-14",
        "NET-1",
        "PKI-3",
    }
    assert not leaks(text, of_pki(made) | of_emaids(CONTRACT, STRANGER))


# --- what is stored in notebooks --------------------------------------------------------------

EXAMPLES: Final = {  # the contracts that the notebooks are about, without separators, and what they are there for
    "DE8AA0012345670": "of the journeys",
    "DE8AAC00004711C": "of the objects that the crosswalk carries",
    "DE8AA001234567": "the same without its check character, of which notebook 08 shows pseudonyms",
    "DE8AACA2B3C4D5L": "of notebooks 05 and 06, whose subject is how an EMAID is written",
    "DE8AACA2B3C4D5": "the same without its check character",
    "DE83DUIEN83QGZ": "published with the check character worked out",
    "DE83DUIEN38QGZ": "the same with two neighbours swapped",
    **dict.fromkeys(
        ("FRXYZ0AB900000", "FRXYZ9AB000000"), "a swap that the check character lets pass"
    ),
    **dict.fromkeys(("NLTNM0122045", "NLTNM1220450"), "contracts of DIN 91286"),
    **dict.fromkeys(
        ("NLTNM000122045U", "NLTNMC00122045K", "NLTNM001220450U", "NLTNMC01220450K"),
        "what becomes of them",
    ),
    **{
        privacy.pseudonym(bytes(range(32)), cso, "DE8AA001234567"): "a pseudonym"
        for cso in CSOS
    },
}


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from texts(inner)


def stored(path: Path) -> str:
    """Everything in a notebook, with what its pictures hold."""
    text = "\n".join(texts(json.loads(path.read_bytes())))
    return re.sub(
        r"base64,([\w+/=]+)", lambda found: b64decode(found[1]).decode("utf-8", "replace"), text
    )


def emaids(text: str) -> set[str]:
    """Whatever in a text some profile would read as an EMAID, if there is a digit in it."""
    found = set()
    for one in re.findall(r"(?<!\w)[A-Za-z]{2}[-*]?\w{3}[-*]?\w{6,9}(?:[-*]?\w)?(?!\w)", text):
        if re.search(r"\d", one) and any(
            fault(partial(parse_emaid, one, profile)) is None for profile in PROFILES
        ):
            found.add(re.sub(r"[-*]", "", one))
    return found


def test_notebooks() -> None:
    """The notebooks hold no private key and no contract but their examples."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    text = "\n".join(map(stored, paths))
    seeds = (entities.SEED, entities.SEED + b", one message")
    made = [
        roaming_pki(entities.FOUR, seed=seed, now=START, algorithm="Ed25519") for seed in seeds
    ]
    secrets = of_pki(*made) | set().union(
        *(
            spellings(intermediate_values(LATEST)[name])
            for name in ("shared secret", "content key")
        )
    )
    assert len(paths) > 7
    assert "<svg" in text
    assert not leaks(text, secrets)
    assert not re.search(r"PRIVATE KEY|PrivateKey object", text)
    assert "DE8AA0012345670" in emaids(text) <= EXAMPLES.keys()
