"""EVSE data and status of OICP 2.3, and our news of stations.

A push is of one operator, a pull a page of many.  What is deleted is neither a station nor a
status of ours, and is refused.

Rules: XWK-2, XWK-8, XWK-10, and those of messages and identifiers.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.measures import write_kw
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IC2, IE2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import ENERGY_TRANSFER, spread_evse_id
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair
from refimpl.crosswalk.words import theirs_of

DATA: Final = "oicp: 2.3 EvseDataRecordType"
STATUS: Final = "oicp: 2.3 EvseStatusType"
RESERVATION: Final = "Reservation"
KILO: Final = 1000
STATUS_WORDS: Final = "oicp-status"


def _rows(value: Json, at: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The objects of a list, each with its place."""
    if not isinstance(value, list):
        raise Refused("XWK-11", at, "no list")
    for index, inner in enumerate(value):
        if not isinstance(inner, dict):
            raise Refused("XWK-11", f"{at}/{index}", "no object")
        yield f"{at}/{index}", inner


def _inner(value: Json, at: str) -> Json:
    for name in at.split("/")[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _check_not_deleted(taking: Taking, at: str) -> None:
    if taking.value(at) == "delete":
        raise Refused("XWK-10", at, "what is deleted has no counterpart")


# --- Data -------------------------------------------------------------------------------------


def compose_data(at: str) -> Callable[[Taking], None]:
    """Make the `compose` of EVSE data whose records stand at a place."""

    def compose(taking: Taking) -> None:
        _check_not_deleted(taking, "/ActionType")
        stations: list[Json] = []
        for here, record in _rows(_inner(taking.object, at), at):
            _check_not_deleted(taking, f"{here}/deltaType")
            stations.append(_station(taking, here, f"/stations/{len(stations)}", record))
        taking.ours["kind"] = "station-information-notice"
        taking.ours["stations"] = stations

    return compose


def _station(taking: Taking, at: str, to: str, record: Mapping[str, Json]) -> Json:
    strongest = _strongest(record.get("ChargingFacilities"))
    power = taking.read(f"{at}/ChargingFacilities/{strongest}/Power", f"{to}/power_w", "kW")
    name = taking.read(f"{at}/ChargingStationNames/0/value", f"{to}/name", "exact")
    services: list[Json] = [ENERGY_TRANSFER]
    offered = record.get("ValueAddedServices")
    if isinstance(offered, list) and RESERVATION in offered:
        place = f"{at}/ValueAddedServices/{offered.index(RESERVATION)}"
        taking.read(place, f"{to}/services/1", "meant")
        services.append("reservation")
    return {
        "evse_id": taking.read(f"{at}/EvseID", f"{to}/evse_id", "evse-id"),
        "name": name,
        "power_w": power,
        "services": services,
    }


def _strongest(facilities: Json) -> int:
    """Which of the facilities has the most power; the first where they cannot be compared."""
    if not isinstance(facilities, list):
        return 0
    powers = [
        checks.number(one.get("Power")) if isinstance(one, dict) else None for one in facilities
    ]
    known = [power for power in powers if power is not None]
    return powers.index(max(known)) if known else 0


def spread_data(at: str) -> Callable[[Giving], None]:
    """Make the `spread` of EVSE data whose records stand at a place."""

    def spread(giving: Giving) -> None:
        giving.held.add("/kind")
        for place, station in _rows(giving.ours["stations"], "/stations"):
            _spread_station(giving, at + place.removeprefix("/stations"), place, station)

    return spread


def _spread_station(giving: Giving, at: str, place: str, station: Mapping[str, Json]) -> None:
    spread_evse_id(giving, f"{at}/EvseID", station["evse_id"], f"{place}/evse_id")
    giving.write(f"{at}/ChargingStationNames/0/value", station["name"], f"{place}/name")
    power = station["power_w"]
    giving.write(f"{at}/ChargingFacilities/0/Power", write_kw(power))
    if isinstance(power, int) and power % KILO == 0:
        giving.held.add(f"{place}/power_w")
    services = station["services"]
    if not isinstance(services, list):
        return
    if "reservation" in services:
        giving.write(f"{at}/ValueAddedServices/0", RESERVATION)
    for index, service in enumerate(services):
        if (index, service) in {(0, ENERGY_TRANSFER), (1, "reservation")}:
            giving.held.add(f"{place}/services/{index}")


# --- Status -----------------------------------------------------------------------------------


def compose_status(*ats: str) -> Callable[[Taking], None]:
    """Make the `compose` of EVSE status; each step to the records may be a list."""

    def compose(taking: Taking) -> None:
        _check_not_deleted(taking, "/ActionType")
        statuses: list[Json] = []
        for here, _ in _below(taking.object, "", ats):
            statuses.append(_status(taking, here, f"/statuses/{len(statuses)}"))
        taking.ours["kind"] = "station-status-notice"
        taking.ours["statuses"] = statuses

    return compose


def _below(
    value: Json, at: str, ats: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Json]]]:
    first, *rest = ats
    for here, row in _rows(_inner(value, first), at + first):
        if rest:
            yield from _below(dict(row), here, tuple(rest))
        else:
            yield here, row


def _status(taking: Taking, at: str, to: str) -> Json:
    evse_id = taking.read(f"{at}/EvseID", f"{to}/evse_id", "evse-id")
    status = taking.read(f"{at}/EvseStatus", f"{to}/status", STATUS_WORDS)
    return {"evse_id": evse_id, "status": status}


def spread_status(at: str) -> Callable[[Giving], None]:
    """Make the `spread` of EVSE status whose records stand at a place."""

    def spread(giving: Giving) -> None:
        giving.held.add("/kind")
        record = 0  # one without an id and a word that have room leaves no gap
        for place, status in _rows(giving.ours["statuses"], "/statuses"):
            here, before = f"{at}/{record}", len(giving.theirs)
            spread_evse_id(giving, f"{here}/EvseID", status["evse_id"], f"{place}/evse_id")
            word = theirs_of(STATUS_WORDS, status["status"])
            if word:
                giving.write(f"{here}/EvseStatus", word, f"{place}/status")
            record += len(giving.theirs) > before

    return spread


# --- Tables -----------------------------------------------------------------------------------


def _data_pairs(at: str) -> tuple[Pair, ...]:
    names = f"{at}[].ChargingStationNames[].value"
    power = f"{at}[].ChargingFacilities[].Power"
    return (
        Pair(f"{at}[].EvseID", "stations[].evse_id", "evse-id", DATA, by_hand=True),
        Pair(names, "stations[].name", "exact", DATA, by_hand=True, remark="the first of many"),
        Pair(power, "stations[].power_w", "kW", DATA, by_hand=True, remark="the most"),
        Pair(
            f"{at}[].ValueAddedServices[]",
            "stations[].services[]",
            "meant",
            DATA,
            by_hand=True,
            remark="a reservation",
        ),
    )


def _status_pairs(at: str) -> tuple[Pair, ...]:
    return (
        Pair(f"{at}[].EvseID", "statuses[].evse_id", "evse-id", STATUS, by_hand=True),
        Pair(f"{at}[].EvseStatus", "statuses[].status", STATUS_WORDS, STATUS, by_hand=True),
    )


def _data_leftovers(at: str) -> tuple[Leftover, ...]:
    """All of a record is of a place, but for its prices, texts, meters and ids."""
    other = {
        "deltaType": "correlation",
        "lastUpdate": "correlation",
        "ClearinghouseID": "correlation",
        "CalibrationLawDataAvailability": "signed",
        "PaymentOptions[]": "tariff",
        "ValueAddedServices[]": "text",
        "AdditionalInfo[]": "text",
        "ChargingStationNames[]": "text",
        "AuthenticationModes[]": "token",
    }
    rows = [Leftover(f"{at}[]", "place")]
    for name, kind in other.items():
        rows.append(Leftover(f"{at}[].{name}", kind))  # type: ignore[arg-type] # a Residue
    return tuple(rows)


PAGE_LEFTOVERS: Final = tuple(
    Leftover(name, "correlation")
    for name in (
        *("number", "size", "totalElements", "last", "totalPages", "first"),
        *("numberOfElements", "StatusCode"),
    )
)
# fmt: off
PUSHED_DATA, PULLED_DATA = "OperatorEvseData.EvseDataRecord", "content"
PUSHED_STATUS = "OperatorEvseStatus.EvseStatusRecord"
PULLED_STATUS = "EvseStatuses.OperatorEvseStatus[].EvseStatusRecord"
ASKED_STATUS = "EVSEStatusRecords.EvseStatusRecord"
KINDS: Final = (
    Kind("evse-data", "eRoamingPushEvseData", "station-information",
         "station-information-notice", ("OperatorEvseData",),
         fields_of("PushEvseData", f"{IC2} eRoamingPushEvseData"),
         _data_pairs(PUSHED_DATA),
         (
             Leftover("ActionType",                    "correlation"),
             Leftover("OperatorEvseData.OperatorID",   "correlation"),
             Leftover("OperatorEvseData.OperatorName", "text"),
             *_data_leftovers(PUSHED_DATA),
         ),
         (checks.PUSHED_HOURS,), compose_data("/OperatorEvseData/EvseDataRecord"),
         spread_data("/OperatorEvseData/EvseDataRecord")),
    Kind("evse-data-page", "eRoamingEVSEData", "station-information",
         "station-information-notice", ("content/0/ChargingStationNames",),
         fields_of("EvseData", f"{IE2} eRoamingEVSEData"),
         _data_pairs(PULLED_DATA), (*PAGE_LEFTOVERS, *_data_leftovers(PULLED_DATA)),
         (checks.COUNTED, checks.PULLED_HOURS),
         compose_data("/content"), spread_data("/content")),
    Kind("evse-status", "eRoamingPushEvseStatus", "station-status",
         "station-status-notice", ("OperatorEvseStatus",),
         fields_of("PushEvseStatus", f"{IC2} eRoamingPushEvseStatus"),
         _status_pairs(PUSHED_STATUS),
         (
             Leftover("ActionType",                      "correlation"),
             Leftover("OperatorEvseStatus.OperatorID",   "correlation"),
             Leftover("OperatorEvseStatus.OperatorName", "text"),
         ),
         (), compose_status("/OperatorEvseStatus/EvseStatusRecord"),
         spread_status("/OperatorEvseStatus/EvseStatusRecord")),
    Kind("evse-statuses", "eRoamingEVSEStatus", "station-status",
         "station-status-notice", ("EvseStatuses",),
         fields_of("EvseStatus", f"{IE2} eRoamingEVSEStatus"),
         _status_pairs(PULLED_STATUS),
         (
             Leftover("EvseStatuses.OperatorEvseStatus[]",              "correlation"),
             Leftover("EvseStatuses.OperatorEvseStatus[].OperatorName", "text"),
             Leftover("StatusCode",                                     "correlation"),
         ),
         (), compose_status("/EvseStatuses/OperatorEvseStatus", "/EvseStatusRecord"),
         spread_status("/EvseStatuses/OperatorEvseStatus/0/EvseStatusRecord")),
    Kind("evse-status-by-id", "eRoamingEVSEStatusByID", "station-status",
         "station-status-notice", ("EVSEStatusRecords",),
         fields_of("EvseStatusByID", f"{IE2} eRoamingPullEVSEStatusByID"),
         _status_pairs(ASKED_STATUS), (Leftover("StatusCode", "correlation"),),
         (), compose_status("/EVSEStatusRecords/EvseStatusRecord"),
         spread_status("/EVSEStatusRecords/EvseStatusRecord")),
)
# fmt: on
