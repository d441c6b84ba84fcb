"""An endpoint as rows and back, and its calls made again: both give the same endpoint."""

import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from random import Random
from typing import Any, Final
from unittest.mock import patch

import pytest

from refimpl.edition import load
from refimpl.endpoint import (
    Outcome,
    RoamingEndpoint,
    give_up,
    receive,
    remind,
    send,
    turn_away,
)
from refimpl.endpoint.calls import Call, call_of_send, make_again
from refimpl.endpoint.snapshot import (
    NESTED,
    TABLES,
    VALUES,
    Row,
    changed_rows,
    restore,
    rows_of,
    set_up_as,
    size_of,
)
from refimpl.errors import Misuse, Violation
from refimpl.messages import Envelope
from refimpl.network import Network
from refimpl.play.journeys import JOURNEYS
from refimpl.play.player import play
from refimpl.shapes import canonical_bytes
from refimpl.vocabulary import Mode, Strategy
from refimpl.wire import decode
from tests import flights
from tests.roaming import ARRIVING, ASKING_AGAIN, HONEST, MEDDLING, MODES, TROUBLE, World
from tests.world import EMAID, NOON, envelope

LATEST: Final = load("2025")


def read(text: str) -> Envelope:
    return decode(text.encode())


def again(rep: RoamingEndpoint, rows: Iterable[Row]) -> RoamingEndpoint:
    return restore(rep.entity_id, rep.edition, rows, read)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("strategy", Strategy)
def test_journeys_are_kept(mode: str, strategy: str) -> None:
    for journey in JOURNEYS:
        for rep in play(journey, LATEST, mode, strategy).reps.values():
            assert again(rep, rows_of(rep)) == rep


def test_every_field_is_kept() -> None:
    """A field that an endpoint gets has its rows, or this fails."""
    paths = [*TABLES, *VALUES]
    kept = {path.partition(".")[0] for path in paths}
    names = {field.name for field in fields(RoamingEndpoint)}
    assert kept == names - {"entity_id", "edition"}
    for member, shape in NESTED.items():
        within = {path.partition(".")[2] for path in paths if path.startswith(f"{member}.")}
        assert within == set(inspect.signature(shape).parameters)


class Kept:
    """The rows of an endpoint, brought up to date by what has changed."""

    def __init__(self, rep: RoamingEndpoint) -> None:
        self.rep = rep
        self.rows = {(row.table, row.key): row for row in rows_of(rep)}

    def follow(self, rep: RoamingEndpoint) -> int:
        """Take in what has changed; how many rows that were."""
        changed = list(changed_rows(self.rep, rep))
        for row in changed:
            if row.value:
                self.rows[row.table, row.key] = row
            else:
                del self.rows[row.table, row.key]
        self.rep = rep
        return len(changed)


def course(seed: int, steps: int) -> Iterator[World]:
    """A random course of roaming, one step after the other."""
    dice = Random(seed)
    offsets = [dice.randint(-100, 100) for _ in range(5)]
    world = World.begin(dice.choice(MODES), dice.choice(list(Strategy)), offsets)
    acts = [*HONEST, *ARRIVING, *TROUBLE, *MEDDLING, *ASKING_AGAIN]
    for _ in range(steps):
        getattr(world, dice.choice(acts))(dice.randrange(1024))
        yield world


@pytest.mark.parametrize("seed", range(12))
def test_random_courses_are_kept(seed: int) -> None:
    """What has changed, step by step, comes to what there is."""
    kept: dict[str, Kept] = {}
    for number, world in enumerate(course(seed, 150)):
        for name, rep in world.reps.items():
            kept.setdefault(name, Kept(rep)).follow(rep)
            if number % 15 == 14:
                assert again(rep, kept[name].rows.values()) == rep


def test_what_is_the_same_is_not_written() -> None:
    rep = play("charge", LATEST).reps["csp-alba"]
    kept = Kept(rep)
    assert kept.follow(rep) == 0
    assert kept.follow(replace(rep, statuses=rep.statuses.insert("DEAB7E1", "free"))) == 1
    assert kept.follow(rep) == 1


def test_another_set_up() -> None:
    """A new start brings its own network, mode and holdings, and what was heard stays."""
    rep = play("charge", LATEST).reps["csp-alba"]
    network = Network(entities=rep.network.entities)
    fresh = RoamingEndpoint("csp-alba", network, load("2019"), "hybrid", "store")
    joined = set_up_as(rep, fresh)
    assert joined.sessions == rep.sessions
    assert replace(fresh, sessions=rep.sessions, ledger=rep.ledger, seen=rep.seen) == joined


# --- Rows that do not fit ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (Row("value", "mode", "7"), "valid string"),
        (Row("value", "colour", '"blue"'), "not known"),
        (Row("shoes", '"left"', "true"), "not known"),
        (Row("contracts", "left", "true"), "Invalid JSON"),
        (Row("contracts", f'"{EMAID}"', '"perhaps"'), "valid boolean"),
        (Row("seen.latest", '["cso-elm","m-1"]', '[["cso-elm","{}"]]'), "WIR-3"),
    ],
)
def test_a_row_that_does_not_fit(row: Row, place: str) -> None:
    rep = play("charge", LATEST).reps["csp-alba"]
    with pytest.raises(Misuse, match=place) as caught:
        again(rep, [*rows_of(rep), row])
    assert caught.value.rule_id == "STO-3"
    assert EMAID not in str(caught.value)


def test_a_value_is_missing() -> None:
    rep = play("charge", LATEST).reps["csp-alba"]
    rows = [row for row in rows_of(rep) if row.key not in ("mode", "network")]
    with pytest.raises(Misuse, match="STO-3 at no mode and network"):
        again(rep, rows)


# --- Calls made again -------------------------------------------------------------------------


class Journal:
    """The calls of the core in a world, and each endpoint as they come to it again."""

    def __init__(self) -> None:
        self.calls: dict[str, list[Call]] = {}
        self.first: dict[str, RoamingEndpoint] = {}

    def keep(self, rep: RoamingEndpoint, outcome: Outcome, call: Call) -> Outcome:
        self.first.setdefault(rep.entity_id, rep)
        if outcome.rep is not rep:
            self.calls.setdefault(rep.entity_id, []).append(call)
        return outcome

    def receive(self, rep: RoamingEndpoint, envelope: Envelope, **given: Any) -> Outcome:
        ids = Drawn(given.pop("new_id"))
        outcome = receive(rep, envelope, new_id=ids, **given)
        raw = canonical_bytes(envelope)
        call = Call("receive", given["peer"], raw, given["now"], tuple(ids.drawn))
        return self.keep(rep, outcome, call)

    def send(self, rep: RoamingEndpoint, message: Any, receiver: str, **given: Any) -> Outcome:
        ids = Drawn(given.pop("new_id"))
        outcome = send(rep, message, receiver, new_id=ids, **given)
        drawn = tuple(ids.drawn)
        of = given["correlation_id"]
        call = call_of_send(rep, message, receiver, of, given["now"], drawn)
        return self.keep(rep, outcome, call)

    def remind(self, rep: RoamingEndpoint, now: datetime) -> Outcome:
        return self.keep(rep, remind(rep, now), Call("remind", "", b"", now))

    def repeated(self, name: str) -> RoamingEndpoint:
        rep = self.first[name]
        for call in self.calls.get(name, ()):
            rep = make_again(rep, call, read).rep
        return rep


class Drawn:
    """Ids as they are drawn, and which were."""

    def __init__(self, new_id: Any) -> None:
        self.new_id = new_id
        self.drawn: list[str] = []

    def __call__(self) -> str:
        self.drawn.append(self.new_id())
        return self.drawn[-1]


@contextmanager
def journal() -> Iterator[Journal]:
    """Keep every call that is made in a world of flights."""
    kept = Journal()
    with patch.multiple(flights, receive=kept.receive, send=kept.send, remind=kept.remind):
        yield kept


@pytest.mark.parametrize("seed", range(12))
def test_calls_made_again(seed: int) -> None:
    with journal() as kept:
        *_, world = course(seed, 150)
    assert sum(map(len, kept.calls.values())) > 50
    for name in kept.first:
        assert kept.repeated(name) == world.reps[name]


def test_a_refusal_made_again() -> None:
    rep = play("charge", LATEST).reps["csp-alba"]
    error = Violation("MSG-2", "somewhere")
    asked = envelope(request_id="m-99")
    call = Call("turn-away", "cso-elm", canonical_bytes(asked), NOON, (), tuple(error.args))
    outcome = turn_away(rep, asked, error, peer="cso-elm", now=NOON)
    assert outcome.rep != rep
    assert make_again(rep, call, read).rep == outcome.rep


def test_a_giving_up_made_again() -> None:
    world = flights.Flights.over()
    world.say(flights.ONE, flights.question(), flights.HOME)
    rep = world.reps[flights.ONE]
    (pending,) = rep.outbox
    error = Misuse("TLS-9", "a message of 70000 bytes, at most 65536")
    raw = canonical_bytes(pending.envelope)
    call = Call("give-up", flights.HOME, raw, NOON, (), (error.rule_id, error.where))
    outcome = give_up(rep, flights.HOME, pending.envelope.request_id, error, NOON)
    assert not outcome.rep.outbox
    assert make_again(rep, call, read).rep == outcome.rep


ASKED: Final = canonical_bytes(envelope())


@pytest.mark.parametrize(
    "call",
    [
        Call("forget", "", b"", NOON),
        Call(
            "send", "", canonical_bytes(envelope(sender="csp-alba", receiver="cso-elm")), NOON
        ),
        Call("send", "", ASKED, NOON, ("m-1",)),
        Call("receive", "cso-elm", ASKED, NOON, ("m-1",)),
        Call("receive", "cso-elm", b"{}", NOON),
    ],
    ids=["unknown", "no id", "not allowed", "an id too many", "no envelope"],
)
def test_a_call_that_comes_to_something_else(call: Call) -> None:
    rep = play("charge", LATEST).reps["csp-alba"]
    with pytest.raises(Misuse) as caught:
        make_again(rep, call, read)
    assert caught.value.rule_id == "STO-4"


# --- What few courses come to -----------------------------------------------------------------


def test_a_poll_is_kept() -> None:
    """A clearing house keeps whose answers are still out."""
    world = flights.Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    world.say(flights.ONE, flights.question(), flights.HOUSE)
    world.deliver()
    rep = world.reps[flights.HOUSE]
    assert len(rep.polls) == 1
    assert size_of(rep) == len(list(rows_of(rep))) - len(VALUES)
    assert again(rep, rows_of(rep)) == rep
