"""One charging service over one connection of this machine: authorized, started, ended, its
record handed over.

Beside `iec63119 serve` stand a server written with FastAPI on mutual TLS, a bare echo of the same
bytes, the endpoint as it was at an earlier commit, and an OCPI server on plain HTTP.  One
client plays one service with each in turn.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

from refimpl.tls.framing import HEAD
from refimpl.wire import decode
from tests.bench import Row, Times, in_turns, installed, ocpi, package_at
from tests.bench.caller import Caller, Service, Services, whole_frame, whole_response
from tests.bench.requests import Sealed, check_answers, in_the_open, over_http
from tests.bench.servers import Files, endpoint, files, served, without_store

BEFORE: Final = "055ae2258b0cec858e2299656372772a462d9904"
"""The commit before live endpoints were made fast."""
VISITED: Final = "cso-elm"
ROUNDS: Final = 401
SEALED: Final = ("--protection", "sealed")


class Field:
    """All servers, each with its services; those that cannot run are `missing`, with a reason."""

    def __init__(self, made: Files, stack: ExitStack) -> None:
        self.made = made
        self.stack = stack
        self.tls = made.credentials(VISITED).opening
        self.sealed = Sealed(made.credentials(VISITED))
        self.services: dict[str, Services] = {}
        self.runs_on: dict[str, str] = {}
        self.missing: dict[str, str] = {}

    def add(self, name: str, caller: Caller, write: Callable[[int], Service]) -> None:
        """Let a server take part, with services that are written now."""
        self.stack.callback(caller.close)
        ready = [[write(number)] for number in range(ROUNDS + 2)]
        self.services[name] = Services([caller], iter(ready))

    def add_endpoint(self, name: str, port: int, write: Callable[[int], Service]) -> None:
        """Let an endpoint of the model take part."""
        caller = Caller(port, whole_frame, self.tls)
        assert caller.read() == bytes(HEAD)
        self.add(name, caller, write)

    def add_model(self) -> None:
        """Add the endpoint as it is and as it was, in the open and sealed."""
        opened, sealed = partial(in_the_open, VISITED), partial(self.sealed.frames, VISITED)
        now = partial(endpoint, self.made, *without_store())
        self.add_endpoint("ours", self.stack.enter_context(now()), opened)
        self.add_endpoint("ours sealed", self.stack.enter_context(now(*SEALED)), sealed)
        before = package_at(BEFORE)
        if before is None:
            why = f"this clone does not have the commit {BEFORE[:7]}"
            self.missing |= {"before": why, "before sealed": why}
            return
        then = partial(endpoint, self.made, package=before)
        self.add_endpoint("before", self.stack.enter_context(then()), opened)
        self.add_endpoint("before sealed", self.stack.enter_context(then(*SEALED)), sealed)

    def add_echo(self) -> None:
        """Add the echo of the same bytes."""
        command = (sys.executable, "-m", "tests.bench.echo_server", str(self.made.keys))
        port, self.runs_on["echo"] = self.stack.enter_context(served(*command))
        self.add("echo", Caller(port, whole_frame, self.tls), partial(in_the_open, VISITED))

    def add_fastapi(self) -> None:
        """Add the server written with FastAPI."""
        found = installed("fastapi", "fastapi", "uvicorn", beside="uvicorn[standard]")
        if found is None:
            self.missing["fastapi"] = "it could not be installed"
            return
        title, python = found
        names = ("entity-csp-alba.chain", "entity-csp-alba.key", "ca-root.cert")
        pems = map(self.made.of_home, names)
        command = (python, "-m", "tests.bench.fastapi_server", *pems)
        port, runs_on = self.stack.enter_context(served(*command))
        self.runs_on["fastapi"] = f"{title} on {runs_on}"
        caller = Caller(port, whole_response, self.tls)
        self.add("fastapi", caller, partial(over_http, VISITED))

    def add_extrawest(self) -> None:
        """Add the OCPI server, without TLS."""
        found = installed("extrawest-ocpi", "py_ocpi", "uvicorn", beside="uvicorn[standard]")
        if found is None:
            self.missing["extrawest"] = "it could not be installed"
            return
        title, python = found
        command = (python, "-m", "tests.bench.extrawest_server")
        port, runs_on = self.stack.enter_context(served(*command))
        self.runs_on["extrawest"] = f"{title} on plain HTTP, {runs_on}"
        self.add("extrawest", Caller(port, whole_response, None), ocpi.over_http)

    def check(self) -> None:
        """Make sure that every answer was a good one."""
        for name, services in self.services.items():
            if name.endswith("sealed"):
                check_answers(map(self.sealed.opened, services.answers))
            elif name in {"ours", "before"}:
                check_answers(decode(each[HEAD:]).message for each in services.answers)
            elif name == "extrawest":
                ocpi.check_answers(services.answers)
            elif name == "fastapi":
                assert all(each.startswith(b"HTTP/1.1 200 ") for each in services.answers)


# fmt: off
ROWS: Final = (
    #  what                              case           beside           goal  at least
    ("of FastAPI's rate",                "ours",        "fastapi",       1.4,  True),
    ("of a bare echo's time",            "ours",        "echo",          3.5,  False),
    (f"of the rate at {BEFORE[:7]}",     "ours",        "before",        1.8,  True),
    (f"signed and sealed, of the rate at {BEFORE[:7]}",
                                         "ours sealed", "before sealed", 1.4,  True),
    ("of extrawest-ocpi's rate",         "ours",        "extrawest",     20,   True),
    ("signed and sealed, of extrawest-ocpi's rate",
                                         "ours sealed", "extrawest",     2.5,  True),
)
# fmt: on


def exchanges() -> Iterator[Row]:
    """The same charging service with each server, one in turn."""
    with files() as made, ExitStack() as stack:
        field = Field(made, stack)
        field.add_model()
        field.add_echo()
        field.add_fastapi()
        field.add_extrawest()
        plays = {name: services.play for name, services in field.services.items()}
        took = in_turns(plays, ROUNDS, seconds=0)
        field.check()
    for what, case, beside, goal, at_least in ROWS:
        title = f"four messages over mutual TLS, {what}"
        if beside in field.missing:
            note = f"not measured: {field.missing[beside]}"
            yield Row(title, None, "x", goal, at_least, note)
            continue
        sides = (beside, case) if at_least else (case, beside)
        note = f"{_milliseconds(took, (case, beside))}; {took.spread(*sides)}"
        note += f"; {field.runs_on[beside]}" if beside in field.runs_on else ""
        yield Row(title, took.ratio(*sides), "x", goal, at_least, note)


def _milliseconds(took: Times, cases: Sequence[str]) -> str:
    return " against ".join(f"{took.median(case) * 1e3:.2f} ms" for case in cases)
