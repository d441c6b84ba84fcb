"""Vectors are found by what is asked of them, in the browser's lines and in a terminal."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from refimpl.vectors.finding import Query, find, outcome_of, searched_text
from refimpl.vectors.suite import Suite, Vector, expects, read_suite, suite_folder
from refimpl.views.tables.vector_search import LONGEST, VectorSearch
from tests.command import one_line, say

SUITE = read_suite(suite_folder())


@pytest.fixture(scope="module")
def search() -> VectorSearch:
    return VectorSearch(SUITE)


QUERIES = [
    (Query(family="routing"), lambda test: test["id"].startswith("routing/")),
    (Query(rule="SES-4"), lambda test: "SES-4" in test["rules"]),
    (Query(edition="2019"), lambda test: "2019" in test["editions"]),
    (Query(outcome="reject"), lambda test: test["id"].split("/")[1].startswith("reject")),
    (Query(words=("LOST", "record")), lambda test: {"lost", "record"} <= words_of(test)),
]


def words_of(test: Vector) -> set[str]:
    return {word for word in ("lost", "record") if word in searched_text(test)}


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_one_thing_asked(query: Query, wanted: Callable[[Vector], bool]) -> None:
    found = [*find(SUITE, query)]
    apart = [test for test in SUITE.tests if outcome_of(test) == "by edition"]
    expected = [test for test in SUITE.tests if wanted(test)]
    if query.outcome:
        expected = [test for test in expected if test not in apart]
    assert found == expected
    assert 0 < len(found) < len(SUITE.tests)


def test_all_must_fit() -> None:
    query = Query("session", "reject", "SES-4", "2019")
    found = [test["id"] for test in find(SUITE, query)]
    assert "session/reject-ses-4-refused" in found
    assert not [*find(SUITE, replace(query, family="routing"))]


def test_outcome_by_edition() -> None:
    test = SUITE.by_id["session/reject-ses-12-awaited"]
    assert outcome_of(test) == "reject"
    apart = [test for test in SUITE.tests if outcome_of(test) == "by edition"]
    assert all(len({one["outcome"] for one in expects(test).values()}) == 2 for test in apart)
    assert apart


def unpacked(search: VectorSearch) -> Any:
    return json.loads(gzip.decompress(search.packed))


def test_a_line_of_each(search: VectorSearch) -> None:
    told = unpacked(search)
    assert [line[0] for line in told["vectors"]] == [test["id"] for test in SUITE.tests]
    for line, test in zip(told["vectors"], SUITE.tests, strict=True):
        assert [told["rules"][at] for at in line[6]] == test["rules"]
        assert [told["flags"][at] for at in line[7]] == test["flags"]
    assert len(search.packed) < 120_000


def test_packed_the_same(search: VectorSearch) -> None:
    assert VectorSearch(SUITE).packed == search.packed


def test_opened_whole(search: VectorSearch) -> None:
    shown = search.opened("routing/reject-net-4-hybrid-up")
    assert "<b>Given</b> " in shown
    assert "<b>When</b> network.route is asked" in shown
    assert "<b>Then, 2019</b> reject" in shown
    assert "&quot;error&quot;: &quot;NET-4&quot;" in shown
    assert "iec63119 conform explain routing/reject-net-4-hybrid-up" in shown


def test_markup_is_text() -> None:
    """Whatever a vector asks is shown as text."""
    asked = json.loads(json.dumps(SUITE.by_id["identifiers/reject-ochp-plain"]))
    asked["input"]["text"] = asked["title"] = "<img src=x>"
    files = {"v1/identifiers.json": {"tests": [asked], "contexts": {}}}
    shown = VectorSearch(Suite(SUITE.folder, ("identifiers",), files)).opened(asked["id"])
    assert "<img" not in shown
    assert shown.count("&lt;img src=x&gt;") == 2


def test_very_long_is_cut(search: VectorSearch) -> None:
    longest = max(SUITE.tests, key=lambda test: len(json.dumps(test["input"])))
    shown = search.opened(longest["id"])
    assert "characters more</pre>" in shown
    assert len(shown) < 4 * LONGEST


def test_opened_on_asking(search: VectorSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, str]] = []
    monkeypatch.setattr(VectorSearch, "send", lambda _, content: said.append(content))
    search._open(search, {"open": "session/accept-new"}, [])
    search._open(search, {"open": "session/no-such"}, [])
    assert [one["id"] for one in said] == ["session/accept-new"]


def test_stored(search: VectorSearch) -> None:
    stored = search._repr_mimebundle_()[0]
    assert "iec63119 vectors find" in stored["text/html"]
    assert search.counts.rows[-1][-1] == str(len(SUITE.tests))


# --- the command ------------------------------------------------------------------------------


@pytest.mark.slow
def test_command_finds_the_same() -> None:
    said = say("vectors", "find", "--rule", "ses-4", "--outcome", "reject", "--json")
    found = [test["id"] for test in said.json]
    assert found == [test["id"] for test in find(SUITE, Query(rule="SES-4", outcome="reject"))]
    shown = say("vectors", "find", "--rule", "ses-4", "--outcome", "reject", COLUMNS="200").out
    assert shown.startswith(f"{len(found)} of {len(SUITE.tests)} vectors")
    assert all(name in shown for name in found)


@pytest.mark.slow
def test_command_finds_none() -> None:
    assert say("vectors", "find", "--family", "routing", "--rule", "SES-4").code == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--family", "sess"), "did you mean session?"),
        (("--rule", "SHA-1"), "no vector has the rule 'SHA-1'"),
        (("--edition", "2020"), "no vector has the edition '2020'"),
        (("--outcome", "no"), "no vector has the outcome 'no'"),
    ],
)
def test_name_that_none_has(args: tuple[str, str], named: str) -> None:
    said = say("vectors", "find", *args)
    assert said.code == 2
    assert named in one_line(said)
