"""OICP 2.3 there and back: P1 to P5 over objects of our own writing, published ones, and made
ones.
"""

import os
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refimpl.crosswalk import Report, give, take
from refimpl.crosswalk.reading import Json, build, leaves_of, read, write
from tests.oicp_faults import PUBLISHED
from tests.test_crosswalk_oicp import ASSUMED, CARRIED, GUID, NAMED, OICP, example

KINDS = {name: take(OICP, example(name), NAMED.get(name, ""), ASSUMED).kind for name in CARRIED}
STRANGE: st.SearchStrategy[Json] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 10**9, Decimal("0.0005"), Decimal("54.3330"), [], {}),
        *("", "string", "#NA", "000", "Unknown", "delete", "Reservation", "1234abcd"),
        *("2020-09-23T14:17:53.038Z", "2025-07-08T14:02:10+02:00", "2025-07-08T12:00:00"),
        *("NLTNMC00122045K", "de-8eo-aet5e4-9", "DE*AB7*E840*6487", "+49*810*000*438"),
    ]
)


def members(value: Json) -> dict[str, Json]:
    """An object of JSON, by its members."""
    assert isinstance(value, dict)
    return value


def plain(ours: dict[str, Json]) -> dict[str, Json]:
    """A record or message without what the neighbour said besides."""
    return {name: one for name, one in ours.items() if name != "extension"}


def hold(value: dict[str, Json], report: Report) -> None:
    """P1, P2 and P4 of an object that was carried."""
    leaves = dict(leaves_of(value))
    assert sorted(entry.at for entry in report.entries) == sorted(leaves)
    assert report.ours is not None
    back = give(OICP, report.kind, report.ours, None, report.extension)
    assert (back.object, back.lost) == (value, ())
    bare = dict(leaves_of(give(OICP, report.kind, plain(report.ours)).object))
    for entry in report.entries:
        if entry.settled == "exact":
            assert bare[entry.at] == leaves[entry.at]
        elif entry.settled == "residue":
            assert entry.kind
        else:
            assert entry.was == str(leaves[entry.at])
    again = take(OICP, back.object, report.kind, report.assumed)
    assert again.ours == report.ours
    assert sorted(again.entries) == sorted(report.entries)


@st.composite
def objects(draw: st.DrawFn) -> tuple[str, dict[str, Json]]:
    """An object with some leaves changed, taken out or added, and its kind."""
    name = draw(st.sampled_from(sorted(CARRIED)))
    leaves = dict(leaves_of(example(name)))
    for at in draw(st.lists(st.sampled_from(sorted(leaves)), max_size=3, unique=True)):
        if draw(st.booleans()):
            leaves[at] = draw(STRANGE)
        else:
            del leaves[at]
    if draw(st.booleans()):
        leaves[f"/{draw(st.text('abc019-', min_size=1, max_size=5))}"] = draw(STRANGE)
    if not leaves:
        return KINDS[name], {}
    return KINDS[name], members(read(write(build(leaves))))


@given(objects())
@settings(max_examples=150, deadline=None)
def test_there_and_back(made: tuple[str, dict[str, Json]]) -> None:
    """P1, P2, P4: what is carried comes back whole, whatever its sender wrote."""
    kind, value = made
    report = take(OICP, value, kind, ASSUMED)
    if report.refusal is None:
        hold(value, report)
    else:
        assert {entry.settled for entry in report.entries} == {"refused"}


@pytest.mark.parametrize("name", CARRIED)
def test_examples_back(name: str) -> None:
    """P1, P2, P4 of each example of ours."""
    value = example(name)
    report = take(OICP, value, KINDS[name], ASSUMED)
    assert report.refusal is None
    hold(value, report)


def carried_objects() -> list[tuple[str, dict[str, Json]]]:
    """The published objects that are carried, and the examples of ours, each with its kind."""
    found = [(KINDS[name], example(name)) for name in CARRIED]
    folder = os.environ.get("IEC63119_OBJECTS")
    for name, expected in PUBLISHED.items():
        if folder and not expected.refused:
            text = (Path(folder) / OICP / f"spec-{name}.json").read_bytes()
            found.append((expected.kind, members(read(text))))
    return found


def other(leaf: Json) -> Json:
    """Another value of the same type."""
    match leaf:
        case bool():
            return not leaf
        case int() | Decimal():
            return leaf + 1
        case str():
            return f"{leaf}0"
    return "other"


def test_every_leaf_matters() -> None:
    """P1 to P5 of published objects and of ours: another value at any leaf, or none, makes
    another record, report or class.
    """
    changed = 0
    for kind, value in carried_objects():
        first = take(OICP, value, kind, ASSUMED)
        hold(value, first)
        leaves = dict(leaves_of(value))
        for at, leaf in leaves.items():
            rest = {place: one for place, one in leaves.items() if place != at}
            for second in ({**leaves, at: other(leaf)}, rest):
                if not second:
                    continue
                report = take(OICP, build(second), kind, ASSUMED)
                assert said(report) != said(first), (kind, at)
                changed += 1
    assert changed > 200


def test_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """The leaves of published objects, or of ours where these are not at hand, end in each
    class that there is for OICP; they are counted and printed.
    """
    totals: Counter[str] = Counter()
    for kind, value in carried_objects():
        counts = take(OICP, value, kind, ASSUMED).counts
        totals.update({str(name): count for name, count in counts.items() if count})
    with capsys.disabled():
        print(f"\n{OICP}:", ", ".join(f"{n} {name}" for name, n in totals.items()))
    assert totals.keys() == {"exact", "form", "rounded", "residue"}


def said(report: Report) -> tuple[object, ...]:
    """What a report says of an object."""
    return report.ours, report.extension, report.rule


@st.composite
def records(draw: st.DrawFn) -> dict[str, Json]:
    """A charging detail record that OICP has room for: one period, within the session."""
    times = sorted(draw(st.lists(st.integers(0, 86_399), min_size=4, max_size=4)))
    start, begin, stop, end = (f"2025-07-08T{clock(one)}Z" for one in times)
    energy = draw(st.integers(0, 10_000_000))
    named: dict[str, Json] = draw(
        st.sampled_from(
            [
                {"emaid": "NLTNMC00122045K"},
                {"medium": {"type": "rfid", "uid": "04A2B3C4D5E6F7"}},
                {"medium": {"type": "contract", "uid": "DE*8EO*Aet5e4*9"}},
                {
                    "emaid": "NLTNMC00122045K",
                    "medium": {"type": "rfid", "uid": "04A2B3C4"},
                },
            ]
        )
    )
    return {
        **named,
        "ended_at": end,
        "energy_wh": energy,
        "evse_id": draw(st.sampled_from(["DEAB7E8406487", "+49*810*000*438"])),
        "kind": "cdr",
        "periods": [{"ended_at": stop, "energy_wh": energy, "started_at": begin}],
        "record_id": GUID,
        "service": "energy-transfer",
        "started_at": start,
    }


def clock(second: int) -> str:
    """A second of the day as hours, minutes and seconds."""
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


CONTEXT: dict[str, Json] = {"PartnerProductID": "AC3"}
CARD: dict[str, Json] = {"Identification": {"RFIDIdentification": {"RFID": "mifareDes"}}}


@given(records())
@settings(max_examples=60, deadline=None)
def test_ours_and_back(record: dict[str, Json]) -> None:
    """P3: a record of ours comes back from OICP as it was."""
    context = {**CONTEXT, **CARD} if {"emaid", "medium"} <= record.keys() else CONTEXT
    found = give(OICP, "cdr", record, context)
    assert (found.needs, found.lost) == ((), ())
    report = take(OICP, found.object)
    assert report.findings == () or {one.says for one in report.findings} == {
        "energy in no time"
    }
    assert plain(report.ours or {}) == record


# fmt: off
MESSAGES: dict[str, list[dict[str, Json]]] = {
    "authentication-data": [
        {"kind": "authorization-list-notice", "home_csp": "nl-tnm",
         "emaids": ["NLTNMC00122045K"], "media": [
             {"type": "rfid", "uid": "04A2B3C4"}, {"type": "contract", "uid": "DE8EOAET5E49"}]},
        {"kind": "authorization-list-notice", "home_csp": "nl-tnm", "emaids": []},
    ],
    "authorization": [
        {"kind": "authorization-request", "service": "energy-transfer",
         "evse_id": "DEAB7E8406487", "visited_cso": "de-ab7", "emaid": "NLTNMC00122045K"},
        {"kind": "authorization-request", "service": "energy-transfer",
         "evse_id": "DEAB7E8406487", "visited_cso": "de-ab7",
         "medium": {"type": "rfid", "uid": "04A2B3C4"}},
    ],
    "authorization-answer": [
        {"kind": "authorization-answer", "granted": True, "from_list": False,
         "home_csp": "nl-tnm", "authorization_id": GUID},
        {"kind": "authorization-answer", "granted": False, "from_list": False},
    ],
    "remote-start": [
        {"kind": "remote-control-request", "service": "energy-transfer", "command": "start",
         "evse_id": "DEAB7E8406487", "emaid": "NLTNMC00122045K", "authorization_id": GUID},
    ],
    "acknowledgement": [
        {"kind": "remote-control-answer", "accepted": True},
        {"kind": "remote-control-answer", "accepted": False, "reason": "busy"},
    ],
    "notification-start": [
        {"kind": "session-progress-notice", "service": "energy-transfer", "event": "started",
         "evse_id": "DEAB7E8406487", "emaid": "NLTNMC00122045K", "authorization": "order",
         "at": "2025-07-08T12:00:00Z", "energy_wh": 0},
    ],
    "notification-progress": [
        {"kind": "session-progress-notice", "service": "energy-transfer", "event": "updated",
         "evse_id": "DEAB7E8406487", "emaid": "NLTNMC00122045K", "authorization": "order",
         "at": "2025-07-08T12:00:00Z", "energy_wh": 5_400},
    ],
    "notification-end": [
        {"kind": "session-progress-notice", "service": "energy-transfer", "event": "ended",
         "evse_id": "DEAB7E8406487", "emaid": "NLTNMC00122045K", "authorization": "order",
         "at": "2025-07-08T12:00:00Z", "energy_wh": 12_345},
    ],
    "evse-data": [
        {"kind": "station-information-notice", "stations": [
            {"evse_id": "DEAB7E8406487", "name": "Am Markt", "power_w": 22_000,
             "services": ["energy-transfer", "reservation"]},
            {"evse_id": "+49*810*000*438", "name": "Hof", "power_w": 150_000,
             "services": ["energy-transfer"]}]},
    ],
    "evse-status": [
        {"kind": "station-status-notice", "statuses": [
            {"evse_id": "DEAB7E8406487", "status": one}
            for one in ("available", "reserved", "occupied", "out-of-service", "unknown")]},
    ],
}
# fmt: on


@pytest.mark.parametrize("kind", MESSAGES)
def test_messages_and_back(kind: str) -> None:
    """P3: what OICP has room for comes back as it was; each status and reason by its word."""
    for message in MESSAGES[kind]:
        found = give(OICP, kind, message)
        assert found.lost == ()
        report = take(OICP, found.object, kind)
        assert plain(report.ours or {}) == message


@pytest.mark.parametrize(
    "reason", ["unknown", "blocked", "expired", "not-here", "busy", "unreachable"]
)
def test_reason(reason: str) -> None:
    """P3: a reason comes back by its code."""
    message: dict[str, Json] = {"from_list": False, "granted": False, "reason": reason}
    message["kind"] = "authorization-answer"
    found = give(OICP, "authorization-answer", message)
    assert (found.needs, found.lost) == ((), ())
    assert plain(take(OICP, found.object, "authorization-answer").ours or {}) == message


def test_no_credit() -> None:
    """A reason that OICP has no code for is named as lost."""
    message: dict[str, Json] = {
        "from_list": False,
        "granted": False,
        "kind": "authorization-answer",
        "reason": "no-credit",
    }
    assert give(OICP, "authorization-answer", message).lost == ("/reason",)


def test_power() -> None:
    """Watts that are no whole kilowatts are rounded, and named as lost."""
    message: dict[str, Json] = {
        "kind": "station-information-notice",
        "stations": [
            {
                "evse_id": "DEAB7E8406487",
                "name": "Am Markt",
                "power_w": 22_080,
                "services": ["energy-transfer"],
            }
        ],
    }
    found = give(OICP, "evse-data", message)
    power = "/OperatorEvseData/EvseDataRecord/0/ChargingFacilities/0/Power"
    assert dict(leaves_of(found.object))[power] == 22
    assert found.lost == ("/stations/0/power_w",)
