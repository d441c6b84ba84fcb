"""Channels of a partner, seen from outside the model: one that behaves, and one that writes
its records of TLS 1.3 itself.
"""

import hmac
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

CHUNK: Final = 16_384
"""What a record of TLS holds at most."""
APPLICATION_DATA, HANDSHAKE = 23, 22
ADMITTED: Final = bytes(4)
"""The empty frame, with which the accepting side takes a partner on."""


Stream = TypeVar("Stream", bound=socket.socket)


class TurnedAway(OSError):
    """The endpoint did not take us on, or said why it goes."""


def framed(payload: bytes) -> bytes:
    """The bytes of one frame."""
    return len(payload).to_bytes(4, "big") + payload


class Partner(NamedTuple):
    """An entity of the network at its endpoint's peer: where that is, and whose keys it shows."""

    port: int
    folder: Path
    name: str

    def context(self) -> ssl.SSLContext:
        """The settings of Python's own TLS for this entity."""
        return _context(self.folder, self.name)


@cache
def _context(folder: Path, name: str) -> ssl.SSLContext:
    return _new_context(folder, name)


def _new_context(folder: Path, name: str) -> ssl.SSLContext:
    def path(end: str) -> Path:
        (found,) = folder.glob(f"*{end}.pem")
        return found

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(path("ca-root.cert"))
    context.load_cert_chain(path(f"entity-{name}.chain"), path(f"entity-{name}.key"))
    return context


def connected(port: int, seconds: float = 5, source: str = "127.0.0.1") -> socket.socket:
    """A connection that no TLS has been spoken on."""
    stream = socket.create_connection(("127.0.0.1", port), seconds, (source, 0))
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream


@contextmanager
def closing_on_failure(stream: Stream) -> Iterator[Stream]:
    """Close a connection of which nothing came."""
    try:
        yield stream
    except BaseException:
        stream.close()
        raise


class Channel:
    """A partner's channel by Python's own TLS: `ask`, and `close`."""

    def __init__(self, partner: Partner, seconds: float = 5) -> None:
        # wrapped before it is connected: `wrap_socket` loses, unclosed, what was reset by then
        self._tls = partner.context().wrap_socket(socket.socket())
        with closing_on_failure(self._tls):
            self._tls.settimeout(seconds)
            self._tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._tls.connect(("127.0.0.1", partner.port))
            self._receive(ADMITTED)

    def ask(self, frame: bytes) -> bytes:
        """Say a frame and read the next one."""
        self._tls.sendall(frame)
        return self._receive()

    def _receive(self, expected: bytes | None = None) -> bytes:
        got = b""
        while len(got) < 4 or len(got) < 4 + int.from_bytes(got[:4], "big"):
            more = self._tls.recv(CHUNK)
            if not more:
                raise TurnedAway("closed")
            got += more
        if expected is not None and got != expected:
            raise TurnedAway(got[4:20].decode("ascii", "replace"))
        return got[4:]

    def close(self) -> None:
        """Hang up in good order."""
        with suppress(OSError), self._tls:
            self._tls.unwrap()

    def drop(self) -> None:
        """Hang up without a word."""
        self._tls.close()


class RecordChannel:
    """A partner's channel that writes its own records: `records` is the pen, `stream` the socket
    that takes them; what comes back nobody opens.
    """

    def __init__(self, partner: Partner, *, small: bool = False) -> None:
        self.stream = connected(partner.port)
        if small:
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with closing_on_failure(self.stream), TemporaryDirectory() as folder:
            log = Path(folder, "keys.log")
            suite = self._shake_hands(partner, log)
            self.records = Records(suite, _secret(log))

    def _shake_hands(self, partner: Partner, log: Path) -> str:
        """Shake hands by Python's own TLS, until the endpoint has taken us on; the suite."""
        context = _new_context(partner.folder, partner.name)
        context.keylog_filename = str(log)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing)
        shaken, got = False, b""
        while got != ADMITTED:
            try:
                if not shaken:
                    tls.do_handshake()
                    shaken = True
                got += tls.read(4)
            except ssl.SSLWantReadError:
                self.stream.sendall(outgoing.read())
                raw = self.stream.recv(CHUNK)
                if not raw:
                    raise TurnedAway("closed in the handshake") from None
                incoming.write(raw)
        used = tls.cipher()
        assert used
        return used[0]

    def close(self) -> None:
        """Hang up."""
        self.stream.close()


def _secret(log: Path) -> bytes:
    """The secret under which a client writes, from what its TLS has told."""
    for line in log.read_text().splitlines():
        if line.startswith("CLIENT_TRAFFIC_SECRET_0 "):
            return bytes.fromhex(line.split()[2])
    raise TurnedAway("no handshake of TLS 1.3")


Suite = type[AESGCM] | type[ChaCha20Poly1305]


class Records:
    """The records of one direction of TLS 1.3 (RFC 8446, 5.2 and 7)."""

    SUITES: Final[Mapping[str, tuple[Suite, int, str]]] = {
        "TLS_AES_128_GCM_SHA256": (AESGCM, 16, "sha256"),
        "TLS_AES_256_GCM_SHA384": (AESGCM, 32, "sha384"),
        "TLS_CHACHA20_POLY1305_SHA256": (ChaCha20Poly1305, 32, "sha256"),
    }

    def __init__(self, suite: str, secret: bytes) -> None:
        self._cipher, self._key_bytes, self._hash = self.SUITES[suite]
        self._use(secret)

    def _use(self, secret: bytes) -> None:
        self._secret, self._number = secret, 0
        self._aead = self._cipher(self._expand("key", self._key_bytes))
        self._iv = int.from_bytes(self._expand("iv", 12), "big")

    def _expand(self, label: str, length: int) -> bytes:
        """Expand the secret, as HKDF-Expand-Label does for what fits into one hash."""
        name = f"tls13 {label}".encode()
        info = length.to_bytes(2, "big") + bytes((len(name),)) + name + b"\0\1"
        return hmac.digest(self._secret, info, self._hash)[:length]

    def record(self, content: bytes, kind: int = APPLICATION_DATA) -> bytes:
        """One record around so much content, which may be none at all."""
        inner = content + bytes((kind,))
        head = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
        nonce = (self._iv ^ self._number).to_bytes(12, "big")
        self._number += 1
        return head + self._aead.encrypt(nonce, inner, head)

    def key_update(self, *, asked: bool) -> bytes:
        """Change the keys, and perhaps ask the other side to do so as well."""
        record = self.record(b"\x18\0\0\1" + bytes((asked,)), HANDSHAKE)
        self._use(self._expand("traffic upd", len(self._secret)))
        return record
