"""What all forms tell of a report: its claims in short, and its divergences in groups."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from refimpl.conformance.claims import PASSED
from refimpl.conformance.report import Claim, ClaimRow, Report, Result
from refimpl.conformance.verdicts import FAILED, Verdict
from refimpl.vocabulary import Role

DIVERGED: Final = FAILED | {Verdict.XPASS}
"""The verdicts that make a run diverge."""
MEANINGS: Final = {
    Verdict.PASS: "answered as expected",
    Verdict.WRONG_OUTCOME: "accepted in place of refused, or the reverse",
    Verdict.WRONG_CODE: "refused for another reason",
    Verdict.WRONG_OUTPUT: "another output, or a refusal that tells something else",
    Verdict.DIFFERENT: "answered otherwise where this model chose: counts in the model profile "
    "alone",
    Verdict.ERROR: "the adapter had a fault, or what came was no answer",
    Verdict.CRASH: "the process ended, or the connection broke",
    Verdict.TIMEOUT: "no answer in time",
    Verdict.XFAIL: "known to fail, and failed",
    Verdict.XPASS: "known to fail, and passed: delete its row",
    Verdict.SKIPPED: "not done, as the implementation said",
    Verdict.NOT_APPLICABLE: "not asked: beyond what the implementation takes part in",
}
"""Every verdict with its meaning, in the order in which they are told."""
NOT_AFFILIATED: Final = (
    "Counted are the vectors of a reference model made from public material. This is no "
    "certificate, no word of IEC's, and does not say that anything conforms to the standard."
)


class Share(NamedTuple):
    """The claims of one kind in an edition for a role, taken together.

    `short` are those that do not hold, but for those of families of which nothing was asked,
    which are named under `unasked`.
    """

    claim: Claim
    edition: str
    role: Role | None
    passed: int
    applicable: int
    short: tuple[ClaimRow, ...]
    unasked: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether all of them hold."""
        return not self.short and not self.unasked

    @property
    def told_short(self) -> list[str]:
        """What is short of the claim, in words: each family, and how many were not asked."""
        told = [f"{row.family} {row.passed}/{row.applicable}" for row in self.short]
        if self.unasked:
            plural = "family" if len(self.unasked) == 1 else "families"
            told.append(f"{len(self.unasked)} {plural} not asked")
        return told


class Group(NamedTuple):
    """Divergences that are alike: of one operation, with one verdict, from one answer to
    another.
    """

    verdict: Verdict
    operation: str
    expected: str
    got: str
    results: tuple[Result, ...]


def shares(report: Report) -> Iterator[Share]:
    """Yield the claims by kind, role and edition, over the families that were selected."""
    asked = set()
    for result in report.results:
        if result.verdict != Verdict.NOT_APPLICABLE:
            asked.add((result.family, result.edition))
    together: dict[tuple[Claim, Role | None, str], list[ClaimRow]] = {}
    for row in report.claims:
        together.setdefault((row.claim, row.role, row.edition), []).append(row)
    for (claim, role, edition), rows in together.items():
        passed = sum(row.passed for row in rows)
        applicable = sum(row.applicable for row in rows)
        short, unasked = [], []
        for row in rows:
            if (row.family, edition) not in asked:
                unasked.append(row.family)
            elif not row.holds:
                short.append(row)
        yield Share(claim, edition, role, passed, applicable, tuple(short), tuple(unasked))


def operations(report: Report) -> dict[str, tuple[int, int]]:
    """Return of each operation that was asked how many answers passed, and of how many."""
    counted: dict[str, tuple[int, int]] = {}
    for result in report.results:
        if result.verdict != Verdict.NOT_APPLICABLE:
            passed, asked = counted.get(result.operation, (0, 0))
            counted[result.operation] = passed + (result.verdict in PASSED), asked + 1
    return counted


def told_totals(report: Report) -> Iterator[tuple[Verdict, int]]:
    """Yield the verdicts that there are with their numbers."""
    for verdict in MEANINGS:
        number = report.totals.get(verdict, 0)
        if number:
            yield verdict, number


def groups(results: Sequence[Result]) -> list[Group]:
    """Return the divergences in groups: the gravest verdict first, and then the largest."""
    together: dict[tuple[Verdict, str, str, str], list[Result]] = {}
    for result in results:
        if result.verdict in DIVERGED:
            place = result.verdict, result.operation, expected_of(result), got_of(result)
            together.setdefault(place, []).append(result)
    order = list(MEANINGS)
    found = [Group(*place, tuple(members)) for place, members in together.items()]
    return sorted(found, key=lambda one: (order.index(one.verdict), -len(one.results)))


def expected_of(result: Result) -> str:
    """What is expected, in a word: `accept`, or the rule that refuses."""
    return _in_a_word(result.expected)


def got_of(result: Result) -> str:
    """What was answered, in a word; `no answer` where there is none."""
    if result.got is None:
        return "no answer"
    return _in_a_word(result.got)


def _in_a_word(answer: dict[str, object]) -> str:
    return str(answer.get("error", answer.get("outcome", "no answer")))


def troubles(report: Report) -> Iterator[str]:
    """Yield why the run says less than it seems to: what told against it, and that it is
    incomplete.
    """
    for finding in report.canaries.findings:
        yield f"Nothing was measured: {finding}"
    if not report.complete:
        short = report.proof.applicable - report.proof.answered
        why = report.stopped or "not all was answered"
        yield f"The run is incomplete ({why}): {short} of {report.proof.applicable} not asked"


def visible(text: str) -> str:
    """Return a text with an escape in place of each character that is not seen as itself, such
    as one that turns the direction of writing.

    >>> visible("a\\u202eb\\n")
    'a\\\\u202eb\\\\n'
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
