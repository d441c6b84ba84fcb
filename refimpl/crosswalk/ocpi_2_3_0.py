"""OCPI 2.3.0: what its objects have that those of 2.2.1 have not.

A price names its taxes one by one, a tariff says whether they are included, and a location
tells more of its parking places.  Members outside the tables are allowed by its own rule.
"""

from types import MappingProxyType
from typing import Final

from refimpl.crosswalk import (
    ocpi,
    ocpi_2_2_1,
    ocpi_bookings,
    ocpi_checks,
    ocpi_contradictions,
    ocpi_locations,
)
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.tables import Field, within
from refimpl.crosswalk.value_types import enumeration, pattern_type, text_type

# fmt: off
PRICE: Final = (
    Field("before_taxes",           "number",     "1"),
    Field("taxes[]",                "object",     "*"),
    Field("taxes[].name",           "string(64)", "1"),
    Field("taxes[].account_number", "string(64)", "?"),
    Field("taxes[].percentage",     "number",     "?"),
    Field("taxes[].amount",         "number",     "1"),
)
PRICE_LIMIT: Final = (
    Field("before_taxes", "number", "1"),
    Field("after_taxes",  "number", "?"),
)
OF_TARIFF: Final = (
    Field("tax_included",       "TaxIncluded", "1"),
    Field("preauthorize_amount", "number",     "?"),
)
OF_CONNECTOR: Final = (Field("capabilities[]", "ConnectorCapability", "*"),)
OF_EVSE: Final = (
    Field("parking[]",                    "object",       "*"),
    Field("parking[].parking_id",         "CiString(36)", "1"),
    Field("parking[].evse_position",      "word",         "?"),
    Field("accepted_service_providers[]", "string(50)",   "*"),
)
PARKING: Final = (
    Field("id",                      "CiString(36)",  "1"),
    Field("physical_reference",      "string(12)",    "?"),
    Field("vehicle_types[]",         "word",          "+"),
    Field("max_vehicle_weight",      "number",        "?"),
    Field("max_vehicle_height",      "number",        "?"),
    Field("max_vehicle_length",      "number",        "?"),
    Field("max_vehicle_width",       "number",        "?"),
    Field("parking_space_length",    "number",        "?"),
    Field("parking_space_width",     "number",        "?"),
    Field("dangerous_goods_allowed", "boolean",       "?"),
    Field("direction",               "word",          "?"),
    Field("drive_through",           "boolean",       "?"),
    Field("restricted_to_type",      "boolean",       "1"),
    Field("reservation_required",    "boolean",       "1"),
    Field("time_limit",              "number",        "?"),
    Field("roofed",                  "boolean",       "?"),
    Field("images[]",                "object",        "*"),
    *within("images[]",              ocpi_locations.IMAGE),
    Field("lighting",                "boolean",       "?"),
    Field("refrigeration_outlet",    "boolean",       "?"),
    Field("standards[]",             "CiString(36)",  "*"),
    Field("apds_reference",          "CiString(255)", "?"),
)
OF_LOCATION: Final = (
    Field("parking_places[]",   "object",     "*"),
    *within("parking_places[]", PARKING),
    Field("help_phone",         "string(25)", "?"),
)
# fmt: on
PRICED: Final = ".excl_vat"
LIMITS: Final = ("min_price", "max_price")


def widen(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of a kind of 2.2.1 as 2.3.0 has them."""
    found: list[Field] = []
    for row in fields:
        if row.path.endswith(".incl_vat"):
            continue
        if row.path.endswith(PRICED):
            place = row.path.removesuffix(PRICED)
            found += within(place, PRICE_LIMIT if place.endswith(LIMITS) else PRICE)
        else:
            found.append(row)
        if row.path == "tariffs[]":
            found += within(row.path, OF_TARIFF)
        if row.path.endswith("connectors[]"):
            found += within(row.path, OF_CONNECTOR)
    return tuple(found)


def _widened(kind: Kind) -> Kind:
    fields = widen(kind.fields)
    if kind.name == "cdr":
        return kind._replace(fields=fields, checks=RECORD_CHECKS)
    if kind.name == "evse":
        fields = (*fields, *OF_EVSE)
    elif kind.name.startswith("location"):
        fields = (*fields, *within("evses[]", OF_EVSE), *OF_LOCATION)
    else:
        return kind._replace(fields=fields)
    return kind._replace(fields=fields, leftovers=ocpi_locations.leftovers_of(fields))


RECORD_CHECKS: Final = (
    *ocpi_checks.checks_of_record(
        end="end_date_time",
        token="cdr_token",
        contract="contract_id",
        evse_id=("cdr_location", "evse_id"),
        location="cdr_location",
        amount="before_taxes",
    ),
    *ocpi_contradictions.OF_RECORDS,
)
# fmt: off
TYPES: Final = {
    **ocpi.TYPES,
    "string(12)":          text_type(12),
    "string(25)":          text_type(25),
    "word":                pattern_type("[A-Z][A-Z0-9_]*", "no word of a list"),
    "TaxIncluded":         enumeration("YES", "NO", "N/A"),
    "ConnectorCapability": enumeration("ISO_15118_2_PLUG_AND_CHARGE",
                                       "ISO_15118_20_PLUG_AND_CHARGE"),
    "TokenType":           enumeration("AD_HOC_USER", "APP_USER", "EMAID", "OTHER", "RFID"),
    "ParkingRestriction":  enumeration(*"CUSTOMERS DISABLED EMPLOYEES EV_ONLY".split(),
                                       *"MOTORCYCLES PLUGGED TAXIS TENANTS".split()),
    "CanceledReason":      enumeration(*"BLOCKED BROKEN_CHARGER BROKEN_VEHICLE FULL".split(),
                                       *"NO_CANCELED POWER_OUTAGE TRAFFIC UNKNOWN".split()),
    "ReservationStatus":   enumeration(*"CANCELED FAILED FULFILLED NO_SHOW PENDING".split(),
                                       "REJECTED", "RESERVED", "UNKNOWN"),
    "Role":                enumeration(*"CPO EMSP HUB NAP NSP OTHER PTP SCSP".split()),
    "ConnectorType":       enumeration(*ocpi.CONNECTOR_TYPES, "MCS", "SAE_J3400"),
}
# fmt: on

WIDENED: Final = tuple(map(_widened, ocpi_2_2_1.PROTOCOL.kinds.values()))
PROTOCOL: Final = Protocol(
    id="ocpi-2.3.0",
    title="OCPI 2.3.0",
    column="ocpi",
    types=MappingProxyType(TYPES),
    kinds=MappingProxyType({kind.name: kind for kind in (*ocpi_bookings.KINDS, *WIDENED)}),
    extensible=True,
)
