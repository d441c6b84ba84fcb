"""Rules broken on purpose: each gives the shortest way to where a property does not hold, and
the page on the state space lists what each rule of a service is needed for.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from refimpl.edition import Edition, load
from refimpl.endpoint import Outcome, RoamingEndpoint, Send, receive, send
from refimpl.errors import Misuse
from refimpl.messages import AuthorizationAnswer, DetailRecordNotice, Envelope, Said
from refimpl.play.checking import Checks
from refimpl.play.lacking import lacking, lacks
from refimpl.play.opening import opening
from refimpl.play.properties import EVERY
from refimpl.play.states import Search
from refimpl.play.steps import State, Steps
from refimpl.play.traces import read_token, token_of
from refimpl.play.trials import session_rules, try_without
from refimpl.play.world import NO_FAULTS, Bounds, begin, enabled, take
from refimpl.shapes import replace

LATEST = load("2025")
PAGE = Path(__file__).parents[1] / "docs" / "state-space.md"


def broken_in(
    edition: Edition, story: str, bounds: Bounds = NO_FAULTS
) -> tuple[str, list[str]]:
    """The property that breaks first, and the actions that lead there."""
    search = Search(opening(story, edition), bounds)
    search.run()
    assert search.broken is not None
    return search.broken.id, [str(action) for action in search.broken.world.trace]


# Each way was written by hand from what the rule says, before it was searched for.
@pytest.mark.parametrize(
    ("rule", "story", "name", "actions"),
    [
        ("AUT-2", "charging", "ground", ["say 1.2"]),
        ("SES-3", "ordering", "ground", ["say 1.4"]),
        ("SES-4", "reconciling", "ground", ["say 1.3"]),
        ("SES-5", "charging", "ground", ["say 1.3"]),
        ("SES-6", "stopping", "ground", ["say 1.7"]),
        ("SES-8", "stopping", "ground", ["say 1.5"]),
        ("SES-12", "unruly", "ground", ["say 1.1", "deliver 1", "deliver 2", "say 1.6"]),
        ("SES-13", "unruly", "ground", ["say 1.1", "deliver 1", "deliver 2", "say 1.2"]),
    ],
)
def test_without_a_rule(rule: str, story: str, name: str, actions: list[str]) -> None:
    assert broken_in(lacking(LATEST, [rule]), story) == (name, actions)


def test_a_blocked_contract_is_ordered() -> None:
    search = Search(opening("ordering", lacking(LATEST, ["AUT-1"]), valid=False))
    search.run()
    assert search.broken is not None
    assert search.broken.id == "ground"
    assert list(map(str, search.broken.world.trace)) == ["say 1.1", "deliver 1", "say 1.4"]


def test_a_record_that_counts_twice() -> None:
    edition = lacking(LATEST, ["REC-7", "REC-8"])
    name, actions = broken_in(edition, "record-doubled")
    assert name == "once"
    # Two services are asked for, and each leaves one record at once.
    assert [action for action in actions if action.startswith("say")] == [
        "say 1.1",
        "say 1.5",
        "say 2.1",
        "say 2.4",
    ]


def test_a_lost_answer_without_rep_4() -> None:
    """A question that comes again is refused, for its service has begun."""
    name, actions = broken_in(lacking(LATEST, ["REP-4"]), "charging", Bounds(lose=1))
    assert name == "agreement"
    assert actions == [
        "say 1.1",
        "deliver 1",
        "lose 2",
        "remind cso-elm",
        "deliver 3",
        "deliver 4",
    ]


# --- Endpoints that are broken otherwise ------------------------------------------------------


def deaf_to_answers(rep: RoamingEndpoint, envelope: Envelope, **heard: Any) -> Outcome:
    if isinstance(envelope.message, AuthorizationAnswer):
        return Outcome(rep)
    return receive(rep, envelope, **heard)


def forgetful_of_records(rep: RoamingEndpoint, envelope: Envelope, **heard: Any) -> Outcome:
    outcome = receive(rep, envelope, **heard)
    if isinstance(envelope.message, DetailRecordNotice):
        return replace(outcome, rep=replace(outcome.rep, sessions=rep.sessions))
    return outcome


def deaf_to_yes(rep: RoamingEndpoint, envelope: Envelope, **heard: Any) -> Outcome:
    outcome = receive(rep, envelope, **heard)
    if isinstance(envelope.message, AuthorizationAnswer):
        return replace(outcome, rep=replace(outcome.rep, sessions=rep.sessions))
    return outcome


def talkative(rep: RoamingEndpoint, message: Said, receiver: str, **said: Any) -> Outcome:
    outcome = send(rep, message, receiver, **said)
    copies = tuple(Send("house-north", one.envelope) for one in outcome.sends)
    return replace(outcome, sends=(*outcome.sends, *copies))


@pytest.mark.parametrize(
    ("place", "broken", "mode", "name", "length"),
    [
        # It asks again for ever, from the first question on.
        ("receive", deaf_to_answers, "direct", "under-way", 1),
        # Asked, answered, begun and billed; and a receipt is given.
        ("receive", forgetful_of_records, "direct", "billed", 9),
        # Asked, answered, and still waiting.
        ("receive", deaf_to_yes, "direct", "agreement", 3),
        # The question is told to the clearing house, too, which has no part in it.
        ("send", talkative, "hybrid", "disclosure", 1),
    ],
)
def test_broken_endpoint(
    place: str,
    broken: Callable[..., Outcome],
    mode: str,
    name: str,
    length: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"refimpl.play.nodes.{place}", broken)
    search = Search(opening("charging", LATEST, mode))
    search.run()
    assert search.broken is not None
    assert (search.broken.id, len(search.broken.world.trace)) == (name, length)


def test_a_shortest_way_is_shortest() -> None:
    """No shorter way leads to where the property breaks: all of them are tried."""
    edition = lacking(LATEST, ["SES-14"])
    begun = opening("ordering", edition)
    _, actions = broken_in(edition, "ordering")
    worlds = [begin(begun)]
    for _ in range(len(actions) - 1):
        worlds = [take(world, action) for world in worlds for action in enabled(world)]
    assert len(worlds) > 1
    steps = Steps(begun, NO_FAULTS)
    checks = Checks(steps)
    for world in worlds:
        nodes = tuple(steps.moves.number_of(world.nodes[name]) for name in steps.names)
        state = State(nodes, (), world.reached, world.faults)  # flights matter to houses alone
        assert checks.broken(state, world.quiet) is None


# --- Tokens, and the page ---------------------------------------------------------------------


def test_token_of_a_counter_example() -> None:
    edition = lacking(LATEST, ["SES-9", "SES-5"])
    search = Search(opening("charging", edition))
    search.run()
    assert search.broken is not None
    world = search.broken.world
    token = token_of(world)
    assert token.startswith("w2~2025*SES-5*SES-9~direct~")
    opened = read_token(token, load)
    assert lacks(opened.opening.edition) == ("SES-5", "SES-9")
    assert opened.reps == world.reps


@pytest.mark.parametrize(("rule", "broken"), [("SES-99", "EDN-5"), ("REP-5", "EDN-3")])
def test_what_no_edition_lacks(rule: str, broken: str) -> None:
    with pytest.raises(Misuse) as caught:
        lacking(LATEST, [rule])
    assert caught.value.rule_id == broken


def test_the_page_names_every_property() -> None:
    text = PAGE.read_text("utf-8")
    for one in EVERY:
        assert f"`{one.id}`" in text


def needs() -> dict[str, str]:
    """What the page says that each rule is needed for."""
    rows = re.findall(r"^\| (SES-[0-9]+) \| ([^|]+?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_page_lists_every_session_rule() -> None:
    assert tuple(needs()) == session_rules(LATEST)


@pytest.mark.soak
@pytest.mark.parametrize("rule", session_rules(LATEST))
def test_what_a_rule_is_needed_for(rule: str) -> None:
    trial = try_without(LATEST, rule)
    assert needs()[rule] == (trial.broken.id if trial.broken else "none")
