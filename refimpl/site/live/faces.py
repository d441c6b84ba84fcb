"""The scripts and style sheets of the live views, as scripts that a page loads from a file.

A view's script is a module, and a page opened from a file loads no modules: so each is wrapped
in a function that hands over what the module exports.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from refimpl.views.amended.lab import AmendmentLab
from refimpl.views.crosswalk.converter import Converter
from refimpl.views.film.branching import BranchingStepper
from refimpl.views.film.stepper import Stepper
from refimpl.views.kit.menus import Menus
from refimpl.views.kit.palette import THEME
from refimpl.views.markets.day import Day
from refimpl.views.markets.outage import Outages
from refimpl.views.secure.byte_view import ByteView
from refimpl.views.tables.identifier_field import IdentifierField
from refimpl.views.tables.traceability import Traceability
from refimpl.views.tables.vector_search import VectorSearch

FACES: Final[Mapping[str, type[object]]] = MappingProxyType(
    {
        "menus": Menus,
        "bytes": ByteView,
        "stepper": Stepper,
        "branching": BranchingStepper,
        "vectors": VectorSearch,
        "traceability": Traceability,
        "identifier": IdentifierField,
        "outages": Outages,
        "day": Day,
        "drafts": AmendmentLab,
        "converter": Converter,
    }
)
"""The class of each face, by the name that the page has for it."""
EXPORT: Final = re.compile(r"^export default ", re.MULTILINE)


def face_scripts() -> Iterator[tuple[str, str]]:
    """Yield the file name and the text of each face's script."""
    for name, view in FACES.items():
        script = EXPORT.sub("return ", _text(vars(view)["_esm"]))
        look = json.dumps(_text(vars(view)["_css"]).removeprefix(THEME))
        told = f"{{look: {look}, widget: (() => {{\n{script}\n}})()}}"
        yield f"face.{name}.js", f"iec63119.receive({json.dumps(f'face.{name}')}, {told});\n"


def _text(source: object) -> str:
    """The text of a script or a style sheet, which a view names or holds."""
    return source.read_text("utf-8") if isinstance(source, Path) else str(source)
