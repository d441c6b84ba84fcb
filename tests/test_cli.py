"""The `iec63119` command: what it prints, how it ends, and that nothing put into it brings out
a traceback.
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import psutil
import pytest
from jsonschema import Draft202012Validator
from rich.cells import cell_len

from refimpl import identifiers
from refimpl.cli.ending import GROUPS, plain, sentence
from refimpl.edition import load, published
from refimpl.errors import Violation
from refimpl.play.example import NETWORK
from refimpl.play.journeys import JOURNEYS
from refimpl.play.player import play as play_journey
from refimpl.site.scratch import FIRST_NOTEBOOK
from tests.command import Said, call, one_line, say
from tests.programs import COMMAND

pytestmark = pytest.mark.slow

os.environ["PYTHONUNBUFFERED"] = ""  # as on a desk: what is printed waits in a buffer
WAY = (
    "--mode",
    "clearing-house",
    "--from",
    "cso-elm",
    "--to",
    "csp-alba",
    "--exchange",
    "authorization",
)


@pytest.fixture
def network_file(tmp_path: Path) -> Path:
    file = tmp_path / "network.json"
    file.write_text(say("example").out, "utf-8")
    return file


# --- help -------------------------------------------------------------------------------------


def test_version_names_the_editions() -> None:
    assert call("--version").out == "iec63119 0.1.0, editions 2019 and 2025\n"


COMMANDS = (
    "id diff amend example route journeys play modes simulate states rules schema crosswalk vectors conform pki"
    " serve probe explore notebooks site completion".split()
)


def listed(*command: str) -> dict[str, str]:
    """The commands that a help text lists in 80 columns, each with its summary."""
    lines = call(*command, "--help", COLUMNS="80").out.partition("Commands:\n")[2].splitlines()
    return {
        name: summary.strip()
        for name, _, summary in (line.strip().partition(" ") for line in lines)
    }


def test_help_without_asking() -> None:
    said = say()
    assert said.code == 0
    assert said.out == say("--help").out
    assert list(listed()) == COMMANDS


@pytest.mark.parametrize("command", [(), ("vectors",)])
def test_no_summary_is_cut_off(command: tuple[str, ...]) -> None:
    assert all(listed(*command).values())
    assert not [summary for summary in listed(*command).values() if summary.endswith("...")]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    said = say(command, "--help")
    assert said.code == 0
    assert "Usage: " in said.out
    for one in listed(command) if command in GROUPS else ():
        said.out += say(command, one, "--help").out
    assert not re.search(r"<(int|float|list\[int)", said.out)  # a number is N


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["nothing"], "nothing"),
        (["diff", "2019"], "after"),
        (["route", "x.json"], "--mode"),
        (["play", "charge", "--lose", "0"], "--lose"),
        (["play", "charge", "--lose", "first"], "--lose"),
        (["play", "charge", "--lose", "99"], "there are 10 transmissions"),
        (["play", "charge", "--strategy", "guess"], "broadcast"),
        (["schema", "pictures"], "network"),
        (["rules", "NET-99"], "NET-99"),
        (["explore", "--port", "70000"], "--port"),
        (["play", "char\x1b[2Jge", "--colour"], "--colour"),
    ],
)
def test_arguments_that_cannot_be_read(args: list[str], named: str) -> None:
    said = say(*args)
    assert said.code == 2
    assert named in one_line(said)
    assert "--help" in said.err


# --- identifiers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "profile", "canonical"),
    [
        ("NL-TNM-C00122045-K", "emi3", "NLTNMC00122045K"),
        ("nltnmc00122045k", "emi3", "NLTNMC00122045K"),
        ("FR*A23*E45B*78C", "emi3", "FRA23E45B78C"),
        ("+49*810*000*438", "din91286", "+49*810*000*438"),
    ],
)
def test_identifier_in_its_parts(text: str, profile: str, canonical: str) -> None:
    said = say("id", "check", text, "--profile", profile)
    assert said.code == 0
    assert canonical in said.out
    told = say("id", "check", text, "--profile", profile, "--json").json
    assert (told["valid"], told["canonical"], told["profile"]) == (True, canonical, profile)
    assert told["parts"]["country"] in {"NL", "FR", "+49"}


@pytest.mark.parametrize(
    ("text", "rule", "position"),
    [
        ("DE-8AA-CA2B3C4D5-N", "EMA-9", 18),  # L is right
        (" DE-8AA-CA2B3C4D5", "EMA-2", 1),
        ("DE-8AA-CA2B3C4D5 ", "EMA-2", 17),
        ("DE-8AA-CÄ2B3C4D5", "EMA-2", 9),
        ("DE-8AA-C日本B3C4D5", "EMA-2", 9),
        ("DE*AB7_E840", "EVS-2", 7),
        ("DE*AB7*E8日0!", "EVS-2", 10),
        ("D\x1b[31mE8AA", "EVS-2", 2),
        ("DE8AA\nCA2B3C4D5", "EMA-2", 6),
        ("DE8AA\x9bCA2B3C4D5", "EMA-2", 6),
        ("DE8AA\u202eCA2B3C4D5", "EMA-2", 6),
        ("A" * 400, "EMA-1", 65),
        ("日" * 70, "EMA-1", 65),
        ("", "EMA-4", 1),
        ("12-8AA-CA2B3C4D5", "EMA-6", 1),
    ],
)
def test_caret_under_the_character(text: str, rule: str, position: int) -> None:
    said = say("id", "check", text)
    assert (said.code, said.err) == (1, "")
    shown, caret, sentence = said.out.splitlines()[:3]
    head = shown[: len(caret.partition("^")[0])]
    before = text[max(0, position - 41) : position - 1]
    assert caret.index("^") == cell_len(("…" if position > 41 else "") + plain(before))
    assert head or position == 1
    assert f"character {position}: " in caret
    assert sentence.startswith(f"{rule}: ")
    told = say("id", "check", text, "--json")
    assert told.code == 1
    assert (told.json["valid"], told.json["rule"], told.json["position"]) == (
        False,
        rule,
        position,
    )


def test_profiles_that_read_it() -> None:
    assert say("id", "check", "de-8aa-ca2b3c4d5", "--profile", "canonical", "--json").json[
        "valid_as"
    ] == ["emi3", "ochp-1.4"]
    assert say("id", "check", "+49*810*000*438", "--json").json["valid_as"] == ["din91286"]


NO_EMAID = "No EMAID profile reads it."


@pytest.mark.parametrize("text", ["Fleet 7/Anna", "DE-8AA-CA2B3C4D5-N"])
def test_free_counts_where_named(text: str) -> None:
    """That a text may be a free contract id makes it no valid one unasked, and no EMAID ever."""
    said = say("id", "check", text)
    assert said.code == 1
    assert NO_EMAID in " ".join(said.out.split())
    told = say("id", "check", text, "--json").json
    assert (told["valid"], told["valid_as"]) == (False, [])
    assert told["profiles"]["free"]["kind"] == "free contract id"
    named = say("id", "check", text, "--profile", "free")
    assert named.code == 0
    assert NO_EMAID in " ".join(named.out.split())
    told = say("id", "check", text, "--profile", "free", "--json").json
    assert (told["valid"], told["valid_as"]) == (True, [])
    assert told["parts"] == {"text": text, "key": text.upper()}


def test_free_beside_others() -> None:
    """Where an EMAID or EVSE ID is read, nothing is said of its being none."""
    for text in ("NL-TNM-C00122045-K", "DE*AB7*E840*6487", "+49*810*000*438"):
        assert NO_EMAID not in " ".join(say("id", "check", text).out.split())
    assert NO_EMAID not in say("id", "check", "NL-TNM-C00122045-K", "--profile", "free").out


def test_broken_free_id() -> None:
    said = say("id", "check", "anna ", "--profile", "free")
    assert said.code == 1
    assert said.out.splitlines()[1:3][0] == "    ^ character 5: ' '"
    assert "IDP-4: " in said.out
    assert NO_EMAID not in said.out
    assert "IDP-4" in say("id", "check", "A" * 37).out


@pytest.mark.parametrize(
    ("uid", "medium", "position"),
    [("04A2B3C4", "rfid", 0), ("04:A2:B3", "rfid", 3), ("anna ", "app", 5), ("anna", "app", 0)],
)
def test_uid_of_a_medium(uid: str, medium: str, position: int) -> None:
    said = say("id", "check", uid, "--medium", medium)
    told = say("id", "check", uid, "--medium", medium, "--json")
    assert said.code == told.code == (1 if position else 0)
    assert told.json["valid"] == (not position)
    if position:
        assert f"character {position}: " in said.out
        assert "\nCRD-2: " in said.out
        assert (told.json["rule"], told.json["position"]) == ("CRD-2", position)
    else:
        assert said.out == f"uid of a medium of type {medium}, well written\n"


def test_medium_is_misused() -> None:
    for more, hint in ((("rfd",), "did you mean rfid?"), (("nfc",), "app, contract, other")):
        said = say("id", "check", "04A2B3C4", "--medium", *more)
        assert said.code == 2
        assert hint in one_line(said)
    said = say("id", "check", "04A2B3C4", "--medium", "rfid", "--profile", "free")
    assert said.code == 2
    assert "one of the two" in one_line(said)


def test_unknown_profile_is_misuse() -> None:
    said = say("id", "check", "NL-TNM-C00122045-K", "--profile", "p\x07")
    assert said.code == 2
    assert all(name in one_line(said) for name in ("IDP-1", *identifiers.PROFILES))


def test_bytes_that_are_no_text() -> None:
    said = call("id", "check", b"DE8AA\xff")
    assert said.code == 1
    assert said.out.startswith("DE8AA\\udcff")


# --- editions ---------------------------------------------------------------------------------


def test_two_editions_compared() -> None:
    told = say("diff", "2019", "2025", "--json").json
    assert [change["id"] for change in told["changes"]] == ["wording", *"abcdefg"]
    tls = next(change for change in told["changes"] if change["id"] == "d")
    fact = {
        "table": "protocol",
        "id": "tls",
        "field": "minimum",
        "before": "1.2",
        "after": "1.3",
        "basis": "stated",
    }
    assert fact in tls["differences"]
    text = say("diff", "2019", "2025", COLUMNS="200").out
    assert [
        line
        for line in text.splitlines()
        if line.split() == ["protocol", "tls", "minimum", "1.2", "1.3", "stated"]
    ]


def test_edition_against_itself() -> None:
    assert say("diff", "2025", "2025", "--json").json == {
        "before": "2025",
        "after": "2025",
        "changes": [],
    }


AMENDMENT = """
edition = "draft"
title = "A draft"
extends = "2025"
[[change]]
id = "z"
says = "TLS \\u001b[31m1.4"
basis = "chosen"
source = "model: a test"
[[protocol]]
id = "tls"
minimum = "1.4"
change = "z"
"""


def test_amendment_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(AMENDMENT, "utf-8")
    (change,) = say("diff", "2025", str(file), "--json").json["changes"]
    assert change["id"] == "z"
    assert [(one["field"], one["after"]) for one in change["differences"]] == [
        ("minimum", "1.4")
    ]
    assert "\\x1b[31m1.4" in say("diff", "2025", str(file)).out
    played = say("play", "charge", "--edition", str(file), "--json")
    assert played.json["edition"] == "draft"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('edition = "x', "EDN-2"),
        (b"\xff\xfe", "EDN-2"),
        (b"\xe9", "EDN-2"),
        (b"\x00\x01\x02", "EDN-2"),
        ('a = "\x1b"', "EDN-2"),
        ("a = " + "[" * 100_000, "EDN-2"),
        ("a = " + "9" * 5_000, "EDN-2"),
        ("", "EDN-3"),
        ('edition = "x"\ntitle = "x"\nextends = "2018"', "EDN-1"),
        ('edition = "x"\ntitle = "x"\nextends = "\\u0000"', "EDN-1"),
        ('edition = "x"\ntitle = "x"\nrules = 1', "EDN-3"),
        (AMENDMENT.replace("minimum", "minimun"), "EDN-3"),
        (AMENDMENT.replace('change = "z"', 'change = "y"'), "EDN-5"),
        ('edition = "x"\ntitle = "x"\nextends = "draft"', "EDN-6"),
    ],
)
def test_bad_edition_file(tmp_path: Path, text: str | bytes, rule: str) -> None:
    file = tmp_path / "draft.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    said = say("diff", "2025", str(file))
    assert said.code == 2
    assert f" {rule}: " in one_line(said)
    assert ".toml" in said.err


def test_no_edition_file(tmp_path: Path) -> None:
    big = tmp_path / "big.toml"
    with big.open("wb") as stream:
        stream.truncate(50 * 2**20)
    for name in (
        "2020",
        "",
        "x.toml",
        str(tmp_path),
        str(big),
        "/dev/zero",
        "a" * 400,
        "2\x1b[31m",
    ):
        said = say("diff", "2019", name)
        assert said.code == 2
        assert " EDN-1: " in one_line(said)


# --- networks ---------------------------------------------------------------------------------


def test_route_hop_by_hop(network_file: Path) -> None:
    said = say("route", str(network_file), *WAY)
    hops = [line.split() for line in said.out.splitlines() if "IF-" in line]
    assert hops == [["cso-elm", "IF-4", "house-north"], ["house-north", "IF-3", "csp-alba"]]
    told = say("route", str(network_file), *WAY, "--json").json
    assert [list(hop.values()) for hop in told["hops"]] == hops
    direct = say(
        "route", str(network_file), "--mode", "direct", *WAY[2:], "--edition", "2019", "--json"
    ).json
    assert [hop["interface"] for hop in direct["hops"]] == ["IF-2"]


def test_example_asked_at_once() -> None:
    assert say("example").json["entities"][0]["id"] == NETWORK.entities[0].id
    said = call("route", "-", *WAY, stdin=call("example").out.encode())
    assert said.code == 0


@pytest.mark.parametrize(
    ("option", "value", "code", "rule"),
    [
        ("--mode", "carrier-pigeon", 2, "NET-6"),
        ("--from", "cso-\x1b]0;hello\x07", 2, "NET-1"),
        ("--to", "CSP-ALBA", 2, "NET-1"),
        ("--to", "cso-elm", 1, "NET-10"),
        ("--to", "cso-fjord", 1, "NET-2"),
        ("--from", "cso-jade", 1, "NET-7"),
        ("--exchange", "gossip", 1, "NET-8"),
        ("--exchange", "remote-control", 1, "NET-3"),
        ("--edition", "2018", 2, "EDN-1"),
    ],
)
def test_no_way_is_one_line(
    network_file: Path, option: str, value: str, code: int, rule: str
) -> None:
    asked = ["route", str(network_file), *WAY, option, value]
    said = say(*asked)
    assert said.code == code
    assert f" {rule}: " in one_line(said)
    told = say(*asked, "--json")
    assert (told.code, told.err) == (code, "")
    assert told.json["rule"] == rule
    assert told.json.keys() == {"rule", "says", "where", "way_out"}
    assert told.json["says"] == load("2025").rules[rule].says


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"", "NET-9"),
        (b"{", "NET-9"),
        (b"[]", "NET-9"),
        (b"null", "NET-9"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "NET-9"),
        (b'{"entities": NaN}', "NET-9"),
        (b'{"entities": []}', "NET-9"),
        (b'{"entities": [], "entities": []}', "NET-9"),
        (b'{"entities": [{"id": "a", "kind": "csp"}], "en\\u001btities": []}', "NET-9"),
        (b'{"entities": [{"id": "a", "kind": "csp"}, {"id": "a", "kind": "cso"}]}', "NET-9"),
        (b'{"entities": [{"id": "a", "kind": "csp", "id": "b"}]}', "NET-9"),
        (b'{"entities": [{"id": "a b", "kind": "csp"}]}', "NET-9"),
        (
            (
                b'{"entities": [{"id": "a", "kind": "csp"}], '
                b'"links": [{"left": ["a"], "right": ["b"]}]}'
            ),
            "NET-1",
        ),
        (b"[" * 100_000, "NET-9"),
        (b'{"entities": ' + b"9" * 5_000 + b"}", "NET-9"),
        (b'\xef\xbb\xbf{"entities": []}', "NET-9"),
    ],
)
def test_bad_network_file(tmp_path: Path, text: bytes, rule: str) -> None:
    file = tmp_path / "network.json"
    file.write_bytes(text)
    said = say("route", str(file), *WAY)
    assert said.code == 2
    assert f" {rule}: " in one_line(said)
    assert "network.json" in said.err
    assert "iec63119 example" in said.err
    assert len(said.err) < 600


def test_no_network_file(tmp_path: Path) -> None:
    big = tmp_path / "big.json"
    with big.open("wb") as stream:
        stream.truncate(50 * 2**20)
    for name in (str(tmp_path), str(tmp_path / "none.json"), str(big), "/dev/zero", "a" * 400):
        said = say("route", name, *WAY)
        assert said.code == 2
        assert " NET-9: " in one_line(said)


# --- journeys ---------------------------------------------------------------------------------


def test_list_of_journeys() -> None:
    told = say("journeys", "--json").json
    assert [one["id"] for one in told] == list(JOURNEYS)
    shows = {one["id"]: one["shows"] for one in told}
    assert (shows["charge"], shows["offline"]) == ("EMAID", "medium")
    listed = say("journeys", "--edition", "2019", COLUMNS="120").out
    assert "record-withdrawn" in listed
    assert "reservation" not in listed


def test_journey_by_transmissions() -> None:
    lines = [line.split() for line in say("play", "charge").out.splitlines() if "IF-2" in line]
    assert [line[0] for line in lines] == [str(number) for number in range(1, len(lines) + 1)]
    assert lines[0][1:5] == ["cso-elm", "IF-2", "csp-alba", "authorization-request:"]
    assert lines[-1][-2:] == ["recorded", "recorded"]


def test_journey_with_an_end_away() -> None:
    """What is repeated stands once, and what happens between two messages on its own line."""
    out = say("play", "offline", "--mode", "clearing-house", COLUMNS="120").out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    away = lines.index("csp-alba cannot be reached")
    asked = "cso-elm IF-4 house-north authorization-request: rfid 04A2B3C4D5E680 ×3 new asked"
    assert lines[away + 1] == f"9 {asked}"
    lost = "house-north IF-3 csp-alba authorization-request (lost) ×3 new asked"
    assert lines[away + 2] == f"10 {lost}"
    assert lines[away + 3].startswith("15 ")
    assert lines.index("2025-07-09 the next day") < lines.index("csp-alba can be reached again")
    assert len(lines) < 40
    told = say("play", "offline", "--mode", "clearing-house", "--json").json
    assert [one["behind"] for one in told["between"]] == [8, 32, 32, 32]
    assert told["transmissions"][8]["says"] == "rfid 04A2B3C4D5E680"


def test_repeated_after_an_answer_stands_alone() -> None:
    """Only what comes at once again is one line."""
    out = say("play", "charge", "--mode", "clearing-house", "--lose", "4", COLUMNS="120").out
    assert "×" not in out
    told = say("play", "charge", "--mode", "clearing-house", "--lose", "4", "--json").json
    assert len([line for line in out.splitlines() if " IF-" in line]) == len(
        told["transmissions"]
    )


def test_two_visited_csos_in_one_journey() -> None:
    told = say("play", "one-id-twice", "--json").json["transmissions"]
    assert [one["visited-cso"] for one in told[8:11]] == ["recorded", "recorded", "asked"]


def test_no_difference_is_said() -> None:
    assert say("diff", "2025", "2025").out == "no difference between 2025 and 2025\n"
    assert say("diff", "2025", "2025", "--json").json["changes"] == []


def test_lost_transmission_again() -> None:
    told = say("play", "charge", "--lose", "1", "--lose", "2", "--json").json["transmissions"]
    assert [one["fate"] for one in told[:3]] == ["lost", "lost", "delivered"]
    assert {one["message"]["request_id"] for one in told[:3]} == {
        told[0]["message"]["request_id"]
    }
    assert (told[-1]["home-csp"], told[-1]["visited-cso"]) == ("recorded", "recorded")


@pytest.mark.parametrize("journey", JOURNEYS)
@pytest.mark.parametrize("mode", load("2025").modes)
def test_every_journey_as_played(journey: str, mode: str) -> None:
    told = say("play", journey, "--mode", mode, "--json").json["transmissions"]
    frames = play_journey(journey, load("2025"), mode).frames
    assert [(one["number"], one["from"], one["to"]) for one in told] == [
        (f.number, f.sender, f.receiver) for f in frames
    ]


@pytest.mark.parametrize(
    ("args", "rule"),
    [
        (["sleep"], "there is no journey 'sleep'"),
        (["Charge"], "there is no journey 'Charge'"),
        (["charge "], "there is no journey 'charge '"),
        (["parking", "--edition", "2019"], "SES-10: "),
        (["charge", "--mode", "DIRECT"], "NET-6: "),
        (["charge", "--edition", "２０２５"], "EDN-1: "),
    ],
)
def test_journey_that_is_not_played(args: list[str], rule: str) -> None:
    said = say("play", *args)
    assert said.code == 2
    assert f" {rule}" in one_line(said)


# fmt: off
WRONG_DRAFTS = {  # and the line, and the way out, that each command tells
    "a table":     ('[[setp]]\nid = "x"\n', "line 1", "docs/amendments.md"),
    "a step":      ('[[step]]\nid = "x"\nremoved = true\n', "line 2", "names the change"),
    "a reference": ('[[rule]]\nid = "SES-4"\nchange = "u"\n', "line 3", "correct the id"),
}
# fmt: on


@pytest.mark.parametrize("wrong", WRONG_DRAFTS)
@pytest.mark.parametrize("command", ["simulate", "states", "modes"])
def test_wrong_draft_has_its_line(command: str, wrong: str, tmp_path: Path) -> None:
    rows, line, way_out = WRONG_DRAFTS[wrong]
    head = 'edition = "x"\ntitle = "x"\nextends = "2025"\n'
    file = tmp_path / "draft.toml"
    file.write_text(head + rows)
    number = int(line.removeprefix("line ")) + 3
    said = say(command, "--edition", str(file))
    assert said.code == 2
    assert f"(line {number}, draft.toml" in one_line(said)
    assert way_out in said.err


# --- rules and schemas ------------------------------------------------------------------------


def test_matrix_has_every_rule() -> None:
    cards = say("rules", "--json").json
    assert [card["id"] for card in cards] == list(
        {name: 0 for edition in published() for name in load(edition).rules}
    )
    assert {card["id"]: card["basis"] for card in cards}["NET-2"] == "implied"
    code = {card["id"]: card["code"] for card in cards}
    assert code["NET-10"] == ["network"]
    assert {card["id"]: card.get("tolerance") for card in cards}["PLA-4"] == "100 Wh"
    assert "play" in code["NET-7"]
    assert "play" not in code["NET-6"], "only a docstring names it there"
    lines = say("rules", COLUMNS="200").out.splitlines()
    assert [line.split()[:5] for line in lines if line.split()[:1] == ["NET-10"]] == [
        ["NET-10", "shall", "implied", "2019,", "2025"]
    ]


def test_matrix_knows_the_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vectors" / "v1").mkdir(parents=True)
    tests = [
        {"id": "routing/0", "rules": ["NET-4", "NET-1"]},
        {"id": "routing/1", "rules": ["NET-4"], "why": "unlike NET-5"},
    ]
    (tmp_path / "vectors" / "v1" / "routing.json").write_text(
        json.dumps({"tests": tests}), "utf-8"
    )
    monkeypatch.setattr("refimpl.cli.rules.suite_folder", lambda: tmp_path / "vectors")
    cards = {card["id"]: card for card in say("rules", "--json").json}
    assert cards["NET-4"]["vectors"] == {"routing": 2}
    assert cards["NET-1"]["vectors"] == {"routing": 1}
    assert cards["NET-5"]["vectors"] == {}
    assert cards["EDN-1"]["vectors"] == "tests instead"
    lines = say("rules", COLUMNS="200").out.splitlines()
    assert [line.split()[-4:-2] for line in lines if "NET-4 " in line] == [["routing", "2"]]
    whole = say("rules", "NET-4", "--json").json[0]
    assert whole["vector_ids"] == ["routing/0", "routing/1"]


def test_one_rule_whole() -> None:
    said = say("rules", "NET-4", "--edition", "2019")
    rule = load("2019").rules["NET-4"]
    assert rule.says in said.out
    assert rule.source in said.out
    assert "2025" not in said.out
    card = say("rules", "NET-4", "--edition", "2019", "--json").json[0]
    assert card["tests"] == len(card["test_places"])
    assert [place.partition(" ")[2] for place in card["code_places"]] == ["in _hop_between"]
    assert card["code_places"][0] in said.out


def test_orphans() -> None:
    found = say("rules", "--orphans", "--json").json
    assert found["rules that no code cites"] == []
    assert "EDN-1" in found["rules held by tests instead of vectors"]
    lines = say("rules", "--orphans", COLUMNS="200").out.splitlines()
    counted = [line.split()[5] for line in lines if line.startswith("rules that no code cites")]
    assert counted == ["0"]


def test_schemas_accept_what_is_written() -> None:
    example = say("example").json
    network = Draft202012Validator(say("schema", "network").json)
    network.check_schema(network.schema)
    network.validate(example)
    assert not network.is_valid({**example, "more": 1})
    messages = Draft202012Validator(say("schema", "messages").json)
    messages.check_schema(messages.schema)
    protected = Draft202012Validator(say("schema", "protected").json)
    protected.check_schema(protected.schema)
    inside = {"countersignatures": [], "kind": "receipt", "text": "e30.e30.e30"}
    told = [
        frame["message"]
        for name in JOURNEYS
        for frame in say("play", name, "--json").json["transmissions"]
    ]
    assert told
    for message in told:
        messages.validate(message)
        assert not messages.is_valid({**message, "more": 1})
        assert not messages.is_valid({**message, "sent_at": "yesterday"})
        protected.validate({**message, "message": inside})
        assert not protected.is_valid(
            {**message, "message": {**inside, "text": "not base64url!"}}
        )
        assert not protected.is_valid(message)


# --- how a process ends -----------------------------------------------------------------------


def test_fault_of_ours_is_70(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("line one\nline \x1b two")

    monkeypatch.setattr("refimpl.cli.editions.compare", fail)
    said = say("diff", "2019", "2025")
    assert said.code == 70
    assert "RuntimeError: line one\\nline \\x1b two" in one_line(said)


def test_rule_without_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object) -> None:
        raise Violation("XXX-1", "nowhere")

    monkeypatch.setattr("refimpl.cli.editions.compare", fail)
    assert one_line(say("diff", "2019", "2025")) == (
        "iec63119: XXX-1 (nowhere); see iec63119 diff --help\n"
    )


@pytest.mark.parametrize(
    ("missing", "args", "extra"),
    [("nbformat", ["explore"], "explorer")],
)
def test_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, args: list[str], extra: str
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, missing, None)
    said = say(*args)
    assert said.code == 2
    assert f"iec63119-refimpl[{extra}" in said.err.splitlines()[-1]


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals as POSIX has them")
class TestPosix:
    def test_reader_that_goes_away_is_141(self) -> None:
        for args in (["--version"], ["rules", "--json"], ["diff", "2019", "2025"]):
            with subprocess.Popen(
                [*COMMAND, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process:
                assert process.stdout
                assert process.stderr
                process.stdout.close()
                assert process.stderr.read() == b""
                assert process.wait(60) == 141

    @pytest.mark.skipif(
        not Path("/dev/full").exists(), reason="only Linux has a device that is always full"
    )
    @pytest.mark.parametrize("command", ["--version", "schema"])
    def test_a_full_disk_is_one_line(self, command: str) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*COMMAND, command],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
                timeout=60,
            )
        assert done.returncode == 2
        assert done.stderr.decode().startswith("iec63119: No space left")
        assert done.stderr.count(b"\n") == 1

    def test_ctrl_c_is_130(self) -> None:
        with subprocess.Popen(
            [*COMMAND, "route", "-", *WAY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            waiting = psutil.Process(process.pid)
            while waiting.status() != psutil.STATUS_SLEEPING or waiting.cpu_times().user < 0.1:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"")

    def test_a_closed_stdin_is_one_line(self) -> None:
        shell = f"exec {shlex.join(COMMAND)} route - {shlex.join(WAY)} <&-"
        done = subprocess.run(
            ["/bin/sh", "-c", shell], capture_output=True, check=False, timeout=60
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert said.code == 2
        assert " NET-9: " in one_line(said)


def test_terminal_without_the_signs() -> None:
    said = call("rules", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert said.code == 0
    assert "NET-4" in said.out


# --- the explorer -----------------------------------------------------------------------------

NOTEBOOK = """{
"cells": [{"cell_type": "code", "execution_count": 1, "id": "one", "metadata": {},
"source": ["1"], "outputs": [{"output_type": "display_data", "metadata": {},
"data": {"text/html": ["<b>%s</b>"]}}]}],
"metadata": {"kernelspec":
{"display_name": "Python 3", "language": "python", "name": "python3"}},
"nbformat": 4, "nbformat_minor": 5}"""


@pytest.fixture(scope="module")
def explorer(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The explorer, started for real on two notebooks, the project's and another, and the
    address it prints.
    """
    pytest.importorskip("jupyterlab")
    home = tmp_path_factory.mktemp("explorer")
    (home / "notebooks").mkdir()
    for name in (FIRST_NOTEBOOK, "01-damaged.ipynb", "mine.ipynb"):
        (home / "notebooks" / name).write_text(
            "{" if "damaged" in name else NOTEBOOK % name, "utf-8"
        )
    elsewhere = (
        "from pathlib import Path; from refimpl.cli import main, notebooks;"
        "notebooks.notebooks_folder = lambda: Path('notebooks').resolve(); main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", elsewhere, "explore", "--no-browser"],
        cwd=home,
        env={
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "JUPYTER_PLATFORM_DIRS": "0",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.kill()


def status(address: str) -> int:
    """How the server answers at an address, redirections not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(address, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.skipif(os.name != "posix", reason="it ends on SIGINT")
class TestExplorer:
    def test_address_needs_its_token(self, explorer: tuple[Any, str]) -> None:
        address = explorer[1]
        base, _, token = address.partition("?token=")
        assert base.startswith("http://127.0.0.1:")
        assert base.endswith("/lab/tree/00-start-here.ipynb")
        assert len(token) >= 32
        assert status(address) == 200
        assert status(base) == 302
        root = base.partition("/lab")[0]
        assert status(f"{root}/api/contents") == 403
        assert status(f"{root}/api/contents?token={'0' * len(token)}") == 403

    def test_listens_here_alone(self, explorer: tuple[Any, str]) -> None:
        found = [
            one
            for one in psutil.Process(explorer[0].pid).net_connections()
            if one.status == psutil.CONN_LISTEN
        ]
        assert {one.laddr.ip for one in found} == {"127.0.0.1"}

    def test_asks_for_no_news(self, explorer: tuple[Any, str]) -> None:
        page = fetch(explorer[1])
        config = json.loads(
            page.partition('<script id="jupyter-config-data" type="application/json">')[
                2
            ].partition("</")[0]
        )
        assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
        assert config["extensionManager"]["can_install"] is False

    def test_only_ours_are_trusted(self, explorer: tuple[Any, str]) -> None:
        root, _, token = explorer[1].partition("/lab/tree/00-start-here.ipynb?token=")
        for name, trusted in ((FIRST_NOTEBOOK, True), ("mine.ipynb", False)):
            (cell,) = json.loads(fetch(f"{root}/api/contents/{name}?token={token}"))["content"][
                "cells"
            ]
            assert cell["metadata"]["trusted"] is trusted
        home = Path(psutil.Process(explorer[0].pid).cwd())
        assert not list(home.rglob("nbsignatures.db")), "trust is kept for later"

    def test_ctrl_c_ends_it_cleanly(self, explorer: tuple[Any, str]) -> None:
        process = explorer[0]
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err
        _, alive = psutil.wait_procs(children, timeout=60)
        assert not alive


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook in a folder where there is nothing else, and a data folder not yet there."""
    place = "refimpl.cli.notebooks"
    monkeypatch.setattr(f"{place}.notebooks_folder", lambda: tmp_path / "notebooks")
    monkeypatch.setattr(f"{place}.data_folder", lambda: tmp_path / "data")
    file = tmp_path / "notebooks" / FIRST_NOTEBOOK
    file.parent.mkdir()
    file.write_text(NOTEBOOK, "utf-8")
    return file


def test_taken_port(notebook: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = say("explore", "--no-browser", "--port", port)
    assert said.code == 1
    assert port in one_line(said)
    assert "--port" in said.err


def test_notebooks_are_run_and_checked(notebook: Path) -> None:
    pytest.importorskip("nbclient")
    said = say("notebooks", "--check")
    assert said.code == 1
    assert said.out.startswith(f"differs: {FIRST_NOTEBOOK}")
    said = say("notebooks")
    assert (said.code, said.out) == (0, f"changed: {FIRST_NOTEBOOK}\n")
    said = say("notebooks", "--check")
    assert (said.code, said.out) == (0, "")
    notebook.write_text(NOTEBOOK.replace('["1"]', '["1/0"]'), "utf-8")
    said = say("notebooks")
    assert said.code == 1
    assert "ZeroDivisionError" in said.err


def test_one_that_runs_already(
    notebook: Path, opened: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of others that run, the one of the same copy is named, with its address."""
    servers = [
        {"root_dir": str(folder), "url": f"http://127.0.0.1:{port}/", "token": "t"}
        for port, folder in ((1, tmp_path), (2, tmp_path / "data" / "notebooks"))
    ]
    place = "jupyter_server.serverapp.list_running_servers"
    monkeypatch.setattr(place, lambda: iter(servers))
    said = say("explore", "--no-browser").err
    assert "runs already: http://127.0.0.1:2/lab?token=t\n" in said
    assert "127.0.0.1:1/" not in said


def test_ctrl_c_ends_kernels_first(
    notebook: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It stops the server, which ends its kernels, and does not leave them behind."""
    server = MagicMock(port=1)
    server.start.side_effect = lambda: signal.raise_signal(signal.SIGINT)
    monkeypatch.setattr("jupyterlab.labapp.LabApp.initialize_server", lambda _: server)
    before = signal.getsignal(signal.SIGINT)
    try:
        assert say("explore", "--no-browser").code == 0
    finally:
        signal.signal(signal.SIGINT, before)
    server.stop.assert_called_once_with(from_signal=True)


@pytest.fixture
def opened(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that JupyterLab was to open; it is not started."""
    folders: list[Path] = []

    class Started(Exception):
        pass

    def note(folder: Path, *_: object) -> None:
        folders.append(folder)
        raise Started

    pytest.importorskip("jupyterlab")
    monkeypatch.setattr("refimpl.cli.notebooks._settings", note)
    return folders


def test_changes_are_kept(notebook: Path, opened: list[Path], tmp_path: Path) -> None:
    """A changed notebook stays, is kept beside after an upgrade, and aside with --fresh."""
    say("explore", "--no-browser")
    copy = tmp_path / "data" / "notebooks" / FIRST_NOTEBOOK
    copy.write_text(NOTEBOOK.replace('["1"]', '["2"]'), "utf-8")
    said = say("explore", "--no-browser")
    assert "kept beside" not in said.err
    assert '["2"]' in copy.read_text("utf-8")
    notebook.write_text(NOTEBOOK.replace('["1"]', '["3"]'), "utf-8")
    said = say("explore", "--no-browser")
    (kept,) = copy.parent.glob("*-yours-until-*.ipynb")
    assert f"{FIRST_NOTEBOOK} as {kept.name}\n" in said.err
    assert ('["2"]' in kept.read_text("utf-8"), '["3"]' in copy.read_text("utf-8")) == (1, 1)
    said = say("explore", "--no-browser", "--fresh")
    (aside,) = (tmp_path / "data").glob("notebooks-until-*")
    assert f"{aside}\n" in said.err
    assert (aside / kept.name).is_file()
    assert [path.name for path in copy.parent.iterdir()] == [FIRST_NOTEBOOK]
    assert opened == [copy.parent] * 4


def test_in_place(notebook: Path, opened: list[Path], tmp_path: Path) -> None:
    """Authors open what the checkout has; an installed package has nothing to open in place."""
    say("explore", "--no-browser", "--in-place")
    assert opened == [notebook.parent]
    assert not (tmp_path / "data").exists()


def test_in_place_needs_a_checkout(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jupyterlab")
    monkeypatch.setattr("refimpl.cli.notebooks.INSTALLED", notebook.parent)
    said = say("explore", "--no-browser", "--in-place")
    assert (said.code, said.err.count("leave out --in-place")) == (1, 1)


def test_fresh_is_not_in_place() -> None:
    said = say("explore", "--fresh", "--in-place")
    assert said.code == 2
    assert "leave out one" in one_line(said)


@pytest.mark.parametrize("command", [["explore", "--no-browser"], ["notebooks"]])
def test_missing_notebooks(notebook: Path, command: list[str]) -> None:
    notebook.unlink()
    said = say(*command)
    assert said.code == 1
    assert "clone" in one_line(said)


# Starting fast.


def test_sentences_are_those_of_the_edition() -> None:
    """Read without the edition, each rule asks what the latest edition says it asks."""
    edition = load(published()[-1])
    assert {name: sentence(name) for name in edition.rules} == {
        name: edition.sentence(name) for name in edition.rules
    }


@pytest.mark.parametrize("text", ["NL-TNM-C00122045-K", "DE-8AA-C12345678-X"])
def test_a_check_loads_nothing_slow(text: str) -> None:
    script = (
        f"import sys; from refimpl import cli; cli.run(['id', 'check', {text!r}]);"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = {*run.stdout.decode().splitlines()[-1].split()}
    slow = {"typer", "rich", "pydantic", "networkx", "cryptography", "json", "refimpl.edition"}
    assert "refimpl.cli.verdict" in loaded
    assert not loaded & slow


INTERRUPTED: str = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from refimpl.cli import main
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize("name", ["refimpl.cli.ending", "typer", "pydantic", "refimpl.session"])
def test_ctrl_c_while_loading(name: str) -> None:
    """Whatever is just being loaded, nothing is said and the shell hears 130."""
    script = INTERRUPTED.format(name=name)
    done = subprocess.run(
        [sys.executable, "-c", script, "play", "charge"], capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
