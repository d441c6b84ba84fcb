"""The trace of a world as a sequence: each action, and beneath them what is still under way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from refimpl.messages import ANSWER_KINDS
from refimpl.play.telling import kind_in_short
from refimpl.play.world import Flight, World
from refimpl.views.film.diagram import Arrow, Diagram, Event, Lifeline, Lines, Outcome
from refimpl.views.film.history import Moment, name_of, role_of, speaker_of
from refimpl.views.graphs.modes import COLUMNS


def trace_diagram(way: Sequence[Moment]) -> Diagram:
    """Draw the moments of a history from its first to one of them."""
    world = way[-1].world
    steps: list[Lines] = []
    for before, after in pairwise(way):
        if after.action is not None:
            verb, what = after.action
            steps.append((DRAWING[verb](before, after, what),))
    under_way: Lines = tuple(_arrow(world, flight, "under way") for flight in world.under_way)
    if under_way:
        steps.append(under_way)
    return Diagram(tuple(lifelines_of(world)), tuple(steps))


def lifelines_of(world: World) -> Iterator[Lifeline]:
    """The lifelines of a world, by kind from the left."""
    ends = set()
    for part in world.opening.parts:
        ends |= {part.setting.home_csp, part.setting.visited_cso}
    entities = world.opening.network.entities
    for entity in sorted(entities, key=lambda entity: COLUMNS.index(entity.kind)):
        name, role = name_of(world, entity.id), role_of(world, entity.id)
        yield Lifeline(entity.id, entity.kind, name, role, entity.id in ends)


def _delivered(before: Moment, after: Moment, number: str) -> Arrow:
    return _arrow(after.world, before.world.flight(number), "arrived")


def _lost(before: Moment, after: Moment, number: str) -> Arrow:
    return _arrow(after.world, before.world.flight(number), "lost")


def _doubled(_: Moment, after: Moment, number: str) -> Event:
    return Event("", f"message {number} is doubled: {after.world.transmissions} is its copy")


def _delayed(_before: Moment, _after: Moment, number: str) -> Event:
    return Event("", f"message {number} is delayed")


def _said(before: Moment, after: Moment, what: str) -> Event:
    return Event(speaker_of(before.world, what), after.says, alarming=False)


def _said_again(_: Moment, after: Moment, name: str) -> Event:
    return Event(name, after.says, alarming=False)


def _restarted(_: Moment, after: Moment, name: str) -> Event:
    return Event(name, after.says)


DRAWING: Final[Mapping[str, Callable[[Moment, Moment, str], Event | Arrow]]] = MappingProxyType(
    {
        "deliver": _delivered,
        "lose": _lost,
        "double": _doubled,
        "delay": _delayed,
        "say": _said,
        "remind": _said_again,
        "restart": _restarted,
        "forget": _restarted,
    }
)
"""How each action is drawn: what arrives or is lost as an arrow, all else as a line across."""


def _arrow(world: World, flight: Flight, outcome: Outcome) -> Arrow:
    message = flight.envelope.message
    marks: list[str] = []
    if outcome != "arrived":
        marks.append(outcome)
    if outcome == "arrived":
        marks += [f"✗ {note.rule_id}" for note in world.notes]
    if flight.late:
        marks.append("delayed")
    return Arrow(
        label=str(flight.number),
        at="",
        sender=flight.sender,
        receiver=flight.receiver,
        words=kind_in_short(message),
        answers=message.kind in ANSWER_KINDS,
        outcome=outcome,
        marks=tuple(marks),
        alarming=outcome == "lost" or (outcome == "arrived" and bool(world.notes)),
    )
