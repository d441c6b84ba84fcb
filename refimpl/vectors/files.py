"""The files of the suite: their form, their digests, and how they come to lie there.

`write_files` puts each file aside and renames it, so that a fill that is cut short leaves whole
files behind; `differences` compares with what lies there.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from refimpl.vectors.suite import Json, without_defaults

WIDTH: Final = 96
"""How many characters a line of the corpus may have where its value can be split."""
SPREAD: Final = ("contexts", "ids", "notes", "tests")
"""The members of a file with one member a line whose own entries stand on a line each."""

LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""What some readers take for the end of a line, and how JSON escapes it."""


ROWS: Final = "tables/neighbours.json"
"""The table whose rows stand on a line each."""


def stored_bytes(name: str, value: Json) -> bytes:
    """Return a file of the suite as it is stored: UTF-8, a line end at the end, and the form
    that goes with its name.

    Families of vectors have one vector a line; the corpus, and the one table that has a
    thousand rows, are written for people; all others have one space of indentation.
    """
    if name.startswith("v1/"):
        return lined_bytes(without_defaults(value))
    if name.startswith("corpus/") or name == ROWS:
        return readable_bytes(value)
    return file_bytes(value)


def file_bytes(value: object) -> bytes:
    """Return a file with sorted members and one space of indentation."""
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def lined_bytes(value: Json) -> bytes:
    """Return a file with sorted members, one a line, and of those in `SPREAD` one entry a line.

    >>> print(lined_bytes({"title": "Two", "tests": [{"id": "a"}, {"id": "b"}]}).decode())
    {
     "tests": [
      {"id":"a"},
      {"id":"b"}
     ],
     "title": "Two"
    }
    <BLANKLINE>
    """
    lines = [f" {one_line(name)}: {_spread(name, value[name])}" for name in sorted(value)]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _spread(name: str, value: object) -> str:
    """A member's value: on one line, or, where it is to be spread, with an entry a line."""
    if not value or name not in SPREAD:
        return one_line(value)
    if isinstance(value, dict):
        entries = [f"{one_line(key)}: {one_line(value[key])}" for key in sorted(value)]
        start, end = "{}"
    elif isinstance(value, list):
        entries = [one_line(entry) for entry in value]
        start, end = "[]"
    else:
        return one_line(value)
    return start + "\n  " + ",\n  ".join(entries) + "\n " + end


def one_line(value: object) -> str:
    """A value on one line, also for readers to whom Unicode has more line ends than one."""
    return _on_a_line.encode(value).translate(LINE_ENDS)


_on_a_line: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def readable_bytes(value: object) -> bytes:
    """Return a file that people write: members in their order, and what fits on a line of
    `WIDTH` characters on one.

    >>> print(readable_bytes({"base": "home", "recipe": [["drop", "input.now"]]}).decode())
    {"base": "home", "recipe": [["drop", "input.now"]]}
    <BLANKLINE>
    """
    return (_readable(value, 0, 1) + "\n").encode()


def _readable(value: object, indent: int, beside: int) -> str:
    """A value on one line where it fits, and with an entry a line where not.

    `beside` are the characters that stand on its line besides: its key and a comma.
    """
    line = _readably.encode(value)
    if not isinstance(value, dict | list) or not value:
        return line
    if indent + beside + len(line) <= WIDTH:
        return line
    entries = []
    if isinstance(value, dict):
        start, end = "{}"
        for name, inner in value.items():
            key = f"{_readably.encode(name)}: "
            entries.append(key + _readable(inner, indent + 1, len(key) + 1))
    else:
        start, end = "[]"
        entries = [_readable(inner, indent + 1, 1) for inner in value]
    margin = "\n" + " " * indent
    return start + margin + " " + f",{margin} ".join(entries) + margin + end


_readably: Final = json.JSONEncoder(ensure_ascii=False)


def tidy_corpus(folder: Path) -> list[str]:
    """Write each file of the corpus in its form, and return the names of those that were not.

    A file that is no JSON stays: reading the corpus tells what is wrong with it.
    """
    untidy: dict[str, bytes] = {}
    for path in sorted(folder.glob("corpus/*.json")):
        raw = path.read_bytes()
        try:
            tidy = readable_bytes(json.loads(raw))
        except ValueError:
            continue
        if raw != tidy:
            untidy[path.relative_to(folder).as_posix()] = tidy
    write_files(folder, untidy)
    return list(untidy)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put every file in its place, one by one, each whole or not at all; the manifest comes
    last.
    """
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.aside")
        aside.write_bytes(data)
        aside.replace(path)


def differences(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield each file that is not what it would be filled with, and the first vector in which
    it differs; and each schema that is of no shape any more.
    """
    for name, data in files.items():
        path = folder / name
        if not path.exists():
            yield f"{name}: is missing"
        elif (stored := path.read_bytes()) != data:
            vector, line = _first_vector(stored, data), _first_line(stored, data)
            yield f"{name}: differs{vector} (line {line})"
    for path in sorted(folder.glob("schemas/*/*/*.schema.json")):
        if (name := path.relative_to(folder).as_posix()) not in files:
            yield f"{name}: is of no shape, delete it"


def _first_vector(stored: bytes, data: bytes) -> str:
    """` first in` and a vector's id, or nothing where the files have no vectors."""
    try:
        here, there = _tests_of(stored), _tests_of(data)
    except (ValueError, TypeError, KeyError):
        return ""
    for name in (*there, *here):
        if here.get(name) != there.get(name):
            return f" first in {name}"
    return ""


def _tests_of(raw: bytes) -> dict[str, Json]:
    return {test["id"]: test for test in json.loads(raw)["tests"]}


def _first_line(stored: bytes, data: bytes) -> int | str:
    lines = zip(stored.split(b"\n"), data.split(b"\n"), strict=False)
    for number, (before, after) in enumerate(lines, 1):
        if before != after:
            return number
    return "last"
