"""A person who waits for a command on the vectors at a terminal sees what it is at."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from refimpl.vectors.families import FAMILIES
from refimpl.vectors.suite import PACKAGE, suite_folder

COMMAND = [sys.executable, "-c", "from refimpl.cli import main; main()", "vectors"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal"),
]


def seen(*args: str, term: str, until: str = "") -> str:
    """What stands on a terminal of a kind until a pattern is there, or until the end."""
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
        while not (until and re.search(until, text)) and (more := os.read(ours, 4096)):
            text += more.decode()
    if until:
        process.kill()
    process.wait()
    os.close(ours)
    return text


@pytest.mark.parametrize(
    ("command", "place"), [("check", "{}"), ("lint", "v1/{}.json"), ("fill", "{}")]
)
def test_a_terminal_sees_a_bar(tmp_path: Path, command: str, place: str) -> None:
    """A bar is drawn ten times a second, so a quick step may be missed, but not all of them."""
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    steps = "|".join(f"{command}: {place.format(family)}" for family in FAMILIES)
    text = seen(command, "--dir", str(folder), term="xterm", until=steps)
    assert re.search(steps, text)
    assert "\x1b" in text


def test_the_bar_comes_before_the_work() -> None:
    """What is shown first names no step: it stands there while the reference is loaded."""
    text = seen("check", term="xterm", until="check")
    assert "check" in text
    assert "check: " not in text


def test_a_terminal_without_bars_gets_lines() -> None:
    lines = seen("check", term="dumb").splitlines()
    assert [line for line in lines if line] == [f"check: {family}" for family in FAMILIES]
