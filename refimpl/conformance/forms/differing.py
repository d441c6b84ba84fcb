"""Where an answer differs from the one expected, and both of them written out line by line.

Only the members that a vector expects are compared, as the runner does.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from refimpl.conformance.verdicts import is_alert, same_json
from refimpl.vectors.suite import Json

Path = tuple[str | int, ...]
"""The way to a value within a JSON value, by names and by places in lists."""

ABSENT: Final = object()
"""What stands for a member that is not there."""


class Line(NamedTuple):
    """A line of a JSON value that is written out; `path` is that of the value that begins in
    it, and None where one only ends.
    """

    path: Path | None
    text: str


def first_difference(expected: Mapping[str, object], got: Json) -> Path | None:
    """Return the way to the first value in which an answer differs, or None.

    >>> first_difference({"outcome": "accept", "output": {"a": [1, 2]}},
    ...                  {"outcome": "accept", "output": {"a": [1, 3]}, "detail": "x"})
    ('output', 'a', 1)
    """
    for name in sorted(expected, key=_as_compared):
        value = expected[name]
        if name not in got:
            return (name,)
        if name == "alert":
            if not is_alert(value, got[name]):
                return (name,)
        elif not same_json(value, got[name]):
            return _difference((name,), value, got[name])
    return None


def _as_compared(name: str) -> tuple[bool, bool, str]:
    """The order in which members are looked at: outcome and error first."""
    return name != "outcome", name != "error", name


def _difference(path: Path, expected: object, got: object) -> Path:
    match expected, got:
        case dict(), dict():
            for name in sorted(expected.keys() | got.keys()):
                if name not in expected or name not in got:
                    return (*path, name)
                if not same_json(expected[name], got[name]):
                    return _difference((*path, name), expected[name], got[name])
        case list(), list():
            for place, (value, other) in enumerate(zip(expected, got, strict=False)):
                if not same_json(value, other):
                    return _difference((*path, place), value, other)
            return (*path, min(len(expected), len(got)))
    return path


def differences(
    one: object, other: object, path: Path = ()
) -> Iterator[tuple[Path, object, object]]:
    """Yield each way on which two JSON values differ, with what stands there in each, or
    `ABSENT`.

    >>> list(differences({"a": 1, "b": [2]}, {"a": 1, "b": [3]}))
    [(('b', 0), 2, 3)]
    """
    match one, other:
        case dict(), dict():
            for name in sorted(one.keys() | other.keys()):
                member = one.get(name, ABSENT), other.get(name, ABSENT)
                yield from differences(*member, (*path, name))
        case list(), list() if len(one) == len(other):
            for place, (item, there) in enumerate(zip(one, other, strict=True)):
                yield from differences(item, there, (*path, place))
        case _ if not same_json(one, other):
            yield path, one, other


def lines_of(value: object, path: Path = (), lead: str = "", end: str = "") -> Iterator[Line]:
    """Yield a JSON value line by line, with the members of objects in order of their names."""
    within = "  " * (len(path) + 1)
    match value:
        case dict() if value:
            yield Line(path, f"{lead}{{")
            for number, name in enumerate(sorted(value), 1):
                begun = f"{within}{_text(name)}: "
                comma = "," * (number < len(value))
                yield from lines_of(value[name], (*path, name), begun, comma)
            yield Line(None, f"{within[2:]}}}{end}")
        case list() if value:
            yield Line(path, f"{lead}[")
            for number, item in enumerate(value):
                comma = "," * (number < len(value) - 1)
                yield from lines_of(item, (*path, number), within, comma)
            yield Line(None, f"{within[2:]}]{end}")
        case _:
            yield Line(path, f"{lead}{_text(value)}{end}")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def marked_line(lines: list[Line], path: Path) -> int:
    """Return the number of the line in which the value at a path begins, or else the value that
    it would be in.
    """
    numbers = {line.path: number for number, line in enumerate(lines) if line.path is not None}
    for length in range(len(path), -1, -1):
        number = numbers.get(path[:length])
        if number is not None:
            return number
    return 0


def shown_path(path: Path) -> str:
    """Write a path as a person reads it.

    >>> shown_path(("output", "sends", 0, "peer"))
    'output.sends.0.peer'
    """
    return ".".join(map(str, path))


def common_beginning(one: str, other: str) -> str:
    """Return what two texts have in common from their beginning.

    >>> common_beginning("abcd", "abxd")
    'ab'
    """
    number = 0
    for sign, there in zip(one, other, strict=False):
        if sign != there:
            break
        number += 1
    return one[:number]
