"""A world: some roaming endpoints, what is under way between them, and what may happen next.

A world is a value.  `enabled` lists what may happen, `take` lets one of these happen and gives
the next world; so to go back is to look at an earlier world, and to branch is to take something
else.  Everything is done by the endpoint itself (`nodes`), and what is under way is bytes.

Time is an order of events, not a clock.  An act has its moment (`opening.Part.moment`), a
message is heard at the moment it was said, and what waits for an answer is said again only once
nothing is under way that could still bring it, but for what is delayed.

Nothing here throws dice: each loss, each repetition, each delay and each restart is an action.

Rules: REP-4, REP-5.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from rpds import HashTrieMap

from refimpl.endpoint import RoamingEndpoint
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.messages import Envelope
from refimpl.play.example import START
from refimpl.play.journeys import Act
from refimpl.play.nodes import Done, Node, hear, lost_by, say, say_again
from refimpl.play.opening import SIDES, Opening
from refimpl.play.player import set_up
from refimpl.wire import decode, encode

FAULTS: Final = ("lose", "double", "delay", "restart", "forget")
"""The actions that a network or a machine does, and that are bounded."""


class Action(NamedTuple):
    """Something that may happen: what is done, and to what.

    `deliver`, `lose`, `double` and `delay` are done to the flight of a number; `remind` lets an
    entity say again what waits; `restart` and `forget` are done to an entity; `say` is an act,
    by the number of its service and its place there, counted from 1.

    >>> str(Action("say", "1.2")), Action.read("deliver 3")
    ('say 1.2', Action(verb='deliver', what='3'))
    """

    verb: str
    what: str

    def __str__(self) -> str:
        """Write it as a text, which `read` reads."""
        return f"{self.verb} {self.what}"

    @classmethod
    def read(cls, text: str) -> Action:
        """Read an action; raises `Misuse` REP-5 for a text that is none."""
        verb, _, what = text.partition(" ")
        if verb not in TAKING or not what:
            raise Misuse("REP-5", f"action {text!r}, there are {', '.join(TAKING)}")
        return cls(verb, what)


class Bounds(NamedTuple):
    """How many of each fault there may be."""

    lose: int = 0
    double: int = 0
    delay: int = 0
    restart: int = 0
    forget: int = 0


NO_FAULTS: Final = Bounds()
ANY_NUMBER: Final = Bounds(*(1_000_000,) * len(FAULTS))
"""As many faults as are wished."""


class Flight(NamedTuple):
    """One transmission on its way; one that is `late` arrives when it is let."""

    number: int
    sender: str
    receiver: str
    raw: bytes
    late: bool = False

    @property
    def envelope(self) -> Envelope:
        """The message that is on its way."""
        return decode(self.raw)


@dataclass(frozen=True)
class World:
    """All there is at one moment: the endpoint of each entity, what is under way in the order
    in which it was sent, how far each side of each service is in its acts, how many faults
    there have been, and how many transmissions.

    `trace` holds what was done, `sent` and `notes` what the last of it sent and found wrong.
    """

    opening: Opening
    nodes: HashTrieMap[str, Node]
    under_way: tuple[Flight, ...] = ()
    reached: tuple[tuple[int, int], ...] = ()
    faults: Bounds = NO_FAULTS
    transmissions: int = 0
    now: datetime = START
    trace: tuple[Action, ...] = ()
    sent: tuple[Flight, ...] = ()
    notes: tuple[RoamingError, ...] = ()

    @property
    def reps(self) -> Mapping[str, RoamingEndpoint]:
        """The endpoint of each entity."""
        return {name: self.nodes[name].rep for name in sorted(self.nodes)}

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way and nothing waits for an answer."""
        waiting = any(len(node.rep.outbox) for node in self.nodes.values())
        return not self.under_way and not waiting

    def flight(self, number: str) -> Flight:
        """Find what is under way by its number; raises `Misuse` REP-5 where it is not."""
        for flight in self.under_way:
            if str(flight.number) == number:
                return flight
        raise Misuse("REP-5", f"transmission {number} is not under way")


def begin(opened: Opening) -> World:
    """The world before anything has happened.

    >>> from refimpl.edition import load
    >>> from refimpl.play.opening import opening
    >>> world = begin(opening("charge", load("2025"), "clearing-house"))
    >>> [str(action) for action in enabled(world)]
    ['say 1.1']
    """
    settings = tuple(part.setting for part in opened.parts)
    endpoints = set_up(settings, opened.valid, opened.status)
    nodes = {name: Node(rep) for name, rep in endpoints.items()}
    return World(opened, HashTrieMap(nodes), reached=((0, 0),) * len(settings))


# --- What may happen --------------------------------------------------------------------------


def enabled(world: World, bounds: Bounds = NO_FAULTS) -> tuple[Action, ...]:
    """List what may happen next: deliveries, then what is said again, what is said anew, and
    the faults that the bounds still allow.
    """
    actions = [Action("deliver", str(flight.number)) for flight in world.under_way]
    actions.extend(_reminders(world))
    actions.extend(_acts(world))
    actions.extend(_faults(world, bounds))
    return tuple(actions)


def _reminders(world: World) -> Iterator[Action]:
    if all(flight.late for flight in world.under_way):
        for name, rep in world.reps.items():
            if len(rep.outbox):
                yield Action("remind", name)


def _acts(world: World) -> Iterator[Action]:
    """The acts that the endpoint of their side lets be said."""
    for number, part in enumerate(world.opening.parts):
        for place, act in enumerate(part.acts):
            if place < world.reached[number][SIDES.index(act.by)]:
                continue
            if act.needs is None and not world.quiet:
                continue  # it is of the next day
            speaker, _ = part.setting.sides(act.by)
            try:
                say(world.nodes[speaker], part, place)
            except Violation:
                continue
            yield Action("say", f"{number + 1}.{place + 1}")


def _faults(world: World, bounds: Bounds) -> Iterator[Action]:
    left = {}
    for fault, most, done in zip(FAULTS, bounds, world.faults, strict=True):
        left[fault] = most > done
    for flight in world.under_way:
        number = str(flight.number)
        for fault in ("lose", "double"):
            if left[fault]:
                yield Action(fault, number)
        if left["delay"] and not flight.late:
            yield Action("delay", number)
    for name, node in sorted(world.nodes.items()):
        for fault in ("restart", "forget"):
            if left[fault] and lost_by(node, fault) != node:
                yield Action(fault, name)


# --- Letting it happen ------------------------------------------------------------------------


def take(world: World, action: Action) -> World:
    """The world after one thing has happened, whether or not the bounds allow it.

    Raises `Misuse` REP-5 for what cannot happen in this world, `Violation` for an act that its
    endpoint does not allow.

    >>> from refimpl.edition import load
    >>> from refimpl.play.opening import opening
    >>> world = take(begin(opening("charge", load("2025"))), Action("say", "1.1"))
    >>> [str(action) for action in enabled(world, Bounds(lose=1))]
    ['deliver 1', 'lose 1']
    """
    if action.verb not in TAKING:
        raise Misuse("REP-5", f"action {str(action)!r}, there are {', '.join(TAKING)}")
    after = TAKING[action.verb](world, action.what)
    return replace(after, trace=(*world.trace, action))


def _deliver(world: World, number: str) -> World:
    flight = world.flight(number)
    envelope = flight.envelope
    node = world.nodes[flight.receiver]
    done = hear(node, flight.sender, envelope)
    left = tuple(one for one in world.under_way if one is not flight)
    after = replace(world, under_way=left, now=envelope.sent_at)
    return _carry_out(after, flight.receiver, done)


def _lose(world: World, number: str) -> World:
    flight = world.flight(number)
    left = tuple(one for one in world.under_way if one is not flight)
    return _nothing_said(world, "lose", under_way=left)


def _double(world: World, number: str) -> World:
    flight = world.flight(number)
    copy = flight._replace(number=world.transmissions + 1)
    doubled = _nothing_said(world, "double", under_way=(*world.under_way, copy))
    return replace(doubled, transmissions=copy.number, sent=(copy,))


def _delay(world: World, number: str) -> World:
    flight = world.flight(number)
    late = flight._replace(late=True)
    under_way = tuple(late if one is flight else one for one in world.under_way)
    return _nothing_said(world, "delay", under_way=under_way)


def _remind(world: World, name: str) -> World:
    node = _node(world, name)
    if not len(node.rep.outbox):
        raise Misuse("REP-5", f"nothing waits at {name}")
    return _carry_out(world, name, say_again(node))


def _restart(world: World, name: str) -> World:
    node = lost_by(_node(world, name), "restart")
    return _nothing_said(world, "restart", nodes=world.nodes.insert(name, node))


def _forget(world: World, name: str) -> World:
    node = lost_by(_node(world, name), "forget")
    return _nothing_said(world, "forget", nodes=world.nodes.insert(name, node))


def _say(world: World, what: str) -> World:
    number, place = _act_of(world, what)
    part = world.opening.parts[number]
    act = part.acts[place]
    speaker, _ = part.setting.sides(act.by)
    done = say(world.nodes[speaker], part, place)
    after = replace(world, now=part.moment(place), reached=_further(world, number, place, act))
    return _carry_out(after, speaker, done)


TAKING: Final = MappingProxyType(
    {
        "deliver": _deliver,
        "lose": _lose,
        "double": _double,
        "delay": _delay,
        "remind": _remind,
        "restart": _restart,
        "forget": _forget,
        "say": _say,
    }
)
"""How each action is taken."""


def _node(world: World, name: str) -> Node:
    node = world.nodes.get(name)
    if node is None:
        raise Misuse("NET-1", f"{name}, there are {', '.join(sorted(world.nodes))}")
    return node


def _act_of(world: World, what: str) -> tuple[int, int]:
    """Find an act by its number and place: both are counted from 0 here."""
    for number, part in enumerate(world.opening.parts):
        for place in range(len(part.acts)):
            if what == f"{number + 1}.{place + 1}":
                return number, place
    raise Misuse("SES-10", f"there is no act {what}")


def _further(world: World, number: int, place: int, act: Act) -> tuple[tuple[int, int], ...]:
    """How far all sides are once an act has happened: what stands before it is left out."""
    reached = list(world.reached)
    sides = list(reached[number])
    sides[SIDES.index(act.by)] = place + 1
    reached[number] = (sides[0], sides[1])
    return tuple(reached)


def _carry_out(world: World, name: str, done: Done) -> World:
    """Keep how an endpoint stands now, and put on its way what it says."""
    number = world.transmissions
    sent = []
    for one in done.outcome.sends:
        number += 1
        sent.append(Flight(number, name, one.peer, encode(one.envelope)))
    return replace(
        world,
        nodes=world.nodes.insert(name, done.node),
        under_way=(*world.under_way, *sent),
        transmissions=number,
        sent=tuple(sent),
        notes=done.outcome.notes,
    )


def _nothing_said(
    world: World,
    fault: str,
    *,
    under_way: tuple[Flight, ...] | None = None,
    nodes: HashTrieMap[str, Node] | None = None,
) -> World:
    """The world after a fault, which is counted."""
    counts = world.faults._asdict()
    counts[fault] += 1
    return replace(
        world,
        nodes=world.nodes if nodes is None else nodes,
        under_way=world.under_way if under_way is None else under_way,
        faults=Bounds(**counts),
        sent=(),
        notes=(),
    )
