"""Of which changed rows the search and the journeys say nothing, what is odd in a draft, and who
learns what where there was nothing before.
"""

from functools import cache
from pathlib import Path
from typing import Final

import pytest

from refimpl.edition import load
from refimpl.lab.amended_properties import first_mode, searched
from refimpl.lab.amended_reach import NO_WAY, REFUSED, TAKEN
from refimpl.lab.amended_remarks import Remark, remarks_on
from refimpl.lab.amended_rows import changed_rows
from refimpl.lab.amended_stories import EVERY_JOURNEY, NO_OTHER, changed_learning
from refimpl.lab.amendment import Amendment, amend
from refimpl.lab.amendment_told import Section, sections
from refimpl.lab.drafts import example_path, read_draft
from refimpl.play.player import play
from refimpl.session import STEPS
from tests.amending import draft

EDITION: Final = load("2025")
AGAIN: Final = """
[[step]]
id = "taken up again"
phase = "ended"
message = "remote-control-request"
by = "home-csp"
when = "start"
to = "commanded"
rule = "SES-15"
change = "t"
"""
MODE: Final = """
[[mode]]
id = "{}"
label = "{}"
extension = true
path = {}
says = "A path of a test."
basis = "chosen"
source = "model: a test"
change = "t"
"""
HOUSE: Final = "clearing-house"
TOLD: Final = ("step", "rule", "check", "mode")


def step(row_id: str, field: str) -> str:
    return f'[[step]]\nid = "{row_id}"\n{field}\nchange = "t"\n'


def mode(row_id: str, *houses: str) -> str:
    path = ["producer", *houses, "consumer"]
    return MODE.format(row_id, f"by {row_id}", path)


def told_of(rows: str, *, search: bool = True) -> Amendment:
    return amend(EDITION, draft(rows), search=search)


def section(told: Amendment, name: str) -> Section:
    return next(part for part in sections(told) if part.id == name)


# --- What is reached --------------------------------------------------------------------------


# fmt: off
ROWS: Final = {
    "added":          (AGAIN, TAKEN.never),
    "altered":        (step("withdrawn: remote-control-answer from visited-cso", 'to = "ended"'),
                       TAKEN.never),
    "removed":        (step("stopping: refusal from visited-cso", "removed = true"), TAKEN.never),
    "by a journey":   (step("commanded: remote-control-answer (negative) from visited-cso",
                            'to = "abandoned"'), TAKEN.by_journey),
    "by the search":  (step("recorded: record-withdrawal-notice from visited-cso", 'to = "ended"'),
                       None),
    "rule":           ('[[rule]]\nid = "REC-1"\noff = true\nchange = "t"\n', REFUSED.never),
    "rule, refusing": ('[[rule]]\nid = "SES-12"\noff = true\nchange = "t"\n', None),
    "rule's words":   ('[[rule]]\nid = "REC-2"\nsays = "x"\nchange = "t"\n', None),
    "tolerance":      ('[[check]]\nid = "PLA-9"\ntolerance = 9\nchange = "t"\n', REFUSED.never),
    "mode":           (mode("shut", HOUSE, HOUSE) +
                       '[[interface]]\nid = "IF-5"\nscope = "out"\nchange = "t"\n', NO_WAY),
    "mode, reached":  (mode("relay", HOUSE), None),
}
# fmt: on


@cache
def all_told() -> Amendment:
    """What a draft of all these rows changes."""
    return told_of("".join(text for text, _ in ROWS.values()))


@pytest.mark.parametrize("name", ROWS)
def test_what_is_reached(name: str) -> None:
    text, says = ROWS[name]
    rows = changed_rows(EDITION, draft(text))
    said = {(one.table, one.id): one.says for one in all_told().unreached}
    reached = {said.get((one.table, one.id)) for one in rows if one.table in TOLD}
    assert reached == {says}


def test_properties_say_of_what_they_say_nothing() -> None:
    told = all_told()
    assert told.properties is not None
    assert told.properties.modes == ("direct", "relay")
    unreached = sum(1 for _, says in ROWS.values() if says)
    title = section(told, "properties").title
    assert title.endswith(f"; none of these states reaches {unreached} changed rows")
    rows = section(told, "unreached").rows
    assert len(rows) == unreached
    assert ("added", "step", "taken up again", TAKEN.never) in rows


def test_without_a_search() -> None:
    told = told_of(AGAIN, search=False)
    assert [one.says for one in told.unreached] == [TAKEN.unsearched]
    assert section(told, "unreached").title == "Changed rows that no journey reaches: 1"


def test_the_page_counts_the_rows() -> None:
    page = (Path(__file__).parents[1] / "docs" / "amendments.md").read_text("utf-8")
    taken = len(searched(EDITION).reached.steps)
    assert f"The search reaches {taken} of the {len(STEPS)} rows" in page


def test_without_its_first_mode() -> None:
    """Another mode is searched where the direct one goes."""
    rows = '[[mode]]\nid = "direct"\nremoved = true\nchange = "t"\n'
    assert first_mode(draft(rows)) == "clearing-house"


def test_rows_that_a_service_takes() -> None:
    """Both ends of a service that is charged take the six rows from new to recorded."""
    told = [one for one in STEPS if one in play("charge", EDITION).reached.steps]
    assert [f"{one.phase} {one.to}" for one in told] == [
        "new asked",
        "asked granted",
        "granted active",
        "active active",
        "active ended",
        "ended recorded",
    ]


def test_refusals_are_reached() -> None:
    assert "REC-7" in play("record-doubled", EDITION).reached.rules


# --- What is odd ------------------------------------------------------------------------------


# fmt: off
ODD: Final = {
    "a check":     ('[[check]]\nid = "PLA-1"\ntolerance = 300\nchange = "t"\n',
                    ("check", "PLA-1", "sets what holds already")),
    "a rule":      ('[[rule]]\nid = "SES-4"\noff = false\nchange = "t"\n',
                    ("rule", "SES-4", "sets what holds already")),
    "a step":      (step("active: session-progress-notice (ended) from visited-cso", 'to = "ended"'),
                    ("step", "active: session-progress-notice (ended) from visited-cso",
                     "sets what holds already")),
    "a mode":      (mode("two", HOUSE, HOUSE),
                    ("mode", "two", "its path is that of the mode federated")),
    "direct":      (mode("straight"), ("mode", "straight", "its path is that of the mode direct")),
}
# fmt: on


@pytest.mark.parametrize("rows", ODD)
def test_what_is_odd(rows: str) -> None:
    text, remark = ODD[rows]
    after = draft(text)
    assert remarks_on(EDITION, after, changed_rows(EDITION, after)) == (Remark(*remark),)


def test_nothing_is_odd() -> None:
    after = draft('[[check]]\nid = "PLA-1"\ntolerance = 30\nchange = "t"\n')
    assert remarks_on(EDITION, after, changed_rows(EDITION, after)) == ()
    before = load("2019")
    assert remarks_on(before, EDITION, changed_rows(before, EDITION)) == ()


def test_what_is_odd_is_told() -> None:
    told = told_of(ODD["direct"][0], search=False)
    assert section(told, "remarks").rows == (ODD["direct"][1],)
    [row] = section(told, "learning").rows
    assert row == (NO_OTHER, "–", "–", "every journey: by straight (new)")


# --- Who learns what anew ---------------------------------------------------------------------


def test_exposure_in_a_new_mode() -> None:
    found = changed_learning(EDITION, draft(mode("relay", HOUSE)))
    assert {(one.way, one.journey) for one in found} == {("by relay", EVERY_JOURNEY)}
    learned = {one.who: {*one.learns} for one in found}
    assert {*learned} == {"clearing houses", "other CSPs", "other CSOs"}
    assert {"cdr.emaid", "authorization-request.evse_id"} <= learned["clearing houses"]


def test_exposure_in_a_new_journey() -> None:
    found = changed_learning(EDITION, read_draft(example_path("battery-swapping")).sound())
    assert {one.journey for one in found} == {"use-battery-swapping"}
    told = {one.way: one.who for one in found if one.who == NO_OTHER}
    assert {*told} == {"direct", "hybrid"}


def test_exposure_where_none_is_reached() -> None:
    assert changed_learning(EDITION, draft(ROWS["mode"][0])) == ()
