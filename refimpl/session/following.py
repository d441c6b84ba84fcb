"""A service after one more message: checked, followed through the table, remembered.

Rules: SES-*, REC-1, REC-5, REC-11, AUT-7, and PLA-*.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import (
    AuthorizationAnswer,
    DetailRecordNotice,
    RecordWithdrawalNotice,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    Subject,
)
from refimpl.records import check_kind
from refimpl.session.plausibility import Told, check_plausible
from refimpl.session.service import Session
from refimpl.session.steps import Step, begun, fallback
from refimpl.session.table import fitting, table_of
from refimpl.shapes import replace
from refimpl.vocabulary import Ground, Phase, Role


def follow(
    session: Session,
    message: Said,
    by: Role,
    edition: Edition,
    *,
    now: datetime | None = None,
    power_w: int | None = None,
) -> Session:
    """The session after one message from one of its two roles, at a moment and with the power
    of its EVSE in watts, where these are known.

    Raises `Violation`, the first that applies: SES-11 for a message that role may not send,
    SES-10 for a service the edition has not, SES-12 for another contract, EVSE, service or
    authorization than the session's, SES-13 for another ground, REC-1, REC-5 and REC-11 for a
    record of the wrong kind, replacing another than the current one or taking back another, the
    rule of the message's own row where no row fits the phase, and PLA-* for what cannot be
    true.
    """
    where = f"phase {session.phase}, message {message.kind}"
    rows = table_of(edition).rows.get((type(message), by))
    if rows is None:
        raise Violation("SES-11", f"{where} from {by}")
    subject = message.subject
    check_subject(session, subject, edition, where)
    _check_authorization(session, message, edition, where)
    _check_record(session, message, edition, where)
    phase = _following_phase(session, rows, message, edition, where)
    check_plausible(Told(session, message, now, power_w), edition, where)
    return _after(session, message, subject, phase)


def _following_phase(
    session: Session, rows: tuple[Step, ...], message: Said, edition: Edition, where: str
) -> Phase:
    """Find where the row leads that fits; without one, and where the rule that asks for one is
    switched off, the service stays where it is.
    """
    step = fitting(rows, session.phase, message)
    if step is not None:
        return step.to
    elsewhere = [one for one in rows if one.when(message)]
    edition.refuse((elsewhere or rows)[0].rule, where)
    return session.phase


def is_early(session: Session, message: Said, by: Role, edition: Edition) -> bool:
    """Whether a message has overtaken an answer on the way: it has no row now, but after that
    answer it may have one.

    The side that answered could not know that its answer was lost or late, and rightly went on.
    """
    table = table_of(edition)
    later = table.answers_lead.get((session.phase, by))
    if later is None:
        return False
    rows = table.rows.get((type(message), by), ())
    phases = {step.phase for step in rows if step.when(message)}
    return session.phase not in phases and not later.isdisjoint(phases)


def check_subject(session: Session, said: Subject, edition: Edition, where: str) -> None:
    """That what is said is of this service; raises `Violation` SES-10 for a service the edition
    has not, SES-12 for another contract, EVSE or service.
    """
    if said.service and said.service not in edition.services:
        edition.refuse("SES-10", f"{where}: {said.service}, edition {edition.id}")
    for name, value, known in (
        ("service", said.service, session.service),
        ("emaid", said.emaid, session.emaid),
        ("medium", said.medium and said.medium.key, session.medium and session.medium.key),
        ("evse_id", said.evse_id, session.evse_id),
    ):
        if value and known and value != known:
            edition.refuse("SES-12", f"{where}: another {name}")


def _check_authorization(session: Session, message: Said, edition: Edition, where: str) -> None:
    """The ground that progress names is that of the service; a question that was answered may
    have been taken for unanswered.
    """
    if not isinstance(message, SessionProgressNotice) or session.ground is None:
        return
    unheard = fallback(message) and session.ground in (Ground.ANSWER, Ground.LIST)
    if message.authorization is not session.ground and not (
        unheard and session.phase in (Phase.GRANTED, Phase.RELEASING)
    ):
        place = f"{where}: on {message.authorization}, not {session.ground}"
        edition.refuse("SES-13", place)


def _check_record(session: Session, message: Said, edition: Edition, where: str) -> None:
    current = session.record.record_id if session.record else None
    if isinstance(message, RecordWithdrawalNotice) and message.record_id != current:
        edition.refuse("REC-11", f"{where}: takes back {message.record_id}, not {current}")
    if not isinstance(message, DetailRecordNotice):
        return
    record = message.record
    check_kind(record, edition)
    if record.replaces is not None and record.replaces != current:
        edition.refuse("REC-5", f"{where}: replaces {record.replaces}, not {current}")
    given = session.authorization_id
    if given and record.authorization_id and record.authorization_id != given:
        edition.refuse("AUT-7", f"{where}: authorization {record.authorization_id}")


def _after(session: Session, message: Said, subject: Subject, phase: Phase) -> Session:
    session = replace(
        session,
        phase=phase,
        service=session.service or subject.service,
        emaid=session.emaid or subject.emaid,
        medium=session.medium or subject.medium,
        evse_id=session.evse_id or subject.evse_id,
    )
    remember = REMEMBERING.get(type(message))
    return remember(session, message) if remember else session


def _after_answer(session: Session, answer: AuthorizationAnswer) -> Session:
    if not answer.granted:
        return session
    return replace(
        session,
        home_csp=answer.home_csp or session.home_csp,
        ground=Ground.LIST if answer.from_list else Ground.ANSWER,
        limits=answer.limits,
        authorization_id=answer.authorization_id,
    )


def _after_order(session: Session, order: RemoteControlRequest) -> Session:
    if order.command != "start":
        return session
    return replace(
        session,
        limits=order.limits,
        authorization_id=order.authorization_id,
        expires_at=order.expires_at,
    )


def _after_booking(session: Session, booking: ReservationRequest) -> Session:
    return replace(session, expires_at=booking.until)


def _after_answer_to_order(session: Session, answer: RemoteControlAnswer) -> Session:
    taken_on = session.phase is Phase.AWAITED and session.ground is None
    return replace(session, ground=Ground.ORDER) if taken_on else session


def _after_answer_to_booking(session: Session, answer: ReservationAnswer) -> Session:
    return replace(session, ground=Ground.BOOKING) if answer.granted else session


def _further(session: Session, at: datetime | None, energy_wh: int | None) -> Session:
    """The service as far as it has come: what is less within a tolerance takes nothing back, or
    many small steps would.
    """
    last_at = session.last_at
    if last_at is None or (at is not None and at > last_at):
        last_at = at
    return replace(session, last_at=last_at, energy_wh=max(session.energy_wh, energy_wh or 0))


def _after_progress(session: Session, progress: SessionProgressNotice) -> Session:
    session = _further(session, progress.at, progress.energy_wh)
    if progress.event == "started":
        started_at = session.started_at or progress.at
        return replace(session, ground=progress.authorization, started_at=started_at)
    return session


def _after_result(session: Session, result: RemoteControlNotice) -> Session:
    session = _further(session, result.at, result.energy_wh)
    if begun(result) and session.started_at is None:
        return replace(session, started_at=result.at)
    return session


def _after_record(session: Session, notice: DetailRecordNotice) -> Session:
    if not notice.replacing:  # it may imply the end
        session = _further(session, notice.record.ended_at, None)
    return replace(session, record=notice.record)


def _after_withdrawal(session: Session, notice: RecordWithdrawalNotice) -> Session:
    return replace(session, record=None)


# The message is of the type that its key names, which no type of a mapping can say.
Remember = Callable[[Session, Any], Session]


REMEMBERING: Final[Mapping[type[Said], Remember]] = MappingProxyType(
    {
        AuthorizationAnswer: _after_answer,
        RemoteControlRequest: _after_order,
        ReservationRequest: _after_booking,
        RemoteControlAnswer: _after_answer_to_order,
        ReservationAnswer: _after_answer_to_booking,
        SessionProgressNotice: _after_progress,
        RemoteControlNotice: _after_result,
        DetailRecordNotice: _after_record,
        RecordWithdrawalNotice: _after_withdrawal,
    }
)


"""What a session remembers of each message besides what it is about."""
