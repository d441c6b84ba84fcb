"""Whether a draft breaks a property of the session: all states of small networks are searched
under it, and where a property does not hold, the shortest way there is the counter-example.

The spaces are those in which each rule of a service is tried: every repertoire that the draft
has the service of, in the direct mode, without a fault, with one loss, and with one repetition.
A journey that the draft brings is searched as well, and without a fault each mode that it adds
or alters.  What of the draft is reached in all that is told, for of the rest it says nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.opening import REPERTOIRES, opening
from refimpl.play.reached import Reached
from refimpl.play.states import Search
from refimpl.play.traces import token_of
from refimpl.play.trials import SPACES
from refimpl.play.world import NO_FAULTS, Bounds
from refimpl.vocabulary import Mode


@dataclass(frozen=True, slots=True)
class CounterExample:
    """A property that does not hold under a draft: what it says, in which story, and the
    actions of a shortest way to where it does not, with the token that opens it.
    """

    property: str
    says: str
    story: str
    trace: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """How many states were searched under a draft, in which modes, and the counter-examples
    that were found; a property that the edition itself breaks there is not listed.
    """

    states: int = 0
    modes: tuple[str, ...] = ()
    broken: tuple[CounterExample, ...] = ()


class Searched(NamedTuple):
    """What came of a search, and what of the edition it reached."""

    change: PropertyChange
    reached: Reached


class Space(NamedTuple):
    """Where is searched: in which mode, with which faults."""

    mode: str
    bounds: Bounds


def broken_properties(edition: Edition) -> PropertyChange:
    """Search the states under an edition, in the smallest spaces first, until a property does
    not hold; of one property the shortest way counts.

    >>> from refimpl.edition import load
    >>> broken_properties(load("2025")).broken
    ()
    """
    return searched(edition).change


@lru_cache(maxsize=8)
def searched(edition: Edition, also_in: tuple[str, ...] = ()) -> Searched:
    """The same with what of the edition is reached; also in further modes, without a fault."""
    states = 0
    modes = list(dict.fromkeys((first_mode(edition), *also_in)))
    spaces = [Space(mode, NO_FAULTS) for mode in modes]
    spaces += [Space(modes[0], bounds) for bounds in SPACES if bounds != NO_FAULTS]
    reached = Reached()
    found: dict[str, CounterExample] = {}
    entered = set()
    for space in spaces:
        if found and space.bounds != NO_FAULTS:
            break
        for search in _searches(edition, space):
            search.run()
            states += search.count
            entered.add(space.mode)
            reached.add(search.steps.moves.reached)
            _keep_shortest(found, search)
    told = tuple(mode for mode in modes if mode in entered)
    return Searched(PropertyChange(states, told, tuple(found.values())), reached)


def first_mode(edition: Edition) -> str:
    """The direct mode, or the first that there is without it."""
    return Mode.DIRECT if Mode.DIRECT in edition.modes else next(iter(edition.modes))


def _searches(edition: Edition, space: Space) -> Iterator[Search]:
    """The searches of a space; none in a mode in which no visited-CSO is reached."""
    try:
        for name in _stories(edition):
            for valid in (True, False):
                begun = opening(name, edition, space.mode, valid=valid)
                yield Search(begun, space.bounds)
    except Violation:
        return


def _stories(edition: Edition) -> Iterator[str]:
    """Every repertoire that an edition has the service of, and every journey of its own."""
    for name, story in REPERTOIRES.items():
        if story.service in edition.services:
            yield name
    for journey in journeys_of(edition):
        if journey.id not in JOURNEYS:
            yield journey.id


def _keep_shortest(found: dict[str, CounterExample], search: Search) -> None:
    broken = search.broken
    if broken is None:
        return
    trace = tuple(map(str, broken.world.trace))
    known = found.get(broken.id)
    if known is None or len(trace) < len(known.trace):
        token, story = token_of(broken.world), search.opening.story
        found[broken.id] = CounterExample(broken.id, broken.says, story, trace, token)
