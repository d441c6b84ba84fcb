"""`iec63119 conform report`, `compare` and `explain`."""

import json
from pathlib import Path
from typing import Any

import pytest

from refimpl.conformance.checking import faults_against
from refimpl.conformance.claims import with_claims
from refimpl.conformance.comparing import Change, compare_reports
from refimpl.conformance.explaining import rule_in_words
from refimpl.conformance.report import Report, Result
from refimpl.conformance.trials import Trial, trials
from refimpl.conformance.verdicts import Verdict
from tests.command import one_line, say
from tests.reports import HASH, SUITE, report, result

REAL = "identifiers/reject-ochp-plain"
TWIN = SUITE.by_id[REAL]["twin"]
EVERY = {(trial.id, trial.edition): trial for trial in trials(SUITE)}
A, B, C = (f"identifiers/accept-{name}" for name in "abc")


def answered(
    name: str, verdict: str, got: dict[str, Any] | None = None, edition: str = "2025"
) -> Result:
    """What became of a vector of the suite, in 2025 where nothing else is said."""
    trial: Trial = EVERY[name, edition]
    return result(
        name,
        verdict,
        edition=edition,
        content_hash=trial.content_hash,
        operation=trial.operation,
        binding=trial.binding,
        level=trial.level,
        expected={**trial.expected},
        got=got or {**trial.expected},
    )


def stored(path: Path, one: Report, **members: Any) -> str:
    """The name of the file of a report, in which some members are others."""
    path.write_text(json.dumps({**one.document(), **members}), "utf-8")
    return str(path)


WRONG = {"outcome": "accept", "output": {"detail": "none"}}
REPORT = with_claims(
    report(answered(TWIN, "pass"), answered(REAL, "different", WRONG)), trials(SUITE)
)


@pytest.fixture
def kept(tmp_path: Path) -> str:
    """The name of a stored report."""
    return stored(tmp_path / "r.json", REPORT)


# --- report -----------------------------------------------------------------------------------


def test_forms_are_written(kept: str, tmp_path: Path) -> None:
    names = {"--html": "page.html", "--junit": "junit.xml", "--markdown": "comment.md"}
    options = [
        part for option, name in names.items() for part in (option, str(tmp_path / name))
    ]
    said = say("conform", "report", kept, *options)
    assert (said.code, said.err) == (0, "")
    assert "1 pass, 1 different" in said.out
    begins = {"page.html": "<!doctype html>", "junit.xml": "<?xml", "comment.md": "### "}
    for name, begin in begins.items():
        assert (tmp_path / name).read_text("utf-8").startswith(begin)


def test_a_report_on_all_vectors_is_one_on_the_suite() -> None:
    """What passed is as expected, also where one of several alerts will do."""
    rows = []
    for trial in EVERY.values():
        row = answered(trial.id, "pass", edition=trial.edition)
        rows.append(row.model_copy(update={"role": trial.role}))
    one = with_claims(report(*rows), trials(SUITE))
    assert list(faults_against(one, SUITE)) == []
    assert all(row.holds for row in one.claims)


def test_report_as_json(kept: str) -> None:
    assert say("conform", "report", kept, "--json").json == REPORT.document()


def test_another_suite_is_told(tmp_path: Path) -> None:
    suite = {"id": "iec63119-1", "version": "0.0.9", "rootHash": HASH}
    path, page = stored(tmp_path / "r.json", REPORT, suite=suite), tmp_path / "p.html"
    said = say("conform", "report", path, "--html", str(page))
    assert said.code == 0
    assert f"is on suite 0.0.9 {HASH}, here is sha256:" in said.err
    assert SUITE.by_id[REAL]["why"] not in page.read_text("utf-8")


def told_otherwise(**members: Any) -> dict[str, Any]:
    """The members of a report in which the first result is told otherwise."""
    first, *others = REPORT.document()["results"]
    return {"results": [{**first, **members}, *others]}


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"claims": []}, "its claims are not those that its results amount to"),
        (told_otherwise(binding=False), f"{TWIN} in 2025 is another vector in the suite"),
        (told_otherwise(contentHash=HASH), f"{TWIN} in 2025 is another vector in the suite"),
        (told_otherwise(edition="1999"), f"{TWIN} in 1999 is no vector of the suite"),
        (told_otherwise(got=WRONG), f"{TWIN} in 2025 passed with another answer"),
        ({"totals": {"pass": 2}}, "its totals are not those of its results"),
    ],
)
def test_a_report_that_was_tampered_with(
    tmp_path: Path, members: dict[str, Any], says: str
) -> None:
    said = say("conform", "report", stored(tmp_path / "r.json", REPORT, **members))
    assert said.code == 2
    assert says in one_line(said)


def test_no_report(tmp_path: Path) -> None:
    said = say("conform", "report", str(tmp_path / "none.json"))
    assert said.code == 2
    assert "--report FILE" in one_line(said)


# --- compare ----------------------------------------------------------------------------------


def changes(before: Report, after: Report) -> dict[str, str]:
    """What changed, by vector."""
    return {one.result.id: one.change for one in compare_reports(before, after)}


OTHER = {"outcome": "reject", "error": "EMA-9"}


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (result(A), result(A), None),
        (result(A), result(A, "wrong-code"), Change.WORSE),
        (result(A), result(A, "xfail"), Change.WORSE),
        (result(A, "crash"), result(A), Change.BETTER),
        (result(A, "xfail"), result(A, "xpass"), Change.BETTER),
        (result(A, "crash"), result(A, "timeout"), Change.OTHERWISE),
        (result(A, "wrong-code"), result(A, "wrong-code"), None),
        (result(A, "wrong-code"), result(A, "wrong-code", got=OTHER), Change.OTHERWISE),
        (result(A, "skipped"), result(A), Change.NEW),
        (result(A, "not-applicable"), result(A, "crash"), Change.NEW),
        (result(A, "not-applicable"), result(A, "skipped"), None),
        (result(A), result(A, "skipped"), Change.GONE),
        (result(A), result(A, content_hash="sha256:" + "1" * 64), Change.MEANS),
    ],
)
def test_change(before: Result, after: Result, change: Change | None) -> None:
    found = changes(report(before), report(after))
    assert found == ({} if change is None else {A: change})


def test_what_only_one_report_has() -> None:
    found = changes(report(result(A), result(B)), report(result(B), result(C)))
    assert found == {A: Change.GONE, C: Change.NEW}


def test_editions_are_told_apart() -> None:
    [one] = compare_reports(report(result(A)), report(result(A), result(A, edition="2019")))
    assert (one.change, one.result.edition) == (Change.NEW, "2019")


ELSEWHERE = {"suite": {"id": "iec63119-1", "version": "0.2.0", "rootHash": HASH}}
CUT = {"complete": False, "stopped": "interrupted"}
NEW_MEANING = "sha256:" + "1" * 64


@pytest.mark.parametrize(
    ("before", "after", "members", "code"),
    [
        ([result(A)], [result(A)], {}, 0),
        ([result(A)], [result(A, "different")], {}, 1),
        ([result(A, "crash")], [result(A)], {}, 0),
        ([result(A, "crash")], [result(A, "timeout")], {}, 0),
        ([result(A)], [result(A), result(B, "crash")], {}, 0),
        ([result(A), result(B)], [result(A)], {}, 1),
        ([result(A), result(B, "crash")], [result(A)], {}, 0),
        ([result(A), result(B)], [result(A)], ELSEWHERE, 0),
        ([result(A)], [result(A, "skipped")], ELSEWHERE, 1),
        ([result(A)], [result(A, "crash", content_hash=NEW_MEANING)], ELSEWHERE, 1),
        ([result(A)], [result(A, content_hash=NEW_MEANING)], ELSEWHERE, 0),
        ([result(A)], [result(A)], CUT, 3),
        ([result(A)], [result(A, "crash")], CUT, 1),
    ],
)
def test_exit_code(
    tmp_path: Path,
    before: list[Result],
    after: list[Result],
    members: dict[str, Any],
    code: int,
) -> None:
    one = stored(tmp_path / "a.json", report(*before))
    other = stored(tmp_path / "b.json", report(*after, **members))
    said = say("conform", "compare", one, other)
    assert said.code == code, said.out
    assert ("nothing is worse" in said.out) == (code != 1)
    assert say("conform", "compare", one, other, "--json").code == code


def test_comparison_in_words_and_as_json(tmp_path: Path) -> None:
    before = with_claims(report(answered(TWIN, "pass")), trials(SUITE))
    after = with_claims(report(answered(TWIN, "wrong-output", WRONG)), trials(SUITE))
    paths = stored(tmp_path / "a.json", before), stored(tmp_path / "b.json", after)
    said = say("conform", "compare", *paths)
    assert f"{TWIN} (2025), pass -> wrong-output" in said.out
    assert said.out.splitlines()[-1] == "1 worse"
    told = say("conform", "compare", *paths, "--json").json
    row = {"id": TWIN, "edition": "2025", "change": "worse"}
    assert told["changes"] == [{**row, "before": "pass", "after": "wrong-output"}]
    assert told["worse"] == 1


def test_a_claim_that_held_before_is_told(tmp_path: Path) -> None:
    """With one family of one role in one edition, which a report can pass whole."""
    chosen = [
        one for key, one in EVERY.items() if one.family == "pseudonym" and key[1] == "2025"
    ]
    selection = {"families": ["pseudonym"], "editions": ["2025"], "role": None}
    rows = [answered(one.id, "pass") for one in chosen]
    rows = [row.model_copy(update={"family": "pseudonym"}) for row in rows]
    last = rows[-1].model_copy(update={"verdict": Verdict.CRASH, "got": None})
    before = with_claims(report(*rows, selection=selection), trials(SUITE))
    after = with_claims(report(*rows[:-1], last, selection=selection), trials(SUITE))
    assert all(row.holds for row in before.claims)
    paths = stored(tmp_path / "a.json", before), stored(tmp_path / "b.json", after)
    said = say("conform", "compare", *paths)
    number = len(chosen)
    line = f"held before: IEC 63119-1:2025 - home-CSP - model profile - pseudonym: {number - 1}/{number}"
    assert line in said.out


# --- explain ----------------------------------------------------------------------------------


def test_explain_in_words() -> None:
    said = say("conform", "explain", REAL)
    vector = SUITE.by_id[REAL]
    rules = SUITE.files["errors.json"]["errors"]
    told = [rules[name]["says"] for name in vector["rules"]]
    for words in (vector["title"], vector["why"], vector["source"], TWIN, *told):
        assert words in said.out
    assert "input.text: here " in said.out
    assert "got:" not in said.out


def test_a_rule_tells_its_clause_if_it_has_one() -> None:
    assert (
        rule_in_words({"says": "A.", "clause": "6", "basis": "chosen"})
        == "A. (clause 6, chosen)"
    )
    assert rule_in_words({"says": "A.", "clause": None, "basis": "stated"}) == "A. (stated)"
    assert rule_in_words({}) == "unknown"


def test_explain_with_a_report(kept: str) -> None:
    said = say("conform", "explain", REAL, "--report", kept)
    assert "verdict:  different" in said.out
    assert f"got:      {json.dumps(WRONG)}" in said.out
    assert "first difference: outcome" in said.out
    assert "verdict:  not asked" in said.out  # in 2019


def test_explain_as_json(kept: str) -> None:
    told = say("conform", "explain", REAL, "--report", kept, "--json").json
    assert told["editions"]["2025"]["firstDifference"] == "outcome"
    assert told["twin"]["id"] == TWIN
    [differs] = told["twin"]["differs"]
    assert differs["place"] == "input.text"
    assert differs["here"] == SUITE.by_id[REAL]["input"]["text"]
    assert differs["there"] == SUITE.by_id[TWIN]["input"]["text"]


def test_explain_shows_values_on_the_way() -> None:
    name = next(one["id"] for one in SUITE.tests if one.get("trace"))
    said = say("conform", "explain", name)
    assert "values on the way to the answer" in said.out


@pytest.mark.parametrize("family", SUITE.families)
def test_explain_knows_each_family(family: str) -> None:
    for test in SUITE.tests_of(family)[:3] + SUITE.tests_of(family)[-3:]:
        said = say("conform", "explain", test["id"])
        assert (said.code, said.err) == (0, "")
        assert "): unknown" not in said.out


def test_explain_of_no_vector() -> None:
    said = say("conform", "explain", "identifiers/reject-ochp-plane")
    assert said.code == 2
    assert REAL in one_line(said)


def test_explain_of_a_changed_vector(tmp_path: Path) -> None:
    one = answered(REAL, "different", WRONG).model_copy(update={"content_hash": HASH})
    path = stored(tmp_path / "r.json", report(one), **ELSEWHERE)
    said = say("conform", "explain", REAL, "--report", path)
    assert "a vector of this id that means something else" in said.out
