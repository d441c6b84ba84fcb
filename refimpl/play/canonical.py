"""What is the same in two moments of an endpoint: its text, without what makes no difference.

Left out are when what waits is due, in which turn and how often it was said, for time is an
order of events and all that waits is said again together; of a question that is put to many it
counts how often, for it is given up in the end.  Ids are numbered as they appear, by entity and
correlation id, so they are the same where the same was said.

Services of one repertoire differ in their numbers alone, so their numbers may be exchanged
(`Exchange`): worlds that differ in nothing else are one state.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import permutations
from typing import Final

from rpds import HashTrieMap

from refimpl.endpoint import RETRY_AFTER, Outbox
from refimpl.endpoint.snapshot import SINGLE, rows_of
from refimpl.endpoint.waiting import RequestKey
from refimpl.play.example import START
from refimpl.play.nodes import Node
from refimpl.play.opening import REPERTOIRES, Opening
from refimpl.shapes import canonical_bytes
from refimpl.wire import decode

LEFT_OUT: Final = frozenset({SINGLE, "contracts", "evses", "outbox.turns"})
"""The tables of what no endpoint of a world ever changes, or what makes no difference."""
DUE: Final = START + RETRY_AFTER


def timeless(node: Node) -> Node:
    """The endpoint as it stands, without when and in which turn it said what waits."""
    outbox = node.rep.outbox
    if not len(outbox):
        return node
    waits = outbox.waits
    turns: HashTrieMap[int, RequestKey] = HashTrieMap()
    said = sorted(key for key, pending in waits.items() if pending.due is not None)
    for turn, key in enumerate(said):
        pending = waits[key]
        tries = 1 if pending.poll is None else pending.tries
        waits = waits.insert(key, pending._replace(due=DUE, turn=turn, tries=tries))
        turns = turns.insert(turn, key)
    ordered = Outbox(waits, outbox.partners, outbox.lines, outbox.behind, turns, 0, len(said))
    return replace(node, rep=replace(node.rep, outbox=ordered))


def text_of(node: Node) -> str:
    """All that a timeless endpoint holds, as lines in their order."""
    return "\n".join(sorted(_lines(node)))


def _lines(node: Node) -> Iterator[str]:
    rep = node.rep
    yield f"entity {rep.entity_id}"
    for table, key, value in rows_of(replace(rep, outbox=_without_turns(rep.outbox))):
        if table not in LEFT_OUT:
            yield f"{table} {key} {value}"
    for correlation_id, given in node.ids.items():
        yield f"ids {correlation_id} {given}"
    for rule in node.noted:
        yield f"noted {rule}"


def _without_turns(outbox: Outbox) -> Outbox:
    """The outbox in which all was said in one turn: the turns of two services would tell them
    apart.
    """
    waits = outbox.waits
    for key, pending in waits.items():
        waits = waits.insert(key, pending._replace(turn=0))
    return replace(outbox, waits=waits)


# --- Exchanging the numbers of services -------------------------------------------------------


class Exchange:
    """Exchanges the numbers of the services of a world in the text of what they left.

    `order` names the number of the service that each becomes, counted from 0.
    """

    def __init__(self, opening: Opening, order: tuple[int, ...]) -> None:
        self.order = order
        self._becomes: dict[str, str] = {}
        for number, part in enumerate(opening.parts):
            other = opening.parts[order[number]].setting
            self._becomes[part.setting.correlation_id] = other.correlation_id
            self._becomes[part.setting.evse_id] = other.evse_id
            self._becomes[f".{number + 1}"] = f".{order[number] + 1}"
        ids = "|".join(part.setting.correlation_id for part in opening.parts)
        evses = "|".join(part.setting.evse_id for part in opening.parts)
        self._pattern = re.compile(
            rf"(?:{ids})(?![0-9])|{evses}|(?<=record-[0-9])\.[0-9]|\b[0-9a-f]{{64}}\b"
        )

    def know(self, raw: bytes) -> None:
        """Know a message by the digest that an endpoint keeps of it."""
        message = canonical_bytes(decode(raw).message)
        other = self.text(message.decode())
        self._becomes[sha256(message).hexdigest()] = sha256(other.encode()).hexdigest()

    def text(self, text: str) -> str:
        """The text, about the other services; its lines in their order."""
        changed = self._pattern.sub(self._other, text)
        return "\n".join(sorted(changed.split("\n")))

    def _other(self, match: re.Match[str]) -> str:
        return self._becomes[match[0]]


def exchanges(opening: Opening) -> tuple[Exchange, ...]:
    """Every way to exchange the services of a repertoire, but the one that changes nothing."""
    if opening.story not in REPERTOIRES:
        return ()
    numbers = tuple(range(len(opening.parts)))
    return tuple(
        Exchange(opening, order) for order in permutations(numbers) if order != numbers
    )
