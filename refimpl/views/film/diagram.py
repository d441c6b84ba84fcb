"""A sequence diagram: one lifeline for each entity, one arrow for each transmission.

It is drawn in two ways by the same lines: up to one step, as a picture for itself, and whole,
as two pictures that a page lays over each other, so that the heads stay where they are while
the steps scroll.  A page marks the step that is looked at and fades those behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from math import ceil
from typing import Final, Literal, NamedTuple

from refimpl.views.kit.figure import FONTS, KIND_LOOK
from refimpl.views.kit.palette import ACCENT, ALARM, BAND, FAINT, INK, MUTED, PAPER
from refimpl.vocabulary import Kind

# Pixels: left of the lifelines, above the first arrow, between arrows, heads of lifelines.
GUTTER, HEAD, ROW = 84, 62, 34
HEADS: Final = 52
# Pixels between lifelines, where there are up to three of them and where there are more.
WIDE_LANE, NARROW_LANE = 220, 174
# Pixels for a character at most on average, and between a text and the edge of the drawing.
CHARACTER, MARGIN = 5.6, 8

Outcome = Literal["arrived", "lost", "turned away", "under way"]


class Lifeline(NamedTuple):
    """An entity of a diagram: its id, its kind, its name, and its role; `stands` says whether
    it has a phase.
    """

    id: str
    kind: Kind
    name: str
    role: str
    stands: bool


class Event(NamedTuple):
    """What happens without a message, to one entity or (where that is empty) to none;
    `alarming` is what should not happen.
    """

    entity: str
    text: str
    alarming: bool = True


class Arrow(NamedTuple):
    """One transmission: its number, when, whence, whither, what it says, and what became of it.

    `marks` stand in brackets behind its words; `alarming` is what went wrong.
    """

    label: str
    at: str
    sender: str
    receiver: str
    words: str
    answers: bool
    outcome: Outcome = "arrived"
    marks: tuple[str, ...] = ()
    alarming: bool = False

    @property
    def text(self) -> str:
        """What stands on the arrow."""
        return f"{self.words}  [{' '.join(self.marks)}]" if self.marks else self.words


Lines = tuple[Event | Arrow, ...]
"""What is drawn for one step, from above to below."""


class Box(NamedTuple):
    """How wide a drawing is, and from which height to which it reaches."""

    width: int
    top: int
    bottom: int


@dataclass(frozen=True)
class Diagram:
    """Lifelines from left to right, and steps from above to below."""

    lifelines: tuple[Lifeline, ...]
    steps: tuple[Lines, ...]

    @property
    def _lane(self) -> int:
        return NARROW_LANE if len(self.lifelines) > 3 else WIDE_LANE

    @cached_property
    def _width(self) -> int:
        """As wide as the lanes, or as the longest text needs it."""
        longest = 0
        for step in self.steps:
            longest = max(longest, *(_length(line.text) for line in step))
        return max(self._right_of_lanes, GUTTER + longest + MARGIN)

    @property
    def _right_of_lanes(self) -> int:
        return GUTTER + self._lane * len(self.lifelines)

    def _x(self, entity: str) -> int:
        """Find the lifeline of an entity; the middle of all for none."""
        for number, line in enumerate(self.lifelines):
            if line.id == entity:
                return GUTTER + self._lane // 2 + self._lane * number
        return (GUTTER + self._right_of_lanes) // 2

    def _middle(self, wanted: int, words: str) -> int:
        """Where the middle of a text is, so that the drawing cuts neither end off."""
        half = _length(words) // 2
        return max(min(wanted, self._width - MARGIN - half), GUTTER + half)

    def svg(self, current: int, phases: Mapping[str, str], title: str) -> str:
        """Draw the steps up to the current one, counted from 0, and where each lifeline then
        stands.
        """
        steps = self.steps[: current + 1]
        box = Box(self._width, 0, _bottom(steps))
        parts = [self._lines(box.bottom), self._heads(phases), *self._rows(steps, current)]
        return _svg(title, box, "".join(parts))

    def heads(self, title: str) -> str:
        """Draw the heads of the lifelines, with room for their phases."""
        box = Box(self._width, 0, HEADS)
        return _svg(f"{title}, who takes part", box, self._heads({}))

    def rows(self, title: str) -> str:
        """Draw what stands beneath the heads: every step, none of them as the current one."""
        box = Box(self._width, HEADS, _bottom(self.steps))
        parts = [self._lines(box.bottom), *self._rows(self.steps)]
        return _svg(title, box, "".join(parts))

    def _lines(self, bottom: int) -> str:
        lines = (f"M{self._x(line.id)} 50V{bottom}" for line in self.lifelines)
        look = f'class="lifelines" stroke="{FAINT}" stroke-dasharray="3 3"'
        return f'<path d="{"".join(lines)}" {look}/>'

    def _heads(self, phases: Mapping[str, str]) -> str:
        heads = ""
        for line in self.lifelines:
            heads += _head(line, self._x(line.id), phases.get(line.id, ""))
        return heads

    def _rows(self, steps: Sequence[Lines], current: int | None = None) -> Iterator[str]:
        """Draw each step beneath the one before it."""
        y = HEAD
        for number, step in enumerate(steps):
            yield self._row(step, number, y, current)
            y += ROW * len(step)

    def _row(self, step: Lines, number: int, y: int, current: int | None) -> str:
        parts = []
        for line in step:
            if isinstance(line, Event):
                parts.append(self._event(line, y))
            else:
                parts.append(self._band(y, number, current))
                parts.append(self._arrow(line, y, number == current))
            y += ROW
        alarming = any(isinstance(line, Arrow) and line.alarming for line in step)
        marked = ' class="alarming"' if alarming else ""
        return f'<g data-step="{number}"{marked}>{"".join(parts)}</g>'

    def _event(self, event: Event, top: int) -> str:
        """Draw a line across, with its words at the lifeline of the entity it happens to."""
        y = top + 18
        middle = self._middle(self._x(event.entity), event.text)
        colour = ALARM if event.alarming else MUTED
        return (
            f'<g class="event"><path d="M{GUTTER} {y}H{self._width - 10}" stroke="{colour}" '
            f'stroke-dasharray="2 4"/><text x="{middle}" y="{y + 4}" font-style="italic" '
            f'fill="{colour}" {_halo(PAPER, 6)}>{escape(event.text)}</text></g>'
        )

    def _arrow(self, arrow: Arrow, top: int, current: bool) -> str:
        start, end = self._x(arrow.sender), self._x(arrow.receiver)
        y, way = top + 24, _way(start, end)
        colour = _colour(arrow, current)
        line = _shaft(arrow, start, end, y) + _point(arrow, _stop(arrow, start, end), y, way)
        middle = self._middle((start + end) // 2, arrow.text)
        paper, bold, thick = PAPER, "", 1.3
        if current:
            paper, bold, thick = BAND, ' font-weight="bold"', 2.5
        ink = f' fill="{colour}"' if arrow.marks else ""
        return (
            f'<text x="6" y="{y + 3}" text-anchor="start"{bold}>{arrow.label}</text>'
            f'<text class="clock" x="78" y="{y + 3}" text-anchor="end" fill="{MUTED}">'
            f"{arrow.at}</text>"
            f'<g class="arrow" stroke="{colour}" stroke-width="{thick}" fill="none">{line}</g>'
            f'<text class="words" x="{middle}" y="{y - 6}"{bold}{ink} '
            f"{_halo(paper, 4)}>{escape(arrow.text)}</text>"
        )

    def _band(self, top: int, number: int, current: int | None) -> str:
        """Draw what lies behind the arrows of the current step, and unseen behind all of those
        that a page may mark.
        """
        if current not in (None, number):
            return ""
        fill = "none" if current is None else BAND
        size = f'width="{self._width}" height="{ROW - 4}"'
        return f'<rect class="band" y="{top + 5}" {size} fill="{fill}"/>'


def _length(words: str) -> int:
    return ceil(CHARACTER * len(words))


def _bottom(steps: Sequence[Lines]) -> int:
    """How far down some steps reach."""
    return HEAD + ROW * sum(map(len, steps)) + 8


def _svg(title: str, box: Box, body: str) -> str:
    height = box.bottom - box.top
    size = f'width="{box.width}" height="{height}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(title)}" '
        f'viewBox="0 {box.top} {box.width} {height}" {size} '
        f'font-family="{FONTS}" font-size="11" text-anchor="middle">'
        f'<rect class="paper" y="{box.top}" {size} fill="{PAPER}"/>'
        f'<g fill="{INK}">{body}</g></svg>'
    )


def _halo(paper: str, width: int) -> str:
    """Keep the lines behind a text away from it."""
    return f'stroke="{paper}" stroke-width="{width}" paint-order="stroke"'


def _head(line: Lifeline, x: int, phase: str) -> str:
    look = KIND_LOOK[line.kind]
    corners = ' rx="10"' if line.kind is Kind.CSP else ""
    role_at, where = 35, ""
    if line.stands:
        role_at = 31
        where = (
            f'<text class="phase" data-entity="{escape(line.id)}" x="{x}" y="44" '
            f'font-weight="bold" fill="{ACCENT}">{escape(phase)}</text>'
        )
    return (
        f'<rect class="{line.kind}" x="{x - 80}" y="2" width="160" height="48"{corners} '
        f'fill="{look["fillcolor"]}" stroke="{look["color"]}"/>'
        f'<text x="{x}" y="17" font-size="12" font-weight="bold">{escape(line.name)}</text>'
        f'<text x="{x}" y="{role_at}">{escape(line.role)}</text>{where}'
    )


def _colour(arrow: Arrow, current: bool) -> str:
    if arrow.alarming:
        return ALARM
    if current:
        return ACCENT
    return MUTED


def _way(start: int, end: int) -> int:
    """Which way an arrow points: 1 to the right, -1 to the left."""
    return 1 if end > start else -1


def _stop(arrow: Arrow, start: int, end: int) -> int:
    """Where an arrow ends: short of its receiver if it does not get there."""
    if arrow.outcome in ("lost", "under way"):
        return (start + end) // 2 + _way(start, end) * 30
    return end


def _shaft(arrow: Arrow, start: int, end: int, y: int) -> str:
    dash = ' stroke-dasharray="6 4"' if arrow.answers else ""
    return f'<path d="M{start} {y}H{_stop(arrow, start, end) - _way(start, end) * 2}"{dash}/>'


def _point(arrow: Arrow, x: int, y: int, way: int) -> str:
    """Draw the end of an arrow: a point; a cross for what was lost, a barred circle for what
    was turned away, three dots for what is under way.
    """
    if arrow.outcome == "lost":
        return f'<path d="M{x - 6} {y - 6}l12 12m0-12l-12 12"/>'
    if arrow.outcome == "under way":
        return f'<path d="M{x + way * 4} {y}h{way * 24}" stroke-dasharray="2 6"/>'
    point = f'<path d="M{x - way * 8} {y - 5}L{x - way} {y}L{x - way * 8} {y + 5}"/>'
    if arrow.outcome == "turned away":
        circle = f'<circle class="paper" cx="{x}" cy="{y}" r="7" fill="{PAPER}"/>'
        return f'{point}{circle}<path d="M{x - 5} {y + 5}l10-10"/>'
    return point
