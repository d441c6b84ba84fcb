"""The history of a world that is stepped through: a tree, since any moment may be gone back to
and something else be taken there.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from refimpl.play.telling import kind_in_short
from refimpl.play.world import Action, World, begin, take
from refimpl.vocabulary import Kind

FIRST: Final = 0
"""The number of the moment at which a history begins."""


class Moment(NamedTuple):
    """A world, the moment before it, and what was taken there to come here."""

    world: World
    before: int
    action: Action | None
    says: str


class History:
    """Moments by number, each with those that follow on it."""

    def __init__(self, world: World) -> None:
        """Begin where a world began, and take what was taken in it."""
        self.moments = [Moment(begin(world.opening), FIRST, None, "Nothing has happened yet")]
        self._after: list[list[int]] = [[]]
        self.newest = FIRST
        for action in world.trace:
            self.newest = self.take(self.newest, action)

    def take(self, at: int, action: Action) -> int:
        """Take an action at a moment, and give the number of the moment it leads to; raises as
        `world.take` does.
        """
        for number in self._after[at]:
            if self.moments[number].action == action:
                return number
        before = self.moments[at].world
        self.moments.append(Moment(take(before, action), at, action, says(before, action)))
        self._after.append([])
        number = len(self.moments) - 1
        self._after[at].append(number)
        return number

    def following(self, at: int) -> int:
        """The moment that was reached last from this one, or this one where there is none."""
        return max(self._after[at], default=at)

    def way_to(self, at: int) -> tuple[int, ...]:
        """List the moments from the first to this one."""
        way = [at]
        while at != FIRST:
            at = self.moments[at].before
            way.append(at)
        return tuple(reversed(way))

    def in_order(self) -> Iterator[tuple[int, int]]:
        """List every moment with how many branches lie before it: what follows on each, and
        then what else was taken in its place.
        """
        waiting = [(FIRST, 0)]
        while waiting:
            number, branches = waiting.pop()
            yield number, branches
            first, others = self._after[number][:1], self._after[number][1:]
            waiting.extend((other, branches + 1) for other in reversed(others))
            waiting.extend((one, branches) for one in first)


def says(world: World, action: Action) -> str:
    """Tell in words what an action does in a world.

    >>> from refimpl.edition import load
    >>> from refimpl.play.opening import opening
    >>> says(begin(opening("charge", load("2025"))), Action("say", "1.1"))
    'Elm Stations says authorization-request: DE8AA0012345670'
    """
    verb, what = action
    match verb:
        case "say":
            after = take(world, action)
            speaker = speaker_of(world, what)
            return f"{name_of(world, speaker)} says {_said(after, speaker)}"
        case "remind":
            return f"{name_of(world, what)} says again what waits"
        case "restart" if world.nodes[what].rep.kind is not Kind.CLEARING_HOUSE:
            return f"{name_of(world, what)} restarts, and has lost what waited to be said"
        case "restart" | "forget":
            return f"{name_of(world, what)} restarts, and has lost everything"
    return f"{verb.capitalize()} {in_words(world, what)}"


def in_words(world: World, number: str) -> str:
    """Tell what is under way under a number."""
    flight = world.flight(number)
    ends = f"{name_of(world, flight.sender)} to {name_of(world, flight.receiver)}"
    late = ", delayed" if flight.late else ""
    return f"{number}. {ends}: {kind_in_short(flight.envelope.message)}{late}"


def name_of(world: World, entity_id: str) -> str:
    """The name of an entity of a world, or its id where it has none."""
    return world.opening.network.entity(entity_id).name or entity_id


def role_of(world: World, entity_id: str) -> str:
    """The edition's name for an entity of a world: its role, or its kind."""
    edition = world.opening.edition
    for part in world.opening.parts:
        if entity_id == part.setting.home_csp:
            return edition.roles["home-csp"].label
        if entity_id == part.setting.visited_cso:
            return edition.roles["visited-cso"].label
    kind = world.opening.network.entity(entity_id).kind
    row = edition.roles.get(kind)
    return row.label if row else edition.terms[kind].abbreviation or kind


def speaker_of(world: World, what: str) -> str:
    """The entity that says an act, by the number of its service and its place there."""
    number, place = (int(part) - 1 for part in what.split("."))
    part = world.opening.parts[number]
    speaker, _ = part.setting.sides(part.acts[place].by)
    return speaker


def _said(after: World, speaker: str) -> str:
    """What an act said: what it put on its way, or else what now waits behind other things."""
    if after.sent:
        return kind_in_short(after.sent[-1].envelope.message)
    waits = list(after.nodes[speaker].rep.outbox)
    return f"{kind_in_short(waits[-1].envelope.message)}, behind what waits"
