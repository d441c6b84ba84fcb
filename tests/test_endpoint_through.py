"""What comes through a clearing house that has forgotten what it passed on: a word of its sender
counts once.
"""

from dataclasses import replace

import pytest

from refimpl.endpoint import Recent, refuse
from refimpl.messages import Message, Refusal
from refimpl.play.player import restarted
from refimpl.vocabulary import Mode, Phase
from tests.flights import (
    HOME,
    HOUSE,
    ONE,
    Flights,
    booking,
    detail_record,
    order,
    progress,
    question,
)


def passed_on(message: Message, speaker: str = ONE, receiver: str = HOME) -> Flights:
    """A world in which a word has been heard through a clearing house that forgot it then,
    and the answer was lost.
    """
    world = Flights.over(Mode.CLEARING_HOUSE)
    world.say(speaker, message, receiver)
    world.deliver()
    world.deliver()
    world.lose()
    world.reps[HOUSE] = restarted(world.reps[HOUSE], "everything")
    return world


@pytest.mark.parametrize(
    ("message", "speaker", "receiver"),
    [(question(), ONE, HOME), (order(), HOME, ONE), (booking(), HOME, ONE)],
)
def test_asked_again(message: Message, speaker: str, receiver: str) -> None:
    """The answer is the one that was given, and both ends agree."""
    world = passed_on(message, speaker, receiver)
    before = world.reps[receiver]
    world.settle()
    assert world.reps[receiver] == before
    assert world.phase(speaker) is world.phase(receiver)
    assert world.phase(receiver) not in (Phase.NEW, Phase.REFUSED)
    assert not world.notes


def test_told_again() -> None:
    """News and a record count once, and each gets its receipt."""
    world = passed_on(question())
    world.settle()
    for message in (progress("started"), progress("ended"), detail_record()):
        world.say(ONE, message, HOME)
        world.deliver()
        world.deliver()
        world.lose()
        world.reps[HOUSE] = restarted(world.reps[HOUSE], "everything")
        world.settle()
    assert world.phase(HOME) is world.phase(ONE) is Phase.RECORDED
    assert len(world.held[HOME, "service-1"]) == 1
    assert not world.notes


def test_forgotten_at_the_end() -> None:
    """An end that has forgotten what it sent looks at the word afresh."""
    world = passed_on(question())
    world.reps[HOME] = replace(world.reps[HOME], seen=Recent())
    world.settle()
    assert {note.rule_id for note in world.notes} == {"SES-1"}


def test_turned_away_now() -> None:
    """An end that can serve nothing now still knows what it served."""
    world = passed_on(question())
    world.remind()
    world.deliver()
    flight = world.bag[0]
    heard = refuse(world.reps[HOME], flight.envelope, peer=flight.sender, now=world.now)
    (answer,) = heard.sends
    assert not isinstance(answer.envelope.message, Refusal)
    assert answer.envelope.request_id == flight.envelope.request_id
