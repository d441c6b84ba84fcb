"""Editions out of their files.

A file that says `extends` holds only what it changes: a row with a known id overrides the
fields it names, a row with a new id is added, a row with `removed = true` goes away, and each
says under which letter of the change list.

Rules: EDN-*.
"""

import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from refimpl.edition.faults import FileFault, line_in_words, near
from refimpl.edition.rows import (
    REFERENCES,
    TABLES,
    Change,
    Edition,
    Row,
    Source,
    StepRow,
    Table,
)
from refimpl.edition.switches import why_not
from refimpl.errors import Misuse
from refimpl.shapes import faults_of

REQUIRED: Final = "Field required"
"""What is said of a row that lacks a field."""
LIKE: Final = 0.8
"""How like another a new id is that may be a slip of it."""
NAMES_NO_CHANGE: Final = "an edition that extends another names the change of each row"
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
    Raises as `read_edition` does, for the first thing that is wrong.
    """
    read = read_text(text, path, trail)
    if read.faults:
        raise read.faults[0].error()
    assert read.edition is not None
    return read.edition


class Read(NamedTuple):
    """What came of reading a text: the edition of all rows that fit, and everything that is
    wrong; no edition where there is no telling what it extends.
    """

    edition: Edition | None
    faults: tuple[FileFault, ...] = ()


def read_text(text: str, path: Path, trail: tuple[Path, ...] = ()) -> Read:
    r"""Read a TOML text that describes an edition, and find everything that is wrong with it.

    >>> text = 'edition = "x"\ntitle = "X"\n[[mode]]\nid = "relay"\nlabel = 7\n'
    >>> for fault in read_text(text, Path("x.toml")).faults[:2]:
    ...     print(fault.line, fault.where)
    3 x.toml [[mode]] relay, basis: Field required
    3 x.toml [[mode]] relay, source: Field required
    """
    read = _read_text(text, path, trail)
    return Read(read.edition, tuple(fault.in_text(text) for fault in read.faults))


def _read_text(text: str, path: Path, trail: tuple[Path, ...]) -> Read:
    file = path.name
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # also for too long a number, too deep a nest
        line = line_in_words(str(error))
        return Read(None, (FileFault("EDN-2", file, str(error), line=line),))
    head, faults = _head_of(document, file)
    if head is None:
        return Read(None, faults)
    parent = None
    if head.extends is not None:
        try:
            parent = _parent(_beside(path, head.extends), trail)
        except Misuse as error:
            return Read(None, (*faults, _fault_of_parent(error, file)))
    edition, of_rows, refused = _assemble(head, document, parent, file)
    return Read(edition, (*faults, *of_rows, *_dangling(edition, file, refused)))


def _parent(path: Path, trail: tuple[Path, ...]) -> Edition:
    """The edition that another extends; a published one is read once."""
    if path.parent == STANDARD and path.stem in published() and path.resolve() not in trail:
        return load(path.stem)
    return _read(path, trail)


def _fault_of_parent(error: Misuse, file: str) -> FileFault:
    """What is wrong with the edition that a file extends, or with its naming it."""
    own = error.where.removeprefix(f"{file}, extends: ")
    return FileFault(error.rule_id, file, own, field="extends", key="extends")


class _Head(NamedTuple):
    """What stands above the tables of a file."""

    edition: str
    title: str
    extends: str | None


def _head_of(
    document: dict[str, object], file: str
) -> tuple[_Head | None, tuple[FileFault, ...]]:
    """Take the head off a document and see that nothing but tables is left."""
    edition, title, extends = (document.pop(key, None) for key in _Head._fields)
    if (
        not isinstance(edition, str)
        or not isinstance(title, str)
        or not isinstance(extends, str | None)
    ):
        says = "edition and title must be texts, and extends if it is there"
        return None, (FileFault("EDN-3", file, says), *_unknown_keys(document, file))
    return _Head(edition, title, extends), tuple(_unknown_keys(document, file))


def _unknown_keys(document: dict[str, object], file: str) -> Iterator[FileFault]:
    """Each key at the head of a file that is none."""
    for key in sorted(document.keys() - TABLES.keys()):
        says = f"unknown key {key!r}{near(key, [*TABLES, *_Head._fields])}"
        yield FileFault("EDN-3", file, says, key=key)


def _beside(path: Path, extends: str) -> Path:
    if "\0" in extends:
        raise Misuse("EDN-1", f"{path.name}, extends: {extends!r} names no file")
    beside = path.parent / f"{extends}.toml"
    of_ours = STANDARD / beside.name
    try:
        if beside.exists():
            return beside
        if of_ours.exists():
            return of_ours
    except OSError as error:  # a name may be too long to look for
        raise Misuse("EDN-1", f"{path.name}, extends: {error.strerror}") from error
    held = " and ".join(published())
    says = f"no edition {extends!r}; the model holds {held}, and beside this file"
    raise Misuse("EDN-1", f"{path.name}, extends: {says} is no {beside.name}")


Entry = dict[str, Any]
"""A row as it stands in a file."""
Refused = dict[tuple[str, str], Entry]
"""The rows of a file that do not fit, by table and id, without the fields that are wrong."""


def _assemble(
    head: _Head, document: dict[str, object], parent: Edition | None, file: str
) -> tuple[Edition, list[FileFault], Refused]:
    """Put the rows of a file over those of the edition it extends, and tell which do not
    fit.
    """
    removed = dict(parent.removed) if parent else {}
    faults: list[FileFault] = []
    refused: Refused = {}
    fields: dict[str, Any] = {}
    for table in TABLES.values():
        rows = dict(parent.table(table.name)) if parent else {}
        place = FileFault("EDN-3", file, "", table=table.name)
        for here, entry in _entries(document.get(table.name, []), place, faults):
            if _lacks_change(entry, table, parent):
                faults.append(here._replace(says=NAMES_NO_CHANGE))
            found = list(_lay_over(rows, removed, entry, table, here))
            faults += found
            if found:
                wrong = {fault.field for fault in found}
                fitting = {name: held for name, held in entry.items() if name not in wrong}
                refused[table.name, entry["id"]] = fitting
        fields[table.field] = MappingProxyType(rows)
    edition = Edition(
        head.edition, head.title, head.extends, **fields, removed=MappingProxyType(removed)
    )
    return edition, [*faults, *_kept_on(edition, file)], refused


def _entries(
    new: object, place: FileFault, faults: list[FileFault]
) -> Iterator[tuple[FileFault, Entry]]:
    """Each row of a table in a file with its place, once it is known to have an id of its
    own.
    """
    if not isinstance(new, list):
        faults.append(place._replace(says="must be an array of tables"))
        return
    seen: dict[str, int] = {}
    for number, entry in enumerate(new, 1):
        row_id = entry.get("id") if isinstance(entry, dict) else None
        here = place._replace(row=f"row {number}", number=number)
        if not isinstance(row_id, str):
            faults.append(here._replace(says="id must be a text"))
        elif row_id in seen:
            twice = here._replace(rule="EDN-4", row=row_id, first=seen[row_id])
            faults.append(twice._replace(says="id is used twice"))
        else:
            seen[row_id] = number
            yield here._replace(row=row_id), entry


def _lacks_change(entry: Entry, table: Table, parent: Edition | None) -> bool:
    """Whether a row of a file that extends another does not say under which change it comes."""
    needed = parent is not None and table.shape not in (Source, Change)
    return needed and "change" not in entry


def _lay_over(
    rows: dict[str, Row | Source],
    removed: dict[tuple[str, str], str],
    entry: Entry,
    table: Table,
    here: FileFault,
) -> Iterator[FileFault]:
    """Add, override or take out one row; tell what does not fit."""
    row_id = entry["id"]
    # A step that is taken out is a row of the model, not of an edition: the row says so itself.
    if entry.get("removed") is True and table.shape is not StepRow:
        if rows.pop(row_id, None) is None:
            yield here._replace(rule="EDN-5", says="no such row to remove")
        removed[table.name, row_id] = str(entry.get("change"))
        return
    before = rows[row_id].model_dump(exclude_unset=True) if row_id in rows else {}
    meant = "" if before else near(row_id, rows, LIKE)
    try:
        rows[row_id] = table.shape.model_validate(before | entry)
    except ValidationError as error:
        lacks = []
        for fault in faults_of(error):
            if meant and fault.says == REQUIRED:
                lacks.append(fault.place)
            else:
                yield here._replace(field=fault.place, says=fault.says)
        if lacks:
            says = f"no row {row_id!r}{meant} A new one would lack {', '.join(lacks)}"
            yield here._replace(rule="EDN-5", field="id", says=says)


def _kept_on(edition: Edition, file: str) -> Iterator[FileFault]:
    """Each rule that is switched off and cannot be, with the reason."""
    for rule in edition.rules.values():
        reason = why_not(rule.id) if rule.off else ""
        if reason:
            says = f"{rule.id} cannot be switched off: {reason}"
            yield FileFault("EDN-3", file, says, "rule", rule.id, "off")


def _dangling(edition: Edition, file: str, refused: Refused) -> Iterator[FileFault]:
    """Each place at which an id stands that no row has, those of the `refused` rows, too."""
    for table, field, targets in REFERENCES:
        known = {row_id for target in targets for row_id in edition.table(target)}
        known |= {row_id for target, row_id in refused if target in targets}
        held = [(row.id, getattr(row, field)) for row in edition.table(table).values()]
        for (of_table, row_id), entry in refused.items():
            if of_table == table:
                held.append((row_id, entry.get(field)))
        for row_id, value in held:
            for reference in _ids(value):
                if reference not in known:
                    place = FileFault("", file, "", table, row_id, field)
                    yield _no_row(reference, known, place)
    yield from _dangling_sources(edition, file)


def _dangling_sources(edition: Edition, file: str) -> Iterator[FileFault]:
    for table in TABLES:
        for row in edition.table(table).values():
            place = FileFault("", file, "", table, row.id, "source")
            for part in row.source.split(";") if isinstance(row, Row) else ():
                key = part.partition(":")[0].strip()
                if key not in edition.sources:
                    yield _no_row(key, edition.sources, place)


def _no_row(reference: str, known: Iterable[str], place: FileFault) -> FileFault:
    says = f"no row {reference!r}{near(reference, known)}"
    return place._replace(rule="EDN-5", says=says)


def _ids(value: object) -> tuple[str, ...]:
    """The ids that a field holds: one, some or none."""
    match value:
        case str():
            return (value,)
        case tuple() | list():
            return tuple(one for one in value if isinstance(one, str))
    return ()
