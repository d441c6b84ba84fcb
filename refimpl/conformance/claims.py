"""What can be claimed of an implementation, worked out from what it answered.

A claim counts vectors of this model: *standard* those that bind, *model profile* all active
ones that an endpoint in a role is asked, by `roles`.  It holds if every one of them passed in a
run that was complete.  It never says that something conforms to the standard.

What is outside of Part 1 has a claim of its own, of no role, which does not name the standard.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from refimpl.conformance.report import Claim, ClaimRow, Report
from refimpl.conformance.trials import Trial, is_of
from refimpl.conformance.verdicts import FAILED, Verdict
from refimpl.vectors.families import is_outside
from refimpl.vocabulary import Role

PART: Final = "IEC 63119-1"
ROLE_NAMES: Final[Mapping[Role | None, str]] = {
    Role.VISITED_CSO: "visited-CSO",
    Role.HOME_CSP: "home-CSP",
    Role.CLEARING_HOUSE: "clearing house",
    None: "outside Part 1",
}
VECTORS: Final[Mapping[Claim, str]] = {
    Claim.STANDARD: "of this model's vectors that bind",
    Claim.MODEL_PROFILE: "of this model's vectors",
}
PASSED: Final = frozenset({Verdict.PASS, Verdict.XPASS})
"""A known failure that passes has passed; one that fails remains a failure."""
NOT_ASKED: Final = "not asked"
HASH_SHOWN: Final = 12


def with_claims(report: Report, trials: Iterable[Trial]) -> Report:
    """Return a report with the claims that its results amount to; `trials` are all of its
    suite.
    """
    return report.model_copy(update={"claims": tuple(claims_of(report, tuple(trials)))})


def claims_of(report: Report, trials: Sequence[Trial]) -> Iterator[ClaimRow]:
    """Yield the claims for what was selected and the implementation takes part in: those of
    the model profile first, by edition, role and family.

    A claim for which there are no vectors is not made.
    """
    outcomes = _outcomes(report, trials)
    for claim in reversed(Claim):
        for edition in report.selection.editions:
            for role in _roles_of(report):
                for family in report.selection.families:
                    counts = outcomes.get((claim, edition, role, family))
                    if counts:
                        yield _row(report, (claim, edition, role, family), counts)


Place = tuple[Claim, str, Role | None, str]
"""A claim, an edition, a role (None outside of Part 1) and a family."""


def _outcomes(report: Report, trials: Sequence[Trial]) -> dict[Place, Counter[str]]:
    """What became of the vectors of each claim: how many of each verdict, and not asked."""
    counted: dict[Place, Counter[str]] = {}
    for trial in trials:
        result = report.by_key.get((trial.id, trial.edition))
        became = NOT_ASKED
        if result is not None and result.verdict != Verdict.NOT_APPLICABLE:
            became = result.verdict
        for role in _concerned(trial):
            for claim in Claim:
                if trial.binding or claim != Claim.STANDARD:
                    place = claim, trial.edition, role, trial.family
                    counted.setdefault(place, Counter())[became] += 1
    return counted


def _concerned(trial: Trial) -> list[Role | None]:
    """The roles in whose claims a trial counts; None for the claim outside of Part 1."""
    if is_outside(trial.operation):
        return [None]
    return [role for role in Role if is_of(role, trial)]


def _roles_of(report: Report) -> list[Role | None]:
    """The roles that were selected and the implementation takes part in; None among them where
    these are not narrowed.
    """
    named = {one for one in report.capabilities if one.startswith("role:")}
    roles = []
    for role in ROLE_NAMES:
        selected = report.selection.role in (None, role)
        if selected and (not named or f"role:{role}" in named):
            roles.append(role)
    return roles


def _row(report: Report, place: Place, counts: Counter[str]) -> ClaimRow:
    claim, edition, role, family = place
    applicable = counts.total()
    passed = sum(counts[verdict] for verdict in PASSED)
    return ClaimRow(
        claim=claim,
        edition=edition,
        role=role,
        family=family,
        passed=passed,
        applicable=applicable,
        holds=passed == applicable and report.is_measured,
        line=_line(report, place, f"{passed}/{applicable}", counts),
    )


def _line(report: Report, place: Place, share: str, counts: Counter[str]) -> str:
    """A claim in words; it names the vectors as this model's, and the suite by its hash."""
    claim, edition, role, family = place
    part = f"{PART}:{edition}" if role else f"edition {edition}"
    subject = f"{part} - {ROLE_NAMES[role]} - {claim} - {family}"
    digest = report.suite.root_hash.removeprefix("sha256:")[:HASH_SHOWN]
    suite = f"suite {report.suite.version}, {digest}"
    told = [f"{subject}: {share} {VECTORS[claim]} ({suite})", *_short_of(counts)]
    if not report.is_measured:
        told.append("the run is incomplete" if not report.complete else "nothing was measured")
    return "; ".join(told)


def _short_of(counts: Counter[str]) -> Iterator[str]:
    """What became of the vectors that did not pass."""
    failed = sum(counts[verdict] for verdict in FAILED | {Verdict.XFAIL})
    if failed:
        yield f"{failed} diverged"
    if counts[Verdict.SKIPPED]:
        yield f"{counts[Verdict.SKIPPED]} skipped"
    if counts[NOT_ASKED]:
        yield f"{counts[NOT_ASKED]} not asked"
