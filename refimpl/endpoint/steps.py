"""What an endpoint does, step by step: `receive` hears one message, `send` says one.

A request or notice takes the six steps of `_receive_request`; an answer those of
`answers.receive_answer`.

Rules: REP-*, AUT-1, AUT-2, AUT-3, AUT-8, REC-7, REC-8, REC-10, SES-12, WIR-1.
"""

from datetime import datetime

from refimpl.endpoint.answers import receive_answer
from refimpl.endpoint.asked_again import INQUIRIES
from refimpl.endpoint.clearing_house import (
    STRATEGIES,
    copies_for_partners,
    pass_on,
    pass_on_again,
)
from refimpl.endpoint.decisions import DECISIONS, KEEPING
from refimpl.endpoint.outbox import (
    awaits_answer,
    give_up_question,
    is_asked_of_a_house,
    post,
)
from refimpl.endpoint.permission import (
    check_length,
    check_on_any_list,
    check_on_list,
    check_operator,
    check_own_contracts,
    check_way,
    role_of,
)
from refimpl.endpoint.services import after_message, follow_service, open_session, opener_of
from refimpl.endpoint.state import Arrival, NewId, Outcome, RoamingEndpoint, Send
from refimpl.endpoint.taking_over import is_known
from refimpl.endpoint.waiting import SPEAKER
from refimpl.errors import RoamingError, Violation
from refimpl.messages import (
    ANSWER_KINDS,
    RECEIPT,
    AuthorizationListNotice,
    AuthorizationRequest,
    DetailRecordNotice,
    Envelope,
    News,
    Receipt,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.records import check_kind
from refimpl.session import ServiceKey, by_list, is_early
from refimpl.shapes import replace
from refimpl.vocabulary import Kind, Phase

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
    for a contract that is not a valid one of its own, and AUT-2 for a list of another home-CSP;
    WIR-1 for what is longer than the endpoint may say, and REP-8 where as much waits for the
    other entity as may.
    """
    if isinstance(message, News):
        rep, message = rep.number(message, now)
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
    check_operator(rep, envelope)
    if type(message) in SPEAKER:
        rep = _follow_own_word(rep, envelope, now)
    elif isinstance(message, News):
        rep = KEEPING[type(message)](rep, rep.entity_id, message, now, receiver)
    return post(rep, (Send(next_hop, envelope),), now)


def _follow_own_word(
    rep: RoamingEndpoint, envelope: Envelope, now: datetime
) -> RoamingEndpoint:
    """Let a service follow what this end says about it."""
    message, receiver = envelope.message, envelope.receiver
    session = rep.service_with(receiver, envelope.correlation_id)
    if session is None:
        own = ServiceKey(rep.entity_id, envelope.correlation_id)
        session = rep.sessions.get(own)
    if session is None:
        session = open_session(envelope, now)
    if isinstance(message, SessionProgressNotice) and by_list(message):
        check_on_list(message, rep.lists.get(receiver), rep.edition)
        if session.phase is Phase.ASKED:
            rep = give_up_question(rep, session, now)
            # It may have asked a clearing house; by its list it knows the home-CSP.
            session = replace(session, home_csp=receiver)
    if receiver not in (session.home_csp, session.visited_cso):
        raise Violation("SES-12", f"{receiver} in service {envelope.correlation_id}")
    role = role_of(rep, session, rep.entity_id, message)
    opening = session.phase is Phase.NEW
    if opening and isinstance(message, (RemoteControlRequest, ReservationRequest)):
        check_own_contracts(rep, message.keys)
    return follow_service(rep, session, message, role, now)


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
            return receive_answer(rep, arrival, new_id)
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
    before = rep.sent_before(arrival)
    if before is not None:
        return Outcome(rep, before if mine else pass_on_again(before, envelope))
    if not mine:
        return pass_on(rep, arrival, envelope, new_id)
    if envelope.edition != rep.edition.id:
        place = f"edition {envelope.edition}, not {rep.edition.id}"
        rep.edition.refuse("REP-3", place)
    check_operator(rep, envelope)
    # 4 Which service?  Some messages belong to none, or to the clearing house itself.
    if isinstance(envelope.message, News):
        return _keep_news(rep, arrival, envelope.message, new_id)
    if rep.kind is Kind.CLEARING_HOUSE:
        if not isinstance(envelope.message, AuthorizationRequest):
            raise Violation("AUT-3", f"{envelope.message.kind} for the clearing house itself")
        return STRATEGIES[rep.strategy](rep, arrival, envelope.message, new_id)
    if type(envelope.message) in INQUIRIES:
        return _answer_inquiry(rep, arrival)
    # 5 Allowed now?  6 What then?
    return _serve(rep, arrival)


def _answer_inquiry(rep: RoamingEndpoint, arrival: Arrival) -> Outcome:
    """Answer a question of a partner about what there is between the two.

    It changes nothing, so it is not remembered: asked again, it is answered as things are then.
    """
    envelope = arrival.envelope
    answer = INQUIRIES[type(envelope.message)](rep, envelope.sender, envelope.message)
    reply = arrival.reply(rep.entity_id, answer)
    check_length(reply.envelope, rep.most_bytes)
    return Outcome(rep, (reply,))


def _keep_news(rep: RoamingEndpoint, arrival: Arrival, news: News, new_id: NewId) -> Outcome:
    """Keep news and give a receipt; a clearing house tells it anew to its sender's partners.

    Raises `Violation` REP-8 where none of them can be told.
    """
    sender = arrival.envelope.sender
    rising = rep.edition.asks("REP-10")
    kept = replace(rep, sequences=rep.sequences.after_hearing(sender, news, rising=rising))
    kept = KEEPING[type(news)](kept, sender, news, arrival.now, "")
    receipt = arrival.reply(rep.entity_id, RECEIPT)
    kept = kept.remember(arrival, (receipt,))
    if rep.kind is not Kind.CLEARING_HOUSE:
        return Outcome(kept, (receipt,))
    audience = Kind.CSO if isinstance(news, AuthorizationListNotice) else Kind.CSP
    kept, own = kept.number(news, arrival.now)
    told = arrival.envelope.model_copy(update={"message": own})
    copies, left_out = copies_for_partners(kept, told, audience, new_id)
    if left_out and not copies:
        raise left_out[0]
    posted = post(kept, copies, arrival.now)
    return Outcome(posted.rep, (receipt, *posted.sends), left_out)


def _serve(rep: RoamingEndpoint, arrival: Arrival) -> Outcome:
    """Follow the table with one message of a service, decide the reply, and follow the table
    with the reply.
    """
    envelope = arrival.envelope
    message = envelope.message
    opener = opener_of(envelope)
    session = rep.service_with(opener, envelope.correlation_id)
    if session is None and isinstance(message, (DetailRecordNotice, RecordWithdrawalNotice)):
        return _serve_unmatched(rep, arrival, message)
    if session is None and is_asked_of_a_house(rep, envelope):
        return Outcome(rep)  # The answer that names this home-CSP is still on the way (REP-5).
    if session is None:
        rep.check_room(opener)
        session = open_session(envelope, arrival.now)
    role = role_of(rep, session, envelope.sender, message)
    if isinstance(message, SessionProgressNotice) and by_list(message):
        check_on_any_list(rep, session, message)
    if awaits_answer(rep, session) and is_early(session, message, role, rep.edition):
        # Unanswered, it comes again (REP-5); refused, the service would be lost.
        return Outcome(rep)
    if is_known(session, message):
        return _receipt(rep, arrival, RECEIPT)
    if type(message) not in DECISIONS:
        followed = follow_service(rep, session, message, role, arrival.now)
        return _receipt(followed, arrival, RECEIPT)
    session = after_message(rep, session, message, role, arrival.now)
    reply = DECISIONS[type(message)](rep, session, message)
    role = role_of(rep, session, rep.entity_id, reply)
    session = after_message(rep, session, reply, role, arrival.now)
    return _receipt(rep.keep(session), arrival, reply)


def _receipt(rep: RoamingEndpoint, arrival: Arrival, reply: Said) -> Outcome:
    sends = (arrival.reply(rep.entity_id, reply),)
    return Outcome(rep.remember(arrival, sends), sends)


def _serve_unmatched(
    rep: RoamingEndpoint,
    arrival: Arrival,
    message: DetailRecordNotice | RecordWithdrawalNotice,
) -> Outcome:
    """Let a record wait whose service is not known, or no longer wait where it is taken back
    (REC-10).
    """
    partner = arrival.envelope.sender
    service = ServiceKey(partner, arrival.envelope.correlation_id)
    if isinstance(message, RecordWithdrawalNotice):
        ledger = rep.ledger.match(partner, service)
        return _receipt(replace(rep, ledger=ledger), arrival, RECEIPT)
    check_kind(message.record, rep.edition)
    rep.ledger.check(partner, service, message.record, rep.edition)
    ledger = rep.ledger.hold(partner, service, message.record)
    return _receipt(replace(rep, ledger=ledger), arrival, Receipt(held="unmatched"))


# --- Turning away -----------------------------------------------------------------------------


def turn_away(
    rep: RoamingEndpoint, envelope: Envelope, error: RoamingError, *, peer: str, now: datetime
) -> Outcome:
    """Turn away a message that breaks a rule: a request or notice gets a `Refusal`, an answer
    is dropped.

    A meaning that is not allowed is remembered, so its repetitions are answered alike; whom or
    what was not believed is looked at afresh.  What was answered before under the id stays so.
    """
    return _turn_away(rep, Arrival(envelope, peer, now), error)


def _turn_away(rep: RoamingEndpoint, arrival: Arrival, error: RoamingError) -> Outcome:
    if arrival.envelope.message.kind in ANSWER_KINDS:
        return Outcome(rep, (), (error,))
    refusal = Refusal(rule=error.rule_id, where=error.where[:200])
    sends = (arrival.reply(rep.entity_id, refusal),)
    if isinstance(error, Violation) and rep.sent_before(arrival) is None:
        rep = rep.remember(arrival, sends)
    return Outcome(rep, sends, (error,))


def refuse(rep: RoamingEndpoint, envelope: Envelope, *, peer: str, now: datetime) -> Outcome:
    """Turn away a request or notice that cannot be served now, and its repetitions, unless it
    was served (REP-8).
    """
    arrival = Arrival(envelope, peer, now)
    before = rep.sent_before(arrival)
    if before is not None:
        return Outcome(rep, before)
    error = Violation("REP-8", f"{envelope.message.kind} at {rep.entity_id}")
    return replace(_turn_away(rep, arrival, error), notes=())
