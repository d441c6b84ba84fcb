"""The family `authorization`: who may ask what of whom."""

from typing import Final

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import Envelope
from refimpl.security.authorization import Presented, decide
from refimpl.shapes import canonical_json
from refimpl.vectors.families.routing import network_of
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json


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


OPERATIONS: Final = {"message.authorize": Operation(answer=_authorize)}
