"""A journey as a sequence: one lifeline for each entity, one arrow for each transmission, up to
a chosen step.

The steps are the frames of a `player.Story`.  What is drawn and what is told in words come
from the same frame. Nothing is left out but the steps of roles the reader does not ask for.
What happens between two steps, such as a restart, is told with the one behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from refimpl.messages import ANSWER_KINDS, Envelope
from refimpl.network import RoamingEntity
from refimpl.play.loopback import Frame
from refimpl.play.player import Story, phase_at, restarted
from refimpl.play.telling import Happening, happenings, kind_in_short
from refimpl.setting import Setting
from refimpl.views.film.diagram import Arrow, Diagram, Event, Lifeline, Lines, Outcome
from refimpl.views.graphs.modes import COLUMNS
from refimpl.vocabulary import Phase

OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {"lost": "lost", "turned away": "turned away"}
)
"""How the arrow of a step ends that did not arrive as it should."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One transmission of a story: the frame and its message, the number, the setting of its
    service, the phases of that on either side of it, and what happened before it.
    """

    frame: Frame
    envelope: Envelope
    label: str
    setting: Setting
    before: tuple[Phase, Phase]
    after: tuple[Phase, Phase]
    behind: tuple[Happening, ...]

    @property
    def is_answer(self) -> bool:
        """Whether it answers something; an answer is never turned away."""
        return self.envelope.message.kind in ANSWER_KINDS

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
        return kind_in_short(self.envelope.message)


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
        shown.append(
            Shown(
                frame, frame.envelope, f"{frame.number}{mark}", setting, before, after, behind
            )
        )
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
    step = shown[current]
    title = f"Step {current + 1} of {len(shown)}. {caption(story, step)}"
    return diagram_of(story, shown).svg(current, phases_of(story, step), title)


def diagram_of(story: Story, shown: Sequence[Shown]) -> Diagram:
    """Draw a story as a sequence, each step with what happened before it."""
    ends = {name for one in story.settings for name in (one.home_csp, one.visited_cso)}
    lifelines = []
    for entity in _taking_part(story):
        name, role = entity.name or entity.id, role_name(story, entity)
        lifelines.append(Lifeline(entity.id, entity.kind, name, role, entity.id in ends))
    return Diagram(tuple(lifelines), tuple(_lines_of(story, step) for step in shown))


def _lines_of(story: Story, step: Shown) -> Lines:
    events = [Event(one.entity, told(story, one)) for one in step.behind]
    frame = step.frame
    noted = [f"✗ {note.rule_id}" for note in frame.notes]
    arrow = Arrow(
        label=step.label,
        at=f"{frame.at:%H:%M:%S}",
        sender=frame.sender,
        receiver=frame.receiver,
        words=step.words,
        answers=step.is_answer,
        outcome=OUTCOMES.get(step.fate, "arrived"),
        marks=(*step.marks, *noted),
        alarming=step.failed,
    )
    return (*events, arrow)


def phases_of(story: Story, step: Shown) -> Mapping[str, str]:
    """Tell where each end stands after a step: in its service or, if it has none in that, in
    its own.
    """
    phases: dict[str, str] = {}
    for setting in (*story.settings, step.setting):  # that of the step counts
        home, visited = _phases(step.frame, setting)
        phases |= {setting.home_csp: home, setting.visited_cso: visited}
    return phases


def _taking_part(story: Story) -> list[RoamingEntity]:
    """List the entities that send or receive in a story, by kind from the left."""
    names = {name for frame in story.frames for name in (frame.sender, frame.receiver)}
    entities = [entity for entity in story.setting.network.entities if entity.id in names]
    return sorted(entities, key=lambda entity: COLUMNS.index(entity.kind))
