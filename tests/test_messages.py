"""The messages as a set: each has a shape of its own, an answer, and an exchange it is said in."""

from typing import get_args

import pytest
from pydantic import ValidationError

from refimpl.edition import load
from refimpl.messages import (
    ANSWERS,
    CorrectionRequest,
    Envelope,
    Message,
    Receipt,
    Refusal,
    Said,
    Station,
    exchange_of,
)
from tests.strategies import MESSAGES

UNION = set(get_args(get_args(Message)[0]))
KINDS = {shape: shape.model_fields["kind"].default for shape in UNION}


def test_every_message_has_a_kind_of_its_own_and_a_strategy() -> None:
    assert len(UNION) == 16
    assert len(set(KINDS.values())) == 16
    assert set(MESSAGES) == UNION


def test_every_message_is_asked_or_told_or_answers() -> None:
    answers = {*ANSWERS.values(), Refusal}
    assert set(ANSWERS) | answers == UNION
    assert not set(ANSWERS) & answers


@pytest.mark.parametrize("asked", ANSWERS, ids=lambda shape: shape.__name__)
def test_a_request_has_its_own_answer_and_a_notice_a_receipt(asked: type[Said]) -> None:
    name = asked.__name__
    if name.endswith("Notice"):
        assert ANSWERS[asked] is Receipt
    else:
        assert ANSWERS[asked].__name__ == name.removesuffix("Request") + "Answer"


@pytest.mark.parametrize("name", ["2019", "2025"])
def test_every_message_is_said_in_an_exchange_of_the_edition_but_for_reservations_in_the_first(
    name: str,
) -> None:
    edition = load(name)
    told = {kind for row in edition.exchanges.values() if row.modelled for kind in row.messages}
    new = {"reservation-request", "reservation-answer"} if name == "2019" else set()
    assert told == set(KINDS.values()) - {"receipt", "refusal"} - new
    for shape, strategy in MESSAGES.items():
        said_in = exchange_of(shape.model_construct(kind=KINDS[shape]), edition)
        assert (said_in is not None) == (KINDS[shape] in told), strategy
        if said_in is not None:
            assert KINDS[shape] in edition.exchanges[said_in].messages


def test_a_line_for_people_holds_200_characters_and_no_control_character() -> None:
    assert CorrectionRequest(reason="\U0001f50c" * 200, record_id="r").reason
    for wrong in ("", "x" * 201, "a\nb", "a\x7fb", "a\x85b"):
        with pytest.raises(ValidationError):
            CorrectionRequest(reason=wrong, record_id="r")


def test_a_station_offers_something() -> None:
    with pytest.raises(ValidationError):
        Station(evse_id="DEAB7E1", name="Market Square", power_w=0, services=())


def test_an_envelope_is_closed_and_never_changes() -> None:
    assert Envelope.model_config["extra"] == "forbid"
    with pytest.raises(ValidationError):
        Receipt().kind = "receipt"  # type: ignore[misc]  # that it cannot be done is the test
