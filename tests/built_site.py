"""The site as `iec63119 site` builds it: once for all tests that look at it, also where they run
in several processes.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from refimpl.site.building import build

ROOT = Path(__file__).parents[1]


@cache
def built_site() -> Path:
    """Build the site of this checkout, or wait until another process of this run has; the last
    process to end removes it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"site-{run}"
    site = folder / "site"
    with _alone(folder):
        (folder / f"user-{os.getpid()}").touch()
        atexit.register(_leave, folder)
        if not site.exists():
            site.with_name("site.new").mkdir()  # a folder of somebody else's
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what tools of the site say of one another
                build(ROOT, site)
    return site


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time into a folder."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(folder: Path) -> None:
    """Remove the folder, if no other process uses it."""
    with _alone(folder):
        (folder / f"user-{os.getpid()}").unlink()
        if not [*folder.glob("user-*")]:
            shutil.rmtree(folder)
