"""The family `exchange`: what an endpoint sends on one message after another."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Final

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.endpoint import Outcome, RoamingEndpoint, receive, send
from refimpl.errors import RoamingError
from refimpl.messages import Envelope, Refusal
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, set_each
from refimpl.vectors.families.routing import WAY, network_of
from refimpl.vectors.families.session import ROWS, drop_a_step, message_of
from refimpl.vectors.operation import Operation, accepted, refused
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Mode

CODES: Final = (
    f"{WAY} {ROWS} REP-1 REP-2 REP-3 REP-6 REP-7 REP-8 REP-9 REP-10 REP-11 "
    "AUT-1 AUT-2 AUT-3 AUT-4 AUT-7 AUT-8 SES-10 SES-11 SES-12 SES-13 "
    "FET LST REC-1 REC-5 REC-7 REC-8 REC-11 RCL PLA"
)
"""The rules that a well-formed message may break at an endpoint."""
NOW: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
"""The moment at which a step of an exchange vector happens that names no other."""


def _play(edition: Edition, context: Json, given: Json) -> Expect:
    ids = count(1)
    rep = RoamingEndpoint(
        given["entity"],
        network_of(context),
        edition,
        given["mode"],
        given["strategy"],
        HashTrieMap(given["contracts"]),
        HashTrieMap(given["evses"]),
    )
    sends: list[list[Json]] = []
    for number, step in enumerate(given["steps"], 1):
        try:
            outcome = _play_step(rep, step, lambda: f"m-{next(ids)}")
        except RoamingError as error:
            return refused(error, {"step": number, "sends": [*sends, []]})
        rep = outcome.rep
        sends.append([_sent(one.peer, one.envelope) for one in outcome.sends])
        if outcome.notes:
            return refused(outcome.notes[0], {"step": number, "sends": sends})
    return accepted({"sends": sends})


def _play_step(rep: RoamingEndpoint, step: Json, new_id: Callable[[], str]) -> Outcome:
    now = datetime.fromisoformat(step["at"]) if "at" in step else NOW
    if "say" in step:
        return send(
            rep,
            message_of(step["say"]),
            step["to"],
            correlation_id=step["correlation_id"],
            now=now,
            new_id=new_id,
        )
    envelope = {"edition": rep.edition.id, "sent_at": "2025-07-08T12:00:00Z", **step["hear"]}
    return receive(
        rep,
        Envelope.model_validate_json(canonical_json(envelope)),
        peer=step["from"],
        now=now,
        new_id=new_id,
    )


def _sent(peer: str, envelope: Envelope) -> Json:
    told = envelope.model_dump(mode="json", exclude_none=True, exclude={"edition", "sent_at"})
    if isinstance(envelope.message, Refusal):
        del told["message"]["where"]
    return {"peer": peer, **told}


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """A step left out, another message in it, or another envelope or neighbour."""
    steps = given["steps"]
    edits = drop_a_step(steps)
    for name in corpus.parts:
        for number, step in enumerate(steps):
            said = "hear.message" if "hear" in step else "say"
            edits.append(["set", f"input.steps.{number}.{said}", f"@{name}"])
    for number, step in enumerate(steps):
        if "hear" in step:
            edits += _edits_of_envelope(f"input.steps.{number}")
    yield edits
    yield set_each(
        {"input.mode": list(Mode), "input.strategy": ["store", "forward", "broadcast"]}
    )


def _edits_of_envelope(path: str) -> Iterator[Edit]:
    for name in ("csp-birch", "cso-fjord"):
        yield ["set", f"{path}.from", name]
    for member in ("request_id", "correlation_id", "in_reply_to", "sender", "receiver"):
        for value in ("cso-fjord", "csp-birch", "m-9"):
            yield ["set", f"{path}.hear.{member}", value]


OPERATIONS: Final = {
    "endpoint.play": Operation(answer=_play, codes=CODES, edits=_edits),
}
