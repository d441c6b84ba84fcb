"""An endpoint in a world: what it does, each time at the moment of what it does, with ids that
are numbered as they appear.

What an act says is said by `endpoint.send`, what arrives is heard by `endpoint.receive`, and
what waits is said again by `endpoint.remind`: the endpoint itself, and no model of it.

Rules: REP-4, REP-5.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from rpds import HashTrieMap

from refimpl.endpoint import Outcome, RoamingEndpoint, receive, remind, send
from refimpl.messages import Envelope
from refimpl.play.opening import Part
from refimpl.play.player import restarted, utterance_of
from refimpl.play.reached import Spoken
from refimpl.vocabulary import Kind

ON_RECORDS: Final = ("REC-", "PLA-")
"""How the rules begin whose breach says that a record does not count."""


@dataclass(frozen=True)
class Node:
    """An endpoint, how many ids it has given under each correlation id, and the rules on
    records that it noted.
    """

    rep: RoamingEndpoint
    ids: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    noted: frozenset[str] = frozenset()


class Done(NamedTuple):
    """What came of one call of an endpoint: how it stands, the outcome of the call, and what
    was said or heard in it, if something was.
    """

    node: Node
    outcome: Outcome
    spoken: Spoken | None = None


class _Ids:
    """The ids that an endpoint gives under one correlation id, numbered as they appear."""

    def __init__(self, node: Node, correlation_id: str) -> None:
        self.ids = node.ids
        self._of = correlation_id
        self._entity = node.rep.entity_id

    def __call__(self) -> str:
        number = self.ids.get(self._of, 0) + 1
        self.ids = self.ids.insert(self._of, number)
        return f"{self._entity}/{self._of}/{number}"


def hear(node: Node, sender: str, envelope: Envelope) -> Done:
    """Let an endpoint hear a message, at the moment it was said."""
    ids = _Ids(node, envelope.correlation_id)
    outcome = receive(node.rep, envelope, peer=sender, now=envelope.sent_at, new_id=ids)
    spoken = Spoken(envelope.sender, envelope.correlation_id, envelope.message)
    return Done(Node(outcome.rep, ids.ids, _noted(node, outcome)), outcome, spoken)


def say(node: Node, part: Part, place: int) -> Done:
    """Let an endpoint say an act of a service; raises `Violation` where it may not."""
    act, now = part.acts[place], part.moment(place)
    aside = f"aside-{part.setting.correlation_id}-{place + 1}"
    said = utterance_of(act, part.setting, node.rep, now, aside)
    ids = _Ids(node, said.correlation_id)
    outcome = send(
        node.rep,
        said.message,
        said.addressee,
        correlation_id=said.correlation_id,
        now=now,
        new_id=ids,
    )
    spoken = Spoken(node.rep.entity_id, said.correlation_id, said.message)
    return Done(Node(outcome.rep, ids.ids, node.noted), outcome, spoken)


def say_again(node: Node) -> Done:
    """Let an endpoint say again all that waits for an answer."""
    due = max(pending.due for pending in node.rep.outbox if pending.due is not None)
    outcome = remind(node.rep, due)
    return Done(Node(outcome.rep, node.ids, _noted(node, outcome)), outcome)


def _noted(node: Node, outcome: Outcome) -> frozenset[str]:
    rules = (note.rule_id for note in outcome.notes)
    return node.noted.union(rule for rule in rules if rule.startswith(ON_RECORDS))


def lost_by(node: Node, fault: str) -> Node:
    """How an endpoint stands after it was restarted, or forgot all but what it was set up with.

    A restart takes what waits to be said from an end, which keeps its accounts in a store, and
    everything from a clearing house, which passes things on.
    """
    house = node.rep.kind is Kind.CLEARING_HOUSE
    loses = "everything" if house or fault == "forget" else "what waits"
    rep = restarted(node.rep, loses)
    return node if rep == node.rep else replace(node, rep=rep)
