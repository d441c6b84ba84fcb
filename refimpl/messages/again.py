"""What partners ask each other to say again, and which records each has.

Rules: FET-*, RCL-*.
"""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from refimpl.credential import NAMES_A_CONTRACT, ShownEmaid, ShownMedium, check_named, keys_of
from refimpl.messages.contracts import AuthorizationListNotice
from refimpl.messages.said import BILLING, KIND, LOCATION, ROUTING, TECHNICAL, TO_BILL, Said
from refimpl.messages.stations import StationInformationNotice, StationStatusNotice
from refimpl.records import DetailRecord, Energy, Place, RecordId, ServiceName
from refimpl.shapes import DATE, Id, Member, Name, Sorted, UtcTime
from refimpl.vocabulary import Ground, Phase, Retention

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

    model_config = ConfigDict(json_schema_extra=NAMES_A_CONTRACT)
    sort = TO_BILL._replace(kept=Retention.ANSWERED, rule="FET-4", name="service-state")

    correlation_id: Annotated[Id, Member(ROUTING, "REP-6")]
    emaid: ShownEmaid = None
    energy_wh: Annotated[Energy | None, Member(BILLING, "SES-4")] = None
    evse_id: Place
    ground: Annotated[Ground | None, Field(strict=False), Member(TECHNICAL, "SES-13")] = None
    last_at: Annotated[UtcTime | None, Member(LOCATION, "WIR-3")] = None
    medium: ShownMedium = None
    opener: Annotated[Name, Member(ROUTING, "SES-12")]
    phase: Annotated[Phase, Field(strict=False), Member(TECHNICAL, "SES-1")]
    record: DetailRecord | None = None
    service: ServiceName
    started_at: Annotated[UtcTime | None, Member(LOCATION, "WIR-3")] = None

    @model_validator(mode="after")
    def _check_contract(self) -> Self:
        check_named(self.emaid, self.medium)
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts under which contracts and lists may hold its contract."""
        return keys_of(self.emaid, self.medium)


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
