"""What it costs an endpoint to keep what it hears and says: `iec63119 serve` with its store and
without, and the bare commit that a store rests on.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from refimpl.tls.framing import HEAD
from refimpl.wire import decode
from tests.bench import Row, in_turns
from tests.bench.caller import Caller, Service, Services, whole_frame
from tests.bench.requests import check_answers, in_the_open, messages
from tests.bench.servers import Files, endpoint, files, has_option

VISITED: Final = ("cso-elm", "cso-fjord", "cso-gale", "cso-heath")
EACH: Final = 4
"""Connections of each peer: as many as `Limits` allow."""
ROUNDS: Final = 201
ONE: Final = "four messages on one connection with the store"
BUSY: Final = f"services on {len(VISITED) * EACH} busy connections with the store"


def stores() -> Iterator[Row]:
    """Many connections at once with the store and without, and one beside bare commits."""
    if not has_option("--store"):
        note = "not measured: iec63119 serve has no --store"
        yield Row(f"{BUSY}, of the rate without", None, "x", 0.6, True, note)
        yield Row(f"{ONE}, of four bare commits", None, "x", None, False, note)
        return
    with files() as made, ExitStack() as stack:
        kept = ("--store", str(made.folder / "busy.store"))
        with_store = _busy(made, stack.enter_context(endpoint(made, *kept)), stack)
        without = _busy(made, stack.enter_context(endpoint(made, "--memory")), stack)
        took = in_turns({"store": with_store.play, "memory": without.play}, ROUNDS, seconds=0)
        for services in (with_store, without):
            check_answers(decode(each[HEAD:]).message for each in _in_order(services))
    rate = len(VISITED) * EACH / took.median("store")
    note = f"{rate:,.0f} services/s; {took.spread('memory', 'store')}"
    share = took.ratio("memory", "store")
    yield Row(f"{BUSY}, of the rate without", share, "x", 0.6, True, note)
    yield _one_connection()


def _busy(made: Files, port: int, stack: ExitStack) -> Services:
    """A service on each of many connections to one endpoint, step by step together."""
    callers = [_caller(made, port, name, stack) for name in VISITED for _ in range(EACH)]
    numbers = range((ROUNDS + 2) * EACH)
    ready: list[list[Service]] = []
    for first in numbers[::EACH]:
        each = range(first, first + EACH)
        ready.append([in_the_open(name, number) for name in VISITED for number in each])
    return Services(callers, iter(ready))


def _caller(made: Files, port: int, name: str, stack: ExitStack) -> Caller:
    caller = Caller(port, whole_frame, made.credentials(name).opening)
    stack.callback(caller.close)
    assert caller.read() == bytes(HEAD)
    return caller


def _in_order(services: Services) -> Iterator[bytes]:
    """The answers service by service, which came step by step."""
    count, steps = len(VISITED) * EACH, 4
    for start in range(0, len(services.answers), count * steps):
        of_round = services.answers[start : start + count * steps]
        for connection in range(count):
            yield from of_round[connection::count]


def _one_connection() -> Row:
    """One service after another on one connection, beside four commits of its bytes."""
    with files() as made, ExitStack() as stack:
        port = stack.enter_context(endpoint(made, "--store", str(made.folder / "one.store")))
        caller = _caller(made, port, VISITED[0], stack)
        ready = [[in_the_open(VISITED[0], number)] for number in range(ROUNDS + 2)]
        services = Services([caller], iter(ready))
        commits = stack.enter_context(closing(_Commits(made.folder / "bare.store")))
        cases = {"store": services.play, "commits": commits.four}
        took = in_turns(cases, ROUNDS, seconds=0)
        check_answers(decode(each[HEAD:]).message for each in services.answers)
    micro = f"{took.median('store') * 2.5e5:.0f} µs a message"
    note = f"{micro}, a bare commit of its bytes {took.median('commits') * 2.5e5:.0f} µs"
    note += f"; {took.spread('store', 'commits')}"
    share = took.ratio("store", "commits")
    return Row(f"{ONE}, of four bare commits", share, "x", None, False, note)


class _Commits:
    """A table that takes what a service says, each message for good before the next."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE journal (raw BLOB NOT NULL)")
        self._said = messages(VISITED[0], 0)

    def four(self) -> None:
        """Commit four messages, one by one."""
        for raw in self._said:
            self._database.execute("INSERT INTO journal VALUES (?)", (raw,))

    def close(self) -> None:
        """Let the file go."""
        self._database.close()
