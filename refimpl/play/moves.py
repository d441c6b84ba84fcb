"""What the endpoints of a world are and do, by number: each is worked out once, by the endpoint
itself, and looked up from then on.

A node, which is an endpoint as it stands, has a number by its text (`canonical`), and a flight
by its bytes.  Both know the number that they have with the services exchanged.
"""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from refimpl.errors import Violation
from refimpl.messages import Envelope
from refimpl.play.canonical import exchanges, text_of, timeless
from refimpl.play.nodes import Done, Node, hear, lost_by, say, say_again
from refimpl.play.opening import Opening
from refimpl.play.reached import Reached
from refimpl.wire import decode, encode


class Move(NamedTuple):
    """What comes of something that a node does: the node it becomes, and the flights it sends;
    a `node` below 0 says that its endpoint does not allow it.
    """

    node: int
    sends: tuple[int, ...] = ()


FORBIDDEN: Final = Move(-1)


class Flown(NamedTuple):
    """What is under way from one entity to another, as bytes and as what they mean."""

    sender: str
    receiver: str
    raw: bytes
    envelope: Envelope


class Moves:
    """The nodes and flights of a world by number, and the moves of each node."""

    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self.exchanges = exchanges(opening)
        self.nodes: list[Node | None] = []
        self.waiting: list[bool] = []
        self.flights: list[Flown] = []
        self.nodes_exchanged = [array("l") for _ in self.exchanges]
        self.flights_exchanged = [array("l") for _ in self.exchanges]
        self.reached = Reached()
        self._node_numbers: dict[str, int] = {}
        self._flight_numbers: dict[tuple[str, str, bytes], int] = {}
        self._heard: dict[tuple[int, int], Move] = {}
        self._said: dict[tuple[int, int, int], Move] = {}
        self._said_again: dict[int, Move] = {}
        self._lost: dict[tuple[int, str], int] = {}

    def node(self, number: int) -> Node:
        """The node of a number that has been reached."""
        node = self.nodes[number]
        assert node is not None, "only exchanged, and never reached"
        return node

    # --- What there is ---

    def number_of(self, reached: Node) -> int:
        """The number of a node."""
        node = timeless(reached)
        text = text_of(node)
        number = self._number_of_text(text)
        if self.nodes[number] is None:
            self.nodes[number] = node
            self.waiting[number] = len(node.rep.outbox) > 0
            for exchange, others in zip(self.exchanges, self.nodes_exchanged, strict=True):
                others[number] = self._number_of_text(exchange.text(text))
        return number

    def _number_of_text(self, text: str) -> int:
        number = self._node_numbers.get(text)
        if number is None:
            number = self._node_numbers[text] = len(self.nodes)
            self.nodes.append(None)
            self.waiting.append(False)
            for others in self.nodes_exchanged:
                others.append(-1)
        return number

    def flight_number(self, sender: str, receiver: str, raw: bytes) -> int:
        """The number of what is under way from one entity to another."""
        number, is_new = self._number_of_flight(sender, receiver, raw)
        if is_new or -1 in [others[number] for others in self.flights_exchanged]:
            for exchange, others in zip(self.exchanges, self.flights_exchanged, strict=True):
                exchange.know(raw)
                other = exchange.text(raw.decode()).encode()
                others[number], _ = self._number_of_flight(sender, receiver, other)
        return number

    def _number_of_flight(self, sender: str, receiver: str, raw: bytes) -> tuple[int, bool]:
        number = self._flight_numbers.get((sender, receiver, raw))
        if number is not None:
            return number, False
        number = self._flight_numbers[sender, receiver, raw] = len(self.flights)
        self.flights.append(Flown(sender, receiver, raw, decode(raw)))
        for others in self.flights_exchanged:
            others.append(-1)
        return number, True

    # --- What is done ---

    def heard(self, node: int, flight: int) -> Move:
        """What comes of a node that hears a flight."""
        move = self._heard.get((node, flight))
        if move is None:
            flown, before = self.flights[flight], self.node(node)
            move = self._move(before, hear(before, flown.sender, flown.envelope))
            self._heard[node, flight] = move
        return move

    def said(self, node: int, number: int, place: int) -> Move:
        """What comes of a node that says an act of the service of a number."""
        key = node, number, place
        move = self._said.get(key)
        if move is None:
            before = self.node(node)
            try:
                done = say(before, self.opening.parts[number], place)
            except Violation as error:
                self.reached.rules.add(error.rule_id)
                move = FORBIDDEN
            else:
                move = self._move(before, done)
            self._said[key] = move
        return move

    def said_again(self, node: int) -> Move:
        """What comes of a node that says again what waits."""
        move = self._said_again.get(node)
        if move is None:
            before = self.node(node)
            move = self._said_again[node] = self._move(before, say_again(before))
        return move

    def lost(self, node: int, fault: str) -> int:
        """The node that one becomes by a restart, or by forgetting."""
        number = self._lost.get((node, fault))
        if number is None:
            number = self.number_of(lost_by(self.node(node), fault))
            self._lost[node, fault] = number
        return number

    def _move(self, before: Node, done: Done) -> Move:
        if done.spoken is not None:
            self.reached.note(before.rep, done.outcome, done.spoken)
        name = done.node.rep.entity_id
        sends = tuple(
            self.flight_number(name, one.peer, encode(one.envelope))
            for one in done.outcome.sends
        )
        return Move(self.number_of(done.node), sends)
