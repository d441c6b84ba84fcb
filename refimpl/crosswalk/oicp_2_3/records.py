"""Charge detail records of OICP 2.3, and ours.

OICP tells a session, the charging within it and one energy; ours tells a record and its
periods.  So theirs goes in whole, and of ours the split into periods is lost.

Rules: XWK-2, XWK-6, and those of records and identifiers.
"""

from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.measures import write_kwh
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IC2, IE2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import (
    ENERGY_TRANSFER,
    IDENTIFICATION_LEFTOVERS,
    IDENTIFICATION_PAIRS,
    REMOTE,
    SESSION_LEFTOVERS,
    compose_identification,
    hold_service,
    refuse,
    spread_evse_id,
    spread_identification,
    spread_nothing,
    spread_session_id,
)
from refimpl.crosswalk.tables import Leftover, Pair

CDR: Final = "oicp: 2.3 eRoamingChargeDetailRecord"


def compose_cdr(taking: Taking) -> None:
    """Carry a charge detail record: the session is the record, the charging its period."""
    ours = taking.ours
    ours["record_id"] = taking.read("/SessionID", "/record_id", "id")
    ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    compose_identification(taking, REMOTE)
    ours["started_at"] = taking.read("/SessionStart", "/started_at", "offset")
    ours["ended_at"] = taking.read("/SessionEnd", "/ended_at", "offset")
    energy = taking.read("/ConsumedEnergy", "/energy_wh", "kWh")
    ours["periods"] = [
        {
            "ended_at": taking.read("/ChargingEnd", "/periods/0/ended_at", "offset"),
            "energy_wh": energy,
            "started_at": taking.read("/ChargingStart", "/periods/0/started_at", "offset"),
        }
    ]
    ours["energy_wh"] = energy
    ours["kind"] = "cdr"
    ours["service"] = ENERGY_TRANSFER


def spread_cdr(giving: Giving) -> None:
    """Write a charging detail record; of several periods the first start and last end stay."""
    ours = giving.ours
    hold_service(giving)
    spread_session_id(giving, "record_id")
    spread_evse_id(giving, "/EvseID", ours["evse_id"], "/evse_id")
    spread_identification(giving, REMOTE)
    giving.write("/SessionStart", ours["started_at"], "/started_at")
    giving.write("/SessionEnd", ours["ended_at"], "/ended_at")
    energy = ours["energy_wh"]
    giving.write("/ConsumedEnergy", write_kwh(energy), "/energy_wh")
    periods = ours["periods"]
    if not isinstance(periods, list):
        return
    charging = [
        (f"/periods/{index}", period)
        for index, period in enumerate(periods)
        if isinstance(period, dict) and period.get("activity", "charging") == "charging"
    ]
    if not charging:
        return
    (first, start), (last, end) = charging[0], charging[-1]
    giving.write("/ChargingStart", start["started_at"], f"{first}/started_at")
    giving.write("/ChargingEnd", end["ended_at"], f"{last}/ended_at")
    if len(charging) == 1:  # its energy is that of the whole
        giving.held.add(f"{first}/energy_wh")


# fmt: off
PAIRS: Final = (
    Pair("SessionID",      "record_id",            "id",      CDR, by_hand=True,
         remark="there is one record for a session; back only where ours is a GUID"),
    Pair("EvseID",         "evse_id",              "evse-id", CDR, by_hand=True),
    *IDENTIFICATION_PAIRS,
    Pair("SessionStart",   "started_at",           "offset",  CDR, by_hand=True),
    Pair("SessionEnd",     "ended_at",             "offset",  CDR, by_hand=True),
    Pair("ChargingStart",  "periods[].started_at", "offset",  CDR, by_hand=True),
    Pair("ChargingEnd",    "periods[].ended_at",   "offset",  CDR, by_hand=True),
    Pair("ConsumedEnergy", "energy_wh",            "kWh",     CDR, by_hand=True),
)
LEFTOVERS: Final = (
    *SESSION_LEFTOVERS,
    *IDENTIFICATION_LEFTOVERS,
    Leftover("PartnerProductID",               "tariff"),
    Leftover("EvseID",                         "place"),
    Leftover("MeterValueStart",                "meter"),
    Leftover("MeterValueEnd",                  "meter"),
    Leftover("MeterValueInBetween[]",          "meter"),
    Leftover("SignedMeteringValues[]",         "signed"),
    Leftover("CalibrationLawVerificationInfo", "signed"),
    Leftover("HubOperatorID",                  "correlation"),
    Leftover("HubProviderID",                  "correlation"),
)
CHECKS: Final = (
    checks.ONE_WAY, checks.CHECK_CHARACTER, checks.SESSION_IN_ORDER, checks.IN_ORDER,
    checks.WITHIN, checks.TAKES_TIME, checks.DIFFERENCE,
)
PAGE_FIELDS: Final = fields_of("ChargeDetailRecords", f"{IE2} eRoamingGetChargeDetailRecords")
KINDS: Final = (
    Kind("cdr", "eRoamingChargeDetailRecord", "detail-record", "cdr",
         ("ChargingStart", "SessionEnd", "ConsumedEnergy", "!Type"),
         fields_of("ChargeDetailRecord", f"{IC2} eRoamingChargeDetailRecord"),
         PAIRS, LEFTOVERS, CHECKS, compose_cdr, spread_cdr),
    # Its records are carried one by one (`records_of`).
    Kind("cdr-page", "eRoamingGetChargeDetailRecords", "detail-record", "cdr",
         ("content/0/ConsumedEnergy",), PAGE_FIELDS, (), (Leftover("content[]", "meter"),),
         (checks.COUNTED,), refuse("a page of records, which are carried one by one"),
         spread_nothing),
)
# fmt: on
