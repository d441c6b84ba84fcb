"""The proof that a refused vector has one cause, and that it leaves no trace."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from refimpl import errors
from refimpl.edition import load
from refimpl.vectors import isolation
from refimpl.vectors.families import answer
from refimpl.vectors.isolation import NOT_SWITCHABLE, Copy, Proof, faults, proofs, second_copy
from refimpl.vectors.suite import Suite, read_suite, suite_folder

SUITE = read_suite(suite_folder())
PROOFS = list(proofs(SUITE))


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    with second_copy() as copy:
        yield copy


def parse(copy: Copy, off: str, text: str) -> Any:
    given = {"text": text, "profile": "iso15118-2"}
    return copy.answer(off, "emaid.parse", "2025", None, given)


def flagged(name: str, *flags: str) -> Suite:
    """The suite with other flags at one vector."""
    family = name.partition("/")[0]
    tests = [
        {**test, "flags": list(flags)} if test["id"] == name else test
        for test in SUITE.tests_of(family)
    ]
    file = {**SUITE.files[f"v1/{family}.json"], "tests": tests}
    return replace(SUITE, files={**SUITE.files, f"v1/{family}.json": file})


def test_a_rule_off_lets_its_fault_in(copy: Copy) -> None:
    wrong = "DE8AA0012345671"
    assert parse(copy, "", wrong) == {"outcome": "reject", "error": "EMA-9"}
    assert parse(copy, "EMA-9", wrong)["outcome"] == "accept"
    assert parse(copy, "EMA-5", wrong)["error"] == "EMA-9"


def test_what_was_remembered_is_forgotten(copy: Copy) -> None:
    wrong = "DE8AA0012345671"
    assert parse(copy, "EMA-9", wrong)["outcome"] == "accept"
    assert parse(copy, "EMA-1", wrong)["error"] == "EMA-9"


def test_no_trace_is_left() -> None:
    before = {name: module for name, module in sys.modules.items() if "refimpl" in name}
    finders = list(sys.meta_path)
    with second_copy() as copy:
        assert sys.modules["refimpl.errors"] is not errors
        assert parse(copy, "", "DE8AA0012345670")["outcome"] == "accept"
    after = {name: module for name, module in sys.modules.items() if "refimpl" in name}
    assert after == before
    assert sys.meta_path == finders
    given = {"text": "DE8AA0012345671", "profile": "iso15118-2"}
    assert answer("emaid.parse", load("2025"), None, given)["error"] == "EMA-9"


def test_code_without_its_check_comes_to_an_end() -> None:
    unread = [one for one in PROOFS if one.rule == "TLS-6" and "1000 times" in one.then]
    assert unread
    assert all(one.is_stuck for one in unread)


def test_the_suite_agrees_with_its_proofs() -> None:
    assert not list(faults(SUITE, PROOFS))
    assert {one.how for one in PROOFS} == {"isolated", "precedence", "not switchable"}


def test_a_second_cause_needs_the_flag() -> None:
    name, then = next((one.id, one.then) for one in PROOFS if one.how == "precedence")
    (line,) = faults(flagged(name), PROOFS)
    assert line == f"{name}: {then} refuses it as well, and it has no flag Precedence"


def test_a_flag_needs_a_second_cause() -> None:
    name = "identifiers/reject-oicp-no-check"
    assert {one.how for one in PROOFS if one.id == name} == {"isolated"}
    (line,) = faults(flagged(name, "Precedence"), PROOFS)
    assert line == f"{name}: one rule alone refuses it, and it has the flag Precedence"


def test_every_rule_that_is_stuck_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {rule: why for rule, why in NOT_SWITCHABLE.items() if rule != "IDP-2"}
    monkeypatch.setattr(isolation, "NOT_SWITCHABLE", {**others, "EMA-9": "no reason"})
    lines = list(faults(SUITE, PROOFS))
    assert any("not to be asked without IDP-2" in line for line in lines)
    assert lines[-1] == "EMA-9: is not among the rules that cannot be switched off"


def test_a_proof_is_told_in_words() -> None:
    assert Proof("a/reject-b", "2025", "EMA-4", "precedence", "EMA-9").says == (
        "precedence (EMA-9)"
    )
    assert Proof("a/reject-b", "2025", "EMA-4", "isolated").says == "isolated"
