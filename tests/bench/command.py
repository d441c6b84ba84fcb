"""The command: how long a person waits for an answer about one identifier."""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from tests.bench import ROOT, Row, in_turns, package_at

BEFORE: Final = "d0bed172f27250cd4da5982d5ddfa8e712379d61"
"""The commit before commands were loaded when they are asked for."""
CHECKED: Final = {"a valid id": "NL-TNM-C00122045-K", "an invalid id": "DE-8AA-C12345678-X"}


def commands() -> Iterator[Row]:
    """How long `iec63119 id check` takes, the whole process, beside what it took before."""
    before = package_at(BEFORE)
    for what, text in CHECKED.items():
        title = f"id check of {what}, of its earlier time"
        if before is None:
            note = f"not measured: this clone does not have the commit {BEFORE[:7]}"
            yield Row(title, None, "x", 0.35, False, note)
            continue
        cases = {place: partial(_check, place, text) for place in (ROOT, before)}
        took = in_turns({str(place): case for place, case in cases.items()}, seconds=0)
        now, then = (took.median(str(place)) * 1e3 for place in (ROOT, before))
        note = f"{now:.0f} ms against {then:.0f} ms, interpreter and all"
        yield Row(title, took.ratio(str(ROOT), str(before)), "x", 0.35, False, note)


def _check(package: Path, text: str) -> None:
    """Check an identifier by the package that lies in a folder; 0 and 1 are both answers."""
    script = "from refimpl.cli import main; main()"
    kept = {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", script, "id", "check", text],
        cwd=package,
        env=kept,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in {0, 1}, done.stderr
