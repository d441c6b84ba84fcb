"""The services of an endpoint: how one is opened, and how it follows what is said about it.

Rules: SES-*, REC-7, REC-8.
"""

from datetime import datetime

from refimpl.endpoint.state import RoamingEndpoint
from refimpl.endpoint.waiting import SPEAKER
from refimpl.messages import (
    AuthorizationRequest,
    DetailRecordNotice,
    Envelope,
    RecordWithdrawalNotice,
    Said,
)
from refimpl.session import Session, follow
from refimpl.shapes import replace
from refimpl.vocabulary import Role


def after_message(
    rep: RoamingEndpoint, session: Session, message: Said, role: Role, now: datetime
) -> Session:
    """Tell how a service stands after one message, as far as it is known what is true."""
    power_w = rep.power_w(message.subject.evse_id or session.evse_id)
    return follow(session, message, role, rep.edition, now=now, power_w=power_w)


def follow_service(
    rep: RoamingEndpoint, session: Session, message: Said, role: Role, now: datetime
) -> RoamingEndpoint:
    """Let a service follow one message, and count or take back the record in it."""
    after = after_message(rep, session, message, role, now)
    if isinstance(message, DetailRecordNotice):
        rep = rep.count(after, message.record)
    elif isinstance(message, RecordWithdrawalNotice):
        rep = replace(rep, ledger=rep.ledger.withdraw(after.evse_id, rep.counted_as(after)))
    return rep.keep(after)


def opener_of(envelope: Envelope) -> str:
    """Name the entity in whose name a message is said; a clearing house may ask for a
    visited-CSO.
    """
    if isinstance(envelope.message, AuthorizationRequest):
        return envelope.message.visited_cso
    return envelope.sender


def open_session(envelope: Envelope, now: datetime) -> Session:
    """Open a service between the two ends of its first message."""
    opener, receiver = opener_of(envelope), envelope.receiver
    if SPEAKER[type(envelope.message)] is Role.HOME_CSP:
        home_csp, visited_cso = opener, receiver
    else:
        home_csp, visited_cso = receiver, opener
    return Session(opener, envelope.correlation_id, home_csp, visited_cso, opened_at=now)
