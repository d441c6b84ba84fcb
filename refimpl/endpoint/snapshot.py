"""An endpoint as rows of text, and back: what a store keeps of it.

Each thing that an endpoint remembers is a row of its own, so that what has not changed since
the last time need not be written again: the maps of an endpoint share what they have in
common, and `changed_rows` finds the rest by looking at what is the same object.

An envelope is written as it goes over the wire.  Who hands one in for reading says how, for a
clearing house holds messages that it has not opened.

Rules: STO-1, STO-3.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError
from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.ledger import Ledger, Stay, Unmatched
from refimpl.endpoint.sequences import Sequences
from refimpl.endpoint.state import (
    Arrival,
    Differences,
    Poll,
    Recent,
    Relay,
    RoamingEndpoint,
    Send,
    Word,
)
from refimpl.endpoint.waiting import Line, LineKey, Outbox, Pending, RequestKey
from refimpl.errors import Malformed, Misuse
from refimpl.messages import Envelope, Station
from refimpl.network import Network
from refimpl.session import ServiceKey, Session
from refimpl.shapes import canonical_bytes, first_fault

ReadEnvelope = Callable[[str], Envelope]
"""Reads an envelope out of its canonical text; raises `Malformed` for another text."""
T = TypeVar("T")


class Row(NamedTuple):
    """One thing that an endpoint holds: in which of its maps, under which key, and what; the
    value is empty where there is none any more.
    """

    table: str
    key: str
    value: str


# --- How each kind of thing is written --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How a kind of thing becomes a text, and a text the thing."""

    write: Callable[[T], str]
    read: Callable[[str, ReadEnvelope], T]


def _plain(shape: Any) -> Form[T]:
    """The form of a thing that holds no envelope."""
    adapter: TypeAdapter[T] = TypeAdapter(shape)

    def write(thing: T) -> str:
        return adapter.dump_json(thing, exclude_none=True).decode()

    def read(text: str, read_envelope: ReadEnvelope) -> T:
        return adapter.validate_json(text)

    return Form(write, read)


def _text(envelope: Envelope) -> str:
    return canonical_bytes(envelope).decode()


class WrittenSend(NamedTuple):
    """A `Send` with its envelope as text."""

    peer: str
    envelope: str


class WrittenPending(NamedTuple):
    """A `Pending` with its envelope as text."""

    peer: str
    envelope: str
    due: datetime | None
    turn: int
    tries: int
    poll: RequestKey | None


class WrittenPoll(NamedTuple):
    """A `Poll` with the envelope it arrived in as text."""

    envelope: str
    peer: str
    now: datetime
    waiting: int
    unreached: bool


class WrittenList(NamedTuple):
    """A `ContractList` with what was taken off it as a plain mapping."""

    number: int
    keys: frozenset[str]
    taken_off: dict[str, datetime]
    coming: frozenset[str]
    coming_number: int
    parts: int


SENDS: Final[Form[tuple[WrittenSend, ...]]] = _plain(tuple[WrittenSend, ...])
PENDING: Final[Form[WrittenPending]] = _plain(WrittenPending)
POLL: Final[Form[WrittenPoll]] = _plain(WrittenPoll)
LIST: Final[Form[WrittenList]] = _plain(WrittenList)


def _write_sends(sends: tuple[Send, ...]) -> str:
    return SENDS.write(tuple(WrittenSend(one.peer, _text(one.envelope)) for one in sends))


def _read_sends(text: str, read: ReadEnvelope) -> tuple[Send, ...]:
    return tuple(Send(one.peer, read(one.envelope)) for one in SENDS.read(text, read))


def _write_pending(pending: Pending) -> str:
    written = WrittenPending(pending.peer, _text(pending.envelope), *pending[2:])
    return PENDING.write(written)


def _read_pending(text: str, read: ReadEnvelope) -> Pending:
    peer, envelope, due, turn, tries, poll = PENDING.read(text, read)
    return Pending(peer, read(envelope), due, turn, tries, poll)


def _write_poll(poll: Poll) -> str:
    asked = poll.asked
    arrived = _text(asked.envelope), asked.peer, asked.now
    return POLL.write(WrittenPoll(*arrived, poll.waiting, poll.unreached))


def _read_poll(text: str, read: ReadEnvelope) -> Poll:
    envelope, peer, now, waiting, unreached = POLL.read(text, read)
    return Poll(Arrival(read(envelope), peer, now), waiting, unreached)


def _write_list(held: ContractList) -> str:
    taken_off = dict(held.taken_off)
    coming = held.coming, held.coming_number, held.parts
    return LIST.write(WrittenList(held.number, held.keys, taken_off, *coming))


def _read_list(text: str, read: ReadEnvelope) -> ContractList:
    held = LIST.read(text, read)
    taken_off = HashTrieMap(held.taken_off)
    return ContractList(
        held.number, held.keys, taken_off, held.coming, held.coming_number, held.parts
    )


# --- What there is to write -------------------------------------------------------------------


class Table(NamedTuple):
    """A map of an endpoint, by the path to it: how its keys and its things are written."""

    key: Form[object]
    value: Form[object]


def _table(key: object, value: object) -> Table:
    return Table(_plain(key), value if isinstance(value, Form) else _plain(value))


_SENDS = Form(_write_sends, _read_sends)
_PENDING = Form(_write_pending, _read_pending)
_POLL = Form(_write_poll, _read_poll)
_LIST = Form(_write_list, _read_list)

# fmt: off
TABLES: Final[Mapping[str, Table]] = MappingProxyType({
    "contracts":        _table(str,             bool),
    "evses":            _table(str,             str),
    "listed":           _table(str,             _LIST),
    "lists":            _table(str,             _LIST),
    "stations":         _table(str,             Station),
    "statuses":         _table(str,             str),
    "sessions":         _table(ServiceKey,      Session),
    "ledger.ids":       _table(tuple[str, str], ServiceKey),
    "ledger.stays":     _table(str,             tuple[Stay, ...]),
    "ledger.unmatched": _table(str,             tuple[Unmatched, ...]),
    "differences":      _table(str,             Differences),
    "sequences.heard":  _table(tuple[str, str], int),
    "seen.latest":      _table(RequestKey,      _SENDS),
    "seen.before":      _table(RequestKey,      _SENDS),
    "words.latest":     _table(Word,            RequestKey),
    "words.before":     _table(Word,            RequestKey),
    "outbox.waits":     _table(RequestKey,      _PENDING),
    "outbox.partners":  _table(str,             int),
    "outbox.lines":     _table(LineKey,         Line),
    "outbox.behind":    _table(RequestKey,      RequestKey),
    "outbox.turns":     _table(int,             RequestKey),
    "relays.latest":    _table(str,             Relay),
    "relays.before":    _table(str,             Relay),
    "polls":            _table(RequestKey,      _POLL),
    "polling":          _table(str,             int),
    "unbilled":         _table(str,             int),
})
"""Every map of an endpoint, what it was set up with and what it remembers."""
VALUES: Final[Mapping[str, Form[object]]] = MappingProxyType({
    "mode":              _plain(str),
    "most_bytes":        _plain(int),
    "most_bytes_onward": _plain(int),
    "network":           _plain(Network),
    "outbox.first_turn": _plain(int),
    "outbox.next_turn":  _plain(int),
    "sequences.said":    _plain(int | None),
    "strategy":          _plain(str),
})
"""What an endpoint holds that is no map, but its entity and its edition."""
# fmt: on
SINGLE: Final = "value"
"""The table in whose rows the `VALUES` stand."""


def size_of(rep: RoamingEndpoint) -> int:
    """How many things an endpoint holds."""
    return sum(len(attrgetter(path)(rep)) for path in TABLES)


def rows_of(rep: RoamingEndpoint) -> Iterator[Row]:
    """Write all that an endpoint holds, but its edition."""
    for path, form in VALUES.items():
        yield Row(SINGLE, path, form.write(attrgetter(path)(rep)))
    for path, table in TABLES.items():
        yield from _changed(path, table, {}, attrgetter(path)(rep))


def changed_rows(before: RoamingEndpoint, after: RoamingEndpoint) -> Iterator[Row]:
    """Write what has changed from one moment of an endpoint to a later one.

    What is the same object has not changed; a map that is the same is not looked through.
    """
    for path, form in VALUES.items():
        old, new = attrgetter(path)(before), attrgetter(path)(after)
        if old is not new:
            yield Row(SINGLE, path, form.write(new))
    for path, table in TABLES.items():
        old, new = attrgetter(path)(before), attrgetter(path)(after)
        if old is not new:
            yield from _changed(path, table, old, new)


def _changed(
    path: str, table: Table, old: Mapping[object, object], new: Mapping[object, object]
) -> Iterator[Row]:
    for key, value in new.items():
        if old.get(key) is not value:
            yield Row(path, table.key.write(key), table.value.write(value))
    for key in old:
        if key not in new:
            yield Row(path, table.key.write(key), "")


# --- Reading it again -------------------------------------------------------------------------


NESTED: Final[Mapping[str, Callable[..., object]]] = MappingProxyType(
    {
        "ledger": Ledger,
        "outbox": Outbox,
        "relays": Recent,
        "seen": Recent,
        "sequences": Sequences,
        "words": Recent,
    }
)
"""What is made of maps and values whose paths begin alike."""


def restore(
    entity_id: str, edition: Edition, rows: Iterable[Row], read: ReadEnvelope
) -> RoamingEndpoint:
    """Read an endpoint out of its rows, under an edition.

    Raises `Misuse` STO-3 for a row that does not fit, and where a value is missing.
    """
    maps: dict[str, dict[object, object]] = {path: {} for path in TABLES}
    parts: dict[str, object] = {}
    for row in rows:
        try:
            if row.table == SINGLE:
                parts[row.key] = VALUES[row.key].read(row.value, read)
            else:
                table = TABLES[row.table]
                key = table.key.read(row.key, read)
                maps[row.table][key] = table.value.read(row.value, read)
        except (KeyError, ValueError) as error:  # of which `Malformed` is one
            raise Misuse("STO-3", f"a row of {row.table}: {_reason(error)}") from None
    if missing := VALUES.keys() - parts:
        raise Misuse("STO-3", f"no {' and '.join(sorted(missing))}")
    for path, found in maps.items():
        parts[path] = HashTrieMap(found)
    return RoamingEndpoint(entity_id, edition=edition, **_members(parts))


def _reason(error: Exception) -> str:
    """Say why a row does not fit, in words that show nothing of it."""
    if isinstance(error, ValidationError):
        return first_fault(error).says
    if isinstance(error, Malformed):
        return error.rule_id
    return "of a kind that is not known"


def _members(parts: Mapping[str, object]) -> dict[str, Any]:
    """The members of an endpoint, of parts that go by the paths to them."""
    members: dict[str, Any] = {}
    within: dict[str, dict[str, object]] = {}
    for path, part in parts.items():
        member, dot, name = path.partition(".")
        if dot:
            within.setdefault(member, {})[name] = part
        else:
            members[member] = part
    for member, inner in within.items():
        members[member] = NESTED[member](**inner)
    return members


def set_up_as(rep: RoamingEndpoint, fresh: RoamingEndpoint) -> RoamingEndpoint:
    """An endpoint that remembers what the one does and is set up as the other is."""
    return replace(
        rep,
        network=fresh.network,
        edition=fresh.edition,
        mode=fresh.mode,
        strategy=fresh.strategy,
        contracts=fresh.contracts,
        evses=fresh.evses,
        most_bytes=fresh.most_bytes,
        most_bytes_onward=fresh.most_bytes_onward,
    )
