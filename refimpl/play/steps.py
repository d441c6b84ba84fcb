"""What may happen in each state of a world, in numbers: as `world.enabled` and `world.take`
say, without the world.

Rules: REP-4, REP-5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeVar

from refimpl.play.moves import FORBIDDEN, Move, Moves
from refimpl.play.opening import SIDES, Opening
from refimpl.play.world import FAULTS, Action, Bounds, World, begin

Of = TypeVar("Of")
FAIR: Final = ("deliver", "remind")
"""What happens by itself."""


class State(NamedTuple):
    """A state in numbers: the node of each entity in the order of names, what is under way in
    order, each twice its number and one more where it is late, how far the sides of each
    service are, and the faults there have been.
    """

    nodes: tuple[int, ...]
    flights: tuple[int, ...]
    reached: tuple[tuple[int, ...], ...]
    faults: tuple[int, ...]


class Edge(NamedTuple):
    """What is done in a state, to what, and the state it leads to."""

    verb: str
    what: int
    to: State


class Deed(NamedTuple):
    """An act in numbers: its place, which side of its service says it, at which node, and
    whether it waits for quiet.
    """

    place: int
    side: int
    at: int
    next_day: bool


class Steps:
    """What may happen in each state of a world, in numbers."""

    def __init__(self, opening: Opening, bounds: Bounds) -> None:
        self.opening = opening
        self.bounds = bounds
        self.moves = Moves(opening)
        self.names = tuple(sorted(entity.id for entity in opening.network.entities))
        self._place_of = {name: place for place, name in enumerate(self.names)}
        self._deeds = tuple(self._deeds_of(number) for number in range(len(opening.parts)))

    def _deeds_of(self, number: int) -> tuple[Deed, ...]:
        deeds = []
        part = self.opening.parts[number]
        for place, act in enumerate(part.acts):
            speaker, _ = part.setting.sides(act.by)
            at = self._place_of[speaker]
            deeds.append(Deed(place, SIDES.index(act.by), at, act.needs is None))
        return tuple(deeds)

    def first(self) -> State:
        """The state in which nothing has happened."""
        world = begin(self.opening)
        nodes = tuple(self.moves.number_of(world.nodes[name]) for name in self.names)
        return State(nodes, (), world.reached, tuple(world.faults))

    def key(self, state: State) -> State:
        """The one state that stands for all that differ in the numbers of services alone."""
        least = state
        moves = self.moves
        for place, exchange in enumerate(moves.exchanges):
            nodes, flights = moves.nodes_exchanged[place], moves.flights_exchanged[place]
            under_way = [flights[one >> 1] * 2 + (one & 1) for one in state.flights]
            under_way.sort()
            other = State(
                tuple([nodes[one] for one in state.nodes]),
                tuple(under_way),
                tuple([state.reached[number] for number in exchange.order]),
                state.faults,
            )
            least = min(least, other)
        return least

    def quiet(self, state: State) -> bool:
        """Whether nothing is under way and nothing waits."""
        if state.flights:
            return False
        waiting = self.moves.waiting
        return not any(waiting[node] for node in state.nodes)

    def edges(self, state: State) -> Iterator[Edge]:
        """What may happen: what `world.enabled` lists, and in that order."""
        yield from self.fair(state)
        yield from self._acts(state)
        if state.faults != self.bounds:
            yield from self._faults_on_the_way(state)
            yield from self._faults_of_nodes(state)

    def fair(self, state: State) -> Iterator[Edge]:
        """What happens by itself: something arrives, or is said again."""
        moves = self.moves
        nodes, flights = state.nodes, state.flights
        for place, flight in enumerate(flights):
            if place and flights[place - 1] == flight:
                continue  # it is the same
            at = self._place_of[moves.flights[flight >> 1].receiver]
            left = flights[:place] + flights[place + 1 :]
            move = moves.heard(nodes[at], flight >> 1)
            yield Edge("deliver", flight, _moved(state, at, move, left))
        if all(flight & 1 for flight in flights):
            for at, node in enumerate(nodes):
                if moves.waiting[node]:
                    yield Edge("remind", at, _moved(state, at, moves.said_again(node), flights))

    def _acts(self, state: State) -> Iterator[Edge]:
        for number, deeds in enumerate(self._deeds):
            reached = state.reached[number]
            for deed in deeds:
                if deed.place < reached[deed.side]:
                    continue
                if deed.next_day and not self.quiet(state):
                    continue
                move = self.moves.said(state.nodes[deed.at], number, deed.place)
                if move is FORBIDDEN:
                    continue
                moved = _moved(state, deed.at, move, state.flights)
                further = _with(reached, deed.side, deed.place + 1)
                reach = _with(state.reached, number, further)
                yield Edge("say", number * 100 + deed.place, moved._replace(reached=reach))

    def _faults_on_the_way(self, state: State) -> Iterator[Edge]:
        flights = state.flights
        for place, flight in enumerate(flights):
            if place and flights[place - 1] == flight:
                continue
            left = flights[:place] + flights[place + 1 :]
            for fault, after in (
                ("lose", left),
                ("double", (*flights, flight)),
                ("delay", (*left, flight | 1)),
            ):
                counted = self._counted(state, fault)
                if counted is not None and not (fault == "delay" and flight & 1):
                    under_way = tuple(sorted(after))
                    yield Edge(fault, flight, counted._replace(flights=under_way))

    def _faults_of_nodes(self, state: State) -> Iterator[Edge]:
        for fault in ("restart", "forget"):
            counted = self._counted(state, fault)
            if counted is None:
                continue
            for at, node in enumerate(state.nodes):
                lost = self.moves.lost(node, fault)
                if lost != node:
                    yield Edge(fault, at, counted._replace(nodes=_with(state.nodes, at, lost)))

    def _counted(self, state: State, fault: str) -> State | None:
        """The state with one more fault, or None where the bounds do not allow it."""
        kind = FAULTS.index(fault)
        if state.faults[kind] >= self.bounds[kind]:
            return None
        return state._replace(faults=_with(state.faults, kind, state.faults[kind] + 1))

    def action(self, world: World, verb: str, what: int) -> Action:
        """Find in a world what was done in a state of it."""
        if verb == "say":
            number, place = divmod(what, 100)
            return Action("say", f"{number + 1}.{place + 1}")
        if verb in {"remind", "restart", "forget"}:
            return Action(verb, self.names[what])
        sought = self.moves.flights[what >> 1]
        for flight in world.under_way:
            ends = (flight.sender, flight.receiver, flight.late)
            if flight.raw == sought.raw and ends == (*sought[:2], bool(what & 1)):
                return Action(verb, str(flight.number))
        raise AssertionError(f"{verb} {sought} is not under way")


def _with(values: tuple[Of, ...], place: int, value: Of) -> tuple[Of, ...]:
    """The same values, but one."""
    return (*values[:place], value, *values[place + 1 :])


def _moved(state: State, at: int, move: Move, left: tuple[int, ...]) -> State:
    """The state in which a node has moved, with what is under way besides."""
    nodes = state.nodes
    if nodes[at] != move.node:
        nodes = (*nodes[:at], move.node, *nodes[at + 1 :])
    if move.sends:
        left = tuple(sorted([*left, *[flight * 2 for flight in move.sends]]))
    return State(nodes, left, state.reached, state.faults)
