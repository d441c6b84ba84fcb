"""The journeys as stories: each is told to its end in every mode, and ends early where it
should.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import pytest

from refimpl.edition import load
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.identifiers import parse_emaid, parse_evse_id
from refimpl.messages import AuthorizationListNotice, SessionProgressNotice
from refimpl.network import Block, Network, RoamingEntity, check_network
from refimpl.play.example import CSOS, CSPS, NETWORK, START
from refimpl.play.journeys import JOURNEYS, journeys_of
from refimpl.play.loopback import LATENCY, Faults
from refimpl.play.player import Story, play
from refimpl.records import ChargingDetailRecord, ServiceDetailRecord
from refimpl.vocabulary import Kind, Mode, Phase, Strategy

LATEST = load("2025")
MODES = ("direct", "clearing-house", "hybrid", "federated")
SERVICES = [name for name in JOURNEYS if name != "stations"]  # which is about no service
# How journeys end that do not end with a record, and what is noted in those that show a fault.
ENDED: Final[Mapping[str, Phase]] = {
    "order-cancelled": Phase.ABANDONED,
    "booking-cancelled": Phase.ABANDONED,
    "station-busy": Phase.REFUSED,
    "record-withdrawn": Phase.WITHDRAWN,
}
NOTED: Final[Mapping[str, list[str]]] = {
    "record-doubled": ["REC-7", "REC-7"],  # refused at home, and told so
}


def ends(story: Story) -> tuple[Phase, Phase]:
    return story.phase(story.setting.home_csp), story.phase(story.setting.visited_cso)


def at_home(story: Story) -> ServiceDetailRecord | ChargingDetailRecord | None:
    session = story.session(story.reps, story.setting.home_csp)
    return session.record if session else None


def test_the_example_is_a_network() -> None:
    for name in ("2019", "2025"):
        check_network(NETWORK, load(name))
    assert len(NETWORK.entities) == 12


def test_journeys_of_an_edition() -> None:
    assert {journey.id for journey in journeys_of(LATEST)} == set(JOURNEYS)
    assert set(JOURNEYS) - {journey.id for journey in journeys_of(load("2019"))} == {
        "booking-cancelled",
        "parking",
        "reservation",
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("journey", SERVICES)
def test_both_ends_have_the_record(journey: str, mode: str, strategy: str) -> None:
    story = play(journey, LATEST, mode, strategy)
    ended = ENDED.get(journey, Phase.RECORDED)
    assert ends(story) == (ended, ended)
    record = at_home(story)
    visited = story.session(story.reps, story.setting.visited_cso)
    assert visited is not None
    assert record == visited.record
    if ended is Phase.RECORDED:
        assert record is not None
        assert record.record_id == ("record-2" if journey == "correction" else "record-1")
    noted = [note.rule_id for frame in story.frames for note in frame.notes]
    late = ["REP-7"]  # an answer to a question that was given up
    assert noted in (NOTED.get(journey, []), late if journey == "offline" else [])


@pytest.mark.parametrize(
    ("journey", "name", "kind", "quantity"),
    [
        ("charge", "2019", "sdr", 11_000),
        ("charge", "2025", "cdr", 11_000),
        ("correction", "2019", "sdr", 10_500),
        ("correction", "2025", "cdr", 10_500),
        ("parking", "2025", "sdr", 3_600),
        ("reservation", "2025", "sdr", 3_600),
    ],
)
def test_what_a_record_says(journey: str, name: str, kind: str, quantity: int) -> None:
    record = at_home(play(journey, load(name)))
    assert record is not None
    assert record.kind == kind
    assert (
        record.quantity if isinstance(record, ServiceDetailRecord) else record.energy_wh
    ) == quantity
    if isinstance(record, ServiceDetailRecord):
        assert record.unit == ("Wh" if journey in {"charge", "correction"} else "s")


@pytest.mark.parametrize("mode", MODES)
def test_stations_reach_every_partner(mode: str) -> None:
    story = play("stations", LATEST, mode)
    told = {name for name, rep in story.reps.items() if rep.stations and rep.statuses}
    brokered = mode in {"clearing-house", "hybrid"}
    heard = {*CSPS, "house-north"} if brokered else {"csp-alba"}
    assert told == {*heard, story.setting.visited_cso}
    assert {rep.stations[e].power_w for rep in story.reps.values() for e in rep.stations} == {
        22_000
    }
    assert ends(story) == (Phase.NEW, Phase.NEW)


@pytest.mark.parametrize("journey", ["charge", "parking", "correction"])
def test_an_invalid_contract_is_refused(journey: str) -> None:
    story = play(journey, LATEST, valid=False)
    assert ends(story) == (Phase.REFUSED, Phase.REFUSED)
    assert len(story.frames) == 2


def test_a_store_is_filled_first() -> None:
    """A store is filled before it is asked, and only where it is."""

    def lists(mode: str, strategy: str) -> list[str]:
        frames = play("charge", LATEST, mode, strategy).frames
        return [
            f.receiver
            for f in frames
            if isinstance(f.envelope.message, AuthorizationListNotice)
        ]

    assert lists("clearing-house", "store") == [
        "house-north",
        "cso-elm",
        "cso-fjord",
        "cso-gale",
    ]
    assert (
        lists("clearing-house", "forward")
        == lists("direct", "store")
        == lists("federated", "store")
        == []
    )


@pytest.mark.parametrize(
    ("journey", "strategy", "authorization"),
    [
        ("charge", "forward", "answer"),
        ("charge", "store", "list"),
        ("charge-from-list", "forward", "list"),
        ("reservation", "forward", "booking"),
    ],
)
def test_progress_says_its_ground(journey: str, strategy: str, authorization: str) -> None:
    story = play(journey, LATEST, "clearing-house", strategy)
    told = {
        f.envelope.message.authorization
        for f in story.frames
        if isinstance(f.envelope.message, SessionProgressNotice)
    }
    assert told == {authorization}


@pytest.mark.parametrize("home_csp", CSPS)
def test_any_csp_may_be_at_home(home_csp: str) -> None:
    """With a contract of its own."""
    for strategy in Strategy:
        story = play("charge", LATEST, "clearing-house", strategy, home_csp=home_csp)
        assert story.phase(home_csp) is Phase.RECORDED
        assert NETWORK.provider(story.setting.emaid) == home_csp
        assert str(parse_emaid(story.setting.emaid, "canonical")) == story.setting.emaid


def test_the_usual_story_is_about_these() -> None:
    setting = play("charge", LATEST).setting
    parties = (setting.home_csp, setting.visited_cso, setting.emaid, setting.evse_id)
    assert parties == ("csp-alba", "cso-elm", "DE8AA0012345670", "DEAB7E8406487")


def test_a_story_takes_its_time() -> None:
    *_, record, receipt = play("charge", LATEST).frames
    acts = timedelta(seconds=60 + 60 + 1800 + 1800)  # asked, started, half way, ended
    assert record.at == START + acts + 9 * LATENCY
    assert receipt.at == record.at + LATENCY


@pytest.mark.parametrize("visited_cso", CSOS)
def test_any_cso_may_be_visited(visited_cso: str) -> None:
    """At an EVSE of its own."""
    story = play("charge", LATEST, visited_cso=visited_cso)
    assert story.phase(visited_cso) is Phase.RECORDED
    assert NETWORK.operator(story.setting.evse_id) == visited_cso
    assert str(parse_evse_id(story.setting.evse_id)) == story.setting.evse_id


def test_party_ids_are_not_needed() -> None:
    network = Network(
        entities=(
            RoamingEntity(id="one", kind=Kind.CSP),
            RoamingEntity(id="two", kind=Kind.CSO),
        ),
        links=(Block(left=("one",), right=("two",)),),
        agreements=(Block(left=("one",), right=("two",)),),
    )
    assert (
        play("charge", LATEST, network=network, home_csp="one").phase("two") is Phase.RECORDED
    )


def test_a_csp_may_be_visited() -> None:
    agreements = (*NETWORK.agreements, Block(left=("csp-alba",), right=("csp-birch",)))
    network = Network(entities=NETWORK.entities, links=NETWORK.links, agreements=agreements)
    story = play("remote-control", LATEST, network=network, visited_cso="csp-birch")
    assert ends(story) == (Phase.RECORDED, Phase.RECORDED)


def test_modes_visit_whom_they_reach() -> None:
    visited = [play("charge", LATEST, mode).setting.visited_cso for mode in MODES]
    assert visited == ["cso-elm", "cso-elm", "cso-elm", "cso-heath"]


def test_a_journey_in_spite_of_trouble() -> None:
    for seed in range(10):
        story = play(
            "correction", LATEST, "clearing-house", seed=seed, faults=Faults(0.3, 0.2, 15)
        )
        assert ends(story) == (Phase.RECORDED, Phase.RECORDED)
        record = at_home(story)
        assert record is not None
        assert (record.record_id, record.replaces) == ("record-2", "record-1")


def test_a_journey_may_end_early() -> None:
    """A journey ends where one side cannot go on."""
    story = play("remote-control", LATEST, valid=False)
    assert (story.frames, ends(story)) == (
        (),
        (Phase.NEW, Phase.NEW),
    )  # a home-CSP orders for no contract it refuses


@pytest.mark.parametrize("number", range(1, 10, 2))
def test_turned_away_news_comes_again(number: int) -> None:
    story = play("charge-from-list", LATEST, faults=Faults(at={number: "refused"}))
    assert [note.rule_id for frame in story.frames for note in frame.notes] == ["REP-8"]
    assert ends(story) == (Phase.RECORDED, Phase.RECORDED)


LONELY = Network(entities=NETWORK.entities, links=NETWORK.links)
APART = Network(
    entities=NETWORK.entities, links=NETWORK.links[:1], agreements=NETWORK.agreements
)
# fmt: off
CANNOT_BE: Final[Mapping[str, tuple[Callable[[], Story], type[RoamingError], str]]] = {
    "no such journey":  (lambda: play("walk", LATEST),                       Misuse, "SES-10"),
    "no such service":  (lambda: play("parking", load("2019")),              Misuse, "SES-10"),
    "no such mode":     (lambda: play("charge", LATEST, "carrier-pigeon"),   Misuse, "NET-6"),
    "no such strategy": (lambda: play("charge", LATEST, strategy="guess"),   Misuse, "AUT-3"),
    "no such home-CSP": (lambda: play("charge", LATEST, home_csp="x"),       Misuse, "NET-1"),
    "no such CSO":      (lambda: play("charge", LATEST, visited_cso="x"),    Misuse, "NET-1"),
    "no agreement":     (lambda: play("charge", LATEST, network=LONELY),   Violation, "NET-7"),
    "no house":         (lambda: play("charge", LATEST, Mode.CLEARING_HOUSE, network=APART),
                         Violation, "NET-7"),
}
# fmt: on


@pytest.mark.parametrize("case", CANNOT_BE)
def test_journeys_that_cannot_be(case: str) -> None:
    story, blame, rule_id = CANNOT_BE[case]
    with pytest.raises(blame) as error:
        story()
    assert error.value.rule_id == rule_id
