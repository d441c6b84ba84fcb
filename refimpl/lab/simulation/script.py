"""The transmissions of a journey one after the other, when nothing is lost: read off the
session table, row by row, with both ends' phases.

A script holds for a journey of one service in which both ends are there and remember: others
have no script.  Each act is said over the hops of its way, answered over the same hops back,
and said again from its first hop when a transmission of it is lost.

Rules: REP-5, SES-*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.endpoint import RETRY_AFTER
from refimpl.endpoint.decisions import CARRYING_OUT, NOT_FREE
from refimpl.errors import Misuse
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    Receipt,
    Refusal,
    RemoteControlAnswer,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
)
from refimpl.network import way
from refimpl.play.example import START
from refimpl.play.journeys import Act, Journey
from refimpl.play.loopback import LATENCY
from refimpl.session import Session, table_of
from refimpl.setting import Setting
from refimpl.vocabulary import Ground, Phase, Reason, Role

TICKS_A_SECOND: Final = 5
"""Time passes in ticks, of which a transmission takes one."""
RETRY: Final = RETRY_AFTER // LATENCY
"""How many ticks an endpoint waits before it says the same again."""


class Transmission(NamedTuple):
    """One hop of a message: its kind and both ends; the place in the script at which its act
    begins again when it is lost; and how many ticks pass until the next one, or until then.
    """

    kind: str
    sender: str
    receiver: str
    begin: int
    wait: int
    retry: int


@dataclass(frozen=True, slots=True)
class Script:
    """The transmissions of a journey, and the phases of home and visited side at the end."""

    transmissions: tuple[Transmission, ...]
    home: Phase
    visited: Phase


def has_script(journey: Journey) -> bool:
    """Whether a journey is of one service, in which both ends are there and forget nothing."""
    if journey.second or journey.card:
        return False
    return not any(act.away or act.loses or _is_aside(act) for act in journey.acts)


def _is_aside(act: Act) -> bool:
    """Whether what an act says may belong to no service."""
    return bool(act.through) and act.through != "authorization"


def script_of(journey: Journey, setting: Setting, valid: bool = True) -> Script:
    """Read the script of a journey off the session table; `valid` says whether the home-CSP
    honours the contract.

    Raises `Misuse` SES-10 for a journey that has none, and what `network.way` raises.

    >>> from refimpl.edition import load
    >>> from refimpl.lab.market import Market
    >>> from refimpl.lab.simulation.plan import Plan, Share
    >>> mix = (Share("charge", 1, valid=False),)
    >>> script, *_ = Plan(Market(load("2025"), "clearing-house", 1, 1), mix=mix).scripts
    >>> [f"{one.sender} {one.receiver} {one.kind}" for one in script.transmissions][1:3]
    ['house-1 csp-1 authorization-request', 'csp-1 house-1 authorization-answer']
    >>> str(script.home), str(script.visited)
    ('refused', 'refused')
    """
    if not has_script(journey):
        raise Misuse("SES-10", f"journey {journey.id!r} is of more than one service")
    course = _Course(journey, setting, valid)
    for act in journey.acts:
        if act.needs in (None, course.phases[act.by]):
            if not course.perform(act):
                break
        elif not act.skipped:
            break
    phases = course.phases
    return Script(tuple(course.told), phases[Role.HOME_CSP], phases[Role.VISITED_CSO])


# What is asked is of the type that its key names, which no type of a mapping can say.
Answering = Callable[["_Course", Any], Said]


def _answer_authorization(course: "_Course", asked: AuthorizationRequest) -> Said:
    reason = None if course.valid else Reason.BLOCKED
    return AuthorizationAnswer(
        granted=course.valid, home_csp=course.setting.home_csp, reason=reason
    )


def _answer_order(course: "_Course", asked: RemoteControlRequest) -> Said:
    if asked.command == "start":
        reason = NOT_FREE[course.journey.status]
        return RemoteControlAnswer(accepted=reason is None, reason=reason)
    return RemoteControlAnswer(accepted=course.phases[Role.VISITED_CSO] in CARRYING_OUT)


def _answer_booking(course: "_Course", asked: ReservationRequest) -> Said:
    reason = NOT_FREE[course.journey.status]
    return ReservationAnswer(granted=reason is None, reason=reason)


def _answer_dispute(course: "_Course", asked: CorrectionRequest) -> Said:
    return CorrectionAnswer(agreed=True)


ANSWERING: Final[Mapping[type[Said], Answering]] = MappingProxyType(
    {
        AuthorizationRequest: _answer_authorization,
        RemoteControlRequest: _answer_order,
        ReservationRequest: _answer_booking,
        CorrectionRequest: _answer_dispute,
    }
)
"""How the other end answers each question; all else gets a receipt."""
GROUNDS: Final[Mapping[type[Said], Ground]] = MappingProxyType(
    {
        AuthorizationAnswer: Ground.ANSWER,
        RemoteControlAnswer: Ground.ORDER,
        ReservationAnswer: Ground.BOOKING,
    }
)
"""On what a service rests after each answer."""


@dataclass(slots=True)
class _Course:
    """A service as it goes: what was transmitted, where both ends stand, what it rests on."""

    journey: Journey
    setting: Setting
    valid: bool
    told: list[Transmission] = field(default_factory=list)
    phases: dict[Role, Phase] = field(
        default_factory=lambda: {Role.HOME_CSP: Phase.NEW, Role.VISITED_CSO: Phase.NEW}
    )
    ground: Ground | None = None

    def perform(self, act: Act) -> bool:
        """Let an act happen and be answered; tell whether the speaker may say it."""
        setting = self.setting
        sender, receiver = setting.sides(act.by)
        ends = (setting.visited_cso, setting.correlation_id, setting.home_csp)
        session = Session(*ends, setting.visited_cso, ground=self.ground)
        message = act.message(setting, session, START)
        if not self._follow(act.by, message, act.by):
            return False
        other = Role.VISITED_CSO if act.by is Role.HOME_CSP else Role.HOME_CSP
        answer = self._answer(message, act.by, other)
        names = way(setting.network, setting.edition, setting.mode, sender, receiver, message)
        self._transmit(names, message, answer, act.after * TICKS_A_SECOND)
        return True

    def _answer(self, message: Said, by: Role, other: Role) -> Said:
        """Let the other end hear a message and answer it, and the speaker hear the answer."""
        if not self._follow(other, message, by):
            answer: Said = Refusal(rule=message.sort.rule, where="")
        elif type(message) in ANSWERING:
            answer = ANSWERING[type(message)](self, message)
            self._follow(other, answer, other)
            self.ground = self.ground or GROUNDS.get(type(answer))
        else:
            return Receipt()
        if type(message) in ANSWERING:
            self._follow(by, answer, other)
        return answer

    def _follow(self, end: Role, message: Said, by: Role) -> bool:
        """Let an end follow the table with a message, and tell whether it may."""
        rows = table_of(self.setting.edition).rows.get((type(message), by), ())
        fitting = [row for row in rows if row.when(message)]
        for row in fitting:
            if row.phase is self.phases[end]:
                self.phases[end] = row.to
                return True
        if not rows:
            return False
        # Where the rule that asks for a row is switched off, the service stays where it is.
        return not self.setting.edition.asks((fitting or list(rows))[0].rule)

    def _transmit(
        self, names: tuple[str, ...], message: Said, answer: Said, after: int
    ) -> None:
        """Add the hops there and back, and what passes until the next act."""
        begin = len(self.told)
        hops = [(message.kind, *pair) for pair in pairwise(names)]
        hops += [(answer.kind, *pair) for pair in pairwise(names[::-1])]
        for number, (kind, sender, receiver) in enumerate(hops, 1):
            wait = 1 + after if number == len(hops) else 1
            retry = max(1, RETRY + 1 - number)
            self.told.append(Transmission(kind, sender, receiver, begin, wait, retry))
