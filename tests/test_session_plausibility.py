"""What cannot be true: each check at its tolerance, one beyond, silent where something is not
known, and switched by an amendment.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.edition import Edition, load, parse_edition
from refimpl.errors import Misuse, Violation
from refimpl.messages import (
    DetailRecordNotice,
    Limits,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationRequest,
    Said,
    SessionProgressNotice,
)
from refimpl.records import ChargingDetailRecord, ChargingPeriod, ServiceDetailRecord
from refimpl.session import Session
from refimpl.session.plausibility import CHECKS, LOOKED_AT, Told, check_plausible
from refimpl.vocabulary import Ground, Phase
from tests.world import EMAID, EVSE_ID

NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
LATEST: Final = load("2025")
SUBJECT: Final[dict[str, Any]] = {"emaid": EMAID, "evse_id": EVSE_ID}
ENERGY: Final = {**SUBJECT, "service": "energy-transfer"}
RUNNING: Final = Session(
    "cso",
    "service-1",
    "csp",
    "cso",
    phase=Phase.ACTIVE,
    opened_at=NOON,
    started_at=NOON,
    last_at=NOON + timedelta(minutes=30),
    energy_wh=8_000,
)
ENDED: Final = replace(RUNNING, phase=Phase.ENDED)
FRESH: Final = replace(RUNNING, phase=Phase.AWAITED, started_at=None, last_at=None, energy_wh=0)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def seconds(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def progress(at: datetime, energy_wh: int = 8_000, event: Any = "updated") -> Said:
    return SessionProgressNotice(
        **ENERGY, at=at, authorization=Ground.ANSWER, energy_wh=energy_wh, event=event
    )


def result(at: datetime | None, energy_wh: int | None = None, done: Any = "done") -> Said:
    return RemoteControlNotice(at=at, command="start", energy_wh=energy_wh, result=done)


def cdr(
    started_at: datetime, ended_at: datetime, energy_wh: int = 8_000, **more: Any
) -> DetailRecordNotice:
    period = ChargingPeriod(started_at=started_at, ended_at=ended_at, energy_wh=energy_wh)
    record = ChargingDetailRecord(
        **ENERGY,
        ended_at=ended_at,
        energy_wh=energy_wh,
        periods=(period,),
        record_id="record-2",
        started_at=started_at,
        **more,
    )
    return DetailRecordNotice(record=record)


def sdr(quantity: int, unit: Any, lasted: timedelta = timedelta(hours=1)) -> DetailRecordNotice:
    record = ServiceDetailRecord(
        **SUBJECT,
        ended_at=NOON + lasted,
        quantity=quantity,
        record_id="record-2",
        service="parking",
        started_at=NOON,
        unit=unit,
    )
    return DetailRecordNotice(record=record)


def booking(until: datetime, starts_at: datetime | None = None) -> ReservationRequest:
    return ReservationRequest(**ENERGY, starts_at=starts_at, until=until)


def order(expires_at: datetime | None) -> RemoteControlRequest:
    return RemoteControlRequest(**ENERGY, command="start", expires_at=expires_at)


def limited(**limits: Any) -> Session:
    return replace(RUNNING, limits=Limits(**limits))


ON_TIME: Final = replace(FRESH, expires_at=NOON)

# By rule: what is just right, and what is one beyond.
# fmt: off
EDGES: Final[dict[str, list[tuple[Told, Told]]]] = {
    "PLA-1": [
        (Told(RUNNING, progress(seconds(2100)), minutes(30)),
         Told(RUNNING, progress(seconds(2101)), minutes(30))),
        (Told(ENDED, cdr(NOON, minutes(30)), minutes(25)),
         Told(ENDED, cdr(NOON, seconds(1801)), minutes(25))),
        (Told(FRESH, result(seconds(300)), NOON), Told(FRESH, result(seconds(301)), NOON)),
    ],
    "PLA-2": [
        (Told(FRESH, progress(NOON - timedelta(days=30), 0, "started"), NOON),
         Told(FRESH, progress(NOON - timedelta(days=30, seconds=1), 0, "started"), NOON)),
    ],
    "PLA-3": [
        (Told(RUNNING, progress(minutes(30))), Told(RUNNING, progress(seconds(1799)))),
        (Told(ENDED, cdr(NOON, minutes(30))), Told(ENDED, cdr(NOON, seconds(1799)))),
    ],
    "PLA-4": [
        (Told(RUNNING, progress(minutes(31), 7_900)), Told(RUNNING, progress(minutes(31), 7_899))),
        (Told(ENDED, cdr(NOON, minutes(30), 7_900)), Told(ENDED, cdr(NOON, minutes(30), 7_899))),
        (Told(RUNNING, result(minutes(31), 7_900)), Told(RUNNING, result(minutes(31), 7_899))),
        (Told(ENDED, sdr(7_900, "Wh")), Told(ENDED, sdr(7_899, "Wh"))),
    ],
    "PLA-5": [
        (Told(ENDED, cdr(seconds(-300), minutes(30))), Told(ENDED, cdr(seconds(-301), minutes(30)))),
        (Told(ENDED, cdr(NOON, seconds(2100))), Told(ENDED, cdr(NOON, seconds(2101)))),
    ],
    "PLA-6": [
        # 22 kW for half an hour and five minutes, and 4 MW where no power is known
        (Told(RUNNING, progress(minutes(30), 12_833), power_w=22_000),
         Told(RUNNING, progress(minutes(30), 12_834), power_w=22_000)),
        (Told(RUNNING, progress(minutes(30), 2_333_333)),
         Told(RUNNING, progress(minutes(30), 2_333_334))),
        (Told(ENDED, cdr(NOON, minutes(30), 12_833), power_w=22_000),
         Told(ENDED, cdr(NOON, minutes(30), 12_834), power_w=22_000)),
    ],
    "PLA-7": [
        (Told(FRESH, booking(seconds(1)), NOON), Told(FRESH, booking(NOON), NOON)),
        (Told(FRESH, booking(minutes(1), NOON)), Told(FRESH, booking(minutes(1), minutes(1)))),
        (Told(FRESH, order(seconds(1)), NOON), Told(FRESH, order(NOON), NOON)),
    ],
    "PLA-8": [
        (Told(ON_TIME, progress(seconds(60), 0, "started")),
         Told(ON_TIME, progress(seconds(61), 0, "started"))),
        (Told(ON_TIME, result(seconds(60))), Told(ON_TIME, result(seconds(61)))),
    ],
    "PLA-9": [
        (Told(limited(energy_wh=9_000), progress(minutes(31), 10_000)),
         Told(limited(energy_wh=9_000), progress(minutes(31), 10_001))),
    ],
    "PLA-10": [
        (Told(limited(seconds=1800), progress(seconds(2100))),
         Told(limited(seconds=1800), progress(seconds(2101)))),
    ],
    "PLA-11": [
        (Told(replace(FRESH, phase=Phase.GRANTED), sdr(3660, "s")),
         Told(replace(FRESH, phase=Phase.GRANTED), sdr(3661, "s"))),
    ],
}

# What a check says nothing about, because something is not known or not meant.
SILENT: Final[dict[str, list[Told]]] = {
    "PLA-1": [Told(RUNNING, progress(minutes(9999))), Told(RUNNING, result(None), NOON)],
    "PLA-2": [Told(replace(FRESH, opened_at=None), progress(NOON - timedelta(400), 0, "started")),
              Told(FRESH, result(None))],
    "PLA-3": [Told(FRESH, progress(minutes(-60))), Told(RUNNING, result(None)),
              Told(ENDED, cdr(NOON, minutes(20), replaces="record-1"))],
    "PLA-4": [Told(RUNNING, result(minutes(31))),
              Told(ENDED, cdr(NOON, minutes(30), 15, replaces="record-1"))],
    "PLA-5": [Told(FRESH, cdr(minutes(-200), minutes(30))), Told(RUNNING, progress(minutes(-99))),
              Told(RUNNING, cdr(NOON, minutes(500))),
              Told(replace(RUNNING, phase=Phase.STOPPING), cdr(NOON, minutes(500))),
              Told(replace(ENDED, last_at=None), cdr(NOON, minutes(500)))],
    "PLA-6": [Told(RUNNING, progress(minutes(30), 0), power_w=0), Told(FRESH, result(None, 9_000)),
              Told(RUNNING, order(None))],
    "PLA-7": [Told(FRESH, order(None), NOON), Told(FRESH, booking(minutes(-1))),
              Told(FRESH, progress(NOON), NOON)],
    "PLA-8": [Told(FRESH, progress(minutes(99), 0, "started")),
              Told(replace(RUNNING, expires_at=NOON), progress(minutes(99))),
              Told(ON_TIME, progress(minutes(99), 0, "abandoned")),
              Told(ON_TIME, result(minutes(99), done="not-done"))],
    "PLA-9": [Told(RUNNING, progress(minutes(31), 99_000)), Told(limited(), progress(minutes(31))),
              Told(limited(energy_wh=1), result(minutes(31)))],
    "PLA-10": [Told(RUNNING, progress(minutes(900))), Told(limited(), progress(minutes(900))),
               Told(replace(limited(seconds=1), started_at=None), result(None))],
    "PLA-11": [Told(ENDED, sdr(99_999, "Wh")), Told(ENDED, cdr(NOON, minutes(30)))],
}
# fmt: on


def broken(rule: str, told: Told, edition: Edition = LATEST) -> bool:
    """Whether one check alone finds something."""
    return CHECKS[rule](told, edition.checks[rule].tolerance)


def test_every_check_has_its_row_and_its_edges() -> None:
    plausible = [name for name in LATEST.checks if name.startswith("PLA-")]
    assert list(CHECKS) == plausible == list(EDGES) == list(SILENT)
    assert load("2019").checks == LATEST.checks


@pytest.mark.parametrize("rule", CHECKS)
def test_edges_of_a_check(rule: str) -> None:
    for right, beyond in EDGES[rule]:
        assert not broken(rule, right), right
        assert broken(rule, beyond), beyond
    for told in SILENT[rule]:
        assert not broken(rule, told), told


def test_which_messages_a_check_looks_at() -> None:
    """A check finds something only in messages that it is asked of."""
    samples = [told for silent in SILENT.values() for told in silent]
    samples += [told for pairs in EDGES.values() for pair in pairs for told in pair]
    for told in samples:
        looked_at = LOOKED_AT.get(type(told.message), ())
        assert list(looked_at) == [rule for rule in CHECKS if rule in looked_at]
        assert {rule for rule in CHECKS if broken(rule, told)} <= set(looked_at)
    found = {rule: {type(beyond.message) for _, beyond in EDGES[rule]} for rule in CHECKS}
    for rule, shapes in found.items():
        assert all(rule in LOOKED_AT[shape] for shape in shapes)


def test_the_first_check_names_the_rule() -> None:
    late = Told(RUNNING, progress(minutes(99), 5_000), NOON)
    with pytest.raises(Violation) as error:
        check_plausible(late, LATEST, "here")
    assert (error.value.rule_id, error.value.where) == ("PLA-1", "here")
    check_plausible(replace(late, message=progress(minutes(30)), now=minutes(30)), LATEST, "")


def amended(text: str) -> Edition:
    head = 'edition = "next"\ntitle = "t"\nextends = "2025"\n'
    change = '[[change]]\nid = "x"\nsays = "x"\nbasis = "chosen"\nsource = "model: x"\n'
    return parse_edition(head + change + text, Path("next.toml"))


@pytest.mark.parametrize("rule", CHECKS)
def test_an_amendment_switches_a_check_off(rule: str) -> None:
    edition = amended(f'[[check]]\nid = "{rule}"\nremoved = true\nchange = "x"\n')
    for _, beyond in EDGES[rule]:
        others = [other for other in CHECKS if other != rule and broken(other, beyond)]
        if others:
            continue
        with pytest.raises(Violation, match=rule):
            check_plausible(beyond, LATEST, "")
        check_plausible(beyond, edition, "")


def test_an_amendment_changes_a_tolerance() -> None:
    text = '[[check]]\nid = "PLA-1"\ntolerance = 301\nsource = "model: x"\nchange = "x"\n'
    _, beyond = EDGES["PLA-1"][0]
    assert broken("PLA-1", beyond)
    assert not broken("PLA-1", beyond, amended(text))


def test_a_check_is_of_a_rule() -> None:
    row = '[[check]]\nid = "PLA-99"\ntolerance = 1\nunit = "s"\nsays = "x"\nbasis = "chosen"\n'
    with pytest.raises(Misuse, match="EDN-5"):
        amended(row + 'source = "model: x"\nchange = "x"\n')
