"""Every picture that the menus of a figure can show, and every sheet of a byte view."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from typing import Any, Final

from refimpl.site.live.packing import Pieces, packed
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.menus import Menus, laid_out
from refimpl.views.secure.byte_view import ByteView

TITLE: Final = "\u2060title\u2060"
"""What stands in a picture for its title, which the page puts there."""
DRAWN_AT_A_TIME: Final = 2


def every_choice(options: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Yield each way to choose one option of every menu.

    >>> list(every_choice({"mode": ["direct"], "edition": ["2025", "2019"]}))
    [{'mode': 'direct', 'edition': '2025'}, {'mode': 'direct', 'edition': '2019'}]
    """
    for chosen in product(*options.values()):
        yield dict(zip(options, chosen, strict=True))


def menus_value(menus: Menus) -> dict[str, Any]:
    """Draw all pictures of some menus: those that look alike once, each title by its choice."""
    pieces = Pieces()
    figures: list[Figure] = []
    numbers: dict[tuple[str, str], int] = {}
    pictures = {}
    for chosen in every_choice(menus.options):
        figure = menus.figure_of(chosen)
        look = figure.dot, figure.text
        if look not in numbers:
            numbers[look] = len(figures)
            figures.append(figure)
        pictures["\n".join(chosen.values())] = [numbers[look], figure.title]
    bodies = []
    with ThreadPoolExecutor(DRAWN_AT_A_TIME) as pool:
        for figure, drawn in zip(figures, pool.map(_body, figures), strict=True):
            bodies.append([pieces.cut(drawn), dict(figure.unmoved_by)])
    told = {"options": menus.options, "chosen": menus.chosen, "pictures": pictures}
    return packed({**told, "title": TITLE, "bodies": bodies, "pieces": pieces.known})


def _body(figure: Figure) -> str:
    """A picture without its title."""
    return laid_out(replace(figure, title=TITLE))


def sheets_value(view: ByteView) -> dict[str, Any]:
    """Lay out all sheets that the menus of a byte view can show."""
    sheets: dict[str, int] = {}
    shown = {}
    for chosen in every_choice(view.options):
        told = view.sheets_of(chosen)
        laid = map(json.dumps, told.laid())
        numbers = [sheets.setdefault(sheet, len(sheets)) for sheet in laid]
        shown["\n".join(chosen.values())] = {
            "rules": told.rules(),
            "notes": [told.title, *told.notes],
            "sheets": numbers,
        }
    begun = {"part": view.part, "options": view.options, "chosen": view.chosen}
    return packed({**begun, "shown": shown, "sheets": list(map(json.loads, sheets))})
