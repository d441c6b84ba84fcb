"""What the others get from a served endpoint while one means harm."""

import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import pytest

from refimpl.edition import load as load_edition
from refimpl.endpoint import receive
from refimpl.endpoint.clearing_house import MOST_POLLS
from refimpl.errors import Violation
from refimpl.messages import (
    Envelope,
    Receipt,
    Refusal,
    Said,
    SessionProgressNotice,
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.play.example import NETWORK, START
from refimpl.play.player import play
from refimpl.security.pki_files import write
from refimpl.tls.message_protection import MessageProtection
from refimpl.vocabulary import Protection, Strategy
from refimpl.wire import MAX_BYTES, decode, encode
from tests.hostile.channels import Channel, Partner, framed
from tests.hostile.meter import PACE, SERVICE, Answers, measure
from tests.live import ENVELOPE, NOW, EndpointThread, Served, endpoint, pki_with
from tests.programs import COMMAND, on
from tests.world import EMAID, EVSE_ID, NOON, envelope

pytestmark = pytest.mark.slow

SERVED = "csp-alba"
HARMFUL, SILENT = "cso-elm", "cso-iris"
BEHAVING = ("cso-fjord", "cso-gale", "cso-heath")
STAMP = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"
ROOT = Path(__file__).parents[1]
TIMES = 5
LEAST = 0.001
"""Seconds below which an answer tells of the machine and not of the endpoint."""
MODEST = 0.06
"""Seconds between two messages of a partner where memory is looked at, for services are kept."""
LONGEST = 40
"""Seconds after which a load ends by itself."""
QUESTIONS = 400
"""How many questions of its own a harmful partner has to ask, over and over again."""


def service_frames(name: str) -> bytes:
    """The frames of one service of a visited-CSO that ended an hour ago, and then those of
    many questions.
    """
    said = []
    for frame in play("charge", load_edition("2025"), visited_cso=name).frames:
        envelope = decode(frame.raw)
        message = envelope.message
        told = isinstance(message, SessionProgressNotice) and message.event == "updated"
        if envelope.sender == name and not told:
            said.append(envelope)
    assert len(said) == SERVICE
    said += [said[0]] * QUESTIONS
    frames = []
    for number, envelope in enumerate(said):
        service = max(0, number - SERVICE + 1)
        ids = {"request_id": f"m-{number}", "correlation_id": f"service-{service}"}
        raw = encode(envelope.model_copy(update=ids))
        frames.append(framed(re.sub(STAMP, _not_long_ago, raw)))
    return b"".join(frames)


def _not_long_ago(stamp: re.Match[bytes]) -> bytes:
    """A moment of the example, as far from two hours ago as it is from its noon."""
    moment = datetime.fromisoformat(stamp[0].decode())
    then = NOW.replace(microsecond=0) - timedelta(hours=2) + (moment - START)
    return f"{then:%Y-%m-%dT%H:%M:%SZ}".encode()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network file, the keys for it, and what each visited-CSO says."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "network.json").write_bytes(NETWORK.model_dump_json(exclude_none=True).encode())
    write(pki_with(), folder / "pki")
    for name in (HARMFUL, SILENT, *BEHAVING):
        (folder / "pki" / f"{name}.frames").write_bytes(service_frames(name))
    return folder


_numbers = count()


class Server:
    """`iec63119 serve` in a process of its own: its address, and the notes it prints, unless
    they are left `unread`.
    """

    def __init__(
        self, desk: Path, *more: str, entity: str = SERVED, unread: bool = False
    ) -> None:
        command = [*COMMAND, "serve", "--json", *on(entity), "--contract", EMAID]
        self.process = subprocess.Popen(
            [*command, "--store", f"{next(_numbers)}.store", *more],
            cwd=desk,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=4_096,
        )
        assert self.process.stdout
        self.address = json.loads(self.process.stdout.readline())["address"]
        self.port = int(self.address.rpartition(":")[2])
        self.keys = desk / "pki"
        self.notes: list[str] = []
        if not unread:
            threading.Thread(target=self._read_notes, daemon=True).start()

    def _read_notes(self) -> None:
        assert self.process.stdout
        with suppress(ValueError):  # closed
            for line in self.process.stdout:
                self.notes.append(json.loads(line).get("rule", ""))

    def partner(self, name: str) -> Partner:
        return Partner(self.port, self.keys, name)

    def answers(self, seconds: float, *, afresh: bool = False, pace: float = PACE) -> Answers:
        """What partners that behave get meanwhile."""
        partners = [self.partner(name) for name in BEHAVING]
        found = measure(partners, seconds, afresh=afresh, pace=pace)
        print(found, Counter(self.notes))
        return found

    @property
    def resident(self) -> int:
        """How many bytes of memory it has now."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def seconds_to_end(self) -> float:
        """How long it takes to end after SIGTERM, in good order."""
        begun = time.monotonic()
        self.process.terminate()
        assert self.process.wait(60) == 0
        took = time.monotonic() - begun
        print(f"ended in {took:.2f} s")
        return took

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        if self.process.stdout.closed is False:
            self.process.stdout.close()


@contextmanager
def serving(
    desk: Path, *more: str, entity: str = SERVED, unread: bool = False
) -> Iterator[Server]:
    """A server, until the test is over."""
    it = Server(desk, *more, entity=entity, unread=unread)
    try:
        yield it
    finally:
        it.close()


@pytest.fixture(scope="module")
def server(desk: Path) -> Iterator[Server]:
    """A server on which one load comes after the other."""
    with serving(desk) as it:
        yield it


@contextmanager
def under(server: Server, **loads: str) -> Iterator[None]:
    """Loads by the entities that put them on, each in a process of its own; they end with what
    is done meanwhile, and say what they did.
    """
    started = []
    for what, name in loads.items():
        arguments = [what, str(server.port), str(server.keys), name, str(LONGEST)]
        command = [sys.executable, "-m", "tests.hostile.loads", *arguments]
        one = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        started.append(one)
    try:
        for one in started:
            assert one.stdout
            assert one.stdout.readline() == "ready\n"
        yield
    finally:
        for what, one in zip(loads, started, strict=True):
            print(what, one.communicate(timeout=60)[0].strip())


def require_served(quiet: Answers, loaded: Answers) -> None:
    """The bound for what others may notice: five times the quiet median, and one in a hundred
    not served.
    """
    assert quiet.served == 1, quiet.failures
    assert loaded.served >= 0.99, loaded.failures
    assert loaded.median <= TIMES * max(quiet.median, LEAST)


# --- A load, and what the others get ----------------------------------------------------------

LOADS = """coming_and_going deaf_flood dripping_strangers empty_records flood
    flood_of_services key_updates quiet_key_updates silence small_records strangers
    strangers_from_afar wrong_connections""".split()


@pytest.mark.parametrize("load", LOADS)
def test_others_under_a_load(server: Server, load: str) -> None:
    """A partner on its channel is answered, whatever another one or strangers do."""
    quiet = server.answers(0.6)
    with under(server, **{load: HARMFUL}):
        require_served(quiet, server.answers(1.5))


NEWCOMERS = ["dripping_strangers", "strangers", "strangers_from_afar"]


@pytest.mark.parametrize("load", NEWCOMERS)
def test_new_channels_among_strangers(server: Server, load: str) -> None:
    """A partner that opens a channel for each message finds room, and is answered."""
    quiet = server.answers(0.6, afresh=True)
    with under(server, **{load: HARMFUL}):
        require_served(quiet, server.answers(2, afresh=True))


@pytest.mark.parametrize("load", ["flood", "deaf_flood", "flood_of_services", "key_updates"])
def test_an_end_under_a_load(desk: Path, load: str) -> None:
    """SIGTERM ends a server at once, however much there is to do."""
    with serving(desk) as server, under(server, **{load: HARMFUL}):
        time.sleep(0.7)
        assert server.seconds_to_end() < 1


def test_unread_notes(desk: Path) -> None:
    """A server whose output is not read goes on, and ends when it is told to."""
    with serving(desk, unread=True) as server:
        quiet = server.answers(0.6)
        with under(server, wrong_connections=HARMFUL):
            require_served(quiet, server.answers(2.5))
            assert server.seconds_to_end() < 1


def test_all_at_once(desk: Path) -> None:
    """One floods, one is silent, strangers hold on and no note is read, for half a minute."""
    with serving(desk, unread=True) as server:
        quiet = server.answers(1, pace=MODEST)
        with under(server, flood=HARMFUL, silence=SILENT, strangers_from_afar=HARMFUL):
            first = server.answers(5, pace=MODEST)
            before = server.resident
            then = server.answers(25, pace=MODEST)
            first.seconds += then.seconds
            first.failures += then.failures
            after = server.resident
            print(f"{before >> 20} MB after 5 s, {after >> 20} MB after 30 s")
            require_served(quiet, first)
            assert after <= before * 1.2
            assert server.seconds_to_end() < 1


# --- What grows on its way --------------------------------------------------------------------


def news_of(length: int) -> StationInformationNotice:
    """News of a hundred stations that is so many bytes longer than with the shortest names."""
    names = ["x"] * 100
    left = length
    for place in range(100):
        names[place] += "€" * min(199, left // 3)
        left -= len(names[place].encode()) - 1
    names[-1] += "x" * left
    told = {"evse_id": EVSE_ID, "power_w": 1, "services": ("energy-transfer",)}
    stations = tuple(told | {"name": name} for name in names)
    return StationInformationNotice.model_validate({"stations": stations})


def news_for(receiver: str, request_id: str, message: Said) -> Envelope:
    told: dict[str, Any] = {"message": message, "receiver": receiver, "request_id": request_id}
    return envelope(**told, correlation_id=request_id, sent_at=NOW.replace(microsecond=0))


OCCUPIED = StationStatusNotice.model_validate(
    {"statuses": ({"evse_id": EVSE_ID, "status": "occupied"},)}
)


def test_news_of_the_last_byte(desk: Path, endpoints: EndpointThread) -> None:
    """News that a clearing house could not repeat does not stand in the way of what follows."""
    alba = endpoints.serve(mode="clearing-house", name="csp-alba")
    peer = f"csp-alba=127.0.0.1:{alba.port}"
    house = ("--peer", peer, "--mode", "clearing-house")
    shortest = news_for("house-north", "n-1", news_of(0))
    longest = news_for("house-north", "n-1", news_of(MAX_BYTES - len(encode(shortest))))
    assert len(encode(longest)) == MAX_BYTES
    with serving(desk, *house, entity="house-north") as server:
        channel = Channel(server.partner(HARMFUL))
        told = decode(channel.ask(framed(encode(longest)))).message
        assert isinstance(told, Refusal)
        told = decode(
            channel.ask(framed(encode(news_for("house-north", "n-2", OCCUPIED))))
        ).message
        assert told == Receipt()
        channel.close()
        endpoints.wait_until(lambda: alba.live.rep.statuses.get(EVSE_ID) == "occupied", 3)


@pytest.mark.parametrize("level", Protection)
def test_what_is_said_arrives(endpoints: EndpointThread, level: Protection) -> None:
    """Through a clearing house, in the longest message that an endpoint says at all."""

    def serve(name: str, addresses: Mapping[str, tuple[str, int]]) -> Served:
        return endpoints.serve(
            name,
            mode="clearing-house",
            addresses=addresses,
            protection=MessageProtection(level),
        )

    alba = serve("csp-alba", {})
    house = serve("house-north", {"csp-alba": ("127.0.0.1", alba.port)})
    elm = serve("cso-elm", {"house-north": ("127.0.0.1", house.port)})

    async def say(length: int) -> bool:
        try:
            elm.live.send_message(news_of(length), "csp-alba", f"news-{length}")
        except Violation:
            return False
        return True

    said, refused = 0, MAX_BYTES - 20_000
    assert endpoints.run(say(said))
    while refused - said > 1:
        length = (said + refused) // 2
        if endpoints.run(say(length)):
            said = length
        else:
            refused = length
    endpoints.wait_until(lambda: not elm.live.rep.outbox)
    assert [str(note.error) for note in (*elm.notes, *house.notes, *alba.notes)] == []


def test_a_message_that_cannot_be_sent(
    endpoints: EndpointThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused before anything changes, and what waits is still said again."""
    monkeypatch.setattr("refimpl.tls.serving.RETRY_AFTER", timedelta(seconds=0.2))
    clock = [datetime.now(UTC)]
    elm = endpoints.serve(
        "cso-elm", protection=MessageProtection(Protection.SEALED), clock=lambda: clock[0]
    )
    before = elm.live.rep

    async def say(message: Said) -> None:
        elm.live.send_message(message, "csp-alba", "aside-1")

    shortest = len(encode(news_for("csp-alba", "m" * 26, news_of(0))))
    with pytest.raises(Violation, match="WIR-1"):
        endpoints.run(say(news_of(MAX_BYTES - shortest - 1_000)))
    assert elm.live.rep is before
    endpoints.run(say(OCCUPIED))
    for number in (1, 2, 3):
        assert [note.error.rule_id for note in elm.noted(number)] == ["TLS-14"] * number
        clock[0] += timedelta(seconds=6)


# --- Time -------------------------------------------------------------------------------------


def test_a_clock_put_back(endpoints: EndpointThread, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for an answer is said again as if the clock had not been touched."""
    monkeypatch.setattr("refimpl.tls.serving.RETRY_AFTER", timedelta(seconds=0.3))
    clock = [datetime.now(UTC)]
    elm = endpoints.serve("cso-elm", clock=lambda: clock[0])
    endpoints.loop.call_soon_threadsafe(
        elm.live.send_message, ENVELOPE.message, "csp-alba", "service-1"
    )
    elm.noted(1)
    clock[0] -= timedelta(hours=1)
    assert [note.error.rule_id for note in elm.noted(2)] == ["TLS-14"] * 2


# --- Many that wait ---------------------------------------------------------------------------


def test_eight_thousand_waiting() -> None:
    """However many questions wait for a silent partner, the next one costs what the first did,
    and a partner that asks too much is told so.
    """
    house = replace(endpoint("house-north", mode="clearing-house"), strategy=Strategy.BROADCAST)
    ids = map("m-{}".format, count()).__next__
    took, refused = [], 0
    for number in range(8_000):
        asked = envelope(
            correlation_id=f"service-{number}",
            request_id=f"r-{number}",
            receiver="house-north",
        )
        begun = time.perf_counter()
        outcome = receive(house, asked, peer="cso-elm", now=NOON, new_id=ids)
        took.append(time.perf_counter() - begun)
        house = outcome.rep
        refused += any(isinstance(one.envelope.message, Refusal) for one in outcome.sends)
    assert (len(house.polls), refused) == (MOST_POLLS, 8_000 - MOST_POLLS)
    assert median(took[-500:]) < 3 * median(took[:500])
