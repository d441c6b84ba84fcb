"""The named edits a recipe is written in, and how a recipe changes a document.

An edit is a list: its name, the path of what it changes, and what it needs besides.  A path is
the names and positions (from 0) on the way into a JSON document, joined by dots.  An edit that
does not fit its document is an error, so that no recipe is silently shorter than it looks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from refimpl.vectors.suite import Json

Edit = Sequence[Any]
Recipe = Sequence[Edit]
Holder = Any
"""An object or a list: what is named by a member or a position in it."""


class Unfit(ValueError):
    """An edit that does not fit the document it is put to."""


def apply(recipe: Recipe, document: Json) -> Json:
    """Return the document after every edit in turn; the one given stays as it was, and what no
    edit changes is shared with it.

    Raises `Unfit`.

    >>> apply([["replace", "text", "A", "B"], ["set", "profile", "oicp"]], {"text": "AA"})
    {'text': 'BA', 'profile': 'oicp'}
    """
    for number, (name, path, *rest) in enumerate(recipe, 1):
        try:
            document = _edited(document, name, path.split("."), rest)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise Unfit(f"edit {number}, {name} {path}: {error}") from error
    return document


def _edited(holder: Holder, name: str, way: Sequence[str], rest: Sequence[Any]) -> Holder:
    """A copy of what holds the place to be edited, edited there."""
    step, *further = way
    copied = holder.copy()
    key = _key(copied, step)
    if further:
        copied[key] = _edited(copied[key], name, further, rest)
    elif name in PLACE_EDITS:
        PLACE_EDITS[name](copied, key, *rest)
    else:
        copied[key] = VALUE_EDITS[name](copied[key], *rest)
    return copied


def _key(holder: Holder, step: str) -> Any:
    return int(step) if isinstance(holder, list) else step


def _set(holder: Holder, key: Any, value: object) -> None:
    if isinstance(holder, list) and not 0 <= key < len(holder):
        raise IndexError(key)
    holder[key] = value


def _drop(holder: Holder, key: Any) -> None:
    del holder[key]


def _insert(holder: list[object], key: int, value: object) -> None:
    if not 0 <= key <= len(holder):
        raise IndexError(key)
    holder.insert(key, value)


def _replace(text: str, old: str, new: str) -> str:
    if old not in text:
        raise ValueError(f"no {old!r} in it")
    return text.replace(old, new, 1)


def _again(text: str, old: str, times: int) -> str:
    return _replace(text, old, ",".join([old] * times))


def _replace_by_bytes(text: str, old: str, new: str) -> str:
    return _replace(text, old, bytes.fromhex(new).decode("utf-8", "surrogateescape"))


def _put(text: str, place: int, char: str) -> str:
    start = _within(place, len(text)) - 1
    return text[:start] + char + text[place:]


def _cut(text: str, place: int) -> str:
    return _put(text, place, "")


def _add(text: str, place: int, char: str) -> str:
    start = _within(place, len(text) + 1) - 1
    return text[:start] + char + text[start:]


def _within(place: int, most: int) -> int:
    if not 1 <= place <= most:
        raise IndexError(place)
    return place


def _lower(text: str) -> str:
    if text == text.lower():
        raise ValueError("nothing to change")
    return text.lower()


def _repeat(value: str, times: int) -> str:
    return value * times


# fmt: off
PLACE_EDITS: Final[dict[str, Callable[..., None]]] = {
    "set":     _set,      # value: put it there, whether or not something was there before
    "drop":    _drop,     # take it out
    "insert":  _insert,   # value: into a list, before that position
}
VALUE_EDITS: Final[dict[str, Callable[..., str]]] = {
    "replace": _replace,  # old, new: the first place in a text where old stands
    "bytes":   _replace_by_bytes,  # old, new: the same, new in hexadecimal, perhaps not UTF-8
    "again":   _again,    # old, times: the first place where old stands, so often, with commas
    "put":     _put,      # place from 1, character: write it over that place of a text
    "cut":     _cut,      # place from 1: take that character out
    "add":     _add,      # place from 1, characters: write them before that place
    "lower":   _lower,    # a text in lower case
    "repeat":  _repeat,   # times: a text or list over and over
}
# fmt: on


def set_each(values: Mapping[str, Sequence[object]]) -> list[Edit]:
    """Return, for every path and each of its values, the edit that puts the value there.

    >>> set_each({"mode": ["direct", "hybrid"]})
    [['set', 'mode', 'direct'], ['set', 'mode', 'hybrid']]
    """
    return [["set", path, value] for path, pool in values.items() for value in pool]


def shorter(recipe: Recipe) -> Iterator[list[Edit]]:
    """Yield the recipe without one of its edits, for each of them in turn.

    >>> list(shorter([["drop", "a"], ["drop", "b"]]))
    [[['drop', 'b']], [['drop', 'a']]]
    """
    for left_out in range(len(recipe)):
        yield [*recipe[:left_out], *recipe[left_out + 1 :]]


def apart(one: Recipe, other: Recipe) -> int:
    """Count the edits in a row that turn one recipe into the other: changed, added or lost.

    >>> apart([["drop", "a"]], [["drop", "a"], ["drop", "b"]])
    1
    """
    left, right = list(one), list(other)
    for end in (0, -1):
        while left and right and left[end] == right[end]:
            del left[end], right[end]
    return max(len(left), len(right))
