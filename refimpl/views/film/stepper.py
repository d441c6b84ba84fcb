"""A journey to step through: what was sent, what became of it, what each member of it means,
and who stood where.

`Stepper` is one object with two faces.  With a kernel it is live: journey, edition, mode and
strategy can be chosen, a role singled out, and any message lost, sent twice or turned away,
whereupon the story is played again.  Without one it shows the same story as a list that folds,
one picture and one table for each step.

Every step carries the call that leads back to it.  A rule stands beside each member of a
message: the one that speaks most of it, with its basis and its sentence from the edition.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition, load, published
from refimpl.messages import Refusal
from refimpl.play.journeys import journeys_of
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.session import STEPS, Step
from refimpl.shapes import Sorted
from refimpl.views.film import sequence
from refimpl.views.kit.embedding import image
from refimpl.views.kit.labels import rule
from refimpl.views.kit.table import Table
from refimpl.vocabulary import Mode, Phase, Strategy

FATES: Final = {
    "delivered": "arrives",
    "lost": "is lost on the way",
    "duplicated": "arrives twice",
    "refused": "is turned away",
}
HERE: Final = Path(__file__).parent


class Laid(TypedDict):
    """One step as it is laid out for the page."""

    number: int
    fate: str
    answer: bool
    caption: str
    head: int
    svg: str
    panel: str
    snippet: str


class Stepper(anywidget.AnyWidget):
    """A journey, step by step; `faults` are fates by transmission number, `show` is a role or
    `all`, `at` is a step.

    A reader may change to any of the published editions and to the one handed in.

    >>> stepper = Stepper(load("2025"), "charge", "clearing-house", faults={3: "lost"})
    >>> stepper.captions[2]
    '3. Alba Mobility to Clearing House North: authorization-answer: yes (lost)'
    """

    _esm = HERE / "stepper.js"
    _css = HERE / "stepper.css"

    journey = traitlets.Unicode().tag(sync=True)
    edition = traitlets.Unicode().tag(sync=True)
    mode = traitlets.Unicode().tag(sync=True)
    strategy = traitlets.Unicode().tag(sync=True)
    show = traitlets.Unicode().tag(sync=True)
    faults = traitlets.Dict().tag(sync=True)
    at = traitlets.Int().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    fates = traitlets.Dict(FATES).tag(sync=True)
    frames: traitlets.List[Laid] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        edition: Edition,
        journey: str = "charge",
        mode: str = Mode.CLEARING_HOUSE,
        strategy: str = Strategy.FORWARD,
        *,
        faults: Mapping[int, str] | None = None,
        show: str = "all",
        at: int = 1,
    ) -> None:
        self._editions = {name: load(name) for name in published()}
        self._editions[edition.id] = edition
        super().__init__(
            journey=journey, edition=edition.id, mode=mode, strategy=strategy, show=show
        )
        self.faults = {str(number): fate for number, fate in (faults or {}).items()}
        self._play_again()
        self.at = min(at, len(self.frames))
        played = ["journey", "edition", "mode", "strategy", "faults", "show"]
        self.observe(self._play_again, played)

    @property
    def captions(self) -> list[str]:
        """Every step in one line."""
        return [frame["caption"] for frame in self.frames]

    def _play_again(self, change: Mapping[str, object] | None = None) -> None:
        """Play the story that is asked for and lay out each of its steps; stay at the step that
        is looked at.
        """
        edition = self._editions[self.edition]
        known = {journey.id: journey.title for journey in journeys_of(edition)}
        with self.hold_sync():
            # What an edition has not is changed for the first that it has.
            self.journey = _one_of(self.journey, known)
            self.mode = _one_of(self.mode, edition.modes)
            self.strategy = _one_of(self.strategy, edition.strategies)
            if change and change["name"] not in ("faults", "show"):
                self.faults = {}  # another story has other messages
            story = self.story()
            steps = sequence.steps_of(story)
            taking_part = {role for step in steps for role in sequence.roles_in(story, step)}
            if self.show not in taking_part:
                self.show = "all"
            self.choices = self._choices(edition, known, taking_part)
            shown = list(sequence.only(story, steps, self.show))
            self.frames = [self._frame(story, shown, place) for place in range(len(shown))]
            self.at = max(1, min(self.at, len(shown)))

    def _choices(
        self, edition: Edition, journeys: Mapping[str, str], taking_part: set[str]
    ) -> dict[str, Mapping[str, str]]:
        """List what each menu offers, by the value that it stands for."""
        modes = {}
        for mode in edition.modes.values():
            modes[mode.id] = mode.label
            if mode.extension:
                modes[mode.id] += " (extension)"
        roles = {"all": "all"}
        for role in edition.roles.values():
            if role.id in taking_part:
                roles[role.id] = role.label
        return {
            "journey": journeys,
            "edition": {name: name for name in self._editions},
            "mode": modes,
            "strategy": {row.id: row.label for row in edition.strategies.values()},
            "show": roles,
        }

    def story(self) -> Story:
        """Play the story that is shown now."""
        at = {int(number): fate for number, fate in self.faults.items()}
        edition = self._editions[self.edition]
        return play(self.journey, edition, self.mode, self.strategy, faults=Faults(at=at))

    def _frame(self, story: Story, shown: list[sequence.Shown], place: int) -> Laid:
        step = shown[place]
        return {
            "number": step.frame.number,
            "fate": step.frame.fate,
            "answer": step.is_answer,
            "caption": sequence.caption(story, step),
            "head": sequence.HEAD,
            "svg": sequence.sequence_svg(story, shown, place),
            "panel": _panel(story, step),
            "snippet": self.snippet(place + 1),
        }

    def snippet(self, at: int) -> str:
        """Write the calls that lead to the same view, and to the same story as a value.

        An edition that is not published stands there as `edition`, for it has no other name.
        """
        edition = "edition"
        if self.edition in published() and self._editions[self.edition] is load(self.edition):
            edition = f'load("{self.edition}")'
        words = [self.mode]
        if self.strategy != Strategy.FORWARD:
            words.append(self.strategy)
        named = ", ".join(f'"{word}"' for word in words)
        numbers = sorted(map(int, self.faults))
        fates = ", ".join(f'{number}: "{self.faults[str(number)]}"' for number in numbers)
        seen = [edition, f'"{self.journey}"', named]
        told = [f'"{self.journey}"', edition, named]
        if fates:
            seen.append(f"faults={{{fates}}}")
            told.append(f"faults=Faults(at={{{fates}}})")
        if self.show != "all":
            seen.append(f'show="{self.show}"')
        seen.append(f"at={at}")
        return f"Stepper({', '.join(seen)})\nplay({', '.join(told)})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {
            **data,
            "text/html": self.html(),
            "text/plain": "\n".join(self.captions),
        }, metadata

    def html(self) -> str:
        """Lay out the whole story without a kernel: the last picture, and every step folded
        away with its own.
        """
        chosen = [self.choices[name][getattr(self, name)] for name in ("journey", "mode")]
        fates = [f"message {number} {FATES[fate]}" for number, fate in self.faults.items()]
        title = ", ".join([chosen[0], f"edition {self.edition}", chosen[1], *fates])
        whole = image(self.frames[-1]["svg"], f"{title}. {'; '.join(self.captions)}")
        folded = "".join(map(_folded, self.frames))
        calls = escape(self.frames[self.at - 1]["snippet"])
        return (
            f"<div><p><b>{escape(title)}</b></p>\n{whole}\n<p>Step by step:</p>\n{folded}"
            f"<p>The calls that lead back here:</p>\n<pre>{calls}</pre></div>"
        )


def _one_of(chosen: str, known: Collection[str]) -> str:
    return chosen if chosen in known else next(iter(known))


def _folded(frame: Laid) -> str:
    caption = frame["caption"]
    return (
        f"<details><summary>{escape(caption)}</summary>\n"
        f"{image(frame['svg'], caption)}\n{frame['panel']}</details>\n"
    )


def _panel(story: Story, step: sequence.Shown) -> str:
    """Lay out a step in detail: where both ends stand, the row of the session table, what was
    noted, and every member.
    """
    edition, envelope = story.setting.edition, step.frame.envelope
    names = sequence.names_in(story)
    stand = []
    for name, before, after in _ends(step):
        moved = str(after)
        if before != after:
            moved = f"{before} → <b>{after}</b>"
        stand.append(f"{names[name]}: {moved}")
    row = _row(step)
    message = envelope.message
    rule_id = message.sort.rule
    if isinstance(message, Refusal):
        rule_id = message.rule
    leads = "no row of the session table"
    if row:
        rule_id = row.rule
        leads = f"{row.phase} → {row.to}, said by the {edition.roles[row.by].label}"
    lines = []
    if step.behind:
        happened = "; ".join(sequence.told(story, one) for one in step.behind)
        lines.append(f"<b>Before it.</b> {escape(happened)}.")
    lines.append(f"<b>Phases.</b> {'; '.join(stand)}.")
    lines.append(f"<b>Rule.</b> {leads}; {escape(rule(edition, rule_id))}")
    for note in step.frame.notes:
        noted = f"<b>Noted by {names[step.frame.receiver]}.</b>"
        lines.append(f"{noted} {escape(edition.explain(note))}")
    rows = []
    for member, value, of_member in _members(envelope):
        rows.append((member, value, rule(edition, of_member)))
    title = f"Message {step.label}, member by member"
    table = Table(title, ("member", "value", "rule"), tuple(rows))
    return f"<p>{'<br>'.join(lines)}</p>\n{table.html()}"


def _ends(step: sequence.Shown) -> Iterator[tuple[str, Phase, Phase]]:
    """Name each end of the service, with its phase before and after a step."""
    ends = (step.setting.home_csp, step.setting.visited_cso)
    yield from zip(ends, step.before, step.after, strict=True)


def _row(step: sequence.Shown) -> Step | None:
    """Find the row of the session table that the message is for: of the phase its receiver is
    in, or else the first.
    """
    message, addressee = step.frame.envelope.message, step.frame.envelope.receiver
    fitting = [row for row in STEPS if row.message is type(message) and row.when(message)]
    for name, before, _ in _ends(step):
        for row in fitting:
            if name == addressee and row.phase is before:
                return row
    return next(iter(fitting), None)


def _members(said: Sorted, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Every member with its value and its rule, what lies inside it spelt with dots.

    A refusal's rule has for its rule the one that it names.
    """
    told = type(said).members()
    for name, value in said.model_dump(mode="json", exclude_none=True).items():
        member = f"{place}.{name}" if place else name
        inner = getattr(said, name)
        if isinstance(inner, Sorted):
            yield from _members(inner, member)
        elif name not in told:
            for number, part in enumerate(inner):
                yield from _members(part, f"{member}.{number}")
        else:
            text = _as_text(value)
            names_rule = isinstance(said, Refusal) and name == "rule"
            yield member, text, text if names_rule else told[name].rule


def _as_text(value: object) -> str:
    match value:
        case list():
            return ", ".join(value)
        case bool():
            return str(value).lower()
        case dict():
            return json.dumps(value)
    return str(value)
