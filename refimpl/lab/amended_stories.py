"""Which journeys end otherwise under a draft, and who learns more or less of a user in them.

Every journey is played in every mode that both editions have, and with every strategy where a
clearing house is asked; both ends and what was noted on the way are compared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import RoamingError, Violation
from refimpl.lab.exposure import members_learned, ways_of
from refimpl.play.journeys import journeys_of
from refimpl.play.player import Story, play
from refimpl.play.reached import Reached
from refimpl.vocabulary import Role, Strategy

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
    longer: members of messages and records, as `cdr.emaid`.  Where `is_new`, there was no such
    journey or way, and who learns something is another than the two ends.
    """

    way: str
    journey: str
    who: str
    learns: tuple[str, ...]
    learns_no_more: tuple[str, ...]
    is_new: bool = False


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


class Journeys(NamedTuple):
    """Every journey that ends otherwise, and what all of them reach before and after."""

    changed: tuple[JourneyChange, ...]
    before: Reached
    after: Reached


def changed_journeys(before: Edition, after: Edition, step: Step) -> Journeys:
    """Play every journey under two editions, and find those that end otherwise."""
    old, new = ways_to_play(before), ways_to_play(after)
    told = Journeys((), Reached(), Reached())
    found = []
    for way, title in {**old, **new}.items():
        left = _ending(before, way, step, told.before) if way in old else None
        right = _ending(after, way, step, told.after) if way in new else None
        if left != right:
            found.append(JourneyChange(way[0], title, *way[1:], left, right))
    return told._replace(changed=tuple(found))


def _ending(edition: Edition, way: Way, step: Step, reached: Reached) -> Ending | None:
    step()
    ending, on_the_way = _played(edition, way)
    reached.add(on_the_way)
    return ending


@lru_cache(maxsize=1024)
def _played(edition: Edition, way: Way) -> tuple[Ending | None, Reached]:
    """How a way ends and what it reaches; kept, since each change to a draft asks it again of
    the edition that the draft extends.
    """
    try:
        story = play(way[0], edition, *way[1:])
    except RoamingError:  # no visited-CSO is reached so
        return None, Reached()
    return _ending_of(story), story.reached


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
    """Who learns more or less, for each way of roaming and journey that both editions have; and
    who besides the two ends learns what in a new journey, and in all of a new way.
    """
    old_ways = ways_of(before)
    journeys = {one.id for one in journeys_of(before)}
    found: list[LearningChange] = []
    for way, ((mode, strategy), sealed) in ways_of(after).items():
        anew: list[Learned] = []
        for journey in journeys_of(after):
            asked = (mode, strategy, journey.id, sealed)
            learned = _by_role(after, asked)
            if way not in old_ways:
                anew.append(learned)
            elif journey.id not in journeys:
                found += _learned_anew(way, journey.id, [learned])
            else:
                found += _more_or_less(way, journey.id, _by_role(before, asked), learned)
        if any(anew):
            found += _learned_anew(way, EVERY_JOURNEY, anew)
    return tuple(found)


EVERY_JOURNEY: Final = "every journey"
"""In place of a journey, where a way of roaming is new."""
NO_OTHER: Final = "none but the two ends"
Learned = Mapping[str, frozenset[str]]


def _by_role(edition: Edition, asked: tuple[str, str, str, bool]) -> Learned:
    """The members each sort of entity learns, roles by their ids and not by their labels;
    nothing where no visited-CSO is reached so.
    """
    ids = {row.label: row.id for row in edition.roles.values()}
    try:
        learned = members_learned(edition, *asked)
    except Violation:
        return {}
    return {ids.get(sort, sort): members for sort, members in learned.items()}


def _learned_anew(
    way: str, journey: str, learned: Iterable[Learned]
) -> Iterator[LearningChange]:
    """Tell who besides the two ends learns what, where there was nothing before."""
    others: dict[str, frozenset[str]] = {}
    for of_one in learned:
        for who, members in of_one.items():
            if members and who not in {*Role}:
                others[who] = others.get(who, frozenset()) | members
    for who, members in (others or {NO_OTHER: frozenset[str]()}).items():
        yield LearningChange(way, journey, who, tuple(sorted(members)), (), is_new=True)


def _more_or_less(
    way: str, journey: str, before: Learned, after: Learned
) -> Iterator[LearningChange]:
    for who, members in after.items():
        known = before.get(who, frozenset())
        more, less = tuple(sorted(members - known)), tuple(sorted(known - members))
        if more or less:
            yield LearningChange(way, journey, who, more, less)
