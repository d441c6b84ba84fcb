"""`iec63119 amend` as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.amending import draft_text, vectors_of
from tests.command import call, say


def test_a_worked_draft_is_told() -> None:
    told = call("amend", "--example", "record-after-end", COLUMNS="120").out
    assert f"Vectors answered otherwise, of {vectors_of('2025'):,}: 15" in told
    assert "Vectors that mean nothing any more: 3" in told
    assert "− removed" in told
    assert "record-early" in told


def test_json_is_the_whole_of_it() -> None:
    data = json.loads(say("amend", "--example", "battery-swapping", "--json").out)
    assert (data["draft"], data["against"]) == ("battery-swapping", "2025")
    assert [(row["table"], row["how"]) for row in data["rows"]] == [
        ("change", "added"),
        ("term", "added"),
        ("service", "added"),
        ("exchange", "added"),
    ]
    assert data["vectors"]["asked"] == vectors_of("2025")


def test_long_sections_are_cut(tmp_path: Path) -> None:
    short = say("amend", "--example", "house-to-house").out
    assert "29 more: --all shows them" in short
    assert "more: --all" not in say("amend", "--example", "house-to-house", "--all").out


def test_against_another_edition() -> None:
    told = say("amend", "--example", "battery-swapping", "--against", "2019", "--json").out
    assert json.loads(told)["against"] == "2019"


def test_every_fault_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "draft.toml"
    path.write_text(draft_text('[[mode]]\nid = "relay"\n[[step]]\nid = "x"\nremoved = true\n'))
    said = say("amend", str(path))
    assert said.code == 2
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 9
    assert lines[0].startswith("iec63119: EDN-3: line 12, draft.toml [[mode]] relay: ")
    assert all("; " in line for line in lines)
    data = json.loads(say("amend", str(path), "--json").out)
    assert [fault["line"] for fault in data["faults"]][:1] == [12]
    assert all(fault["way_out"] for fault in data["faults"])


def test_a_start_is_written_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert "amend" in say("amend", str(path), "--new").out
    assert say("amend", str(path)).out.startswith("Draft: mine (mine against 2025)")
    said = say("amend", str(path), "--new")
    assert said.code == 2
    assert "is there already" in said.err


def test_a_start_from_a_worked_draft(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    say("amend", str(path), "--new", "--example", "record-after-end")
    assert (
        f"Vectors answered otherwise, of {vectors_of('2025'):,}: 15"
        in say("amend", str(path)).out
    )


@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((), "--example"),
        (("--new",), "name the file"),
        (
            ("x.toml", "--new", "--example", "house-to-house", "--against", "2019"),
            "leave out --against or --example",
        ),
        (("--example", "battery-swaping"), "battery-swapping"),
        (("nowhere.toml",), "EDN-1"),
    ],
)
def test_what_cannot_be_asked(args: tuple[str, ...], named: str) -> None:
    said = say("amend", *args)
    assert said.code == 2
    assert named in said.err
