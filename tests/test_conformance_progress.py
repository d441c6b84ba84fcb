"""A person who waits for a run at a terminal sees how far it is; a log gets plain lines."""

import os
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.programs import COMMAND, run

CONFORM = [*COMMAND, "conform", "--family", "pseudonym", "--seed", "1"]
BY = ["--", sys.executable, "-m", "refimpl.conformance.reference"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal"),
]


def seen(term: str) -> str:
    """What stands on a terminal of a kind at the end."""
    import pty

    ours, terminal = pty.openpty()
    process = subprocess.Popen(
        [*CONFORM, *BY],
        env={**os.environ, "TERM": term, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    text = ""
    with suppress(OSError):  # Linux says so when the other end is closed
        while more := os.read(ours, 4096):
            text += more.decode()
    assert process.wait() == 0
    os.close(ours)
    return text


def test_terminal_has_a_bar() -> None:
    text = seen("xterm")
    assert "\x1b" in text
    assert "conform" in text
    assert "conform: " not in text


def test_terminal_without_bars_has_lines() -> None:
    check_lines(seen("dumb"))


def test_log_has_lines() -> None:
    done = run([*CONFORM, *BY])
    assert done.returncode == 0
    assert b"\x1b" not in done.stderr
    check_lines(done.stderr.decode())


def check_lines(text: str) -> None:
    """Ten lines, the last of which tells that all is done."""
    lines = text.split("\n")
    told = [line.strip() for line in lines if line.startswith("conform: ")]
    assert len(told) == 10
    _, number, _, whole = told[-1].split()
    assert number == whole
