"""A measurement: which vectors an implementation is asked, in which order, and what becomes of
each.

`measure` asks and returns a `Measurement`, also where it is interrupted or gives up: what was
measured until then is in it, and why it is not complete.  Clock and dice are handed in.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from time import monotonic
from typing import Final, NamedTuple, Protocol

from refimpl.conformance import canaries
from refimpl.conformance.asking import Answer, Fall, GaveUp
from refimpl.conformance.known_failures import NONE_KNOWN, KnownFailures
from refimpl.conformance.protocol import Introduction, Question, Reply, Seq, question, told
from refimpl.conformance.random_questions import Drawn, Source
from refimpl.conformance.trials import Capabilities, Selection, Trial, digest_of
from refimpl.conformance.verdicts import BROKEN, Judgement, Verdict, compare, judge
from refimpl.vectors.suite import Json

KEPT: Final = 32 * 2**20
"""How many bytes of answers are kept for the report; of later ones only outcome and error."""


class Implementation(Protocol):
    """Who is asked: a program or a service."""

    introduction: Introduction
    falls: list[str]

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Yield what becomes of each question; raises `GaveUp`."""

    def close(self) -> None:
        """Say that it is over."""


class Result(NamedTuple):
    """What became of one trial; `got` is the answer, as far as there is one and it is kept."""

    trial: Trial
    judgement: Judgement
    got: Json | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked, in which order, and what is known to fail."""

    seed: int
    selection: Selection = Selection()
    known_failures: KnownFailures = NONE_KNOWN


@dataclass(slots=True)
class Measurement:
    """All that was measured, and what is not so in it: `stopped` tells why it ended early, and
    `distrust` why it counts for nothing.
    """

    plan: Plan
    introduction: Introduction
    began: datetime
    applicable: Sequence[Trial]
    results: dict[tuple[str, str], Result] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: str = ""
    made: int = 0
    agreed: int = 0
    twice: int = 0
    distrust: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def answered(self) -> list[Trial]:
        """The trials that were put to the implementation and of which something became."""
        wanted = [self.results.get((trial.id, trial.edition)) for trial in self.applicable]
        return [result.trial for result in wanted if result is not None]

    @property
    def complete(self) -> bool:
        """Whether every trial that applies was asked, by the digest over them."""
        return not self.stopped and digest_of(self.answered) == digest_of(self.applicable)


Track = Callable[[int], None]
"""How far it is, shown to the one who waits: called for each question that is done with."""


@dataclass(slots=True)
class _Ask:
    """A question on its way, and what it is asked for: a trial, or a canary made by lot."""

    question: Question
    trial: Trial | None = None
    drawn: Drawn | None = None
    again: bool = False
