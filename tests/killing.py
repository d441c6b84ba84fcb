"""A home-CSP that is killed again and again, and a visited-CSO that goes on: what was answered
stays answered.

The visited-CSO says its messages in batches, and again what was not answered, as any endpoint
does; sometimes it says again what was answered long ago, and wants the same answer.
"""

import json
import signal
import socket
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationRequest,
    DetailRecordNotice,
    Envelope,
    Receipt,
    Said,
    SessionProgressNotice,
)
from refimpl.records import ChargingDetailRecord, ChargingPeriod
from refimpl.vocabulary import Ground
from refimpl.wire import decode, encode
from tests.live import frame, pem_files, pki_with, tls_connection
from tests.programs import COMMAND, on
from tests.world import EMAID, EVSE_ID

HOME, VISITED = "csp-alba", "cso-elm"
BATCH: Final = 8
"""How many messages are under way at once, each of another service."""
LONGEST: Final = 0.012
"""Seconds until a kill, at the most, from when a batch is said: longer than it takes."""


@contextmanager
def home_csp(folder: Path, store: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`iec63119 serve` with a store, in a process of its own; it is killed in the end."""
    command = [*COMMAND, "serve", "--json", *on(HOME), "--contract", EMAID]
    with subprocess.Popen(
        [*command, "--store", str(store)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            first = process.stdout.readline()
            assert first, process.communicate()[1]
            yield process, int(json.loads(first)["address"].rpartition(":")[2])
        finally:
            process.kill()


def messages(number: int, now: datetime) -> Iterator[Said]:
    """What is said about one service, from the question to the record."""
    began = now - timedelta(minutes=10) + timedelta(seconds=number)
    ended = began + timedelta(seconds=1)
    about: dict[str, Any] = {"emaid": EMAID, "evse_id": EVSE_ID, "service": "energy-transfer"}
    yield AuthorizationRequest(visited_cso=VISITED, **about)
    for event, at in (("started", began), ("ended", ended)):
        told = {"at": at, "authorization": Ground.ANSWER, "energy_wh": 0, "event": event}
        yield SessionProgressNotice.model_validate(about | told)
    period = ChargingPeriod(started_at=began, ended_at=ended, energy_wh=0)
    yield DetailRecordNotice(
        record=ChargingDetailRecord(
            ended_at=ended,
            energy_wh=0,
            periods=(period,),
            record_id=f"record-{number}",
            started_at=began,
            **about,
        )
    )


def envelopes(number: int, now: datetime) -> Iterator[Envelope]:
    """The same in envelopes, each under an id of its own."""
    for place, message in enumerate(messages(number, now)):
        yield Envelope(
            correlation_id=f"service-{number}",
            edition="2025",
            message=message,  # type: ignore[arg-type]  # checked by the shape itself
            receiver=HOME,
            request_id=f"m-{number}-{place}",
            sender=VISITED,
            sent_at=now,
        )


@dataclass
class Visited:
    """A visited-CSO with so many services to go through; `left` is what it has yet to say."""

    services: int
    dice: Random
    counts: Counter[str] = field(default_factory=Counter)
    on_answer: Callable[[], None] = lambda: None
    """What is done at once when an answer has come."""
    answers: dict[str, bytes] = field(default_factory=dict)
    said: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        self.left = [list(envelopes(number, now)) for number in range(self.services)]

    def talk(self, port: int, batches: int) -> None:
        """Say so many batches on one channel, or as many until it breaks off."""
        try:
            with connection(port) as stream:
                for _ in range(batches):
                    self.say_batch(stream)
        except OSError:
            self.counts["broken off"] += 1

    def say_batch(self, stream: ssl.SSLSocket) -> None:
        """Say the next of some services, and now and then what was answered before."""
        open_ones = [one for one in self.left if one][: 3 * BATCH]
        chosen = self.dice.sample(open_ones, min(BATCH, len(open_ones)))
        batch = {one[0].request_id: encode(one[0]) for one in chosen}
        for request_id in self.dice.sample([*self.answers], min(2, len(self.answers))):
            batch[request_id] = self.said[request_id]
            self.counts["said again"] += 1
        self.said |= batch
        stream.sendall(b"".join(map(frame, batch.values())))
        for _ in batch:
            raw = read_frame(stream)
            if raw == b"TLS-12":
                raise OSError("too fast")
            self.on_answer()
            self.hear(raw)

    def hear(self, raw: bytes) -> None:
        """Hear an answer: a good one, and the same as the last time."""
        answer = decode(raw)
        good = isinstance(answer.message, Receipt) or (
            isinstance(answer.message, AuthorizationAnswer) and answer.message.granted
        )
        assert good, answer
        known = self.answers.setdefault(answer.request_id, raw)
        assert known == raw, (known, raw)
        self.counts["answers"] += 1
        for one in self.left:
            if one and one[0].request_id == answer.request_id:
                one.pop(0)


@contextmanager
def connection(port: int) -> Iterator[ssl.SSLSocket]:
    """A channel to an endpoint that may go away at any moment."""
    own = pem_files(pki_with(), VISITED)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(own.ca)
    context.load_cert_chain(own.chain, own.key)
    unconnected = context.wrap_socket(socket.socket(), server_hostname="localhost")
    with tls_connection(port, unconnected) as stream:
        assert read_frame(stream) == b""
        yield stream


def read_frame(stream: ssl.SSLSocket) -> bytes:
    """The next frame, whole; raises OSError at the end."""
    size = int.from_bytes(_read(stream, 4))
    return _read(stream, size)


def _read(stream: ssl.SSLSocket, size: int) -> bytes:
    said = b""
    while len(said) < size:
        more = stream.recv(size - len(said))
        if not more:
            raise OSError("the other side has gone")
        said += more
    return said


def go_through(folder: Path, store: Path, services: int, kills: int, seed: int) -> Visited:
    """Go through all services with a home-CSP that is killed so many times on the way, then
    end it in good order.
    """
    visited = Visited(services, Random(seed))
    share = -(-4 * services // (BATCH * (kills + 1)))
    for _ in range(kills):
        with home_csp(folder, store) as (process, port):
            visited.talk(port, visited.dice.randint(0, 2 * share - 1))
            kill = partial(process.send_signal, signal.SIGKILL)
            if visited.dice.random() < 0.5:
                kill_in_time(visited, port, kill)
            else:
                kill_at_answer(visited, port, kill)
            visited.counts["kills"] += 1
    with home_csp(folder, store) as (process, port):
        while any(visited.left):
            visited.talk(port, 1000)
        process.terminate()
        assert process.wait(60) == 0
    return visited


def kill_in_time(visited: Visited, port: int, kill: Callable[[], None]) -> None:
    """Kill at a random moment around a batch."""
    killer = threading.Timer(visited.dice.random() * LONGEST, kill)
    killer.start()
    visited.talk(port, 1)
    killer.join()


def kill_at_answer(visited: Visited, port: int, kill: Callable[[], None]) -> None:
    """Kill as soon as some answer of a batch has come, which is then the last."""
    left = iter(range(visited.dice.randrange(BATCH), -1, -1))
    visited.on_answer = lambda: None if next(left, 0) else kill()
    visited.talk(port, 1)
    visited.on_answer = lambda: None
    kill()
