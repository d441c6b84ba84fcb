"""All states that a world can reach: a breadth-first search over what may happen.

A state is what each endpoint holds (`canonical`), what is under way in no order, how far each
side is in its acts, and how many faults there were.  What an endpoint does is done by the
endpoint itself (`moves`), and in each state every property is looked at (`properties`).  What
is found first is reached by the fewest actions, so the way to where a property does not hold is
a shortest one.

Rules: REP-4, REP-5.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from refimpl.play.checking import Checks
from refimpl.play.opening import Opening
from refimpl.play.properties import UNDER_WAY, Property
from refimpl.play.steps import FAIR, Edge, State, Steps
from refimpl.play.world import NO_FAULTS, Bounds, World, begin, take


class Broken(NamedTuple):
    """A property that does not hold, and the nearest world in which it does not: its trace is a
    shortest way there.
    """

    id: str
    says: str
    world: World


class Link(NamedTuple):
    """One thing that may happen, from the state of a number to that of another."""

    source: int
    verb: str
    target: int


class Search:
    """The states of a world found so far, by number, in the order of how many actions lead to
    each.

    `count` are known, `followed` edges lead between them, `depth` actions lead to the farthest,
    and `quiet` says of each whether nothing is under way there; `broken` is the property that
    is found not to hold.  With `links` all states and edges are kept, for a picture.

    >>> from refimpl.edition import load
    >>> from refimpl.play.opening import opening
    >>> search = Search(opening("charging", load("2025")), Bounds(lose=1))
    >>> search.run()
    >>> search.count, search.depth, search.complete, search.broken
    (74, 14, True, None)
    """

    def __init__(
        self, opening: Opening, bounds: Bounds = NO_FAULTS, *, links: bool = False
    ) -> None:
        self.opening = opening
        self.bounds = bounds
        self.steps = Steps(opening, bounds)
        self.followed = 0
        self.depth = 0
        self.complete = False
        self.broken: Broken | None = None
        self.quiet = bytearray()
        self.links: list[Link] = []
        self.states: list[State] = []
        self._keeps = links
        self._checks = Checks(self.steps)
        self._numbers: dict[State, int] = {}
        self._before = array("l")
        self._done: list[tuple[str, int]] = []
        self._fair = (array("l"), array("l"))

    @property
    def count(self) -> int:
        """How many states are known."""
        return len(self._numbers)

    def run(self, report: Callable[[int], None] | None = None) -> None:
        """Find all states, or the first in which a property does not hold; `report` is told
        now and then how many are known.
        """
        first = self.steps.first()
        self._add(first, self.steps.key(first), 0, ("", 0))
        level = [first]
        number = 0
        while level:
            following: list[State] = []
            for state in level:
                following.extend(self._new_behind(state, number))
                number += 1
                if self._is_over():
                    return
                if report is not None and number % 1000 == 0:
                    report(self.count)
            level = following
            self.depth += bool(following)
        self.complete = True
        self._find_endless()

    def _new_behind(self, state: State, number: int) -> Iterator[State]:
        """The states that are found first behind the one of a number."""
        for edge in self.steps.edges(state):
            self.followed += 1
            key = self.steps.key(edge.to)
            target = self._numbers.get(key)
            if target is None:
                target = self._add(edge.to, key, number, (edge.verb, edge.what))
                yield edge.to
            self._keep(edge, number, target)
            if self._is_over():
                return

    def _is_over(self) -> bool:
        return self.broken is not None

    def _keep(self, edge: Edge, source: int, target: int) -> None:
        if edge.verb in FAIR:
            self._fair[0].append(source)
            self._fair[1].append(target)
        if self._keeps:
            self.links.append(Link(source, edge.verb, target))

    def _add(self, state: State, key: State, before: int, done: tuple[str, int]) -> int:
        number = len(self._numbers)
        self._numbers[key] = number
        self._before.append(before)
        self._done.append(done)
        if self._keeps:
            self.states.append(state)
        quiet = self.steps.quiet(state)
        self.quiet.append(quiet)
        broken = self._checks.broken(state, quiet)
        if broken is not None:
            self._break(broken, number)
        return number

    def _break(self, broken: Property, number: int) -> None:
        self.broken = Broken(broken.id, broken.says, self.world(number))

    def _find_endless(self) -> None:
        """Find the first state from which what happens by itself leads to no quiet one."""
        ends = bytearray(self.quiet)
        sources, targets = self._fair
        more = True
        while more:
            more = False
            for place in range(len(sources) - 1, -1, -1):
                if ends[targets[place]] and not ends[sources[place]]:
                    ends[sources[place]] = more = True
        endless = ends.find(0)
        if endless >= 0:
            self._break(UNDER_WAY, endless)

    def world(self, number: int) -> World:
        """The world of the state of a number, which a shortest way leads to."""
        done = []
        while number:
            done.append(self._done[number])
            number = self._before[number]
        world = begin(self.opening)
        for verb, what in reversed(done):
            world = take(world, self.steps.action(world, verb, what))
        return world
