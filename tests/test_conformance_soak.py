"""Questions by lot to the second implementation, run by `make soak`: `pytest -s` shows seed,
counts and rates.
"""

import os
import time
from pathlib import Path

import pytest

from tests.command import Said
from tests.programs import COMMAND, needs, needs_npm, run

pytestmark = pytest.mark.soak

MAIN = Path(__file__).parent / "implementations" / "node" / "main.mjs"
SEED = os.environ.get("SEED", "1")
NUMBER = 20_000
"""Of questions for each operation."""
MOST_SECONDS = 3_600
RUN_SECONDS = 15
"""That a whole run may take, while nothing else is running."""


@needs("node")
@needs_npm()
def test_run_takes_seconds() -> None:
    """Every vector in every edition, the canaries and the start of both sides."""
    began = time.monotonic()
    done = run([*COMMAND, "conform", "--seed", SEED, "--", "node", str(MAIN)])
    seconds = time.monotonic() - began
    print(f"{seconds:.1f} seconds: {done.stdout.decode()}")
    assert done.returncode == 0
    assert seconds < RUN_SECONDS


@needs("node")
@needs_npm()
def test_no_question_is_answered_otherwise() -> None:
    options = ["conform", "--random", str(NUMBER), "--seed", SEED]
    command = [*COMMAND, *options, "--", "node", str(MAIN)]
    done = run(command, timeout=MOST_SECONDS)
    said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
    print(said.out)
    assert said.code == 0, said.out
    assert f"0 groups of differences; seed {SEED}" in said.out
    assert f"{NUMBER} asked        0 differ" in said.out
