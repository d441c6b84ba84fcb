"""What a message costs where little waits and where much does, and in small worlds and large."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import process_time
from typing import Final

from refimpl.edition import load
from refimpl.endpoint import Outcome, RoamingEndpoint, receive, send
from refimpl.messages import AuthorizationAnswer, AuthorizationRequest
from refimpl.network import Block, Network, RoamingEntity
from refimpl.vocabulary import Kind
from tests.bench import ROOT, Row, in_turns, package_at
from tests.bench.exchange import BEFORE

EDITION: Final = load("2025")
NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
EMAID: Final = "DE8AA0012345670"
EVSE_ID: Final = "DEAB7E8406487"
PARTNERS: Final = 200
WAITING: Final = (100, 10_000)
WORLDS: Final = (10, 10_000)
SERVICES: Final = 60
"""How many questions are asked and answered in one turn of a loopback."""


def growth() -> Iterator[Row]:
    """An outbox that is almost empty and a full one, a small loopback and a large one."""
    yield _outbox()
    yield from _loopback()


# --- The outbox -------------------------------------------------------------------------------


class _Asking:
    """A visited-CSO whose questions wait for their answers, at many partners alike."""

    def __init__(self, network: Network, waiting: int) -> None:
        self._ids = count()
        self._rep = RoamingEndpoint("cso-elm", network, EDITION)
        for number in range(waiting):
            self._rep = self._ask(number).rep

    def _ask(self, number: int) -> Outcome:
        question = AuthorizationRequest(
            emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer", visited_cso="cso-elm"
        )
        return send(
            self._rep,
            question,
            f"csp-{number % PARTNERS}",
            correlation_id=f"service-{number}",
            now=NOON,
            new_id=lambda: f"m-{next(self._ids)}",
        )

    def ask_and_hear(self) -> None:
        """Ask one question more and hear its answer, beside all that wait."""
        asked = self._ask(99_999)
        (question,) = asked.sends
        envelope = question.envelope
        answer = envelope.model_copy(
            update={
                "in_reply_to": envelope.request_id,
                "message": AuthorizationAnswer(granted=True, home_csp=question.peer),
                "receiver": envelope.sender,
                "sender": question.peer,
            }
        )
        heard = receive(asked.rep, answer, peer=question.peer, now=NOON, new_id=str)
        assert not heard.notes


def _outbox() -> Row:
    few, many = WAITING
    csps = tuple(f"csp-{number}" for number in range(PARTNERS))
    entities = [RoamingEntity(id=name, kind=Kind.CSP) for name in csps]
    both = (Block(left=csps, right=("cso-elm",)),)
    network = Network(
        entities=(*entities, RoamingEntity(id="cso-elm", kind=Kind.CSO)),
        links=both,
        agreements=both,
    )
    cases = {f"{waiting}": _Asking(network, waiting).ask_and_hear for waiting in WAITING}
    took = in_turns(cases, clock=process_time)
    note = f"{took.median(str(many)) * 1e6:.0f} µs for a question and its answer"
    note += f" against {took.median(str(few)) * 1e6:.0f} µs; {took.spread(str(many), str(few))}"
    what = f"outbox of {many:,}, of the time of one of {few}"
    return Row(what, took.ratio(str(many), str(few)), "x", 1.5, False, note)


# --- The loopback -----------------------------------------------------------------------------

LOOPBACK: Final = """
import sys
from rpds import HashTrieMap
from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint
from refimpl.messages import AuthorizationRequest
from refimpl.network import Block, Network, RoamingEntity
from refimpl.play.example import START
from refimpl.play.loopback import Loopback
edition = load("2025")
half = ENTITIES // 2
csps = tuple(f"csp-{n}" for n in range(half))
csos = tuple(f"cso-{n}" for n in range(half))
block = (Block(left=csps, right=csos),)
entities = tuple(RoamingEntity(id=name, kind=name[:3]) for name in (*csps, *csos))
network = Network(entities=entities, links=block, agreements=block)
contracts = HashTrieMap({EMAID: True})
reps = {each.id: RoamingEndpoint(each.id, network, edition, contracts=contracts) for each in entities}
loopback = Loopback(reps, now=START)
number = 0
print("ready", flush=True)
for line in sys.stdin:
    for _ in range(SERVICES):
        number += 1
        visited = csos[number % half]
        question = AuthorizationRequest(
            emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer", visited_cso=visited
        )
        loopback.say(visited, question, csps[0], f"service-{number}")
        loopback.run()
    assert len(loopback.frames) == 2 * SERVICES and not loopback.notes, loopback.notes
    loopback.frames.clear()
    print("done", flush=True)
"""


class _World:
    """A loopback in a process of its own, with the package as it lies in a folder."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._next()

    def _next(self) -> None:
        assert self._process.stdout
        assert self._process.stdout.readline(), "the loopback has ended"

    def turn(self) -> None:
        """So many questions asked and answered."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self._next()


@contextmanager
def _world(package: Path, entities: int) -> Iterator[_World]:
    given = f"ENTITIES, SERVICES = {entities}, {SERVICES}"
    given += f"\nEMAID, EVSE_ID = {EMAID!r}, {EVSE_ID!r}\n"
    command = [sys.executable, "-c", given + LOOPBACK]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=package, stdin=pipe, stdout=pipe, text=True) as process:
        yield _World(process)
        assert process.stdin
        process.stdin.close()


def _loopback() -> Iterator[Row]:
    small, large = WORLDS
    before = package_at(BEFORE)
    with ExitStack() as stack:
        turns = {
            f"{entities}": stack.enter_context(_world(ROOT, entities)).turn
            for entities in WORLDS
        }
        if before is not None:
            turns["before"] = stack.enter_context(_world(before, small)).turn
        took = in_turns(turns, seconds=0)
    micro = {name: took.median(name) * 1e6 / (2 * SERVICES) for name in took.rounds}
    note = f"{micro[str(large)]:.0f} µs a transmission against {micro[str(small)]:.0f} µs"
    note += f"; {took.spread(str(large), str(small))}"
    share = took.ratio(str(large), str(small))
    what = f"loopback of {large:,} entities, of the time of one of {small}"
    yield Row(what, share, "x", 1.3, False, note)
    what = f"loopback of {small} entities, of the rate at {BEFORE[:7]}"
    if before is None:
        note = f"not measured: this clone does not have the commit {BEFORE[:7]}"
        yield Row(what, None, "x", 2, True, note)
        return
    note = f"{micro[str(small)]:.0f} µs a transmission against {micro['before']:.0f} µs"
    note += f"; {took.spread('before', str(small))}"
    yield Row(what, took.ratio("before", str(small)), "x", 2, True, note)
