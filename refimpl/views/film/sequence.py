"""A journey as a sequence: one lifeline for each entity, one arrow for each transmission, up to
a chosen step.

The steps are the frames of a `player.Story`.  What is drawn and what is told in words come
from the same frame. Nothing is left out but the steps of roles the reader does not ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from refimpl.messages import ANSWER_KINDS
from refimpl.network import RoamingEntity
from refimpl.play.loopback import Frame
from refimpl.play.player import Story
from refimpl.views.graphs.modes import COLUMNS
from refimpl.views.kit.figure import ACCENT, ALARM, FAINT, FONTS, INK, KIND_LOOK, MUTED
from refimpl.vocabulary import Kind, Phase

# Pixels: left of the lifelines, above the first arrow, between arrows.
GUTTER, HEAD, ROW = 70, 62, 34
# Pixels between lifelines, where there are up to four of them and where there are more.
WIDE_LANE, NARROW_LANE = 220, 170
BAND: Final = "#fff6cc"

FACTS: Final = ("granted", "accepted", "agreed", "done", "command", "event", "rule")
"""Members that say the most about their message; the first of them goes on its arrow."""


@dataclass(frozen=True, slots=True)
class Shown:
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
        match self.frame.fate:
            case "refused" if not self.is_answer:
                return "turned away"
            case "lost":
                return "lost"
            case "duplicated":
                return "second copy" if self.label.endswith("′") else "arrives twice"
        return ""

    @property
    def failed(self) -> bool:
        """Whether it did not arrive, or was found wrong."""
        return self.fate in ("lost", "turned away") or bool(self.frame.notes)

    @property
    def words(self) -> str:
        """The message on its arrow: its kind and its most telling member."""
        message = self.frame.envelope.message
        for name in FACTS:
            if hasattr(message, name):
                fact = getattr(message, name)
                said = {True: "yes", False: "no"}.get(fact, str(fact))
                return f"{message.kind}: {said}"
        return message.kind


def steps_of(story: Story) -> tuple[Shown, ...]:
    """List every transmission of a story, in order; the phases are those of the home-CSP and of
    the visited-CSO.
    """
    told: list[Shown] = []
    numbers: set[int] = set()
    before = (Phase.NEW, Phase.NEW)
    for frame in story.frames:
        ends = story.setting.home_csp, story.setting.visited_cso
        after = (_phase(story, frame, ends[0]), _phase(story, frame, ends[1]))
        mark = "′" if frame.number in numbers else ""
        numbers.add(frame.number)
        told.append(Shown(frame, f"{frame.number}{mark}", before, after))
        before = after
    return tuple(told)


def _phase(story: Story, frame: Frame, entity_id: str) -> Phase:
    session = story.session(frame.reps, entity_id)
    return session.phase if session else Phase.NEW


def role_name(story: Story, entity: RoamingEntity) -> str:
    """Tell what the edition calls an entity in this story: its role, or its kind."""
    edition = story.setting.edition
    row = edition.roles.get(_role_id(story, entity.id))
    if row is not None:
        return row.label
    return edition.terms[entity.kind].abbreviation or entity.kind


def _role_id(story: Story, entity_id: str) -> str:
    ends = {story.setting.home_csp: "home-csp", story.setting.visited_cso: "visited-cso"}
    return ends.get(entity_id, story.setting.network.entity(entity_id).kind)


def roles_in(story: Story, step: Shown) -> set[str]:
    """Name the roles that send or receive a step, by their ids."""
    return {_role_id(story, step.frame.sender), _role_id(story, step.frame.receiver)}


def caption(story: Story, step: Shown) -> str:
    """Tell a step in one line."""
    frame = step.frame
    names = {entity.id: entity.name or entity.id for entity in story.setting.network.entities}
    line = f"{step.label}. {names[frame.sender]} to {names[frame.receiver]}: {step.words}"
    marks = [step.fate] if step.fate else []
    marks += [f"{names[frame.receiver]} notes {note.rule_id}" for note in frame.notes]
    return f"{line} ({'; '.join(marks)})" if marks else line


def sequence_svg(story: Story, shown: Sequence[Shown], current: int) -> str:
    """Draw the steps up to the current one, counted from 0, as an SVG."""
    entities = _taking_part(story)
    lane = NARROW_LANE if len(entities) > 4 else WIDE_LANE
    x = {}
    for number, entity in enumerate(entities):
        x[entity.id] = GUTTER + lane // 2 + lane * number
    width, height = GUTTER + lane * len(entities), HEAD + ROW * (current + 1) + 8
    step = shown[current]
    phases = {story.setting.home_csp: step.after[0], story.setting.visited_cso: step.after[1]}
    parts = [
        _lifeline(story, entity, x[entity.id], height, phases.get(entity.id))
        for entity in entities
    ]
    for number, one in enumerate(shown[: current + 1]):
        parts.append(_arrow(one, x, number, width, number == current))
    title = escape(f"Step {current + 1} of {len(shown)}. {caption(story, step)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONTS}" font-size="11" fill="{INK}" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _taking_part(story: Story) -> list[RoamingEntity]:
    """List the entities that send or receive in a story, by kind from the left."""
    names = {name for frame in story.frames for name in (frame.sender, frame.receiver)}
    entities = [entity for entity in story.setting.network.entities if entity.id in names]
    return sorted(entities, key=lambda entity: COLUMNS.index(entity.kind))


def _lifeline(
    story: Story, entity: RoamingEntity, x: int, height: int, phase: Phase | None
) -> str:
    look = KIND_LOOK[entity.kind]
    corners = 10 if entity.kind is Kind.CSP else 0
    role_at, where = 35, ""
    if phase:
        role_at = 31
        where = f'<text x="{x}" y="44" font-weight="bold" fill="{ACCENT}">{phase}</text>'
    name, role = escape(entity.name or entity.id), escape(role_name(story, entity))
    return (
        f'<path d="M{x} 50V{height}" stroke="{FAINT}" stroke-dasharray="3 3"/>'
        f'<rect x="{x - 80}" y="2" width="160" height="48" rx="{corners}" '
        f'fill="{look["fillcolor"]}" stroke="{look["color"]}"/>'
        f'<text x="{x}" y="17" font-size="12" font-weight="bold">{name}</text>'
        f'<text x="{x}" y="{role_at}">{role}</text>{where}'
    )


def _arrow(step: Shown, x: Mapping[str, int], number: int, width: int, current: bool) -> str:
    start, end = x[step.frame.sender], x[step.frame.receiver]
    y, way = HEAD + ROW * number + 24, 1 if end > start else -1
    middle = (start + end) // 2
    stop = middle + way * 30 if step.fate == "lost" else end
    colour = _colour(step, current)
    dash = ' stroke-dasharray="6 4"' if step.is_answer else ""
    marks = [step.fate] if step.fate else []
    marks += [f"✗ {note.rule_id}" for note in step.frame.notes]
    words, ink = step.words, INK
    if marks:
        words, ink = f"{words}  [{' '.join(marks)}]", colour
    paper, weight, thick, band = "#fff", "normal", 1.3, "transparent"
    if current:
        paper, weight, thick, band = BAND, "bold", 2.5, BAND
    line = f'<path d="M{start} {y}H{stop - way * 2}"{dash}/>{_arrow_head(step, stop, y, way)}'
    return (
        f'<g data-step="{number}">'
        f'<rect y="{y - 19}" width="{width}" height="{ROW - 4}" fill="{band}"/>'
        f'<text x="6" y="{y + 3}" text-anchor="start" font-weight="{weight}">'
        f"{step.label}</text>"
        f'<text x="64" y="{y + 3}" text-anchor="end" fill="{MUTED}" font-size="9">'
        f"{step.frame.at:%H:%M:%S}</text>"
        f'<g stroke="{colour}" stroke-width="{thick}" fill="none">{line}</g>'
        f'<text x="{middle}" y="{y - 6}" font-weight="{weight}" fill="{ink}" '
        f'stroke="{paper}" stroke-width="4" paint-order="stroke">{escape(words)}</text></g>'
    )


def _colour(step: Shown, current: bool) -> str:
    if step.failed:
        return ALARM
    return ACCENT if current else MUTED


def _arrow_head(step: Shown, x: int, y: int, way: int) -> str:
    """Draw the end of an arrow: a point, a cross for what was lost, a barred circle for what
    was turned away.
    """
    if step.fate == "lost":
        return f'<path d="M{x - 6} {y - 6}l12 12m0-12l-12 12"/>'
    point = f'<path d="M{x - way * 8} {y - 5}L{x - way} {y}L{x - way * 8} {y + 5}"/>'
    if step.fate == "turned away":
        circle = f'<circle cx="{x}" cy="{y}" r="7" fill="#fff"/>'
        return f'{point}{circle}<path d="M{x - 5} {y + 5}l10-10"/>'
    return point
