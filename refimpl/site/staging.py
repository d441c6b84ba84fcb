"""The sources of the site, laid out in a folder as Sphinx reads them: the documents and the
notebooks of a checkout, and the chapters that are written from the model.

A notebook is laid out with what it shows, and nothing of it is run.  The picture of a cell
stands in a box of its own, named by the cell, so that a link finds it and a script can bring it
to life.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

from refimpl.site.chapters import (
    api,
    crosswalk,
    downloads,
    editions,
    front,
    names,
    rules,
    traceability,
    vectors,
)
from refimpl.site.chapters.writing import LEAF, for_site
from refimpl.site.facts import Facts
from refimpl.site.live.faces import face_scripts
from refimpl.site.live.pictures import Live
from refimpl.trace import CITATION
from refimpl.views.kit.rule_links import NOTEBOOK

PAGE: Final = Path(__file__).with_name("page")
"""The style sheets and scripts of the pages."""
DATA: Final = "_static/data"
DOCUMENTS: Final = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "vectors/README.md",
    "vectors/HARNESS.md",
)
ELSEWHERE: Final[Mapping[str, str]] = {
    "docs/decisions/": "docs/README.md#decisions",
    "decisions/": "README.md#decisions",
    "notebooks/": "notebooks/00-start-here.ipynb",
    ".pre-commit-config.yaml": "",
}
"""Where a link of a document leads for which the site has no page, if anywhere."""
CONTENTS: Final[Mapping[str, str]] = {
    "docs/README.md": "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n",
}
"""What is beneath a document in the contents."""
LINK: Final = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
TO_RULE: Final = re.compile(rf"\[({CITATION.pattern})\]\({NOTEBOOK}#\1\)")
"""A link of a notebook to a rule; on the site, the bare id is one."""


def lay_out(facts: Facts, living: Sequence[Mapping[str, Live]], folder: Path) -> None:
    """Lay all sources of the site out in a folder, with the live pictures of each notebook."""
    data = folder / "_extra" / DATA
    for name in (*DOCUMENTS, *_documents(facts.root)):
        text = LINK.sub(_lead, (facts.root / name).read_text("utf-8"))
        head = LEAF if name.startswith("docs/decisions/") else ""
        _write(folder / name, head + text + CONTENTS.get(name, ""))
    for path, live in zip(facts.notebooks, living, strict=True):
        _write(folder / "notebooks" / path.name, _notebook(path, live))
        for cell, picture in live.items():
            if not picture.shared:
                write_data(data, f"{path.stem}.{cell}", picture.value)
    for name, script in face_scripts():
        _write(data / name, script)
    shutil.copytree(facts.root / "notebooks" / "pictures", folder / "notebooks" / "pictures")
    if (pictures := facts.root / "docs" / "pictures").is_dir():
        shutil.copytree(pictures, folder / "docs" / "pictures")
    for name, text in _chapters(facts, folder):
        _write(folder / f"{name}.md", text)
    write_data(data, names.NAMES, names.names_told(facts))
    for name, value in vectors.vector_data(facts.suite):
        write_data(data, name, value)


def _documents(root: Path) -> Iterator[str]:
    for path in sorted((root / "docs").rglob("*.md")):
        yield path.relative_to(root).as_posix()


def _lead(found: re.Match[str]) -> str:
    """Let a link of a document lead to a page."""
    words, target = found[1], ELSEWHERE.get(found[2])
    if target is None:
        return found[0]
    return f"[{words}]({target})" if target else words


def _notebook(path: Path, live: Mapping[str, Live]) -> str:
    """Read a notebook as the site shows it."""
    notebook = json.loads(path.read_bytes())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = TO_RULE.sub(r"\1", "".join(cell["source"]))
        else:
            cell["metadata"]["tags"] = ["hide-input"]
            _put_in_boxes(cell, path.stem, live.get(cell["id"]))
    return json.dumps(notebook)


def _put_in_boxes(cell: dict[str, Any], notebook: str, live: Live | None) -> None:
    """Put what a cell shows as HTML into a box that is named by the cell, and that says what
    brings it to life, if anything does.
    """
    kind = 'class="stored"'
    if live:
        name = live.shared or f"{notebook}.{cell['id']}"
        kind = f'class="live" data-face="{live.face}" data-name="{name}"'
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "text/html" in data:
            shown = for_site("".join(data["text/html"]), "../")
            box = f'<div {kind} id="cell-{escape(cell["id"])}">'
            output["data"] = {"text/html": f"{box}\n{shown}\n</div>"}


def _chapters(facts: Facts, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each chapter by the name of its page."""
    yield "index", front.front_page(facts)
    yield from front.readers_pages(facts)
    yield "rules", rules.rules_page(facts)
    yield "editions", editions.editions_page(facts)
    yield "terms", names.terms_page(facts)
    yield "crosswalk", crosswalk.crosswalk_page(facts)
    yield from crosswalk.protocol_pages(facts)
    yield "traceability", traceability.traceability_page(facts)
    yield "vectors", vectors.vectors_page(facts)
    for family in facts.suite.families:
        yield f"vectors/{family}", vectors.family_page(family, facts)
    files = downloads.downloads_of(facts.root)
    for name, data in files.items():
        _write_bytes(folder / "_extra" / downloads.FOLDER / name, data)
    yield "downloads", downloads.downloads_page(facts, files)
    rooms = api.rooms_of(facts.root / "refimpl")
    yield "api/index", api.api_index(rooms)
    for room in rooms:
        yield f"api/{room.name}", api.api_page(room)


def write_data(data: Path, name: str, value: object) -> None:
    """Write a value for the scripts of a page, as a script that hands it over: from a file, a
    page can load nothing else.
    """
    told = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    script = f"iec63119.receive({json.dumps(name)},{told});\n"
    _write(data / f"{name}.js", script)


def _write(path: Path, text: str) -> None:
    _write_bytes(path, text.encode())


def _write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
