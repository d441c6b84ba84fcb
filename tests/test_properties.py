"""What holds whatever happens: promises over all journeys, modes, strategies, editions and
kinds of trouble.

Most promises are held against stories that the loopback tells.  The last part lets two CSPs,
two CSOs and a clearing house talk without any plan: Hypothesis says who speaks next and which
envelope is lost, repeated or late.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from refimpl.edition import compare, load
from refimpl.endpoint import next_due
from refimpl.endpoint.contract_list import ContractList
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionRequest,
    DetailRecordNotice,
    FetchAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.play.journeys import ASK, JOURNEYS, Journey, journeys_of
from refimpl.play.loopback import Faults
from refimpl.play.player import Story, play
from refimpl.records import ChargingDetailRecord
from refimpl.session import Session
from refimpl.vocabulary import Ground, Phase, Strategy
from tests.flights import (
    BLOCKED,
    EVSES,
    HOME,
    HOUSE,
    ONE,
    OTHER,
    OTHERS,
    TWO,
    VALID,
    Event,
    Flights,
    Record,
    booking,
    detail_record,
    order,
    progress,
    question,
)
from tests.world import find_service, service_in

pytestmark = pytest.mark.slow

MODES: Final = ("direct", "clearing-house", "hybrid", "federated")
SERVICES: Final = tuple(name for name in JOURNEYS if name != "stations")


def goes_its_way(journey: Journey) -> bool:
    """Whether nothing but the delivery is between a journey and its record."""
    to_a_record = journey.id not in {
        "order-cancelled",
        "booking-cancelled",
        "record-withdrawn",
        "station-busy",
    }
    alone = not journey.second and not any(act.away or act.loses for act in journey.acts)
    return journey.id in SERVICES and alone and to_a_record


STRAIGHT: Final = tuple(name for name, journey in JOURNEYS.items() if goes_its_way(journey))
ASKED: Final = tuple(name for name in STRAIGHT if JOURNEYS[name].acts[0] is ASK)
RUNNING: Final = frozenset(
    {
        Phase.ACTIVE,
        Phase.STOPPING,
        Phase.ENDED,
        Phase.RECORDED,
        Phase.DISPUTED,
        Phase.CORRECTING,
    }
)

trouble = st.builds(
    Faults, lose=st.floats(0, 0.5), duplicate=st.floats(0, 0.5), delay=st.integers(0, 40)
)
stories = st.builds(
    play,
    st.sampled_from(STRAIGHT),
    st.just(load("2025")),
    st.sampled_from(MODES),
    st.sampled_from(Strategy),
    seed=st.integers(0, 10**6),
    faults=trouble,
)


def record_at(story: Story, entity_id: str) -> Record | None:
    session = story.session(story.reps, entity_id)
    return session.record if session else None


def handed_over(story: Story) -> list[Record]:
    """The records that reached the home-CSP, each once, in the order in which it came to hold
    them.
    """
    held: list[Record] = []
    for frame in story.frames:
        session = find_service(frame.reps[story.setting.home_csp], "service-1")
        if session and session.record and session.record not in held:
            held.append(session.record)
    return held


# --- whatever goes wrong on the way -----------------------------------------------------------


@given(stories)
def test_one_record_counts(story: Story) -> None:
    """A completed service leaves one record that counts."""
    home, visited = story.setting.home_csp, story.setting.visited_cso
    assert (story.phase(home), story.phase(visited)) == (Phase.RECORDED, Phase.RECORDED)
    held = handed_over(story)
    assert [record.replaces for record in held] == [
        None,
        *(record.record_id for record in held[:-1]),
    ]
    assert len(held) == (2 if story.journey.id == "correction" else 1)
    assert record_at(story, home) == record_at(story, visited) == held[-1]
    holders = [
        name for name, rep in story.reps.items() if any(s.record for s in rep.sessions.values())
    ]
    assert sorted(holders) == sorted((home, visited))


@given(stories)
def test_only_the_delivery_is_at_fault(story: Story) -> None:
    """Nothing else is at fault when only the delivery is."""
    # An answer that comes twice has no question the second time.
    assert {note.rule_id for frame in story.frames for note in frame.notes} <= {"REP-7"}


@given(
    st.sampled_from(ASKED),
    st.sampled_from(MODES),
    st.sampled_from([Strategy.FORWARD, Strategy.BROADCAST]),
    st.integers(0, 10**6),
    trouble,
)
def test_no_service_without_a_yes(
    journey: str, mode: str, strategy: str, seed: int, faults: Faults
) -> None:
    """Without authorization there is no service."""
    story = play(journey, load("2025"), mode, strategy, seed=seed, faults=faults, valid=False)
    for frame in story.frames:
        phases = {
            session.phase for rep in frame.reps.values() for session in rep.sessions.values()
        }
        assert not phases & RUNNING
    assert story.phase(story.setting.visited_cso) is Phase.REFUSED


@given(stories)
def test_a_service_has_its_ground(story: Story) -> None:
    """Told from the frames alone: before a service runs, its yes, order, booking or list has
    come.
    """
    said: set[str] = set()
    for frame in story.frames:
        message = frame.envelope.message
        yes = isinstance(message, AuthorizationAnswer | ReservationAnswer) and message.granted
        if yes or isinstance(
            message, RemoteControlRequest | ReservationRequest | AuthorizationListNotice
        ):
            said.add(message.kind)
        sessions = [session for rep in frame.reps.values() for session in rep.sessions.values()]
        assert said or not {session.phase for session in sessions} & RUNNING


@given(st.sampled_from(SERVICES), st.sampled_from(MODES), st.integers(0, 10**6), trouble)
def test_the_same_seed_the_same_story(
    journey: str, mode: str, seed: int, faults: Faults
) -> None:
    one, two = (play(journey, load("2025"), mode, seed=seed, faults=faults) for _ in range(2))
    assert [(f.at, f.fate, f.raw) for f in one.frames] == [
        (f.at, f.fate, f.raw) for f in two.frames
    ]
    assert one.reps == two.reps


@given(stories)
def test_ids_from_end_to_end(story: Story) -> None:
    """One correlation id for the whole service; a request id belongs to one hop and one
    message.
    """
    hops: dict[str, set[tuple[frozenset[str], str]]] = {}
    for frame in story.frames:
        envelope = frame.envelope
        if not envelope.correlation_id.startswith("aside-"):
            assert envelope.correlation_id == "service-1"
        hops.setdefault(envelope.request_id, set()).add(
            (frozenset({frame.sender, frame.receiver}), envelope.correlation_id)
        )
    assert all(len(places) == 1 for places in hops.values())


# --- with and without a clearing house --------------------------------------------------------


@pytest.mark.parametrize("valid", [True, False])
@pytest.mark.parametrize("journey", SERVICES)
def test_the_way_does_not_change_the_business(journey: str, valid: bool) -> None:
    results = set()
    for mode, strategy in [
        ("direct", Strategy.FORWARD),
        *(("clearing-house", strategy) for strategy in Strategy),
    ]:
        if not valid and strategy is Strategy.STORE:
            continue  # the home-CSP itself put the contract on the list
        story = play(journey, load("2025"), mode, strategy, visited_cso="cso-elm", valid=valid)
        parties = ("csp-alba", "cso-elm")
        results.add(
            (
                *(story.phase(party) for party in parties),
                *(business(record_at(story, party)) for party in parties),
            )
        )
    assert len(results) == 1


def business(record: Record | None) -> str:
    """What a record comes to: all but its times, which depend on the hops."""
    if record is None:
        return ""
    times = {"started_at", "ended_at"}
    return str(record.model_dump(exclude=times | {"periods", "quantity"})) + str(
        [one.activity for one in getattr(record, "periods", ())]
    )


def test_who_is_asked() -> None:
    """A broadcast asks every CSP, and a forward only one."""

    def asked(strategy: str) -> set[str]:
        frames = play("charge", load("2025"), "clearing-house", strategy).frames
        return {
            f.receiver for f in frames if isinstance(f.envelope.message, AuthorizationRequest)
        }

    assert asked("store") == {"house-north"}
    assert asked("forward") == {"house-north", "csp-alba"}
    assert asked("broadcast") == {
        "house-north",
        "csp-alba",
        "csp-birch",
        "csp-cedar",
        "csp-dune",
    }


# --- editions ---------------------------------------------------------------------------------


def changes(table: str, field: str) -> dict[str, tuple[object, object, str | None]]:
    """What the change list lets two editions differ in, by row."""
    found = compare(load("2019"), load("2025"))
    return {
        d.id: (d.before, d.after, d.change)
        for d in found
        if (d.table, d.field) == (table, field)
    }


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("strategy", Strategy)
def test_editions_end_as_listed(mode: str, strategy: str) -> None:
    """Editions end differently only where the change list says so."""
    old, new = load("2019"), load("2025")
    added = {
        name: change
        for name, (before, _, change) in changes("service", "").items()
        if before is None
    }
    assert added == {"parking": "f", "reservation": "f"}
    extra = {journey.service for journey in journeys_of(new)} - {
        journey.service for journey in journeys_of(old)
    }
    assert extra == set(added)
    kinds = changes("service", "record")
    assert kinds == {"energy-transfer": ("sdr", "cdr", "g")}
    for journey in journeys_of(old):
        before, after = (play(journey.id, edition, mode, strategy) for edition in (old, new))
        assert told(before) == told(after)
        for party in (before.setting.home_csp, before.setting.visited_cso):
            assert before.phase(party) is after.phase(party)
            one, two = record_at(before, party), record_at(after, party)
            if one is not None and two is not None:
                assert (one.kind, two.kind) == kinds[journey.service][:2]
                assert shared(one) == shared(two)


def told(story: Story) -> list[tuple[object, ...]]:
    """The frames, but for the edition's name and the record itself."""
    lines: list[tuple[object, ...]] = []
    for frame in story.frames:
        dump = frame.envelope.model_dump(exclude={"edition"})
        message = frame.envelope.message
        if isinstance(message, DetailRecordNotice):
            dump["message"] = shared(message.record)
        if isinstance(message, FetchAnswer):
            records = [state.record for state in message.services if state.record]
            dump["message"] = [shared(record) for record in records]
        lines.append((frame.number, frame.at, frame.sender, frame.receiver, frame.fate, dump))
    return lines


def shared(record: Record) -> dict[str, Any]:
    """What the two kinds of record have in common, energy included."""
    energy = record.energy_wh if isinstance(record, ChargingDetailRecord) else record.quantity
    own = {"energy_back_wh", "energy_wh", "kind", "periods", "quantity", "unit"}
    return {
        **record.model_dump(exclude=own),
        "energy": energy,
    }


def test_editions_differ_as_listed() -> None:
    """Editions differ in their channel and their words as the change list says."""
    assert changes("protocol", "minimum") == {"tls": ("1.2", "1.3", "d")}
    assert changes("role", "label") == {
        "home-csp": ("CSP", "home-CSP", "a"),
        "visited-cso": ("CSO", "visited-CSO", "a"),
    }
    assert (
        changes("mode", "path")
        == changes("exchange", "messages")
        == changes("rule", "says")
        == {}
    )


# --- without a plan ---------------------------------------------------------------------------

# Where the visited-CSO may be while the home-CSP is in a phase: ahead by what is on the way,
# and no further.
AHEAD: Final = {
    Phase.NEW: {*Phase} - {Phase.AWAITED, Phase.STOPPING, Phase.DISPUTED, Phase.CORRECTING},
    Phase.COMMANDED: {
        Phase.NEW,
        Phase.AWAITED,
        Phase.REFUSED,
        Phase.ABANDONED,
        Phase.ACTIVE,
        Phase.ENDED,
        Phase.RECORDED,
    },
    Phase.BOOKING: {
        Phase.NEW,
        Phase.GRANTED,
        Phase.REFUSED,
        Phase.ABANDONED,
        Phase.ACTIVE,
        Phase.ENDED,
        Phase.RECORDED,
    },
    Phase.AWAITED: {Phase.AWAITED, Phase.ABANDONED, Phase.ACTIVE, Phase.ENDED, Phase.RECORDED},
    Phase.GRANTED: {
        Phase.ASKED,
        Phase.GRANTED,
        Phase.ABANDONED,
        Phase.ACTIVE,
        Phase.ENDED,
        Phase.RECORDED,
    },
    Phase.REFUSED: {Phase.ASKED, Phase.REFUSED},
    Phase.ABANDONED: {Phase.ABANDONED},
    Phase.ACTIVE: {Phase.ACTIVE, Phase.ENDED, Phase.RECORDED},
    Phase.STOPPING: {Phase.ACTIVE, Phase.STOPPING, Phase.ENDED, Phase.RECORDED},
    Phase.ENDED: {Phase.ENDED, Phase.RECORDED},
    Phase.RECORDED: {Phase.RECORDED},
    Phase.DISPUTED: {Phase.RECORDED, Phase.CORRECTING},
    Phase.CORRECTING: {Phase.CORRECTING, Phase.RECORDED},
}

pick = st.integers(0, 10**6)


class Roaming(RuleBasedStateMachine):
    """Honest parties on a network that loses, repeats, delays and reorders.

    A party says whatever its own view of the service allows; what the other side knows by then
    is left to chance.
    """

    @initialize(
        mode=st.sampled_from(("direct", "clearing-house", "hybrid")),
        strategy=st.sampled_from(Strategy),
        start=st.sampled_from((Phase.NEW, Phase.ACTIVE, Phase.RECORDED)),
    )
    def begin(self, mode: str, strategy: Strategy, start: Phase) -> None:
        """Everybody at rest, with no service yet, or one that runs, or one that left its
        record.
        """
        self.world = Flights.over(mode, strategy)
        self.through = mode == "clearing-house"
        self.services: dict[
            str, tuple[str, str, str]
        ] = {}  # by correlation id: visited-CSO, home-CSP, contract
        self.ordered: set[str] = set()
        self.listed: set[str] = set()
        self.said = 0
        if start is Phase.NEW:
            return
        self.order_a_start(ONE)
        self.world.settle()
        self.tell("service-1", RemoteControlNotice(command="start", result="done"))
        if start is Phase.RECORDED:
            self.tell("service-1", self.progress("service-1", "ended"))
            self.tell("service-1", self.record("service-1", None))
        self.world.settle()

    # What a party can say.

    def seen_by(self, side: int, *phases: Phase) -> Iterator[str]:
        """The services that one side, 0 the visited-CSO and 1 the home-CSP, sees in one of some
        phases.
        """
        return (
            name
            for name, who in self.services.items()
            if self.world.phase(who[side], name) in phases
        )

    def session(self, side: int, name: str) -> Session:
        return service_in(self.world.reps[self.services[name][side]], name)

    def new(self, visited: str, emaid: str) -> str:
        name = f"service-{len(self.services) + 1}"
        self.services[name] = (visited, OTHER if emaid == OTHERS else HOME, emaid)
        return name

    def tell(self, name: str, message: Said) -> None:
        """Let the visited-CSO tell the home-CSP."""
        self.world.say(self.services[name][0], message, self.session(0, name).home_csp, name)

    def choose(self, side: int, at: int, *phases: Phase) -> str | None:
        names = [*self.seen_by(side, *phases)]
        return names[at % len(names)] if names else None

    def progress(
        self, name: str, event: Event, authorization: Ground = Ground.ANSWER
    ) -> SessionProgressNotice:
        visited, _, emaid = self.services[name]
        session = find_service(self.world.reps[visited], name)
        ground = (session.ground if session else None) or authorization
        return progress(event, ground, emaid, visited)

    def record(self, name: str, replaces: str | None) -> DetailRecordNotice:
        self.said += 1
        visited, _, emaid = self.services[name]
        return detail_record(f"record-{self.said}", replaces, emaid, visited, self.said)

    contracts = st.sampled_from(((ONE, VALID), (TWO, VALID), (ONE, BLOCKED), (ONE, OTHERS)))
    few = precondition(lambda self: len(self.services) < 3)

    @few
    @rule(who=contracts, to_house=st.booleans())
    def ask(self, who: tuple[str, str], to_house: bool) -> None:
        name = self.new(*who)
        home = HOUSE if self.through and to_house else self.services[name][1]
        visited, emaid = who
        self.world.say(visited, question(emaid, visited), home, name)

    @few
    @rule(at=pick)
    def start_from_a_list(self, at: int) -> None:
        lists = [
            (visited, emaid)
            for visited in (ONE, TWO)
            for emaid in self.world.reps[visited].lists.get(HOME, ContractList()).keys
        ]
        if lists:
            name = self.new(*sorted(lists)[at % len(lists)])
            visited, home, _ = self.services[name]
            self.world.say(visited, self.progress(name, "started", Ground.LIST), home, name)

    @few
    @rule(visited=st.sampled_from((ONE, TWO)))
    def order_a_start(self, visited: str) -> None:
        name = self.new(visited, VALID)
        self.ordered.add(name)
        self.world.say(HOME, order("start", VALID, visited), visited, name)

    @few
    @rule(visited=st.sampled_from((ONE, TWO)))
    def book(self, visited: str) -> None:
        name = self.new(visited, VALID)
        self.ordered.add(name)
        self.world.say(HOME, booking(EVSES[visited]), visited, name)

    @rule(emaids=st.sets(st.just(VALID)))
    def hand_out_a_list(self, emaids: set[str]) -> None:
        self.listed |= emaids
        self.said += 1
        message = AuthorizationListNotice(emaids=tuple(sorted(emaids)), home_csp=HOME)
        self.world.say(HOME, message, HOUSE if self.through else ONE, f"list-{self.said}")

    @rule(
        visited=st.sampled_from((ONE, TWO)), status=st.sampled_from(("available", "occupied"))
    )
    def tell_a_status(self, visited: str, status: Literal["available", "occupied"]) -> None:
        self.said += 1
        message = StationStatusNotice(
            statuses=(StationStatus(evse_id=EVSES[visited], status=status),)
        )
        self.world.say(visited, message, HOUSE if self.through else HOME, f"news-{self.said}")

    @rule(at=pick, event=st.sampled_from(("started", "started", "abandoned")))
    def start_or_abandon(self, at: int, event: Event) -> None:
        name = self.choose(0, at, Phase.GRANTED)
        if name and self.session(0, name).ground is Ground.LIST:
            # The home-CSP has yet to hear of it, so it cannot be abandoned.
            self.tell(name, self.progress(name, "started", Ground.LIST))
        elif name:
            self.tell(name, self.progress(name, event))

    @rule(at=pick, event=st.sampled_from(("updated", "ended")))
    def go_on_or_end(self, at: int, event: Event) -> None:
        if name := self.choose(0, at, Phase.ACTIVE, Phase.STOPPING):
            self.tell(name, self.progress(name, event))

    @rule(at=pick, done=st.booleans())
    def tell_what_came_of_a_start(self, at: int, done: bool) -> None:
        if name := self.choose(0, at, Phase.AWAITED):
            self.tell(
                name,
                RemoteControlNotice(command="start", result="done" if done else "not-done"),
            )

    @rule(at=pick, done=st.booleans())
    def tell_what_came_of_a_stop(self, at: int, done: bool) -> None:
        if name := self.choose(0, at, Phase.STOPPING):
            self.tell(
                name, RemoteControlNotice(command="stop", result="done" if done else "not-done")
            )

    @rule(at=pick)
    def hand_over_a_record(self, at: int) -> None:
        if name := self.choose(0, at, Phase.ENDED):
            self.tell(name, self.record(name, None))

    @rule(at=pick)
    def replace_a_record(self, at: int) -> None:
        name = self.choose(0, at, Phase.RECORDED, Phase.CORRECTING)
        if name and (record := self.session(0, name).record):
            self.tell(name, self.record(name, record.record_id))

    @rule(at=pick)
    def order_a_stop(self, at: int) -> None:
        if name := self.choose(1, at, Phase.ACTIVE):
            visited, home, emaid = self.services[name]
            self.world.say(home, order("stop", emaid, visited), visited, name)

    @rule(at=pick)
    def dispute(self, at: int) -> None:
        name = self.choose(1, at, Phase.RECORDED)
        if name and (record := self.session(1, name).record):
            visited, home, _ = self.services[name]
            self.world.say(
                home,
                CorrectionRequest(reason="too much", record_id=record.record_id),
                visited,
                name,
            )

    # What can happen on the way.

    @rule(at=pick)
    def deliver(self, at: int) -> None:
        if self.world.bag:
            self.world.deliver(at % len(self.world.bag))

    @rule()
    def deliver_the_oldest(self) -> None:
        if self.world.bag:
            self.world.deliver()

    @rule(at=pick)
    def duplicate(self, at: int) -> None:
        if self.world.bag:
            self.world.deliver(at % len(self.world.bag), keep=True)

    @rule(at=pick)
    def lose(self, at: int) -> None:
        if self.world.bag:
            self.world.lose(at % len(self.world.bag))

    @rule(at=pick)
    def come_again_late(self, at: int) -> None:
        if self.world.landed:
            self.world.bag.append(self.world.landed[at % len(self.world.landed)])

    @rule()
    def remind(self) -> None:
        self.world.remind()

    @rule()
    def become_quiet(self) -> None:
        self.world.settle()

    # What holds after every step.

    @invariant()
    def nobody_is_at_fault(self) -> None:
        # NET-5 cannot come up either: nobody here addresses whom it has no agreement with.
        assert {note.rule_id for note in self.world.notes} <= {"REP-7"}, self.world.notes

    @invariant()
    def no_service_runs_without_authorization(self) -> None:
        for name, (visited, home, emaid) in self.services.items():
            for side in (visited, home):
                if self.world.phase(side, name) in RUNNING:
                    asked = emaid in {VALID, OTHERS}
                    assert asked or emaid in self.listed or name in self.ordered

    @invariant()
    def the_visited_side_is_ahead_by_what_is_on_the_way(self) -> None:
        for name, (visited, home, _) in self.services.items():
            assert self.world.phase(visited, name) in AHEAD[self.world.phase(home, name)], name

    @invariant()
    def records_follow_each_other(self) -> None:
        for name, (_, home, _) in self.services.items():
            held = self.world.held.get((home, name), [])
            assert [record.replaces for record in held] == [
                None,
                *(record.record_id for record in held),
            ][: len(held)]

    @invariant()
    def only_the_two_sides_know_of_a_running_service(self) -> None:
        for name, (visited, home, _) in self.services.items():
            knows = {
                who
                for who, rep in self.world.reps.items()
                if (session := find_service(rep, name)) and session.phase in RUNNING
            }
            assert knows <= {visited, home}
            assert HOUSE not in knows

    @invariant()
    def when_all_is_quiet_both_sides_agree(self) -> None:
        if self.world.bag or any(next_due(rep) for rep in self.world.reps.values()):
            return
        for name, (visited, home, _) in self.services.items():
            phases = (self.world.phase(visited, name), self.world.phase(home, name))
            if phases[1] is Phase.NEW:  # the clearing house answered for it
                assert phases[0] in {Phase.GRANTED, Phase.REFUSED}
                by_list = phases[0] is Phase.GRANTED
                assert self.session(0, name).ground is (Ground.LIST if by_list else None)
            else:
                assert phases[0] is phases[1]
                assert self.session(0, name).record == self.session(1, name).record

    def teardown(self) -> None:
        """Let the trouble stop, and every service that has begun come to its end."""
        if not hasattr(self, "world"):
            return
        self.world.settle()
        for name in [*self.seen_by(0, Phase.ACTIVE, Phase.STOPPING)]:
            self.tell(name, self.progress(name, "ended"))
            self.tell(name, self.record(name, None))
        for name in [*self.seen_by(0, Phase.ENDED)]:
            self.tell(name, self.record(name, None))
        self.world.settle()
        self.nobody_is_at_fault()
        self.records_follow_each_other()
        self.when_all_is_quiet_both_sides_agree()
        for name in self.services:
            if self.session(0, name).phase in {Phase.RECORDED, Phase.CORRECTING}:
                assert self.session(1, name).record == self.session(0, name).record is not None


@pytest.mark.hypothesis
def test_honest_parties_agree_in_the_end() -> None:
    """Whatever the network does."""
    ends: list[
        dict[str, tuple[Phase, Phase]]
    ] = []  # of each run: where both sides of each service stand at its end

    class Watched(Roaming):
        def teardown(self) -> None:
            super().teardown()
            if hasattr(self, "world"):
                phase, services = self.world.phase, self.services.items()
                ends.append(
                    {
                        name: (phase(visited, name), phase(home, name))
                        for name, (visited, home, _) in services
                    }
                )

    runs = 2 * settings().max_examples
    run_state_machine_as_test(
        Watched, settings=settings(max_examples=runs, stateful_step_count=50)
    )
    assert len(ends) >= runs
    pairs = {pair for run in ends for pair in run.values()}
    by_the_house = {(Phase.GRANTED, Phase.NEW), (Phase.REFUSED, Phase.NEW)}
    assert {(phase, phase) for phase in (Phase.GRANTED, Phase.RECORDED)} <= pairs
    assert all(one is two for one, two in pairs - by_the_house)
