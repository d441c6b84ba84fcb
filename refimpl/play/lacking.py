"""An edition that lacks some of its rules: each is switched off, or where a rule refuses
nothing and stands in the session table alone, its rows are taken out.

Rules: SES-9, EDN-3, EDN-5.
"""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from refimpl.edition import Edition, StepRow
from refimpl.edition.switches import SWITCHED, without
from refimpl.session import STEPS


def lacking(edition: Edition, rules: Iterable[str]) -> Edition:
    """An edition without some of its rules.

    Raises `Misuse` EDN-5 for a rule that it has not, EDN-3 for one that is neither switched off
    nor a matter of rows.

    >>> from refimpl.edition import load
    >>> lacks(lacking(load("2025"), ["SES-9", "SES-4"]))
    ('SES-4', 'SES-9')
    """
    asked = frozenset(rules)
    in_table = frozenset(step.rule for step in STEPS) - SWITCHED
    steps = dict(edition.steps)
    for step in STEPS:
        if step.rule in asked & in_table:
            steps[step.id] = StepRow(id=step.id, removed=True)
    laid_over = replace(edition, steps=MappingProxyType(steps))
    return without(laid_over, sorted(asked - in_table))


def lacks(edition: Edition) -> tuple[str, ...]:
    """The rules that are switched off in an edition, or all of whose rows are taken out."""
    removed = frozenset(row.id for row in edition.steps.values() if row.removed)
    of_rule: dict[str, set[str]] = {}
    for step in STEPS:
        of_rule.setdefault(step.rule, set()).add(step.id)
    out = (rule for rule, ids in of_rule.items() if ids <= removed)
    return tuple(sorted({*edition.off, *out}, key=_by_number))


def _by_number(rule: str) -> tuple[str, int]:
    group, _, number = rule.partition("-")
    return group, int(number)
