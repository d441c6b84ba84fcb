"""The runner: an implementation is asked all that applies to it, in an order drawn by lot.

`measure` returns what was measured, also where it is interrupted or gives up.  Its dice are a
seed, and what draws by what a question goes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from random import Random
from time import monotonic
from typing import Final, Protocol

from refimpl.conformance.asking import Answer, Fall, GaveUp
from refimpl.conformance.canaries import asked_twice, made_by_lot, too_easy
from refimpl.conformance.known_failures import NONE_KNOWN, KnownFailures
from refimpl.conformance.measurement import Measurement, Result
from refimpl.conformance.protocol import Introduction, Question, Reply
from refimpl.conformance.sheet import Sheet
from refimpl.conformance.trials import ALL, Capabilities, Selection, Trial
from refimpl.conformance.verdicts import BROKEN, Judgement, Verdict
from refimpl.vectors.drawing import Source


class Implementation(Protocol):
    """Who is asked: a program or a service; `falls` is why one had to be started again."""

    introduction: Introduction
    falls: list[str]

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Yield what becomes of each question; raises `GaveUp`."""

    def finish(self) -> Iterator[Answer]:
        """Say that it is over, and yield what by then was answered twice."""

    def close(self) -> None:
        """End what runs, whatever it is at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of whom, in which order, and what is known to fail."""

    chosen: Sequence[Trial]
    capabilities: Capabilities
    seed: int
    selection: Selection = ALL
    known_failures: KnownFailures = NONE_KNOWN

    @property
    def applicable(self) -> list[Trial]:
        """The trials that the implementation is asked."""
        return [trial for trial in self.chosen if self.capabilities.allow(trial)]


Track = Callable[[int, int], None]
"""How far it is, shown to the one who waits: which answer of how many."""


def measure(
    implementation: Implementation,
    plan: Plan,
    sources: Mapping[str, Sequence[Source]],
    new_seq: Callable[[], str],
    track: Track = lambda _, __: None,
) -> Measurement:
    """Ask an implementation, and return what was measured; `new_seq` draws what a question goes
    by, and a lot for the questions that no vector asks, which a fixed seed would let be known.
    """
    applicable = plan.applicable
    drawn = list(made_by_lot(sources, applicable, new_seq()))
    sheet = Sheet(new_seq, applicable, asked_twice(applicable), drawn)
    began, started = datetime.now(UTC), monotonic()
    stopped = ""
    try:
        answers = implementation.answers(sheet.questions(Random(plan.seed)))
        for number, answer in enumerate(answers, 1):
            sheet.take(answer)
            track(number, len(sheet))
        for answer in implementation.finish():
            sheet.take(answer)
    except GaveUp as error:
        stopped = str(error)
    except KeyboardInterrupt:
        stopped = "interrupted"
    measured = Measurement(
        introduction=implementation.introduction,
        selection=plan.selection,
        seed=plan.seed,
        began=began,
        seconds=monotonic() - started,
        applicable=applicable,
        results=_with_the_rest(plan, sheet),
        canaries=sheet.canaries(),
        stopped=stopped,
        warnings=(*plan.known_failures.void, *filter(None, [too_easy(applicable)])),
    )
    return _with_unexplained_falls(measured, implementation.falls)


def measure_file(
    introduction: Introduction,
    replies: Mapping[tuple[str, str], Reply | Fall],
    plan: Plan,
) -> Measurement:
    """Return what answers amount to that were worked out without a runner."""
    applicable = plan.applicable
    numbers = count(1)
    sheet = Sheet(lambda: str(next(numbers)), applicable)
    began = datetime.now(UTC)
    sheet.take_all(replies)
    known = {(trial.id, trial.edition) for trial in plan.chosen}
    unknown = sorted(replies.keys() - known)
    warnings = [f"answers {id_} in {edition}, which is not asked" for id_, edition in unknown]
    return Measurement(
        introduction=introduction,
        selection=plan.selection,
        seed=plan.seed,
        began=began,
        seconds=0.0,
        applicable=applicable,
        results=_with_the_rest(plan, sheet),
        warnings=(*plan.known_failures.void, *warnings[:MOST_WARNINGS], NO_CANARIES),
    )


MOST_WARNINGS: Final = 10
NO_CANARIES: Final = "answers from a file have no canaries: who wrote them may know the vectors"


def _with_the_rest(plan: Plan, sheet: Sheet) -> list[Result]:
    """The results in the order of the suite, in view of what is known to fail, and with the
    trials that do not apply.
    """
    results = {}
    for result in sheet.results():
        judgement = plan.known_failures.apply(result.trial, result.judgement)
        results[result.trial.id, result.trial.edition] = result._replace(judgement=judgement)
    ordered = []
    for trial in plan.chosen:
        key = trial.id, trial.edition
        if key in results:
            ordered.append(results[key])
        elif not plan.capabilities.allow(trial):
            ordered.append(Result(trial, Judgement(Verdict.NOT_APPLICABLE)))
    return ordered


def _with_unexplained_falls(measured: Measurement, falls: Sequence[str]) -> Measurement:
    """The measurement, with a warning where a process fell and no question was to blame."""
    if not falls or any(measured.totals[verdict] for verdict in BROKEN):
        return measured
    said = f"fell {len(falls)} times and no question alone was to blame: {falls[0]}"
    return replace(measured, warnings=(*measured.warnings, said))
