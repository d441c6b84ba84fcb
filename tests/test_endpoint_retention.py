"""What an endpoint lets go of, and what it keeps: by how long each class of message is kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from rpds import HashTrieMap

from refimpl.endpoint import RoamingEndpoint, let_go
from refimpl.endpoint.calls import Call, make_again
from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.permission import grace_of
from refimpl.endpoint.retention import KEPT
from refimpl.session import Session
from refimpl.vocabulary import Mode, Phase, Retention
from tests import flights
from tests.flights import HOME, HOUSE, ONE, Flights, detail_record, progress, question
from tests.test_endpoint_snapshot import read
from tests.world import NOON

DAY: Final = KEPT[Retention.SERVICE]
SECOND: Final = timedelta(seconds=1)


def served(*, valid: bool = True, mode: str = Mode.DIRECT) -> Flights:
    """A service from the question to the record, or to the no."""
    world = Flights.over(mode)
    world.say(ONE, question(flights.VALID if valid else flights.BLOCKED), HOME)
    world.settle()
    if valid:
        for message in (progress("started"), progress("ended"), detail_record()):
            world.say(ONE, message, HOME)
            world.settle()
    return world


def after(rep: RoamingEndpoint, span: timedelta) -> RoamingEndpoint:
    return let_go(rep, NOON + span)


def test_every_class_has_its_time() -> None:
    assert KEPT.keys() == set(Retention) - {Retention.ACCOUNTS}


@pytest.mark.parametrize("name", [HOME, ONE])
def test_a_refused_service(name: str) -> None:
    rep = served(valid=False).reps[name]
    assert after(rep, DAY) is rep
    assert len(rep.sessions) == 1
    assert not after(rep, DAY + SECOND).sessions


@pytest.mark.parametrize("name", [HOME, ONE])
def test_a_service_with_a_record(name: str) -> None:
    """It belongs to the accounts, and what waits to be ended waits."""
    rep = served().reps[name]
    late = after(rep, timedelta(days=4000))
    assert (late.sessions, late.ledger) == (rep.sessions, rep.ledger)


@pytest.mark.parametrize("phase", [Phase.ABANDONED, Phase.WITHDRAWN, Phase.REFUSED])
def test_what_is_over_without_a_record(phase: Phase) -> None:
    """The day begins with the last that is known of a service."""
    session = Session(ONE, "service-1", HOME, ONE, phase=phase, opened_at=NOON)
    later = NOON + timedelta(hours=5)
    rep = flights.endpoint(HOME).keep(replace(session, last_at=later))
    assert after(rep, timedelta(hours=5) + DAY) is rep
    assert not after(rep, timedelta(hours=5, seconds=1) + DAY).sessions
    unknown = flights.endpoint(HOME).keep(replace(session, opened_at=None))
    assert not after(unknown, timedelta()).sessions


def test_the_number_that_is_unbilled() -> None:
    """A service counts for its opener until it has a record or is let go of."""
    assert dict(served().reps[HOME].unbilled) == {}
    refused = served(valid=False).reps[HOME]
    assert dict(refused.unbilled) == {ONE: 1}
    assert dict(after(refused, DAY + SECOND).unbilled) == {}


def test_answers_and_words() -> None:
    """A request that came a day ago is not known any more, nor what was passed on."""
    world = served(mode=Mode.CLEARING_HOUSE)
    for name in (HOME, HOUSE):
        rep = world.reps[name]
        assert len(rep.seen.latest) > 3
        assert after(rep, DAY).seen == rep.seen
        late = after(rep, DAY + SECOND)
        assert not late.seen.latest
        assert not late.words.latest
    assert world.reps[HOME].words.latest


def test_some_answers_are_older() -> None:
    world = served(mode=Mode.CLEARING_HOUSE)
    world.now += timedelta(hours=1)
    world.say(ONE, question(), HOME, "service-2")
    world.settle()
    rep = after(world.reps[HOME], DAY + SECOND)
    assert (len(rep.seen.latest), len(rep.words.latest)) == (1, 1)


def test_a_question_that_waits_is_kept() -> None:
    """A poll has said nothing yet, and what it asks is not answered."""
    world = Flights.over(Mode.CLEARING_HOUSE, "broadcast")
    world.say(ONE, question(), HOUSE)
    world.deliver()
    rep = world.reps[HOUSE]
    assert after(rep, timedelta(days=3)) is rep


def test_what_was_taken_off_a_list() -> None:
    off: HashTrieMap[str, datetime] = HashTrieMap(
        {"a": NOON, "b": NOON + timedelta(minutes=1), "c": NOON + DAY}
    )
    held = ContractList(2, frozenset({"d"}), off)
    whole = ContractList(1, frozenset({"d"}))
    rep = replace(flights.endpoint(ONE), lists=HashTrieMap({HOME: held, "csp-other": whole}))
    grace = grace_of(rep.edition)
    assert grace
    over = grace + KEPT[Retention.REPLACED]
    assert after(rep, over) is rep
    left = after(rep, over + SECOND).lists
    assert dict(left[HOME].taken_off) == {"b": off["b"], "c": off["c"]}
    assert left["csp-other"] is whole
    said = replace(rep, lists=rep.listed, listed=rep.lists)
    assert after(said, over + SECOND).listed == left
    endless = replace(rep, edition=replace(rep.edition, checks={}))
    assert after(endless, timedelta(days=4000)) is endless


def test_made_again() -> None:
    rep = served(valid=False).reps[HOME]
    late = NOON + DAY + SECOND
    call = Call("let-go", "", b"", late, (), ("PRV-8", ""))  # as a live endpoint keeps it
    assert make_again(rep, call, read).rep == let_go(rep, late)
