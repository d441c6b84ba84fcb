"""The endpoint of another seen from the outside: where its channel differs from what the
edition asks for.

`probe` connects some dozens of times, each time in another way, and tells what it found by
rule.  It offers what no endpoint of the model would (old versions, weak suites, no certificate,
a frame of four gigabytes), so that it can see whether the other takes it.  It says nothing that
means anything, and it does not look into a peer: that no session outlives a change of CRLs
cannot be seen from here, only whether sessions are resumed at all.

A peer that drips bytes cannot hold it: a handshake and a frame have seconds, the whole look has
a minute (`LONGEST_LOOK`), and what was found by then is told.

Rules: TLS-*, and CRT-* of the certificate.
"""

import socket
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from types import MappingProxyType
from typing import Final

from refimpl.errors import RoamingError, Untrusted
from refimpl.security.certificates import Purpose
from refimpl.tls.channel import Credentials, openssl_suites, shown_chain
from refimpl.tls.framing import GOODBYE, HEAD
from refimpl.wire import MAX_BYTES

PATIENCE: Final = 3.0
"""Seconds for a peer to connect, to shake hands and to say a frame to its end; one that takes
longer counts as silent.
"""
LONGEST_LOOK: Final = 60.0
"""Seconds for all of it: a peer that answers at once is done in two."""
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
class Attempt:
    """One attempt at a channel: version and suite if there was a handshake, the chain shown,
    and what came first.

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

    @property
    def turned_away(self) -> bool:
        """Whether the peer hung up, or said by which rule it turned us away."""
        if self.silent:
            return False
        return self.first is None or GOODBYE.fullmatch(self.first) is not None


@dataclass(frozen=True, slots=True)
class Target:
    """The endpoint that is probed, as which entity, and until when by the monotonic clock."""

    host: str
    port: int
    credentials: Credentials
    now: datetime
    until: float

    def seconds_left(self) -> float:
        """How long the next step may take; raises `Untrusted` TLS-10 once the look is over."""
        left = self.until - monotonic()
        if left <= 0:
            raise Untrusted("TLS-10", "it takes its time, and the look had to end")
        return min(PATIENCE, left)

    def attempt(
        self,
        versions: tuple[str, str] = ("1.2", "1.3"),
        suites: str = "ALL",
        *,
        with_certificate: bool = True,
        session: ssl.SSLSession | None = None,
        context: ssl.SSLContext | None = None,
        send: bytes = b"",
    ) -> Attempt:
        """Connect, shake hands if the peer does, `send` bytes if there are any, and read the
        frame that comes then.
        """
        context = context or self.context(versions, suites, with_certificate)
        try:
            plain = socket.create_connection((self.host, self.port), self.seconds_left())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Untrusted("TLS-14", f"{self.host}:{self.port}: {reason}") from error
        with plain:
            try:
                plain.settimeout(self.seconds_left())
                tls = context.wrap_socket(plain, session=session)
            except OSError as error:  # refused, cut off, or silent
                return Attempt(silent=isinstance(error, TimeoutError))
            with tls:
                first, silent = self._first_frame(tls, send)
                suite, *_ = tls.cipher() or ("",)
                attempt = Attempt(
                    version=tls.version(),
                    suite=suite,
                    chain=shown_chain(tls),
                    first=first,
                    silent=silent,
                    resumed=bool(tls.session_reused),
                    session=tls.session,
                )
                with suppress(OSError):
                    tls.unwrap()  # a session that was cut off is not resumed
        return attempt

    def _first_frame(self, tls: ssl.SSLSocket, send: bytes) -> tuple[bytes | None, bool]:
        """The frame that came first, or that came in reply to `send` if there is any; and
        whether the peer kept silent.
        """
        try:
            first = _read_frame(tls, self.seconds_left())
            if send and first is not None:
                tls.sendall(send)
                first = _read_frame(tls, self.seconds_left())
        except OSError as error:
            return None, isinstance(error, TimeoutError)
        return first, False

    def context(
        self, versions: tuple[str, str], suites: str = "ALL", with_certificate: bool = True
    ) -> ssl.SSLContext:
        """Make settings that accept any peer and anything."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers(f"{suites}:@SECLEVEL=0")
        lowest, highest = versions
        with warnings.catch_warnings():
            # That old versions are deprecated is what is looked for.
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = VERSIONS[lowest]
            context.maximum_version = VERSIONS[highest]
        if with_certificate:
            self.credentials.load_into(context)
        return context


def _read_frame(tls: ssl.SSLSocket, seconds: float) -> bytes | None:
    """One frame, or the head of one that is too long; None if the peer hung up before its end.
    Raises `TimeoutError` for a frame that takes longer, however often a byte of it comes.
    """
    until = monotonic() + seconds
    head = _read_exactly(tls, HEAD, until)
    if head is None:
        return None
    length = int.from_bytes(head, "big")
    if length > MAX_BYTES:
        return head
    return _read_exactly(tls, length, until)


def _read_exactly(tls: ssl.SSLSocket, length: int, until: float) -> bytes | None:
    got = b""
    while len(got) < length:
        if (left := until - monotonic()) <= 0:
            raise TimeoutError
        tls.settimeout(left)
        if not (more := tls.recv(length - len(got))):
            return None
        got += more
    return got


# --- What is looked at ------------------------------------------------------------------------


def _takes(target: Target, version: str) -> bool:
    return target.attempt((version, version)).version is not None


def _probe_versions(target: Target) -> Iterator[Finding]:
    offered = [version for version in VERSIONS if _takes(target, version)]
    lowest = target.credentials.edition.minimum_tls or ""
    fits = bool(offered) and min(offered) >= lowest
    found = f"TLS {', '.join(offered) or 'none'}; asked for: {lowest} or newer"
    yield Finding("TLS-1", fits, found)


def _probe_suites(target: Target) -> Iterator[Finding]:
    """Find the suites of TLS 1.2 one by one, each time without those that were found before."""
    allowed = openssl_suites(target.credentials.edition)
    chosen: list[str] = []
    while True:
        others = ":".join(("ALL", "COMPLEMENTOFALL", *(f"!{name}" for name in chosen)))
        suite = target.attempt(("1.2", "1.2"), others).suite
        if not suite:
            break
        chosen.append(suite)
    found = f"of TLS 1.2: {', '.join(chosen) or 'none'}"
    yield Finding("TLS-2", set(chosen) <= set(allowed), found)


def _probe_without_certificate(target: Target) -> Iterator[Finding]:
    refused = target.attempt(with_certificate=False).turned_away
    outcome = "turned away" if refused else "not turned away"
    yield Finding("TLS-3", refused, f"without a certificate we were {outcome}")


def _probe_certificate(target: Target) -> Iterator[Finding]:
    chain = target.attempt().chain
    try:
        peer = target.credentials.admit_peer(chain, Purpose.SERVER, target.now)
    except RoamingError as error:
        yield Finding(error.rule_id, False, error.where)
    else:
        yield Finding("TLS-4", True, f"{peer.entity_id}, {peer.kind}")


def _probe_empty_frame(target: Target) -> Iterator[Finding]:
    first = target.attempt().first
    if first is None:
        words = "nothing, and the end"
    elif first == b"":
        words = "the empty frame"
    else:
        words = ascii(first[:24])[2:-1]
    found = f"with our certificate the first that came was {words}"
    yield Finding("TLS-8", first == b"", found)


def _probe_resumption(target: Target) -> Iterator[Finding]:
    resumed = [version for version in ("1.2", "1.3") if _resumes(target, version)]
    if not resumed:
        yield Finding("TLS-5", True, "no session is resumed")
        return
    sessions = f"sessions of TLS {', '.join(resumed)} are resumed"
    yield Finding("TLS-5", None, f"{sessions}; see that none outlives a new CRL")


def _resumes(target: Target, version: str) -> bool:
    context = target.context((version, version))
    session = target.attempt(context=context).session
    return session is not None and target.attempt(context=context, session=session).resumed


def _probe_long_frame(target: Target) -> Iterator[Finding]:
    refused = target.attempt(send=b"\xff" * HEAD).turned_away
    outcome = "refused" if refused else "waited upon"
    yield Finding("TLS-9", refused, f"the head of a frame of 4 GB was {outcome}")


PROBES: Final[tuple[Callable[[Target], Iterator[Finding]], ...]] = (
    _probe_versions,
    _probe_suites,
    _probe_without_certificate,
    _probe_certificate,
    _probe_empty_frame,
    _probe_resumption,
    _probe_long_frame,
)


def probe(
    host: str,
    port: int,
    credentials: Credentials,
    now: datetime,
    seconds: float = LONGEST_LOOK,
) -> tuple[Finding, ...]:
    """What is found at an address by an entity with these credentials, in so many seconds.

    Raises `Untrusted`: TLS-14 if nothing answers there, TLS-10 if no handshake is over by then.
    """
    target = Target(host, port, credentials, now, monotonic() + seconds)
    if not any(_takes(target, version) for version in VERSIONS):
        found = "no handshake comes about, in any version; nothing else can be seen"
        return (Finding("TLS-1", False, found),)
    findings: list[Finding] = []
    try:
        for look in PROBES:
            findings.extend(look(target))
    except Untrusted as error:  # no time is left, or it accepts no more
        findings.append(Finding(error.rule_id, False, error.where))
    return tuple(findings)
