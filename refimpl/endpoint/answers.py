"""What becomes of what was said: its answer is taken in, or none comes and it is said again or
given up.

Rules: REP-5 to REP-11, AUT-1, AUT-3, WIR-1.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from refimpl.endpoint.asked_again import INQUIRIES
from refimpl.endpoint.clearing_house import count_answer, count_silence, poll_of
from refimpl.endpoint.outbox import is_due, pending_of, settle, tell_again_later, turned_away
from refimpl.endpoint.permission import check_answer, check_length, is_binding_yes
from refimpl.endpoint.services import follow_service
from refimpl.endpoint.state import Arrival, NewId, Outcome, RoamingEndpoint, Send
from refimpl.endpoint.taking_over import take_in
from refimpl.endpoint.waiting import SPEAKER, Pending, RequestKey
from refimpl.errors import RoamingError, Violation
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    Envelope,
    Receipt,
    Refusal,
    RemoteControlRequest,
    Said,
)
from refimpl.session import Session
from refimpl.shapes import replace
from refimpl.vocabulary import Phase, Role

MOST_TRIES: Final = 12
"""How often a clearing house puts a question to each of many, 5 seconds apart: a user does not
stand at a station for longer than a minute (REP-11).
"""


def receive_answer(rep: RoamingEndpoint, arrival: Arrival, new_id: NewId) -> Outcome:
    """Pass an answer back, or take in the answer to one's own question."""
    envelope = arrival.envelope
    relay = rep.relays.get(envelope.request_id)
    if relay is not None and relay.peer == arrival.peer:
        onward = envelope.under(relay.request_id)
        check_length(onward, rep.most_bytes_onward)
        return Outcome(rep, (Send(relay.origin, onward),))
    pending = pending_of(rep, envelope, arrival.peer)
    if pending is None:
        raise Violation("REP-7", f"{envelope.message.kind} {envelope.request_id}")
    check_answer(rep, pending.envelope, envelope)
    refusal = envelope.message if isinstance(envelope.message, Refusal) else None
    news = ANSWERS.get(type(pending.envelope.message)) is Receipt
    if refusal is not None and refusal.rule == "REP-8" and news:
        return tell_again_later(rep, pending, refusal, arrival.now, new_id)
    settled = settle(rep, pending, arrival.now)
    poll = poll_of(rep, pending)
    if poll is not None:
        return count_answer(settled, poll, pending.envelope, arrival)
    asked = pending.envelope
    if type(asked.message) in INQUIRIES and refusal is None:
        return take_in(settled, asked, envelope.message, arrival.now, new_id)
    return _take_answer(settled, pending, envelope.message, arrival.now)


def _take_answer(settled: Outcome, pending: Pending, answer: Said, now: datetime) -> Outcome:
    """Let the service of a question follow its answer; a refusal of news is noted."""
    rep, asked = settled.rep, pending.envelope
    news = ANSWERS.get(type(asked.message)) is Receipt
    session = rep.service_with(asked.receiver, asked.correlation_id)
    if session is not None and not news and type(asked.message) in SPEAKER:
        return _keep_answer(settled, session, asked, answer, now)
    if isinstance(answer, Refusal):
        return replace(settled, notes=(turned_away(pending, answer),))
    return settled


def _keep_answer(
    settled: Outcome, session: Session, asked: Envelope, answer: Said, now: datetime
) -> Outcome:
    """Let the service follow an answer; one that the table does not allow is noted."""
    rep = settled.rep
    message = asked.message
    cancelling = isinstance(message, RemoteControlRequest) and message.command == "cancel"
    if cancelling and session.phase is Phase.STOPPING:
        return settled  # It began, and a stop follows: that one is not answered by this.
    is_home = session.home_csp == rep.entity_id
    other = Role.VISITED_CSO if is_home else Role.HOME_CSP
    try:
        if isinstance(answer, AuthorizationAnswer):
            _check_binding(rep, session, asked, answer)
        return replace(settled, rep=follow_service(rep, session, answer, other, now))
    except Violation as error:
        return replace(settled, notes=(error,))


def _check_binding(
    rep: RoamingEndpoint, session: Session, asked: Envelope, answer: AuthorizationAnswer
) -> None:
    if answer.granted and not is_binding_yes(rep, asked, answer):
        place = f"{answer.home_csp} for a contract of {session.emaid[:5] or 'no issuer'}"
        rep.edition.refuse("AUT-1", place)


# --- Where no answer comes --------------------------------------------------------------------


def remind(rep: RoamingEndpoint, now: datetime) -> Outcome:
    """Say again, word for word, what has waited too long for an answer (REP-5).

    A question that a clearing house has put to many is given up after `MOST_TRIES`, or once
    another has answered it; where none is left to answer, the answer is no (REP-11).
    """
    outbox = rep.outbox
    again = []
    over = []
    while (pending := outbox.longest_said()) is not None and is_due(pending, now):
        outbox = outbox.say_again(pending, now)
        if _is_over(rep, pending):
            over.append(pending.key)
        else:
            again.append(Send(pending.peer, pending.envelope))
    if outbox is rep.outbox:
        return Outcome(rep)
    reminded = Outcome(replace(rep, outbox=outbox), tuple(again))
    return _end_questions(reminded, over, now)


def _is_over(rep: RoamingEndpoint, pending: Pending) -> bool:
    """Say whether a question that was put to many is not put again."""
    if pending.poll is None:
        return False
    return pending.tries >= MOST_TRIES or poll_of(rep, pending) is None


def _end_questions(reminded: Outcome, over: Sequence[RequestKey], now: datetime) -> Outcome:
    """Give up the questions of polls that are over."""
    rep, sends, notes = reminded.rep, [*reminded.sends], []
    for key in over:
        pending = rep.outbox.waits[key]
        outcome = settle(rep, pending, now)
        poll = poll_of(rep, pending)
        if poll is not None:
            place = f"{pending.envelope.message.kind} at {pending.peer}, {MOST_TRIES} tries"
            notes.append(Violation("REP-11", place))
            outcome = count_silence(outcome, poll, now)
        rep = outcome.rep
        sends.extend(outcome.sends)
    return Outcome(rep, tuple(sends), tuple(notes))


def give_up(
    rep: RoamingEndpoint, peer: str, request_id: str, error: RoamingError, now: datetime
) -> Outcome:
    """Give up what was said to a neighbour under a request id and cannot be delivered, for the
    reason that is noted; the next one of its line is said.

    A service goes on as if it had been refused.  What waits for no answer is left alone.
    """
    pending = rep.outbox.waits.get(RequestKey(peer, request_id))
    if pending is None or pending.due is None:
        return Outcome(rep, notes=(error,))
    settled = settle(rep, pending, now)
    poll = poll_of(rep, pending)
    if poll is not None:
        outcome = count_silence(settled, poll, now)
    else:
        refusal = Refusal(rule=error.rule_id, where=f"not delivered to {peer}")
        outcome = _take_answer(settled, pending, refusal, now)
    return replace(outcome, notes=(error,))
