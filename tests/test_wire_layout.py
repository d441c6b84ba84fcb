"""What is known at a glance to be canonical is so: `decode` says of any bytes what it says when
it writes every message again and compares.
"""

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl import wire
from refimpl.errors import Malformed
from refimpl.messages import KINDS, Envelope, Said
from refimpl.shapes import Shape, Sorted, canonical_bytes, is_canonical, layout
from refimpl.wire import decode, encode
from tests.strategies import MESSAGES, envelopes
from tests.test_wire import RAW, SPELLINGS, written

Verdict = tuple[str, str] | Envelope
Edit = Callable[[bytes, random.Random], bytes]


def verdict(raw: bytes) -> Verdict:
    """What `decode` says of bytes: the message, or the rule and the place."""
    try:
        return decode(raw)
    except Malformed as error:
        return error.rule_id, error.where


@contextmanager
def nothing_fits() -> Iterator[None]:
    """Have every message written again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "_fits", lambda shape, message: lambda raw: None)
        yield


# --- ways to spoil bytes ----------------------------------------------------------------------


def anywhere(pattern: bytes, write: Callable[[bytes, random.Random], bytes]) -> Edit:
    """Write one of the places that fit a pattern in another way."""
    found = re.compile(pattern)

    def edit(raw: bytes, dice: random.Random) -> bytes:
        places = list(found.finditer(raw))
        if not places:
            return raw
        place = dice.choice(places)
        return raw[: place.start()] + write(place[0], dice) + raw[place.end() :]

    return edit


def respelt(value: Any, dice: random.Random) -> Any:
    """The same JSON with the members of its objects in any order."""
    if isinstance(value, list):
        return [respelt(inner, dice) for inner in value]
    if not isinstance(value, dict):
        return value
    members = [(name, respelt(inner, dice)) for name, inner in value.items()]
    dice.shuffle(members)
    return dict(members)


def reordered(raw: bytes, dice: random.Random) -> bytes:
    try:
        value = respelt(json.loads(raw), dice)
    except ValueError:
        return raw
    return json.dumps(value, ensure_ascii=dice.random() < 0.5, separators=(",", ":")).encode()


def flipped(raw: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :]


def one_of(*choices: bytes) -> Callable[[bytes, random.Random], bytes]:
    return lambda old, dice: dice.choice(choices)


def escaped(old: bytes, dice: random.Random) -> bytes:
    return dice.choice([b"\\u%04x" % old[0], b"\\u%04X" % old[0], b"\\" + old])


# fmt: off
EDITS: Final[tuple[Edit, ...]] = (
    flipped,
    reordered,
    anywhere(rb"(?=.)", one_of(b" ", b"\n", b"\t", b"\0", b"\\", b'"', b",", b"0", b"-")),
    anywhere(rb".", one_of(b"")),
    anywhere(rb'"[^"]*":', lambda old, dice: old + b"1," + old),
    anywhere(rb'"[^"]*":("[^"]*"|[0-9]+),', lambda old, dice: old * 2),
    anywhere(rb'"[^"]*":("[^"]*"|[0-9]+|true|false),', one_of(b"")),
    anywhere(rb"[a-z/]", escaped),
    anywhere(rb"(?<=:)[0-9]+", one_of(b"-0", b"0", b"1.0", b"1e1", b"01", b"-1", b"9" * 20)),
    anywhere(rb"(?<=:)[0-9]+", lambda old, dice: old + dice.choice([b".0", b"e0", b"E+0"])),
    anywhere(rb'(?<=:)"[^"]*"', one_of(b"null", b"true", b'""', b"[]", b'"\xc3\xa9"', b"{}")),
    anywhere(rb"true|false", one_of(b"true", b"false", b"1", b"0", b'"true"', b"null")),
    anywhere(rb"\d\dZ", one_of(b"00z", b"00+00:00", b"00.0Z", b"60Z", b"00Z", b"1Z")),
    anywhere(rb"[A-Z]", lambda old, dice: old.lower()),
    anywhere(rb"[A-Z]{2}", lambda old, dice: old + dice.choice([b"-", b"*", b" "])),
    anywhere(rb"[\[{]", lambda old, dice: old + dice.choice([b" ", b",", b"{}", b"1,"])),
    anywhere(rb"[\]}]", lambda old, dice: dice.choice([b",", b" ", b',"x":1']) + old),
)
# fmt: on


# --- the same verdict -------------------------------------------------------------------------


@given(envelopes(), st.integers(1, 3), st.randoms(use_true_random=False))
def test_same_verdict(envelope: Envelope, edits: int, dice: random.Random) -> None:
    """Of whatever a message can be made into, the glance and the comparison say the same."""
    raw = encode(envelope)
    for _ in range(edits):
        raw = dice.choice(EDITS)(raw, dice) or b"0"
    at_a_glance = verdict(raw)
    with nothing_fits():
        assert verdict(raw) == at_a_glance


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_same_rule_for_each_spelling(spelling: str) -> None:
    raw = SPELLINGS[spelling][0](RAW)
    at_a_glance = verdict(raw)
    with nothing_fits():
        assert verdict(raw) == at_a_glance


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_each_kind_is_known_at_a_glance(kind: type[Said]) -> None:
    """What has no escape and no map in it fits the layout of its kind."""
    fits = wire._fits(Envelope, kind)

    @given(envelopes(MESSAGES[kind]))
    def known(envelope: Envelope) -> None:
        raw = encode(envelope)
        plain = b"\\" not in raw and b'"extension":' not in raw
        assert bool(fits(raw)) or not plain

    known()


def test_every_shape_has_sorted_members() -> None:
    """Members stand in a layout as they are declared, and canonical JSON sorts them."""

    def shapes_in(shape: type[Sorted]) -> Iterator[type[Sorted]]:
        yield shape
        for part in shape.parts():
            yield from shapes_in(part)

    kinds: tuple[type[Sorted], ...] = (Envelope, *KINDS.values())
    for kind in kinds:
        for shape in shapes_in(kind):
            assert list(shape.model_fields) == sorted(shape.model_fields), shape


# --- layouts ----------------------------------------------------------------------------------


class Part(Shape):
    """A shape with nothing that has to be there."""

    first: int | None = None
    second: bool | None = None


class Odd(Shape):
    """A shape with a member that no layout knows."""

    loose: dict[str, str]


class Odder(Shape):
    """Another one."""

    anything: Any


class Pair(Shape):
    """A shape with a member of just two values."""

    both: tuple[int, int]


@pytest.mark.parametrize("raw", [b"{}", b'{"first":1}', b'{"first":-1,"second":true}'])
def test_absent_members(raw: bytes) -> None:
    assert re.fullmatch(layout(Part).encode(), raw)


@pytest.mark.parametrize(
    "value", [Odd(loose={"b": "1", "a": "2"}), Odder(anything=[1]), Pair(both=(1, 2))]
)
def test_unknown_members_fit_nothing(value: Shape) -> None:
    """What no layout knows is written again."""
    raw = canonical_bytes(value)
    assert not re.fullmatch(layout(type(value)).encode(), raw)
    assert is_canonical(value, raw)
    assert not is_canonical(value, raw + b" ")


@pytest.mark.parametrize(
    "raw", [b'{"first": 1}', b'{"second":true,"first":1}', b'{"first":-0}', b'{"first":null}']
)
def test_other_spellings_do_not_fit(raw: bytes) -> None:
    assert not is_canonical(Part.model_validate_json(raw), raw)


def test_an_escape_is_compared() -> None:
    """A text that needs an escape passes in the one spelling that it has."""
    said = {"kind": "refusal", "rule": "SES-5", "where": 'a "b" \\ c'}
    raw = written({**json.loads(RAW), "message": said})
    assert encode(decode(raw)) == raw
    with pytest.raises(Malformed, match="WIR-5"):
        decode(raw.replace(b'\\"', b"\\u0022", 1))


def test_expressions_made_anew() -> None:
    """Of the expressions of all kinds, that of its own alone knows a message."""
    fits = {kind: wire._fits.__wrapped__(Envelope, shape) for kind, shape in KINDS.items()}
    kind = decode(RAW).message.kind
    assert [name for name, knows in fits.items() if knows(RAW)] == [kind]
