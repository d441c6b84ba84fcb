"""Worlds of a few endpoints: they end where a journey that is played ends, what is done leads
to the same world in whatever order it makes no difference, and a token opens the same again.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

import re
from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint
from refimpl.errors import Misuse, Violation
from refimpl.play.journeys import HOME, JOURNEYS, journeys_of
from refimpl.play.opening import REPERTOIRES, Part, opening
from refimpl.play.player import phase_at, play, session_at
from refimpl.play.traces import NoToken, checked, read_token, token_of
from refimpl.play.world import (
    ANY_NUMBER,
    NO_FAULTS,
    Action,
    Bounds,
    World,
    begin,
    enabled,
    take,
)
from refimpl.vocabulary import Phase

LATEST = load("2025")
HOUSE = "clearing-house"
# Journeys in which something is lost on purpose: a world leaves that to its restarts.
WITH_RESTARTS = ("offline", "record-doubled", "restored", "restored-operator")
PLAYED = [name for name in JOURNEYS if name not in WITH_RESTARTS]


def first(world: World, *verbs: str, bounds: Bounds = NO_FAULTS) -> Action | None:
    for action in enabled(world, bounds):
        if action.verb in verbs:
            return action
    return None


def deliver_all(world: World) -> World:
    for _ in range(500):
        action = first(world, "deliver", "remind")
        if action is None:
            return world
        world = take(world, action)
    pytest.fail("not quiet after 500 actions")


def one_after_the_other(world: World) -> World:
    """Each act in its turn, and all that follows from it."""
    world = deliver_all(world)
    while (action := first(world, "say")) is not None:
        world = deliver_all(take(world, action))
    return world


def taken(world: World, *texts: str) -> World:
    for text in texts:
        world = take(world, Action.read(text))
    return world


def billed(
    reps: Mapping[str, RoamingEndpoint] | HashTrieMap[str, RoamingEndpoint], part: Part
) -> Iterator[object]:
    for name in part.setting.sides(HOME):
        session = session_at(reps[name], part.setting)
        record = session.record if session else None
        yield name, phase_at(reps[name], part.setting), record and record.record_id
        yield sorted(reps[name].lists), sorted(reps[name].ledger.ids)


@pytest.mark.parametrize("mode", ["direct", HOUSE, "hybrid", "federated"])
@pytest.mark.parametrize("journey", PLAYED)
def test_ends_as_played(journey: str, mode: str) -> None:
    world = one_after_the_other(begin(opening(journey, LATEST, mode)))
    story = play(journey, LATEST, mode)
    for part in world.opening.parts:
        assert list(billed(world.reps, part)) == list(billed(story.reps, part))
    assert world.quiet


def test_2019() -> None:
    edition = load("2019")
    for journey in journeys_of(edition):
        if journey.id in PLAYED:
            world = one_after_the_other(begin(opening(journey.id, edition)))
            part = world.opening.parts[0]
            assert phase_at(world.reps["csp-alba"], part.setting) == play(
                journey.id, edition
            ).phase("csp-alba")


@pytest.mark.parametrize("story", REPERTOIRES)
def test_repertoires_can_be_taken(story: str) -> None:
    world = one_after_the_other(begin(opening(story, LATEST, HOUSE, services=2)))
    assert len(world.trace) > 8
    assert not world.notes


def test_order_makes_no_difference() -> None:
    world = begin(opening("charging", LATEST, HOUSE, services=2))
    # 1 and 2 are the two questions, and 3 is what the house passes on first.
    one = taken(world, "say 1.1", "say 2.1", "deliver 1", "deliver 2")
    other = taken(world, "say 2.1", "say 1.1", "deliver 1", "deliver 2")
    assert one.nodes["house-north"] == other.nodes["house-north"]
    for name, rep in one.reps.items():
        assert (rep.sessions, rep.seen) == (other.reps[name].sessions, other.reps[name].seen)
    assert {f.raw for f in one.under_way} == {f.raw for f in other.under_way}
    assert one.trace != other.trace


def test_a_lost_question_is_said_again() -> None:
    asked = taken(begin(opening("charging", LATEST)), "say 1.1")
    assert first(asked, "remind") is None
    lost = taken(asked, "lose 1")
    assert [str(action) for action in enabled(lost, Bounds(lose=1))] == ["remind cso-elm"]
    again = taken(lost, "remind cso-elm")
    assert again.under_way[0].raw == asked.under_way[0].raw
    ended = one_after_the_other(again)
    assert phase_at(ended.reps["csp-alba"], ended.opening.parts[0].setting) is Phase.RECORDED


def test_a_doubled_question_is_answered_alike() -> None:
    world = taken(begin(opening("charging", LATEST)), "say 1.1", "double 1")
    assert [flight.number for flight in world.under_way] == [1, 2]
    answered = taken(world, "deliver 2", "deliver 1")
    answers = [flight.raw for flight in answered.under_way]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_a_delayed_flight_lets_time_pass() -> None:
    world = taken(begin(opening("charging", LATEST)), "say 1.1", "delay 1")
    assert [str(action) for action in enabled(world, ANY_NUMBER)[:2]] == [
        "deliver 1",
        "remind cso-elm",
    ]
    assert "delay 1" not in map(str, enabled(world, ANY_NUMBER))


def test_what_a_restart_takes() -> None:
    world = taken(begin(opening("charging", LATEST, HOUSE)), "say 1.1", "deliver 1")
    assert len(world.reps["cso-elm"].outbox) == 1
    assert len(world.reps["house-north"].relays.latest) == 1
    after = taken(world, "restart cso-elm", "restart house-north")
    assert len(after.reps["cso-elm"].outbox) == 0
    assert after.reps["cso-elm"].sessions
    assert not len(after.reps["house-north"].relays.latest)
    assert after.faults == Bounds(restart=2)
    assert not taken(world, "forget cso-elm").reps["cso-elm"].sessions
    # A restart that takes nothing is none.
    assert "restart csp-alba" not in map(str, enabled(world, ANY_NUMBER))


def test_bounds() -> None:
    world = taken(begin(opening("charging", LATEST)), "say 1.1")
    verbs = {action.verb for action in enabled(world, ANY_NUMBER)}
    assert verbs == {"deliver", "lose", "double", "delay", "restart", "forget"}
    assert {action.verb for action in enabled(world)} == {"deliver"}
    lost = taken(world, "lose 1", "remind cso-elm")
    assert "lose" not in {action.verb for action in enabled(lost, Bounds(lose=1))}
    assert "lose" in {action.verb for action in enabled(lost, Bounds(lose=2))}


def test_an_endpoint_allows_or_not() -> None:
    world = begin(opening("charging", LATEST))
    assert [str(action) for action in enabled(world)] == ["say 1.1"]
    with pytest.raises(Violation, match="SES-5"):
        taken(world, "say 1.3")
    # What is of the next day waits until all is quiet.
    asked = taken(begin(opening("reconciling", LATEST)), "say 1.1")
    acts = [str(action) for action in enabled(asked)]
    assert "say 1.5" not in acts
    assert "say 1.5" in map(str, enabled(deliver_all(asked)))


def test_a_contract_that_is_not_honoured() -> None:
    world = one_after_the_other(begin(opening("charging", LATEST, valid=False)))
    setting = world.opening.parts[0].setting
    assert phase_at(world.reps["cso-elm"], setting) is Phase.REFUSED


def test_broadcast_asks_another() -> None:
    world = taken(
        begin(opening("charging", LATEST, HOUSE, "broadcast")), "say 1.1", "deliver 1"
    )
    assert {flight.receiver for flight in world.under_way} == {"csp-alba", "csp-birch"}


@pytest.mark.parametrize("story", ["stopping", "one-id-twice"])
def test_a_token_opens_the_same_world(story: str) -> None:
    world = begin(opening(story, LATEST, HOUSE))
    bounds = Bounds(lose=1, double=1, delay=1, restart=1, forget=1)
    for number in range(30):
        actions = enabled(world, bounds)
        if not actions:
            break
        world = take(world, actions[number * 7 % len(actions)])
    assert world.faults != Bounds()
    opened = read_token(token_of(world), load)
    assert opened.trace == world.trace
    assert opened.reps == world.reps
    assert opened.under_way == world.under_way


# fmt: off
NO_TOKENS: Final = {
    "nothing":     ("", "is no token: one begins with w2~"),
    "older":       ("w1~2025~direct~forward~charge~1~valid~s1.1", "one begins with w2~"),
    "contract":    (checked("w2~2025~direct~forward~charge~1~perhaps~s1.1"), "perhaps"),
    "letter":      (checked("w2~2025~direct~forward~charge~1~valid~x1"), "is none: 'x1'"),
    "not there":   (checked("w2~2025~direct~forward~charge~1~valid~s1.1_d2"),
                    "action 2 of the token, deliver 2, cannot be taken: transmission 2 is not"),
    "not allowed": (checked("w2~2025~direct~forward~charge~1~valid~s1.4"),
                    "action 1 of the token, say 1.4, cannot be taken: SES-5: "),
    "story":       (checked("w2~2025~direct~forward~dance~1~valid~"),
                    "begins with what is not there: 'dance', edition 2025 has charging"),
    "edition":     (checked("w2~2031~direct~forward~charge~1~valid~"),
                    "begins with what is not there: edition '2031'"),
    "rule":        (checked("w2~2025*SES-99~direct~forward~charge~1~valid~"), "SES-99"),
}
# fmt: on


@pytest.mark.parametrize("name", NO_TOKENS)
def test_what_is_no_token(name: str) -> None:
    token, says = NO_TOKENS[name]
    with pytest.raises(NoToken) as caught:
        read_token(token, load)
    assert says in str(caught.value)
    assert not re.search(r"(REP|NET)-\d", str(caught.value))


def test_a_token_that_is_damaged() -> None:
    """Wherever it is cut off or mistyped, it opens nothing."""
    token = checked("w2~2025~direct~forward~charge~1~valid~s1.1_d1_d2_s1.2_d3_l4")
    assert read_token(token, load).faults.lose == 1
    cut = [token[:end] for end in range(len(token))]
    typed = [f"{token[:at]}9{token[at + 1 :]}" for at in range(len(token)) if token[at] != "9"]
    for damaged in (*cut, *typed):
        with pytest.raises(NoToken):
            read_token(damaged, load)


@pytest.mark.parametrize(
    ("story", "mode", "strategy", "services", "rule"),
    [
        ("dancing", "direct", "forward", 1, "SES-10"),
        ("charging", "direct", "forward", 0, "SES-10"),
        ("charge", "direct", "forward", 2, "SES-10"),
        ("charging", "sideways", "forward", 1, "NET-6"),
        ("charging", "direct", "guess", 1, "AUT-3"),
    ],
)
def test_no_such_opening(
    story: str, mode: str, strategy: str, services: int, rule: str
) -> None:
    with pytest.raises(Misuse) as caught:
        opening(story, LATEST, mode, strategy, services=services)
    assert caught.value.rule_id == rule


def test_an_opening_is_a_value() -> None:
    asked = opening("charging", LATEST, HOUSE, services=2)
    assert asked == opening("charging", LATEST, HOUSE, services=2)
    assert asked != opening("charging", LATEST, HOUSE)


@pytest.mark.parametrize(
    "text", ["deliver 9", "remind csp-alba", "restart nowhere", "say 9.9", "say 1.1.1"]
)
def test_what_cannot_be_taken(text: str) -> None:
    with pytest.raises(Misuse):
        taken(begin(opening("charging", LATEST)), text)


@pytest.mark.parametrize("text", ["", "deliver", "sing 1"])
def test_what_is_no_action(text: str) -> None:
    with pytest.raises(Misuse):
        Action.read(text)
