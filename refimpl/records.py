"""Detail records: what a completed service leaves behind, and how the two kinds relate.

A service detail record (SDR) says what any service came to; a charging detail record (CDR)
tells a charging service in periods.  Which kind a service leaves is a fact of the edition.
That a CDR can be summed up as an SDR (`derive`) is this model's choice: the public text says
the two are told apart, not how.

A record never changes: a correction is a new record that names the one it replaces.  Fields
stand in sorted order, so that a record written out is already in canonical form.

Rules: REC-*.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.identifiers import EmaidText, EvseIdText

UTC_SECOND: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"


class _UtcSecond:
    """How `UtcTime` is read and written: on the wire exactly `2025-07-08T12:00:00Z`, in Python
    an aware datetime.
    """

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        text = core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=UTC_SECOND),
                core_schema.datetime_schema(strict=False),
            ]
        )
        value = core_schema.datetime_schema(strict=True, tz_constraint=0)
        whole = core_schema.no_info_after_validator_function(cls._whole, value)
        return core_schema.json_or_python_schema(text, whole)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "pattern": UTC_SECOND}

    @staticmethod
    def _whole(value: datetime) -> datetime:
        if value.microsecond:
            raise PydanticCustomError("WIR-3", "a time has whole seconds")
        return value


UtcTime = Annotated[datetime, _UtcSecond]
"""A moment in UTC, to the second."""
Energy = Annotated[int, Field(ge=0, le=10_000_000)]
"""Energy in watt-hours."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]
"""An id of a message, service or record: 1 to 64 letters, digits or `. _ : / -`."""
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""The id of a row of the edition or of an entity: lower-case words joined by hyphens."""


class Shape(BaseModel):
    """What every shape on the wire has in common: closed, strict and immutable."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        regex_engine="rust-regex",
    )

    def __copy__(self) -> Self:
        """A copy, perhaps with other fields, without what was worked out from the fields of
        this one.
        """
        copied = super().__copy__()
        for name in vars(self).keys() - type(self).model_fields.keys():
            del vars(copied)[name]
        return copied


class ChargingPeriod(Shape):
    """A stretch of a charging service and the energy transferred in it, in watt-hours."""

    ended_at: UtcTime
    energy_wh: Energy
    started_at: UtcTime


class ServiceDetailRecord(Shape):
    """What one use of a service came to: who, where, when, how much of which unit."""

    emaid: EmaidText
    ended_at: UtcTime
    evse_id: EvseIdText
    kind: Literal["sdr"] = "sdr"
    quantity: Annotated[int, Field(ge=0, le=1_000_000_000)]
    record_id: Id
    replaces: Id | None = None
    service: Name
    started_at: UtcTime
    unit: Literal["s", "Wh"]

    @model_validator(mode="after")
    def _check(self) -> "ServiceDetailRecord":
        _sound(self)
        return self


class ChargingDetailRecord(Shape):
    """What one charging service came to, period by period; energy in watt-hours."""

    emaid: EmaidText
    ended_at: UtcTime
    energy_wh: Energy
    evse_id: EvseIdText
    kind: Literal["cdr"] = "cdr"
    periods: Annotated[tuple[ChargingPeriod, ...], Field(min_length=1, max_length=100)]
    record_id: Id
    replaces: Id | None = None
    service: Name
    started_at: UtcTime

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
        if sum(period.energy_wh for period in self.periods) != self.energy_wh:
            raise PydanticCustomError("REC-3", "the periods do not add up to energy_wh")
        return self


DetailRecord = Annotated[
    ServiceDetailRecord | ChargingDetailRecord, Field(discriminator="kind")
]


def _sound(record: ServiceDetailRecord | ChargingDetailRecord) -> None:
    if record.ended_at < record.started_at:
        raise PydanticCustomError("REC-2", "ended_at is before started_at")
    if record.replaces == record.record_id:
        raise PydanticCustomError("REC-5", "a record replaces itself")


def derive(cdr: ChargingDetailRecord) -> ServiceDetailRecord:
    """The service detail record that sums up a charging detail record (this model's choice of
    how the two relate).

    >>> from datetime import datetime, UTC
    >>> a, b = datetime(2025, 7, 8, 12, tzinfo=UTC), datetime(2025, 7, 8, 13, tzinfo=UTC)
    >>> period = ChargingPeriod(started_at=a, ended_at=b, energy_wh=11_000)
    >>> cdr = ChargingDetailRecord(emaid="DE8AA001234567", ended_at=b, energy_wh=11_000, evse_id="DEAB7E8406487",
    ...                            periods=(period,), record_id="r-1", service="energy-transfer", started_at=a)
    >>> derive(cdr).quantity, derive(cdr).unit
    (11000, 'Wh')
    """
    shared = cdr.model_dump(exclude={"energy_wh", "periods", "kind"})
    return ServiceDetailRecord(**shared, quantity=cdr.energy_wh, unit="Wh")


def check_kind(record: ServiceDetailRecord | ChargingDetailRecord, edition: Edition) -> None:
    """That the record is of the kind the edition gives for its service; raises `Violation`
    REC-1.
    """
    service = edition.services.get(record.service)
    if service is None or service.record != record.kind:
        raise Violation(
            "REC-1", f"record {record.record_id}: a {record.kind} of {record.service}"
        )
