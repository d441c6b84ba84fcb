"""What OCPI's text says of members together, and its own examples do not always keep.

A check finds places and refuses nothing; what ours cannot do without is refused where it is
read.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from refimpl.crosswalk.kinds import Check
from refimpl.crosswalk.measures import Unreadable, read_utc, seconds_between
from refimpl.crosswalk.naming import is_nearly_emaid, read_emaid, read_evse_id
from refimpl.crosswalk.places import BOXES
from refimpl.crosswalk.reading import Json, leaves_of

Members = dict[str, Json]
Find = Callable[[Members], list[str]]
PART_COSTS: Final = tuple(
    f"total_{name}_cost" for name in ("fixed", "energy", "time", "parking", "reservation")
)
COSTS: Final = ("total_cost", *PART_COSTS)


def inner(value: Json, *names: str) -> Json:
    """The member of a member, None where there is none.

    >>> inner({"cdr_token": {"uid": "1"}}, "cdr_token", "uid")
    '1'
    """
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rows(value: Json) -> list[Members]:
    """The objects of a list, an empty one for what is none."""
    found = value if isinstance(value, list) else []
    return [one if isinstance(one, dict) else {} for one in found]


def number_in(value: Json) -> int | Decimal | None:
    """A number, None for what is none."""
    return value if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None


def moment_of(value: Json) -> str:
    """A time in UTC, an empty text for what is none."""
    try:
        return read_utc(value)
    except Unreadable:
        return ""


def updated_before(end: str) -> Find:
    """A record or session that was last changed before it ended."""

    def find(value: Members) -> list[str]:
        ended, updated = moment_of(value.get(end)), moment_of(value.get("last_updated"))
        return ["/last_updated"] if ended and updated and updated < ended else []

    return find


def party_of_token(at: str, contract: str) -> Find:
    """A token of another party than that of its contract id."""

    def find(value: Members) -> list[str]:
        token = inner(value, at) if at else value
        text = inner(token, contract)
        country, party = inner(token, "country_code"), inner(token, "party_id")
        if not isinstance(text, str) or not isinstance(country, str):
            return []
        try:
            emaid = read_emaid(text)
        except Unreadable:
            return []
        differs = f"{country}{party}".upper() != emaid[:5]
        return [f"/{at}/party_id" if at else "/party_id"] if differs else []

    return find


def check_character_of(*names: str) -> Find:
    """A contract id with another check character than its own."""

    def find(value: Members) -> list[str]:
        text = inner(value, *names)
        try:
            read_emaid(text)
        except Unreadable as error:
            return ["/" + "/".join(names)] if error.rule_id == "EMA-9" else []
        return []

    return find


def nearly_contract(*names: str) -> Find:
    """A contract id that begins as an EMAID does and is too short or too long for one."""

    def find(value: Members) -> list[str]:
        text = inner(value, *names)
        nearly = isinstance(text, str) and is_nearly_emaid(text)
        return ["/" + "/".join(names)] if nearly else []

    return find


def negative_costs(value: Members) -> list[str]:
    """An amount below nought in a record that takes none back."""
    if value.get("credit") is True:
        return []
    found = []
    for name in COSTS:
        if name not in value:
            continue
        for at, amount in leaves_of(value[name], f"/{name}"):
            number = number_in(amount)
            if number is not None and number < 0:
                found.append(at)
    return found


def evse_id_at(*names: str) -> Find:
    """An EVSE ID that is not written as eMI3 has it."""

    def find(value: Members) -> list[str]:
        return [at for at, text in _all_at(value, names, "") if not _is_evse_id(text)]

    return find


def _all_at(value: Json, names: tuple[str, ...], at: str) -> Iterator[tuple[str, str]]:
    """The texts at a path, `[]` standing for each one of a list."""
    if not names:
        if isinstance(value, str):
            yield at, value
        return
    name, rest = names[0], names[1:]
    if name == "[]":
        for index, one in enumerate(rows(value)):
            yield from _all_at(one, rest, f"{at}/{index}")
    elif isinstance(value, dict) and name in value:
        yield from _all_at(value[name], rest, f"{at}/{name}")


def _is_evse_id(text: str) -> bool:
    try:
        read_evse_id(text)
    except Unreadable as error:
        return error.rule_id == "XWK-4"
    return True


def swapped(*names: str) -> Find:
    """Coordinates that lie in their country only if latitude and longitude are swapped."""

    def find(value: Members) -> list[str]:
        place = inner(value, *names)
        box = BOXES.get(str(inner(place, "country")))
        coordinates = inner(place, "coordinates")
        if box is None or not isinstance(coordinates, dict):
            return []
        latitude = _degrees(coordinates.get("latitude"))
        longitude = _degrees(coordinates.get("longitude"))
        if latitude is None or longitude is None:
            return []
        if box.holds(latitude, longitude) or not box.holds(longitude, latitude):
            return []
        return ["".join(f"/{name}" for name in (*names, "coordinates", "latitude"))]

    return find


def _degrees(value: Json) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def without_energy(value: Members) -> list[str]:
    """A record with energy, and none in any of its periods."""
    if not number_in(value.get("total_energy")):
        return []
    energies = any(one.get("type") == "ENERGY" for one in _dimensions(value))
    return [] if energies else ["/charging_periods"]


def _dimensions(value: Members) -> Iterator[Members]:
    """The dimensions of all charging periods."""
    for row in rows(value.get("charging_periods")):
        yield from rows(row.get("dimensions"))


def energy_of_periods(total: str) -> Find:
    """Energy of the periods that does not add up to that of the whole."""

    def find(value: Members) -> list[str]:
        whole = number_in(value.get(total))
        found = [
            number_in(one.get("volume"))
            for one in _dimensions(value)
            if one.get("type") == "ENERGY"
        ]
        energies = [one for one in found if one is not None]
        if whole is None or not energies or len(energies) < len(found):
            return []
        return [f"/{total}"] if sum(energies) != whole else []

    return find


def costs(amount: str) -> Find:
    """Costs of the parts that do not add up to the total."""

    def find(value: Members) -> list[str]:
        whole = number_in(inner(value, "total_cost", amount))
        parts = [value[name] for name in PART_COSTS if value.get(name) is not None]
        amounts = [number_in(inner(part, amount)) for part in parts]
        known = [one for one in amounts if one is not None]
        if whole is None or not known or len(known) < len(amounts):
            return []
        return [f"/total_cost/{amount}"] if sum(known) != whole else []

    return find


def total_time(end: str) -> Find:
    """A total time that is not that from start to end, by more than half a minute."""

    def find(value: Members) -> list[str]:
        start, ended = moment_of(value.get("start_date_time")), moment_of(value.get(end))
        hours = number_in(value.get("total_time"))
        if not start or not ended or hours is None:
            return []
        length = seconds_between(start, ended)
        return ["/total_time"] if abs(Decimal(hours) * 3600 - length) > HALF_A_MINUTE else []

    return find


HALF_A_MINUTE: Final = 30


def parking(value: Members) -> list[str]:
    """More time of parking than there is in all."""
    parked, whole = (
        number_in(value.get("total_parking_time")),
        number_in(value.get("total_time")),
    )
    too_long = parked is not None and whole is not None and parked > whole
    return ["/total_parking_time"] if too_long else []


def period_times(end: str) -> Find:
    """A period with more time than lies between its start and its end."""

    def find(value: Members) -> list[str]:
        periods = rows(value.get("charging_periods"))
        starts = [moment_of(row.get("start_date_time")) for row in periods]
        ends = [*starts[1:], moment_of(value.get(end))]
        found = []
        for at, (row, start, ended) in enumerate(zip(periods, starts, ends, strict=False)):
            if not start or not ended:
                continue
            for index, one in enumerate(rows(row.get("dimensions"))):
                hours = number_in(one.get("volume")) if one.get("type") in TIMES else None
                if hours is None:
                    continue
                if hours * 3600 > seconds_between(start, ended) + HALF_A_MINUTE:
                    found.append(f"/charging_periods/{at}/dimensions/{index}/volume")
        return found

    return find


TIMES: Final = ("PARKING_TIME", "TIME")


def party_of_tariffs(value: Members) -> list[str]:
    """Tariffs of another party than that of the record."""
    own = (value.get("country_code"), value.get("party_id"))
    return [
        f"/tariffs/{at}/party_id"
        for at, row in enumerate(rows(value.get("tariffs")))
        if (row.get("country_code", own[0]), row.get("party_id", own[1])) != own
    ]


def _check(rule: str, says: str, find: Find) -> Check:
    return Check(rule, says, "ocpi", find)


def checks_of_record(
    *, end: str, token: str, contract: str, evse_id: tuple[str, ...], location: str, amount: str
) -> tuple[Check, ...]:
    """The checks of a charge detail record, by the names that its edition gives."""
    contract_at = (token, contract) if token else (contract,)
    return (
        _check("last-updated", "before the end", updated_before(end)),
        _check("coordinates", "latitude and longitude swapped?", swapped(location)),
        _check("energy", "energy in all and in no period", without_energy),
        _check("energy-sum", "not the sum of the periods", energy_of_periods("total_energy")),
        _check("token-party", "not that of the contract id", party_of_token(token, contract)),
        _check("check-character", "another is right", check_character_of(*contract_at)),
        _check("contract-id", "nearly an EMAID", nearly_contract(*contract_at)),
        _check("evse-id", "not as eMI3 writes it", evse_id_at(*evse_id)),
        _check("costs", "not the sum of its parts", costs(amount)),
        _check("cost-sign", "below nought, and no credit", negative_costs),
        _check("total-time", "not that from start to end", total_time(end)),
        _check("parking-time", "more than there is in all", parking),
        _check("period-time", "more than the period lasts", period_times(end)),
        _check("tariff-party", "not that of the record", party_of_tariffs),
    )


def checks_of_session(
    *, end: str, token: str, contract: str, location: str, evse_id: tuple[str, ...]
) -> tuple[Check, ...]:
    """The checks of a session, by the names that its edition gives."""
    contract_at = (token, contract) if token else (contract,)
    return (
        _check("last-updated", "before the end", updated_before(end)),
        _check("energy-sum", "not the sum of the periods", energy_of_periods("kwh")),
        _check("token-party", "not that of the contract id", party_of_token(token, contract)),
        _check("check-character", "another is right", check_character_of(*contract_at)),
        _check("contract-id", "nearly an EMAID", nearly_contract(*contract_at)),
        _check("coordinates", "latitude and longitude swapped?", swapped(location)),
        _check("evse-id", "not as eMI3 writes it", evse_id_at(*evse_id)),
    )


def checks_of_token(contract: str) -> tuple[Check, ...]:
    """The checks of a token."""
    return (
        _check("token-party", "not that of the contract id", party_of_token("", contract)),
        _check("check-character", "another is right", check_character_of(contract)),
        _check("contract-id", "nearly an EMAID", nearly_contract(contract)),
    )


LOCATION_CHECKS: Final = (
    _check("coordinates", "latitude and longitude swapped?", swapped()),
    _check("evse-id", "not as eMI3 writes it", evse_id_at("evses", "[]", "evse_id")),
)
EVSE_CHECKS: Final = (_check("evse-id", "not as eMI3 writes it", evse_id_at("evse_id")),)
