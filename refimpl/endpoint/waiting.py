"""What an endpoint has said, or is about to say, and that waits for an answer: a value.

What is said to one partner about one service stands in one line, and so do the notices of one
kind to a partner outside services.  Only the first of a line has been said; order then survives
any network.

Each thing is found by its key, so that nothing here takes longer because more waits.

Rules: REP-5, REP-8.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from rpds import HashTrieMap

from refimpl.errors import Misuse, Violation
from refimpl.messages import Envelope, Refusal, Said
from refimpl.session import STEPS
from refimpl.shapes import replace
from refimpl.vocabulary import Role

RETRY_AFTER: Final = timedelta(seconds=5)
"""How long an endpoint waits for an answer before it says the same again (REP-5)."""
MOST_WAITING: Final = 20_000
"""How many messages wait for one partner (REP-8): what an operator of a thousand stations has
to tell in some hours in which that one is away, in about 60 megabytes.
"""
SPEAKER: Final[Mapping[type[Said], Role]] = MappingProxyType(
    {step.message: step.by for step in STEPS if step.message is not Refusal}
)
"""Which role says a message of a service; messages that are not here belong to no service."""


class RequestKey(NamedTuple):
    """What tells a request of one hop from all others: the neighbour and the request id."""

    peer: str
    request_id: str


class LineKey(NamedTuple):
    """Which line a message stands in: that of a service with a partner, or outside services
    that of its kind; the other of the two is empty.
    """

    receiver: str
    correlation_id: str = ""
    kind: str = ""


class Line(NamedTuple):
    """The first of a line, which has been said, and the last."""

    first: RequestKey
    last: RequestKey


class Pending(NamedTuple):
    """What waits for its answer; without `due` it has not been said, for it waits for what
    stands before it.

    `turn` is its place among all that has been said, `tries` how often it has been; `poll` the
    request of a partner for which a clearing house asks it.
    """

    peer: str
    envelope: Envelope
    due: datetime | None = None
    turn: int = 0
    tries: int = 0
    poll: RequestKey | None = None

    @property
    def key(self) -> RequestKey:
        """What it is found by."""
        return RequestKey(self.peer, self.envelope.request_id)


def line_of(envelope: Envelope) -> LineKey:
    """Name the line that an envelope stands in."""
    if type(envelope.message) in SPEAKER:
        return LineKey(envelope.receiver, correlation_id=envelope.correlation_id)
    return LineKey(envelope.receiver, kind=envelope.message.kind)


@dataclass(frozen=True)
class Outbox:
    """All that `waits`, by its request key; how much waits for each of the `partners`; the
    `lines` it stands in, what stands directly `behind` each, and the `turns` in which it was
    said, longest ago first.

    Turns are numbers from `first_turn` to before `next_turn`; where one has been answered or
    said again there is a gap.
    """

    waits: HashTrieMap[RequestKey, Pending] = field(default_factory=HashTrieMap)
    partners: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    lines: HashTrieMap[LineKey, Line] = field(default_factory=HashTrieMap)
    behind: HashTrieMap[RequestKey, RequestKey] = field(default_factory=HashTrieMap)
    turns: HashTrieMap[int, RequestKey] = field(default_factory=HashTrieMap)
    first_turn: int = 0
    next_turn: int = 0

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self.waits)

    def __iter__(self) -> Iterator[Pending]:
        """All that waits: what was said longest ago first, each with the rest of its line."""
        for turn in sorted(self.turns):
            key: RequestKey | None = self.turns[turn]
            while key is not None:
                yield self.waits[key]
                key = self.behind.get(key)

    def first_of(self, line: LineKey) -> Pending | None:
        """Find what has been said last in a line; None if nothing waits there."""
        found = self.lines.get(line)
        return None if found is None else self.waits[found.first]

    def is_full(self, partner: str) -> bool:
        """Say whether as much waits for a partner as may."""
        return self.partners.get(partner, 0) >= MOST_WAITING

    def longest_said(self) -> Pending | None:
        """Find what was said longest ago; None if nothing waits."""
        return self.waits[self.turns[self.first_turn]] if self.turns else None

    def put(self, pending: Pending, line: LineKey, now: datetime) -> Outbox:
        """Put a message at the end of its line; if it is the first there, it is said.

        Raises `Misuse` REP-6 for a request id under which something else waits, `Violation`
        REP-8 where as much waits for its partner as may.
        """
        key = pending.key
        if key in self.waits:
            raise Misuse("REP-6", f"request id {key.request_id} stands twice")
        if self.is_full(line.receiver):
            raise full(line.receiver)
        stands = self.lines.get(line)
        if stands is None:
            added = replace(self, lines=self.lines.insert(line, Line(key, key)))
            outbox = added._say(pending, key, now)
        else:
            outbox = replace(
                self,
                waits=self.waits.insert(key, pending),
                lines=self.lines.insert(line, Line(stands.first, key)),
                behind=self.behind.insert(stands.last, key),
            )
        return replace(outbox, partners=counted(self.partners, line.receiver, 1))

    def say_again(self, pending: Pending, now: datetime) -> Outbox:
        """Say the first of a line again."""
        return self._end_turn(pending.turn)._say(pending, pending.key, now)

    def _say(self, pending: Pending, key: RequestKey, now: datetime) -> Outbox:
        turn = self.next_turn
        said = pending._replace(due=now + RETRY_AFTER, turn=turn, tries=pending.tries + 1)
        return replace(
            self,
            waits=self.waits.insert(key, said),
            turns=self.turns.insert(turn, key),
            next_turn=turn + 1,
        )

    def say_under(self, pending: Pending, request_id: str, now: datetime) -> Outbox:
        """Say the first of a line once more when it is due, under another request id."""
        afresh = pending.envelope.model_copy(update={"request_id": request_id})
        renamed = pending._replace(envelope=afresh)
        old, new, line = pending.key, renamed.key, line_of(afresh)
        last, following = self.lines[line].last, self.behind.get(old)
        behind = self.behind.discard(old)
        if following is not None:
            behind = behind.insert(new, following)
        moved = replace(
            self,
            waits=self.waits.remove(old),
            lines=self.lines.insert(line, Line(new, new if last == old else last)),
            behind=behind,
        )
        return moved.say_again(renamed, now)

    def take_out(self, pending: Pending, now: datetime) -> tuple[Outbox, Pending | None]:
        """Take the first of a line out and say the next, which is told; None where there is
        none.
        """
        key, line = pending.key, line_of(pending.envelope)
        ended = self._end_turn(pending.turn)
        left = replace(
            ended,
            waits=self.waits.remove(key),
            partners=counted(self.partners, line.receiver, -1),
        )
        following = self.behind.get(key)
        if following is None:
            return replace(left, lines=self.lines.remove(line)), None
        moved = replace(
            left,
            lines=self.lines.insert(line, Line(following, self.lines[line].last)),
            behind=self.behind.remove(key),
        )
        said = self.waits[following]
        return moved._say(said, following, now), said

    def _end_turn(self, turn: int) -> Outbox:
        """Forget a turn; without any the count begins anew."""
        turns = self.turns.remove(turn)
        if not turns:
            return replace(self, turns=turns, first_turn=0, next_turn=0)
        first = self.first_turn
        while first not in turns:
            first += 1
        return replace(self, turns=turns, first_turn=first)


def counted(numbers: HashTrieMap[str, int], partner: str, change: int) -> HashTrieMap[str, int]:
    """Count one more or less for a partner; where none is left, it is left out."""
    number = numbers.get(partner, 0) + change
    return numbers.insert(partner, number) if number > 0 else numbers.discard(partner)


def full(partner: str) -> Violation:
    """Say that as much waits for a partner as may."""
    return Violation("REP-8", f"{MOST_WAITING} messages for {partner} wait")
