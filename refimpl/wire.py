"""Bytes and messages: the one place where bytes become meaning.

Every message has exactly one byte form: canonical JSON (RFC 8785).  What is too long is refused
unread; what is read is written out again and compared, which closes at one stroke every way
JSON has of saying the same thing twice: repeated members, white space, escapes, another order,
another spelling of a number or a time.

Rules: WIR-*.
"""

import json
from collections.abc import Iterable
from itertools import zip_longest
from typing import Final, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from refimpl.errors import Malformed
from refimpl.messages import Envelope

MAX_BYTES: Final = 65_536


def encode(envelope: Envelope) -> bytes:
    """The canonical bytes of a message in its envelope: UTF-8 JSON after RFC 8785, absent
    members left out.
    """
    return envelope.__pydantic_serializer__.to_json(envelope, exclude_none=True)


def decode(raw: bytes, shape: type[Envelope] = Envelope) -> Envelope:
    """The message that bytes mean, in the envelope of that shape.

    Raises `Malformed`: WIR-1 for more than `MAX_BYTES`, WIR-2 for what is not JSON in UTF-8,
    WIR-3 or the rule of an identifier or record for a member that does not fit, WIR-4 for a
    repeated member, WIR-5 for any other byte form.
    """
    if len(raw) > MAX_BYTES:
        raise Malformed("WIR-1", f"{len(raw)} bytes, at most {MAX_BYTES}")
    try:
        envelope: Envelope = shape.__pydantic_validator__.validate_json(raw)
    except ValidationError as error:  # whose own text would show what the message says
        first = error.errors(include_url=False, include_input=False)[0]
    else:
        if encode(envelope) == raw:
            return envelope
        _check_members(raw)
        raise Malformed("WIR-5", f"byte {_first_difference(raw, encode(envelope))}")
    raise _fault(first, raw)


def _fault(first: ErrorDetails, raw: bytes) -> Malformed:
    kind, where = first["type"], ".".join(map(str, first["loc"])) or "message"
    if kind == "json_invalid":
        return Malformed("WIR-2", first["msg"])
    _check_members(raw)
    rule = kind if kind[:3].isupper() else "WIR-3"
    said = "no such kind" if kind == "union_tag_invalid" else _shown(first["msg"])
    return Malformed(rule, f"{_shown(where)}: {said}")


def _shown(text: str) -> str:
    return ascii(text[:200])[
        1:-1
    ]  # it may quote the sender, who may have written a page, or to a terminal


def _check_members(raw: bytes) -> None:
    # Integers as text: a number may have 60,000 digits.
    json.loads(raw, parse_constant=_not_json, parse_int=str)
    json.loads(raw, object_pairs_hook=_once, parse_int=str)


def _not_json(constant: str) -> NoReturn:
    raise Malformed(
        "WIR-2", f"{constant} is no JSON"
    )  # pydantic's parser reads NaN and Infinity


def _once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise Malformed("WIR-4", f"member {name[:40]!r}")
        members[name] = value
    return members


def _first_difference(left: bytes, right: bytes) -> int:
    return next(place for place, (a, b) in enumerate(zip_longest(left, right)) if a != b)
