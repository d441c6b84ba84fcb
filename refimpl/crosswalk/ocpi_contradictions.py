"""What an object of OCPI says twice, and not alike: each is told with its place.

Nothing is refused for it but a yes, XWK-12, where it is read; which of two sums is meant is the
business of those who pay.
"""

from decimal import Decimal
from typing import Final

from refimpl.crosswalk.kinds import Check
from refimpl.crosswalk.ocpi_checks import (
    COSTS,
    Find,
    Members,
    checks_of_record,
    checks_of_session,
    costs,
    inner,
    moment_of,
    number_in,
    rows,
)
from refimpl.crosswalk.reading import Json

GRANTED: Final = "ALLOWED"
SPENT: Final = frozenset({"BLOCKED", "EXPIRED"})
"""What a token that is valid is not."""


# --- Answers and orders -----------------------------------------------------------------------


def not_valid(value: Members) -> list[str]:
    """An answer, or an order, that says otherwise than its token whether that is valid."""
    valid, word = inner(value, "token", "valid"), value.get("allowed", GRANTED)
    says_no = word == GRANTED and valid is False
    says_yes = isinstance(word, str) and word in SPENT and valid is True
    return ["/token/valid"] if says_no or says_yes else []


def place_of_a_no(value: Members) -> list[str]:
    """A place where charging is allowed, beside a word that it is not."""
    refused = value.get("allowed") not in {GRANTED, None}
    return ["/location"] if refused and value.get("location") is not None else []


# --- Times ------------------------------------------------------------------------------------


def ends_first(start: str, end: str, *names: str) -> Find:
    """An end before its start; `names` lead to the list or the object that has both."""

    def find(value: Members) -> list[str]:
        found = []
        for at, one in _held_at(value, names):
            if _is_before(one.get(end), one.get(start)):
                found.append(f"{at}/{end}")
        return found

    return find


def _is_before(one: Json, other: Json) -> bool:
    """Whether a time is before another; where either is none, it is not."""
    first, second = moment_of(one), moment_of(other)
    return bool(first and second) and first < second


def _held_at(value: Members, names: tuple[str, ...]) -> list[tuple[str, Members]]:
    """The object at the end of some steps, or the objects of the list that is there."""
    found: Json = value
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    at = "".join(f"/{name}" for name in names)
    if isinstance(found, dict):
        return [(at, found)]
    return [(f"{at}/{index}", one) for index, one in enumerate(rows(found))]


def end_of(end: str) -> Find:
    """A session that is completed and tells no end, or goes on and tells one."""

    def find(value: Members) -> list[str]:
        told = value.get(end) is not None
        wanted = {"COMPLETED": True, "ACTIVE": False, "PENDING": False}
        return [f"/{end}"] if wanted.get(str(value.get("status")), told) != told else []

    return find


def updated_before_start(start: str) -> Find:
    """A session that was last changed before it began."""

    def find(value: Members) -> list[str]:
        is_early = _is_before(value.get("last_updated"), value.get(start))
        return ["/last_updated"] if is_early else []

    return find


def never_closed(value: Members) -> list[str]:
    """Regular hours of a place that is open all day and night."""
    hours = inner(value, "opening_times")
    if inner(hours, "twentyfourseven") is not True or not inner(hours, "regular_hours"):
        return []
    return ["/opening_times/regular_hours"]


# --- Money ------------------------------------------------------------------------------------


def less_with_tax(value: Members) -> list[str]:
    """An amount that is less with its tax than without."""
    found = []
    for name in COSTS:
        cost = value.get(name)
        if not isinstance(cost, dict):
            continue
        without, whole = number_in(cost.get("excl_vat")), number_in(cost.get("incl_vat"))
        if without is None or whole is None:
            continue
        if abs(Decimal(whole)) < abs(Decimal(without)):
            found.append(f"/{name}/incl_vat")
    return found


def currency_of_tariffs(value: Members) -> list[str]:
    """Tariffs in another currency than the record."""
    own = value.get("currency")
    return [
        f"/tariffs/{at}/currency"
        for at, row in enumerate(rows(value.get("tariffs")))
        if row.get("currency", own) != own
    ]


def parking_of_periods(value: Members) -> list[str]:
    """Time of parking that is not that of the periods, by more than half a minute."""
    total = number_in(value.get("total_parking_time"))
    told = [
        number_in(one.get("volume"))
        for row in rows(value.get("charging_periods"))
        for one in rows(row.get("dimensions"))
        if one.get("type") == "PARKING_TIME"
    ]
    known = [one for one in told if one is not None]
    if total is None or not known or len(known) < len(told):
        return []
    differs = abs(Decimal(total) - sum(known)) > HALF_A_MINUTE
    return ["/total_parking_time"] if differs else []


HALF_A_MINUTE: Final = Decimal(30) / 3600


# --- By kind ----------------------------------------------------------------------------------

PERIOD: Final = ("start_date_time", "end_date_time")
BEGIN: Final = ("period_begin", "period_end")
EARLY: Final = "it ends before it begins"


def in_order(pair: tuple[str, str], *lists: tuple[str, ...]) -> tuple[Check, ...]:
    """A check for each list whose objects have a start and an end."""
    return tuple(_row("ends-first", EARLY, ends_first(*pair, *names)) for names in lists)


def _row(rule: str, says: str, find: Find) -> Check:
    return Check(rule, says, "ocpi", find)


OF_ANSWERS: Final = (
    _row("token-valid", "not as its token says", not_valid),
    _row("place-of-a-no", "where charging is allowed, of a no", place_of_a_no),
)
OF_ORDERS: Final = (_row("token-valid", "an order for a token that is not valid", not_valid),)
OF_RECORDS: Final = (
    *in_order(PERIOD, (), ("tariffs",)),
    _row("cost-tax", "less with its tax than without", less_with_tax),
    _row("costs", "not the sum of its parts", costs("incl_vat")),
    _row("tariff-currency", "not that of the record", currency_of_tariffs),
    _row("parking-sum", "not the sum of the periods", parking_of_periods),
)
OF_SESSIONS: Final = (
    *in_order(PERIOD, ()),
    _row("status-end", "an end of what goes on, or none of what is over", end_of(PERIOD[1])),
    _row("last-updated", "before the start", updated_before_start(PERIOD[0])),
    _row("cost-tax", "less with its tax than without", less_with_tax),
)
OF_LOCATIONS: Final = (
    _row("hours", "open all day and night, and hours besides", never_closed),
    *in_order(
        BEGIN,
        ("opening_times", "exceptional_openings"),
        ("opening_times", "exceptional_closings"),
    ),
)
OF_EVSES: Final = in_order(BEGIN, ("status_schedule",))
OF_BOOKINGS: Final = in_order(PERIOD, ("period",))

# --- OCPI 2.1.1, by its own names -------------------------------------------------------------

USED: Final = ("location", "evses", "[]", "evse_id")
OLDER_RECORD_CHECKS: Final = (
    *checks_of_record(
        end="stop_date_time",
        token="",
        contract="auth_id",
        evse_id=USED,
        location="location",
        amount="",
    ),
    *in_order(("start_date_time", "stop_date_time"), ()),
    _row("tariff-currency", "not that of the record", currency_of_tariffs),
    _row("parking-sum", "not the sum of the periods", parking_of_periods),
)
OLDER_SESSION_CHECKS: Final = (
    *checks_of_session(
        end="end_datetime", token="", contract="auth_id", location="location", evse_id=USED
    ),
    *in_order(("start_datetime", "end_datetime"), ()),
    _row(
        "status-end", "an end of what goes on, or none of what is over", end_of("end_datetime")
    ),
    _row("last-updated", "before the start", updated_before_start("start_datetime")),
)
