"""The whole behaviour of a service as a table: in which phase which message leads where.

`STEPS` is the table of the model; `table.table_of` lays the rows of an amendment over it.

Rules: SES-*.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.vocabulary import Phase, Role


@dataclass(frozen=True, slots=True)
class Condition:
    """What a message has to say for a row to fit: each of these members, with one of these
    values.
    """

    name: str
    members: tuple[tuple[str, tuple[object, ...]], ...]

    def __call__(self, message: Said) -> bool:
        """Whether the message says so."""
        for member, values in self.members:  # noqa: SIM110 - a generator takes twice as long
            if getattr(message, member) not in values:
                return False
        return True

    def among(self, shape: type[Said]) -> "Condition":
        """The same, of those members alone that a shape has."""
        has = {*shape.model_fields, *vars(shape)}
        members = tuple(one for one in self.members if one[0] in has)
        return Condition(self.name, members) if members != self.members else self


def _saying(name: str, **members: object) -> Condition:
    """Write a condition; a tuple holds the values of which one will do."""
    every = []
    for member, value in members.items():
        every.append((member, value if isinstance(value, tuple) else (value,)))
    return Condition(name, tuple(every))


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
done        = _saying("done",        result="done")
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
CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {one.name: one for one in tuple(globals().values()) if isinstance(one, Condition)}
)
"""Every condition by its name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One row: in this phase, this message from this role (and meeting the condition) leads to
    that phase.

    `rule` is the one that a message of this sort breaks when it comes in any other phase.  Of a
    condition only those members count that the message has.
    """

    phase: Phase
    message: type[Said]
    to: Phase
    rule: str
    by: Role
    when: Condition = always

    def __post_init__(self) -> None:
        """Leave out of the condition what the message does not have."""
        object.__setattr__(self, "when", self.when.among(self.message))

    @property
    def id(self) -> str:
        """What an amendment calls this row, as `asked: refusal from home-csp`."""
        condition = "" if self.when.name == always.name else f" ({self.when.name})"
        return f"{self.phase}: {self.message.shape_name()}{condition} from {self.by}"

    @property
    def is_answer(self) -> bool:
        """Whether its message answers another."""
        return self.message in ANSWERED_BY


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
    # Results may come after news of what came after them.
    Step(Phase.STOPPING,   RemoteControlNotice,   Phase.STOPPING,   "SES-15", CSO, begun),
    Step(Phase.STOPPING,   SessionProgressNotice, Phase.STOPPING,   "SES-15", CSO, ordered),
    Step(Phase.ENDED,      RemoteControlNotice,   Phase.ENDED,      "SES-15", CSO, done),
    Step(Phase.RECORDED,   RemoteControlNotice,   Phase.RECORDED,   "SES-15", CSO, done),
    Step(Phase.CORRECTING, RemoteControlNotice,   Phase.CORRECTING, "SES-15", CSO, done),
    Step(Phase.ABANDONED,  RemoteControlNotice,   Phase.ABANDONED,  "SES-15", CSO, start_open),

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
    # An order or a dispute that the home-CSP sent before it heard that the record is taken
    # back.
    Step(Phase.WITHDRAWN,  RemoteControlRequest,  Phase.WITHDRAWN,  "SES-9", CSP, too_late),
    Step(Phase.WITHDRAWN,  Refusal,               Phase.WITHDRAWN,  "SES-9", CSO),
    Step(Phase.WITHDRAWN,  CorrectionRequest,     Phase.WITHDRAWN,  "SES-7", CSP),
    Step(Phase.WITHDRAWN,  CorrectionAnswer,      Phase.WITHDRAWN,  "SES-7", CSO, negative),
)


# fmt: on


ANSWERED_BY: Final = frozenset(ANSWERS.values())
FINAL: Final = frozenset({Phase.ABANDONED, Phase.WITHDRAWN})
"""The phases with no way out; a recorded service may still be corrected, and a refused one may
turn out to have begun by the list.
"""
