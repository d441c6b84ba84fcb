"""A JSON text line by line: which leaf stands on which, and what became of it.

Every mark is a sign and a word; a page adds a colour.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.crosswalk.reading import Json, step, write
from refimpl.views.kit.embedding import boxed
from refimpl.views.kit.table import LEFT

# fmt: off
SIGNS: Final[Mapping[str, str]] = MappingProxyType({
    "exact":   "=",
    "form":    "≈",
    "derived": "∴",
    "rounded": "~",
    "widened": "+",
    "residue": "−",
    "refused": "✗",
    "added":   "·",
    "needed":  "?",
})
"""The sign of each class of a leaf, of one that was added, and of one that nobody supplied."""
MEANINGS: Final[Mapping[str, str]] = MappingProxyType({
    "exact":   "carried, and the way back writes it the same",
    "form":    "carried, and written otherwise there",
    "derived": "follows from what is carried, and agrees with it",
    "rounded": "carried with less than it said",
    "widened": "something had to be made up around it",
    "residue": "no place for it there: it travels in the report",
    "refused": "what keeps the object from being carried over",
    "added":   "no leaf of the object: what it is written into says it of its own",
    "needed":  "required there, and nobody supplied it",
})
# fmt: on
TOKEN: Final = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\]:,"]+'
)
"""A name of a member with its colon, a bracket, a comma, or a value that holds no other."""


class Mark(NamedTuple):
    """What became of a leaf: its class, and in words where it went or came from."""

    settled: str
    says: str = ""


class Line(NamedTuple):
    """A line of a JSON text: the place of the leaf on it, if any, and its mark."""

    text: str
    at: str = ""
    mark: Mark | None = None


def lines_of(value: Json, marks: Mapping[str, Mark]) -> list[Line]:
    """Write a value as lines, each leaf on one of its own with its mark.

    >>> [line.text for line in lines_of({"a": [1, {}]}, {})]
    ['{', '  "a": [', '    1,', '    {}', '  ]', '}']
    """
    return list(_lines(value, "", "", "", marks))


def _lines(
    value: Json, at: str, name: str, indent: str, marks: Mapping[str, Mark], comma: str = ""
) -> Iterator[Line]:
    if not isinstance(value, dict | list) or not value:
        yield Line(f"{indent}{name}{write(value)}{comma}", at, marks.get(at))
        return
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    yield Line(f"{indent}{name}{opening}")
    inner = [*_members(value)]
    for number, (below, label, one) in enumerate(inner, 1):
        ends = "," if number < len(inner) else ""
        yield from _lines(one, at + below, label, f"{indent}  ", marks, ends)
    yield Line(f"{indent}{closing}{comma}")


def _members(value: dict[str, Json] | list[Json]) -> Iterator[tuple[str, str, Json]]:
    """Each member or item: its step of a pointer, its label, and itself."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield step(name), f"{write(name)}: ", one
    else:
        for index, one in enumerate(value):
            yield f"/{index}", "", one


def tidy(value: Json) -> str:
    """Write a value as a text that a person reads, its numbers as they were.

    >>> print(tidy({"kwh": 1, "periods": []}))
    {
      "kwh": 1,
      "periods": []
    }
    """
    return "\n".join(line.text for line in lines_of(value, {}))


def places_of(text: str) -> dict[str, int]:
    """Tell on which line each leaf of a sound JSON text stands, counted from 1.

    >>> places_of('{"a": [1,\\n {"b": null}]}')
    {'/a/0': 1, '/a/1/b': 2}
    """
    return dict(_places(text))


def _places(text: str) -> Iterator[tuple[str, int]]:
    way: list[str | int] = []  # the names and positions that lead to where a value may stand
    opened, line, counted = False, 1, 0
    for found in TOKEN.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        token = found[0]
        if found["name"] is not None:
            way[-1] = step(json.loads(found["name"]))
        elif token in ("{", "["):
            way.append("" if token == "{" else 0)
        elif token in ("}", "]"):
            way.pop()
            if opened:
                yield _pointer(way), line
        elif token == ",":
            if isinstance(way[-1], int):
                way[-1] += 1
        else:
            yield _pointer(way), line
        opened = token in ("{", "[")


def _pointer(way: Iterable[str | int]) -> str:
    return "".join(one if isinstance(one, str) else f"/{one}" for one in way)


def lines_html(caption: str, heads: tuple[str, str, str], lines: Iterable[Line]) -> str:
    """Lay out lines as a table: the mark of each, the line, and where it goes."""
    columns = "".join(f'<th scope="col" {LEFT}>{escape(head)}</th>' for head in heads)
    rows = []
    for line in lines:
        word, says = "", ""
        if line.mark is not None:
            word = f"{SIGNS[line.mark.settled]} {line.mark.settled}"
            says = escape(line.mark.says)
        settled = f' data-settled="{line.mark.settled}"' if line.mark else ""
        text = escape(line.text).replace("  ", "&nbsp; ")
        cells = (
            f"<td {LEFT}>{word}</td><td {LEFT}><code>{text}</code></td><td {LEFT}>{says}</td>"
        )
        rows.append(f"<tr{settled}>{cells}</tr>")
    body = "\n".join(rows)
    return boxed(
        f"<table>\n<caption {LEFT}>{escape(caption)}</caption>\n"
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    )
