"""The examples that the owners of OCPI publish, and the faults that they have by their own text.

They are read from the folder that `IEC63119_OBJECTS` names, a folder for each protocol, and are
no part of this project.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from refimpl.crosswalk import PROTOCOLS, Report, take
from refimpl.crosswalk.reading import Json, leaves_of, read, write
from tests.test_crosswalk import SUPPLIED, changed, hold_properties, members, other, sole

FOLDER = os.environ.get("IEC63119_OBJECTS", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="IEC63119_OBJECTS names no folder of published objects"
)
OCPI = ("ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0")
ALL_ASSUMED = (*SUPPLIED, "evse-hyphens")

SWAPPED = '{"latitude": "51.047599", "longitude": "3.729944"}'
ENERGY = '{"type": "ENERGY", "volume": 15.342}'
# fmt: off
# protocol, file: place and rule of each fault, and where a hand puts which JSON to mend it
FAULTS: dict[tuple[str, str], dict[tuple[str, str], tuple[str, str]]] = {
    ("ocpi-2.2.1", "spec-cdr_example"): {
        ("/last_updated", "last-updated"):  ("/last_updated", '"2015-06-30T00:00:00Z"'),
        ("/cdr_location/coordinates/latitude", "coordinates"):
                                            ("/cdr_location/coordinates", SWAPPED),
        ("/charging_periods", "energy"):    ("/charging_periods/0/dimensions/1", ENERGY),
        ("/cdr_token/party_id", "token-party"): ("/cdr_token/party_id", '"8AC"'),
    },
    ("ocpi-2.3.0", "spec-cdr_example"): {
        ("/tariffs/0/tax_included", "missing"): ("/tariffs/0/tax_included", '"NO"'),
        ("/cdr_location/coordinates/latitude", "coordinates"):
                                            ("/cdr_location/coordinates", SWAPPED),
        ("/charging_periods", "energy"):    ("/charging_periods/0/dimensions/1", ENERGY),
        ("/cdr_token/party_id", "token-party"): ("/cdr_token/party_id", '"8AC"'),
    },
    ("ocpi-2.1.1", "spec-cdrs-1"): {
        ("/tariffs/0/elements/0/price_components/0/price", "type"):
                                            ("/tariffs/0/elements/0/price_components/0/price", "2"),
        ("/last_updated", "last-updated"):  ("/last_updated", '"2015-06-30T00:00:00Z"'),
        ("/location/coordinates/latitude", "coordinates"): ("/location/coordinates", SWAPPED),
        ("/charging_periods", "energy"):    ("/charging_periods/0/dimensions/1", ENERGY),
        ("/location/evses/0/evse_id", "evse-id"):
                                            ("/location/evses/0/evse_id", '"BE*BEC*E041503003"'),
    },
    ("ocpi-2.1.1", "spec-sessions-3"): {
        ("/last_updated", "last-updated"):  ("/last_updated", '"2015-06-30T00:00:00Z"'),
        ("/kwh", "energy-sum"):             ("/kwh", "41120"),
        ("/location/coordinates/latitude", "coordinates"): ("/location/coordinates", SWAPPED),
        ("/location/evses/0/evse_id", "evse-id"):
                                            ("/location/evses/0/evse_id", '"BE*BEC*E041503003"'),
    },
    ("ocpi-2.2.1", "spec-session_example_2_short_finished"): {
        ("/kwh", "energy-sum"):             ("/kwh", "41120"),
    },
    ("ocpi-2.3.0", "spec-session_example_2_short_finished"): {
        ("/kwh", "energy-sum"):             ("/kwh", "41120"),
    },
    ("ocpi-2.2.1", "spec-token_example_2_full_rfid"): {
        ("/party_id", "token-party"):       ("/party_id", '"8AC"'),
    },
    ("ocpi-2.2.1", "spec-location_put_example_add_evse"): {
        ("/floor", "unknown"):              ("", ""),
        ("/physical_reference", "type"):    ("/physical_reference", '"3"'),
        ("/connectors/0/power_type", "missing"):   ("/connectors/0/power_type", '"DC"'),
        ("/connectors/0/max_voltage", "missing"):  ("/connectors/0/max_voltage", "400"),
        ("/connectors/0/max_amperage", "missing"): ("/connectors/0/max_amperage", "100"),
        ("/connectors/0/last_updated", "missing"):
                                            ("/connectors/0/last_updated", '"2019-06-24T12:39:09Z"'),
    },
}
# fmt: on


def objects(protocol: str) -> Iterator[tuple[str, str]]:
    """The published objects of a protocol by their names, without the line of an address."""
    for path in sorted(Path(FOLDER, protocol).glob("*.json")):
        text = path.read_text("utf-8")
        yield path.stem, text[text.index("{") :]


def published(protocol: str, name: str) -> dict[str, Json]:
    """One published object."""
    return members(read(dict(objects(protocol))[name]))


def mended(value: dict[str, Json], at: str, way: tuple[str, str]) -> dict[str, Json]:
    """The same object with one place set right by a hand, or without it."""
    place, text = way
    if not place:
        return sole(value, at)
    return members(read(write(changed(value, place, read(text)))))


@pytest.mark.parametrize("protocol", OCPI)
def test_published(protocol: str, capsys: pytest.CaptureFixture[str]) -> None:
    """P1, P2 and P4 hold for every published object that is not refused; the leaves of each
    class are counted and printed.
    """
    totals: Counter[str] = Counter()
    for _, text in objects(protocol):
        report = take(protocol, text, "", ALL_ASSUMED)
        totals.update({str(name): count for name, count in report.counts.items()})
        if report.grade != "refused":
            hold_properties(protocol, members(read(text)), report)
    with capsys.disabled():
        print(f"\n{protocol}:", ", ".join(f"{n} {name}" for name, n in totals.items() if n))
    assert totals["exact"] > 0


@pytest.mark.parametrize("protocol", OCPI)
def test_every_leaf_matters(protocol: str) -> None:
    """P5 of every published object that is not refused: another value at any leaf makes another
    record, report or class.
    """
    tried = 0
    for name, text in objects(protocol):
        value = members(read(text))
        first = take(protocol, value, "", ALL_ASSUMED)
        for at, _ in leaves_of(value) if first.grade != "refused" else ():
            second = take(
                protocol, changed(value, at, other(value, at)), first.kind, ALL_ASSUMED
            )
            assert second.canonical() != first.canonical(), (name, at)
            tried += 1
    assert tried > 50


@pytest.mark.parametrize(("protocol", "name"), FAULTS)
def test_faults(protocol: str, name: str) -> None:
    """Each known fault is found at its place by its own reason, and only those; one mended by a
    hand is gone, and the others stay.
    """
    value = published(protocol, name)
    known = FAULTS[protocol, name]
    assert faults(take(protocol, value, "", ALL_ASSUMED)) == set(known)
    for (at, rule), way in known.items():
        report = take(protocol, mended(value, at, way), "", ALL_ASSUMED)
        assert faults(report) == set(known) - {(at, rule)}


def faults(report: Report) -> set[tuple[str, str]]:
    """The places and rules of the findings."""
    return {(found.at, found.rule) for found in report.findings}


@pytest.mark.parametrize("protocol", OCPI)
def test_patched_session(protocol: str) -> None:
    """A period of 2200 in a session of 15 is found in a part of a session too."""
    if protocol == "ocpi-2.1.1":
        pytest.skip("2.1.1 publishes no such part")
    value = published(protocol, "spec-session_patch_example_charging_period")
    assert ("/kwh", "energy-sum") in faults(take(protocol, value))


def test_refused_by_factor() -> None:
    """Watt-hours among kilowatt-hours are refused, with a word on the factor; mended, the same
    session is carried.
    """
    for protocol in ("ocpi-2.2.1", "ocpi-2.3.0"):
        value = published(protocol, "spec-session_example_2_short_finished")
        report = take(protocol, value, "", ALL_ASSUMED)
        assert (report.rule, "exactly 1000" in str(report.refusal)) == ("XWK-5", True)
        first = changed(value, "/charging_periods/0/dimensions/0/volume", read("0.12"))
        second = changed(first, "/charging_periods/1/dimensions/0/volume", 41)
        assert take(protocol, second, "", ALL_ASSUMED).rule == ""


def test_hyphens() -> None:
    """Hyphens in an EVSE ID are refused unless they are assumed to be asterisks."""
    value = published("ocpi-2.1.1", "spec-cdrs-1")
    assert take("ocpi-2.1.1", value, "", SUPPLIED).rule == "EVS-3"
    report = take("ocpi-2.1.1", value, "", ALL_ASSUMED)
    assert (report.rule, "evse-hyphens" in report.assumed) == ("", True)


def test_protocols() -> None:
    """The protocols asked for here are those that there are."""
    assert set(OCPI) <= set(PROTOCOLS)
