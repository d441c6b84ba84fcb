"""The tables of an edition as tables to read: exchanges, checks, closed sets of words,
crosswalk, terms, changes, and how sure the model is.

Nothing is added to what the rows say; a dash stands where they say nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, get_args

from refimpl.credential import Medium
from refimpl.edition import TABLES, CrosswalkRow, Edition, ExchangeRow, Row, compare
from refimpl.messages import (
    AuthorizationAnswer,
    FetchRequest,
    ListPart,
    Receipt,
    RemoteControlNotice,
    RemoteControlRequest,
    SessionProgressNotice,
    StationStatus,
)
from refimpl.records import ChargingPeriod
from refimpl.views.kit.labels import rule
from refimpl.views.kit.table import Table
from refimpl.vocabulary import Basis

NOTHING = "–"
SPELT = {
    "emip": "eMIP",
    "emi3": "eMI3",
    "iso15118": "ISO 15118",
}  # the others are their capitals


def terms(edition: Edition) -> Table:
    """The terms in English and French, with the working definition and how sure the model is of
    each.
    """
    rows = (
        (
            row.abbreviation or row.en,
            row.en,
            row.fr or NOTHING,
            row.means,
            row.basis,
            row.clause or NOTHING,
        )
        for row in edition.terms.values()
    )
    columns = ("term", "English", "French", "our working definition", "basis", "clause")
    return Table(f"Terms, {edition.id}", columns, tuple(rows))


def exchanges(edition: Edition) -> Table:
    """The exchanges by number: who tells whom, in which messages, or why the model leaves it
    out.

    >>> from refimpl.edition import load
    >>> print(exchanges(load("2019")).rows[4][:4])
    ('5', 'authorization', 'CSO', 'CSP')
    """
    rows = (
        (
            str(row.number),
            row.label,
            edition.roles[row.producer].label,
            edition.roles[row.consumer].label,
            _messages(row),
            row.says,
            row.basis,
        )
        for row in sorted(edition.exchanges.values(), key=lambda row: row.number)
    )
    columns = ("no.", "exchange", "producer", "consumer", "messages", "what it says", "basis")
    return Table(f"Exchanges, {edition.id}", columns, tuple(rows))


def _messages(row: ExchangeRow) -> str:
    if row.modelled:
        return ", ".join(row.messages)
    return f"not modelled: {row.because or row.says}"


def checks(edition: Edition) -> Table:
    """The checks of what cannot be true or comes too late, with how far each may be off before
    it is refused.

    >>> from refimpl.edition import load
    >>> checks(load("2025")).rows[0][:2]
    ('PLA-1', '300 s')
    """
    rows = (
        (row.id, f"{row.tolerance:,} {row.unit}", row.says, row.basis)
        for row in edition.checks.values()
    )
    columns = ("rule", "tolerance", "what cannot be otherwise", "basis")
    return Table(f"Checks of what is told, {edition.id}", columns, tuple(rows))


WORD_SETS: Final = (
    ("grounds of a service", SessionProgressNotice, "authorization"),
    ("events of a service", SessionProgressNotice, "event"),
    ("reasons of a no", AuthorizationAnswer, "reason"),
    ("orders", RemoteControlRequest, "command"),
    ("results of an order", RemoteControlNotice, "result"),
    ("what a user shows", Medium, "type"),
    ("what a period was spent on", ChargingPeriod, "activity"),
    ("statuses of an EVSE", StationStatus, "status"),
    ("what a part does to a list", ListPart, "action"),
    ("what is fetched", FetchRequest, "what"),
    ("why a record is held", Receipt, "held"),
)
"""The members that have one of a few words, and what their words are."""


def word_sets(edition: Edition) -> Table:
    """The closed sets of words in messages, with the member that holds one and its rule.

    >>> from refimpl.edition import load
    >>> word_sets(load("2025")).rows[4][:2]
    ('results of an order', 'done, not-done, unknown')
    """
    rows = []
    for name, shape, member in WORD_SETS:
        words = _words_of(shape.model_fields[member].annotation)
        place = f"{shape.shape_name()}.{member}"
        rows.append(
            (name, ", ".join(words), place, rule(edition, shape.members()[member].rule))
        )
    columns = ("what", "words", "where it is said", "rule")
    return Table(f"Closed sets of words, {edition.id}", columns, tuple(rows))


def _words_of(annotation: object) -> Iterator[str]:
    """The texts that a member may have: of a literal or an enumeration, at any depth."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation
    for inner in get_args(annotation):
        if isinstance(inner, str):
            yield inner
        else:
            yield from _words_of(inner)


def crosswalk(edition: Edition) -> Table:
    """The nearest words of the neighbouring protocols for each role and exchange.

    >>> from refimpl.edition import load
    >>> crosswalk(load("2025")).rows[0][:3]
    ('home-CSP', 'eMSP', 'EMP')
    """
    protocols = tuple(
        name for name in CrosswalkRow.model_fields if name not in Row.model_fields
    )
    labels = {key: row.label for key, row in edition.roles.items()}
    labels |= {key: row.label for key, row in edition.exchanges.items()}
    rows = []
    for row in edition.crosswalk.values():
        words = [getattr(row, name) or NOTHING for name in protocols]
        rows.append((labels[row.id], *words, row.basis))
    heads = [SPELT.get(name, name.upper()) for name in protocols]
    title = f"The nearest words next door, {edition.id}"
    return Table(title, ("here", *heads, "basis"), tuple(rows))


def changes(before: Edition, after: Edition) -> Table:
    """Every field in which two editions differ, by the letter of the change list that accounts
    for it.

    >>> from refimpl.edition import load
    >>> rows = changes(load("2019"), load("2025")).rows
    >>> [row[1:] for row in rows if row[0] == "d" and row[2] == "minimum"]
    [('protocol tls', 'minimum', '1.2', '1.3')]
    """
    found = [item for item in compare(before, after) if item.table not in {"change", "source"}]
    letters = [*after.changes, *before.changes, None]
    rows = (
        (
            item.change or NOTHING,
            f"{item.table} {item.id}",
            item.field or "the row",
            _said(item.before),
            _said(item.after),
        )
        for item in sorted(found, key=lambda item: letters.index(item.change))
    )
    columns = ("change", "row", "field", f"{before.id} says", f"{after.id} says")
    return Table(f"What changed from {before.id} to {after.id}", columns, tuple(rows))


def _said(value: object) -> str:
    match value:
        case None:
            return NOTHING
        case Row():
            return str(
                getattr(value, "label", None)
                or getattr(value, "en", None)
                or getattr(value, "says", value.id)
            )
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def change_list(edition: Edition) -> Table:
    """The items of an edition's change list, with the rows that each of them touches."""
    rows = (
        (row.id, row.says, _touched(edition, row.id) or NOTHING, row.basis)
        for row in edition.changes.values()
    )
    return Table(
        f"Change list, {edition.id}",
        ("change", "what it says", "rows it touches", "basis"),
        tuple(rows),
    )


def _touched(edition: Edition, change: str) -> str:
    touched = []
    for name in TABLES:
        if name not in {"change", "source"}:
            rows = edition.table(name).values()
            touched += [f"{name} {row.id}" for row in rows if row.change == change]
    for (name, row_id), letter in edition.removed.items():
        if letter == change:
            touched.append(f"{name} {row_id} (removed)")
    return ", ".join(touched)


def basis(edition: Edition) -> Table:
    """How many rows of each table are stated, implied and chosen.

    >>> from refimpl.edition import load
    >>> [row[1:] for row in basis(load("2019")).rows if row[0] == "mode"]
    [('0', '2', '2', '4')]
    """
    counts: dict[str, Counter[Basis]] = {}
    for name in TABLES:
        if name != "source":
            counts[name] = Counter(_bases(edition.table(name).values()))
    counts["all"] = sum(counts.values(), Counter())
    rows = []
    for name, count in counts.items():
        if count.total():
            rows.append((name, *(str(count[one]) for one in Basis), str(count.total())))
    return Table(f"How sure the model is, {edition.id}", ("table", *Basis, "rows"), tuple(rows))


def _bases(rows: Iterable[object]) -> Iterable[Basis]:
    return (row.basis for row in rows if isinstance(row, Row))
