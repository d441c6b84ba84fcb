"""What may happen next in a world, as buttons: of each message under way, then by kind."""

from collections.abc import Iterator
from typing import Final, TypedDict

from refimpl.play.world import ANY_NUMBER, Action, World, enabled
from refimpl.views.film.history import in_words, says

ON_MESSAGES: Final = ("deliver", "lose", "double", "delay")
"""What may become of a message that is under way."""
KINDS: Final = {
    "say": "What a side may say",
    "remind": "What is said again",
    "restart": "What an endpoint may lose",
    "forget": "What an endpoint may lose",
}
"""The kinds of the other actions, by their verbs."""


class Choice(TypedDict):
    """A button: the action it takes, its text, and what it does in full words."""

    action: str
    text: str
    label: str


class Group(TypedDict):
    """Buttons of one kind or about one message, with what they have in common."""

    kind: str
    about: str
    choices: list[Choice]


def groups_of(world: World) -> Iterator[Group]:
    """List what may happen next: for each message under way, and then by kind."""
    every = enabled(world, ANY_NUMBER)
    for flight in world.under_way:
        number = str(flight.number)
        about = in_words(world, number)
        of_it = [one for one in every if one.verb in ON_MESSAGES and one.what == number]
        made = [_choice(one, one.verb.capitalize(), says(world, one)) for one in of_it]
        yield Group(kind="Under way", about=about, choices=made)
    told: set[str] = set()
    for verb, kind in KINDS.items():
        for one in every:
            words = says(world, one) if one.verb == verb else ""
            if words and words not in told:  # a clearing house loses everything either way
                told.add(words)
                yield Group(kind=kind, about="", choices=[_choice(one, words, words)])


def _choice(action: Action, text: str, label: str) -> Choice:
    return Choice(action=str(action), text=text, label=label)
