"""What is said in journeys, each as a function of the setting, the service as it stands at the
speaker, and the moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from refimpl.credential import Medium
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    FetchRequest,
    Limits,
    ListPart,
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
from refimpl.play.example import HOUR, START
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.session import Session
from refimpl.setting import Setting
from refimpl.vocabulary import Ground, Phase, RecordKind, Service

DAY: Final = 86_400
CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E680")


"""The card of the journeys in which a user shows one."""
BESIDES: Final[Mapping[str, dict[str, Any]]] = {
    "ocpi-2.2.1": {
        "currency": "EUR",
        "total_cost": {"excl_vat": "4.0000", "incl_vat": "4.8400"},
    }
}
"""What OCPI would say besides, in the journeys in which something is."""


Say = Callable[[Setting, Session | None, datetime], Said]


"""What is said in a setting, by one end of a service as it stands there, at a moment."""


def _subject(setting: Setting) -> dict[str, Any]:
    """The members that name a service, a contract and an EVSE."""
    return {
        "emaid": setting.emaid or None,
        "evse_id": setting.evse_id,
        "medium": setting.medium,
        "service": setting.service,
    }


def says_nothing(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Raise LookupError: a restart says nothing."""
    raise LookupError("a restart says nothing")


def ask(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Ask whether the contract may be served."""
    return AuthorizationRequest(**_subject(setting), visited_cso=setting.visited_cso)


def ask_besides(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Ask, and say what a neighbour says of it besides."""
    visited_cso = setting.visited_cso
    besides = dict(BESIDES)
    return AuthorizationRequest(**_subject(setting), extension=besides, visited_cso=visited_cso)


def hand_out_list(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Say the list; of a card only the hash is on it."""
    emaids = (setting.emaid,) if setting.emaid else ()
    media = (setting.medium.hashed(),) if setting.medium else None
    return AuthorizationListNotice(emaids=emaids, home_csp=setting.home_csp, media=media)


def list_part(
    action: Literal["add", "remove", "replace"], number: int, part: int = 1, of: int = 1
) -> Say:
    """Say the contract in one part of a list, and nothing in the others."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return AuthorizationListNotice(
            emaids=(setting.emaid,) if part == of else (),
            home_csp=setting.home_csp,
            part=ListPart(action=action, number=number, of=of, part=part),
        )

    return message


def order_up_to(limits: Limits, authorization_id: str) -> Say:
    """Order a start up to limits, under an authorization, that expires in ten minutes."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return RemoteControlRequest(
            **_subject(setting),
            authorization_id=authorization_id,
            command="start",
            expires_at=now + timedelta(minutes=10),
            limits=limits,
        )

    return message


def order(command: Literal["cancel", "start", "stop"]) -> Say:
    """Order a start or stop, or cancel what has not begun."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return RemoteControlRequest(**_subject(setting), command=command)

    return message


def tell_result(
    command: Literal["start", "stop"],
    result: Literal["done", "not-done", "unknown"] = "done",
    energy_wh: int | None = None,
) -> Say:
    """Tell what came of an order."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        at = now if result == "done" else None
        return RemoteControlNotice(at=at, command=command, energy_wh=energy_wh, result=result)

    return message


def reserve(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Book the EVSE for two hours."""
    return ReservationRequest(**_subject(setting), starts_at=now, until=now + 2 * HOUR)


def progress(
    event: Literal["abandoned", "ended", "started", "updated"],
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


def claim(ground: Ground) -> Say:
    """Tell a start on a ground, whatever the service rests on."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        told = progress("started", 0, ground)(setting, session, now)
        return told.model_copy(update={"authorization": ground})

    return message


class Billed(NamedTuple):
    """What a record of a journey says of its own: its id, the energy in watt-hours taken and
    given back, the record it replaces, how long the vehicle stayed when it was charged, and
    under which authorization it was; `besides` is what a neighbour says of it.
    """

    record_id: str
    energy_wh: int
    replaces: str | None = None
    stayed: timedelta = timedelta()
    energy_back_wh: int | None = None
    authorization_id: str | None = None
    besides: Mapping[str, dict[str, Any]] | None = None


def record(billed: Billed) -> Say:
    """Hand over the record of a service."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        kind = setting.edition.services[setting.service].record
        started_at, ended_at = _course(session, now)
        shared: dict[str, Any] = {
            **_subject(setting),
            "authorization_id": billed.authorization_id,
            "ended_at": ended_at,
            "extension": billed.besides and dict(billed.besides),
            "record_id": billed.record_id,
            "replaces": billed.replaces,
            "started_at": started_at,
        }
        if kind == RecordKind.CDR:
            energy: dict[str, Any] = {
                "energy_back_wh": billed.energy_back_wh,
                "energy_wh": billed.energy_wh,
                "periods": _periods(started_at, ended_at, billed),
            }
            cdr = ChargingDetailRecord(**shared, **energy)
            return DetailRecordNotice(record=cdr)
        if setting.service == Service.ENERGY_TRANSFER:
            sdr = ServiceDetailRecord(**shared, quantity=billed.energy_wh, unit="Wh")
            return DetailRecordNotice(record=sdr)
        seconds = int((ended_at - started_at).total_seconds())
        sdr = ServiceDetailRecord(**shared, quantity=seconds, unit="s")
        return DetailRecordNotice(record=sdr)

    return message


def _course(session: Session | None, now: datetime) -> tuple[datetime, datetime]:
    """When a service started and ended, as its own side remembers."""
    if session is None or session.started_at is None:
        return START, START + HOUR
    if session.record is not None:
        return session.record.started_at, session.record.ended_at
    if session.phase is Phase.ENDED and session.last_at is not None:
        return session.started_at, session.last_at
    return session.started_at, now


def _periods(
    started_at: datetime, ended_at: datetime, billed: Billed
) -> tuple[ChargingPeriod, ...]:
    """Charging, and when the vehicle stayed, first idle and then parking."""
    charged = ended_at - billed.stayed
    charging = ChargingPeriod(
        ended_at=charged,
        energy_back_wh=billed.energy_back_wh,
        energy_wh=billed.energy_wh,
        started_at=started_at,
    )
    if not billed.stayed:
        return (charging,)
    parked = charged + billed.stayed / 2
    return (
        charging,
        ChargingPeriod(activity="idle", ended_at=parked, energy_wh=0, started_at=charged),
        ChargingPeriod(activity="parking", ended_at=ended_at, energy_wh=0, started_at=parked),
    )


def dispute(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Ask for the record that counts to be corrected."""
    reason = "The energy does not fit the meter."
    return CorrectionRequest(reason=reason, record_id=_current_record(session))


def withdraw(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Take the record that counts back."""
    reason = "The station was on test."
    return RecordWithdrawalNotice(reason=reason, record_id=_current_record(session))


def _current_record(session: Session | None) -> str:
    """The id of the record that counts, or of the first where none is there."""
    if session is None or session.record is None:
        return "record-1"
    return session.record.record_id


def elsewhere(say: Say, evse_id: str) -> Say:
    """Say the same record of another EVSE."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        said = say(setting, session, now)
        assert isinstance(said, DetailRecordNotice)
        return said.model_copy(
            update={"record": said.record.model_copy(update={"evse_id": evse_id})}
        )

    return message


@dataclass(frozen=True, slots=True)
class Numbered:
    """What is said in the same way of the service of a number: its records have ids of their
    own.
    """

    say: Say
    number: int

    def __call__(self, setting: Setting, session: Session | None, now: datetime) -> Said:
        """Say it."""
        said = self.say(setting, session, now)
        if not isinstance(said, DetailRecordNotice):
            return said
        told = said.record
        own = {"record_id": f"{told.record_id}.{self.number}"}
        if told.replaces is not None:
            own["replaces"] = f"{told.replaces}.{self.number}"
        return said.model_copy(update={"record": told.model_copy(update=own)})


def fetch_records(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Ask for the records of the day again."""
    return FetchRequest(day=f"{START:%Y-%m-%d}", what="records")


def fetch(what: Literal["lists", "sessions"]) -> Say:
    """Ask for all lists, or all services, again."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        return FetchRequest(what=what)

    return message


def reconcile(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Tell the record of the one service there is, if there is one."""
    have = []
    if session and session.record:
        record_id = session.record.record_id
        have.append(RecordMark(correlation_id=session.correlation_id, record_id=record_id))
    return ReconciliationRequest(day=f"{START:%Y-%m-%d}", have=tuple(have), more=False)


def publish_stations(setting: Setting, session: Session | None, now: datetime) -> Said:
    """Tell where the station is."""
    station = Station(
        evse_id=setting.evse_id,
        name="Market Square 1",
        power_w=22_000,
        services=(setting.service,),
    )
    return StationInformationNotice(stations=(station,))


def publish_status(status: str) -> Say:
    """Tell the status of the EVSE."""

    def message(setting: Setting, session: Session | None, now: datetime) -> Said:
        told = StationStatus.model_validate({"evse_id": setting.evse_id, "status": status})
        return StationStatusNotice(statuses=(told,))

    return message
