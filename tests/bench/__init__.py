"""What the model costs, beside what it is built on and beside its peers: `python -m
tests.bench`.

Machines are noisy, so what is wanted is a ratio where it can be: its two sides take turns,
round after round, and the medians are set against each other.  Where a peer cannot be installed
or a browser is missing, the row says so.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".bench"
ROUNDS = 21


@dataclass(frozen=True)
class Row:
    """One measurement: the figure, at least or at most what is wanted of it, and what it was
    taken from.
    """

    what: str
    figure: float | None
    unit: str
    target: float | None
    least: bool
    note: str

    @property
    def met(self) -> bool | None:
        if self.figure is None or self.target is None:
            return None
        return self.figure >= self.target if self.least else self.figure <= self.target


def in_turns(
    cases: Mapping[str, Callable[[], object]], rounds: int = ROUNDS, seconds: float = 0.02
) -> dict[str, float]:
    """The median time of one call of each case, in seconds; each round runs every case for
    about `seconds`.
    """
    repeats = {}
    for name, case in cases.items():
        case()
        start = time.perf_counter()
        case()
        repeats[name] = max(1, int(seconds / (time.perf_counter() - start)))
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            start = time.perf_counter()
            for _ in range(repeats[name]):
                case()
            times[name].append((time.perf_counter() - start) / repeats[name])
    return {name: statistics.median(taken) for name, taken in times.items()}


def installed(package: str, *modules: str, beside: str = "") -> tuple[str, str] | None:
    """A peer's name and version, and its interpreter, in an environment of its own that is made
    if a module is missing.

    `beside` is another package that it runs on.
    """
    home = PEERS / package
    python = str(home / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    words = f"import {', '.join(modules)}; from importlib.metadata import version; print(version({package!r}))"
    ask = [python, "-c", words]
    with suppress(OSError, subprocess.SubprocessError):
        return f"{package} {output(ask).strip()}", python
    with suppress(OSError, subprocess.SubprocessError):
        venv.create(home, clear=True, with_pip=True)
        packages = filter(None, (package, beside))
        output(
            [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *packages,
            ]
        )
        return f"{package} {output(ask).strip()}", python
    return None


def output(command: list[str]) -> str:
    return subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
        stdin=subprocess.DEVNULL,
    ).stdout


def end_with_stdin() -> None:
    """Ask this process to end once its standard input has: whoever started it has closed it, or
    is gone.
    """
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
