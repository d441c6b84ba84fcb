"""Journeys of a user: who does what, in which order, as tables.

A journey is a tuple of acts, and an act is something one of the two ends does of its own
accord: it says a message, or loses its memory.  An act happens only in the phase it needs, so a
journey that is refused or goes wrong ends where it ends.  `player.play` lets the acts happen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal

from refimpl.credential import Medium
from refimpl.edition import Edition
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    FetchRequest,
    ReconciliationRequest,
    RecordMark,
    RecordWithdrawalNotice,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.network import Setting
from refimpl.play.example import HOUR, START
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.session import Session
from refimpl.vocabulary import Ground, Phase, RecordKind, Role, Service, Strategy

HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO
DAY: Final = 86_400
CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E680")
"""The card of the journeys in which a user shows one."""

Say = Callable[[Setting, Session | None, datetime], Said]
"""What is said in a setting, by one end of a service as it stands there, at a moment."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something one end does of its own accord: in which phase of its own, if it minds, what it
    says, and how many seconds pass after it.

    `through` names the exchange of an act that may address the clearing house itself.  `away`
    is the end that cannot be reached meanwhile, `loses` what the speaker forgets first, `of`
    the service it is about where a journey has two.  One that is `skipped` where its phase does
    not fit does not end the journey.
    """

    by: Role
    needs: Phase | None
    after: int
    message: Say
    through: str = ""
    away: Role | None = None
    loses: Literal["", "everything", "records", "what waits"] = ""
    of: int = 1
    skipped: bool = False

    @property
    def falls_back(self) -> bool:
        """Whether it goes by the list and so to the home-CSP, whoever was asked."""
        return self.needs is Phase.ASKED


def _subject(setting: Setting) -> dict[str, Any]:
    """The members that name a service, a contract and an EVSE."""
    return {
        "emaid": setting.emaid or None,
        "evse_id": setting.evse_id,
        "medium": setting.medium,
        "service": setting.service,
    }


def _says_nothing(setting: Setting, session: Session | None, now: datetime) -> Said:
    raise LookupError("a restart says nothing")


def _ask(setting: Setting, session: Session | None, now: datetime) -> Said:
    return AuthorizationRequest(**_subject(setting), visited_cso=setting.visited_cso)


def _hand_out_list(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Say the list; of a card only the hash is on it."""
    emaids = (setting.emaid,) if setting.emaid else ()
    media = (setting.medium.hashed(),) if setting.medium else None
    return AuthorizationListNotice(emaids=emaids, home_csp=setting.home_csp, media=media)


def _order(command: Literal["cancel", "start", "stop"]) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return RemoteControlRequest(**_subject(setting), command=command)

    return message


def _tell_result(
    command: Literal["start", "stop"],
    result: Literal["done", "unknown"] = "done",
    energy_wh: int | None = None,
) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        at = now if result == "done" else None
        return RemoteControlNotice(at=at, command=command, energy_wh=energy_wh, result=result)

    return message


def _reserve(setting: Setting, session: Session | None, now: datetime) -> Said:
    return ReservationRequest(**_subject(setting), starts_at=now, until=now + 2 * HOUR)


def _progress(
    event: Literal["started", "updated", "ended"],
    energy_wh: int = 0,
    ground: Ground = Ground.LIST,
) -> Say:
    """Tell progress on the ground of the service, or on this one where it has none yet."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        known = session.ground if session else None
        return SessionProgressNotice(
            **_subject(setting),
            at=now,
            authorization=known or ground,
            energy_wh=_energy(setting, energy_wh),
            event=event,
        )

    return message


def _energy(setting: Setting, energy_wh: int) -> int:
    """Tell the energy of a service in watt-hours: none, unless it transfers energy."""
    return energy_wh if setting.service == Service.ENERGY_TRANSFER else 0


def _record(record_id: str, energy_wh: int, parked: timedelta = timedelta()) -> Say:
    """Hand over the record of a service that was charging, and parked for a while after it."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        kind = setting.edition.services[setting.service].record
        if kind == RecordKind.CDR:
            record = _charging_record(setting, session, now, parked)(record_id, energy_wh)
            return DetailRecordNotice(record=record)
        return DetailRecordNotice(
            record=_service_record(setting, session, now, record_id, energy_wh)
        )

    return message


def _course(session: Session | None, now: datetime) -> tuple[datetime, datetime]:
    """When a service started and ended, as its own side remembers."""
    if session is None or session.started_at is None:
        return START, now
    if session.record is not None:
        return session.record.started_at, session.record.ended_at
    ended_at = session.last_at if session.phase is Phase.ENDED else now
    return session.started_at, ended_at or now


def _replaced(session: Session | None) -> str | None:
    return session.record.record_id if session and session.record else None


def _charging_record(
    setting: Setting, session: Session | None, now: datetime, parked: timedelta
) -> Callable[[str, int], ChargingDetailRecord]:
    started_at, ended_at = _course(session, now)
    charged_until = ended_at - parked

    def record(record_id: str, energy_wh: int) -> ChargingDetailRecord:
        periods = [
            ChargingPeriod(ended_at=charged_until, energy_wh=energy_wh, started_at=started_at)
        ]
        if parked:
            half = charged_until + parked / 2
            periods += [
                ChargingPeriod(
                    activity="idle", ended_at=half, energy_wh=0, started_at=charged_until
                ),
                ChargingPeriod(
                    activity="parking", ended_at=ended_at, energy_wh=0, started_at=half
                ),
            ]
        return ChargingDetailRecord(
            **_subject(setting),
            ended_at=ended_at,
            energy_wh=energy_wh,
            periods=tuple(periods),
            record_id=record_id,
            replaces=_replaced(session),
            started_at=started_at,
        )

    return record


def _service_record(
    setting: Setting, session: Session | None, now: datetime, record_id: str, energy_wh: int
) -> ServiceDetailRecord:
    charged = setting.service == Service.ENERGY_TRANSFER
    started_at, ended_at = _course(session, now)
    seconds = int((ended_at - started_at).total_seconds())
    return ServiceDetailRecord(
        **_subject(setting),
        ended_at=ended_at,
        quantity=energy_wh if charged else seconds,
        record_id=record_id,
        replaces=_replaced(session),
        started_at=started_at,
        unit="Wh" if charged else "s",
    )


def _dispute(setting: Setting, session: Session | None, now: datetime) -> Said:
    return CorrectionRequest(reason="The energy does not fit the meter.", record_id="record-1")


def _withdraw(setting: Setting, session: Session | None, now: datetime) -> Said:
    return RecordWithdrawalNotice(reason="The station was on test.", record_id="record-1")


def _fetch_records(setting: Setting, session: Session | None, now: datetime) -> Said:
    return FetchRequest(day=f"{START:%Y-%m-%d}", what="records")


def _fetch(what: Literal["lists", "sessions", "stations"]) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return FetchRequest(what=what)

    return message


def _reconcile(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Tell the record of the one service there is, if there is one."""
    have = []
    if session and session.record:
        record_id = session.record.record_id
        have.append(RecordMark(correlation_id=session.correlation_id, record_id=record_id))
    return ReconciliationRequest(day=f"{START:%Y-%m-%d}", have=tuple(have), more=False)


def _publish_stations(setting: Setting, session: Session | None, now: datetime) -> Said:
    station = Station(
        evse_id=setting.evse_id,
        name="Market Square 1",
        power_w=22_000,
        services=(setting.service,),
    )
    return StationInformationNotice(stations=(station,))


def _publish_statuses(setting: Setting, session: Session | None, now: datetime) -> Said:
    status = StationStatus(evse_id=setting.evse_id, status="available")
    return StationStatusNotice(statuses=(status,))


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey by name: what it shows, which service it is about, and its acts.

    The user shows an EMAID, or a `card`; a `second` service is one of the same two under
    another id, or one of another visited-CSO under the same.
    """

    id: str
    title: str
    service: str
    acts: tuple[Act, ...]
    card: bool = False
    second: Literal["", "another id", "another visited-CSO"] = ""


# fmt: off
#              by       needs             after message
ASK      = Act(VISITED, Phase.NEW,        60,   _ask, "authorization")
LIST     = Act(HOME,    Phase.NEW,        60,   _hand_out_list, "authorization-list")
STARTED  = Act(VISITED, Phase.GRANTED,    60,   _progress("started"))
UPDATED  = Act(VISITED, Phase.ACTIVE,     1800, _progress("updated", 5_000))
ENDED    = Act(VISITED, Phase.ACTIVE,     1800, _progress("ended", 11_000))
RECORD   = Act(VISITED, Phase.ENDED,      60,   _record("record-1", 11_000))
DISPUTE  = Act(HOME,    Phase.RECORDED,   3600, _dispute)
CORRECT  = Act(VISITED, Phase.CORRECTING, 60,   _record("record-2", 10_500))
WITHDRAW = Act(VISITED, Phase.RECORDED,   60,   _withdraw)
ON_LIST  = Act(VISITED, Phase.NEW,        60,   _progress("started"))
BOOK     = Act(HOME,    Phase.NEW,        60,   _reserve)
ORDER    = Act(HOME,    Phase.NEW,        60,   _order("start"))
BEGUN    = Act(VISITED, Phase.AWAITED,    60,   _tell_result("start"))
UNKNOWN  = Act(VISITED, Phase.AWAITED,    600,  _tell_result("start", "unknown"))
CANCEL   = Act(HOME,    Phase.AWAITED,    60,   _order("cancel"))
UNBOOK   = Act(HOME,    Phase.GRANTED,    60,   _order("cancel"))
STOP     = Act(HOME,    Phase.ACTIVE,     1800, _order("stop"))
STOPPED  = Act(VISITED, Phase.STOPPING,   60,   _tell_result("stop", "done", 11_000))
STATIONS = Act(VISITED, Phase.NEW,        60,   _publish_stations, "station-information")
STATUSES = Act(VISITED, Phase.NEW,        60,   _publish_statuses, "station-status")
PARKED   = Act(VISITED, Phase.ENDED,      60,   _record("record-1", 11_000, HOUR / 3))
EARLY    = Act(VISITED, Phase.ACTIVE,     60,   _record("record-1", 5_000))
RECONCILE = Act(HOME,   None,             60,   _reconcile)
FETCH    = Act(HOME,    None,             60,   _fetch_records)
# The home-CSP cannot be reached.
ASK_IN_VAIN = replace(ASK, after=20, away=HOME)
FALL_BACK = Act(VISITED, Phase.ASKED,     1800, _progress("started", 0, Ground.FALLBACK),
                away=HOME, skipped=True)
STARTED_ALONE = replace(STARTED, after=1800, away=HOME, skipped=True)
END_ALONE   = replace(ENDED, away=HOME)
RECORD_ALONE = replace(RECORD, after=DAY, away=HOME)
# What a restart takes with it.
RESTART  = Act(VISITED, Phase.RECORDED,   60,   _says_nothing, loses="what waits")
FORGETS  = Act(VISITED, Phase.RECORDED,   60,   _says_nothing, loses="records")
RESTORED = Act(HOME,    Phase.RECORDED,   DAY,  _says_nothing, loses="everything")
# A second service beside the first.
def _second(*acts: Act) -> tuple[Act, ...]:
    return tuple(replace(act, of=2) for act in acts)

CHARGE   = (ASK, STARTED, UPDATED, ENDED, RECORD)
ENERGY   = Service.ENERGY_TRANSFER

_EVERY: Final = (
    Journey("charge", "Charge at a station of another operator",
            ENERGY, CHARGE),
    Journey("charge-by-card", "Charge with a card that is no EMAID",
            ENERGY, (LIST, *CHARGE), card=True),
    Journey("charge-from-list", "Charge without asking, from a list",
            ENERGY, (LIST, ON_LIST, UPDATED, ENDED, RECORD)),
    Journey("offline", "Ask in vain, go by the list, and have the record fetched the next day",
            ENERGY, (LIST, ASK_IN_VAIN, FALL_BACK, STARTED_ALONE, END_ALONE, RECORD_ALONE,
                     RESTART, RECONCILE, FETCH), card=True),
    Journey("remote-control", "Start and stop from afar",
            ENERGY, (ORDER, BEGUN, UPDATED, STOP, STOPPED, RECORD)),
    Journey("order-cancelled", "Order a start and cancel it before it begins",
            ENERGY, (ORDER, CANCEL)),
    Journey("late-start", "Order a start whose result is unknown at first",
            ENERGY, (ORDER, UNKNOWN, BEGUN, UPDATED, ENDED, RECORD)),
    Journey("parking-after-charging", "Charge, stay plugged in, and park",
            ENERGY, (ASK, STARTED, UPDATED, ENDED, PARKED)),
    Journey("record-early", "Have a record before the end was told",
            ENERGY, (ASK, STARTED, UPDATED, EARLY)),
    Journey("record-doubled", "Tell one record under two services",
            ENERGY, (*CHARGE, FORGETS, *_second(ASK, STARTED, ENDED, RECORD)),
            second="another id"),
    Journey("correction", "Dispute a record and have it replaced",
            ENERGY, (ASK, STARTED, ENDED, RECORD, DISPUTE, CORRECT)),
    Journey("record-withdrawn", "Take a record back",
            ENERGY, (ASK, STARTED, ENDED, RECORD, WITHDRAW)),
    Journey("restored", "Lose everything, reconcile and fetch it again",
            ENERGY, (*CHARGE, RESTORED, RECONCILE, FETCH)),
    Journey("one-id-twice", "Serve at two operators that use one id",
            ENERGY, (*CHARGE, *_second(*CHARGE)), second="another visited-CSO"),
    Journey("reservation", "Book an EVSE ahead",
            Service.RESERVATION, (BOOK, STARTED, ENDED, RECORD)),
    Journey("booking-cancelled", "Book an EVSE and cancel it",
            Service.RESERVATION, (BOOK, UNBOOK)),
    Journey("parking", "Park at an operator's site",
            Service.PARKING, (ASK, STARTED, ENDED, RECORD)),
    Journey("stations", "Publish stations and their status",
            ENERGY, (STATIONS, STATUSES)),
)
# fmt: on
JOURNEYS: Final[Mapping[str, Journey]] = MappingProxyType(
    {journey.id: journey for journey in _EVERY}
)


def journeys_of(edition: Edition) -> tuple[Journey, ...]:
    """List the journeys whose service an edition knows.

    >>> from refimpl.edition import load
    >>> len(journeys_of(load("2019"))), len(journeys_of(load("2025")))
    (14, 17)
    """
    services = edition.services
    return tuple(journey for journey in JOURNEYS.values() if journey.service in services)


def acts_of(journey: Journey, setting: Setting) -> tuple[Act, ...]:
    """List the acts of a journey in a setting; a clearing house that answers from its store is
    given the list before it is asked.
    """
    asks_house = ASK in journey.acts and setting.through_house(ASK.through)
    if asks_house and setting.strategy == Strategy.STORE:
        return (replace(LIST, through=ASK.through), *journey.acts)
    return journey.acts


def addressee_of(act: Act, setting: Setting) -> str:
    """Name whom an act addresses: the other side, or the speaker's clearing house where the act
    goes through it and the mode has one.
    """
    speaker, other = setting.sides(act.by)
    if act.through and setting.through_house(act.through):
        return setting.network.houses(speaker)[0]
    return other
