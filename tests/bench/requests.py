"""What is said to the servers: four messages of a service as bytes, prepared before anything is
measured.

The frames in the open and the bodies of HTTP are the same bytes; signed and sealed they are
those messages under protection.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache, partial

from refimpl.edition import load
from refimpl.messages import (
    Receipt,
    Said,
    SessionProgressNotice,
)
from refimpl.play.example import START
from refimpl.play.player import play
from refimpl.security.protection import KeyRing, unprotect
from refimpl.tls.channel import Credentials
from refimpl.tls.framing import HEAD, framed
from refimpl.tls.message_protection import MessageProtection, ProtectedEnvelope
from refimpl.tls.serving import utc_now
from refimpl.vocabulary import Protection
from refimpl.wire import decode
from tests.bench.caller import Service

EDITION = load("2025")
HOME = "csp-alba"
EMAID = "DE8AA0012345670"
PATHS = ("/authorization", "/progress", "/progress", "/record")
AGO = timedelta(hours=2)
"""How long ago a service began that is told of now; the story takes one hour."""
TIME = re.compile(rb"2025-07-08T[0-9:]{8}Z")
NUMBER = b"0000000"
# fmt: off
NUMBERED = (  # what no two services have in common
    (re.compile(rb"service-1"), b"service-0000000"),
    (re.compile(rb"m-([0-9])"), rb"m-0000000-\1"),
    (re.compile(rb"record-1"),  b"record-0000000"),
    (re.compile(rb"E8406487"),  b"E0000000"),
)
# fmt: on


@cache
def _templates(visited: str) -> tuple[bytes, ...]:
    """What a visited-CSO says in one service, as if it had just happened: it asks, tells of
    start and end, and bills.
    """
    since = utc_now().replace(microsecond=0) - AGO - START
    told = []
    for frame in play("charge", EDITION, visited_cso=visited).frames:
        message = frame.envelope.message
        update = isinstance(message, SessionProgressNotice) and message.event == "updated"
        if frame.sender != visited or update:
            continue
        raw = TIME.sub(partial(_later, since=since), frame.raw)
        for pattern, numbered in NUMBERED:
            raw = pattern.sub(numbered, raw)
        told.append(raw)
    return tuple(told)


def _later(written: re.Match[bytes], since: timedelta) -> bytes:
    moment = datetime.fromisoformat(written[0].decode()) + since
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()


def messages(visited: str, number: int) -> list[bytes]:
    """The four messages of the service with that number, each in its envelope."""
    return [raw.replace(NUMBER, b"%07d" % number) for raw in _templates(visited)]


def in_the_open(visited: str, number: int) -> Service:
    """The frames of a service as they are on a channel."""
    return list(map(framed, messages(visited, number)))


def over_http(visited: str, number: int) -> Service:
    """The same bytes as the bodies of HTTP requests."""
    return [
        b"POST %b HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (path.encode(), len(body), body)
        for path, body in zip(PATHS, messages(visited, number), strict=True)
    ]


class Sealed:
    """The frames of a service signed and sealed, and what its answers say."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._protection = MessageProtection(Protection.SEALED)

    def frames(self, visited: str, number: int) -> Service:
        """Four frames, each good for five minutes from now."""
        now, hops = utc_now().replace(microsecond=0), ("", visited, HOME)
        said = []
        for raw in messages(visited, number):
            envelope = decode(raw).model_copy(update={"sent_at": now})
            said.append(self._protection.write_frame(envelope, hops, self._credentials, now))
        return list(map(framed, said))

    def opened(self, answer: bytes) -> Said:
        """The message in the frame of an answer."""
        now, own = utc_now(), self._credentials.leaf
        peer, card = self._credentials.trusted_card(HOME, now)
        keys = KeyRing(
            {card.signing_key_id: (HOME, peer.signing_key)},
            {own.card.encryption_key_id: own.encryption_key},
        )
        envelope = self._protection.read_frame(answer[HEAD:])
        assert isinstance(envelope, ProtectedEnvelope)
        text, receiver = envelope.message.text, envelope.receiver
        return unprotect(text, keys, receiver=receiver, now=now, seen=()).message


def check_answers(said: Iterator[Said]) -> None:
    """Make sure that every service was granted, and each of its notices has its receipt."""
    for verdict in said:
        receipts = [next(said) for _ in PATHS[1:]]
        assert getattr(verdict, "granted", False), verdict
        assert receipts == [Receipt()] * len(receipts), receipts
