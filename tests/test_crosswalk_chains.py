"""Several charge detail records of OCPI that are one of ours."""

from itertools import permutations

import pytest

from refimpl.crosswalk import chain, give, take, take_together
from refimpl.crosswalk.chains import credit_of
from refimpl.crosswalk.reading import Json, read
from tests.crosswalk_examples import CDR_2_2_1
from tests.test_crosswalk import changed, hold_properties, members, sole

OCPI = "ocpi-2.2.1"
ORIGINAL = members(read(CDR_2_2_1))
CREDIT = {
    **ORIGINAL,
    "id": "AB7-2025-000017-C",
    "credit": True,
    "credit_reference_id": "ab7-2025-000017",
    "total_cost": {"excl_vat": read("-8.50")},
    "last_updated": "2025-07-09T08:00:00Z",
}
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
    ],
)
def test_refused(objects: tuple[dict[str, Json], ...], says: str) -> None:
    """A chain with a link missing, or one too many, is refused and says which."""
    reports = take_together(OCPI, objects)
    refusals = [report.refusal for report in reports if report.rule == "XWK-3"]
    assert len(refusals) == 1
    assert says in str(refusals[0])


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
