"""Many endpoints in one process, with a delivery that can be made to lose, repeat, delay and
reorder.

Every message goes as bytes, as it would over a network.  The clock, the dice and the ids belong
to the loopback and come from its start time and its seed, so that the same seed always tells
the same story.  Each transmission is kept with the endpoints as they stood after it; to go back
is to look at an earlier frame.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

import heapq
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from rpds import HashTrieMap

from refimpl.endpoint import Outcome, RoamingEndpoint, next_due, receive, refuse, remind, send
from refimpl.errors import Misuse, RoamingError
from refimpl.messages import ANSWER_KINDS, Envelope, Said
from refimpl.play.reached import Reached, Spoken
from refimpl.wire import decode, encode

LATENCY: Final = timedelta(milliseconds=200)
"""How long a message travels over one hop."""

Fate = Literal["delivered", "lost", "duplicated", "refused"]
COPIES: Final[Mapping[Fate, int]] = {"duplicated": 2}
"""How often a transmission arrives, where that is not once."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on the way: shares of transmissions from 0 to 1, seconds of delay, and
    fates by number.

    Transmissions are numbered from 1.  `refused` makes the receiver turn a request or notice
    away; an answer is delivered.
    """

    lose: float = 0.0
    duplicate: float = 0.0
    delay: int = 0
    at: Mapping[int, Fate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """One transmission, what became of it, what was found wrong, and every endpoint as it stood
    afterwards.
    """

    number: int
    at: datetime
    sender: str
    receiver: str
    raw: bytes
    fate: Fate
    notes: tuple[RoamingError, ...]
    reps: HashTrieMap[str, RoamingEndpoint]

    @property
    def envelope(self) -> Envelope:
        """The message that was on its way."""
        return decode(self.raw)


class Flight(NamedTuple):
    """One transmission on its way: the earliest to arrive comes first, and of two at the same
    moment the one that was sent first.
    """

    arrives: datetime
    order: int
    number: int
    sender: str
    receiver: str
    raw: bytes
    fate: Fate


class Loopback:
    """A small world of endpoints; `say` starts something, `run` lets it play out, `frames`
    tells what happened.
    """

    def __init__(
        self,
        reps: Mapping[str, RoamingEndpoint],
        *,
        now: datetime,
        seed: int = 0,
        faults: Faults | None = None,
    ) -> None:
        self.reps = HashTrieMap(reps)
        self.now = now
        self.frames: list[Frame] = []
        self.notes: list[RoamingError] = []
        self.reached = Reached()
        self._faults = faults or Faults()
        self._dice = random.Random(seed)
        self._transmissions = 0
        self._ids = 0
        self._order = 0
        self._under_way: list[Flight] = []
        self._due: dict[str, datetime | None] = {}
        self._reminders: list[tuple[datetime, str]] = []
        for rep in self.reps.values():
            self._note_due(rep)

    def say(self, speaker: str, message: Said, receiver: str, correlation_id: str) -> None:
        """Let an endpoint say something of its own accord; raises as `endpoint.send` does."""
        outcome = send(
            self.reps[speaker],
            message,
            receiver,
            correlation_id=correlation_id,
            now=self.second(),
            new_id=self._new_id,
        )
        spoken = Spoken(speaker, correlation_id, message)
        self.reached.note(self.reps[speaker], outcome, spoken)
        self._carry_out(speaker, outcome)

    def wait(self, seconds: int) -> None:
        """Let time pass with nothing happening."""
        self.now += timedelta(seconds=seconds)

    def run(self, limit: int = 100_000) -> None:
        """Deliver and remind until nothing is under way and nothing waits for an answer.

        Raises `Misuse` REP-5 if that takes more than `limit` deliveries and reminders, as when
        everything is lost.
        """
        for _ in range(limit):
            reminder = self._next_reminder()
            if self._under_way and (
                reminder is None or self._under_way[0].arrives <= reminder[0]
            ):
                self._deliver()
            elif reminder is not None:
                self._remind(*reminder)
            else:
                return
        raise Misuse("REP-5", f"not quiet after {limit} deliveries and reminders")

    def run_without(self, away: frozenset[str], span: timedelta) -> None:
        """Deliver and remind for a while, but nothing to or from the entities that are away."""
        until = self.now + span
        while True:
            reminder = self._next_reminder()
            arrives = self._under_way[0].arrives if self._under_way else None
            if arrives is not None and (reminder is None or arrives <= reminder[0]):
                if arrives > until:
                    break
                self._deliver(away)
            elif reminder is not None and reminder[0] <= until:
                self._remind(*reminder)
            else:
                break
        self.now = until

    def replace(self, rep: RoamingEndpoint) -> None:
        """Put another endpoint in the place of the one of its entity."""
        self.reps = self.reps.insert(rep.entity_id, rep)
        self._note_due(rep)

    def second(self) -> datetime:
        """Read the clock, in whole seconds."""
        return self.now.replace(microsecond=0)

    def _next_reminder(self) -> tuple[datetime, str] | None:
        """When an endpoint has to say something again, and which: the first of all."""
        while self._reminders:
            due, name = self._reminders[0]
            if self._due[name] == due:
                return due, name
            heapq.heappop(self._reminders)  # it has had its answer since
        return None

    def _note_due(self, rep: RoamingEndpoint) -> None:
        """Note when an endpoint has to say something again, as it stands now."""
        name, due = rep.entity_id, next_due(rep)
        if due is not None and due != self._due.get(name):
            heapq.heappush(self._reminders, (due, name))
        self._due[name] = due

    def _remind(self, due: datetime, name: str) -> None:
        self.now = max(self.now, due)
        self._carry_out(name, remind(self.reps[name], self.second()))

    def _deliver(self, away: frozenset[str] = frozenset()) -> None:
        """Let the next flight arrive, and keep what came of it; one to or from an entity that
        is away is lost.
        """
        at, _, number, sender, receiver, raw, fate = heapq.heappop(self._under_way)
        self.now = max(self.now, at)
        now, rep, envelope = self.second(), self.reps[receiver], decode(raw)
        if receiver in away or sender in away:
            fate = "lost"
        if fate == "lost":
            outcome = Outcome(rep)
        elif fate == "refused" and envelope.message.kind not in ANSWER_KINDS:
            outcome = refuse(rep, envelope, peer=sender, now=now)
        else:
            outcome = receive(rep, envelope, peer=sender, now=now, new_id=self._new_id)
        spoken = Spoken(envelope.sender, envelope.correlation_id, envelope.message)
        self.reached.note(rep, outcome, spoken)
        self._carry_out(receiver, outcome)
        frame = Frame(number, at, sender, receiver, raw, fate, outcome.notes, self.reps)
        self.frames.append(frame)

    def _carry_out(self, name: str, outcome: Outcome) -> None:
        """Keep the next endpoint and its notes, and send what it says."""
        self.replace(outcome.rep)
        self.notes.extend(outcome.notes)
        for one in outcome.sends:
            self._transmit(name, one.peer, encode(one.envelope))

    def _transmit(self, sender: str, receiver: str, raw: bytes) -> None:
        """Put a transmission on its way, twice if it is to arrive twice."""
        self._transmissions += 1
        number = self._transmissions
        fate = self._faults.at.get(number) or self._throw_fate()
        for _ in range(COPIES.get(fate, 1)):
            self._order += 1
            arrives = self.now + LATENCY + self._throw_delay()
            flight = Flight(arrives, self._order, number, sender, receiver, raw, fate)
            heapq.heappush(self._under_way, flight)

    def _throw_fate(self) -> Fate:
        throw = self._dice.random()
        if throw < self._faults.lose:
            return "lost"
        if throw < self._faults.lose + self._faults.duplicate:
            return "duplicated"
        return "delivered"

    def _throw_delay(self) -> timedelta:
        if not self._faults.delay:  # the dice are left alone
            return timedelta()
        return timedelta(seconds=self._dice.randint(0, self._faults.delay))

    def _new_id(self) -> str:
        self._ids += 1
        return f"m-{self._ids}"
