"""What cannot be true: checks of what is told about a service against what is known of it.

Each row of `CHECKS` is one check, and says nothing where what it needs is not known: the
moment, the power of the EVSE, the course of the service so far.  How far each may be off before
it is refused stands in the edition, in a row of the same name; an amendment that removes the
row, or switches the rule off, makes no such check.

Rules: PLA-*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import (
    DetailRecordNotice,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord
from refimpl.session.service import Session
from refimpl.vocabulary import Phase

SECOND: Final = timedelta(seconds=1)
HOUR: Final = 3600  # seconds
MOST_POWER: Final = 4_000_000
"""The power in watts of an EVSE of which none is known: more than the strongest there are."""


class Course(NamedTuple):
    """What a message tells of the course of a service: from when to when, and the energy taken
    in watt-hours; None where it does not say.
    """

    started_at: datetime | None
    last_at: datetime | None
    energy_wh: int | None


NOTHING: Final = Course(None, None, None)


@dataclass(frozen=True)
class Told:
    """A message about a service as it stands, the moment it is heard or said, and the power of
    the EVSE in watts; None where not known.
    """

    session: Session
    message: Said
    now: datetime | None = None
    power_w: int | None = None
    course: Course = field(init=False)
    """What it tells of the course of its service."""

    def __post_init__(self) -> None:
        """Read off once what all checks look at."""
        course_of = COURSES.get(type(self.message))
        course = course_of(self.session, self.message) if course_of else NOTHING
        object.__setattr__(self, "course", course)

    @property
    def replacing(self) -> bool:
        """Whether it puts right what was told before."""
        return isinstance(self.message, DetailRecordNotice) and self.message.replacing


def _course_of_progress(session: Session, told: SessionProgressNotice) -> Course:
    if told.event == "abandoned":
        return Course(None, told.at, None)
    return Course(session.started_at or told.at, told.at, told.energy_wh)


def _course_of_result(session: Session, told: RemoteControlNotice) -> Course:
    started_at = session.started_at
    if told.result == "done":
        started_at = started_at or told.at
    return Course(started_at, told.at, told.energy_wh)


def _course_of_record(session: Session, told: DetailRecordNotice) -> Course:
    record = told.record
    return Course(record.started_at, record.ended_at, _energy(record))


# The message is of the type that its key names, which no type of a mapping can say.
COURSES: Final[Mapping[type[Said], Callable[[Session, Any], Course]]] = MappingProxyType(
    {
        DetailRecordNotice: _course_of_record,
        RemoteControlNotice: _course_of_result,
        SessionProgressNotice: _course_of_progress,
    }
)
"""What each message tells of the course of its service; others tell nothing."""


def _energy(record: ServiceDetailRecord | ChargingDetailRecord) -> int | None:
    if isinstance(record, ChargingDetailRecord):
        return record.energy_wh
    return record.quantity if record.unit == "Wh" else None


@lru_cache(maxsize=256)
def _seconds(number: int) -> timedelta:
    return number * SECOND


# --- Whether what is told is off by more than a tolerance -------------------------------------
#
# Two moments are compared by what lies between them: a moment and a tolerance together may lie
# beyond the calendar, which begins with year 1 and ends with 9999.


def _in_the_future(told: Told, tolerance: int) -> bool:
    last_at = told.course.last_at
    if told.now is None or last_at is None:
        return False
    return last_at - told.now > _seconds(tolerance)


def _long_before(told: Told, tolerance: int) -> bool:
    started_at, opened_at = told.course.started_at, told.session.opened_at
    if started_at is None or opened_at is None:
        return False
    return opened_at - started_at > _seconds(tolerance)


def _going_back(told: Told, tolerance: int) -> bool:
    last_at, before = told.course.last_at, told.session.last_at
    if last_at is None or before is None or told.replacing:
        return False
    return before - last_at > _seconds(tolerance)


def _energy_falling(told: Told, tolerance: int) -> bool:
    energy_wh = told.course.energy_wh
    if energy_wh is None or told.replacing:
        return False
    return energy_wh < told.session.energy_wh - tolerance


def _outside_its_service(told: Told, tolerance: int) -> bool:
    session, course = told.session, told.course
    if not isinstance(told.message, DetailRecordNotice) or session.started_at is None:
        return False
    if course.started_at is not None and (
        session.started_at - course.started_at > _seconds(tolerance)
    ):
        return True
    over = session.phase is not Phase.ACTIVE and session.phase is not Phase.STOPPING
    if not over or session.last_at is None or course.last_at is None:
        return False
    return course.last_at - session.last_at > _seconds(tolerance)


def _beyond_power(told: Told, tolerance: int) -> bool:
    course = told.course
    if course.energy_wh is None or course.started_at is None or course.last_at is None:
        return False
    power_w = MOST_POWER if told.power_w is None else told.power_w
    lasted = course.last_at - course.started_at + _seconds(tolerance)
    return course.energy_wh * HOUR > power_w * (lasted // SECOND)


def _over_before(told: Told, tolerance: int) -> bool:
    until, starts_at = _until(told.message), getattr(told.message, "starts_at", None)
    if until is None:
        return False
    if starts_at is not None and until <= starts_at:
        return True
    return told.now is not None and told.now - until >= _seconds(tolerance)


def _until(message: Said) -> datetime | None:
    """When what is booked or ordered is over."""
    if isinstance(message, ReservationRequest):
        return message.until
    return message.expires_at if isinstance(message, RemoteControlRequest) else None


def _expired(told: Told, tolerance: int) -> bool:
    session, expires_at = told.session, told.session.expires_at
    begins = told.course.started_at
    if begins is None or expires_at is None or session.started_at is not None:
        return False
    return begins - expires_at > _seconds(tolerance)


def _beyond_energy(told: Told, tolerance: int) -> bool:
    limits, energy_wh = told.session.limits, told.course.energy_wh
    if limits is None or limits.energy_wh is None or energy_wh is None:
        return False
    return energy_wh > limits.energy_wh + tolerance


def _beyond_time(told: Told, tolerance: int) -> bool:
    limits, course = told.session.limits, told.course
    if limits is None or limits.seconds is None:
        return False
    if course.started_at is None or course.last_at is None:
        return False
    return course.last_at - course.started_at > _seconds(limits.seconds + tolerance)


def _more_seconds(told: Told, tolerance: int) -> bool:
    match told.message:
        case DetailRecordNotice(record=ServiceDetailRecord(unit="s") as record):
            lasted = record.ended_at - record.started_at
            return _seconds(record.quantity) > lasted + _seconds(tolerance)
    return False


Check = Callable[[Told, int], bool]
CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "PLA-1": _in_the_future,
        "PLA-2": _long_before,
        "PLA-3": _going_back,
        "PLA-4": _energy_falling,
        "PLA-5": _outside_its_service,
        "PLA-6": _beyond_power,
        "PLA-7": _over_before,
        "PLA-8": _expired,
        "PLA-9": _beyond_energy,
        "PLA-10": _beyond_time,
        "PLA-11": _more_seconds,
    }
)
"""Each check by the id of its rule."""


OF_COURSE: Final = ("PLA-1", "PLA-2", "PLA-3", "PLA-4", "PLA-6", "PLA-8", "PLA-9", "PLA-10")
LOOKED_AT: Final[Mapping[type[Said], tuple[str, ...]]] = MappingProxyType(
    {
        DetailRecordNotice: tuple(rule for rule in CHECKS if rule != "PLA-7"),
        RemoteControlNotice: OF_COURSE,
        RemoteControlRequest: ("PLA-7",),
        ReservationRequest: ("PLA-7",),
        SessionProgressNotice: OF_COURSE,
    }
)
"""Which checks look at a message, in their order; of any other they say nothing."""


def check_plausible(told: Told, edition: Edition, where: str) -> None:
    """That what is told can be true; raises `Violation` with the first rule whose check finds
    it off by more than the tolerance of the edition.
    """
    for rule in LOOKED_AT.get(type(told.message), ()):
        row = edition.asked_checks.get(rule)
        if row is not None and CHECKS[rule](told, row.tolerance):
            raise Violation(rule, where)
