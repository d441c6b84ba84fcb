"""All that may happen in the worlds of an opening, so that a page steps through them by itself.

A world is the product of its endpoints and of what is under way, so what travels is no list of
states: it is each way an endpoint may stand, and what comes of each thing that it may hear, say
or lose there.  Where that is all, a page reaches every state, by any number of faults.

Where there is more than `MOST_MOVES`, what may happen in worlds with one fault is kept, and of
the rest what the fewest moves lead to; the page tells where it lacks one.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from refimpl.endpoint.waiting import Pending
from refimpl.errors import Violation
from refimpl.play.canonical import text_of, timeless
from refimpl.play.nodes import Done, Node, hear, lost_by, say, say_again
from refimpl.play.opening import SIDES, Opening
from refimpl.play.player import phase_at
from refimpl.play.world import begin
from refimpl.wire import decode, encode

MOST_MOVES: Final = 8_000


class Stand(NamedTuple):
    """An endpoint as it stands, by number, and how far its side is in the acts of its service:
    the places that are left to it.
    """

    node: int
    reached: int


class Flown(NamedTuple):
    """What is under way from one entity to another."""

    sender: str
    receiver: str
    raw: bytes


class Came(NamedTuple):
    """What came of something: the node that its endpoint becomes, the flights that it sends,
    and what it notes.
    """

    node: int
    sends: tuple[int, ...] = ()
    notes: tuple[int, ...] = ()


class Spot(NamedTuple):
    """A world by the numbers of its nodes and of what is under way, how far each side is in its
    acts, and how many faults there may yet be.
    """

    nodes: tuple[int, ...]
    flights: tuple[int, ...] = ()
    reached: tuple[int, ...] = (0,) * len(SIDES)
    faults: int = 1


class Branches:
    """Every stand that the endpoints of an opening may come to, found breadth-first."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.names = sorted(entity.id for entity in opening.network.entities)
        self.nodes: list[Node] = []
        self.flights: list[Flown] = []
        self.notes: list[tuple[str, str]] = []
        self.heard: dict[tuple[int, int], Came] = {}
        self.said: dict[tuple[int, int], Came] = {}
        self.again: dict[int, Came] = {}
        self.lost: dict[int, tuple[int | None, int | None]] = {}
        self._numbers: dict[tuple[str, bool], int] = {}
        self._flight_numbers: dict[Flown, int] = {}
        self._note_numbers: dict[tuple[str, str], int] = {}
        self._stands: dict[str, set[Stand]] = {name: set() for name in self.names}
        self._waiting: deque[tuple[str, Stand, int | None]] = deque()
        self._deeds = tuple(self._deeds_of_all())
        first = begin(opening).nodes
        self.first = [self.number_of(first[name]) for name in self.names]

    def _deeds_of_all(self) -> Iterator[tuple[str, int, int, bool]]:
        """Each act: who says it, which side that is, its place, and whether it waits for
        quiet.
        """
        part = self.opening.parts[0]
        for place, act in enumerate(part.acts):
            speaker, _ = part.setting.sides(act.by)
            yield speaker, SIDES.index(act.by), place, act.needs is None

    def find(self) -> None:
        """Find all that may happen, or `MOST_MOVES` of it."""
        self._find_near()
        for name, number in zip(self.names, self.first, strict=True):
            self._reach(name, Stand(number, 0))
        while self._waiting and len(self.heard) < MOST_MOVES:
            name, stand, flight = self._waiting.popleft()
            if flight is None:
                self._act(name, stand)
            else:
                self._reach(name, stand._replace(node=self._hear(stand.node, flight).node))

    def _find_near(self) -> None:
        """Find what may happen in the worlds with one fault."""
        first = Spot(tuple(self.first))
        seen, waiting = {first}, deque([first])
        while waiting and len(self.heard) < MOST_MOVES:
            for spot in self._behind(waiting.popleft()):
                if spot not in seen:
                    seen.add(spot)
                    waiting.append(spot)

    def _behind(self, spot: Spot) -> Iterator[Spot]:
        """Yield the worlds that one action leads to."""
        for flight in {*spot.flights}:
            left = [*spot.flights]
            left.remove(flight)
            at = self.names.index(self.flights[flight].receiver)
            came = self._hear(spot.nodes[at], flight)
            yield _moved(spot._replace(flights=tuple(left)), at, came)
            if spot.faults:
                for after in (left, [*spot.flights, flight]):  # lost, or doubled
                    yield spot._replace(flights=tuple(sorted(after)), faults=spot.faults - 1)
        yield from self._acted(spot)
        for at, number in enumerate(spot.nodes):
            reminded = self._remind(number)
            if reminded and not spot.flights:
                yield _moved(spot, at, reminded)
            for lost in self._lose(number):
                if spot.faults and lost is not None:
                    yield _moved(spot._replace(faults=spot.faults - 1), at, Came(lost))

    def _acted(self, spot: Spot) -> Iterator[Spot]:
        """Yield the worlds that an act of a side leads to."""
        waits = any(len(self.nodes[number].rep.outbox) for number in spot.nodes)
        for speaker, side, place, next_day in self._deeds:
            at = self.names.index(speaker)
            if place < spot.reached[side] or (next_day and (waits or spot.flights)):
                continue
            came = self._say(spot.nodes[at], place)
            if came:
                reached = [*spot.reached]
                reached[side] = place + 1
                yield _moved(spot._replace(reached=tuple(reached)), at, came)

    def _reach(self, name: str, stand: Stand) -> None:
        """Keep a stand, and look at what may happen there later."""
        if stand in self._stands[name]:
            return
        self._stands[name].add(stand)
        self._waiting.append((name, stand, None))
        for number, flown in enumerate(self.flights):
            if flown.receiver == name:
                self._waiting.append((name, stand, number))

    def _act(self, name: str, stand: Stand) -> None:
        """Let an endpoint do what it may do by itself, and lose what it may lose."""
        for speaker, _, place, _ in self._deeds:
            if speaker == name and place >= stand.reached:
                came = self._say(stand.node, place)
                if came:
                    self._reach(name, Stand(came.node, place + 1))
        reminded = self._remind(stand.node)
        if reminded:
            self._reach(name, stand._replace(node=reminded.node))
        for after in self._lose(stand.node):
            if after is not None:
                self._reach(name, stand._replace(node=after))

    def _remind(self, number: int) -> Came | None:
        """What comes of a node that says again what waits, where something does."""
        node = self.nodes[number]
        if len(node.rep.outbox) and number not in self.again:
            self.again[number] = self._came(say_again(node))
        return self.again.get(number)

    def _lose(self, number: int) -> tuple[int | None, int | None]:
        """The nodes that one becomes by a restart and by forgetting, where that changes it."""
        if number not in self.lost:
            node = self.nodes[number]
            restarted, forgot = lost_by(node, "restart"), lost_by(node, "forget")
            self.lost[number] = (
                None if restarted == node else self.number_of(restarted),
                None if forgot == node else self.number_of(forgot),
            )
        return self.lost[number]

    def _say(self, number: int, place: int) -> Came | None:
        key = number, place
        if key not in self.said:
            try:
                self.said[key] = self._came(
                    say(self.nodes[number], self.opening.parts[0], place)
                )
            except Violation:
                return None
        return self.said[key]

    def _hear(self, number: int, flight: int) -> Came:
        key = number, flight
        if key not in self.heard:
            flown = self.flights[flight]
            heard = hear(self.nodes[number], flown.sender, decode(flown.raw))
            self.heard[key] = self._came(heard)
        return self.heard[key]

    def _came(self, done: Done) -> Came:
        name = done.node.rep.entity_id
        flown = (Flown(name, one.peer, encode(one.envelope)) for one in done.outcome.sends)
        sends = tuple(map(self._flight, flown))
        edition = self.opening.edition
        notes = [(note.rule_id, edition.explain(note)) for note in done.outcome.notes]
        return Came(self.number_of(done.node), sends, tuple(map(self._note, notes)))

    def number_of(self, reached: Node) -> int:
        """Give the number of a node; one that has yet said nothing has one of its own, for
        nothing of it would be lost.
        """
        node = timeless(reached)
        key = text_of(node), node.rep.outbox.next_turn == 0
        if key not in self._numbers:
            self._numbers[key] = len(self.nodes)
            self.nodes.append(node)
        return self._numbers[key]

    def _flight(self, flown: Flown) -> int:
        """The number of a flight; each stand of its receiver may hear it."""
        if flown not in self._flight_numbers:
            number = self._flight_numbers[flown] = len(self.flights)
            self.flights.append(flown)
            for stand in self._stands[flown.receiver]:
                self._waiting.append((flown.receiver, stand, number))
        return self._flight_numbers[flown]

    def _note(self, note: tuple[str, str]) -> int:
        if note not in self._note_numbers:
            self._note_numbers[note] = len(self.notes)
            self.notes.append(note)
        return self._note_numbers[note]

    # --- What a page needs of it ---

    @property
    def deeds(self) -> list[list[Any]]:
        """Each act: the number of its speaker, its side, its place, and whether it waits for
        quiet.
        """
        return [
            [self.names.index(speaker), side, place, next_day]
            for speaker, side, place, next_day in self._deeds
        ]

    def moves(self) -> dict[str, Any]:
        """What comes of everything, by the numbers of nodes and of what they hear or say."""
        heard: dict[int, dict[int, Came]] = {}
        for (node, flight), came in self.heard.items():
            heard.setdefault(node, {})[flight] = came
        said: dict[int, dict[int, Came]] = {}
        for (node, place), came in self.said.items():
            said.setdefault(node, {})[place] = came
        return {"heard": heard, "said": said, "again": self.again, "lost": self.lost}

    def phase(self, number: int) -> str:
        """Where a node sees the service; nowhere where it is no end of it."""
        rep, setting = self.nodes[number].rep, self.opening.parts[0].setting
        if rep.entity_id not in {setting.home_csp, setting.visited_cso}:
            return ""
        return phase_at(rep, setting)

    def waits(self, number: int) -> list[Pending]:
        """What waits at a node, in its order."""
        return list(self.nodes[number].rep.outbox)


def _moved(spot: Spot, at: int, came: Came) -> Spot:
    """A world in which the node at a place has moved."""
    nodes = [*spot.nodes]
    nodes[at] = came.node
    return spot._replace(
        nodes=tuple(nodes), flights=tuple(sorted([*spot.flights, *came.sends]))
    )
