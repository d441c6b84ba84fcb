"""What each rule of a service is needed for: the rules that an edition may switch off, switched
off one after the other, until a property breaks.

A rule without which none breaks is not needed for any of them in the spaces that are tried: it
may be needed for what no property says, or for what only a larger space shows.

Rules: SES-*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.play.lacking import lacking
from refimpl.play.opening import REPERTOIRES, opening
from refimpl.play.states import Broken, Search
from refimpl.play.world import NO_FAULTS, Bounds

SPACES: Final = (NO_FAULTS, Bounds(lose=1), Bounds(double=1))
"""In which spaces a rule is tried: every repertoire over these faults, in the direct mode."""


class Trial(NamedTuple):
    """What came of one rule: in how many states it was tried, and the property that breaks
    without it, if one does.
    """

    rule: str
    says: str
    states: int
    broken: Broken | None = None


def session_rules(edition: Edition) -> tuple[str, ...]:
    """The ids of the model's own rules of a service.

    >>> from refimpl.edition import load
    >>> session_rules(load("2025"))[:2]
    ('SES-1', 'SES-2')
    """
    return tuple(rule for rule in edition.rules if rule.startswith("SES-"))


def try_without(edition: Edition, rule: str) -> Trial:
    """Search without a rule for a property that breaks, in the smallest spaces first; of those
    of one size the shortest way counts.

    Raises `Misuse` EDN-3 as `lacking` does.
    """
    says = edition.sentence(rule)
    changed = lacking(edition, [rule])
    states = 0
    for bounds in SPACES:
        found: list[Broken] = []
        for search in _searches(changed, bounds):
            search.run()
            states += search.count
            if search.broken is not None:
                found.append(search.broken)
        if found:
            return Trial(rule, says, states, min(found, key=_length))
    return Trial(rule, says, states)


def _searches(edition: Edition, bounds: Bounds) -> Iterator[Search]:
    for name, story in REPERTOIRES.items():
        if story.service in edition.services:
            for valid in (True, False):
                yield Search(opening(name, edition, valid=valid), bounds)


def _length(broken: Broken) -> int:
    return len(broken.world.trace)
