"""One roaming service, from the first question to the last record.

A session is a value and `STEPS` is the whole of its behaviour: a message that has no row is a
`Violation`.  Both ends follow the same table, one when it says a message, the other when it
hears it.  To see the machine, `views.machine`; to see every row at work, the session vectors.

Nothing here waits, sends, remembers or looks at the clock.

Rules: SES-*, REC-1, REC-5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
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
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord, check_kind
from refimpl.vocabulary import Phase, Role


@dataclass(frozen=True, slots=True)
class Session:
    """One service as both ends see it: who, for which contract, where it stands, and the record
    it left.

    `service`, `emaid` and `evse_id` are empty until the first message fills them; `from_list`
    says that the service was authorized from a list; `record` is the one that counts now.
    """

    correlation_id: str
    home_csp: str
    visited_cso: str
    service: str = ""
    emaid: str = ""
    evse_id: str = ""
    phase: Phase = Phase.NEW
    from_list: bool = False
    record: ServiceDetailRecord | ChargingDetailRecord | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a message has to say for a row to fit: of these members, each one that it has, with
    this value.
    """

    name: str
    members: frozenset[tuple[str, object]]

    def __call__(self, message: Said) -> bool:
        """Whether the message says so."""
        return all(getattr(message, member, value) == value for member, value in self.members)

    def among(self, shape: type[Said]) -> "Condition":
        """The same, of those members alone that a shape has."""
        has = {*shape.model_fields, *vars(shape)}
        members = frozenset(one for one in self.members if one[0] in has)
        return Condition(self.name, members)


def _saying(name: str, **members: object) -> Condition:
    return Condition(name, frozenset(members.items()))


# fmt: off
always      = _saying("always")
# An answer has one of the three members.
positive    = _saying("positive",    granted=True,  accepted=True,  agreed=True)
negative    = _saying("negative",    granted=False, accepted=False, agreed=False)
start       = _saying("start",       command="start")
stop        = _saying("stop",        command="stop")
begun       = _saying("begun",       command="start", done=True)
not_begun   = _saying("not_begun",   command="start", done=False)
stopped     = _saying("stopped",     command="stop",  done=True)
not_stopped = _saying("not_stopped", command="stop",  done=False)
started     = _saying("started",     event="started")
listed      = _saying("listed",      event="started", authorization="list")
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

    Step(Phase.NEW,        ReservationRequest,    Phase.BOOKING,    "SES-1", CSP),
    Step(Phase.BOOKING,    ReservationAnswer,     Phase.GRANTED,    "SES-2", CSO, positive),
    Step(Phase.BOOKING,    ReservationAnswer,     Phase.REFUSED,    "SES-2", CSO, negative),
    Step(Phase.BOOKING,    Refusal,               Phase.REFUSED,    "SES-2", CSO),

    Step(Phase.GRANTED,    SessionProgressNotice, Phase.ACTIVE,     "SES-3", CSO, started),
    Step(Phase.GRANTED,    SessionProgressNotice, Phase.ABANDONED,  "SES-3", CSO, abandoned),
    Step(Phase.NEW,        SessionProgressNotice, Phase.ACTIVE,     "SES-1", CSO, listed),
    Step(Phase.ACTIVE,     SessionProgressNotice, Phase.ACTIVE,     "SES-4", CSO, updated),
    Step(Phase.ACTIVE,     SessionProgressNotice, Phase.ENDED,      "SES-5", CSO, ended),

    Step(Phase.ACTIVE,     RemoteControlRequest,  Phase.STOPPING,   "SES-8", CSP, stop),
    Step(Phase.STOPPING,   RemoteControlAnswer,   Phase.STOPPING,   "SES-8", CSO, positive),
    Step(Phase.STOPPING,   RemoteControlAnswer,   Phase.ACTIVE,     "SES-8", CSO, negative),
    Step(Phase.STOPPING,   Refusal,               Phase.ACTIVE,     "SES-8", CSO),
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.ENDED,      "SES-8", CSO, stopped),
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.ACTIVE,     "SES-8", CSO, not_stopped),
    Step(Phase.STOPPING,   SessionProgressNotice, Phase.STOPPING,   "SES-4", CSO, updated),
    Step(Phase.STOPPING,   SessionProgressNotice, Phase.ENDED,      "SES-5", CSO, ended),

    # A stop that the home-CSP sent before it heard of the end: it is answered, and changes
    # nothing.
    Step(Phase.ENDED,      RemoteControlRequest,  Phase.ENDED,      "SES-9", CSP, stop),
    Step(Phase.ENDED,      RemoteControlAnswer,   Phase.ENDED,      "SES-9", CSO),
    Step(Phase.ENDED,      Refusal,               Phase.ENDED,      "SES-9", CSO),
    Step(Phase.RECORDED,   RemoteControlRequest,  Phase.RECORDED,   "SES-9", CSP, stop),
    Step(Phase.RECORDED,   RemoteControlAnswer,   Phase.RECORDED,   "SES-9", CSO),
    Step(Phase.RECORDED,   Refusal,               Phase.RECORDED,   "SES-9", CSO),
    # Its answer may come even later: after news that it failed, or when the record is already
    # in dispute.
    Step(Phase.ACTIVE,     RemoteControlAnswer,   Phase.ACTIVE,     "SES-9", CSO),
    Step(Phase.DISPUTED,   RemoteControlAnswer,   Phase.DISPUTED,   "SES-9", CSO),

    Step(Phase.ENDED,      DetailRecordNotice,    Phase.RECORDED,   "SES-6", CSO, original),
    Step(Phase.RECORDED,   DetailRecordNotice,    Phase.RECORDED,   "SES-7", CSO, replacing),
    Step(Phase.RECORDED,   CorrectionRequest,     Phase.DISPUTED,   "SES-7", CSP),
    Step(Phase.DISPUTED,   CorrectionAnswer,      Phase.CORRECTING, "SES-7", CSO, positive),
    Step(Phase.DISPUTED,   CorrectionAnswer,      Phase.RECORDED,   "SES-7", CSO, negative),
    Step(Phase.DISPUTED,   Refusal,               Phase.RECORDED,   "SES-7", CSO),
    Step(Phase.CORRECTING, DetailRecordNotice,    Phase.RECORDED,   "SES-7", CSO, replacing),
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
FINAL: Final = frozenset({Phase.REFUSED, Phase.ABANDONED})
"""The phases with no way out; a recorded service may still be corrected."""


def follow(session: Session, message: Said, by: Role, edition: Edition) -> Session:
    """The session after one message from one of its two roles.

    Raises `Violation`, the first that applies: SES-11 for a message that role may not send,
    SES-10 for a service the edition has not, SES-12 for another contract, EVSE or service than
    the session's, REC-1 and REC-5 for a record of the wrong kind or replacing another than the
    current one, and the rule of the message's own row where no row fits the phase.
    """
    where = f"phase {session.phase}, message {message.kind}"
    rows = ROWS.get(type(message), ())
    if not any(step.by is by for step in rows):
        raise Violation("SES-11", f"{where} from {by}")
    _check_subject(session, message.subject, edition, where)
    if isinstance(message, DetailRecordNotice):
        _check_record(session, message.record, edition, where)
    fitting = [step for step in rows if step.by is by and step.when(message)]
    for step in fitting:
        if step.phase is session.phase:
            return _after(session, message, step.to)
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
        ("evse_id", said.evse_id, session.evse_id),
    ):
        if value and known and value != known:
            raise Violation("SES-12", f"{where}: another {name}")


def _check_record(
    session: Session,
    record: ServiceDetailRecord | ChargingDetailRecord,
    edition: Edition,
    where: str,
) -> None:
    check_kind(record, edition)
    current = session.record.record_id if session.record else None
    if record.replaces is not None and record.replaces != current:
        raise Violation("REC-5", f"{where}: replaces {record.replaces}, not {current}")


def _after(session: Session, message: Said, phase: Phase) -> Session:
    subject = message.subject
    session = replace(
        session,
        phase=phase,
        service=session.service or subject.service,
        emaid=session.emaid or subject.emaid,
        evse_id=session.evse_id or subject.evse_id,
    )
    match message:
        case AuthorizationAnswer(home_csp=home_csp, from_list=from_list):
            return replace(
                session,
                home_csp=home_csp or session.home_csp,
                from_list=session.from_list or from_list,
            )
        case SessionProgressNotice(authorization="list"):
            return replace(session, from_list=True)
        case DetailRecordNotice(record=record):
            return replace(session, record=record)
    return session
