"""Everything that is wrong with a draft, told at once, each thing with its table, row, field
and line.
"""

from pathlib import Path
from typing import Final

import pytest

from refimpl.edition import TABLES, load, parse_edition, read_text
from refimpl.edition.faults import FileFault, line_in_words
from refimpl.errors import Misuse
from tests.amending import draft_text

FIRST: Final = draft_text("").count("\n") + 1
"""The line of a draft that its own rows begin in."""


def faults(rows: str) -> tuple[FileFault, ...]:
    return read_text(draft_text(rows), Path("draft.toml")).faults


def told(rows: str) -> list[tuple[str, str, str, str, int | None]]:
    """Each fault by rule, table, row and field, and its line among the rows."""
    return [
        (one.rule, one.table, one.row, one.field, one.line and one.line - FIRST + 1)
        for one in faults(rows)
    ]


def test_a_sound_draft_has_no_faults() -> None:
    read = read_text(draft_text(""), Path("draft.toml"))
    assert read.faults == ()
    assert read.edition is not None
    assert read.edition.rules == load("2025").rules


@pytest.mark.parametrize("table", TABLES)
def test_an_error_in_each_table_has_its_place(table: str) -> None:
    """A field that no table has is found in each of them, in its line."""
    head = f'[[{table}]]\nid = "of-a-test"\n'
    change = "" if table in ("source", "change") else 'change = "t"\n'
    found = [one for one in told(f'{head}{change}colour = "red"\n') if one[3] == "colour"]
    line = 4 if change else 3
    assert found == [("EDN-3", table, "of-a-test", "colour", line)]


def test_too_much_is_tolerated() -> None:
    """No moment of a model is thirty-two years off, and Python counts no such days."""
    row = '[[check]]\nid = "PLA-1"\nchange = "t"\ntolerance = '
    assert told(f"{row}1_000_000_000\n") == []
    for much in ("1_000_000_001", "99999999999999999999"):
        assert told(f"{row}{much}\n") == [("EDN-3", "check", "PLA-1", "tolerance", 4)]


def test_several_errors_are_told_at_once() -> None:
    rows = """[[mode]]
id = "relay"
change = "t"
label = 7

[[mode]]
id = "direct"
removed = true

[[mode]]
id = "direct"
change = "t"

[[mode]]
label = "no id"

[[rule]]
id = "SES-4"
clause = "99"
change = "t"
"""
    assert told(rows) == [
        ("EDN-3", "mode", "relay", "basis", 1),
        ("EDN-3", "mode", "relay", "source", 1),
        ("EDN-3", "mode", "relay", "label", 4),
        ("EDN-3", "mode", "relay", "extension", 1),
        ("EDN-3", "mode", "relay", "path", 1),
        ("EDN-3", "mode", "relay", "says", 1),
        ("EDN-3", "mode", "direct", "", 7),
        ("EDN-4", "mode", "direct", "", 11),
        ("EDN-3", "mode", "row 4", "", 14),
        ("EDN-5", "rule", "SES-4", "clause", 19),
    ]


def test_a_row_that_does_not_fit_is_there() -> None:
    """What names it gives no second error."""
    rows = '[[record]]\nid = "bdr"\nchange = "t"\n[[service]]\nid = "parking"\n'
    found = told(rows + 'record = "bdr"\nchange = "t"\n')
    assert {row for _, _, row, _, _ in found} == {"bdr"}


def test_the_reader_of_toml_names_the_line() -> None:
    [fault] = read_text('edition = "x"\ntitle = \n', Path("x.toml")).faults
    assert (fault.rule, fault.line) == ("EDN-2", 2)
    assert line_in_words("Invalid statement") is None


def test_a_head_that_does_not_fit() -> None:
    read = read_text("title = 1\n", Path("x.toml"))
    assert read.edition is None
    assert [one.rule for one in read.faults] == ["EDN-3"]


def test_an_unknown_table_has_a_line() -> None:
    [fault] = faults('[[colour]]\nid = "red"\n')
    assert (fault.where, fault.line) == ("draft.toml: unknown key 'colour'", FIRST)


# fmt: off
MEANT: Final = {
    "a table":     ('[[setp]]\nid = "x"\n', "unknown key 'setp'; did you mean 'step'?"),
    "a reference": ('[[rule]]\nid = "SES-4"\nclause = "5"\nchange = "tt"\n',
                    "no row 'tt'; did you mean 't'?"),
    "an id":       ('[[check]]\nid = "PLA1"\ntolerance = 60\nunit = "s"\nchange = "t"\n',
                    "no row 'PLA1'; did you mean 'PLA-1'? A new one would lack basis, source, says"),
    "a source":    ('[[rule]]\nid = "SES-4"\nsource = "modle: x"\nchange = "t"\n',
                    "no row 'modle'; did you mean 'model'?"),
}
# fmt: on


@pytest.mark.parametrize("name", MEANT)
def test_what_was_meant(name: str) -> None:
    rows, says = MEANT[name]
    [fault] = faults(rows)
    assert fault.says == says


def test_an_unknown_key_beside_a_missing_one() -> None:
    found = read_text('edition = "x"\ntitel = "X"\n', Path("x.toml")).faults
    assert found[1].says == "unknown key 'titel'; did you mean 'title'?"


def test_an_id_twice_has_both_lines() -> None:
    row = '[[mode]]\nid = "direct"\nchange = "t"\n'
    [fault] = faults(row + row)
    assert fault.says == f"id is used twice, first in line {FIRST + 1}"
    assert fault.line == FIRST + 4


def test_types_and_references_in_one_round() -> None:
    """A field of the wrong type gives no second error for what it names."""
    rows = '[[step]]\nid = "x"\nby = "home"\nto = "paused"\nrule = "SES-99"\nchange = "t"\n'
    assert [(rule, field) for rule, _, _, field, _ in told(rows)] == [
        ("EDN-3", "by"),
        ("EDN-3", "to"),
        ("EDN-5", "rule"),
    ]
    assert told('[[mode]]\nid = "direct"\nbrokered = [1]\nchange = "t"\n')[0][3] == "brokered.0"


def test_a_table_that_is_none() -> None:
    [fault] = faults("[mode]\n")
    assert fault.where == "draft.toml [[mode]]: must be an array of tables"
    assert fault.line == FIRST


def test_what_is_extended_is_not_there() -> None:
    """It is told of one's own file and line, with the editions that there are."""
    text = draft_text("").replace('"2025"', '"2031"')
    read = read_text(text, Path("draft.toml"))
    assert read.edition is None
    [fault] = read.faults
    assert (fault.rule, fault.place, fault.line) == ("EDN-1", "draft.toml, extends", 4)
    assert fault.says.startswith("no edition '2031'; the model holds 2019 and 2025")


def test_what_is_extended_is_wrong(tmp_path: Path) -> None:
    """It is told of one's own line, and of the line in the other file."""
    (tmp_path / "other.toml").write_text(draft_text('[[mode]]\nid = "direct"\nlabel = 1\n'))
    text = draft_text("").replace('"2025"', '"other"')
    [fault] = read_text(text, tmp_path / "draft.toml").faults
    assert (fault.place, fault.line) == ("draft.toml, extends", 4)
    assert fault.says.startswith(f"line {FIRST + 1}, other.toml [[mode]] direct: ")


def test_a_draft_that_extends_itself(tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    text = draft_text("").replace('"2025"', '"draft"')
    path.write_text(text, "utf-8")
    read = read_text(text, path, (path.resolve(),))
    [fault] = read.faults
    assert (fault.rule, fault.field, fault.line) == ("EDN-6", "extends", 4)


def test_a_row_in_one_line_has_the_line_of_its_table() -> None:
    text = draft_text("").replace("[[change]]", 'clause = [\n  { id = "9" },\n]\n[[change]]')
    lines = {one.line for one in read_text(text, Path("draft.toml")).faults}
    assert lines == {6}


def test_the_first_is_raised() -> None:
    with pytest.raises(Misuse, match=r"draft.toml \[\[mode\]\] relay, basis: Field required"):
        parse_edition(draft_text('[[mode]]\nid = "relay"\nchange = "t"\n'), Path("draft.toml"))
