"""What the way back needs besides ours: leaves by their pointers, in a form that a message can
carry.

An extension holds no numbers: `number` has them as decimal text, `text` has texts, `json` has
the rest as JSON text.  `absent` names what ours would write and the object did not have,
`assumed` what was assumed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from refimpl.crosswalk.carrying import Members
from refimpl.crosswalk.holding import Held
from refimpl.crosswalk.reading import Json, read


def keep(
    held: Held, kept: Mapping[str, Json], back: Mapping[str, Json], assumed: list[str]
) -> Members:
    """What the way back needs besides ours: leaves by their pointers, sorted by what they are,
    numbers as decimal text.
    """
    parts: dict[str, Members] = {"json": {}, "number": {}, "text": {}}
    for at in held.strange:
        parts["json"][at] = "{}"
    for at, value in kept.items():
        if isinstance(value, str):
            parts["text"][at] = value
        elif value is None or isinstance(value, (bool, list, dict)):
            parts["json"][at] = json.dumps(value)
        else:
            parts["number"][at] = str(value)
    found: Members = {}
    if absent := sorted(at for at in back if at not in held.leaves):
        found["absent"] = [*absent]
    if assumed:
        found["assumed"] = [*sorted(assumed)]
    for name, members in parts.items():
        if members:
            found[name] = dict(sorted(members.items()))
    return found


def kept_in(extension: Mapping[str, Json]) -> tuple[dict[str, Json], list[str]]:
    """The leaves that an extension keeps, by their pointers, and those it says are absent."""
    leaves: dict[str, Json] = {}
    for name, parse in READERS.items():
        part = extension.get(name, {})
        if isinstance(part, dict):
            leaves |= {at: parse(str(text)) for at, text in part.items()}
    absent = extension.get("absent", [])
    return leaves, [str(at) for at in absent] if isinstance(absent, list) else []


READERS: Final[Mapping[str, Callable[[str], Json]]] = {
    "json": read,
    "number": read,
    "text": str,
}
