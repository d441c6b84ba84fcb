"""What ours says and theirs has no room for is told, and leaves no gap in what is written."""

import pytest

from refimpl.crosswalk import give
from refimpl.crosswalk.reading import Json

OICP = "oicp-2.3"
CONTRACT, CARD = "DE8AACA2B3C4D5L", "04A2B3C4"
NO_ROOM = "DE8AA0012345670"
"""A contract of a form that OICP has not: its instance does not begin with C."""
LONGEST = f"DEAB7E{'8' * 31}"
"""An EVSE ID of which ours has room for the outlet, and OICP has not."""
NET: dict[str, Json] = {
    "emaid": CONTRACT,
    "ended_at": "2025-07-08T14:00:00Z",
    "evse_id": "DEAB7E8406487",
    "kind": "cdr",
    "record_id": "r-1",
    "service": "energy-transfer",
    "started_at": "2025-07-08T12:00:00Z",
}
HALVES = ("2025-07-08T12:00:00Z", "2025-07-08T13:00:00Z", "2025-07-08T14:00:00Z")


def shown(identification: Json) -> dict[str, Json]:
    return {"Identification": identification}


def test_list_without_gaps() -> None:
    ours: dict[str, Json] = {
        "emaids": [NO_ROOM, CONTRACT],
        "home_csp": "de-8aa",
        "kind": "authorization-list-notice",
        "media": [{"type": "app", "uid": "alba-user-17"}, {"type": "rfid", "uid": CARD}],
    }
    found = give(OICP, "authentication-data", ours)
    assert found.object == {
        "ActionType": "fullLoad",
        "ProviderAuthenticationData": {
            "ProviderID": "DE-8AA",
            "AuthenticationDataRecord": [
                shown({"RemoteIdentification": {"EvcoID": CONTRACT}}),
                shown({"RFIDMifareFamilyIdentification": {"UID": CARD}}),
            ],
        },
    }
    assert set(found.lost) == {"/emaids/0", "/media/0/type", "/media/0/uid"}


def test_statuses_without_gaps() -> None:
    ours: dict[str, Json] = {
        "kind": "station-status-notice",
        "statuses": [
            {"evse_id": LONGEST, "status": "blocked"},
            {"evse_id": "DEAB7E8406487", "status": "occupied"},
        ],
    }
    found = give(OICP, "evse-status", ours)
    written: list[Json] = [{"EvseID": "DEAB7E8406487", "EvseStatus": "Occupied"}]
    assert found.object["OperatorEvseStatus"] == {"EvseStatusRecord": written}
    assert set(found.lost) == {"/statuses/0/evse_id", "/statuses/0/status"}


@pytest.mark.parametrize("protocol", ["ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0"])
def test_taken_and_given_back_in_one_period(protocol: str) -> None:
    """OCPI tells what is left of 11,000 and 500 Wh, so that neither is in it."""
    start, _, end = HALVES
    period: Json = {
        "ended_at": end,
        "energy_back_wh": 500,
        "energy_wh": 11_000,
        "started_at": start,
    }
    ours = NET | {"energy_back_wh": 500, "energy_wh": 11_000, "periods": [period]}
    found = give(protocol, "cdr", ours)
    assert str(found.object["total_energy"]) == "10.5"
    of_whole = {"/energy_back_wh", "/energy_wh"}
    assert set(found.lost) == of_whole | {f"/periods/0{name}" for name in of_whole}


@pytest.mark.parametrize("protocol", ["ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0"])
def test_taken_and_given_back_in_two_periods(protocol: str) -> None:
    """Each period tells one of the two, so that both are in it."""
    start, middle, end = HALVES
    periods: list[Json] = [
        {"ended_at": middle, "energy_wh": 11_000, "started_at": start},
        {"ended_at": end, "energy_back_wh": 500, "energy_wh": 0, "started_at": middle},
    ]
    ours = NET | {"energy_back_wh": 500, "energy_wh": 11_000, "periods": periods}
    assert give(protocol, "cdr", ours).lost == ()
