"""How the locations and statuses of OCPI are carried, whatever their edition.

A location holds several EVSEs, and says two things of them: what they are, and whether they can
be used now.  Ours says the two in two notices, so a location is of two kinds.

Rules: XWK-2, XWK-8, XWK-11.
"""

from collections.abc import Iterator
from typing import Final

from refimpl.crosswalk.carrying import Giving, Members, Taking
from refimpl.crosswalk.holding import Carried
from refimpl.crosswalk.ocpi import DISPLAY_TEXT, ENERGY_MIX, GEO_LOCATION
from refimpl.crosswalk.ocpi_contracts import (
    EMI3,
    ENERGY_TRANSFER,
    read_place,
    supplied_place,
    write_party,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Field, Leftover, Pair, by_hand, within
from refimpl.crosswalk.words import theirs_of

LOCATIONS: Final = "ocpi: Locations"
RESERVABLE: Final = "RESERVABLE"
PHASES: Final = {
    "AC_1_PHASE": 1,
    "AC_2_PHASE": 2,
    "AC_2_PHASE_SPLIT": 2,
    "AC_3_PHASE": 3,
    "DC": 1,
}
"""How many times voltage times amperage the power of a connector is."""

# fmt: off
IMAGE: Final = (
    Field("url",       "URL",           "1"),
    Field("thumbnail", "URL",           "?"),
    Field("category",  "ImageCategory", "1"),
    Field("type",      "CiString(4)",   "1"),
    Field("width",     "int",           "?"),
    Field("height",    "int",           "?"),
)
BUSINESS: Final = (
    Field("name",    "string(100)", "1"),
    Field("website", "URL",         "?"),
    Field("logo",    "object",      "?"),
    *within("logo",  IMAGE),
)
HOURS: Final = (
    Field("twentyfourseven",                    "boolean",   "1"),
    Field("regular_hours[]",                    "object",    "*"),
    Field("regular_hours[].weekday",            "int",       "1"),
    Field("regular_hours[].period_begin",       "string(5)", "1"),
    Field("regular_hours[].period_end",         "string(5)", "1"),
    Field("exceptional_openings[]",             "object",    "*"),
    Field("exceptional_openings[].period_begin", "DateTime", "1"),
    Field("exceptional_openings[].period_end",  "DateTime",  "1"),
    Field("exceptional_closings[]",             "object",    "*"),
    Field("exceptional_closings[].period_begin", "DateTime", "1"),
    Field("exceptional_closings[].period_end",  "DateTime",  "1"),
)
CONNECTOR: Final = (
    Field("id",                   "CiString(36)",    "1"),
    Field("standard",             "ConnectorType",   "1"),
    Field("format",               "ConnectorFormat", "1"),
    Field("power_type",           "PowerType",       "1"),
    Field("max_voltage",          "int",             "1"),
    Field("max_amperage",         "int",             "1"),
    Field("max_electric_power",   "int",             "?"),
    Field("tariff_ids[]",         "CiString(36)",    "*"),
    Field("terms_and_conditions", "URL",             "?"),
    Field("last_updated",         "DateTime",        "1"),
)
EVSE: Final = (
    Field("uid",                            "CiString(36)",       "1"),
    Field("evse_id",                        "CiString(48)",       "?"),
    Field("status",                         "Status",             "1"),
    Field("status_schedule[]",              "object",             "*"),
    Field("status_schedule[].period_begin", "DateTime",           "1"),
    Field("status_schedule[].period_end",   "DateTime",           "?"),
    Field("status_schedule[].status",       "Status",             "1"),
    Field("capabilities[]",                 "Capability",         "*"),
    Field("connectors[]",                   "object",             "+"),
    *within("connectors[]",                 CONNECTOR),
    Field("floor_level",                    "string(4)",          "?"),
    Field("coordinates",                    "object",             "?"),
    *within("coordinates",                  GEO_LOCATION),
    Field("physical_reference",             "string(16)",         "?"),
    Field("directions[]",                   "object",             "*"),
    *within("directions[]",                 DISPLAY_TEXT),
    Field("parking_restrictions[]",         "ParkingRestriction", "*"),
    Field("images[]",                       "object",             "*"),
    *within("images[]",                     IMAGE),
    Field("last_updated",                   "DateTime",           "1"),
)
LOCATION: Final = (
    Field("country_code",                        "CiString(2)",  "1"),
    Field("party_id",                            "CiString(3)",  "1"),
    Field("id",                                  "CiString(36)", "1"),
    Field("publish",                             "boolean",      "1"),
    Field("publish_allowed_to[]",                "object",       "*"),
    Field("publish_allowed_to[].uid",            "CiString(36)", "?"),
    Field("publish_allowed_to[].type",           "TokenType",    "?"),
    Field("publish_allowed_to[].visual_number",  "string(64)",   "?"),
    Field("publish_allowed_to[].issuer",         "string(64)",   "?"),
    Field("publish_allowed_to[].group_id",       "CiString(36)", "?"),
    Field("name",                                "string(255)",  "?"),
    Field("address",                             "string(45)",   "1"),
    Field("city",                                "string(45)",   "1"),
    Field("postal_code",                         "string(10)",   "?"),
    Field("state",                               "string(20)",   "?"),
    Field("country",                             "string(3)",    "1"),
    Field("coordinates",                         "object",       "1"),
    *within("coordinates",                       GEO_LOCATION),
    Field("related_locations[]",                 "object",       "*"),
    *within("related_locations[]",               GEO_LOCATION),
    Field("related_locations[].name",            "object",       "?"),
    *within("related_locations[].name",          DISPLAY_TEXT),
    Field("parking_type",                        "ParkingType",  "?"),
    Field("evses[]",                             "object",       "*"),
    *within("evses[]",                           EVSE),
    Field("directions[]",                        "object",       "*"),
    *within("directions[]",                      DISPLAY_TEXT),
    Field("operator",                            "object",       "?"),
    *within("operator",                          BUSINESS),
    Field("suboperator",                         "object",       "?"),
    *within("suboperator",                       BUSINESS),
    Field("owner",                               "object",       "?"),
    *within("owner",                             BUSINESS),
    Field("facilities[]",                        "Facility",     "*"),
    Field("time_zone",                           "string(255)",  "1"),
    Field("opening_times",                       "object",       "?"),
    *within("opening_times",                     HOURS),
    Field("charging_when_closed",                "boolean",      "?"),
    Field("images[]",                            "object",       "*"),
    *within("images[]",                          IMAGE),
    Field("energy_mix",                          "object",       "?"),
    *within("energy_mix",                        ENERGY_MIX),
    Field("last_updated",                        "DateTime",     "1"),
)
STATION_PAIRS: Final = by_hand(
    Pair("name",                 "stations[].name",       "exact",   LOCATIONS,
         remark="the name of the location, of each of its stations"),
    Pair("evses[].evse_id",      "stations[].evse_id",    "evse-id", LOCATIONS),
    Pair("evses[].capabilities[]", "stations[].services", "meant",   LOCATIONS,
         remark="RESERVABLE is the service reservation"),
    Pair("evses[].connectors[].max_electric_power", "stations[].power_w", "watts", LOCATIONS,
         remark="the strongest connector; without it voltage, amperage and phases"),
    Pair("country_code",         "stations[].evse_id",    "party",   EMI3, "implied"),
    Pair("party_id",             "stations[].evse_id",    "party",   EMI3, "implied"),
)
STATUS_PAIRS: Final = by_hand(
    Pair("evses[].evse_id", "statuses[].evse_id", "evse-id",     LOCATIONS),
    Pair("evses[].status",  "statuses[].status",  "ocpi-status", LOCATIONS),
    Pair("country_code",    "statuses[].evse_id", "party",       EMI3, "implied"),
    Pair("party_id",        "statuses[].evse_id", "party",       EMI3, "implied"),
)
EVSE_PAIRS: Final = by_hand(
    Pair("evse_id", "statuses[].evse_id", "evse-id",     LOCATIONS),
    Pair("status",  "statuses[].status",  "ocpi-status", LOCATIONS),
)
# fmt: on


def leftovers_of(fields: tuple[Field, ...]) -> tuple[Leftover, ...]:
    """Each member of a location or EVSE is a matter of the place, save when it changed."""
    tops = dict.fromkeys(field.path.split(".")[0] for field in fields)
    return tuple(
        Leftover(top, "correlation" if top == "last_updated" else "place") for top in tops
    )


# --- What the stations are --------------------------------------------------------------------


def compose_stations(taking: Taking) -> None:
    """Carry what a location says of its EVSEs."""
    stations: list[Json] = []
    for at, evse in _evses(taking):
        place, here = f"/evses/{at}", f"/stations/{at}"
        services: list[Json] = [ENERGY_TRANSFER]
        for index, capability in enumerate(_list(evse.get("capabilities"))):
            if capability == RESERVABLE and len(services) == 1:
                services.append("reservation")
                to = Carried(f"{here}/services/1", "meant")
                taking.carried[f"{place}/capabilities/{index}"] = to
        stations.append(
            {
                "evse_id": read_place(taking, f"{place}/evse_id", f"{here}/evse_id"),
                "name": taking.read("/name", f"{here}/name", "exact"),
                "power_w": _power(taking, evse, at),
                "services": services,
            }
        )
    taking.ours["kind"] = "station-information-notice"
    taking.ours["stations"] = stations
    _carry_party(taking, "/stations/0/evse_id")


def _carry_party(taking: Taking, to: str) -> None:
    for at in ("/country_code", "/party_id"):
        taking.carried[at] = Carried(to, "party")


def _evses(taking: Taking) -> Iterator[tuple[int, Members]]:
    found = _list(taking.object.get("evses"))
    if not found:
        raise Refused("XWK-2", "/evses", "ours requires an EVSE")
    for at, evse in enumerate(found):
        if not isinstance(evse, dict):
            raise Refused("XWK-11", f"/evses/{at}", "no object")
        yield at, evse


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _power(taking: Taking, evse: Members, at: int) -> int:
    """The power of the strongest connector in watts, where it is not said worked out as OCPI
    has it.
    """
    best, said_at = -1, ""
    for index, one in enumerate(_list(evse.get("connectors"))):
        here = f"/evses/{at}/connectors/{index}"
        connector = one if isinstance(one, dict) else {}
        said = connector.get("max_electric_power")
        power = said if type(said) is int else _worked_out(connector)
        if power is not None and power > best:
            best, said_at = power, here if type(said) is int else f"{here}/"
    if best < 0:
        raise Refused("XWK-2", f"/evses/{at}/connectors", "ours requires a power")
    to = f"/stations/{at}/power_w"
    if not said_at.endswith("/"):
        taking.carried[f"{said_at}/max_electric_power"] = Carried(to, "watts")
        return best
    for name in ("max_voltage", "max_amperage", "voltage", "amperage"):
        if f"{said_at}{name}" not in taking.held.leaves:
            continue
        taking.carried[f"{said_at}{name}"] = Carried(to, "watts")
        taking.forced[f"{said_at}{name}"] = "widened"
    return best


def _worked_out(connector: Members) -> int | None:
    voltage = connector.get("max_voltage", connector.get("voltage"))
    amperage = connector.get("max_amperage", connector.get("amperage"))
    phases = PHASES.get(str(connector.get("power_type")))
    if type(voltage) is not int or type(amperage) is not int or phases is None:
        return None
    return voltage * amperage * phases


def spread_stations(giving: Giving) -> None:
    """Write stations as the EVSEs of one location."""
    stations = [one for one in _list(giving.ours["stations"]) if isinstance(one, dict)]
    giving.held.add("/kind")
    names = [one["name"] for one in stations]
    for at, station in enumerate(stations):
        here, place = f"/stations/{at}", f"/evses/{at}"
        giving.write(f"{place}/evse_id", station["evse_id"], f"{here}/evse_id")
        power = f"{place}/connectors/0/max_electric_power"
        giving.write(power, station["power_w"], f"{here}/power_w")
        if names == names[:1] * len(names):
            giving.write("/name", station["name"], f"{here}/name")
        _spread_services(giving, _list(station["services"]), here, place)
    write_party(giving, "", stations[0]["evse_id"])


def _spread_services(giving: Giving, services: list[Json], here: str, place: str) -> None:
    if services[:1] == [ENERGY_TRANSFER]:
        giving.held.add(f"{here}/services/0")
    if services[1:2] == ["reservation"]:
        giving.write(f"{place}/capabilities/0", RESERVABLE, f"{here}/services/1")


# --- Whether they can be used now -------------------------------------------------------------


def compose_statuses(taking: Taking) -> None:
    """Carry the statuses of the EVSEs of a location."""
    statuses: list[Json] = []
    for at, _ in _evses(taking):
        place, here = f"/evses/{at}", f"/statuses/{at}"
        statuses.append(
            {
                "evse_id": read_place(taking, f"{place}/evse_id", f"{here}/evse_id"),
                "status": taking.read(f"{place}/status", f"{here}/status", "ocpi-status"),
            }
        )
    taking.ours["kind"] = "station-status-notice"
    taking.ours["statuses"] = statuses
    _carry_party(taking, "/statuses/0/evse_id")


def spread_statuses(giving: Giving) -> None:
    """Write statuses as those of the EVSEs of one location."""
    statuses = [one for one in _list(giving.ours["statuses"]) if isinstance(one, dict)]
    giving.held.add("/kind")
    for at, status in enumerate(statuses):
        _spread_status(giving, status, f"/evses/{at}", f"/statuses/{at}")
    write_party(giving, "", statuses[0]["evse_id"])


def _spread_status(giving: Giving, status: Members, place: str, here: str) -> None:
    giving.write(f"{place}/evse_id", status["evse_id"], f"{here}/evse_id")
    word = theirs_of("ocpi-status", status["status"])
    giving.write(f"{place}/status", word, f"{here}/status")


def compose_evse(taking: Taking) -> None:
    """Carry the status of one EVSE; where it has no EVSE ID, that is supplied."""
    to = "/statuses/0/evse_id"
    if taking.value("/evse_id") is None:
        evse_id = supplied_place(taking)
    else:
        evse_id = read_place(taking, "/evse_id", to)
    status = taking.read("/status", "/statuses/0/status", "ocpi-status")
    taking.ours["kind"] = "station-status-notice"
    taking.ours["statuses"] = [{"evse_id": evse_id, "status": status}]


def spread_evse(giving: Giving) -> None:
    """Write the first status as that of an EVSE; each further one is lost."""
    first = _list(giving.ours["statuses"])[0]
    giving.held.add("/kind")
    if isinstance(first, dict):
        _spread_status(giving, first, "", "/statuses/0")
