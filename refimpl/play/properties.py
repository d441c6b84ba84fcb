"""What holds in every state of a world, each as a property by name.

A property looks at what each end holds of each service, at whether all is quiet, and at what
has been lost.  It says nothing of what is still on its way to be put right.

Rules: AUT-1, AUT-2, SES-3, SES-6, REC-7, REC-8, RCL-1, REP-5, PRV-5, PRV-6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import combinations
from typing import Final, NamedTuple

from refimpl.endpoint import RoamingEndpoint
from refimpl.endpoint.asked_again import INQUIRIES
from refimpl.messages import Envelope, ReconciliationAnswer, ReconciliationRequest
from refimpl.play.example import START
from refimpl.play.journeys import saying_of
from refimpl.play.nodes import Node
from refimpl.play.opening import Opening, Part
from refimpl.play.player import session_at
from refimpl.records import ChargingDetailRecord, DetailRecord
from refimpl.security.privacy import exposure, members_in, members_of
from refimpl.vocabulary import Ground, Kind, Phase, Role, Strategy

BEGUN: Final = frozenset(
    {
        Phase.ACTIVE,
        Phase.STOPPING,
        Phase.ENDED,
        Phase.RECORDED,
        Phase.DISPUTED,
        Phase.CORRECTING,
        Phase.WITHDRAWN,
    }
)
"""The phases of a service that has begun."""
AWAITS: Final[Mapping[Phase, Role]] = {
    Phase.ASKED: Role.VISITED_CSO,
    Phase.COMMANDED: Role.HOME_CSP,
    Phase.BOOKING: Role.HOME_CSP,
    Phase.CANCELLING: Role.HOME_CSP,
    Phase.RELEASING: Role.HOME_CSP,
    Phase.DISPUTED: Role.HOME_CSP,
}
"""In which phases which end waits for an answer."""
NOT_TOLD: Final = frozenset({Phase.REFUSED, Phase.GRANTED, Phase.ABANDONED})
"""The phases of which a home-CSP does not know, where its clearing house answers for it."""


# --- What is looked at ------------------------------------------------------------------------


class Billed(NamedTuple):
    """The record of a service: under which id, of which EVSE, and when."""

    record_id: str
    evse_id: str
    started_at: datetime
    ended_at: datetime
    energy: bool


class Standing(NamedTuple):
    """How a service stands at one end, and who opened it: `begun` is one of which a start,
    energy or a record was told, `strange` one whose record is of another EVSE or contract.
    """

    phase: Phase = Phase.NEW
    ground: Ground | None = None
    billed: Billed | None = None
    opener: Role | None = None
    begun: bool = False
    strange: bool = False


class Facts(NamedTuple):
    """What a node holds: how each service stands, the records that wait for theirs, whether its
    contract was listed, what reconciliation would tell, and the rules on records it noted.
    """

    services: tuple[Standing, ...]
    waiting: tuple[Billed, ...] = ()
    listed: bool = False
    tells: frozenset[tuple[str, str]] = frozenset()
    noted: frozenset[str] = frozenset()


class Scene(NamedTuple):
    """What a property looks at: what each node holds, whether all is quiet, and whether what
    waited, or everything, has been lost.
    """

    opening: Opening
    facts: Mapping[str, Facts]
    quiet: bool
    lost: bool
    forgot: bool

    def ends(self, number: int) -> tuple[Standing, Standing]:
        """How a service stands at the home-CSP and at the visited-CSO."""
        setting = self.opening.parts[number].setting
        home, visited = self.facts[setting.home_csp], self.facts[setting.visited_cso]
        return home.services[number], visited.services[number]


def facts_of(node: Node, opening: Opening) -> Facts:
    """What a node holds, of what properties look at."""
    rep = node.rep
    if rep.kind is Kind.CLEARING_HOUSE:
        return Facts(())
    waiting: list[Billed] = []
    for records in rep.ledger.unmatched.values():
        waiting.extend(_billed(one.record) for one in records)
    return Facts(
        tuple(_standing(rep, part) for part in opening.parts),
        tuple(waiting),
        any(one.keys or len(one.taken_off) for one in rep.listed.values()),
        frozenset(_would_tell(rep, opening.parts[0])),
        node.noted,
    )


def _standing(rep: RoamingEndpoint, part: Part) -> Standing:
    session = session_at(rep, part.setting)
    if session is None:
        return Standing()
    record = session.record
    told = session.started_at is not None or session.energy_wh > 0 or record is not None
    begun = told or session.phase in BEGUN
    by_home = session.opener == part.setting.home_csp
    opener = Role.HOME_CSP if by_home else Role.VISITED_CSO
    if record is None:
        return Standing(session.phase, session.ground, None, opener, begun)
    subject = record.evse_id, record.emaid or ""
    strange = subject != (session.evse_id, session.emaid)
    return Standing(session.phase, session.ground, _billed(record), opener, begun, strange)


def _billed(record: DetailRecord) -> Billed:
    energy = isinstance(record, ChargingDetailRecord) or record.unit == "Wh"
    course = record.started_at, record.ended_at
    return Billed(record.record_id, record.evse_id, *course, energy)


def _would_tell(rep: RoamingEndpoint, part: Part) -> Iterator[tuple[str, str]]:
    """The records that a visited-CSO tells of when it is asked what the other has not."""
    if rep.kind is not Kind.CSO:
        return
    asked = ReconciliationRequest(day=f"{START:%Y-%m-%d}", have=(), more=False)
    answer = INQUIRIES[ReconciliationRequest](rep, part.setting.home_csp, asked)
    assert isinstance(answer, ReconciliationAnswer)
    for mark in answer.besides:
        yield mark.correlation_id, mark.record_id


# --- The properties ---------------------------------------------------------------------------


def _has_ground(scene: Scene) -> bool:
    for number in range(len(scene.opening.parts)):
        home, visited = scene.ends(number)
        for end in (home, visited):
            if end.strange or (end.begun and end.ground is None):
                return False
        if visited.begun and not scene.forgot:
            setting = scene.opening.parts[number].setting
            if not _is_given(scene, scene.facts[setting.home_csp], home, visited.ground):
                return False
    return True


def _is_given(scene: Scene, facts: Facts, home: Standing, ground: Ground | None) -> bool:
    """Whether the home-CSP gave the ground on which a service rests."""
    if ground in (Ground.LIST, Ground.FALLBACK):
        return facts.listed
    if not scene.opening.valid:
        return False
    if ground is Ground.ANSWER:
        return home.ground is Ground.ANSWER
    # It gave an order or a booking, and may not have heard yet that it was taken on.
    return home.opener is Role.HOME_CSP and home.ground in (None, ground)


def _counts_once(scene: Scene) -> bool:
    setting = scene.opening.parts[0].setting
    home = scene.facts[setting.home_csp]
    every = [one.billed for one in home.services if one.billed is not None]
    for one, other in combinations((*every, *home.waiting), 2):
        if one.record_id == other.record_id:
            return False
        apart = one.ended_at <= other.started_at or other.ended_at <= one.started_at
        if one.energy and other.energy and one.evse_id == other.evse_id and not apart:
            return False
    return True


def _is_billed(scene: Scene) -> bool:
    if not scene.quiet:
        return True
    for number, part in enumerate(scene.opening.parts):
        home, visited = scene.ends(number)
        if home.billed != visited.billed and not _is_reported(scene, part, visited):
            return False
    return True


def _is_reported(scene: Scene, part: Part, visited: Standing) -> bool:
    """Whether it was noted that a record does not count, or reconciliation tells of it."""
    facts = scene.facts[part.setting.visited_cso]
    waits = scene.facts[part.setting.home_csp].waiting
    if facts.noted or (visited.billed is not None and visited.billed in waits):
        return True
    if not scene.lost:
        return False
    mark = (part.setting.correlation_id, visited.billed.record_id if visited.billed else "")
    return visited.billed is None or mark in facts.tells


def _agrees(scene: Scene) -> bool:
    if not scene.quiet or scene.lost:
        return True
    for number, part in enumerate(scene.opening.parts):
        home, visited = scene.ends(number)
        if home.phase is visited.phase:
            continue
        if part.setting.strategy != Strategy.STORE or home.phase is not Phase.NEW:
            return False
        waits = scene.facts[part.setting.home_csp].waiting
        if visited.phase not in NOT_TOLD and visited.billed not in waits:
            return False
    return True


def _awaits_nothing(scene: Scene) -> bool:
    if not scene.quiet or scene.lost:
        return True
    for number in range(len(scene.opening.parts)):
        home, visited = scene.ends(number)
        if AWAITS.get(home.phase) is Role.HOME_CSP:
            return False
        if AWAITS.get(visited.phase) is Role.VISITED_CSO:
            return False
    return True


class Property(NamedTuple):
    """Something that holds in every state: its name, what it says, the rule that it rests on
    most, and how it is seen.
    """

    id: str
    says: str
    rule: str
    holds: Callable[[Scene], bool]


def _is_seen_elsewhere(scene: Scene) -> bool:
    """Say yes: it is seen in the space of all states, or in what is under way."""
    return True


PROPERTIES: Final = (
    Property(
        "ground",
        "No service begins without a ground that its home-CSP gave, and its record is of its"
        " EVSE and contract.",
        "SES-3",
        _has_ground,
    ),
    Property("once", "No record and no energy counts twice.", "REC-7", _counts_once),
    Property(
        "billed",
        "Once all is quiet, the record that counts at one end counts at the other, or it is"
        " reported that it does not.",
        "SES-6",
        _is_billed,
    ),
    Property(
        "agreement",
        "Once all is quiet, both ends see a service in one phase.",
        "REP-5",
        _agrees,
    ),
    Property(
        "answered",
        "Once all is quiet, no end waits for an answer.",
        "REP-7",
        _awaits_nothing,
    ),
)
"""What is seen in a state by itself."""
UNDER_WAY: Final = Property(
    "under-way",
    "From every state all becomes quiet, if what is under way is delivered and what waits is"
    " said again.",
    "REP-5",
    _is_seen_elsewhere,
)
DISCLOSURE: Final = Property(
    "disclosure",
    "A clearing house hears no more than the exposure map says.",
    "PRV-6",
    _is_seen_elsewhere,
)
EVERY: Final = (*PROPERTIES, UNDER_WAY, DISCLOSURE)
"""All properties."""


# --- What a clearing house may hear -----------------------------------------------------------


def may_hear(opening: Opening) -> Mapping[str, frozenset[str]]:
    """The members that each clearing house learns by the exposure map, as `"cdr.emaid"`; what
    is said may be turned away.
    """
    may: dict[str, frozenset[str]] = {}
    for part in opening.parts:
        said = (saying_of(act, part.setting) for act in part.acts)
        learned = exposure(part.setting, said)
        for entity in opening.network.entities:
            if entity.kind is Kind.CLEARING_HOUSE:
                known = may.get(entity.id, members_of("refusal"))
                may[entity.id] = known | learned[entity.id]
    return may


def hears_more(may: Mapping[str, frozenset[str]], receiver: str, said: Envelope) -> bool:
    """Whether a clearing house that hears this learns more than it may."""
    return receiver in may and not members_in(said) <= may[receiver]
