"""Whether a draft breaks a property of the session: all states of small networks are searched
under it, and where a property does not hold, the shortest way there is the counter-example.

The spaces are those in which each rule of a service is tried: every repertoire that the draft
has the service of, in the direct mode, without a fault, with one loss, and with one repetition.
"""

from dataclasses import dataclass

from refimpl.edition import Edition
from refimpl.play.opening import REPERTOIRES, opening
from refimpl.play.states import Search
from refimpl.play.traces import token_of
from refimpl.play.trials import SPACES


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
    """How many states were searched under a draft, and the counter-examples that were found; a
    property that the edition itself breaks there is not listed.
    """

    states: int = 0
    broken: tuple[CounterExample, ...] = ()


def broken_properties(edition: Edition) -> PropertyChange:
    """Search the states under an edition, in the smallest spaces first, until a property does
    not hold; of one property the shortest way counts.

    >>> from refimpl.edition import load
    >>> broken_properties(load("2025")).broken
    ()
    """
    states = 0
    for bounds in SPACES:
        found: dict[str, CounterExample] = {}
        for name, story in REPERTOIRES.items():
            if story.service not in edition.services:
                continue
            for valid in (True, False):
                search = Search(opening(name, edition, valid=valid), bounds)
                search.run()
                states += search.count
                _keep_shortest(found, search)
        if found:
            return PropertyChange(states, tuple(found.values()))
    return PropertyChange(states)


def _keep_shortest(found: dict[str, CounterExample], search: Search) -> None:
    broken = search.broken
    if broken is None:
        return
    trace = tuple(map(str, broken.world.trace))
    known = found.get(broken.id)
    if known is None or len(trace) < len(known.trace):
        token, story = token_of(broken.world), search.opening.story
        found[broken.id] = CounterExample(broken.id, broken.says, story, trace, token)
