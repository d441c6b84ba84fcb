"""Stepping through a world by taking whatever may happen: choices, history, tables, token."""

import re
from xml.etree import ElementTree

import pytest

from refimpl.edition import load
from refimpl.play.opening import REPERTOIRES, opening
from refimpl.play.traces import NoToken, checked, token_of
from refimpl.play.world import ANY_NUMBER, TAKING, Action, begin, enabled, take
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.history import History
from refimpl.views.film.holdings import changes
from refimpl.views.film.trace import DRAWING
from refimpl.vocabulary import Mode

LATEST = load("2025")
ASKED = ("say 1.1", "deliver 1")


def asked(mode: str = Mode.DIRECT) -> BranchingStepper:
    return BranchingStepper(LATEST, "charging", mode, trace=ASKED)


def moment(stepper: BranchingStepper) -> tuple[object, ...]:
    """All that may differ in a moment: what its endpoints hold, what is under way, the trace."""
    world = stepper.world
    return (dict(world.nodes), world.under_way, world.trace, token_of(world))


def offered(stepper: BranchingStepper) -> set[str]:
    return {one["action"] for group in stepper.groups for one in group["choices"]}


def rows_of(stepper: BranchingStepper) -> dict[str, list[str]]:
    """What each row of the tables says: whether it changed, what is now and what was before."""
    root = ElementTree.fromstring(f"<div>{stepper.changed}</div>")
    rows = {}
    for table in root.iter("table"):
        name = (table.findtext("caption") or "").partition(",")[0]
        for row in table.iterfind("tbody/tr"):
            rows[f"{name}, {row[0].text}"] = [cell.text or "" for cell in row[1:]]
    return rows


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("story", REPERTOIRES)
def test_offers_what_may_happen(story: str, mode: str) -> None:
    """Every action that is enabled has one button, but what a house loses has one for two."""
    stepper = BranchingStepper(LATEST, story, mode)
    for number in range(12):
        every = {str(one) for one in enabled(stepper.world, ANY_NUMBER)}
        left = every - offered(stepper)
        assert offered(stepper) <= every
        assert all(one.startswith("forget house-") for one in left)
        if not every:
            break
        stepper.take(sorted(offered(stepper))[number % len(offered(stepper))])


def test_taking_leads_on() -> None:
    stepper = asked()
    stepper.take("lose 2")
    assert stepper.captions == [
        "Elm Stations says authorization-request: DE8AA0012345670",
        "Deliver 1. Elm Stations to Alba Mobility: authorization-request: DE8AA0012345670",
        "Lose 2. Alba Mobility to Elm Stations: authorization-answer: yes",
    ]
    assert offered(stepper) >= {"remind cso-elm"}
    assert not any(one.startswith("deliver") for one in offered(stepper))


def test_branches_are_kept() -> None:
    """Something else is taken at an earlier moment; both branches can be gone to."""
    stepper = asked()
    stepper.take("lose 2")
    lost = stepper.at
    stepper.go_to(stepper.before)
    stepper.take("deliver 2")
    assert [one["branches"] for one in stepper.history] == [0, 0, 0, 0, 1]
    assert [one["leads"] for one in stepper.history] == [True, True, True, False, True]
    stepper.go_to(lost)
    assert stepper.captions[-1].startswith("Lose 2.")
    stepper.go_to(stepper.before)
    assert stepper.following == lost + 1  # what was taken here last
    stepper.take("lose 2")
    assert stepper.at == lost  # what was taken before leads to the same moment
    assert len(stepper.history) == 5


def test_tables_say_what_changed() -> None:
    stepper = asked()
    rows = rows_of(stepper)
    assert rows["Alba Mobility, service-1: phase"] == ["new", "granted", "–"]
    assert rows["Elm Stations, service-1: phase"] == ["", "asked", ""]
    stepper.take("deliver 2")
    rows = rows_of(stepper)
    assert rows["Elm Stations, service-1: phase"] == ["changed", "granted", "asked"]
    (gone,) = [row for about, row in rows.items() if "authorization-request" in about]
    assert gone == ["gone", "–", "said once, waits for its answer"]


def test_restart_forgets() -> None:
    stepper = asked()
    stepper.take("forget csp-alba")
    rows = rows_of(stepper)
    assert rows["Alba Mobility, service-1: phase"] == ["gone", "–", "granted"]
    assert stepper.captions[-1] == "Alba Mobility restarts, and has lost everything"
    assert stepper.phases["csp-alba"] == "new"


def test_notes_are_told() -> None:
    """What an endpoint finds wrong is told with its rule, and marked on the arrow."""
    stepper = BranchingStepper(
        LATEST, trace=[*ASKED, "deliver 2", "say 1.2", "forget csp-alba"]
    )
    stepper.take("deliver 3")
    assert [note.rule_id for note in stepper.world.notes]
    for note in stepper.world.notes:
        leads = f'<a href="11-traceability.ipynb#{note.rule_id}">{note.rule_id}</a>'
        assert f"<b>Noted:</b> {leads}" in stepper.changed
        assert f"✗ {note.rule_id}" in stepper.rows


def test_token_opens_the_same_moment() -> None:
    stepper = asked("clearing-house")
    stepper.take("double 2")
    again = BranchingStepper.from_token(stepper.token, LATEST)
    assert moment(again) == moment(stepper)
    assert (again.rows, again.changed, again.groups) == (
        stepper.rows,
        stepper.changed,
        stepper.groups,
    )
    other = BranchingStepper(LATEST, "booking")
    other.open_token(stepper.token)
    assert moment(other) == moment(stepper)
    assert other.chosen["story"] == "charging"


@pytest.mark.parametrize(
    "token",
    ["", "nothing", checked("w2~2031~direct~forward~charging~1~valid~"), "w2~2025~direct"],
)
def test_a_token_that_is_none(token: str) -> None:
    """The page tells the fault and stays where it is."""
    stepper = asked()
    before = stepper.world
    with pytest.raises(NoToken):
        stepper.open_token(token)
    stepper._do(open=token)
    assert stepper.fault
    assert stepper.world == before
    stepper._do(take="deliver 2")
    assert stepper.fault == ""


def test_of_a_world() -> None:
    world = begin(opening("booking", LATEST, "direct", services=2))
    for action in ("say 1.1", "say 2.1", "lose 1"):
        world = take(world, Action.read(action))
    stepper = BranchingStepper.of_world(world)
    assert stepper.world == world
    assert stepper.token == token_of(world)
    assert stepper.phases["csp-alba"].count(",") == 1  # its two services


def test_beginning_anew() -> None:
    """What the other edition has not is changed for what it has."""
    stepper = BranchingStepper(LATEST, "booking", services=2)
    stepper.begin_anew(edition="2019")
    assert stepper.chosen["story"] == "charging"
    assert stepper.chosen["services"] == "2"
    assert stepper.captions == []
    stepper.begin_anew(story="charge")
    assert stepper.silent["services"] == "a journey has services of its own"
    assert stepper.silent["strategy"] == "no clearing house is asked itself"
    stepper.begin_anew(mode="clearing-house")
    assert "strategy" not in stepper.silent


def test_every_action_is_drawn() -> None:
    assert DRAWING.keys() == TAKING.keys()
    trace = ["say 1.1", "double 1", "delay 1", "deliver 2", "lose 1", "restart cso-elm"]
    stepper = BranchingStepper(LATEST, trace=trace)
    root = ElementTree.fromstring(stepper.rows)
    words = " ".join("".join(node.itertext()) for node in root.iter())
    for said in ("is doubled: 2", "1 is delayed", "[lost delayed]", "restarts", "[under way]"):
        assert said in words, said


def test_without_a_kernel() -> None:
    """The trace folds action by action, each with its picture; the last is open."""
    stepper = asked()
    data, _ = stepper._repr_mimebundle_()
    html = data["text/html"]
    assert html.count("<summary>") == html.count("<img") == len(ASKED)
    assert html.count("<details open>") == 1
    assert stepper.token in html
    assert not re.search(r"<(svg|style|script)\b|\bon\w+=", html)
    assert data["text/plain"].splitlines() == stepper.captions


def test_a_history_in_order() -> None:
    """Each moment stands before those that follow on it, branches behind the first way."""
    history = History(begin(opening("charging", LATEST)))
    first = history.take(0, Action.read("say 1.1"))
    for action in ("lose 1", "double 1", "delay 1"):
        history.take(first, Action.read(action))
    assert list(history.in_order()) == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)]
    assert history.way_to(3) == (0, 1, 3)


def test_nothing_changes_without_an_action() -> None:
    world = asked().world
    for table in changes(world, world):
        assert {row[1] for row in table.rows} == {""}
