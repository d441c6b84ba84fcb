"""The page of rules: each with its words, its basis, why, and every place that it has."""

from collections.abc import Iterator
from html import escape

from refimpl.edition import Rule
from refimpl.site.chapters.writing import anchor_link, basis_mark, prose, raw, said
from refimpl.site.facts import Facts
from refimpl.trace import Place, Trace

MOST_NAMED = 8
"""How many vectors of a family are named before the others are folded away."""


def rules_page(facts: Facts) -> str:
    """Write every rule of every edition, one anchor each."""
    parts = []
    groups: dict[str, list[Trace]] = {}
    for name, one in facts.matrix.rules.items():
        groups.setdefault(name.partition("-")[0], []).append(one)
    for group, traces in sorted(groups.items()):
        parts.append(f"\n## {group}\n")
        parts.append(raw("\n".join(_rule(one, facts) for one in traces)))
    return said("rules", rules="".join(parts))


def _rule(one: Trace, facts: Facts) -> str:
    rule = one.rule
    head = f"<h3>{anchor_link(rule.id, rule.id)}</h3>"
    marks = f'<p class="marks">{basis_mark(rule.basis)} <span>{rule.level}</span></p>'
    facts_of_it = "".join(
        f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(one, facts) if value
    )
    sentences = "\n".join(_says(facts.wordings(rule.id)))
    return (
        f'<section class="rule" id="{rule.id}">{head}{marks}\n{sentences}\n'
        f"<dl>{facts_of_it}</dl></section>"
    )


def _says(wordings: dict[str, Rule]) -> Iterator[str]:
    """Yield what editions say: one sentence where they agree."""
    sentences: dict[str, list[str]] = {}
    for edition, rule in wordings.items():
        sentences.setdefault(rule.says, []).append(edition)
    for says, editions in sentences.items():
        which = f"<b>{' and '.join(editions)}:</b> " if len(sentences) > 1 else ""
        yield f'<p class="says">{which}{prose(says)}</p>'


def _facts(one: Trace, facts: Facts) -> Iterator[tuple[str, str]]:
    rule = one.rule
    yield "because", prose(rule.because or "")
    yield "source", escape(rule.source)
    clause = facts.matrix.clauses.get(rule.clause or "")
    yield "clause", escape(f"{clause.id} {clause.title}") if clause else ""
    yield "editions", " and ".join(one.editions)
    tolerances = {
        f"{edition.checks[rule.id].tolerance} {edition.checks[rule.id].unit}"
        for edition in facts.editions
        if rule.id in edition.checks
    }
    yield "tolerance", ", ".join(sorted(tolerances))
    yield "code", _places(one.code) or "not modelled"
    yield "vectors", _vectors(one) or ("tests instead" if rule.exercised == "tests" else "none")
    yield "tests", _folded(f"{len(one.tests)} places", _places(one.tests)) if one.tests else ""
    books = (
        f'<a href="notebooks/{name}.html">{escape(name[:2])}</a>' for name in one.notebooks
    )
    yield "notebooks", ", ".join(books)


def _places(places: tuple[Place, ...]) -> str:
    """Name places in sources, one a line."""
    return "<br>".join(
        f"<code>{escape(place.file)}:{place.line}</code> {escape(place.within)}"
        for place in places
    )


def _vectors(one: Trace) -> str:
    lines = []
    for family, ids in one.vectors.items():
        links = [
            f'<a href="vectors/{family}.html#{escape(name.partition("/")[2])}">'
            f"{escape(name.partition('/')[2])}</a>"
            for name in ids
        ]
        shown = ", ".join(links[:MOST_NAMED])
        rest = links[MOST_NAMED:]
        more = _folded(f"and {len(rest)} more", ", ".join(rest)) if rest else ""
        lines.append(f"<b>{family}</b> {len(ids)}: {shown}{more}")
    return "<br>".join(lines)


def _folded(summary: str, html: str) -> str:
    return f"<details><summary>{summary}</summary>{html}</details>"
