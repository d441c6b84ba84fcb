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
from typing import Final, Literal

from rpds import HashTrieMap

from refimpl.endpoint import Outcome, RoamingEndpoint, next_due, receive, refuse, remind, send
from refimpl.errors import Misuse, RoamingError
from refimpl.messages import ANSWER_KINDS, Envelope, Said
from refimpl.wire import decode, encode

LATENCY: Final = timedelta(milliseconds=200)
"""How long a message travels over one hop."""

Fate = Literal["delivered", "lost", "duplicated", "refused"]


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
        self._faults = faults or Faults()
        self._dice = random.Random(seed)
        self._transmissions = 0
        self._ids = 0
        self._order = 0
        self._under_way: list[tuple[datetime, int, int, str, str, bytes, Fate]] = []

    def say(self, speaker: str, message: Said, receiver: str, correlation_id: str) -> None:
        """Let an endpoint say something of its own accord; raises as `endpoint.send` does."""
        rep = self.reps[speaker]
        self._take(
            speaker,
            send(
                rep,
                message,
                receiver,
                correlation_id=correlation_id,
                now=self._second(),
                new_id=self._new_id,
            ),
        )

    def wait(self, seconds: int) -> None:
        """Let time pass with nothing happening."""
        self.now += timedelta(seconds=seconds)

    def run(self, limit: int = 100_000) -> None:
        """Deliver and remind until nothing is under way and nothing waits for an answer.

        Raises `Misuse` REP-5 if that takes more than `limit` deliveries and reminders, as when
        everything is lost.
        """
        for _ in range(limit):
            arrival = self._under_way[0][0] if self._under_way else None
            dues = [
                (due, name)
                for name, rep in self.reps.items()
                if (due := next_due(rep)) is not None
            ]
            due, name = min(dues, default=(None, ""))
            if arrival is not None and (due is None or arrival <= due):
                self._deliver()
            elif due is not None:
                self.now = max(self.now, due)
                self._take(name, remind(self.reps[name], self._second()))
            else:
                return
        raise Misuse("REP-5", f"not quiet after {limit} deliveries and reminders")

    def _deliver(self) -> None:
        at, _, number, sender, receiver, raw, fate = heapq.heappop(self._under_way)
        self.now = max(self.now, at)
        rep, envelope = self.reps[receiver], decode(raw)
        if fate == "lost":
            outcome = Outcome(rep)
        elif fate == "refused" and envelope.message.kind not in ANSWER_KINDS:
            outcome = refuse(rep, envelope, peer=sender, now=self._second())
        else:
            outcome = receive(
                rep, envelope, peer=sender, now=self._second(), new_id=self._new_id
            )
        self._take(receiver, outcome)
        self.frames.append(
            Frame(number, at, sender, receiver, raw, fate, outcome.notes, self.reps)
        )

    def _take(self, name: str, outcome: Outcome) -> None:
        self.reps = self.reps.insert(name, outcome.rep)
        self.notes.extend(outcome.notes)
        for one in outcome.sends:
            self._transmit(name, one.peer, encode(one.envelope))

    def _transmit(self, sender: str, receiver: str, raw: bytes) -> None:
        self._transmissions += 1
        fate = self._faults.at.get(self._transmissions) or self._cast()
        for _ in range(2 if fate == "duplicated" else 1):
            self._order += 1
            late = (
                timedelta(seconds=self._dice.randint(0, self._faults.delay))
                if self._faults.delay
                else timedelta()
            )
            flight = (
                self.now + LATENCY + late,
                self._order,
                self._transmissions,
                sender,
                receiver,
                raw,
                fate,
            )
            heapq.heappush(self._under_way, flight)

    def _cast(self) -> Fate:
        throw = self._dice.random()
        if throw < self._faults.lose:
            return "lost"
        return (
            "duplicated" if throw < self._faults.lose + self._faults.duplicate else "delivered"
        )

    def _second(self) -> datetime:
        return self.now.replace(microsecond=0)

    def _new_id(self) -> str:
        self._ids += 1
        return f"m-{self._ids}"
