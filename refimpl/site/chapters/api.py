"""The pages of the library: each room of the package with what it offers, from its docstrings.

The sources are read as syntax trees, so nothing of the package is run for it.
"""

import ast
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from refimpl.site.chapters.writing import LEAF, prose, raw

CODE: Final = re.compile(r"`([^`]+)`")
INDENTED: Final = ("    ", ">>>", "...")
UP: Final = "../"

Offered = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Room(NamedTuple):
    """A room of the package: its name, its modules by the names to import them by."""

    name: str
    modules: dict[str, ast.Module]


def rooms_of(package: Path) -> list[Room]:
    """Read the sources of a package, room by room."""
    found: dict[str, dict[str, ast.Module]] = {}
    for path in sorted(package.rglob("*.py")):
        within = path.relative_to(package).with_suffix("").parts
        room = within[0] if within != ("__init__",) else package.name
        dotted = ".".join((package.name, *within)).removesuffix(".__init__")
        found.setdefault(room, {})[dotted] = ast.parse(path.read_text("utf-8"))
    return [Room(name, modules) for name, modules in found.items()]


def api_index(rooms: list[Room]) -> str:
    """Write the list of rooms, each with the first sentence about it."""
    lines = []
    for room in rooms:
        first, *_ = room.modules.values()
        told = _sentence(ast.get_docstring(first) or "")
        lines.append(f"* [{room.name}]({room.name}.md): {told}\n")
    head = "# The library\n\nWhat each room of the package `refimpl` offers.\n\n"
    return "".join((head, *lines))


def _sentence(docstring: str) -> str:
    return " ".join(docstring.partition("\n\n")[0].split())


def api_page(room: Room) -> str:
    """Write what a room offers, module by module."""
    parts = [LEAF, f"# {room.name}\n"]
    for dotted, tree in room.modules.items():
        parts.append(f"\n## {dotted}\n")
        told = [_as_html(ast.get_docstring(tree) or ""), *_offers(dotted, tree)]
        parts.append(raw("\n".join(told)))
    return "".join(parts)


def _offers(dotted: str, node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Yield each function and class that a module, or a class, offers."""
    for child in node.body:
        if isinstance(child, Offered) and not child.name.startswith("_"):
            name = f"{dotted}.{child.name}"
            inner = _offers(name, child) if isinstance(child, ast.ClassDef) else ()
            told = "\n".join((_as_html(ast.get_docstring(child) or ""), *inner))
            yield (
                f'<div class="offered" id="{name}"><p class="signature"><code>'
                f"{escape(_signature(child))}</code></p>\n{told}</div>"
            )


def _signature(node: Offered) -> str:
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(map(ast.unparse, node.bases))
        return f"class {node.name}({bases})" if bases else f"class {node.name}"
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){result}"


def _as_html(docstring: str) -> str:
    """Write a docstring: its paragraphs, and its examples as they stand."""
    parts = []
    for paragraph in docstring.split("\n\n"):
        if not paragraph.strip():
            continue
        if paragraph.startswith(INDENTED):
            parts.append(f'<pre tabindex="0">{escape(paragraph)}</pre>')
        else:
            said = CODE.sub(r"<code>\1</code>", prose(paragraph, UP))
            parts.append(f"<p>{said}</p>")
    return "\n".join(parts)
