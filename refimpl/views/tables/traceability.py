"""Clause by rule by code by vector by test by notebook, to look through and to filter; what has
no counterpart comes first.

What is stored of it holds no lines of code and no counts of tests, which change with every day;
`iec63119 rules` and the panel of a rule name each place.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Final, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.trace import Matrix, Trace
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked, matrix_of
from refimpl.views.kit.table import Table

NOTHING: Final = "–"
NO_CLAUSE: Final = "no clause"
HERE: Final = Path(__file__).parent


class Laid(TypedDict):
    """A rule as it is laid out for the page."""

    id: str
    says: str
    clause: str
    level: str
    basis: str
    editions: list[str]
    code: str
    vectors: str
    tests: str
    notebooks: str
    search: str


class Traceability(anywidget.AnyWidget):
    """Every rule of some editions with its places; a reader filters by clause, level, basis,
    edition, what is missing, and text.

    >>> from refimpl.edition import load
    >>> shown = Traceability([load("2019"), load("2025")])
    >>> [row["vectors"] for row in shown.rows if row["id"] == "NET-1"]
    ['authorization 2, exchange 4, routing 47']
    """

    _esm = HERE / "traceability.js"
    _css = THEME + (HERE / "listing.css").read_text("utf-8")

    rows: traitlets.List[Laid] = traitlets.List().tag(sync=True)
    clauses: traitlets.List[tuple[str, str]] = traitlets.List().tag(sync=True)
    orphans: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(self, editions: Iterable[Edition]) -> None:
        editions = tuple(editions)
        self.matrix = matrix_of(*editions)
        super().__init__(
            rows=[_laid(one, self.matrix) for one in self._orphans_first()],
            clauses=_clauses_in_words(self.matrix),
            orphans=[one._asdict() for one in self.matrix.orphans()],
        )
        lead_to_rules(*editions)

    def _orphans_first(self) -> list[Trace]:
        """Order the rules: those that lack something before the others."""
        return sorted(self.matrix.rules.values(), key=lambda one: not _lacks(one, self.matrix))

    @cached_property
    def table(self) -> Table:
        """What has no counterpart, as a table."""
        rows = []
        for one in self.matrix.orphans():
            which = ", ".join(one.ids) or NOTHING
            rows.append((one.kind, str(len(one.ids)), which, one.meaning))
        heads = ("what", "how many", "which", "why that may be so")
        return Table("What has no counterpart", heads, tuple(rows))

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/html": self.html(), "text/plain": self.text()}, metadata

    def text(self) -> str:
        """The matrix as plain text: what has no counterpart, and a line for each rule."""
        lines = [self.table.text(), ""]
        lines += [f"{row['id']} ({row['basis']}): {row['says']}" for row in self.rows]
        return "\n".join(lines)

    def html(self) -> str:
        """Lay out the matrix without a kernel: what has no counterpart, and then every rule,
        folded by clause.
        """
        by_clause: dict[str, list[Laid]] = {}
        for row in self.rows:
            by_clause.setdefault(row["clause"], []).append(row)
        parts = [self.table.html()]
        for clause, title in self.clauses:
            if clause in by_clause:
                parts.append("".join(_folded(title, by_clause[clause])))
        return f"<div>{''.join(parts)}</div>"


def _lacks(one: Trace, matrix: Matrix) -> bool:
    """Whether a rule has no code, no vector that it should have, or no test."""
    unasked = one.rule.exercised == "vectors" and not one.vectors
    return not one.code or unasked or (matrix.has_tests and not one.tests)


def _laid(one: Trace, matrix: Matrix) -> Laid:
    rule = one.rule
    counts = (f"{family} {len(ids)}" for family, ids in one.vectors.items())
    no_vectors = "tests instead" if rule.exercised == "tests" else NOTHING
    tests = str(len(one.tests)) if matrix.has_tests else "not installed"
    searched = (rule.because or "", rule.source, *(line for _, line in _lines(one)))
    return {
        "id": rule.id,
        "says": rule.says,
        "clause": rule.clause or NO_CLAUSE,
        "level": rule.level,
        "basis": rule.basis,
        "editions": [*one.editions],
        "code": ", ".join(one.rooms) or (rule.because or "not modelled"),
        "vectors": ", ".join(counts) or no_vectors,
        "tests": tests,
        "notebooks": ", ".join(name[:2] for name in one.notebooks) or NOTHING,
        "search": " ".join(searched),
    }


def _lines(one: Trace) -> Iterator[tuple[str, str]]:
    for kind, lines in one.places().items():
        for line in lines:
            yield kind, line


def _clauses_in_words(matrix: Matrix) -> list[tuple[str, str]]:
    """Name each clause that rules are of, with its title and how many they are."""
    counts = dict.fromkeys([*matrix.clauses, NO_CLAUSE], 0)
    for one in matrix.rules.values():
        counts[one.rule.clause or NO_CLAUSE] += 1
    found = []
    for clause, count in counts.items():
        row = matrix.clauses.get(clause)
        named = f"{clause} {row.title}" if row else clause
        found.append((clause, f"{named}: {count} {'rule' if count == 1 else 'rules'}"))
    return found


def _folded(title: str, rows: list[Laid]) -> Iterator[str]:
    """Fold the rules of a clause away.  A link finds the clause that holds its rule while it is
    folded, and the rule itself where a page unfolds it.
    """
    anchors = "".join(f'<span data-jupyter-id="{escape(row["id"])}"></span>' for row in rows)
    yield f"<details><summary>{anchors}{escape(title)}</summary>\n"
    for row in rows:
        yield f'<h4 id="{row["id"]}">{row["id"]}</h4>\n<p>{linked(row["says"])}<br>'
        yield f"{row['level']}, {row['basis']}; editions {' and '.join(row['editions'])}.<br>"
        tested = NOTHING if row["tests"] == "0" else "named"
        yield f"Code: {escape(row['code'])}; vectors: {escape(row['vectors'])}; "
        yield f"tests: {tested}; notebooks: {row['notebooks']}.</p>\n"
    yield "</details>\n"
