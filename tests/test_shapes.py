"""What shapes share: one byte form, members that stand once, the first fault, what is told."""

import math
from typing import Annotated, Literal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from refimpl.credential import Medium
from refimpl.messages import Envelope
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.shapes import (
    Member,
    Shape,
    Sort,
    Sorted,
    canonical_bytes,
    canonical_json,
    first_fault,
    first_repeated,
)
from refimpl.vocabulary import PrivacyClass, Purpose, Retention

plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(max_codepoint=0xD7FF), max_size=5), inner, max_size=3
        )
    ),
    max_leaves=8,
)


class Pair(Shape):
    """Two members, of which one may be absent."""

    first: int
    second: str | None = None


class Slip(Sorted):
    """A shape with a kind and a part."""

    sort = Sort(Purpose.INFORM, Retention.REPLACED)

    kind: Annotated[Literal["slip"], Member(PrivacyClass.ROUTING, "WIR-3")] = "slip"
    period: ChargingPeriod | None = None


@given(plain_json)
def test_canonical_json_is_rfc_8785(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON


def test_canonical_json_by_hand() -> None:
    assert canonical_json({"b": [1, None], "a": "é"}) == '{"a":"é","b":[1,null]}'.encode()


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_no_canonical_form_of_what_is_no_number(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json([number])


def test_absent_members_are_left_out() -> None:
    assert canonical_bytes(Pair(first=1)) == b'{"first":1}'
    assert canonical_bytes(Pair(first=1, second="é")) == '{"first":1,"second":"é"}'.encode()


# fmt: off
REPEATED = {
    '{"a": 1, "b": 1}':                     None,
    '{"a": 1, "a": 1}':                     "a",
    '[{"a": {"c": 0, "c": 0}, "a": 1}]':    "c",   # the inner object ends first
    '{"a": {"b": 1}, "c": {"b": 1}}':       None,
    '{"\\u0061": 1, "a": 1}':               "a",   # two spellings of one name
    '{"a": ' + "9" * 5_000 + "}":           None,
}
# fmt: on


@pytest.mark.parametrize("raw", REPEATED, ids=lambda raw: str(raw)[:20])
def test_repeated_members(raw: str) -> None:
    assert first_repeated(raw) == first_repeated(raw.encode()) == REPEATED[raw]


def test_what_is_not_json_repeats_nothing() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        first_repeated("{")


def test_the_first_fault_shows_no_value() -> None:
    with pytest.raises(ValidationError) as error:
        Pair.model_validate_json('{"first": "secret", "third": "secret"}')
    fault = first_fault(error.value)
    assert (fault.kind, fault.place) == ("int_type", "first")
    assert "secret" not in fault.says


def test_a_shape_is_called_by_its_kind() -> None:
    assert Slip.shape_name() == "slip"
    assert Envelope.shape_name() == "envelope"


def test_parts_are_found_in_unions_and_tuples() -> None:
    assert Slip.parts() == (ChargingPeriod,)
    assert ChargingDetailRecord.parts() == (Medium, ChargingPeriod)
    assert ServiceDetailRecord.parts() == (Medium,)
    assert Slip.members().keys() == {"kind"}
