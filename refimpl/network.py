"""Roaming entities, the links between their endpoints and the agreements between them; the way
an exchange takes.

A link or agreement is a block: everyone on its left with everyone on its right.  A thousand
CSPs that may reach five thousand CSOs are one block of six thousand names, never five million
links, and a route is read off the edition's mode, not searched for.

Rules: NET-*.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, ValidationError

from refimpl.edition import Edition, ExchangeRow, InterfaceRow
from refimpl.errors import Misuse, Violation
from refimpl.identifiers import party_of
from refimpl.messages import Said, exchange_of
from refimpl.shapes import Name, Shape, Text, first_fault, first_repeated
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


@dataclass(frozen=True, slots=True)
class Hop:
    """One leg of a route: from endpoint to endpoint over an interface."""

    sender: str
    receiver: str
    interface: str


Sides = tuple[frozenset[int], frozenset[int]]
"""The numbers of the blocks that an entity stands in: on the left, on the right."""
NOWHERE: Final[Sides] = (frozenset(), frozenset())
WayKey = tuple[Edition, str, str, str, str]
"""What a way depends on: the edition, the mode, both ends, and the kind of message."""
MOST_WAYS: Final = 10_000
"""How many ways a network remembers, in some 3 megabytes: one for each kind of message to and
from hundreds of partners.
"""


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
    def _by_party_id(self) -> Mapping[tuple[Kind, str], str]:
        """Each entity by what it is and its party ids: provider ids and operator ids are two
        name spaces.
        """
        found = {}
        for entity in self.entities:
            for party_id in entity.party_ids:
                found[entity.kind, party_id] = entity.id
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
        return self._by_party_id.get((Kind.CSP, party_of(emaid)))

    def operator(self, evse_id: str) -> str | None:
        """The CSO whose operator id an EVSE ID begins with, or a CSP that operates under it, or
        None.
        """
        party_id = party_of(evse_id)
        for kind in (Kind.CSO, Kind.CSP):
            if found := self._by_party_id.get((kind, party_id)):
                return found
        return None

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


def parse_network(raw: str | bytes, edition: Edition) -> Network:
    """The network a JSON text describes, checked against an edition.

    Raises `Misuse` NET-9 for what has not the shape of a network or repeats a member, an id or
    a party id, NET-1 for a name without an entity, and `Violation` NET-2 for a link that is out
    of scope.
    """
    try:
        repeated = first_repeated(raw)
        network = Network.model_validate_json(raw)
    except ValidationError as error:
        fault = first_fault(error)
        raise Misuse("NET-9", f"{fault.place or 'network'}: {fault.says}") from error
    except (ValueError, RecursionError) as error:
        raise Misuse("NET-9", f"not JSON: {error}") from error
    if repeated is not None:
        raise Misuse("NET-9", f"member {repeated!r} stands twice")
    check_network(network, edition)
    return network


def _repeated(names: Iterable[str]) -> Iterator[str]:
    before: set[str] = set()
    for name in names:
        if name in before:
            yield name
        before.add(name)


def check_network(network: Network, edition: Edition) -> None:
    """That every name and party id has one entity and every link an interface in scope; raises
    as `parse_network` does.
    """
    ids: list[str] = []
    party_ids: dict[Kind, list[str]] = {}
    for entity in network.entities:
        ids.append(entity.id)
        party_ids.setdefault(entity.kind, []).extend(entity.party_ids)
    for names in (ids, *party_ids.values()):
        for name in _repeated(names):
            raise Misuse("NET-9", f"entities: {name!r} stands twice")
    _check_names(network, "agreements", network.agreements)
    _check_names(network, "links", network.links)
    for number, block in enumerate(network.links):
        left = {network.by_id[name].kind for name in block.left}
        right = {network.by_id[name].kind for name in block.right}
        for one, other in sorted(product(left, right)):
            _interface_in_scope(edition, one, other, f"links.{number}")


def _check_names(network: Network, table: str, blocks: tuple[Block, ...]) -> None:
    for number, block in enumerate(blocks):
        for name in (*block.left, *block.right):
            if name not in network.by_id:
                raise Misuse("NET-1", f"{table}.{number}: entity {name!r}")


def _interface_in_scope(edition: Edition, one: Kind, other: Kind, where: str) -> InterfaceRow:
    row = interface_between(edition, one, other)
    if row is None:
        raise Violation("NET-2", f"{where}: {one} and {other}")
    if row.scope is Scope.OUT:
        raise Violation("NET-2", f"{where}: {one} and {other}, {row.id}")
    return row


def route(
    network: Network, edition: Edition, mode: str, sender: str, receiver: str, exchange: str
) -> tuple[Hop, ...]:
    """The hops an exchange takes from the entity that produces it to the entity that consumes
    it.

    A clearing house at either end speaks for the far side, and the exchange is one hop.  Raises
    the first that applies, in this order: `Misuse` NET-6 for a mode and `Violation` NET-8 for
    an exchange the edition has not, `Misuse` NET-1 for an entity that is not there, `Violation`
    NET-10 for an entity with itself, NET-2 for a pair out of scope, NET-3 for roles that do not
    fit, NET-7 where a clearing house is missing, NET-4 where a link is, NET-5 where an
    agreement is.

    >>> from refimpl.edition import load
    >>> kinds = {"a": "csp", "b": "cso", "c": "clearing-house"}
    >>> net = Network(entities=tuple(RoamingEntity(id=a, kind=b) for a, b in kinds.items()),
    ...               links=(Block(left=("c",), right=("a", "b")),),
    ...               agreements=(Block(left=("a",), right=("b",)),))
    >>> hops = route(net, load("2025"), "clearing-house", "b", "a", "authorization")
    >>> [f"{hop.sender} {hop.interface} {hop.receiver}" for hop in hops]
    ['b IF-4 c', 'c IF-3 a']
    """
    if mode not in edition.modes:
        raise Misuse(
            "NET-6", f"mode {mode!r}, edition {edition.id} has {', '.join(edition.modes)}"
        )
    if exchange not in edition.exchanges or not edition.exchanges[exchange].modelled:
        raise Violation("NET-8", f"exchange {exchange!r}, edition {edition.id}")
    ends = network.entity(sender), network.entity(receiver)
    pair = f"{sender} to {receiver}"
    if sender == receiver:
        raise Violation("NET-10", pair)
    _interface_in_scope(edition, ends[0].kind, ends[1].kind, pair)
    _check_roles(edition, ends, edition.exchanges[exchange])
    names = _endpoints_passed(network, edition, mode, sender, receiver, exchange)
    hops = tuple(_hop_between(network, edition, one, other) for one, other in pairwise(names))
    to_or_from_house = Kind.CLEARING_HOUSE in (ends[0].kind, ends[1].kind)
    if not to_or_from_house and not network.agreed(sender, receiver):
        raise Violation("NET-5", pair)
    return hops


def _check_roles(
    edition: Edition, ends: tuple[RoamingEntity, RoamingEntity], row: ExchangeRow
) -> None:
    """That one entity may be the producer and the other the consumer, in a mutual exchange
    either way round.
    """
    misfit = _misfit(edition, ends, row)
    if misfit and row.mutual and _misfit(edition, ends[::-1], row) is None:
        return
    if misfit:
        raise Violation("NET-3", misfit)


def _misfit(edition: Edition, ends: tuple[RoamingEntity, ...], row: ExchangeRow) -> str | None:
    for entity, role in zip(ends, (row.producer, row.consumer), strict=True):
        if entity.kind not in (*edition.roles[role].played_by, Kind.CLEARING_HOUSE):
            return f"{entity.id} as {role} of {row.id}"
    return None


def way(
    network: Network, edition: Edition, mode: str, sender: str, receiver: str, message: Said
) -> tuple[str, ...]:
    """The entities a question or notice passes, from the one that says it to the one it is for,
    both included.

    It is the route of its exchange, backwards for a message that goes from the consumer to the
    producer.  A way once found is remembered.  Raises as `route` does.
    """
    key = (edition, mode, sender, receiver, message.kind)
    names = network.known_ways.get(key)
    if names is None:
        names = _find_way(network, edition, mode, sender, receiver, message)
        if len(network.known_ways) >= MOST_WAYS:
            network.known_ways.clear()
        network.known_ways[key] = names
    return names


def _find_way(
    network: Network, edition: Edition, mode: str, sender: str, receiver: str, message: Said
) -> tuple[str, ...]:
    exchange = exchange_of(message, edition) or message.kind
    row = edition.exchanges.get(exchange)
    back = row is not None and message.kind in row.returned
    if back:
        sender, receiver = receiver, sender
    hops = route(network, edition, mode, sender, receiver, exchange)
    names = (hops[0].sender, *(hop.receiver for hop in hops))
    return names[::-1] if back else names


def _endpoints_passed(
    network: Network, edition: Edition, mode: str, sender: str, receiver: str, exchange: str
) -> tuple[str, ...]:
    """The endpoints an exchange passes, both ends included, as the mode's path says."""
    through = edition.modes[mode].path_of(exchange).count("clearing-house")
    kinds = (network.by_id[sender].kind, network.by_id[receiver].kind)
    if not through or Kind.CLEARING_HOUSE in kinds:
        return sender, receiver
    ours, theirs = network.houses(sender), network.houses(receiver)
    for entity, houses in ((sender, ours), (receiver, theirs)):
        if not houses:
            raise Violation("NET-7", entity)
    for house in ours:
        if house in theirs:
            return sender, house, receiver
    if through == 1:
        raise Violation("NET-7", f"{sender} and {receiver} share none")
    for one, other in product(ours, theirs):
        if network.linked(one, other):
            return sender, one, other, receiver
    return sender, ours[0], theirs[0], receiver


def _hop_between(network: Network, edition: Edition, one: str, other: str) -> Hop:
    kinds = network.by_id[one].kind, network.by_id[other].kind
    row = _interface_in_scope(edition, *kinds, f"{one} to {other}")
    if not network.linked(one, other):
        raise Violation("NET-4", f"{one} to {other}")
    return Hop(one, other, row.id)
