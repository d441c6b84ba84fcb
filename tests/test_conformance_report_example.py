"""The example that is asked live, in one call, and what a notebook shows of its report."""

import re
import sys

import pytest

from refimpl.conformance.example import answer, answers
from refimpl.conformance.measuring import report_on
from refimpl.conformance.report import Claim, Report
from refimpl.edition import load
from refimpl.views.tables import conformance
from tests.reports import SUITE, report, result

DOTLESS = "identifiers/reject-din-dotless-i"


@pytest.fixture(scope="module")
def measured() -> Report:
    """The report on the example."""
    return report_on([sys.executable, "-m", "refimpl.conformance.example"], SUITE, seed=1)


def test_example_is_wrong_where_it_says(measured: Report) -> None:
    """Each of its three mistakes is found, and what it has not got to is skipped."""
    wrong = {one.operation: set[str]() for one in measured.results}
    for one in measured.results:
        wrong[one.operation].add(one.verdict)
    assert wrong["emaid.din-check-digit"] == {"pass", "wrong-outcome", "wrong-output"}
    assert wrong["contract-id.free"] == {"pass", "wrong-outcome"}
    assert wrong["medium.uid"] == {"skipped"}
    assert wrong["emaid.parse"] == {"not-applicable"}
    assert measured.complete
    assert not measured.canaries.findings


def test_no_claim_of_the_example_holds(measured: Report) -> None:
    assert measured.claims
    assert not [row for row in measured.claims if row.holds]


def test_example_ends_when_it_is_told() -> None:
    said = list(answers(['{"cmd": "start"}', '{"cmd": "stop"}', '{"cmd": "start"}']))
    assert [one["protocol"] for one in said] == [1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("INTNM000071", {"outcome": "accept", "output": {"check": "9"}}),
        ("INTNM00007", {"outcome": "reject", "error": "EMA-4"}),
        ("INTNM-00071", {"outcome": "reject", "error": "EMA-2"}),
    ],
)
def test_example_answers(text: str, told: dict[str, object]) -> None:
    asked = {"seq": "1", "operation": "emaid.din-check-digit", "input": {"text": text}}
    assert answer(asked) == {"seq": "1", **told}


def test_totals_and_claims_as_tables() -> None:
    one = report(result(DOTLESS), result("identifiers/accept-a", "crash"))
    assert [row[:2] for row in conformance.totals(one).rows] == [("pass", "1"), ("crash", "1")]
    assert conformance.claims(one, Claim.STANDARD).rows == ()


def test_claims_as_a_table(measured: Report) -> None:
    rows = conformance.claims(measured, Claim.MODEL_PROFILE).rows
    assert len(rows) == 7  # of three roles in two editions, and of the crosswalk in one
    for _, _, passed, held in rows:
        assert re.fullmatch(r"\d+ of \d+", passed)
        assert held == "does not hold"


def test_one_explained(measured: Report) -> None:
    table = conformance.explained(SUITE, measured, DOTLESS, load("2025"))
    told = {row[0]: row[1] for row in table.rows}
    assert told["first difference"] == "outcome"
    assert told["twin"] == SUITE.by_id[DOTLESS]["twin"]
    assert told["input.text"] == "ıNTNM000110 here, INTNM000110 there"
    assert table.caption == f"{DOTLESS}, 2025: wrong-outcome"


def test_divergences_of_an_edition(measured: Report) -> None:
    table = conformance.divergences(measured, load("2025"))
    assert table.caption == "Divergences in groups, 2025"
    rows = table.rows
    kinds = [row[0] for row in rows]
    assert "wrong-outcome, emaid.din-check-digit" in kinds
    assert len(kinds) == len({row[:3] for row in rows})
