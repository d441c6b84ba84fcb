"""The site as `iec63119 site` builds it: once for all tests that look at it."""

import atexit
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

from refimpl.site.building import build

ROOT = Path(__file__).parents[1]


@cache
def built_site() -> Path:
    """Build the site of this checkout, and remove it with the process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what tools of the site say of one another
        build(ROOT, folder / "site")
    return folder / "site"
