"""A table: its caption, its columns and its rows, for eyes, for ears and for a terminal.

It is a caption, headings with their scope, and text; it has no style sheet and no script, since
a notebook that is not trusted yet would lose them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final

from refimpl.views.kit.embedding import boxed
from refimpl.views.kit.rule_links import linked

LEFT: Final = 'style="text-align: left"'
WORD: Final = re.compile(r"[^\s-]+-?")  # a line may end behind a hyphen
CHARACTER_PX, PADDING_PX = 7, 16
"""About how wide a character is, and the space around a cell."""


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, the headings of the columns, and rows of texts of which the first is the
    heading of its row.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        """The table as HTML; every text in it is text and never markup, and the id of a rule
        leads to the rule.

        >>> print(Table("Two", ("a", "b"), (("1", "<2>"),)).html().splitlines()[4][-48:])
        <td style="text-align: left">&lt;2&gt;</td></tr>
        """
        caption = f"<caption {LEFT}>{escape(self.caption)}</caption>"
        heads = [_head(column, "col") for column in self.columns]
        rows = []
        for first, *others in self.rows:
            cells = [_head(first, "row")]
            cells += [f"<td {LEFT}>{linked(text)}</td>" for text in others]
            rows.append(f"<tr>{''.join(cells)}</tr>")
        head = f"<thead><tr>{''.join(heads)}</tr></thead>"
        body = "<tbody>\n" + "\n".join(rows) + "\n</tbody>"
        return f"<table>\n{caption}\n{head}\n{body}\n</table>"

    def boxed(self) -> str:
        """The table in a box that scrolls where the page is narrower than its longest words."""
        return boxed(self.html(), self._least_width_px())

    def _least_width_px(self) -> int:
        width = 0
        for column in zip(self.columns, *self.rows, strict=True):
            words = WORD.findall(" ".join(column))
            width += max(map(len, words), default=0) * CHARACTER_PX + PADDING_PX
        return width

    def text(self) -> str:
        """The table as plain text, a row to a line."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        columns = zip(self.columns, *self.rows, strict=True)
        widths = [max(map(len, column)) for column in columns]
        yield self.caption
        for row in (self.columns, *self.rows):
            yield "  ".join(map(str.ljust, row, widths)).rstrip()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.boxed(), "text/plain": self.text()}


def _head(text: str, scope: str) -> str:
    """A heading of a column or a row; nothing heads what has no text."""
    if not text:
        return f"<td {LEFT}></td>"
    return f'<th scope="{scope}" {LEFT}>{linked(text)}</th>'
