"""A journey to step through: what was sent, what became of it, what each member of it means,
and who stood where.

`Stepper` is one object with two faces.  With a kernel it is live: journey, edition, mode and
strategy can be chosen, a role singled out, and any message lost, sent twice or turned away,
whereupon the story is played again.  Without one it shows the same story as a list that folds,
one picture and one table for each step.

Every step carries the call that leads back to it.  A rule stands beside each member of a
message: the one that speaks most of it, with its basis and its sentence from the edition.
"""

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from refimpl.edition import load, published
from refimpl.messages import Refusal
from refimpl.play.journeys import journeys_of
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.session import STEPS
from refimpl.session import Step as Row
from refimpl.shapes import Sorted
from refimpl.views import sequence, words
from refimpl.views.figure import image
from refimpl.views.tables import Table
from refimpl.vocabulary import Mode, Strategy

FATES: Final = {
    "delivered": "arrives",
    "lost": "is lost on the way",
    "duplicated": "arrives twice",
    "refused": "is turned away",
}
HERE: Final = Path(__file__).parent


class Stepper(anywidget.AnyWidget):
    """A journey, step by step; `faults` are fates by transmission number, `show` is a role or
    `all`, `at` is a step.

    >>> Stepper("charge", "2025", "clearing-house", faults={3: "lost"}).captions[2]
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
    frames: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        journey: str = "charge",
        edition: str = "2025",
        mode: str = Mode.CLEARING_HOUSE,
        strategy: str = Strategy.FORWARD,
        *,
        faults: Mapping[int, str] | None = None,
        show: str = "all",
        at: int = 1,
    ) -> None:
        super().__init__(
            journey=journey, edition=edition, mode=mode, strategy=strategy, show=show
        )
        self.faults = {str(number): fate for number, fate in (faults or {}).items()}
        self._tell()
        self.at = min(at, len(self.frames))
        self.observe(self._tell, ["journey", "edition", "mode", "strategy", "faults", "show"])

    @property
    def captions(self) -> list[str]:
        """Every step in one line."""
        return [frame["caption"] for frame in self.frames]

    def _tell(self, change: Mapping[str, Any] | None = None) -> None:
        """Play the story that is asked for and lay out each of its steps; stay at the step one
        looks at.
        """
        edition = load(self.edition)
        known = {one.id: one.title for one in journeys_of(edition)}
        with self.hold_sync():
            if self.journey not in known:
                self.journey = next(iter(known))
            if change and change["name"] not in ("faults", "show"):
                self.faults = {}  # another story has other messages
            story = self.story()
            told = sequence.steps(story)
            taking_part = {role for step in told for role in sequence.roles(story, step)}
            if self.show not in taking_part:
                self.show = "all"
            self.choices = {
                "journey": known,
                "edition": {name: name for name in published()},
                "mode": {
                    one.id: one.label + " (extension)" * one.extension
                    for one in edition.modes.values()
                },
                "strategy": {one.id: one.label for one in edition.strategies.values()},
                "show": {
                    "all": "all",
                    **{
                        one.id: one.label
                        for one in edition.roles.values()
                        if one.id in taking_part
                    },
                },
            }
            shown = [
                step
                for step in told
                if self.show == "all" or self.show in sequence.roles(story, step)
            ]
            self.frames = [self._frame(story, shown, number) for number in range(len(shown))]
            self.at = max(1, min(self.at, len(shown)))

    def story(self) -> Story:
        """The story as it is played now."""
        at = {int(number): fate for number, fate in self.faults.items()}
        return play(
            self.journey, load(self.edition), self.mode, self.strategy, faults=Faults(at=at)
        )

    def _frame(self, story: Story, shown: list[sequence.Step], number: int) -> dict[str, Any]:
        step = shown[number]
        return {
            "number": step.frame.number,
            "fate": step.frame.fate,
            "answer": step.is_answer,
            "caption": sequence.caption(story, step),
            "head": sequence.HEAD,
            "svg": sequence.draw(story, shown, number),
            "panel": _panel(story, step),
            "snippet": self.snippet(number + 1),
        }

    def snippet(self, at: int) -> str:
        """The calls that lead to the same view, and to the same story as a value."""
        faults = {
            int(number): fate
            for number, fate in sorted(self.faults.items(), key=lambda one: int(one[0]))
        }
        names = [self.journey, self.edition, self.mode, self.strategy]
        given = ", ".join(
            f'"{name}"' for name in (names[:3] if self.strategy == Strategy.FORWARD else names)
        )
        played = given.replace(f'"{self.edition}"', f'load("{self.edition}")', 1)
        options = [f"faults={faults}"] if faults else []
        options += [f'show="{self.show}"'] if self.show != "all" else []
        view = ", ".join([given, *options, f"at={at}"]).replace("'", '"')
        value = ", ".join(
            [played, *([f"faults=Faults(at={faults})"] if faults else [])]
        ).replace("'", '"')
        return f"Stepper({view})\nplay({value})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {
            **data,
            "text/html": self.html(),
            "text/plain": "\n".join(self.captions),
        }, metadata

    def html(self) -> str:
        """The whole story without a kernel: the last picture, and every step folded away with
        its own.
        """
        last = self.frames[-1]
        unfolded = "".join(
            f"<details><summary>{escape(frame['caption'])}</summary>\n"
            f"{image(frame['svg'], frame['caption'])}\n{frame['panel']}</details>\n"
            for frame in self.frames
        )
        chosen = [self.choices[name][getattr(self, name)] for name in ("journey", "mode")]
        fates = (f"message {number} {FATES[fate]}" for number, fate in self.faults.items())
        title = ", ".join([chosen[0], f"edition {self.edition}", chosen[1], *fates])
        words = "; ".join(self.captions)
        return (
            f"<div><p><b>{escape(title)}</b></p>\n{image(last['svg'], f'{title}. {words}')}\n"
            f"<p>Step by step:</p>\n{unfolded}"
            f"<p>The calls that lead back here:</p>\n<pre>{escape(self.frames[self.at - 1]['snippet'])}</pre></div>"
        )


def _panel(story: Story, step: sequence.Step) -> str:
    """A step in detail: where both ends stand, the row of the session table, what was noted,
    and every member.
    """
    edition, envelope = story.setting.edition, step.frame.envelope
    names = {one.id: one.name or one.id for one in story.setting.network.entities}
    ends = zip(
        (story.setting.home_csp, story.setting.visited_cso),
        step.before,
        step.after,
        strict=True,
    )
    stand = (
        f"{names[name]}: {f'{before} → <b>{after}</b>' if before != after else after}"
        for name, before, after in ends
    )
    row = _row(story, step)
    leads = (
        f"{row.phase} → {row.to}, said by the {edition.roles[row.by].label}; "
        if row
        else "no row of the session table; "
    )
    message = envelope.message
    rule = message.rule if isinstance(message, Refusal) else message.sort.rule
    lines = [
        f"<b>Phases.</b> {'; '.join(stand)}.",
        f"<b>Rule.</b> {leads}{escape(words.rule(edition, row.rule if row else rule))}",
        *(
            f"<b>Noted by {names[step.frame.receiver]}.</b> {escape(edition.explain(note))}"
            for note in step.frame.notes
        ),
    ]
    members = _members(envelope)
    rows = tuple((member, value, words.rule(edition, rule)) for member, value, rule in members)
    table = Table(f"Message {step.label}, member by member", ("member", "value", "rule"), rows)
    return f"<p>{'<br>'.join(lines)}</p>\n{table.html()}"


def _row(story: Story, step: sequence.Step) -> Row | None:
    """The row of the session table that the message is for: of the phase its receiver is in, or
    else the first.
    """
    message, addressee = step.frame.envelope.message, step.frame.envelope.receiver
    fitting = [row for row in STEPS if row.message is type(message) and row.when(message)]
    phase = dict(
        zip((story.setting.home_csp, story.setting.visited_cso), step.before, strict=True)
    ).get(addressee)
    return next((row for row in fitting if row.phase is phase), fitting[0] if fitting else None)


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
    return str(value)
