"""Canaries: what tells whether a measurement can be trusted.

Some vectors are asked twice: both answers have to agree, and turned round the expectation has
to fail.  Other questions are made by lot and answered by the reference, so that they stand in
no file.  And an implementation is watched that says the same to all, or hands back what it was
given.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from refimpl.conformance.protocol import Accepted, Rejected, Reply, told
from refimpl.conformance.trials import Trial
from refimpl.conformance.verdicts import Verdict, compare, same_json
from refimpl.shapes import canonical_json
from refimpl.vectors.drawing import Drawn, Source, draw
from refimpl.vectors.operation import accepted
from refimpl.vectors.suite import BadSuite, Expect, Json

MADE: Final = 3
"""How many questions are made for each operation."""
J = TypeVar("J", Json, Expect)
EASY: Final = 0.25
"""The share of what is asked that one answer may pass before it is said."""
ENOUGH: Final = 20
"""How many answers it takes before anything is said about all of them."""


def asked_twice(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that are asked twice: of each operation the first that accepts, and the
    first that refuses.
    """
    found: dict[tuple[str, str], Trial] = {}
    for trial in trials:
        found.setdefault((trial.operation, trial.expected["outcome"]), trial)
    return list(found.values())


def made_by_lot(
    found: Mapping[str, Sequence[Source]], trials: Sequence[Trial], lot: str
) -> Iterator[Drawn]:
    """Yield some questions of each operation and edition that is asked, in no file before; from
    another lot come others.
    """
    asked = {(trial.operation, trial.edition) for trial in trials}
    known = {canonical_json([trial.operation, trial.context, trial.input]) for trial in trials}
    for operation in sorted({operation for operation, _ in asked}):
        made = 0
        for number in range(10 * MADE):
            try:
                drawn = draw(found[operation], f"canary {lot}", number)
            except BadSuite:
                continue
            content = canonical_json([operation, drawn.context, drawn.input])
            if (operation, drawn.edition) in asked and content not in known and made < MADE:
                made += 1
                yield drawn


def turned_round(expected: Expect) -> Expect:
    """Return an expectation that no answer meets: the other outcome, and nothing to meet it by.

    >>> turned_round({"outcome": "reject", "error": "EMA-2"})
    {'outcome': 'accept', 'output': {'': 'turned round'}}
    """
    if expected["outcome"] == "reject":
        return accepted({"": "turned round"})
    return {"outcome": "reject", "error": ""}


def too_easy(trials: Sequence[Trial]) -> str:
    """Tell in words where one answer alone passes much of what is asked; empty where it does
    not.
    """
    answers = Counter(canonical_json(trial.expected) for trial in trials)
    if not answers:
        return ""
    [(_, most)] = answers.most_common(1)
    if most <= EASY * len(trials):
        return ""
    return f"one answer alone passes {most} of these {len(trials)}: they test little"


@dataclass(slots=True)
class Watch:
    """What is seen of all answers together.

    Of what is said, and of what is expected, two are kept that are not the same.
    """

    _answers: int = 0
    _accepted: int = 0
    _echoes: int = 0
    _said: list[Json] = field(default_factory=list)
    _expected: list[Expect] = field(default_factory=list)

    def see(self, trial: Trial, reply: Reply) -> None:
        """Look at the answer to a trial."""
        if not isinstance(reply, Accepted | Rejected):
            return
        self._answers += 1
        _keep_another(self._said, told(reply))
        _keep_another(self._expected, trial.expected)
        if isinstance(reply, Accepted):
            self._accepted += 1
            self._echoes += same_json(reply.output, trial.input)

    def findings(self) -> Iterator[str]:
        """Yield in words what no implementation does that knows the rules."""
        if self._answers < ENOUGH or len(self._expected) < 2:
            return
        if len(self._said) < 2:
            yield f"says the same to all {self._answers} questions"
        if self._accepted >= ENOUGH and self._echoes == self._accepted:
            yield "hands back what it was given"


def _keep_another(kept: list[J], value: J) -> None:
    if len(kept) < 2 and not any(same_json(one, value) for one in kept):
        kept.append(value)


def differ(trial: Trial, first: Reply, second: Reply) -> str:
    """Tell in words how two answers to one question differ; empty where they do not."""
    if same_json(told(first), told(second)):
        return ""
    return f"answers {trial.id} in edition {trial.edition} in two ways"


def passes_turned_round(trial: Trial, reply: Reply) -> str:
    """Tell in words where an answer also meets the expectation turned round."""
    if not isinstance(reply, Accepted | Rejected):
        return ""
    if compare(turned_round(trial.expected), reply).verdict != Verdict.PASS:
        return ""
    return f"the answer to {trial.id} in edition {trial.edition} meets whatever is expected"


def knows_by_heart(made: int, agreed: int, asked: int, passed: int) -> str:
    """Tell in words that the questions of no file are answered much worse than the vectors."""
    knows_most = passed > asked / 2
    if made < ENOUGH or not knows_most or agreed / made >= passed / asked / 2:
        return ""
    return (
        f"answers {passed} of {asked} vectors as they expect, and {agreed} of {made} questions "
        "that are in no file: it knows the vectors, and not the rules"
    )
