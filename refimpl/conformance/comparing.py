"""Two reports held against each other, by vector and edition; also those of two versions of a
suite.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.conformance.report import ClaimRow, Report, Result
from refimpl.conformance.verdicts import Verdict

NOT_ASKED: Final = frozenset({Verdict.NOT_APPLICABLE, Verdict.SKIPPED})
PASSED: Final = frozenset({Verdict.PASS, Verdict.XPASS})


class Change(StrEnum):
    """What became of one vector in one edition from one report to the next."""

    WORSE = "worse"
    BETTER = "better"
    OTHERWISE = "fails otherwise"
    NEW = "newly asked"
    GONE = "gone"
    MEANS = "means something else"


MEANINGS: Final[Mapping[Change, str]] = MappingProxyType(
    {
        Change.WORSE: "passed before and fails now",
        Change.BETTER: "failed before and passes now",
        Change.OTHERWISE: "fails as before, with another verdict or answer",
        Change.NEW: "was not asked before",
        Change.GONE: "was asked before, and is not asked now",
        Change.MEANS: "asks or expects something else in the other suite",
    }
)


class Changed(NamedTuple):
    """One vector in one edition of which something changed; `before` or `after` is None where
    the report does not have it.
    """

    change: Change
    before: Result | None
    after: Result | None

    @property
    def result(self) -> Result:
        """The later of the two results."""
        one = self.after or self.before
        assert one is not None
        return one


def compare_reports(before: Report, after: Report) -> Iterator[Changed]:
    """Yield what changed from one report to another, vector by vector."""
    for key in {**before.by_key, **after.by_key}:
        one, other = before.by_key.get(key), after.by_key.get(key)
        change = _change(one, other)
        if change is not None:
            yield Changed(change, one, other)


def _change(before: Result | None, after: Result | None) -> Change | None:
    if not _was_asked(before) or not _was_asked(after):
        return _came_or_went(_was_asked(before), _was_asked(after))
    assert before is not None
    assert after is not None
    if before.content_hash != after.content_hash:
        return Change.MEANS
    passed, passes = before.verdict in PASSED, after.verdict in PASSED
    if passed != passes:
        return Change.BETTER if passes else Change.WORSE
    same = (before.verdict, before.got) == (after.verdict, after.got)
    return None if passes or same else Change.OTHERWISE


def _was_asked(result: Result | None) -> bool:
    return result is not None and result.verdict not in NOT_ASKED


def _came_or_went(asked: bool, is_asked: bool) -> Change | None:
    if asked == is_asked:
        return None
    return Change.NEW if is_asked else Change.GONE


def claims_lost(before: Report, after: Report) -> list[ClaimRow]:
    """Return the claims of the later report that do not hold and held in the one before."""
    held = {_claimed(row) for row in before.claims if row.holds}
    return [row for row in after.claims if not row.holds and _claimed(row) in held]


def _claimed(row: ClaimRow) -> tuple[str, str, str | None, str]:
    return row.claim, row.edition, row.role, row.family


def is_worse(changed: Changed, *, same_suite: bool) -> bool:
    """Tell whether a change is for the worse.

    What is gone is, unless it failed before or the suite may have withdrawn it.
    """
    if changed.change == Change.GONE:
        passed = changed.before is not None and changed.before.verdict in PASSED
        was_withdrawn = changed.after is None and not same_suite
        return passed and not was_withdrawn
    if changed.change == Change.MEANS:
        before, after = changed.before, changed.after
        assert before is not None
        assert after is not None
        return before.verdict in PASSED and after.verdict not in PASSED
    return changed.change == Change.WORSE
