"""The report as a value and as JSON, the roles' profiles, and what can be claimed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from refimpl.conformance.claims import claims_of
from refimpl.conformance.report import (
    BadReport,
    Claim,
    ClaimRow,
    Report,
    Selected,
    read_report,
)
from refimpl.conformance.report_schema import report_schema
from refimpl.conformance.roles import NEEDS, is_needed
from refimpl.conformance.trials import Trial, trials
from refimpl.conformance.verdicts import Verdict
from refimpl.vectors.families import is_outside
from refimpl.vocabulary import Role
from tests.command import say
from tests.reports import HASH, SUITE, report, result

SCHEMA_FILE = SUITE.folder / "schemas/v1/report.schema.json"
D = "identifiers/accept-d"
E = "identifiers/accept-e"


def trial(name: str, operation: str = "emaid.parse", **members: Any) -> Trial:
    """A vector in an edition, in 2025 where nothing else is said."""
    told: dict[str, Any] = {
        "edition": "2025",
        "content_hash": HASH,
        "context": None,
        "input": {},
        "expected": {"outcome": "accept", "output": {}},
        "binding": True,
        "level": "shall",
        "role": None,
        **members,
    }
    return Trial(id=name, operation=operation, **told)


def written(path: Path, one: Report, **members: Any) -> Path:
    """The file of a report, in which some members are others."""
    path.write_text(json.dumps({**one.document(), **members}), "utf-8")
    return path


# --- As JSON ----------------------------------------------------------------------------------


def test_schema_is_of_the_classes() -> None:
    """To write it again: iec63119 schema report."""
    assert json.loads(SCHEMA_FILE.read_bytes()) == report_schema()
    assert say("schema", "report").json == report_schema()


def test_document_fits_its_schema() -> None:
    one = report(result(D), result(E, "crash", got=None, role=Role.HOME_CSP))
    Draft202012Validator.check_schema(report_schema())
    assert list(Draft202012Validator(report_schema()).iter_errors(one.document())) == []


def test_document_has_the_names_agreed() -> None:
    document = report(result(D)).document()
    assert document["$schema"] == "urn:iec63119-refimpl:vectors:v1:report"
    assert document["suite"].keys() == {"id", "version", "rootHash"}
    assert document["implementation"].keys() == {"name", "version", "language"}
    assert document["totals"]["pass"] == 1
    [row] = document["results"]
    assert {"id", "edition", "contentHash", "binding", "verdict", "got"} < row.keys()


def test_written_and_read_again(tmp_path: Path) -> None:
    one = report(result(D), result(E, "timeout", got=None, detail="\x1b[31m<b>"))
    assert read_report(written(tmp_path / "r.json", one)) == one


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"protocol": 2}, "protocol: Input should be 1"),
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ({"totals": {"pass": 2}}, "its totals are not those of its results"),
        ({"suite": {"id": "x", "version": "1", "rootHash": "0"}}, "suite.rootHash: "),
    ],
)
def test_what_is_no_report(tmp_path: Path, members: dict[str, object], says: str) -> None:
    path = written(tmp_path / "r.json", report(result(D)), **members)
    with pytest.raises(BadReport) as caught:
        read_report(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_twice_the_same_vector(tmp_path: Path) -> None:
    path = written(tmp_path / "r.json", report(result(D), result(D)))
    with pytest.raises(BadReport, match="a vector stands twice"):
        read_report(path)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "should be an object"),
        (b'{"protocol": 1, "protocol": 1}', "'protocol' stands twice"),
        (b"\xff", "is no JSON"),
    ],
)
def test_what_is_no_json(tmp_path: Path, raw: bytes, says: str) -> None:
    (tmp_path / "r.json").write_bytes(raw)
    with pytest.raises(BadReport, match=says):
        read_report(tmp_path / "r.json")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadReport, match="No such file"):
        read_report(tmp_path / "r.json")


# --- What each role needs ---------------------------------------------------------------------


def test_each_operation_of_the_suite_has_one_row() -> None:
    asked = {(one["id"].partition("/")[0], one["operation"]) for one in SUITE.tests}
    asked = {(family, operation) for family, operation in asked if not is_outside(operation)}
    rows = [(need.family, need.operation) for need in NEEDS]
    assert sorted(rows) == sorted(asked)


def test_each_row_names_a_role_and_a_reason() -> None:
    for need in NEEDS:
        assert need.roles
        assert need.because.endswith(".")


def test_what_roles_need() -> None:
    assert is_needed(Role.VISITED_CSO, "session", "session.follow")
    assert not is_needed(Role.CLEARING_HOUSE, "session", "session.follow")
    assert not is_needed(Role.VISITED_CSO, "pseudonym", "emaid.pseudonym")
    assert not is_needed(Role.VISITED_CSO, "no-family", "no.operation")


# --- What can be claimed ----------------------------------------------------------------------


def claims(one: Report, *asked: Trial) -> dict[tuple[str, str, str | None], ClaimRow]:
    """Each claim by its kind, edition and role."""
    return {(row.claim, row.edition, row.role): row for row in claims_of(one, asked)}


def lines(one: Report, *asked: Trial) -> Iterator[str]:
    """The claims of a visited-CSO in 2025, without the suite's hash."""
    for row in claims_of(one, asked):
        if row.role == Role.VISITED_CSO and row.edition == "2025":
            yield row.line.replace(row.line[row.line.index("(suite") :], "").strip()


def test_a_claim_counts_what_passed() -> None:
    one = report(result(D), result(E, "wrong-code"))
    found = claims(one, trial(D), trial(E, binding=False))
    profile = found["model profile", "2025", "visited-cso"]
    assert (profile.passed, profile.applicable, profile.holds) == (1, 2, False)
    standard = found["standard", "2025", "visited-cso"]
    assert (standard.passed, standard.applicable, standard.holds) == (1, 1, True)


def test_a_claim_in_words() -> None:
    """It names the part, the edition, the role, the claim and the suite, and whose vectors."""
    [profile, standard] = claims_of(
        report(
            result(D),
            selection={"families": ["identifiers"], "editions": ["2025"], "role": "home-csp"},
        ),
        [trial(D)],
    )
    suite = f"(suite 0.1.0, {report().suite.root_hash[7:19]})"
    told = "IEC 63119-1:2025 - home-CSP - {} - identifiers: 1/1 {} " + suite
    assert profile.line == told.format("model profile", "of this model's vectors")
    assert standard.line == told.format("standard", "of this model's vectors that bind")


def test_no_claim_of_conformity() -> None:
    for row in claims_of(report(), list(trials(SUITE))):
        assert "this model's vectors" in row.line
        assert "conform" not in row.line.lower()


@pytest.mark.parametrize(
    ("verdict", "passed"),
    [(one, one in {Verdict.PASS, Verdict.XPASS}) for one in Verdict],
)
def test_only_what_passed_counts(verdict: Verdict, passed: bool) -> None:
    found = claims(report(result(D, verdict)), trial(D))
    row = found["model profile", "2025", "visited-cso"]
    assert (row.passed, row.holds) == (int(passed), passed)
    assert row.applicable == 1


def test_what_was_not_asked_counts_against_a_claim() -> None:
    row = claims(report(), trial(D))["model profile", "2025", "visited-cso"]
    assert (row.passed, row.applicable, row.holds) == (0, 1, False)
    assert row.line.endswith("; 1 not asked")


def test_a_claim_tells_what_is_short() -> None:
    one = report(result(D, "xfail"), result(E, "skipped", got=None))
    row = claims(one, trial(D), trial(E))["model profile", "2025", "visited-cso"]
    assert row.line.endswith("; 1 diverged; 1 skipped")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"complete": False, "stopped": "interrupted"}, "; the run is incomplete"),
        (
            {"canaries": {"twice": 0, "made": 0, "agreed": 0, "findings": ["knows them"]}},
            "; nothing was measured",
        ),
    ],
)
def test_no_claim_holds_without_a_whole_run(members: dict[str, Any], says: str) -> None:
    for row in claims_of(report(result(D), **members), [trial(D)]):
        assert row.passed == row.applicable
        assert not row.holds
        assert row.line.endswith(says)


def test_what_is_outside_of_part_1_has_a_claim_of_its_own() -> None:
    wanted = Selected(families=("crosswalk",), editions=("2025",), role=None)
    converted = trial("crosswalk/accept-a", "crosswalk.take", binding=False)
    [row] = claims(report(selection=wanted), converted).values()
    assert row.role is None
    assert row.line.startswith(
        "edition 2025 - outside Part 1 - model profile - crosswalk: 0/1 "
    )
    narrowed = report(selection=wanted, capabilities=["role:home-csp"])
    assert not claims(narrowed, converted)


def test_a_role_is_asked_only_what_it_needs() -> None:
    """A vector of another role, or of an operation that a role does without, doesn't count."""
    house = trial("exchange/accept-a", "endpoint.play", role=Role.CLEARING_HOUSE)
    check = trial(D, "emaid.check-character")
    found = claims(report(), house, check)
    assert {role for claim, _, role in found if claim == Claim.MODEL_PROFILE} == {
        "clearing-house",
        "home-csp",
    }


def test_a_claim_is_made_for_what_takes_part() -> None:
    both = (trial(D), replace(trial(D), edition="2019"))
    assert {edition for _, edition, _ in claims(report(), *both)} == {"2019", "2025"}
    named = report(capabilities=["role:home-csp", "emaid.parse"])
    assert {role for _, _, role in claims(named, *both)} == {"home-csp"}
    chosen = report(selection={"families": ["session"], "editions": ["2025"], "role": None})
    assert claims(chosen, *both) == {}
