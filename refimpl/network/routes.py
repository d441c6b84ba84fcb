"""The route of an exchange and the way of a message, read off the mode of the edition.

Rules: NET-1 to NET-8, NET-10.
"""

from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

from refimpl.edition import Edition, ExchangeRow
from refimpl.errors import Misuse, Violation
from refimpl.messages import Said, exchange_of
from refimpl.network.entities import Network, RoamingEntity, interface_in_scope
from refimpl.vocabulary import Kind

MOST_WAYS: Final = 10_000
"""How many ways a network remembers, in some 3 megabytes: one for each kind of message to and
from hundreds of partners.
"""


@dataclass(frozen=True, slots=True)
class Hop:
    """One leg of a route: from endpoint to endpoint over an interface."""

    sender: str
    receiver: str
    interface: str


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
    >>> from refimpl.network import Block
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
    interface_in_scope(edition, ends[0].kind, ends[1].kind, pair)
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
    row = interface_in_scope(edition, *kinds, f"{one} to {other}")
    if not network.linked(one, other):
        raise Violation("NET-4", f"{one} to {other}")
    return Hop(one, other, row.id)
