"""Which journeys end otherwise under a draft, and who learns more or less of a user in them.

Every journey is played in every mode that both editions have, and with every strategy where a
clearing house is asked; both ends and what was noted on the way are compared.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.lab.exposure import members_learned, ways_of
from refimpl.play.journeys import journeys_of
from refimpl.play.player import Story, play
from refimpl.vocabulary import Strategy

Step = Callable[[], None]
ASKED_IN: Final = "authorization"
"""The exchange in which a clearing house may be asked itself."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a journey ends: where home-CSP and visited-CSO see the service, over how many
    transmissions, and the rules that were broken on the way.
    """

    home: str
    visited: str
    transmissions: int
    broken: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In a line."""
        phases = self.home
        if self.visited != self.home:
            phases = f"{self.home} at the home-CSP, {self.visited} at the visited-CSO"
        broken = f", {', '.join(self.broken)} broken" if self.broken else ""
        return f"{phases}, {self.transmissions} transmissions{broken}"


@dataclass(frozen=True, slots=True)
class JourneyChange:
    """A journey that ends otherwise in a mode and with a strategy; None where an edition has
    not got the journey or the mode, or no such way leads to a visited-CSO.
    """

    journey: str
    title: str
    mode: str
    strategy: str
    before: Ending | None
    after: Ending | None


@dataclass(frozen=True, slots=True)
class LearningChange:
    """What a sort of entity learns of a journey in a way of roaming that it did not, or no
    longer: members of messages and records, as `cdr.emaid`.
    """

    way: str
    journey: str
    who: str
    learns: tuple[str, ...]
    learns_no_more: tuple[str, ...]


# --- Journeys ---------------------------------------------------------------------------------


Way = tuple[str, str, str]
"""A journey, a mode and a strategy."""


def ways_to_play(edition: Edition) -> dict[Way, str]:
    """Each journey, mode and strategy that may end differently, with the journey's title."""
    ways = {}
    for journey in journeys_of(edition):
        for mode in edition.modes.values():
            asked = mode.path_of(ASKED_IN).count("clearing-house") == 1
            every = tuple(edition.strategies) if asked else (str(Strategy.FORWARD),)
            for strategy in every:
                ways[journey.id, mode.id, strategy] = journey.title
    return ways


def number_of_journeys(before: Edition, after: Edition) -> int:
    """How many stories are played to compare two editions."""
    return len(ways_to_play(before)) + len(ways_to_play(after))


def changed_journeys(before: Edition, after: Edition, step: Step) -> tuple[JourneyChange, ...]:
    """Every journey that ends otherwise under one edition than under another."""
    old, new = ways_to_play(before), ways_to_play(after)
    found = []
    for way, title in {**old, **new}.items():
        left = _ending(before, way, step) if way in old else None
        right = _ending(after, way, step) if way in new else None
        if left != right:
            found.append(JourneyChange(way[0], title, *way[1:], left, right))
    return tuple(found)


def _ending(edition: Edition, way: Way, step: Step) -> Ending | None:
    journey, mode, strategy = way
    step()
    try:
        return _ending_of(play(journey, edition, mode, strategy))
    except RoamingError:  # no visited-CSO is reached so
        return None


def _ending_of(story: Story) -> Ending:
    setting = story.setting
    broken = dict.fromkeys(note.rule_id for frame in story.frames for note in frame.notes)
    return Ending(
        str(story.phase(setting.home_csp)),
        str(story.phase(setting.visited_cso)),
        len(story.frames),
        tuple(broken),
    )


# --- Learning ---------------------------------------------------------------------------------


def changed_learning(before: Edition, after: Edition) -> tuple[LearningChange, ...]:
    """Who learns more or less, for each way of roaming and journey that both editions have."""
    old_ways, new_ways = ways_of(before), ways_of(after)
    journeys = {one.id for one in journeys_of(before)}
    found: list[LearningChange] = []
    for way, ((mode, strategy), sealed) in new_ways.items():
        if way not in old_ways:
            continue
        for journey in journeys_of(after):
            if journey.id in journeys:
                asked = (mode, strategy, journey.id, sealed)
                learned = _by_role(before, asked), _by_role(after, asked)
                found += _more_or_less(way, journey.id, *learned)
    return tuple(found)


Learned = Mapping[str, frozenset[str]]


def _by_role(edition: Edition, asked: tuple[str, str, str, bool]) -> Learned:
    """The members each sort of entity learns, roles by their ids and not by their labels."""
    ids = {row.label: row.id for row in edition.roles.values()}
    learned = members_learned(edition, *asked)
    return {ids.get(sort, sort): members for sort, members in learned.items()}


def _more_or_less(
    way: str, journey: str, before: Learned, after: Learned
) -> Iterator[LearningChange]:
    for who, members in after.items():
        known = before.get(who, frozenset())
        more, less = tuple(sorted(members - known)), tuple(sorted(known - members))
        if more or less:
            yield LearningChange(way, journey, who, more, less)
