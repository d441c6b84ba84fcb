"""OCPI 2.1.1: the tables of its objects, where they are not those of 2.2.1.

It knows no parties: an object stands at an address that names them.  A record and a session
hold a whole location, with the one EVSE that was used.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk import (
    ocpi,
    ocpi_2_2_1,
    ocpi_checks,
    ocpi_commands,
    ocpi_contracts,
    ocpi_contradictions,
    ocpi_locations,
    ocpi_records,
    ocpi_sessions,
)
from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.ocpi_contracts import TokenNames
from refimpl.crosswalk.tables import Field, Leftover, Pair, by_hand, within
from refimpl.crosswalk.value_types import enumeration, pattern_type, text_type

NAMED: Final = TokenNames(contract="auth_id", has_medium=False, has_party=False)
"""How a record and a session name a contract."""
LISTED: Final = TokenNames("", "auth_id", True, False, "/emaids/0", "/media/0")
ORDERED: Final = TokenNames("/token", "auth_id", has_party=False)

LATER: Final = ("max_current", "min_current", "reservation")
"""What restricts a tariff since 2.2."""


def _older(rows: tuple[Field, ...]) -> tuple[Field, ...]:
    """Call the category of an impact its source, as an energy mix does before 2.2."""
    new, old = "environ_impact[].category", "environ_impact[].source"
    return tuple(row._replace(path=row.path.replace(new, old)) for row in rows)


# fmt: off
ENERGY_MIX: Final = _older(ocpi.ENERGY_MIX)
TARIFF: Final = (
    Field("id",                            "string(36)",  "1"),
    Field("currency",                      "string(3)",   "1"),
    Field("tariff_alt_text[]",             "object",      "*"),
    *within("tariff_alt_text[]",           ocpi.DISPLAY_TEXT),
    Field("tariff_alt_url",                "URL",         "?"),
    Field("elements[]",                    "object",      "+"),
    Field("elements[].price_components[]", "object",      "+"),
    Field("elements[].price_components[].type",      "TariffDimensionType", "1"),
    Field("elements[].price_components[].price",     "number",              "1"),
    Field("elements[].price_components[].step_size", "int",                 "1"),
    Field("elements[].restrictions",       "object",      "?"),
    *(row for row in within("elements[].restrictions", ocpi.RESTRICTIONS)
      if not row.path.endswith(LATER)),
    Field("energy_mix",                    "object",      "?"),
    *within("energy_mix",                  ENERGY_MIX),
    Field("last_updated",                  "DateTime",    "1"),
)
CONNECTOR: Final = (
    Field("id",                   "string(36)",      "1"),
    Field("standard",             "ConnectorType",   "1"),
    Field("format",               "ConnectorFormat", "1"),
    Field("power_type",           "PowerType",       "1"),
    Field("voltage",              "int",             "1"),
    Field("amperage",             "int",             "1"),
    Field("tariff_id",            "string(36)",      "?"),
    Field("terms_and_conditions", "URL",             "?"),
    Field("last_updated",         "DateTime",        "1"),
)
_OF_CONNECTORS: Final = "connectors[]."
EVSE: Final = (
    Field("uid", "string(39)", "1"),
    *(row for row in ocpi_locations.EVSE
      if row.path != "uid" and not row.path.startswith(_OF_CONNECTORS)),
    *within("connectors[]", CONNECTOR),
)
_NOT_YET: Final = ("id", "country_code", "party_id", "publish", "publish_allowed_to[]", "state",
                   "parking_type", "time_zone", "postal_code", "evses[]")
LOCATION: Final = (
    Field("id",          "string(39)",   "1"),
    Field("type",        "LocationType", "1"),
    Field("postal_code", "string(10)",   "1"),
    Field("time_zone",   "string(255)",  "?"),
    Field("evses[]",     "object",       "*"),
    *within("evses[]",   EVSE),
    *(row for row in _older(ocpi_locations.LOCATION)
      if row.path.split(".")[0] not in _NOT_YET),
)
PERIOD: Final = tuple(row for row in ocpi.CHARGING_PERIOD if row.path != "tariff_id")
CDR_FIELDS: Final = (
    Field("id",                 "CiString(36)", "1"),
    Field("start_date_time",    "DateTime",     "1"),
    Field("stop_date_time",     "DateTime",     "1"),
    Field("auth_id",            "string(36)",   "1"),
    Field("auth_method",        "AuthMethod",   "1"),
    Field("location",           "object",       "1"),
    *within("location",         LOCATION),
    Field("meter_id",           "string(255)",  "?"),
    Field("currency",           "string(3)",    "1"),
    Field("tariffs[]",          "object",       "*"),
    *within("tariffs[]",        TARIFF),
    Field("charging_periods[]", "object",       "+"),
    *within("charging_periods[]", PERIOD),
    Field("total_cost",         "number",       "1"),
    Field("total_energy",       "number",       "1"),
    Field("total_time",         "number",       "1"),
    Field("total_parking_time", "number",       "?"),
    Field("remark",             "string(255)",  "?"),
    Field("last_updated",       "DateTime",     "1"),
)
CDR_PAIRS: Final = (
    Pair("id",              "record_id",  "id",    ocpi_records.CDRS),
    Pair("start_date_time", "started_at", "utc",   ocpi_records.CDRS),
    Pair("stop_date_time",  "ended_at",   "utc",   ocpi_records.CDRS),
    Pair("total_time",      "ended_at",   "hours", ocpi_records.CDRS, "implied"),
    *NAMED.pairs(),
    *by_hand(
        Pair("location.evses[].evse_id", "evse_id",   "evse-id", ocpi_records.CDRS),
        Pair("total_energy",             "energy_wh", "kWh",     ocpi_records.CDRS),
    ),
    *ocpi_records.PERIOD_PAIRS,
)
_RENAMED: Final = {"cdr_location": "location", "cdr_token": "auth_id"}


def leftovers_of(rows: tuple[Leftover, ...], fields: tuple[Field, ...]) -> tuple[Leftover, ...]:
    """The leftovers of a kind of 2.2.1 whose members are here, by their names here."""
    paths = {field.path for field in fields}
    named = (row._replace(path=_RENAMED.get(row.path, row.path)) for row in rows)
    return tuple(row for row in named if row.path in paths)


SESSION_FIELDS: Final = (
    Field("id",                 "CiString(36)",  "1"),
    Field("start_datetime",     "DateTime",      "1"),
    Field("end_datetime",       "DateTime",      "?"),
    Field("kwh",                "number",        "1"),
    Field("auth_id",            "CiString(36)",  "1"),
    Field("auth_method",        "AuthMethod",    "1"),
    Field("location",           "object",        "1"),
    *within("location",         LOCATION),
    Field("meter_id",           "string(255)",   "?"),
    Field("currency",           "string(3)",     "1"),
    Field("charging_periods[]", "object",        "*"),
    *within("charging_periods[]", PERIOD),
    Field("total_cost",         "number",        "?"),
    Field("status",             "SessionStatus", "1"),
    Field("last_updated",       "DateTime",      "1"),
)
SESSION_PAIRS: Final = (
    Pair("kwh",          "energy_wh",     "kWh",                 ocpi_sessions.SESSIONS),
    Pair("auth_method",  "authorization", "ocpi-auth-method",    ocpi_sessions.SESSIONS),
    Pair("status",       "event",         "ocpi-session-status", ocpi_sessions.SESSIONS),
    Pair("last_updated", "at",            "utc",                 ocpi_sessions.SESSIONS),
    *NAMED.pairs(),
    *by_hand(Pair("location.evses[].evse_id", "evse_id", "evse-id", ocpi_sessions.SESSIONS)),
)
SESSION_LEFTOVERS: Final = (
    Leftover("location",       "place"),
    Leftover("start_datetime", "correlation"),
    Leftover("end_datetime",   "correlation"),
)
TOKEN_FIELDS: Final = (
    Field("uid",           "string(36)",    "1"),
    Field("type",          "TokenType",     "1"),
    Field("auth_id",       "string(36)",    "1"),
    Field("visual_number", "string(64)",    "?"),
    Field("issuer",        "string(64)",    "1"),
    Field("valid",         "boolean",       "1"),
    Field("whitelist",     "WhitelistType", "1"),
    Field("language",      "string(2)",     "?"),
    Field("last_updated",  "DateTime",      "1"),
)
TOKEN_PAIRS: Final = (
    *LISTED.pairs(),
    *by_hand(Pair("valid", "part.action", "meant", ocpi_contracts.TOKENS)),
)
QUESTION_FIELDS: Final = (
    Field("location_id",     "string(39)", "1"),
    Field("evse_uids[]",     "string(39)", "*"),
    Field("connector_ids[]", "string(36)", "*"),
)
ANSWER_FIELDS: Final = (
    Field("allowed",    "AllowedType", "1"),
    Field("location",   "object",      "?"),
    *within("location", QUESTION_FIELDS),
    Field("info",       "object",      "?"),
    *within("info",     ocpi.DISPLAY_TEXT),
)
START_FIELDS: Final = (
    Field("response_url", "URL",        "1"),
    Field("token",        "object",     "1"),
    *within("token",      TOKEN_FIELDS),
    Field("location_id",  "string(39)", "1"),
    Field("evse_uid",     "string(39)", "?"),
)
RESERVE_FIELDS: Final = (
    *START_FIELDS,
    Field("expiry_date",    "DateTime", "1"),
    Field("reservation_id", "int",      "1"),
)
RESPONSE_FIELDS: Final = (Field("result", "CommandResponseType", "1"),)
# fmt: on


def compose_cdr(taking: Taking) -> None:
    """Carry what a record says by more than one leaf; a credit record of a later edition is
    refused.
    """
    ocpi_records.refuse_credit(taking.object)
    taking.ours["evse_id"] = ocpi_contracts.sole_place(taking, "location")
    ocpi_records.compose_record(taking, NAMED)


def spread_cdr(giving: Giving) -> None:
    """Write what a record of ours says in more than one leaf."""
    _write_place(giving)
    ocpi_records.spread_record(giving, NAMED)


def _write_place(giving: Giving) -> None:
    place = "/location/evses/0/evse_id"
    ocpi_contracts.write_place(giving, place, giving.ours["evse_id"])


def compose_session(taking: Taking) -> None:
    """Carry what a session says by more than one leaf."""
    taking.ours["evse_id"] = ocpi_contracts.sole_place(taking, "location")
    ocpi_sessions.compose_progress(taking, NAMED)


def spread_session(giving: Giving) -> None:
    """Write what a notice of ours says in more than one leaf of a session."""
    _write_place(giving)
    ocpi_sessions.spread_progress(giving, NAMED)


def compose_token(taking: Taking) -> None:
    """Carry a token as one line of an authorization list."""
    ocpi_sessions.compose_listed(taking, LISTED)


def spread_token(giving: Giving) -> None:
    """Write a list of one contract as a token."""
    ocpi_sessions.spread_listed(giving, LISTED)


def without_news(spread: Callable[[Giving], None]) -> Callable[[Giving], None]:
    """Write a location without what 2.1.1 has no member for: the party, and the power."""

    def spread_older(giving: Giving) -> None:
        spread(giving)
        theirs = giving.theirs
        for at in [*theirs]:
            if at.endswith(NEWS):
                del theirs[at]
        giving.held = {at for at in giving.held if not at.endswith("/power_w")}

    return spread_older


NEWS: Final = ("/country_code", "/party_id", "/max_electric_power")
OLDER: Final = {kind.name: kind for kind in ocpi_2_2_1.PROTOCOL.kinds.values()}


def _places() -> tuple[Kind, ...]:
    found = []
    for name, fields in (("location", LOCATION), ("location-status", LOCATION), ("evse", EVSE)):
        kind = OLDER[name]
        paths = {field.path for field in fields}
        pairs = tuple(pair for pair in kind.pairs if pair.theirs in paths)
        leftovers = ocpi_locations.leftovers_of(fields)
        spread = without_news(kind.spread)
        own = kind._replace(fields=fields, pairs=pairs, leftovers=leftovers, spread=spread)
        found.append(own)
    return tuple(found)


def _commands() -> tuple[Kind, ...]:
    start = OLDER["start-session"]._replace(
        fields=START_FIELDS,
        pairs=ORDERED.pairs(),
        leftovers=ocpi_commands.leftovers_of(START_FIELDS),
        compose=ocpi_commands.start_of(ORDERED),
        spread=ocpi_commands.spread_start(ORDERED),
    )
    reserve = OLDER["reserve-now"]._replace(
        fields=RESERVE_FIELDS,
        pairs=(Pair("expiry_date", "until", "utc", ocpi_commands.COMMANDS), *ORDERED.pairs()),
        leftovers=ocpi_commands.leftovers_of(RESERVE_FIELDS),
        compose=ocpi_commands.booking_of(ORDERED),
        spread=ocpi_commands.spread_booking(ORDERED),
    )
    response = OLDER["command-response"]._replace(
        told_by=("result",),
        fields=RESPONSE_FIELDS,
        leftovers=ocpi_commands.leftovers_of(RESPONSE_FIELDS),
    )
    return (reserve, start, OLDER["stop-session"], OLDER["unlock-connector"], response)


RECORDS: Final = (
    OLDER["cdr"]._replace(
        fields=CDR_FIELDS,
        pairs=CDR_PAIRS,
        leftovers=leftovers_of(ocpi_records.CDR_LEFTOVERS, CDR_FIELDS),
        checks=ocpi_contradictions.OLDER_RECORD_CHECKS,
        compose=compose_cdr,
        spread=spread_cdr,
    ),
    OLDER["session"]._replace(
        fields=SESSION_FIELDS,
        pairs=SESSION_PAIRS,
        leftovers=(
            *leftovers_of(ocpi_sessions.SESSION_LEFTOVERS, SESSION_FIELDS),
            *SESSION_LEFTOVERS,
        ),
        checks=ocpi_contradictions.OLDER_SESSION_CHECKS,
        compose=compose_session,
        spread=spread_session,
    ),
)
AUTHORIZATIONS: Final = (
    OLDER["authorization-answer"]._replace(
        fields=ANSWER_FIELDS,
        pairs=by_hand(Pair("allowed", "reason", "ocpi-allowed", ocpi_contracts.TOKENS)),
        leftovers=leftovers_of(ocpi_sessions.ANSWER_LEFTOVERS, ANSWER_FIELDS),
    ),
    OLDER["authorization-request"]._replace(
        fields=QUESTION_FIELDS, leftovers=ocpi_sessions.REQUEST_LEFTOVERS
    ),
    OLDER["token"]._replace(
        fields=TOKEN_FIELDS,
        pairs=TOKEN_PAIRS,
        leftovers=(
            *leftovers_of(ocpi_sessions.TOKEN_LEFTOVERS, TOKEN_FIELDS),
            Leftover("auth_id", "token"),
        ),
        checks=ocpi_checks.checks_of_token("auth_id"),
        compose=compose_token,
        spread=spread_token,
    ),
)
# fmt: off
_LATER_CONNECTORS: Final = ("CHAOJI", "DOMESTIC_M", "DOMESTIC_N", "DOMESTIC_O", "GBT", "NEMA",
                            "PANTOGRAPH")
TYPES: Final = {
    **ocpi.TYPES,
    "string(39)":          text_type(39),
    "latitude":            pattern_type(r"-?\d{1,2}\.\d{6}", "no latitude in degrees"),
    "longitude":           pattern_type(r"-?\d{1,3}\.\d{6}", "no longitude in degrees"),
    "AuthMethod":          enumeration("AUTH_REQUEST", "WHITELIST"),
    "Capability":          enumeration(*"CHARGING_PROFILE_CAPABLE CREDIT_CARD_PAYABLE".split(),
                                       *"REMOTE_START_STOP_CAPABLE RESERVABLE".split(),
                                       "RFID_READER", "UNLOCK_CAPABLE"),
    "CdrDimensionType":    enumeration(*"ENERGY FLAT MAX_CURRENT MIN_CURRENT".split(),
                                       "PARKING_TIME", "TIME"),
    "CommandResponseType": enumeration(*"ACCEPTED NOT_SUPPORTED REJECTED TIMEOUT".split(),
                                       "UNKNOWN_SESSION"),
    "ConnectorType":       enumeration(*(name for name in ocpi.CONNECTOR_TYPES
                                         if not name.startswith(_LATER_CONNECTORS))),
    "Facility":            enumeration(*"AIRPORT BUS_STOP CAFE CARPOOL_PARKING HOTEL".split(),
                                       *"FUEL_STATION MALL MUSEUM NATURE RESTAURANT".split(),
                                       *"RECREATION_AREA SPORT SUPERMARKET".split(),
                                       *"TAXI_STAND TRAIN_STATION WIFI".split()),
    "LocationType":        enumeration(*"ON_STREET OTHER PARKING_GARAGE PARKING_LOT".split(),
                                       "UNDERGROUND_GARAGE", "UNKNOWN"),
    "PowerType":           enumeration("AC_1_PHASE", "AC_3_PHASE", "DC"),
    "SessionStatus":       enumeration("ACTIVE", "COMPLETED", "INVALID", "PENDING"),
    "TokenType":           enumeration("OTHER", "RFID"),
}
# fmt: on

PROTOCOL: Final = Protocol(
    id="ocpi-2.1.1",
    title="OCPI 2.1.1",
    column="ocpi",
    types=MappingProxyType(TYPES),
    kinds=MappingProxyType(
        {kind.name: kind for kind in (*RECORDS, *AUTHORIZATIONS, *_commands(), *_places())}
    ),
)
