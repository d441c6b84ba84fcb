"""Roaming entities, the links between their endpoints and the agreements between them.

Rules: NET-1, NET-2.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from itertools import product
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from refimpl.edition import Edition, InterfaceRow
from refimpl.errors import Misuse, Violation
from refimpl.identifiers import party_of
from refimpl.shapes import Name, Shape, Text
from refimpl.vocabulary import Kind, Scope

if TYPE_CHECKING:
    import networkx as nx

PartyId = Annotated[str, Field(pattern=r"^([A-Z]{2}[A-Z0-9]{3}|\+[0-9]{1,3}\*[0-9]{3,6})$")]
"""Country and issuer code: the first five characters of an EMAID or EVSE ID, or DIN's."""


class RoamingEntity(Shape):
    """A node of the network: its id, its kind, and the country and issuer codes of the
    identifiers it issues.
    """

    id: Name
    kind: Annotated[Kind, Field(strict=False)]
    name: Text | None = None
    party_ids: tuple[PartyId, ...] = ()


class Block(Shape):
    """Everyone on the left with everyone on the right."""

    left: Annotated[tuple[Name, ...], Field(min_length=1)]
    right: Annotated[tuple[Name, ...], Field(min_length=1)]


Sides = tuple[frozenset[int], frozenset[int]]
"""The numbers of the blocks that an entity stands in: on the left, on the right."""
NOWHERE: Final[Sides] = (frozenset(), frozenset())
WayKey = tuple[Edition, str, str, str, str]
"""What a way depends on: the edition, the mode, both ends, and the kind of message."""


class Network(Shape):
    """Entities with links between their endpoints, and agreements under which they exchange."""

    agreements: tuple[Block, ...] = ()
    entities: Annotated[tuple[RoamingEntity, ...], Field(min_length=1)]
    links: tuple[Block, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, RoamingEntity]:
        """Every entity by its id."""
        return {entity.id: entity for entity in self.entities}

    @cached_property
    def _providers(self) -> Mapping[str, str]:
        return self._by_party_id(Kind.CSP)

    @cached_property
    def _operators(self) -> Mapping[str, str]:
        return {**self._by_party_id(Kind.CSP), **self._by_party_id(Kind.CSO)}

    def _by_party_id(self, kind: Kind) -> dict[str, str]:
        """Each entity of a kind by its party ids: provider ids and operator ids are two name
        spaces.
        """
        found = {}
        for entity in self.entities:
            if entity.kind is kind:
                found.update(dict.fromkeys(entity.party_ids, entity.id))
        return found

    @cached_property
    def _links(self) -> Mapping[str, Sides]:
        return _sides_by_name(self.links)

    @cached_property
    def _agreements(self) -> Mapping[str, Sides]:
        return _sides_by_name(self.agreements)

    @cached_property
    def known_ways(self) -> dict[WayKey, tuple[str, ...]]:
        """The ways that were found before; see `way`."""
        return {}

    @cached_property
    def _houses(self) -> Mapping[str, tuple[str, ...]]:
        houses: dict[str, set[str]] = {}
        for block in self.links:
            for here, there in ((block.left, block.right), (block.right, block.left)):
                found = set(filter(self._is_clearing_house, there))
                if found:
                    for name in here:
                        houses.setdefault(name, set()).update(found - {name})
        return {name: tuple(sorted(found)) for name, found in houses.items()}

    def _is_clearing_house(self, entity_id: str) -> bool:
        return self.by_id[entity_id].kind is Kind.CLEARING_HOUSE

    def entity(self, entity_id: str) -> RoamingEntity:
        """The entity of that id; raises `Misuse` NET-1 where there is none."""
        if entity_id not in self.by_id:
            raise Misuse("NET-1", f"entity {entity_id!r}")
        return self.by_id[entity_id]

    def linked(self, one: str, other: str) -> bool:
        """Whether a link joins the endpoints of two entities."""
        return _are_joined(self._links, one, other)

    def agreed(self, one: str, other: str) -> bool:
        """Whether an agreement holds between two entities."""
        return _are_joined(self._agreements, one, other)

    def houses(self, entity_id: str) -> tuple[str, ...]:
        """The clearing houses an entity is linked to, in order of their ids."""
        return self._houses.get(entity_id, ())

    def partners(self, entity_id: str, kind: Kind, house: str) -> tuple[str, ...]:
        """The entities of a kind at a clearing house that an entity has an agreement with, in
        the network's order.
        """
        found = []
        for other in self.entities:
            if other.kind is not kind:
                continue
            if self.linked(house, other.id) and self.agreed(entity_id, other.id):
                found.append(other.id)
        return tuple(found)

    def provider(self, emaid: str) -> str | None:
        """The CSP whose provider id an EMAID begins with, or None."""
        return self._providers.get(party_of(emaid))

    def operator(self, evse_id: str) -> str | None:
        """The CSO whose operator id an EVSE ID begins with, or a CSP that operates under it, or
        None.
        """
        return self._operators.get(party_of(evse_id))

    def foreign_evse(self, evse_ids: Iterable[str], visited_cso: str) -> str | None:
        """The operator of the first EVSE that another than a visited-CSO operates, or None."""
        for evse_id in evse_ids:
            operator = self.operator(evse_id)
            if operator not in (None, visited_cso):
                return operator
        return None

    def graph(self, edition: Edition) -> "nx.Graph[str]":
        """The network as a graph for drawing, blocks spread out: nodes have `kind`, edges
        `interface` and `scope`.
        """
        import networkx as nx  # only who draws pays for it

        graph: nx.Graph[str] = nx.Graph()
        for entity in self.entities:
            graph.add_node(entity.id, kind=str(entity.kind), name=entity.name or entity.id)
        for block in self.links:
            for one, other in product(block.left, block.right):
                if one != other:
                    graph.add_edge(one, other, **self._looks(edition, one, other))
        return graph

    def _looks(self, edition: Edition, one: str, other: str) -> Mapping[str, str]:
        """How a graph shows the link between two entities."""
        row = interface_between(edition, self.by_id[one].kind, self.by_id[other].kind)
        if row is None:
            return {"interface": "", "scope": ""}
        return {"interface": row.id, "scope": str(row.scope)}


def _sides_by_name(blocks: tuple[Block, ...]) -> Mapping[str, Sides]:
    lefts: dict[str, set[int]] = {}
    rights: dict[str, set[int]] = {}
    for number, block in enumerate(blocks):
        for name in block.left:
            lefts.setdefault(name, set()).add(number)
        for name in block.right:
            rights.setdefault(name, set()).add(number)
    sides: dict[str, Sides] = {}
    for name in {**lefts, **rights}:
        sides[name] = frozenset(lefts.get(name, ())), frozenset(rights.get(name, ()))
    return sides


def _are_joined(sides: Mapping[str, Sides], one: str, other: str) -> bool:
    left, right = sides.get(one, NOWHERE)
    other_left, other_right = sides.get(other, NOWHERE)
    return not (left.isdisjoint(other_right) and right.isdisjoint(other_left))


@cache
def interface_between(edition: Edition, one: Kind, other: Kind) -> InterfaceRow | None:
    """The interface between two kinds of node, whichever comes first, or None where the edition
    has none.

    >>> from refimpl.edition import load
    >>> interface_between(load("2025"), Kind.CSO, Kind.CSP).id
    'IF-2'
    """
    for row in edition.interfaces.values():
        if set(row.between) == {one, other}:
            return row
    return None


def interface_in_scope(edition: Edition, one: Kind, other: Kind, where: str) -> InterfaceRow:
    """Name the interface between two kinds of node; raises `Violation` NET-2 where there is
    none or it is out of scope.
    """
    row = interface_between(edition, one, other)
    if row is None:
        raise Violation("NET-2", f"{where}: {one} and {other}")
    if row.scope is Scope.OUT:
        raise Violation("NET-2", f"{where}: {one} and {other}, {row.id}")
    return row
