"""The boundaries of shapes: the vectors of messages try each of them, on either side."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from refimpl.vectors import boundaries
from refimpl.vectors.boundaries import (
    SHAPES,
    boundaries_of,
    boundary_witnesses,
    held,
    kind_of,
    parts_of,
    resolved,
)
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.questions import Reference
from refimpl.vectors.suite import expects, read_suite, suite_folder

pytestmark = pytest.mark.slow

REFERENCE: Final = Reference(read_corpus(suite_folder(), "messages"))
RECEIPT: Final = REFERENCE.corpus.parts["receipt-least"]
LENGTHS: Final = {"id": (1, 64), "name": (1, 40), "line": (1, 200)}


# --- On the wrong side ------------------------------------------------------------------------


def test_every_boundary_has_a_witness() -> None:
    assert [witness["goal"] for witness in boundary_witnesses(REFERENCE)] == []


def test_boundaries_of_a_receipt() -> None:
    told = {boundary.goal for boundary in boundaries_of(RECEIPT)}
    assert {"receipt.x unknown", "envelope.x unknown", "receipt.kind left out"} <= told
    assert {f"envelope.{name} left out" for name in RECEIPT} <= told
    assert len({json.dumps(boundary.message) for boundary in boundaries_of(RECEIPT)}) == len(
        told
    )


def test_a_new_member_asks_for_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = json.loads(json.dumps(SHAPES))
    limits = shapes["$defs"]["limits"]
    limits["properties"]["seconds"] = {"type": "array", "minItems": 1}
    monkeypatch.setattr(boundaries, "SHAPES", shapes)
    told = [witness["goal"] for witness in boundary_witnesses(REFERENCE)]
    assert told == ["WIR-3: limits.seconds empty"]


# --- On the right side ------------------------------------------------------------------------


def accepted() -> Iterator[Any]:
    for test in read_suite(suite_folder()).tests_of("messages"):
        if "text" in test["input"] and list(expects(test).values())[-1]["outcome"] == "accept":
            yield json.loads(test["input"]["text"])


def ends_of(place: str, schema: Any) -> Iterator[str]:
    """What is to be met of a member: its ends, or each of its words."""
    kind = kind_of(schema)
    if kind == "integer":
        yield from (f"{place} {schema['minimum']}", f"{place} {schema['maximum']}")
    for length in LENGTHS.get(kind, ()):
        yield f"{kind} of length {length}"
    for word in schema.get("enum", ()):
        yield f"{schema.get('$name', place)} {word}"


def ends_in(message: Any) -> Iterator[str]:
    """What a message meets of that; what is absent is met as well."""
    for part in parts_of(SHAPES, message):
        holder = held(message, part.way)
        for name, member in part.schema["properties"].items():
            place = f"{part.name}.{name}"
            if name not in holder:
                yield f"{place} absent"
                continue
            yield f"{place} present"
            value, schema = holder[name], resolved(member, holder[name])
            if kind_of(schema) in LENGTHS:
                yield f"{kind_of(schema)} of length {len(value)}"
            elif isinstance(value, str | int):
                yield f"{schema.get('$name', place)} {value}"


def test_every_end_is_met() -> None:
    met = {end for message in accepted() for end in ends_in(message)}
    asked = set()
    for name, shape in (("envelope", SHAPES), *SHAPES["$defs"].items()):
        for member, schema in shape.get("properties", {}).items():
            if "const" not in schema:
                place = f"{name}.{member}"
                asked |= {f"{place} present", *ends_of(place, resolved(schema, None))}
                if member not in shape.get("required", ()):
                    asked.add(f"{place} absent")
    assert asked <= met
