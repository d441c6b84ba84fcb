"""A report on another implementation, to look at: how much it passed, what may be claimed of
it, how it diverged, and one vector explained.
"""

import json
from typing import Final

from refimpl.conformance.claims import ROLE_NAMES
from refimpl.conformance.explaining import explanation
from refimpl.conformance.forms.summary import (
    MEANINGS,
    groups,
    shares,
    told_totals,
    visible,
)
from refimpl.conformance.report import Claim, Report
from refimpl.edition import Edition
from refimpl.vectors.suite import Suite
from refimpl.views.kit.table import Table

NOTHING: Final = "–"
MEMBERS: Final = ("title", "why", "operation", "input", "basis", "binding")


def totals(report: Report) -> Table:
    """Return how many questions had which verdict, and what each verdict means."""
    rows = []
    for verdict, number in told_totals(report):
        rows.append((verdict.value, str(number), MEANINGS[verdict]))
    about = report.implementation
    caption = f"{visible(about.name)} {visible(about.version)}, {len(report.results)} questions"
    return Table(caption, ("verdict", "questions", "meaning"), tuple(rows))


def claims(report: Report, claim: Claim) -> Table:
    """Return what can be claimed of each role in each edition, over all families."""
    rows = []
    for share in shares(report):
        if share.claim == claim:
            passed = f"{share.passed} of {share.applicable}"
            held = "holds" if share.holds else "does not hold"
            rows.append((ROLE_NAMES[share.role], share.edition, passed, held))
    heads = ("role", "edition", "vectors of this model passed", "the claim")
    return Table(f"Claims: {claim}", heads, tuple(rows))


def divergences(report: Report, edition: Edition) -> Table:
    """Return the divergences in an edition, those that are alike together."""
    rows = []
    for group in groups([one for one in report.results if one.edition == edition.id]):
        kind = f"{group.verdict}, {group.operation}"
        names = ", ".join(one.id.partition("/")[2] for one in group.results)
        rows.append((kind, group.expected, visible(group.got), names))
    heads = ("divergence", "expected", "got", "vectors")
    return Table(f"Divergences in groups, {edition.id}", heads, tuple(rows))


def explained(suite: Suite, report: Report, name: str, edition: Edition) -> Table:
    """Return all that is known of one vector in one edition, and what was answered."""
    told = explanation(suite, suite.by_id[name], report)
    answered = told["editions"][edition.id]
    rows = [(member, _written(told[member])) for member in MEMBERS]
    rows += [(f"rule {rule['id']}", rule["says"]) for rule in told["rules"]]
    rows += [("expected", _written(answered["expect"])), ("got", _written(answered["got"]))]
    rows.append(("first difference", answered.get("firstDifference", NOTHING)))
    rows += _rows_of_twin(told)
    return Table(f"{name}, {edition.id}: {answered['verdict']}", ("", name), tuple(rows))


def _rows_of_twin(told: dict[str, object]) -> list[tuple[str, str]]:
    twin = told.get("twin")
    if not isinstance(twin, dict):
        return []
    rows = [("twin", twin["id"])]
    for one in twin["differs"]:
        said = f"{_written(one.get('here'))} here, {_written(one.get('there'))} there"
        rows.append((one["place"], said))
    return rows


def _written(value: object) -> str:
    return visible(value) if isinstance(value, str) else json.dumps(value)
