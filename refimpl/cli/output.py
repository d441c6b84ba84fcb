"""How a command answers: tables for people, or one JSON document for programs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from refimpl.cli.ending import plain, print_json
from refimpl.edition import PROVENANCE

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.progress import Progress


class Table(NamedTuple):
    """A title, the heads of the columns if there are any, and the rows."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


def table_of(title: str, rows: Sequence[Mapping[str, object]]) -> Table:
    """A table whose heads are the keys of its rows."""
    heads = list(rows[0]) if rows else []
    return Table(title, heads, [list(row.values()) for row in rows])


def as_data(row: "BaseModel") -> dict[str, object]:
    """A row of an edition as JSON data, without what it leaves open."""
    return row.model_dump(mode="json", exclude_none=True)


def show(as_json: bool, data: object, *tables: Table) -> None:
    """Print the data as JSON, or the tables."""
    if as_json:
        print_json(data)
        return
    from refimpl.cli.tables import print_table

    for table in tables:
        rows = [[plain(in_words(cell)) for cell in row] for row in table.rows]
        print_table(plain(table.title), table.heads, rows)


def in_words(value: object) -> str:
    """A value as it stands in a table."""
    match value:
        case None:
            return "-"
        case Mapping():  # a row of an edition, or counts
            says = value.get("says") or value.get("means")
            if says:
                return str(says)
            names = value.keys() - PROVENANCE - {"id", "basis"}
            return "; ".join(f"{name} {value[name]}" for name in sorted(names)) or "-"
        case list():
            return ", ".join(map(in_words, value)) or "-"
    return str(value)


def progress_bar() -> "Progress":
    """A bar on stderr, and only where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)
