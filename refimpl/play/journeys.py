"""Journeys of a user, played over a network: who does what, in which order, and what comes of
it.

A journey is a table of acts.  An act happens only in the phase it needs, so a journey that is
refused or goes wrong ends where it ends.  `play` sets up the endpoints, lets the acts happen
over a loopback, and hands back every frame.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.endpoint import RoamingEndpoint
from refimpl.errors import Misuse, Violation
from refimpl.identifiers import check_character
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationRequest,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.network import Block, Network, RoamingEntity, route
from refimpl.play.loopback import Faults, Frame, Loopback
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.session import Session
from refimpl.shapes import Shape
from refimpl.vocabulary import Kind, Mode, Phase, RecordKind, Role, Service, Strategy

START: Final = datetime(2025, 7, 8, 12, 0, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

CSPS: Final = ("csp-alba", "csp-birch", "csp-cedar", "csp-dune")
CSOS: Final = ("cso-elm", "cso-fjord", "cso-gale", "cso-heath", "cso-iris", "cso-jade")
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id="csp-alba", kind=Kind.CSP, name="Alba Mobility", party_ids=("DE8AA",)),
        RoamingEntity(id="csp-birch", kind=Kind.CSP, name="Birch Drive", party_ids=("NLTNM",)),
        RoamingEntity(id="csp-cedar", kind=Kind.CSP, name="Cedar Go", party_ids=("FRXYZ",)),
        RoamingEntity(id="csp-dune", kind=Kind.CSP, name="Dune Charge", party_ids=("ITA1B",)),
        RoamingEntity(id="house-north", kind=Kind.CLEARING_HOUSE, name="Clearing House North"),
        RoamingEntity(id="house-south", kind=Kind.CLEARING_HOUSE, name="Clearing House South"),
        RoamingEntity(id="cso-elm", kind=Kind.CSO, name="Elm Stations", party_ids=("DEAB7",)),
        RoamingEntity(id="cso-fjord", kind=Kind.CSO, name="Fjord Power", party_ids=("DEICE",)),
        RoamingEntity(id="cso-gale", kind=Kind.CSO, name="Gale Grid", party_ids=("FRA23",)),
        RoamingEntity(id="cso-heath", kind=Kind.CSO, name="Heath Energy", party_ids=("ITHTH",)),
        RoamingEntity(id="cso-iris", kind=Kind.CSO, name="Iris Charge", party_ids=("ESIRI",)),
        RoamingEntity(id="cso-jade", kind=Kind.CSO, name="Jade Park", party_ids=("PTJAD",)),
    ),
    links=(
        Block(left=CSPS, right=CSOS),
        Block(left=CSPS, right=CSPS),
        Block(left=("house-north",), right=(*CSPS, "cso-elm", "cso-fjord", "cso-gale")),
        Block(left=("house-south",), right=("cso-heath", "cso-iris", "cso-jade")),
        Block(left=("house-north",), right=("house-south",)),
    ),
    agreements=(Block(left=CSPS, right=CSOS),),
)
"""A network of twelve: four CSPs and three CSOs at one clearing house, three CSOs at another,
all linked directly.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """Who and what a journey is about."""

    edition: Edition
    network: Network
    mode: str
    home_csp: str
    visited_cso: str
    service: str
    emaid: str
    evse_id: str
    correlation_id: str = "service-1"

    def through_house(self, exchange: str) -> bool:
        """Whether the mode puts one clearing house between the two, so that it may be addressed
        itself.
        """
        row = self.edition.modes[self.mode]
        return (row.brokered_path if exchange in row.brokered else row.path).count(
            "clearing-house"
        ) == 1

    def addressee(self, act: Act) -> str:
        """Whom the speaker of an act addresses: the other party, or its clearing house where
        the mode has one.
        """
        here, there = self.home_csp, self.visited_cso
        if act.by is Role.VISITED_CSO:
            here, there = there, here
        return (
            self.network.houses(here)[0]
            if act.through and self.through_house(act.through)
            else there
        )


@dataclass(frozen=True, slots=True)
class Act:
    """Something a party does of its own accord: in which phase of its own, what it says, how
    long until the next.
    """

    by: Role
    needs: Phase
    says: str
    message: Callable[[Setting, Session | None, datetime], Shape]
    after: int = 60
    through: str = ""


def _ask(setting: Setting, session: Session | None, now: datetime) -> Shape:
    return AuthorizationRequest(
        emaid=setting.emaid,
        evse_id=setting.evse_id,
        service=setting.service,
        visited_cso=setting.visited_cso,
    )


def _list(setting: Setting, session: Session | None, now: datetime) -> Shape:
    return AuthorizationListNotice(emaids=(setting.emaid,), home_csp=setting.home_csp)


def _order(
    command: Literal["start", "stop"],
) -> Callable[[Setting, Session | None, datetime], Shape]:
    def message(setting: Setting, session: Session | None, now: datetime) -> Shape:
        return RemoteControlRequest(
            command=command,
            emaid=setting.emaid,
            evse_id=setting.evse_id,
            service=setting.service,
        )

    return message


def _result(
    command: Literal["start", "stop"],
) -> Callable[[Setting, Session | None, datetime], Shape]:
    def message(setting: Setting, session: Session | None, now: datetime) -> Shape:
        return RemoteControlNotice(command=command, done=True)

    return message


def _book(setting: Setting, session: Session | None, now: datetime) -> Shape:
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
) -> Callable[[Setting, Session | None, datetime], Shape]:
    def message(setting: Setting, session: Session | None, now: datetime) -> Shape:
        return SessionProgressNotice(
            at=now,
            authorization="list" if session is None or session.from_list else ground,
            emaid=setting.emaid,
            energy_wh=energy_wh if setting.service == Service.ENERGY_TRANSFER else 0,
            event=event,
            evse_id=setting.evse_id,
            service=setting.service,
        )

    return message


def _record(
    record_id: str, energy_wh: int
) -> Callable[[Setting, Session | None, datetime], Shape]:
    def message(setting: Setting, session: Session | None, now: datetime) -> Shape:
        replaces = session.record.record_id if session and session.record else None
        shared: dict[str, Any] = {
            "emaid": setting.emaid,
            "ended_at": START + HOUR,
            "evse_id": setting.evse_id,
            "record_id": record_id,
            "replaces": replaces,
            "service": setting.service,
            "started_at": START,
        }
        if setting.edition.services[setting.service].record == RecordKind.CDR:
            period = ChargingPeriod(
                ended_at=START + HOUR, energy_wh=energy_wh, started_at=START
            )
            return DetailRecordNotice(
                record=ChargingDetailRecord(**shared, energy_wh=energy_wh, periods=(period,))
            )
        charged = setting.service == Service.ENERGY_TRANSFER
        quantity = energy_wh if charged else int(HOUR.total_seconds())
        return DetailRecordNotice(
            record=ServiceDetailRecord(
                **shared, quantity=quantity, unit="Wh" if charged else "s"
            )
        )

    return message


def _dispute(setting: Setting, session: Session | None, now: datetime) -> Shape:
    return CorrectionRequest(reason="The energy does not fit the meter.", record_id="record-1")


def _stations(setting: Setting, session: Session | None, now: datetime) -> Shape:
    station = Station(
        evse_id=setting.evse_id,
        name="Market Square 1",
        power_w=22_000,
        services=(setting.service,),
    )
    return StationInformationNotice(stations=(station,))


def _statuses(setting: Setting, session: Session | None, now: datetime) -> Shape:
    return StationStatusNotice(
        statuses=(StationStatus(evse_id=setting.evse_id, status="available"),)
    )


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey by name: what it shows, which service it is about, and its acts."""

    id: str
    title: str
    service: str
    acts: tuple[Act, ...]


HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO
# fmt: off
ASK      = Act(VISITED, Phase.NEW,        "asks if it may serve",        _ask, through="authorization")
LIST     = Act(HOME,    Phase.NEW,        "hands out its list",          _list, through="authorization-list")
STARTED  = Act(VISITED, Phase.GRANTED,    "tells that it has begun",     _progress("started"))
UPDATED  = Act(VISITED, Phase.ACTIVE,     "tells how far it is",         _progress("updated", 5_000), 1800)
ENDED    = Act(VISITED, Phase.ACTIVE,     "tells that it is over",       _progress("ended", 11_000), 1800)
RECORD   = Act(VISITED, Phase.ENDED,      "hands over the detail record", _record("record-1", 11_000))
DISPUTE  = Act(HOME,    Phase.RECORDED,   "asks for a correction",       _dispute, 3600)
CORRECT  = Act(VISITED, Phase.CORRECTING, "replaces the record",         _record("record-2", 10_500))
ON_LIST  = Act(VISITED, Phase.NEW,        "starts a listed contract",    _progress("started"))
BOOK     = Act(HOME,    Phase.NEW,        "books an EVSE for its user",  _book)
KEPT     = Act(VISITED, Phase.GRANTED,    "tells that it is kept free",  _progress("started", 0, "booking"))
FREED    = Act(VISITED, Phase.ACTIVE,     "tells that it is free again", _progress("ended", 0, "booking"), 1800)
ORDER    = Act(HOME,    Phase.NEW,        "orders a start",              _order("start"))
BEGUN    = Act(VISITED, Phase.AWAITED,    "tells that it was started",   _result("start"))
ORDERED  = Act(VISITED, Phase.ACTIVE,     "tells how far it is",         _progress("updated", 5_000, "order"), 1800)
STOP     = Act(HOME,    Phase.ACTIVE,     "orders a stop",               _order("stop"), 1800)
STOPPED  = Act(VISITED, Phase.STOPPING,   "tells that it was stopped",   _result("stop"))
STATIONS = Act(VISITED, Phase.NEW,        "tells which it offers",       _stations, through="station-information")
STATUSES = Act(VISITED, Phase.NEW,        "tells which can be used now", _statuses, through="station-status")

_ALL: Final = (
    Journey("charge", "Charge at a station of another operator", Service.ENERGY_TRANSFER,
            (ASK, STARTED, UPDATED, ENDED, RECORD)),
    Journey("charge-from-list", "Charge without asking, from a list", Service.ENERGY_TRANSFER,
            (LIST, ON_LIST, UPDATED, ENDED, RECORD)),
    Journey("remote-control", "Start and stop from afar", Service.ENERGY_TRANSFER,
            (ORDER, BEGUN, ORDERED, STOP, STOPPED, RECORD)),
    Journey("correction", "Dispute a record and have it replaced", Service.ENERGY_TRANSFER,
            (ASK, STARTED, ENDED, RECORD, DISPUTE, CORRECT)),
    Journey("reservation", "Book an EVSE ahead", Service.RESERVATION, (BOOK, KEPT, FREED, RECORD)),
    Journey("parking", "Park at an operator's site", Service.PARKING, (ASK, STARTED, ENDED, RECORD)),
    Journey("stations", "Publish stations and their status", Service.ENERGY_TRANSFER, (STATIONS, STATUSES)),
)
# fmt: on
JOURNEYS: Final[Mapping[str, Journey]] = MappingProxyType(
    {journey.id: journey for journey in _ALL}
)


@dataclass(frozen=True, slots=True)
class Story:
    """What came of a journey: its setting, every frame, and the endpoints at the end."""

    journey: Journey
    setting: Setting
    frames: tuple[Frame, ...]
    reps: HashTrieMap[str, RoamingEndpoint]

    def phase(self, entity_id: str) -> Phase:
        """Where an entity sees the service at the end."""
        session = self.reps[entity_id].sessions.get(self.setting.correlation_id)
        return session.phase if session else Phase.NEW


def journeys_of(edition: Edition) -> tuple[Journey, ...]:
    """The journeys whose service the edition knows.

    >>> from refimpl.edition import load
    >>> len(journeys_of(load("2019"))), len(journeys_of(load("2025")))
    (5, 7)
    """
    return tuple(
        journey for journey in JOURNEYS.values() if journey.service in edition.services
    )


def play(  # noqa: PLR0913 - all that a story depends on is handed in
    journey: str,
    edition: Edition,
    mode: str = Mode.DIRECT,
    strategy: str = Strategy.FORWARD,
    *,
    seed: int = 0,
    faults: Faults | None = None,
    valid: bool = True,
    network: Network = NETWORK,
    home_csp: str = "csp-alba",
    visited_cso: str | None = None,
) -> Story:
    """Play a journey over a network: `valid` says whether the home-CSP honours the contract.

    Raises `Misuse`: NET-6 for an unknown mode, AUT-3 for an unknown strategy, SES-10 for a
    journey that is unknown or whose service the edition has not, NET-1 for a party that is not
    there; and `Violation` NET-7 where no visited-CSO of the network can be reached in that
    mode.

    >>> from refimpl.edition import load
    >>> play("charge", load("2025"), "clearing-house").phase("csp-alba")
    <Phase.RECORDED: 'recorded'>
    """
    if strategy not in edition.strategies:
        raise Misuse(
            "AUT-3",
            f"strategy {strategy!r}, edition {edition.id} has {', '.join(edition.strategies)}",
        )
    known = {one.id: one for one in journeys_of(edition)}
    if journey not in known:
        raise Misuse(
            "SES-10", f"journey {journey!r}, edition {edition.id} has {', '.join(known)}"
        )
    told = known[journey]
    visited = visited_cso or _reachable(network, edition, mode, home_csp)
    emaid = _issued(network, home_csp, "001234567")
    emaid += check_character(emaid)
    evse_id = _issued(network, visited, "E8406487")
    setting = Setting(edition, network, mode, home_csp, visited, told.service, emaid, evse_id)
    loopback = Loopback(
        _endpoints(setting, strategy, valid), now=START, seed=seed, faults=faults
    )
    for act in acts(told, setting, strategy):
        if not _perform(loopback, setting, act):
            break
    return Story(told, setting, tuple(loopback.frames), loopback.reps)


def acts(journey: Journey, setting: Setting, strategy: str) -> tuple[Act, ...]:
    """The acts of a journey; a clearing house that answers from its store is given the list
    before it is asked.
    """
    stored = (
        ASK in journey.acts
        and strategy == Strategy.STORE
        and setting.through_house(ASK.through)
    )
    return (replace(LIST, through=ASK.through), *journey.acts) if stored else journey.acts


def _perform(loopback: Loopback, setting: Setting, act: Act) -> bool:
    speaker = setting.home_csp if act.by is HOME else setting.visited_cso
    session = loopback.reps[speaker].sessions.get(setting.correlation_id)
    if (session.phase if session else Phase.NEW) is not act.needs:
        return False
    aside = act.message in (_list, _stations, _statuses)
    addressee = (
        session.home_csp
        if session and act.by is VISITED and not act.through
        else setting.addressee(act)
    )
    message = act.message(setting, session, loopback.now.replace(microsecond=0))
    try:
        loopback.say(
            speaker,
            message,
            addressee,
            f"aside-{len(loopback.frames)}" if aside else setting.correlation_id,
        )
    except Violation:
        return False  # what was to be said before went wrong, so that the speaker's own endpoint will not say this
    loopback.run()
    loopback.wait(act.after)
    return True


def _endpoints(setting: Setting, strategy: str, valid: bool) -> Mapping[str, RoamingEndpoint]:
    def endpoint(entity_id: str) -> RoamingEndpoint:
        contracts = {setting.emaid: valid} if entity_id == setting.home_csp else {}
        evses = {setting.evse_id: "available"} if entity_id == setting.visited_cso else {}
        return RoamingEndpoint(
            entity_id,
            setting.network,
            setting.edition,
            setting.mode,
            strategy,
            HashTrieMap(contracts),
            HashTrieMap(evses),
        )

    return {entity.id: endpoint(entity.id) for entity in setting.network.entities}


def _issued(network: Network, issuer: str, rest: str) -> str:
    """An identifier under the issuer's first party id, or under one that nobody has."""
    return next(iter(network.entity(issuer).party_ids), "ZZ000") + rest


def _reachable(network: Network, edition: Edition, mode: str, home_csp: str) -> str:
    """The first CSO to which an exchange takes the whole of the mode's path."""
    for entity in network.entities:
        if entity.kind is Kind.CSO and network.agreed(network.entity(home_csp).id, entity.id):
            try:
                hops = route(network, edition, mode, entity.id, home_csp, "authorization")
            except Violation:
                continue
            if len(hops) == len(edition.modes[mode].path) - 1:
                return entity.id
    raise Violation("NET-7", f"{home_csp} reaches no CSO in mode {mode!r}")
