"""How a value is written in ours and in theirs: a small table of codecs.

Rules: XWK-8, XWK-11.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.crosswalk.measures import (
    Unreadable,
    keeps_hours,
    keeps_offset,
    keeps_utc,
    read_kw,
    read_kwh,
    read_offset,
    read_text,
    read_utc,
    read_watts,
    write_kw,
    write_kwh,
)
from refimpl.crosswalk.naming import (
    keeps_name,
    read_emaid,
    read_evco_id,
    read_evse_id,
    read_id,
    read_name,
    write_id,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import Class
from refimpl.crosswalk.words import WORDS, Word


class Codec(NamedTuple):
    """`read` makes a value of ours of one of theirs, `write` the other way.

    `settles` is the class of a leaf that the way back writes letter by letter; where it writes
    it otherwise, `keeps` says whether both mean the same.  A derived value is only written.
    """

    says: str
    read: Callable[[Json], Json]
    write: Callable[[Json], Json]
    keeps: Callable[[Json, Json], bool]
    settles: Class = "exact"


def same(one: Json, other: Json) -> bool:
    """Whether two values are written alike, digit by digit.

    >>> same(Decimal("1.50"), Decimal("1.5")), same(1, True), same(1, 1)
    (False, False, True)
    """
    if type(one) is not type(other) or one != other:
        return False
    return not isinstance(one, Decimal) or str(one) == str(other)


def _as_it_is(value: Json) -> Json:
    return value


def _always(_value: Json, _back: Json) -> bool:
    return True


def _never(_value: Json, _back: Json) -> bool:
    return False


def _without_case(value: Json, back: Json) -> bool:
    return str(value).upper() == str(back).upper()


def _equal(value: Json, back: Json) -> bool:
    return value == back


def _words(name: str, rows: tuple[Word, ...]) -> Codec:
    """The codec of a table of words."""
    read = {row.theirs: row.ours for row in rows}
    written = {row.ours: row.theirs for row in reversed(rows) if row.ours}

    def read_word(value: Json) -> str:
        found = read.get(read_text(value))
        if not found:
            says = "not a word of its list" if found is None else "no counterpart in ours"
            raise Unreadable("XWK-11" if found is None else "XWK-8", says)
        return found

    def write_word(value: Json) -> Json:
        return written.get(str(value))

    return Codec(f"words: {name}", read_word, write_word, _never)


# fmt: off
CODECS: Final[Mapping[str, Codec]] = MappingProxyType({
    "exact":    Codec("as it stands", read_text, _as_it_is, _never),
    "id":       Codec("an id, strange characters escaped", read_id, write_id, _always),
    "utc":      Codec("a time in UTC, whole seconds", read_utc, _as_it_is, keeps_utc),
    "kWh":      Codec("kilowatt-hours as watt-hours", read_kwh, write_kwh, _equal),
    "watts":    Codec("whole watts", read_watts, _as_it_is, _always),
    "evse-id":  Codec("capitals, no separators", read_evse_id, _as_it_is, _always),
    "emaid":    Codec("capitals, no separators", read_emaid, _as_it_is, _always),
    "capitals": Codec("capitals", read_text, _as_it_is, _without_case),
    "meant":    Codec("by what stands beside it", _as_it_is, _as_it_is, _always),
    "party":    Codec("the party of an id", _as_it_is, _as_it_is, _without_case, "derived"),
    "hours":    Codec("hours between times", _as_it_is, _as_it_is, keeps_hours, "derived"),
    "offset":   Codec("a time with an offset, as UTC", read_offset, _as_it_is, keeps_offset),
    "evco-id":  Codec("capitals, no separators", read_evco_id, _as_it_is, _always),
    "kW":       Codec("whole kilowatts as watts", read_kw, write_kw, _equal),
    "name":     Codec("a party's id as a name", read_name, _as_it_is, keeps_name),
    **{name: _words(name, rows) for name, rows in WORDS.items()},
})
# fmt: on
