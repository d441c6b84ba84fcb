"""Clearing houses to switch off, and in each mode who still roams.

`Outages` is one object with two faces.  With a kernel it is live: a slider goes through every
outage, a box for each clearing house switches that one off, and a menu says at how many of them
an entity is.  Without one it shows one outage, and all of them as tables.
"""

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.lab.outages import CSOS, CSPS, HOUSES, Survival, outages, survivals
from refimpl.views.kit.embedding import image, inline
from refimpl.views.kit.figure import FONTS
from refimpl.views.kit.palette import ACCENT, ACCENT_FILL, ALARM, INK, PAPER, THEME
from refimpl.views.kit.table import Table

HERE: Final = Path(__file__)
CELL, LEFT, TOP = 18, 46, 34
"""The side of a cell, and where the first one begins."""
AT: Final = {1: "one clearing house", 2: "two clearing houses", 3: "all three"}
"""At how many clearing houses an entity may be."""


class Outages(anywidget.AnyWidget):
    """Who still roams while clearing houses are `down`, by number; an entity is `at` so many of
    them, and a CSP at all where the mode puts one between two.

    >>> from refimpl.edition import load
    >>> shown = Outages(load("2025"), down=[1])
    >>> shown.summary.partition(". Still roam: ")[2]
    'direct 100%, through a clearing house 67%, hybrid 100%, federated 44%.'
    """

    _esm = HERE.with_suffix(".js")
    _css = THEME + HERE.with_suffix(".css").read_text("utf-8")

    down: traitlets.List[int] = traitlets.List().tag(sync=True)
    at = traitlets.Int(1).tag(sync=True)
    outages: traitlets.List[list[int]] = traitlets.List().tag(sync=True)
    words: traitlets.List[str] = traitlets.List().tag(sync=True)
    houses = traitlets.Int(HOUSES).tag(sync=True)
    ats: traitlets.List[list[object]] = traitlets.List().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    modes: traitlets.List[dict[str, str]] = traitlets.List().tag(sync=True)

    def __init__(self, edition: Edition, down: list[int] | None = None, at: int = 1) -> None:
        self._edition = edition
        every = outages()
        super().__init__(
            down=down or [],
            at=at,
            outages=[list(one) for one in every],
            words=[_says_down(one) for one in every],
            ats=[[number, words] for number, words in AT.items()],
        )
        self._show_survivals()
        self.observe(self._show_survivals, ["down", "at"])

    @property
    def _numbers_down(self) -> tuple[int, ...]:
        """The clearing houses that are down; a page may send any numbers."""
        return tuple(number for number in range(1, HOUSES + 1) if number in self.down)

    def _survivals(self) -> tuple[Survival, ...]:
        return survivals(self._edition, self._numbers_down, self.at)

    def _show_survivals(self, _change: object = None) -> None:
        """Work out who still roams, and draw it."""
        found = self._survivals()
        shares = []
        modes = []
        for one in found:
            label = self._edition.modes[one.mode].label
            shares.append(f"{label} {one.services / one.pairs:.0%}")
            title, says = f"{label}: {_share_of_pairs(one.services, one)}", _words_of_news(one)
            drawn = inline(_survival_svg(one, f"{label}: {_in_words(one)}"))
            modes.append({"title": title, "says": says, "svg": drawn})
        down = _says_down(self._numbers_down)
        with self.hold_sync():
            self.modes = modes
            self.summary = f"{down}. Still roam: {', '.join(shares)}."

    def table(self, at: int) -> Table:
        """Every outage in each mode, in words."""
        labels = [mode.label for mode in self._edition.modes.values()]
        rows = []
        for down in outages():
            cells = [_in_words(one) for one in survivals(self._edition, down, at)]
            rows.append((_says_down(down), *cells))
        caption = f"Pairs that still roam where each is at {AT[at]}, edition {self._edition.id}"
        return Table(caption, ("outage", *labels), tuple(rows))

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        tables = "\n\n".join(self.table(at).text() for at in AT)
        text = f"{self.summary}\n\n{tables}"
        return {**data, "text/html": self.html(), "text/plain": text}, metadata

    def html(self) -> str:
        """Lay out one outage without a kernel, and all of them as tables."""
        parts = [f"<p><b>{escape(self.summary)}</b></p>"]
        for one in self._survivals():
            label = self._edition.modes[one.mode].label
            says = f"{label}: {_in_words(one)}"
            parts.append(f"<p>{escape(says)}</p>\n{image(_survival_svg(one, says), says)}")
        for at in AT:
            table = self.table(at)
            summary = f"<summary>{escape(table.caption)}</summary>"
            parts.append(f"<details>{summary}\n{table.boxed()}</details>")
        return f"<div>{chr(10).join(parts)}</div>"


def _says_down(down: tuple[int, ...]) -> str:
    """Say which clearing houses are down."""
    match [str(number) for number in down]:
        case []:
            return "No clearing house is down"
        case [one]:
            return f"Clearing house {one} is down"
        case [*others, last]:
            return f"Clearing houses {', '.join(others)} and {last} are down"
    raise AssertionError  # these are all


def _share_of_pairs(count: int, one: Survival) -> str:
    return f"{count} of {one.pairs} pairs ({count / one.pairs:.0%})"


def _words_of_news(one: Survival) -> str:
    """Say how far news of stations gets, where that is not as far as services do."""
    if one.news == one.services:
        return "News of stations gets as far."
    return f"News of stations gets through between {_share_of_pairs(one.news, one)}."


def _in_words(one: Survival) -> str:
    told = _share_of_pairs(one.services, one)
    if one.news != one.services:
        told += f"; news of stations {_share_of_pairs(one.news, one)}"
    return told


def _survival_svg(one: Survival, title: str) -> str:
    """Draw who still roams in a mode: a square for a pair that does, a cross for one that does
    not; those at one clearing house stand side by side.
    """
    width, height = LEFT + CELL * CSOS + 2, TOP + CELL * CSPS + 2
    head = (
        f'<svg role="img" aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="{FONTS}" font-size="11">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
    squares, crosses = _squares_and_crosses(one)
    marks = (
        f'<path d="{squares}" fill="{ACCENT_FILL}" stroke="{ACCENT}"/>',
        f'<path d="{crosses}" fill="none" stroke="{ALARM}" stroke-width="2"/>',
    )
    return "\n".join(
        [head, f"<title>{escape(title)}</title>", ground, *_numbered_sides(), *marks, "</svg>"]
    )


def _in_turn(entities: int) -> list[int]:
    """The numbers of entities, from 0, those at one clearing house side by side."""
    return sorted(range(entities), key=lambda number: number % HOUSES)


def _numbered_sides() -> Iterator[str]:
    """Number the rows and columns."""
    yield f'<text x="{LEFT}" y="12" fill="{INK}">CSO</text>'
    for place, number in enumerate(_in_turn(CSOS)):
        across = LEFT + CELL * place + CELL / 2
        place_of_text = f'x="{across:g}" y="28" text-anchor="middle"'
        yield f'<text {place_of_text} fill="{INK}">{number + 1}</text>'
    for place, number in enumerate(_in_turn(CSPS)):
        down = TOP + CELL * place + 13
        yield f'<text x="4" y="{down}" fill="{INK}">CSP {number + 1}</text>'


def _squares_and_crosses(one: Survival) -> tuple[str, str]:
    """The outline of all squares, and of all crosses."""
    squares, crosses = [], []
    for row, csp in enumerate(_in_turn(CSPS)):
        for column, cso in enumerate(_in_turn(CSOS)):
            x, y = LEFT + CELL * column, TOP + CELL * row
            if one.roams[csp][cso]:
                squares.append(f"M{x + 2} {y + 2}h14v14h-14z")
            else:
                crosses.append(f"M{x + 4} {y + 4}l10 10m0-10l-10 10")
    return "".join(squares), "".join(crosses)
