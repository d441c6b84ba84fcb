"""A journey to step through: what was sent, what became of it, what each member of it means,
and who stood where.

`Stepper` is one object with two faces.  With a kernel it is live: journey, edition, mode and
strategy can be chosen, a role singled out, and any message lost, sent twice or turned away,
whereupon the story is played again.  Without one it shows the same story as a list that folds,
one picture and one table for each step.

Every step carries the call that leads back to it.  A rule stands beside each member of a
message: the one that speaks most of it, with its basis and its sentence from the edition.
"""

from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition, load, published
from refimpl.play.journeys import journeys_of
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.views.film import sequence
from refimpl.views.film.panel import panel_of
from refimpl.views.kit.embedding import image
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules
from refimpl.vocabulary import Mode, Strategy

FATES: Final = {
    "delivered": "arrives",
    "lost": "is lost on the way",
    "duplicated": "arrives twice",
    "refused": "is turned away",
}
HERE: Final = Path(__file__).parent


class Told(TypedDict):
    """One step as the page tells it: its transmission and what became of it, its line, and
    where each lifeline then stands.
    """

    number: int
    fate: str
    answer: bool
    caption: str
    phases: Mapping[str, str]


class Stepper(anywidget.AnyWidget):
    """A journey, step by step; `faults` are fates by transmission number, `show` is a role or
    `all`, `at` is a step.

    A reader may change to any of the published editions and to the one handed in.

    >>> stepper = Stepper(load("2025"), "charge", "clearing-house", faults={3: "lost"})
    >>> stepper.captions[2]
    '3. Alba Mobility to Clearing House North: authorization-answer: yes (lost)'
    """

    _esm = (HERE / "controls.js").read_text("utf-8") + (HERE / "stepper.js").read_text("utf-8")
    _css = THEME + (HERE / "stepper.css").read_text("utf-8")

    journey = traitlets.Unicode().tag(sync=True)
    edition = traitlets.Unicode().tag(sync=True)
    mode = traitlets.Unicode().tag(sync=True)
    strategy = traitlets.Unicode().tag(sync=True)
    show = traitlets.Unicode().tag(sync=True)
    faults = traitlets.Dict().tag(sync=True)
    at = traitlets.Int().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    fates = traitlets.Dict(FATES).tag(sync=True)
    drawn = traitlets.Int().tag(sync=True)
    heads = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Unicode().tag(sync=True)
    steps: traitlets.List[Told] = traitlets.List().tag(sync=True)
    calls: traitlets.List[str] = traitlets.List().tag(sync=True)
    panels: traitlets.List[str] = traitlets.List().tag(sync=True)
    silent = traitlets.Dict().tag(sync=True)

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
        self._editions = editions_beside(edition)
        self._stories: dict[tuple[object, ...], Story] = {}
        super().__init__(
            journey=journey, edition=edition.id, mode=mode, strategy=strategy, show=show
        )
        self.faults = {str(number): fate for number, fate in (faults or {}).items()}
        self._play_again()
        self.tell_details()
        self.at = min(at, len(self.captions))
        played = ["journey", "edition", "mode", "strategy", "faults", "show"]
        self.observe(self._play_again, played)
        self.on_msg(lambda *_: self.tell_details())
        lead_to_rules(edition)

    @property
    def captions(self) -> list[str]:
        """Every step in one line."""
        return [step["caption"] for step in self.steps]

    def _play_again(self, change: Mapping[str, object] | None = None) -> None:
        """Play the story that is asked for and draw it; stay at the step that is looked at.

        The page asks for the details once it has painted this.
        """
        edition = self._editions[self.edition]
        known = {journey.id: journey.title for journey in journeys_of(edition)}
        with self.hold_sync():
            # What an edition has not is changed for the first that it has.
            self.journey = one_of(self.journey, known)
            self.mode = one_of(self.mode, edition.modes)
            self.strategy = one_of(self.strategy, edition.strategies)
            if change and change["name"] not in ("faults", "show"):
                self.faults = {}  # another story has other messages
            if change is None or change["name"] != "show":  # who looks changes no story
                self._story = self.story()
                self._steps = sequence.steps_of(self._story)
            taking_part = set()
            for step in self._steps:
                taking_part |= sequence.roles_in(self._story, step)
            if self.show not in taking_part:
                self.show = "all"
            self.choices = self._choices(edition, known, taking_part)
            self._shown = tuple(sequence.only(self._story, self._steps, self.show))
            self.at = max(1, min(self.at, len(self._shown)))
            self._draw()
            self.panels = []

    def tell_details(self) -> None:
        """Tell each step in detail, and of each menu that changes nothing why it does not."""
        with self.hold_sync():
            self.panels = [panel_of(self._story, step) for step in self._shown]
            self.silent = self._silent()

    def _choices(
        self, edition: Edition, journeys: Mapping[str, str], taking_part: set[str]
    ) -> dict[str, Mapping[str, str]]:
        """List what each menu offers, by the value that it stands for."""
        roles = {"all": "all"}
        for role in edition.roles.values():
            if role.id in taking_part:
                roles[role.id] = role.label
        return {
            "journey": journeys,
            "edition": {name: name for name in self._editions},
            "mode": mode_labels(edition),
            "strategy": {row.id: row.label for row in edition.strategies.values()},
            "show": roles,
        }

    def play_under(self, edition: Edition) -> None:
        """Play the journey under another edition than the one handed in, which takes its
        place.
        """
        self._editions = editions_beside(edition)
        self._stories.clear()
        if self.edition == edition.id:
            self._play_again()
        else:
            self.edition = edition.id
        self.tell_details()

    def story(self) -> Story:
        """Play the story that is shown now."""
        return self._played(self.strategy)

    def _played(self, strategy: str) -> Story:
        """Play a story by a strategy, once."""
        at = {int(number): fate for number, fate in self.faults.items()}
        asked = self.journey, self.edition, self.mode, strategy, *at.items()
        if asked not in self._stories:
            edition = self._editions[self.edition]
            faults = Faults(at=at)
            self._stories[asked] = play(
                self.journey, edition, self.mode, strategy, faults=faults
            )
        return self._stories[asked]

    def _draw(self) -> None:
        story, shown = self._story, self._shown
        diagram = sequence.diagram_of(story, shown)
        title = f"{story.journey.title}, {len(shown)} steps"
        self.heads, self.rows = diagram.heads(title), diagram.rows(title)
        self.steps = [self._told(step) for step in shown]
        self.calls = self._calls()
        self.drawn += 1  # what the page looks out for: of the others any may stay the same

    def _told(self, step: sequence.Shown) -> Told:
        return {
            "number": step.frame.number,
            "fate": step.frame.fate,
            "answer": step.is_answer,
            "caption": sequence.caption(self._story, step),
            "phases": sequence.phases_of(self._story, step),
        }

    def _silent(self) -> dict[str, str]:
        silent = {}
        for name, options in self.choices.items():
            if len(options) == 1:
                silent[name] = "there is no other"
        roles = [role for role in self.choices["show"] if role != "all"]
        if all(self._sees_all(role) for role in roles):
            silent["show"] = "each role sends or receives every step"
        others = [one for one in self.choices["strategy"] if one != self.strategy]
        if all(_said(self._played(other)) == _said(self._story) for other in others):
            silent["strategy"] = "every strategy tells this same story"
            if "clearing-house" not in roles:
                silent["strategy"] = "no clearing house takes part"
        return silent

    def _sees_all(self, role: str) -> bool:
        return len(list(sequence.only(self._story, self._steps, role))) == len(self._steps)

    def snippet(self, at: int) -> str:
        """Write the calls that lead to the same view, and to the same story as a value.

        An edition that is not published stands there as `edition`, for it has no other name.
        """
        return str(at).join(self.calls)

    def _calls(self) -> list[str]:
        """The calls before and behind the number of the step."""
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
        return [f"Stepper({', '.join(seen)}, at=", f")\nplay({', '.join(told)})"]

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        return {
            **data,
            "text/html": self.html(),
            "text/plain": "\n".join(self.captions),
        }, metadata

    def picture(self, at: int) -> str:
        """Draw the story up to a step, counted from 1, as an SVG."""
        return sequence.sequence_svg(self._story, self._shown, at - 1)

    def html(self) -> str:
        """Lay out the story without a kernel: every step folds, and the one that is looked at
        is open; the whole picture and the calls stand beneath.
        """
        chosen = [self.choices[name][getattr(self, name)] for name in ("journey", "mode")]
        fates = [f"message {number} {FATES[fate]}" for number, fate in self.faults.items()]
        title = ", ".join([chosen[0], f"edition {self.edition}", chosen[1], *fates])
        last = self.picture(len(self.captions))
        whole = image(last, f"{title}. {'; '.join(self.captions)}")
        folded = "".join(map(self._folded, range(1, len(self.captions) + 1)))
        calls = escape(self.snippet(self.at))
        return (
            f"<div><p><b>{escape(title)}</b>, step by step:</p>\n{folded}"
            f"<details><summary>All steps in one picture</summary>\n{whole}\n</details>\n"
            f"<p>The calls that lead back here:</p>\n<pre>{calls}</pre></div>"
        )

    def _folded(self, at: int) -> str:
        caption, panel = self.captions[at - 1], panel_of(self._story, self._shown[at - 1])
        unfolded = " open" if at == self.at else ""
        return (
            f"<details{unfolded}><summary>{escape(caption)}</summary>\n"
            f"{image(self.picture(at), caption)}\n{panel}</details>\n"
        )


def editions_beside(edition: Edition) -> dict[str, Edition]:
    """The editions that a reader may change to: every published one, and the one handed in."""
    return {**{name: load(name) for name in published()}, edition.id: edition}


def mode_labels(edition: Edition) -> dict[str, str]:
    """Name every mode of an edition, by its id."""
    labels = {}
    for mode in edition.modes.values():
        labels[mode.id] = mode.label
        if mode.extension:
            labels[mode.id] += " (extension)"
    return labels


def one_of(chosen: str, known: Collection[str]) -> str:
    """What is chosen where it is known, and else the first that is."""
    return chosen if chosen in known else next(iter(known))


def _said(story: Story) -> list[tuple[object, ...]]:
    """All that passes in a story, and when, but not who knows what of it."""
    return [(one.at, one.sender, one.receiver, one.raw, one.fate) for one in story.frames]
