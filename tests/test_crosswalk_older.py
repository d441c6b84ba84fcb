"""What OCPI 2.1.1 and 2.3.0 have otherwise than 2.2.1: an object that is right there has no
finding, and what came later is found.

The words, lengths and expressions were copied by hand out of their texts (mod_locations, in
2.1.1 4.1 to 4.13, and mod_tariffs).
"""

import pytest

from refimpl.crosswalk import take
from refimpl.crosswalk.reading import Json, build, leaves_of, read
from tests import crosswalk_examples as examples

OLDER = "ocpi-2.1.1"
LONG = "u" * 39
# fmt: off
AS_IN_2_1_1: list[dict[str, Json]] = [
    {"/energy_mix/is_green_energy": False, "/energy_mix/environ_impact/0/source": "CARBON_DIOXIDE",
     "/energy_mix/environ_impact/0/amount": 372},
    {"/id": LONG},
    {"/evses/0/uid": LONG},
    {"/evses/0/capabilities/0": "UNLOCK_CAPABLE"},
    {"/facilities/0": "CARPOOL_PARKING"},
    {"/evses/0/connectors/0/standard": "DOMESTIC_L"},
]
LATER: list[tuple[str, Json, str]] = [
    ("/energy_mix/environ_impact/0/category",  "CARBON_DIOXIDE",    "unknown"),
    ("/id",                                    LONG + "u",          "type"),
    ("/evses/0/uid",                           LONG + "u",          "type"),
    ("/evses/0/capabilities/0",                "CHIP_CARD_SUPPORT", "type"),
    ("/facilities/0",                          "TRAM_STOP",         "type"),
    ("/evses/0/connectors/0/standard",         "DOMESTIC_M",        "type"),
    ("/evses/0/connectors/0/standard",         "NEMA_14_50",        "type"),
    ("/coordinates/latitude",                  "52.5200081",        "type"),
    ("/coordinates/longitude",                 "13.40495",          "type"),
]
# fmt: on


def findings(example: str, leaves: dict[str, Json]) -> set[tuple[str, str]]:
    """The places and rules that are found in an example with other leaves."""
    value = build({**dict(leaves_of(read(example))), **leaves})
    return {(one.at, one.rule) for one in take(OLDER, value).findings}


@pytest.mark.parametrize("leaves", AS_IN_2_1_1, ids=lambda leaves: next(iter(leaves)))
def test_as_the_older_text_has_it(leaves: dict[str, Json]) -> None:
    assert findings(examples.LOCATION_2_1_1, leaves) == set()


@pytest.mark.parametrize(("at", "leaf", "rule"), LATER)
def test_what_came_later(at: str, leaf: Json, rule: str) -> None:
    assert (at, rule) in findings(examples.LOCATION_2_1_1, {at: leaf})


@pytest.mark.parametrize("name", ["min_current", "max_current", "reservation"])
def test_later_restrictions(name: str) -> None:
    at = f"/tariffs/0/elements/0/restrictions/{name}"
    assert (at, "unknown") in findings(examples.CDR_2_1_1, {at: 16})


# --- OCPI 2.3.0 -------------------------------------------------------------------------------


PLACES: Json = [
    {
        "id": "p-1",
        "physical_reference": "B1",
        "vehicle_types": ["PERSONAL_VEHICLE"],
        "reservation_required": False,
        "restricted_to_type": True,
    }
]
PARKED: Json = [{"parking_id": "p-1", "evse_position": "LEFT"}]


def test_parking_places_of_2_3_0() -> None:
    """They are members of its tables, and none that it allows besides."""
    value = read(examples.LOCATION_2_2_1)
    assert isinstance(value, dict)
    evses = value["evses"]
    assert isinstance(evses, list)
    found = [{**evse, "parking": PARKED} for evse in evses if isinstance(evse, dict)]
    value = {**value, "parking_places": PLACES, "evses": [*found]}
    report = take("ocpi-2.3.0", value, "location")
    assert [one for one in report.findings if "parking" in one.at] == []
    assert {one.kind for one in report.entries if "/parking" in one.at} == {"place"}
    incomplete = take("ocpi-2.3.0", {**value, "parking_places": [{"id": "p-1"}]}, "location")
    assert {one.at for one in incomplete.findings if "parking" in one.at} == {
        "/parking_places/0/reservation_required",
        "/parking_places/0/restricted_to_type",
        "/parking_places/0/vehicle_types",
    }
