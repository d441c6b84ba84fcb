"""A trace as a short text that opens the same world in another session: what it began with, and
each action taken.

It is written with what may stand in an address: letters, digits, and `. _ ~ - *`.  Its first
part is the version of how it is written; behind the edition stand the rules that it lacks.  Its
last part is a check figure (CRC-32) over all before, so that a token which was cut short or
mistyped is not taken for another one.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Final, NamedTuple
from zlib import crc32

from refimpl.edition import Edition
from refimpl.errors import Misuse, RoamingError
from refimpl.play.lacking import lacking, lacks
from refimpl.play.opening import Opening, opening
from refimpl.play.telling import kind_in_short
from refimpl.play.world import Action, Flight, World, begin, take

VERSION: Final = "w2"
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
PARTS: Final = 9
"""How many parts a token has, the check figure included."""


class NoToken(ValueError):
    """A text opens no world: it is no token, is not whole, or asks for what is not there.  It
    says which, in words.
    """


def token_of(world: World) -> str:
    """Write what a world began with, and its trace.

    >>> from refimpl.edition import load
    >>> world = take(begin(opening("charge", load("2025"))), Action("say", "1.1"))
    >>> token_of(take(world, Action("deliver", "1")))
    'w2~2025~direct~forward~charge~1~valid~s1.1_d1~eb5dcddd'
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
    return checked("~".join((*head, "_".join(actions))))


def checked(text: str) -> str:
    """Write a check figure behind the other parts of a token."""
    return f"{text}~{crc32(text.encode()):08x}"


def read_token(token: str, edition_of: Callable[[str], Edition]) -> World:
    """The world that a token opens, under the edition of its id, without the rules that it
    names.

    Raises `NoToken` for a text that is no token of this version, that is not whole, whose
    beginning is not there, or whose actions cannot be taken.

    >>> from refimpl.edition import load
    >>> world = read_token("w2~2025~direct~forward~charge~1~valid~s1.1_d1~eb5dcddd", load)
    >>> [str(action) for action in world.trace]
    ['say 1.1', 'deliver 1']
    """
    *_, actions, _ = parts = _parts_of(token.strip())
    world = begin(_opening_of(parts, edition_of))
    for number, text in enumerate(filter(None, actions.split("_")), 1):
        world = _taken(world, text, number)
    return world


def _parts_of(token: str) -> list[str]:
    """The parts of a token that is whole."""
    parts = token.split("~")
    if parts[0] != VERSION:
        raise NoToken(f"{token[:40]!r} is no token: one begins with {VERSION}~")
    if len(parts) != PARTS or checked("~".join(parts[:-1])) != token:
        raise NoToken(
            "the token is not whole: its check figure does not fit, so some of it was lost or"
            " changed; copy all of it again"
        )
    return parts


def _opening_of(parts: list[str], edition_of: Callable[[str], Edition]) -> Opening:
    """What a token begins with."""
    _, name, mode, strategy, story, services, honoured, _, _ = parts
    if honoured not in HONOURED.values() or not services.isdecimal():
        raise NoToken(f"the token begins with {services} services, {honoured}: that is unknown")
    name, *off = name.split("*")
    try:
        edition = lacking(edition_of(name), off)
        return opening(
            story,
            edition,
            mode,
            strategy,
            services=int(services),
            valid=honoured == HONOURED[True],
        )
    except RoamingError as error:
        raise NoToken(f"the token begins with what is not there: {error.where}") from error


class Step(NamedTuple):
    """One action of a trace in words: what was done, what that is, and what was found wrong."""

    action: str
    says: str
    wrong: str


def steps_of(world: World) -> Iterator[Step]:
    """Tell each action of the trace of a world in words.

    >>> from refimpl.edition import load
    >>> token = "w2~2025~direct~forward~charge~1~valid~s1.1_d1~eb5dcddd"
    >>> for step in steps_of(read_token(token, load)):
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
        raise NoToken(f"action {number} of the token is none: {text[:40]!r}")
    try:
        return take(world, Action(verb, text[1:]))
    except RoamingError as error:
        place = f"action {number} of the token, {verb} {text[1:40]}, cannot be taken"
        why = error.where
        if not isinstance(error, Misuse):  # an endpoint does not allow it
            why = world.opening.edition.explain(error)
        raise NoToken(f"{place}: {why}") from error
