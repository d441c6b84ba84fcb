"""Bytes and messages: the one place where bytes become meaning.

Every message has exactly one byte form: canonical JSON (RFC 8785).  What is too long is refused
unread.  What is read has to be as it would be written, which closes at one stroke every way
JSON has of saying the same thing twice: repeated members, white space, escapes, another order,
another spelling of a number or a time.  Bytes that fit the layout of their kind are so at a
glance; all others are written out again and compared.

Rules: WIR-*.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import zip_longest
from typing import Final, NoReturn

from pydantic import ValidationError

from refimpl.errors import Malformed
from refimpl.messages import Envelope
from refimpl.shapes import (
    Fault,
    Shape,
    canonical_bytes,
    first_fault,
    first_repeated,
    layout,
)

MAX_BYTES: Final = 65_536
"""Of one message: what is longer is refused unread, and the longest that are needed, pages and
parts of lists, are told in pieces of a quarter of it.
"""


def encode(envelope: Envelope) -> bytes:
    """The canonical bytes of a message in its envelope: UTF-8 JSON after RFC 8785, absent
    members left out.
    """
    return canonical_bytes(envelope)


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
        fault = first_fault(error)
    else:
        if b"\\" not in raw and _fits(shape, type(envelope.message))(raw):
            return envelope
        again = canonical_bytes(envelope)
        if again == raw:
            return envelope
        _check_members(raw)
        raise Malformed("WIR-5", f"byte {_first_difference(raw, again)}")
    raise _malformed(fault, raw)


@cache
def _fits(shape: type[Envelope], message: type[Shape]) -> Callable[[bytes], object]:
    """What tells at a glance that bytes without an escape are canonical, which were read as a
    kind of message.
    """
    return re.compile(layout(shape, {"message": message}).encode()).fullmatch


def _malformed(fault: Fault, raw: bytes) -> Malformed:
    if fault.kind == "json_invalid":
        return Malformed("WIR-2", fault.says)
    _check_members(raw)
    rule = fault.kind if fault.kind[:3].isupper() else "WIR-3"
    says = "no such kind" if fault.kind == "union_tag_invalid" else _shown(fault.says)
    return Malformed(rule, f"{_shown(fault.place or 'message')}: {says}")


def _shown(text: str) -> str:
    """Show a text that may quote the sender, who may have written a page, or to a terminal."""
    return ascii(text[:200])[1:-1]


def _check_members(raw: bytes) -> None:
    json.loads(raw, parse_constant=_not_json, parse_int=str)  # of any number of digits
    name = first_repeated(raw)
    if name is not None:
        raise Malformed("WIR-4", f"member {name[:40]!r}")


def _not_json(constant: str) -> NoReturn:
    """Refuse NaN and Infinity, which pydantic's parser reads."""
    raise Malformed("WIR-2", f"{constant} is no JSON")


def _first_difference(left: bytes, right: bytes) -> int:
    return next(place for place, (a, b) in enumerate(zip_longest(left, right)) if a != b)
