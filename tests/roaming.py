"""Roaming without a plan: one home-CSP and two visited-CSOs, each at a clearing house of its
own, that do whatever their own view of a service allows, on a network that loses, doubles and
reorders, with clocks that are wrong and with restarts; and a visited-CSO that meddles.

An act is a method of `World` whose name stands in a table below.  It takes a number, out of which it
chooses what there is to choose, and does nothing where its moment has not come.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Self

from rpds import HashTrieMap

from refimpl.credential import Medium
from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint, next_due
from refimpl.endpoint.asked_again import day_of, reconciliation
from refimpl.endpoint.contract_list import ContractList
from refimpl.errors import Violation
from refimpl.messages import (
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    Envelope,
    FetchAnswer,
    FetchRequest,
    ListPart,
    RecordMark,
    RecordWithdrawalNotice,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.network import Block, Network, RoamingEntity
from refimpl.play.player import restarted
from refimpl.records import ChargingDetailRecord, ChargingPeriod
from refimpl.session import ServiceKey, Session
from refimpl.vocabulary import Ground, Kind, Mode, Phase
from refimpl.wire import encode
from tests.flights import Event, Flight, Flights
from tests.world import EMAID, NOON

HOME, ONE, TWO, WEST, EAST = "csp-home", "cso-one", "cso-two", "house-west", "house-east"
OPERATORS: Final = (ONE, TWO)
HOUSES: Final = MappingProxyType({ONE: WEST, TWO: EAST})
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id=HOME, kind=Kind.CSP, party_ids=("DE8AA",)),
        RoamingEntity(id=ONE, kind=Kind.CSO, party_ids=("DEAB7",)),
        RoamingEntity(id=TWO, kind=Kind.CSO, party_ids=("FRA23",)),
        RoamingEntity(id=WEST, kind=Kind.CLEARING_HOUSE),
        RoamingEntity(id=EAST, kind=Kind.CLEARING_HOUSE),
    ),
    links=(
        Block(left=(HOME,), right=OPERATORS),
        Block(left=(WEST,), right=(HOME, ONE)),
        Block(left=(EAST,), right=(HOME, TWO)),
    ),
    agreements=(Block(left=(HOME,), right=OPERATORS),),
)
MODES: Final = (Mode.DIRECT, Mode.CLEARING_HOUSE, Mode.HYBRID)
ENERGY: Final = "energy-transfer"
CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E680")
BLOCKED_CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E681")
SHOWN: Final[tuple[Mapping[str, Any], ...]] = (
    {"emaid": EMAID},
    {"medium": CARD},
    {"emaid": EMAID, "medium": CARD},
    {"emaid": "DE8AA0012345663"},
    {"medium": BLOCKED_CARD},
)
"""What a user shows: the last two never stand for a valid contract."""
CONTRACTS: Final = MappingProxyType(
    {EMAID: True, CARD.key: True, "DE8AA0012345663": False, BLOCKED_CARD.key: False}
)
RUNNING: Final = frozenset(
    {
        Phase.ACTIVE,
        Phase.STOPPING,
        Phase.ENDED,
        Phase.RECORDED,
        Phase.DISPUTED,
        Phase.CORRECTING,
        Phase.WITHDRAWN,
    }
)
SERVED: Final = RUNNING | {Phase.GRANTED, Phase.AWAITED, Phase.CANCELLING, Phase.RELEASING}
ACTIONS: Final = ("whole", "replace", "add", "remove")
MOST_SERVICES: Final = 6
GRACE: Final = timedelta(seconds=load("2025").checks["AUT-8"].tolerance)


class Service(NamedTuple):
    """A service between the home-CSP and a visited-CSO."""

    visited: str
    correlation_id: str


@dataclass(frozen=True)
class Contract:
    """What the user of a service shows, and at which EVSE."""

    shown: Mapping[str, Any]
    evse_id: str

    @property
    def about(self) -> dict[str, Any]:
        """What every message about the service says of it."""
        return {**self.shown, "evse_id": self.evse_id, "service": ENERGY}


def evses_of(visited: str) -> list[str]:
    """The EVSEs of an operator."""
    party_id = NETWORK.entity(visited).party_ids[0]
    return [f"{party_id}E840648{number}" for number in range(3)]


def session_at(rep: RoamingEndpoint, service: Service) -> Session | None:
    """A service as an endpoint sees it, whichever of the two opened it."""
    for opener in (service.visited, HOME):
        session = rep.sessions.get(ServiceKey(opener, service.correlation_id))
        if session is not None and session.visited_cso == service.visited:
            return session
    return None


@dataclass
class World(Flights):
    """The endpoints and what has truly happened between them, which no endpoint knows whole."""

    mode: str = Mode.DIRECT
    services: dict[Service, Contract] = field(default_factory=dict)
    sent: dict[tuple[str, str], Service] = field(default_factory=dict)
    """The service of every record that was sent, by visited-CSO and record id."""
    kept: dict[str, RoamingEndpoint] = field(default_factory=dict)  # the old stores
    lost: set[str] = field(default_factory=set)  # who has restarted and lost something
    forged: set[str] = field(default_factory=set)  # end-to-end ids of what nobody should heed
    allowed: set[Service] = field(default_factory=set)  # by a yes, an order or a booking
    off_lists: dict[str, datetime | None] = field(default_factory=dict)
    """Until when each key stood on a list of the home-CSP; None while it stands there."""
    faults: list[str] = field(default_factory=list)  # rules that honest words broke
    counts: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)
    ordered: set[Service] = field(default_factory=set)  # opened by the home-CSP
    spoofed: set[str] = field(default_factory=set)  # the forged ones in another's name
    meddled: set[tuple[str, str]] = field(default_factory=set)  # ids a meddler used
    superseded: set[tuple[str, str]] = field(default_factory=set)  # replaced or taken back
    asks_houses: bool = True  # whether anything is put to a clearing house itself

    @classmethod
    def begin(cls, mode: str, strategy: str, offsets: Iterable[int] = ()) -> Self:
        """Everyone at rest, with clocks that are wrong by these seconds."""
        edition = load("2025")
        reps = {}
        for entity in NETWORK.entities:
            contracts = CONTRACTS if entity.id == HOME else {}
            evses = evses_of(entity.id) if entity.kind is Kind.CSO else []
            reps[entity.id] = RoamingEndpoint(
                entity.id,
                NETWORK,
                edition,
                mode,
                strategy,
                contracts=HashTrieMap(contracts),
                evses=HashTrieMap(dict.fromkeys(evses, "available")),
            )
        clocks = zip(reps, (timedelta(seconds=one) for one in offsets), strict=False)
        return cls(reps, offsets=dict(clocks), mode=mode)

    # --- What there is to choose from ---------------------------------------------------------

    def phase_of(self, entity_id: str, service: Service) -> Phase:
        """Where an entity sees a service."""
        session = session_at(self.reps[entity_id], service)
        return session.phase if session else Phase.NEW

    def choose(self, at: int, side: Literal["home", "visited"], *phases: Phase) -> Any:
        """A service that one side sees in one of these phases, and how; or None."""
        found = []
        for service in self.services:
            name = HOME if side == "home" else service.visited
            session = session_at(self.reps[name], service)
            if session is not None and session.phase in phases:
                found.append((service, session))
        return found[at % len(found)] if found else None

    def open(self, at: int, opener: str | None = None) -> Service | None:
        """A new service under an id that its two sides have not used, at an EVSE that is free;
        another pair may use the same id.
        """
        if len(self.services) >= MOST_SERVICES:
            return None
        visited = OPERATORS[at % 2]
        opener = opener or visited
        taken = {s.correlation_id for s in self.services if s.visited == visited}
        taken |= {name for who, name in self.meddled if who == visited}
        if opener == HOME:
            taken |= {key.correlation_id for key in self.ordered}
        free = self.free_evses(visited)
        if not free:
            return None
        name = next(n for number in range(20) if (n := f"id-{number}") not in taken)
        service = Service(visited, name)
        self.services[service] = Contract(SHOWN[at // 2 % len(SHOWN)], free[0])
        if opener == HOME:
            self.ordered.add(service)
        return service

    def free_evses(self, visited: str) -> list[str]:
        """The EVSEs of an operator at which, as far as it knows, nothing is under way."""
        over = {Phase.REFUSED, Phase.ABANDONED, Phase.RECORDED, Phase.WITHDRAWN}
        busy = set()
        for service, contract in self.services.items():
            if service.visited == visited and self.phase_of(visited, service) not in over:
                busy.add(contract.evse_id)
        return [evse_id for evse_id in evses_of(visited) if evse_id not in busy]

    def house(self, visited: str) -> str | None:
        """The clearing house that takes news for a visited-CSO, in a mode that has one."""
        takes_news = self.mode == Mode.CLEARING_HOUSE and self.asks_houses
        return HOUSES[visited] if takes_news else None

    # --- Saying -------------------------------------------------------------------------------

    def utter(self, speaker: str, message: Said, receiver: str, correlation_id: str) -> bool:
        """Say something honestly; whoever has lost nothing may always say it."""
        try:
            self.say(speaker, message, receiver, correlation_id)
        except Violation as error:
            self.counts[f"not said: {error.rule_id}"] += 1
            if not self.lost:
                self.faults.append(f"{speaker} may not say {message!r}: {error}")
            return False
        self.counts[message.kind] += 1
        return True

    def tell(self, service: Service, message: Said) -> bool:
        """Let the visited-CSO tell the home-CSP of a service."""
        return self.utter(service.visited, message, HOME, service.correlation_id)

    def order(self, service: Service, message: Said) -> bool:
        """Let the home-CSP order the visited-CSO."""
        return self.utter(HOME, message, service.visited, service.correlation_id)

    def ask_aside(self, speaker: str, message: Said, receiver: str) -> None:
        """Say what belongs to no service."""
        self.numbers["aside"] += 1
        self.utter(speaker, message, receiver, f"aside-{self.numbers['aside']}")

    def progress(
        self, service: Service, event: Event, at: int = 0, ground: Ground | None = None
    ) -> SessionProgressNotice:
        """News of a service as its visited-CSO sees it: energy rises."""
        session = session_at(self.reps[service.visited], service)
        before = session.energy_wh if session else 0
        known = session.ground if session else None
        return SessionProgressNotice(
            at=self.clock(service.visited),
            authorization=ground or known or Ground.ANSWER,
            energy_wh=before + (0 if event == "abandoned" else at % 900),
            event=event,
            **self.services[service].about,
        )

    # --- The visited-CSO ----------------------------------------------------------------------

    def ask(self, at: int) -> None:
        """Ask the home-CSP, or the clearing house."""
        service = self.open(at)
        if service is None:
            return
        about = self.services[service].about
        message = AuthorizationRequest(visited_cso=service.visited, **about)
        to_house = self.house(service.visited) if at % 3 == 0 else None
        self.utter(service.visited, message, to_house or HOME, service.correlation_id)

    def start_by_list(self, at: int) -> None:
        """Start what stands on the list, without a question."""
        visited = OPERATORS[at % 2]
        keys = self.reps[visited].lists.get(HOME, ContractList()).keys
        shown = SHOWN[at // 2 % len(SHOWN)]
        if keys.isdisjoint(keys_of(shown)):
            return
        if service := self.open(at):
            self.tell(service, self.progress(service, "started", 0, Ground.LIST))

    def fall_back(self, at: int) -> None:
        """Go by the list, for no answer came."""
        if not (found := self.choose(at, "visited", Phase.ASKED)):
            return
        service, _ = found
        if self.is_on_list(service):
            self.tell(service, self.progress(service, "started", 0, Ground.FALLBACK))

    def is_on_list(self, service: Service) -> bool:
        """Whether the contract of a service is on the list that its visited-CSO has."""
        keys = self.reps[service.visited].lists.get(HOME, ContractList()).keys
        return not keys.isdisjoint(keys_of(self.services[service].shown))

    def start(self, at: int) -> None:
        """Begin what was granted, or give it up."""
        if found := self.choose(at, "visited", Phase.GRANTED):
            service, session = found
            if session.ground is Ground.LIST and not self.is_on_list(service):
                return  # it was taken off since
            give_up = at % 5 == 0 and session.ground is not Ground.LIST
            self.tell(service, self.progress(service, "abandoned" if give_up else "started"))

    def tell_result_of_start(self, at: int) -> None:
        """Tell what came of an order to start: done, not done, not known yet, or as news."""
        if not (found := self.choose(at, "visited", Phase.AWAITED)):
            return
        service, _ = found
        results = ("done", "done", "done", "unknown", "not-done", "news")
        result = results[at % len(results)]
        if result == "news":
            self.tell(service, self.progress(service, "started", at, Ground.ORDER))
        else:
            self.tell(service, self.result(service, "start", result, at))

    def result(self, service: Service, command: str, result: str, at: int) -> Said:
        """What came of an order, with or without the moment and the energy."""
        session = session_at(self.reps[service.visited], service)
        told: dict[str, Any] = {}
        if at % 2 and session:
            told = {"at": self.clock(service.visited), "energy_wh": session.energy_wh}
        return RemoteControlNotice.model_validate(
            {"command": command, "result": result, **told}
        )

    def tell_start_again(self, at: int) -> None:
        """Tell late that an ordered start was done."""
        if found := self.choose(at, "visited", Phase.ACTIVE, Phase.ENDED, Phase.RECORDED):
            service, session = found
            if session.ground is Ground.ORDER:
                self.tell(service, RemoteControlNotice(command="start", result="done"))

    def tell_result_of_stop(self, at: int) -> None:
        """Tell what came of an order to stop."""
        if found := self.choose(at, "visited", Phase.STOPPING):
            result = ("done", "done", "unknown", "not-done")[at // 2 % 4]
            self.tell(found[0], self.result(found[0], "stop", result, at))

    def go_on(self, at: int) -> None:
        """Tell how a service goes on."""
        if found := self.choose(at, "visited", Phase.ACTIVE, Phase.STOPPING):
            self.tell(found[0], self.progress(found[0], "updated", at))

    def end(self, at: int) -> None:
        """Tell the end of a service."""
        if found := self.choose(at, "visited", Phase.ACTIVE, Phase.STOPPING):
            self.tell(found[0], self.progress(found[0], "ended", at))

    def record(self, at: int) -> None:
        """Hand over the record of what has ended."""
        if found := self.choose(at, "visited", Phase.ENDED):
            self.hand_over(*found)

    def record_early(self, at: int) -> None:
        """Hand over the record without news of the end."""
        if found := self.choose(at, "visited", Phase.ACTIVE, Phase.STOPPING):
            self.hand_over(*found)

    def replace_record(self, at: int) -> None:
        """Hand over another record in place of the first."""
        if found := self.choose(at, "visited", Phase.RECORDED, Phase.CORRECTING):
            service, session = found
            self.hand_over(service, session, session.record.record_id)

    def hand_over(
        self, service: Service, session: Session, replaces: str | None = None
    ) -> None:
        """Hand over a record of a service, under an id its visited-CSO never used."""
        record_id = ""
        while not record_id or (service.visited, record_id) in self.meddled:
            self.numbers[service.visited] += 1
            record_id = f"record-{self.numbers[service.visited]}"
        record = self.record_of(service, session, record_id, replaces)
        if self.tell(service, DetailRecordNotice(record=record)):
            self.sent[service.visited, record_id] = service
            if replaces:
                self.superseded.add((service.visited, replaces))

    def record_of(
        self, service: Service, session: Session, record_id: str, replaces: str | None = None
    ) -> ChargingDetailRecord:
        """A record of a service as its visited-CSO sees it."""
        ended_at = self.clock(service.visited)
        if session.phase not in (Phase.ACTIVE, Phase.STOPPING) and session.last_at:
            ended_at = session.last_at
        started_at = min(session.started_at or ended_at, ended_at)
        if session.record is not None:
            started_at, ended_at = session.record.started_at, session.record.ended_at
        energy_wh = session.energy_wh + 7
        period = ChargingPeriod(started_at=started_at, ended_at=ended_at, energy_wh=energy_wh)
        return ChargingDetailRecord(
            ended_at=ended_at,
            energy_wh=energy_wh,
            periods=(period,),
            record_id=record_id,
            replaces=replaces,
            started_at=started_at,
            **self.services[service].about,
        )

    def withdraw(self, at: int) -> None:
        """Take a record back."""
        if found := self.choose(at, "visited", Phase.RECORDED, Phase.CORRECTING):
            service, session = found
            record_id = session.record.record_id
            message = RecordWithdrawalNotice(reason="a test", record_id=record_id)
            if self.tell(service, message):
                self.superseded.add((service.visited, record_id))

    # --- The home-CSP -------------------------------------------------------------------------

    def order_start(self, at: int) -> None:
        """Order a start."""
        self.open_from_home(at, RemoteControlRequest, command="start")

    def book(self, at: int) -> None:
        """Book an EVSE."""
        until = self.now + timedelta(days=1)
        self.open_from_home(at, ReservationRequest, until=until)

    def open_from_home(self, at: int, shape: type[Said], **told: Any) -> None:
        """Order or book for a contract that is valid."""
        at = at % 6  # the last contracts are never valid
        if service := self.open(at, HOME):
            if self.order(service, shape(**told, **self.services[service].about)):
                self.allowed.add(service)
            else:
                del self.services[service]

    def cancel(self, at: int) -> None:
        """Cancel what has not begun."""
        if found := self.choose(at, "home", Phase.AWAITED, Phase.GRANTED):
            about = self.services[found[0]].about
            self.order(found[0], RemoteControlRequest(command="cancel", **about))

    def order_stop(self, at: int) -> None:
        """Order a stop."""
        if found := self.choose(at, "home", Phase.ACTIVE):
            about = self.services[found[0]].about
            self.order(found[0], RemoteControlRequest(command="stop", **about))

    def dispute(self, at: int) -> None:
        """Ask for another record."""
        if found := self.choose(at, "home", Phase.RECORDED):
            service, session = found
            record_id = session.record.record_id
            self.order(service, CorrectionRequest(reason="too much", record_id=record_id))

    def hand_out_list(self, at: int) -> None:
        """Hand out a list: whole, in two parts, or a change."""
        visited = OPERATORS[at % 2]
        receiver = self.house(visited) or visited
        said = self.reps[HOME].listed.get(receiver, ContractList())
        action = ACTIONS[at // 2 % 4]
        emaids, media = (EMAID,), (CARD,)
        told: tuple[dict[str, Any], ...] = ({"emaids": emaids}, {"emaids": (), "media": media})
        if at // 8 % 3 == 0:
            told = ({"emaids": ()}, {"emaids": (), "media": media})
        if at // 24 % 4 == 0 and action in ("whole", "replace"):
            told = ({"emaids": ()}, {"emaids": ()})
        for number, some in enumerate(told, 1):
            if action == "whole":
                both = {**told[1], **told[0]}
                self.ask_aside(HOME, AuthorizationListNotice(home_csp=HOME, **both), receiver)
                break
            part = {"action": action, "number": said.number + 1, "of": 2, "part": number}
            numbered = AuthorizationListNotice(
                home_csp=HOME, part=ListPart.model_validate(part), **some
            )
            self.ask_aside(HOME, numbered, receiver)
        self.look_at_lists()

    def look_at_lists(self) -> None:
        """Write down until when each key stands on a list that the home-CSP has said."""
        now = {key for held in self.reps[HOME].listed.values() for key in held.keys}
        for key in now:
            self.off_lists[key] = None
        for key, until in self.off_lists.items():
            if until is None and key not in now:
                self.off_lists[key] = self.clock(HOME)

    # --- Asking again -------------------------------------------------------------------------

    def fetch(self, at: int) -> None:
        """Ask the partner for records or sessions again."""
        visited = OPERATORS[at % 2]
        speaker, receiver = ((HOME, visited), (visited, HOME))[at // 2 % 2]
        what: Any = ("records", "sessions")[at // 4 % 2]
        self.ask_aside(speaker, FetchRequest(what=what), receiver)

    def fetch_list(self, at: int) -> None:
        """Ask the home-CSP for its list again."""
        self.numbers["lists fetched"] += 1
        self.ask_aside(OPERATORS[at % 2], FetchRequest(what="lists"), HOME)

    def reconcile(self, at: int) -> None:
        """Hold the records of a day against those of the partner."""
        visited = OPERATORS[at % 2]
        speaker, receiver = ((HOME, visited), (visited, HOME))[at // 2 % 2]
        for day in self.days():
            for message in reconciliation(self.reps[speaker], receiver, day):
                self.ask_aside(speaker, message, receiver)

    def days(self) -> Iterator[str]:
        """The days on which anything may have ended."""
        first, last = NOON - timedelta(days=1), self.now + timedelta(days=1)
        while first <= last:
            yield day_of(first)
            first += timedelta(days=1)

    # --- The network --------------------------------------------------------------------------

    def deliver_one(self, at: int) -> None:
        """Let any flight arrive."""
        if self.bag:
            self.deliver(at % len(self.bag))

    def deliver_oldest(self, at: int) -> None:
        """Let what was sent first arrive."""
        for _ in range(1 + at % 4):
            if self.bag:
                self.deliver()

    def double(self, at: int) -> None:
        """Let a flight arrive and come again."""
        if self.bag:
            self.deliver(at % len(self.bag), keep=True)

    def lose_one(self, at: int) -> None:
        """Let a flight never arrive."""
        if self.bag:
            self.lose(at % len(self.bag))

    def come_again(self, at: int) -> None:
        """Let come again what has arrived long ago."""
        if self.landed:
            self.bag.append(self.landed[at % len(self.landed)])

    def let_time_pass(self, at: int) -> None:
        """Let seconds or minutes pass, and whoever waits say it again."""
        self.now += timedelta(seconds=(1, 30, 600, 2400)[at % 4])
        self.remind()

    def become_quiet(self, at: int) -> None:
        """Let everything arrive."""
        self.settle()

    # --- Restarts -----------------------------------------------------------------------------

    def keep_store(self, at: int) -> None:
        """Keep the store of an endpoint as it is now."""
        name = [*self.reps][at % len(self.reps)]
        self.kept[name] = self.reps[name]

    def restart(self, at: int) -> None:
        """Restart an endpoint from the store kept before, an empty one, or one that lacks
        something.
        """
        name = [*self.reps][at % len(self.reps)]
        how = ("old", "old", "everything", "what waits")[at // 5 % 4]
        impossible = how == "old" and name not in self.kept
        if impossible or (how == "what waits" and name in (WEST, EAST)):
            how = "everything"
        rep = self.kept[name] if how == "old" else restarted(self.reps[name], how)
        self.reps[name] = rep
        self.lost.add(name)
        self.counts[f"restart: {how}"] += 1
        if name == HOME:
            self.look_at_lists()

    def restart_house(self, at: int) -> None:
        """Restart a clearing house with an empty store, which nothing was put to: what it was
        passing on comes again, and no end has lost anything.
        """
        name = (WEST, EAST)[at % 2]
        self.reps[name] = restarted(self.reps[name], "everything")
        self.counts["restart: house"] += 1

    # --- Meddling -----------------------------------------------------------------------------

    def forge(self, speaker: str, message: Said, correlation_id: str, said_by: str) -> None:
        """Put on the way to the home-CSP what no honest endpoint says."""
        envelope = Envelope(
            correlation_id=correlation_id,
            edition="2025",
            message=message,  # type: ignore[arg-type]  # checked by the shape itself
            receiver=HOME,
            request_id=self.new_id(),
            sender=said_by,
            sent_at=self.clock(speaker),
        )
        self.forged.add(envelope.end_to_end_id)
        if said_by != speaker:
            self.spoofed.add(envelope.end_to_end_id)
        try:
            peer = self.reps[speaker].way(replace_sender(envelope, speaker))[1]
        except Violation:
            return
        self.bag.append(Flight(speaker, peer, encode(envelope)))
        self.counts["forged"] += 1

    def meddle(self, at: int) -> None:
        """Speak of another partner's service, in one's own name or in its."""
        found = self.choose(at, "home", *Phase)
        if not found:
            return
        service, session = found
        speaker = TWO if service.visited == ONE else ONE
        record_id = session.record.record_id if session.record else "record-1"
        record = self.record_of(service, session, record_id)
        choices: tuple[Said, ...] = (
            self.progress(service, "ended", at),
            self.progress(service, "updated", at),
            self.progress(service, "abandoned"),
            DetailRecordNotice(record=record),
            RecordWithdrawalNotice(reason="a test", record_id=record_id),
            RemoteControlNotice(command="start", result="not-done"),
            RemoteControlNotice(command="stop", result="done"),
        )
        message = choices[at // 7 % len(choices)]
        said_by = (speaker, service.visited)[at // 49 % 2]
        if said_by == speaker:
            if Service(speaker, service.correlation_id) in self.services:
                return  # it would speak of its own
            self.meddled |= {(speaker, service.correlation_id), (speaker, record_id)}
        if said_by == speaker and at // 98 % 2:
            message = at_evse(message, evses_of(speaker)[0])
        self.forge(speaker, message, service.correlation_id, said_by)

    def start_without_ground(self, at: int) -> None:
        """Start for a contract that is not valid, or on no list."""
        visited = OPERATORS[at % 2]
        grounds = (Ground.LIST, Ground.FALLBACK, Ground.ANSWER, Ground.ORDER, Ground.BOOKING)
        message = SessionProgressNotice(
            at=self.clock(visited),
            authorization=grounds[at // 2 % 5],
            energy_wh=0,
            event="started",
            evse_id=evses_of(visited)[0],
            service=ENERGY,
            **SHOWN[3 + at // 10 % 2],
        )
        self.forge(visited, message, f"forged-{at % 3}", visited)

    def tell_less(self, at: int) -> None:
        """Tell that a service of one's own took less energy, or was earlier, than told before."""
        found = self.choose(at, "home", Phase.ACTIVE, Phase.STOPPING, Phase.ENDED)
        if not found:
            return
        service, session = found
        if session.last_at is None:
            return
        moment = session.last_at - timedelta(seconds=(0, 0, 30, 3600)[at % 4])
        energy_wh = max(0, session.energy_wh - (0, 1, 90, 500)[at // 4 % 4])
        told = self.progress(service, "updated")
        changes = {"at": moment, "energy_wh": energy_wh}
        if at // 16 % 2:
            self.forge(
                service.visited,
                told.model_copy(update=changes),
                service.correlation_id,
                service.visited,
            )
            return
        result = RemoteControlNotice.model_validate(
            {"command": "stop", "result": "unknown", **changes}
        )
        self.forge(service.visited, result, service.correlation_id, service.visited)

    def tell_record_twice(self, at: int) -> None:
        """Tell a record that has counted again, under another service."""
        had = self.choose(at, "home", Phase.RECORDED)
        other = self.choose(at // 2, "home", Phase.ACTIVE, Phase.ENDED)
        if had and other and had[0].visited == other[0].visited:
            service, session = other
            record = self.record_of(service, session, had[1].record.record_id)
            visited, name = service
            self.forge(visited, DetailRecordNotice(record=record), name, visited)


def keys_of(shown: Mapping[str, Any]) -> set[str]:
    """The texts under which lists hold what a user shows."""
    keys = {shown["emaid"]} if "emaid" in shown else set()
    if "medium" in shown:
        keys |= {shown["medium"].key}
    return keys


def replace_sender(envelope: Envelope, sender: str) -> Envelope:
    """The same envelope in another's name."""
    return envelope.model_copy(update={"sender": sender})


def at_evse(message: Said, evse_id: str) -> Said:
    """The same message about another EVSE."""
    if isinstance(message, DetailRecordNotice):
        record = message.record.model_copy(update={"evse_id": evse_id})
        return DetailRecordNotice(record=record)
    if "evse_id" in type(message).model_fields:
        return message.model_copy(update={"evse_id": evse_id})
    return message


# --- What has to hold -------------------------------------------------------------------------


@dataclass
class Watched(World):
    """A world in which each arrival is looked at: raises `AssertionError` where what must not
    happen has happened.
    """

    def deliver(self, at: int = 0, keep: bool = False) -> Flight:
        """Let one flight arrive, and hold what changed against what may."""
        flight = self.bag[at]
        before, noted = self.reps[flight.receiver], len(self.notes)
        super().deliver(at, keep)
        envelope, after = flight.envelope, self.reps[flight.receiver]
        named = {envelope.end_to_end_id, envelope.in_reply_to}
        # What is fetched may be of before what came meanwhile; it changes nothing then.
        fetched = isinstance(envelope.message, FetchAnswer)
        if not self.lost and not fetched and named.isdisjoint(self.forged):
            rules = {note.rule_id for note in self.notes[noted:]}
            # A list that was fetched may overtake the change that it has already.
            overtaken = {"LST-1", "LST-2"} if self.numbers["lists fetched"] else set()
            if isinstance(envelope.message, AuthorizationRequest):
                overtaken.add("SES-1")  # It is late, and its visited-CSO went by the list.
            assert rules <= {"REP-7"} | overtaken, (envelope, self.notes[noted:])
        changed = [
            one for key, one in after.sessions.items() if before.sessions.get(key) != one
        ]
        assert not changed or envelope.end_to_end_id not in self.spoofed, changed
        for session in changed:
            self.check_speaker(after, before.sessions.get(session.key), session, envelope)
            self.check_rising(before.sessions.get(session.key), session, envelope.message)
            self.check_ground(flight.receiver, before.sessions.get(session.key), session)
        if flight.receiver == HOME:
            self.check_waiting(before, after, envelope.sender)
            self.check_once()
        return flight

    def check_speaker(
        self,
        rep: RoamingEndpoint,
        before: Session | None,
        session: Session,
        envelope: Envelope,
    ) -> None:
        """A service is changed by its own two sides alone, or by the house that was asked."""
        speaker = envelope.sender
        if isinstance(envelope.message, AuthorizationRequest):
            speaker = envelope.message.visited_cso
        asked = before.home_csp if before else session.home_csp
        house = rep.is_clearing_house(speaker) or rep.is_clearing_house(asked)
        answered = house and envelope.in_reply_to
        sides = (session.home_csp, session.visited_cso)
        assert answered or speaker in sides, (session, envelope)

    def check_rising(self, before: Session | None, after: Session, message: Said) -> None:
        """Energy and time of a service never fall."""
        if before is None:
            return
        assert after.energy_wh >= before.energy_wh, (before, message)
        if before.last_at is not None:
            assert after.last_at is not None, message
            assert after.last_at >= before.last_at, message
        assert before.started_at in (None, after.started_at), (before, message)

    def check_ground(self, name: str, before: Session | None, after: Session) -> None:
        """What is served has a ground, and that ground is true."""
        if after.phase not in SERVED or (before is not None and before.phase in SERVED):
            return
        if after.fetched and after.ground is None:
            return  # its record waited at the partner, which knew nothing else of its service
        service = Service(after.visited_cso, after.correlation_id)
        keys = {after.emaid} if after.emaid else set()
        keys |= {after.medium.key} if after.medium else set()
        assert all(CONTRACTS[key] for key in keys), after
        self.counts[f"{after.ground} at {'home' if name == HOME else 'visited'}"] += 1
        match after.ground:
            case Ground.ORDER | Ground.BOOKING:
                assert service in self.allowed, after
            case Ground.LIST | Ground.FALLBACK:
                assert any(self.is_listed(key, after.started_at) for key in keys), after
            case Ground.ANSWER:
                # A clearing house may have asked in its own name.
                known = self.phase_of(HOME, service) is not Phase.NEW
                assert name == HOME or known or self.lost, after
            case _:
                raise AssertionError(after)

    def is_listed(self, key: str, at: datetime | None) -> bool:
        """Whether a key stood on a list of the home-CSP at a moment, or a grace before."""
        if key not in self.off_lists:
            return False
        until = self.off_lists[key]
        return until is None or at is None or bool(self.lost) or at <= until + GRACE

    def check_waiting(
        self, before: RoamingEndpoint, after: RoamingEndpoint, speaker: str
    ) -> None:
        """The records of one partner that wait are left alone by all others."""
        for name in OPERATORS:
            waited = before.ledger.unmatched.get(name, ())
            waits = after.ledger.unmatched.get(name, ())
            assert speaker == name or waited == waits, name

    def records_at_home(self) -> Counter[tuple[str, str]]:
        """How often the home-CSP has each record, by visited-CSO and record id."""
        rep = self.reps[HOME]
        found = Counter[tuple[str, str]]()
        for session in rep.sessions.values():
            if session.record is not None:
                found[session.visited_cso, session.record.record_id] += 1
        for name, waiting in rep.ledger.unmatched.items():
            for one in waiting:
                found[name, one.record.record_id] += 1
        return found

    def check_once(self) -> None:
        """No record is at the home-CSP twice."""
        twice = {mark for mark, times in self.records_at_home().items() if times > 1}
        assert not twice, twice

    def check_agreement(self) -> None:
        """Both sides agree once all is quiet, unless one of them has lost something."""
        assert not self.faults, self.faults
        if self.lost or self.bag or any(next_due(rep) for rep in self.reps.values()):
            return
        for service in self.services:
            visited = session_at(self.reps[service.visited], service)
            home = session_at(self.reps[HOME], service)
            assert visited is not None
            if home is None:  # the clearing house answered for it
                assert visited.phase in (Phase.GRANTED, Phase.REFUSED), visited
                assert visited.phase is Phase.REFUSED or visited.ground is Ground.LIST, visited
                continue
            assert visited.phase is home.phase, (visited, home)
            assert visited.record == home.record, (visited, home)
            if visited.phase in (Phase.ACTIVE, Phase.STOPPING, Phase.ENDED):
                assert visited.energy_wh == home.energy_wh, (visited, home)
        for receiver, said in self.reps[HOME].listed.items():
            if self.numbers["lists fetched"] and self.mode == Mode.CLEARING_HOUSE:
                break  # what is fetched is numbered by another than tells the news
            held = self.reps[receiver].lists.get(HOME, ContractList())
            assert held.keys == said.keys, (receiver, held, said)

    def finish(self) -> None:
        """Let the trouble stop, and both sides ask again and reconcile; then every record that
        was sent is at the home-CSP once, or is told as missing.
        """
        self.settle()
        self.check_agreement()
        if self.lost:
            for at in range(8):
                self.fetch(at)
            self.settle()
        for name, rep in self.reps.items():
            self.reps[name] = replace(rep, differences=HashTrieMap())
        for at in range(4):
            self.reconcile(at)
        self.settle()
        at_home = self.records_at_home()
        for (visited, record_id), service in self.sent.items():
            self.check_sent(service, record_id, at_home[visited, record_id])

    def check_sent(self, service: Service, record_id: str, times: int) -> None:
        """A record that was sent is at the home-CSP once, or is told as missing."""
        visited = service.visited
        session = session_at(self.reps[visited], service)
        record = session.record if session else None
        has = record is not None and record.record_id == record_id
        if times == 1:
            self.counts["record at home"] += 1
            told = self.is_told(service, record_id, "lacks", "besides")
            assert has != told, (service, record_id)
            return
        assert times == 0
        if has:
            self.counts["record told as missing"] += 1
            assert self.lost, (service, record_id)
            assert self.is_told(service, record_id, "besides", "lacks"), (service, record_id)
            return
        self.counts["record superseded or lost"] += 1
        assert (visited, record_id) in self.superseded or self.lost, (service, record_id)

    def is_told(self, service: Service, record_id: str, at_home: str, at_visited: str) -> bool:
        """Whether reconciliation told both sides of a record that only one has."""
        told = set()
        for name, partner, kind in (
            (HOME, service.visited, at_home),
            (service.visited, HOME, at_visited),
        ):
            found = self.reps[name].differences.get(partner)
            marks = getattr(found, kind) if found else ()
            told.add((service.correlation_id, record_id) in {tuple_of(m) for m in marks})
        assert len(told) == 1, (service, record_id)
        return told.pop()


def tuple_of(mark: RecordMark) -> tuple[str, str]:
    """A mark as service and record."""
    return mark.correlation_id, mark.record_id


HONEST: Final = (
    *("ask", "ask", "start_by_list", "fall_back", "start", "start", "tell_result_of_start"),
    *("tell_result_of_start", "tell_start_again", "tell_result_of_stop", "go_on", "go_on"),
    *("end", "end", "record", "record", "record_early", "replace_record", "withdraw"),
    *("order_start", "book", "cancel", "order_stop", "dispute", "hand_out_list"),
    *("hand_out_list", "start_by_list", "fall_back"),
)
ASKING_AGAIN: Final = ("fetch", "fetch_list", "reconcile")
ARRIVING: Final = ("deliver_one", "deliver_oldest", "deliver_oldest", "become_quiet")
TROUBLE: Final = ("double", "lose_one", "come_again", "let_time_pass")
RESTARTS: Final = ("keep_store", "keep_store", "restart")
MEDDLING: Final = ("meddle", "start_without_ground", "tell_less", "tell_record_twice")
