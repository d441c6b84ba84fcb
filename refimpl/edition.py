"""An edition of the standard as a value: load it, extend it, compare two.

An edition is a set of tables of rows.  Every row says its basis (stated, implied or chosen) and
its public source, so that a reader always knows how sure the model is.  A file that says
`extends` holds only what it changes: a row with a known id overrides the fields it names, a row
with a new id is added, a row with `removed = true` goes away, and each says under which letter
of its change list.  An amendment is one more such file.

Code asks an edition for a fact (`edition.minimum_tls`) and never asks which edition it is.

Rules: EDN-*.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from refimpl.errors import Misuse
from refimpl.vocabulary import Basis, Level, Scope

STANDARD: Final = Path(__file__).parent / "standard"

Text = Annotated[str, Field(min_length=1)]
Ids = tuple[Text, ...]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[int, Field(strict=True, ge=1)]


class Row(BaseModel):
    """One element of the standard: its id, how sure the model is of it, and the public source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Text
    basis: Basis
    source: Text
    because: Text | None = None
    clause: Text | None = None
    change: Text | None = None


class Source(BaseModel):
    """A public text that rows cite by its id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Text
    says: Text
    change: Text | None = None


class Change(Row):
    """One item of an edition's public change list, or of an amendment's."""

    says: Text


class Clause(Row):
    """A clause, figure or table of the standard, by number and title only."""

    title: Text
    title_fr: Text | None = None


class Term(Row):
    """A term in English and French with a working definition in the model's own words."""

    en: Text
    fr: Text | None = None
    abbreviation: Text | None = None
    means: Text


class RoleRow(Row):
    """A role within one service, and which kinds of entity play it."""

    term: Text
    label: Text
    played_by: Ids
    says: Text


class Landscape(Row):
    """A link between two kinds of node, and which neighbouring technologies cover it."""

    between: tuple[Text, Text]
    technologies: Ids
    says: Text


class Interface(Row):
    """A pair of kinds, and whether Part 1 covers what passes between them."""

    between: tuple[Text, Text]
    scope: Scope
    says: Text


class ModeRow(Row):
    """A roaming mode: the path of an exchange, and of those exchanges that are brokered where
    they differ.
    """

    label: Text
    extension: Flag
    path: tuple[Literal["producer", "clearing-house", "consumer"], ...]
    brokered: Ids = ()
    brokered_path: tuple[Literal["producer", "clearing-house", "consumer"], ...] = ()
    says: Text


class StrategyRow(Row):
    """How a clearing house answers an authorisation request, and who learns of the credential."""

    label: Text
    says: Text
    discloses: Text


class Exchange(Row):
    """One thing roaming entities tell or ask each other: who produces it, who consumes it, in
    which messages.

    `returned` are those of the messages that go back from the consumer to the producer.
    """

    number: Number
    label: Text
    producer: Text
    consumer: Text
    messages: Ids = ()
    returned: Ids = ()
    modelled: Flag = True
    rep_function: Flag = False
    says: Text


class Crosswalk(Row):
    """The words neighbouring protocols use for a role or an exchange; the only place they are
    named.
    """

    ocpi: Text | None = None
    oicp: Text | None = None
    ochp: Text | None = None
    emip: Text | None = None
    emi3: Text | None = None
    iso15118: Text | None = None


class Protocol(Row):
    """A layer of the protocol stack, numbered from the bottom, and the protocol in it."""

    layer: Number
    label: Text
    protocol: Text
    minimum: Text | None = None
    says: Text


class SuiteRow(Row):
    """A cipher suite that TLS 1.2 may be used with: its registered number, and the kinds of
    server key it takes.
    """

    number: Number
    keys: Ids


class ServiceRow(Row):
    """A service a user may receive, and the kind of detail record it leaves."""

    label: Text
    record: Text
    says: Text


class RecordRow(Row):
    """A kind of detail record."""

    label: Text
    term: Text
    says: Text


class Rule(Row):
    """What the model asks, in its own words; code, errors and vectors cite it by id."""

    says: Text
    level: Level
    exercised: Literal["vectors", "tests"] = "vectors"
    modelled: Flag = True


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition, whole: each table as a read-only mapping from row id to row, in file order.

    `removed` holds, by table and id, the change under which a row of an earlier edition was
    taken out.
    """

    id: str
    title: str
    extends: str | None
    sources: Mapping[str, Source]
    changes: Mapping[str, Change]
    clauses: Mapping[str, Clause]
    terms: Mapping[str, Term]
    roles: Mapping[str, RoleRow]
    landscape: Mapping[str, Landscape]
    interfaces: Mapping[str, Interface]
    modes: Mapping[str, ModeRow]
    strategies: Mapping[str, StrategyRow]
    services: Mapping[str, ServiceRow]
    records: Mapping[str, RecordRow]
    exchanges: Mapping[str, Exchange]
    crosswalk: Mapping[str, Crosswalk]
    protocols: Mapping[str, Protocol]
    suites: Mapping[str, SuiteRow]
    rules: Mapping[str, Rule]
    removed: Mapping[tuple[str, str], str]

    @property
    def minimum_tls(self) -> str | None:
        """The lowest TLS version an endpoint of this edition may offer, as `"1.2"`; None where
        no row says.
        """
        return self.protocols["tls"].minimum if "tls" in self.protocols else None

    def table(self, name: str) -> Mapping[str, Row | Source]:
        """One table by its name in the files, as `"rule"`."""
        return cast(Mapping[str, Row | Source], getattr(self, TABLES[name][0]))

    def __hash__(self) -> int:
        return hash((self.id, self.title))


# The name of a table in the files, the name of its mapping in an edition, the shape of its rows.
# fmt: off
TABLES: Final[Mapping[str, tuple[str, type[Row] | type[Source]]]] = MappingProxyType({
    "source":    ("sources",    Source),
    "change":    ("changes",    Change),
    "clause":    ("clauses",    Clause),
    "term":      ("terms",      Term),
    "role":      ("roles",      RoleRow),
    "landscape": ("landscape",  Landscape),
    "interface": ("interfaces", Interface),
    "mode":      ("modes",      ModeRow),
    "strategy":  ("strategies", StrategyRow),
    "service":   ("services",   ServiceRow),
    "record":    ("records",    RecordRow),
    "exchange":  ("exchanges",  Exchange),
    "crosswalk": ("crosswalk",  Crosswalk),
    "protocol":  ("protocols",  Protocol),
    "suite":     ("suites",     SuiteRow),
    "rule":      ("rules",      Rule),
})

# Fields that say where a row comes from; editions are compared in the others.
PROVENANCE: Final = frozenset({"source", "because", "change"})

# Which field of which table names rows of which tables.
REFERENCES: Final = (
    ("role",      "term",      ("term",)),
    ("role",      "played_by", ("term",)),
    ("landscape", "between",   ("term",)),
    ("interface", "between",   ("term",)),
    ("mode",      "brokered",  ("exchange",)),
    ("service",   "record",    ("record",)),
    ("record",    "term",      ("term",)),
    ("exchange",  "producer",  ("role",)),
    ("exchange",  "consumer",  ("role",)),
    ("crosswalk", "id",        ("role", "exchange")),
    *((table, "clause", ("clause",)) for table in TABLES if table != "source"),
    *((table, "change", ("change",)) for table in TABLES),
)
# fmt: on


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
    return read(STANDARD / f"{name}.toml")


def read(path: Path) -> Edition:
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
    return parse(text, path, (*trail, path.resolve()))


def parse(text: str, path: Path, trail: tuple[Path, ...] = ()) -> Edition:
    """The edition a TOML text describes; `path` is where it lies, for `extends` and errors.
    Raises as `read` does.
    """
    file = path.name
    try:
        document = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # not TOML, a number too long or brackets too deep to be read
        raise Misuse("EDN-2", f"{file}: {error}") from error
    name, title, extends = (document.pop(key, None) for key in ("edition", "title", "extends"))
    if not (
        isinstance(name, str) and isinstance(title, str) and isinstance(extends, str | None)
    ):
        raise Misuse(
            "EDN-3", f"{file}: edition and title must be texts, and extends if it is there"
        )
    if unknown := sorted(document.keys() - TABLES.keys()):
        raise Misuse("EDN-3", f"{file}: unknown key {unknown[0]!r}")
    parent = None if extends is None else _read(_beside(path, extends), trail)
    removed = dict(parent.removed) if parent else {}
    tables = {
        attribute: MappingProxyType(
            _rows(document.get(table, []), table, parent, removed, f"{file} [[{table}]]")
        )
        for table, (attribute, _) in TABLES.items()
    }
    edition = Edition(
        name, title, extends, **cast(Any, tables), removed=MappingProxyType(removed)
    )
    for place, reference in _dangling(edition):
        raise Misuse("EDN-5", f"{file} {place}: no row {reference!r}")
    return edition


def _beside(path: Path, extends: str) -> Path:
    if "\0" in extends:
        raise Misuse("EDN-1", f"{path.name}, extends: {extends!r} names no file")
    near = path.parent / f"{extends}.toml"
    return near if near.exists() else STANDARD / near.name


def _rows(
    new: object,
    table: str,
    parent: Edition | None,
    removed: dict[tuple[str, str], str],
    place: str,
) -> dict[str, Row | Source]:
    """The rows of one table: those of the edition extended, with this file's put over them."""
    rows = dict(parent.table(table)) if parent else {}
    shape = TABLES[table][1]
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
        if parent and issubclass(shape, Row) and shape is not Change and "change" not in entry:
            raise Misuse(
                "EDN-3",
                f"{place} {row_id}: an edition that extends another names the change of each row",
            )
        if entry.get("removed") is True:
            if rows.pop(row_id, None) is None:
                raise Misuse("EDN-5", f"{place} {row_id}: no such row to remove")
            removed[table, row_id] = str(entry.get("change"))
            continue
        before = rows[row_id].model_dump(exclude_unset=True) if row_id in rows else {}
        try:
            rows[row_id] = shape.model_validate(before | entry)
        except ValidationError as error:
            first = error.errors()[0]
            raise Misuse(
                "EDN-3", f"{place} {row_id}, {'.'.join(map(str, first['loc']))}: {first['msg']}"
            ) from error
    return rows


def _dangling(edition: Edition) -> Iterator[tuple[str, str]]:
    for table, field, targets in REFERENCES:
        for row in edition.table(table).values():
            value = getattr(row, field)
            for reference in (
                value if isinstance(value, tuple) else () if value is None else (value,)
            ):
                if not any(reference in edition.table(target) for target in targets):
                    yield f"[[{table}]] {row.id}, {field}", reference
    for table in TABLES:
        for row in edition.table(table).values():
            for part in row.source.split(";") if isinstance(row, Row) else ():
                if (key := part.partition(":")[0].strip()) not in edition.sources:
                    yield f"[[{table}]] {row.id}, source", key


def compare(before: Edition, after: Edition) -> tuple[Difference, ...]:
    """Every field in which two editions differ, table by table, row by row, with the change
    that accounts for it.

    >>> [d.after for d in compare(load("2019"), load("2025")) if (d.table, d.field) == ("protocol", "minimum")]
    ['1.3']
    """
    return tuple(_differences(before, after))


def _differences(before: Edition, after: Edition) -> Iterator[Difference]:
    for table, (_, shape) in TABLES.items():
        old, new = before.table(table), after.table(table)
        for row_id in (*old, *(key for key in new if key not in old)):
            left, right = old.get(row_id), new.get(row_id)
            change = getattr(right or left, "change", None)
            if right is None:
                change = after.removed.get((table, row_id), change)
            if left is None or right is None:
                yield Difference(table, row_id, "", left, right, change)
                continue
            for field in shape.model_fields:
                if field not in PROVENANCE and getattr(left, field) != getattr(right, field):
                    yield Difference(
                        table,
                        row_id,
                        field,
                        getattr(left, field),
                        getattr(right, field),
                        change,
                    )
