"""The calls that bring an endpoint from one moment to the next, as they can be kept and made
again.

`receive`, `send` and the others are pure functions: the same call of the same endpoint gives
the same one again, for clock, ids and envelope are arguments.  So an endpoint is as well kept
by what was said and heard since a snapshot as by another snapshot.

Rules: STO-1, STO-4.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.endpoint.answers import give_up, remind
from refimpl.endpoint.retention import let_go
from refimpl.endpoint.snapshot import ReadEnvelope
from refimpl.endpoint.state import NewId, Outcome, RoamingEndpoint
from refimpl.endpoint.steps import receive, send, turn_away
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.messages import Envelope, Said
from refimpl.shapes import canonical_bytes


class Call(NamedTuple):
    """One call: `what` was called, with which envelope of which neighbour in its canonical
    bytes, and when; the new ids it was given, and the error for which it turned away or gave
    up.
    """

    what: str
    peer: str
    raw: bytes
    now: datetime
    ids: tuple[str, ...] = ()
    error: tuple[str, str] = ("", "")


def call_of_send(
    rep: RoamingEndpoint,
    message: Said,
    receiver: str,
    correlation_id: str,
    now: datetime,
    ids: tuple[str, ...],
) -> Call:
    """The call in which an endpoint said something of its own accord, and got these ids."""
    envelope = Envelope(
        correlation_id=correlation_id,
        edition=rep.edition.id,
        message=message,  # type: ignore[arg-type]  # checked by the shape itself
        receiver=receiver,
        request_id=ids[0],
        sender=rep.entity_id,
        sent_at=now,
    )
    return Call("send", "", canonical_bytes(envelope), now, ids)


class _Again(NamedTuple):
    """A call with its envelope read, and the ids that are left of it."""

    call: Call
    read: ReadEnvelope
    new_id: NewId

    @property
    def envelope(self) -> Envelope:
        return self.read(self.call.raw.decode())


def _receive_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    peer, now = again.call.peer, again.call.now
    return receive(rep, again.envelope, peer=peer, now=now, new_id=again.new_id)


def _turn_away_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    peer, now = again.call.peer, again.call.now
    error = Violation(*again.call.error)  # no other is remembered
    return turn_away(rep, again.envelope, error, peer=peer, now=now)


def _send_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    envelope = again.envelope
    return send(
        rep,
        envelope.message,
        envelope.receiver,
        correlation_id=envelope.correlation_id,
        now=again.call.now,
        new_id=again.new_id,
    )


def _remind_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    return remind(rep, again.call.now)


def _give_up_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    error = Violation(*again.call.error)  # whose fault it was is not remembered
    return give_up(rep, again.call.peer, again.envelope.request_id, error, again.call.now)


def _let_go_again(rep: RoamingEndpoint, again: _Again) -> Outcome:
    return Outcome(let_go(rep, again.call.now))


AGAIN: Final[Mapping[str, Callable[[RoamingEndpoint, _Again], Outcome]]] = MappingProxyType(
    {
        "give-up": _give_up_again,
        "let-go": _let_go_again,
        "receive": _receive_again,
        "remind": _remind_again,
        "send": _send_again,
        "turn-away": _turn_away_again,
    }
)
"""How each call is made again."""


def make_again(rep: RoamingEndpoint, call: Call, read: ReadEnvelope) -> Outcome:
    """Make a call again, of the endpoint as it was before it.

    Raises `Misuse` STO-4 where it does not come to the same: this is another model then, or
    another endpoint.
    """
    left = list(reversed(call.ids))
    try:
        outcome = AGAIN[call.what](rep, _Again(call, read, left.pop))
    except (LookupError, ValueError, RoamingError) as error:
        raise Misuse("STO-4", f"{call.what} of {call.now}: {type(error).__name__}") from error
    if left:
        raise Misuse("STO-4", f"{call.what} of {call.now}: {len(left)} ids too many")
    return outcome
