"""What the way back needs besides ours: leaves by their pointers, in a form that a message can
carry.

An extension holds no numbers: `number` has them as decimal text, `text` has texts, `json` has
the rest as JSON text.  `absent` names what ours would write and the object did not have,
`assumed` what was assumed.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pydantic_core import to_json

from refimpl import records
from refimpl.crosswalk.carrying import Members
from refimpl.crosswalk.holding import Held
from refimpl.crosswalk.reading import Json, build, read
from refimpl.extension import MAX_BYTES
from refimpl.records import ChargingDetailRecord
from refimpl.shapes import Sorted, canonical_bytes


def keep(
    held: Held, kept: Mapping[str, Json], back: Mapping[str, Json], assumed: list[str]
) -> Members:
    """What the way back needs besides ours: leaves by their pointers, sorted by what they are,
    numbers as decimal text.
    """
    objects: Members = dict.fromkeys(held.strange, "{}")
    absent = sorted(back.keys() - held.leaves.keys())
    return parts_of(kept, absent, assumed, objects)


def parts_of(
    kept: Mapping[str, Json],
    absent: Iterable[str],
    assumed: Iterable[str] = (),
    objects: Mapping[str, Json] | None = None,
) -> Members:
    """The parts of an extension that hold something."""
    numbers: Members = {}
    texts: Members = {}
    others: Members = dict(objects or {})
    for at in sorted(kept):
        value = kept[at]
        if isinstance(value, str):
            texts[at] = value
        elif value is None or isinstance(value, (bool, list, dict)):
            others[at] = json.dumps(value)
        else:
            numbers[at] = str(value)
    found: Members = {}
    if names := [*absent]:
        found["absent"] = [*names]
    if assumptions := sorted(assumed):
        found["assumed"] = [*assumptions]
    if others:
        found["json"] = dict(sorted(others.items()))
    if numbers:
        found["number"] = numbers
    if texts:
        found["text"] = texts
    return found


def restored(leaves: Mapping[str, Json], extension: Mapping[str, Json]) -> Json:
    """Put what an extension keeps over other leaves, and build the object of them."""
    kept, absent = kept_in(extension)
    whole = {**leaves, **kept}
    for at in absent:
        whole.pop(at, None)
    return build(whole)


def has_room(made: Sorted, protocol: str, extension: Members) -> bool:
    """Whether a record or message of ours can carry an extension; where it cannot, what was
    kept travels apart.
    """
    if "extension" not in type(made).model_fields:
        return False
    text = to_json({protocol: extension})  # its members are sorted: it is the canonical form
    if len(text) > MAX_BYTES or not (text.isascii() or _has_plain_names(extension)):
        return False
    if not isinstance(made, ChargingDetailRecord) or len(made.periods) <= SURELY_SHORT:
        return True
    return len(canonical_bytes(made)) + len(text) + MEMBER <= records.MAX_BYTES


def _has_plain_names(extension: Members) -> bool:
    parts = [part for part in extension.values() if isinstance(part, dict)]
    return all(name.isascii() for part in parts for name in part)


MEMBER: Final = len('"extension":,')
SURELY_SHORT: Final = 50
"""With how many periods a record has room for the longest extension."""


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
