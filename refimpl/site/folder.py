"""Where the notebooks lie: beside the package in a checkout, within it where it was installed.

Nothing heavy is loaded here, so that a command can ask at any time.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[1]
INSTALLED: Final = PACKAGE / "_notebooks"
"""Where a wheel carries the notebooks."""
FIRST_NOTEBOOK: Final = "00-start-here.ipynb"


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that belong to this package.

    >>> (notebooks_folder() / FIRST_NOTEBOOK).exists()
    True
    """
    return INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "notebooks"
