"""JSON read exactly: no number through a binary float, no member twice, and each leaf by its
place.

A leaf is a value that holds no other: a text, a number, true, false, null, an empty list or an
empty object.  Its place is a JSON Pointer (RFC 6901).

Rules: XWK-1.
"""

import json
from collections.abc import Collection, Container, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring
from typing import Final, TypeAlias

from refimpl.crosswalk.rules import Refused

Json: TypeAlias = "bool | int | Decimal | str | list[Json] | dict[str, Json] | None"
"""A JSON value whose numbers keep every digit as it was written."""
LONGEST_NUMBER: Final = 100
"""How many characters a number may have."""
DEEPEST: Final = 100
"""How many objects and lists may lie within each other."""


class Verbatim(Decimal):
    """A number that a `Decimal` writes otherwise than it was read, as `1e2`, with its text."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> "Verbatim":
        number = super().__new__(cls, text)
        number._text = text
        return number

    def __str__(self) -> str:
        return self._text


def read(text: str | bytes) -> Json:
    """Read a JSON text; a number with a point or an exponent is a `Decimal`, written as it
    was read.

    Raises `Refused` XWK-1.

    >>> read('{"kwh": 54.3330}')
    {'kwh': Decimal('54.3330')}
    >>> write(read('{"kwh": 543330e-4}'))
    '{"kwh":543330e-4}'
    >>> read('{"kwh": 1, "kwh": 2}')
    Traceback (most recent call last):
    refimpl.crosswalk.rules.Refused: XWK-1 at /: member 'kwh' stands twice
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value: Json = _decoder.decode(text.removeprefix("\ufeff"))
    except RecursionError:
        raise Refused("XWK-1", "", "brackets too deep") from None
    except UnicodeDecodeError as error:
        raise Refused("XWK-1", "", f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Refused("XWK-1", "", f"{place}: {error.msg}") from None
    if "\\ud" in text or "\\uD" in text:
        _check_surrogates(value)
    if text.count("[") + text.count("{") > DEEPEST:
        _check_depth(value)
    return value


def _check_depth(value: Json) -> None:
    level: list[Json] = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _held_in(one)]
        if not level:
            return
    raise Refused("XWK-1", "", "brackets too deep")


def _held_in(value: Json) -> Collection[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _check_surrogates(value: Json) -> None:
    try:
        write(value).encode()
    except UnicodeEncodeError:
        raise Refused("XWK-1", "", "half of a character of two halves") from None


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused("XWK-1", "", f"member {twice[:40]!a} stands twice")
    return members


def _number(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise Refused("XWK-1", "", f"a number of {len(text)} characters")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused("XWK-1", "", "a number with an exponent out of bounds") from None
    if abs(value.adjusted()) > LONGEST_NUMBER:
        raise Refused("XWK-1", "", f"a number with the exponent {value.adjusted()}")
    return value if str(value) == text else Verbatim(text)


def _integer(text: str) -> int | Decimal:
    """An integer; a negative nought keeps its sign as a `Decimal`."""
    if len(text) > LONGEST_NUMBER:
        raise Refused("XWK-1", "", f"a number of {len(text)} characters")
    return Decimal(text) if text == "-0" else int(text)


def _constant(text: str) -> None:
    raise Refused("XWK-1", "", f"{text} is not JSON")


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=_number,
    parse_int=_integer,
    parse_constant=_constant,
)


def write(value: Json) -> str:
    """Write a JSON text with each number as it was read, members in their order.

    >>> write({"kwh": Decimal("54.3330"), "periods": []})
    '{"kwh":54.3330,"periods":[]}'
    """
    match value:
        case str():
            return encode_basestring(value)
        case dict():
            members = (f"{encode_basestring(name)}:{write(one)}" for name, one in value.items())
            return f"{{{','.join(members)}}}"
        case list():
            return f"[{','.join(map(write, value))}]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
    return str(value)


def step(name: str) -> str:
    """Write a member's name as the end of a JSON Pointer.

    >>> step("a/b"), step("total_cost")
    ('/a~1b', '/total_cost')
    """
    if "~" in name or "/" in name:
        name = name.replace("~", "~0").replace("/", "~1")
    return f"/{name}"


def leaves_of(value: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Find each leaf and its JSON Pointer, in the order of the text.

    >>> dict(leaves_of({"a": [1, {"b": None}], "c": {}}))
    {'/a/0': 1, '/a/1/b': None, '/c': {}}
    """
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves_of(inner, at + step(name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves_of(inner, f"{at}/{index}")
    else:
        yield at, value


def count_of_leaves(value: Json) -> int:
    """How many leaves a value has.

    >>> count_of_leaves({"a": [1, {"b": None}], "c": {}})
    3
    """
    holders: list[Json] = [[value]]
    found = 0
    for holder in holders:  # which grows while it is read
        inner = _held_in(holder)
        full = [one for one in inner if type(one) in CONTAINERS and one]
        holders += full
        found += len(inner) - len(full)
    return found


CONTAINERS: Final = frozenset({dict, list})


def build(leaves: Mapping[str, Json]) -> Json:
    """Build the value again whose leaves these are.

    Steps that count from 0 upwards make a list, except below a place that is itself given as an
    empty object.

    >>> build({"/a/0": 1, "/a/1/b": None, "/c": {}})
    {'a': [1, {'b': None}], 'c': {}}
    >>> build({"/a": {}, "/a/0": 1})
    {'a': {'0': 1}}
    """
    root: dict[str, Branch] = {}
    for pointer, value in leaves.items():
        *before, last = pointer.split("/")
        branch = root
        for name in before:
            branch = branch.setdefault(name, {})  # type: ignore[assignment] # never a leaf
        if value == {}:
            branch.setdefault(last, {})
        else:
            branch[last] = (value,)
    objects = {pointer for pointer, value in leaves.items() if value == {}}
    return _grown(root.get("", {}), "", objects)


Branch: TypeAlias = "tuple[Json] | dict[str, Branch]"


def _grown(branch: Branch, at: str, objects: Container[str]) -> Json:
    if isinstance(branch, tuple):
        return branch[0]
    if branch and at not in objects and _counts(branch):
        return [_grown(branch[str(i)], f"{at}/{i}", objects) for i in range(len(branch))]
    return {
        name.replace("~1", "/").replace("~0", "~"): _grown(inner, f"{at}/{name}", objects)
        for name, inner in branch.items()
    }


def _counts(names: Mapping[str, object]) -> bool:
    """Whether the names are those of a list: 0, 1, 2 and so on."""
    return all(str(index) in names for index in range(len(names)))


def counts(value: dict[str, Json]) -> bool:
    """Whether an object has members that would be taken for those of a list."""
    return "0" in value and _counts(value)
