"""The loopback: the same seed tells the same story, each fate does what it says, and endless
trouble is given up.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Final

import pytest

from refimpl.edition import load
from refimpl.errors import Misuse, Violation
from refimpl.messages import (
    AuthorizationAnswer,
    Receipt,
    Refusal,
)
from refimpl.play.loopback import LATENCY, Fate, Faults, Frame, Loopback
from refimpl.vocabulary import Mode, Phase
from tests.flights import HOME, HOUSE, NETWORK, ONE, endpoint, progress, question
from tests.world import NOON, find_service, service_in

ASK: Final = question()
TROUBLE: Final = Faults(lose=0.3, duplicate=0.2, delay=20)


def loopback(mode: str = Mode.DIRECT, seed: int = 0, faults: Faults | None = None) -> Loopback:
    return Loopback(
        {e.id: endpoint(e.id, mode) for e in NETWORK.entities},
        now=NOON,
        seed=seed,
        faults=faults,
    )


def asked(mode: str = Mode.DIRECT, faults: Faults | None = None) -> Loopback:
    world = loopback(mode, faults=faults)
    world.say(ONE, ASK, HOME, "service-1")
    world.run()
    return world


def fates(world: Loopback) -> list[tuple[int, Fate, str]]:
    return [(frame.number, frame.fate, frame.envelope.message.kind) for frame in world.frames]


def phase(world: Loopback, name: str) -> Phase:
    session = find_service(world.reps[name], "service-1")
    return session.phase if session else Phase.NEW


# --- telling ----------------------------------------------------------------------------------


def test_a_frame() -> None:
    """A frame tells one transmission and the endpoints after it."""
    world = loopback()
    before = world.reps
    world.say(ONE, ASK, HOME, "service-1")
    world.run()
    first, second = world.frames
    assert (first.sender, first.receiver, first.envelope.message) == (ONE, HOME, ASK)
    assert second.envelope.message == AuthorizationAnswer(granted=True, home_csp=HOME)
    assert [first.at, second.at] == [NOON + LATENCY, NOON + 2 * LATENCY]
    assert find_service(before[HOME], "service-1") is None
    assert service_in(first.reps[HOME], "service-1").phase is Phase.GRANTED
    assert service_in(first.reps[ONE], "service-1").phase is Phase.ASKED
    assert service_in(second.reps[ONE], "service-1").phase is Phase.GRANTED
    assert world.now == second.at
    assert world.notes == []


def test_notes() -> None:
    """What is wrong is noted in its frame and in the whole."""
    world = asked()
    world.replace(replace(world.reps[HOME], edition=load("2019")))
    world.say(ONE, ASK, HOME, "service-2")
    world.run()
    wrong = [note for frame in world.frames for note in frame.notes]
    assert [note.rule_id for note in wrong] == ["REP-3"]
    assert world.notes == wrong


def test_what_may_not_be_said() -> None:
    """Saying what is not allowed raises and sends nothing."""
    world = loopback()
    with pytest.raises(Violation):
        world.say(ONE, progress("started"), HOME, "service-1")
    world.run()
    assert world.frames == []


def test_waiting_is_just_time() -> None:
    world = loopback()
    world.wait(90)
    assert world.now == NOON + timedelta(seconds=90)
    world.say(ONE, ASK, HOME, "service-1")
    world.run()
    assert world.frames[0].at == NOON + timedelta(seconds=90) + LATENCY


# --- the same again ---------------------------------------------------------------------------


def tale(seed: int) -> tuple[list[tuple[object, ...]], Loopback]:
    world = loopback(Mode.CLEARING_HOUSE, seed, TROUBLE)
    for message in (ASK, progress("started"), progress("updated"), progress("ended")):
        world.say(ONE, message, HOME, "service-1")
        world.run()
    return [(f.number, f.at, f.sender, f.receiver, f.raw, f.fate) for f in world.frames], world


def test_the_same_seed_the_same_bytes() -> None:
    tales = [tale(seed)[0] for seed in (1, 1, 2)]
    assert tales[0] == tales[1] != tales[2]


def test_each_seed_ends_the_service() -> None:
    """Whatever the seed, the service ends at both ends."""
    seen = set()
    for seed in range(20):
        world = tale(seed)[1]
        assert (phase(world, ONE), phase(world, HOME)) == (Phase.ENDED, Phase.ENDED)
        seen |= {frame.fate for frame in world.frames}
    assert seen == {"delivered", "lost", "duplicated"}


# --- each fate --------------------------------------------------------------------------------


def test_no_faults() -> None:
    assert fates(asked()) == [
        (1, "delivered", "authorization-request"),
        (2, "delivered", "authorization-answer"),
    ]


def test_lost() -> None:
    """What is lost is said again after five seconds."""
    world = asked(faults=Faults(at={1: "lost"}))
    assert fates(world) == [
        (1, "lost", "authorization-request"),
        (2, "delivered", "authorization-request"),
        (3, "delivered", "authorization-answer"),
    ]
    lost, again, _ = world.frames
    assert find_service(lost.reps[HOME], "service-1") is None
    assert again.raw == lost.raw
    assert again.at - lost.at == timedelta(seconds=5)
    assert phase(world, ONE) is Phase.GRANTED


def test_a_lost_answer() -> None:
    world = asked(faults=Faults(at={2: "lost"}))
    assert [kind for _, _, kind in fates(world)] == [
        "authorization-request",
        "authorization-answer",
    ] * 2
    assert world.frames[3].raw == world.frames[1].raw
    assert phase(world, ONE) is phase(world, HOME) is Phase.GRANTED
    assert world.notes == []


def test_the_last_moment_is_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refimpl.play.loopback.LATENCY", timedelta(seconds=2.5))
    world = asked()
    assert [frame.at - NOON for frame in world.frames] == [
        timedelta(seconds=2.5),
        timedelta(seconds=5),
    ]


def test_duplicated() -> None:
    """What is duplicated arrives twice under one number."""
    world = asked(faults=Faults(at={1: "duplicated"}))
    assert fates(world) == [
        (1, "duplicated", "authorization-request"),
        (1, "duplicated", "authorization-request"),
        (2, "delivered", "authorization-answer"),
        (3, "delivered", "authorization-answer"),
    ]
    assert phase(world, ONE) is phase(world, HOME) is Phase.GRANTED
    assert [note.rule_id for note in world.notes] == [
        "REP-7"
    ]  # the second answer has no question any more


def test_refused() -> None:
    """What is refused is turned away by its receiver."""
    world = asked(faults=Faults(at={1: "refused"}))
    assert fates(world) == [
        (1, "refused", "authorization-request"),
        (2, "delivered", "refusal"),
    ]
    refusal = world.frames[1].envelope.message
    assert isinstance(refusal, Refusal)
    assert refusal.rule == "REP-8"
    assert (phase(world, ONE), phase(world, HOME)) == (Phase.REFUSED, Phase.NEW)


def test_an_answer_cannot_be_refused() -> None:
    world = asked(faults=Faults(at={2: "refused"}))
    assert fates(world)[1:] == [(2, "refused", "authorization-answer")]
    assert phase(world, ONE) is Phase.GRANTED


def test_served_is_not_refused() -> None:
    """What was served is not refused when it comes again."""
    world = asked(faults=Faults(at={2: "lost", 3: "refused"}))
    assert (phase(world, ONE), phase(world, HOME)) == (Phase.GRANTED, Phase.GRANTED)


def test_a_house_turns_away() -> None:
    """A house may turn away what it should pass on."""
    world = asked(mode=Mode.CLEARING_HOUSE, faults=Faults(at={1: "refused"}))
    assert [(frame.sender, frame.receiver) for frame in world.frames] == [
        (ONE, HOUSE),
        (HOUSE, ONE),
    ]
    assert (phase(world, ONE), phase(world, HOME)) == (Phase.REFUSED, Phase.NEW)


def test_shares_are_shares() -> None:
    for faults, wanted in ((Faults(lose=0.5), "lost"), (Faults(duplicate=0.5), "duplicated")):
        world = loopback(faults=faults)
        for number in range(200):
            world.say(ONE, ASK, HOME, f"service-{number}")
        world.run()
        told = {frame.number: frame.fate for frame in world.frames}
        assert set(told.values()) == {"delivered", wanted}
        assert 0.4 < sum(fate == wanted for fate in told.values()) / len(told) < 0.6


def test_fates_come_before_the_dice() -> None:
    world = asked(faults=Faults(lose=1.0, at={1: "delivered", 2: "delivered"}))
    assert [fate for _, fate, _ in fates(world)] == ["delivered", "delivered"]


def test_delay() -> None:
    """Delay reorders and stays within its bound."""
    world = loopback(seed=3, faults=Faults(delay=4))
    for number in range(30):
        world.say(ONE, ASK, HOME, f"service-{number}")
    world.run()
    questions = [frame for frame in world.frames if frame.receiver == HOME]
    numbers = [frame.number for frame in questions]
    assert numbers != sorted(numbers)
    assert all(one.at <= two.at for one, two in pairwise(questions))
    late = {
        (frame.at - NOON - LATENCY).total_seconds() for frame in questions if frame.number <= 30
    }
    assert late == {0, 1, 2, 3, 4}  # the others are reminders


# --- never quiet ------------------------------------------------------------------------------


def test_everything_is_lost() -> None:
    """When everything is lost, it gives up at the limit."""
    world = loopback(faults=Faults(lose=1.0))
    world.say(ONE, ASK, HOME, "service-1")
    with pytest.raises(Misuse) as error:
        world.run(limit=500)
    assert error.value.rule_id == "REP-5"
    assert "500" in error.value.where
    assert len(world.frames) == 250  # a reminder for each loss
    assert {frame.fate for frame in world.frames} == {"lost"}


def test_the_limit_counts_what_happens() -> None:
    exactly, too_few = loopback(), loopback()
    for world in (exactly, too_few):
        world.say(ONE, ASK, HOME, "service-1")
    exactly.run(limit=3)  # two deliveries, and to see that nothing is left
    with pytest.raises(Misuse):
        too_few.run(limit=1)


def test_a_quiet_world_stays_as_it_is() -> None:
    world = loopback()
    world.run()
    assert (world.now, world.frames) == (NOON, [])


def test_receipts_are_not_answered() -> None:
    world = asked()
    world.say(ONE, progress("started"), HOME, "service-1")
    world.run()
    last: Frame = world.frames[-1]
    assert last.envelope.message == Receipt()


def test_an_end_that_is_away() -> None:
    """What is said to it is tried for a while, and lost; then it is heard."""
    world = loopback(faults=Faults(delay=20))
    world.say(ONE, ASK, HOME, "service-1")
    world.run_without(frozenset({HOME}), timedelta(seconds=12))
    assert {fate for _, fate, _ in fates(world)} <= {"lost"}
    assert world.now == NOON + timedelta(seconds=12)
    assert phase(world, HOME) is Phase.NEW
    world.run()
    assert (phase(world, ONE), phase(world, HOME)) == (Phase.GRANTED, Phase.GRANTED)
