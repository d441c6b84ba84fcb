"""What the model costs, beside what it is built on and beside its peers: `python -m
tests.bench`.

Machines are noisy, so what is wanted is a ratio where it can be: its two sides take turns,
round after round, and the median of the ratios is told.  Where a peer cannot be installed
or a browser is missing, the row says so.
"""

import io
import os
import random
import signal
import statistics
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Mapping, Sequence
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


@dataclass(frozen=True)
class Times:
    """How long one call of each case took, round after round, in seconds."""

    rounds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """The median time of one call of a case."""
        return statistics.median(self.rounds[name])

    def ratio(self, name: str, other: str) -> float:
        """The median of what a case took, round by round, of the time of another."""
        return statistics.median(self._ratios(name, other))

    def spread(self, name: str, other: str) -> str:
        """Between which ratios the middle half of the rounds lies."""
        low, _, high = statistics.quantiles(self._ratios(name, other), n=4)
        return f"{low:.2f} to {high:.2f} in half of the rounds"

    def _ratios(self, name: str, other: str) -> list[float]:
        pairs = zip(self.rounds[name], self.rounds[other], strict=True)
        return [one / another for one, another in pairs]


def in_turns(
    cases: Mapping[str, Callable[[], object]],
    rounds: int = ROUNDS,
    seconds: float = 0.02,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """The times of each case: a round runs every one for about `seconds`, or once where that
    is 0, and each round in another order.

    By the clock of the process (`time.process_time`) what else runs on the machine counts for
    less, but only what happens in this process is seen.
    """
    repeats = {}
    for name, case in cases.items():
        case()
        start = time.perf_counter()
        case()
        repeats[name] = max(1, int(seconds / (time.perf_counter() - start)))
    taken: dict[str, list[float]] = {name: [] for name in cases}
    order, dice = list(cases), random.Random(0)
    for _ in range(rounds):
        dice.shuffle(order)
        for name in order:
            case, count = cases[name], range(repeats[name])
            start = clock()
            for _ in count:
                case()
            taken[name].append((clock() - start) / len(count))
    return Times(taken)


def package_at(commit: str) -> Path | None:
    """A folder with the package as it was at a commit; none where git does not have it."""
    folder = PEERS / commit[:7]
    if not folder.exists():
        archive = ["git", "-C", str(ROOT), "archive", "--format=zip", commit, "refimpl"]
        try:
            packed = subprocess.run(archive, capture_output=True, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            files.extractall(folder)
    return folder


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
