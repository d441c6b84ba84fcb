"""Times and amounts of neighbouring protocols as ours: UTC to the second, watt-hours, watts.

Rules: XWK-9, XWK-11.
"""

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from refimpl.crosswalk.reading import Json
from refimpl.shapes import UTC_SECOND


class Unreadable(Exception):
    """A value that a codec cannot read: by which rule, and why."""

    def __init__(self, rule_id: str, says: str) -> None:
        super().__init__(rule_id, says)
        self.rule_id = rule_id
        self.says = says


def read_text(value: Json) -> str:
    """A text as it stands."""
    if not isinstance(value, str):
        raise Unreadable("XWK-11", "no text")
    return value


_is_utc_second: Final = re.compile(UTC_SECOND).fullmatch
_utc: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?", re.ASCII).fullmatch
SENTINEL: Final = "1970-01-01"
UNKNOWN_TIME: Final = "1970-01-01 stands for a time that is not known"
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
    refuse_sentinel(text)
    return text


def refuse_sentinel(text: str) -> None:
    """Raise `Unreadable` XWK-9 for a day that stands where no time is known."""
    if text.startswith(SENTINEL):
        raise Unreadable("XWK-9", UNKNOWN_TIME)


def sentinel_fault(value: Json) -> str:
    """Why a time is none, in words; empty where it is one."""
    known = not isinstance(value, str) or not value.startswith(SENTINEL)
    return "" if known else UNKNOWN_TIME


def keeps_utc(value: Json, _back: Json) -> bool:
    """Whether a time has no fraction of a second that ours leaves out."""
    return not str(value).partition(".")[2].strip("0Z")


_offset: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
).fullmatch


def read_offset(value: Json) -> str:
    """A time with its offset from UTC, as UTC, its fraction of a second left out.

    >>> read_offset("2014-02-01T15:45:00+02:00"), read_offset("2020-09-23T14:17:53.038Z")
    ('2014-02-01T13:45:00Z', '2020-09-23T14:17:53Z')
    """
    found = _offset(read_text(value))
    if not found:
        raise Unreadable("XWK-11", "no time with an offset from UTC")
    refuse_sentinel(found[1])
    if found[3] == "Z":
        return read_utc(f"{found[1]}Z")
    try:
        moment = datetime.fromisoformat(f"{found[1]}{found[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("XWK-11", "no time with an offset from UTC") from None
    return read_utc(f"{moment:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0"))


def keeps_offset(value: Json, _back: Json) -> bool:
    """Whether a time with an offset has no fraction of a second that ours leaves out."""
    found = _offset(str(value))
    return found is not None and not (found[2] or "").strip(".0")


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


def keeps_hours(value: Json, back: Json) -> bool:
    """Whether a duration agrees within the decimals that it is written with.

    >>> keeps_hours(Decimal("1.97"), Decimal("1.9731")), keeps_hours(Decimal("1E+1"), 12)
    (True, False)
    """
    if not isinstance(value, (int, Decimal)) or not isinstance(back, (int, Decimal)):
        return False
    exponent = Decimal(value).as_tuple().exponent
    if not isinstance(exponent, int):
        return False
    last = min(exponent, 0)  # the noughts that an exponent stands for are digits, too
    return abs(Decimal(value) - back) * 2 <= Decimal(1).scaleb(last)


def shortest(value: Decimal) -> Json:
    """A number without zeros at its end, as an integer where it is one.

    >>> shortest(Decimal("54.3330")), shortest(Decimal("120.0"))
    (Decimal('54.333'), 120)
    """
    if value == value.to_integral_value():
        return int(value)
    text = f"{value:f}".rstrip("0")
    return Decimal(text)


MOST: Final = 10**12
FINEST: Final = -12


def number_of(value: Json) -> Decimal:
    """A number of JSON as a decimal, with no more digits than are reckoned with exactly."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Unreadable("XWK-11", "no number")
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not -MOST < number < MOST or not isinstance(exponent, int) or exponent < FINEST:
        raise Unreadable("XWK-11", "a number out of all measure")
    return number


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


def read_watts(value: Json) -> int:
    """Watts, which are whole ones."""
    if type(value) is not int:
        raise Unreadable("XWK-11", "no whole watts")
    return value


KILO: Final = 1000


def read_kw(value: Json) -> int:
    """Kilowatts as whole watts, half to even."""
    return int((number_of(value) * KILO).to_integral_value(ROUND_HALF_EVEN))


def write_kw(value: Json) -> Json:
    """Watts as whole kilowatts, half to even.

    >>> write_kw(22080)
    22
    """
    return int((number_of(value) / KILO).to_integral_value(ROUND_HALF_EVEN))
