"""The sheet of one measurement: every question that is put, by what it goes by, and what became
of each.

An answer that comes a second time to one question takes the place of the first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Final

from refimpl.conformance.asking import Answer, Fall
from refimpl.conformance.canaries import Watch, differ, knows_by_heart, passes_turned_round
from refimpl.conformance.measurement import Canaries, Result
from refimpl.conformance.protocol import (
    Accepted,
    Question,
    Rejected,
    Reply,
    Seq,
    question,
    told,
)
from refimpl.conformance.trials import Trial
from refimpl.conformance.verdicts import Judgement, Verdict, compare, judge
from refimpl.vectors.drawing import Drawn
from refimpl.vectors.suite import Json

KEPT: Final = 32 * 2**20
"""How many bytes of answers are kept; of later ones only outcome and error."""


class Sheet:
    """What is asked, and what became of it; `new_seq` draws what a question goes by."""

    def __init__(
        self,
        new_seq: Callable[[], str],
        trials: Sequence[Trial],
        again: Sequence[Trial] = (),
        drawn: Sequence[Drawn] = (),
    ) -> None:
        self._trials = {Seq(new_seq()): trial for trial in trials}
        self._again = {Seq(new_seq()): trial for trial in again}
        self._drawn = {Seq(new_seq()): one for one in drawn}
        self._results: dict[Seq, Result] = {}
        self._replies: dict[Seq, Reply | Fall] = {}
        self._watch = Watch()
        self._room = KEPT
        asked_again = set(map(id, again))
        self._first: dict[int, Seq] = {}
        for seq, trial in self._trials.items():
            if id(trial) in asked_again:
                self._first[id(trial)] = seq

    def __len__(self) -> int:
        return len(self._trials) + len(self._again) + len(self._drawn)

    def questions(self, dice: Random) -> Iterator[Question]:
        """Yield every question, in an order drawn by lot; that of the trials does not hang on
        which others there are.
        """
        order = [*self._trials, *self._again]
        dice.shuffle(order)
        for seq in self._drawn:
            order.insert(dice.randint(0, len(order)), seq)
        for seq in order:
            asked = self._drawn.get(seq) or self._trials.get(seq) or self._again[seq]
            yield question(seq, asked.operation, asked.edition, asked.context, asked.input)

    def take(self, answer: Answer) -> None:
        """Write down what became of a question."""
        seq, said, seconds = answer
        trial = self._trials.get(seq)
        if trial is None or id(trial) in self._first:
            self._replies[seq] = said
        if trial is not None:
            self._results[seq] = self._judged(trial, said, seconds)

    def take_all(self, replies: Mapping[tuple[str, str], Reply | Fall]) -> None:
        """Write down the answers to trials that go by vector and edition."""
        for seq, trial in self._trials.items():
            said = replies.get((trial.id, trial.edition))
            if said is not None:
                self.take(Answer(seq, said, 0.0))

    def _judged(self, trial: Trial, said: Reply | Fall, seconds: float) -> Result:
        if isinstance(said, Fall):
            return Result(trial, Judgement(said.verdict, said.detail), None, seconds)
        self._watch.see(trial, said)
        judgement = judge(trial.expected, said, binding=trial.binding)
        return Result(trial, judgement, self._kept(trial, told(said), judgement), seconds)

    def _kept(self, trial: Trial, said: Json, judgement: Judgement) -> Json:
        """What is kept of an answer: all, as long as there is room; a right one takes none."""
        if judgement.verdict == Verdict.PASS:
            return {**trial.expected}
        self._room -= len(repr(said))
        if self._room > 0:
            return said
        return {name: said[name] for name in ("outcome", "error") if name in said}

    # --- At the end ---------------------------------------------------------------------------

    def results(self) -> list[Result]:
        """Return what became of the trials, in the order of the suite."""
        return [self._results[seq] for seq in self._trials if seq in self._results]

    def canaries(self) -> Canaries:
        """Return what the canaries tell."""
        made = [seq for seq in self._drawn if self._was_answered(seq)]
        agreed = sum(self._agrees_with_reference(seq) for seq in made)
        verdicts = [result.judgement.verdict for result in self._results.values()]
        passed = verdicts.count(Verdict.PASS)
        findings = [
            *self._differing(),
            *self._watch.findings(),
            knows_by_heart(len(made), agreed, len(verdicts), passed),
        ]
        return Canaries(len(self._again), len(made), agreed, tuple(filter(None, findings)))

    def _was_answered(self, seq: Seq) -> bool:
        return isinstance(self._replies.get(seq), Accepted | Rejected)

    def _agrees_with_reference(self, seq: Seq) -> bool:
        said = self._replies[seq]
        assert isinstance(said, Accepted | Rejected)
        return compare(self._drawn[seq].expected, said).verdict == Verdict.PASS

    def _differing(self) -> Iterator[str]:
        """What is wrong with the answers to what was asked twice."""
        for seq, trial in self._again.items():
            first, second = self._replies.get(self._first[id(trial)]), self._replies.get(seq)
            if isinstance(first, Accepted | Rejected) and isinstance(
                second, Accepted | Rejected
            ):
                yield differ(trial, first, second)
                yield passes_turned_round(trial, first)
