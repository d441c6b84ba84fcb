"""Two editions side by side: every field in which they differ, and the change that accounts for
it.

Rows are compared by what they say; where they come from may differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from refimpl.edition.rows import TABLES, Edition, Row, Source, Table

PROVENANCE: Final = frozenset({"source", "because", "change"})
"""The fields that say where a row comes from; editions are compared in the others."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two editions differ; `before` is None for an added row, `after` None
    for a removed one.
    """

    table: str
    id: str
    field: str
    before: object
    after: object
    change: str | None


def compare(before: Edition, after: Edition) -> tuple[Difference, ...]:
    """Every field in which two editions differ, table by table, row by row, with the change
    that accounts for it.

    >>> from refimpl.edition import load
    >>> found = compare(load("2019"), load("2025"))
    >>> [one.after for one in found if (one.table, one.field) == ("protocol", "minimum")]
    ['1.3']
    """
    found: list[Difference] = []
    for table in TABLES.values():
        old, new = before.table(table.name), after.table(table.name)
        for row_id, left in old.items():
            if row_id in new:
                found += _changed_fields(table, left, new[row_id])
            else:
                change = after.removed.get((table.name, row_id), left.change)
                found.append(Difference(table.name, row_id, "", left, None, change))
        for row_id, right in new.items():
            if row_id not in old:
                found.append(Difference(table.name, row_id, "", None, right, right.change))
    return tuple(found)


def _changed_fields(
    table: Table, left: Row | Source, right: Row | Source
) -> Iterator[Difference]:
    for field in table.shape.model_fields:
        before, after = getattr(left, field), getattr(right, field)
        if before != after and field not in PROVENANCE:
            yield Difference(table.name, right.id, field, before, after, right.change)
