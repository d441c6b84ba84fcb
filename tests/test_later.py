"""What the clock moves must hold on another day: a few quick files, played two years from now.

`make later` plays all that need no browser.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LATER = ["faketime", "-f", "+2y", sys.executable]
QUICK = (
    "tests/test_serving.py",
    "tests/test_pki.py::test_the_ssl_module_takes_it",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("FAKETIME" in os.environ, reason="the clock is moved already"),
    pytest.mark.skipif(shutil.which("faketime") is None, reason="no faketime command"),
]


def later(*words: str) -> str:
    """Run Python two years from now, and hand back what it wrote."""
    done = subprocess.run(
        [*LATER, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_two_years_from_now() -> None:
    seconds = float(later("-c", "import time; print(time.time())")) - time.time()
    assert 729 < seconds / 86_400 < 732


def test_what_asks_the_clock_holds() -> None:
    told = later("-m", "pytest", "--quiet", "-p", "no:cacheprovider", *QUICK)
    assert " passed" in told
