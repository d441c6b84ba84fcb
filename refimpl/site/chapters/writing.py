"""How a chapter is written: HTML within Markdown, and links that hold wherever a page lies."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from refimpl.views.kit.embedding import boxed
from refimpl.views.kit.rule_links import CROSSWALK, NOTEBOOK, linked
from refimpl.views.kit.table import Table

PROSE: Final = Path(__file__).parents[1] / "prose"
"""What pages say in words of their own; `$name` stands where a part belongs."""
FENCE: Final = "`" * 9
LEAF: Final = "---\norphan: true\n---\n\n"
"""Before a page that another lists: beside every page, the contents would be too long."""
RULES: Final = "rules.html"
STORED_LINK: Final = re.compile(rf'href="(?:{NOTEBOOK})#')
CROSSWALK_LINK: Final = re.compile(rf'href="{CROSSWALK}#(?=XWK-)')
NOTEBOOK_LINK: Final = re.compile(r'href="([0-9][0-9]-[a-z0-9-]+)\.ipynb')


def said(name: str, **parts: str) -> str:
    """Read the prose of a page, and put its parts where it names them."""
    text = (PROSE / f"{name}.md").read_text("utf-8")
    return Template(text).substitute(parts)


def raw(html: str) -> str:
    """Put HTML into a text in Markdown."""
    return f"\n{FENCE}{{raw}} html\n{html}\n{FENCE}\n"


def for_site(html: str, root: str = "") -> str:
    """Let the links of a stored picture lead to the pages of the site; `root` leads from the
    page to the front page's folder.

    >>> for_site('<a href="11-traceability.ipynb#EMA-9">', "../")
    '<a href="../rules.html#EMA-9">'
    >>> for_site('<a href="13-crosswalk.ipynb#XWK-5">')
    '<a href="crosswalk.html#XWK-5">'
    """
    html = CROSSWALK_LINK.sub(f'href="{root}crosswalk.html#', html)
    html = STORED_LINK.sub(f'href="{root}{RULES}#', html)
    return NOTEBOOK_LINK.sub(rf'href="{root}notebooks/\1.html', html)


def prose(text: str, root: str = "") -> str:
    """Write a text as HTML, in which each rule id leads to its rule."""
    return for_site(linked(text), root)


def listed(told: Table, root: str = "") -> str:
    """Put a table of a notebook on a page."""
    return raw(f'<div class="listing">{for_site(told.boxed(), root)}</div>')


def rule_links(names: Iterable[str], root: str = "") -> str:
    """Write rule ids as links, with commas between."""
    return ", ".join(prose(name, root) for name in names)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[tuple[str, Sequence[str]]],
    kind: str = "",
) -> str:
    """Write a table of cells that are HTML already: each row with its anchor, or none, and the
    first cell of each as its heading.
    """
    lines = []
    for anchor, (first, *others) in rows:
        name = f' id="{escape(anchor)}"' if anchor else ""
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        lines.append(f'<tr{name}><th scope="row">{first}</th>{cells}</tr>')
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "\n".join(lines)
    return boxed(
        f'<table class="model {kind}"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
    )


def basis_mark(basis: str) -> str:
    """Write how sure the model is of something."""
    return f'<span class="basis {escape(basis)}">{escape(basis)}</span>'


def anchor_link(anchor: str, words: str) -> str:
    """Write the words of a heading as the link to it, so that it can be passed on."""
    return f'<a class="permalink" href="#{escape(anchor)}">{escape(words)}</a>'
