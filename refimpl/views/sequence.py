"""A journey as a sequence: one lifeline for each entity, one arrow for each transmission, up to
a chosen step.

The steps are the frames of a `journeys.Story`.  What is drawn and what is told in words come
from the same frame. Nothing is left out but the steps of roles the reader does not ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.messages import ANSWER_KINDS
from refimpl.network import RoamingEntity
from refimpl.play.loopback import Frame
from refimpl.play.player import Story
from refimpl.views.figure import ACCENT, ALARM, FAINT, FONTS, INK, KIND_LOOK, MUTED
from refimpl.views.modes import COLUMNS
from refimpl.vocabulary import Phase

GUTTER, HEAD, ROW = (
    70,
    62,
    34,
)  # pixels: left of the lifelines, above the first arrow, between arrows
LANES: Final = (
    220,
    170,
)  # pixels between lifelines: where there are up to four of them, and where there are more
BAND: Final = "#fff6cc"

FACTS: Final = ("granted", "accepted", "agreed", "done", "command", "event", "rule")
"""Members that say the most about their message; the first of them goes on its arrow."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transmission of a story: the frame, the number of its transmission, and the phases on
    either side of it.
    """

    frame: Frame
    label: str
    before: tuple[Phase, Phase]
    after: tuple[Phase, Phase]

    @property
    def is_answer(self) -> bool:
        """Whether it answers something; an answer is never turned away."""
        return self.frame.envelope.message.kind in ANSWER_KINDS

    @property
    def fate(self) -> str:
        """What became of it, in a word or two, or nothing where it arrived as it should."""
        if self.frame.fate == "refused":
            return "" if self.is_answer else "turned away"
        return {
            "lost": "lost",
            "duplicated": "second copy" if self.label.endswith("′") else "arrives twice",
        }.get(self.frame.fate, "")

    @property
    def words(self) -> str:
        """The message on its arrow: its kind and its most telling member."""
        message: Any = self.frame.envelope.message
        fact = next((getattr(message, name) for name in FACTS if hasattr(message, name)), None)
        said = {True: "yes", False: "no", None: ""}.get(fact, str(fact))
        return f"{message.kind}: {said}" if said else str(message.kind)


def steps(story: Story) -> tuple[Step, ...]:
    """Every transmission of a story, in order; the phases are those of the home-CSP and of the
    visited-CSO.
    """
    told: list[Step] = []
    before = (Phase.NEW, Phase.NEW)
    for frame in story.frames:
        after = (
            _phase(story, frame, story.setting.home_csp),
            _phase(story, frame, story.setting.visited_cso),
        )
        again = any(step.frame.number == frame.number for step in told)
        told.append(Step(frame, f"{frame.number}{'′' if again else ''}", before, after))
        before = after
    return tuple(told)


def _phase(story: Story, frame: Frame, entity_id: str) -> Phase:
    session = frame.reps[entity_id].sessions.get(story.setting.correlation_id)
    return session.phase if session else Phase.NEW


def role(story: Story, entity: RoamingEntity) -> str:
    """What the edition calls an entity in this story: its role within the service, or its kind."""
    edition: Edition = story.setting.edition
    ends = {story.setting.home_csp: "home-csp", story.setting.visited_cso: "visited-cso"}
    if (row := edition.roles.get(ends.get(entity.id, entity.kind))) is not None:
        return row.label
    return edition.terms[entity.kind].abbreviation or entity.kind


def roles(story: Story, step: Step) -> set[str]:
    """The roles that send or receive a step, by their ids."""
    setting = story.setting
    ends = {setting.home_csp: "home-csp", setting.visited_cso: "visited-cso"}
    return {
        ends.get(name, setting.network.entity(name).kind)
        for name in (step.frame.sender, step.frame.receiver)
    }


def caption(story: Story, step: Step) -> str:
    """A step in one line."""
    frame, names = (
        step.frame,
        {one.id: one.name or one.id for one in story.setting.network.entities},
    )
    line = f"{step.label}. {names[frame.sender]} to {names[frame.receiver]}: {step.words}"
    marks = [
        mark
        for mark in (
            step.fate,
            *(f"{names[frame.receiver]} notes {note.rule_id}" for note in frame.notes),
        )
        if mark
    ]
    return f"{line} ({'; '.join(marks)})" if marks else line


def draw(story: Story, shown: Sequence[Step], current: int) -> str:
    """The steps up to the current one, counted from 0, as an SVG."""
    taking_part = {name for frame in story.frames for name in (frame.sender, frame.receiver)}
    entities = [
        one
        for kind in COLUMNS
        for one in story.setting.network.entities
        if one.kind is kind and one.id in taking_part
    ]
    lane = LANES[len(entities) > 4]
    x = {
        entity.id: GUTTER + lane // 2 + lane * number for number, entity in enumerate(entities)
    }
    width, height = GUTTER + lane * len(entities), HEAD + ROW * (current + 1) + 8
    step = shown[current]
    phases = {story.setting.home_csp: step.after[0], story.setting.visited_cso: step.after[1]}
    parts = [
        _lifeline(story, entity, x[entity.id], height, phases.get(entity.id))
        for entity in entities
    ]
    parts += [
        _arrow(one, x, number, width, number == current)
        for number, one in enumerate(shown[: current + 1])
    ]
    title = escape(f"Step {current + 1} of {len(shown)}. {caption(story, step)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{FONTS}" font-size="11" fill="{INK}" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _lifeline(
    story: Story, entity: RoamingEntity, x: int, height: int, phase: Phase | None
) -> str:
    look = KIND_LOOK[entity.kind]
    where = (
        f'<text x="{x}" y="44" font-weight="bold" fill="{ACCENT}">{phase}</text>'
        if phase
        else ""
    )
    return (
        f'<path d="M{x} 50V{height}" stroke="{FAINT}" stroke-dasharray="3 3"/>'
        f'<rect x="{x - 80}" y="2" width="160" height="48" rx="{10 if entity.kind == "csp" else 0}" '
        f'fill="{look["fillcolor"]}" stroke="{look["color"]}"/>'
        f'<text x="{x}" y="17" font-size="12" font-weight="bold">{escape(entity.name or entity.id)}</text>'
        f'<text x="{x}" y="{31 if phase else 35}">{escape(role(story, entity))}</text>{where}'
    )


def _arrow(step: Step, x: dict[str, int], number: int, width: int, current: bool) -> str:
    start, end = x[step.frame.sender], x[step.frame.receiver]
    y, way = HEAD + ROW * number + 24, 1 if end > start else -1
    colour = (
        ALARM
        if step.fate in ("lost", "turned away") or step.frame.notes
        else ACCENT
        if current
        else MUTED
    )
    stop = (start + end) // 2 + way * 30 if step.fate == "lost" else end
    dash = ' stroke-dasharray="6 4"' if step.is_answer else ""
    marks = " ".join(
        mark
        for mark in (step.fate, *(f"✗ {note.rule_id}" for note in step.frame.notes))
        if mark
    )
    words = escape(f"{step.words}  {f'[{marks}]' if marks else ''}".strip())
    paper, weight, thick = (BAND, "bold", 2.5) if current else ("#fff", "normal", 1.3)
    line = f'<path d="M{start} {y}H{stop - way * 2}"{dash}/>{_head(step, stop, y, way)}'
    band = f'<rect y="{y - 19}" width="{width}" height="{ROW - 4}" fill="{BAND if current else "transparent"}"/>'
    return (
        f'<g data-step="{number}">{band}'
        f'<text x="6" y="{y + 3}" text-anchor="start" font-weight="{weight}">{step.label}</text>'
        f'<text x="64" y="{y + 3}" text-anchor="end" fill="{MUTED}" font-size="9">{step.frame.at:%H:%M:%S}</text>'
        f'<g stroke="{colour}" stroke-width="{thick}" fill="none">{line}</g>'
        f'<text x="{(start + end) // 2}" y="{y - 6}" font-weight="{weight}" fill="{colour if marks else INK}" '
        f'stroke="{paper}" stroke-width="4" paint-order="stroke">{words}</text></g>'
    )


def _head(step: Step, x: int, y: int, way: int) -> str:
    """The end of an arrow: a point, a cross for what was lost, a barred circle for what was
    turned away.
    """
    if step.fate == "lost":
        return f'<path d="M{x - 6} {y - 6}l12 12m0-12l-12 12"/>'
    point = f'<path d="M{x - way * 8} {y - 5}L{x - way} {y}L{x - way * 8} {y + 5}"/>'
    if step.fate == "turned away":
        return f'{point}<circle cx="{x}" cy="{y}" r="7" fill="#fff"/><path d="M{x - 5} {y + 5}l10-10"/>'
    return point
