"""A journey as a sequence: one lifeline for each entity, one arrow for each transmission, up to
a chosen step.

The steps are the frames of a `player.Story`.  What is drawn and what is told in words come
from the same frame. Nothing is left out but the steps of roles the reader does not ask for.
What happens between two steps, such as a restart, is told with the one behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from refimpl.messages import ANSWER_KINDS
from refimpl.network import RoamingEntity
from refimpl.play.loopback import Frame
from refimpl.play.player import Story, phase_at, restarted
from refimpl.play.telling import Happening, happenings, kind_in_short
from refimpl.setting import Setting
from refimpl.views.graphs.modes import COLUMNS
from refimpl.views.kit.figure import FONTS, KIND_LOOK
from refimpl.views.kit.palette import ACCENT, ALARM, BAND, FAINT, INK, MUTED, PAPER
from refimpl.vocabulary import Kind, Phase

# Pixels: left of the lifelines, above the first arrow, between arrows.
GUTTER, HEAD, ROW = 70, 62, 34
# Pixels between lifelines, where there are up to four of them and where there are more.
WIDE_LANE, NARROW_LANE = 220, 170


@dataclass(frozen=True, slots=True)
class Shown:
    """One transmission of a story: the frame, the number of its transmission, the setting of
    its service, the phases of that on either side of it, and what happened before it.
    """

    frame: Frame
    label: str
    setting: Setting
    before: tuple[Phase, Phase]
    after: tuple[Phase, Phase]
    behind: tuple[Happening, ...]

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
            case "duplicated" if self.label.endswith("′"):
                return "second copy"
            case "duplicated":
                return "arrives twice"
        return ""

    @property
    def marks(self) -> list[str]:
        """What became of it, in a list that is empty where it arrived as it should."""
        return list(filter(None, [self.fate]))

    @property
    def failed(self) -> bool:
        """Whether it did not arrive, or was found wrong."""
        return self.fate in ("lost", "turned away") or bool(self.frame.notes)

    @property
    def words(self) -> str:
        """The message on its arrow: its kind, and what it says most."""
        return kind_in_short(self.frame.envelope.message)


def steps_of(story: Story) -> tuple[Shown, ...]:
    """List every transmission of a story, in order; the phases are those of the home-CSP and of
    the visited-CSO.
    """
    happened = list(happenings(story))
    shown: list[Shown] = []
    numbers: set[int] = set()
    for place, frame in enumerate(story.frames):
        setting = story.setting_of(place)
        mark = "′" if frame.number in numbers else ""
        numbers.add(frame.number)
        before = _phases_before(story, place, setting)
        after = _phases(frame, setting)
        behind = tuple(one for one in happened if one.behind == place)
        shown.append(Shown(frame, f"{frame.number}{mark}", setting, before, after, behind))
    return tuple(shown)


def only(story: Story, steps: Sequence[Shown], role: str) -> Iterator[Shown]:
    """Leave out the steps that a role neither sends nor receives, unless it is `all`; what
    happened before one of these is told with the next.
    """
    behind: tuple[Happening, ...] = ()
    for step in steps:
        behind += step.behind
        if role in {"all", *roles_in(story, step)}:
            yield replace(step, behind=behind)
            behind = ()


def _phases(frame: Frame, setting: Setting) -> tuple[Phase, Phase]:
    home, visited = frame.reps[setting.home_csp], frame.reps[setting.visited_cso]
    return phase_at(home, setting), phase_at(visited, setting)


def _phases_before(story: Story, place: int, setting: Setting) -> tuple[Phase, Phase]:
    """The phases as the last frame left them, or as a restart since then did."""
    if place == 0:
        return Phase.NEW, Phase.NEW
    before = story.frames[place - 1]
    reps = before.reps
    for deed in story.deeds:
        if deed.act.loses and deed.behind == place:
            speaker, _ = deed.setting.sides(deed.act.by)
            reps = reps.insert(speaker, restarted(reps[speaker], deed.act.loses))
    return _phases(replace(before, reps=reps), setting)


def role_name(story: Story, entity: RoamingEntity) -> str:
    """Tell what the edition calls an entity in this story: its role, or its kind."""
    edition = story.setting.edition
    row = edition.roles.get(_role_id(story, entity.id))
    if row is not None:
        return row.label
    return edition.terms[entity.kind].abbreviation or entity.kind


def _role_id(story: Story, entity_id: str) -> str:
    for setting in story.settings:
        if entity_id == setting.home_csp:
            return "home-csp"
        if entity_id == setting.visited_cso:
            return "visited-cso"
    return story.setting.network.entity(entity_id).kind


def roles_in(story: Story, step: Shown) -> set[str]:
    """Name the roles that send or receive a step, by their ids."""
    return {_role_id(story, step.frame.sender), _role_id(story, step.frame.receiver)}


def caption(story: Story, step: Shown) -> str:
    """Tell a step in one line."""
    frame = step.frame
    names = names_in(story)
    line = f"{step.label}. {names[frame.sender]} to {names[frame.receiver]}: {step.words}"
    marks = step.marks
    if step.behind:
        marks.insert(0, f"before it: {', '.join(told(story, one) for one in step.behind)}")
    marks += [f"{names[frame.receiver]} notes {note.rule_id}" for note in frame.notes]
    if not marks:
        return line
    return f"{line} ({'; '.join(marks)})"


def names_in(story: Story) -> Mapping[str, str]:
    """Name every entity of a story's network, by its id."""
    return {entity.id: entity.name or entity.id for entity in story.setting.network.entities}


def told(story: Story, happening: Happening) -> str:
    """Tell what happens between two steps."""
    name = names_in(story).get(happening.entity, "")
    return f"{name} {happening.says}".strip()


def sequence_svg(story: Story, shown: Sequence[Shown], current: int) -> str:
    """Draw the steps up to the current one, counted from 0, as an SVG."""
    entities = _taking_part(story)
    lane = NARROW_LANE if len(entities) > 4 else WIDE_LANE
    x = {}
    for number, entity in enumerate(entities):
        x[entity.id] = GUTTER + lane // 2 + lane * number
    drawn = shown[: current + 1]
    rows = len(drawn) + sum(len(step.behind) for step in drawn)
    width, height = GUTTER + lane * len(entities), HEAD + ROW * rows + 8
    step = shown[current]
    phases = _phases_of_all(story, step)
    parts = [
        _lifeline(story, entity, x[entity.id], height, phases.get(entity.id))
        for entity in entities
    ]
    row = 0
    for number, one in enumerate(drawn):
        for happening in one.behind:
            parts.append(_between(told(story, happening), x.get(happening.entity), row, width))
            row += 1
        parts.append(_arrow(one, x, number, row, width, number == current))
        row += 1
    title = escape(f"Step {current + 1} of {len(shown)}. {caption(story, step)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{FONTS}" font-size="11" fill="{INK}" text-anchor="middle">'
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )


def _phases_of_all(story: Story, step: Shown) -> Mapping[str, Phase]:
    """Where each end stands after a step: in its service or, if it has none in that, in its
    own.
    """
    phases: dict[str, Phase] = {}
    for setting in (*story.settings, step.setting):  # that of the step counts
        home, visited = _phases(step.frame, setting)
        phases |= {setting.home_csp: home, setting.visited_cso: visited}
    return phases


def _between(words: str, at: int | None, row: int, width: int) -> str:
    """Draw what happens between two steps as a line across, with its words at the lifeline of
    the entity it happens to.
    """
    y = HEAD + ROW * row + 18
    middle = max(min(at or width // 2, width - 150), 170)
    return (
        f'<g><path d="M{GUTTER} {y}H{width - 10}" stroke="{ALARM}" stroke-dasharray="2 4"/>'
        f'<text x="{middle}" y="{y + 4}" font-style="italic" fill="{ALARM}" stroke="{PAPER}" '
        f'stroke-width="6" paint-order="stroke">{escape(words)}</text></g>'
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


def _arrow(
    step: Shown, x: Mapping[str, int], number: int, row: int, width: int, current: bool
) -> str:
    start, end = x[step.frame.sender], x[step.frame.receiver]
    y, way = HEAD + ROW * row + 24, 1 if end > start else -1
    middle = (start + end) // 2
    stop = middle + way * 30 if step.fate == "lost" else end
    colour = _colour(step, current)
    dash = ' stroke-dasharray="6 4"' if step.is_answer else ""
    marks = step.marks
    marks += [f"✗ {note.rule_id}" for note in step.frame.notes]
    words, ink = step.words, INK
    if marks:
        words, ink = f"{words}  [{' '.join(marks)}]", colour
    paper, weight, thick, band = PAPER, "normal", 1.3, "transparent"
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
    if current:
        return ACCENT
    return MUTED


def _arrow_head(step: Shown, x: int, y: int, way: int) -> str:
    """Draw the end of an arrow: a point, a cross for what was lost, a barred circle for what
    was turned away.
    """
    if step.fate == "lost":
        return f'<path d="M{x - 6} {y - 6}l12 12m0-12l-12 12"/>'
    point = f'<path d="M{x - way * 8} {y - 5}L{x - way} {y}L{x - way * 8} {y + 5}"/>'
    if step.fate == "turned away":
        circle = f'<circle cx="{x}" cy="{y}" r="7" fill="{PAPER}"/>'
        return f'{point}{circle}<path d="M{x - 5} {y + 5}l10-10"/>'
    return point
