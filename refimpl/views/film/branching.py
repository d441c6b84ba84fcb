"""A world to step through: at each moment whatever may happen can be chosen.

`BranchingStepper` is one object with two faces.  With a kernel it is live: any message under
way may arrive, be lost, doubled or delayed, any side may say what it may say, or say again what
waits, and any endpoint may restart.  Every moment may be gone back to, and something else be
taken there: the history is a tree.  Beside the sequence so far stands what each endpoint holds,
and what of it has changed.  Without a kernel it shows the same trace as a list that folds.

The whole trace is one short text, its token, which opens the same moment in another session.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final, Self, TypedDict

import anywidget
import traitlets

from refimpl.edition import Edition
from refimpl.errors import Misuse, RoamingError
from refimpl.play.journeys import journeys_of
from refimpl.play.opening import REPERTOIRES, Opening, Part, opening
from refimpl.play.traces import NoToken, read_token, token_of
from refimpl.play.world import Action, World, begin, take
from refimpl.views.film.actions import Group, groups_of
from refimpl.views.film.history import FIRST, History, Moment
from refimpl.views.film.holdings import changes, phases_in
from refimpl.views.film.stepper import editions_beside, mode_labels, one_of
from refimpl.views.film.trace import trace_diagram
from refimpl.views.kit.embedding import image
from refimpl.views.kit.palette import THEME
from refimpl.views.kit.rule_links import lead_to_rules, linked
from refimpl.vocabulary import Mode, Strategy

HERE: Final = Path(__file__).parent
MOST_OFFERED: Final = 3
"""Up to how many services of a repertoire the page offers."""


class Entry(TypedDict):
    """A moment of the history: its number, what happened, how many branches lie before it, and
    whether it leads to the moment that is looked at.
    """

    number: int
    says: str
    branches: int
    leads: bool


class BranchingStepper(anywidget.AnyWidget):
    """A world to step through, in which a journey or a repertoire is played; `trace` is what
    has been done in it so far.

    A reader may change to any of the published editions and to the one handed in.  Raises as
    `opening` and `take` do.

    >>> from refimpl.edition import load
    >>> stepper = BranchingStepper(load("2025"), trace=["say 1.1", "lose 1"])
    >>> stepper.take("remind cso-elm")
    >>> stepper.token
    'w2~2025~direct~forward~charging~1~valid~s1.1_l1_mcso-elm~0274b9c8'
    >>> BranchingStepper.from_token(stepper.token, load("2025")).captions[1]
    'Lose 1. Elm Stations to Alba Mobility: authorization-request: DE8AA0012345670'
    """

    _esm = (HERE / "controls.js").read_text("utf-8") + (HERE / "branching.js").read_text(
        "utf-8"
    )
    _css = THEME + (HERE / "stepper.css").read_text("utf-8")

    chosen = traitlets.Dict().tag(sync=True)
    choices = traitlets.Dict().tag(sync=True)
    silent = traitlets.Dict().tag(sync=True)
    at = traitlets.Int().tag(sync=True)
    before = traitlets.Int().tag(sync=True)
    following = traitlets.Int().tag(sync=True)
    history: traitlets.List[Entry] = traitlets.List().tag(sync=True)
    groups: traitlets.List[Group] = traitlets.List().tag(sync=True)
    heads = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Unicode().tag(sync=True)
    way: traitlets.List[int] = traitlets.List().tag(sync=True)
    phases = traitlets.Dict().tag(sync=True)
    changed = traitlets.Unicode().tag(sync=True)
    token = traitlets.Unicode().tag(sync=True)
    fault = traitlets.Unicode().tag(sync=True)
    drawn = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        edition: Edition,
        story: str = "charging",
        mode: str = Mode.DIRECT,
        strategy: str = Strategy.FORWARD,
        *,
        services: int = 1,
        valid: bool = True,
        trace: Sequence[str] = (),
    ) -> None:
        self._editions = editions_beside(edition)
        super().__init__()
        begun = opening(story, edition, mode, strategy, services=services, valid=valid)
        self._look(History(_taken(begin(begun), trace)))
        self.on_msg(lambda _, asked, __: self._do(**asked))
        lead_to_rules(edition)

    @classmethod
    def of_world(cls, world: World) -> Self:
        """Step through a world from its beginning; it is looked at as it stands.

        >>> from refimpl.edition import load
        >>> world = begin(opening("charging", load("2025")))
        >>> BranchingStepper.of_world(world).captions
        []
        """
        begun = world.opening
        stepper = cls(begun.edition, begun.story, begun.mode, begun.strategy)
        stepper._look(History(world))
        return stepper

    @classmethod
    def from_token(cls, token: str, edition: Edition) -> Self:
        """Open the moment of a token, under a published edition or the one handed in.

        Raises `NoToken` for a text that opens none.
        """
        return cls.of_world(_opened(token, editions_beside(edition)))

    @property
    def world(self) -> World:
        """The world at the moment that is looked at."""
        return self._moments[self.at].world

    @property
    def captions(self) -> list[str]:
        """Every action that led to the moment that is looked at, in one line each."""
        return [self._moments[number].says for number in self._history.way_to(self.at)[1:]]

    def take(self, action: str) -> None:
        """Let something happen at the moment that is looked at; raises as `world.take` does."""
        self._show(self._history.take(self.at, Action.read(action)))

    def go_to(self, to: int) -> None:
        """Look at a moment of the history, by its number."""
        self._show(to)

    def open_token(self, token: str) -> None:
        """Begin the history of a token in the place of this one; raises as `from_token`."""
        self._look(History(_opened(token, self._editions)))

    def begin_anew(self, **chosen: str) -> None:
        """Begin anew with another story, mode, edition, strategy or number of services.

        What the edition has not is changed for the first that it has.
        """
        asked = {**self.chosen, **chosen}
        edition = self._editions[asked["edition"]]
        story = one_of(asked["story"], _stories(edition))
        mode = one_of(asked["mode"], edition.modes)
        strategy = one_of(asked["strategy"], edition.strategies)
        services = int(asked["services"]) if story in REPERTOIRES else 1
        valid = self.world.opening.valid
        begun = opening(story, edition, mode, strategy, services=services, valid=valid)
        self._look(History(begin(begun)))

    def _do(self, **asked: Any) -> None:
        """Do what the page asks for; what cannot be done is told beside the token."""
        deeds: dict[str, Callable[..., None]] = {
            "take": self.take,
            "go": self.go_to,
            "open": self.open_token,
            "begin": lambda chosen: self.begin_anew(**chosen),
        }
        try:
            for deed, what in asked.items():
                deeds[deed](what)
        except (RoamingError, NoToken) as error:
            self.fault = str(error)
            self.drawn += 1

    def _look(self, history: History) -> None:
        """Look at the newest moment of a history."""
        self._history = history
        self._moments = history.moments
        begun = history.moments[FIRST].world.opening
        with self.hold_sync():
            self.chosen = {
                "story": begun.story,
                "mode": begun.mode,
                "edition": begun.edition.id,
                "strategy": begun.strategy,
                "services": str(begun.services),
            }
            self.choices = _choices(begun, self._editions)
            self.silent = _silent(begun)
            self._show(history.newest)

    def _show(self, at: int) -> None:
        """Show a moment of the history."""
        way = self._history.way_to(at)
        moments = [self._moments[number] for number in way]
        world = moments[-1].world
        diagram = trace_diagram(moments)
        with self.hold_sync():
            self.at, self.before, self.way = at, self._moments[at].before, list(way)
            self.following = self._history.following(at)
            self.history = list(self._entries(way))
            self.groups = list(groups_of(world))
            self.heads = diagram.heads("The trace so far")
            self.rows = diagram.rows("The trace so far")
            self.phases = dict(phases_in(world))
            self.changed = _changed(moments)
            self.token, self.fault = token_of(world), ""
            self.drawn += 1  # what the page looks out for: of the others any may stay the same

    def _entries(self, way: Sequence[int]) -> Iterator[Entry]:
        for number, branches in self._history.in_order():
            told = self._moments[number].says
            yield Entry(number=number, says=told, branches=branches, leads=number in way)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        told = {"text/html": self.html(), "text/plain": "\n".join(self.captions)}
        return {**data, **told}, metadata

    def html(self) -> str:
        """Lay out the trace without a kernel: every action folds, and the last one is open; its
        token stands beneath.
        """
        way = self._history.way_to(self.at)
        moments = [self._moments[number] for number in way]
        title = ", ".join(self.choices[name][one] for name, one in self.chosen.items())
        folded = []
        for number in range(1, len(moments)):
            unfolded = number == len(moments) - 1
            folded.append(_folded(moments[: number + 1], unfolded))
        token = escape(self.token)
        return (
            f"<div><p><b>{escape(title)}</b>, action by action:</p>\n{''.join(folded)}"
            f"<p>The token that opens this moment again:</p>\n<pre>{token}</pre></div>"
        )


def _taken(world: World, trace: Sequence[str]) -> World:
    for action in trace:
        world = take(world, Action.read(action))
    return world


def _opened(token: str, editions: Mapping[str, Edition]) -> World:
    """Read the world of a token, under one of some editions."""

    def edition_of(name: str) -> Edition:
        if name not in editions:
            raise Misuse("EDN-1", f"edition {name!r}, there are {', '.join(editions)}")
        return editions[name]

    return read_token(token, edition_of)


def _stories(edition: Edition) -> dict[str, str]:
    """What may be played: each repertoire, and each journey that is no less."""
    repertoires = [one for one in REPERTOIRES.values() if one.service in edition.services]
    return {one.id: one.title for one in (*repertoires, *journeys_of(edition))}


def _choices(begun: Opening, editions: Mapping[str, Edition]) -> dict[str, Mapping[str, str]]:
    """List what each menu offers, by the value that it stands for."""
    edition = begun.edition
    several = MOST_OFFERED if begun.story in REPERTOIRES else 1
    return {
        "story": _stories(edition),
        "mode": mode_labels(edition),
        "edition": {name: name for name in editions},
        "strategy": {row.id: row.label for row in edition.strategies.values()},
        "services": {str(number): _counted(number) for number in range(1, several + 1)},
    }


def _counted(number: int) -> str:
    return "1 service" if number == 1 else f"{number} services"


def _silent(begun: Opening) -> dict[str, str]:
    """Tell of each menu that changes nothing here why it does not."""
    silent = {}
    if begun.story not in REPERTOIRES:
        silent["services"] = "a journey has services of its own"
    if not any(_asks_house(part) for part in begun.parts):
        silent["strategy"] = "no clearing house is asked itself"
    return silent


def _asks_house(part: Part) -> bool:
    """Whether an act of a service may address the clearing house itself."""
    return any(act.through and part.setting.through_house(act.through) for act in part.acts)


def _changed(way: Sequence[Moment]) -> str:
    """Lay out what each endpoint holds now, and what was noted."""
    last = way[-1]
    before = way[max(0, len(way) - 2)].world
    parts = []
    for note in last.world.notes:
        told = last.world.opening.edition.explain(note)
        parts.append(f"<p><b>Noted:</b> {linked(told)}</p>")
    parts += [f"<div>{table.boxed()}</div>" for table in changes(before, last.world)]
    return "".join(parts)


def _folded(way: Sequence[Moment], unfolded: bool) -> str:
    """Lay out one action, with the picture up to it, and what each endpoint then holds."""
    told = f"{len(way) - 1}. {way[-1].says}"
    diagram = trace_diagram(way)
    picture = diagram.svg(len(way) - 2, phases_in(way[-1].world), told)
    return (
        f"<details{' open' if unfolded else ''}><summary>{escape(told)}</summary>\n"
        f"{image(picture, told)}\n{_changed(way)}</details>\n"
    )
