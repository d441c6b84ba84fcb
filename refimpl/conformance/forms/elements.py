"""The elements of a page, with all text in them escaped.

`element` holds a text, which may be anything; `fragment` holds HTML that these made.
"""

from collections.abc import Container, Iterable, Sequence
from html import escape
from typing import Final

from refimpl.conformance.forms.summary import visible

VOID: Final = frozenset({"meta", "input"})
NO_NUMBERS: Final[frozenset[int]] = frozenset()


def element(tag: str, text: str = "", **attributes: str) -> str:
    """Return an element that holds a text; `cls` is its class.

    >>> element("a", "<b>", href='"', cls="x")
    '<a href="&quot;" class="x">&lt;b&gt;</a>'
    """
    return fragment(tag, escape(visible(text)), **attributes)


def fragment(tag: str, inner: str, **attributes: str) -> str:
    """Return an element that holds other elements."""
    told = ""
    for name, value in attributes.items():
        attribute = "class" if name == "cls" else name.replace("_", "-")
        told += f' {attribute}="{escape(visible(value))}"'
    if tag in VOID:
        return f"<{tag}{told}>"
    return f"<{tag}{told}>{inner}</{tag}>"


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Container[int] = NO_NUMBERS,
) -> str:
    """Return a table; heads are texts, cells HTML, and `numbers` the columns of numbers."""
    head = []
    for place, name in enumerate(heads):
        kind = "number" if place in numbers else ""
        head.append(element("th", name, scope="col", cls=kind))
    lines = []
    for row in rows:
        cells = []
        for place, cell in enumerate(row):
            kind = "number" if place in numbers else ""
            cells.append(fragment("td", cell, cls=kind))
        lines.append(fragment("tr", "".join(cells)))
    whole = [
        element("caption", caption),
        fragment("thead", fragment("tr", "".join(head))),
        fragment("tbody", "\n".join(lines)),
    ]
    return fragment("div", fragment("table", "".join(whole)), cls="wide")
