"""Which services survive when clearing houses are down, in each mode of an edition.

A pair of a CSP and a CSO still roams where every exchange of a service finds a way without the
clearing houses that are down: over another that both are at, or that is linked.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Final

from refimpl.edition import Edition
from refimpl.lab.market import Market

CSPS, CSOS, HOUSES = 6, 9, 3
"""The market that is shown: so small that a picture has every pair."""
SERVICE: Final = ("authorization", "session-progress", "detail-record")
"""The exchanges that a service needs."""
NEWS: Final = "station-status"
"""What a CSO tells every CSP besides."""


@dataclass(frozen=True, slots=True)
class Survival:
    """A mode in an outage: for each CSP, in rows, and each CSO whether the two still roam; and
    between how many of all pairs a service, or news of stations, still gets through.
    """

    mode: str
    roams: tuple[tuple[bool, ...], ...]
    services: int
    news: int

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return sum(map(len, self.roams))


def outages(houses: int = HOUSES) -> tuple[tuple[int, ...], ...]:
    """Every outage of so many clearing houses, as the numbers of those that are down, those of
    few first.

    >>> outages(2)
    ((), (1,), (2,), (1, 2))
    """
    numbers = range(1, houses + 1)
    found: list[tuple[int, ...]] = []
    for many in range(houses + 1):
        found += combinations(numbers, many)
    return tuple(found)


@lru_cache(maxsize=256)
def survivals(
    edition: Edition, down: tuple[int, ...] = (), at: int = 1
) -> tuple[Survival, ...]:
    """Tell for each mode of an edition who still roams while clearing houses are down, in a
    market in which an entity is at so many of three.

    >>> from refimpl.edition import load
    >>> [(one.mode, one.services) for one in survivals(load("2025"), down=(1,))]
    [('direct', 54), ('clearing-house', 36), ('hybrid', 54), ('federated', 24)]
    """
    names = frozenset(f"house-{number}" for number in down)
    found = []
    for mode in edition.modes:
        market = Market(edition, mode, CSPS, CSOS, houses=HOUSES, at=at)
        roams = _roams(market, names)
        services = sum(map(sum, roams))
        news = market.pairs_reached(NEWS, names)
        found.append(Survival(mode, roams, services, news))
    return tuple(found)


def _roams(market: Market, down: frozenset[str]) -> tuple[tuple[bool, ...], ...]:
    """Whether each pair roams: as the pair of its classes does."""
    ways = {
        exchange: {
            (pairs.csp, pairs.cso): hops for pairs, hops in market.reached(exchange, down)
        }
        for exchange in SERVICE
    }
    rows = []
    for csp in range(market.csps):
        row = []
        for cso in range(market.csos):
            alike = f"csp-{csp % market.classes + 1}", f"cso-{cso % market.classes + 1}"
            row.append(all(of_exchange[alike] > 0 for of_exchange in ways.values()))
        rows.append(tuple(row))
    return tuple(rows)
