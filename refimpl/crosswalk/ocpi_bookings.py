"""How the bookings of OCPI 2.3.0 are carried: the question for a slot, and what became of it.

The owner's text and its examples name the ends of a slot differently; the tables follow the
examples.  A booking names its EVSE by a technical id, or not yet; the EVSE ID is supplied.

Rules: XWK-2, XWK-8, XWK-11.
"""

from typing import Final

from refimpl.crosswalk import ocpi
from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.ocpi_commands import booking_of, spread_booking
from refimpl.crosswalk.ocpi_contracts import TokenNames
from refimpl.crosswalk.ocpi_contradictions import OF_BOOKINGS
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Field, Leftover, Pair, by_hand, within
from refimpl.crosswalk.words import ours_of, theirs_of

BOOKINGS: Final = "ocpi: 2.3.0 Bookings"
BOOKED: Final = TokenNames("/tokens/0")
"""Each token may use the booking; the first names the contract."""

# fmt: off
SLOT: Final = (
    Field("start_date_time",      "DateTime", "1"),
    Field("end_date_time",        "DateTime", "1"),
    Field("min_power",            "number",   "?"),
    Field("max_power",            "number",   "?"),
    Field("green_energy_support", "boolean",  "?"),
)
CANCELLATION: Final = (
    Field("cancellation_reason", "CanceledReason", "1"),
    Field("who_canceled",        "Role",           "1"),
)
REQUEST_FIELDS: Final = (
    Field("country_code",            "CiString(2)",  "1"),
    Field("party_id",                "CiString(3)",  "1"),
    Field("request_id",              "CiString(36)", "1"),
    Field("location_id",             "CiString(36)", "1"),
    Field("evse_uid",                "CiString(36)", "?"),
    Field("connector_id",            "CiString(36)", "?"),
    Field("tokens[]",                "object",       "*"),
    *within("tokens[]",              ocpi.CDR_TOKEN),
    Field("period",                  "object",       "1"),
    *within("period",                SLOT),
    Field("authorization_reference", "CiString(36)", "1"),
    Field("power_required",          "int",          "?"),
    Field("canceled",                "object",       "?"),
    *within("canceled",              CANCELLATION),
)
REQUEST_PAIRS: Final = (
    Pair("period.start_date_time", "starts_at", "utc", BOOKINGS, "implied"),
    Pair("period.end_date_time",   "until",     "utc", BOOKINGS, "implied"),
    *BOOKED.pairs(),
)
REQUEST_LEFTOVERS: Final = (
    Leftover("country_code",            "correlation"),
    Leftover("party_id",                "correlation"),
    Leftover("request_id",              "correlation"),
    Leftover("authorization_reference", "correlation"),
    Leftover("canceled",                "correlation"),
    Leftover("location_id",             "place"),
    Leftover("evse_uid",                "place"),
    Leftover("connector_id",            "place"),
    Leftover("tokens[]",                "token"),
    Leftover("period",                  "meter"),
    Leftover("power_required",          "meter"),
)
BOOKING_FIELDS: Final = (
    Field("id",                      "CiString(36)",      "1"),
    Field("country_code",            "CiString(2)",       "1"),
    Field("party_id",                "CiString(3)",       "1"),
    Field("request_id",              "CiString(36)",      "1"),
    Field("parking_id",              "CiString(36)",      "?"),
    Field("location_id",             "CiString(36)",      "1"),
    Field("evse_uid",                "CiString(36)",      "?"),
    Field("connector_id",            "CiString(36)",      "?"),
    Field("booking_tokens[]",        "object",            "*"),
    *within("booking_tokens[]",      ocpi.CDR_TOKEN),
    Field("period",                  "object",            "1"),
    *within("period",                SLOT),
    Field("reservation_status",      "ReservationStatus", "1"),
    Field("canceled",                "object",            "?"),
    *within("canceled",              CANCELLATION),
    Field("authorization_reference", "CiString(36)",      "1"),
    Field("last_updated",            "DateTime",          "1"),
)
BOOKING_PAIRS: Final = by_hand(Pair("reservation_status", "granted", "meant", BOOKINGS))
BOOKING_LEFTOVERS: Final = (
    *(Leftover(name, "correlation")
      for name in ("id", "country_code", "party_id", "request_id", "canceled",
                   "authorization_reference", "last_updated")),
    *(Leftover(name, "place")
      for name in ("parking_id", "location_id", "evse_uid", "connector_id")),
    Leftover("booking_tokens[]", "token"),
    Leftover("period",           "meter"),
)
# fmt: on


def compose_booking(taking: Taking) -> None:
    """Carry whether a slot was granted; a booking that waits or is over is no answer."""
    said = ours_of("ocpi-reservation-status", taking.value("/reservation_status"))
    if not said:
        raise Refused("XWK-8", "/reservation_status", "no counterpart in ours")
    taking.read("/reservation_status", "/granted", "meant")
    if taking.value("/reservation_status") == "FAILED":
        taking.forced["/reservation_status"] = "rounded"
    taking.ours["granted"] = said == "granted"
    taking.ours["kind"] = "reservation-answer"


def spread_answer(giving: Giving) -> None:
    """Write whether a slot was granted."""
    giving.held.add("/kind")
    said = "granted" if giving.ours.get("granted") else "refused"
    word = theirs_of("ocpi-reservation-status", said)
    giving.write("/reservation_status", word, "/granted")


KINDS: Final = (
    Kind(
        name="booking-request",
        word="BookingRequest",
        exchange="reservation",
        makes="reservation-request",
        told_by=("request_id", "tokens"),
        fields=REQUEST_FIELDS,
        pairs=REQUEST_PAIRS,
        leftovers=REQUEST_LEFTOVERS,
        checks=OF_BOOKINGS,
        compose=booking_of(BOOKED),
        spread=spread_booking(BOOKED),
    ),
    Kind(
        name="booking",
        word="Booking",
        exchange="reservation",
        makes="reservation-answer",
        told_by=("reservation_status",),
        fields=BOOKING_FIELDS,
        pairs=BOOKING_PAIRS,
        leftovers=BOOKING_LEFTOVERS,
        checks=OF_BOOKINGS,
        compose=compose_booking,
        spread=spread_answer,
    ),
)
