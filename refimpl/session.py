"""One roaming service, from the first question to the last record.

A session is a value and `STEPS` is the whole of its behaviour: a message that has no row is a
`Violation`.  Both ends follow the same table, one when it says a message, the other when it
hears it.  To see the machine, `views.machine`; to see every row at work, the session vectors.

Nothing here waits, sends, remembers or looks at the clock; what the moment and the power of an
EVSE have to do with it is `plausibility`, which is asked here.

Rules: SES-*, REC-1, REC-5, REC-11, AUT-7, and PLA-*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.credential import Medium
from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    Limits,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    Subject,
)
from refimpl.plausibility import Told, check_plausible
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord, check_kind
from refimpl.vocabulary import Ground, Phase, Role


class ServiceKey(NamedTuple):
    """What tells a service from all others: who opened it, and under which correlation id."""

    opener: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Session:
    """One service as both ends see it: who, for which contract, where it stands, and the record
    it left.

    The `opener` is the one of the two that said its first message.

    `service`, `emaid`, `medium` and `evse_id` are empty until a message fills them.
    `ground` is what it rests on, once that is settled; `limits`, `expires_at` and
    `authorization_id` came with the yes.  `started_at`, `last_at` and `energy_wh` are what was
    told last of its course; `record` is the one that counts now, `opened_at` when this end
    first heard of it; `fetched` says that it was taken over from the other end.
    """

    opener: str
    correlation_id: str
    home_csp: str
    visited_cso: str
    service: str = ""
    emaid: str = ""
    medium: Medium | None = None
    evse_id: str = ""
    phase: Phase = Phase.NEW
    ground: Ground | None = None
    limits: Limits | None = None
    authorization_id: str | None = None
    opened_at: datetime | None = None
    expires_at: datetime | None = None
    started_at: datetime | None = None
    last_at: datetime | None = None
    energy_wh: int = 0
    record: ServiceDetailRecord | ChargingDetailRecord | None = None
    fetched: bool = False

    @property
    def key(self) -> ServiceKey:
        """What tells it from all others."""
        return ServiceKey(self.opener, self.correlation_id)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a message has to say for a row to fit: of these members, each one that it has, with
    one of these values.
    """

    name: str
    members: frozenset[tuple[str, tuple[object, ...]]]

    def __call__(self, message: Said) -> bool:
        """Whether the message says so."""
        return all(
            getattr(message, member, values[0]) in values for member, values in self.members
        )

    def among(self, shape: type[Said]) -> "Condition":
        """The same, of those members alone that a shape has."""
        has = {*shape.model_fields, *vars(shape)}
        members = frozenset(one for one in self.members if one[0] in has)
        return Condition(self.name, members)


def _saying(name: str, **members: object) -> Condition:
    """Write a condition; a tuple holds the values of which one will do."""
    every = set()
    for member, value in members.items():
        every.add((member, value if isinstance(value, tuple) else (value,)))
    return Condition(name, frozenset(every))


# fmt: off
always      = _saying("always")
# An answer has one of the three members.
positive    = _saying("positive",    granted=True,  accepted=True,  agreed=True)
negative    = _saying("negative",    granted=False, accepted=False, agreed=False)
start       = _saying("start",       command="start")
stop        = _saying("stop",        command="stop")
cancel      = _saying("cancel",      command="cancel")
too_late    = _saying("too_late",    command=("stop", "cancel"))
begun       = _saying("begun",       command="start", result="done")
not_begun   = _saying("not_begun",   command="start", result="not-done")
start_open  = _saying("start_open",  command="start", result="unknown")
stopped     = _saying("stopped",     command="stop",  result="done")
not_stopped = _saying("not_stopped", command="stop",  result="not-done")
stop_open   = _saying("stop_open",   command="stop",  result="unknown")
started     = _saying("started",     event="started")
listed      = _saying("listed",      event="started", authorization="list")
fallback    = _saying("fallback",    event="started", authorization="fallback")
by_list     = _saying("by_list",     event="started", authorization=("list", "fallback"))
ordered     = _saying("ordered",     event="started", authorization="order")
updated     = _saying("updated",     event="updated")
ended       = _saying("ended",       event="ended")
abandoned   = _saying("abandoned",   event="abandoned")
original    = _saying("original",    replacing=False)
replacing   = _saying("replacing",   replacing=True)
# fmt: on


@dataclass(frozen=True, slots=True)
class Step:
    """One row: in this phase, this message from this role (and meeting the condition) leads to
    that phase.

    `rule` is the one that a message of this sort breaks when it comes in any other phase.
    """

    phase: Phase
    message: type[Said]
    to: Phase
    rule: str
    by: Role
    when: Condition = always


CSP, CSO = Role.HOME_CSP, Role.VISITED_CSO

# fmt: off
STEPS: Final = (
    #    in phase          on message             to phase          rule     by   when
    Step(Phase.NEW,        AuthorizationRequest,  Phase.ASKED,      "SES-1", CSO),
    Step(Phase.ASKED,      AuthorizationAnswer,   Phase.GRANTED,    "SES-2", CSP, positive),
    Step(Phase.ASKED,      AuthorizationAnswer,   Phase.REFUSED,    "SES-2", CSP, negative),
    Step(Phase.ASKED,      Refusal,               Phase.REFUSED,    "SES-2", CSP),

    Step(Phase.NEW,        RemoteControlRequest,  Phase.COMMANDED,  "SES-1", CSP, start),
    Step(Phase.COMMANDED,  RemoteControlAnswer,   Phase.AWAITED,    "SES-2", CSO, positive),
    Step(Phase.COMMANDED,  RemoteControlAnswer,   Phase.REFUSED,    "SES-2", CSO, negative),
    Step(Phase.COMMANDED,  Refusal,               Phase.REFUSED,    "SES-2", CSO),
    Step(Phase.AWAITED,    RemoteControlNotice,   Phase.ACTIVE,     "SES-3", CSO, begun),
    Step(Phase.AWAITED,    RemoteControlNotice,   Phase.ABANDONED,  "SES-3", CSO, not_begun),
    # What is not known now may be told later.
    Step(Phase.AWAITED,    RemoteControlNotice,   Phase.AWAITED,    "SES-15", CSO, start_open),
    # News of the start may come before the result of its order, or after.
    Step(Phase.AWAITED,    SessionProgressNotice, Phase.ACTIVE,     "SES-3", CSO, ordered),
    Step(Phase.AWAITED,    SessionProgressNotice, Phase.ABANDONED,  "SES-3", CSO, abandoned),
    Step(Phase.ACTIVE,     RemoteControlNotice,   Phase.ACTIVE,     "SES-15", CSO, begun),
    Step(Phase.ACTIVE,     SessionProgressNotice, Phase.ACTIVE,     "SES-15", CSO, ordered),

    Step(Phase.NEW,        ReservationRequest,    Phase.BOOKING,    "SES-1", CSP),
    Step(Phase.BOOKING,    ReservationAnswer,     Phase.GRANTED,    "SES-2", CSO, positive),
    Step(Phase.BOOKING,    ReservationAnswer,     Phase.REFUSED,    "SES-2", CSO, negative),
    Step(Phase.BOOKING,    Refusal,               Phase.REFUSED,    "SES-2", CSO),

    # What was ordered, booked or granted and has not begun may be cancelled.
    Step(Phase.AWAITED,    RemoteControlRequest,  Phase.CANCELLING, "SES-14", CSP, cancel),
    Step(Phase.CANCELLING, RemoteControlAnswer,   Phase.ABANDONED,  "SES-14", CSO, positive),
    Step(Phase.CANCELLING, RemoteControlAnswer,   Phase.AWAITED,    "SES-14", CSO, negative),
    Step(Phase.CANCELLING, Refusal,               Phase.AWAITED,    "SES-14", CSO),
    Step(Phase.CANCELLING, RemoteControlNotice,   Phase.ACTIVE,     "SES-3", CSO, begun),
    Step(Phase.CANCELLING, RemoteControlNotice,   Phase.ABANDONED,  "SES-3", CSO, not_begun),
    Step(Phase.CANCELLING, RemoteControlNotice,   Phase.CANCELLING, "SES-15", CSO, start_open),
    Step(Phase.CANCELLING, SessionProgressNotice, Phase.ACTIVE,     "SES-3", CSO, ordered),
    Step(Phase.CANCELLING, SessionProgressNotice, Phase.ABANDONED,  "SES-3", CSO, abandoned),
    Step(Phase.GRANTED,    RemoteControlRequest,  Phase.RELEASING,  "SES-14", CSP, cancel),
    Step(Phase.RELEASING,  RemoteControlAnswer,   Phase.ABANDONED,  "SES-14", CSO, positive),
    Step(Phase.RELEASING,  RemoteControlAnswer,   Phase.GRANTED,    "SES-14", CSO, negative),
    Step(Phase.RELEASING,  Refusal,               Phase.GRANTED,    "SES-14", CSO),
    Step(Phase.RELEASING,  SessionProgressNotice, Phase.ACTIVE,     "SES-3", CSO, started),
    Step(Phase.RELEASING,  SessionProgressNotice, Phase.ABANDONED,  "SES-3", CSO, abandoned),

    Step(Phase.GRANTED,    SessionProgressNotice, Phase.ACTIVE,     "SES-3", CSO, started),
    Step(Phase.GRANTED,    SessionProgressNotice, Phase.ABANDONED,  "SES-3", CSO, abandoned),
    Step(Phase.NEW,        SessionProgressNotice, Phase.ACTIVE,     "SES-1", CSO, listed),
    # The visited-CSO asked, heard nothing and went by the list; what the home-CSP answered
    # was lost or late.
    Step(Phase.ASKED,      SessionProgressNotice, Phase.ACTIVE,     "SES-1", CSO, fallback),
    Step(Phase.REFUSED,    SessionProgressNotice, Phase.ACTIVE,     "SES-1", CSO, fallback),
    Step(Phase.NEW,        SessionProgressNotice, Phase.ACTIVE,     "SES-1", CSO, fallback),
    Step(Phase.ACTIVE,     SessionProgressNotice, Phase.ACTIVE,     "SES-4", CSO, updated),
    Step(Phase.ACTIVE,     SessionProgressNotice, Phase.ENDED,      "SES-5", CSO, ended),

    Step(Phase.ACTIVE,     RemoteControlRequest,  Phase.STOPPING,   "SES-8", CSP, stop),
    Step(Phase.STOPPING,   RemoteControlAnswer,   Phase.STOPPING,   "SES-8", CSO, positive),
    Step(Phase.STOPPING,   RemoteControlAnswer,   Phase.ACTIVE,     "SES-8", CSO, negative),
    Step(Phase.STOPPING,   Refusal,               Phase.ACTIVE,     "SES-8", CSO),
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.ENDED,      "SES-8", CSO, stopped),
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.ACTIVE,     "SES-8", CSO, not_stopped),
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.STOPPING,   "SES-15", CSO, stop_open),
    Step(Phase.STOPPING,   SessionProgressNotice, Phase.STOPPING,   "SES-4", CSO, updated),
    Step(Phase.STOPPING,   SessionProgressNotice, Phase.ENDED,      "SES-5", CSO, ended),
    # The result of a stop may come after news of the end.
    Step(Phase.ENDED,      RemoteControlNotice,   Phase.ENDED,      "SES-15", CSO, stopped),
    Step(Phase.RECORDED,   RemoteControlNotice,   Phase.RECORDED,   "SES-15", CSO, stopped),

    # A stop that the home-CSP sent before it heard of the end, or a cancellation before it
    # heard of the start or end: it is answered, and changes nothing.
    Step(Phase.ENDED,      RemoteControlRequest,  Phase.ENDED,      "SES-9", CSP, too_late),
    Step(Phase.ENDED,      RemoteControlAnswer,   Phase.ENDED,      "SES-9", CSO),
    Step(Phase.ENDED,      Refusal,               Phase.ENDED,      "SES-9", CSO),
    Step(Phase.RECORDED,   RemoteControlRequest,  Phase.RECORDED,   "SES-9", CSP, too_late),
    Step(Phase.RECORDED,   RemoteControlAnswer,   Phase.RECORDED,   "SES-9", CSO),
    Step(Phase.RECORDED,   Refusal,               Phase.RECORDED,   "SES-9", CSO),
    Step(Phase.ACTIVE,     RemoteControlRequest,  Phase.ACTIVE,     "SES-9", CSP, cancel),
    Step(Phase.ABANDONED,  RemoteControlRequest,  Phase.ABANDONED,  "SES-9", CSP, cancel),
    Step(Phase.ABANDONED,  RemoteControlAnswer,   Phase.ABANDONED,  "SES-9", CSO),
    Step(Phase.ABANDONED,  Refusal,               Phase.ABANDONED,  "SES-9", CSO),
    # Its answer may come even later: after news that it failed, or when the record is already
    # in dispute.
    Step(Phase.ACTIVE,     RemoteControlAnswer,   Phase.ACTIVE,     "SES-9", CSO),
    Step(Phase.DISPUTED,   RemoteControlAnswer,   Phase.DISPUTED,   "SES-9", CSO),

    Step(Phase.ENDED,      DetailRecordNotice,    Phase.RECORDED,   "SES-6", CSO, original),
    # A record implies the end that was not told, or has not come yet.
    Step(Phase.GRANTED,    DetailRecordNotice,    Phase.RECORDED,   "SES-6", CSO, original),
    Step(Phase.ACTIVE,     DetailRecordNotice,    Phase.RECORDED,   "SES-6", CSO, original),
    Step(Phase.STOPPING,   DetailRecordNotice,    Phase.RECORDED,   "SES-6", CSO, original),
    Step(Phase.RECORDED,   DetailRecordNotice,    Phase.RECORDED,   "SES-7", CSO, replacing),
    Step(Phase.RECORDED,   CorrectionRequest,     Phase.DISPUTED,   "SES-7", CSP),
    Step(Phase.DISPUTED,   CorrectionAnswer,      Phase.CORRECTING, "SES-7", CSO, positive),
    Step(Phase.DISPUTED,   CorrectionAnswer,      Phase.RECORDED,   "SES-7", CSO, negative),
    Step(Phase.DISPUTED,   Refusal,               Phase.RECORDED,   "SES-7", CSO),
    Step(Phase.CORRECTING, DetailRecordNotice,    Phase.RECORDED,   "SES-7", CSO, replacing),
    Step(Phase.RECORDED,   RecordWithdrawalNotice, Phase.WITHDRAWN, "SES-7", CSO),
    Step(Phase.CORRECTING, RecordWithdrawalNotice, Phase.WITHDRAWN, "SES-7", CSO),
    Step(Phase.WITHDRAWN,  RemoteControlAnswer,   Phase.WITHDRAWN,  "SES-9", CSO),
)
# fmt: on


def by_message(steps: tuple[Step, ...]) -> Mapping[type[Said], tuple[Step, ...]]:
    """The rows of each message, in the order of the table, each looking only at what the
    message has.
    """
    rows: dict[type[Said], list[Step]] = {}
    for step in steps:
        own = replace(step, when=step.when.among(step.message))
        rows.setdefault(step.message, []).append(own)
    return {shape: tuple(own) for shape, own in rows.items()}


ROWS: Final = MappingProxyType(by_message(STEPS))
_ANSWERS: Final = frozenset(ANSWERS.values())
FINAL: Final = frozenset({Phase.ABANDONED, Phase.WITHDRAWN})
"""The phases with no way out; a recorded service may still be corrected, and a refused one may
turn out to have begun by the list.
"""


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
    rows = ROWS.get(type(message), ())
    if not any(step.by is by for step in rows):
        raise Violation("SES-11", f"{where} from {by}")
    _check_subject(session, message.subject, edition, where)
    _check_authorization(session, message, where)
    _check_record(session, message, edition, where)
    step = _row_that_fits(session, rows, message, by, where)
    check_plausible(Told(session, message, now, power_w), edition, where)
    return _after(session, message, step.to)


def _row_that_fits(
    session: Session, rows: tuple[Step, ...], message: Said, by: Role, where: str
) -> Step:
    fitting = [step for step in rows if step.by is by and step.when(message)]
    for step in fitting:
        if step.phase is session.phase:
            return step
    raise Violation((fitting or rows)[0].rule, where)


def is_early(session: Session, message: Said, by: Role) -> bool:
    """Whether a message has overtaken an answer on the way: it has no row now, but after that
    answer it may have one.

    The side that answered could not know that its answer was lost or late, and rightly went on.
    """
    phases = set()
    for step in ROWS.get(type(message), ()):
        if step.by is by and step.when(message):
            phases.add(step.phase)
    if session.phase in phases:
        return False
    for step in STEPS:
        answers_now = step.phase is session.phase and step.message in _ANSWERS
        if answers_now and step.by is by and step.to in phases:
            return True
    return False


def _check_subject(session: Session, said: Subject, edition: Edition, where: str) -> None:
    if said.service and said.service not in edition.services:
        raise Violation("SES-10", f"{where}: {said.service}, edition {edition.id}")
    for name, value, known in (
        ("service", said.service, session.service),
        ("emaid", said.emaid, session.emaid),
        ("medium", said.medium and said.medium.key, session.medium and session.medium.key),
        ("evse_id", said.evse_id, session.evse_id),
    ):
        if value and known and value != known:
            raise Violation("SES-12", f"{where}: another {name}")


def _check_authorization(session: Session, message: Said, where: str) -> None:
    """The ground that progress names is that of the service; a question that was answered may
    have been taken for unanswered.
    """
    if not isinstance(message, SessionProgressNotice) or session.ground is None:
        return
    unheard = fallback(message) and session.ground in (Ground.ANSWER, Ground.LIST)
    if message.authorization is not session.ground and not (
        unheard and session.phase is Phase.GRANTED
    ):
        raise Violation("SES-13", f"{where}: on {message.authorization}, not {session.ground}")


def _check_record(session: Session, message: Said, edition: Edition, where: str) -> None:
    current = session.record.record_id if session.record else None
    if isinstance(message, RecordWithdrawalNotice) and message.record_id != current:
        raise Violation("REC-11", f"{where}: takes back {message.record_id}, not {current}")
    if not isinstance(message, DetailRecordNotice):
        return
    record = message.record
    check_kind(record, edition)
    if record.replaces is not None and record.replaces != current:
        raise Violation("REC-5", f"{where}: replaces {record.replaces}, not {current}")
    given = session.authorization_id
    if given and record.authorization_id and record.authorization_id != given:
        raise Violation("AUT-7", f"{where}: authorization {record.authorization_id}")


def _after(session: Session, message: Said, phase: Phase) -> Session:
    subject = message.subject
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
        ground=Ground.ORDER,
        limits=order.limits,
        authorization_id=order.authorization_id,
        expires_at=order.expires_at,
    )


def _after_booking(session: Session, booking: ReservationRequest) -> Session:
    return replace(session, ground=Ground.BOOKING, expires_at=booking.until)


def _after_progress(session: Session, progress: SessionProgressNotice) -> Session:
    session = replace(session, last_at=progress.at, energy_wh=progress.energy_wh)
    if progress.event == "started":
        started_at = session.started_at or progress.at
        return replace(session, ground=progress.authorization, started_at=started_at)
    return session


def _after_result(session: Session, result: RemoteControlNotice) -> Session:
    if result.energy_wh is not None:
        session = replace(session, energy_wh=result.energy_wh)
    if result.at is not None:
        session = replace(session, last_at=result.at)
        if begun(result) and session.started_at is None:
            return replace(session, started_at=result.at)
    return session


def _after_record(session: Session, notice: DetailRecordNotice) -> Session:
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
        SessionProgressNotice: _after_progress,
        RemoteControlNotice: _after_result,
        DetailRecordNotice: _after_record,
        RecordWithdrawalNotice: _after_withdrawal,
    }
)
"""What a session remembers of each message besides what it is about."""
