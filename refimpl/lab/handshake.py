"""Mutual TLS between two roaming endpoints, flight by flight: which records each side sends,
and where both stand when they have arrived.

The two sides are real `tls.channel.Channel`s that hand each other bytes in memory.  Type,
version and length of a record are read off its five bytes of header, as any reader on the way
could; which message lies in it the sender's TLS library tells.  Keys, random numbers and
lengths differ from run to run.

The TLS library looks at the clock of the machine and at no other, so the certificates are made
for the moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.lab.entities import ALGORITHM, FOUR, SEED
from refimpl.lab.tls_layouts import (
    ALERT,
    ALERTS,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    MESSAGES,
    TYPES,
)
from refimpl.security.defects import defective_pki
from refimpl.security.pki import Pki, roaming_pki
from refimpl.tls.channel import VERSIONS, Channel, Credentials

OPENER, ACCEPTER = "cso-elm", "house-north"

HEADER: Final = 256
"""What the library calls a header of a record when it tells what it has written."""


@dataclass(frozen=True, slots=True)
class Record:
    """A TLS record: type and version from its header, bytes behind it, the message in it, and
    whether all may read; `raw` is all of it, `content` the type of what it holds, and `inner`
    that in plain, of a frame empty.
    """

    type: str
    version: str
    length: int
    message: str
    open: bool
    content: int
    raw: bytes = field(repr=False)
    inner: bytes = field(repr=False)


class Told(NamedTuple):
    """What the sender's library tells of a record it has written: the message in it, of which
    type it is, and its bytes in plain.
    """

    message: str
    content: int
    inner: bytes


FRAME: Final = Told("frame", APPLICATION_DATA, b"")


@dataclass(frozen=True, slots=True)
class Flight:
    """What one side sends in one go, where both stand when it has arrived, and the fault its
    receiver has found.
    """

    sender: str
    records: tuple[Record, ...]
    stands: tuple[str, str]
    fault: RoamingError | None


def shake_hands(edition: Edition, defect: str = "") -> tuple[Flight, ...]:
    """Hold a handshake in memory in the lowest TLS version of an edition; `defect` is what is
    wrong with the opener's certificate.

    >>> from refimpl.edition import load
    >>> [flight.sender for flight in shake_hands(load("2025"))]
    ['cso-elm', 'house-north', 'cso-elm', 'house-north']
    """
    now = datetime.now(UTC)
    pki = _pki_with(defect, now)
    opener, accepter = (
        Credentials.from_pki(pki, name, FOUR, edition) for name in (OPENER, ACCEPTER)
    )
    # Two that have TLS 1.3 would use it.
    opener.opening.maximum_version = VERSIONS[edition.minimum_tls]
    messages: list[Told] = []
    for context in (opener.opening, accepter.accepting):
        context._msg_callback = _listener(messages)  # type: ignore[attr-defined]  # not public
    sides = {
        OPENER: Channel(opener, accepting=False, expected=ACCEPTER),
        ACCEPTER: Channel(accepter, accepting=True),
    }
    return tuple(_flights(sides, messages, now))


def _pki_with(defect: str, now: datetime) -> Pki:
    if defect:
        return defective_pki(FOUR, defect, OPENER, seed=SEED, now=now, algorithm=ALGORITHM)
    return roaming_pki(FOUR, seed=SEED, now=now, algorithm=ALGORITHM)


def _listener(messages: list[Told]) -> Callable[..., None]:
    """Make what the library calls when it has written: for each record its header, and then the
    message in it, if any.
    """

    def listen(
        _tls: object, direction: str, _version: object, kind: int, _message: object, data: bytes
    ) -> None:
        if direction != "write":
            return
        if kind == HEADER:  # a new record; unless a message follows it holds a frame
            messages.append(FRAME)
        elif kind in TYPES:
            messages[-1] = Told(_message_name(kind, data), kind, data)

    return listen


def _message_name(kind: int, data: bytes) -> str:
    if kind == HANDSHAKE:
        return MESSAGES.get(data[0], TYPES[kind])
    if kind == ALERT:
        return ALERTS.get(data[1], TYPES[kind])
    return TYPES[kind]


def _flights(
    sides: dict[str, Channel], messages: list[Told], now: datetime
) -> Iterator[Flight]:
    turn, encrypted, refused = [OPENER, ACCEPTER], set[str](), False
    while raw := sides[turn[0]].data_to_send():
        sender, receiver = turn
        records = tuple(_records(raw, messages, sender, encrypted))
        messages.clear()
        fault = None
        try:
            sides[receiver].receive_data(raw, now)
        except RoamingError as error:
            fault = error
            if not refused:  # a side that was turned away has nothing to add
                sides[receiver].close(error)
        stands = (_stands(sides[OPENER]), _stands(sides[ACCEPTER]))
        yield Flight(sender, records, stands, fault)
        if refused:
            return
        refused, turn = fault is not None, turn[::-1]


def _records(
    raw: bytes, messages: list[Told], sender: str, encrypted: set[str]
) -> Iterator[Record]:
    """Split what was sent: a byte of type, two of version, two of length, and so many bytes."""
    for told in messages:
        kind, version, length = raw[0], raw[1:3].hex(), int.from_bytes(raw[3:5], "big")
        whole, raw = raw[: 5 + length], raw[5 + length :]
        is_open = kind != APPLICATION_DATA and sender not in encrypted
        head = (TYPES[kind], version, length)
        yield Record(*head, told.message, is_open, told.content, whole, told.inner)
        if kind == CHANGE_CIPHER_SPEC:
            encrypted.add(sender)
    assert not raw  # the library has told of every record


def _stands(side: Channel) -> str:
    if side.peer is None:
        return "knows nobody"
    return f"knows {side.peer.entity_id}, {'admitted' if side.admitted else 'not admitted'}"
