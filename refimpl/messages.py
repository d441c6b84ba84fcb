"""What roaming endpoints say to each other.

A request is a question or an order and gets its own answer; a notice tells and gets a
`Receipt`; whatever cannot be served gets a `Refusal`.  The pairs stand in `ANSWERS`.  An
`Envelope` carries one message from the entity that says it to the entity it is for: its
correlation id stays the same from end to end and for the whole service, its request id is fresh
on every hop.

Rules: WIR-3 and the rules of identifiers, credentials, records and extensions.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from refimpl.credential import Emaid, Medium, Shown, check_named, keys_of
from refimpl.edition import Edition
from refimpl.extension import Extension
from refimpl.identifiers.wire import EmaidText, EvseIdText
from refimpl.records import AuthorizationId, DetailRecord, Energy, Place, RecordId, ServiceName
from refimpl.shapes import DATE, Id, Member, Name, Sort, Sorted, Text, UtcTime
from refimpl.vocabulary import Ground, Phase, PrivacyClass, Purpose, Reason, Retention

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
    medium: str = ""
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


class SaidOfContract(Said):
    """What one roaming entity says of a service for a contract at an EVSE."""

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
        medium = self.medium.key if self.medium else ""
        return Subject(self.service, self.emaid or "", medium, self.evse_id)

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


def _check_why(yes: bool, reason: Reason | None) -> None:
    if yes and reason is not None:
        raise PydanticCustomError("AUT-5", "a yes gives no reason")


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
        Literal[
            "available",
            "blocked",
            "occupied",
            "out-of-service",
            "removed",
            "reserved",
            "unknown",
        ],
        Member(TECHNICAL, "WIR-3"),
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


class AuthorizationListNotice(Said):
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

    @property
    def keys(self) -> frozenset[str]:
        """The texts under which lists hold its contracts."""
        return frozenset((*self.emaids, *(medium.key for medium in self.media or ())))


class AuthorizationRequest(SaidOfContract):
    """The visited-CSO asks whether a contract may receive a service at an EVSE."""

    sort = TO_AUTHORIZE

    emaid: Emaid = None
    evse_id: Place
    extension: Extension = None
    kind: Annotated[Literal["authorization-request"], KIND] = "authorization-request"
    medium: Shown = None
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
        _check_why(self.granted, self.reason)
        if not self.granted and self.limits is not None:
            raise PydanticCustomError("AUT-6", "a no has no limits")
        return self


class RemoteControlRequest(SaidOfContract):
    """The home-CSP orders a start, up to limits and until it expires, or a stop; or cancels
    what was ordered or booked and has not begun.
    """

    sort = TO_SERVE

    authorization_id: AuthorizationId = None
    command: Annotated[Literal["cancel", "start", "stop"], Member(TECHNICAL, "SES-8")]
    emaid: Emaid = None
    evse_id: Place
    expires_at: Annotated[UtcTime | None, Member(LOCATION, "PLA-8")] = None
    kind: Annotated[Literal["remote-control-request"], KIND] = "remote-control-request"
    limits: Limits | None = None
    medium: Shown = None
    service: ServiceName


class RemoteControlAnswer(Said):
    """The visited-CSO takes the order on or does not; what came of it follows in a notice."""

    sort = TO_SERVE

    accepted: Annotated[bool, Member(TECHNICAL, "SES-2")]
    kind: Annotated[Literal["remote-control-answer"], KIND] = "remote-control-answer"
    reason: Why = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_why(self.accepted, self.reason)
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
        _check_why(self.result == "done", self.reason)
        return self


class SessionProgressNotice(SaidOfContract):
    """The visited-CSO tells how a service goes on; energy in watt-hours since its start."""

    sort = TO_SERVE

    at: Annotated[UtcTime, Member(LOCATION, "WIR-3")]
    authorization: Annotated[Ground, Field(strict=False), Member(TECHNICAL, "SES-13")]
    emaid: Emaid = None
    energy_wh: Annotated[Energy, Member(BILLING, "SES-4")]
    event: Annotated[
        Literal["started", "updated", "ended", "abandoned"], Member(TECHNICAL, "SES-5")
    ]
    evse_id: Place
    kind: Annotated[Literal["session-progress-notice"], KIND] = "session-progress-notice"
    medium: Shown = None
    service: ServiceName


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
        record = self.record
        medium = record.medium.key if record.medium else ""
        return Subject(record.service, record.emaid or "", medium, record.evse_id)


class RecordWithdrawalNotice(Said):
    """The visited-CSO takes a detail record back, and no other takes its place."""

    sort = TO_BILL

    kind: Annotated[Literal["record-withdrawal-notice"], KIND] = "record-withdrawal-notice"
    reason: Annotated[Text, Member(IDENTIFIER, "WIR-3")]
    record_id: RecordId


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


class ReservationRequest(SaidOfContract):
    """The home-CSP books an EVSE for one of its contracts from a moment on, or from now, until
    another.
    """

    sort = TO_SERVE

    emaid: Emaid = None
    evse_id: Place
    kind: Annotated[Literal["reservation-request"], KIND] = "reservation-request"
    medium: Shown = None
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
        _check_why(self.granted, self.reason)
        return self


Day = Annotated[str, Field(pattern=f"^{DATE}$")]
"""A day in UTC, as `2025-07-08`."""
What = Literal["lists", "records", "sessions", "stations"]


class FetchRequest(Said):
    """One partner asks the other to say again what it has said: records, sessions, lists or
    stations.

    Of all there is between the two it names a service, an id or a day, or nothing; `after` asks
    for the page behind the one that ended there.
    """

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="FET-1")

    after: Annotated[Id | None, Member(ROUTING, "FET-3")] = None
    correlation_id: Annotated[Id | None, Member(ROUTING, "FET-2")] = None
    day: Annotated[Day | None, Member(LOCATION, "FET-2")] = None
    id: Annotated[Id | None, Member(BILLING, "FET-2")] = None
    kind: Annotated[Literal["fetch-request"], KIND] = "fetch-request"
    what: Annotated[What, Member(TECHNICAL, "FET-1")]


class ServiceState(Sorted):
    """How a service stands at the partner that is asked, and the record it left."""

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="FET-4", name="service-state")

    correlation_id: Annotated[Id, Member(ROUTING, "REP-6")]
    emaid: Emaid = None
    energy_wh: Annotated[Energy | None, Member(BILLING, "SES-4")] = None
    evse_id: Place
    ground: Annotated[Ground | None, Field(strict=False), Member(TECHNICAL, "SES-13")] = None
    last_at: Annotated[UtcTime | None, Member(LOCATION, "WIR-3")] = None
    medium: Shown = None
    opener: Annotated[Name, Member(ROUTING, "SES-12")]
    phase: Annotated[Phase, Field(strict=False), Member(TECHNICAL, "SES-1")]
    record: DetailRecord | None = None
    service: ServiceName
    started_at: Annotated[UtcTime | None, Member(LOCATION, "WIR-3")] = None

    @model_validator(mode="after")
    def _check_contract(self) -> Self:
        check_named(self.emaid, self.medium)
        return self


Notice = Annotated[
    StationInformationNotice | StationStatusNotice | AuthorizationListNotice,
    Field(discriminator="kind"),
]


class FetchAnswer(Said):
    """A page of what was asked for: news as it was said, services as they stand; `more` where
    the page is not the last.
    """

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="FET-1")

    after: Annotated[Id | None, Member(ROUTING, "FET-3")] = None
    kind: Annotated[Literal["fetch-answer"], KIND] = "fetch-answer"
    more: Annotated[bool, Member(TECHNICAL, "FET-3")]
    notices: tuple[Notice, ...] = ()
    services: tuple[ServiceState, ...] = ()


class RecordMark(Sorted):
    """A record by the service it is of and its own id."""

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="RCL-1", name="record-mark")

    correlation_id: Annotated[Id, Member(ROUTING, "REP-6")]
    record_id: RecordId


Marks = Annotated[tuple[RecordMark, ...], Field(max_length=200)]


class ReconciliationRequest(Said):
    """One partner tells which records it has of the services that ended on a day, in the order
    of their ids; `more` where further pages follow.
    """

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="RCL-1")

    after: Annotated[Id | None, Member(BILLING, "RCL-2")] = None
    day: Annotated[Day, Member(LOCATION, "RCL-1")]
    have: Marks
    kind: Annotated[Literal["reconciliation-request"], KIND] = "reconciliation-request"
    more: Annotated[bool, Member(TECHNICAL, "RCL-2")]


class ReconciliationAnswer(Said):
    """The other tells which of these it lacks, and which it has besides."""

    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="RCL-1")

    besides: Marks
    kind: Annotated[Literal["reconciliation-answer"], KIND] = "reconciliation-answer"
    lacks: Marks


class Receipt(Said):
    """A notice has arrived and is kept, or `held` for reconciliation where its service is not
    known.
    """

    sort = TO_ROUTE._replace(rule="REP-7")

    held: Annotated[Literal["unmatched"] | None, Member(TECHNICAL, "REC-10")] = None
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
    | RecordWithdrawalNotice
    | CorrectionRequest
    | CorrectionAnswer
    | ReservationRequest
    | ReservationAnswer
    | FetchRequest
    | FetchAnswer
    | ReconciliationRequest
    | ReconciliationAnswer
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
    RecordWithdrawalNotice:   Receipt,
    CorrectionRequest:        CorrectionAnswer,
    ReservationRequest:       ReservationAnswer,
    FetchRequest:             FetchAnswer,
    ReconciliationRequest:    ReconciliationAnswer,
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
