"""A message byte by byte: in plain as a frame carries it, signed, and sealed.

JSON is read member by member; each belongs to a class of privacy, and has the rule that speaks
most of it, as its shape declares them.  A signed or sealed text is parts in base64url with dots
between them; what a part means stands behind it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl import wire
from refimpl.edition import Edition
from refimpl.lab.layout import Annotated, Range
from refimpl.lab.sample import sample_envelope, sealed_text, signed_text
from refimpl.messages import Envelope
from refimpl.security import compact
from refimpl.security.privacy import SHAPES
from refimpl.shapes import Sorted
from refimpl.tls.framing import HEAD, framed

# fmt: off
MEMBERS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = MappingProxyType({
    "signed": {
        "alg":            ("JOS-14",  "how it is signed; the key decides, this may only agree"),
        "correlation_id": ("MSG-3",   "in which service"),
        "edition":        ("REP-3",   "in which edition's terms"),
        "exp":            ("MSG-6",   "when it no longer counts, in seconds since 1970"),
        "iat":            ("MSG-5",   "when it was signed"),
        "in_reply_to":    ("REP-9",   "which message it answers, where it is an answer"),
        "jti":            ("MSG-7",   "which message of this sender; a second one is a replay"),
        "kid":            ("JOS-13",  "with which key; the reader has it already"),
        "receiver":       ("MSG-2",   "for whom"),
        "sender":         ("MSG-1",   "from whom; the key must be that entity's"),
        "typ":            ("MSG-8",   "which kind of message"),
    },
    "sealed": {
        "alg":            ("JOS-12",  "how the two come to a content key"),
        "apu":            ("MSG-3",   "the sender, bound into the content key"),
        "apv":            ("MSG-3",   "the receiver, bound into the content key"),
        "correlation_id": ("MSG-3",   "in which service; a clearing house may read it"),
        "enc":            ("JOS-12",  "how the content is encrypted and guarded"),
        "epk":            ("JOS-16",  "the public half of a key made for this one message"),
        "kid":            ("JOS-13",  "which of the receiver's keys opens it"),
        "receiver":       ("MSG-3",   "where to; a clearing house may read it"),
        "sender":         ("MSG-3",   "where from; a clearing house may read it"),
        "typ":            ("MSG-3",   "which kind of message; a clearing house may read it"),
    },
    "countersigned": {
        "alg":            ("JOS-14",  "how it is signed"),
        "house":          ("MSG-10",  "which clearing house; the key must be its own"),
        "iat":            ("MSG-12",  "when it passed the text on"),
        "kid":            ("JOS-13",  "with which key; the reader has it already"),
        "next_hop":       ("MSG-13",  "to whom it passed the text on"),
        "previous_hop":   ("MSG-13",  "from whom it had the text"),
        "typ":            ("JOS-11",  "that this is a countersignature"),
    },
})
"""The rule that speaks most of each member of a header, and what the member says."""
# fmt: on
# fmt: off
PART_RULES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({
    "header":     ("JOS-8",  ""),
    "payload":    ("MSG-9",  ""),
    "signature":  ("JOS-15", "By the key of its sender, over header, dot and payload."),
    "iv":         ("JOS-5",  "With one key it is never used twice; here the key is new too."),
    "ciphertext": ("JOS-18", "The signed text, as many bytes as it has characters."),
    "tag":        ("JOS-18", "Guards ciphertext and header: no bit of either can be changed."),
})
"""The rule that speaks most of each part of a text, and what is to be said of it."""
TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType({
    "signed": ("The signed text", "Header, payload and signature."),
    "sealed": ("The sealed text",
               "What a clearing house passes on; of all this it can read the header."),
    "countersigned": ("The countersignature",
                      "A signed text of the clearing house: the hash of what it passed on."),
})
"""What each kind of text is called, and what is to be said of it."""
# fmt: on


class Told(NamedTuple):
    """What a member tells: the rule that speaks most of it, and a sentence."""

    rule: str
    says: str = ""


# --- JSON -------------------------------------------------------------------------------------

READER: Final = json.JSONDecoder()


def json_ranges(raw: bytes, members: Mapping[str, Told], whole: Told) -> tuple[Range, ...]:
    """The ranges of a JSON object: one for each member with its name and the comma behind it,
    and one where an object or list begins or ends.

    `members` are told by their path, as `message.emaid`; `whole` is what else is told.

    >>> found = json_ranges(b'{"a":1,"b":{"c":"d"}}', {}, Told("WIR-5"))
    >>> [(one.name, one.value) for one in found[1:4]]
    [('member a', '1'), ('member b', 'begins'), ('member b.c', '"d"')]
    """
    # A decoder of texts counts in characters; so each byte is made one.
    text = raw.decode("latin-1")
    found = tuple(_read_value(Place(text, 0, 0, ""), members, whole))
    end = found[-1].end
    if end == len(raw):
        return found
    behind = Range(end, len(raw), "behind the object", repr(text[end:]), whole.rule)
    return (*found, behind)


class Place(NamedTuple):
    """A value in JSON: its text from `start` on, with the name before it; the value itself from
    `at` on, and its path.
    """

    text: str
    start: int
    at: int
    path: str

    @property
    def name(self) -> str:
        """What it is called in a range."""
        return f"member {self.path}" if self.path else "the object"


def _read_value(place: Place, members: Mapping[str, Told], whole: Told) -> Iterator[Range]:
    """Read a value: a range, or those of what it holds between two that open and close it."""
    text, at = place.text, place.at
    told = members.get(place.path, whole)
    value, end = READER.raw_decode(text, at)
    if not _holds_members(value):
        shown = text[at:end].encode("latin-1").decode("utf-8", "replace")
        end = _behind_comma(text, end)
        yield Range(place.start, end, place.name, shown, told.rule, "", told.says)
        return
    yield Range(place.start, at + 1, place.name, "begins", told.rule, "", told.says)
    at += 1
    for number in range(len(value)):
        inner = _place_within(place, at, number)
        for found in _read_value(inner, members, whole):
            yield found
            at = found.end
    yield Range(at, _behind_comma(text, at + 1), place.name, "ends", told.rule)


def _holds_members(value: object) -> bool:
    """Whether a value is told part by part: an object is, and a list of objects."""
    if isinstance(value, list):
        return any(isinstance(part, dict) for part in value)
    return isinstance(value, dict)


def _place_within(place: Place, at: int, number: int) -> Place:
    """The place of a member of an object, behind its name, or of an entry of a list."""
    name, value_at = str(number), at
    if place.text[place.at] == "{":
        name, name_ends = READER.raw_decode(place.text, at)
        value_at = name_ends + 1
    return Place(place.text, at, value_at, f"{place.path}.{name}".lstrip("."))


def _behind_comma(text: str, end: int) -> int:
    return end + 1 if text[end : end + 1] == "," else end


def told_members(shape: type[Sorted], path: str = "") -> Mapping[str, Told]:
    """What each member of a shape tells, by its path: its rule, and its class of privacy."""
    found = {}
    for name, member in shape.members().items():
        told = Told(member.rule, f"Class of privacy: {member.tells}.")
        found[f"{path}.{name}".lstrip(".")] = told
    return found


def told_headers(which: str) -> Mapping[str, Told]:
    """What each member of a header tells, of a signed or a sealed text."""
    found = {}
    for name, (rule_id, says) in MEMBERS[which].items():
        found[name] = Told(rule_id, f"{says[0].upper()}{says[1:]}.")
    for name in ("crv", "kty", "x"):
        found[f"epk.{name}"] = Told("JOS-16", "Of the key made for this one message.")
    return found


# --- Signed and sealed texts ------------------------------------------------------------------


def text_ranges(text: str) -> tuple[Range, ...]:
    """The ranges of a signed or sealed text: its parts, and the dots between them."""
    return tuple(_text_ranges(text))


def _text_ranges(text: str) -> Iterator[Range]:
    parts = text.encode().split(b".")
    names = compact.PARTS.get(len(parts), tuple(f"part {place}" for place in range(len(parts))))
    at = 0
    for name, part in zip(names, parts, strict=True):
        if part:
            rule_id, _ = PART_RULES.get(name, ("JOS-2", ""))
            yield Range(at, at + len(part), name, _meaning(part), rule_id)
        at += len(part)
        if at < len(text):
            told = ("dot", "between two parts", "JOS-2")
            if not part:
                told = ("dot behind no encrypted key", "the two have agreed on one", "JOS-5")
            yield Range(at, at + 1, *told)
        at += 1


def _meaning(part: bytes) -> str:
    """What base64url stands for, in words; that it stands for none, where it does not."""
    try:
        raw = compact.from_base64url(part, "part")
    except ValueError:
        return f"{len(part)} characters that are no base64url"
    return f"{len(part)} characters of base64url, which mean {len(raw)} bytes"


def text_pieces(text: str, which: str) -> Iterator[Annotated]:
    """A text, and behind it what each of its parts means that is base64url; `which` is one of
    `TEXTS`.
    """
    title, told = TEXTS[which]
    yield Annotated(f"message-{which}", title, text.encode(), text_ranges(text), told)
    parts = text.encode().split(b".")
    for name, part in zip(compact.PARTS.get(len(parts), ()), parts, strict=False):
        try:
            raw = compact.from_base64url(part, name)
        except ValueError:
            continue
        if raw:
            _, says = PART_RULES[name]
            ranges = _part_ranges(which, name, raw)
            link = f"message-{which}-{name}"
            yield Annotated(link, f"{title}: its {name}", raw, ranges, says)


def _part_ranges(which: str, name: str, raw: bytes) -> tuple[Range, ...]:
    """The ranges of what a part means: of JSON its members, of a signature its two numbers."""
    rule_id, _ = PART_RULES[name]
    whole = (Range(0, len(raw), name, f"{len(raw)} bytes", rule_id),)
    if name == "signature" and len(raw) == 64:
        return (
            Range(0, 32, "R", "32 bytes", rule_id, "", "A point that goes with this text."),
            Range(32, 64, "S", "32 bytes", rule_id, "", "What takes the key to make."),
        )
    if which == "countersigned" and name == "payload":
        return (Range(0, len(raw), "SHA-256 of the text", f"{len(raw)} bytes", "MSG-11"),)
    if name not in ("header", "payload"):
        return whole
    members = told_headers(which) if name == "header" else _told_payload(raw)
    try:
        return json_ranges(raw, members, Told(rule_id))
    except ValueError:
        return whole


def _told_payload(raw: bytes) -> Mapping[str, Told]:
    """What each member of a message tells, by the kind that it names."""
    for kind, shape in SHAPES.items():
        if f'"kind":"{kind}"'.encode() in raw:
            return told_members(shape)
    return {}


# --- The sample -------------------------------------------------------------------------------


def message_bytes(edition: Edition) -> tuple[Annotated, ...]:
    """The sample in plain, signed and sealed, and behind each text what its parts mean.

    >>> from refimpl.edition import load
    >>> message_bytes(load("2025"))[0].ranges[2].name
    'member correlation_id'
    """
    return (
        _plain_frame(edition),
        *text_pieces(signed_text(edition), "signed"),
        *text_pieces(sealed_text(edition), "sealed"),
    )


def _plain_frame(edition: Edition) -> Annotated:
    envelope = sample_envelope(edition)
    message = wire.encode(envelope)
    head = Range(0, HEAD, "length of the frame", f"{len(message)} bytes", "TLS-9")
    told_within = told_members(type(envelope.message), "message")
    told = {**told_members(Envelope), **told_within}
    members = json_ranges(message, told, Told("WIR-5"))
    return Annotated(
        "message-plain",
        "The message in plain, as a frame",
        framed(message),
        (head, *(moved(found, HEAD) for found in members)),
        "What goes over a channel where nothing is signed or sealed.",
    )


def moved(found: Range, by: int) -> Range:
    """A range in bytes before which others stand."""
    return replace(found, start=found.start + by, end=found.end + by)
