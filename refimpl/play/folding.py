"""A space of states seen from afar: folded by where both ends see a service, so that hundreds
of states become a dozen groups.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from refimpl.play.player import phase_at
from refimpl.play.states import Search
from refimpl.play.steps import State
from refimpl.vocabulary import Phase


class Phases(NamedTuple):
    """Where the home-CSP and the visited-CSO see a service."""

    home: Phase
    visited: Phase


class Group(NamedTuple):
    """All states with the same phases: how many there are, and how many of them are quiet."""

    states: int
    quiet: int


class Folded(NamedTuple):
    """The groups of a space, and how many edges of each verb lead from one to another or stay
    within it.
    """

    groups: Mapping[Phases, Group]
    edges: Mapping[tuple[Phases, Phases], Counter[str]]


def folded(search: Search) -> Folded:
    """Fold a space by the phases of its first service; the search has kept its links.

    >>> from refimpl.edition import load
    >>> from refimpl.play.opening import opening
    >>> search = Search(opening("charging", load("2025")), links=True)
    >>> search.run()
    >>> space = folded(search)
    >>> search.count, len(space.groups), space.groups[Phases(Phase.NEW, Phase.ASKED)].states
    (24, 13, 1)
    """
    seen: list[Phases] = []
    states: Counter[Phases] = Counter()
    quiet: Counter[Phases] = Counter()
    for state, is_quiet in zip(search.states, search.quiet, strict=True):
        phases = _phases_of(search, state)
        seen.append(phases)
        states[phases] += 1
        quiet[phases] += is_quiet
    edges: dict[tuple[Phases, Phases], Counter[str]] = {}
    for link in search.links:
        ends = seen[link.source], seen[link.target]
        edges.setdefault(ends, Counter())[link.verb] += 1
    groups = {phases: Group(count, quiet[phases]) for phases, count in states.items()}
    return Folded(groups, edges)


def _phases_of(search: Search, state: State) -> Phases:
    setting = search.opening.parts[0].setting
    found = []
    for name in (setting.home_csp, setting.visited_cso):
        node = search.steps.moves.node(state.nodes[search.steps.names.index(name)])
        found.append(phase_at(node.rep, setting))
    return Phases(*found)
