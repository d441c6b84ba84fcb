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
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple

from pydantic import Field

from refimpl.edition import Edition
from refimpl.identifiers.wire import EmaidText, EvseIdText
from refimpl.records import Contract, DetailRecord, Energy, Place, RecordId, ServiceName
from refimpl.shapes import Id, Member, Name, Sort, Sorted, Text, UtcTime
from refimpl.vocabulary import PrivacyClass, Purpose, Retention

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


class Station(Sorted):
    """One EVSE as its visited-CSO publishes it; power in watts."""

    sort = TO_INFORM._replace(name="station")

    evse_id: Annotated[EvseIdText, Member(TECHNICAL, "EVS-4")]
    name: Annotated[Text, Member(TECHNICAL, "WIR-3")]
    power_w: Annotated[int, Field(ge=0, le=10_000_000), Member(TECHNICAL, "WIR-3")]
    services: Annotated[
        tuple[Name, ...], Field(min_length=1, max_length=20), Member(TECHNICAL, "WIR-3")
    ]


class StationStatus(Sorted):
    """Whether one EVSE can be used now."""

    sort = TO_INFORM._replace(name="station-status")

    evse_id: Annotated[EvseIdText, Member(TECHNICAL, "EVS-4")]
    status: Annotated[
        Literal["available", "occupied", "out-of-service"], Member(TECHNICAL, "WIR-3")
    ]


class StationInformationNotice(Said):
    """The visited-CSO tells which stations it offers."""

    sort = TO_INFORM

    kind: Annotated[Literal["station-information-notice"], KIND] = "station-information-notice"
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=100)]


class StationStatusNotice(Said):
    """The visited-CSO tells which stations can be used now."""

    sort = TO_INFORM

    kind: Annotated[Literal["station-status-notice"], KIND] = "station-status-notice"
    statuses: Annotated[tuple[StationStatus, ...], Field(min_length=1, max_length=100)]


class AuthorizationListNotice(Said):
    """The home-CSP tells which of its contracts may be served without asking; each list
    replaces the one before.
    """

    sort = Sort(Purpose.AUTHORIZE, Retention.REPLACED, "AUT-2")

    emaids: Annotated[
        tuple[EmaidText, ...], Field(max_length=1000), Member(IDENTIFIER, "EMA-4")
    ]
    home_csp: Annotated[Name, Member(ROUTING, "AUT-1")]
    kind: Annotated[Literal["authorization-list-notice"], KIND] = "authorization-list-notice"


class AuthorizationRequest(Said):
    """The visited-CSO asks whether a contract may receive a service at an EVSE."""

    sort = TO_AUTHORIZE

    emaid: Contract
    evse_id: Place
    kind: Annotated[Literal["authorization-request"], KIND] = "authorization-request"
    service: ServiceName
    visited_cso: Annotated[Name, Member(ROUTING, "SES-12")]

    @property
    def subject(self) -> Subject:
        """What it asks for."""
        return Subject(self.service, self.emaid, self.evse_id)


class AuthorizationAnswer(Said):
    """The home-CSP grants or refuses; `from_list` says that a clearing house answered from the
    list it holds.
    """

    sort = TO_AUTHORIZE

    from_list: Annotated[bool, Member(TECHNICAL, "AUT-3")] = False
    granted: Annotated[bool, Member(TECHNICAL, "AUT-1")]
    home_csp: Annotated[Name | None, Member(ROUTING, "AUT-1")] = None
    kind: Annotated[Literal["authorization-answer"], KIND] = "authorization-answer"


class RemoteControlRequest(Said):
    """The home-CSP orders a start or a stop."""

    sort = TO_SERVE

    command: Annotated[Literal["start", "stop"], Member(TECHNICAL, "SES-8")]
    emaid: Contract
    evse_id: Place
    kind: Annotated[Literal["remote-control-request"], KIND] = "remote-control-request"
    service: ServiceName

    @property
    def subject(self) -> Subject:
        """What it orders."""
        return Subject(self.service, self.emaid, self.evse_id)


class RemoteControlAnswer(Said):
    """The visited-CSO takes the order on or does not; what came of it follows in a notice."""

    sort = TO_SERVE

    accepted: Annotated[bool, Member(TECHNICAL, "SES-2")]
    kind: Annotated[Literal["remote-control-answer"], KIND] = "remote-control-answer"


class RemoteControlNotice(Said):
    """The visited-CSO tells what came of an order."""

    sort = TO_SERVE

    command: Annotated[Literal["start", "stop"], Member(TECHNICAL, "SES-8")]
    done: Annotated[bool, Member(TECHNICAL, "SES-8")]
    kind: Annotated[Literal["remote-control-notice"], KIND] = "remote-control-notice"


class SessionProgressNotice(Said):
    """The visited-CSO tells how a service goes on; energy in watt-hours since its start."""

    sort = TO_SERVE

    at: Annotated[UtcTime, Member(LOCATION, "WIR-3")]
    authorization: Annotated[
        Literal["answer", "list", "order", "booking"], Member(TECHNICAL, "SES-3")
    ]
    emaid: Contract
    energy_wh: Annotated[Energy, Member(BILLING, "SES-4")]
    event: Annotated[
        Literal["started", "updated", "ended", "abandoned"], Member(TECHNICAL, "SES-5")
    ]
    evse_id: Place
    kind: Annotated[Literal["session-progress-notice"], KIND] = "session-progress-notice"
    service: ServiceName

    @property
    def subject(self) -> Subject:
        """What goes on."""
        return Subject(self.service, self.emaid, self.evse_id)


class DetailRecordNotice(Said):
    """The visited-CSO hands over a detail record, or a replacement of one."""

    sort = TO_BILL

    kind: Annotated[Literal["detail-record-notice"], KIND] = "detail-record-notice"
    record: DetailRecord

    @property
    def replacing(self) -> bool:
        """Whether the record takes the place of an earlier one."""
        return self.record.replaces is not None

    @property
    def subject(self) -> Subject:
        """What the record is of."""
        return Subject(self.record.service, self.record.emaid, self.record.evse_id)


class CorrectionRequest(Said):
    """The home-CSP asks for a record to be corrected."""

    sort = TO_BILL

    kind: Annotated[Literal["correction-request"], KIND] = "correction-request"
    reason: Annotated[Text, Member(IDENTIFIER, "WIR-3")]
    record_id: RecordId


class CorrectionAnswer(Said):
    """The visited-CSO agrees to replace the record, or stands by it."""

    sort = TO_BILL

    agreed: Annotated[bool, Member(TECHNICAL, "SES-7")]
    kind: Annotated[Literal["correction-answer"], KIND] = "correction-answer"


class ReservationRequest(Said):
    """The home-CSP books an EVSE for one of its contracts until a moment."""

    sort = TO_SERVE

    emaid: Contract
    evse_id: Place
    kind: Annotated[Literal["reservation-request"], KIND] = "reservation-request"
    service: ServiceName
    until: Annotated[UtcTime, Member(LOCATION, "WIR-3")]

    @property
    def subject(self) -> Subject:
        """What it books."""
        return Subject(self.service, self.emaid, self.evse_id)


class ReservationAnswer(Said):
    """The visited-CSO holds the EVSE, or does not."""

    sort = TO_SERVE

    granted: Annotated[bool, Member(TECHNICAL, "AUT-1")]
    kind: Annotated[Literal["reservation-answer"], KIND] = "reservation-answer"


class Receipt(Said):
    """A notice has arrived and is kept."""

    sort = TO_ROUTE._replace(rule="REP-7")

    kind: Annotated[Literal["receipt"], KIND] = "receipt"


class Refusal(Said):
    """What was said cannot be served: the rule it breaks, and where."""

    sort = TO_ROUTE

    kind: Annotated[Literal["refusal"], KIND] = "refusal"
    rule: Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{1,3}$"), Member(TECHNICAL, "WIR-3")]
    where: Annotated[Text, Member(IDENTIFIER, "WIR-3")]


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
ANSWERS: Final[Mapping[type[Said], type[Said]]] = MappingProxyType({
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
_MESSAGES: Final[tuple[type[Said], ...]] = (*ANSWERS, *ANSWERS.values(), Refusal)
KINDS: Final[Mapping[str, type[Said]]] = MappingProxyType(
    {shape.shape_name(): shape for shape in _MESSAGES}
)
"""Every message by its kind."""
ANSWER_KINDS: Final = frozenset(kind for kind, shape in KINDS.items() if shape not in ANSWERS)
"""The kinds of what is said only because something was asked or told."""


class Envelope(Sorted):
    """One message on its way: from whom and for whom end to end, and the ids that tie it to a
    service and to a hop.
    """

    sort = TO_ROUTE._replace(name="envelope")

    correlation_id: Annotated[Id, Member(ROUTING, "REP-6")]
    edition: Annotated[Name, Member(TECHNICAL, "REP-3")]
    message: Message
    receiver: Annotated[Name, Member(ROUTING, "REP-1")]
    request_id: Annotated[Id, Member(ROUTING, "REP-4")]
    sender: Annotated[Name, Member(ROUTING, "REP-2")]
    sent_at: Annotated[UtcTime, Member(TECHNICAL, "WIR-3")]


def exchange_of(message: Said, edition: Edition) -> str | None:
    """The id of the first exchange of the edition in which the message is said, or None where
    the edition has none.

    >>> from refimpl.edition import load
    >>> exchange_of(CorrectionAnswer(agreed=True), load("2025"))
    'correction'
    """
    for row in edition.exchanges.values():
        if row.modelled and message.kind in row.messages:
            return row.id
    return None
