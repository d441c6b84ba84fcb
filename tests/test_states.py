"""The space of reachable states: as many as a second search counts that folds nothing, each
reached by a shortest way, and every property held in all of it.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass

import pytest
from pydantic import BaseModel

from refimpl.edition import Edition, load
from refimpl.endpoint.waiting import Outbox, Pending
from refimpl.network import Network
from refimpl.play.opening import Opening, opening
from refimpl.play.states import Search
from refimpl.play.world import NO_FAULTS, Action, Bounds, World, begin, enabled, take

pytestmark = pytest.mark.slow

LATEST = load("2025")
HOUSE = "clearing-house"


# --- A second search, that knows nothing of the first ----------------------------------------


def plain(thing: object) -> Hashable:
    """What a thing holds, as tuples and sets of plain values; when and in which turn what waits
    was said is left out.
    """
    if isinstance(thing, Network | Edition):
        return None
    if isinstance(thing, Pending):
        often = thing.tries if thing.poll else thing.due is not None
        return thing.peer, plain(thing.envelope), often, thing.poll
    if isinstance(thing, Outbox):
        thing = (thing.waits, thing.partners, thing.lines, thing.behind)
    elif isinstance(thing, BaseModel):
        thing = (type(thing).__name__, thing.model_dump_json())
    elif is_dataclass(thing):
        thing = tuple(getattr(thing, field.name) for field in fields(thing))
    if isinstance(thing, Mapping):
        return frozenset((plain(key), plain(value)) for key, value in thing.items())
    if isinstance(thing, tuple):
        return tuple(map(plain, thing))
    assert isinstance(thing, Hashable)
    return thing


def state_of(world: World) -> Hashable:
    flights = Counter(flight[1:] for flight in world.under_way)
    nodes = frozenset((name, plain(node)) for name, node in world.nodes.items())
    return nodes, frozenset(flights.items()), world.reached, world.faults


def count_by_depth(begun: Opening, bounds: Bounds) -> int:
    """How many states there are, found one behind the other: no level, no numbers, no folding."""
    to_do = [begin(begun)]
    met = {state_of(to_do[0])}
    while to_do:
        world = to_do.pop()
        for action in enabled(world, bounds):
            after = take(world, action)
            state = state_of(after)
            if state not in met:
                met.add(state)
                to_do.append(after)
    return len(met)


def found(begun: Opening, bounds: Bounds = NO_FAULTS) -> Search:
    search = Search(begun, bounds)
    search.run()
    return search


@pytest.mark.parametrize(
    ("story", "mode", "strategy", "bounds"),
    [
        ("charging", HOUSE, "forward", Bounds(lose=1, restart=1)),
        ("charging", "direct", "forward", Bounds(double=1, delay=1)),
        ("charging", "direct", "forward", Bounds(forget=1)),
        pytest.param(
            *("charging", "direct", "forward", Bounds(1, 1, 1, 0, 1)), marks=pytest.mark.soak
        ),
        ("charging", HOUSE, "broadcast", Bounds(lose=1)),
        ("charging", HOUSE, "store", NO_FAULTS),
        ("ordering", "direct", "forward", Bounds(lose=1)),
        ("reconciling", "direct", "forward", Bounds(restart=1)),
        ("charge", "hybrid", "forward", Bounds(lose=1)),
    ],
)
def test_counted_twice(story: str, mode: str, strategy: str, bounds: Bounds) -> None:
    begun = opening(story, LATEST, mode, strategy)
    search = found(begun, bounds)
    assert search.complete
    assert search.count == count_by_depth(begun, bounds)


def mirrored(action: Action) -> Action:
    """The same action, said of the other of two services."""
    if action.verb != "say":
        return action
    number, _, place = action.what.partition(".")
    return Action("say", f"{3 - int(number)}.{place}")


def count_pairs(begun: Opening) -> tuple[int, int]:
    """How many states of two services there are, and how many where each is one with its
    mirror image: the same trace with the services exchanged leads to that.
    """
    to_do = [(begin(begun), begin(begun))]
    met = {state_of(begin(begun))}
    pairs = {frozenset(met)}
    while to_do:
        world, mirror = to_do.pop()
        for action in enabled(world):
            after, image = take(world, action), take(mirror, mirrored(action))
            state = state_of(after)
            if state not in met:
                met.add(state)
                pairs.add(frozenset((state, state_of(image))))
                to_do.append((after, image))
    return len(met), len(pairs)


@pytest.mark.parametrize("mode", ["direct", pytest.param(HOUSE, marks=pytest.mark.soak)])
def test_two_services_are_folded(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = opening("charging", LATEST, mode, services=2)
    folded = found(begun).count
    monkeypatch.setattr("refimpl.play.moves.exchanges", lambda begun: ())
    assert (found(begun).count, folded) == count_pairs(begun)
    assert folded > 100
