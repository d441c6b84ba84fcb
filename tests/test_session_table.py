"""The session table of an edition: rows that an amendment takes out, replaces or adds, what
comes of them, and what is said of rows that do not fit.
"""

from itertools import combinations
from typing import Final

import pytest

from refimpl.edition import Edition, load
from refimpl.errors import Misuse, Violation
from refimpl.session import STEPS, faults_of_steps, follow, is_early, table_of
from refimpl.session.table import BY_ID, _fit_alike
from refimpl.vocabulary import Phase, Role
from tests.amending import draft, without
from tests.test_session import SORTS, session

ENDED: Final = "active: session-progress-notice (ended) from visited-cso"
EARLY: Final = "active: detail-record-notice (original) from visited-cso"
HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO


def step(row_id: str, *fields: str) -> str:
    """A row of a draft."""
    return "\n".join([f'[[step]]\nid = "{row_id}"\nchange = "t"', *fields, ""])


def after(edition: Edition, phase: Phase, sort: str, by: Role = VISITED) -> Phase:
    """Where a service stands after one message."""
    return follow(session(phase, sort), SORTS[sort], by, edition).phase


def test_each_row_has_an_id() -> None:
    assert len(BY_ID) == len(STEPS)
    assert table_of(load("2025")).steps == BY_ID


def test_no_two_rows_fit_alike() -> None:
    assert not [pair for pair in combinations(STEPS, 2) if _fit_alike(*pair)]


def test_a_row_that_is_taken_out() -> None:
    assert after(load("2025"), Phase.ACTIVE, "record") is Phase.RECORDED
    edition = draft(step(EARLY, "removed = true"))
    with pytest.raises(Violation, match="SES-6"):
        after(edition, Phase.ACTIVE, "record")
    assert after(edition, Phase.ENDED, "record") is Phase.RECORDED
    assert len(table_of(edition).steps) == len(STEPS) - 1


def test_a_row_that_is_replaced() -> None:
    edition = draft(step(ENDED, 'to = "stopping"', 'rule = "SES-8"'))
    assert after(edition, Phase.ACTIVE, "ended") is Phase.STOPPING
    steps = table_of(edition).steps
    assert list(steps) == list(BY_ID)
    assert steps[ENDED].rule == "SES-8"


def test_every_field_is_replaced() -> None:
    fields = ('phase = "granted"', 'message = "refusal"', 'by = "home-csp"', 'when = "always"')
    row = table_of(draft(step(ENDED, *fields))).steps[ENDED]
    assert row.id == "granted: refusal from home-csp"
    assert row.to is Phase.ENDED


def test_a_row_that_is_added() -> None:
    with pytest.raises(Violation, match="SES-8"):
        after(load("2025"), Phase.GRANTED, "stop", HOME)
    fields = ('phase = "granted"', 'message = "remote-control-request"', 'by = "home-csp"')
    more = ('when = "stop"', 'to = "releasing"', 'rule = "SES-14"')
    edition = draft(step("stop before it begins", *fields, *more))
    assert after(edition, Phase.GRANTED, "stop", HOME) is Phase.RELEASING
    assert list(table_of(edition).steps)[-1] == "stop before it begins"


def test_a_row_without_a_condition() -> None:
    fields = (
        'phase = "withdrawn"',
        'message = "session-progress-notice"',
        'by = "visited-cso"',
    )
    edition = draft(step("late news", *fields, 'to = "withdrawn"', 'rule = "SES-4"'))
    for sort in ("updated", "ended"):
        assert after(edition, Phase.WITHDRAWN, sort) is Phase.WITHDRAWN


def test_answers_lead_where_the_table_says() -> None:
    """A message is early where an answer of the edition leads to a phase that takes it."""
    yes = "asked: authorization-answer (positive) from home-csp"
    assert is_early(session(Phase.ASKED, "cancel"), SORTS["cancel"], HOME, load("2025"))
    edition = draft(step(yes, "removed = true"))
    assert not is_early(session(Phase.ASKED, "cancel"), SORTS["cancel"], HOME, edition)


def test_without_its_rule_a_service_stays() -> None:
    edition = without("SES-4")
    assert after(edition, Phase.ENDED, "updated") is Phase.ENDED
    with pytest.raises(Violation, match="SES-5"):
        after(edition, Phase.ENDED, "ended")


def test_without_its_role_either_says_it() -> None:
    edition = without("SES-11")
    assert after(edition, Phase.ACTIVE, "ended", HOME) is Phase.ENDED
    assert after(edition, Phase.ACTIVE, "stop", VISITED) is Phase.STOPPING


NEW: Final = (
    'phase = "granted"',
    'message = "remote-control-request"',
    'by = "home-csp"',
    'to = "releasing"',
    'rule = "SES-14"',
)


def changed(field: str, value: str) -> tuple[str, ...]:
    """The fields of a new row, one of them changed or left out."""
    others = tuple(one for one in NEW if not one.startswith(f"{field} "))
    return (*others, f'{field} = "{value}"') if value else others


# fmt: off
FAULTS: Final = (
    # what is wrong            row         fields                                 rule     field
    ("nothing to take out",    step("gone", "removed = true"),                    "EDN-5", "id"),
    ("no phase",               step("new", *changed("phase", "")),                "EDN-3", "phase"),
    ("no message",             step("new", *changed("message", "")),              "EDN-3", "message"),
    ("no role",                step("new", *changed("by", "")),                   "EDN-3", "by"),
    ("no next phase",          step("new", *changed("to", "")),                   "EDN-3", "to"),
    ("no rule",                step("new", *changed("rule", "")),                 "EDN-3", "rule"),
    ("no such message",        step("new", *changed("message", "swap-notice")),   "EDN-5", "message"),
    ("no such condition",      step(ENDED, 'when = "soon"'),                      "EDN-5", "when"),
    ("of no service",          step("new", *changed("message", "station-status-notice")), "EDN-3", "message"),
    ("of the other role",      step("new", *changed("by", "visited-cso")),        "EDN-3", "message"),
    ("nothing to look at",     step(ENDED, 'when = "positive"'),                  "EDN-3", "when"),
    ("fits alike",             step("new", *changed("when", "cancel")),           "EDN-3", "when"),
)
# fmt: on


@pytest.mark.parametrize(("what", "row", "rule", "field"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_row_that_does_not_fit(what: str, row: str, rule: str, field: str) -> None:
    edition = draft(row)
    [fault] = faults_of_steps(edition)
    assert (fault.rule, fault.field) == (rule, field)
    assert fault.says
    with pytest.raises(Misuse, match=rule):
        table_of(edition)


def test_every_fault_of_a_row_is_told() -> None:
    edition = draft(step("one", "removed = true") + step("two", *NEW[:2]))
    told = [(fault.row, fault.field) for fault in faults_of_steps(edition)]
    assert told == [("one", "id"), ("two", "by"), ("two", "to"), ("two", "rule")]


def test_the_nearest_row_is_named() -> None:
    [fault] = faults_of_steps(draft(step(ENDED.replace("cso", "csp"), "removed = true")))
    assert ENDED in fault.says


def test_a_slip_in_an_id_is_no_new_row() -> None:
    """It would lack what a new row needs, and is near to one that there is."""
    [fault] = faults_of_steps(draft(step(ENDED.replace("active", "activ"), 'to = "stopping"')))
    assert (fault.rule, fault.field) == ("EDN-5", "id")
    assert f"did you mean '{ENDED}'?" in fault.says
    assert fault.says.endswith("A new one would lack phase, message, by, rule")


def test_a_taken_out_row_makes_room() -> None:
    """A row may stand in the place of one that the same draft takes out."""
    cancel = "granted: remote-control-request (cancel) from home-csp"
    rows = step(cancel, "removed = true") + step("new", *changed("when", "cancel"))
    assert not list(faults_of_steps(draft(rows)))
