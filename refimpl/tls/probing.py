"""Somebody else's endpoint seen from the outside: where its channel differs from what the
edition asks for.

`probe` knocks some dozens of times, each time in another way, and tells what it found by rule.
It offers what no endpoint of the model would (old versions, weak suites, no certificate, a
frame of four gigabytes), so that it can see whether the other takes it.  It says nothing that
means anything, and it does not look into a peer: that no session outlives a change of CRLs
cannot be seen from here, only whether sessions are resumed at all.

Rules: TLS-*, and CRT-* of the certificate.
"""

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from refimpl.errors import RoamingError, Untrusted
from refimpl.security.certificates import Purpose
from refimpl.tls.channel import Credentials, openssl_suites, shown
from refimpl.tls.framing import GOODBYE, HEAD
from refimpl.wire import MAX_BYTES

PATIENCE: Final = 3.0
"""Seconds for a peer to answer; one that takes longer counts as silent."""
VERSIONS: Final[Mapping[str, ssl.TLSVersion]] = MappingProxyType(
    {
        "1.0": ssl.TLSVersion.TLSv1,
        "1.1": ssl.TLSVersion.TLSv1_1,
        "1.2": ssl.TLSVersion.TLSv1_2,
        "1.3": ssl.TLSVersion.TLSv1_3,
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a peer keeps a rule, None where that cannot be seen, and what was found."""

    rule: str
    holds: bool | None
    found: str


@dataclass(frozen=True, slots=True)
class Knock:
    """One attempt: version and suite if there was a handshake, the chain shown, and what came
    first.

    `first` is the content of the first frame, None if the peer hung up, and `silent` is whether
    it did neither.
    """

    version: str | None = None
    suite: str = ""
    chain: tuple[bytes, ...] = ()
    first: bytes | None = None
    silent: bool = False
    resumed: bool = False
    session: ssl.SSLSession | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """Where to knock, and as whom."""

    host: str
    port: int
    credentials: Credentials
    now: datetime

    def knock(
        self,
        versions: tuple[str, str] = ("1.2", "1.3"),
        suites: str = "ALL",
        *,
        papers: bool = True,
        session: ssl.SSLSession | None = None,
        context: ssl.SSLContext | None = None,
        say: bytes = b"",
    ) -> Knock:
        """Connect, shake hands if the peer does, `say` bytes if there are any, and read the
        frame that comes then.
        """
        context = context or self.context(versions, suites, papers)
        try:
            plain = socket.create_connection((self.host, self.port), timeout=PATIENCE)
        except OSError as error:
            raise Untrusted(
                "TLS-14", f"{self.host}:{self.port}: {error.strerror or type(error).__name__}"
            ) from error
        with plain:
            try:
                tls = context.wrap_socket(plain, session=session)
            except OSError as error:  # refused, cut off, or silent
                return Knock(silent=isinstance(error, TimeoutError))
            with tls:
                first, silent = self._first(tls, say)
                suite = (tls.cipher() or ("", "", 0))[0]
                knock = Knock(
                    tls.version(),
                    suite,
                    shown(tls),
                    first,
                    silent,
                    bool(tls.session_reused),
                    tls.session,
                )
                with suppress(OSError):
                    tls.unwrap()  # a session that was cut off is not resumed
        return knock

    def _first(self, tls: ssl.SSLSocket, say: bytes) -> tuple[bytes | None, bool]:
        """What came first, of what was said in reply to `say` if there is any; and whether the
        peer kept silent.
        """
        try:
            first = _frame(tls)
            if say and first is not None:
                tls.sendall(say)
                first = _frame(tls)
        except OSError as error:
            return None, isinstance(error, TimeoutError)
        return first, False

    def context(
        self, versions: tuple[str, str], suites: str = "ALL", papers: bool = True
    ) -> ssl.SSLContext:
        """Settings that accept anybody and anything."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers(f"{suites}:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # we know: that is what we look for
            context.minimum_version, context.maximum_version = (
                VERSIONS[each] for each in versions
            )
        if papers:
            self.credentials.load(context)
        return context


def _frame(tls: ssl.SSLSocket) -> bytes | None:
    head = _exactly(tls, HEAD)
    if head is None or (length := int.from_bytes(head, "big")) > MAX_BYTES:
        return head
    return _exactly(tls, length)


def _exactly(tls: ssl.SSLSocket, length: int) -> bytes | None:
    got = b""
    while len(got) < length:
        if not (more := tls.recv(length - len(got))):
            return None
        got += more
    return got


def _versions(door: Door) -> Iterator[Finding]:
    offered = [name for name in VERSIONS if door.knock((name, name)).version]
    lowest = door.credentials.edition.minimum_tls or ""
    fits = bool(offered) and min(offered) >= lowest
    yield Finding(
        "TLS-1", fits, f"TLS {', '.join(offered) or 'none'}; asked for: {lowest} or newer"
    )


def _suites(door: Door) -> Iterator[Finding]:
    found: list[str] = []
    allowed = openssl_suites(door.credentials.edition)
    while (
        knock := door.knock(
            ("1.2", "1.2"), ":".join(("ALL", "COMPLEMENTOFALL", *(f"!{x}" for x in found)))
        )
    ).suite:
        found.append(knock.suite)
    yield Finding(
        "TLS-2", set(found) <= set(allowed), f"of TLS 1.2: {', '.join(found) or 'none'}"
    )


def _certificate_asked(door: Door) -> Iterator[Finding]:
    knock = door.knock(papers=False)
    refused = not knock.silent and (
        knock.first is None or GOODBYE.fullmatch(knock.first) is not None
    )
    yield Finding(
        "TLS-3",
        refused,
        f"without a certificate we were {'turned away' if refused else 'not turned away'}",
    )


def _certificate(door: Door) -> Iterator[Finding]:
    try:
        peer = door.credentials.admit(door.knock().chain, Purpose.SERVER, door.now)
    except RoamingError as error:
        yield Finding(error.rule_id, False, error.where)
    else:
        yield Finding("TLS-4", True, f"{peer.entity_id}, {peer.kind}")


def _welcome(door: Door) -> Iterator[Finding]:
    first = door.knock().first
    words = {None: "nothing, and the end", b"": "the empty frame"}.get(first) or ascii(
        (first or b"")[:24]
    )[2:-1]
    yield Finding(
        "TLS-8", first == b"", f"with our certificate the first that came was {words}"
    )


def _resumption(door: Door) -> Iterator[Finding]:
    resumed = []
    for version in ("1.2", "1.3"):
        context = door.context((version, version))
        session = door.knock(context=context).session
        resumed += (
            [version]
            if session and door.knock(context=context, session=session).resumed
            else []
        )
    found = (
        f"sessions of TLS {', '.join(resumed)} are resumed; see that none outlives a new CRL"
    )
    yield Finding(
        "TLS-5", None if resumed else True, found if resumed else "no session is resumed"
    )


def _long_frame(door: Door) -> Iterator[Finding]:
    knock = door.knock(say=b"\xff" * HEAD)
    refused = not knock.silent and (
        knock.first is None or GOODBYE.fullmatch(knock.first) is not None
    )
    yield Finding(
        "TLS-9",
        refused,
        f"the head of a frame of 4 GB was {'refused' if refused else 'waited upon'}",
    )


PROBES: Final[tuple[Callable[[Door], Iterator[Finding]], ...]] = (
    *(_versions, _suites, _certificate_asked, _certificate, _welcome, _resumption, _long_frame),
)


def probe(host: str, port: int, credentials: Credentials, now: datetime) -> tuple[Finding, ...]:
    """What is found at an address by an entity with these credentials; raises `Untrusted`
    TLS-14 if nobody is there.
    """
    door = Door(host, port, credentials, now)
    if not any(door.knock((name, name)).version for name in VERSIONS):
        return (
            Finding(
                "TLS-1",
                False,
                "no handshake comes about, in any version; nothing else can be seen",
            ),
        )
    return tuple(finding for look in PROBES for finding in look(door))
