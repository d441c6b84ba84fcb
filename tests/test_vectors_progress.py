"""A person who waits for a command on the vectors at a terminal sees what it is at."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from refimpl.vectors.families import FAMILIES
from refimpl.vectors.suite import PACKAGE, suite_folder

COMMAND = [sys.executable, "-c", "from refimpl.cli import main; main()", "vectors"]

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no pseudo-terminal"
)


def seen(*args: str, term: str, until: str = "") -> str:
    """What stands on a terminal of a kind until it has shown a text, or until the end."""
    import pty

    ours, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *args],
        cwd=PACKAGE.parent,
        env={**os.environ, "TERM": term, "COLUMNS": "100"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    text = ""
    with suppress(OSError):  # Linux says so when the other end is closed
        while not (until and until in text) and (more := os.read(ours, 4096)):
            text += more.decode()
    if until:
        process.kill()
    process.wait()
    os.close(ours)
    return text


@pytest.mark.parametrize(
    ("command", "step"),
    [
        ("check", f"check: {FAMILIES[1]}"),
        ("lint", f"lint: v1/{FAMILIES[1]}.json"),
        ("fill", f"fill: {FAMILIES[1]}"),
    ],
)
def test_a_terminal_sees_a_bar(tmp_path: Path, command: str, step: str) -> None:
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    text = seen(command, "--dir", str(folder), term="xterm", until=step)
    assert step in text
    assert "\x1b" in text


def test_the_bar_comes_before_the_work() -> None:
    """What is shown first names no step: it stands there while the reference is loaded."""
    text = seen("check", term="xterm", until="check")
    assert "check" in text
    assert "check: " not in text


def test_a_terminal_without_bars_gets_lines() -> None:
    lines = seen("check", term="dumb").splitlines()
    assert [line for line in lines if line] == [f"check: {family}" for family in FAMILIES]
