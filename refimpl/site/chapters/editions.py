"""The page of editions: each change of the public list, with what it changed side by side."""

from collections.abc import Iterator
from itertools import pairwise

from refimpl.edition import Difference, Edition, Row, Source, compare
from refimpl.site.chapters.writing import (
    anchor_link,
    basis_mark,
    listed,
    prose,
    raw,
    said,
    table,
)
from refimpl.site.facts import Facts
from refimpl.views.tables import listings

OF_ITSELF = frozenset({"change", "source"})
"""Tables that tell of a change and are none."""


def editions_page(facts: Facts) -> str:
    """Write what each edition changed against the one before, change by change."""
    parts: list[str] = []
    for before, after in pairwise(facts.editions):
        parts += _changes(before, after)
    for edition in reversed(facts.editions):
        parts.append(f"\n## How sure the model is, {edition.id}\n")
        parts.append(listed(listings.basis(edition)))
    return said("editions", changes="".join(parts))


def _changes(before: Edition, after: Edition) -> Iterator[str]:
    groups: dict[str | None, list[Difference]] = {
        key: [] for key in after.changes if key not in before.changes
    }
    for one in compare(before, after):
        if one.table not in OF_ITSELF:
            groups.setdefault(one.change, []).append(one)
    for key, found in groups.items():
        row = after.changes.get(key or "") or before.changes.get(key or "")
        says = row.says if row else "No change of the list is named."
        yield f"\n## Change {key}\n" if key else "\n## Without a letter\n"
        mark = basis_mark(row.basis) if row else ""
        yield raw(f'<p class="change">{prose(says)} {mark}</p>')
        if found:
            yield raw(_side_by_side(before, after, found))
        else:
            yield "\nNo row of the model says anything else for it.\n"


def _side_by_side(before: Edition, after: Edition, found: list[Difference]) -> str:
    rows = []
    for one in found:
        anchor = "-".join(filter(None, (one.table, one.id, one.field)))
        name = f"{one.table} {one.id}"
        first = anchor_link(anchor, f"{name}, {one.field}" if one.field else name)
        sides = (_side(one.before, "before"), _side(one.after, "after"))
        row = after.table(one.table).get(one.id) or before.table(one.table).get(one.id)
        mark = basis_mark(row.basis) if isinstance(row, Row) else ""
        rows.append((anchor, (first, *sides, mark)))
    heads = ("row", before.id, after.id, "basis")
    return table(f"{before.id} and {after.id}", heads, rows, "sides")


def _side(value: object, side: str) -> str:
    """Write what stands on one side: a row by its fields, or one value."""
    if value is None:
        return '<span class="absent">not there</span>'
    word = "del" if side == "before" else "ins"
    if isinstance(value, Row | Source):
        lines = [f"<dt>{name}</dt><dd>{prose(said)}</dd>" for name, said in _fields(value)]
        return f'<dl class="{word}">{"".join(lines)}</dl>'
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    return f"<{word}>{prose(str(value))}</{word}>"


def _fields(row: Row | Source) -> Iterator[tuple[str, str]]:
    """Yield what a row says, without where it comes from."""
    for name, value in row.model_dump(mode="json", exclude_none=True).items():
        if name not in {"id", "change", "source", "because", "basis"} and value != []:
            said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield name, said
