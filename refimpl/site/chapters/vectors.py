"""The pages of vectors: one to search them all, one for each family that reads without a
script, and what the search loads.
"""

from collections.abc import Iterator
from html import escape

from refimpl.site.chapters.writing import (
    anchor_link,
    for_site,
    prose,
    raw,
    rule_links,
    said,
    table,
)
from refimpl.site.facts import Facts
from refimpl.vectors.finding import outcome_of
from refimpl.vectors.suite import Suite, Vector, expects
from refimpl.views.tables.vector_search import VectorSearch, searched_lines

INDEX = "vectors"
"""The name under which the page asks for a line of every vector."""


def vectors_page(facts: Facts) -> str:
    """Write the page to search vectors on; without a script, it leads to the families."""
    counts = for_site(VectorSearch(facts.suite).counts.html())
    place = f'<div class="live" id="vector-browser" data-face="vectors" data-name="{INDEX}">'
    links = []
    for family in facts.suite.families:
        count = len(facts.suite.tests_of(family))
        links.append(f"* [{family}](vectors/{family}.md): {count}\n")
    return said("vectors", browser=raw(f"{place}{counts}</div>"), families="".join(links))


def family_page(family: str, facts: Facts) -> str:
    """Write every vector of a family, one anchor each."""
    rows = []
    for test in facts.suite.tests_of(family):
        name = test["id"].partition("/")[2]
        said = f"{prose(test['title'], '../')}<br>{prose(test['why'], '../')}"
        outcomes = "<br>".join(_outcomes(test))
        cells = (anchor_link(name, name), said, outcomes, rule_links(test["rules"], "../"))
        rows.append((name, cells))
    heads = ("vector", "what and why", "outcome", "rules")
    return f"# Vectors: {family}\n" + raw(table(f"{len(rows)} vectors", heads, rows, "vectors"))


def _outcomes(test: Vector) -> Iterator[str]:
    """Yield the outcome, for each edition where they differ."""
    found = {edition: expect["outcome"] for edition, expect in expects(test).items()}
    if len(set(found.values())) == 1:
        yield f'<span class="{outcome_of(test)}">{escape(outcome_of(test))}</span>'
        return
    for edition, outcome in found.items():
        yield f'{edition}: <span class="{outcome}">{outcome}</span>'


def vector_data(suite: Suite) -> Iterator[tuple[str, object]]:
    """Yield by name what the search loads: a line of every vector, and the vectors whole, one
    family at a time.
    """
    yield INDEX, searched_lines(suite)
    for family in suite.families:
        contexts = suite.files[f"v1/{family}.json"]["contexts"]
        whole = {test["id"]: test for test in suite.tests_of(family)}
        yield f"{INDEX}.{family}", {"vectors": whole, "contexts": contexts}
