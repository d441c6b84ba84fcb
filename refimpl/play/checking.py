"""The properties, looked at in each state of a world: once for each that differs in what they
look at.

Rules: PRV-5, PRV-6.
"""

from __future__ import annotations

from typing import NamedTuple

from refimpl.play.properties import (
    DISCLOSURE,
    PROPERTIES,
    Facts,
    Property,
    Scene,
    facts_of,
    hears_more,
    may_hear,
)
from refimpl.play.steps import State, Steps
from refimpl.play.world import FAULTS

RESTART, FORGET = FAULTS.index("restart"), FAULTS.index("forget")


class Look(NamedTuple):
    """All that the properties see of a state: the facts of its nodes by number, whether it is
    quiet, and whether a node has lost what waited, or forgot everything.
    """

    facts: tuple[int, ...]
    quiet: bool
    lost: bool
    forgot: bool


class Checks:
    """Looks at the properties in states, and remembers what it has seen."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._may = may_hear(steps.opening)
        self._fact_of: dict[int, int] = {}
        self._numbers: dict[Facts, int] = {}
        self._every: list[Facts] = []
        self._discloses: dict[int, bool] = {}
        self._seen: dict[Look, Property | None] = {}

    def broken(self, state: State, quiet: bool) -> Property | None:
        """Find the first property that does not hold in a state."""
        for flight in state.flights:
            if self._tells_more(flight >> 1):
                return DISCLOSURE
        forgot = state.faults[FORGET] > 0
        lost = forgot or state.faults[RESTART] > 0
        facts = tuple([self._facts(node) for node in state.nodes])
        look = Look(facts, quiet, lost, forgot)
        if look not in self._seen:
            self._seen[look] = self._look(look)
        return self._seen[look]

    def _tells_more(self, flight: int) -> bool:
        """Whether a clearing house learns more by a flight than it may."""
        more = self._discloses.get(flight)
        if more is None:
            flown = self._steps.moves.flights[flight]
            more = hears_more(self._may, flown.receiver, flown.envelope)
            self._discloses[flight] = more
        return more

    def _facts(self, node: int) -> int:
        """The number of the facts of a node."""
        number = self._fact_of.get(node)
        if number is None:
            facts = facts_of(self._steps.moves.node(node), self._steps.opening)
            number = self._numbers.setdefault(facts, len(self._every))
            if number == len(self._every):
                self._every.append(facts)
            self._fact_of[node] = number
        return number

    def _look(self, look: Look) -> Property | None:
        of = zip(self._steps.names, look.facts, strict=True)
        facts = {name: self._every[number] for name, number in of}
        scene = Scene(self._steps.opening, facts, look.quiet, look.lost, look.forgot)
        for one in PROPERTIES:
            if not one.holds(scene):
                return one
        return None
