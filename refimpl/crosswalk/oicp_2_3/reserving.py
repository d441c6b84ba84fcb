"""Bookings of OICP 2.3, and ours.

OICP tells for how many minutes and not until when, so that the moment of sending, `sent-at`, or
the end, `until`, is supplied beside it.

Rules: XWK-2, XWK-6, XWK-11, and those of messages and identifiers.
"""

from datetime import datetime, timedelta
from typing import Final

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.measures import Unreadable, read_utc
from refimpl.crosswalk.oicp_2_3 import checks
from refimpl.crosswalk.oicp_2_3.fields import IC2, fields_of
from refimpl.crosswalk.oicp_2_3.identifying import (
    IDENTIFICATION_LEFTOVERS,
    IDENTIFICATION_PAIRS,
    REMOTE,
    SESSION_LEFTOVERS,
    compose_identification,
    refuse,
    spread_evse_id,
    spread_identification,
    spread_nothing,
)
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Leftover, Pair

RESERVATION: Final = "reservation"
START: Final = "oicp: 2.3 eRoamingAuthorizeRemoteReservationStart"
STOP: Final = "oicp: 2.3 eRoamingAuthorizeRemoteReservationStop"


def compose_booking(taking: Taking) -> None:
    """Carry a booking; when it ends is supplied, or worked out of when it was sent."""
    ours = taking.ours
    ours["evse_id"] = taking.read("/EvseID", "/evse_id", "evse-id")
    compose_identification(taking, REMOTE)
    ours["kind"] = "reservation-request"
    ours["service"] = RESERVATION
    ours["until"] = taking.supplied("until") or _end(taking)


def _end(taking: Taking) -> Json:
    minutes = taking.value("/Duration")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes < 100:
        raise Refused("XWK-2", "/Duration", "ours requires /until: --assume until=VALUE")
    try:
        sent_at = read_utc(taking.need("sent-at", "/until"))
    except Unreadable as error:
        raise Refused(error.rule_id, "", f"sent-at is {error.says}") from None
    taking.read("/Duration", "/until", "meant")
    try:
        end = datetime.fromisoformat(sent_at) + timedelta(minutes=minutes)
    except OverflowError:
        raise Refused("XWK-11", "/Duration", "it ends after the last year there is") from None
    return f"{end:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


def spread_booking(giving: Giving) -> None:
    """Write a booking, without how long it is."""
    giving.held.add("/kind")
    if giving.ours.get("service") == RESERVATION:
        giving.held.add("/service")
    spread_evse_id(giving, "/EvseID", giving.ours["evse_id"], "/evse_id")
    spread_identification(giving, REMOTE)


# fmt: off
KINDS: Final = (
    Kind("reservation", "eRoamingAuthorizeRemoteReservationStart", "reservation",
         "reservation-request", ("ProviderID", "EvseID", "Identification"),
         fields_of("AuthorizeRemoteReservationStart", f"{IC2} {START}"),
         (
             Pair("EvseID",   "evse_id", "evse-id", START, by_hand=True),
             Pair("Duration", "until",   "meant",   START, "implied", "from when it was sent",
                  by_hand=True),
             *IDENTIFICATION_PAIRS,
         ),
         (
             *SESSION_LEFTOVERS, *IDENTIFICATION_LEFTOVERS,
             Leftover("ProviderID", "correlation"), Leftover("PartnerProductID", "tariff"),
             Leftover("Duration", "text"),
         ),
         (checks.ONE_WAY, checks.CHECK_CHARACTER, checks.REMOTE_ONLY, checks.NO_HASH),
         compose_booking, spread_booking),
    # The members are those of a remote stop, so that either kind has to be named.
    Kind("reservation-stop", "eRoamingAuthorizeRemoteReservationStop", "reservation",
         "reservation-request", ("SessionID", "ProviderID", "EvseID", "!Identification"),
         fields_of("AuthorizeRemoteReservationStop", f"{IC2} {STOP}"),
         (), (*SESSION_LEFTOVERS, Leftover("ProviderID", "correlation")), (),
         refuse("ours has no message to end a booking"), spread_nothing),
)
# fmt: on
