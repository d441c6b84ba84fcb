"""What roaming endpoints say to each other.

A request is a question or an order and gets its own answer; a notice tells and gets a
`Receipt`; whatever cannot be served gets a `Refusal`.  The pairs stand in `ANSWERS`.  An
`Envelope` carries one message from the entity that says it to the entity it is for: its
correlation id stays the same from end to end and for the whole service, its request id is fresh
on every hop.

Rules: WIR-3 and the rules of identifiers and records.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from refimpl.edition import Edition
from refimpl.identifiers.wire import EmaidText, EvseIdText
from refimpl.records import DetailRecord, Energy
from refimpl.shapes import Id, Name, Shape, Text, UtcTime


class Station(Shape):
    """One EVSE as its visited-CSO publishes it; power in watts."""

    evse_id: EvseIdText
    name: Text
    power_w: Annotated[int, Field(ge=0, le=10_000_000)]
    services: Annotated[tuple[Name, ...], Field(min_length=1, max_length=20)]


class StationStatus(Shape):
    """Whether one EVSE can be used now."""

    evse_id: EvseIdText
    status: Literal["available", "occupied", "out-of-service"]


class StationInformationNotice(Shape):
    """The visited-CSO tells which stations it offers."""

    kind: Literal["station-information-notice"] = "station-information-notice"
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=100)]


class StationStatusNotice(Shape):
    """The visited-CSO tells which stations can be used now."""

    kind: Literal["station-status-notice"] = "station-status-notice"
    statuses: Annotated[tuple[StationStatus, ...], Field(min_length=1, max_length=100)]


class AuthorizationListNotice(Shape):
    """The home-CSP tells which of its contracts may be served without asking; each list
    replaces the one before.
    """

    emaids: Annotated[tuple[EmaidText, ...], Field(max_length=1000)]
    home_csp: Name
    kind: Literal["authorization-list-notice"] = "authorization-list-notice"


class AuthorizationRequest(Shape):
    """The visited-CSO asks whether a contract may receive a service at an EVSE."""

    emaid: EmaidText
    evse_id: EvseIdText
    kind: Literal["authorization-request"] = "authorization-request"
    service: Name
    visited_cso: Name


class AuthorizationAnswer(Shape):
    """The home-CSP grants or refuses; `from_list` says that a clearing house answered from the
    list it holds.
    """

    from_list: bool = False
    granted: bool
    home_csp: Name | None = None
    kind: Literal["authorization-answer"] = "authorization-answer"


class RemoteControlRequest(Shape):
    """The home-CSP orders a start or a stop."""

    command: Literal["start", "stop"]
    emaid: EmaidText
    evse_id: EvseIdText
    kind: Literal["remote-control-request"] = "remote-control-request"
    service: Name


class RemoteControlAnswer(Shape):
    """The visited-CSO takes the order on or does not; what came of it follows in a notice."""

    accepted: bool
    kind: Literal["remote-control-answer"] = "remote-control-answer"


class RemoteControlNotice(Shape):
    """The visited-CSO tells what came of an order."""

    command: Literal["start", "stop"]
    done: bool
    kind: Literal["remote-control-notice"] = "remote-control-notice"


class SessionProgressNotice(Shape):
    """The visited-CSO tells how a service goes on; energy in watt-hours since its start."""

    at: UtcTime
    authorization: Literal["answer", "list", "order", "booking"]
    emaid: EmaidText
    energy_wh: Energy
    event: Literal["started", "updated", "ended", "abandoned"]
    evse_id: EvseIdText
    kind: Literal["session-progress-notice"] = "session-progress-notice"
    service: Name


class DetailRecordNotice(Shape):
    """The visited-CSO hands over a detail record, or a replacement of one."""

    kind: Literal["detail-record-notice"] = "detail-record-notice"
    record: DetailRecord

    @property
    def replacing(self) -> bool:
        """Whether the record takes the place of an earlier one."""
        return self.record.replaces is not None


class CorrectionRequest(Shape):
    """The home-CSP asks for a record to be corrected."""

    kind: Literal["correction-request"] = "correction-request"
    reason: Text
    record_id: Id


class CorrectionAnswer(Shape):
    """The visited-CSO agrees to replace the record, or stands by it."""

    agreed: bool
    kind: Literal["correction-answer"] = "correction-answer"


class ReservationRequest(Shape):
    """The home-CSP books an EVSE for one of its contracts until a moment."""

    emaid: EmaidText
    evse_id: EvseIdText
    kind: Literal["reservation-request"] = "reservation-request"
    service: Name
    until: UtcTime


class ReservationAnswer(Shape):
    """The visited-CSO holds the EVSE, or does not."""

    granted: bool
    kind: Literal["reservation-answer"] = "reservation-answer"


class Receipt(Shape):
    """A notice has arrived and is kept."""

    kind: Literal["receipt"] = "receipt"


class Refusal(Shape):
    """What was said cannot be served: the rule it breaks, and where."""

    kind: Literal["refusal"] = "refusal"
    rule: Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{1,3}$")]
    where: Text


Message = Annotated[
    StationInformationNotice
    | StationStatusNotice
    | AuthorizationListNotice
    | AuthorizationRequest
    | AuthorizationAnswer
    | RemoteControlRequest
    | RemoteControlAnswer
    | RemoteControlNotice
    | SessionProgressNotice
    | DetailRecordNotice
    | CorrectionRequest
    | CorrectionAnswer
    | ReservationRequest
    | ReservationAnswer
    | Receipt
    | Refusal,
    Field(discriminator="kind"),
]

# What answers what, besides a `Refusal`, which answers anything.
# fmt: off
ANSWERS: Final[Mapping[type[Shape], type[Shape]]] = MappingProxyType({
    StationInformationNotice: Receipt,
    StationStatusNotice:      Receipt,
    AuthorizationListNotice:  Receipt,
    AuthorizationRequest:     AuthorizationAnswer,
    RemoteControlRequest:     RemoteControlAnswer,
    RemoteControlNotice:      Receipt,
    SessionProgressNotice:    Receipt,
    DetailRecordNotice:       Receipt,
    CorrectionRequest:        CorrectionAnswer,
    ReservationRequest:       ReservationAnswer,
})
# fmt: on
KINDS: Final[Mapping[str, type[Shape]]] = MappingProxyType(
    {shape.model_fields["kind"].default: shape for shape in (*ANSWERS, *ANSWERS.values())}
    | {"refusal": Refusal}
)
"""Every message by its kind."""
ANSWER_KINDS: Final = frozenset(kind for kind, shape in KINDS.items() if shape not in ANSWERS)
"""The kinds of what is said only because something was asked or told."""


class Envelope(Shape):
    """One message on its way: from whom and for whom end to end, and the ids that tie it to a
    service and to a hop.
    """

    correlation_id: Id
    edition: Name
    message: Message
    receiver: Name
    request_id: Id
    sender: Name
    sent_at: UtcTime


def exchange_of(message: Shape, edition: Edition) -> str | None:
    """The id of the first exchange of the edition in which the message is said, or None where
    the edition has none.

    >>> from refimpl.edition import load
    >>> exchange_of(CorrectionAnswer(agreed=True), load("2025"))
    'correction'
    """
    kind = getattr(message, "kind")  # noqa: B009 - every message has one; the union is too wide for the annotation
    return next(
        (row.id for row in edition.exchanges.values() if row.modelled and kind in row.messages),
        None,
    )
