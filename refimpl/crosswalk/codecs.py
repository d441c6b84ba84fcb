"""How a value is written in ours and in theirs: a small table of codecs.

A codec reads a value of theirs and writes one of ours.  `read` raises `Unreadable` with words
that show nothing of an identifier; it tells too whether something was lost.

Rules: XWK-9, XWK-11, and EMA-*, EVS-* as read.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import Class
from refimpl.crosswalk.words import WORDS, Word
from refimpl.errors import Malformed
from refimpl.identifiers import parse_carried_evse_id, parse_emaid, parse_evse_id
from refimpl.identifiers.wire import closing_character
from refimpl.shapes import UTC_SECOND


class Unreadable(Exception):
    """A value that a codec cannot read: by which rule, and why."""

    def __init__(self, rule_id: str, says: str) -> None:
        super().__init__(rule_id, says)
        self.rule_id = rule_id
        self.says = says


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


# --- Texts ------------------------------------------------------------------------------------


def read_text(value: Json) -> str:
    """A text as it stands."""
    if not isinstance(value, str):
        raise Unreadable("XWK-11", "no text")
    return value


def _as_it_is(value: Json) -> Json:
    return value


def _always(_value: Json, _back: Json) -> bool:
    return True


def _never(_value: Json, _back: Json) -> bool:
    return False


def _without_case(value: Json, back: Json) -> bool:
    return str(value).upper() == str(back).upper()


# --- Times ------------------------------------------------------------------------------------

_is_utc_second: Final = re.compile(UTC_SECOND).fullmatch
_utc: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?", re.ASCII).fullmatch
SENTINEL: Final = "1970-01-01"
RECENT: Final = 1024
"""How many texts are remembered, for an object says each of its own several times."""


def read_utc(value: Json) -> str:
    """A time in UTC, its fraction of a second left out; Z may be missing, an offset may not be
    there.

    >>> read_utc("2015-06-29T20:39:09.250")
    '2015-06-29T20:39:09Z'
    """
    return _utc_second(read_text(value))


@lru_cache(RECENT)
def _utc_second(text: str) -> str:
    if not _is_utc_second(text):
        found = _utc(text)
        if not found or not _is_utc_second(f"{found[1]}Z"):
            raise Unreadable("XWK-11", "no time in UTC")
        text = f"{found[1]}Z"
    if text.startswith(SENTINEL):
        raise Unreadable("XWK-9", "1970-01-01 stands for a time that is not known")
    return text


def _keeps_utc(value: Json, _back: Json) -> bool:
    return not str(value).partition(".")[2].strip("0Z")


def seconds_between(start: str, end: str) -> int:
    """The seconds from one time of ours to another.

    >>> seconds_between("2015-06-29T21:39:09Z", "2015-06-29T23:37:32Z")
    7103
    """
    length = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return length.days * 86_400 + length.seconds


HOUR: Final = 3600


def hours_of(seconds: int) -> Json:
    """Hours with four decimals, as OCPI writes a duration; half to even.

    >>> hours_of(7103), hours_of(7200), hours_of(9), hours_of(27), hours_of(-1800)
    (Decimal('1.9731'), 2, Decimal('0.0025'), Decimal('0.0075'), Decimal('-0.5'))
    """
    tenths, rest = divmod(seconds * 10_000, HOUR)
    if rest * 2 > HOUR or (rest * 2 == HOUR and tenths % 2):
        tenths += 1
    return _decimal(tenths, 4)


def _decimal(value: int, places: int) -> Json:
    """An integer with so many of its digits behind the point, without zeros at its end."""
    whole, rest = divmod(abs(value), int(10**places))
    signed = -whole if value < 0 else whole
    if not rest:
        return signed
    sign = "-" if value < 0 else ""
    return Decimal(f"{sign}{whole}.{rest:0{places}d}".rstrip("0"))


def _keeps_hours(value: Json, back: Json) -> bool:
    """Whether a duration agrees within the decimals that it is written with."""
    if not isinstance(value, (int, Decimal)) or not isinstance(back, (int, Decimal)):
        return False
    last = Decimal(value).as_tuple().exponent
    return isinstance(last, int) and abs(Decimal(value) - back) * 2 <= Decimal(1).scaleb(last)


# --- Energy -----------------------------------------------------------------------------------


def shortest(value: Decimal) -> Json:
    """A number without zeros at its end, as an integer where it is one.

    >>> shortest(Decimal("54.3330")), shortest(Decimal("120.0"))
    (Decimal('54.333'), 120)
    """
    if value == value.to_integral_value():
        return int(value)
    text = f"{value:f}".rstrip("0")
    return Decimal(text)


def number_of(value: Json) -> Decimal:
    """A number of JSON as a decimal."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Unreadable("XWK-11", "no number")
    return Decimal(value)


def read_kwh(value: Json) -> int:
    """Kilowatt-hours as whole watt-hours, half to even.

    >>> read_kwh(Decimal("15.342"))
    15342
    """
    return int((number_of(value) * 1000).to_integral_value(ROUND_HALF_EVEN))


def write_kwh(value: Json) -> Json:
    """Watt-hours as kilowatt-hours.

    >>> write_kwh(15342), write_kwh(2000), write_kwh(-50)
    (Decimal('15.342'), 2, Decimal('-0.05'))
    """
    if not isinstance(value, int):
        raise Unreadable("XWK-11", "no whole watt-hours")
    return _decimal(value, 3)


def _equal(value: Json, back: Json) -> bool:
    return value == back


def read_watts(value: Json) -> int:
    """Watts, which are whole ones."""
    if type(value) is not int:
        raise Unreadable("XWK-11", "no whole watts")
    return value


# --- Identifiers ------------------------------------------------------------------------------


_plain_evse_id: Final = re.compile(
    r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[Ee][A-Za-z0-9](?:\*?[A-Za-z0-9]){0,14}"
).fullmatch
_plain_emaid: Final = re.compile(
    r"([A-Za-z]{2})(-?)([A-Za-z0-9]{3})\2([A-Za-z0-9]{9})(?:\2([A-Za-z0-9]))?"
).fullmatch


def read_evse_id(value: Json) -> str:
    """An EVSE ID in any case and with asterisks or without, in our form.

    A pattern takes the usual ones; the others are read part by part, to the same end.
    """
    return _evse_id(read_text(value))


@lru_cache(RECENT)
def _evse_id(text: str) -> str:
    if _plain_evse_id(text):
        return text.replace("*", "").upper()
    if text == "#NA":
        raise Unreadable("XWK-4", "#NA in the place of an EVSE ID")
    try:
        if text.startswith("+"):
            return str(parse_carried_evse_id(text))
        return str(parse_evse_id(text, "emi3"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


def read_emaid(value: Json) -> str:
    """An EMAID in any case and with hyphens or without, in our form.

    A pattern and a sum take the usual ones; the others are read part by part, to the same end.
    """
    return _emaid(read_text(value))


@lru_cache(RECENT)
def _emaid(text: str) -> str:
    found = _plain_emaid(text)
    if found:
        emaid = text.replace("-", "").upper()
        if found[5] is None or found[5].upper() == closing_character(emaid[:14]):
            return emaid
    try:
        return str(parse_emaid(text, "ochp-1.4"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


# --- Ids of records ---------------------------------------------------------------------------

ESCAPED: Final = "esc:"
_is_id: Final = re.compile(r"[A-Za-z0-9._:/-]{1,64}").fullmatch
_escaped: Final = re.compile(r":([0-9a-f]{2})")
_to_escape: Final = re.compile(r"[^A-Za-z0-9._/-]")


def read_id(value: Json) -> str:
    """An id of theirs; one with a character that ours has not is escaped, and so is one that
    would be taken for escaped.

    >>> read_id("BE-12"), read_id("BE*12#3"), read_id("esc:BE:2a")
    ('BE-12', 'esc:BE:2a12:233', 'esc:esc:3aBE:3a2a')
    """
    text = read_text(value)
    if _is_id(text) and _unescaped(text) is None:
        return text
    written = _escape(text)
    if not text.isascii() or not _is_id(written):
        raise Unreadable("XWK-2", "an id that has no room in ours")
    return written


def _escape(text: str) -> str:
    return ESCAPED + _to_escape.sub(lambda found: f":{ord(found[0]):02x}", text)


def _unescaped(text: str) -> str | None:
    """What was escaped, where a text is what `read_id` makes of another."""
    if not text.startswith(ESCAPED):
        return None
    plain = _escaped.sub(lambda found: chr(int(found[1], 16)), text.removeprefix(ESCAPED))
    needed = not _is_id(plain) or _unescaped(plain) is not None
    return plain if plain.isascii() and needed and _escape(plain) == text else None


def write_id(value: Json) -> Json:
    """An id of ours as theirs, an escaped one as it was.

    >>> write_id("esc:BE:2a12:233"), write_id("r:1")
    ('BE*12#3', 'r:1')
    """
    text = read_text(value)
    return _unescaped(text) or text


# --- Words ------------------------------------------------------------------------------------


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


# --- OICP -------------------------------------------------------------------------------------

_offset: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
).fullmatch
KILO: Final = 1000
COUNTRY_AND_PARTY: Final = 5


def read_offset(value: Json) -> str:
    """A time with its offset from UTC, as UTC, its fraction of a second left out.

    >>> read_offset("2014-02-01T15:45:00+02:00"), read_offset("2020-09-23T14:17:53.038Z")
    ('2014-02-01T13:45:00Z', '2020-09-23T14:17:53Z')
    """
    found = _offset(read_text(value))
    if not found:
        raise Unreadable("XWK-11", "no time with an offset from UTC")
    if found[3] == "Z":
        return read_utc(f"{found[1]}Z")
    try:
        moment = datetime.fromisoformat(f"{found[1]}{found[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("XWK-11", "no time with an offset from UTC") from None
    return read_utc(f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0"))


def _keeps_offset(value: Json, _back: Json) -> bool:
    found = _offset(str(value))
    return found is not None and not (found[2] or "").strip(".0")


def read_evco_id(value: Json) -> str:
    """A contract id of OICP, with hyphens or without, as an EMAID.

    >>> read_evco_id("DE-DCB-C12345678-4")
    'DEDCBC123456784'
    """
    try:
        return str(parse_emaid(read_text(value), "oicp"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


def read_kw(value: Json) -> int:
    """Kilowatts as whole watts, half to even."""
    return int((number_of(value) * KILO).to_integral_value(ROUND_HALF_EVEN))


def write_kw(value: Json) -> Json:
    """Watts as whole kilowatts, half to even.

    >>> write_kw(22080)
    22
    """
    return int((number_of(value) / KILO).to_integral_value(ROUND_HALF_EVEN))


def read_name(value: Json) -> str:
    """The id of an operator or provider as the name of an entity.

    >>> read_name("DE*AB7"), read_name("+49*810")
    ('de-ab7', '49-810')
    """
    words = re.findall("[a-z0-9]+", read_text(value).lower())
    if not words:
        raise Unreadable("XWK-11", "no id of a party")
    if len(words) == 1 and len(words[0]) == COUNTRY_AND_PARTY:
        words = [words[0][:2], words[0][2:]]
    return "-".join(words)


def _keeps_name(value: Json, back: Json) -> bool:
    return _plain(value) == _plain(back)


def _plain(value: Json) -> str:
    return "".join(filter(str.isalnum, str(value))).upper()


# fmt: off
CODECS: Final[Mapping[str, Codec]] = MappingProxyType({
    "exact":    Codec("as it stands", read_text, _as_it_is, _never),
    "id":       Codec("an id, strange characters escaped", read_id, write_id, _always),
    "utc":      Codec("a time in UTC, whole seconds", read_utc, _as_it_is, _keeps_utc),
    "kWh":      Codec("kilowatt-hours as watt-hours", read_kwh, write_kwh, _equal),
    "watts":    Codec("whole watts", read_watts, _as_it_is, _always),
    "evse-id":  Codec("capitals, no separators", read_evse_id, _as_it_is, _always),
    "emaid":    Codec("capitals, no separators", read_emaid, _as_it_is, _always),
    "capitals": Codec("capitals", read_text, _as_it_is, _without_case),
    "meant":    Codec("by what stands beside it", _as_it_is, _as_it_is, _always),
    "party":    Codec("the party of an id", _as_it_is, _as_it_is, _without_case, "derived"),
    "hours":    Codec("hours between times", _as_it_is, _as_it_is, _keeps_hours, "derived"),
    "offset":   Codec("a time with an offset, as UTC", read_offset, _as_it_is, _keeps_offset),
    "evco-id":  Codec("capitals, no separators", read_evco_id, _as_it_is, _always),
    "kW":       Codec("whole kilowatts as watts", read_kw, write_kw, _equal),
    "name":     Codec("a party's id as a name", read_name, _as_it_is, _keeps_name),
    **{name: _words(name, rows) for name, rows in WORDS.items()},
})
# fmt: on
