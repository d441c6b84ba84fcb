"""What an endpoint does, step by step: `receive` hears one message, `send` says one.

A request or notice takes the six steps of `_receive_request`; an answer those of
`_receive_answer`.

Rules: REP-*, AUT-1, AUT-2, AUT-3, SES-12.
"""

from dataclasses import replace
from datetime import datetime

from refimpl.endpoint.clearing_house import (
    STRATEGIES,
    copies_for_partners,
    count_answer,
    pass_on,
    pass_on_again,
)
from refimpl.endpoint.decisions import DECISIONS, KEEPING
from refimpl.endpoint.outbox import pending_of, post, settle, tell_again_later, turned_away
from refimpl.endpoint.permission import (
    check_answer,
    check_list,
    check_on_list,
    check_own_contracts,
    check_way,
    is_binding_yes,
    role_of,
)
from refimpl.endpoint.state import (
    SPEAKER,
    Arrival,
    NewId,
    Outcome,
    RoamingEndpoint,
    Send,
)
from refimpl.errors import RoamingError, Violation
from refimpl.messages import (
    ANSWER_KINDS,
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    Envelope,
    Receipt,
    Refusal,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.session import Session, follow, is_early, listed
from refimpl.vocabulary import Kind, Phase, Role

# --- Saying -----------------------------------------------------------------------------------


def send(
    rep: RoamingEndpoint,
    message: Said,
    receiver: str,
    *,
    correlation_id: str,
    now: datetime,
    new_id: NewId,
) -> Outcome:
    """Say something of one's own accord to another entity, as part of the service of that
    correlation id.

    Raises `Violation` where the service does not allow it now or no route leads there, SES-12
    for another than its other side, AUT-2 where a visited-CSO starts without a question a
    contract that is on no list of that home-CSP, AUT-1 where a home-CSP orders, books or lists
    for a contract that is not a valid one of its own, and AUT-2 for a list of another home-CSP.
    """
    envelope = Envelope(
        correlation_id=correlation_id,
        edition=rep.edition.id,
        message=message,  # type: ignore[arg-type]  # checked by the shape itself
        receiver=receiver,
        request_id=new_id(),
        sender=rep.entity_id,
        sent_at=now,
    )
    next_hop = rep.way(envelope)[1]
    if type(message) in SPEAKER:
        rep = rep.keep(_session_after_saying(rep, envelope))
    elif isinstance(message, AuthorizationListNotice):
        check_list(rep, message, rep.entity_id)
        check_own_contracts(rep, message.emaids)
        rep = replace(rep, listed=rep.listed.union(message.emaids))
    return post(rep, (Send(next_hop, envelope),), now)


def _session_after_saying(rep: RoamingEndpoint, envelope: Envelope) -> Session:
    message = envelope.message
    session = rep.sessions.get(envelope.correlation_id)
    if session is None:
        if isinstance(message, SessionProgressNotice) and listed(message):
            check_on_list(message, rep.lists.get(envelope.receiver, frozenset()))
        session = _open_session(envelope)
    if envelope.receiver not in (session.home_csp, session.visited_cso):
        raise Violation("SES-12", f"{envelope.receiver} in service {envelope.correlation_id}")
    role = role_of(rep, session, rep.entity_id, message)
    opening = session.phase is Phase.NEW
    if opening and isinstance(message, RemoteControlRequest | ReservationRequest):
        check_own_contracts(rep, (message.emaid,))
    return follow(session, message, role, rep.edition)


def _open_session(envelope: Envelope) -> Session:
    """Open a service between the two ends of its first message."""
    sender, receiver = envelope.sender, envelope.receiver
    if SPEAKER[type(envelope.message)] is Role.HOME_CSP:
        return Session(envelope.correlation_id, home_csp=sender, visited_cso=receiver)
    if isinstance(envelope.message, AuthorizationRequest):
        # A clearing house may ask for a visited-CSO.
        sender = envelope.message.visited_cso
    return Session(envelope.correlation_id, home_csp=receiver, visited_cso=sender)


# --- Hearing ----------------------------------------------------------------------------------


def receive(
    rep: RoamingEndpoint, envelope: Envelope, *, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Hear one message from a neighbour, in six steps; never raises a `RoamingError`: what is
    wrong is noted.

    A request or notice that breaks a rule is answered with a `Refusal`; an answer that does is
    dropped.
    """
    arrival = Arrival(envelope, peer, now)
    try:
        if envelope.message.kind in ANSWER_KINDS:
            return _receive_answer(rep, arrival, new_id)
        return _receive_request(rep, arrival, new_id)
    except RoamingError as error:
        return _turn_away(rep, arrival, error)


def _receive_request(rep: RoamingEndpoint, arrival: Arrival, new_id: NewId) -> Outcome:
    envelope = arrival.envelope
    # 1 For me?  If not, it goes on, once 2 and 3 are answered.
    mine = envelope.receiver == rep.entity_id
    # 2 Peer and channel fit?
    check_way(rep, arrival)
    # 3 Seen before?
    before = rep.seen.get(arrival.request)
    if before is not None:
        return Outcome(rep, before if mine else pass_on_again(before, envelope))
    if not mine:
        return pass_on(rep, arrival, envelope, new_id)
    if envelope.edition != rep.edition.id:
        raise Violation("REP-3", f"edition {envelope.edition}, not {rep.edition.id}")
    # 4 Which service?  Some messages belong to none, or to the clearing house itself.
    if type(envelope.message) in KEEPING:
        return _keep_news(rep, arrival, new_id)
    if rep.kind is Kind.CLEARING_HOUSE:
        if not isinstance(envelope.message, AuthorizationRequest):
            raise Violation("AUT-3", f"{envelope.message.kind} for the clearing house itself")
        return STRATEGIES[rep.strategy](rep, arrival, envelope.message, new_id)
    # 5 Allowed now?  6 What then?
    return _serve(rep, arrival)


def _keep_news(rep: RoamingEndpoint, arrival: Arrival, new_id: NewId) -> Outcome:
    """Keep news and give a receipt; a clearing house tells it to all partners of its sender."""
    message = arrival.envelope.message
    kept = KEEPING[type(message)](rep, arrival.envelope.sender, message)
    receipt = arrival.reply(rep.entity_id, Receipt())
    kept = kept.remember(arrival, (receipt,))
    if rep.kind is not Kind.CLEARING_HOUSE:
        return Outcome(kept, (receipt,))
    audience = Kind.CSO if isinstance(message, AuthorizationListNotice) else Kind.CSP
    copies = copies_for_partners(kept, arrival, audience, new_id)
    posted = post(kept, copies, arrival.now)
    return Outcome(posted.rep, (receipt, *posted.sends))


def _serve(rep: RoamingEndpoint, arrival: Arrival) -> Outcome:
    """Follow the table with one message of a service, decide the reply, and follow the table
    with the reply.
    """
    envelope = arrival.envelope
    message = envelope.message
    session = rep.sessions.get(envelope.correlation_id)
    if session is None:
        session = _open_session(envelope)
    opening = session.phase is Phase.NEW
    if opening and isinstance(message, SessionProgressNotice) and listed(message):
        check_on_list(message, rep.listed)
    role = role_of(rep, session, envelope.sender, message)
    if is_early(session, message, role):
        # Unanswered, it comes again (REP-5); refused, the service would be lost.
        return Outcome(rep)
    session = follow(session, message, role, rep.edition)
    reply: Said = Receipt()
    if type(message) in DECISIONS:
        reply = DECISIONS[type(message)](rep, session, message)
        role = role_of(rep, session, rep.entity_id, reply)
        session = follow(session, reply, role, rep.edition)
    sends = (arrival.reply(rep.entity_id, reply),)
    return Outcome(rep.keep(session).remember(arrival, sends), sends)


def _receive_answer(rep: RoamingEndpoint, arrival: Arrival, new_id: NewId) -> Outcome:
    """Pass an answer back, or take in the answer to one's own question."""
    envelope = arrival.envelope
    relay = rep.relays.get(envelope.request_id)
    if relay is not None and relay.peer == arrival.peer:
        back = envelope.model_copy(update={"request_id": relay.request_id})
        return Outcome(rep, (Send(relay.origin, back),))
    pending = pending_of(rep, envelope, arrival.peer)
    if pending is None:
        raise Violation("REP-7", f"{envelope.message.kind} {envelope.request_id}")
    check_answer(rep, pending.envelope, envelope)
    refusal = envelope.message if isinstance(envelope.message, Refusal) else None
    news = ANSWERS[type(pending.envelope.message)] is Receipt
    if refusal is not None and refusal.rule == "REP-8" and news:
        return tell_again_later(rep, pending, refusal, arrival.now, new_id)
    settled = settle(rep, pending, arrival.now)
    for poll in rep.polls.values():
        if envelope.request_id in poll.waiting:
            return count_answer(settled, poll, pending.envelope, arrival)
    session = rep.sessions.get(envelope.correlation_id)
    if session is not None and not news:
        return _keep_answer(settled, session, pending.envelope, envelope.message)
    if refusal is not None:
        return replace(settled, notes=(turned_away(pending, refusal),))
    return settled


def _keep_answer(settled: Outcome, session: Session, asked: Envelope, answer: Said) -> Outcome:
    """Let the service follow an answer; one that the table does not allow is noted."""
    try:
        after = _session_after_answer(settled.rep, session, asked, answer)
    except Violation as error:
        return replace(settled, notes=(error,))
    return replace(settled, rep=settled.rep.keep(after))


def _session_after_answer(
    rep: RoamingEndpoint, session: Session, asked: Envelope, answer: Said
) -> Session:
    if isinstance(answer, AuthorizationAnswer):
        _check_binding(rep, session, asked, answer)
    is_home = session.home_csp == rep.entity_id
    other = Role.VISITED_CSO if is_home else Role.HOME_CSP
    return follow(session, answer, other, rep.edition)


def _check_binding(
    rep: RoamingEndpoint, session: Session, asked: Envelope, answer: AuthorizationAnswer
) -> None:
    if answer.granted and not is_binding_yes(rep, asked, answer):
        place = f"{answer.home_csp} for a contract of {session.emaid[:5]}"
        raise Violation("AUT-1", place)


# --- Turning away -----------------------------------------------------------------------------


def turn_away(
    rep: RoamingEndpoint, envelope: Envelope, error: RoamingError, *, peer: str, now: datetime
) -> Outcome:
    """Turn away a message that breaks a rule: a request or notice gets a `Refusal`, an answer
    is dropped.

    A meaning that is not allowed is remembered, so its repetitions are answered alike; whom or
    what was not believed is looked at afresh.
    """
    return _turn_away(rep, Arrival(envelope, peer, now), error)


def _turn_away(rep: RoamingEndpoint, arrival: Arrival, error: RoamingError) -> Outcome:
    if arrival.envelope.message.kind in ANSWER_KINDS:
        return Outcome(rep, (), (error,))
    refusal = Refusal(rule=error.rule_id, where=error.where[:200])
    sends = (arrival.reply(rep.entity_id, refusal),)
    if isinstance(error, Violation):
        rep = rep.remember(arrival, sends)
    return Outcome(rep, sends, (error,))


def refuse(rep: RoamingEndpoint, envelope: Envelope, *, peer: str, now: datetime) -> Outcome:
    """Turn away a request or notice that cannot be served now, and its repetitions, unless it
    was served (REP-8).
    """
    before = rep.seen.get((peer, envelope.request_id))
    if before is not None:
        return Outcome(rep, before)
    error = Violation("REP-8", f"{envelope.message.kind} at {rep.entity_id}")
    return replace(turn_away(rep, envelope, error, peer=peer, now=now), notes=())
