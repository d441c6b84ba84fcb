"""How the charge detail records of OCPI are carried, whatever their edition.

Rules: XWK-2, XWK-3, XWK-5, XWK-11.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.holding import REMEMBERED, Carried
from refimpl.crosswalk.measures import (
    Unreadable,
    hours_of,
    number_of,
    seconds_between,
    write_kwh,
)
from refimpl.crosswalk.ocpi_contracts import (
    EMI3,
    ENERGY_TRANSFER,
    TokenNames,
    read_contract,
    read_place,
    write_contract,
    write_party,
    write_place,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair, by_hand

# fmt: off
CDRS: Final = "ocpi: CDRs"
PERIOD_PAIRS: Final = by_hand(
    Pair("charging_periods[].start_date_time",     "periods[].started_at", "utc",   CDRS),
    Pair("charging_periods[].dimensions[].type",   "periods[].activity",   "meant", CDRS),
    Pair("charging_periods[].dimensions[].volume", "periods[].energy_wh",  "kWh",   CDRS,
         remark="ENERGY is energy, PARKING_TIME an activity; the others have no place"),
)
CDR_TOKEN: Final = TokenNames("/cdr_token")
CDR_PAIRS: Final = (
    Pair("id",                      "record_id",        "id",    CDRS),
    Pair("start_date_time",         "started_at",       "utc",   CDRS),
    Pair("end_date_time",           "ended_at",         "utc",   CDRS),
    Pair("authorization_reference", "authorization_id", "id",    CDRS),
    Pair("country_code",            "evse_id",          "party", EMI3, "implied"),
    Pair("party_id",                "evse_id",          "party", EMI3, "implied"),
    Pair("total_time",              "ended_at",         "hours", CDRS, "implied"),
    *CDR_TOKEN.pairs(),
    *by_hand(
        Pair("cdr_location.evse_id", "evse_id",   "evse-id", CDRS),
        Pair("total_energy",         "energy_wh", "kWh",     CDRS,
             remark="negative energy is energy given back"),
    ),
    *PERIOD_PAIRS,
)
CDR_LEFTOVERS: Final = (
    Leftover("country_code",               "correlation"),
    Leftover("party_id",                   "correlation"),
    Leftover("session_id",                 "correlation"),
    Leftover("authorization_reference",    "correlation"),
    Leftover("last_updated",               "correlation"),
    Leftover("credit",                     "correlation"),
    Leftover("credit_reference_id",        "correlation"),
    Leftover("cdr_token",                  "token"),
    Leftover("auth_method",                "token"),
    Leftover("cdr_location",               "place"),
    Leftover("meter_id",                   "meter"),
    Leftover("charging_periods[]",         "meter"),
    Leftover("charging_periods[].tariff_id", "tariff"),
    Leftover("total_energy",               "meter"),
    Leftover("total_time",                 "meter"),
    Leftover("total_parking_time",         "parking"),
    Leftover("tariffs[]",                  "tariff"),
    Leftover("currency",                   "money"),
    Leftover("total_cost",                 "money"),
    Leftover("total_fixed_cost",           "money"),
    Leftover("total_energy_cost",          "money"),
    Leftover("total_time_cost",            "money"),
    Leftover("total_parking_cost",         "money"),
    Leftover("total_reservation_cost",     "money"),
    Leftover("invoice_reference_id",       "money"),
    Leftover("signed_data",                "signed"),
    Leftover("remark",                     "text"),
    Leftover("home_charging_compensation", "privacy"),
)
# fmt: on


def compose_cdr(taking: Taking) -> None:
    """Carry what a charge detail record of OCPI says by more than one leaf."""
    refuse_credit(taking.object)
    taking.ours["evse_id"] = read_place(taking, "/cdr_location/evse_id")
    compose_record(taking, CDR_TOKEN)


def refuse_credit(value: Mapping[str, Json]) -> None:
    """Raise `Refused` XWK-3 for a credit record, XWK-11 for half a one."""
    if not is_credit(value):
        return
    if value.get("credit") is not True:
        raise Refused(
            "XWK-11", "/credit", "neither true nor false, or false of a credit record"
        )
    if not isinstance(value.get("credit_reference_id"), str):
        raise Refused("XWK-3", "/credit_reference_id", "a credit record that credits none")
    raise Refused("XWK-3", "/credit", "a credit record alone, without the record it credits")


def is_credit(value: Mapping[str, Json]) -> bool:
    """Whether a record takes another back, or might: by either of its two members."""
    credit = value.get("credit")
    named = value.get("credit_reference_id") is not None
    return named or (credit is not None and credit is not False)


def compose_record(taking: Taking, token: TokenNames) -> None:
    """Carry what the records of all editions have in common."""
    ours = taking.ours
    ours["kind"] = "cdr"
    ours["service"] = ENERGY_TRANSFER
    ours |= read_contract(taking, token)
    compose_periods(taking)


# --- Charging periods -------------------------------------------------------------------------


class PeriodAt(NamedTuple):
    """The pointers of a charging period: of its start and dimensions in theirs, of its members
    in ours.
    """

    start: str
    dimensions: str
    activity: str
    ended_at: str
    energy_back_wh: str
    energy_wh: str
    started_at: str


@lru_cache(REMEMBERED)
def _period_at(index: int) -> PeriodAt:
    theirs, ours = f"/charging_periods/{index}", f"/periods/{index}"
    own = (f"{ours}/{name}" for name in PeriodAt._fields[2:])
    return PeriodAt(f"{theirs}/start_date_time", f"{theirs}/dimensions", *own)


@lru_cache(REMEMBERED)
def _dimension_at(index: int, dimension: int) -> tuple[str, str]:
    """The pointers of the type and the volume of a dimension."""
    here = f"{_period_at(index).dimensions}/{dimension}"
    return f"{here}/type", f"{here}/volume"


def compose_periods(taking: Taking) -> None:
    """Read the charging periods; each ends where the next begins, the last with the record."""
    rows = taking.object.get("charging_periods")
    total = taking.value("/total_energy")
    if not isinstance(rows, list) or not rows:
        raise Refused("XWK-2", "/charging_periods", "ours requires a period")
    volumes = [_energy_in(row) for row in rows]
    if total is not None and not any(volumes) and number_or_refuse(total) != 0:
        _compose_whole(taking)
        return
    places = [_period_at(index) for index in range(len(rows))]
    starts = [taking.read(place.start, place.started_at, "utc") for place in places]
    ends = [*starts[1:], taking.ours.get("ended_at")]
    periods: list[dict[str, Json]] = []
    for start, end in zip(starts, ends, strict=True):
        periods.append({"ended_at": end, "started_at": start})
    _compose_energy(taking, periods, volumes)
    for at, row in enumerate(rows):
        _compose_parking(taking, periods[at], row, at)
    taking.ours["periods"] = [*periods]


def _energy_in(row: Json) -> list[int]:
    """Which dimensions of a period are its energy."""
    return [at for at, one in enumerate(_dimensions(row)) if one.get("type") == "ENERGY"]


def _dimensions(row: Json) -> list[dict[str, Json]]:
    found = row.get("dimensions") if isinstance(row, dict) else None
    if not isinstance(found, list):
        return []
    return [one if isinstance(one, dict) else {} for one in found]


def number_or_refuse(value: Json, at: str = "/total_energy") -> Decimal:
    """A number that ours needs; raises `Refused` XWK-2 for nothing, XWK-11 for no number."""
    if value is None:
        raise Refused("XWK-2", at, "ours requires it and nothing else tells it")
    try:
        return number_of(value)
    except Unreadable as error:
        raise Refused(error.rule_id, at, error.says) from None


def _compose_whole(taking: Taking) -> None:
    """Make one period of the whole, where that is assumed."""
    if not taking.assume("periods=whole"):
        says = "no period says its energy, and ours requires it; --assume periods=whole"
        raise Refused("XWK-2", "/charging_periods", says)
    energy = taking.read("/total_energy", "/energy_wh", "kWh")
    volume = number_of(taking.value("/total_energy"))
    taking.forced["/total_energy"] = "widened"
    ours = taking.ours
    if volume < 0:
        energy = _put_energy(ours, Decimal(0), -volume)
    ours["energy_wh"] = energy
    period: dict[str, Json] = {"ended_at": ours.get("ended_at"), "energy_wh": energy}
    if "energy_back_wh" in ours:
        period["energy_back_wh"] = ours["energy_back_wh"]
    ours["periods"] = [{**period, "started_at": ours.get("started_at")}]


def _put_energy(ours: dict[str, Json], given: Decimal, back: Decimal) -> int:
    """Put energy into ours in whole watt-hours, and what was given back where there is some."""
    ours["energy_wh"] = watt_hours = _whole(given)
    if returned := _whole(back):
        ours["energy_back_wh"] = returned
    return watt_hours


def _whole(kwh: Decimal) -> int:
    return int((kwh * 1000).to_integral_value(ROUND_HALF_EVEN))


def _compose_energy(
    taking: Taking, periods: list[dict[str, Json]], volumes: list[list[int]]
) -> None:
    """Read the energy of each period.

    What is less than a watt-hour is rounded on the running sum, so that the periods still add
    up to the whole.
    """
    sums = {1: Decimal(0), -1: Decimal(0)}
    for at, found in enumerate(volumes):
        if len(found) > 1:
            place = _period_at(at).dimensions
            raise Refused("XWK-11", place, "two dimensions ENERGY in one period")
        period = periods[at]
        period["energy_wh"] = 0
        if not found:
            continue
        volume_at = _dimension_at(at, found[0])[1]
        volume = number_or_refuse(taking.value(volume_at), volume_at)
        sign = -1 if volume < 0 else 1
        before = _whole(sums[sign])
        sums[sign] += abs(volume)
        energy = _whole(sums[sign]) - before
        period["energy_wh" if sign == 1 else "energy_back_wh"] = energy
        _note_energy(taking, at, found[0], volume * 1000 != energy * sign)
    check_sum(taking, sums[1] - sums[-1], "/total_energy")
    taking.read("/total_energy", "/energy_wh", "kWh")
    _put_energy(taking.ours, sums[1], sums[-1])


def _note_energy(taking: Taking, at: int, dimension: int, rounded: bool) -> None:
    type_at, volume_at = _dimension_at(at, dimension)
    to = _period_at(at).energy_wh
    taking.carried[type_at] = Carried(to, "meant")
    taking.carried[volume_at] = Carried(to, "kWh")
    if rounded:
        taking.forced[volume_at] = "rounded"
    elif dimension:  # ours writes it as the first
        taking.forced[volume_at] = "form"


def check_sum(taking: Taking, energy: Decimal, at: str) -> None:
    """Hold the energy of the periods beside that of the whole; raises `Refused` XWK-5."""
    total = number_or_refuse(taking.value(at), at)
    if energy != total:
        says = f"{energy} kWh in the periods, {total} in all"
        if total and abs(energy / total - 1000) < 5:
            says += f"; the ratio is {ratio_of(energy, total)}: Wh in a field of kWh?"
        raise Refused("XWK-5", at, says)


def ratio_of(energy: Decimal, total: Decimal) -> str:
    """How many times a total an energy is, in words.

    >>> ratio_of(Decimal(41120), Decimal("41.12")), ratio_of(Decimal(41120), Decimal(41))
    ('exactly 1000', 'about 1000')
    """
    return "exactly 1000" if energy == total * 1000 else "about 1000"


def energy_of(taking: Taking) -> Decimal | None:
    """The energy of the periods in kilowatt-hours; None where no period says any."""
    rows = taking.object.get("charging_periods")
    volumes: list[Decimal] = []
    for at, row in enumerate(rows if isinstance(rows, list) else []):
        for index in _energy_in(row):
            volume_at = _dimension_at(at, index)[1]
            volumes.append(number_or_refuse(taking.value(volume_at), volume_at))
    return sum(volumes, Decimal(0)) if volumes else None


def _compose_parking(taking: Taking, period: dict[str, Json], row: Json, at: int) -> None:
    """Read a period with PARKING_TIME and without energy as one of parking."""
    if period["energy_wh"] or period.get("energy_back_wh"):
        return
    for index, one in enumerate(_dimensions(row)):
        if one.get("type") == "PARKING_TIME":
            type_at, volume_at = _dimension_at(at, index)
            period["activity"] = "parking"
            taking.carried[type_at] = Carried(_period_at(at).activity, "meant")
            taking.carried[volume_at] = Carried(_period_at(at).ended_at, "hours")
            return


# --- Back -------------------------------------------------------------------------------------


def spread_cdr(giving: Giving) -> None:
    """Write what a record of ours says in more than one leaf of a charge detail record."""
    write_place(giving, "/cdr_location/evse_id", giving.ours["evse_id"])
    write_party(giving, "", giving.ours["evse_id"])
    spread_record(giving, CDR_TOKEN)


def spread_record(giving: Giving, token: TokenNames) -> None:
    """Write what the records of all editions have in common."""
    ours = giving.ours
    giving.held.add("/kind")
    if ours.get("service") == ENERGY_TRANSFER:
        giving.held.add("/service")
    write_contract(giving, token, ours)
    start, end = str(ours["started_at"]), str(ours["ended_at"])
    giving.write("/total_time", hours_of(seconds_between(start, end)))
    spread_periods(giving)


def spread_periods(giving: Giving) -> None:
    """Write the periods and the energy; an end is written by the next start alone."""
    ours = giving.ours
    periods = [one for one in _rows(ours["periods"]) if isinstance(one, dict)]
    starts = [one["started_at"] for one in periods]
    for at, (period, end) in enumerate(
        zip(periods, [*starts[1:], ours["ended_at"]], strict=True)
    ):
        place = _period_at(at)
        giving.write(place.start, period["started_at"], place.started_at)
        if period["ended_at"] == end:
            giving.held.add(place.ended_at)
        _spread_period(giving, period, at)
    energy, back = _watt_hours(ours)
    giving.write("/total_energy", write_kwh(energy - back))
    # Theirs is the difference of the two: both are in it where no period has both.
    if not any(all(_watt_hours(period)) for period in periods):
        giving.held.update({"/energy_wh", "/energy_back_wh"})


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _watt_hours(holder: Mapping[str, Json]) -> tuple[int, int]:
    """The energy taken and given back."""
    energy, back = holder["energy_wh"], holder.get("energy_back_wh") or 0
    if not isinstance(energy, int) or not isinstance(back, int):
        raise TypeError("energy is whole watt-hours")
    return energy, back


def _spread_period(giving: Giving, period: dict[str, Json], at: int) -> None:
    activity, place = period.get("activity"), _period_at(at)
    type_at, volume_at = _dimension_at(at, 0)
    energy, back = _watt_hours(period)
    if activity in {"idle", "parking"}:
        giving.held.add(place.energy_wh)
        if activity == "parking":
            giving.held.add(place.activity)
        length = seconds_between(str(period["started_at"]), str(period["ended_at"]))
        giving.write(type_at, "PARKING_TIME")
        giving.write(volume_at, hours_of(length))
        return
    giving.write(type_at, "ENERGY")
    giving.write(volume_at, write_kwh(energy - back))
    if not energy or not back:
        giving.held.add(place.energy_wh)
    if back and not energy:
        giving.held.add(place.energy_back_wh)
