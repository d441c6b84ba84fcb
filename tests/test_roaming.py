"""What holds of roaming without a plan, whatever the network, the clocks, restarts and a
meddling partner do; and that the way does not change the business.

`make soak` takes a hundred thousand steps and prints what they came to.
"""

import os
import time
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from refimpl.messages import DetailRecordNotice
from refimpl.play.player import restarted
from refimpl.vocabulary import Mode, Phase, Strategy
from tests.roaming import (
    ARRIVING,
    ASKING_AGAIN,
    HOME,
    HONEST,
    MEDDLING,
    MODES,
    ONE,
    RESTARTS,
    TROUBLE,
    Watched,
    session_at,
)

pytestmark = pytest.mark.slow

STEPS = 120
pick = st.integers(0, 1023)
wrong = st.integers(-150, 150)
"""By how many seconds a clock is wrong: two of them by no more than PLA-1 takes."""


class Roaming(RuleBasedStateMachine):
    """Three entities at two clearing houses do what they may, and the network what it likes."""

    counts: ClassVar[Counter[str]] = Counter()
    world: Watched

    @initialize(
        mode=st.sampled_from(MODES),
        strategy=st.sampled_from(Strategy),
        offsets=st.lists(wrong, min_size=5, max_size=5),
        troubles=st.sets(st.sampled_from((TROUBLE, RESTARTS, MEDDLING, ASKING_AGAIN))),
    )
    def begin(
        self,
        mode: str,
        strategy: Strategy,
        offsets: list[int],
        troubles: set[tuple[str, ...]],
    ) -> None:
        """Everyone at rest; some troubles are to come, others are not."""
        self.world = Watched.begin(mode, strategy, offsets)
        acts = [*HONEST, *ARRIVING, *ARRIVING, *ARRIVING]
        for trouble in sorted(troubles):
            acts += trouble
        self.acts = acts

    @rule(which=st.integers(0, 255), at=pick)
    def act(self, which: int, at: int) -> None:
        """One of them does something, or something happens on the way."""
        name = self.acts[which % len(self.acts)]
        self.counts["step"] += 1
        getattr(self.world, name)(at)

    @invariant()
    def both_sides_agree(self) -> None:
        """When all is quiet."""
        if hasattr(self, "world"):
            self.world.check_agreement()

    def teardown(self) -> None:
        """Let the trouble stop, and every record be looked for."""
        if hasattr(self, "world"):
            self.world.finish()
            self.counts.update(self.world.counts)


@pytest.mark.hypothesis
def test_roaming() -> None:
    """Whatever happens, each record counts once or is told as missing, nothing is served without
    a ground, nothing falls, and no partner changes what is another's.
    """
    counts, begun = Counter[str](), time.monotonic()
    machine = type("Counted", (Roaming,), {"counts": counts})
    run_state_machine_as_test(machine, settings=settings(stateful_step_count=STEPS))
    spent = time.monotonic() - begun
    seed = os.environ.get("SEED", "none")
    print(
        f"\nseed {seed}: {counts['step']:,} steps in {spent:.0f} s, {dict(sorted(counts.items()))}"
    )
    assert counts["record at home"]


# --- What the search found, each as its shortest course ---------------------------------------

# fmt: off
FOUND: Final[Mapping[str, tuple[str, tuple[tuple[str, int], ...]]]] = MappingProxyType({
    "a cancellation crosses a withdrawal": ("hybrid", (
        ("ask", 10), ("deliver_oldest", 3), ("start", 679), ("cancel", 135),
        ("record_early", 46), ("withdraw", 289))),
    "a record that implied the end is replaced": ("direct", (
        ("order_start", 1), ("become_quiet", 0), ("tell_result_of_start", 1), ("become_quiet", 0),
        ("let_time_pass", 3), ("record_early", 0), ("replace_record", 0))),
    "an open result tells less than before": ("direct", (
        ("book", 291), ("deliver_one", 529), ("start", 791), ("deliver_oldest", 919),
        ("order_stop", 466), ("tell_less", 135))),
    "less within the tolerance takes nothing back": ("direct", (
        ("order_start", 0), ("become_quiet", 0), ("tell_result_of_start", 0),
        ("become_quiet", 0), ("go_on", 500), ("become_quiet", 0), ("tell_less", 24),
        ("become_quiet", 0))),
    "a question was lost in a restart": ("direct", (
        ("ask", 724), ("restart", 16), ("deliver_one", 875), ("cancel", 795))),
    "a no to a cancellation meets a stop": ("direct", (
        ("ask", 424), ("become_quiet", 916), ("cancel", 548), ("start", 464),
        ("deliver_oldest", 5), ("order_stop", 513))),
    "a record waits and its service is fetched": ("direct", (
        ("book", 446), ("become_quiet", 0), ("start", 224), ("become_quiet", 0), ("end", 149),
        ("become_quiet", 0), ("restart", 10), ("record", 670), ("fetch", 4), ("fetch", 0))),
    "news goes further than what is fetched": ("direct", (
        ("hand_out_list", 32), ("become_quiet", 0), ("start_by_list", 0), ("lose_one", 0),
        ("fetch", 4), ("deliver_one", 0), ("deliver_one", 0), ("go_on", 878), ("end", 0))),
    "another question waits": ("direct", (
        ("ask", 0), ("restart", 16), ("ask", 0), ("deliver_one", 0), ("cancel", 0))),
    "a cancellation meets an empty store": ("direct", (
        ("ask", 2), ("become_quiet", 0), ("restart", 11), ("cancel", 0))),
    "a list is fetched before its first change": ("direct", (
        ("hand_out_list", 32), ("become_quiet", 0), ("fetch_list", 0), ("become_quiet", 0),
        ("hand_out_list", 12), ("become_quiet", 0))),
    "a result comes late into a correction": ("direct", (
        ("order_start", 2), ("become_quiet", 0), ("tell_result_of_start", 0),
        ("record_early", 775), ("become_quiet", 820), ("tell_start_again", 1021),
        ("dispute", 177))),
    "an open result comes after a cancellation": ("direct", (
        ("order_start", 3), ("become_quiet", 76), ("tell_result_of_start", 885),
        ("lose_one", 0), ("cancel", 429))),
    "a cancellation overtakes the answer of a clearing house": ("clearing-house", (
        ("ask", 780), ("deliver_oldest", 1), ("lose_one", 0), ("cancel", 318))),
    "a start by the list crosses a cancellation": ("direct", (
        ("hand_out_list", 32), ("become_quiet", 0), ("ask", 0), ("deliver_one", 0),
        ("lose_one", 0), ("fall_back", 0), ("cancel", 0))),
})
# fmt: on


@pytest.mark.parametrize("course", FOUND)
def test_found(course: str) -> None:
    """It comes to a good end now."""
    mode, acts = FOUND[course]
    world = Watched.begin(mode, Strategy.BROADCAST)
    for name, at in acts:
        getattr(world, name)(at)
        world.check_agreement()
    world.settle()
    world.check_agreement()
    world.finish()


def test_record_before_its_service() -> None:
    """A restored home-CSP has the record and fetches the service that it once ordered itself:
    the record waits no longer.
    """
    world = Watched.begin(Mode.DIRECT, Strategy.FORWARD)
    for name in ("order_start", "become_quiet", "tell_result_of_start", "become_quiet", "end"):
        getattr(world, name)(0)
    world.settle()
    world.reps[HOME] = restarted(world.reps[HOME], "everything")
    world.lost.add(HOME)
    world.record(0)
    world.settle()
    assert world.reps[HOME].ledger.unmatched.get(ONE)
    world.finish()
    assert not world.reps[HOME].ledger.unmatched.get(ONE)
    (service,) = world.services
    assert world.phase_of(HOME, service) is Phase.RECORDED


def test_record_waits_and_counts() -> None:
    """A record that came before all other news of its service counts once when it comes again
    behind them.
    """
    world = Watched.begin(Mode.DIRECT, Strategy.FORWARD)
    world.hand_out_list(32)
    world.settle()
    world.start_by_list(0)
    world.end(0)
    world.bag.clear()
    (service,) = world.services
    session = session_at(world.reps[ONE], service)
    assert session is not None
    record = DetailRecordNotice(record=world.record_of(service, session, "record-1"))
    world.forge(ONE, record, service.correlation_id, ONE)
    world.settle()
    assert world.records_at_home() == {(ONE, "record-1"): 1}
    world.record(0)
    world.settle()
    assert not world.reps[HOME].ledger.unmatched.get(ONE)
    assert world.records_at_home() == {(ONE, "record-1"): 1}


# --- With and without a clearing house --------------------------------------------------------

honest = st.lists(st.tuples(st.sampled_from(HONEST), pick), max_size=40)


@pytest.mark.hypothesis
@given(honest)
def test_the_way_does_not_matter(acts: list[tuple[str, int]]) -> None:
    """The same acts come to the same end on every way; a clearing house asks every home-CSP, for
    a card on no list is unknown to it.
    """
    ends = []
    for mode, strategy in (
        (Mode.DIRECT, Strategy.FORWARD),
        (Mode.CLEARING_HOUSE, Strategy.BROADCAST),
        (Mode.HYBRID, Strategy.STORE),
    ):
        world = Watched.begin(mode, strategy)
        for name, at in acts:
            getattr(world, name)(at)
            world.settle()
        world.check_agreement()
        ends.append(end_of(world))
    assert all(end == ends[0] for end in ends), ends


passing_on = st.tuples(
    st.sampled_from((*HONEST, *ARRIVING * 3, *TROUBLE, *("restart_house",) * 3)), pick
)


@pytest.mark.hypothesis
@pytest.mark.parametrize("mode", [Mode.CLEARING_HOUSE, Mode.HYBRID])
@given(acts=st.lists(passing_on, min_size=20, max_size=120))
def test_a_house_forgets(mode: str, acts: list[tuple[str, int]]) -> None:
    """A clearing house that only passes on may lose everything at any moment: both ends agree,
    and no word of theirs is refused.
    """
    world = Watched.begin(mode, Strategy.FORWARD)
    world.asks_houses = False
    for name, at in acts:
        getattr(world, name)(at)
        world.check_agreement()
    world.finish()


def end_of(world: Watched) -> list[tuple[object, ...]]:
    """How each service ended at both of its sides."""
    end: list[tuple[object, ...]] = []
    for service in world.services:
        for name in (service.visited, HOME):
            session = session_at(world.reps[name], service)
            assert session is not None
            told = session.phase, session.ground, session.energy_wh, session.record
            end.append((service, name, *told))
    return end
