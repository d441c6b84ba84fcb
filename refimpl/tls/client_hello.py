"""The first message of a channel, and what an edition answers to it, as a person can follow it.

At work a TLS library reads a ClientHello and chooses (`channel`).  Here the same is told by two
tables and by what an edition asks for, so that the reader of another library can see where it
differs: `read_client_hello` reads the bytes, `negotiate` chooses.

Only versions and suites are looked at.  Groups, signatures and key shares are the library's.

Rules: TLS-1, TLS-2, TLS-6.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Malformed, Untrusted

# fmt: off
VERSIONS: Final[Mapping[int, str]] = MappingProxyType({  # newest first, as a server chooses
    0x0304: "1.3",
    0x0303: "1.2",
})
# What a stack must or should have (RFC 8446, 9.1 and B.4).
TLS_1_3: Final[Mapping[int, str]] = MappingProxyType({
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
})
# fmt: on
# fmt: off
ALERTS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({
    "TLS-1": (70, 40),  # protocol_version; GnuTLS 3.7 to a greeting without a list of versions
    "TLS-2": (40, 71),  # handshake_failure; insufficient_security (RFC 8446, 6.2)
})
"""What a server may say when it ends a handshake by a rule; first what a TLS library does by
RFC 8446, 6.2, and OpenSSL, Go, Java and Node do.
"""
NO_CERTIFICATE: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({
    "1.2": (40, 42, 50),  # handshake_failure (RFC 5246, 7.4.6); Go, Java 17.0.15; GnuTLS 3.7
    "1.3": (116, 42),  # certificate_required (RFC 8446, 4.4.2.4); Go 1.19, Java 17.0.15
})
"""What it may say to whom shows no certificate (TLS-3), by the version of TLS; first what the
RFC names, and OpenSSL and Node say.
"""
# fmt: on

HEAD: Final = 4  # of a message of the handshake: its type, and its length in three bytes
HANDSHAKE: Final = b"\x16\x03"  # the type of a record, and the half of its version that counts
CLIENT_HELLO: Final = b"\x01"
BEFORE_SESSION: Final = 34  # a version and the random
MAX_SESSION: Final = 32
SUPPORTED_VERSIONS: Final = 43


class ClientHello(NamedTuple):
    """What a client offers, by number and in its own order; without a list of versions, TLS 1.2
    at most.
    """

    versions: tuple[int, ...]
    suites: tuple[int, ...]


def read_client_hello(raw: bytes) -> ClientHello:
    """What a client offers with the first bytes it says; raises `Malformed` TLS-6 unless there
    is a whole ClientHello.

    What comes after it is not looked at.
    """
    message = memoryview(_handshake_body(raw))  # a part of it is a view, never a copy
    legacy, rest = int.from_bytes(message[:2], "big"), message[BEFORE_SESSION:]
    session, rest = _read_vector(rest, 1)
    suites, rest = _read_vector(rest, 2)
    _, rest = _read_vector(rest, 1)  # compression
    known: dict[int, memoryview] = {}
    for number, value in _read_extensions(rest):
        if number in known:  # RFC 8446, 4.2
            raise Malformed("TLS-6", f"extension {number} twice")
        known[number] = value
    if len(session) > MAX_SESSION:
        raise Malformed("TLS-6", f"a session id of {len(session)} bytes")
    if SUPPORTED_VERSIONS not in known:
        return ClientHello((min(legacy, 0x0303),), _read_numbers(bytes(suites)))
    listed, after = _read_vector(known[SUPPORTED_VERSIONS], 1)
    if after:
        raise Malformed("TLS-6", f"{len(after)} bytes after the versions")
    return ClientHello(_read_numbers(bytes(listed)), _read_numbers(bytes(suites)))


def _handshake_body(raw: bytes) -> bytes:
    """The body of the ClientHello, which may come in several records."""
    rest, said = memoryview(raw), bytearray()
    while len(said) < HEAD or len(said) < HEAD + int.from_bytes(said[1:HEAD], "big"):
        if bytes(rest[: len(HANDSHAKE)]) != HANDSHAKE:
            raise Malformed("TLS-6", "no record of a handshake")
        fragment, rest = _read_vector(rest[3:], 2)
        said += fragment
        if said[:1] != CLIENT_HELLO:
            raise Malformed("TLS-6", "no ClientHello")
    return bytes(said[HEAD : HEAD + int.from_bytes(said[1:HEAD], "big")])


def _read_vector(raw: memoryview, head: int) -> tuple[memoryview, memoryview]:
    """Bytes that begin with their length, and what comes after them."""
    length = head + int.from_bytes(raw[:head], "big")
    if len(raw) < max(head, length):
        raise Malformed("TLS-6", f"{len(raw)} bytes where {max(head, length)} are announced")
    return raw[head:length], raw[length:]


def _read_extensions(raw: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Each extension with its number; before TLS 1.3 there need not be any."""
    listed, after = _read_vector(raw, 2) if raw else (raw, raw)
    if after:
        raise Malformed("TLS-6", f"{len(after)} bytes after the extensions")
    while listed:
        value, rest = _read_vector(listed[2:], 2)
        yield int.from_bytes(listed[:2], "big"), value
        listed = rest


def _read_numbers(raw: bytes) -> tuple[int, ...]:
    if not raw or len(raw) % 2:
        raise Malformed("TLS-6", f"a list of {len(raw)} bytes")
    return tuple(
        int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)
    )


def negotiate(
    hello: ClientHello, edition: Edition, keys: frozenset[str]
) -> tuple[str, tuple[str, ...]]:
    """The version that a server of an edition chooses, and the suites that are then left, as
    the client lists them.

    `keys` are the kinds of key that it has a certificate for.  Which of the suites it takes is
    its own affair.  Raises `Untrusted`: TLS-1 for no version that both have, TLS-2 for no
    suite.
    """
    version = _newest_version(hello, edition.minimum_tls or "")
    if version is None:
        raise Untrusted("TLS-1", f"versions {_in_hex(hello.versions)}")
    usable: Mapping[int, str] = TLS_1_3
    if version == "1.2":
        rows = edition.suites.values()
        usable = {row.number: row.id for row in rows if keys.intersection(row.keys)}
    suites = tuple(usable[number] for number in hello.suites if number in usable)
    if not suites:
        raise Untrusted("TLS-2", f"TLS {version}, suites {_in_hex(hello.suites)}")
    return version, suites


def _newest_version(hello: ClientHello, lowest: str) -> str | None:
    for number, name in VERSIONS.items():
        if number in hello.versions and name >= lowest:
            return name
    return None


def _in_hex(numbers: tuple[int, ...]) -> str:
    return " ".join(f"{number:04x}" for number in numbers)
