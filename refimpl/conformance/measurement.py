"""What was measured: a result for each vector in each edition, and how far to trust it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from refimpl.conformance.protocol import Introduction
from refimpl.conformance.trials import Selection, Trial, digest_of
from refimpl.conformance.verdicts import BROKEN, WRONG, Judgement, Verdict
from refimpl.vectors.suite import Json


class Result(NamedTuple):
    """What became of one trial; `got` is the answer, where there is one."""

    trial: Trial
    judgement: Judgement
    got: Json | None = None
    seconds: float = 0.0


class Canaries(NamedTuple):
    """How many questions were asked twice, how many were made by lot and how many of these
    were answered as the reference does; and in words why nothing has been measured.
    """

    twice: int = 0
    made: int = 0
    agreed: int = 0
    findings: tuple[str, ...] = ()


NO_CANARIES: Final = Canaries()


@dataclass(frozen=True, slots=True)
class Measurement:
    """The results by trial, and all that a report says besides.

    `applicable` are the trials that had to be asked, and `stopped` tells why it ended before
    they all were; `warnings` are for people.
    """

    introduction: Introduction
    selection: Selection
    seed: int
    began: datetime
    seconds: float
    applicable: Sequence[Trial]
    results: Sequence[Result]
    canaries: Canaries = NO_CANARIES
    stopped: str = ""
    warnings: tuple[str, ...] = ()
    totals: Mapping[Verdict, int] = field(init=False)

    def __post_init__(self) -> None:
        totals = dict.fromkeys(Verdict, 0)
        for result in self.results:
            totals[result.judgement.verdict] += 1
        object.__setattr__(self, "totals", totals)

    def answered(self) -> Iterator[Trial]:
        """Yield the trials that were asked and of which something became."""
        for result in self.results:
            if result.judgement.verdict != Verdict.NOT_APPLICABLE:
                yield result.trial

    @property
    def complete(self) -> bool:
        """Whether all that applies was asked, by the digest over it."""
        return not self.stopped and digest_of(self.answered()) == digest_of(self.applicable)


PASSED, DIVERGED, NOT_MEASURED, INCOMPLETE = range(4)
"""The exit codes."""


def exit_code(measured: Measurement, *, only_standard: bool) -> int:
    """Return how a run ends; what does not bind counts unless only the standard is claimed."""
    failures = {*WRONG, *BROKEN, Verdict.XPASS}
    if not only_standard:
        failures.add(Verdict.DIFFERENT)
    if measured.canaries.findings:
        return NOT_MEASURED
    if not measured.complete:
        return INCOMPLETE
    if any(measured.totals[verdict] for verdict in failures):
        return DIVERGED
    return INCOMPLETE if measured.totals[Verdict.SKIPPED] or not measured.applicable else PASSED
