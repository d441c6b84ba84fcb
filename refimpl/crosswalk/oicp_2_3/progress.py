"""Charging notifications of OICP 2.3, and our notices of how a service goes on.

A notification tells of the flow of energy, and ours of a service: an `End` without the end of
its session is no end of ours.  On what a service rests stands in a notification only where it
was ordered; else it is an assumption, such as `ground=answer`, that has to be named.

Rules: XWK-2, XWK-6, XWK-10, and those of messages and identifiers.
"""

from collections.abc import Callable
from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Check, Kind
from refimpl.crosswalk.measures import write_kwh
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IC2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import (
    ENERGY_TRANSFER,
    IDENTIFICATION_LEFTOVERS,
    IDENTIFICATION_PAIRS,
    PLUG,
    REMOTE,
    SESSION_LEFTOVERS,
    compose_identification,
    hold_service,
    refuse,
    spread_evse_id,
    spread_identification,
    spread_nothing,
)
from refimpl.crosswalk.tables import Leftover, Pair

NOTIFICATION: Final = "oicp: 2.3 eRoamingChargingNotifications"


def _compose_notice(taking: Taking, event: str) -> None:
    """Carry what the notifications share."""
    ours = taking.ours
    taking.read("/Type", "/event", "meant")
    ours["event"] = event
    ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    way = REMOTE if taking.value(f"/Identification/{REMOTE}/EvcoID") is not None else PLUG
    compose_identification(taking, way)
    ours["kind"] = "session-progress-notice"
    ours["service"] = ENERGY_TRANSFER
    if way == REMOTE:
        ours["authorization"] = "order"
    else:
        ours["authorization"] = taking.need("ground", "/authorization")


def compose_start(taking: Taking) -> None:
    """Carry the start of charging, when no energy has flowed."""
    _compose_notice(taking, "started")
    taking.ours["at"] = taking.read("/ChargingStart", "/at", "offset")
    taking.ours["energy_wh"] = 0


def compose_progress(taking: Taking) -> None:
    """Carry what was charged until a moment."""
    _compose_notice(taking, "updated")
    taking.ours["at"] = taking.read("/EventOccurred", "/at", "offset")
    taking.ours["energy_wh"] = taking.read("/ConsumedEnergyProgress", "/energy_wh", "kWh")


def compose_end(taking: Taking) -> None:
    """Carry the end of charging: the end of the service where it tells that of the session."""
    over = taking.value("/SessionEnd") is not None
    _compose_notice(taking, "ended" if over else "updated")
    if not over:
        taking.forced["/Type"] = "rounded"
    last = "/SessionEnd" if over else "/ChargingEnd"
    taking.ours["at"] = taking.read(last, "/at", "offset")
    taking.ours["energy_wh"] = taking.read("/ConsumedEnergy", "/energy_wh", "kWh")


def _spread_notice(giving: Giving, word: str, event: str) -> None:
    """Write what the notifications share."""
    ours = giving.ours
    hold_service(giving)
    if ours["event"] == event:
        giving.write("/Type", word, "/event")
    spread_evse_id(giving, "/EvseID", ours["evse_id"], "/evse_id")
    spread_identification(giving, REMOTE if ours["authorization"] == "order" else PLUG)
    if f"/Identification/{REMOTE}/EvcoID" in giving.theirs:
        giving.held.add("/authorization")


def spread_start(giving: Giving) -> None:
    """Write the start of charging."""
    _spread_notice(giving, "Start", "started")
    giving.write("/ChargingStart", giving.ours["at"], "/at")
    if giving.ours["energy_wh"] == 0:
        giving.held.add("/energy_wh")


def spread_progress(giving: Giving) -> None:
    """Write what was charged until a moment."""
    _spread_notice(giving, "Progress", "updated")
    giving.write("/EventOccurred", giving.ours["at"], "/at")
    energy = write_kwh(giving.ours["energy_wh"])
    giving.write("/ConsumedEnergyProgress", energy, "/energy_wh")


def spread_end(giving: Giving) -> None:
    """Write the end of a service as that of its session; that of the charging is not known."""
    _spread_notice(giving, "End", "ended")
    giving.write("/SessionEnd", giving.ours["at"], "/at")
    giving.write("/ConsumedEnergy", write_kwh(giving.ours["energy_wh"]), "/energy_wh")


# fmt: off
SHARED_PAIRS: Final = (
    Pair("Type",   "event",   "meant",   NOTIFICATION, by_hand=True),
    Pair("EvseID", "evse_id", "evse-id", NOTIFICATION, by_hand=True),
    *IDENTIFICATION_PAIRS,
)
SHARED_LEFTOVERS: Final = (
    *SESSION_LEFTOVERS,
    *IDENTIFICATION_LEFTOVERS,
    Leftover("Type",       "text"),
    Leftover("EvseID",     "place"),
    Leftover("OperatorID", "correlation"),
)
METER_LEFTOVERS: Final = (
    Leftover("PartnerProductID", "tariff"),
    Leftover("SessionStart",     "parking"),
    Leftover("MeterValueStart",  "meter"),
)
SHARED_CHECKS: Final = (checks.ONE_WAY, checks.CHECK_CHARACTER)
# fmt: on


EVENTS: Final = {
    "Start": "started",
    "Progress": "updated",
    "End": "ended",
    "Error": "error",  # not a word of ours
}


def _notification(
    name: str,
    pairs: tuple[Pair, ...],
    leftovers: tuple[Leftover, ...],
    own_checks: tuple[Check, ...],
    functions: tuple[Callable[[Taking], None], Callable[[Giving], None]],
) -> Kind:
    word = f"eRoamingChargingNotification{name}"
    return Kind(
        f"notification-{name.lower()}",
        word,
        "session-progress",
        "session-progress-notice",
        (f"Type={name}",),
        fields_of(f"ChargingNotification{name}", f"{IC2} {word}"),
        pairs,
        leftovers,
        (*SHARED_CHECKS, *own_checks),
        *functions,
        f"event={EVENTS[name]}",
    )


# fmt: off
KINDS: Final = (
    _notification(
        "Progress",
        (
            *SHARED_PAIRS,
            Pair("EventOccurred",          "at",        "offset", NOTIFICATION, by_hand=True),
            Pair("ConsumedEnergyProgress", "energy_wh", "kWh",    NOTIFICATION, by_hand=True,
                 remark="optional there"),
        ),
        (
            *SHARED_LEFTOVERS, *METER_LEFTOVERS,
            Leftover("ChargingStart",         "parking"),
            Leftover("ChargingDuration",      "parking"),
            Leftover("MeterValueInBetween[]", "meter"),
        ),
        (checks.DURATION, checks.TELLS, checks.EVENT_IN_ORDER, checks.WITHIN),
        (compose_progress, spread_progress),
    ),
    _notification(
        "End",
        (
            *SHARED_PAIRS,
            Pair("SessionEnd",     "at",        "offset", NOTIFICATION, by_hand=True,
                 remark="with it the service has ended"),
            Pair("ChargingEnd",    "at",        "offset", NOTIFICATION, by_hand=True,
                 remark="without a SessionEnd the service goes on"),
            Pair("ConsumedEnergy", "energy_wh", "kWh",    NOTIFICATION, by_hand=True,
                 remark="optional there"),
        ),
        (
            *SHARED_LEFTOVERS, *METER_LEFTOVERS,
            Leftover("ChargingStart",         "parking"),
            Leftover("ChargingEnd",           "parking"),
            Leftover("PenaltyTimeStart",      "parking"),
            Leftover("MeterValueEnd",         "meter"),
            Leftover("MeterValueInBetween[]", "meter"),
        ),
        (checks.SESSION_IN_ORDER, checks.IN_ORDER, checks.WITHIN, checks.DIFFERENCE),
        (compose_end, spread_end),
    ),
    _notification(
        "Error", (), SHARED_LEFTOVERS, (),
        (refuse("a notification of an error has neither a time nor an energy"), spread_nothing),
    ),
    _notification(
        "Start",
        (*SHARED_PAIRS, Pair("ChargingStart", "at", "offset", NOTIFICATION, by_hand=True)),
        (*SHARED_LEFTOVERS, *METER_LEFTOVERS),
        (checks.WITHIN,), (compose_start, spread_start),
    ),
)
# fmt: on
