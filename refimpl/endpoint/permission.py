"""Who may say what about a service, a contract or a list; each check raises or is silent.

Rules: AUT-1, AUT-2, AUT-4, AUT-8, REP-1 to REP-3, REP-6, REP-7, REP-9, SES-2, SES-11,
SES-12, WIR-1.
"""

from collections.abc import Iterable
from datetime import timedelta

from refimpl.edition import Edition
from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.state import Arrival, RoamingEndpoint
from refimpl.errors import Untrusted, Violation
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    Envelope,
    Refusal,
    Said,
    SessionProgressNotice,
    visited_side,
)
from refimpl.session import Session
from refimpl.vocabulary import Role
from refimpl.wire import encode


def check_way(rep: RoamingEndpoint, arrival: Arrival) -> None:
    """Check that this endpoint is on a message's way, and the neighbour is the hop before it.

    Raises `Untrusted` REP-1 and REP-2, and what `network.route` raises where there is no way.
    """
    envelope = arrival.envelope
    names = rep.way(envelope)
    ends = f"{envelope.sender} to {envelope.receiver}"
    if rep.entity_id not in names[1:]:
        between = f"between {envelope.sender} and {envelope.receiver}"
        raise Untrusted("REP-1", f"{rep.entity_id} is not {between}")
    previous = names[names.index(rep.entity_id) - 1]
    if arrival.peer != previous:
        place = f"{ends} comes from {previous}, not {arrival.peer}"
        rep.edition.refuse("REP-2", place, Untrusted)


def check_operator(rep: RoamingEndpoint, envelope: Envelope) -> None:
    """Check that the visited side of a message operates the EVSEs in it, as far as the network
    knows.

    Raises `Violation` AUT-4.
    """
    visited_cso = visited_side(envelope, rep.network.entity(envelope.sender).kind)
    if visited_cso is None:
        return
    if visited_cso == envelope.receiver and rep.is_clearing_house(visited_cso):
        return  # A clearing house takes no order for itself (AUT-3).
    if rep.network.foreign_evse(envelope.message.evse_ids, visited_cso) is not None:
        place = f"{envelope.message.kind}, an EVSE that is not {visited_cso}'s"
        rep.edition.refuse("AUT-4", place)


def check_length(envelope: Envelope, most: int) -> None:
    """Check that a message has no more than so many bytes; raises `Violation` WIR-1."""
    length = len(encode(envelope))
    if length > most:
        raise Violation("WIR-1", f"{envelope.message.kind} of {length} bytes, at most {most}")


def role_of(rep: RoamingEndpoint, session: Session, speaker: str, message: Said) -> Role:
    """Tell in which role of a service an entity says a message.

    A clearing house may only ask, for a partner's partner.  Raises `Violation` SES-11, or
    SES-12 for a question.
    """
    asking = isinstance(message, AuthorizationRequest)
    house = rep.is_clearing_house(speaker)
    if house and asking and rep.network.agreed(session.visited_cso, rep.entity_id):
        return Role.VISITED_CSO
    roles = {session.home_csp: Role.HOME_CSP, session.visited_cso: Role.VISITED_CSO}
    if house or speaker not in roles:
        # Who is neither side has no role, even where either side may say everything.
        rule = "SES-11" if not asking and rep.edition.asks("SES-11") else "SES-12"
        raise Violation(rule, f"{speaker} in service {session.correlation_id}")
    return roles[speaker]


def check_on_list(
    message: SessionProgressNotice, held: ContractList | None, edition: Edition
) -> None:
    """Check that a contract that starts by the list stands on it now; raises AUT-2."""
    if held is None or held.keys.isdisjoint(message.keys):
        edition.refuse("AUT-2", _place_of(message.emaid))


def check_on_any_list(
    rep: RoamingEndpoint, session: Session, message: SessionProgressNotice
) -> None:
    """Check that this home-CSP has put a contract that starts by the list on one for the
    visited-CSO or for a clearing house, and has not taken it off a while before.

    Raises `Violation` AUT-2 for one that was never there, AUT-8 for one that was taken off.
    """
    held = []
    for receiver, contracts in rep.listed.items():
        if receiver == session.visited_cso or rep.is_clearing_house(receiver):
            held.append(contracts)
    grace = grace_of(rep.edition)
    if any(contracts.serves(message.keys, message.at, grace) for contracts in held):
        return
    gone = any(key in contracts.taken_off for contracts in held for key in message.keys)
    rep.edition.refuse("AUT-8" if gone else "AUT-2", _place_of(message.emaid))


def grace_of(edition: Edition) -> timedelta | None:
    """Say how long what has been taken off a list may start (AUT-8); None where the edition
    sets no end to it.
    """
    row = edition.asked_checks.get("AUT-8")
    return None if row is None else timedelta(seconds=row.tolerance)


def _place_of(emaid: str | None) -> str:
    """Name a contract by its issuer: the rest of it is personal."""
    return f"a contract of {emaid[:5]}" if emaid else "a contract known by its medium"


def check_list(rep: RoamingEndpoint, message: AuthorizationListNotice, speaker: str) -> None:
    """Check that a home-CSP lists its own contracts itself; a clearing house may pass one on.

    Raises `Violation` AUT-2 for another speaker, AUT-1 for a contract of another home-CSP.
    """
    if speaker != message.home_csp and not rep.is_clearing_house(speaker):
        rep.edition.refuse("AUT-2", f"list of {message.home_csp} from {speaker}")
    for emaid in message.emaids:
        if rep.network.provider(emaid) not in (None, message.home_csp):
            place = f"a contract of {emaid[:5]} on the list of {message.home_csp}"
            rep.edition.refuse("AUT-1", place)


def check_own_contracts(rep: RoamingEndpoint, keys: Iterable[str]) -> None:
    """Check that what goes by these keys are valid contracts of this home-CSP; raises
    `Violation` AUT-1.
    """
    for key in keys:
        if not rep.contracts.get(key, False):
            rep.edition.refuse("AUT-1", _place_of(None if ":" in key else key))


def check_answer(rep: RoamingEndpoint, asked: Envelope, answer: Envelope) -> None:
    """Check that an answer is to this question, and from the entity that was asked.

    If that was a clearing house, the answer may be from an entity behind it; a refusal may be
    from any clearing house on the way.  Raises `Violation` REP-7, REP-6, REP-3, REP-9 or SES-2.
    """
    fits = isinstance(answer.message, (ANSWERS.get(type(asked.message), Refusal), Refusal))
    if not fits or answer.receiver != asked.sender:
        place = f"{answer.message.kind} for {answer.receiver}, to {asked.message.kind}"
        raise Violation("REP-7", place)
    if answer.correlation_id != asked.correlation_id:
        place = f"{answer.correlation_id}, not {asked.correlation_id}"
        rep.edition.refuse("REP-6", place)
    if answer.edition != asked.edition:
        rep.edition.refuse("REP-3", f"edition {answer.edition}, not {asked.edition}")
    if answer.in_reply_to != asked.end_to_end_id:
        place = f"{answer.message.kind} to {answer.in_reply_to or 'nothing'}"
        rep.edition.refuse("REP-9", place)
    if answer.sender == asked.receiver or rep.is_clearing_house(asked.receiver):
        return
    if isinstance(answer.message, Refusal) and answer.sender in rep.way(asked):
        return
    place = f"{answer.message.kind} from {answer.sender}, not {asked.receiver}"
    rep.edition.refuse("SES-2", place)


def is_binding_yes(rep: RoamingEndpoint, asked: Envelope, answer: Said) -> bool:
    """Say whether an answer is a yes of a home-CSP that may give it.

    It was asked itself or through a clearing house, is a partner of the visited-CSO, and may
    have the contract (AUT-1).
    """
    question = asked.message
    if not isinstance(answer, AuthorizationAnswer) or not answer.granted:
        return False
    if not isinstance(question, AuthorizationRequest) or answer.home_csp is None:
        return False
    home = answer.home_csp
    was_asked = home == asked.receiver or rep.is_clearing_house(asked.receiver)
    may_have = question.emaid is None or rep.network.provider(question.emaid) in (None, home)
    return was_asked and may_have and rep.network.agreed(question.visited_cso, home)
