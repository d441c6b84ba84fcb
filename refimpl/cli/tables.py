"""Tables for people, drawn by Rich, which only a command that prints one has to load.

A table is as wide as the line is.  No word is broken while the longest words fit side by side;
where they do not, each row is written as lines of their own.  Nothing is cut off.
"""

import io
import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from refimpl.cli.ending import width

GAP: Final = 2  # between two columns


Rows = Sequence[Sequence[str]]


def print_table(title: str, heads: Sequence[str], rows: Rows) -> None:
    """Print a table without blanks at the ends of lines."""
    drawn = io.StringIO()
    console = Console(
        file=drawn,
        force_terminal=sys.stdout.isatty(),
        highlight=False,
        width=width(),
    )
    console.print(Text(title, "bold"))
    if rows:
        _draw_table(console, heads, rows)
    for line in drawn.getvalue().splitlines():
        print(line.rstrip())


def _draw_table(console: Console, heads: Sequence[str], rows: Rows) -> None:
    columns = list(zip_longest(heads, *rows, fillvalue=""))
    widths = _widths(columns, console.width)
    if widths or not heads:
        console.print("", _grid_of(heads, rows, widths), "", sep="\n")
        return
    for row in rows:
        facts = zip(heads, row, strict=True)
        console.print("", _grid_of((), list(facts), ()), sep="\n")


def _widths(columns: Sequence[Sequence[str]], room: int) -> Sequence[int]:
    """How wide each column is with no word broken; empty where there is no room for that."""
    room -= GAP * (len(columns) - 1)
    words = [" ".join(column).split() for column in columns]
    least = [max(map(cell_len, one), default=0) for one in words]
    if sum(least) > room:
        return ()
    widths = [max(map(cell_len, column)) for column in columns]
    while sum(widths) > room:
        wide = [n for n, width in enumerate(widths) if width > least[n]]
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def _grid_of(heads: Sequence[str], rows: Rows, widths: Sequence[int]) -> Grid:
    grid = Grid(
        box=SIMPLE_HEAD,
        show_header=bool(heads),
        show_edge=False,
        pad_edge=False,
        padding=(0, GAP - 1, 0, 0),
    )
    for head, wide in zip_longest(heads or [""] * len(rows[0]), widths):
        grid.add_column(head, width=wide, overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid
