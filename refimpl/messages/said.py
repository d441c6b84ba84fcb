"""What every message has in common, and what news and those about a service for a contract
have.

Rules: WIR-3, REP-10, CRD-1, AUT-5, AUT-6.
"""

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from refimpl.credential import NAMES_A_CONTRACT, Medium, check_named, keys_of
from refimpl.records import Energy
from refimpl.shapes import Member, Sort, Sorted
from refimpl.vocabulary import PrivacyClass, Purpose, Reason, Retention

IDENTIFIER, LOCATION, BILLING, TECHNICAL, ROUTING = PrivacyClass
KIND: Final = Member(ROUTING, "WIR-3")
TO_ROUTE: Final = Sort(Purpose.ROUTE, Retention.ANSWERED)
TO_INFORM: Final = Sort(Purpose.INFORM, Retention.REPLACED, "NET-8")
TO_AUTHORIZE: Final = Sort(Purpose.AUTHORIZE, Retention.SERVICE)
TO_SERVE: Final = Sort(Purpose.SERVE, Retention.SERVICE)
TO_BILL: Final = Sort(Purpose.BILL, Retention.ACCOUNTS)


class Subject(NamedTuple):
    """Which service a message speaks of, for whom and where; empty where it does not say."""

    service: str = ""
    emaid: str = ""
    evse_id: str = ""
    medium: Medium | None = None


class Said(Sorted):
    """What one roaming entity says to another: a question, an order, news or an answer.

    Each says in `sort` what it is for, and of each member what it tells and which rule speaks
    most of it.  Free text may name a person, so it is an identifier; where a station is tells
    nobody's whereabouts.
    """

    if TYPE_CHECKING:  # each declares it in its place, for members stand in sorted order
        kind: str

    @property
    def subject(self) -> Subject:
        """What it speaks of."""
        return Subject()

    @property
    def evse_ids(self) -> tuple[str, ...]:
        """The EVSEs that it speaks of."""
        evse_id = self.subject.evse_id
        return (evse_id,) if evse_id else ()


SequenceNumber = Annotated[
    Annotated[int, Field(ge=1, le=2**53 - 1)] | None, Member(TECHNICAL, "REP-10")
]


"""A number that rises from one news of a kind to the next, from each sender."""


class News(Said):
    """What one roaming entity tells outside all services."""

    if TYPE_CHECKING:  # each declares it in its place
        sequence: int | None


class SaidOfContract(Said):
    """What one roaming entity says of a service for a contract at an EVSE."""

    model_config = ConfigDict(json_schema_extra=NAMES_A_CONTRACT)

    if TYPE_CHECKING:  # each declares them in their places
        emaid: str | None
        evse_id: str
        medium: Medium | None
        service: str

    @model_validator(mode="after")
    def _check_contract(self) -> Self:
        check_named(self.emaid, self.medium)
        return self

    @property
    def subject(self) -> Subject:
        """What it speaks of."""
        return Subject(self.service, self.emaid or "", self.evse_id, self.medium)

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts under which contracts and lists may hold its contract."""
        return keys_of(self.emaid, self.medium)


class Limits(Sorted):
    """How much may be had on a yes: energy in watt-hours, time in seconds."""

    sort = TO_AUTHORIZE._replace(rule="AUT-6", name="limits")

    energy_wh: Annotated[Energy | None, Member(BILLING, "AUT-6")] = None
    seconds: Annotated[
        Annotated[int, Field(ge=0, le=10_000_000)] | None, Member(BILLING, "AUT-6")
    ] = None


Why = Annotated[Reason | None, Field(strict=False), Member(TECHNICAL, "AUT-5")]


"""Why not, with a no."""


def check_reason(yes: bool, reason: Reason | None) -> None:
    """That a yes gives no reason; raises the fault AUT-5 of a shape that does."""
    if yes and reason is not None:
        raise PydanticCustomError("AUT-5", "a yes gives no reason")
