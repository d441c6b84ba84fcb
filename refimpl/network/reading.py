"""Networks as JSON files, and what each has to hold to.

Rules: NET-1, NET-2, NET-9.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from pydantic import ValidationError

from refimpl.edition import Edition
from refimpl.errors import Misuse
from refimpl.network.entities import Block, Network, interface_in_scope
from refimpl.shapes import first_fault, first_repeated
from refimpl.vocabulary import Kind


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
            interface_in_scope(edition, one, other, f"links.{number}")


def _check_names(network: Network, table: str, blocks: tuple[Block, ...]) -> None:
    for number, block in enumerate(blocks):
        for name in (*block.left, *block.right):
            if name not in network.by_id:
                raise Misuse("NET-1", f"{table}.{number}: entity {name!r}")
