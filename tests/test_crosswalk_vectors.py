"""The family `crosswalk`: what its vectors expect, held against what was worked out by hand.

Each row is a vector and what its one change does to the leaves it touches, written down from
the tables of OCPI and not taken from the suite.
"""

import json
from typing import Any, Final

import pytest

from refimpl.crosswalk.rules import RULES
from refimpl.vectors.outside import BY_TESTS, OUTSIDE
from refimpl.vectors.suite import read_suite, suite_folder

SUITE: Final = read_suite(suite_folder())
TESTS: Final = {test["id"].partition("/")[2]: test for test in SUITE.tests_of("crosswalk")}

EVSE, CONTRACT = "/cdr_location/evse_id", "/cdr_token/contract_id"
UID, TYPE, PARTY = "/cdr_token/uid", "/cdr_token/type", "/cdr_token/party_id"
COUNTRY, END, TOTAL = "/cdr_token/country_code", "/end_date_time", "/total_energy"
VOLUME = "/charging_periods/0/dimensions/0/volume"
SIGNED = "/signed_data/signed_values/0"

# The smallest CDR, leaf by leaf.
SMALLEST: Final = {
    **dict.fromkeys(("/country_code", "/party_id", COUNTRY, PARTY, "/total_time"), "derived"),
    **dict.fromkeys(("/id", "/start_date_time", END, UID, TYPE, CONTRACT, EVSE), "exact"),
    **dict.fromkeys((TOTAL, VOLUME, "/charging_periods/0/start_date_time"), "exact"),
    "/charging_periods/0/dimensions/0/type": "exact",
    **dict.fromkeys(("/auth_method", "/currency", "/last_updated"), "residue"),
    "/total_cost/excl_vat": "residue",
    **{
        f"/cdr_location/{name}": "residue"
        for name in """id address city country coordinates/latitude coordinates/longitude
        evse_uid connector_id connector_standard connector_format connector_power_type""".split()
    },
}

# fmt: off
CHANGED: Final[dict[str, dict[str, str]]] = {
    "accept-ocpi-cdr":                {},
    "accept-evse-id-separated":       {EVSE: "form"},
    "accept-evse-id-small":           {EVSE: "form"},
    "accept-contract-id-separated":   {CONTRACT: "form"},
    "accept-contract-id-small":       {CONTRACT: "form"},
    "accept-contract-id-unchecked":   {},
    "accept-contract-id-own":         dict.fromkeys((UID, TYPE, COUNTRY, PARTY), "residue"),
    "accept-energy-watt-hours":       {},
    "accept-energy-no-float":         {},
    "accept-no-energy":               {},
    "accept-energy-zero-behind":      {TOTAL: "form"},
    "accept-number-exponent":         {TOTAL: "form"},
    "accept-energy-tenth":            {TOTAL: "rounded", VOLUME: "rounded"},
    "accept-energy-half-even-down":   {TOTAL: "rounded", VOLUME: "rounded"},
    "accept-energy-half-even-up":     {TOTAL: "rounded", VOLUME: "rounded"},
    "accept-time-without-zone":       {END: "form"},
    "accept-time-no-fraction":        {END: "form"},
    "accept-time-fraction":           {END: "rounded"},
    "accept-duration-rounded":        {"/total_time": "form"},
    "accept-duration-other":          {"/total_time": "residue"},
    "accept-party-of-another":        {"/party_id": "residue"},
    "accept-party-small":             {"/party_id": "form"},
    "accept-token-of-another":        {PARTY: "residue"},
    "accept-uid-small":               {UID: "form"},
    "accept-token-of-app":            {},
    "accept-token-once":              {UID: "residue", TYPE: "residue"},
    "accept-id-with-star":            {},
    "accept-escape":                  {},
    "accept-session-id":              {"/session_id": "residue"},
    "accept-authorization-reference": {"/authorization_reference": "exact"},
    "accept-remark":                  {"/remark": "residue"},
    "accept-member-of-no-table":      {"/mood": "residue"},
    "accept-member-null":             {"/remark": "residue"},
    "accept-list-empty":              {"/tariffs": "residue"},
    "accept-charged-at-home":         {"/home_charging_compensation": "residue"},
    "accept-signed-data":             dict.fromkeys((
        "/signed_data/encoding_method", f"{SIGNED}/nature",
        f"{SIGNED}/plain_data", f"{SIGNED}/signed_data"), "residue"),
    "accept-taxes":                   {"/total_cost/incl_vat": "residue"},
    "accept-current":                 dict.fromkeys((
        "/charging_periods/0/dimensions/1/type",
        "/charging_periods/0/dimensions/1/volume"), "residue"),
    "accept-hyphens-assumed":         {EVSE: "form"},
}
OURS: Final[dict[str, dict[str, Any]]] = {
    "accept-energy-watt-hours":       {"energy_wh": 12345},
    "accept-energy-tenth":            {"energy_wh": 12000},
    "accept-energy-half-even-down":   {"energy_wh": 12000},
    "accept-energy-half-even-up":     {"energy_wh": 12002},
    "accept-energy-no-float":         {"energy_wh": 16100},
    "accept-id-with-star":            {"record_id": "esc:8:2a15"},
    "accept-contract-id-own":         {"medium": {"type": "contract", "uid": "Fleet 7/Anna"}},
    "accept-uid-small":               {"medium": {"type": "rfid", "uid": "04A2B3C4"}},
    "accept-token-of-app":            {"medium": {"type": "app", "uid": "Anna-17"}},
    "accept-time-fraction":           {"ended_at": "2026-03-14T18:00:00Z"},
    "accept-hyphens-assumed":         {"evse_id": "DEAB7E8406487"},
    "accept-escaped-id-again":        {"record_id": "esc:esc:3a8:3a2a15"},
    "accept-energy-back":             {"energy_wh": 12000, "energy_back_wh": 2000},
    "accept-energy-running-sum":      {"energy_wh": 12001},
    "accept-token-other":             {"medium": {"type": "other", "uid": "04A2B3C4"}},
}
STATUS: Final = {
    "ocpi-evse-charging": "occupied", "ocpi-evse-available": "available",
    "ocpi-evse-blocked": "blocked", "ocpi-evse-outoforder": "out-of-service",
    "ocpi-evse-inoperative": "out-of-service", "ocpi-evse-removed": "removed",
    "ocpi-evse-reserved": "reserved", "ocpi-evse-unknown": "unknown",
    "oicp-status": "available", "oicp-status-occupied": "occupied",
    "oicp-status-reserved": "reserved", "oicp-status-outofservice": "out-of-service",
    "oicp-status-unknown": "unknown",
}
TOLD: Final[dict[str, dict[str, Any]]] = {
    "ocpi-session":              {"event": "updated", "energy_wh": 20250, "authorization": "order"},
    "ocpi-session-completed":    {"event": "ended"},
    "ocpi-session-invalid":      {"event": "abandoned"},
    "ocpi-answer":               {"granted": True, "authorization_id": "a-1"},
    "ocpi-answer-blocked":       {"granted": False, "reason": "blocked"},
    "ocpi-answer-expired":       {"granted": False, "reason": "expired"},
    "ocpi-answer-no-credit":     {"granted": False, "reason": "no-credit"},
    "ocpi-answer-not-allowed":   {"granted": False, "reason": "not-here"},
    "ocpi-start":                {"command": "start", "emaid": "DE8AAC00004711C"},
    "ocpi-response":             {"accepted": True},
    "ocpi-response-rejected":    {"accepted": False},
    "oicp-cdr":                  {"started_at": "2026-03-14T17:00:00Z", "energy_wh": 12000},
    "oicp-cdr-milliseconds":     {"ended_at": "2026-03-14T18:00:00Z"},
    "oicp-cdr-utc":              {"ended_at": "2026-03-14T18:00:00Z"},
    "oicp-cdr-watt-hours":       {"energy_wh": 12345},
    "oicp-cdr-parked":           {"ended_at": "2026-03-14T19:00:00Z"},
    "oicp-authorize":            {"medium": {"type": "rfid", "uid": "04A2B3C4"}},
    "oicp-acknowledgement":      {"accepted": True},
    "oicp-answer":               {"granted": True, "home_csp": "de-8aa"},
    "oicp-answer-locked":        {"granted": False, "reason": "blocked"},
    "oicp-answer-expired":       {"granted": False, "reason": "expired"},
    "oicp-answer-pin":           {"granted": False, "reason": "unknown"},
    "told-answer-no-by-success": {"granted": False},
    "ocpi-response-unknown":     {"accepted": False, "reason": "unknown"},
    "ocpi-response-not-supported": {"accepted": False},
    "oicp-cdr-before-utc":       {"ended_at": "2026-03-15T00:30:00Z"},
    "told-answer-place":         {"granted": False, "reason": "no-credit"},
    "oicp-progress":             {"energy_wh": 5400, "at": "2026-03-14T17:30:00Z"},
}
SETTLED: Final[dict[str, dict[str, str]]] = {
    "ocpi-evse-inoperative":     {"/status": "rounded", "/evse_id": "form"},
    "ocpi-evse-outoforder":      {"/status": "exact"},
    "oicp-cdr":                  {"/EvseID": "form", "/SessionStart": "form", "/SessionID": "exact"},
    "oicp-cdr-utc":              {"/SessionEnd": "exact"},
    "oicp-cdr-milliseconds":     {"/SessionEnd": "rounded"},
    "oicp-cdr-meter":            {"/MeterValueStart": "residue", "/MeterValueEnd": "residue"},
    "oicp-cdr-partner-session":  {"/CPOPartnerSessionID": "residue"},
    "periods-whole-assumed":     {"/total_energy": "widened"},
}
REFUSED: Final = {
    "reject-ocpi-evse-planned": "XWK-8", "reject-ocpi-evse-without-id": "XWK-2",
    "reject-ocpi-session-pending": "XWK-8", "reject-ocpi-session-evse-unknown": "XWK-2",
    "reject-ocpi-session-energy-text": "XWK-11", "reject-ocpi-answer-of-no-list": "XWK-11",
    "reject-ocpi-start-evse-unknown": "XWK-2", "reject-periods-without-energy": "XWK-2",
    "reject-oicp-cdr-two-identifications": "XWK-6",
    "reject-oicp-cdr-no-identification": "XWK-6",
    "reject-oicp-cdr-check-character": "EMA-9", "reject-oicp-cdr-no-offset": "XWK-11",
    "reject-oicp-cdr-charging-before": "REC-4", "reject-oicp-status-not-found": "XWK-8",
    "reject-oicp-status-deleted": "XWK-10", "reject-oicp-authorize-nowhere": "XWK-2",
    "reject-member-twice": "XWK-1", "reject-no-json": "XWK-1", "reject-not-a-number": "XWK-1",
    "reject-no-evse-id": "XWK-2", "reject-no-contract-id": "XWK-2", "reject-no-total": "XWK-2",
    "reject-ocpi-older-cdr-hyphens": "EVS-3", "reject-ocpi-older-cdr-in-watt-hours": "XWK-5",
    "reject-ocpi-newer-cdr-not-available": "XWK-4",
    "reject-no-id": "XWK-2", "reject-no-end": "XWK-2", "reject-credit-alone": "XWK-3",
    "reject-not-available": "XWK-4", "reject-energy-in-watt-hours": "XWK-5",
    "reject-energy-one-more": "XWK-5", "reject-time-of-1970": "XWK-9",
    "reject-time-with-offset": "XWK-11", "reject-energy-as-text": "XWK-11",
    "reject-check-character": "EMA-9", "reject-ends-before-it-starts": "REC-2",
    "reject-period-before-it": "REC-4",
    "reject-credit-by-reference": "XWK-11", "reject-credit-as-text": "XWK-11",
    "reject-number-out-of-bounds": "XWK-1",
    "reject-contract-id-bar": "XWK-11", "reject-contract-id-stars": "XWK-11",
    "reject-assumption-unknown": "XWK-2", "reject-assumption-twice": "XWK-2",
    "reject-ocpi-answer-token-not-valid": "XWK-12", "reject-oicp-answer-yes-but": "XWK-12",
    "reject-oicp-acknowledgement-yes-but": "XWK-12",
}
TOLD_AT: Final = {
    "duration-other": ["/total_time"], "token-of-another": [PARTY],
    "hyphens-assumed": [EVSE], "ocpi-session-completed": ["/end_date_time"],
    "ocpi-answer-blocked": ["/token/valid"], "ocpi-answer-expired": ["/token/valid"],
    "periods-whole-assumed": ["/charging_periods"], "told-costs": ["/total_cost/excl_vat"],
    "told-tax": ["/total_cost/incl_vat"], "told-cost-below-nought": ["/total_cost/excl_vat"],
    "told-nearly-emaid": [CONTRACT], "told-session-with-end": ["/end_date_time"],
    "told-session-ends-first": ["/end_date_time"], "told-answer-place": ["/location"],
    "told-answer-no-by-success": ["/StatusCode/Code"],
    "told-oicp-progress-early": ["/EventOccurred"], "told-ocpi-older-cost": ["/total_cost"],
}
NUMBERS: Final = {"accept-ours-to-ocpi": "12.345", "accept-ours-whole-kwh": "12",
                  "accept-ours-one-wh": "0.001"}
LOST: Final = {"accept-ours-to-ocpi": [], "accept-ours-with-gap": ["/periods/0/ended_at"],
               "accept-ours-replaces": ["/replaces"],
               "accept-ours-stations": [],
               "accept-ours-stations-of-less": ["/stations/0/power_w"],
               "accept-ours-to-oicp": ["/record_id"], "accept-ours-to-oicp-by-guid": []}
# fmt: on


def classes(name: str) -> dict[str, str]:
    """The class of each leaf of a vector, by its pointer."""
    told = TESTS[name]["expect"]["output"]["leaves"]
    return {at: settled for settled, places in told.items() for at in places}


@pytest.mark.parametrize("name", CHANGED)
def test_leaves(name: str) -> None:
    assert classes(name) == {**SMALLEST, **CHANGED[name]}


@pytest.mark.parametrize("name", OURS)
def test_ours(name: str) -> None:
    assert OURS[name].items() <= TESTS[name]["expect"]["output"]["ours"].items()


@pytest.mark.parametrize("name", STATUS)
def test_status(name: str) -> None:
    [told] = TESTS[f"accept-{name}"]["expect"]["output"]["ours"]["statuses"]
    assert told == {"evse_id": "DEAB7E8406487", "status": STATUS[name]}


@pytest.mark.parametrize("name", TOLD)
def test_told(name: str) -> None:
    assert TOLD[name].items() <= TESTS[f"accept-{name}"]["expect"]["output"]["ours"].items()


@pytest.mark.parametrize("name", SETTLED)
def test_settled(name: str) -> None:
    assert SETTLED[name].items() <= classes(f"accept-{name}").items()


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    assert TESTS[name]["expect"] == {"outcome": "reject", "error": REFUSED[name]}


def test_stations_of_oicp() -> None:
    """Kilowatts are watts here, the strongest facility counts, and 22.5 is 22 there."""
    for name, watts in (("", 22_000), ("-strongest", 150_000)):
        told = TESTS[f"accept-oicp-evse-data{name}"]["expect"]["output"]["ours"]["stations"]
        assert [one["power_w"] for one in told] == [watts]
    for name in ("accept-ours-stations", "accept-ours-stations-of-less"):
        leaves = TESTS[name]["expect"]["output"]["leaves"]
        place = "/OperatorEvseData/EvseDataRecord/0/ChargingFacilities/0/Power"
        assert leaves[place] == {"number": "22"}


def test_periods_of_running_sums() -> None:
    told = TESTS["accept-energy-running-sum"]["expect"]["output"]["ours"]["periods"]
    assert [one["energy_wh"] for one in told] == [6000, 6001]
    leaves = TESTS["accept-ours-escaped-id"]["expect"]["output"]["leaves"]
    assert leaves["/id"] == {"text": "8*15"}


def test_told_at() -> None:
    """No vector tells of another place than was found by hand."""
    told = {
        name.removeprefix("accept-"): test["expect"]["output"]["told"]
        for name, test in TESTS.items()
        if "told" in test["expect"].get("output", {})
    }
    assert told == TOLD_AT


def test_digits_kept() -> None:
    leaves = TESTS["accept-ours-digits-kept"]["expect"]["output"]["leaves"]
    assert leaves["/total_energy"] == {"number": "12345e-3"}
    assert leaves["/total_cost/excl_vat"] == {"number": "0.50E1"}
    assert leaves["/charging_periods/0/dimensions/0/volume"] == {"number": "12.345"}


@pytest.mark.parametrize("name", NUMBERS)
def test_energy_given(name: str) -> None:
    told = TESTS[name]["expect"]["output"]["leaves"]
    assert told["/total_energy"] == {"number": NUMBERS[name]}


@pytest.mark.parametrize("name", LOST)
def test_lost(name: str) -> None:
    assert TESTS[name]["expect"]["output"]["lost"] == LOST[name]


def test_supplied_is_all_that_is_needed() -> None:
    """OCPI 2.2.1 asks for 16 members that our record alone does not tell."""
    assert len(TESTS["accept-ours-to-ocpi"]["expect"]["output"]["needs"]) == 16
    assert TESTS["accept-ours-supplied"]["expect"]["output"]["needs"] == []


def test_periods_end_where_the_next_begins() -> None:
    first, second = TESTS["accept-two-periods"]["expect"]["output"]["ours"]["periods"]
    assert (first["ended_at"], second["ended_at"]) == (
        "2026-03-14T17:30:00Z",
        "2026-03-14T18:00:00Z",
    )
    _, parked = TESTS["accept-parking"]["expect"]["output"]["ours"]["periods"]
    assert (parked["activity"], parked["energy_wh"]) == ("parking", 0)


def test_nothing_binds() -> None:
    for test in TESTS.values():
        assert not test["binding"]
        assert test["since"] == "0.2.0"


def test_every_leaf_has_one_class() -> None:
    for name, test in TESTS.items():
        if test["operation"] == "crosswalk.take" and "output" in test["expect"]:
            told = test["expect"]["output"]["leaves"]
            assert len(classes(name)) == sum(map(len, told.values()))


def test_each_rule_is_in_the_registry() -> None:
    errors = SUITE.files["errors.json"]["errors"]
    assert {name for name in errors if name.startswith("XWK")} == {*RULES} == {*OUTSIDE}
    told = json.dumps([test.get("expect") for test in TESTS.values()])
    assert {name for name in RULES if f'"{name}"' not in told} == BY_TESTS
