"""What a protocol is to the crosswalk: its kinds of objects, each with its tables.

A file of a protocol makes one `Protocol`, and nothing else knows what is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import Field, Leftover, Pair, TypeCheck


class Check(NamedTuple):
    """A relation between members that the protocol's text asks for; `find` says where it does
    not hold, and never raises for an object of another form.
    """

    rule: str
    says: str
    source: str
    find: Callable[[dict[str, Json]], list[str]]


class Kind(NamedTuple):
    """A kind of object of a protocol: what it is called there and here, and its tables.

    `word` is the protocol's own name, `exchange` the id of the edition's exchange, `makes` the
    kind of our record or message.  `told_by` are members by which an object is recognised, each
    by the steps to it, `name=text` one with that text, `!name` one that it must not have;
    without any, its kind has to be named.
    `compose` and `spread` carry the pairs that are carried by hand.  `says` is the member of
    ours, `name=text`, that tells which of several kinds a message is: a stop is no start.
    """

    name: str
    word: str
    exchange: str
    makes: str
    told_by: tuple[str, ...]
    fields: tuple[Field, ...]
    pairs: tuple[Pair, ...]
    leftovers: tuple[Leftover, ...]
    checks: tuple[Check, ...]
    compose: Callable[[Taking], None]
    spread: Callable[[Giving], None]
    says: str = ""


@dataclass(frozen=True, eq=False)
class Protocol:
    """A protocol next door; `column` is the member of the edition's crosswalk rows that has its
    words; without `converts` there are tables only, and an `extensible` one allows members
    that stand in none.
    """

    id: str
    title: str
    column: str
    types: Mapping[str, TypeCheck]
    kinds: Mapping[str, Kind]
    converts: bool = True
    extensible: bool = False


def counterpart(kind: Kind, protocol: Protocol, ours: Mapping[str, Json]) -> Kind | None:
    """Find the kind of object of a protocol that a record or message of ours becomes, if it has
    one; `kind` is what it was, and what it becomes again in its own protocol.
    """
    if ours.get("kind", kind.makes) != kind.makes:
        return None
    if protocol.kinds.get(kind.name) is kind:
        return kind
    fits = [other for other in protocol.kinds.values() if _becomes(kind, other, ours)]
    for other in fits:
        if other.word == kind.word:
            return other
    return fits[0] if fits else None


def _becomes(kind: Kind, other: Kind, ours: Mapping[str, Json]) -> bool:
    if (other.exchange, other.makes) != (kind.exchange, kind.makes):
        return False
    name, _, text = other.says.partition("=")
    return not name or ours.get(name) == text
