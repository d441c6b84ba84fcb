"""What is told of a handshake byte by byte is what OpenSSL's own trace tells of the same one.

`openssl s_client -trace` opens a channel to an accepting side of the model.  Both tell what they
have seen, as a list of facts: records, messages, extensions, numbers and bytes, in their order.
"""

import re
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pytest

from refimpl.lab.layout import Range, annotate
from refimpl.lab.tls_layouts import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    inner_parts,
    record_parts,
)
from tests.live import credentials, pem_files, pki_with
from tests.tls_stacks import require

pytestmark = pytest.mark.slow

EDITIONS: Final = {"1.2": "2019", "1.3": "2025"}
Fact = tuple[str, ...]


class Heard(NamedTuple):
    """What went over the line, flight by flight with its sender, the messages in plain in their
    order, and the trace.
    """

    flights: list[tuple[str, bytes]]
    messages: list[bytes]
    trace: str


def heard(version: str) -> Heard:
    """Accept a channel that OpenSSL's client opens."""
    context, messages, flights = credentials("house-north", EDITIONS[version]).accepting, [], []

    def listen(
        _tls: object, _way: str, _version: object, kind: int, _m: object, data: bytes
    ) -> None:
        if kind == HANDSHAKE:
            messages.append(data)

    context._msg_callback = listen  # type: ignore[attr-defined]  # not public
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    side, done = context.wrap_bio(into, out, server_side=True), False
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = open_client(server.getsockname()[1], version)
        line, _ = server.accept()
        with line:
            line.settimeout(60)
            while not done:
                flights.append(("client", line.recv(65_536)))
                into.write(flights[-1][1])
                try:
                    side.do_handshake()
                    done = True
                except ssl.SSLWantReadError:
                    pass
                if said := out.read():
                    flights.append(("server", said))
                    line.sendall(said)
    trace, _ = client.communicate(timeout=60)
    return Heard(flights, messages, trace.decode("utf-8", "replace"))


def open_client(port: int, version: str) -> "subprocess.Popen[bytes]":
    own = pem_files(pki_with(), "cso-elm")
    command = [
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{port}",
        "-trace",
        "-noservername",
    ]
    command += [f"-tls{version.replace('.', '_')}", "-CAfile", str(own.ca)]
    command += ["-cert", str(own.chain), "-cert_chain", str(own.above), "-key", str(own.key)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)


# --- What the trace tells ---------------------------------------------------------------------

# fmt: off
WORDS: Final = (
    # what a line tells                                                 as which fact
    (r"Version = .*\(0x([0-9a-f]+)\)",                                  "version"),
    (r"Content Type = \w+ \((\d+)\)",                                   "type"),
    (r"Length = (\d+)",                                                 "length"),
    (r"Inner Content Type = \w+ \((\d+)\)",                             "inner"),
    (r"(\w+), Length=(\d+)",                                            "message"),
    (r"gmt_unix_time=0x([0-9A-F]+)",                                    "time"),
    (r"random_bytes \(len=28\): ([0-9A-F]+)",                           "random"),
    (r"session_id \(len=\d+\): ([0-9A-F]*)",                            "session id"),
    (r"(?:cipher_suite )?\{0x(..), 0x(..)\} \w+",                       "suite"),
    (r"extension_type=\w+\((\d+)\)",                                    "extension"),
    (r"length=(\d+)",                                                   "length of the extension"),
    (r"(?!change_cipher)(?:NamedGroup: |named_curve: )?[\w() .-]+ \((\d+)\)",            "number"),
    (r"(?:Signature Algorithm: |Signature type )?[\w+]+ \(0x([0-9a-f]{4})\)", "signature algorithm"),
    (r"(?:key_exchange|point|ecdh_Yc):? +\(len=\d+\): ([0-9A-F]+)",     "key"),
    (r"ASN.1Cert, length=(\d+)",                                        "certificate"),
    (r"Signature \(len=\d+\): ([0-9A-F]+)",                             "signature"),
    (r"verify_data \(len=\d+\): ([0-9A-F]+)",                           "proof"),
)
# fmt: on


def traced(trace: str) -> Iterator[Fact]:
    """The facts of a trace; certificates are printed at length in it, and left out."""
    plain = re.sub(
        r"------details-----.*?-----END CERTIFICATE-----", "", trace, flags=re.DOTALL
    )
    plain = re.sub(
        r"( *Version = .*\n)( *Content Type = .*\n)", r"\2\1", plain
    )  # as on the line
    plain = re.sub(r"(extension_type=.*), (length=)", r"\1\n\2", plain)
    for line in map(str.strip, plain.splitlines()):
        for pattern, name in WORDS:
            if found := re.fullmatch(pattern, line):
                yield (name, *(part.lower() for part in found.groups()))
                break


# --- What the ranges tell ---------------------------------------------------------------------


def as_number(said: bytes) -> str:
    return str(int.from_bytes(said, "big"))


def as_short_hex(said: bytes) -> str:
    return f"{int.from_bytes(said, 'big'):x}"


def as_size(said: bytes) -> str:
    return str(len(said))


# fmt: off
FACTS: Final[dict[str, tuple[str, Callable[[bytes], str]]]] = {
    # name of a range            as which fact               how it is told
    "type of the record":        ("type",                    as_number),
    "version of the record":     ("version",                 as_short_hex),
    "length of the record":      ("length",                  as_number),
    "session id":                ("session id",              bytes.hex),
    "signature":                 ("signature",               bytes.hex),
    "proof":                     ("proof",                   bytes.hex),
    "extension":                 ("extension",               as_number),
    "length of the extension":   ("length of the extension", as_number),
    "signature algorithm":       ("signature algorithm",     bytes.hex),
    "public key of the exchange": ("key",                    bytes.hex),
    "certificate in DER":        ("certificate",             as_size),
    **dict.fromkeys(
        ("group", "format", "version", "mode", "curve", "kind of key"),
        ("number", as_number)),
}
# fmt: on


def told(heard: Heard, version: str) -> Iterator[Fact]:
    """The facts of the ranges, in the order of a trace."""
    messages, encrypted = iter(heard.messages), set[str]()
    for sender, flight in heard.flights:
        raw = flight
        while raw:
            size = int.from_bytes(raw[3:5], "big")
            record, raw = raw[: 5 + size], raw[5 + size :]
            is_open = record[0] != APPLICATION_DATA and sender not in encrypted
            parts = record_parts(version, record[0], size, is_open)
            yield from facts(record, annotate(record, parts))
            if record[0] == CHANGE_CIPHER_SPEC:
                encrypted.add(sender)
                continue
            content = next(messages)
            if not is_open:
                if version == "1.3":
                    yield ("inner", "22")
                inner = content + (b"\x16" if version == "1.3" else b"")
                yield from facts(inner, annotate(inner, inner_parts(version, 22)))


def facts(raw: bytes, ranges: tuple[Range, ...]) -> Iterator[Fact]:
    for found in ranges:
        yield from fact(found, raw[found.start : found.end])


def fact(found: Range, said: bytes) -> Iterator[Fact]:
    """What a range tells, if a trace tells it too."""
    if found.name in FACTS:
        name, tell = FACTS[found.name]
        yield (name, tell(said))
    elif found.name == "length of the message":
        yield ("message", found.within.removeprefix("message ").lower(), as_number(said))
    elif found.name == "random":
        yield ("time", said[:4].hex())
        yield ("random", said[4:].hex())
    elif found.name == "suite":
        yield ("suite", said[:1].hex(), said[1:].hex())


@pytest.mark.parametrize("version", EDITIONS)
def test_openssl_tells_the_same(version: str) -> None:
    require("openssl")
    both = heard(version)
    ours, theirs = list(told(both, version)), list(traced(both.trace))
    assert len(ours) > 140
    assert ours == theirs[: len(ours)]
    after = dict(fact for fact in theirs[len(ours) :] if len(fact) == 2)
    assert after.get("inner", after["type"]) == "21"  # that it has ended, which we did not read
