"""The front page, and a page for each of three readers."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from refimpl.site.chapters.writing import raw, said
from refimpl.site.facts import Facts
from refimpl.views.kit.embedding import image

CARDS: Final = (
    (
        "standards-engineer",
        "Standards engineer",
        "Step through a session, lose a message, compare editions, see what an amendment does.",
    ),
    (
        "implementer",
        "Implementer",
        "Take the vectors, see what each asks and why, and hold a program against them.",
    ),
    (
        "reviewer",
        "Reviewer",
        "Every rule with its basis, source, code and vectors; what is chosen; what is missing.",
    ),
)
"""The three readers: the page of each, who it is for, and what is there."""
PICTURE: Final = "A service roams: the visited CSO asks, and the answer comes back from the CSP"


def front_page(facts: Facts) -> str:
    """Write the front page: what this is, and a way in for each of three readers."""
    picture = (facts.root / "notebooks" / "pictures" / "roaming.svg").read_text("utf-8")
    drawn = image(picture[picture.index("<svg") :], PICTURE)
    return said(
        "index",
        editions=" and ".join(edition.id for edition in facts.editions),
        rules=str(len(facts.matrix.rules)),
        vectors=f"{len(facts.suite.tests):,}",
        notebooks=str(len(facts.notebooks)),
        picture=raw(f'<div class="stored">{drawn}</div>'),
        readers=raw(f'<ul class="readers">{"".join(_cards())}</ul>'),
    )


def _cards() -> Iterator[str]:
    for page, name, says in CARDS:
        yield f'<li><a href="{page}.html"><b>{name}</b> <span>{says}</span></a></li>'


def readers_pages(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the way in of each reader, by the name of its page."""
    count = Counter(one.rule.basis for one in facts.matrix.rules.values())
    basis = ", ".join(f"{number} *{name}*" for name, number in sorted(count.items()))
    rules = str(len(facts.matrix.rules))
    for page, _, _ in CARDS:
        yield page, said(page, rules=rules, basis=basis)
