"""What a clearing house does besides: pass messages on, hand news to partners, and answer an
authorization request by its strategy (AUT-3).

Rules: AUT-3, REP-1, REP-6.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from refimpl.endpoint.outbox import post
from refimpl.endpoint.permission import is_binding_yes
from refimpl.endpoint.state import (
    Arrival,
    NewId,
    Outcome,
    Poll,
    Relay,
    RoamingEndpoint,
    Send,
)
from refimpl.errors import Violation
from refimpl.messages import AuthorizationAnswer, AuthorizationRequest, Envelope, Said
from refimpl.vocabulary import Kind, Reason, Strategy


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
) -> tuple[Send, ...]:
    """Say what an envelope says in the clearing house's own name, to each partner of its
    sender.
    """
    copies = []
    for name in rep.network.partners(envelope.sender, audience, rep.entity_id):
        own = {
            "message_id": None,
            "receiver": name,
            "request_id": new_id(),
            "sender": rep.entity_id,
        }
        copies.append(Send(name, envelope.model_copy(update=own)))
    return tuple(copies)


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
    """Put the question to every CSP the visited-CSO has an agreement with."""
    copies = copies_for_partners(rep, arrival.envelope, Kind.CSP, new_id)
    if not copies:
        answer = AuthorizationAnswer(granted=False, reason=Reason.UNKNOWN)
        return _answer(rep, arrival, answer)
    polls = rep.polls.insert(arrival.request, Poll(arrival, len(copies)))
    polling = replace(rep, polls=polls).remember(arrival, ())
    return post(polling, copies, arrival.now, poll=arrival.request)


AnswerRequest = Callable[[RoamingEndpoint, Arrival, AuthorizationRequest, NewId], Outcome]
STRATEGIES: Final[Mapping[str, AnswerRequest]] = MappingProxyType(
    {
        Strategy.STORE: _answer_from_store,
        Strategy.FORWARD: _forward_to_issuer,
        Strategy.BROADCAST: _ask_every_partner,
    }
)
"""How a clearing house answers an authorization request, by its strategy."""


def count_answer(settled: Outcome, poll: Poll, asked: Envelope, arrival: Arrival) -> Outcome:
    """Take in one answer to a poll: the first yes that binds decides it, or the last no."""
    rep = settled.rep
    message: Said = arrival.envelope.message
    key = poll.asked.request
    waiting = poll.waiting - 1
    decided = is_binding_yes(rep, asked, message)
    if waiting and not decided:
        polls = rep.polls.insert(key, replace(poll, waiting=waiting))
        return replace(settled, rep=replace(rep, polls=polls))
    verdict = message if decided else AuthorizationAnswer(granted=False)
    answer = replace(poll.asked, now=arrival.now).reply(rep.entity_id, verdict)
    closed = replace(rep, polls=rep.polls.remove(key))
    return Outcome(closed.remember(poll.asked, (answer,)), (*settled.sends, answer))
