"""The amendment lab: what each worked draft changes, against lists that were written by hand
before; and what a draft asks that the model cannot follow.
"""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.edition import Edition, load
from refimpl.errors import Misuse
from refimpl.lab.amended_properties import broken_properties
from refimpl.lab.amended_rows import beyond_the_model, changed_rows
from refimpl.lab.amendment import Amendment, amend
from refimpl.lab.amendment_told import sections
from refimpl.lab.drafts import (
    Draft,
    example_path,
    examples,
    read_draft,
    read_draft_text,
    starting_text,
    way_out,
)
from refimpl.play.player import Story, play
from refimpl.play.traces import read_token
from refimpl.records import ServiceDetailRecord
from refimpl.vectors.suite import expects, read_suite, suite_folder
from tests.amending import draft, draft_text, without

BY_HAND: Final[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "drafts" / "expected.toml").read_text("utf-8")
)
EDITION: Final = load("2025")


@cache
def told_of(name: str) -> Amendment:
    """What a worked draft changes."""
    return amend(EDITION, read_draft(example_path(name)).sound(), search=False)


# --- The worked drafts ------------------------------------------------------------------------


def test_each_worked_draft_has_a_list_by_hand() -> None:
    assert list(examples()) == sorted(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_worked_draft_changes_the_vectors(name: str) -> None:
    vectors, expected = told_of(name).vectors, BY_HAND[name]
    assert {one.id for one in vectors.changed} == set(expected["changed"])
    assert {one.id for one in vectors.meaningless} == set(expected["meaningless"])
    assert {f"{one.table} {one.id}" for one in vectors.missing} == set(expected["missing"])


@pytest.mark.parametrize("name", BY_HAND)
def test_worked_draft_is_within_the_model(name: str) -> None:
    assert told_of(name).beyond == ()


def test_an_edition_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader changes in a draft is played anew, and what it extends is not."""
    told_of("house-to-house")
    played = []

    def counted(journey: str, edition: Edition, mode: str, strategy: str) -> Story:
        played.append(edition.id)
        return play(journey, edition, mode, strategy)

    monkeypatch.setattr("refimpl.lab.amended_stories.play", counted)
    changed = without("SES-4", name="once")
    amend(EDITION, changed, search=False)
    assert set(played) == {changed.id}


def test_houses_are_in_scope() -> None:
    told = told_of("house-to-house")
    [interface] = told.of_table("interface")
    assert (interface.id, interface.how) == ("IF-5", "altered")
    assert [field.after for field in interface.fields if field.field == "scope"] == ["in"]
    assert {(one.id, one.how) for one in told.of_table("mode")} == {
        ("federated", "altered"),
        ("federated-hybrid", "added"),
    }
    # 48 vectors ask in the mode federated, and one more passes IF-5.
    assert len(told.vectors.about) == 49
    assert {one.mode for one in told.journeys} == {"federated-hybrid"}


def test_a_record_comes_after_the_end() -> None:
    told = told_of("record-after-end")
    assert {one.how for one in told.of_table("step")} == {"removed"}
    assert {one.journey for one in told.journeys} == {"record-early"}
    ends = {
        (str(one.before).split(",")[0], str(one.after).split(",")[0]) for one in told.journeys
    }
    assert ends == {("recorded", "active")}
    after = {one.id: one.after for one in told.vectors.changed}
    assert set(after.values()) == {"reject SES-6"}


def test_a_new_service_is_played_to_its_record() -> None:
    edition = read_draft(example_path("battery-swapping")).sound()
    for mode in edition.modes:
        story = play("use-battery-swapping", edition, mode)
        session = story.session(story.reps, "csp-alba")
        assert session is not None
        assert isinstance(session.record, ServiceDetailRecord)
        assert session.record.service == "battery-swapping"
    assert {one.journey for one in told_of("battery-swapping").journeys} == {
        "use-battery-swapping"
    }


# --- From 2019 to 2025 ------------------------------------------------------------------------


def test_the_change_of_2025_is_told_alike() -> None:
    """The vectors answered otherwise are those that the suite says differ by edition."""
    told = amend(load("2019"), EDITION, search=False)
    suite = read_suite(suite_folder())
    both = {"2019", "2025"}
    differing = {
        test["id"]
        for test in suite.active
        if both <= {*test["editions"]} and expects(test)["2019"] != expects(test)["2025"]
    }
    changed = {one.id for one in told.vectors.changed}
    assert differing
    assert {name for name in changed if both <= {*suite.by_id[name]["editions"]}} == differing
    assert {one.id for one in told.of_table("service") if one.how == "added"} == {
        "parking",
        "reservation",
    }
    assert {one.how for one in told.of_table("suite")} == {"removed"}
    learns = {one.who for one in told.learning if "cdr.energy_wh" in one.learns}
    assert learns == {"home-csp", "clearing houses"}


def test_an_edition_against_itself() -> None:
    told = amend(EDITION, EDITION, search=False)
    assert told.changes_nothing
    assert (told.journeys, told.learning, told.beyond) == ((), (), ())
    vectors = told.vectors
    assert (vectors.changed, vectors.meaningless, vectors.missing) == ((), (), ())


def test_a_draft_that_is_no_published_edition_has_no_vectors() -> None:
    one = draft('[[check]]\nid = "PLA-1"\ntolerance = 60\nchange = "t"\n')
    assert amend(one, EDITION, search=False).vectors.asked == 0


def test_how_far_it_is() -> None:
    seen: list[tuple[int, int]] = []
    amend(EDITION, EDITION, lambda done, whole: seen.append((done, whole)), search=False)
    assert seen[-1][0] == seen[-1][1] == len(seen)


# --- What goes --------------------------------------------------------------------------------


def test_a_rule_that_is_off() -> None:
    told = amend(EDITION, without("SES-4"), search=False)
    ids = {one.id for one in told.vectors.meaningless}
    suite = read_suite(suite_folder())
    refused = {
        test["id"]
        for test in suite.active
        if "2025" in test["editions"] and expects(test)["2025"].get("error") == "SES-4"
    }
    assert refused <= ids
    assert all("SES-4" in one.why for one in told.vectors.meaningless)
    [row] = told.of_table("rule")
    assert [(field.field, field.after) for field in row.fields] == [("off", "yes")]


def test_a_mode_that_goes() -> None:
    edition = draft('[[mode]]\nid = "hybrid"\nremoved = true\nchange = "t"\n')
    told = amend(EDITION, edition, search=False)
    assert told.vectors.meaningless
    assert {one.why for one in told.vectors.meaningless} == {
        "it names the mode hybrid, which is taken out"
    }
    assert {one.after for one in told.journeys} == {None}


ROW: Final = """[[step]]
id = "new"
phase = "{}"
message = "{}"
by = "home-csp"
when = "{}"
to = "{}"
rule = "SES-14"
change = "t"
"""


def test_a_row_that_is_added() -> None:
    """A vector that is refused for want of the row takes it."""
    row = ROW.format("granted", "remote-control-request", "stop", "releasing")
    told = amend(EDITION, draft(row), search=False)
    assert told.vectors.missing == ()
    changed = {one.id: (one.before, one.after) for one in told.vectors.changed}
    assert changed["session/reject-granted-stop"] == ("reject SES-8", "accept")
    [step] = told.of_table("step")
    assert (step.how, step.change) == ("added", "t")


def test_a_row_that_no_vector_takes() -> None:
    row = ROW.format("disputed", "correction-request", "always", "disputed")
    told = amend(EDITION, draft(row), search=False)
    assert [(one.table, one.id) for one in told.vectors.missing] == [("step", "new")]


def test_a_row_that_leads_elsewhere() -> None:
    ended = "active: session-progress-notice (ended) from visited-cso"
    row = f'[[step]]\nid = "{ended}"\nto = "stopping"\nchange = "t"\n'
    [step] = changed_rows(EDITION, draft(row))[-1:]
    assert [(one.field, one.before, one.after) for one in step.fields] == [
        ("to", "ended", "stopping")
    ]


def test_a_tolerance_that_is_altered() -> None:
    row = '[[check]]\nid = "PLA-1"\ntolerance = 299\nchange = "t"\n'
    told = amend(EDITION, draft(row), search=False)
    assert [one.says for one in told.vectors.missing] == ["no vector stands at its new bound"]
    assert {one.before for one in told.vectors.changed} == {"accept"}


def test_the_grace_of_a_list_is_a_tolerance() -> None:
    row = '[[check]]\nid = "AUT-8"\ntolerance = 0\nchange = "t"\n'
    assert amend(EDITION, draft(row), search=False).vectors.changed


# --- Properties -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_HAND)
def test_worked_draft_breaks_no_property(name: str) -> None:
    found = broken_properties(read_draft(example_path(name)).sound())
    assert found.states > 10_000
    assert found.broken == ()


def test_a_rule_that_is_off_breaks_a_property() -> None:
    """The way to where it breaks opens the same state again."""
    edition = without("SES-3")
    told = amend(EDITION, edition)
    assert told.properties is not None
    broken = {one.property: one for one in told.properties.broken}
    assert broken["ground"].trace == ("say 1.4",)
    one = broken["agreement"]
    world = read_token(one.token, lambda name: edition)
    assert [str(action) for action in world.trace] == list(one.trace)
    [part] = [part for part in sections(told) if part.id == "properties"]
    assert {row[0] for row in part.rows} == set(broken)


# --- Beyond the model -------------------------------------------------------------------------

OURS: Final = 'basis = "chosen"\nsource = "model: a test"\nsays = "A test."\nchange = "t"\n'
# fmt: off
ASKED: Final = (
    ("check",    "PLA-12",   'tolerance = 1\nunit = "s"\n' + OURS +
                             '[[rule]]\nid = "PLA-12"\nlevel = "shall"\n' + OURS),
    ("role",     "roamer",   'term = "csp"\nlabel = "R"\nplayed_by = ["csp"]\n' + OURS),
    ("record",   "bdr",      'label = "R"\nterm = "sdr"\n' + OURS),
    ("strategy", "guess",    'label = "G"\ndiscloses = "all"\n' + OURS),
    ("exchange", "swap",     'number = 18\nlabel = "s"\nproducer = "home-csp"\n'
                             'consumer = "visited-cso"\nmessages = ["swap-notice"]\n' + OURS),
    ("mode",     "long",     'label = "l"\nextension = true\npath = ["producer", '
                             '"clearing-house", "clearing-house", "clearing-house", '
                             '"consumer"]\n' + OURS),
    ("protocol", "tls",      'minimum = "1.4"\nchange = "t"\n'),
    ("rule",     "TAR-1",    'level = "shall"\n' + OURS),
)
# fmt: on


@pytest.mark.parametrize(("table", "row_id", "fields"), ASKED, ids=[one[0] for one in ASKED])
def test_what_is_beyond_the_model(table: str, row_id: str, fields: str) -> None:
    edition = draft(f'[[{table}]]\nid = "{row_id}"\n{fields}')
    found = {(one.table, one.id): one for one in beyond_the_model(EDITION, edition)}
    assert found[table, row_id].says
    assert found[table, row_id].would_change


# --- In words ---------------------------------------------------------------------------------


def test_ways_alike_are_one_line() -> None:
    [journeys] = [one for one in sections(told_of("record-after-end")) if one.id == "journeys"]
    assert journeys.rows == (
        ("record-early", "direct, clearing-house, hybrid, federated", "recorded", "active"),
    )


def test_every_row_has_its_heads() -> None:
    for name in examples():
        for part in sections(told_of(name)):
            assert all(len(row) == len(part.heads) for row in part.rows), part.id


# --- Reading a draft --------------------------------------------------------------------------


def test_a_fault_of_a_step_has_its_line() -> None:
    text = draft_text('[[step]]\nid = "gone"\nremoved = true\nchange = "t"\n')
    [fault] = read_draft_text(text, Path("draft.toml")).faults
    assert fault.line is not None
    assert text.splitlines()[fault.line - 1] == 'id = "gone"'
    assert "; did you mean '" in fault.says


def test_a_slip_in_the_id_of_a_step() -> None:
    row = '[[step]]\nid = "activ: session-progress-notice (ended) from visited-cso"\n'
    text = draft_text(row + 'to = "stopping"\nchange = "t"\n')
    [fault] = read_draft_text(text, Path("draft.toml")).faults
    assert fault.rule == "EDN-5"
    assert "did you mean 'active: session-progress-notice (ended)" in fault.says
    assert fault.says.endswith("A new one would lack phase, message, by, rule")
    other = draft_text('[[step]]\nid = "paused"\nto = "stopping"\nchange = "t"\n')
    found = read_draft_text(other, Path("draft.toml")).faults
    assert [one.field for one in found] == ["phase", "message", "by", "rule"]
    assert way_out(found[0]) == "add a line: phase = ..."


WRONG: Final[dict[str, Callable[[Draft], bool]]] = {
    '[[mode]]\nid = "a"\nchange = "t"\n': lambda told: way_out(told.faults[0]).startswith(
        "add"
    ),
    '[[mode]]\nid = "direct"\nx = 1\nchange = "t"\n': lambda told: (
        "take" in way_out(told.faults[0])
    ),
    '[[check]]\nid = "PLA-1"\ntolerence = 1\nchange = "t"\n': lambda told: way_out(
        told.faults[0]
    ).endswith("; did you mean 'tolerance'?"),
    '[[mode]]\nid = "direct"\n': lambda told: "change" in way_out(told.faults[0]),
    '[[mode]]\nid = "direct"\nlabel = 1\nchange = "t"\n': lambda told: (
        "docs" in way_out(told.faults[0])
    ),
}


@pytest.mark.parametrize("rows", WRONG)
def test_every_fault_has_a_way_out(rows: str) -> None:
    assert WRONG[rows](read_draft_text(draft_text(rows), Path("draft.toml")))


def test_a_draft_with_a_fault_is_not_sound() -> None:
    told = read_draft_text(draft_text('[[mode]]\nid = "direct"\n'), Path("draft.toml"))
    assert isinstance(told.edition, Edition)
    with pytest.raises(Misuse):
        told.sound()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="EDN-1"):
        read_draft(tmp_path / "nowhere.toml")
    with pytest.raises(Misuse, match="EDN-1"):
        example_path("nothing")
    bad, long = tmp_path / "bad.toml", tmp_path / "long.toml"
    bad.write_bytes(b"\xff")
    long.write_bytes(b"#" * 250_001)
    [fault] = read_draft(bad).faults
    assert (fault.rule, way_out(fault)) == (
        "EDN-2",
        "a draft is a text in UTF-8; save it as one",
    )
    [fault] = read_draft(long).faults
    assert (fault.rule, fault.where) == ("EDN-1", "long.toml: more than 250,000 bytes")


def test_a_start_is_sound_with_every_mark_taken_away() -> None:
    text = starting_text("mine.toml", "2025")
    rows = text.partition("# Take the marks away")[2].partition("\n\n")[2]
    unmarked = "\n".join(line.removeprefix("# ") for line in rows.splitlines())
    told = read_draft_text(text + unmarked, Path("mine.toml"))
    assert told.faults == ()
    assert told.sound().off == {"SES-4"}
