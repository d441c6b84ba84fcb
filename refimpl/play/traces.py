"""A trace as a short text that opens the same world in another session: what it began with, and
each action taken.

It is written with what may stand in an address: letters, digits, and `. _ ~ - *`.  Its first
part is the version of how it is written; behind the edition stand the rules that it lacks.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Misuse, RoamingError
from refimpl.play.lacking import lacking, lacks
from refimpl.play.opening import opening
from refimpl.play.telling import kind_in_short
from refimpl.play.world import Action, Flight, World, begin, take

VERSION: Final = "w1"
LETTERS: Final = MappingProxyType(
    {
        "deliver": "d",
        "lose": "l",
        "double": "t",
        "delay": "w",
        "remind": "m",
        "restart": "r",
        "forget": "f",
        "say": "s",
    }
)
"""The letter of each action; what it is done to stands behind it."""
LOST: Final = MappingProxyType(
    {
        "restart": "it restarts, and has lost what waited; a clearing house, everything",
        "forget": "it has lost everything but what it was set up with",
    }
)
VERBS: Final = MappingProxyType({letter: verb for verb, letter in LETTERS.items()})
HONOURED: Final = MappingProxyType({True: "valid", False: "blocked"})


def token_of(world: World) -> str:
    """Write what a world began with, and its trace.

    >>> from refimpl.edition import load
    >>> world = take(begin(opening("charge", load("2025"))), Action("say", "1.1"))
    >>> token_of(take(world, Action("deliver", "1")))
    'w1~2025~direct~forward~charge~1~valid~s1.1_d1'
    """
    begun = world.opening
    head = (
        VERSION,
        "*".join((begun.edition.id, *lacks(begun.edition))),
        begun.mode,
        begun.strategy,
        begun.story,
        str(begun.services),
        HONOURED[begun.valid],
    )
    actions = [LETTERS[action.verb] + action.what for action in world.trace]
    return "~".join((*head, "_".join(actions)))


def read_token(token: str, edition_of: Callable[[str], Edition]) -> World:
    """The world that a token opens, under the edition of its id, without the rules that it
    names.

    Raises `Misuse` REP-5 for a text that is no token of this version, or whose actions cannot
    be taken, and as `opening`, `lacking` and `edition_of` do.

    >>> from refimpl.edition import load
    >>> world = read_token("w1~2025~direct~forward~charge~1~valid~s1.1_d1", load)
    >>> [str(action) for action in world.trace]
    ['say 1.1', 'deliver 1']
    """
    parts = token.strip().split("~")
    if len(parts) != 8 or parts[0] != VERSION:
        raise Misuse("REP-5", f"token {token[:40]!r}, one begins with {VERSION}~")
    _, edition, mode, strategy, story, services, honoured, actions = parts
    if honoured not in HONOURED.values() or not services.isdecimal():
        raise Misuse("REP-5", f"token {token[:40]!r}, {services} services, {honoured}")
    edition, *off = edition.split("*")
    begun = opening(
        story,
        lacking(edition_of(edition), off),
        mode,
        strategy,
        services=int(services),
        valid=honoured == HONOURED[True],
    )
    world = begin(begun)
    for number, text in enumerate(filter(None, actions.split("_")), 1):
        world = _taken(world, text, number)
    return world


class Step(NamedTuple):
    """One action of a trace in words: what was done, what that is, and what was found wrong."""

    action: str
    says: str
    wrong: str


def steps_of(world: World) -> Iterator[Step]:
    """Tell each action of the trace of a world in words.

    >>> from refimpl.edition import load
    >>> for step in steps_of(read_token("w1~2025~direct~forward~charge~1~valid~s1.1_d1", load)):
    ...     print(step.action, "|", step.says)
    say 1.1 | cso-elm to csp-alba: authorization-request: DE8AA0012345670
    deliver 1 | cso-elm to csp-alba: authorization-request: DE8AA0012345670
    """
    before = begin(world.opening)
    for action in world.trace:
        after = take(before, action)
        wrong = ", ".join(note.rule_id for note in after.notes)
        yield Step(str(action), _says(before, after, action), wrong)
        before = after


def _says(before: World, after: World, action: Action) -> str:
    if action.verb in {"deliver", "lose", "double", "delay"}:
        return _flight_in_words(before.flight(action.what))
    if action.verb in {"restart", "forget"}:
        return LOST[action.verb]
    waits = "stands in line behind what waits for an answer"
    return "; ".join(map(_flight_in_words, after.sent)) or waits


def _flight_in_words(flight: Flight) -> str:
    return f"{flight.sender} to {flight.receiver}: {kind_in_short(flight.envelope.message)}"


def _taken(world: World, text: str, number: int) -> World:
    """The world after the next action of a token."""
    verb = VERBS.get(text[0])
    if verb is None:
        raise Misuse("REP-5", f"action {number} of the token: {text[:40]!r}")
    try:
        return take(world, Action(verb, text[1:]))
    except RoamingError as error:
        place = f"action {number} of the token, {verb} {text[1:40]}"
        raise Misuse("REP-5", f"{place}: {error}") from error
