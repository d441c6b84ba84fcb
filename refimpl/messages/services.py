"""What is ordered, booked and told of a service while it lasts.

Rules: SES-*, AUT-5, PLA-7, PLA-8.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from refimpl.credential import ShownEmaid, ShownMedium
from refimpl.messages.said import (
    BILLING,
    KIND,
    LOCATION,
    TECHNICAL,
    TO_SERVE,
    Limits,
    Said,
    SaidOfContract,
    Why,
    check_reason,
)
from refimpl.records import AuthorizationId, Energy, Place, ServiceName
from refimpl.shapes import Member, UtcTime
from refimpl.vocabulary import Ground


class RemoteControlRequest(SaidOfContract):
    """The home-CSP orders a start, up to limits and until it expires, or a stop; or cancels
    what was ordered or booked and has not begun.
    """

    sort = TO_SERVE

    authorization_id: AuthorizationId = None
    command: Annotated[Literal["cancel", "start", "stop"], Member(TECHNICAL, "SES-8")]
    emaid: ShownEmaid = None
    evse_id: Place
    expires_at: Annotated[UtcTime | None, Member(LOCATION, "PLA-8")] = None
    kind: Annotated[Literal["remote-control-request"], KIND] = "remote-control-request"
    limits: Limits | None = None
    medium: ShownMedium = None
    service: ServiceName


class RemoteControlAnswer(Said):
    """The visited-CSO takes the order on or does not; what came of it follows in a notice."""

    sort = TO_SERVE

    accepted: Annotated[bool, Member(TECHNICAL, "SES-2")]
    kind: Annotated[Literal["remote-control-answer"], KIND] = "remote-control-answer"
    reason: Why = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_reason(self.accepted, self.reason)
        return self


class RemoteControlNotice(Said):
    """The visited-CSO tells what came of an order: done, not done or, until it knows, unknown.

    It may tell when, and how much energy, in watt-hours, the service has taken until then.
    """

    sort = TO_SERVE

    at: Annotated[UtcTime | None, Member(LOCATION, "WIR-3")] = None
    command: Annotated[Literal["start", "stop"], Member(TECHNICAL, "SES-8")]
    energy_wh: Annotated[Energy | None, Member(BILLING, "SES-4")] = None
    kind: Annotated[Literal["remote-control-notice"], KIND] = "remote-control-notice"
    reason: Why = None
    result: Annotated[Literal["done", "not-done", "unknown"], Member(TECHNICAL, "SES-15")]

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_reason(self.result == "done", self.reason)
        return self


class SessionProgressNotice(SaidOfContract):
    """The visited-CSO tells how a service goes on; energy in watt-hours since its start."""

    sort = TO_SERVE

    at: Annotated[UtcTime, Member(LOCATION, "WIR-3")]
    authorization: Annotated[Ground, Field(strict=False), Member(TECHNICAL, "SES-13")]
    emaid: ShownEmaid = None
    energy_wh: Annotated[Energy, Member(BILLING, "SES-4")]
    event: Annotated[
        Literal["started", "updated", "ended", "abandoned"], Member(TECHNICAL, "SES-5")
    ]
    evse_id: Place
    kind: Annotated[Literal["session-progress-notice"], KIND] = "session-progress-notice"
    medium: ShownMedium = None
    service: ServiceName


class ReservationRequest(SaidOfContract):
    """The home-CSP books an EVSE for one of its contracts from a moment on, or from now, until
    another.
    """

    sort = TO_SERVE

    emaid: ShownEmaid = None
    evse_id: Place
    kind: Annotated[Literal["reservation-request"], KIND] = "reservation-request"
    medium: ShownMedium = None
    service: ServiceName
    starts_at: Annotated[UtcTime | None, Member(LOCATION, "PLA-7")] = None
    until: Annotated[UtcTime, Member(LOCATION, "PLA-7")]


class ReservationAnswer(Said):
    """The visited-CSO holds the EVSE, or does not."""

    sort = TO_SERVE

    granted: Annotated[bool, Member(TECHNICAL, "AUT-1")]
    kind: Annotated[Literal["reservation-answer"], KIND] = "reservation-answer"
    reason: Why = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_reason(self.granted, self.reason)
        return self
