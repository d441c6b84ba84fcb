"""What a world begins with: a small network, the services in it, and what each side may say of
them of its own accord.

The services are those of a journey, or so many of one repertoire: the acts of both sides of
which each may leave out any, as the endpoint allows.  A repertoire is a `Journey`, too.

Time is an order of events.  Each act has its moment, by what comes before it in its table, and
a message is heard at the moment it was said; so what happens in another order leads to the same
services wherever the order does not matter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Misuse
from refimpl.network import Block, Network
from refimpl.play import sayings
from refimpl.play.example import NETWORK, START
from refimpl.play.journeys import (
    ASK,
    BEGUN,
    BOOK,
    CANCEL,
    CORRECT,
    DISPUTE,
    ENDED,
    ENERGY,
    FETCH,
    HOME,
    LIST,
    ON_LIST,
    ORDER,
    RECONCILE,
    RECORD,
    STARTED,
    STAYED,
    STOP,
    STOPPED,
    UNBOOK,
    UPDATED,
    VISITED,
    WITHDRAW,
    Act,
    Journey,
    acts_of,
    journeys_of,
)
from refimpl.play.player import setting_of
from refimpl.play.settings import first_reachable, issued, second
from refimpl.setting import Setting
from refimpl.vocabulary import Ground, Kind, Phase, Service, Strategy

SIDES: Final = (HOME, VISITED)
"""The two roles that say something of their own accord."""
HOME_CSP: Final = "csp-alba"
ANOTHER_CSP: Final = "csp-birch"
MOST_SERVICES: Final = 9

# fmt: off
NOT_BEGUN   = Act(VISITED, Phase.AWAITED,  60,   sayings.tell_result("start", "not-done"))
NOT_STOPPED = Act(VISITED, Phase.STOPPING, 60,   sayings.tell_result("stop", "not-done"))
ABANDONED   = Act(VISITED, Phase.GRANTED,  60,   sayings.progress("abandoned"))
FALL_BACK   = Act(VISITED, Phase.ASKED,    60,   sayings.progress("started", 0,
                                                                  Ground.FALLBACK))
# What a side may not say: the endpoint has to see to it.
ORDERED     = replace(STARTED, message=sayings.claim(Ground.ORDER))
ELSEWHERE   = replace(RECORD, message=sayings.elsewhere(RECORD.message, "DEAB7E8406499"))
_EVERY: Final = (
    Journey("charging", "Ask, charge and bill",
            ENERGY, (ASK, STARTED, ENDED, RECORD)),
    Journey("listing", "Charge from a list, or ask and go by the list",
            ENERGY, (LIST, ASK, FALL_BACK, ON_LIST, ENDED, RECORD)),
    Journey("stopping", "Ask, charge, stop from afar or not, and bill",
            ENERGY, (ASK, STARTED, STOP, NOT_STOPPED, STOPPED, ENDED, RECORD)),
    Journey("ordering", "Order a start or cancel it, charge and bill",
            ENERGY, (ORDER, CANCEL, NOT_BEGUN, BEGUN, ENDED, RECORD)),
    Journey("releasing", "Ask, begin or leave it, or be cancelled",
            ENERGY, (ASK, UNBOOK, ABANDONED, STARTED, ENDED, RECORD)),
    Journey("correcting", "Charge, bill, dispute, correct and take back",
            ENERGY, (ASK, STARTED, RECORD, DISPUTE, CORRECT, WITHDRAW)),
    Journey("reconciling", "Charge, bill, and compare and fetch records the next day",
            ENERGY, (ASK, STARTED, UPDATED, RECORD, RECONCILE, FETCH)),
    Journey("unruly", "Say at any moment what may not be said then, or not at all",
            ENERGY, (ASK, ORDERED, UPDATED, STOP, ENDED, ELSEWHERE, RECORD)),
    Journey("booking", "Book an EVSE or cancel it, stay and bill",
            Service.RESERVATION, (BOOK, UNBOOK, STAYED, ENDED, RECORD)),
)
# fmt: on
REPERTOIRES: Final[Mapping[str, Journey]] = MappingProxyType({one.id: one for one in _EVERY})
"""What both sides may say of a service, by name."""


class Part(NamedTuple):
    """One service of a world: its setting, and the acts of both sides in their order."""

    setting: Setting
    acts: tuple[Act, ...]

    def moment(self, place: int) -> datetime:
        """The moment of an act, by its place counted from 0."""
        return START + timedelta(seconds=sum(act.after for act in self.acts[:place]))


@dataclass(frozen=True)
class Opening:
    """What a world begins with: which journey or repertoire is played under which edition, in
    which mode and by which strategy of a clearing house, how many services there are of a
    repertoire, and whether the home-CSP honours the contract.
    """

    story: str
    edition: Edition
    mode: str
    strategy: str
    services: int
    valid: bool
    status: str
    parts: tuple[Part, ...]

    @property
    def network(self) -> Network:
        """The small network of those that take part."""
        return self.parts[0].setting.network

    def part_of(self, correlation_id: str) -> Part | None:
        """The service of a correlation id, or None."""
        for part in self.parts:
            if part.setting.correlation_id == correlation_id:
                return part
        return None


def opening(
    story: str,
    edition: Edition,
    mode: str = "direct",
    strategy: str = Strategy.FORWARD,
    *,
    services: int = 1,
    valid: bool = True,
) -> Opening:
    """What a world begins with in which a journey or a repertoire is played.

    Raises `Misuse`: SES-10 for a story that is unknown or whose service the edition has not,
    for a number of services that is none, and for more than one service of a journey; NET-6 for
    an unknown mode, AUT-3 for an unknown strategy.

    >>> from refimpl.edition import load
    >>> begun = opening("charging", load("2025"), "clearing-house", services=2)
    >>> [entity.id for entity in begun.network.entities]
    ['csp-alba', 'house-north', 'cso-elm']
    """
    told = _story(story, edition, services)
    if strategy not in edition.strategies:
        has = f"edition {edition.id} has {', '.join(edition.strategies)}"
        raise Misuse("AUT-3", f"strategy {strategy!r}, {has}")
    visited = first_reachable(NETWORK, edition, mode, HOME_CSP)
    whole = setting_of(told, NETWORK, edition, mode, strategy, HOME_CSP, visited)
    network = _small(whole, second(told, whole))
    setting = replace(whole, network=network)
    if story in REPERTOIRES:
        parts = tuple(_one_of_many(told, setting, number + 1) for number in range(services))
    else:
        parts = tuple(_of_journey(told, setting))
    return Opening(story, edition, mode, strategy, services, valid, told.status, parts)


def stories_of(edition: Edition) -> dict[str, Journey]:
    """The repertoires and journeys whose service an edition has, by name."""
    known = {name: one for name, one in REPERTOIRES.items() if one.service in edition.services}
    return known | {one.id: one for one in journeys_of(edition)}


def _story(name: str, edition: Edition, services: int) -> Journey:
    known = stories_of(edition)
    told = known.get(name)
    if told is None:
        raise Misuse("SES-10", f"{name!r}, edition {edition.id} has {', '.join(known)}")
    most = MOST_SERVICES if name in REPERTOIRES else 1
    if not 1 <= services <= most:
        raise Misuse("SES-10", f"{services} services of {name!r}, 1 to {most}")
    return told


def _small(*settings: Setting) -> Network:
    """The network of those alone that take part: the two sides, the clearing houses of the mode
    between them, and where questions are put to many another CSP, too.
    """
    names = set()
    for setting in settings:
        network = setting.network
        names |= {setting.home_csp, setting.visited_cso}
        mode = setting.edition.modes[setting.mode]
        if any(Kind.CLEARING_HOUSE in mode.path_of(one) for one in setting.edition.exchanges):
            names |= {*network.houses(setting.home_csp)[:1]}
            names |= {*network.houses(setting.visited_cso)[:1]}
            names |= {ANOTHER_CSP} if setting.strategy == Strategy.BROADCAST else set()
    whole = settings[0].network
    return Network(
        entities=tuple(entity for entity in whole.entities if entity.id in names),
        links=tuple(_among(names, whole.links)),
        agreements=tuple(_among(names, whole.agreements)),
    )


def _among(names: set[str], blocks: tuple[Block, ...]) -> list[Block]:
    """What is left of blocks among these names."""
    left = []
    for block in blocks:
        ours = tuple(name for name in block.left if name in names)
        theirs = tuple(name for name in block.right if name in names)
        if ours and theirs and {*ours, *theirs} > {ours[0]}:
            left.append(Block(left=ours, right=theirs))
    return left


def _one_of_many(told: Journey, setting: Setting, number: int) -> Part:
    """The service of a number: at an EVSE of its own, under an id of its own."""
    evse_id = issued(setting.network, setting.visited_cso, f"E84064{86 + number}")
    own = replace(setting, evse_id=evse_id, correlation_id=f"service-{number}")
    acts = acts_of(told, own)
    renamed = (replace(act, message=sayings.Numbered(act.message, number)) for act in acts)
    return Part(own, tuple(renamed))


def _of_journey(told: Journey, setting: Setting) -> list[Part]:
    """The services of a journey; what is lost in it is left to a restart."""
    parts = []
    for number, own in ((1, setting), (2, second(told, setting))):
        every = acts_of(told, setting)
        acts = tuple(act for act in every if act.of == number and not act.loses)
        if acts:
            parts.append(Part(own, acts))
    return parts
