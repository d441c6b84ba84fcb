"""Recipes and the search for them: edits do what they say, and what is lost from a corpus is
found again.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from refimpl.cli import vectors
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.discover import Known, add, search, witnesses
from refimpl.vectors.edits import Unfit, apart, apply, shorter
from refimpl.vectors.families import FAMILIES
from refimpl.vectors.goals import goals, open_goals, unreached
from refimpl.vectors.lint import PROMISES
from refimpl.vectors.pairs import Pair, search_pairs, unshown
from refimpl.vectors.questions import Reference, answers, question
from refimpl.vectors.suite import BadSuite, read_suite, suite_folder

BESIDE = suite_folder()
TESTS = read_suite(BESIDE).by_id
WITNESSES = read_suite(BESIDE).witnesses


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(BESIDE, tmp_path / "vectors")


def run(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(vectors.app, [str(arg) for arg in args])
    return done.exit_code, done.stdout, done.stderr


# --- Recipes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edit", "result"),
    [
        (["set", "a.1", 9], {"a": [1, 9], "t": "Abc"}),
        (["drop", "a.0"], {"a": [2], "t": "Abc"}),
        (["insert", "a.2", 3], {"a": [1, 2, 3], "t": "Abc"}),
        (["replace", "t", "b", "xx"], {"a": [1, 2], "t": "Axxc"}),
        (["again", "t", "b", 3], {"a": [1, 2], "t": "Ab,b,bc"}),
        (["bytes", "t", "b", "ff"], {"a": [1, 2], "t": "A\udcffc"}),
        (["put", "t", 3, "-"], {"a": [1, 2], "t": "Ab-"}),
        (["cut", "t", 1], {"a": [1, 2], "t": "bc"}),
        (["add", "t", 4, "d"], {"a": [1, 2], "t": "Abcd"}),
        (["lower", "t"], {"a": [1, 2], "t": "abc"}),
        (["repeat", "a", 2], {"a": [1, 2, 1, 2], "t": "Abc"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_an_edit_does_what_it_says(edit: list[Any], result: Any) -> None:
    good = {"a": [1, 2], "t": "Abc"}
    assert apply([edit], good) == result
    assert good == {"a": [1, 2], "t": "Abc"}


@pytest.mark.parametrize(
    "edit",
    [
        ["set", "b.c", 1],
        ["set", "a.2", 1],
        ["drop", "b"],
        ["insert", "a.3", 1],
        ["insert", "a.-1", 1],
        ["replace", "t", "x", "y"],
        ["again", "t", "x", 2],
        ["put", "t", 4, "x"],
        ["put", "t", 0, "x"],
        ["cut", "t", 4],
        ["add", "t", 5, "x"],
        ["lower", "u"],
        ["paint", "t"],
        ["put", "t"],
    ],
    ids=str,
)
def test_an_edit_that_does_not_fit(edit: list[Any]) -> None:
    with pytest.raises(Unfit, match="edit 1"):
        apply([edit], {"a": [1, 2], "t": "Abc", "u": "abc"})


def test_how_far_recipes_are_apart() -> None:
    a, b, c = ["drop", "a"], ["drop", "b"], ["drop", "c"]
    assert [
        apart([], []),
        apart([a], []),
        apart([a, b], [a]),
        apart([a, b, c], [a, c]),
        apart([a], [b]),
    ] == [
        0,
        1,
        1,
        1,
        1,
    ]
    assert apart([a, b], []) == apart([a, b], [b, c]) == 2


# --- Discovery --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "lost", "seed"),
    [
        ("identifiers", "identifiers/reject-oicp-no-check", 0),
        ("identifiers", "identifiers/reject-evse-din-letter-operator", 1),
        ("routing", "routing/reject-unknown-mode", 2),
        ("session", "session/reject-ended-twice", 3),
    ],
)
def test_what_is_lost_is_found_again(copy: Path, family: str, lost: str, seed: int) -> None:
    code = TESTS[lost]["expect"]["error"]
    path = copy / "corpus" / f"{family}.json"
    raw = json.loads(path.read_bytes())
    raw["witnesses"] = [w for w in raw["witnesses"] if w["goal"].partition(":")[0] != code]
    path.write_text(json.dumps(raw), "utf-8")
    reference = Reference(read_corpus(copy, family))
    goal = next(
        goal
        for goal in goals(reference)
        if goal.label == code and goal.base == WITNESSES[lost]["base"]
    )
    recipe = search(Known(reference), goal.base, [goal.label], [seed], 500)[goal.label]
    assert len(recipe) <= 2
    grown = add(copy, family, list(witnesses(reference, goal, recipe)))
    before = reference.corpus.witnesses
    assert grown.witnesses[: len(before)] == before
    new = grown.witnesses[-1]
    asked = question(grown, new.base, new.recipe)
    assert answers(asked)["2025"]["error"] == code
    assert goal not in goals(Reference(grown))


def test_a_goal_that_is_met_is_gone() -> None:
    for family in ("identifiers", "routing"):
        corpus = read_corpus(BESIDE, family)
        open_goals = {(goal.label, goal.base) for goal in goals(Reference(corpus))}
        met = {(w.goal.partition(":")[0], w.base) for w in corpus.witnesses}
        assert not open_goals & met


def test_discover_writes_as_it_goes(copy: Path) -> None:
    path = copy / "corpus" / "routing.json"
    raw = json.loads(path.read_bytes())
    raw["witnesses"] = [w for w in raw["witnesses"] if not w["goal"].startswith("NET-6")]
    raw["bases"] = {"direct-up": raw["bases"]["direct-up"]}
    raw["witnesses"] = [w for w in raw["witnesses"] if w["base"] in raw["bases"]]
    path.write_text(json.dumps(raw), "utf-8")
    asked = ("--family", "routing", "--seed", 0, "--examples", 400, "--json")
    code, out, _ = run("discover", "--dir", copy, *asked)
    assert code == 0
    assert "routing/reject-net-6-direct-up" in json.loads(out)["found"]
    assert "routing/reject-net-6-direct-up" in path.read_text("utf-8")
    assert all(witness.id for witness, _ in Reference(read_corpus(copy, "routing")).replies())


# --- Which of two faults decides --------------------------------------------------------------


def test_pairs_that_are_lost_are_found_again(copy: Path) -> None:
    path = copy / "corpus" / "routing.json"
    raw = json.loads(path.read_bytes())
    (lost,) = (w for w in raw["witnesses"] if w["goal"].startswith("NET-3 before NET-7:"))
    raw["witnesses"].remove(lost)
    path.write_text(json.dumps(raw), "utf-8")
    reference = Reference(read_corpus(copy, "routing"))
    pair = Pair("network.route", "NET-3", "NET-7")
    assert pair in unshown(reference)
    ((found, witness),) = search_pairs(reference, [pair])
    assert (found, witness["goal"]) == (pair, lost["goal"])
    assert witness["flags"] == ["Precedence"]
    grown = add(copy, "routing", [witness])
    assert pair not in unshown(Reference(grown))


def test_a_pair_is_no_pair_the_other_way_round() -> None:
    reference = Reference(read_corpus(BESIDE, "identifiers"))
    assert not list(search_pairs(reference, [Pair("emaid.parse", "EMA-6", "EMA-5")]))


def test_both_faults_are_of_one_step() -> None:
    reference = Reference(read_corpus(BESIDE, "session"))
    found = [one for one in reference.corpus.witnesses if " before " in one.goal]
    for witness in found:
        newest = reference.corpus.bases[witness.base].editions[-1]
        recipes = (witness.recipe, *shorter(witness.recipe))
        steps = {
            reference.ask(witness.base, one).expected[newest].get("step") for one in recipes
        }
        assert len(steps) == 1, witness.id
    assert found


# --- What cannot be reached -------------------------------------------------------------------


def test_no_goal_is_neither_met_nor_listed() -> None:
    listed = unreached(BESIDE)
    found: dict[str, None] = {}
    for family in FAMILIES:
        found |= open_goals(Reference(read_corpus(BESIDE, family)))
    assert found.keys() == listed.keys()
    assert all(len(reason) > 20 for reason in listed.values())


def test_unreached_goals_are_printed() -> None:
    code, out, _ = run("discover", "--unreached", "--json")
    assert code == 0
    assert json.loads(out) == unreached(BESIDE)
    code, out, _ = run("discover", "--unreached")
    assert out.splitlines()[-1] == f"{len(unreached(BESIDE))} goals that no vector meets"


def test_unreached_goals_need_a_readable_list(copy: Path) -> None:
    (copy / "unreached.json").write_text("[]", "utf-8")
    with pytest.raises(BadSuite, match=r"unreached\.json"):
        unreached(copy)


def test_an_unmet_goal_is_a_broken_promise(copy: Path) -> None:
    path = copy / "unreached.json"
    raw = json.loads(path.read_bytes())
    gone = raw["unreached"][0]["goals"].pop()
    raw["unreached"][0]["goals"].append("EMA-2: emaid.parse iso15118-2")
    path.write_text(json.dumps(raw), "utf-8")
    lines = list(PROMISES["goals"](read_suite(copy)))
    assert f"{gone}: is met by no vector, and unreached.json gives no reason" in lines
    assert lines[-1].endswith("stands in unreached.json, and a vector meets it")
