"""The family `authorization`: who may ask what of whom."""

from collections.abc import Iterator
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import Envelope
from refimpl.security.authorization import Presented, decide
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, set_each
from refimpl.vectors.families.routing import WAY, network_of
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Mode


def _authorize(edition: Edition, context: Json, given: Json) -> Expect:
    asked = given["asked"]
    presented = Presented(
        network_of(context),
        edition,
        given["mode"],
        given["strategy"],
        here=given["here"],
        peer=given["peer"],
        envelope=_envelope(edition, given["envelope"]),
        signer=given["signer"],
        asked=None if asked is None else _envelope(edition, asked),
    )
    decision = decide(presented)
    if not decision.allowed:
        raise Violation(decision.rule, decision.where)
    return accepted({"rule": decision.rule})


def _envelope(edition: Edition, said: Json) -> Envelope:
    return Envelope.model_validate_json(canonical_json({"edition": edition.id, **said}))


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """Another mode, strategy, place, neighbour or signer; another network."""
    entities = set()
    for context in corpus.contexts.values():
        entities |= {entity["id"] for entity in context["entities"]}
    names = sorted(entities)
    yield set_each({"context": sorted(corpus.contexts), "input.mode": list(Mode)})
    yield set_each({"input.strategy": ["store", "forward", "broadcast"]})
    yield set_each({f"input.{name}": names for name in ("here", "peer", "signer")})
    ends = ("sender", "receiver")
    yield set_each({f"input.envelope.{name}": names for name in ends})


OPERATIONS: Final = {
    "message.authorize": Operation(
        answer=_authorize, edits=_edits, codes=f"ACC REP-1 REP-2 AUT-4 {WAY} NET-8"
    )
}
