"""The family `routing`: the way of an exchange through a network, and which file is one."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from refimpl import network
from refimpl.edition import Edition, load
from refimpl.network import Network
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, set_each
from refimpl.vectors.families import messages
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json

WAY: Final = "NET-1 NET-2 NET-3 NET-4 NET-5 NET-7 NET-10"
"""The rules by which there may be no way."""


def _read_network(edition: Edition, context: Json, given: Json) -> Expect:
    read = network.parse_network(given["text"], edition)
    return accepted({"entities": [entity.id for entity in read.entities]})


def _route(edition: Edition, context: Json, given: Json) -> Expect:
    hops = network.route(
        network_of(context),
        edition,
        given["mode"],
        given["sender"],
        given["receiver"],
        given["exchange"],
    )
    return accepted({"hops": [[hop.sender, hop.receiver, hop.interface] for hop in hops]})


def network_of(context: Json) -> Network:
    """Return the network that a context is."""
    return _network(canonical_json(context))


@cache
def _network(raw: bytes) -> Network:
    return Network.model_validate_json(raw)


def _route_edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """Another network, mode, end or exchange; also such as are none."""
    newest = load(corpus.editions[-1])
    entities = set()
    for context in corpus.contexts.values():
        entities |= {entity["id"] for entity in context["entities"]}
    values: dict[str, list[str]] = {
        "context": sorted(corpus.contexts),
        "input.mode": [*newest.modes, "mesh"],
        "input.sender": sorted(entities),
        "input.receiver": sorted(entities),
        "input.exchange": [*newest.exchanges, "weather"],
    }
    yield set_each(values)


OPERATIONS: Final = {
    "network.read": Operation(
        answer=_read_network, codes="NET-1 NET-2 NET-9", edits=messages.edit_members
    ),
    "network.route": Operation(answer=_route, codes=f"{WAY} NET-6 NET-8", edits=_route_edits),
}
