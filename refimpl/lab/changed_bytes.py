"""The bytes that an attack changes: each piece of what reaches a receiver, range by range,
beside the same piece of what would have reached it; and what is different otherwise.

A sealed text is opened here with the key that its header names, whichever entity it reaches:
the lab has all keys of its four.  Where no byte is different, something else is: who gets it,
when, or what has been before.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from itertools import takewhile
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.lab.attacks import ATTACKS, Attempt, passed_on
from refimpl.lab.certificate_bytes import certificate_bytes
from refimpl.lab.entities import FOUR, NAMES, opening_key_id, pki_of_four
from refimpl.lab.layout import Annotated, Range
from refimpl.lab.message_bytes import text_pieces
from refimpl.lab.sample import SENDER, answer_text, news_text, sealed_text, signed_text
from refimpl.security import jwe
from refimpl.security.protection import RoutingHeader

LONG: Final = 64
"""How many characters are shown whole."""


def _answer(edition: Edition) -> str:
    return answer_text(edition, "stop-1")


def _news(edition: Edition) -> str:
    return news_text(edition, 1)


BEFORE: Final[Mapping[str, Callable[[Edition], str]]] = MappingProxyType(
    {
        "bit-signature": signed_text,
        "payload": signed_text,
        "kept-answer": _answer,
        "kept-altered": _answer,
        "kept-news": _news,
    }
)
"""The text that an attack began with, where it is not the sealed one."""


class Change(NamedTuple):
    """What is different in one place: of which piece, at which range, and in words what stood
    there before and what stands there now.
    """

    piece: str
    name: str
    before: str
    after: str


class Changed(NamedTuple):
    """What an attack does: the pieces with different bytes, each range that differs marked;
    those differences one by one; and in words what is different otherwise.
    """

    pieces: tuple[Annotated, ...]
    changes: tuple[Change, ...]
    otherwise: tuple[str, ...]


@cache
def changed_by(edition: Edition, attack: str) -> Changed:
    """Make an attack under an edition, and hold each piece of it beside what it was before.

    >>> from refimpl.edition import load
    >>> changed_by(load("2025"), "payload").changes[0]._asdict()["after"]
    '"parking"'
    """
    before = passed_on(BEFORE.get(attack, sealed_text)(edition))
    after = ATTACKS[attack].attempt(edition)
    old, new = _pieces_of(before), _pieces_of(after)
    in_both = old.keys() & new.keys()
    lines = list(_otherwise(before, after))
    for row in FOLLOWS:
        if row.when(before, after):
            lines.append(row.says)
            old, new = (_without(row.pieces, pieces) for pieces in (old, new))
    pieces, changes = [], []
    for link, piece in new.items():
        marked, found = _compare(old.get(link), piece)
        if found:
            pieces.append(marked)
        # What is different in a part of a text is told of the piece that the part means.
        changes += [one for one in found if f"{link}-{one.name}" not in in_both]
    for link, piece in old.items():
        # Of a text, the part that is gone has been told.
        if link not in new and not link.startswith("message"):
            changes.append(Change(piece.title, "all of it", "there", "nothing"))
    return Changed(tuple(pieces), tuple(changes), tuple(lines))


Pieces = dict[str, Annotated]


def _pieces_of(attempt: Attempt) -> Pieces:
    """Every piece of what reaches a receiver, by its id, from the inside out."""
    found: list[Annotated] = []
    signed = _opened(attempt.text)
    if signed:
        found += text_pieces(signed, "signed")
    if attempt.text != signed:
        found += text_pieces(attempt.text, "sealed")
    found += text_pieces(attempt.countersignature, "countersigned")
    found += certificate_bytes(attempt.sender_pki, SENDER)
    return {piece.id: piece for piece in found}


def _opened(text: str) -> str:
    """What a sealed text holds, or nothing where it does not open; a signed one as it is."""
    if text.count(".") != 4:
        return text
    keys = {}
    for entity in FOUR.entities:
        keys[opening_key_id(entity.id)] = pki_of_four().leaf(entity.id).encryption_key
    try:
        return jwe.unseal(text, keys.get, RoutingHeader).content.decode("ascii", "replace")
    except RoamingError:
        return ""


# --- What follows from a change, and what is different besides bytes --------------------------


def _other_text(before: Attempt, after: Attempt) -> bool:
    return before.text != after.text


def _sealed_otherwise(before: Attempt, after: Attempt) -> bool:
    return _opened(before.text) != _opened(after.text) != "" and after.text.count(".") == 4


def _no_longer_opens(_before: Attempt, after: Attempt) -> bool:
    return _opened(after.text) == ""


class Following(NamedTuple):
    """Pieces that differ only because another does, by how their ids begin: when that is so,
    and a line that says it in their place.
    """

    when: Callable[[Attempt, Attempt], bool]
    pieces: tuple[str, ...]
    says: str


# fmt: off
FOLLOWS: Final = (
    Following(_other_text,       ("message-countersigned",),
              "The clearing house countersigns whatever it passes on; so the hash in its "
              "countersignature is another one, and its signature."),
    Following(_sealed_otherwise, ("message-sealed-ciphertext", "message-sealed-tag"),
              "What is sealed is another text; so the ciphertext is another one, and its tag."),
    Following(_no_longer_opens,  ("message-signed",),
              "It no longer opens."),
)
# fmt: on


def _without(left_out: tuple[str, ...], pieces: Pieces) -> Pieces:
    return {link: piece for link, piece in pieces.items() if not link.startswith(left_out)}


def _otherwise(before: Attempt, after: Attempt) -> Iterator[str]:
    """What is different besides bytes."""
    who = NAMES[after.receiver]
    if before.receiver != after.receiver:
        again = (
            "for whom it was sealed again" if _other_text(before, after) else "not its receiver"
        )
        yield f"It reaches {who}, {again}."
    if before.now != after.now:
        seconds = round((after.now - before.now).total_seconds())
        yield f"It arrives {seconds} seconds after it was signed."
    if before.seen != after.seen:
        yield f"{who} has had this message before, and has not forgotten it."
    if after.waiting is not None:
        asked = after.waiting.question.request_id
        yield f"{who} waits for an answer to its order {asked}; the answer was to stop-1."
    if before.heard != after.heard:
        yield f"{who} has heard newer news meanwhile, and has forgotten the id of this."


# --- Two forms of one piece, side by side -----------------------------------------------------


def _compare(old: Annotated | None, new: Annotated) -> tuple[Annotated, list[Change]]:
    """Mark the ranges of a piece that are other bytes than before, and list them and those that
    are gone; a piece that was not there is listed as one.
    """
    if old is None:
        ranges = tuple(replace(one, was="nothing") for one in new.ranges)
        marked = replace(new, ranges=ranges, changed=frozenset(range(len(new.raw))))
        return marked, [Change(new.title, "all of it", "nothing", "there")]
    marks, changed, changes = dict[int, Range](), set[int](), []
    for was, now in _differences(old, new):
        before, after = _words_of(old, was), _words_of(new, now)
        named = now or was
        assert named is not None  # one of the two is there
        changes.append(Change(new.title, named.name, before, after))
        if now is not None:
            marks[now.start] = replace(now, was=before)
            earlier = _bytes_of(old, was) if was else b""
            changed |= {
                now.start + place for place in _other_bytes(earlier, _bytes_of(new, now))
            }
    ranges = tuple(marks.get(one.start, one) for one in new.ranges)
    return replace(new, ranges=ranges, changed=frozenset(changed)), changes


def _other_bytes(old: bytes, new: bytes) -> set[int]:
    """The places at which bytes are other ones; of another length, all but the beginning and
    the end that both have.
    """
    if len(old) == len(new):
        return {place for place in range(len(new)) if old[place] != new[place]}
    begin = _same_in_front(old, new)
    rest = _same_in_front(old[begin:][::-1], new[begin:][::-1])
    end = max(begin + 1, len(new) - rest)  # where something is gone, the byte behind it
    return set(range(begin, min(end, len(new))))


def _same_in_front(one: bytes, other: bytes) -> int:
    """How many bytes two have in common in front."""
    pairs = zip(one, other, strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))


Pair = tuple[Range | None, Range | None]


def _differences(old: Annotated, new: Annotated) -> Iterator[Pair]:
    """Each range that is other bytes than before, with the one of its name in its old place, or
    without one; and those that are gone.
    """
    before = [(one.name, _bytes_of(old, one)) for one in old.ranges]
    after = [(one.name, _bytes_of(new, one)) for one in new.ranges]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, there, then in matcher.get_opcodes():
        if kind != "equal":
            yield from _paired(old.ranges[start:end], new.ranges[there:then])


def _paired(old: tuple[Range, ...], new: tuple[Range, ...]) -> Iterator[Pair]:
    left = list(old)
    for now in new:
        was = next((one for one in left if one.name == now.name), None)
        if was is not None:
            left.remove(was)
        yield was, now
    yield from ((was, None) for was in left)


def _bytes_of(piece: Annotated, place: Range) -> bytes:
    return piece.raw[place.start : place.end]


def _words_of(piece: Annotated, place: Range | None) -> str:
    """What a range says, or its bytes where it says no more than how many they are."""
    if place is None:
        return "nothing"
    if place.value.endswith((" bytes", "base64url")):
        return in_words(_bytes_of(piece, place))
    return place.value


def in_words(raw: bytes) -> str:
    """Bytes as a reader can hold them beside others: as text where they are one, else in
    hexadecimal digits; of long ones the two ends.

    >>> in_words(b"eyJhbGciOiJF"), in_words(bytes(20))
    ('eyJhbGciOiJF', '00 00 00 00 00 00 00 00 … 00 00 00 00, 20 bytes')
    """
    if raw.isascii() and raw.decode("ascii").isprintable():
        text = raw.decode("ascii")
        short = len(text) <= LONG
        return text if short else f"{text[:24]} … {text[-8:]}, {len(text)} characters"
    if len(raw) <= 16:
        return raw.hex(" ")
    return f"{raw[:8].hex(' ')} … {raw[-4:].hex(' ')}, {len(raw)} bytes"
