"""What is taken in of what a partner says again, and the next page asked for.

Rules: FET-3, FET-4, RCL-1, REP-10.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from refimpl.endpoint.decisions import KEEPING
from refimpl.endpoint.outbox import post
from refimpl.endpoint.permission import check_own_contracts
from refimpl.endpoint.state import Differences, NewId, Outcome, RoamingEndpoint, Send
from refimpl.errors import RoamingError, Violation
from refimpl.messages import (
    DetailRecordNotice,
    Envelope,
    FetchAnswer,
    FetchRequest,
    Notice,
    ReconciliationAnswer,
    ReconciliationRequest,
    Said,
    ServiceState,
    SessionProgressNotice,
)
from refimpl.records import DetailRecord, check_kind
from refimpl.session import Session, check_subject, follow
from refimpl.session.plausibility import Told, check_plausible
from refimpl.shapes import replace
from refimpl.vocabulary import Kind, Phase, Role

# --- Taking in --------------------------------------------------------------------------------


def take_in(
    settled: Outcome, asked: Envelope, answer: Said, now: datetime, new_id: NewId
) -> Outcome:
    """Take in what a partner says again, or which records differ; what breaks a rule is noted
    and the rest is taken in.
    """
    partner = asked.receiver
    if isinstance(answer, ReconciliationAnswer):
        return _take_in_differences(settled, asked, answer)
    assert isinstance(answer, FetchAnswer)
    rep = settled.rep
    notes: list[RoamingError] = []
    for thing in (*answer.notices, *answer.services):
        try:
            rep = _take(rep, partner, thing, now)
        except RoamingError as error:
            notes.append(error)
    outcome = replace(settled, rep=rep, notes=tuple(notes))
    if answer.more and isinstance(asked.message, FetchRequest):
        return _ask_on(outcome, asked, asked.message, answer, now, new_id)
    return outcome


def _take(
    rep: RoamingEndpoint, partner: str, thing: Notice | ServiceState, now: datetime
) -> RoamingEndpoint:
    if isinstance(thing, ServiceState):
        return _take_over(rep, partner, thing, now)
    if rep.network.foreign_evse(thing.evse_ids, partner) is not None:
        place = f"{thing.kind}, an EVSE that is not {partner}'s"
        rep.edition.refuse("AUT-4", place)
    rep.sequences.check_fetched(partner, thing, rising=rep.edition.asks("REP-10"))
    return KEEPING[type(thing)](rep, partner, thing, now, "")


def _ask_on(
    outcome: Outcome,
    asked: Envelope,
    request: FetchRequest,
    answer: FetchAnswer,
    now: datetime,
    new_id: NewId,
) -> Outcome:
    """Ask for the next page (FET-3); a page that leads no further is the last."""
    if not _is_further(request, answer):
        return outcome
    following = request.model_copy(update={"after": answer.after})
    changes = {"message": following, "request_id": new_id(), "sent_at": now}
    envelope = asked.model_copy(update=changes)
    posted = post(outcome.rep, (Send(outcome.rep.way(envelope)[1], envelope),), now)
    return replace(outcome, rep=posted.rep, sends=(*outcome.sends, *posted.sends))


def _is_further(request: FetchRequest, answer: FetchAnswer) -> bool:
    before, after = request.after or "", answer.after or ""
    if request.what == "lists":  # by numbers of parts
        return after.isdecimal() and int(after) > int(before or "0")
    return after > before


def _take_in_differences(
    settled: Outcome, asked: Envelope, answer: ReconciliationAnswer
) -> Outcome:
    rep, partner = settled.rep, asked.receiver
    assert isinstance(asked.message, ReconciliationRequest)
    told = set(asked.message.have)
    if not told.issuperset(answer.lacks) or not told.isdisjoint(answer.besides):
        return replace(settled, notes=(Violation("RCL-1", f"answer of {partner}"),))
    before = rep.differences.get(partner, Differences())
    found = Differences(before.besides.union(answer.besides), before.lacks.union(answer.lacks))
    rep = replace(rep, differences=rep.differences.insert(partner, found))
    return replace(settled, rep=rep)


# fmt: off
SETTLED: Final[Mapping[Phase, Phase]] = MappingProxyType({
    Phase.AWAITED:    Phase.AWAITED,
    Phase.CANCELLING: Phase.AWAITED,
    Phase.GRANTED:    Phase.GRANTED,
    Phase.RELEASING:  Phase.GRANTED,
    Phase.ABANDONED:  Phase.ABANDONED,
    Phase.ACTIVE:     Phase.ACTIVE,
    Phase.STOPPING:   Phase.ACTIVE,
    Phase.ENDED:      Phase.ENDED,
    Phase.RECORDED:   Phase.RECORDED,
    Phase.DISPUTED:   Phase.RECORDED,
    Phase.CORRECTING: Phase.CORRECTING,
    Phase.WITHDRAWN:  Phase.WITHDRAWN,
})
"""In which phase a service is taken over that stands in another at the partner: what is under
way is said again by whoever said it.  One that was not yet settled is not taken over.
"""
# fmt: on


def _take_over(
    rep: RoamingEndpoint, partner: str, state: ServiceState, now: datetime
) -> RoamingEndpoint:
    """Take over a service that is not known here, or the record of one that is (FET-4).

    Raises `Violation` FET-4 for a service of others, AUT-1 for a contract that is none of this
    home-CSP, AUT-4 for an EVSE of neither, SES-12 for a record of something else, PLA-* for one
    that cannot be true, and the rules of a record.
    """
    if state.opener not in (partner, rep.entity_id):
        raise Violation("FET-4", f"service {state.correlation_id} of {state.opener}")
    known = rep.service_with(partner, state.correlation_id)
    if known is not None:
        return _take_record(rep, known, state, now)
    if state.phase not in SETTLED:
        return rep
    session = _taken_over(rep, partner, state, now)
    if session.home_csp == rep.entity_id:
        check_own_contracts(rep, state.keys)
    if state.record is not None:
        _check_record(rep, session, state.record, now)
        rep = rep.count(session, state.record)
    return rep.keep(session)


def _check_record(
    rep: RoamingEndpoint, session: Session, record: DetailRecord, now: datetime
) -> None:
    """That a record is of the service that is taken over, and of its kind, and can be true."""
    notice = DetailRecordNotice(record=record)
    where = f"record {record.record_id}"
    check_subject(session, notice.subject, rep.edition, where)
    check_kind(record, rep.edition)
    # How the service went was told by the same partner just now, and proves nothing.
    bare = replace(session, energy_wh=0, last_at=None, started_at=None)
    told = Told(bare, notice, now, rep.power_w(record.evse_id))
    check_plausible(told, rep.edition, where)


def _taken_over(
    rep: RoamingEndpoint, partner: str, state: ServiceState, now: datetime
) -> Session:
    """The service as this end sees it from now on: the operator of its EVSE is the visited
    side.

    Raises `Violation` AUT-4 for an EVSE of a third entity.
    """
    visited_cso = rep.network.operator(state.evse_id)
    if visited_cso is None:
        visited_cso = rep.entity_id if rep.kind is Kind.CSO else partner
    if visited_cso not in (partner, rep.entity_id):
        place = f"service {state.correlation_id} of {partner}, an EVSE of {visited_cso}"
        raise Violation("AUT-4", place)
    home_csp = partner if visited_cso == rep.entity_id else rep.entity_id
    phase = SETTLED[state.phase]
    if phase in (Phase.RECORDED, Phase.CORRECTING) and state.record is None:
        phase = Phase.ENDED  # its record may be fetched, too
    return Session(
        state.opener,
        state.correlation_id,
        home_csp,
        visited_cso,
        service=state.service,
        emaid=state.emaid or "",
        medium=state.medium,
        evse_id=state.evse_id,
        phase=phase,
        ground=state.ground,
        started_at=state.started_at,
        last_at=state.last_at,
        energy_wh=state.energy_wh or 0,
        record=state.record,
        fetched=True,
    )


def _take_record(
    rep: RoamingEndpoint, known: Session, state: ServiceState, now: datetime
) -> RoamingEndpoint:
    """Take the record of a service that is known here, as if it came by itself."""
    record = state.record
    if record is None or record == known.record:
        return rep
    notice = DetailRecordNotice(record=record)
    power_w = rep.power_w(record.evse_id)
    after = follow(known, notice, Role.VISITED_CSO, rep.edition, now=now, power_w=power_w)
    return rep.count(after, record).keep(replace(after, fetched=True))


def is_known(session: Session, message: Said) -> bool:
    """Say whether a message tells nothing new of a service that was fetched: it was still under
    way then.
    """
    if not session.fetched:
        return False
    match message:
        case SessionProgressNotice(at=at, energy_wh=energy_wh):
            if session.record is not None:
                return True
            if message.event == "ended" and session.phase in (Phase.ACTIVE, Phase.STOPPING):
                return False
            reached = session.last_at is not None and at <= session.last_at
            return reached and energy_wh <= session.energy_wh
        case DetailRecordNotice(record=record):
            return record == session.record
    return False
