"""Protocols without a converter: their tables say what they have and which of ours is nearest.

Rules: XWK-10.
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import NamedTuple

from refimpl.crosswalk.carrying import Giving, Taking
from refimpl.crosswalk.kinds import Kind, Protocol
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Card, Field, Pair, by_hand


class Rows(NamedTuple):
    """The tables of one kind of object: what it is called here and there, and what it makes."""

    name: str
    word: str
    exchange: str
    makes: str
    fields: tuple[Field, ...]
    pairs: tuple[Pair, ...]


def tables_only(protocol: str, title: str, column: str, rows: Iterable[Rows]) -> Protocol:
    """Make a protocol whose objects are told of and not carried."""
    kinds = [_kind(row._replace(fields=_with_objects(row.fields)), title) for row in rows]
    types = {field.type for kind in kinds for field in kind.fields}
    return Protocol(
        id=protocol,
        title=title,
        column=column,
        types=MappingProxyType(dict.fromkeys(types, _any_value)),
        kinds=MappingProxyType({kind.name: kind for kind in kinds}),
        converts=False,
    )


def _with_objects(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The same fields, each object that a path goes through before what it holds."""
    found: dict[str, Field] = {}
    for field in fields:
        steps = field.path.split(".")
        for length in range(1, len(steps)):
            path = ".".join(steps[:length])
            card: Card = "*" if path.endswith("[]") else "?"
            found.setdefault(path, Field(path, "object", card, field.source))
        found[field.path] = field
    return tuple(found.values())


def _kind(row: Rows, title: str) -> Kind:
    def compose(_taking: Taking) -> None:
        raise Refused("XWK-10", "", f"of {title} there are tables and no converter")

    def spread(_giving: Giving) -> None:
        """Write nothing."""

    return Kind(
        name=row.name,
        word=row.word,
        exchange=row.exchange,
        makes=row.makes,
        told_by=(),
        fields=row.fields,
        pairs=by_hand(*row.pairs),
        leftovers=(),
        checks=(),
        compose=compose,
        spread=spread,
    )


def _any_value(_value: Json) -> str:
    return ""
