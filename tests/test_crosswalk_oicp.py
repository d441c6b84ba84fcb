"""OICP 2.3: its published objects with their faults, ours of the same form, and the way from
OCPI to OICP.
"""

import copy
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import refimpl.crosswalk
from refimpl.crosswalk import PROTOCOLS, Report, give, take, without_place
from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.oicp_2_3 import records_of
from refimpl.crosswalk.reading import Json, leaves_of, read
from refimpl.edition import load
from refimpl.messages import StationInformationNotice
from tests.crosswalk_examples import CDR_2_2_1
from tests.oicp_faults import GONE, MENDED, PUBLISHED

OICP = "oicp-2.3"
ASSUMED = ("ground=answer",)
EXAMPLES = Path(refimpl.crosswalk.__file__).parent / "examples" / OICP
GUID = "6f1d0c52-3a7e-4b8d-9c41-0a5be2f7d813"
ID = "/Identification"


def published(name: str) -> Json:
    """A published object by its name."""
    folder = os.environ.get("IEC63119_OBJECTS")
    if not folder:
        pytest.skip("IEC63119_OBJECTS names no folder of published objects")
    return read((Path(folder) / OICP / f"spec-{name}.json").read_bytes())


def example(name: str) -> dict[str, Json]:
    """An object of our own writing."""
    value = read((EXAMPLES / f"{name}.json").read_bytes())
    assert isinstance(value, dict)
    return value


def mended(value: Json, mends: Mapping[str, object]) -> Json:
    """The same object with other members, or without some."""
    whole: Any = copy.deepcopy(value)
    for at, put in mends.items():
        holder, (*before, last) = whole, at.split("/")[1:]
        for name in before:
            holder = holder[int(name) if isinstance(holder, list) else name]
        if put is GONE:
            del holder[last]
        else:
            holder[last] = put
    found: Json = whole
    return found


def findings(report: Report) -> list[tuple[str, str]]:
    """Where an object breaks its own text, and by which rule."""
    return sorted((found.at, found.rule) for found in report.findings)


def plain(report: Report) -> dict[str, Json]:
    """Ours without what the neighbour said besides."""
    return {name: one for name, one in (report.ours or {}).items() if name != "extension"}


def taken(name: str, value: Json) -> Report:
    """What came of a published object; its name says which of two look-alikes it is."""
    return take(OICP, value, PUBLISHED[name].kind, ASSUMED)


# --- Published objects ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(name: str) -> None:
    """Each fault is found where it stands, and what is refused has its own rule."""
    expected = PUBLISHED[name]
    report = taken(name, published(name))
    assert (report.kind, report.rule) == (expected.kind, expected.refused)
    assert findings(report) == sorted(expected.findings)


@pytest.mark.parametrize(("name", "mends", "gone", "still"), MENDED)
def test_mended(name: str, mends: dict[str, object], gone: tuple[str, str], still: str) -> None:
    """Mended in one place, an object has that fault no more, and is carried where it was the
    last that refuses it.
    """
    value = published(name)
    assert gone in findings(taken(name, value))
    report = taken(name, mended(value, mends))
    assert gone not in findings(report)
    assert report.rule == still


def test_all_published() -> None:
    """No published object is passed over."""
    folder = os.environ.get("IEC63119_OBJECTS")
    if not folder:
        pytest.skip("IEC63119_OBJECTS names no folder of published objects")
    names = {path.stem.removeprefix("spec-") for path in (Path(folder) / OICP).glob("*.json")}
    assert names == PUBLISHED.keys()


def test_recognised() -> None:
    """Objects are told by their members, or refused with the kinds that they fit."""
    for name, expected in PUBLISHED.items():
        report = take(OICP, published(name), assume=ASSUMED)
        says = report.refusal.says if report.refusal else ""
        assert report.kind == expected.kind or expected.kind in says


def test_records_of() -> None:
    """The records of a page are carried one by one."""
    page = published("emp-eRoamingGetChargeDetailRecord-2")
    [(at, record)] = records_of(page)
    assert (at, take(OICP, record).rule) == ("/content/0", "XWK-6")


# --- Objects of our own writing ---------------------------------------------------------------

# fmt: off
CARRIED = {
    #                        exact form rounded residue
    "acknowledgement":        (2, 0, 0, 4),
    "acknowledgement-no":     (1, 0, 1, 2),   # 601 says more than busy
    "authentication-data":    (3, 3, 0, 2),   # contracts come back before media
    "authorization-start":    (4, 0, 0, 4),
    "authorization-start-no": (2, 0, 0, 2),
    "authorize-start":        (2, 1, 0, 3),
    "cdr":                    (2, 5, 1, 8),   # that the vehicle showed the contract is lost
    "cdr-rfid":               (8, 1, 0, 2),
    "evse-status":            (1, 3, 0, 4),
    "notification-end":       (1, 3, 1, 6),   # the flow of energy ended, the service not
    "notification-progress":  (2, 3, 0, 7),
    "notification-start":     (1, 3, 0, 6),
    "push-evse-data":         (3, 1, 0, 30),
    "push-evse-status":       (2, 2, 0, 3),
    "remote-start":           (1, 2, 0, 3),
}
# Those whose members fit another kind too.
NAMED = {
    "authorize-start":        "authorization",
    "authorization-start-no": "authorization-answer",
    "remote-start":           "remote-start",
    "remote-stop":            "remote-stop",
}
REFUSED = {
    "authorize-stop":     ("authorization-stop",        "XWK-10"),
    "authorization-stop": ("authorization-stop-answer", "XWK-10"),
    "notification-error": ("notification-error",        "XWK-10"),
    "remote-stop":        ("remote-stop",               "XWK-2"),
    "reservation-start":  ("reservation",               "XWK-2"),  # from when on?
}
# fmt: on


def test_examples_listed() -> None:
    """Every example of ours stands in one of the two tables."""
    assert {path.stem for path in EXAMPLES.iterdir()} == CARRIED.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", CARRIED)
def test_example(name: str) -> None:
    """An example without a fault is carried, and its leaves end where the table says."""
    report = take(OICP, example(name), NAMED.get(name, ""), ASSUMED)
    assert report.refusal is None
    assert findings(report) == []
    counts = report.counts
    found = tuple(counts[key] for key in ("exact", "form", "rounded", "residue"))
    assert found == CARRIED[name]


@pytest.mark.parametrize("name", REFUSED)
def test_refused_example(name: str) -> None:
    """An example that ours has no message for is refused, though nothing is wrong with it."""
    kind, rule = REFUSED[name]
    report = take(OICP, example(name), kind)
    assert (report.rule, findings(report)) == (rule, [])


def test_cdr() -> None:
    """The session is the record, the charging in it its period, and times are in UTC."""
    ours = take(OICP, example("cdr")).ours or {}
    assert ours["record_id"] == GUID
    assert (ours["started_at"], ours["ended_at"]) == (
        "2025-07-08T12:01:55Z",
        "2025-07-08T13:42:00Z",
    )
    assert ours["periods"] == [
        {
            "ended_at": "2025-07-08T13:10:40Z",
            "energy_wh": 12_345,
            "started_at": "2025-07-08T12:02:10Z",
        }
    ]
    assert (ours["emaid"], ours["evse_id"]) == ("NLTNMC00122045K", "DEAB7E8406487")


@pytest.mark.parametrize(
    ("name", "mends", "rule"),
    [
        ("cdr", {ID: {}}, "XWK-6"),
        ("cdr", {f"{ID}/RemoteIdentification": {"EvcoID": "NLTNMC00122045K"}}, "XWK-6"),
        ("cdr", {f"{ID}/PlugAndChargeIdentification/EvcoID": "NL-TNM-C00122045-X"}, "EMA-9"),
        ("cdr", {f"{ID}/PlugAndChargeIdentification/EvcoID": "DE*8EO*Aet5e4*3"}, "EMA-9"),
        ("cdr", {f"{ID}/PlugAndChargeIdentification/EvcoID": "string"}, "EMA-4"),
        ("cdr", {"/ChargingEnd": "2025-07-08T16:10:40+02:00"}, "REC-4"),
        ("cdr", {"/SessionEnd": "2025-07-08T12:00:00Z"}, "REC-2"),
        ("remote-stop", {"/EvseID": "DE*ICE*I01000*6"}, "EVS-8"),  # a contract id
        ("cdr", {"/SessionStart": "2025-07-08T14:01:55"}, "XWK-11"),
        ("cdr", {"/SessionStart": "1970-01-01T00:00:00Z"}, "XWK-9"),
        ("cdr", {"/SessionStart": "1970-01-01T01:00:00+02:00"}, "XWK-9"),
        ("cdr", {"/SessionStart": "1969-12-31T23:00:00-02:00"}, "XWK-9"),
        ("cdr", {"/ConsumedEnergy": "12.345"}, "XWK-11"),
        ("authorize-start", {"/EvseID": GONE}, "XWK-2"),
        ("authorize-start", {f"{ID}/RFIDMifareFamilyIdentification/UID": "AFFH1768"}, "CRD-2"),
        ("notification-progress", {"/ConsumedEnergyProgress": GONE}, "XWK-2"),
        ("notification-progress", {ID: GONE}, "XWK-2"),
        ("push-evse-data", {"/ActionType": "delete"}, "XWK-10"),
        (
            "push-evse-data",
            {"/OperatorEvseData/EvseDataRecord/0/deltaType": "delete"},
            "XWK-10",
        ),
        ("push-evse-status", {"/ActionType": "delete"}, "XWK-10"),
        (
            "push-evse-status",
            {"/OperatorEvseStatus/EvseStatusRecord/1/EvseStatus": "EvseNotFound"},
            "XWK-8",
        ),
        ("authorization-start", {"/AuthorizationStatus": "Perhaps"}, "XWK-11"),
        ("acknowledgement", {"/Result": "true"}, "XWK-11"),
    ],
)
def test_refused(name: str, mends: dict[str, object], rule: str) -> None:
    """What cannot be carried is refused with its own rule, and no id is shown."""
    beside = [*ASSUMED, "emaid=NLTNMC00122045K"]
    report = take(OICP, mended(example(name), mends), NAMED.get(name, ""), beside)
    assert (report.grade, report.rule) == ("refused", rule)
    assert "00122045" not in str(report.refusal)


@pytest.mark.parametrize(
    ("name", "mends", "finding"),
    [
        ("cdr", {"/MeterValueEnd": 1}, ("/ConsumedEnergy", "relation")),
        ("cdr", {"/ConsumedEnergy": Decimal("12.3456")}, ("/ConsumedEnergy", "type")),
        ("cdr", {"/MeterValueStart": "1040.12"}, ("/MeterValueStart", "type")),
        ("cdr", {"/HubOperatorID": "DE*AB77"}, ("/HubOperatorID", "type")),
        ("cdr", {"/CPOPartnerSessionID": "x" * 251}, ("/CPOPartnerSessionID", "type")),
        ("authorize-start", {"/OperatorID": "DE*AB77"}, ("/OperatorID", "type")),
        (
            "notification-progress",
            {"/ChargingDuration": 180_000},
            ("/ChargingDuration", "relation"),
        ),
        (
            "push-evse-data",
            {"/OperatorEvseData/EvseDataRecord/0/ChargingFacilities/0/Amperage": 320},
            ("/OperatorEvseData/EvseDataRecord/0/ChargingFacilities/0/Amperage", "type"),
        ),
    ],
)
def test_reported(name: str, mends: dict[str, object], finding: tuple[str, str]) -> None:
    """What breaks its text and can be read all the same is reported."""
    report = take(OICP, mended(example(name), mends), NAMED.get(name, ""))
    assert finding in findings(report)
    assert report.refusal is None


def test_ground() -> None:
    """On what a service rests is taken from an order, or assumed by name, never guessed."""
    notice = example("notification-start")
    assert (take(OICP, notice).ours or {})["authorization"] == "order"
    card: dict[str, Json] = {"RFIDMifareFamilyIdentification": {"UID": "04A2B3C4"}}
    shown = {**notice, "Identification": card}
    assert take(OICP, shown).rule == "XWK-2"
    report = take(OICP, shown, assume=ASSUMED)
    assert report.assumed == ASSUMED
    assert (report.ours or {})["authorization"] == "answer"


def test_end() -> None:
    """The end of the energy is no end of the service, unless the session ended with it."""
    notice = example("notification-end")
    assert (take(OICP, notice).ours or {})["event"] == "updated"
    over = take(OICP, {**notice, "SessionEnd": "2025-07-08T15:42:00+02:00"}).ours or {}
    assert (over["event"], over["at"]) == ("ended", "2025-07-08T13:42:00Z")


def test_din() -> None:
    """A contract id of DIN SPEC 91286 is one of its issuer's own making, and comes back."""
    at = f"{ID}/PlugAndChargeIdentification/EvcoID"
    report = take(OICP, mended(example("cdr"), {at: "DE*8EO*Aet5e4*9"}))
    ours = report.ours or {}
    assert ours["medium"] == {"type": "contract", "uid": "DE*8EO*Aet5e4*9"}
    assert "emaid" not in ours


def test_strongest() -> None:
    """The power of an EVSE is that of its strongest facility."""
    facilities = "/OperatorEvseData/EvseDataRecord/0/ChargingFacilities"
    two: list[Json] = [
        {"PowerType": "AC_3_PHASE", "Power": 22},
        {"PowerType": "DC", "Power": 150},
    ]
    made = take(OICP, mended(example("push-evse-data"), {facilities: two})).made
    assert isinstance(made, StationInformationNotice)
    assert [station.power_w for station in made.stations] == [150_000]


# --- Ours to OICP -----------------------------------------------------------------------------

RECORD: dict[str, Json] = {
    "emaid": "NLTNMC00122045K",
    "ended_at": "2025-07-08T13:00:00Z",
    "energy_wh": 11_000,
    "evse_id": "DEAB7E8406487",
    "kind": "cdr",
    "periods": [
        {
            "ended_at": "2025-07-08T13:00:00Z",
            "energy_wh": 11_000,
            "started_at": "2025-07-08T12:00:00Z",
        }
    ],
    "record_id": "r-17",
    "service": "energy-transfer",
    "started_at": "2025-07-08T12:00:00Z",
}


def test_needs() -> None:
    """A record needs a SessionID besides, unless its own id is a GUID."""
    found = give(OICP, "cdr", RECORD)
    assert (found.needs, found.lost) == (("/SessionID",), ("/record_id",))
    assert give(OICP, "cdr", RECORD, {"SessionID": GUID}).needs == ()
    found = give(OICP, "cdr", {**RECORD, "record_id": GUID})
    assert (found.needs, found.lost) == ((), ())
    assert findings(take(OICP, found.object)) == []


@pytest.mark.parametrize(
    ("changed", "needs", "lost"),
    [
        ({"evse_id": f"DEAB7E{'1' * 31}"}, {"/EvseID"}, {"/evse_id"}),
        ({"emaid": "DE8AA001234567"}, {ID}, {"/emaid"}),
        (
            {"medium": {"type": "rfid", "uid": "04A2B3C4"}},
            {f"{ID}/RFIDIdentification/RFID"},
            set(),
        ),
        ({"medium": {"type": "app", "uid": "a"}}, set(), {"/medium/type", "/medium/uid"}),
        ({"replaces": "r-16"}, set(), {"/replaces"}),
        ({"authorization_id": "a-1"}, set(), {"/authorization_id"}),
    ],
)
def test_no_room(changed: dict[str, Json], needs: set[str], lost: set[str]) -> None:
    """What OICP has no room for is named, and nothing is written that breaks its text."""
    found = give(OICP, "cdr", {**RECORD, "record_id": GUID, **changed})
    assert (set(found.needs), set(found.lost)) == (needs, lost)
    assert not [one for one in findings(take(OICP, found.object, "cdr")) if one[1] == "type"]


def test_split() -> None:
    """Of several periods OICP has the first start and the last end of charging; an idle one
    between them, and the energy of each, are lost.
    """
    record: dict[str, Json] = {
        **RECORD,
        "periods": [
            {
                "ended_at": "2025-07-08T12:20:00Z",
                "energy_wh": 5_000,
                "started_at": "2025-07-08T12:05:00Z",
            },
            {
                "activity": "idle",
                "ended_at": "2025-07-08T12:30:00Z",
                "energy_wh": 0,
                "started_at": "2025-07-08T12:20:00Z",
            },
            {
                "ended_at": "2025-07-08T12:50:00Z",
                "energy_wh": 6_000,
                "started_at": "2025-07-08T12:30:00Z",
            },
        ],
        "record_id": GUID,
    }
    found = give(OICP, "cdr", record)
    assert (found.object["ChargingStart"], found.object["ChargingEnd"]) == (
        "2025-07-08T12:05:00Z",
        "2025-07-08T12:50:00Z",
    )
    assert set(found.lost) == {
        "/periods/0/ended_at",
        "/periods/0/energy_wh",
        "/periods/1/activity",
        "/periods/1/ended_at",
        "/periods/1/energy_wh",
        "/periods/1/started_at",
        "/periods/2/energy_wh",
        "/periods/2/started_at",
    }


def test_check_character() -> None:
    """An EMAID without its check character gets it, for OICP asks for one."""
    found = give(OICP, "cdr", {**RECORD, "emaid": "NLTNMC00122045"}).object
    assert dict(leaves_of(found))[f"{ID}/RemoteIdentification/EvcoID"] == "NLTNMC00122045K"


def test_stop() -> None:
    """An order to stop goes to OICP by its session, and back with its contract beside it."""
    order: dict[str, Json] = {
        "authorization_id": GUID,
        "command": "stop",
        "emaid": "NLTNMC00122045K",
        "evse_id": "DEAB7E8406487",
        "kind": "remote-control-request",
        "service": "energy-transfer",
    }
    found = give(OICP, "remote-stop", order, {"ProviderID": "NL-TNM"})
    assert (found.needs, found.lost) == ((), ("/emaid",))
    assert found.object["SessionID"] == GUID
    report = take(OICP, found.object, "remote-stop", ["emaid=NLTNMC00122045K"])
    assert {**(report.ours or {}), "extension": None} == {**order, "extension": None}
    assert report.assumed == ("emaid=NLTNMC00122045K",)


def test_stop_of_what() -> None:
    """A stop of a session has the members of the end of a booking; named so, it is refused."""
    beside = ["emaid=NLTNMC00122045K"]
    unnamed = take(OICP, example("remote-stop"), assume=beside)
    booked = take(OICP, example("remote-stop"), "reservation-stop", beside)
    assert (unnamed.rule, booked.rule) == ("XWK-10", "XWK-10")
    assert "name the kind" in str(unnamed.refusal)
    assert "end a booking" in str(booked.refusal)
    assert findings(booked) == []


def test_booking() -> None:
    """Minutes become a moment where it is told when they began."""
    booking = example("reservation-start")
    report = take(OICP, booking, assume=["sent-at=2025-07-08T12:00:00Z"])
    assert (report.kind, findings(report)) == ("reservation", [])
    assert (report.ours or {})["until"] == "2025-07-08T12:30:00Z"
    back = give(OICP, report.kind, report.ours or {}, None, report.extension)
    assert back.object == booking
    report = take(OICP, mended(booking, {"/Duration": 90}), assume=["sent-at=noon"])
    assert report.rule == "XWK-11"
    until = "2025-07-08T13:00:00Z"
    told = take(OICP, mended(booking, {"/Duration": GONE}), "reservation", [f"until={until}"])
    assert (told.ours or {})["until"] == until
    assert give(OICP, "reservation", plain(told)).lost == ("/until",)


def test_list() -> None:
    """A full load is a whole list; an update is a part of one, of which the number is told."""
    data = example("authentication-data")
    ours = take(OICP, data).ours or {}
    assert ours["emaids"] == ["NLTNMC00122045K", "NLTNMC00122045K"]
    assert ours["media"] == [
        {"type": "rfid", "uid": "04A2B3C4D5E6F7"},
        {"type": "rfid", "uid": "04A2B3C4"},
    ]
    assert "part" not in ours
    update = {**data, "ActionType": "update"}
    assert take(OICP, update).rule == "XWK-2"
    report = take(OICP, update, assume=["list-number=7"])
    part = {"action": "add", "number": 7, "of": 1, "part": 1}
    assert ((report.ours or {})["part"], report.counts["rounded"]) == (part, 1)
    assert take(OICP, update, assume=["list-number=seven"]).rule == "XWK-11"
    five = "/ProviderAuthenticationData/AuthenticationDataRecord/2/Identification"
    several = mended(data, {f"{five}/RemoteIdentification": {"EvcoID": "NLTNMC00122045K"}})
    report = take(OICP, several)
    assert (report.rule, findings(report)) == ("XWK-6", [(five, "XWK-6")])


def test_part_of_list() -> None:
    """A part of a list that replaces another is no full load, which would delete the rest."""
    notice: dict[str, Json] = {
        "emaids": ["NLTNMC00122045K"],
        "home_csp": "nl-tnm",
        "kind": "authorization-list-notice",
        "part": {"action": "replace", "number": 1, "of": 2, "part": 1},
    }
    found = give(OICP, "authentication-data", notice)
    assert found.needs == ("/ActionType",)
    assert set(found.lost) == {"/part/action", "/part/number", "/part/of", "/part/part"}


def test_supplied() -> None:
    """What a question leaves out is supplied by name, and an entity may have another name."""
    question = mended(example("authorize-start"), {"/EvseID": GONE})
    beside = ["evse-id=DEAB7E8406487", "visited-cso=cso-bruno"]
    report = take(OICP, question, "authorization", beside)
    ours = report.ours or {}
    assert (ours["evse_id"], ours["visited_cso"]) == ("DEAB7E8406487", "cso-bruno")
    assert report.counts["residue"] == 4


@pytest.mark.parametrize("status", ["blocked", "removed"])
def test_no_word(status: str) -> None:
    """A status that OICP has no word for is not put into another."""
    notice: dict[str, Json] = {
        "kind": "station-status-notice",
        "statuses": [{"evse_id": "DEAB7E8406487", "status": status}],
    }
    found = give(OICP, "evse-status-by-id", notice)
    assert found.lost == ("/statuses/0/status",)
    assert found.needs == ("/EVSEStatusRecords/EvseStatusRecord/0/EvseStatus",)


@pytest.mark.parametrize("protocol", ["ochp-1.4", "emip-0.7.4"])
def test_tables_only(protocol: str) -> None:
    """A protocol without a converter is told of, and none of its objects is carried."""
    row = PROTOCOLS[protocol]
    assert not row.converts
    assert take(protocol, '{"evseId": "DE*AB7*E1"}').rule == "XWK-10"
    for name in row.kinds:
        assert take(protocol, '{"evseId": "DE*AB7*E1"}', name).rule == "XWK-10"


@pytest.mark.parametrize("protocol", [OICP, "ochp-1.4", "emip-0.7.4"])
def test_tables(protocol: str) -> None:
    """Every row has a source, every pair a field, a codec and an exchange."""
    exchanges = load("2025").exchanges
    for kind in PROTOCOLS[protocol].kinds.values():
        assert kind.exchange in exchanges
        assert all(pair.how in CODECS for pair in kind.pairs)
        paths = {field.path for field in kind.fields}
        assert all(field.source for field in kind.fields)
        assert {pair.theirs for pair in kind.pairs} <= paths
        assert all(pair.source for pair in kind.pairs)


# --- OCPI to OICP -----------------------------------------------------------------------------

# Written down by hand, member by member of the record, with the tables of both at hand.
WITHOUT_PLACE = """
/id
/session_id
/auth_method
/authorization_reference
/cdr_location/id
/cdr_location/name
/cdr_location/address
/cdr_location/city
/cdr_location/postal_code
/cdr_location/country
/cdr_location/coordinates/latitude
/cdr_location/coordinates/longitude
/cdr_location/evse_uid
/cdr_location/connector_id
/cdr_location/connector_standard
/cdr_location/connector_format
/cdr_location/connector_power_type
/meter_id
/currency
/charging_periods/0/dimensions/1/type
/charging_periods/0/dimensions/1/volume
/charging_periods/0/tariff_id
/charging_periods/1/start_date_time
/charging_periods/1/dimensions/0/type
/charging_periods/1/dimensions/0/volume
/total_cost/excl_vat
/total_cost/incl_vat
/total_parking_time
/last_updated
""".split()


def test_ocpi_to_oicp() -> None:
    """Through ours to OICP: exactly what OICP cannot hold is listed, and nothing else."""
    report = take("ocpi-2.2.1", CDR_2_2_1)
    assert report.made is not None
    card: dict[str, Json] = {"RFIDIdentification": {"RFID": "mifareDes"}}
    found = give(OICP, "cdr", report.made, {"SessionID": GUID, "Identification": card})
    assert found.needs == ()
    assert sorted(without_place(report, found)) == sorted(WITHOUT_PLACE)
    assert found.object == {
        "SessionID": GUID,
        "Identification": {
            "RFIDIdentification": {
                "UID": "04A2B3C4",
                "EvcoID": "DE8AACA2B3C4D5L",
                "RFID": "mifareDes",
            }
        },
        "EvseID": "DEAB7E8406487",
        "SessionStart": "2025-07-08T12:00:00Z",
        "SessionEnd": "2025-07-08T14:30:00Z",
        "ChargingStart": "2025-07-08T12:00:00Z",
        "ChargingEnd": "2025-07-08T14:00:00Z",
        "ConsumedEnergy": Decimal("21.5"),
    }


def test_oicp_to_ocpi() -> None:
    """Through ours to OCPI, which asks for money and a place: its needs, and what it lacks."""
    report = take(OICP, example("cdr"))
    assert report.made is not None
    found = give("ocpi-2.2.1", "cdr", report.made)
    assert {"/currency", "/total_cost", "/cdr_token/uid", "/cdr_location/address"} <= {
        *found.needs
    }
    lacks = set(without_place(report, found))
    assert {"/MeterValueStart", "/PartnerProductID", "/HubOperatorID"} <= lacks
    assert lacks.isdisjoint({"/SessionID", "/EvseID", "/ConsumedEnergy", "/ChargingStart"})


@pytest.mark.parametrize("code", [[], {}, None, 0])
def test_a_code_that_is_no_text_is_a_finding(code: Json) -> None:
    """An answer whose code is no text is carried with a finding, and never raises."""
    answer: dict[str, Json] = {"Result": True, "StatusCode": {"Code": code}}
    report = take(OICP, answer, "acknowledgement", ASSUMED)
    assert "/StatusCode/Code" in [found.at for found in report.findings]
