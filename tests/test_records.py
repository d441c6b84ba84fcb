"""Records as values: what they hold, what `derive` makes of a CDR, and which kind an edition
wants.
"""

from datetime import timedelta, timezone
from typing import Any, Final

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from refimpl.credential import Medium
from refimpl.edition import load
from refimpl.errors import Violation
from refimpl.records import (
    MAX_BYTES,
    ChargingDetailRecord,
    ChargingPeriod,
    DetailRecord,
    ServiceDetailRecord,
    check_kind,
    derive,
)
from refimpl.shapes import canonical_bytes
from tests.strategies import charging_detail_records
from tests.world import EMAID, EVSE_ID, NOON

HOUR: Final = timedelta(hours=1)
SHARED: Final[dict[str, Any]] = {
    "emaid": EMAID,
    "ended_at": NOON + HOUR,
    "evse_id": EVSE_ID,
    "record_id": "record-1",
    "service": "energy-transfer",
    "started_at": NOON,
}


def sdr(**changed: Any) -> ServiceDetailRecord:
    return ServiceDetailRecord(**{**SHARED, "quantity": 3600, "unit": "s", **changed})


def cdr(*energy: int, **changed: Any) -> ChargingDetailRecord:
    """A CDR with periods of a minute each, one after the other."""
    minute = timedelta(minutes=1)
    periods = tuple(
        ChargingPeriod(
            started_at=NOON + i * minute, ended_at=NOON + (i + 1) * minute, energy_wh=wh
        )
        for i, wh in enumerate(energy)
    )
    return ChargingDetailRecord(
        **{**SHARED, "energy_wh": sum(energy), "periods": periods, **changed}
    )


def faults(error: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    return [fault["type"] for fault in error.value.errors()]


def test_a_record_never_changes() -> None:
    with pytest.raises(ValidationError):
        sdr().quantity = 1  # type: ignore[misc]  # that it cannot be done is the test


@pytest.mark.parametrize("make", [sdr, lambda **changed: cdr(1, **changed)], ids=["sdr", "cdr"])
def test_no_end_before_the_start(make: Any) -> None:
    """A record may be over when it starts but not before."""
    with pytest.raises(ValidationError) as error:
        make(started_at=NOON + 2 * HOUR)
    assert faults(error) == ["REC-2"]
    assert sdr(started_at=NOON + HOUR).started_at == sdr().ended_at


@pytest.mark.parametrize("make", [sdr, lambda **changed: cdr(1, **changed)], ids=["sdr", "cdr"])
def test_not_its_own_replacement(make: Any) -> None:
    """A record does not replace itself."""
    with pytest.raises(ValidationError) as error:
        make(replaces="record-1")
    assert faults(error) == ["REC-5"]
    assert make(replaces="record-0").replaces == "record-0"


def test_touching_periods() -> None:
    """Periods may touch and may be empty."""
    assert cdr(5, 0, 7).energy_wh == 12
    edge = ChargingPeriod(started_at=NOON, ended_at=NOON, energy_wh=1)
    end = ChargingPeriod(started_at=NOON + HOUR, ended_at=NOON + HOUR, energy_wh=2)
    assert ChargingDetailRecord(**SHARED, energy_wh=3, periods=(edge, end)).energy_wh == 3


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"ended_at": NOON + timedelta(seconds=119)}, "REC-4"),
        ({"started_at": NOON + timedelta(seconds=1)}, "REC-4"),
        ({"energy_wh": 13}, "REC-3"),
        ({"energy_wh": 11}, "REC-3"),
    ],
)
def test_periods_add_up(changed: dict[str, Any], rule: str) -> None:
    """Periods lie within the record and add up."""
    with pytest.raises(ValidationError) as error:
        cdr(5, 7, **changed)
    assert faults(error) == [rule]


def test_times_are_whole_seconds() -> None:
    """A time is a whole second in UTC."""
    for wrong in (NOON.replace(tzinfo=None), NOON.astimezone(timezone(HOUR)), NOON.isoformat()):
        with pytest.raises(ValidationError):
            sdr(started_at=wrong)
    with pytest.raises(ValidationError) as error:
        sdr(started_at=NOON + timedelta(milliseconds=500))
    assert faults(error) == ["WIR-3"]
    assert sdr(started_at=NOON.replace(tzinfo=timezone(timedelta()))).started_at == NOON


def test_schema_of_a_time() -> None:
    """A schema says how a time is written."""
    ended_at = TypeAdapter(DetailRecord).json_schema()["$defs"]["ServiceDetailRecord"][
        "properties"
    ]["ended_at"]
    assert ended_at["pattern"].endswith("Z$")


def test_sdr_by_hand() -> None:
    summed = sdr(quantity=3, unit="Wh")
    assert derive(cdr(1, 2)) == summed


@given(charging_detail_records())
def test_sdr_of_a_cdr(record: ChargingDetailRecord) -> None:
    """A CDR is summed up in an SDR of the same service."""
    summary = derive(record)
    assert (summary.kind, summary.unit) == ("sdr", "Wh")
    assert summary.quantity == sum(period.energy_wh for period in record.periods)
    shared = ("emaid", "ended_at", "evse_id", "record_id", "replaces", "service", "started_at")
    assert [getattr(summary, field) for field in shared] == [
        getattr(record, field) for field in shared
    ]


@pytest.mark.parametrize(
    ("name", "record", "fits"),
    [
        ("2019", sdr(quantity=1, unit="Wh"), True),
        ("2019", cdr(1), False),
        ("2019", sdr(service="parking"), False),
        ("2025", cdr(1), True),
        ("2025", sdr(quantity=1, unit="Wh"), False),
        ("2025", sdr(service="parking"), True),
        ("2025", cdr(1, service="parking"), False),
        ("2025", sdr(service="reservation"), True),
        ("2025", sdr(service="smart-charging"), False),
    ],
)
def test_kind_of_a_record(
    name: str, record: ServiceDetailRecord | ChargingDetailRecord, fits: bool
) -> None:
    """The edition says which kind a service leaves."""
    if fits:
        check_kind(record, load(name))
        return
    with pytest.raises(Violation) as error:
        check_kind(record, load(name))
    assert error.value.rule_id == "REC-1"
    assert "record-1" in error.value.where


# --- what a stay is besides its charging --------------------------------------------------------


def stay(*periods: ChargingPeriod, **changed: Any) -> ChargingDetailRecord:
    """A charging detail record of an hour from noon with periods."""
    return ChargingDetailRecord(
        **{
            "emaid": "DE8AA001234567",
            "ended_at": NOON + HOUR,
            "energy_wh": sum(period.energy_wh for period in periods),
            "evse_id": "DEAB7E8406487",
            "periods": periods,
            "record_id": "record-1",
            "service": "energy-transfer",
            "started_at": NOON,
            **changed,
        }
    )


def period(energy_wh: int = 0, **changed: Any) -> ChargingPeriod:
    plain = {"ended_at": NOON + HOUR, "energy_wh": energy_wh, "started_at": NOON}
    return ChargingPeriod(**{**plain, **changed})


@pytest.mark.parametrize("activity", ["idle", "parking"])
def test_energy_is_for_charging(activity: str) -> None:
    assert stay(period(activity=activity)).energy_wh == 0
    for energy in ({"energy_wh": 1}, {"energy_back_wh": 1}):
        with pytest.raises(ValidationError, match="REC-6"):
            stay(period(**energy, activity=activity), energy_back_wh=None)


def test_energy_given_back_adds_up() -> None:
    back = period(10, energy_back_wh=3)
    assert stay(back, energy_back_wh=3).energy_back_wh == 3
    assert stay(period(10, energy_back_wh=0)).energy_back_wh is None
    for wrong in (None, 2):
        with pytest.raises(ValidationError, match="REC-3"):
            stay(back, energy_back_wh=wrong)


def test_bytes_bound_a_record() -> None:
    """A hundred periods and more are no fault, and 32768 bytes are the end."""
    moments = [NOON] * 250
    many = [period(ended_at=moment, started_at=moment) for moment in moments]
    assert len(stay(*many).periods) == 250
    size = len(canonical_bytes(stay(*many)))
    one = len(canonical_bytes(many[0])) + 1
    most = 250 + (MAX_BYTES - size) // one
    assert len(stay(*many[:1] * most).periods) == most
    with pytest.raises(ValidationError, match="REC-9"):
        stay(*many[:1] * (most + 1))


def test_a_record_names_its_contract() -> None:
    card = Medium(type="rfid", uid="04A2B3C4")
    assert stay(period(), emaid=None, medium=card).medium == card
    assert derive(stay(period(), emaid=None, medium=card)).medium == card
    with pytest.raises(ValidationError, match="CRD-1"):
        stay(period(), emaid=None)
