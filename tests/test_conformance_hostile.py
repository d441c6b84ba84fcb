"""A program that falls, hangs, floods or lies costs bounded time and memory, is blamed for the
one question, and leaves nothing running.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.memory import peak_of
from tests.programs import COMMAND

HOSTILE = Path(__file__).parent / "implementations" / "hostile.py"
MEMORY = 3 * 2**30
"""Bytes of address space for the runner; what it keeps is far less, but libraries map some."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sessions of processes"),
]


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Fared:
    """How a hostile program fared, and in how many seconds."""

    def __init__(self, deed: str, pids: Path, *options: str) -> None:
        began = time.monotonic()
        by = ["--", sys.executable, str(HOSTILE), deed, str(pids)]
        done = subprocess.run(
            [*COMMAND, "conform", "--seed", "1", "--json", *options, *by],
            capture_output=True,
            check=False,
            timeout=90,
            preexec_fn=limit_memory,
        )
        self.seconds = time.monotonic() - began
        self.code = done.returncode
        assert b"Traceback" not in done.stderr
        self.report: Any = json.loads(done.stdout)
        self.pids = [int(pid) for pid in pids.read_text().split()]

    @property
    def verdicts(self) -> dict[str, int]:
        totals: dict[str, int] = self.report["totals"]
        return {
            name: number
            for name, number in totals.items()
            if number and name != "not-applicable"
        }

    @property
    def blamed(self) -> dict[str, str]:
        """The vectors that did not pass, and why."""
        return {
            result["id"]: result["detail"]
            for result in self.report["results"]
            if result["verdict"] not in ("pass", "not-applicable")
        }


def runs(pid: int) -> bool:
    """Whether there is such a process, and not only what is left of one."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("deed", "verdict", "seen"),
    [
        ("crash", "crash", "ended with exit code 3: out of cheese"),
        ("be-killed", "crash", "ended by SIGSEGV"),
        ("leave-a-child", "timeout", "no answer in time"),
        pytest.param("leave-a-runaway", "timeout", "no answer in time", marks=pytest.mark.soak),
        pytest.param("hang", "timeout", "no answer in time", marks=pytest.mark.soak),
        pytest.param(
            "hang-unheard",
            "crash",
            "closed its standard output and goes on",
            marks=pytest.mark.soak,
        ),
        ("endless-line", "error", "a line of more than"),
        ("endless-lines", "error", "no answer to anything open"),
        pytest.param("endless-errors", "timeout", "no answer in time", marks=pytest.mark.soak),
        ("wrong-seq", "error", "no answer to anything open"),
        ("twice", "error", "answered twice"),
        ("garbage", "error", "DEBUG: about to answer"),
        ("deep", "error", "no answer to anything open"),
        ("big-number", "error", "no answer to anything open"),
        ("half-a-pair", "error", "no answer to anything open"),
        ("member-too-many", "error", "note: Extra inputs are not permitted"),
        ("errored", "error", "the database is away"),
        ("skip", "skipped", "not yet"),
    ],
)
def test_only_one_question_is_to_blame(
    tmp_path: Path, deed: str, verdict: str, seen: str
) -> None:
    fared = Fared(deed, tmp_path / "pids", "--timeout", "1")
    assert fared.verdicts == {"pass": 22, verdict: 2}
    assert fared.blamed.keys() == {"identifiers/accept-din-intnm000191"}
    assert seen in fared.blamed["identifiers/accept-din-intnm000191"]
    assert fared.code == (3 if verdict == "skipped" else 1)
    assert fared.report["complete"]
    assert fared.seconds < 45
    assert fared.pids
    assert not [pid for pid in fared.pids if runs(pid)]


@pytest.mark.parametrize(
    ("deed", "warning"),
    [
        ("stay", ""),
        pytest.param("flood", "says more than", marks=pytest.mark.soak),
        ("answer-late", "says more than"),
    ],
)
def test_end_does_not_wait(tmp_path: Path, deed: str, warning: str) -> None:
    """A program that does not stop is stopped, and what it says then changes no verdict."""
    fared = Fared(deed, tmp_path / "pids")
    assert fared.verdicts == {"pass": 24}
    assert fared.code == 0
    assert fared.seconds < 20
    assert warning in " ".join(fared.report["warnings"])
    assert not [pid for pid in fared.pids if runs(pid)]


LOQUACIOUS = """
import json, sys
about = {"name": "loquacious", "version": "1", "language": "Python"}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["cmd"] == "start":
        print(json.dumps({"protocol": 1, "implementation": about}), flush=True)
    elif asked["cmd"] == "run":
        output = {"seq": asked["seq"], "text": "x" * 900_000}
        answer = {"seq": asked["seq"], "outcome": "accept", "output": output}
        print(json.dumps(answer), flush=True)
    else:
        break
"""
MOST_MEMORY = 450_000
"""Kilobytes of memory, where all answers together have 700,000."""


def test_long_answers_are_not_all_kept(tmp_path: Path) -> None:
    told = tmp_path / "report.json"
    options = ["--family", "identifiers", "--report", str(told)]
    by = ["--", sys.executable, "-c", LOQUACIOUS]
    assert peak_of(["conform", "--seed", "1", *options, *by], tmp_path) < MOST_MEMORY
    document = json.loads(told.read_bytes())
    assert document["complete"]
    assert document["totals"]["pass"] == 0
    assert told.stat().st_size < 45_000_000
