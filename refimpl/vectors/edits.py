"""The named edits a recipe is written in, and how a recipe wounds a document.

An edit is a list: its name, the path of what it changes, and what it needs besides.  A path is
the names and positions (from 0) on the way into a JSON document, joined by dots.  An edit that
does not fit its document is an error, so that no recipe is silently shorter than it looks.
"""

import copy
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

Edit = Sequence[Any]
Recipe = Sequence[Edit]


class Unfit(ValueError):
    """An edit that does not fit the document it is put to."""


def apply(recipe: Recipe, document: Any) -> Any:
    """The document after every edit in turn; the one given stays as it was.  Raises `Unfit`.

    >>> apply([["replace", "text", "A", "B"], ["set", "profile", "oicp"]], {"text": "AA"})
    {'text': 'BA', 'profile': 'oicp'}
    """
    document = copy.deepcopy(document)
    for number, (name, path, *rest) in enumerate(recipe, 1):
        *way, last = path.split(".")
        try:
            holder = document
            for key in way:
                holder = holder[_key(holder, key)]
            EDITS[name](holder, _key(holder, last), *copy.deepcopy(rest))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise Unfit(f"edit {number}, {name} {path}: {error}") from error
    return document


def _key(holder: Any, key: str) -> Any:
    return int(key) if isinstance(holder, list) else key


def _set(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list) and not 0 <= key < len(holder):
        raise IndexError(key)
    holder[key] = value


def _drop(holder: Any, key: Any) -> None:
    del holder[key]


def _insert(holder: Any, key: Any, value: Any) -> None:
    if not 0 <= key <= len(holder):
        raise IndexError(key)
    holder.insert(key, value)


def _replace(holder: Any, key: Any, old: str, new: str) -> None:
    if old not in holder[key]:
        raise ValueError(f"no {old!r} in it")
    holder[key] = holder[key].replace(old, new, 1)


def _bytes(holder: Any, key: Any, old: str, new: str) -> None:
    """As `replace`, with bytes in hexadecimal that need not be UTF-8."""
    _replace(holder, key, old, bytes.fromhex(new).decode("utf-8", "surrogateescape"))


def _put(holder: Any, key: Any, place: int, char: str) -> None:
    text = holder[key]
    holder[key] = text[: _within(place, text) - 1] + char + text[place:]


def _cut(holder: Any, key: Any, place: int) -> None:
    _put(holder, key, place, "")


def _add(holder: Any, key: Any, place: int, char: str) -> None:
    text = holder[key]
    holder[key] = text[: _within(place, text + "|") - 1] + char + text[place - 1 :]


def _within(place: int, text: str) -> int:
    if not 1 <= place <= len(text):
        raise IndexError(place)
    return place


def _lower(holder: Any, key: Any) -> None:
    if holder[key] == holder[key].lower():
        raise ValueError("nothing to change")
    holder[key] = holder[key].lower()


def _repeat(holder: Any, key: Any, times: int) -> None:
    holder[key] = holder[key] * times


# fmt: off
EDITS: Final[dict[str, Callable[..., None]]] = {
    "set":     _set,      # value: put it there, whether or not something was there before
    "drop":    _drop,     # take it out
    "insert":  _insert,   # value: into a list, before that position
    "replace": _replace,  # old, new: the first place in a text where old stands
    "bytes":   _bytes,    # old, new: the same, new in hexadecimal
    "put":     _put,      # place from 1, character: write it over that place of a text
    "cut":     _cut,      # place from 1: take that character out
    "add":     _add,      # place from 1, characters: write them before that place
    "lower":   _lower,    # a text in lower case
    "repeat":  _repeat,   # times: a text or list over and over
}
# fmt: on


def shorter(recipe: Recipe) -> Iterator[list[Edit]]:
    """The recipe without one of its edits, for each of them in turn.

    >>> list(shorter([["drop", "a"], ["drop", "b"]]))
    [[['drop', 'b']], [['drop', 'a']]]
    """
    return ([*recipe[:left_out], *recipe[left_out + 1 :]] for left_out in range(len(recipe)))


def apart(one: Recipe, other: Recipe) -> int:
    """How many edits in a row must be changed, added or taken out to turn one recipe into the
    other.

    >>> apart([["drop", "a"]], [["drop", "a"], ["drop", "b"]])
    1
    """
    left, right = list(one), list(other)
    for end in (0, -1):
        while left and right and left[end] == right[end]:
            del left[end], right[end]
    return max(len(left), len(right))


def wire_json(value: Any) -> bytes:
    """JSON as this package reads and hashes it: RFC 8785, for values whose only numbers are
    integers.
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
