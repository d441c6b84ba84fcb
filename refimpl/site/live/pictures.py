"""What each live picture of a notebook needs on a page, by its cell, and what several share.

It is prepared by processes of their own, so that pages are written meanwhile.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.edition import published
from refimpl.lab.drafts import worked_texts
from refimpl.site.live.asked import (
    CONVERSIONS,
    DRAFTS,
    Told,
    conversions_value,
    converter_value,
    day_value,
    draft_told,
    drafts_value,
    lab_value,
    outages_value,
    traceability_value,
)
from refimpl.site.live.branching import SHARED, branching_value, shared_world
from refimpl.site.live.cells import live_objects
from refimpl.site.live.films import film_of, stepper_value
from refimpl.site.live.identifiers import identifier_value
from refimpl.site.live.menus import menus_value, sheets_value
from refimpl.views.amended.lab import AmendmentLab
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.stepper import Stepper
from refimpl.views.kit.menus import Menus
from refimpl.views.markets.day import Day
from refimpl.views.markets.outage import Outages
from refimpl.views.secure.byte_view import ByteView
from refimpl.views.tables.identifier_field import IdentifierField
from refimpl.views.tables.traceability import Traceability
from refimpl.views.tables.vector_search import VectorSearch

AT_A_TIME: Final = 2
"""How many notebooks, films and drafts are prepared at a time."""
VECTORS: Final = "vectors"
"""The name of the lines of all vectors, which a page of their own has too."""


class Live(NamedTuple):
    """A picture that a page brings to life: the name of its face, and what that needs, or the
    name of that where others have it too.
    """

    face: str
    value: object = None
    shared: str = ""


class Preparation(NamedTuple):
    """The live pictures of each notebook, what they share by name, and what each worked draft
    changes, once they are there.
    """

    notebooks: Sequence[Future[dict[str, Live]]]
    films: Mapping[str, Future[dict[str, str]]]
    drafts: Sequence[Future[Told]]

    def shared(self) -> Iterator[tuple[str, object]]:
        """Yield what several pictures share, by name."""
        for name, value in self.films.items():
            yield name, value.result()
        yield DRAFTS, drafts_value(told.result() for told in self.drafts)


@contextmanager
def preparing(notebooks: Sequence[Path]) -> Iterator[Preparation]:
    """Prepare the live pictures of some notebooks, in their order, and then what they share."""
    with ProcessPoolExecutor(AT_A_TIME) as pool:
        pictures = [pool.submit(_of_notebook, path) for path in notebooks]
        drafts = [pool.submit(draft_told, name) for name in worked_texts()]
        told = {f"film.{name}": pool.submit(film_of, name) for name in published()}
        for name, begun in SHARED.items():
            told[name] = pool.submit(shared_world, *begun)
        told[CONVERSIONS] = pool.submit(conversions_value)
        yield Preparation(pictures, told, drafts)


def _of_notebook(path: Path) -> dict[str, Live]:
    return live_pictures(json.loads(path.read_bytes()))


def live_pictures(notebook: Mapping[str, Any]) -> dict[str, Live]:
    """Prepare the live pictures of a notebook, by the ids of their cells."""
    pictures = {}
    cells = {}
    for cell, made in live_objects(notebook):
        cells[made] = f"cell-{cell}"
        pictures[cell] = _live(made, cells)
    return pictures


def _live(made: object, cells: Mapping[object, str]) -> Live:
    """The face of an object, and what that needs."""
    if isinstance(made, ByteView):
        return Live("bytes", sheets_value(made) | _follows(made, cells))
    if isinstance(made, VectorSearch):
        return Live("vectors", shared=VECTORS)
    for kind, (face, value) in NEEDS.items():
        if isinstance(made, kind):
            return Live(face, value(made))
    raise AssertionError(made)  # these are all


def _follows(view: ByteView, cells: Mapping[object, str]) -> dict[str, Any]:
    """Tell of which cell's menu a byte view chooses what is chosen there."""
    if view.followed is None:
        return {}
    menus, name = view.followed
    return {"follows": {"cell": cells[menus], "menu": name}}


NEEDS: Final[Mapping[type[object], tuple[str, Callable[[Any], object]]]] = MappingProxyType(
    {
        Menus: ("menus", menus_value),
        BranchingStepper: ("branching", branching_value),
        Stepper: ("stepper", stepper_value),
        Traceability: ("traceability", traceability_value),
        IdentifierField: ("identifier", identifier_value),
        Outages: ("outages", outages_value),
        Day: ("day", day_value),
        AmendmentLab: ("drafts", lab_value),
        Converter: ("converter", converter_value),
    }
)
"""The face of each kind of object, and what works out what that needs."""
