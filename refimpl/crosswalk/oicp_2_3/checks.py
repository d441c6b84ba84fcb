"""What OICP 2.3 asks of members together: relations that no table of types can say.

Each finds the places where an object breaks one; none raises for an object of another form.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from refimpl.crosswalk.kinds import Check
from refimpl.crosswalk.reading import Json
from refimpl.errors import Malformed
from refimpl.identifiers import parse_emaid
from refimpl.identifiers.wire import closing_character

Object = dict[str, Json]
WAYS: Final = (
    "RFIDMifareFamilyIdentification",
    "RFIDIdentification",
    "QRCodeIdentification",
    "PlugAndChargeIdentification",
    "RemoteIdentification",
)
"""The five ways to identify, of which one is used."""
LONG: Final = 15
"""How many characters an EMAID with its check character has."""
TYPES: Final = "oicp: 2.3 data types"
SERVICES: Final = "oicp: 2.3 services and operations"


def moment(value: Json) -> datetime | None:
    """A time with its offset, or None for what is none."""
    with suppress(ValueError):
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else None
    return None


def number(value: Json) -> Decimal | None:
    """A number, or None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return Decimal(value)


def _identifications(value: Object) -> Iterator[tuple[str, Mapping[str, Json]]]:
    one = value.get("Identification")
    if isinstance(one, dict):
        yield "/Identification", one
    several = value.get("AuthorizationStopIdentifications")
    if isinstance(several, list):
        for index, inner in enumerate(several):
            if isinstance(inner, dict):
                yield f"/AuthorizationStopIdentifications/{index}", inner
    for at, record in listed(value):
        inner = record.get("Identification")
        if isinstance(inner, dict):
            yield f"{at}/Identification", inner


def listed(value: Object) -> Iterator[tuple[str, Object]]:
    """Find the records of authentication data, each with its place."""
    holder = value.get("ProviderAuthenticationData")
    records = holder.get("AuthenticationDataRecord") if isinstance(holder, dict) else None
    if isinstance(records, list):
        for index, record in enumerate(records):
            if isinstance(record, dict):
                place = f"/ProviderAuthenticationData/AuthenticationDataRecord/{index}"
                yield place, record


def _ways(value: Object) -> Iterator[tuple[str, str, Mapping[str, Json]]]:
    for at, identification in _identifications(value):
        for way in WAYS:
            inner = identification.get(way)
            if isinstance(inner, dict):
                yield f"{at}/{way}", way, inner


def _none_or_many(value: Object) -> list[str]:
    return [at for at, found in _identifications(value) if sum(w in found for w in WAYS) != 1]


def _wrong_check(value: Object) -> list[str]:
    return [f"{at}/EvcoID" for at, _, inner in _ways(value) if _ends_wrong(inner.get("EvcoID"))]


def _ends_wrong(evco_id: Json) -> bool:
    """Whether a contract id has the form of either text and another's check character."""
    if not isinstance(evco_id, str) or _ends_right(evco_id):
        return False
    rules = {fault_of(evco_id, profile) for profile in ("oicp", "din91286")}
    return "EMA-9" in rules and "" not in rules


def _ends_right(evco_id: str) -> bool:
    """Whether the last character of a long contract id is its check character: what most have,
    told without reading it.
    """
    text = evco_id.replace("-", "").upper()
    if len(text) != LONG or not text.isascii() or not text.isalnum():
        return False
    return closing_character(text[:-1]) == text[-1]


def fault_of(text: Json, profile: str) -> str:
    """The rule that a text breaks as a contract id of a profile; empty where it breaks none."""
    if not isinstance(text, str):
        return "XWK-11"
    try:
        parse_emaid(text, profile)
    except Malformed as error:
        return error.rule_id
    return ""


def _other_than_remote(value: Object) -> list[str]:
    return [at for at, way, _ in _ways(value) if way != "RemoteIdentification"]


def _rfid_in_question(value: Object) -> list[str]:
    return [at for at, way, _ in _ways(value) if way == "RFIDIdentification"]


def _hashed_in_question(value: Object) -> list[str]:
    return [f"{at}/HashedPIN" for at, _, inner in _ways(value) if "HashedPIN" in inner]


def _ordered(*names: str) -> Callable[[Object], list[str]]:
    """Find the members whose time is before that of the one named before them."""

    def find(value: Object) -> list[str]:
        found = []
        before: datetime | None = None
        for name in names:
            now = moment(value.get(name))
            if now and before and now < before:
                found.append(f"/{name}")
            before = now or before
        return found

    return find


def _outside_session(value: Object) -> list[str]:
    session, charging = moment(value.get("SessionStart")), moment(value.get("ChargingStart"))
    found = []
    if session and charging and charging < session:
        found.append("/ChargingStart")
    session, charging = moment(value.get("SessionEnd")), moment(value.get("ChargingEnd"))
    if session and charging and charging > session:
        found.append("/ChargingEnd")
    return found


def _in_no_time(value: Object) -> list[str]:
    start, end = moment(value.get("ChargingStart")), moment(value.get("ChargingEnd"))
    energy = number(value.get("ConsumedEnergy"))
    return ["/ConsumedEnergy"] if energy and start and start == end else []


def _not_the_difference(value: Object) -> list[str]:
    start, end = number(value.get("MeterValueStart")), number(value.get("MeterValueEnd"))
    energy = number(value.get("ConsumedEnergy"))
    if start is None or end is None or energy is None or end - start == energy:
        return []
    return ["/ConsumedEnergy"]


def _not_the_duration(value: Object) -> list[str]:
    start, now = moment(value.get("ChargingStart")), moment(value.get("EventOccurred"))
    duration = number(value.get("ChargingDuration"))
    if duration is None or not start or not now:
        return []
    return (
        [] if (now - start) / timedelta(milliseconds=1) == duration else ["/ChargingDuration"]
    )


def _nothing_told(value: Object) -> list[str]:
    told = value.keys() & {"ChargingDuration", "ConsumedEnergyProgress"}
    return [] if told else ["/ConsumedEnergyProgress"]


def _no_by_success(value: Object) -> list[str]:
    status, result = value.get("AuthorizationStatus"), value.get("Result")
    code = value.get("StatusCode")
    told = code.get("Code") if isinstance(code, dict) else None
    says_no = status == "NotAuthorized" or result is False
    return ["/StatusCode/Code"] if says_no and told == "000" else []


def _never_closed(*steps: str) -> Callable[[Object], list[str]]:
    """Find stations that are open all day and night, and have hours besides."""

    def find(value: Object) -> list[str]:
        found: Json = value
        for name in steps:
            found = found.get(name) if isinstance(found, dict) else None
        return [
            f"/{'/'.join(steps)}/{index}/OpeningTimes"
            for index, one in enumerate(found if isinstance(found, list) else [])
            if isinstance(one, dict)
            and one.get("IsOpen24Hours") is True
            and one.get("OpeningTimes")
        ]

    return find


def _another_number(value: Object) -> list[str]:
    content, told = value.get("content"), value.get("numberOfElements")
    if not isinstance(content, list) or told == len(content):
        return []
    return ["/numberOfElements"]


# fmt: off
ONE_WAY: Final = Check("XWK-6", "exactly one of five ways to identify", TYPES, _none_or_many)
CHECK_CHARACTER: Final = Check(
    "EMA-9", "another check character belongs to it", TYPES, _wrong_check)
REMOTE_ONLY: Final = Check(
    "relation", "an order identifies by RemoteIdentification only", TYPES, _other_than_remote)
NO_RFID: Final = Check(
    "relation", "RFIDIdentification is not for questions", TYPES, _rfid_in_question)
NO_HASH: Final = Check(
    "relation", "a hashed PIN is not for questions", TYPES, _hashed_in_question)
IN_ORDER: Final = Check(
    "relation", "it ends before it begins", SERVICES, _ordered("ChargingStart", "ChargingEnd"))
SESSION_IN_ORDER: Final = Check(
    "relation", "it ends before it begins", SERVICES, _ordered("SessionStart", "SessionEnd"))
WITHIN: Final = Check(
    "relation", "charging lies outside the session", SERVICES, _outside_session)
TAKES_TIME: Final = Check("relation", "energy in no time", SERVICES, _in_no_time)
DIFFERENCE: Final = Check(
    "relation", "not the difference of the meter values", SERVICES, _not_the_difference)
DURATION: Final = Check(
    "relation", "not the milliseconds between the times beside it", SERVICES, _not_the_duration)
NO_SUCCESS: Final = Check(
    "relation", "a no with the code of success", SERVICES, _no_by_success)
EVENT_IN_ORDER: Final = Check(
    "relation", "told before it begins", SERVICES, _ordered("ChargingStart", "EventOccurred"))
PUSHED_HOURS: Final = Check(
    "relation", "open all day and night, and hours besides", TYPES,
    _never_closed("OperatorEvseData", "EvseDataRecord"))
PULLED_HOURS: Final = Check(
    "relation", "open all day and night, and hours besides", TYPES, _never_closed("content"))
TELLS: Final = Check("relation", "neither a duration nor an energy", SERVICES, _nothing_told)
COUNTED: Final = Check("relation", "not as many as the page has", SERVICES, _another_number)
# fmt: on
