"""The vectors of the channel, held against channels: the model's own, its endpoints on sockets,
and OpenSSL's server.

The vectors are told by tables alone (`tls.client_hello`, `tls.framing`), so that filling them in needs
no TLS library, and the bytes are the same with each.  Here TLS libraries have to say the same.
"""

import json
import shutil
import socket
import ssl
import subprocess
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from refimpl.edition import load, published
from refimpl.errors import RoamingError
from refimpl.network import Network
from refimpl.play.example import NETWORK
from refimpl.security.pki import roaming_pki
from refimpl.tls.channel import Channel, Credentials, openssl_suites
from refimpl.tls.client_hello import TLS_1_3, read_client_hello
from refimpl.vectors.suite import expects, read_suite, suite_folder
from tests.foreign_peers import CASES
from tests.live import (
    NOW,
    SEED,
    EndpointThread,
    credentials,
    pem_files,
    pki_with,
    with_rsa_key,
)
from tests.test_channel import exchange, open_pair, pair
from tests.test_foreign_servers import open_channel, wrong_credentials
from tests.tls_stacks import SERVERS, require, visited
from tests.tls_words import ALERTS

pytestmark = pytest.mark.slow

BESIDE = suite_folder()

Json = dict[str, Any]
SUITE: Final = read_suite(BESIDE)
NETWORKS: Final = SUITE.files["v1/tls-profile.json"]["contexts"]


def asked(operation: str) -> list[Any]:
    """Each vector of an operation in each of its editions, with what it expects."""
    return [
        pytest.param(test, name, expect, id=f"{test['id'].partition('/')[2]}-{name}")
        for test in SUITE.tests
        if test["operation"] == operation
        for name, expect in expects(test).items()
    ]


# --- greetings --------------------------------------------------------------------------------

GREETINGS: Final = [
    param
    for param in asked("hello.answer")
    if "StacksDiffer" not in param.values[0].get("flags", ())
]
NAMES: Final = {**TLS_1_3, **{row.number: row.id for row in load("2019").suites.values()}}
SELECTED: Final = b"\x00\x2b\x00\x02\x03\x04"
"""`supported_versions` in a ServerHello: TLS 1.3 (RFC 8446, 4.2.1)."""


def heard(raw: bytes) -> Json:
    """What a server says first, read by hand: what it has chosen, or its alert."""
    if raw[:1] == b"\x16":
        assert raw[5] == 2, "a ServerHello"
        place = 44 + raw[43]
        number = int.from_bytes(raw[place : place + 2], "big")
        body = raw[9 : 9 + int.from_bytes(raw[6:9], "big")]
        return {"version": "1.3" if SELECTED in body else "1.2", "suite": NAMES[number]}
    return {"alert": raw[6] if raw[:1] == b"\x15" else None}


def agrees(answer: Json, expect: Json) -> bool:
    """Whether a server said what a vector expects; an alert of null is not compared."""
    if expect["outcome"] == "accept":
        chosen = expect["output"]
        return (
            answer.get("version") == chosen["version"] and answer["suite"] in chosen["suites"]
        )
    return answer.keys() == {"alert"} and (
        expect["alert"] is None or answer["alert"] in expect["alert"]
    )


@cache
def server(edition: str, *keys: str) -> Credentials:
    """cso-elm with certificates for these keys; two share the same settings."""
    if keys == ("Ed25519",):
        return credentials(
            "cso-elm", edition, roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm="Ed25519")
        )
    own = credentials("cso-elm", edition)
    if keys == ("RSA",):
        return with_rsa_key(own)
    if keys != ("P-256",):
        with_rsa_key(own).load_into(own.accepting)
    return own


OF_OPENSSL: Final = {
    "tls-profile/reject-no-versions": "TLS-1",
    "tls-profile/reject-legacy-0300": "TLS-6",
    "tls-profile/reject-legacy-0002": "TLS-6",
}
"""The rule that follows from OpenSSL's reason where it refuses for another one."""


@pytest.mark.parametrize(("test", "edition", "expect"), GREETINGS)
def test_a_channel_answers_a_greeting(test: Json, edition: str, expect: Json) -> None:
    channel = Channel(server(edition, *test["input"]["keys"]), accepting=True)
    rule = None
    try:
        channel.receive_data(bytes.fromhex(test["input"]["hello"]), NOW)
        if not (said := channel.data_to_send()):
            channel.receive_data(b"", NOW)
    except RoamingError as error:
        rule, said = error.rule_id, channel.data_to_send()
    wanted = expect.get("error")
    assert rule == OF_OPENSSL.get(test["id"], wanted)
    assert agrees(heard(said), expect), (said.hex(), expect)


def said_to(port: int, raw: bytes) -> bytes:
    """The first record that a server answers to some bytes after which no more come, or
    nothing.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        plain.sendall(raw)
        plain.shutdown(socket.SHUT_WR)
        got = b""
        with suppress(
            ConnectionResetError
        ):  # who does not understand us may leave without reading on
            while len(got) < 5 or len(got) < 5 + int.from_bytes(got[3:5], "big"):
                if not (more := plain.recv(10_000)):
                    break
                got += more
        return got


def test_greetings_are_fixed() -> None:
    seed, secret = (
        sha256(f"iec63119-refimpl TEST ONLY vectors {name}".encode()).digest()
        for name in ("hello", "hello-key")
    )
    share = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    for test, _, expect in (param.values for param in GREETINGS):
        raw = bytes.fromhex(test["input"]["hello"])
        if expect["outcome"] == "accept" and SUITE.witnesses[test["id"]]["base"] == "newest":
            said = contents_of(raw)
            assert said[6:38] == seed
            assert share in said


def contents_of(raw: bytes) -> bytes:
    """The contents of records, joined."""
    said = b""
    while raw[:1] == b"\x16":
        end = 5 + int.from_bytes(raw[3:5], "big")
        said, raw = said + raw[5:end], raw[end:]
    return said


def seconds_to_read(suites: int) -> float:
    """How long a greeting takes that offers so many suites and comes byte by byte."""
    listed = (2 * suites).to_bytes(2, "big") + b"\x13\x01" * suites
    body = b"\x03\x03" + bytes(32) + b"\0" + listed + b"\x01\0"
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    raw = b"".join(b"\x16\x03\x01\0\x01" + bytes([one]) for one in message)
    start = process_time()
    assert len(read_client_hello(raw).suites) == suites
    return process_time() - start


def test_a_greeting_byte_by_byte() -> None:
    """Eight times the records take some eight times as long, not sixty-four times."""
    short = min(seconds_to_read(4_000) for _ in range(3))
    assert seconds_to_read(32_000) < 24 * short


@pytest.mark.parametrize("edition", published())
def test_an_endpoint_answers_a_greeting(endpoints: EndpointThread, edition: str) -> None:
    ports: dict[tuple[str, ...], int] = {}
    for test, name, expect in (param.values for param in GREETINGS):
        keys = tuple(test["input"]["keys"])
        if name == edition:
            if keys not in ports:
                ports[keys] = endpoints.serve(
                    "cso-elm", edition, credentials=server(edition, *keys)
                ).port
            answer = heard(said_to(ports[keys], bytes.fromhex(test["input"]["hello"])))
            assert agrees(answer, expect), (test["id"], answer)


# How a stranger would set up OpenSSL for each edition, in its own words.
STRICT: Final = {
    "2019": ["-no_ssl3", "-no_tls1", "-no_tls1_1", "-cipher", "ECDHE+AESGCM:!ARIA"],
    "2025": ["-tls1_3"],
}


class Stranger:
    """`openssl s_server` on a port of its own choice."""

    def __init__(self, folder: Path, edition: str, keys: tuple[str, ...]) -> None:
        command = [
            "openssl",
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-Verify",
            "1",
            *STRICT[edition],
        ]
        for key, prefix in zip(keys, ("-", "-d"), strict=False):
            leaf = server(edition, key).leaf
            pems = {
                f"{prefix}cert": leaf.chain[0].public_bytes(Encoding.PEM),
                f"{prefix}key": leaf.key.private_bytes(
                    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
                ),
            }
            for option, pem in pems.items():
                path = folder / f"{edition}-{key}{option}.pem"
                path.write_bytes(pem)
                command += [option, str(path)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout
        line = next(line for line in self.process.stdout if line.startswith(b"ACCEPT"))
        self.port = int(line.rpartition(b":")[2])

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command")
@pytest.mark.parametrize("edition", published())
def test_openssl_answers_a_greeting(edition: str) -> None:
    strangers: dict[tuple[str, ...], Stranger] = {}
    with TemporaryDirectory() as folder:
        try:
            for test, name, expect in (param.values for param in GREETINGS):
                keys = tuple(test["input"]["keys"])
                if name == edition:
                    if keys not in strangers:
                        strangers[keys] = Stranger(Path(folder), edition, keys)
                    answer = heard(
                        said_to(strangers[keys].port, bytes.fromhex(test["input"]["hello"]))
                    )
                    assert agrees(answer, expect), (test["id"], answer)
        finally:
            for stranger in strangers.values():
                stranger.close()


@pytest.mark.parametrize("edition", published())
def test_openssl_numbers_suites_alike(edition: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:COMPLEMENTOFALL")
    known = {each["name"]: each["id"] & 0xFFFF for each in context.get_ciphers()}
    rows = load(edition).suites.values()
    assert [known[spelt] for spelt in openssl_suites(load(edition))] == [
        row.number for row in rows
    ]
    assert {known[name] for name in TLS_1_3.values()} == set(TLS_1_3)


REFUSED: Final = [
    pytest.param(test, expect, id=test["id"].partition("/")[2])
    for test, edition, expect in (param.values for param in GREETINGS)
    if edition == "2025" and expect.get("error") in ("TLS-1", "TLS-2")
]


@pytest.mark.parametrize("stack", SERVERS)
@pytest.mark.parametrize(("test", "expect"), REFUSED)
def test_foreign_alerts_to_a_greeting(test: Json, expect: Json, stack: str) -> None:
    require(stack)
    with visited(stack, "1.3", pem_files(pki_with(), "cso-elm")) as port:
        answer = heard(said_to(port, bytes.fromhex(test["input"]["hello"])))
    assert agrees(answer, expect), answer


# --- peers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stack", SERVERS)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_foreign_alerts_to_no_certificate(version: str, stack: str) -> None:
    require(stack)
    with visited(stack, version, pem_files(pki_with(), "cso-elm")) as port:
        _, where = open_channel(port, wrong_credentials("no certificate"))
    expect = next(
        expect
        for test, _, expect in (param.values for param in asked("peer.admit"))
        if test["input"]["shown"] is None and test["input"]["version"] == version
    )
    known = [ALERTS[number].spaced for number in expect["alert"] if number in ALERTS]
    assert where.removeprefix("the peer says ") in known


@pytest.mark.parametrize(("test", "edition", "expect"), asked("peer.admit"))
def test_a_channel_admits_a_peer(test: Json, edition: str, expect: Json) -> None:
    given, context = test["input"], NETWORKS[test["context"]]
    if given["shown"] is None:
        case = next(
            case for case in CASES if case.rule == "TLS-3"
        )  # measured there, by three strangers on sockets
        assert expect["alert"][0] == case.alert(given["version"])
        assert (expect["error"], expect["says"]) == (case.rule, "")
        return
    speaker = {"id": given["shown"]["entity"], "kind": given["shown"]["kind"]}
    hearer = next(one for one in context["entities"] if one["id"] != speaker["id"])
    world = Network.model_validate_json(
        json.dumps({"entities": [speaker, hearer]})
    )  # as its authorities see it
    pki = roaming_pki(world, seed=SEED, now=NOW)
    theirs = Credentials.from_pki(pki, speaker["id"], world, load(edition))
    own = Credentials.from_pki(
        pki, hearer["id"], Network.model_validate_json(json.dumps(context)), load(edition)
    )
    if given["version"] == "1.2":
        theirs.opening.maximum_version = ssl.TLSVersion.TLSv1_2
    says = Channel(theirs, accepting=not given["accepting"])
    hears = Channel(own, accepting=given["accepting"], expected=given["called"])
    faults = exchange(*((says, hears) if given["accepting"] else (hears, says)))
    rule = faults[hears].rule_id if hears in faults else None
    assert rule == expect.get("error")
    if rule:
        assert str(faults[says]) == f"TLS-7 at the peer says {rule}"
        assert expect == {
            "outcome": "reject",
            "error": rule,
            "alert": None,
            "says": framed(rule).hex(),
        }
    else:
        assert says.admitted
        assert not says.frames
        assert expect["output"] == {"says": framed("").hex() if given["accepting"] else ""}


def framed(text: str) -> bytes:
    return len(text).to_bytes(4, "big") + text.encode()


# --- frames -----------------------------------------------------------------------------------


def raw(chunk: str) -> bytes:
    runs = [run.split("*") for run in chunk.split()]
    return b"".join(bytes.fromhex(run[0]) * int(run[1] if len(run) > 1 else 1) for run in runs)


def waiting_pair() -> tuple[Channel, Channel]:
    """A client that has not been taken on, and the server that keeps it waiting."""
    one, other = pair()
    other.send_frame = lambda payload: None  # type: ignore[method-assign]  # no empty frame
    assert not exchange(one, other)
    assert one.peer
    assert not one.admitted
    return other, one


@pytest.mark.parametrize(("test", "edition", "expect"), asked("frames.read"))
def test_a_channel_reads_frames(test: Json, edition: str, expect: Json) -> None:
    given = test["input"]
    speaker, hearer = open_pair() if given["admitted"] else waiting_pair()
    number, rule = 0, None
    try:
        for chunk in given["chunks"]:
            number += 1
            speaker._tls.write(raw(chunk))
            hearer.receive_data(speaker.data_to_send(), NOW)
        number += 1
        if given["ends"] == "said":
            speaker.close()
            hearer.receive_data(speaker.data_to_send(), NOW)
        elif given["ends"] == "cut":
            hearer.receive_data(b"", NOW)
    except RoamingError as error:
        rule = error.rule_id
    frames = [
        {"bytes": len(frame), "sha256": sha256(frame).hexdigest()} for frame in hearer.frames
    ]
    if rule:
        assert expect == {"outcome": "reject", "error": rule, "chunk": number, "frames": frames}
    else:
        state = {"admitted": hearer.admitted, "closed": hearer.closed, "frames": frames}
        assert expect == {"outcome": "accept", "output": state}
