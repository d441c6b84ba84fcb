"""Whether the vectors have teeth: each mutant of the catalogue, one bug against one rule, is
noticed by vectors.

`pytest -s` shows the figures, and `make soak` tries every mutant.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from refimpl.shapes import canonical_json
from refimpl.vectors.families import FAMILIES
from refimpl.vectors.kills import Kill, Tally, by_family, matrix, try_mutants
from refimpl.vectors.mutants import Mutant, mutated_source, read_catalogue
from refimpl.vectors.suite import (
    BadSuite,
    Expect,
    content_hashes,
    expects,
    read_suite,
    suite_folder,
)
from tests.command import say

pytestmark = [pytest.mark.slow, pytest.mark.mutants]

SUITE = read_suite(suite_folder())
CATALOGUE_FOLDER = Path(__file__).parent / "mutants"
CATALOGUE = read_catalogue(CATALOGUE_FOLDER)
GAPS = json.loads((CATALOGUE_FOLDER / "gaps.json").read_text("utf-8"))
"""The mutants that no vector notices, by name: `declared` those of the catalogue, `generic`
those of the sample of a tool, among them such as change nothing that a vector could see.
"""


def broken(old: str, new: str, module: str = "refimpl.wire", family: str = "messages") -> Kill:
    mutant = Mutant("WIR-1", "one", "a test", module, old, new, family)
    [kill] = try_mutants([mutant], SUITE)
    return kill


def test_catalogue_is_large_enough() -> None:
    counts = Counter(mutant.family for mutant in CATALOGUE if not mutant.equivalent)
    assert set(counts) == {*FAMILIES}
    assert min(counts.values()) >= 20
    assert counts.total() >= 300


def test_each_mutant_fits_the_source() -> None:
    for mutant in CATALOGUE:
        compile(mutated_source(mutant), mutant.module, "exec")


@pytest.mark.parametrize("step", [25, pytest.param(1, marks=pytest.mark.soak)])
def test_mutants_are_noticed(step: int) -> None:
    """One mutant in twenty-five day by day, each of them in a soak: of those that survive each
    is a gap that is listed, and no other is.
    """
    chosen = CATALOGUE[::step]
    tally = by_family(try_mutants(chosen, SUITE))["all"]
    print("", *list(matrix(tally.kills))[len(tally.kills) + 1 :], sep="\n")
    assert not [kill for kill in tally.kills if kill.outcome == "stillborn"]
    survived = [kill.mutant for kill in tally.told_apart if kill.outcome == "survived"]
    gaps = set(GAPS["declared"])
    assert {told(mutant) for mutant in survived} == gaps & {told(one) for one in chosen}


def test_each_gap_is_a_mutant() -> None:
    assert set(GAPS["declared"]) <= {told(mutant) for mutant in CATALOGUE}
    sample = read_catalogue(CATALOGUE_FOLDER / "generic.json")
    assert set(GAPS["generic"]) <= {mutant.name for mutant in sample}


@pytest.mark.soak
def test_generic_mutants_are_noticed() -> None:
    sample = read_catalogue(CATALOGUE_FOLDER / "generic.json")
    tally = by_family(try_mutants(sample, SUITE))["all"]
    survived = {kill.mutant.name for kill in tally.kills if kill.outcome == "survived"}
    assert survived == set(GAPS["generic"])


def told(mutant: Mutant) -> str:
    """How a gap is listed."""
    return f"{mutant.family}: {mutant.rule}: {mutant.name}"


def test_what_changes_nothing_survives() -> None:
    kill = broken("WIR-1 for more than", "WIR-1  for more than")
    assert (kill.outcome, kill.killers) == ("survived", 0)
    assert Tally([kill]).wrong == [kill]


def test_what_is_made_at_import_is_broken_too() -> None:
    kill = broken("MAX_BYTES: Final = 65_536", "MAX_BYTES: Final = 65_535")
    assert kill.outcome == "noticed"
    assert set(kill.noticed_by) >= {"messages/reject-65536-bytes"}


def test_what_cannot_be_loaded_is_no_kill() -> None:
    kill = broken("MAX_BYTES: Final = 65_536", "MAX_BYTES: Final = 1 // 0")
    assert (kill.outcome, kill.killers) == ("stillborn", 0)
    assert "ZeroDivisionError" in kill.says


def test_what_dies_is_a_kill() -> None:
    kill = broken(
        "    if len(raw) > MAX_BYTES:\n", "    __import__('os')._exit(1)\n    if False:\n"
    )
    assert (kill.outcome, kill.killers) == ("crash", 1)


def test_what_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refimpl.vectors.kills.BOUND", 1.0)
    kill = broken(
        "    if len(raw) > MAX_BYTES:\n", "    while len(raw):\n        pass\n    if False:\n"
    )
    assert (kill.outcome, kill.killers) == ("timeout", 1)


def test_other_families_are_asked_until_two_notice() -> None:
    kill = broken("if len(key) < 32:", "if False:", "refimpl.security.privacy", "routing")
    assert len(kill.noticed_by) == 2
    assert not any(name.startswith("routing") for name in kill.noticed_by)


def test_equivalent_mutants_that_are_noticed_are_wrong() -> None:
    mutant = Mutant("WIR-1", "one", "x", "m", "a", "b", "messages", equivalent="it is not")
    noticed, survived = Kill(mutant, "noticed", ("messages/x",)), Kill(mutant, "survived")
    assert Tally([noticed]).wrong == [noticed]
    assert not Tally([survived]).wrong


def test_a_suite_that_is_not_of_this_reference() -> None:
    stale = read_suite(suite_folder())
    stale.tests[0]["input"] = {}
    with pytest.raises(BadSuite, match="answers otherwise"):
        list(try_mutants([], stale))


def test_command(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.py").write_text(
        "from refimpl.vectors.mutants import Mutant\n"
        "MUTANTS = [Mutant('PRV-4', 'any key', 'no check', 'refimpl.security.privacy',"
        " 'if len(key) < 32:', 'if False:')]\n"
    )
    told = say("vectors", "kills", "--mutants", str(tmp_path), "--json")
    assert told.code == 0
    assert told.json["complete"]
    assert told.json["families"]["pseudonym"] == {
        "mutants": 1, "equivalent": 0, "stillborn": 0, "killed": 1, "twice": 1
    }  # fmt: skip
    shown = say("vectors", "kills", "--mutants", str(tmp_path), "--family", "pseudonym")
    assert "pseudonym / any key" in shown.out


@pytest.mark.parametrize("args", [["--mutants", "nowhere"], ["--family", "weather"]])
def test_command_without_mutants(args: list[str]) -> None:
    told = say("vectors", "kills", *args)
    assert told.code == 2
    assert "no mutants" in told.err
    assert told.err.count("\n") == 1


def test_a_stub_is_noticed_everywhere() -> None:
    for family in FAMILIES:
        expected = [expects(test) for test in SUITE.tests_of(family)]
        outcomes = {expect["outcome"] for expects in expected for expect in expects.values()}
        assert outcomes == {"accept", "reject"}


def test_a_hash_covers_the_context() -> None:
    here, there = ({"entities": [{"id": name, "kind": "csp"}]} for name in ("a", "b"))
    yes: Expect = {"outcome": "accept"}
    hashes = {
        content_hashes("network.route", canonical_json(net), {}, {"2025": yes})["2025"]
        for net in (here, there)
    }
    assert len(hashes) == 2
