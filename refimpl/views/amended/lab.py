"""The amendment lab: a draft is written in a field, its errors stand beside their lines, and
beneath is what it changes: rows, pictures of both sides, journeys, who learns what, vectors.

Rows and pictures follow the text at once; journeys and vectors are asked for with a button, for
they take a second or two.  What a draft says is text here and never markup.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.lab.amended_remarks import remarks_on
from refimpl.lab.amended_rows import RowChange, beyond_the_model, changed_rows
from refimpl.lab.amendment import Amendment, amend
from refimpl.lab.amendment_told import MARKS, Section, counted, sections
from refimpl.lab.drafts import Draft, base_of, read_draft_text, way_out
from refimpl.views.amended.pictures import differing_pictures, pictures
from refimpl.views.film.stepper import Stepper
from refimpl.views.kit.embedding import inline, least_width_px
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked

HERE: Final = Path(__file__).parent
FOLDED: Final = 20
"""How many rows a table has at most that stands open."""
SHOWN: Final = 200
"""How many rows that differ are shown; more would keep the page from answering."""
SHOWN_AT_ONCE: Final = ("rows", "beyond", "remarks")
"""The sections that follow the text without being asked for."""
FILE: Final = Path("draft.toml")
"""What the text in the field is called in errors."""


class Placed(TypedDict):
    """One thing that is wrong, as the page gets it: its line, 0 if none is known, and words."""

    line: int
    says: str


class AmendmentLab(anywidget.AnyWidget):
    """A field for a draft, with worked ones to begin from, and what the draft changes.

    >>> from refimpl.lab.drafts import worked_texts
    >>> lab = AmendmentLab(worked_texts(), "battery-swapping")
    >>> lab.summary
    'battery-swapping against 2025: 4 rows added.'
    >>> lab.text = lab.text.replace('record = "sdr"', 'record = "bdr"')
    >>> lab.faults[0]["line"], lab.faults[0]["says"][:66]
    (30, "EDN-5: draft.toml [[service]] battery-swapping, record: no row 'bd")
    """

    _esm = HERE / "lab.js"
    _css = THEME + (HERE / "lab.css").read_text("utf-8")

    drafts = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    faults: traitlets.List[Placed] = traitlets.List().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    differing: traitlets.List[str] = traitlets.List().tag(sync=True)
    pictures = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Unicode().tag(sync=True)
    asked_of = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    edition: Edition | None = traitlets.Any(None)  # type: ignore[assignment]  # holds one
    """The edition of the last text in which nothing was wrong, as any view takes one; None
    before there is one.
    """

    def __init__(self, drafts: Mapping[str, str], chosen: str) -> None:
        super().__init__(drafts=dict(drafts), chosen=chosen, text=drafts[chosen])
        self.observe(self._choose, "chosen")
        self.observe(self._read, "text")
        self.observe(self._draw, "picture")
        self.on_msg(self._hear)
        self._read()
        shown = self._draft().edition
        if shown is not None:
            lead_to_rules(shown)

    def stepper(self, journey: str, mode: str) -> Stepper:
        """A journey under the draft in the field, to step through; it follows what is written
        there.
        """
        assert self.edition is not None, "the draft in the field was never sound"
        stepper = Stepper(self.edition, journey, mode)
        self.observe(lambda change: stepper.play_under(change["new"]), "edition")
        return stepper

    def ask(self, *, search: bool = True) -> Amendment | None:
        """Play the journeys, ask the vectors and `search` all states under the draft in the
        field; None where something is wrong with it.
        """
        draft = self._draft()
        if draft.faults or draft.edition is None:
            return None
        told = amend(base_of(draft.edition), draft.edition, search=search)
        with self.hold_sync():
            parts = [part for part in sections(told) if part.id not in SHOWN_AT_ONCE]
            self.asked = "\n".join(map(_section_html, parts))
            self.asked_of = self.text
        return told

    def _draft(self) -> Draft:
        return read_draft_text(self.text, FILE)

    def _choose(self, _change: object = None) -> None:
        self.text = self.drafts.get(self.chosen, self.text)

    def _hear(self, _widget: object, said: object, _buffers: object) -> None:
        """Answer the page, which waits for it whatever happens; its text comes with the
        question, which may overtake what was written before.
        """
        if not isinstance(said, Mapping) or "ask" not in said:
            return
        try:
            self.text = said["ask"]
            self.ask()
        except Exception as error:  # a reader gets a line, never a silence
            self.asked = f'<p role="alert">{escape(_fault_of_ours(error))}</p>'
            self.asked_of = self.text
        finally:
            self.answered += 1

    def _read(self, _change: object = None) -> None:
        """Read the text in the field, and show its errors or what it changes."""
        try:
            self._follow_text()
        except Exception as error:  # a reader gets a line, never a silence
            self.summary = _fault_of_ours(error)

    def _follow_text(self) -> None:
        draft = self._draft()
        with self.hold_sync():
            self.faults = [_placed(draft, number) for number in range(len(draft.faults))]
            if draft.faults or draft.edition is None:
                wrong = len(draft.faults)
                self.summary = f"Wrong in the draft: {wrong}. Beneath is the last sound one."
                return
            self.edition = draft.edition
            base = base_of(draft.edition)
            found = changed_rows(base, draft.edition)
            self.summary = f"{draft.edition.id} against {base.id}: {_counts(found)}."
            self.rows = _rows_html(found, base, draft.edition)
            self.rows += _beyond_html(base, draft.edition)
            self.rows += _remarks_html(base, draft.edition, found)
            self.differing = list(differing_pictures(base, draft.edition))
            if self.differing and self.picture not in self.differing:
                self.picture = self.differing[0]  # which draws it
            else:
                self.picture = self.picture or "interfaces"
                self._draw()

    def _draw(self, _change: object = None) -> None:
        if self.edition is not None:
            pair = pictures(base_of(self.edition), self.edition)[self.picture]
            self.pictures = _side_by_side(pair, live=True)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {**data, "text/html": self.html(), "text/plain": self.summary}, metadata

    def html(self) -> str:
        """The draft and what it changes, without a kernel: as far as it has been asked."""
        text = (
            f"<details><summary>The draft</summary>\n<pre>{escape(self.text)}</pre></details>"
        )
        drawn = ""
        if self.edition is not None:
            every = pictures(base_of(self.edition), self.edition)
            drawn = "\n".join(_side_by_side(every[name], live=False) for name in self.differing)
        head = f"<p><b>{escape(self.summary)}</b></p>"
        return f"<div>{head}\n{text}\n{self.rows}\n{drawn}\n{self.asked}</div>"


def _fault_of_ours(error: Exception) -> str:
    """Say in a line that the model failed."""
    says = " ".join(f"{type(error).__name__}: {error}".split())
    return f"Not told, by a fault of the model, please report it: {says}"


def _placed(draft: Draft, number: int) -> Placed:
    fault = draft.faults[number]
    says = f"{fault.rule}: {fault.where}; {way_out(fault)}"
    return {"line": fault.line or 0, "says": says}


def _counts(rows: Iterable[RowChange]) -> str:
    """How many rows are added, removed and altered."""
    counts = Counter[str](row.how for row in rows)
    told = [f"{counted(counts[how], 'row')} {how}" for how in MARKS if counts[how]]
    return ", ".join(told) or "nothing differs"


# --- As HTML ----------------------------------------------------------------------------------


class Compared:
    """What one edition changes against another: every row with a link to it, and both sides of
    the pictures that differ.

    >>> from refimpl.edition import load
    >>> Compared(load("2019"), load("2025")).text().splitlines()[0]
    '2025 against 2019: 16 rows added, 4 rows removed, 14 rows altered.'
    """

    def __init__(self, before: Edition, after: Edition) -> None:
        self._before, self._after = before, after
        self._rows = changed_rows(before, after)

    def text(self) -> str:
        """The same in words."""
        head = f"{self._after.id} against {self._before.id}: {_counts(self._rows)}."
        told = [f"{one.table} {one.id}: {one.how}. {one.says}" for one in self._rows]
        return "\n".join([head, *told])

    def html(self) -> str:
        """Every row that differs with its anchor, and the pictures that differ."""
        head = f"<p><b>{escape(self.text().splitlines()[0])}</b></p>"
        every = pictures(self._before, self._after)
        names = differing_pictures(self._before, self._after)
        drawn = "\n".join(_side_by_side(every[name], live=False) for name in names)
        rows = _rows_html(self._rows, self._before, self._after)
        return f"<div>{head}\n{drawn}\n{rows}</div>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text()}


def _side_by_side(pair: tuple[Figure, Figure], *, live: bool) -> str:
    """Two pictures beside each other, or one above the other where there is no room."""
    cells = []
    for figure in pair:
        drawing = inline(figure.svg()) if live else figure.image()
        title = f"<p><b>{escape(figure.title)}</b></p>"
        room = f"flex:1 1 {least_width_px(figure.svg())}px;min-width:0;max-width:100%"
        cells.append(f'<div style="{room}">{title}{drawing}{figure.words()}</div>')
    return f'<div style="{BESIDE}">{"".join(cells)}</div>'


BESIDE: Final = "display:flex;flex-wrap:wrap;gap:12px"


def _rows_html(rows: tuple[RowChange, ...], before: Edition, after: Edition) -> str:
    """The rows that differ as a table in which each has an anchor and a link to it."""
    lines = []
    for one in rows[:SHOWN]:
        fields = [f"{field.field}: {field.before} → {field.after}" for field in one.fields]
        says = "; ".join(fields) or one.says
        if one.change:
            says = f"{says} (change {one.change})"
        link = f'<a href="#{one.anchor}" aria-label="link to {escape(one.id)}">#</a>'
        cells = (f"{MARKS[one.how]} {one.how}", f"{one.table} {one.id}", says)
        others = "".join(f"<td {LEFT}>{linked(text)}</td>" for text in cells)
        lines.append(f'<tr id="{one.anchor}"><td {LEFT}>{link}</td>{others}</tr>')
    heads = ("#", "how", "row", "what")
    caption = f"Rows that differ, {after.id} against {before.id}"
    left = len(rows) - len(lines)
    more = f"<p>{left:,} more: iec63119 amend --all shows them.</p>" if left else ""
    return _table(caption, heads, lines) + more


LEFT: Final = 'style="text-align: left; vertical-align: top; overflow-wrap: break-word"'


def _table(caption: str, heads: Iterable[str], lines: Iterable[str]) -> str:
    columns = "".join(f'<th scope="col" {LEFT}>{escape(head)}</th>' for head in heads)
    body = "\n".join(lines)
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="group" '
        f'aria-label="{escape(caption)}"><table>\n<caption {LEFT}>{escape(caption)}</caption>\n'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _beyond_html(before: Edition, after: Edition) -> str:
    """What a draft asks beyond the model, where it asks something."""
    found = beyond_the_model(before, after)
    if not found:
        return ""
    rows = tuple((one.table, one.id, one.says, one.would_change) for one in found)
    heads = ("table", "row", "why", "what would have to change")
    return _section_html(Section("beyond", "Beyond the model", heads, rows))


def _remarks_html(before: Edition, after: Edition, changed: tuple[RowChange, ...]) -> str:
    """What is odd in a draft, where something is."""
    found = remarks_on(before, after, changed)
    if not found:
        return ""
    rows = tuple((one.table, one.id, one.says) for one in found)
    heads = ("table", "row", "why")
    return _section_html(Section("remarks", "Odd, but not wrong", heads, rows))


def _section_html(section: Section) -> str:
    """A section as a table, folded away where it is long; its title alone where it is empty."""
    if not section.rows:
        return f"<p>{escape(section.title)}</p>"
    lines = [f"<tr>{''.join(_cells(row))}</tr>" for row in section.rows]
    table = _table(section.title, section.heads, lines)
    if len(section.rows) <= FOLDED:
        return table
    return f"<details><summary>{escape(section.title)}</summary>\n{table}</details>"


def _cells(row: tuple[str, ...]) -> Iterator[str]:
    for text in row:
        yield f"<td {LEFT}>{linked(text)}</td>"
