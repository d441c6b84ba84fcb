"""What signed text (JWS, RFC 7515) and sealed text (JWE, RFC 7516) share: their compact form.

A text is parts in base64url with a dot between them, and the first part is a header in JSON.
`parts_of` shows what a text is made of, `header_of` what its header says.  The profile is
small on purpose: whatever else headers bring along elsewhere (keys, addresses of keys,
extensions) is refused, and a header has one form only, the canonical one.

A text meets the checks of `ORDER` from the top; the first that finds a fault names the rule.
Nothing here verifies a signature or opens a seal: that is for `jws` and `jwe`.

Rules: JOS-1 to JOS-13.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Final, Generic, NoReturn, TypeVar

from refimpl.errors import Malformed, RoamingError, Untrusted
from refimpl.shapes import (
    Shape,
    canonical_bytes,
    first_repeated,
    is_canonical,
)

MAX_CHARS: Final = 131_072
"""The longest text that is looked at: the longest message (WIR-1), signed and sealed, with room
for the headers.
"""

# fmt: off
ORDER: Final[Mapping[str, type[RoamingError]]] = MappingProxyType({
    "JOS-1":  Malformed,  # more characters than are looked at
    "JOS-2":  Malformed,  # not three parts, or not five
    "JOS-3":  Malformed,  # a character that base64url has not: white space, padding, + and /
    "JOS-4":  Malformed,  # base64url, but not the one text of these bytes
    "JOS-5":  Malformed,  # a signature, encrypted key, IV or tag that is too long or too short
    "JOS-6":  Malformed,  # a header that is no JSON object
    "JOS-7":  Malformed,  # a header that says something twice
    "JOS-8":  Malformed,  # a header in another form than the canonical one
    "JOS-9":  Malformed,  # crit: something that must be understood, and isn't
    "JOS-10": Untrusted,  # a header that brings its own key, or says where to get it
    "JOS-11": Malformed,  # a member too many, too few or of another type
    "JOS-12": Untrusted,  # an algorithm the profile has not: none, HS256
    "JOS-13": Untrusted,  # a key that is not known here
    "JOS-14": Untrusted,  # signed: an algorithm that is not the key's
    "JOS-15": Untrusted,  # signed: a signature that does not fit
    "JOS-16": Untrusted,  # sealed: an ephemeral key that is no point on the curve of the key
    "JOS-17": Untrusted,  # sealed: an ephemeral key that makes the same secret with every key
    "JOS-18": Untrusted,  # sealed: something has changed since
})
PARTS: Final = {
    3: ("header", "payload", "signature"),
    5: ("header", "encrypted key", "iv", "ciphertext", "tag"),
}
"""The parts of a signed and of a sealed text (RFC 7515, 7.1; RFC 7516, 7.1)."""
SIZES: Final = {
    3: {2: 64},
    5: {1: 0, 2: 12, 4: 16},
}
"""How many bytes some of them must have, by their place."""
# fmt: on
KEYS_AND_THEIR_ADDRESSES: Final = ("jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u")
"""The members of a header that bring a key or say where it is (RFC 7515, 4.1.2 to 4.1.8)."""
ALPHABET: Final = (ascii_letters + digits + "-_").encode()
STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
"""From base64url to base64; what only base64 has becomes what neither has."""
PADDING: Final = (b"", b"", b"==", b"=")
"""What base64 puts behind a text, by what is left of its length divided by four."""
LAST: Final = (ALPHABET, b"", b"AQgw", b"AEIMQUYcgkosw048")
"""How a text may end, by the same: its last character has no bits that mean nothing."""


def refusal(rule_id: str, where: str) -> RoamingError:
    """The error that a rule of `ORDER` asks for."""
    return ORDER[rule_id](rule_id, where)


# --- Base64url and parts ----------------------------------------------------------------------


def to_base64url(raw: bytes) -> bytes:
    """Bytes as base64url without padding (RFC 7515, 2)."""
    return b2a_base64(raw, newline=False).rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")


def from_base64url(text: bytes, where: str) -> bytes:
    """Read base64url text as bytes; raises `Malformed` JOS-3 or JOS-4 and says `where`."""
    left = len(text) % 4
    try:
        raw = a2b_base64(text.translate(STANDARD) + PADDING[left], strict_mode=True)
    except ValueError:
        pass
    else:
        if text[-1:] in LAST[left]:
            return raw
    if strays := text.translate(None, ALPHABET):
        raise refusal("JOS-3", f"{where}, character {text.index(strays[:1]) + 1}")
    raise refusal("JOS-4", where)


def split_text(text: str, count: int) -> tuple[list[bytes], list[bytes]]:
    """The parts of a text, `count` of them, as they stand and as the bytes they mean.

    Raises `Malformed` JOS-1 to JOS-5.
    """
    if len(text) > MAX_CHARS:
        raise refusal("JOS-1", f"{len(text)} characters, at most {MAX_CHARS}")
    encoded = text.encode("ascii", "replace").split(b".")
    if len(encoded) != count:
        raise refusal("JOS-2", f"{len(encoded)} parts, not {count}")
    decoded = [*map(from_base64url, encoded, PARTS[count])]
    for place, size in SIZES[count].items():
        found = len(decoded[place])
        if found != size:
            raise refusal("JOS-5", f"{PARTS[count][place]} of {found} bytes, not {size}")
    return encoded, decoded


def parts_of(text: str) -> Mapping[str, bytes]:
    """What a signed or sealed text is made of, by name; nothing is verified by looking at it.

    `signing input` is what a signature is made over; `aad` is what a seal guards and leaves
    readable.  Raises `Malformed` JOS-1 to JOS-5.
    """
    sealed = text.count(".") == 4
    encoded, decoded = split_text(text, 5 if sealed else 3)
    named = dict(zip(PARTS[len(encoded)], decoded, strict=True))
    if sealed:
        return {**named, "aad": encoded[0]}
    return {**named, "signing input": b".".join(encoded[:2])}


# --- Headers ----------------------------------------------------------------------------------


class Header(Shape):
    """A protected header: a closed shape whose fields stand in sorted order."""

    alg: str

    @cached_property
    def encoded(self) -> bytes:
        """Its canonical JSON in base64url, written once however often the header is used."""
        return to_base64url(canonical_bytes(self))


H = TypeVar("H", bound=Header)


@dataclass(frozen=True, slots=True)
class Plain(Generic[H]):
    """What a text says once its signature fits or its seal is open."""

    header: H
    content: bytes = field(repr=False)


def read_header(raw: bytes, shape: type[H]) -> H:
    """A header from its JSON text; raises JOS-6 to JOS-11."""
    try:
        header: H = shape.__pydantic_validator__.validate_json(raw)
    except ValueError:
        _refuse_header(raw, shape)
    if not is_canonical(header, raw):
        _refuse_header(raw, shape)
    return header


def header_of(text: str, shape: type[H]) -> H:
    """The header of a signed or sealed text, of which nothing is verified yet; raises JOS-1 to
    JOS-11.
    """
    return read_header(parts_of(text)["header"], shape)


def _refuse_header(raw: bytes, shape: type[Header]) -> NoReturn:
    """Say what is wrong with a header: JOS-6 to JOS-11."""
    try:
        members = json.loads(raw.decode(), parse_float=_shortest_number)
        again = _canonical_header(members)
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise refusal("JOS-6", "header") from None
    if again != raw:
        repeated = first_repeated(raw)
        if repeated is not None:
            raise refusal("JOS-7", f"header, member {repeated[:40]!a}") from None
        raise refusal("JOS-8", "header") from None
    if "crit" in members:
        raise refusal("JOS-9", "header, member crit") from None
    for name in KEYS_AND_THEIR_ADDRESSES:
        if name in members:
            raise refusal("JOS-10", f"header, member {name}") from None
    for name in sorted(members.keys() - shape.model_fields.keys()):
        raise refusal("JOS-11", f"header, member {name[:40]!a}") from None
    raise refusal("JOS-11", "header") from None


def _canonical_header(value: object) -> bytes:
    """The canonical JSON of whatever a header says (RFC 8785)."""
    return _header_encoder.encode(_in_order(value)).encode()


_header_encoder: Final = json.JSONEncoder(
    allow_nan=False, ensure_ascii=False, separators=(",", ":")
)


def _in_order(value: object) -> object:
    """JSON data with the members of each object in order by UTF-16 units."""
    if isinstance(value, list):
        return [*map(_in_order, value)]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _in_order(value[name]) for name in names}
    return value


def _shortest_number(text: str) -> float:
    """A number with a fraction or an exponent, as RFC 8785 writes it: 1.0 and 1e0 are 1."""
    number = float(text)
    return int(number) if number.is_integer() else number


def key_id(header: Header) -> str:
    """The id of the key that a header names; the empty id if it names none."""
    return getattr(header, "kid", None) or ""
