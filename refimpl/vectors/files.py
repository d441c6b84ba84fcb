"""The generated files of the suite: their form, their digests, and how they come to lie there.

`write_files` puts each file aside and renames it, so that a fill that is cut short leaves whole
files behind; `differences` compares with what lies there.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from refimpl.shapes import canonical_json
from refimpl.vectors.suite import Expect, Json


def file_bytes(value: object) -> bytes:
    """Return a file of the suite as it is stored: sorted members, one space of indentation,
    UTF-8, a line end at the end.
    """
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def digest(data: bytes) -> str:
    """Return a SHA-256 digest as the suite writes it."""
    return f"sha256:{sha256(data).hexdigest()}"


def content_hash(
    operation: str, edition: str, context: Json | None, given: Json, expect: Expect
) -> str:
    """Return the digest of what a vector means in one edition: its operation, context written
    out, input and expectation there.
    """
    meaning = {
        "operation": operation,
        "edition": edition,
        "context": context,
        "input": given,
        "expect": expect,
    }
    return digest(canonical_json(meaning))


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
    for path in sorted(folder.glob("schemas/*/shapes/*.schema.json")):
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
