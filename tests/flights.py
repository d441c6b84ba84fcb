"""A small world of endpoints in which a test decides which envelope arrives, when, how often
and in which order.

Two CSPs and two CSOs, everyone linked directly and at one clearing house; `cso-two` has no
agreement with `csp-other`. Every envelope goes as bytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final, Literal

from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import Outcome, RoamingEndpoint, next_due, receive, remind, send
from refimpl.errors import RoamingError
from refimpl.messages import (
    AuthorizationRequest,
    DetailRecordNotice,
    Envelope,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.network import Block, Network, RoamingEntity
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.vocabulary import Ground, Kind, Mode, Phase, Strategy
from refimpl.wire import decode, encode
from tests.world import EMAID, EVSE_ID, NOON, find_service

HOME, OTHER, ONE, TWO, HOUSE = "csp-home", "csp-other", "cso-one", "cso-two", "house"
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id=HOME, kind=Kind.CSP, party_ids=("DE8AA",)),
        RoamingEntity(id=OTHER, kind=Kind.CSP, party_ids=("NLTNM",)),
        RoamingEntity(id=ONE, kind=Kind.CSO, party_ids=("DEAB7",)),
        RoamingEntity(id=TWO, kind=Kind.CSO, party_ids=("FRA23",)),
        RoamingEntity(id=HOUSE, kind=Kind.CLEARING_HOUSE),
    ),
    links=(
        Block(left=(HOME, OTHER), right=(ONE, TWO, HOME, OTHER)),
        Block(left=(HOUSE,), right=(HOME, OTHER, ONE, TWO)),
    ),
    agreements=(
        Block(left=(HOME,), right=(ONE, TWO, OTHER)),
        Block(left=(OTHER,), right=(ONE,)),
    ),
)
VALID, BLOCKED, OTHERS, NOBODYS = (
    EMAID,
    "DE8AA0012345663",
    "NLTNM001234567X",
    "ZZ000001234567",
)
Record = ServiceDetailRecord | ChargingDetailRecord
EVSES: Final = {ONE: EVSE_ID, TWO: "FRA23E45B78C"}


ENERGY: Final = "energy-transfer"
Event = Literal["started", "updated", "ended", "abandoned"]
Command = Literal["start", "stop"]


def question(
    emaid: str = VALID, visited: str = ONE, evse_id: str | None = None, service: str = ENERGY
) -> AuthorizationRequest:
    """A visited-CSO's question about a contract at its EVSE."""
    return AuthorizationRequest(
        emaid=emaid,
        evse_id=evse_id or EVSES[visited],
        service=service,
        visited_cso=visited,
    )


def order(
    command: Command = "start", emaid: str = VALID, visited: str = ONE
) -> RemoteControlRequest:
    """A home-CSP's order to start or stop at the EVSE of a visited-CSO."""
    return RemoteControlRequest(
        command=command, emaid=emaid, evse_id=EVSES[visited], service=ENERGY
    )


def booking(evse_id: str = EVSES[ONE], emaid: str = VALID) -> ReservationRequest:
    """A home-CSP's booking of an EVSE."""
    return ReservationRequest(
        emaid=emaid, evse_id=evse_id, service=ENERGY, until=NOON + timedelta(hours=1)
    )


def progress(
    event: Event, authorization: Ground = Ground.ANSWER, emaid: str = VALID, visited: str = ONE
) -> SessionProgressNotice:
    """News of a service at the EVSE of a visited-CSO."""
    return SessionProgressNotice(
        at=NOON,
        authorization=authorization,
        emaid=emaid,
        energy_wh=0,
        event=event,
        evse_id=EVSES[visited],
        service=ENERGY,
    )


def detail_record(
    record_id: str = "record-1",
    replaces: str | None = None,
    emaid: str = VALID,
    visited: str = ONE,
    energy_wh: int = 7,
) -> DetailRecordNotice:
    """The charging detail record of a moment, for in this small world it is always noon."""
    period = ChargingPeriod(started_at=NOON, ended_at=NOON, energy_wh=energy_wh)
    record = ChargingDetailRecord(
        emaid=emaid,
        ended_at=NOON,
        energy_wh=energy_wh,
        evse_id=EVSES[visited],
        periods=(period,),
        record_id=record_id,
        replaces=replaces,
        service=ENERGY,
        started_at=NOON,
    )
    return DetailRecordNotice(record=record)


def endpoint(
    entity_id: str, mode: str = Mode.DIRECT, strategy: str = Strategy.FORWARD, **changed: Any
) -> RoamingEndpoint:
    """An endpoint of the small world with its contracts and its EVSE."""
    contracts = {HOME: {VALID: True, BLOCKED: False}, OTHER: {OTHERS: True}}.get(entity_id, {})
    evses = {EVSES[entity_id]: "available"} if entity_id in EVSES else {}
    rep = RoamingEndpoint(
        entity_id,
        NETWORK,
        load("2025"),
        mode,
        strategy,
        contracts=HashTrieMap(contracts),
        evses=HashTrieMap(evses),
    )
    return replace(rep, **changed)


@dataclass(frozen=True)
class Flight:
    """Bytes on the way from one endpoint to its neighbour."""

    sender: str
    receiver: str
    raw: bytes

    @property
    def envelope(self) -> Envelope:
        """What the bytes mean."""
        return decode(self.raw)


@dataclass
class Flights:
    """The endpoints, the bag of flights between them, and everything that was noted."""

    reps: dict[str, RoamingEndpoint]
    now: datetime = NOON
    bag: list[Flight] = field(default_factory=list)
    landed: list[Flight] = field(default_factory=list)
    notes: list[RoamingError] = field(default_factory=list)
    held: dict[tuple[str, str], list[Record]] = field(
        default_factory=dict
    )  # every record of a service at an endpoint
    offsets: dict[str, timedelta] = field(default_factory=dict)  # by how much a clock is wrong
    new_id: Callable[[], str] = field(
        default_factory=lambda: map("m-{}".format, count(1)).__next__
    )

    @classmethod
    def over(
        cls, mode: str = Mode.DIRECT, strategy: str = Strategy.FORWARD, **changed: Any
    ) -> "Flights":
        """The small world in a mode."""
        names = (entity.id for entity in NETWORK.entities)
        return cls({name: endpoint(name, mode, strategy, **changed) for name in names})

    def say(
        self, speaker: str, message: Said, receiver: str, correlation_id: str = "service-1"
    ) -> None:
        """Let an endpoint say something of its own accord."""
        rep = self.reps[speaker]
        self.take(
            speaker,
            send(
                rep,
                message,
                receiver,
                correlation_id=correlation_id,
                now=self.clock(speaker),
                new_id=self.new_id,
            ),
        )

    def clock(self, name: str) -> datetime:
        """What the clock of an endpoint says, which may be wrong."""
        return self.now + self.offsets.get(name, timedelta())

    def take(self, name: str, outcome: Outcome) -> None:
        """Put what an endpoint wants sent into the bag."""
        self.reps[name] = outcome.rep
        self.notes += outcome.notes
        self.bag += [Flight(name, one.peer, encode(one.envelope)) for one in outcome.sends]

    def deliver(self, at: int = 0, keep: bool = False) -> Flight:
        """Let one flight arrive; `keep` leaves a copy of it on the way."""
        flight = self.bag[at] if keep else self.bag.pop(at)
        rep = self.reps[flight.receiver]
        heard = receive(
            rep,
            flight.envelope,
            peer=flight.sender,
            now=self.clock(flight.receiver),
            new_id=self.new_id,
        )
        self.take(flight.receiver, heard)
        self.landed.append(flight)
        self.look(flight.receiver, flight.envelope.correlation_id)
        return flight

    def look(self, name: str, correlation_id: str) -> None:
        """Write down which record an endpoint has of a service, if it is a new one."""
        held = self.held.setdefault((name, correlation_id), [])
        for key, session in self.reps[name].sessions.items():
            of_it = key.correlation_id == correlation_id
            if of_it and session.record and session.record not in held[-1:]:
                held.append(session.record)

    def lose(self, at: int = 0) -> Flight:
        """Let one flight never arrive."""
        return self.bag.pop(at)

    def remind(self) -> None:
        """Let time pass until everybody who still waits says it again."""
        self.now += timedelta(seconds=6)
        for name, rep in self.reps.items():
            self.take(name, remind(rep, self.clock(name)))

    def settle(self, limit: int = 1_000) -> None:
        """Deliver everything in the order it was sent, and remind, until all is quiet."""
        for _ in range(limit):
            if self.bag:
                self.deliver()
            elif any(next_due(rep) for rep in self.reps.values()):
                self.remind()
            else:
                return
        raise AssertionError(f"not quiet after {limit} rounds")

    def phase(self, entity_id: str, correlation_id: str = "service-1") -> Phase:
        """Where an entity sees a service."""
        session = find_service(self.reps[entity_id], correlation_id)
        return session.phase if session else Phase.NEW

    def heard(self) -> Iterator[Envelope]:
        """The envelopes that have arrived, in that order."""
        return (flight.envelope for flight in self.landed)
