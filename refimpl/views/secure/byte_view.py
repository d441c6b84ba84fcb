"""Bytes to be read one range at a time: which bytes, what they are, what they say, and which
rule asks for them.

`Sheets` are annotated bytes with the sentences of an edition.  They show themselves as tables,
one folded away behind the other.  `ByteView` is their live face: the bytes in rows of sixteen,
of which a range is chosen by the mouse or the arrow keys, and above them menus.  Every sheet
has an id, and a page's address that ends with it opens there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Self, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.lab.layout import Annotated, Range
from refimpl.views.kit.labels import rule
from refimpl.views.kit.menus import Menus
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked
from refimpl.views.kit.table import Table

HERE: Final = Path(__file__).parent
COLUMNS: Final = ("bytes", "in hexadecimal digits", "what they are", "what they say", "rule")
SHOWN_BYTES: Final = 12
LONG_MENU: Final = 8


class LaidRange(TypedDict):
    """A range as it is laid out for the page."""

    start: int
    end: int
    within: str
    name: str
    value: str
    says: str
    rule: str
    was: str


class LaidSheet(TypedDict):
    """A sheet as it is laid out for the page: its bytes in hexadecimal digits, its ranges."""

    id: str
    title: str
    told: str
    hex: str
    ranges: list[LaidRange]
    changed: list[int]


@dataclass(frozen=True, slots=True)
class Sheets:
    """Annotated bytes of one subject, the edition whose rules they are held to, and what is to
    be said besides.
    """

    title: str
    edition: Edition
    sheets: tuple[Annotated, ...]
    notes: tuple[str, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """A table of the ranges of each sheet; what stands there in a row is told in one."""
        return tuple(self._table(sheet) for sheet in self.sheets)

    def _table(self, sheet: Annotated) -> Table:
        rows = []
        for (within, name, of_rule, says, _), some in groupby(sheet.ranges, _alike):
            ranges = list(some)
            start, end = ranges[0].start, ranges[-1].end
            what = f"{within}: {name}" if within else name
            values = "; ".join(found.value for found in ranges)
            told = f"{values}. {says}" if says else values
            if ranges[0].was:
                told = f"{told}. Before: {ranges[0].was}"
            rows.append((_span(start, end), _few(sheet.raw[start:end]), what, told, of_rule))
        caption = f"{sheet.title}, {len(sheet.raw)} bytes. {sheet.told}".strip()
        return Table(caption, COLUMNS, tuple(rows))

    def rules(self) -> dict[str, str]:
        """The sentence of each rule that a range names, by its id."""
        named = {found.rule for sheet in self.sheets for found in sheet.ranges if found.rule}
        return {rule_id: rule(self.edition, rule_id) for rule_id in sorted(named)}

    def laid(self) -> list[LaidSheet]:
        """The sheets as they are laid out for the page."""
        return [_laid(sheet) for sheet in self.sheets]

    def html(self) -> str:
        """Every sheet folded away with its table; behind them the sentences of the rules."""
        return "".join(self._html_parts())

    def _html_parts(self) -> Iterator[str]:
        yield f"<div><p><b>{escape(self.title)}</b></p>\n"
        yield from (f"<p>{linked(note)}</p>\n" for note in self.notes)
        for sheet, table in zip(self.sheets, self.tables(), strict=True):
            summary = f"<summary>{escape(sheet.title)}</summary>"
            yield f'<details>{summary}\n<div id="{sheet.id}">{table.html()}</div></details>\n'
        sentences = "".join(f"<li>{linked(says)}</li>" for says in self.rules().values())
        yield f"<details><summary>The rules named here</summary><ul>{sentences}</ul></details>"
        yield "</div>"

    def text(self) -> str:
        """All tables as plain text, and the sentences of the rules."""
        told = [table.text() for table in self.tables()]
        return "\n\n".join([self.title, *self.notes, *told, "\n".join(self.rules().values())])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.title}


def _alike(found: Range) -> tuple[str, ...]:
    return found.within, found.name, found.rule, found.says, found.was


def _span(start: int, end: int) -> str:
    return str(start) if end - start == 1 else f"{start} to {end - 1}"


def _few(raw: bytes) -> str:
    if len(raw) <= SHOWN_BYTES:
        return raw.hex(" ")
    return f"{raw[: SHOWN_BYTES - 4].hex(' ')} … {raw[-2:].hex(' ')}"


def _laid(sheet: Annotated) -> LaidSheet:
    ranges = []
    for found in sheet.ranges:
        laid: LaidRange = {
            "start": found.start,
            "end": found.end,
            "within": found.within,
            "name": found.name,
            "value": found.value,
            "says": found.says,
            "rule": found.rule,
            "was": found.was,
        }
        ranges.append(laid)
    return {
        "id": sheet.id,
        "title": sheet.title,
        "told": sheet.told,
        "hex": sheet.raw.hex(),
        "ranges": ranges,
        "changed": sorted(sheet.changed),
    }


class ByteView(anywidget.AnyWidget):
    """Sheets and their menus: `draw` gets one option of each menu, by name, and gives sheets.

    `part` is what a sheet is called in its own menu.  Options are as those of `Menus`: a list
    of values, or labels with their values; the first of each is shown first.

    >>> from refimpl.edition import load
    >>> from refimpl.views.secure.handshake import handshake_sheets
    >>> editions = {"2025": load("2025"), "2019": load("2019")}
    >>> view = ByteView(handshake_sheets, "record", edition=editions)
    >>> view.choose(edition="2019")
    >>> view.shown[2]["title"]
    '3. Certificate'
    """

    _esm = HERE / "byte_view.js"
    _css = THEME + (HERE / "byte_view.css").read_text("utf-8")

    part = traitlets.Unicode().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Dict().tag(sync=True)
    shown: traitlets.List[LaidSheet] = traitlets.List().tag(sync=True)
    rules = traitlets.Dict().tag(sync=True)
    notes: traitlets.List[str] = traitlets.List().tag(sync=True)
    wanted = traitlets.Unicode().tag(sync=True)

    # What an option stands for is whatever `draw` takes: a text, an edition, yes or no.
    def __init__(
        self,
        draw: Callable[..., Sheets],
        part: str,
        **menus: Iterable[str] | Mapping[str, Any],
    ) -> None:
        self._draw = draw
        self.followed: tuple[Menus, str] | None = None
        self._values: dict[str, dict[str, Any]] = {}
        for name, options in menus.items():
            by_label = (
                options if isinstance(options, Mapping) else {one: one for one in options}
            )
            self._values[name] = dict(by_label)
        labels = {name: list(values) for name, values in self._values.items()}
        chosen = {name: options[0] for name, options in labels.items()}
        super().__init__(part=part, options=labels, chosen=chosen)
        self.observe(self._lay_out, "chosen")
        self.observe(self._find, "wanted")
        self._lay_out()
        lead_to_rules(self.sheets.edition)

    def choose(self, **labels: str) -> None:
        """Choose as a reader does: by the name of the menu, the label of the option."""
        self.chosen = {**self.chosen, **labels}

    def follow(self, menus: Menus, name: str) -> Self:
        """From now on choose of one menu what is chosen of the menu of that name elsewhere."""

        def choose(change: Mapping[str, Mapping[str, str]]) -> None:
            if change["new"][name] in self.options[name]:
                self.choose(**{name: change["new"][name]})

        menus.observe(choose, "chosen")
        self.followed = menus, name
        return self

    @property
    def sheets(self) -> Sheets:
        """The sheets that are shown now."""
        return self.sheets_of(self.chosen)

    def sheets_of(self, chosen: Mapping[str, str]) -> Sheets:
        """The sheets for one option of each menu, by name."""
        return self._draw(**{name: self._values[name][label] for name, label in chosen.items()})

    def _lay_out(self, _change: object = None) -> None:
        sheets = self.sheets
        with self.hold_sync():
            self.rules, self.notes = sheets.rules(), [sheets.title, *sheets.notes]
            self.shown = sheets.laid()

    def _find(self, _change: object = None) -> None:
        """Choose the option of the first menu that has the sheet that a link names."""
        for chosen in self._by_first_menu():
            if self.wanted in (sheet.id for sheet in self.sheets_of(chosen).sheets):
                self.chosen = chosen
                return

    def _by_first_menu(self) -> Iterator[dict[str, str]]:
        """What is chosen, with each option of the first menu in its turn, if there is one."""
        if not self.options:
            yield {}
            return
        name, labels = next(iter(self.options.items()))
        for label in labels:
            yield {**self.chosen, name: label}

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {
            **data,
            "text/html": self.html(),
            "text/plain": self.sheets.title,
        }, metadata

    def html(self) -> str:
        """Lay out without a kernel the sheets of every option of the first menu; of a long menu
        those of the first.
        """
        told = []
        for chosen in self._by_first_menu():
            told.append(self.sheets_of(chosen).html())
            if len(next(iter(self.options.values()), ())) > LONG_MENU:
                break
        return f"<div>{''.join(told)}</div>"
