"""OCPI 2.2.1: the tables of its objects."""

from types import MappingProxyType
from typing import Final

from refimpl.crosswalk import ocpi, ocpi_records
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.tables import Field, within

# fmt: off
CDR_FIELDS: Final = (
    Field("country_code",               "CiString(2)",  "1"),
    Field("party_id",                   "CiString(3)",  "1"),
    Field("id",                         "CiString(39)", "1"),
    Field("start_date_time",            "DateTime",     "1"),
    Field("end_date_time",              "DateTime",     "1"),
    Field("session_id",                 "CiString(36)", "?"),
    Field("cdr_token",                  "object",       "1"),
    *within("cdr_token",                ocpi.CDR_TOKEN),
    Field("auth_method",                "AuthMethod",   "1"),
    Field("authorization_reference",    "CiString(36)", "?"),
    Field("cdr_location",               "object",       "1"),
    *within("cdr_location",             ocpi.CDR_LOCATION),
    Field("meter_id",                   "string(255)",  "?"),
    Field("currency",                   "string(3)",    "1"),
    Field("tariffs[]",                  "object",       "*"),
    *within("tariffs[]",                ocpi.TARIFF),
    Field("charging_periods[]",         "object",       "+"),
    *within("charging_periods[]",       ocpi.CHARGING_PERIOD),
    Field("signed_data",                "object",       "?"),
    *within("signed_data",              ocpi.SIGNED_DATA),
    Field("total_cost",                 "object",       "1"),
    *within("total_cost",               ocpi.PRICE),
    Field("total_fixed_cost",           "object",       "?"),
    *within("total_fixed_cost",         ocpi.PRICE),
    Field("total_energy",               "number",       "1"),
    Field("total_energy_cost",          "object",       "?"),
    *within("total_energy_cost",        ocpi.PRICE),
    Field("total_time",                 "number",       "1"),
    Field("total_time_cost",            "object",       "?"),
    *within("total_time_cost",          ocpi.PRICE),
    Field("total_parking_time",         "number",       "?"),
    Field("total_parking_cost",         "object",       "?"),
    *within("total_parking_cost",       ocpi.PRICE),
    Field("total_reservation_cost",     "object",       "?"),
    *within("total_reservation_cost",   ocpi.PRICE),
    Field("remark",                     "string(255)",  "?"),
    Field("invoice_reference_id",       "CiString(39)", "?"),
    Field("credit",                     "boolean",      "?"),
    Field("credit_reference_id",        "CiString(39)", "?"),
    Field("home_charging_compensation", "boolean",      "?"),
    Field("last_updated",               "DateTime",     "1"),
)
# fmt: on

CDR: Final = Kind(
    name="cdr",
    word="CDR",
    exchange="detail-record",
    makes="cdr",
    told_by=("total_energy", "charging_periods"),
    fields=CDR_FIELDS,
    pairs=ocpi_records.CDR_PAIRS,
    leftovers=ocpi_records.CDR_LEFTOVERS,
    checks=(),
    compose=ocpi_records.compose_cdr,
    spread=ocpi_records.spread_cdr,
)

PROTOCOL: Final = Protocol(
    id="ocpi-2.2.1",
    title="OCPI 2.2.1",
    column="ocpi",
    types=MappingProxyType(dict(ocpi.TYPES)),
    kinds=MappingProxyType({"cdr": CDR}),
)
