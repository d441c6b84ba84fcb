"""Simulated sessions: both engines beside each other, and beside the real endpoints."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Literal

import pytest

import refimpl
from refimpl.edition import load, published, read_edition
from refimpl.errors import Misuse
from refimpl.lab.market import Market
from refimpl.lab.simulation import ENGINES, MIX, Plan, Share, Totals, simulate
from refimpl.lab.simulation.draws import FIRST_GAP, MOST_GAP, gap, gap_limits, word
from refimpl.lab.simulation.script import TICKS_A_SECOND, has_script
from refimpl.play.example import START
from refimpl.play.journeys import JOURNEYS
from refimpl.play.loopback import LATENCY, Faults, Frame
from refimpl.play.player import Story, play

EDITION = load("2025")
DRAFTS = sorted((Path(refimpl.__file__).parent / "drafts").glob("*.toml"))
SCRIPTED = [journey.id for journey in JOURNEYS.values() if has_script(journey)]
Fate = Literal["delivered", "lost", "duplicated", "refused"]


def total(plan: Plan, sessions: int, engine: Literal["arrays", "events"] = "events") -> Totals:
    *_, totals = simulate(plan, sessions, engine)
    return totals


def market(mode: str, houses: int = 2) -> Market:
    return Market(EDITION, mode, 4, 5, houses=houses)


# --- Beside the real endpoints ----------------------------------------------------------------


def lost_numbers(plan: Plan, session: int, most: int = 500) -> Iterator[int]:
    """Which transmissions of a session are lost, counted from 1."""
    number, drawn = 0, FIRST_GAP
    while number < most:
        number += gap(plan.gap_limits, word(plan.seed, session, drawn)) + 1
        drawn += 1
        yield number


def played(plan: Plan, session: int) -> Story:
    """A session as real endpoints have it, which lose the same transmissions."""
    opening, alike = plan.opening(session), plan.alike(session)
    share = plan.mix[opening.share]
    fates: dict[int, Fate] = dict.fromkeys(lost_numbers(plan, session), "lost")
    return play(
        share.journey,
        plan.edition,
        plan.market.mode,
        faults=Faults(at=fates),
        valid=share.valid,
        network=alike.network,
        home_csp=alike.home_csp,
        visited_cso=alike.visited_cso,
    )


def said(frame: Frame) -> tuple[str, str, bytes]:
    return frame.sender, frame.receiver, frame.raw


def counted(plan: Plan, sessions: int) -> Totals:
    """What the frames of real endpoints come to."""
    kinds, lost_kinds, houses = Counter[str](), Counter[str](), Counter[str]()
    phases, asked_again = Counter[tuple[str, str]](), Counter[int]()
    repeated = 0
    for session in range(sessions):
        story = played(plan, session)
        before = Counter(map(said, story.frames))
        repeated += sum(before.values()) - len(before)
        asked_again[before[said(story.frames[0])] - 1] += 1
        ends = story.setting.home_csp, story.setting.visited_cso
        phases[str(story.phase(ends[0])), str(story.phase(ends[1]))] += 1
        for frame in story.frames:
            kind = frame.envelope.message.kind
            kinds[kind] += 1
            lost_kinds[kind] += frame.fate == "lost"
            if frame.receiver.startswith("house") and frame.fate != "lost":
                houses[frame.receiver] += 1
    heard = {name: houses[name] for name in plan.market.names_of_houses}
    return Totals(
        sessions=sessions,
        transmissions=kinds.total(),
        lost=lost_kinds.total(),
        repeated=repeated,
        kinds=kinds,
        lost_kinds=+lost_kinds,
        houses=heard,
        phases=phases,
        asked_again=asked_again,
    )


@pytest.mark.parametrize("mode", EDITION.modes)
def test_as_endpoints_have_it(mode: str) -> None:
    """Eighty sessions of the mix in each mode, a tenth of all transmissions lost."""
    plan = Plan(market(mode), lose=0.1, seed=3)
    found = counted(plan, 80)
    assert found.lost > 60
    assert found.repeated > found.lost
    assert total(plan, 80) == found


@pytest.mark.parametrize("journey", SCRIPTED)
@pytest.mark.parametrize("mode", ["direct", "clearing-house", "federated"])
def test_each_journey(journey: str, mode: str) -> None:
    """Every journey that has a script, with and without a contract that is honoured."""
    mix = [Share(journey, 1), Share(journey, 1, valid=False)]
    if (
        any(journey in one for one in ("prepaid",))
        or JOURNEYS[journey].acts[0].by == "home-csp"
    ):
        mix = mix[:1]  # its home-CSP orders nothing for a contract that is not valid
    plan = Plan(market(mode), lose=0.2, seed=11, mix=tuple(mix))
    assert total(plan, 5) == counted(plan, 5)


@pytest.mark.parametrize("edition", published())
def test_each_edition(edition: str) -> None:
    plan = Plan(Market(load(edition), "hybrid", 3, 4), lose=0.1)
    assert total(plan, 40) == counted(plan, 40)


@pytest.mark.parametrize("mode", EDITION.modes)
def test_moments(mode: str) -> None:
    """Transmissions arrive when those of endpoints do; what is lost is said again five seconds
    after it was said, but for the part of a second by which endpoints round.
    """
    plan = Plan(market(mode), mix=(Share("charge", 1),))
    frames = played(plan, 0).frames
    opening = plan.opening(0)
    script = plan.scripts[plan.script_number(opening.share, opening.csp, opening.cso)]
    sent = [0, *accumulate(one.wait for one in script.transmissions)]
    assert [(frame.at - START) / LATENCY for frame in frames] == [
        tick + 1 for tick in sent[:-1]
    ]
    for lost in range(len(frames)):
        story = _losing(plan, lost + 1)
        again, one = story.frames[lost + 1], script.transmissions[lost]
        assert again.fate == "delivered"
        ticks = (again.at - story.frames[lost].at) / LATENCY
        assert abs(ticks - one.retry) <= TICKS_A_SECOND
        assert said(again) == said(story.frames[one.begin])


def _losing(plan: Plan, number: int) -> Story:
    """The first session as real endpoints have it, which lose one transmission."""
    alike = plan.alike(0)
    return play(
        "charge",
        plan.edition,
        plan.market.mode,
        faults=Faults(at={number: "lost"}),
        network=alike.network,
        home_csp=alike.home_csp,
        visited_cso=alike.visited_cso,
    )


AMENDED = """
edition = "draft"
title = "A draft without updates, and with records that nothing has to precede"
extends = "2025"

[[change]]
id = "draft"
says = "The draft of this test."
basis = "chosen"
source = "model: a test"

[[step]]
id = "active: session-progress-notice (updated) from visited-cso"
removed = true
change = "draft"
{further}
"""
LOOSE = """
[[rule]]
id = "SES-4"
off = true
change = "draft"
"""


@pytest.mark.parametrize("further", ["", LOOSE])
def test_table_of_a_draft(further: str, tmp_path: Path) -> None:
    """A row that a draft takes out ends journeys, unless the rule that asks for it is off."""
    path = tmp_path / "draft.toml"
    path.write_text(AMENDED.format(further=further), "utf-8")
    draft = read_edition(path)
    plan = Plan(Market(draft, "federated", 3, 4, houses=2), lose=0.1)
    found = total(plan, 40)
    assert found == counted(plan, 40)
    stays = found.phases.get(("active", "active"), 0)
    assert (stays > 20) is (further == "")


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda path: path.stem)
def test_worked_drafts(draft: Path) -> None:
    """Every journey with a script, under each draft that comes with the model."""
    edition = read_edition(draft)
    mix = tuple(
        Share(name, 1) for name in SCRIPTED if JOURNEYS[name].service in edition.services
    )
    plan = Plan(Market(edition, "federated", 3, 4, houses=2), lose=0.1, mix=mix)
    assert total(plan, 40) == counted(plan, 40)


# --- The engines ------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", EDITION.modes)
@pytest.mark.parametrize("lose", [0.0, 0.001, 0.05, 0.4])
def test_engines_agree(mode: str, lose: float) -> None:
    plan = Plan(Market(EDITION, mode, 40, 90, houses=3), lose=lose, seed=5)
    found = {engine: total(plan, 1000, engine) for engine in ENGINES}
    assert found["arrays"] == found["events"]
    assert (found["events"].lost > 0) is (lose > 0)


def test_lots_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are simulated at a time, and what was there after each lot is kept."""
    from refimpl.lab.simulation import running

    plan = Plan(market("federated"), lose=0.1)
    whole = total(plan, 1000)
    for lot in (7, 999):
        monkeypatch.setattr(running, "LOT", {"arrays": lot, "events": lot})
        steps = [one.sessions for one in simulate(plan, 1000, "arrays")]
        assert steps == [*range(lot, 1000, lot), 1000]
        for engine in ENGINES:
            assert total(plan, 1000, engine) == whole


def test_first_lots_are_kept() -> None:
    """Who stops in the middle has what the first lots came to."""
    plan = Plan(market("direct"), lose=0.1)
    running = simulate(plan, 50_000, "events")
    first = next(running)
    running.close()
    assert first == total(plan, first.sessions)


def test_totals_add_up() -> None:
    plan = Plan(market("federated"), lose=0.05)
    found = total(plan, 5000)
    assert sum(found.kinds.values()) == found.transmissions
    assert sum(found.lost_kinds.values()) == found.lost
    assert sum(found.phases.values()) == sum(found.asked_again.values()) == found.sessions
    assert found.lost / found.transmissions == pytest.approx(0.05, abs=0.005)


def test_nothing_lost_by_hand() -> None:
    """Ten messages over one hop, over two, and over two or three by turns."""
    charge = (Share("charge", 1),)
    for mode, low, high in (
        ("direct", 10, 10),
        ("clearing-house", 20, 20),
        ("federated", 20, 30),
    ):
        found = total(Plan(market(mode), mix=charge), 400)
        assert 400 * low <= found.transmissions <= 400 * high
        assert (found.lost, found.repeated, found.asked_again) == (0, 0, {0: 400})
        assert found.phases == {("recorded", "recorded"): 400}
        assert found.kinds["detail-record-notice"] * 10 == found.transmissions
        # What a clearing house hears it passes on: every second, or two of three.
        heard = sum(found.houses.values())
        assert heard == found.transmissions - 400 * 10


def test_mix_of_journeys() -> None:
    """The shares are drawn as often as the mix says."""
    assert sum(share.of_thousand for share in MIX) == 1000
    plan = Plan(market("direct"))
    drawn = Counter(plan.opening(session).share for session in range(20_000))
    for number, share in enumerate(MIX):
        assert drawn[number] / 20 == pytest.approx(share.of_thousand, rel=0.15, abs=3)


def test_ends_and_moments_spread() -> None:
    plan = Plan(Market(EDITION, "direct", 4, 5))
    openings = [plan.opening(session) for session in range(4000)]
    assert {(one.csp, one.cso) for one in openings} == {
        (a, b) for a in range(4) for b in range(5)
    }
    ticks = sorted(one.tick for one in openings)
    assert ticks[2000] == pytest.approx(86_400 * 5 / 2, rel=0.05)


def test_seed_matters() -> None:
    plans = [Plan(market("direct"), lose=0.1, seed=seed) for seed in (1, 2, 1, 2**64 + 1)]
    one, two, again, wrapped = (total(plan, 500) for plan in plans)
    assert one == again == wrapped
    assert one != two


# --- Dice -------------------------------------------------------------------------------------


def test_splitmix() -> None:
    """The first numbers of SplitMix64 for the seed 1234567, as its authors' code gives them."""
    assert [word(1234567, 0, count) for count in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_gaps() -> None:
    """A share of transmissions is lost: the gaps between losses are those of a coin."""
    assert gap(gap_limits(0.0), 0) == MOST_GAP
    limits = gap_limits(0.25)
    assert gap(limits, 0) == 0
    assert gap(limits, 2**64 - 1) == len(limits)
    gaps = Counter(gap(limits, word(9, session, 0)) for session in range(20_000))
    for length in range(5):
        expected = 20_000 * 0.25 * 0.75**length
        assert gaps[length] == pytest.approx(expected, rel=0.1)


def test_what_cannot_be_simulated() -> None:
    with pytest.raises(Misuse, match="REP-5"):
        Plan(market("direct"), lose=0.6)
    with pytest.raises(Misuse, match="SES-10"):
        Plan(market("direct"), mix=(Share("offline", 1),)).scripts  # noqa: B018 - read for its error
    with pytest.raises(Misuse, match="SES-10"):
        Plan(Market(load("2019"), "direct", 1, 1), mix=(Share("parking", 1),))
