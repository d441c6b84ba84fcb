"""Editions out of their files.

A file that says `extends` holds only what it changes: a row with a known id overrides the
fields it names, a row with a new id is added, a row with `removed = true` goes away, and each
says under which letter of the change list.

Rules: EDN-*.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from refimpl.edition.rows import REFERENCES, TABLES, Change, Edition, Row, Source, Table
from refimpl.errors import Misuse
from refimpl.shapes import first_fault

STANDARD: Final = Path(__file__).parents[1] / "standard"


def published() -> tuple[str, ...]:
    """The names of the editions the model holds, oldest first.

    >>> published()
    ('2019', '2025')
    """
    return tuple(sorted(path.stem for path in STANDARD.glob("*.toml")))


@cache
def load(name: str) -> Edition:
    """The published edition of that name; raises `Misuse` EDN-1 for one the model does not
    hold.

    >>> load("2025").minimum_tls
    '1.3'
    """
    if name not in published():
        raise Misuse("EDN-1", f"edition {name!r}, the model holds {' and '.join(published())}")
    return read_edition(STANDARD / f"{name}.toml")


def read_edition(path: Path) -> Edition:
    """The edition a file describes; what it extends lies beside it or is a published edition.

    Raises `Misuse`: EDN-1 for a file that cannot be read, EDN-2 for what is not TOML, EDN-3 for
    a row that does not fit its table, EDN-4 for a repeated id, EDN-5 for a reference to no row,
    EDN-6 for a cycle of `extends`.
    """
    return _read(path, ())


def _read(path: Path, trail: tuple[Path, ...]) -> Edition:
    if path.resolve() in trail:
        raise Misuse(
            "EDN-6", f"{path.name}, extends: leads back to itself through {trail[-1].name}"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Misuse("EDN-1", f"{path.name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Misuse("EDN-2", f"{path.name}: not UTF-8, byte {error.start}") from error
    return parse_edition(text, path, (*trail, path.resolve()))


def parse_edition(text: str, path: Path, trail: tuple[Path, ...] = ()) -> Edition:
    """The edition a TOML text describes; `path` is where it lies, for `extends` and errors.
    Raises as `read_edition` does.
    """
    file = path.name
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for too long a number, too deep a nest
        raise Misuse("EDN-2", f"{file}: {error}") from error
    head = _Head.of(document, file)
    parent = None
    if head.extends is not None:
        parent = _read(_beside(path, head.extends), trail)
    edition = _assemble(head, document, parent, file)
    for place, reference in _dangling(edition):
        raise Misuse("EDN-5", f"{file} {place}: no row {reference!r}")
    return edition


class _Head(NamedTuple):
    """What stands above the tables of a file."""

    edition: str
    title: str
    extends: str | None

    @classmethod
    def of(cls, document: dict[str, object], file: str) -> "_Head":
        """Take the head off a document and see that nothing but tables is left."""
        edition, title, extends = (document.pop(key, None) for key in cls._fields)
        if (
            not isinstance(edition, str)
            or not isinstance(title, str)
            or not isinstance(extends, str | None)
        ):
            raise Misuse(
                "EDN-3", f"{file}: edition and title must be texts, and extends if it is there"
            )
        for unknown in sorted(document.keys() - TABLES.keys()):
            raise Misuse("EDN-3", f"{file}: unknown key {unknown!r}")
        return cls(edition, title, extends)


def _beside(path: Path, extends: str) -> Path:
    if "\0" in extends:
        raise Misuse("EDN-1", f"{path.name}, extends: {extends!r} names no file")
    near = path.parent / f"{extends}.toml"
    try:
        return near if near.exists() else STANDARD / near.name
    except OSError as error:  # a name may be too long to look for
        raise Misuse("EDN-1", f"{path.name}, extends: {error.strerror}") from error


def _assemble(
    head: _Head, document: dict[str, object], parent: Edition | None, file: str
) -> Edition:
    """Put the rows of a file over those of the edition it extends."""
    removed = dict(parent.removed) if parent else {}
    fields: dict[str, Any] = {}
    for table in TABLES.values():
        rows = dict(parent.table(table.name)) if parent else {}
        place = f"{file} [[{table.name}]]"
        for entry in _entries(document.get(table.name, []), place):
            _check_change(entry, table, parent, place)
            _lay_over(rows, removed, entry, table, place)
        fields[table.field] = MappingProxyType(rows)
    return Edition(
        head.edition, head.title, head.extends, **fields, removed=MappingProxyType(removed)
    )


Entry = dict[str, Any]
"""A row as it stands in a file."""


def _entries(new: object, place: str) -> Iterator[Entry]:
    """Each row of a table in a file, once it is known to have an id of its own."""
    if not isinstance(new, list):
        raise Misuse("EDN-3", f"{place}: must be an array of tables")
    seen: set[str] = set()
    for number, entry in enumerate(new, 1):
        row_id = entry.get("id") if isinstance(entry, dict) else None
        if not isinstance(row_id, str):
            raise Misuse("EDN-3", f"{place} row {number}: id must be a text")
        if row_id in seen:
            raise Misuse("EDN-4", f"{place} {row_id}: id is used twice")
        seen.add(row_id)
        yield entry


def _check_change(entry: Entry, table: Table, parent: Edition | None, place: str) -> None:
    """That a row of a file that extends another says under which change it comes."""
    needed = parent is not None and table.shape not in (Source, Change)
    if needed and "change" not in entry:
        raise Misuse(
            "EDN-3",
            f"{place} {entry['id']}: "
            "an edition that extends another names the change of each row",
        )


def _lay_over(
    rows: dict[str, Row | Source],
    removed: dict[tuple[str, str], str],
    entry: Entry,
    table: Table,
    place: str,
) -> None:
    """Add, override or take out one row."""
    row_id = entry["id"]
    if entry.get("removed") is True:
        if rows.pop(row_id, None) is None:
            raise Misuse("EDN-5", f"{place} {row_id}: no such row to remove")
        removed[table.name, row_id] = str(entry.get("change"))
        return
    before = rows[row_id].model_dump(exclude_unset=True) if row_id in rows else {}
    try:
        rows[row_id] = table.shape.model_validate(before | entry)
    except ValidationError as error:
        fault = first_fault(error)
        raise Misuse("EDN-3", f"{place} {row_id}, {fault.place}: {fault.says}") from error


def _dangling(edition: Edition) -> Iterator[tuple[str, str]]:
    """Each place at which an id stands that no row has, and the id."""
    for table, field, targets in REFERENCES:
        known = {row_id for target in targets for row_id in edition.table(target)}
        for row in edition.table(table).values():
            for reference in _ids(getattr(row, field)):
                if reference not in known:
                    yield f"[[{table}]] {row.id}, {field}", reference
    for table in TABLES:
        for row in edition.table(table).values():
            for part in row.source.split(";") if isinstance(row, Row) else ():
                if (key := part.partition(":")[0].strip()) not in edition.sources:
                    yield f"[[{table}]] {row.id}, source", key


def _ids(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """The ids that a field holds: one, some or none."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
