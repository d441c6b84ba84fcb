"""The messages as a set: each has a shape of its own, an answer, and an exchange."""

from collections.abc import Callable
from typing import get_args

import pytest
from pydantic import ValidationError

from refimpl.edition import load
from refimpl.messages import (
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationRequest,
    CorrectionRequest,
    Envelope,
    Limits,
    ListPart,
    Message,
    Receipt,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    ReservationAnswer,
    Said,
    ServiceState,
    Station,
    exchange_of,
)
from refimpl.shapes import canonical_bytes
from refimpl.vocabulary import Phase, Reason
from tests.strategies import MESSAGES
from tests.world import EVSE_ID

UNION = set(get_args(get_args(Message)[0]))
KINDS = {shape: shape.model_fields["kind"].default for shape in UNION}


def test_kinds_are_unique() -> None:
    """Every message has a kind of its own and a strategy."""
    assert len(UNION) == 21
    assert len(set(KINDS.values())) == 21
    assert set(MESSAGES) == UNION


def test_sorts_of_messages() -> None:
    """Every message is asked or told or answers."""
    answers = {*ANSWERS.values(), Refusal}
    assert set(ANSWERS) | answers == UNION
    assert not set(ANSWERS) & answers


@pytest.mark.parametrize("asked", ANSWERS, ids=lambda shape: shape.__name__)
def test_requests_have_answers(asked: type[Said]) -> None:
    """A request has its own answer and a notice a receipt."""
    name = asked.__name__
    if name.endswith("Notice"):
        assert ANSWERS[asked] is Receipt
    else:
        assert ANSWERS[asked].__name__ == name.removesuffix("Request") + "Answer"


@pytest.mark.parametrize("name", ["2019", "2025"])
def test_exchanges_of_messages(
    name: str,
) -> None:
    """Every message is said in an exchange of the edition but for reservations in the first."""
    edition = load(name)
    told = {kind for row in edition.exchanges.values() if row.modelled for kind in row.messages}
    new = {"reservation-request", "reservation-answer"} if name == "2019" else set()
    assert told == set(KINDS.values()) - {"receipt", "refusal"} - new
    for shape, strategy in MESSAGES.items():
        said_in = exchange_of(shape.model_construct(kind=KINDS[shape]), edition)
        assert (said_in is not None) == (KINDS[shape] in told), strategy
        if said_in is not None:
            assert KINDS[shape] in edition.exchanges[said_in].messages


def test_lines_for_people() -> None:
    """A line for people holds 200 characters and no control character."""
    assert CorrectionRequest(reason="\U0001f50c" * 200, record_id="r").reason
    for wrong in ("", "x" * 201, "a\nb", "a\x7fb", "a\x85b"):
        with pytest.raises(ValidationError):
            CorrectionRequest(reason=wrong, record_id="r")


def test_a_station_offers_something() -> None:
    with pytest.raises(ValidationError):
        Station(evse_id="DEAB7E1", name="Market Square", power_w=0, services=())


def test_envelope_is_frozen() -> None:
    """An envelope is closed and never changes."""
    assert Envelope.model_config["extra"] == "forbid"
    with pytest.raises(ValidationError):
        Receipt().kind = "receipt"  # type: ignore[misc]  # that it cannot be done is the test


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (lambda: AuthorizationAnswer(granted=True, reason=Reason.BUSY), "AUT-5"),
        (lambda: RemoteControlAnswer(accepted=True, reason=Reason.BUSY), "AUT-5"),
        (lambda: ReservationAnswer(granted=True, reason=Reason.BUSY), "AUT-5"),
        (
            lambda: RemoteControlNotice(command="stop", reason=Reason.BUSY, result="done"),
            "AUT-5",
        ),
        (lambda: AuthorizationAnswer(granted=False, limits=Limits()), "AUT-6"),
        (lambda: ListPart(action="add", number=1, of=1, part=2), "LST-1"),
        (
            lambda: AuthorizationRequest(
                evse_id=EVSE_ID, service="parking", visited_cso="cso-elm"
            ),
            "CRD-1",
        ),
        (
            lambda: ServiceState(
                correlation_id="s",
                evse_id=EVSE_ID,
                opener="cso",
                phase=Phase.ACTIVE,
                service="parking",
            ),
            "CRD-1",
        ),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_members_that_do_not_go_together(said: Callable[[], object], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        said()


def test_a_no_gives_a_reason_and_a_yes_limits() -> None:
    no = AuthorizationAnswer(granted=False, reason=Reason.NO_CREDIT)
    yes = AuthorizationAnswer(granted=True, limits=Limits(energy_wh=10_000, seconds=3600))
    assert b'"reason":"no-credit"' in canonical_bytes(no)
    assert b'"limits":{"energy_wh":10000,"seconds":3600}' in canonical_bytes(yes)
