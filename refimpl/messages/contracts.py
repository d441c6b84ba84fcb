"""Which contracts may be served: lists, questions and answers.

Rules: AUT-*, LST-1, REP-10, and those of credentials and extensions.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from refimpl.credential import Medium, ShownEmaid, ShownMedium
from refimpl.extension import Extension
from refimpl.identifiers.wire import EmaidText
from refimpl.messages.said import (
    IDENTIFIER,
    KIND,
    ROUTING,
    TECHNICAL,
    TO_AUTHORIZE,
    Limits,
    News,
    Said,
    SaidOfContract,
    SequenceNumber,
    Why,
    check_reason,
)
from refimpl.records import AuthorizationId, Place, ServiceName
from refimpl.shapes import Member, Name, Sort, Sorted
from refimpl.vocabulary import Purpose, Retention


class ListPart(Sorted):
    """Which part of which list this is, and whether the list replaces, adds or removes.

    Lists are numbered from 1 upwards and their parts too; with part `of` a list is whole.
    """

    sort = Sort(Purpose.AUTHORIZE, Retention.REPLACED, "LST-1", "list-part")

    action: Annotated[Literal["add", "remove", "replace"], Member(TECHNICAL, "LST-2")]
    number: Annotated[int, Field(ge=1, le=2**53 - 1), Member(TECHNICAL, "LST-2")]
    of: Annotated[int, Field(ge=1, le=100_000), Member(TECHNICAL, "LST-1")]
    part: Annotated[int, Field(ge=1, le=100_000), Member(TECHNICAL, "LST-1")]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.part > self.of:
            raise PydanticCustomError("LST-1", "a part after the last")
        return self


class AuthorizationListNotice(News):
    """The home-CSP tells which of its contracts may be served without asking.

    Without a `part` it is a whole list and replaces the one before.
    """

    sort = Sort(Purpose.AUTHORIZE, Retention.REPLACED, "AUT-2")

    emaids: Annotated[
        tuple[EmaidText, ...], Field(max_length=1000), Member(IDENTIFIER, "EMA-4")
    ]
    home_csp: Annotated[Name, Member(ROUTING, "AUT-1")]
    kind: Annotated[Literal["authorization-list-notice"], KIND] = "authorization-list-notice"
    media: Annotated[tuple[Medium, ...] | None, Field(min_length=1, max_length=500)] = None
    part: ListPart | None = None
    sequence: SequenceNumber = None

    @property
    def keys(self) -> frozenset[str]:
        """The texts under which lists hold its contracts."""
        return frozenset((*self.emaids, *(medium.key for medium in self.media or ())))


class AuthorizationRequest(SaidOfContract):
    """The visited-CSO asks whether a contract may receive a service at an EVSE."""

    sort = TO_AUTHORIZE

    emaid: ShownEmaid = None
    evse_id: Place
    extension: Extension = None
    kind: Annotated[Literal["authorization-request"], KIND] = "authorization-request"
    medium: ShownMedium = None
    service: ServiceName
    visited_cso: Annotated[Name, Member(ROUTING, "SES-12")]


class AuthorizationAnswer(Said):
    """The home-CSP grants, up to limits, or refuses, for a reason.

    `from_list` says that a clearing house answered from the list it holds.
    """

    sort = TO_AUTHORIZE

    authorization_id: AuthorizationId = None
    extension: Extension = None
    from_list: Annotated[bool, Member(TECHNICAL, "AUT-3")] = False
    granted: Annotated[bool, Member(TECHNICAL, "AUT-1")]
    home_csp: Annotated[Name | None, Member(ROUTING, "AUT-1")] = None
    kind: Annotated[Literal["authorization-answer"], KIND] = "authorization-answer"
    limits: Limits | None = None
    reason: Why = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_reason(self.granted, self.reason)
        if not self.granted and self.limits is not None:
            raise PydanticCustomError("AUT-6", "a no has no limits")
        return self
