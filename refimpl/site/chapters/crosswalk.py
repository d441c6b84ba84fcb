"""The pages of the crosswalk: the words of protocols next door, what of each object goes where,
member by member, and the rules by which an object is refused.
"""

from collections.abc import Iterator
from html import escape

from refimpl.crosswalk import PROTOCOLS, RULES
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
from refimpl.views.crosswalk import matrix


def crosswalk_page(facts: Facts) -> str:
    """Write the words for roles and exchanges, the objects that are carried over, and the rules
    of it.
    """
    edition = facts.editions[-1]
    rules = []
    for name, rule in RULES.items():
        cells = (anchor_link(name, name), prose(rule.says), prose(rule.because))
        rules.append((name, (*cells, escape(rule.source), basis_mark(rule.basis))))
    heads = ("rule", "says", "because", "source", "basis")
    because = "".join(
        f"<dt>{escape(row.id)}</dt><dd>{prose(row.because)}</dd>"
        for row in edition.crosswalk.values()
        if row.because
    )
    return said(
        "crosswalk",
        roles=listed(matrix.roles(edition)),
        exchanges=listed(matrix.messages(edition)),
        because=raw(f"<dl>{because}</dl>"),
        protocols="".join(
            f"* [{one.title}](crosswalk/{one.id}.md): {len(one.kinds)} kinds of objects\n"
            for one in PROTOCOLS.values()
        ),
        objects=listed(matrix.objects(edition)),
        words=listed(matrix.words(edition)),
        rules=raw(table("Rules of the crosswalk", heads, rows=rules)),
    )


def protocol_pages(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the page of each protocol by its name: every member of its objects."""
    edition = facts.editions[-1]
    for protocol in PROTOCOLS.values():
        parts = [f"# Crosswalk: {protocol.title}\n"]
        for kind in protocol.kinds.values():
            parts.append(f"\n## {kind.word}\n")
            parts.append(listed(matrix.fields(edition, protocol.id, kind.name), "../"))
        yield f"crosswalk/{protocol.id}", "".join(parts)
