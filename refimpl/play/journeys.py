"""Journeys of a user: who does what, in which order, as tables.

A journey is a tuple of acts, and an act is something one of the two ends does of its own
accord.  An act happens only in the phase it needs, so a journey that is refused or goes wrong
ends where it ends.  `player.play` lets the acts happen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal

from refimpl.edition import Edition
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
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
from refimpl.vocabulary import Phase, RecordKind, Role, Service, Strategy

HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO

Say = Callable[[Setting, Session | None, datetime], Said]
"""What is said in a setting, by one end of a service as it stands there, at a moment."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something one end says of its own accord: in which phase of its own, what, and how many
    seconds pass after it.

    `through` names the exchange of an act that may address the clearing house itself.
    """

    by: Role
    needs: Phase
    after: int
    message: Say
    through: str = ""


def _ask(setting: Setting, session: Session | None, now: datetime) -> Said:
    return AuthorizationRequest(
        emaid=setting.emaid,
        evse_id=setting.evse_id,
        service=setting.service,
        visited_cso=setting.visited_cso,
    )


def _hand_out_list(setting: Setting, session: Session | None, now: datetime) -> Said:
    return AuthorizationListNotice(emaids=(setting.emaid,), home_csp=setting.home_csp)


def _order(command: Literal["start", "stop"]) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return RemoteControlRequest(
            command=command,
            emaid=setting.emaid,
            evse_id=setting.evse_id,
            service=setting.service,
        )

    return message


def _tell_result(command: Literal["start", "stop"]) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return RemoteControlNotice(command=command, done=True)

    return message


def _reserve(setting: Setting, session: Session | None, now: datetime) -> Said:
    return ReservationRequest(
        emaid=setting.emaid,
        evse_id=setting.evse_id,
        service=setting.service,
        until=START + HOUR,
    )


def _progress(
    event: Literal["started", "updated", "ended"],
    energy_wh: int = 0,
    ground: Literal["answer", "order", "booking"] = "answer",
) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        from_list = session is None or session.from_list
        return SessionProgressNotice(
            at=now,
            authorization="list" if from_list else ground,
            emaid=setting.emaid,
            energy_wh=_energy(setting, energy_wh),
            event=event,
            evse_id=setting.evse_id,
            service=setting.service,
        )

    return message


def _energy(setting: Setting, energy_wh: int) -> int:
    """Tell the energy of a service in watt-hours: none, unless it transfers energy."""
    return energy_wh if setting.service == Service.ENERGY_TRANSFER else 0


def _record(record_id: str, energy_wh: int) -> Say:
    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        before = session.record if session else None
        replaces = before.record_id if before else None
        kind = setting.edition.services[setting.service].record
        if kind == RecordKind.CDR:
            record = _charging_record(setting, record_id, replaces, energy_wh)
            return DetailRecordNotice(record=record)
        return DetailRecordNotice(
            record=_service_record(setting, record_id, replaces, energy_wh)
        )

    return message


def _charging_record(
    setting: Setting, record_id: str, replaces: str | None, energy_wh: int
) -> ChargingDetailRecord:
    period = ChargingPeriod(started_at=START, ended_at=START + HOUR, energy_wh=energy_wh)
    return ChargingDetailRecord(
        emaid=setting.emaid,
        ended_at=START + HOUR,
        energy_wh=energy_wh,
        evse_id=setting.evse_id,
        periods=(period,),
        record_id=record_id,
        replaces=replaces,
        service=setting.service,
        started_at=START,
    )


def _service_record(
    setting: Setting, record_id: str, replaces: str | None, energy_wh: int
) -> ServiceDetailRecord:
    charged = setting.service == Service.ENERGY_TRANSFER
    seconds = int(HOUR.total_seconds())
    return ServiceDetailRecord(
        emaid=setting.emaid,
        ended_at=START + HOUR,
        evse_id=setting.evse_id,
        quantity=energy_wh if charged else seconds,
        record_id=record_id,
        replaces=replaces,
        service=setting.service,
        started_at=START,
        unit="Wh" if charged else "s",
    )


def _dispute(setting: Setting, session: Session | None, now: datetime) -> Said:
    return CorrectionRequest(reason="The energy does not fit the meter.", record_id="record-1")


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
    """A journey by name: what it shows, which service it is about, and its acts."""

    id: str
    title: str
    service: str
    acts: tuple[Act, ...]


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
ON_LIST  = Act(VISITED, Phase.NEW,        60,   _progress("started"))
BOOK     = Act(HOME,    Phase.NEW,        60,   _reserve)
KEPT     = Act(VISITED, Phase.GRANTED,    60,   _progress("started", 0, "booking"))
FREED    = Act(VISITED, Phase.ACTIVE,     1800, _progress("ended", 0, "booking"))
ORDER    = Act(HOME,    Phase.NEW,        60,   _order("start"))
BEGUN    = Act(VISITED, Phase.AWAITED,    60,   _tell_result("start"))
ORDERED  = Act(VISITED, Phase.ACTIVE,     1800, _progress("updated", 5_000, "order"))
STOP     = Act(HOME,    Phase.ACTIVE,     1800, _order("stop"))
STOPPED  = Act(VISITED, Phase.STOPPING,   60,   _tell_result("stop"))
STATIONS = Act(VISITED, Phase.NEW,        60,   _publish_stations, "station-information")
STATUSES = Act(VISITED, Phase.NEW,        60,   _publish_statuses, "station-status")

_EVERY: Final = (
    Journey("charge", "Charge at a station of another operator",
            Service.ENERGY_TRANSFER, (ASK, STARTED, UPDATED, ENDED, RECORD)),
    Journey("charge-from-list", "Charge without asking, from a list",
            Service.ENERGY_TRANSFER, (LIST, ON_LIST, UPDATED, ENDED, RECORD)),
    Journey("remote-control", "Start and stop from afar",
            Service.ENERGY_TRANSFER, (ORDER, BEGUN, ORDERED, STOP, STOPPED, RECORD)),
    Journey("correction", "Dispute a record and have it replaced",
            Service.ENERGY_TRANSFER, (ASK, STARTED, ENDED, RECORD, DISPUTE, CORRECT)),
    Journey("reservation", "Book an EVSE ahead",
            Service.RESERVATION, (BOOK, KEPT, FREED, RECORD)),
    Journey("parking", "Park at an operator's site",
            Service.PARKING, (ASK, STARTED, ENDED, RECORD)),
    Journey("stations", "Publish stations and their status",
            Service.ENERGY_TRANSFER, (STATIONS, STATUSES)),
)
# fmt: on
JOURNEYS: Final[Mapping[str, Journey]] = MappingProxyType(
    {journey.id: journey for journey in _EVERY}
)


def journeys_of(edition: Edition) -> tuple[Journey, ...]:
    """List the journeys whose service an edition knows.

    >>> from refimpl.edition import load
    >>> len(journeys_of(load("2019"))), len(journeys_of(load("2025")))
    (5, 7)
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
