"""Where the suite of vectors lies: beside the package in a checkout, within it where it was
installed.

Nothing heavy is loaded here, so that a command can ask at any time.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1]
INSTALLED: Final = PACKAGE / "_suite"
"""Where a wheel carries the suite."""


class BadSuite(ValueError):
    """A suite that cannot be read or filled: what and where in one line, and the way out of it."""

    def __init__(
        self, said: str, way_out: str = "mend the corpus, as README.md beside it tells"
    ) -> None:
        super().__init__(said)
        self.way_out = way_out


def suite_folder() -> Path:
    """Return the folder of the suite that belongs to this package.

    >>> (suite_folder() / "index.json").exists()
    True
    """
    return INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "vectors"
