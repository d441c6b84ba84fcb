"""What is odd about a row of a draft, though nothing is wrong with it: it sets what holds
already, or it is a mode that leads where another does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from refimpl.edition import TABLES, Edition, ModeRow
from refimpl.lab.amended_rows import STEP, RowChange
from refimpl.session import table_of

HOLDS_ALREADY: Final = "sets what holds already"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is odd about a row of a draft."""

    table: str
    id: str
    says: str


def remarks_on(
    before: Edition, after: Edition, rows: tuple[RowChange, ...]
) -> tuple[Remark, ...]:
    """Find what is odd about the rows that a draft names.

    >>> from refimpl.edition import load
    >>> remarks_on(load("2025"), load("2025"), ())
    ()
    """
    changed = {(one.table, one.id) for one in rows}
    found = [*_rows_that_hold(before, after), *_steps_that_hold(before, after)]
    told = [Remark(*key, HOLDS_ALREADY) for key in found if key not in changed]
    return (*told, *_modes_alike(after, rows))


def _rows_that_hold(before: Edition, after: Edition) -> Iterator[tuple[str, str]]:
    """Each row that both have, and that is there under another change."""
    for table in (name for name in TABLES if name != STEP):
        old = before.table(table)
        for row_id, row in after.table(table).items():
            if row_id in old and row.change != old[row_id].change:
                yield table, row_id


def _steps_that_hold(before: Edition, after: Edition) -> Iterator[tuple[str, str]]:
    known = table_of(before).steps
    for row_id, row in after.steps.items():
        if row_id in known and row is not before.steps.get(row_id):
            yield STEP, row_id


def _modes_alike(after: Edition, rows: tuple[RowChange, ...]) -> Iterator[Remark]:
    """Each mode that is added or altered, and leads every exchange as another does."""
    for one in rows:
        if one.table != "mode" or one.how == "removed":
            continue
        for other in after.modes.values():
            own = after.modes[one.id]
            if other is not own and _paths(after, other) == _paths(after, own):
                yield Remark("mode", one.id, f"its path is that of the mode {other.id}")


def _paths(edition: Edition, mode: ModeRow) -> list[tuple[str, ...]]:
    """The path of each exchange that the model plays."""
    return [mode.path_of(row.id) for row in edition.exchanges.values() if row.modelled]
