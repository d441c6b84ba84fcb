"""The outbox: one message at a time about a service to each partner, said again until it is
answered.

Rules: REP-5, REP-8, WIR-1.
"""

from datetime import datetime

from refimpl.endpoint.permission import check_length
from refimpl.endpoint.state import NewId, Outcome, RoamingEndpoint, Send
from refimpl.endpoint.waiting import RETRY_AFTER, LineKey, Pending, RequestKey, line_of
from refimpl.errors import Violation
from refimpl.messages import AuthorizationRequest, Envelope, Refusal, RemoteControlRequest
from refimpl.session import ServiceKey, Session
from refimpl.shapes import replace
from refimpl.vocabulary import Phase


def post(
    rep: RoamingEndpoint,
    sends: tuple[Send, ...],
    now: datetime,
    poll: RequestKey | None = None,
) -> Outcome:
    """Put messages that say the same to one partner or to many into the outbox, and send those
    that are the first of their line; `poll` is the request for which they are asked.

    Raises `Violation` WIR-1 for what is longer than the endpoint may say, REP-8 where as much
    waits for a partner as may.
    """
    if sends:
        check_length(max(sends, key=_names_length).envelope, rep.most_bytes)
    outbox = rep.outbox
    ready = []
    for each in sends:
        line = line_of(each.envelope)
        if line not in outbox.lines:
            ready.append(each)
        outbox = outbox.put(Pending(each.peer, each.envelope, poll=poll), line, now)
    return Outcome(replace(rep, outbox=outbox), tuple(ready))


def _names_length(one: Send) -> int:
    """How long those members are in which copies of one message differ."""
    return len(one.envelope.receiver) + len(one.envelope.request_id)


def settle(rep: RoamingEndpoint, answered: Pending, now: datetime) -> Outcome:
    """Take an answered message out of the outbox, and send the next one of its line."""
    outbox, following = rep.outbox.take_out(answered, now)
    settled = replace(rep, outbox=outbox)
    if following is None:
        return Outcome(settled)
    return Outcome(settled, (Send(following.peer, following.envelope),))


def tell_again_later(
    rep: RoamingEndpoint, pending: Pending, refusal: Refusal, now: datetime, new_id: NewId
) -> Outcome:
    """Tell turned-away news again later, under a fresh request id, for the old one has its
    answer (REP-4, REP-8).
    """
    outbox = rep.outbox.say_under(pending, new_id(), now)
    return Outcome(replace(rep, outbox=outbox), notes=(turned_away(pending, refusal),))


def turned_away(pending: Pending, refusal: Refusal) -> Violation:
    """Note a refusal: the rule is the partner's word, the place is ours.

    The free text of a refusal may name a person, and a note is written down.
    """
    return Violation(refusal.rule, f"{pending.envelope.message.kind} at {pending.peer}")


def is_due(pending: Pending, now: datetime) -> bool:
    """Say whether something has to be said again.

    What is due later than it can be was said before the clock was put back.
    """
    assert pending.due is not None
    return not now < pending.due <= now + RETRY_AFTER


def next_due(rep: RoamingEndpoint) -> datetime | None:
    """Tell when the endpoint next wants to be reminded; None if nothing waits for an answer."""
    pending = rep.outbox.longest_said()
    return None if pending is None else pending.due


def awaits_answer(rep: RoamingEndpoint, session: Session) -> bool:
    """Say whether something said about a service waits for an answer; after a restart it may be
    lost, and then no answer comes.
    """
    return _line_about(rep, session) in rep.outbox.lines


def _line_about(rep: RoamingEndpoint, session: Session) -> LineKey:
    return LineKey(rep.partner_in(session), correlation_id=session.correlation_id)


def is_asked_of_a_house(rep: RoamingEndpoint, envelope: Envelope) -> bool:
    """Say whether an order cancels a service that a clearing house was asked about."""
    message = envelope.message
    if not isinstance(message, RemoteControlRequest) or message.command != "cancel":
        return False
    asked = rep.sessions.get(ServiceKey(rep.entity_id, envelope.correlation_id))
    if asked is None or not rep.is_clearing_house(asked.home_csp):
        return False
    return asked.phase is Phase.ASKED and awaits_answer(rep, asked)


def give_up_question(rep: RoamingEndpoint, session: Session, now: datetime) -> RoamingEndpoint:
    """Take the question about a service out of the outbox, for no answer came in time."""
    pending = rep.outbox.first_of(_line_about(rep, session))
    if pending is None or not isinstance(pending.envelope.message, AuthorizationRequest):
        return rep
    outbox, _ = rep.outbox.take_out(pending, now)  # nothing stands behind a first question
    return replace(rep, outbox=outbox)


def pending_of(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Pending | None:
    """Find what was said and waits for an answer that comes from a neighbour under this request
    id.
    """
    pending = rep.outbox.waits.get(RequestKey(peer, answer.request_id))
    return None if pending is None or pending.due is None else pending


def question(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Envelope | None:
    """Find the envelope that an answer from a neighbour answers; None if none waits for it."""
    pending = pending_of(rep, answer, peer)
    return pending.envelope if pending else None
