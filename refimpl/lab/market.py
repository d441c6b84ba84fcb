"""A market of any size, joined as one mode of an edition asks for.

Entities stand at clearing houses in turn, so all of one class stand alike: what holds of one
CSP and one CSO of each class holds of all.  So a market of a thousand CSPs and five thousand
CSOs is counted on a sample of a few, with the routes of the edition's own modes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Misuse, Violation
from refimpl.network import Block, Network, RoamingEntity, route
from refimpl.vocabulary import Kind

COUNTRIES: Final = ("DE", "NL", "FR", "IT", "ES", "PT", "AT", "BE", "DK", "SE")
ISSUERS: Final = 1000
"""How many issuer codes of three digits a country has."""
MOST: Final = len(COUNTRIES) * ISSUERS
"""How many CSPs, or CSOs, a market may have."""
A_CLASS: Final = 2
"""How many of each class stand in the sample: one end of a service, and another that is not."""


class Pairs(NamedTuple):
    """A CSP and a CSO of the sample, and how many pairs of the market they stand for."""

    csp: str
    cso: str
    many: int


@dataclass(frozen=True)
class Market:
    """So many CSPs and CSOs that roam in a mode, at so many clearing houses.

    An entity is at `at` clearing houses, one after the other in turn; a CSP is at all where the
    mode puts one clearing house between two, so that every pair shares one.  `houses` is 0 in a
    mode without a clearing house; raises `Misuse` NET-6 for a mode the edition has not, NET-9
    for numbers that cannot be.

    >>> from refimpl.edition import load
    >>> one = Market(load("2025"), "federated", 1000, 5000, houses=2)
    >>> one.links, one.pairs_reached("authorization")
    (6001, 5000000)
    """

    edition: Edition
    mode: str
    csps: int
    csos: int
    houses: int = 1
    at: int = 1

    def __post_init__(self) -> None:
        """Check the numbers, and leave out the clearing houses that the mode has no use for."""
        if self.mode not in self.edition.modes:
            has = f"edition {self.edition.id} has {', '.join(self.edition.modes)}"
            raise Misuse("NET-6", f"mode {self.mode!r}, {has}")
        for name, number in (("csps", self.csps), ("csos", self.csos)):
            if not 1 <= number <= MOST:
                raise Misuse("NET-9", f"{name}: {number}, from 1 to {MOST}")
        if self.houses < 1 or self.at < 1:
            raise Misuse("NET-9", f"houses: {self.houses}, at {self.at} of them")
        if not any(self.between):
            object.__setattr__(self, "houses", 0)

    @cached_property
    def between(self) -> frozenset[int]:
        """How many clearing houses the mode puts between two, over all exchanges."""
        row = self.edition.modes[self.mode]
        modelled = [one.id for one in self.edition.exchanges.values() if one.modelled]
        return frozenset(row.path_of(one).count("clearing-house") for one in modelled)

    # --- Who is where ---------------------------------------------------------------------

    def houses_of_csp(self, number: int) -> tuple[str, ...]:
        """The clearing houses that the CSP of a number, from 0, is at."""
        at = self.houses if 1 in self.between else self.at
        return self._houses_from(number, at)

    def houses_of_cso(self, number: int) -> tuple[str, ...]:
        """The clearing houses that the CSO of a number, from 0, is at."""
        return self._houses_from(number, self.at)

    def _houses_from(self, number: int, at: int) -> tuple[str, ...]:
        """So many clearing houses in turn, beginning with that of the number."""
        turn = range(number, number + min(at, self.houses))
        return tuple(f"house-{one % self.houses + 1}" for one in turn)

    @property
    def names_of_houses(self) -> tuple[str, ...]:
        """The ids of the clearing houses."""
        return tuple(f"house-{number + 1}" for number in range(self.houses))

    @property
    def classes(self) -> int:
        """How many classes of CSPs, or of CSOs, there are, each at its own clearing houses."""
        return max(1, self.houses)

    def in_class(self, entities: int, number: int) -> int:
        """How many of so many entities stand where the one of that number does."""
        return len(range(number, entities, self.classes))

    @cached_property
    def sample(self) -> "Market":
        """The same market with no more than two of each class."""
        most = A_CLASS * self.classes
        return replace(
            self,
            csps=min(self.csps, most),
            csos=min(self.csos, most),
            houses=max(1, self.houses),
        )

    def pairs(self) -> Iterator[Pairs]:
        """One CSP and one CSO for each two classes, with how many pairs they stand for."""
        for csp in range(min(self.csps, self.classes)):
            for cso in range(min(self.csos, self.classes)):
                many = self.in_class(self.csps, csp) * self.in_class(self.csos, cso)
                yield Pairs(f"csp-{csp + 1}", f"cso-{cso + 1}", many)

    def csps_at(self, house: str) -> int:
        """How many CSPs are at a clearing house."""
        found = 0
        for csp in range(min(self.csps, self.classes)):
            if house in self.houses_of_csp(csp):
                found += self.in_class(self.csps, csp)
        return found

    @property
    def links(self) -> int:
        """How many links between endpoints the mode asks for."""
        found = self.csps * self.csos if 0 in self.between else 0
        for number in range(self.classes):
            found += self.in_class(self.csps, number) * len(self.houses_of_csp(number))
            found += self.in_class(self.csos, number) * len(self.houses_of_cso(number))
        if max(self.between) > 1:
            found += self.houses * (self.houses - 1) // 2
        return found

    # --- As a network ---------------------------------------------------------------------

    @cached_property
    def network(self) -> Network:
        """The market as a network, every entity in it."""
        return self.network_without(frozenset())

    def network_without(self, down: frozenset[str]) -> Network:
        """The market as a network, without the links of the clearing houses that are down."""
        csps = tuple(f"csp-{number + 1}" for number in range(self.csps))
        csos = tuple(f"cso-{number + 1}" for number in range(self.csos))
        standing = tuple(name for name in self.names_of_houses if name not in down)
        entities = [_issuer(Kind.CSP, name, number) for number, name in enumerate(csps)]
        entities += [_issuer(Kind.CSO, name, number) for number, name in enumerate(csos)]
        for name in self.names_of_houses:
            entities.append(RoamingEntity(id=name, kind=Kind.CLEARING_HOUSE))
        links = []
        if 0 in self.between:
            links.append(Block(left=csps, right=csos))
        for house in standing:
            at = [
                name for number, name in enumerate(csps) if house in self.houses_of_csp(number)
            ]
            at += [
                name for number, name in enumerate(csos) if house in self.houses_of_cso(number)
            ]
            if at:
                links.append(Block(left=(house,), right=tuple(at)))
        if max(self.between) > 1 and len(standing) > 1:
            links.append(Block(left=standing, right=standing))
        agreements = (Block(left=csps, right=csos),)
        return Network(entities=tuple(entities), links=tuple(links), agreements=agreements)

    # --- Who reaches whom -----------------------------------------------------------------

    def reached(
        self, exchange: str, down: frozenset[str] = frozenset()
    ) -> Iterator[tuple[Pairs, int]]:
        """Each two classes, with how many hops an exchange takes between them while some
        clearing houses are down; 0 where no way leads.

        Raises `Violation` NET-8 for an exchange that the edition does not model.
        """
        row = self.edition.exchanges.get(exchange)
        if row is None or not row.modelled:
            raise Violation("NET-8", f"exchange {exchange!r}, edition {self.edition.id}")
        network = self.sample.network_without(down)
        for pairs in self.pairs():
            ends = (pairs.csp, pairs.cso)
            if row.producer == "visited-cso":
                ends = (pairs.cso, pairs.csp)
            try:
                hops = route(network, self.edition, self.mode, *ends, exchange)
            except Violation:
                hops = ()
            yield pairs, len(hops)

    def pairs_reached(self, exchange: str, down: frozenset[str] = frozenset()) -> int:
        """How many pairs of a CSP and a CSO an exchange gets through between."""
        return sum(pairs.many for pairs, hops in self.reached(exchange, down) if hops)

    def share_reached(self, exchange: str, down: frozenset[str] = frozenset()) -> Fraction:
        """The share of all pairs between which an exchange gets through."""
        return Fraction(self.pairs_reached(exchange, down), self.csps * self.csos)

    def single_points(self, exchange: str) -> Iterator[tuple[str, Fraction]]:
        """The clearing houses whose outage alone cuts off pairs, each with their share."""
        whole = self.share_reached(exchange)
        for house in self.names_of_houses:
            left = self.share_reached(exchange, frozenset({house}))
            if left < whole:
                yield house, whole - left


def _issuer(kind: Kind, name: str, number: int) -> RoamingEntity:
    """Make an entity with a country and issuer code of its own."""
    country, issuer = COUNTRIES[number // ISSUERS], number % ISSUERS
    return RoamingEntity(id=name, kind=kind, party_ids=(f"{country}{issuer:03}",))
