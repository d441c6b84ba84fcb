"""A story as lines of a table: a transmission each, and what happens between two of them."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from refimpl.network import interface_between
from refimpl.play.loopback import Frame
from refimpl.play.player import Story, phase_at
from refimpl.play.telling import Happening, happenings, kind_in_short
from refimpl.vocabulary import Phase

LONGEST_REPEATED: Final = 6
"""How many transmissions that are repeated together are told as one: a question over three hops
and its answer.
"""
HEADS: Final = ("", "from, over, to", "message", "home-csp", "visited-cso")


class Line(NamedTuple):
    """The number of a transmission, whence over which interface it goes whither, what it says
    and what became of it, and where both sides of its service then stand.

    What happens without a message has no number and no phases.
    """

    number: str
    way: str
    says: str
    home: str = ""
    visited: str = ""


def lines_of(story: Story) -> Iterator[Line]:
    """Lay a story out as a person reads it, narrow enough for a terminal.

    Transmissions that are repeated stand once, with how often, and what happens between two
    transmissions on a line of its own.

    >>> from refimpl.edition import load
    >>> from refimpl.play import play
    >>> for line in lines_of(play("order-cancelled", load("2025"))):
    ...     print(line.number, line.says, "|", line.home, line.visited)
    1 remote-control-request: start | commanded awaited
    2 remote-control-answer: yes | awaited awaited
    3 remote-control-request: cancel | cancelling abandoned
    4 remote-control-answer: yes | abandoned abandoned
    """
    between = list(happenings(story))
    facts = []
    for place in range(len(story.frames)):
        happened = [one for one in between if one.behind <= place]
        facts.append((len(happened), *_facts(story, place)))
    place = 0
    while place < len(facts):
        many, times = _repeated(facts, place)
        for one in range(place, place + many):
            yield from (_line_between(told) for told in between if told.behind == one)
            yield _line_of(story, one, times)
        place += many * times
    yield from (_line_between(told) for told in between if told.behind == len(facts))


def parties(story: Story) -> str:
    """Name who is who in a story.

    >>> from refimpl.edition import load
    >>> from refimpl.play import play
    >>> parties(play("one-id-twice", load("2025")))
    'home-CSP csp-alba, visited-CSO cso-elm and cso-fjord'
    """
    visited = dict.fromkeys(setting.visited_cso for setting in story.settings)
    roles = story.setting.edition.roles
    home = f"{roles['home-csp'].label} {story.setting.home_csp}"
    return f"{home}, {roles['visited-cso'].label} {' and '.join(visited)}"


def _repeated(facts: Sequence[object], place: int) -> tuple[int, int]:
    """How many transmissions from a place on are repeated at once, and how often in all."""
    for many in range(1, LONGEST_REPEATED + 1):
        block, times = facts[place : place + many], 1
        while facts[place + times * many :][:many] == block:
            times += 1
        if times > 1:
            return many, times
    return 1, 1


def _facts(story: Story, place: int) -> tuple[object, ...]:
    """All that tells a transmission from others but its number."""
    frame = story.frames[place]
    notes = tuple(map(str, frame.notes))
    return (frame.sender, frame.receiver, frame.raw, frame.fate, notes, phases_at(story, place))


def _line_of(story: Story, place: int, times: int) -> Line:
    """A transmission: its kind and, unless it only passes on, what it says most."""
    frame = story.frames[place]
    said: str = frame.envelope.message.kind
    if frame.sender == frame.envelope.sender:
        said = kind_in_short(frame.envelope.message)
    if frame.fate != "delivered":
        said += f" ({frame.fate})"
    if _is_told_again(story, place):
        said += ", again"
    for note in frame.notes:
        said += f"; {note}"
    if times > 1:
        said += f" ×{times}"
    way = f"{frame.sender} {interface_of(story, frame) or '-'} {frame.receiver}"
    return Line(str(frame.number), way, said, *phases_at(story, place))


def _is_told_again(story: Story, place: int) -> bool:
    """Whether the same has gone the same way before; what follows waits behind it."""
    frame = story.frames[place]
    before = story.frames[:place]
    return any(
        (one.sender, one.receiver, one.raw) == (frame.sender, frame.receiver, frame.raw)
        for one in before
    )


def _line_between(one: Happening) -> Line:
    return Line("", one.entity or f"{one.at:%Y-%m-%d}", one.says)


def interface_of(story: Story, frame: Frame) -> str | None:
    """The interface over which a transmission goes."""
    network, edition = story.setting.network, story.setting.edition
    sender, receiver = network.entity(frame.sender), network.entity(frame.receiver)
    row = interface_between(edition, sender.kind, receiver.kind)
    return row.id if row else None


def phases_at(story: Story, place: int) -> tuple[Phase, Phase]:
    """Where the home and the visited side of its service stand after a transmission."""
    setting, reps = story.setting_of(place), story.frames[place].reps
    home = phase_at(reps[setting.home_csp], setting)
    return home, phase_at(reps[setting.visited_cso], setting)
