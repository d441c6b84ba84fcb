"""A simulation that runs lot by lot, so that its totals can be seen, and kept, at any time."""

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from refimpl.lab.simulation.by_array import run_arrays
from refimpl.lab.simulation.by_event import run_events
from refimpl.lab.simulation.plan import Plan
from refimpl.lab.simulation.totals import Counts, Totals, nothing_counted, totals_of

Engine = Literal["arrays", "events"]
ENGINES: Final[Mapping[Engine, Callable[[Plan, int, int], Counts]]] = MappingProxyType(
    {"arrays": run_arrays, "events": run_events}
)
"""How sessions are simulated: both come to the same totals; arrays need numpy."""
LOT: Final[Mapping[Engine, int]] = MappingProxyType({"arrays": 100_000, "events": 20_000})
"""How many sessions are simulated at a time."""


def simulate(plan: Plan, sessions: int, engine: Engine = "arrays") -> Generator[Totals]:
    """Simulate so many sessions, and give the totals of all so far after each lot.

    >>> from refimpl.edition import load
    >>> from refimpl.lab.market import Market
    >>> plan = Plan(Market(load("2025"), "direct", 10, 50))
    >>> *_, totals = simulate(plan, 1000, "events")
    >>> totals.sessions, totals.lost, totals.phases["refused", "refused"]
    (1000, 0, 66)
    """
    counts = nothing_counted(plan)
    for first in range(0, sessions, LOT[engine]):
        last = min(sessions, first + LOT[engine])
        counts.add(ENGINES[engine](plan, first, last))
        yield totals_of(plan, counts)
