"""Rules that an amendment switches off: what only they refuse is let through, and a rule that
cannot be switched off says why.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from refimpl.edition import load, read_text
from refimpl.edition.switches import SWITCHED, WHY_NOT, why_not
from refimpl.edition.switches import without as switched_off
from refimpl.errors import Misuse, Violation
from refimpl.play.player import play
from refimpl.vectors.families import answer
from refimpl.vectors.suite import Vector, expects, read_suite, suite_folder
from refimpl.vocabulary import Phase
from tests.amending import draft_text, without

SUITE: Final = read_suite(suite_folder())


def by_rule() -> Mapping[str, list[Vector]]:
    """The vectors in which the newest edition refuses by a rule, at once or within a play."""
    found: dict[str, list[Vector]] = defaultdict(list)
    for test in SUITE.active:
        expect = expects(test).get("2025")
        if expect is None:
            continue
        told = str(expect)
        for rule in SWITCHED:
            if f"'{rule}'" in told:
                found[rule].append(test)
        if "REP-4" in test["rules"]:  # what is said again is answered, not refused
            found["REP-4"].append(test)
    return found


BY_RULE: Final = by_rule()


STILL: Final = {
    "exchange/reject-home-list-refused": "the rule is the word of the partner, which is noted",
    "exchange/reject-take-over-evse-of-another": "a third entity is no side of a service",
    "exchange/reject-ask-in-anothers-name": "a third entity is no side of a service",
    "exchange/reject-visited-start-to-another": "a third entity is no side of a service",
    "session/reject-receipt": "it belongs to no service",
    "session/reject-ses-11-abandoned": "it belongs to no service",
    "session/reject-ses-11-new": "it belongs to no service",
    "session/reject-ses-11-refused": "it belongs to no service",
    "session/reject-stations": "it belongs to no service",
}
"""The vectors that are refused by a rule even where it is switched off, and why."""


@pytest.mark.parametrize("rule", sorted(SWITCHED))
def test_it_lets_through(rule: str) -> None:
    """What a rule refuses in a vector is answered otherwise where it is switched off."""
    edition = without(rule, name="2025")
    assert not edition.asks(rule)
    otherwise, still = set(), set()
    for test in BY_RULE[rule]:
        told = answer(test["operation"], edition, SUITE.context_of(test), test["input"])
        if told != expects(test)["2025"]:
            otherwise.add(test["id"])
        if told.get("error") == rule:
            still.add(test["id"])
    assert otherwise, rule
    assert still <= STILL.keys(), rule


def test_published_editions_ask_for_all() -> None:
    edition = load("2025")
    assert not edition.off
    assert edition.asked_checks == edition.checks
    with pytest.raises(Violation):
        edition.refuse("SES-4", "a test")


def test_a_rule_that_is_off_refuses_nothing() -> None:
    edition = without("SES-4", "PLA-3")
    edition.refuse("SES-4", "a test")
    assert edition.off == {"SES-4", "PLA-3"}
    assert "PLA-3" not in edition.asked_checks
    assert "PLA-3" in edition.checks


def test_every_other_rule_says_why_not() -> None:
    for rule in load("2025").rules:
        assert (rule in SWITCHED) == (why_not(rule) == "")
        assert why_not(rule) != "no code of the model asks for it"
    assert set(WHY_NOT) <= {
        name for rule in load("2025").rules for name in (rule, rule.partition("-")[0])
    }


def test_what_cannot_be_switched_off_is_refused() -> None:
    rows = '[[rule]]\nid = "REP-5"\noff = true\nchange = "t"\n'
    [fault] = read_text(draft_text(rows), Path("draft.toml")).faults
    assert (fault.rule, fault.row, fault.field) == ("EDN-3", "REP-5", "off")
    assert "cannot be switched off" in fault.says
    assert fault.line == 13


def test_without_its_rule_a_contract_counts_for_nothing() -> None:
    """A home-CSP that need not own a valid contract says yes to all."""
    blocked = play("charge", load("2025"), valid=False)
    assert blocked.phase("csp-alba") is Phase.REFUSED
    let_through = play("charge", without("AUT-1"), valid=False)
    assert let_through.phase("csp-alba") is Phase.RECORDED


def test_rules_are_switched_off_by_name() -> None:
    """The same as by a draft; a rule that is not there, or stays, is refused."""
    edition = switched_off(load("2025"), ["SES-4", "PLA-3"])
    assert edition.off == without("SES-4", "PLA-3").off
    for rule, broken in (("SES-99", "EDN-5"), ("REP-5", "EDN-3")):
        with pytest.raises(Misuse, match=broken):
            switched_off(load("2025"), [rule])
