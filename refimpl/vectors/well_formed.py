"""What may be asked: inputs beyond it have no meaning in any operation, and the reference may
answer them by accident.

Messages within an input are well formed, as `message.decode` has it; what is not is a matter of
that operation alone.
"""

from collections.abc import Mapping
from typing import Final

from pydantic import ValidationError

from refimpl.messages import KINDS
from refimpl.shapes import canonical_bytes, canonical_json
from refimpl.vectors.suite import Json

RECORDS: Final = frozenset({"sdr", "cdr"})
"""The kinds of records, which are said as the `record` of a message alone."""
HOLDS_A_RECORD: Final = frozenset({"ours", "record"})
"""The members in which a record may stand: of a message, and of what a converter is asked."""

FREE_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "contract-id.free": ("input.text",),
    "crosswalk.give": ("input.supplied",),
    "crosswalk.take": ("input.text",),
    "countersignatures.check": ("input.text", "input.countersignatures"),
    "emaid.check-character": ("input.text",),
    "emaid.din-check-digit": ("input.text",),
    "emaid.migrate-din": ("input.text",),
    "emaid.parse": ("input.text",),
    "emaid.pseudonym": ("input.emaid",),
    "evse-id.carried": ("input.text",),
    "evse-id.parse": ("input.text",),
    "medium.uid": ("input.uid",),
    "message.decode": ("input.text",),
    "message.unprotect": ("input.text",),
    "network.read": ("input.text",),
}
"""The places of each operation that may hold any text, with all that is within them."""


LISTS_OF_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "certificate.check": ("chain",),
    "frames.read": ("chunks",),
}
"""The members of each operation that are lists of texts, whatever the text is."""
INSTEAD: Final = ("crls", "roots")
"""Those that an input may have in place of those of its context."""


def may_be_asked(operation: str, given: Json) -> bool:
    """Tell whether an operation has an answer to an input."""
    names = LISTS_OF_TEXTS.get(operation, ())
    for name in (*names, *(given.keys() & INSTEAD)):
        texts = given.get(name)
        if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
            return False
    return is_well_formed(given)


def may_hold_any_text(operation: str, path: str) -> bool:
    """Tell whether any text may stand at a place of an input."""
    return f"{path}.".startswith(tuple(f"{free}." for free in FREE_TEXTS.get(operation, ())))


def is_well_formed(value: object) -> bool:
    """Tell whether every message within a value fits its shape, and every number is whole.

    >>> is_well_formed({"said": {"kind": "authorization-list-notice", "emaids": None}})
    False
    """
    match value:
        case dict():
            return _fits(value) and all(map(is_well_formed, value.values()))
        case list():
            return all(map(is_well_formed, value))
        case int():
            return value >= 0
    return True


def _fits(said: Json) -> bool:
    """Whether an object is no message, or one as it is written."""
    if "correlation_id" in said and None in said.values():
        return False
    for name, inner in said.items():
        if name in HOLDS_A_RECORD or not isinstance(inner, dict):
            continue
        if inner.get("kind") in RECORDS:
            return False
    kind = said.get("kind")
    shape = KINDS.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return True
    raw = canonical_json(said)
    try:
        return canonical_bytes(shape.model_validate_json(raw)) == raw
    except ValidationError:
        return False
