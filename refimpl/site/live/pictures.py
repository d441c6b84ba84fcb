"""What each live picture of a notebook needs on a page, by its cell."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from refimpl.edition import published
from refimpl.site.live.branching import branching_value, shared_worlds
from refimpl.site.live.cells import live_objects
from refimpl.site.live.films import film_of, stepper_value
from refimpl.site.live.menus import menus_value, sheets_value
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.stepper import Stepper
from refimpl.views.kit.menus import Menus
from refimpl.views.secure.byte_view import ByteView

AT_A_TIME: Final = 2
"""How many notebooks and films are prepared at a time."""


class Live(NamedTuple):
    """A picture that a page brings to life: the name of its face, and what that needs."""

    face: str
    value: object


def prepared(notebooks: Sequence[Path]) -> tuple[list[dict[str, Live]], dict[str, object]]:
    """Prepare the live pictures of some notebooks, in their order; and the values that several
    of them share, by name.
    """
    with ProcessPoolExecutor(AT_A_TIME) as pool:
        films = {f"film.{name}": pool.submit(film_of, name) for name in published()}
        pictures = list(pool.map(_of_notebook, notebooks))
        told: dict[str, object] = {name: film.result() for name, film in films.items()}
        return pictures, told | shared_worlds()


def _of_notebook(path: Path) -> dict[str, Live]:
    return live_pictures(json.loads(path.read_bytes()))


def live_pictures(notebook: Mapping[str, Any]) -> dict[str, Live]:
    """Prepare the live pictures of a notebook, by the ids of their cells."""
    pictures = {}
    cells = {}
    for cell, made in live_objects(notebook):
        cells[made] = f"cell-{cell}"
        match made:
            case Menus():
                pictures[cell] = Live("menus", menus_value(made))
            case BranchingStepper():
                pictures[cell] = Live("branching", branching_value(made))
            case Stepper():
                pictures[cell] = Live("stepper", stepper_value(made))
            case ByteView():
                pictures[cell] = Live("bytes", sheets_value(made) | _follows(made, cells))
    return pictures


def _follows(view: ByteView, cells: Mapping[object, str]) -> dict[str, Any]:
    """Tell of which cell's menu a byte view chooses what is chosen there."""
    if view.followed is None:
        return {}
    menus, name = view.followed
    return {"follows": {"cell": cells[menus], "menu": name}}
