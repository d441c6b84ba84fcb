"""The outbox: one message at a time about a service to each partner, said again until it is
answered.

What is said to one partner about one service forms a queue, and so do its notices of one kind
outside services.  Order then survives any network.

Rules: REP-5, REP-8.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from refimpl.endpoint.state import SPEAKER, NewId, Outcome, Pending, RoamingEndpoint, Send
from refimpl.errors import Violation
from refimpl.messages import AuthorizationRequest, Envelope, Refusal, RemoteControlRequest
from refimpl.session import ServiceKey, Session
from refimpl.vocabulary import Phase

RETRY_AFTER: Final = timedelta(seconds=5)
"""How long an endpoint waits for an answer before it says the same again (REP-5)."""


def queue_of(envelope: Envelope) -> tuple[str, str]:
    """Name the queue an envelope stands in: its service, or outside services its kind, and its
    receiver.
    """
    of_service = type(envelope.message) in SPEAKER
    subject = envelope.correlation_id if of_service else envelope.message.kind
    return subject, envelope.receiver


def post(rep: RoamingEndpoint, sends: tuple[Send, ...], now: datetime) -> Outcome:
    """Put messages into the outbox, and send those that are the first of their queue."""
    busy = {queue_of(pending.envelope) for pending in rep.outbox}
    outbox = list(rep.outbox)
    ready = []
    for each in sends:
        queue = queue_of(each.envelope)
        if queue in busy:
            outbox.append(Pending(each.peer, each.envelope, due=None))
        else:
            outbox.append(Pending(each.peer, each.envelope, due=now + RETRY_AFTER))
            ready.append(each)
        busy.add(queue)
    return Outcome(replace(rep, outbox=tuple(outbox)), tuple(ready))


def settle(rep: RoamingEndpoint, answered: Pending, now: datetime) -> Outcome:
    """Take an answered message out of the outbox, and send the next one of its queue."""
    outbox = [pending for pending in rep.outbox if pending is not answered]
    queue = queue_of(answered.envelope)
    for place, pending in enumerate(outbox):
        if queue_of(pending.envelope) == queue:
            outbox[place] = replace(pending, due=now + RETRY_AFTER)
            following = Send(pending.peer, pending.envelope)
            return Outcome(replace(rep, outbox=tuple(outbox)), (following,))
    return Outcome(replace(rep, outbox=tuple(outbox)))


def tell_again_later(
    rep: RoamingEndpoint, pending: Pending, refusal: Refusal, now: datetime, new_id: NewId
) -> Outcome:
    """Tell turned-away news again later, under a fresh request id, for the old one has its
    answer (REP-4, REP-8).
    """
    afresh = pending.envelope.model_copy(update={"request_id": new_id()})
    later = Pending(pending.peer, afresh, now + RETRY_AFTER)
    outbox = tuple(later if other is pending else other for other in rep.outbox)
    return Outcome(replace(rep, outbox=outbox), notes=(turned_away(pending, refusal),))


def turned_away(pending: Pending, refusal: Refusal) -> Violation:
    """Note a refusal: the rule is the partner's word, the place is ours.

    The free text of a refusal may name a person, and a note is written down.
    """
    return Violation(refusal.rule, f"{pending.envelope.message.kind} at {pending.peer}")


def remind(rep: RoamingEndpoint, now: datetime) -> Outcome:
    """Say again, word for word, what has waited too long for an answer (REP-5)."""
    outbox = []
    again = []
    for pending in rep.outbox:
        if pending.due is not None and pending.due <= now:
            again.append(Send(pending.peer, pending.envelope))
            outbox.append(replace(pending, due=now + RETRY_AFTER))
        else:
            outbox.append(pending)
    return Outcome(replace(rep, outbox=tuple(outbox)), tuple(again))


def next_due(rep: RoamingEndpoint) -> datetime | None:
    """Tell when the endpoint next wants to be reminded; None if nothing waits for an answer."""
    return min((p.due for p in rep.outbox if p.due is not None), default=None)


def awaits_answer(rep: RoamingEndpoint, session: Session) -> bool:
    """Say whether something said about a service waits for an answer; after a restart it may be
    lost, and then no answer comes.
    """
    for pending in rep.outbox:
        about = pending.envelope.correlation_id == session.correlation_id
        if about and type(pending.envelope.message) in SPEAKER:
            return True
    return False


def is_asked_of_a_house(rep: RoamingEndpoint, envelope: Envelope) -> bool:
    """Say whether an order cancels a service that a clearing house was asked about."""
    message = envelope.message
    if not isinstance(message, RemoteControlRequest) or message.command != "cancel":
        return False
    asked = rep.sessions.get(ServiceKey(rep.entity_id, envelope.correlation_id))
    if asked is None or not rep.is_clearing_house(asked.home_csp):
        return False
    return asked.phase is Phase.ASKED and awaits_answer(rep, asked)


def give_up_question(rep: RoamingEndpoint, session: Session) -> RoamingEndpoint:
    """Take the question about a service out of the outbox, for no answer came in time."""
    outbox = []
    for pending in rep.outbox:
        about = pending.envelope.correlation_id == session.correlation_id
        if not (about and isinstance(pending.envelope.message, AuthorizationRequest)):
            outbox.append(pending)
    return replace(rep, outbox=tuple(outbox))


def pending_of(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Pending | None:
    """Find what waits for an answer that comes from a neighbour under this request id."""
    for pending in rep.outbox:
        if pending.envelope.request_id == answer.request_id and pending.peer == peer:
            return pending
    return None


def question(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Envelope | None:
    """Find the envelope that an answer from a neighbour answers; None if none waits for it."""
    pending = pending_of(rep, answer, peer)
    return pending.envelope if pending else None
