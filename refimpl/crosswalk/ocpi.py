"""What the editions of OCPI share: types, and classes of objects."""

import re
from collections.abc import Mapping
from typing import Final

from refimpl.crosswalk.measures import sentinel_fault
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import Field, TypeCheck, within
from refimpl.crosswalk.value_types import (
    boolean_fault,
    enumeration,
    integer_fault,
    number_fault,
    pattern_type,
    text_type,
)

# --- Types ------------------------------------------------------------------------------------

_date_time: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?", re.ASCII
).fullmatch


def plain_text_type(longest: int) -> TypeCheck:
    """The type `CiString(n)`: printable ASCII."""

    def check(value: Json) -> str:
        if not isinstance(value, str):
            return "no text"
        if len(value) > longest:
            return f"{len(value)} characters, at most {longest}"
        return "" if value.isascii() and value.isprintable() else "not printable ASCII"

    return check


def _moment(value: Json) -> str:
    if not isinstance(value, str) or not _date_time(value):
        return "no time in UTC"
    return sentinel_fault(value)


LENGTHS: Final = (2, 3, 4, 5, 10, 11, 16, 20, 32, 36, 39, 45, 48, 50, 64, 100, 255, 512, 5000)
CONNECTOR_TYPES: Final = (
    *(f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"),
    *(f"IEC_60309_2_{rest}" for rest in ("single_16", "three_16", "three_32", "three_64")),
    *(f"IEC_62196_{rest}" for rest in "T1 T1_COMBO T2 T2_COMBO T3A T3C".split()),
    *(f"NEMA_{rest}" for rest in "5_20 6_30 6_50 10_30 10_50 14_30 14_50".split()),
    *"CHADEMO CHAOJI GBT_AC GBT_DC TESLA_R TESLA_S".split(),
    *"PANTOGRAPH_BOTTOM_UP PANTOGRAPH_TOP_DOWN".split(),
)
TYPES: Final[Mapping[str, TypeCheck]] = {
    **{f"string({length})": text_type(length) for length in LENGTHS},
    **{f"CiString({length})": plain_text_type(length) for length in LENGTHS},
    "number": number_fault,
    "int": integer_fault,
    "boolean": boolean_fault,
    "DateTime": _moment,
    "URL": text_type(255),
    "latitude": pattern_type(r"-?\d{1,2}\.\d{5,7}", "no latitude in degrees"),
    "longitude": pattern_type(r"-?\d{1,3}\.\d{5,7}", "no longitude in degrees"),
    "AuthMethod": enumeration("AUTH_REQUEST", "COMMAND", "WHITELIST"),
    "TokenType": enumeration("AD_HOC_USER", "APP_USER", "OTHER", "RFID"),
    "ConnectorFormat": enumeration("CABLE", "SOCKET"),
    "PowerType": enumeration(
        "AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"
    ),
    "ConnectorType": enumeration(*CONNECTOR_TYPES),
    "CdrDimensionType": enumeration(
        *"CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT MAX_CURRENT MIN_CURRENT MAX_POWER".split(),
        *"MIN_POWER PARKING_TIME POWER RESERVATION_TIME STATE_OF_CHARGE TIME".split(),
    ),
    "TariffType": enumeration(
        "AD_HOC_PAYMENT", "PROFILE_CHEAP", "PROFILE_FAST", "PROFILE_GREEN", "REGULAR"
    ),
    "TariffDimensionType": enumeration("ENERGY", "FLAT", "PARKING_TIME", "TIME"),
    "DayOfWeek": enumeration(
        *"MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY".split()
    ),
    "ReservationRestrictionType": enumeration("RESERVATION", "RESERVATION_EXPIRES"),
    "EnergySourceCategory": enumeration(
        "NUCLEAR", "GENERAL_FOSSIL", "COAL", "GAS", "GENERAL_GREEN", "SOLAR", "WIND", "WATER"
    ),
    "SessionStatus": enumeration("ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"),
    "WhitelistType": enumeration("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER"),
    "ProfileType": enumeration("CHEAP", "FAST", "GREEN", "REGULAR"),
    "AllowedType": enumeration("ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED"),
    "Status": enumeration(
        *"AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED".split(),
        *"REMOVED RESERVED UNKNOWN".split(),
    ),
    "Capability": enumeration(
        *"CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT".split(),
        *"CONTACTLESS_CARD_SUPPORT CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE".split(),
        *"PED_TERMINAL REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER".split(),
        *"START_SESSION_CONNECTOR_REQUIRED TOKEN_GROUP_CAPABLE UNLOCK_CAPABLE".split(),
    ),
    "ParkingRestriction": enumeration(
        "EV_ONLY", "PLUGGED", "DISABLED", "CUSTOMERS", "MOTORCYCLES"
    ),
    "ParkingType": enumeration(
        *"ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET".split(),
        "UNDERGROUND_GARAGE",
    ),
    "Facility": enumeration(
        *"HOTEL RESTAURANT CAFE MALL SUPERMARKET SPORT RECREATION_AREA NATURE MUSEUM".split(),
        *"BIKE_SHARING BUS_STOP TAXI_STAND TRAM_STOP METRO_STATION TRAIN_STATION".split(),
        *"AIRPORT PARKING_LOT CARPOOL_PARKING FUEL_STATION WIFI".split(),
    ),
    "ImageCategory": enumeration(
        *"CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER".split()
    ),
    "CommandResponseType": enumeration(
        "NOT_SUPPORTED", "REJECTED", "ACCEPTED", "UNKNOWN_SESSION"
    ),
    "CommandResultType": enumeration(
        *"ACCEPTED CANCELED_RESERVATION EVSE_OCCUPIED EVSE_INOPERATIVE FAILED".split(),
        *"NOT_SUPPORTED REJECTED TIMEOUT UNKNOWN_RESERVATION".split(),
    ),
    "EnvironmentalImpactCategory": enumeration("NUCLEAR_WASTE", "CARBON_DIOXIDE"),
}
"""The types of OCPI 2.2.1 by their names."""

# --- Classes of objects -----------------------------------------------------------------------

# fmt: off
PRICE: Final = (
    Field("excl_vat", "number", "1"),
    Field("incl_vat", "number", "?"),
)
GEO_LOCATION: Final = (
    Field("latitude",  "latitude",  "1"),
    Field("longitude", "longitude", "1"),
)
DISPLAY_TEXT: Final = (
    Field("language", "string(2)",   "1"),
    Field("text",     "string(512)", "1"),
)
ENERGY_MIX: Final = (
    Field("is_green_energy",             "boolean",                     "1"),
    Field("energy_sources[]",            "object",                      "*"),
    Field("energy_sources[].source",     "EnergySourceCategory",        "1"),
    Field("energy_sources[].percentage", "number",                      "1"),
    Field("environ_impact[]",            "object",                      "*"),
    Field("environ_impact[].category",   "EnvironmentalImpactCategory", "1"),
    Field("environ_impact[].amount",     "number",                      "1"),
    Field("supplier_name",               "string(64)",                  "?"),
    Field("energy_product_name",         "string(64)",                  "?"),
)
RESTRICTIONS: Final = (
    Field("start_time",    "string(5)",                  "?"),
    Field("end_time",      "string(5)",                  "?"),
    Field("start_date",    "string(10)",                 "?"),
    Field("end_date",      "string(10)",                 "?"),
    Field("min_kwh",       "number",                     "?"),
    Field("max_kwh",       "number",                     "?"),
    Field("min_current",   "number",                     "?"),
    Field("max_current",   "number",                     "?"),
    Field("min_power",     "number",                     "?"),
    Field("max_power",     "number",                     "?"),
    Field("min_duration",  "int",                        "?"),
    Field("max_duration",  "int",                        "?"),
    Field("day_of_week[]", "DayOfWeek",                  "*"),
    Field("reservation",   "ReservationRestrictionType", "?"),
)
PRICE_COMPONENT: Final = (
    Field("type",      "TariffDimensionType", "1"),
    Field("price",     "number",              "1"),
    Field("vat",       "number",              "?"),
    Field("step_size", "int",                 "1"),
)
TARIFF: Final = (
    Field("country_code",                "CiString(2)",  "1"),
    Field("party_id",                    "CiString(3)",  "1"),
    Field("id",                          "CiString(36)", "1"),
    Field("currency",                    "string(3)",    "1"),
    Field("type",                        "TariffType",   "?"),
    Field("tariff_alt_text[]",           "object",       "*"),
    *within("tariff_alt_text[]",         DISPLAY_TEXT),
    Field("tariff_alt_url",              "URL",          "?"),
    Field("min_price",                   "object",       "?"),
    *within("min_price",                 PRICE),
    Field("max_price",                   "object",       "?"),
    *within("max_price",                 PRICE),
    Field("elements[]",                  "object",       "+"),
    Field("elements[].price_components[]", "object",     "+"),
    *within("elements[].price_components[]", PRICE_COMPONENT),
    Field("elements[].restrictions",     "object",       "?"),
    *within("elements[].restrictions",   RESTRICTIONS),
    Field("start_date_time",             "DateTime",     "?"),
    Field("end_date_time",               "DateTime",     "?"),
    Field("energy_mix",                  "object",       "?"),
    *within("energy_mix",                ENERGY_MIX),
    Field("last_updated",                "DateTime",     "1"),
)
CDR_TOKEN: Final = (
    Field("country_code", "CiString(2)",  "1"),
    Field("party_id",     "CiString(3)",  "1"),
    Field("uid",          "CiString(36)", "1"),
    Field("type",         "TokenType",    "1"),
    Field("contract_id",  "CiString(36)", "1"),
)
CDR_LOCATION: Final = (
    Field("id",                   "CiString(36)",    "1"),
    Field("name",                 "string(255)",     "?"),
    Field("address",              "string(45)",      "1"),
    Field("city",                 "string(45)",      "1"),
    Field("postal_code",          "string(10)",      "?"),
    Field("state",                "string(20)",      "?"),
    Field("country",              "string(3)",       "1"),
    Field("coordinates",          "object",          "1"),
    *within("coordinates",        GEO_LOCATION),
    Field("evse_uid",             "CiString(36)",    "1"),
    Field("evse_id",              "CiString(48)",    "1"),
    Field("connector_id",         "CiString(36)",    "1"),
    Field("connector_standard",   "ConnectorType",   "1"),
    Field("connector_format",     "ConnectorFormat", "1"),
    Field("connector_power_type", "PowerType",       "1"),
)
CHARGING_PERIOD: Final = (
    Field("start_date_time",     "DateTime",         "1"),
    Field("dimensions[]",        "object",           "+"),
    Field("dimensions[].type",   "CdrDimensionType", "1"),
    Field("dimensions[].volume", "number",           "1"),
    Field("tariff_id",           "CiString(36)",     "?"),
)
SIGNED_DATA: Final = (
    Field("encoding_method",             "CiString(36)", "1"),
    Field("encoding_method_version",     "int",          "?"),
    Field("public_key",                  "string(512)",  "?"),
    Field("signed_values[]",             "object",       "+"),
    Field("signed_values[].nature",      "CiString(32)", "1"),
    Field("signed_values[].plain_data",  "string(512)",  "1"),
    Field("signed_values[].signed_data", "string(5000)", "1"),
    Field("url",                         "string(512)",  "?"),
)
# fmt: on
