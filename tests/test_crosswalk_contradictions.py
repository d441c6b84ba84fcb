"""What an object says twice and not alike: told with its place, and a yes that is a no refused.

Each row changes one place of a sound object, in which nothing is told.
"""

import json
from typing import Any

import pytest

from refimpl.crosswalk import take
from refimpl.crosswalk.examples import examples as shown
from refimpl.crosswalk.reading import Json, build, leaves_of, read
from tests import crosswalk_examples as examples
from tests.test_crosswalk import SUPPLIED, members

OCPI, OLDER, NEWER, OICP = "ocpi-2.2.1", "ocpi-2.1.1", "ocpi-2.3.0", "oicp-2.3"
EARLY, LATE = "2025-07-08T11:00:00Z", "2025-07-08T16:00:00Z"
ALLOWED = examples.ANSWER_2_2_1.replace("NO_CREDIT", "ALLOWED")
SOUND: dict[tuple[str, str], str] = {
    (OCPI, "cdr"): examples.CDR_2_2_1,
    (OCPI, "session"): examples.SESSION_2_2_1,
    (OCPI, "authorization-answer"): ALLOWED,
    (OCPI, "start-session"): examples.START_2_2_1,
    (OCPI, "reserve-now"): examples.RESERVE_2_2_1,
    (OCPI, "location"): examples.LOCATION_2_2_1,
    (OCPI, "evse"): examples.EVSE_2_2_1,
    (OLDER, "cdr"): examples.CDR_2_1_1,
    (OLDER, "session"): examples.SESSION_2_1_1,
    (NEWER, "cdr"): examples.CDR_2_3_0,
    (NEWER, "booking"): examples.BOOKING,
    (NEWER, "booking-request"): examples.BOOKING_REQUEST,
    **{
        (OICP, kind): shown()[f"{OICP}/{name}"]
        for kind, name in (
            ("authorization-answer", "authorization-start"),
            ("acknowledgement", "acknowledgement"),
            ("notification-progress", "notification-progress"),
            ("notification-start", "notification-start"),
            ("evse-data", "push-evse-data"),
        )
    },
}
HOURS: Json = [{"period_begin": LATE, "period_end": EARLY}]
TARIFF: dict[str, Any] = json.loads(
    '{"country_code": "DE", "party_id": "AB7", "id": "t", "currency": "EUR",'
    ' "elements": [{"price_components": [{"type": "FLAT", "price": 1, "step_size": 1}]}],'
    ' "last_updated": "2025-07-01T08:00:00Z"}'
)
DATA = "/OperatorEvseData/EvseDataRecord/0"
# fmt: off
TOLD: list[tuple[str, str, dict[str, Json], str, str]] = [
    (OCPI, "authorization-answer", {"/allowed": "BLOCKED"}, "/token/valid", "token-valid"),
    (OCPI, "authorization-answer", {"/allowed": "EXPIRED"}, "/token/valid", "token-valid"),
    (OCPI, "authorization-answer", {"/allowed": "NOT_ALLOWED", "/location/location_id": "l"},
        "/location", "place-of-a-no"),
    (OCPI, "start-session", {"/token/valid": False}, "/token/valid", "token-valid"),
    (OCPI, "reserve-now", {"/token/valid": False}, "/token/valid", "token-valid"),
    (OCPI, "cdr", {"/end_date_time": EARLY}, "/end_date_time", "ends-first"),
    (OLDER, "cdr", {"/stop_date_time": EARLY}, "/stop_date_time", "ends-first"),
    (OCPI, "cdr", {"/tariffs": [{**TARIFF, "start_date_time": LATE, "end_date_time": EARLY}]},
        "/tariffs/0/end_date_time", "ends-first"),
    (OCPI, "cdr", {"/tariffs": [{**TARIFF, "currency": "CHF"}]},
        "/tariffs/0/currency", "tariff-currency"),
    (OCPI, "cdr", {"/total_cost/incl_vat": 8}, "/total_cost/incl_vat", "cost-tax"),
    (OCPI, "cdr", {"/total_energy_cost/excl_vat": read("8.50"), "/total_energy_cost/incl_vat": 8,
                   "/total_cost/incl_vat": 8},
        "/total_energy_cost/incl_vat", "cost-tax"),
    (OCPI, "cdr", {"/total_energy_cost/excl_vat": 8}, "/total_cost/excl_vat", "costs"),
    (OCPI, "cdr", {"/total_fixed_cost/excl_vat": read("8.50"), "/total_fixed_cost/incl_vat": 9}, "/total_cost/incl_vat", "costs"),
    (OCPI, "cdr", {"/total_parking_time": read("0.4")}, "/total_parking_time", "parking-sum"),
    (OLDER, "cdr", {"/charging_periods/0/dimensions/1/type": "PARKING_TIME",
                    "/charging_periods/0/dimensions/1/volume": 1, "/total_parking_time": 2},
        "/total_parking_time", "parking-sum"),
    (NEWER, "cdr", {"/end_date_time": EARLY}, "/end_date_time", "ends-first"),
    (OCPI, "session", {"/status": "COMPLETED"}, "/end_date_time", "status-end"),
    (OCPI, "session", {"/end_date_time": "2025-07-08T12:30:00Z"}, "/end_date_time", "status-end"),
    (OCPI, "session", {"/status": "INVALID", "/end_date_time": EARLY}, "/end_date_time", "ends-first"),
    (OCPI, "session", {"/last_updated": EARLY}, "/last_updated", "last-updated"),
    (OLDER, "session", {"/status": "ACTIVE"}, "/end_datetime", "status-end"),
    (OLDER, "session", {"/end_datetime": EARLY}, "/end_datetime", "ends-first"),
    (OLDER, "session", {"/last_updated": EARLY}, "/last_updated", "last-updated"),
    (OCPI, "location", {"/opening_times/twentyfourseven": True,
                        "/opening_times/regular_hours": [
                            {"weekday": 1, "period_begin": "08:00", "period_end": "20:00"}]},
        "/opening_times/regular_hours", "hours"),
    (OCPI, "location", {"/opening_times/twentyfourseven": False,
                        "/opening_times/exceptional_closings": HOURS},
        "/opening_times/exceptional_closings/0/period_end", "ends-first"),
    (OCPI, "evse", {"/status_schedule/0/period_begin": LATE, "/status_schedule/0/period_end": EARLY,
                    "/status_schedule/0/status": "BLOCKED"},
        "/status_schedule/0/period_end", "ends-first"),
    (NEWER, "booking", {"/period/end_date_time": EARLY}, "/period/end_date_time", "ends-first"),
    (NEWER, "booking-request", {"/period/end_date_time": EARLY},
        "/period/end_date_time", "ends-first"),
    (OICP, "authorization-answer", {"/AuthorizationStatus": "NotAuthorized"},
        "/StatusCode/Code", "relation"),
    (OICP, "acknowledgement", {"/Result": False}, "/StatusCode/Code", "relation"),
    (OICP, "notification-progress", {"/EventOccurred": "2020-01-01T00:00:00Z"},
        "/EventOccurred", "relation"),
    (OICP, "notification-progress", {"/SessionStart": "2040-01-01T00:00:00Z"},
        "/ChargingStart", "relation"),
    (OICP, "notification-start", {"/SessionStart": "2040-01-01T00:00:00Z"},
        "/ChargingStart", "relation"),
    (OICP, "evse-data", {f"{DATA}/IsOpen24Hours": True,
                         f"{DATA}/OpeningTimes/0/Period/0/begin": "08:00",
                         f"{DATA}/OpeningTimes/0/Period/0/end": "20:00",
                         f"{DATA}/OpeningTimes/0/on": "Everyday"},
        f"{DATA}/OpeningTimes", "relation"),
]
CODES = ("102", "106", "001", "700")
REFUSED: list[tuple[str, str, str, Json]] = [
    (OCPI, "authorization-answer", "/token/valid", False),
    *((OICP, "authorization-answer", "/StatusCode/Code", code) for code in CODES),
    *((OICP, "acknowledgement", "/StatusCode/Code", code) for code in CODES),
]
# fmt: on


def with_other(text: str, leaves: dict[str, Json]) -> dict[str, Json]:
    """The same object with other values at some leaves."""
    known = dict(leaves_of(read(text)))
    for at in leaves:
        below = [one for one in known if one.startswith(f"{at}/")]
        for one in below:
            del known[one]
    return members(build({**known, **leaves}))


def supplied(protocol: str) -> tuple[str, ...]:
    return SUPPLIED if protocol.startswith("ocpi") else ("ground=answer",)


@pytest.mark.parametrize(("protocol", "kind"), SOUND)
def test_sound(protocol: str, kind: str) -> None:
    report = take(protocol, SOUND[protocol, kind], kind, supplied(protocol))
    assert (report.findings, report.rule) == ((), "")


@pytest.mark.parametrize(("protocol", "kind", "leaves", "at", "rule"), TOLD)
def test_told(protocol: str, kind: str, leaves: dict[str, Json], at: str, rule: str) -> None:
    """What contradicts another place is told of, there, by that name, and nothing else is."""
    value = with_other(SOUND[protocol, kind], leaves)
    report = take(protocol, value, kind, supplied(protocol))
    told = {(found.at, found.rule) for found in report.findings}
    assert (at, rule) in told
    follows = {"total-time", "last-updated", "parking-time", "period-time", "coordinates"}
    assert {name for _, name in told} <= {rule, *follows}


@pytest.mark.parametrize(("protocol", "kind", "at", "leaf"), REFUSED)
def test_a_yes_that_is_a_no(protocol: str, kind: str, at: str, leaf: Json) -> None:
    """It is no yes: nobody knows which is meant, and it would be paid."""
    report = take(protocol, with_other(SOUND[protocol, kind], {at: leaf}), kind)
    assert report.refusal is not None
    assert (report.rule, report.refusal.at, report.ours) == ("XWK-12", at, None)


@pytest.mark.parametrize("word", ["NO_CREDIT", "NOT_ALLOWED"])
def test_a_no_with_a_valid_token(word: str) -> None:
    """A token may be valid, and not here or not for this money."""
    report = take(OCPI, with_other(ALLOWED, {"/allowed": word}))
    assert (report.findings, report.rule) == ((), "")
    assert (report.ours or {})["granted"] is False
