"""Who learns what of a journey, for every way of roaming that an edition has.

It is worked out by `security.privacy.exposure` from what is said in the journey; nothing is
played.  What an entity says itself does not count, only what it hears.
"""

from collections.abc import Mapping
from typing import Final

from refimpl.edition import Edition
from refimpl.play.example import NETWORK
from refimpl.play.journeys import acts_of, journey_of, saying_of
from refimpl.play.sayings import CARD
from refimpl.play.settings import second
from refimpl.security.privacy import Saying, exposure
from refimpl.setting import Setting
from refimpl.vocabulary import Kind, Mode, Strategy

HOME: Final = "csp-alba"
VISITED: Final = ("cso-elm", "cso-elm", "cso-heath")
"""The visited-CSO by how many clearing houses the mode puts between the two."""
EMAID, EVSE_ID = "DE8AA001234567", "DEAB7E8406487"
OTHERS: Final = {
    Kind.CSP: "other CSPs",
    Kind.CSO: "other CSOs",
    Kind.CLEARING_HOUSE: "clearing houses",
}
WAYS: Final = {
    "direct": ((Mode.DIRECT, Strategy.FORWARD), False),
    "clearing house, store": ((Mode.CLEARING_HOUSE, Strategy.STORE), False),
    "clearing house, forward": ((Mode.CLEARING_HOUSE, Strategy.FORWARD), False),
    "the same, sealed": ((Mode.CLEARING_HOUSE, Strategy.FORWARD), True),
    "clearing house, broadcast": ((Mode.CLEARING_HOUSE, Strategy.BROADCAST), False),
    "hybrid": ((Mode.HYBRID, Strategy.FORWARD), False),
    "federated": ((Mode.FEDERATED, Strategy.FORWARD), False),
}
"""The ways of roaming that differ in who learns what: mode and strategy, and whether messages
are sealed.
"""


def ways_of(edition: Edition) -> Mapping[str, tuple[tuple[str, str], bool]]:
    """List the ways of roaming that an edition has: those of `WAYS`, and each further mode with
    a clearing house that only passes on.
    """
    ways = {}
    for name, ((mode, strategy), sealed) in WAYS.items():
        if mode in edition.modes and strategy in edition.strategies:
            ways[name] = ((str(mode), str(strategy)), sealed)
    known = {mode for (mode, _), _ in WAYS.values()}
    for row in edition.modes.values():
        if row.id not in known:
            ways[row.label] = ((row.id, str(Strategy.FORWARD)), False)
    return ways


def sayings(journey: str, setting: Setting, sealed: bool = False) -> tuple[Saying, ...]:
    """What the two say in a journey of their own accord, and whether they put it to the
    clearing house itself.

    With seals and a clearing house that only passes on, everything is put to the other of the
    two.
    """
    told = journey_of(setting.edition, journey)
    settings = {1: setting, 2: second(told, setting)}
    return tuple(
        saying_of(act, settings[act.of], sealed=sealed)
        for act in acts_of(told, setting)
        if not act.loses
    )


def members_learned(
    edition: Edition, mode: str, strategy: str, journey: str, sealed: bool = False
) -> Mapping[str, frozenset[str]]:
    """The members that each sort of entity learns, as `"cdr.emaid"`.

    Raises `Misuse` SES-10 for a journey whose service the edition has not, `Violation` where
    the mode leads to no visited-CSO.
    """
    told = journey_of(edition, journey)
    houses = edition.modes[mode].path.count("clearing-house")
    visited = VISITED[min(houses, len(VISITED) - 1)]
    card = CARD if told.card else None
    emaid = "" if card else EMAID
    setting = Setting(
        NETWORK,
        edition,
        mode,
        strategy,
        HOME,
        visited,
        told.service,
        emaid,
        EVSE_ID,
        medium=card,
    )
    said = sayings(journey, setting, sealed)
    ends = {HOME: edition.roles["home-csp"].label}
    for one in (setting, second(told, setting)):
        ends[one.visited_cso] = edition.roles["visited-cso"].label
    sorts = dict.fromkeys((*ends.values(), *OTHERS.values()), frozenset[str]())
    for entity_id, members in exposure(setting, said, sealed=sealed).items():
        sort = ends.get(entity_id) or OTHERS[NETWORK.entity(entity_id).kind]
        sorts[sort] |= members
    return sorts
