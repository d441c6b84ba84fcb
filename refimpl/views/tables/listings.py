"""The tables of an edition as tables to read: exchanges, crosswalk, terms, changes, and how
sure the model is.

Nothing is added to what the rows say; a dash stands where they say nothing.
"""

from collections import Counter
from collections.abc import Iterable

from refimpl.edition import TABLES, CrosswalkRow, Edition, ExchangeRow, Row, compare
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
