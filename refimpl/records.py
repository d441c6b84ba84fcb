"""Detail records: what a completed service leaves behind, and how the two kinds relate.

A service detail record (SDR) says what any service came to; a charging detail record (CDR)
tells a charging service in periods.  Which kind a service leaves is a fact of the edition.
That a CDR can be summed up as an SDR (`derive`) is this model's choice: the public text says
the two are told apart, not how.

A record never changes: a correction is a new record that names the one it replaces.  How long
a record is has one bound, its bytes, and none for its periods.

Rules: REC-*, and those of credentials and extensions.
"""

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from refimpl.credential import NAMES_A_CONTRACT, ShownEmaid, ShownMedium, check_named
from refimpl.edition import Edition
from refimpl.extension import Extension
from refimpl.identifiers.wire import EvseIdText
from refimpl.shapes import Id, Member, Name, Sort, Sorted, UtcTime, canonical_bytes
from refimpl.vocabulary import PrivacyClass, Purpose, Retention

Energy = Annotated[int, Field(ge=0, le=10_000_000)]
"""Energy in watt-hours."""
MAX_BYTES: Final = 32_768
"""How long a record may be in its canonical form: signed and sealed it still fits a message."""
SURELY_SHORT: Final = 100
"""Up to how many periods nobody need look at the size of a record without an extension."""

LOCATION, BILLING = PrivacyClass.LOCATION_AND_TIME, PrivacyClass.BILLING
# fmt: off
Place       = Annotated[EvseIdText, Member(LOCATION, "EVS-4")]
ServiceName = Annotated[Name,       Member(BILLING,  "SES-10")]
RecordId    = Annotated[Id,         Member(BILLING,  "REC-5")]
Replaced    = Annotated[Id | None,  Member(BILLING,  "REC-5")]
AuthorizationId = Annotated[Id | None, Member(BILLING, "AUT-7")]
EnergyBack  = Annotated[Energy | None, Member(BILLING, "REC-3")]
Moment      = Annotated[UtcTime,    Member(LOCATION, "REC-2")]
WithinIt    = Annotated[UtcTime,    Member(LOCATION, "REC-4")]
# fmt: on
RECORD_KIND = Member(PrivacyClass.ROUTING, "REC-1")
ACCOUNTS = Sort(Purpose.BILL, Retention.ACCOUNTS)


class ChargingPeriod(Sorted):
    """A stretch of a charging service: what went on in it, charging where nothing is said, and
    the energy transferred to the vehicle and given back, in watt-hours.
    """

    sort = ACCOUNTS._replace(name="charging-period")

    activity: Annotated[
        Literal["charging", "idle", "parking"] | None, Member(BILLING, "REC-6")
    ] = None
    ended_at: WithinIt
    energy_back_wh: Annotated[Energy | None, Member(BILLING, "REC-4")] = None
    energy_wh: Annotated[Energy, Member(BILLING, "REC-4")]
    started_at: WithinIt


class ServiceDetailRecord(Sorted):
    """What one use of a service came to: who, where, when, how much of which unit."""

    model_config = ConfigDict(json_schema_extra=NAMES_A_CONTRACT)
    sort = ACCOUNTS

    authorization_id: AuthorizationId = None
    emaid: ShownEmaid = None
    ended_at: Moment
    evse_id: Place
    extension: Extension = None
    kind: Annotated[Literal["sdr"], RECORD_KIND] = "sdr"
    medium: ShownMedium = None
    quantity: Annotated[int, Field(ge=0, le=1_000_000_000), Member(BILLING, "WIR-3")]
    record_id: RecordId
    replaces: Replaced = None
    service: ServiceName
    started_at: Moment
    unit: Annotated[Literal["s", "Wh"], Member(BILLING, "WIR-3")]

    @model_validator(mode="after")
    def _check(self) -> "ServiceDetailRecord":
        _sound(self)
        return self


class ChargingDetailRecord(Sorted):
    """What one charging service came to, period by period; energy in watt-hours."""

    model_config = ConfigDict(json_schema_extra=NAMES_A_CONTRACT)
    sort = ACCOUNTS

    authorization_id: AuthorizationId = None
    emaid: ShownEmaid = None
    ended_at: Moment
    energy_back_wh: EnergyBack = None
    energy_wh: Annotated[Energy, Member(BILLING, "REC-3")]
    evse_id: Place
    extension: Extension = None
    kind: Annotated[Literal["cdr"], RECORD_KIND] = "cdr"
    medium: ShownMedium = None
    periods: Annotated[tuple[ChargingPeriod, ...], Field(min_length=1)]
    record_id: RecordId
    replaces: Replaced = None
    service: ServiceName
    started_at: Moment

    @model_validator(mode="after")
    def _check(self) -> "ChargingDetailRecord":
        _sound(self)
        before = self.started_at
        for period in self.periods:
            if not before <= period.started_at <= period.ended_at <= self.ended_at:
                raise PydanticCustomError(
                    "REC-4", "a period lies outside the record or overlaps the one before"
                )
            before = period.ended_at
            if not _may_have_energy(period):
                raise PydanticCustomError("REC-6", "energy in a period without charging")
        if sum(period.energy_wh for period in self.periods) != self.energy_wh:
            raise PydanticCustomError("REC-3", "the periods do not add up to energy_wh")
        if sum(period.energy_back_wh or 0 for period in self.periods) != (
            self.energy_back_wh or 0
        ):
            raise PydanticCustomError("REC-3", "the periods do not add up to energy_back_wh")
        return self


DetailRecord = Annotated[
    ServiceDetailRecord | ChargingDetailRecord, Field(discriminator="kind")
]


def _may_have_energy(period: ChargingPeriod) -> bool:
    charging = period.activity in (None, "charging")
    return charging or not (period.energy_wh or period.energy_back_wh)


def _sound(record: ServiceDetailRecord | ChargingDetailRecord) -> None:
    check_named(record.emaid, record.medium)
    if record.ended_at < record.started_at:
        raise PydanticCustomError("REC-2", "ended_at is before started_at")
    if record.replaces == record.record_id:
        raise PydanticCustomError("REC-5", "a record replaces itself")
    if isinstance(record, ServiceDetailRecord):
        may_be_long = record.extension is not None
    else:
        may_be_long = record.extension is not None or len(record.periods) > SURELY_SHORT
    if may_be_long and (size := len(canonical_bytes(record))) > MAX_BYTES:
        found = {"size": size, "most": MAX_BYTES}
        raise PydanticCustomError("REC-9", "a record of {size} bytes, at most {most}", found)


def derive(cdr: ChargingDetailRecord) -> ServiceDetailRecord:
    """The service detail record that sums up a charging detail record (this model's choice of
    how the two relate).

    >>> from datetime import datetime, UTC
    >>> a, b = datetime(2025, 7, 8, 12, tzinfo=UTC), datetime(2025, 7, 8, 13, tzinfo=UTC)
    >>> period = ChargingPeriod(started_at=a, ended_at=b, energy_wh=11_000)
    >>> cdr = ChargingDetailRecord(emaid="DE8AA001234567", ended_at=b, energy_wh=11_000,
    ...                            evse_id="DEAB7E8406487", periods=(period,), record_id="r-1",
    ...                            service="energy-transfer", started_at=a)
    >>> derive(cdr).quantity, derive(cdr).unit
    (11000, 'Wh')
    """
    own = {"energy_back_wh", "energy_wh", "kind", "medium", "periods"}
    shared = cdr.model_dump(exclude=own)
    return ServiceDetailRecord(**shared, medium=cdr.medium, quantity=cdr.energy_wh, unit="Wh")


def check_kind(record: ServiceDetailRecord | ChargingDetailRecord, edition: Edition) -> None:
    """That the record is of the kind the edition gives for its service; raises `Violation`
    REC-1.
    """
    service = edition.services.get(record.service)
    if service is None or service.record != record.kind:
        place = f"record {record.record_id}: a {record.kind} of {record.service}"
        edition.refuse("REC-1", place)
