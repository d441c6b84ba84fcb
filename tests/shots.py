"""Pictures of notebooks as their readers see them: three widths, two themes, from top to bottom.

    python -m tests.shots FOLDER [NOTEBOOK ...]

A name is enough as far as it begins.  They are to be looked at; nothing compares them.
"""

import sys
from pathlib import Path
from typing import Final

from tests.browser import NOTEBOOKS, Explorer, explorer

WIDTHS: Final = (1280, 800, 400)
THEMES: Final = ("Light", "Dark")
TALLEST: Final = 12_000
PAUSE_MS: Final = 500
"""How long what follows width and theme may take to do so."""
HEIGHT = "() => document.querySelector('.jp-WindowedPanel-inner').scrollHeight"


def shoot(shown: Explorer, notebook: str, folder: Path) -> None:
    """Take all pictures of a notebook."""
    shown.page.set_viewport_size({"width": WIDTHS[0], "height": 1000})
    shown.open(notebook)
    for theme in THEMES:
        shown.dress(theme)
        for width in WIDTHS:
            path = folder / f"{Path(notebook).stem}-{theme.lower()}-{width}.png"
            shown.page.set_viewport_size({"width": width, "height": 1000})
            shown.page.wait_for_timeout(PAUSE_MS)
            height = min(int(shown.page.evaluate(HEIGHT)) + 100, TALLEST)
            shown.page.set_viewport_size({"width": width, "height": height})
            shown.page.wait_for_timeout(PAUSE_MS)
            shown.page.screenshot(path=path)
            print(path)


def main(folder: str, *begun: str) -> None:
    """Take the pictures of all notebooks, or of those whose names begin so."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with explorer() as shown:
        for notebook in NOTEBOOKS:
            if not begun or notebook.startswith(begun):
                shoot(shown, notebook, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
