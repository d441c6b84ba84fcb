"""What each way of roaming costs as a market grows: links, hops, messages, single points of
failure, and who besides the two ends learns something of the user.

All figures are exact.  They come from the routes of the edition's own modes, counted on one CSP
and one CSO of each class of a `Market`; nothing is played.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from refimpl.edition import Edition
from refimpl.lab.exposure import EMAID, EVSE_ID, sayings, ways_of
from refimpl.lab.market import Market, Pairs
from refimpl.play.journeys import JOURNEYS
from refimpl.security.privacy import CLASS_OF, Saying, exposure, hearings
from refimpl.setting import Setting
from refimpl.vocabulary import Kind, PrivacyClass, Strategy

SIZES: Final = ((10, 10), (30, 100), (100, 500), (300, 1500), (1000, 5000))
"""The sizes that are compared: how many CSPs and how many CSOs."""
JOURNEY: Final = "charge"
ASKS: Final = "authorization"
"""The exchange by which a way of roaming is measured: the one that decides a service."""
OF_THE_USER: Final = (
    PrivacyClass.IDENTIFIER,
    PrivacyClass.LOCATION_AND_TIME,
    PrivacyClass.BILLING,
)


@dataclass(frozen=True, slots=True)
class Costs:
    """A way of roaming in a market of one size, each figure over all pairs of a CSP and a CSO.

    `hops` are those of an authorization, `messages` the transmissions of one service, both on
    average; `cut_off` is the share of pairs that the outage of one clearing house cuts off, of
    those `single_points` that cut off some.  `learners` is how many entities besides the two
    ends learn something of the user in one service, and `discloses` in which classes.
    """

    way: str
    csps: int
    csos: int
    links: int
    hops: Fraction
    messages: Fraction
    single_points: int
    cut_off: Fraction
    learners: Fraction
    discloses: tuple[str, ...]


def market_of(edition: Edition, mode: str, csps: int, csos: int) -> Market:
    """A market in which every CSP reaches every CSO: one clearing house, or two in a mode that
    puts two between two entities.
    """
    houses = 1
    for row in edition.exchanges.values():
        if row.modelled:
            path = edition.modes[mode].path_of(row.id)
            houses = max(houses, path.count("clearing-house"))
    return Market(edition, mode, csps, csos, houses=houses)


def costs(edition: Edition, way: str, csps: int, csos: int) -> Costs:
    """What a way of roaming, one of `exposure.ways_of`, costs in a market of one size.

    Raises `KeyError` for another way, `Misuse` NET-9 for a size that cannot be.

    >>> from refimpl.edition import load
    >>> found = costs(load("2025"), "federated", 1000, 5000)
    >>> found.links, str(found.hops), found.single_points, str(found.cut_off)
    (6001, '5/2', 2, '3/4')
    """
    (mode, strategy), sealed = ways_of(edition)[way]
    market = market_of(edition, mode, csps, csos)
    service = _Service(market, strategy, sealed)
    hops, messages, learners = Fraction(), Fraction(), Fraction()
    classes = set[str]()
    every = csps * csos
    for pairs, taken in market.reached(ASKS):
        share = Fraction(pairs.many, every)
        learned = service.learned(pairs)
        hops += share * taken
        messages += share * service.messages(pairs)
        learners += share * service.learners(pairs, learned)
        classes.update(*learned.values())
    cut_off = [share for _, share in market.single_points(ASKS)]
    told = tuple(str(sort) for sort in OF_THE_USER if sort in classes)
    return Costs(
        way,
        csps,
        csos,
        links=market.links,
        hops=hops,
        messages=messages,
        single_points=len(cut_off),
        cut_off=max(cut_off, default=Fraction()),
        learners=learners,
        discloses=told,
    )


def all_costs(edition: Edition, sizes: Iterable[tuple[int, int]] = SIZES) -> Iterator[Costs]:
    """What every way of roaming that the edition has costs, size by size."""
    for csps, csos in sizes:
        for way in ways_of(edition):
            yield costs(edition, way, csps, csos)


@dataclass(frozen=True, slots=True)
class _Service:
    """One service in the sample of a market: how it is roamed, and what is said in it."""

    market: Market
    strategy: str
    sealed: bool

    def setting(self, pairs: Pairs) -> Setting:
        market = self.market
        service = JOURNEYS[JOURNEY].service
        return Setting(
            market.sample.network,
            market.edition,
            market.mode,
            self.strategy,
            pairs.csp,
            pairs.cso,
            service,
            EMAID,
            EVSE_ID,
        )

    def sayings(self, setting: Setting) -> list[Saying]:
        """What is said in the service; the list that a store needs is not part of it."""
        said = sayings(JOURNEY, setting, self.sealed)
        return [one for one in said if one.message.kind != "authorization-list-notice"]

    def messages(self, pairs: Pairs) -> int:
        """How many transmissions the service has: in the sample, and a question and an answer
        for each further CSP that is asked.
        """
        setting = self.setting(pairs)
        said = self.sayings(setting)
        heard = sum(1 for _ in hearings(setting, said, sealed=self.sealed))
        if self.strategy != Strategy.BROADCAST or not any(one.to_house for one in said):
            return heard
        return heard + 2 * (
            self._asked(pairs, self.market) - self._asked(pairs, self.market.sample)
        )

    def _asked(self, pairs: Pairs, market: Market) -> int:
        """How many CSPs a clearing house asks that puts a question to every one."""
        house = market.sample.network.houses(pairs.cso)[0]
        return market.csps_at(house)

    def learned(self, pairs: Pairs) -> Mapping[str, frozenset[str]]:
        """The classes of the user that each entity of the sample learns which is not one of the
        two ends; one that learns nothing is left out.
        """
        setting = self.setting(pairs)
        learned = exposure(setting, self.sayings(setting), sealed=self.sealed)
        found = {}
        for name, members in learned.items():
            classes = frozenset(CLASS_OF[member] for member in members) & frozenset(OF_THE_USER)
            if classes and name not in (pairs.csp, pairs.cso):
                found[name] = classes
        return found

    def learners(self, pairs: Pairs, learned: Mapping[str, frozenset[str]]) -> int:
        """How many entities of the market those of the sample stand for: each clearing house
        for itself, and another CSP for all that are asked.
        """
        kinds = [self.market.sample.network.entity(name).kind for name in learned]
        found = kinds.count(Kind.CLEARING_HOUSE)
        if Kind.CSP in kinds:
            found += self._asked(pairs, self.market) - 1
        return found
