"""Several charge detail records of OCPI that are one of ours."""

from itertools import permutations

import pytest

from refimpl.crosswalk import chain, give, take, take_together
from refimpl.crosswalk.chains import credit_of
from refimpl.crosswalk.reading import Json, read
from refimpl.errors import Misuse
from tests.crosswalk_examples import CDR_2_1_1, CDR_2_2_1, CDR_2_3_0
from tests.test_crosswalk import changed, hold_properties, members, sole

OCPI = "ocpi-2.2.1"
CDRS = {"ocpi-2.1.1": CDR_2_1_1, OCPI: CDR_2_2_1, "ocpi-2.3.0": CDR_2_3_0}
ORIGINAL = members(read(CDR_2_2_1))
CREDIT = {
    **ORIGINAL,
    "id": "AB7-2025-000017-C",
    "credit": True,
    "credit_reference_id": "ab7-2025-000017",
    "total_cost": {"excl_vat": read("-8.50")},
    "last_updated": "2025-07-09T08:00:00Z",
}
SECOND = {**CREDIT, "id": "AB7-2025-000017-D"}
NEW = {**ORIGINAL, "id": "AB7-2025-000018", "last_updated": "2025-07-09T08:00:01Z"}


def test_replaced() -> None:
    """An original, its credit and the new one are one record that replaces the first, in
    whatever order they come.
    """
    for order in permutations((ORIGINAL, CREDIT, NEW)):
        report = chain(OCPI, order)
        assert report.ours is not None
        assert report.made is not None
        assert report.ours["record_id"] == "AB7-2025-000018"
        assert report.ours["replaces"] == "AB7-2025-000017"


def test_back() -> None:
    """Each of the three comes back whole, and no leaf is without its class."""
    first, credit, new = take_together(OCPI, (ORIGINAL, CREDIT, NEW))
    hold_properties(OCPI, ORIGINAL, first)
    assert new.ours is not None
    whole = give(OCPI, "cdr", new.ours, None, new.extension)
    assert (whole.object, whole.lost) == (NEW, ("/replaces",))
    assert credit_of(credit, ORIGINAL) == CREDIT
    assert (credit.counts["derived"], credit.counts["form"], credit.counts["residue"]) == (
        40,
        1,
        4,
    )


def test_texts() -> None:
    """Texts are read as values are, and what is no JSON is refused alone."""
    reports = take_together(OCPI, (CDR_2_2_1, "{"))
    assert [report.rule for report in reports] == ["", "XWK-1"]


@pytest.mark.parametrize(
    ("objects", "says"),
    [
        ((CREDIT,), "not among them"),
        ((CREDIT, NEW), "not among them"),
        ((ORIGINAL, CREDIT), "no new record"),
        ((ORIGINAL, CREDIT, NEW, {**NEW, "id": "19"}), "several"),
        ((ORIGINAL, {**CREDIT, "total_energy": 21}, NEW), "not what the record"),
        ((sole(ORIGINAL, "/session_id"), sole(CREDIT, "/session_id"), NEW), "nothing ties"),
        ((changed(ORIGINAL, "/total_energy", 1), CREDIT, NEW), "is refused"),
        ((ORIGINAL, ORIGINAL, CREDIT, NEW), "more than once"),
        ((ORIGINAL, CREDIT, {**NEW, "id": ORIGINAL["id"]}), "more than once"),
        ((ORIGINAL, CREDIT, changed(NEW, "/party_id", "XYZ")), "no new record"),
        ((ORIGINAL, CREDIT, changed(NEW, "/cdr_location/evse_id", "DEAB7E1")), "another one"),
        ((ORIGINAL, CREDIT, changed(NEW, "/cdr_token/contract_id", "fleet 7")), "another one"),
        ((ORIGINAL, CREDIT, changed(NEW, "/cdr_token/uid", "04A2B3C5")), "another one"),
        ((changed(ORIGINAL, "/party_id", "XYZ"), CREDIT, NEW), "not among them"),
        ((ORIGINAL, changed(CREDIT, "/total_cost/excl_vat", read("8.50")), NEW), "negated"),
        ((ORIGINAL, changed(CREDIT, "/total_cost/excl_vat", read("-4.25")), NEW), "negated"),
        ((ORIGINAL, changed(CREDIT, "/total_time_cost/excl_vat", 1), NEW), "negated"),
        (({**ORIGINAL, "id": "NONE"}, sole(CREDIT, "/credit_reference_id"), NEW), "none"),
    ],
)
def test_refused(objects: tuple[dict[str, Json], ...], says: str) -> None:
    """A chain with a link missing, or one too many, is refused and says which."""
    reports = take_together(OCPI, objects)
    refusals = [report.refusal for report in reports if report.rule == "XWK-3"]
    assert len(refusals) == 1
    assert says in str(refusals[0])


@pytest.mark.parametrize(
    ("objects", "rules"),
    [
        ((CREDIT, NEW), ["XWK-3", "XWK-13"]),
        ((NEW, CREDIT), ["XWK-13", "XWK-3"]),
        ((ORIGINAL, {**CREDIT, "total_energy": 21}, NEW), ["", "XWK-3", "XWK-13"]),
        ((ORIGINAL, {**CREDIT, "credit": 1}, NEW), ["", "XWK-11", "XWK-13"]),
        ((changed(ORIGINAL, "/total_energy", 1), CREDIT, NEW), ["XWK-5", "XWK-3", "XWK-13"]),
        ((ORIGINAL, CREDIT, SECOND, NEW), ["", "XWK-3", "XWK-3", "XWK-13"]),
        (
            (ORIGINAL, CREDIT, NEW, {**NEW, "id": "19"}),
            ["", "XWK-3", "XWK-13", "XWK-13"],
        ),
        (
            (sole(ORIGINAL, "/session_id"), sole(CREDIT, "/session_id"), NEW),
            ["", "XWK-3", "XWK-13"],
        ),
        (
            (ORIGINAL, CREDIT, changed(NEW, "/cdr_token/uid", "04A2B3C5")),
            ["", "XWK-3", "XWK-13"],
        ),
        ((ORIGINAL, CREDIT, {**NEW, "session_id": "s-18"}), ["", "XWK-3", ""]),
        ((ORIGINAL, NEW), ["", "XWK-13"]),
        ((NEW, ORIGINAL), ["", "XWK-13"]),
        ((ORIGINAL, {**NEW, "session_id": "S-17"}), ["", "XWK-13"]),
        ((ORIGINAL, {**NEW, "session_id": "s-18"}), ["", ""]),
        ((ORIGINAL, {**NEW, "party_id": "XYZ"}), ["", ""]),
        ((sole(ORIGINAL, "/session_id"), sole(NEW, "/session_id")), ["", ""]),
    ],
)
def test_not_both(objects: tuple[dict[str, Json], ...], rules: list[str]) -> None:
    """A record that comes after another of its session is not carried on alone, be it that its
    credit is refused or that there is none.
    """
    reports = take_together(OCPI, objects)
    assert [report.rule for report in reports] == rules
    assert [report.ours is None for report in reports] == [*map(bool, rules)]
    for report, rule in zip(reports, rules, strict=True):
        settled = {entry.settled for entry in report.entries}
        assert (settled == {"refused"}) is (rule != "")
    if any(rules):
        causes = [rule for rule in rules if rule not in {"", "XWK-13"}]
        assert chain(OCPI, objects).rule == (causes or ["XWK-13"])[0]


def test_old_credit_and_new() -> None:
    """In the edition before credits, a record beside half a credit of its service stays back."""
    older = members(read(CDR_2_1_1))
    half: dict[str, Json] = {**older, "id": "17-C", "credit_reference_id": "17"}
    reports = take_together("ocpi-2.1.1", (older, half, {**older, "id": "18"}))
    assert [report.rule for report in reports] == ["", "XWK-11", "XWK-13"]
    later = {**older, "id": "18", "start_date_time": "2025-07-08T12:00:01Z"}
    reports = take_together("ocpi-2.1.1", (older, half, later))
    assert reports[2].rule != "XWK-13"


def test_foreign() -> None:
    """An original is found by its party too, and a session of any case."""
    other = changed(ORIGINAL, "/party_id", "XYZ")
    new = {**NEW, "session_id": "S-17"}
    reports = take_together(OCPI, (other, ORIGINAL, CREDIT, new))
    assert [report.rule for report in reports] == ["", "", "", ""]
    assert [report.ours and report.ours.get("replaces") for report in reports] == [
        None,
        None,
        None,
        "AB7-2025-000017",
    ]


@pytest.mark.parametrize("assume", [(), ("reason=meter broken",)])
def test_credited_twice(assume: tuple[str, ...]) -> None:
    """Two credits of one record are both refused."""
    reports = take_together(OCPI, (ORIGINAL, CREDIT, SECOND), assume)
    assert [report.rule for report in reports] == ["", "XWK-3", "XWK-3"]


def test_reason() -> None:
    """A reason that ours has no room for is refused, and one that says nothing is none."""
    report = take_together(OCPI, (ORIGINAL, CREDIT), [f"reason={'x' * 201}"])[1]
    assert (report.rule, report.ours) == ("XWK-11", None)
    with pytest.raises(Misuse, match="reason=VALUE"):
        take_together(OCPI, (ORIGINAL, CREDIT), ["reason="])
    with pytest.raises(Misuse, match="reason=VALUE"):
        chain(OCPI, (ORIGINAL, CREDIT), ["season=wrong"])


@pytest.mark.parametrize("protocol", ["ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0"])
@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"credit": "true"}, "XWK-11"),
        ({"credit": 1}, "XWK-11"),
        ({"credit": 0}, "XWK-11"),
        ({"credit": [True]}, "XWK-11"),
        ({"credit_reference_id": "16"}, "XWK-11"),
        ({"credit": False, "credit_reference_id": "16"}, "XWK-11"),
        ({"credit": True, "credit_reference_id": "16"}, "XWK-3"),
        ({"credit": True}, "XWK-3"),
        ({"credit": False}, ""),
        ({"credit": None}, ""),
    ],
)
def test_half_a_credit(protocol: str, said: dict[str, Json], rule: str) -> None:
    """What might be a credit record is no record of a service."""
    record = members(read(CDRS[protocol]))
    report = take(protocol, {**record, **said})
    assert report.rule == rule
    assert (report.ours is None) == bool(rule)


def test_withdrawn() -> None:
    """Without a new record a credit is a withdrawal, where a reason is supplied."""
    report = take_together(OCPI, (ORIGINAL, CREDIT), ["reason=meter broken"])[1]
    assert report.ours == {
        "kind": "record-withdrawal-notice",
        "reason": "meter broken",
        "record_id": "AB7-2025-000017",
    }
    assert report.assumed == ("reason=meter broken",)


def test_alone() -> None:
    """In a stream a lone credit is refused."""
    assert take(OCPI, CREDIT).rule == "XWK-3"
