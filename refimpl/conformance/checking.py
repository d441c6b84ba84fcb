"""Whether a report is one on a suite: what it says of each vector, and what it claims."""

from collections.abc import Iterator

from refimpl.conformance.claims import claims_of
from refimpl.conformance.forms.differing import first_difference
from refimpl.conformance.report import Report, Result
from refimpl.conformance.trials import Trial, trials
from refimpl.conformance.verdicts import Verdict, same_json
from refimpl.vectors.suite import Suite


def faults_against(report: Report, suite: Suite) -> Iterator[str]:
    """Yield in what a report contradicts the suite that it names by its root hash."""
    asked = {(trial.id, trial.edition): trial for trial in trials(suite)}
    for result in report.results:
        trial = asked.get(result.key)
        if trial is None:
            yield f"{result.id} in {result.edition} is no vector of the suite"
        elif not _is_of(result, trial):
            yield f"{result.id} in {result.edition} is another vector in the suite"
        elif result.verdict == Verdict.PASS and not _agrees(result):
            yield f"{result.id} in {result.edition} passed with another answer"
    if report.claims != tuple(claims_of(report, tuple(asked.values()))):
        yield "its claims are not those that its results amount to"


def _is_of(result: Result, trial: Trial) -> bool:
    return (
        result.content_hash == trial.content_hash
        and result.operation == trial.operation
        and result.family == trial.family
        and result.role == trial.role
        and result.binding == trial.binding
        and same_json(result.expected, dict(trial.expected))
    )


def _agrees(result: Result) -> bool:
    """Whether an answer is as expected; the runner writes down what was expected for it."""
    if result.got is None:
        return False
    if same_json(result.expected, result.got):
        return True
    return first_difference(result.expected, result.got) is None
