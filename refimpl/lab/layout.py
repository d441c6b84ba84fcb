"""Bytes that a person can read: each byte belongs to one range, which has a name, a value in
words, and the rule of the model that asks for it, if one does.

How bytes are laid out is a table of parts: `Fixed` so many bytes, `Vector` a length and what
it announces, `Tagged` a number that decides what follows it, `Each` parts repeated, `Rest` all
that is left.  `annotate` reads bytes along such a table.  It leaves no byte out and reads none
twice, or else raises.

Nothing here knows TLS; its tables stand in `tls_layouts`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from refimpl.errors import Malformed

Show = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from `start` to before `end`: what they are, what they say, the rule that asks for
    them or none, what they are a part of, and why they are there; `was` is what stood there
    before an attack, in words, and empty where nothing is different.
    """

    start: int
    end: int
    name: str
    value: str
    rule: str = ""
    within: str = ""
    says: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class Annotated:
    """Bytes with their ranges, in their order: `id` is how a link names them, `told` what is to
    be said of the whole, `changed` the places of the bytes that an attack has changed.
    """

    id: str
    title: str
    raw: bytes = field(repr=False)
    ranges: tuple[Range, ...] = field(repr=False)
    told: str = ""
    changed: frozenset[int] = frozenset()


class Place(NamedTuple):
    """Where a part is read: from `at`, at most to `end`, and what all of it is a part of."""

    raw: bytes
    at: int
    end: int
    within: str

    def take(self, size: int, name: str) -> bytes:
        """The next bytes; raises `Malformed` TLS-6 where there are fewer."""
        if self.at + size > self.end:
            raise Malformed("TLS-6", f"{name}: {self.end - self.at} bytes of {size}")
        return self.raw[self.at : self.at + size]


class Part(Protocol):
    """A row of a layout."""

    def read(self, place: Place) -> Iterator[Range]:
        """Read the part where it stands, as ranges one behind the other."""


Parts = tuple[Part, ...]


def annotate(raw: bytes, parts: Iterable[Part], within: str = "") -> tuple[Range, ...]:
    """Read bytes along a layout, to the last of them; raises `Malformed` TLS-6 for bytes too
    few or too many.

    >>> annotate(bytes.fromhex("0203"), (Fixed("a", 1, number), Rest("b", number)))[1]
    Range(start=1, end=2, name='b', value='3', rule='', within='', says='', was='')
    """
    return tuple(_read_all(Place(raw, 0, len(raw), within), parts))


def _read_all(place: Place, parts: Iterable[Part]) -> Iterator[Range]:
    """Read parts one behind the other, until nothing is left."""
    for part in parts:
        for found in part.read(place):
            yield found
            place = place._replace(at=found.end)
    if place.at != place.end:
        raise Malformed("TLS-6", f"{place.end - place.at} bytes too many, {place.within}")


# --- What a value is in words -----------------------------------------------------------------


def number(raw: bytes) -> str:
    """A number, the highest byte first."""
    return str(int.from_bytes(raw, "big"))


def length(raw: bytes) -> str:
    """A number of bytes."""
    return f"{number(raw)} bytes"


def digits(raw: bytes) -> str:
    """Bytes that are no number and no text."""
    return f"{len(raw)} bytes"


def named(names: Mapping[int, str]) -> Show:
    """A number by its name, or else by its digits."""

    def show(raw: bytes) -> str:
        found = int.from_bytes(raw, "big")
        return f"{names.get(found, 'no name here')} (0x{raw.hex()})"

    return show


# --- The parts --------------------------------------------------------------------------------


class Fixed(NamedTuple):
    """So many bytes that are one value."""

    name: str
    size: int
    show: Show
    rule: str = ""
    says: str = ""

    def read(self, place: Place) -> Iterator[Range]:
        """Read the value."""
        raw = place.take(self.size, self.name)
        if self.size:
            yield _range(place, self.size, self.name, self.show(raw), self.rule, self.says)


class Rest(NamedTuple):
    """All bytes that are left, perhaps none."""

    name: str
    show: Show
    rule: str = ""
    says: str = ""

    def read(self, place: Place) -> Iterator[Range]:
        """Read the value."""
        size = place.end - place.at
        yield from Fixed(self.name, size, self.show, self.rule, self.says).read(place)


class Optional(NamedTuple):
    """Parts that stand there only where bytes are left."""

    parts: Parts

    def read(self, place: Place) -> Iterator[Range]:
        """Read the parts, if there are bytes for them."""
        if place.at < place.end:
            yield from _read_all(place, self.parts)


class Each(NamedTuple):
    """Parts that are repeated until nothing is left."""

    parts: Parts

    def read(self, place: Place) -> Iterator[Range]:
        """Read the parts again and again."""
        while place.at < place.end:
            before = place.at
            for part in self.parts:
                for found in part.read(place):
                    yield found
                    place = place._replace(at=found.end)
            if place.at == before:
                raise Malformed("TLS-6", f"nothing repeated, {place.within}")


class Vector(NamedTuple):
    """A length of `head` bytes, and the parts that it announces."""

    name: str
    head: int
    parts: Parts
    rule: str = ""
    says: str = ""

    def read(self, place: Place) -> Iterator[Range]:
        """Read the length and the parts."""
        raw, size = _announced(place, self.head, self.name)
        name = f"length of {self.name}"
        yield _range(place, self.head, name, length(raw), self.rule, self.says)
        at = place.at + self.head
        yield from _read_all(place._replace(at=at, end=at + size), self.parts)


class Body(NamedTuple):
    """What follows a number: the name of the whole, and its parts."""

    name: str
    parts: Parts
    rule: str = ""
    says: str = ""


class Tagged(NamedTuple):
    """A number of `size` bytes, a length of `head` bytes, and what the number decides."""

    name: str
    size: int
    head: int
    bodies: Mapping[int, Body]
    rule: str = ""

    def read(self, place: Place) -> Iterator[Range]:
        """Read number, length and parts; of a number without a row, the bytes as they are."""
        tag = place.take(self.size, self.name)
        body = self.bodies.get(int.from_bytes(tag, "big"), UNKNOWN)
        rule = body.rule or self.rule
        within = f"{self.name} {body.name}"
        value = f"{body.name} (0x{tag.hex()})"
        inside = place._replace(within=within)
        yield _range(inside, self.size, self.name, value, rule, body.says)
        inside = inside._replace(at=place.at + self.size)
        raw, size = _announced(inside, self.head, self.name)
        yield _range(inside, self.head, f"length of the {self.name}", length(raw), rule)
        at = inside.at + self.head
        yield from _read_all(inside._replace(at=at, end=at + size), body.parts)


UNKNOWN: Final = Body("without a name here", (Rest("content", digits),))


def _announced(place: Place, head: int, name: str) -> tuple[bytes, int]:
    """The bytes of a length, and the length; raises `Malformed` TLS-6 where less follows."""
    raw = place.take(head, f"length of {name}")
    size = int.from_bytes(raw, "big")
    place._replace(at=place.at + head).take(size, name)
    return raw, size


def _range(
    place: Place, size: int, name: str, value: str, rule: str = "", says: str = ""
) -> Range:
    return Range(place.at, place.at + size, name, value, rule, place.within, says)
