"""The numbers of news: what is old stays old, whatever was forgotten in between."""

from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

import pytest
from rpds import HashTrieMap

from refimpl.endpoint import Recent, receive
from refimpl.endpoint.sequences import Sequences
from refimpl.messages import (
    AuthorizationListNotice,
    Envelope,
    FetchRequest,
    ListPart,
    News,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.play.player import restarted
from refimpl.vocabulary import Mode
from tests.flights import ENERGY, EVSES, HOME, HOUSE, ONE, OTHER, TWO, VALID, Flight, Flights
from tests.world import NOON

Status = Literal["available", "occupied"]
NOON_MS: Final = 1_751_976_000_000
"""Noon of the eighth of July 2025 in milliseconds since 1970."""


def status(
    told: Status, sequence: int | None = None, visited: str = ONE
) -> StationStatusNotice:
    return StationStatusNotice(
        sequence=sequence, statuses=(StationStatus(evse_id=EVSES[visited], status=told),)
    )


def known(world: Flights, at: str = HOME, visited: str = ONE) -> str | None:
    return world.reps[at].statuses.get(EVSES[visited])


def hear(world: Flights, news: News, sender: str = ONE, by: str = HOME) -> list[str]:
    """Let news come under an id that was never used, and tell which rules it breaks."""
    envelope = Envelope(
        correlation_id="kept",
        edition="2025",
        message=news,  # type: ignore[arg-type]  # checked by the shape itself
        receiver=by,
        request_id=world.new_id(),
        sender=sender,
        sent_at=NOON,
    )
    heard = receive(world.reps[by], envelope, peer=sender, now=world.now, new_id=world.new_id)
    world.reps[by] = heard.rep
    return [note.rule_id for note in heard.notes]


def numbers(world: Flights, speaker: str = ONE) -> list[int | None]:
    """The numbers of the news that a speaker said and that arrived, in that order."""
    said = [envelope.message for envelope in world.heard() if envelope.sender == speaker]
    return [message.sequence for message in said if isinstance(message, News)]


# --- What a sender gives ----------------------------------------------------------------------


def test_numbers_rise() -> None:
    """A number is the clock's, or one more than the last where that is not above it."""
    world = Flights.over()
    for seconds in (0, 0, -60, 1):
        world.now = NOON + timedelta(seconds=seconds)
        world.say(ONE, status("occupied"), HOME, "news")
        world.settle()
    assert numbers(world) == [NOON_MS, NOON_MS + 1, NOON_MS + 2, NOON_MS + 1000]
    assert known(world) == "occupied"
    assert not world.notes


def test_restarted_sender() -> None:
    """One that has lost its memory goes on above what it said, a second later."""
    world = Flights.over()
    world.say(ONE, status("available"), HOME, "news")
    world.say(ONE, status("occupied"), HOME, "news")
    world.settle()
    world.reps[ONE] = restarted(world.reps[ONE], "everything")
    world.now += timedelta(seconds=1)
    world.say(ONE, status("available"), HOME, "news")
    world.settle()
    assert known(world) == "available"
    assert not world.notes


def test_restart_within_the_second() -> None:
    """Without memory and in the same second it cannot tell, and is told so."""
    world = Flights.over()
    world.say(ONE, status("available"), HOME, "news")
    world.say(ONE, status("occupied"), HOME, "news")
    world.settle()
    world.reps[ONE] = restarted(world.reps[ONE], "everything")
    world.say(ONE, status("available"), HOME, "news")
    world.settle()
    assert known(world) == "occupied"
    assert {note.rule_id for note in world.notes} == {"REP-10"}


def test_a_house_numbers_anew() -> None:
    """What a clearing house tells on has its own number, the same to all partners."""
    world = Flights.over(Mode.CLEARING_HOUSE)
    world.reps[HOUSE] = replace(world.reps[HOUSE], sequences=Sequences(said=NOON_MS + 7))
    world.say(ONE, status("occupied"), HOUSE, "news")
    world.settle()
    assert numbers(world) == [NOON_MS]
    assert numbers(world, HOUSE) == [NOON_MS + 8, NOON_MS + 8]
    assert known(world) == known(world, OTHER) == "occupied"


# --- What a receiver believes -----------------------------------------------------------------


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("sequence", [None, 1, 6, 7])
def test_older_news(sequence: int | None, forgets: bool) -> None:
    """It is refused, also where the requests of before are forgotten."""
    world = Flights.over()
    assert not hear(world, status("occupied", 7))
    if forgets:
        world.reps[HOME] = replace(world.reps[HOME], seen=Recent())
    assert hear(world, status("available", sequence)) == ["REP-10"]
    assert known(world) == "occupied"


def test_newer_news() -> None:
    """It is taken, and so is news of another sender or kind with a lower number."""
    world = Flights.over()
    assert not hear(world, status("occupied"))
    assert not hear(world, status("available", 7))
    assert not hear(world, status("occupied", 9))
    assert not hear(world, status("occupied", 1, TWO), TWO)
    assert dict(world.reps[HOME].sequences.heard.items()) == {
        (ONE, "station-status-notice"): 9,
        (TWO, "station-status-notice"): 1,
    }


def test_kept_by_a_house() -> None:
    """A list that went through a clearing house counts no more once another came behind it."""
    world = Flights.over(Mode.CLEARING_HOUSE)
    for emaids in ((VALID,), ()):
        told = AuthorizationListNotice(emaids=emaids, home_csp=HOME)
        world.say(HOME, told, ONE, "list")
        world.settle()
    (kept, *_) = (
        flight
        for flight in world.landed
        if flight.receiver == ONE and isinstance(flight.envelope.message, News)
    )
    world.reps[ONE] = replace(world.reps[ONE], seen=Recent())
    world.bag.append(kept)
    world.deliver()
    assert not world.reps[ONE].lists[HOME].keys
    assert [note.rule_id for note in world.notes] == ["REP-10"]


def test_repeated_news() -> None:
    """The same request again is answered alike, though later news came between."""
    world = Flights.over()
    world.say(ONE, status("available"), HOME, "news")
    first = world.bag[0]
    world.settle()
    world.say(ONE, status("occupied"), HOME, "news")
    world.settle()
    world.bag.append(first)
    world.deliver()
    (receipt,) = world.bag
    assert receipt.envelope.message.kind == "receipt"
    assert known(world) == "occupied"
    assert not world.notes


def test_refused_news_has_no_number() -> None:
    """News that breaks another rule does not stand in the way of what comes."""
    world = Flights.over()
    assert hear(world, status("occupied", 9, TWO)) == ["AUT-4"]
    part = ListPart(action="add", number=5, of=1, part=1)
    told = AuthorizationListNotice(emaids=(VALID,), home_csp=HOME, part=part, sequence=9)
    assert hear(world, told, HOME, ONE) == ["LST-2"]
    assert not world.reps[HOME].sequences.heard
    assert not world.reps[ONE].sequences.heard


# --- What is fetched --------------------------------------------------------------------------


def fetched_late(world: Flights) -> Flight:
    """The answer to a request for stations, which the network holds back."""
    world.say(HOME, FetchRequest(what="stations"), ONE, "aside")
    world.deliver(len(world.bag) - 1)
    return world.bag.pop()


def with_stations(world: Flights) -> Flights:
    """Let the home-CSP know a station."""
    station = Station(evse_id=EVSES[ONE], name="A", power_w=1, services=(ENERGY,))
    world.say(ONE, StationInformationNotice(stations=(station,)), HOME, "news")
    world.settle()
    return world


def test_fetched_and_overtaken() -> None:
    """What was fetched does not undo the news that overtook it."""
    world = with_stations(Flights.over())
    world.say(ONE, status("available"), HOME, "news")
    world.settle()
    late = fetched_late(world)
    world.say(ONE, status("occupied"), HOME, "news")
    world.deliver()
    world.bag.append(late)
    world.settle()
    assert known(world) == "occupied"
    assert [note.rule_id for note in world.notes] == ["REP-10"]


@pytest.mark.parametrize("forgotten", [False, True])
def test_fetched_in_time(forgotten: bool) -> None:
    """What was fetched is taken in: it is as old as the last news, or has no number."""
    world = with_stations(Flights.over())
    world.say(ONE, status("occupied"), HOME, "news")
    world.settle()
    if forgotten:
        world.reps[ONE] = replace(world.reps[ONE], sequences=Sequences())
    world.reps[HOME] = replace(world.reps[HOME], statuses=HashTrieMap())
    world.bag.append(fetched_late(world))
    world.settle()
    assert known(world) == "occupied"
    assert not world.notes
