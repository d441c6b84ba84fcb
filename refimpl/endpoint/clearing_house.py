"""What a clearing house does besides: pass messages on, hand news to partners, and answer an
authorization request by its strategy (AUT-3).

Rules: AUT-3, REP-1, REP-6, REP-8, REP-11, WIR-1.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from refimpl.endpoint.outbox import post
from refimpl.endpoint.permission import check_length, is_binding_yes
from refimpl.endpoint.state import (
    Arrival,
    NewId,
    Outcome,
    Poll,
    Relay,
    RoamingEndpoint,
    Send,
)
from refimpl.endpoint.waiting import Pending, counted, full
from refimpl.errors import Violation
from refimpl.messages import AuthorizationAnswer, AuthorizationRequest, Envelope, Said
from refimpl.shapes import replace
from refimpl.vocabulary import Kind, Reason, Strategy

MOST_POLLS: Final = 1000
"""How many questions of one neighbour are put to many at the same time (REP-8): each is over
within a minute, and no operator has sixteen users a second that all are refused.
"""


def pass_on(rep: RoamingEndpoint, arrival: Arrival, onward: Envelope, new_id: NewId) -> Outcome:
    """Pass a message on: a fresh request id for the next hop beside the end-to-end id, and the
    way back remembered (REP-6).
    """
    onward = onward.under(new_id())
    names = rep.way(onward)
    if rep.entity_id not in names[1:-1]:
        between = f"between {onward.sender} and {onward.receiver}"
        raise Violation("REP-1", f"{rep.entity_id} is not {between}")
    following = names[names.index(rep.entity_id) + 1]
    sends = (Send(following, onward),)
    check_length(onward, rep.most_bytes_onward)
    relay = Relay(arrival.peer, arrival.envelope.request_id, following)
    relayed = replace(rep, relays=rep.relays.insert(onward.request_id, relay))
    return Outcome(relayed.remember(arrival, sends), sends)


def pass_on_again(before: tuple[Send, ...], envelope: Envelope) -> tuple[Send, ...]:
    """Pass a repeated message on as it is said now, for its sender may have protected it anew
    since (MSG-6); what was answered is answered alike.
    """
    said_now = {"message": envelope.message, "sent_at": envelope.sent_at}
    again = []
    for each in before:
        if each.envelope.sender == envelope.sender:
            again.append(Send(each.peer, each.envelope.model_copy(update=said_now)))
        else:
            again.append(each)
    return tuple(again)


def copies_for_partners(
    rep: RoamingEndpoint, envelope: Envelope, audience: Kind, new_id: NewId
) -> tuple[tuple[Send, ...], tuple[Violation, ...]]:
    """Say what an envelope says in the clearing house's own name, to each partner of its
    sender; one for which as much waits as may is left out and noted (REP-8).
    """
    copies = []
    left_out = []
    for name in rep.network.partners(envelope.sender, audience, rep.entity_id):
        if rep.outbox.is_full(name):
            left_out.append(full(name))
            continue
        own = {
            "message_id": None,
            "receiver": name,
            "request_id": new_id(),
            "sender": rep.entity_id,
        }
        copies.append(Send(name, envelope.model_copy(update=own)))
    return tuple(copies), tuple(left_out)


def _answer(rep: RoamingEndpoint, arrival: Arrival, answer: AuthorizationAnswer) -> Outcome:
    sends = (arrival.reply(rep.entity_id, answer),)
    return Outcome(rep.remember(arrival, sends), sends)


def _lister(
    rep: RoamingEndpoint, arrival: Arrival, request: AuthorizationRequest
) -> str | None:
    """Find a partner of the asking visited-CSO on whose list a contract stands."""
    for name in sorted(rep.lists):
        partner = rep.network.agreed(arrival.envelope.sender, name)
        if partner and not rep.lists[name].keys.isdisjoint(request.keys):
            return name
    return None


def _answer_from_store(
    rep: RoamingEndpoint, arrival: Arrival, request: AuthorizationRequest, new_id: NewId
) -> Outcome:
    """Answer from the lists that home-CSPs left here."""
    home_csp = _lister(rep, arrival, request)
    granted = home_csp is not None
    reason = None if granted else Reason.UNKNOWN
    answer = AuthorizationAnswer(
        granted=granted, home_csp=home_csp, from_list=True, reason=reason
    )
    return _answer(rep, arrival, answer)


def _forward_to_issuer(
    rep: RoamingEndpoint, arrival: Arrival, request: AuthorizationRequest, new_id: NewId
) -> Outcome:
    """Pass the question on to the home-CSP that the EMAID names, or on whose list the medium
    stands.
    """
    home_csp = rep.network.provider(request.emaid) if request.emaid else None
    if home_csp is None:
        home_csp = _lister(rep, arrival, request)
    if home_csp is None:
        answer = AuthorizationAnswer(granted=False, reason=Reason.UNKNOWN)
        return _answer(rep, arrival, answer)
    onward = arrival.envelope.model_copy(update={"receiver": home_csp})
    return pass_on(rep, arrival, onward, new_id)


def _ask_every_partner(
    rep: RoamingEndpoint, arrival: Arrival, request: AuthorizationRequest, new_id: NewId
) -> Outcome:
    """Put the question to every CSP the visited-CSO has an agreement with; raises `Violation`
    REP-8 where as many of a neighbour are under way as may.
    """
    if rep.polling.get(arrival.peer, 0) >= MOST_POLLS:
        raise Violation("REP-8", f"{MOST_POLLS} questions of {arrival.peer} wait")
    copies, left_out = copies_for_partners(rep, arrival.envelope, Kind.CSP, new_id)
    if not copies:
        reason = Reason.UNREACHABLE if left_out else Reason.UNKNOWN
        answered = _answer(rep, arrival, AuthorizationAnswer(granted=False, reason=reason))
        return replace(answered, notes=left_out)
    poll = Poll(arrival, len(copies), bool(left_out))
    polls = rep.polls.insert(arrival.request, poll)
    polling = replace(rep, polls=polls, polling=counted(rep.polling, arrival.peer, 1))
    posted = post(polling.remember(arrival, ()), copies, arrival.now, poll=arrival.request)
    return replace(posted, notes=left_out)


AnswerRequest = Callable[[RoamingEndpoint, Arrival, AuthorizationRequest, NewId], Outcome]
STRATEGIES: Final[Mapping[str, AnswerRequest]] = MappingProxyType(
    {
        Strategy.STORE: _answer_from_store,
        Strategy.FORWARD: _forward_to_issuer,
        Strategy.BROADCAST: _ask_every_partner,
    }
)
"""How a clearing house answers an authorization request, by its strategy."""


# --- A question put to many -------------------------------------------------------------------


def poll_of(rep: RoamingEndpoint, pending: Pending) -> Poll | None:
    """Find the poll for which something is asked; None for what is asked for none, or for one
    that is decided.
    """
    return None if pending.poll is None else rep.polls.get(pending.poll)


def count_answer(settled: Outcome, poll: Poll, asked: Envelope, arrival: Arrival) -> Outcome:
    """Take in one answer to a poll: the first yes that binds decides it, or the last no."""
    message: Said = arrival.envelope.message
    if is_binding_yes(settled.rep, asked, message):
        return _decide(settled, poll, message, arrival.now)
    return _count_no(settled, poll, arrival.now)


def count_silence(settled: Outcome, poll: Poll, now: datetime) -> Outcome:
    """Take in that one of a poll was not reached: it counts as a no (REP-11)."""
    return _count_no(settled, replace(poll, unreached=True), now)


def _count_no(settled: Outcome, poll: Poll, now: datetime) -> Outcome:
    poll = replace(poll, waiting=poll.waiting - 1)
    if poll.waiting:
        polls = settled.rep.polls.insert(poll.asked.request, poll)
        return replace(settled, rep=replace(settled.rep, polls=polls))
    reason = Reason.UNREACHABLE if poll.unreached else None
    return _decide(settled, poll, AuthorizationAnswer(granted=False, reason=reason), now)


def _decide(settled: Outcome, poll: Poll, verdict: Said, now: datetime) -> Outcome:
    rep = settled.rep
    answer = replace(poll.asked, now=now).reply(rep.entity_id, verdict)
    check_length(answer.envelope, rep.most_bytes)
    polls = rep.polls.remove(poll.asked.request)
    decided = replace(rep, polls=polls, polling=counted(rep.polling, poll.asked.peer, -1))
    return Outcome(decided.remember(poll.asked, (answer,)), (*settled.sends, answer))
