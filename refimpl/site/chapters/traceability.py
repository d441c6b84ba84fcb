"""The page of traceability."""

from html import escape

from refimpl.site.chapters.writing import basis_mark, listed, prose, raw, said, table
from refimpl.site.facts import Facts
from refimpl.trace import Trace
from refimpl.views.kit.table import Table

NOTHING = "–"


def traceability_page(facts: Facts) -> str:
    """Write rule by clause by code by vectors by tests by notebooks; first what lacks any."""
    rows = [(f"row-{name}", _cells(one)) for name, one in facts.matrix.rules.items()]
    heads = ("rule", "clause", "basis", "editions", "code", "vectors", "tests", "notebooks")
    orphans = tuple(
        (one.kind, str(len(one.ids)), ", ".join(one.ids) or NOTHING, one.meaning)
        for one in facts.matrix.orphans()
    )
    what = ("what", "how many", "which", "why that may be so")
    return said(
        "traceability",
        orphans=listed(Table("What has no counterpart", what, orphans)),
        rules=raw(table(f"{len(rows)} rules", heads, rows, "matrix")),
        clauses=_clauses(facts),
    )


def _cells(one: Trace) -> tuple[str, ...]:
    rule = one.rule
    families = (f"{family} {len(ids)}" for family, ids in one.vectors.items())
    books = (f'<a href="notebooks/{name}.html">{name[:2]}</a>' for name in one.notebooks)
    clause = escape(rule.clause or "")
    return (
        prose(rule.id),
        f'<a href="#clause-{clause}">{clause}</a>' if clause else NOTHING,
        basis_mark(rule.basis),
        ", ".join(one.editions),
        ", ".join(one.rooms) or "not modelled",
        ", ".join(families) or ("tests instead" if rule.exercised == "tests" else NOTHING),
        str(len(one.tests)),
        ", ".join(books) or NOTHING,
    )


def _clauses(facts: Facts) -> str:
    """Write the clauses by number and title, each with its rules."""
    ruled: dict[str, list[str]] = {}
    for name, one in facts.matrix.rules.items():
        ruled.setdefault(one.rule.clause or "", []).append(name)
    rows = []
    for clause in facts.matrix.clauses.values():
        rules = prose(", ".join(ruled.get(clause.id, ())) or NOTHING)
        rows.append((f"clause-{clause.id}", (escape(clause.id), escape(clause.title), rules)))
    return raw(table("Clauses, by number and title only", ("clause", "title", "rules"), rows))
