"""The matrix of rules finds what is there, names where, and lists what is missing."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from refimpl.edition import Edition, load, published
from refimpl.trace import CITATION, Citation, Matrix, cited_in, trace

RULES = ("NET-1", "NET-4", "EDN-1")


@pytest.fixture
def edition() -> Edition:
    return load(published()[-1])


@pytest.fixture
def folders(tmp_path: Path) -> Mapping[str, Path]:
    """A suite of two vectors, a test of one rule, and two notebooks."""
    suite, tests, notebooks = (tmp_path / name for name in ("vectors", "tests", "notebooks"))
    for folder in (suite / "v1", tests, notebooks):
        folder.mkdir(parents=True)
    vectors = [
        {"id": "routing/one", "rules": ["NET-4", "NET-1"]},
        {"id": "routing/two", "rules": ["NET-4"], "why": "unlike NET-5"},
    ]
    (suite / "v1" / "routing.json").write_text(json.dumps({"tests": vectors}), "utf-8")
    source = 'def test_way():\n    """Not NET-5."""\n    assert refused("NET-4")\n'
    (tests / "test_ways.py").write_text(source, "utf-8")
    (tests / "ways.py").write_text('CASES = ["NET-1"]', "utf-8")
    cells = {
        "01-ways": "A way of NET-4, and of NET-4 again.",
        "02-silent": "SHA-256 is no rule.",
    }
    for name, text in cells.items():
        notebook = {"cells": [{"source": [text]}]}
        (notebooks / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
    return {"suite": suite, "tests": tests, "notebooks": notebooks}


@pytest.fixture
def matrix(folders: Mapping[str, Path], edition: Edition) -> Matrix:
    return trace([edition], **folders)


def test_vectors_by_family(matrix: Matrix) -> None:
    assert matrix.rules["NET-4"].vectors == {"routing": ("routing/one", "routing/two")}
    assert matrix.rules["NET-5"].vectors == {}


def test_tests_by_name(matrix: Matrix) -> None:
    assert [*map(str, matrix.rules["NET-4"].tests)] == ["tests/test_ways.py:3 in test_way"]
    assert not matrix.rules["NET-5"].tests, "only a docstring names it"
    assert not matrix.rules["NET-1"].tests, "no file of tests names it"


def test_notebooks_by_name(matrix: Matrix) -> None:
    assert matrix.rules["NET-4"].notebooks == ("01-ways",)
    assert matrix.notebooks == {"01-ways": ("NET-4",), "02-silent": ()}


def test_places_in_code(matrix: Matrix) -> None:
    for name in RULES:
        for place in matrix.rules[name].code:
            line = (Path(__file__).parents[1] / place.file).read_text("utf-8").splitlines()
            assert name in line[place.line - 1], place
    assert {place.room for place in matrix.rules["NET-4"].code} == {"network"}


def test_orphans(matrix: Matrix, edition: Edition) -> None:
    found = {one.kind: one.ids for one in matrix.orphans()}
    assert found["rules that no code cites"] == ()
    assert "NET-5" in found["rules that no vector exercises"]
    assert not {"NET-4", "EDN-1"} & {*found["rules that no vector exercises"]}
    assert "EDN-1" in found["rules held by tests instead of vectors"]
    assert len(found["rules that no test names"]) == len(edition.rules) - 1
    assert "EMA-1" in found["rules of no clause"]
    assert {"1", "table-1"} < {*found["clauses with no rule"]}
    assert "4.2" not in found["clauses with no rule"]
    assert found["notebooks that name no rule"] == ("02-silent",)


def test_without_tests(folders: Mapping[str, Path], edition: Edition, tmp_path: Path) -> None:
    """An installed package has no tests, and no rule is blamed for it."""
    matrix = trace([edition], folders["suite"], folders["notebooks"], tmp_path / "none")
    assert not matrix.has_tests
    assert "rules that no test names" not in [one.kind for one in matrix.orphans()]


def test_what_a_line_belongs_to() -> None:
    source = """
TABLE = {"NET-1": 1}
class Way:
    name: str = "NET-2"
    def go(self):
        \'\'\'Unlike NET-9.\'\'\'
        local = f"NET-{3}, NET-3"
@given("NET-4")
def test():
    assert "\\nNET-5"
"""
    assert sorted(cited_in(source), key=lambda one: one.line) == [
        Citation("NET-1", 2, "TABLE"),
        Citation("NET-2", 4, "Way"),
        Citation("NET-3", 7, "Way.go"),
        Citation("NET-4", 8, "test"),
        Citation("NET-5", 10, "test"),
    ]


def test_every_rule_id_is_a_citation() -> None:
    for name in published():
        assert all(CITATION.fullmatch(rule) for rule in load(name).rules)
