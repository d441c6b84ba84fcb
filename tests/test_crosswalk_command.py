"""`iec63119 crosswalk`: one object, several together, and very many, for people and programs."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from refimpl.cli import crosswalk as command
from refimpl.crosswalk import protocol_of, take
from refimpl.crosswalk.examples import examples
from refimpl.crosswalk.rules import RULES
from refimpl.crosswalk.streams import Taken, take_lines
from tests.command import one_line, say

pytestmark = pytest.mark.slow

CDR: dict[str, Any] = json.loads(examples()["ocpi-2.2.1/cdr"])
OCPI = ("crosswalk", "--from", "ocpi-2.2.1")
NEEDED = ["/Identification/RFIDIdentification/RFID", "/SessionID"]


def written(folder: Path, *objects: dict[str, Any]) -> list[str]:
    """Each object in a file of its own."""
    files = []
    for number, value in enumerate(objects):
        file = folder / f"{number}.json"
        file.write_text(json.dumps(value), "utf-8")
        files.append(str(file))
    return files


def line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


# --- One object -------------------------------------------------------------------------------


def test_an_object_and_its_leaves(tmp_path: Path) -> None:
    said = say(*OCPI, *written(tmp_path, CDR))
    assert said.code == 0
    assert said.err == ""
    assert "lossy" in said.out
    assert "/total_cost/excl_vat" in said.out
    assert "AB7-2026-000815" in said.out.partition("\nours; what it")[2]


def test_json_has_the_whole_report(tmp_path: Path) -> None:
    report = say(*OCPI, *written(tmp_path, CDR), "--json").json
    assert report["class"] == "lossy"
    assert report["ours"]["energy_wh"] == 14_750
    assert report["leaves"]["total"] == len(report["entries"])


def test_from_stdin() -> None:
    said = say(*OCPI, "-", "--json", stdin=line(CDR))
    assert said.json["kind"] == "cdr"


def test_refused_object(tmp_path: Path) -> None:
    """It ends with 1, and the line names rule and place."""
    said = say(*OCPI, *written(tmp_path, CDR | {"total_energy": 14750}))
    assert said.code == 1
    refused = said.out.partition("refused: ")[2]
    assert refused.startswith("XWK-5: The energy of the periods adds up")
    assert "/total_energy" in refused


def test_what_is_assumed_is_named(tmp_path: Path) -> None:
    whole = [{"start_date_time": CDR["start_date_time"], "dimensions": []}]
    files = written(tmp_path, CDR | {"charging_periods": whole})
    assert say(*OCPI, *files, "--json").code == 1
    report = say(*OCPI, *files, "--assume", "periods=whole", "--json").json
    assert report["assumed"] == ["periods=whole"]
    assert len(report["ours"]["periods"]) == 1


# --- On to another protocol -------------------------------------------------------------------


def test_what_another_still_needs(tmp_path: Path) -> None:
    """Its session's id, for the record's is no GUID, and the sort of card; a context supplies
    both.
    """
    files = written(tmp_path, CDR)
    said = say(*OCPI, *files, "--to", "oicp-2.3", "--json")
    assert said.code == 1
    assert said.json["to"]["needs"] == NEEDED
    context = tmp_path / "context"
    supplied = {
        "SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527",
        "Identification": {"RFIDIdentification": {"RFID": "mifareDes"}},
    }
    context.write_text(json.dumps(supplied), "utf-8")
    said = say(*OCPI, *files, "--to", "oicp-2.3", "--context", str(context), "--json")
    assert said.code == 0
    assert said.json["to"]["object"]["EvseID"] == "DEAB7E8406487"
    assert said.json["to"]["object"]["ConsumedEnergy"] == 14.75


def test_needs_for_people(tmp_path: Path) -> None:
    said = say(*OCPI, *written(tmp_path, CDR), "--to", "oicp-2.3")
    assert "OICP 2.3 still needs" in said.out
    assert "--context FILE" in said.out


@pytest.mark.parametrize(
    ("context", "conflicts", "faults"),
    [
        ({}, [], []),
        ({"ConsumedEnergy": 14.750}, [], []),
        ({"ConsumedEnergy": 99}, ["/ConsumedEnergy"], []),
        ({"EvseID": {"a": 1}}, ["/EvseID/a"], []),
        ({"EvseID": [[]]}, ["/EvseID/0"], []),
        ({"Foo": 1}, [], ["/Foo"]),
        ({"SessionID": 5}, [], ["/SessionID"]),
        ({"PartnerProductID": []}, [], ["/PartnerProductID"]),
        ({"CPOPartnerSessionID": 1}, [], ["/CPOPartnerSessionID"]),
    ],
)
def test_a_context_is_held_to_it(
    tmp_path: Path, context: dict[str, Any], conflicts: list[str], faults: list[str]
) -> None:
    """What contradicts the record, or is not as the other protocol has it, is told."""
    supplied = {
        "SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527",
        "Identification": {"RFIDIdentification": {"RFID": "mifareDes"}},
    }
    file = tmp_path / "context"
    file.write_text(json.dumps(supplied | context), "utf-8")
    files = written(tmp_path, CDR)
    said = say(*OCPI, *files, "--to", "oicp-2.3", "--context", str(file), "--json")
    there = said.json["to"]
    assert there["conflicts"] == conflicts
    assert sorted({one["at"] for one in there["faults"]}) == faults
    assert there["needs"] == []
    assert said.code == (1 if conflicts or faults else 0)


@pytest.mark.parametrize("context", [{"charging_periods": []}, {"cdr_location": "x"}])
def test_a_context_of_another_form(tmp_path: Path, context: dict[str, Any]) -> None:
    file = tmp_path / "context"
    file.write_text(json.dumps(context), "utf-8")
    files = written(tmp_path, CDR)
    for end in ("ocpi-2.2.1", "ocpi-2.3.0"):
        said = say(*OCPI, *files, "--to", end, "--context", str(file), "--json")
        assert said.code == 1
        assert said.json["to"]["conflicts"] == [f"/{name}" for name in context]
    assert (
        "the context contradicts the record"
        in say(*OCPI, *files, "--to", "ocpi-2.2.1", "--context", str(file)).out
    )


def test_an_unused_assumption(tmp_path: Path) -> None:
    said = say(*OCPI, *written(tmp_path, CDR), "--assume", "emaid=DE8AAC00004711C")
    assert said.code == 0
    assert said.err == "--assume emaid=DE8AAC00004711C: not made use of\n"


def test_a_stop_stays_a_stop(tmp_path: Path) -> None:
    """And what stands in neither is named, by its place in theirs."""
    stop = {"response_url": "https://example.org/1", "session_id": "S1"}
    supplied = ("--assume", "emaid=DE8AAC00004711C", "--assume", "evse-id=DEAB7E8406487")
    files = written(tmp_path, stop)
    said = say(*OCPI, *supplied, "--to", "oicp-2.3", *files, "--json")
    assert said.json["to"]["needs"] == ["/ProviderID", "/SessionID"]
    assert said.json["to"]["without_place"] == ["/response_url", "/session_id"]
    said = say(*OCPI, *supplied, "--to", "ocpi-2.2.1", *files, "--json")
    assert said.code == 0
    assert said.json["to"]["object"] == stop
    assert said.json["to"]["without_place"] == []


# --- Several together -------------------------------------------------------------------------

CREDIT = CDR | {
    "id": "AB7-2026-000815-C",
    "credit": True,
    "credit_reference_id": CDR["id"],
    "total_cost": {"excl_vat": -6.20, "incl_vat": -7.38},
}
NEW = CDR | {"id": "AB7-2026-000816", "total_cost": {"excl_vat": 5.00, "incl_vat": 5.95}}
OTHER = CDR | {"id": "AB7-2026-000901", "session_id": "8a0b11"}
"""A record of another session."""


def test_a_correction_of_three(tmp_path: Path) -> None:
    """In any order, the new record replaces the original."""
    said = say(*OCPI, *written(tmp_path, CREDIT, NEW, CDR), "--json")
    assert said.code == 0
    credit, new, original = said.json
    assert new["ours"]["replaces"] == original["ours"]["record_id"] == CDR["id"]
    assert credit["ours"] is None


def test_a_correction_by_its_kind(tmp_path: Path) -> None:
    said = say(*OCPI, *written(tmp_path, CREDIT, NEW, CDR), "--kind", "cdr", "--json")
    assert said.code == 0
    assert said.json[1]["ours"]["replaces"] == CDR["id"]


def test_a_credit_alone(tmp_path: Path) -> None:
    said = say(*OCPI, *written(tmp_path, CREDIT), "--json")
    assert said.code == 1
    assert said.json["refused"]["rule"] == "XWK-3"


def test_what_was_taken_back(tmp_path: Path) -> None:
    """It is not given on beside the record in its place, nor is the credit, nor a withdrawal."""
    files = written(tmp_path, CREDIT, NEW, CDR)
    said = say(*OCPI, *files, "--to", "ocpi-2.2.1", "--json")
    assert said.code == 1
    credit, new, original = (one["to"] for one in said.json)
    assert credit["refused"]["rule"] == original["refused"]["rule"] == "XWK-3"
    assert new["object"] == NEW
    withdraw = ("--assume", "reason=wrong", "--to", "oicp-2.3")
    said = say(*OCPI, files[0], files[2], *withdraw, "--json")
    assert said.code == 1
    assert [one["to"]["refused"]["rule"] for one in said.json] == ["XWK-10", "XWK-3"]
    said = say(*OCPI, files[0], files[2], *withdraw)
    assert "not on to OICP 2.3: XWK-3" in said.out


# --- Very many --------------------------------------------------------------------------------


def test_a_bad_line_is_numbered() -> None:
    """The rest goes on, and the end says so."""
    stdin = line(CDR) + b"{\n\n" + line(CREDIT) + line(OTHER)
    said = say(*OCPI, "--lines", "-", "--json", stdin=stdin)
    assert said.code == 1
    *lines, last = map(json.loads, said.out.splitlines())
    assert [one["line"] for one in lines] == [1, 2, 4, 5]
    rules = [one["report"].get("refused", {}).get("rule") for one in lines]
    assert rules == [None, "XWK-1", "XWK-3", None]
    assert last["totals"]["objects"] == {"exact": 0, "lossy": 2, "refused": 2}


TORN: list[tuple[bytes, str]] = [
    (b'{"id": "1", ', "column 12: the line ends within its object; "),
    (b'{"id": "to', "column 8: the line ends within its object; "),
    (b'{"id": }', "column 8: Expecting value; "),
    (b'{"id": "1"} {"id": "2"}', "column 13: Extra data; "),
    (b"[", "column 2: the line ends within its object; "),
    (b"\xff", "byte 1 is not UTF-8; the other lines go on without it"),
    (b'{"id": 1, "id": 2}', "member 'id' stands twice; the other lines go on without it"),
]
WAY_OUT = "an object takes one line here, and one over several lines a file of its own"


@pytest.mark.parametrize(("torn", "says"), TORN)
def test_torn_lines(torn: bytes, says: str) -> None:
    """The refusal has the line in the stream, the column in the line, and what to do."""
    stdin = line(CDR) + torn + b"\n" + line(OTHER)
    said = say(*OCPI, "--lines", "-", "--json", stdin=stdin)
    first, bad, last, _ = map(json.loads, said.out.splitlines())
    assert (first["line"], bad["line"], last["line"]) == (1, 2, 3)
    assert bad["report"]["refused"]["rule"] == "XWK-1"
    told = bad["report"]["refused"]["says"]
    assert told == (says + WAY_OUT if says.endswith("; ") else says)
    shown = say(*OCPI, "--lines", "-", stdin=stdin, COLUMNS="200").out
    assert f"stdin line 2  XWK-1 at /: {told}" in shown


def test_a_second_record_of_a_session(tmp_path: Path) -> None:
    """In a stream the first goes on alone, whatever stands between; the second is told where
    the first was, and what to do.
    """
    first, second = tmp_path / "monday.jsonl", tmp_path / "tuesday.jsonl"
    first.write_bytes(line(OTHER) + line(CDR))
    second.write_bytes(line(NEW | {"session_id": "7F3C2A"}) + line(CREDIT) + line(OTHER))
    said = say(*OCPI, str(first), str(second), "--json")
    assert said.code == 1
    *lines, last = map(json.loads, said.out.splitlines())
    rules = [one["report"].get("refused", {}).get("rule") for one in lines]
    assert rules == [None, None, "XWK-13", "XWK-3", "XWK-13"]
    refused = lines[2]["report"]["refused"]
    assert refused["at"] == "/session_id"
    assert refused["says"].startswith(f"{first} line 2 has a record of the same session; ")
    assert lines[2]["report"].keys().isdisjoint({"ours", "extension"})
    assert last["totals"]["refused"] == {"XWK-13": 2, "XWK-3": 1}
    assert "XWK-13: a second record of a session was not carried; name the original" in said.err


def test_a_record_after_a_refused_credit() -> None:
    """What comes after a credit of another day is not carried on alone either."""
    said = say(*OCPI, "--lines", "-", "--json", stdin=line(CREDIT) + line(NEW))
    first, second, _ = map(json.loads, said.out.splitlines())
    assert first["report"]["refused"]["rule"] == "XWK-3"
    assert second["report"]["refused"]["rule"] == "XWK-13"


def test_a_record_in_the_place_of_a_refused_one() -> None:
    """Of a session whose first record was refused, a later one goes on."""
    spoilt = CDR | {"total_energy": 14750}
    said = say(*OCPI, "--lines", "-", "--json", stdin=line(spoilt) + line(NEW) + line(CDR))
    rules = [
        json.loads(one)["report"].get("refused", {}).get("rule")
        for one in said.out.splitlines()[:-1]
    ]
    assert rules == ["XWK-5", None, "XWK-13"]


def test_sessions_of_others() -> None:
    """Another party's session of that name is another one, and one without a name is none."""
    elsewhere = CDR | {"party_id": "XYZ"}
    nameless = {name: value for name, value in CDR.items() if name != "session_id"}
    stdin = line(CDR) + line(elsewhere) + line(nameless) + line(nameless)
    said = say(*OCPI, "--lines", "-", "--json", stdin=stdin)
    assert said.code == 0


def test_a_session_of_oicp() -> None:
    record = json.loads(examples()["oicp-2.3/cdr"])
    oicp = ("crosswalk", "--from", "oicp-2.3", "--lines", "-", "--json")
    said = say(*oicp, stdin=line(record) + line(record))
    second = json.loads(said.out.splitlines()[1])["report"]
    assert (second["refused"]["rule"], second["refused"]["at"]) == ("XWK-13", "/SessionID")


@pytest.mark.parametrize(
    ("example", "kind"),
    [
        ("remote-start", "remote-start"),
        ("remote-stop", "remote-stop"),
        ("authorize-start", "authorization"),
        ("authorization-start-no", "authorization-answer"),
    ],
)
def test_lines_of_a_kind(example: str, kind: str) -> None:
    """Objects that fit two kinds are refused with both flags, and carried with one of them."""
    stdin = line(json.loads(examples()[f"oicp-2.3/{example}"])) * 2
    lines = ("crosswalk", "--from", "oicp-2.3", "--lines", "-", "--json")
    supplied = ("--assume", "emaid=DE8AAC00004711C") if kind == "remote-stop" else ()
    refused = json.loads(say(*lines, *supplied, stdin=stdin).out.splitlines()[0])["report"]
    assert refused["refused"]["rule"] == "XWK-10"
    assert f"--kind {kind}" in refused["refused"]["says"]
    said = say(*lines, *supplied, "--kind", kind, stdin=stdin)
    assert said.code == 0
    reports = [json.loads(one)["report"] for one in said.out.splitlines()[:-1]]
    assert [report["kind"] for report in reports] == [kind, kind]


def test_lines_for_people(tmp_path: Path) -> None:
    file = tmp_path / "cdrs.jsonl"
    file.write_bytes(line(CDR) + b"no\n" + b" " * 1_100_000 + b"\n" + line(OTHER))
    said = say(*OCPI, str(file), COLUMNS="200")
    assert said.code == 1
    assert f"{file} line 2" in said.out
    assert "1048576 bytes" in said.out
    assert "4 objects of OCPI 2.2.1" in said.out


def test_lines_on_to_another(tmp_path: Path) -> None:
    said = say(*OCPI, "--lines", "-", "--to", "oicp-2.3", "--json", stdin=line(CDR))
    assert said.code == 1
    first, last = map(json.loads, said.out.splitlines())
    assert first["report"]["to"]["needs"] == NEEDED
    assert last["totals"]["needing"] == 1


def test_files_by_their_own_ending(tmp_path: Path) -> None:
    """In any order, one is an object over several lines, and the other one each line."""
    file = tmp_path / "cdrs.jsonl"
    file.write_bytes(line(CDR) + line(OTHER))
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps(OTHER | {"session_id": "3"}, indent=1), "utf-8")
    for files in ([file, whole], [whole, file]):
        said = say(*OCPI, *map(str, files), "--json")
        assert said.code == 0
        assert json.loads(said.out.splitlines()[-1])["totals"]["objects"]["lossy"] == 3


def test_the_same_for_every_line(tmp_path: Path) -> None:
    """A context that names one object is told of once."""
    context = tmp_path / "context"
    context.write_text('{"SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527"}', "utf-8")
    way = ("--lines", "-", "--to", "oicp-2.3", "--context", str(context), "--json")
    said = say(*OCPI, *way, stdin=line(CDR) + line(OTHER))
    assert said.err == "the context gave every object the same /SessionID\n"


def test_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The totals until then are there, and a line says that they are not of all."""

    def torn(*_: object) -> Iterator[Taken]:
        yield Taken(1, 1, take("ocpi-2.2.1", line(CDR)))
        raise KeyboardInterrupt

    file = tmp_path / "cdrs.jsonl"
    file.write_bytes(line(CDR))
    monkeypatch.setattr(command, "take_lines", torn)
    with pytest.raises(KeyboardInterrupt):
        command.carry_over([str(file)], "ocpi-2.2.1")
    said = capsys.readouterr()
    assert "1 objects" in said.out
    assert "the totals are of what was read until then" in said.err


def test_a_credit_among_lines() -> None:
    """What it takes back was carried, and that is told."""
    said = say(*OCPI, "--lines", "-", stdin=line(CDR) + line(CREDIT))
    assert said.code == 1
    assert said.err.startswith("XWK-3: what a refused credit record takes back was carried")


def test_its_rules() -> None:
    """`iec63119 rules` has those of the crosswalk too, one by one or as a group."""
    said = say("rules", "xwk-5")
    assert said.code == 0
    assert RULES["XWK-5"].says in said.out
    told = say("rules", "XWK", "--json").json
    assert [one["id"] for one in told] == [*RULES]
    assert {one["basis"] for one in told} == {"chosen"}
    wrong = say("rules", "XWK-99")
    assert wrong.code == 2
    assert "XWK-13" in one_line(wrong)


# --- What is asked wrongly --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "ocpi-2.2", "x.json"], "did you mean ocpi-2.2.1"),
        (["--from", "emip-0.7.4", "x.json"], "there is no protocol 'emip-0.7.4'"),
        (["--from", "oicp-2.3", "--kind", "crd", "x.json"], "did you mean cdr"),
        (["--from", "oicp-2.3", "x.json"], "No such file or directory (x.json)"),
        (["--from", "oicp-2.3", "--context", "y.json", "x.json"], "add --to"),
        (["--from", "ocpi-2.2.1", "--assume", "period=whole", "x.json"], "periods=whole"),
        (["--from", "ocpi-2.2.1", "--assume", "periods=half", "x.json"], "periods=whole"),
        (["--from", "ocpi-2.2.1", "--assume", "evse-hyphens=1", "x.json"], "evse-hyphens,"),
        (["--from", "ocpi-2.2.1", "--assume", "ground=answer", "x.json"], "emaid=VALUE"),
        (["--from", "oicp-2.3", "--assume", "until=", "x.json"], "until=VALUE"),
        (["--from", "oicp-2.3", "--assume", "until=1", "--assume", "until=2", "x"], "once"),
    ],
)
def test_errors_tell_the_way_out(arguments: list[str], told: str) -> None:
    said = say("crosswalk", *arguments)
    assert said.code == 2
    assert told in one_line(said)


def test_no_json(tmp_path: Path) -> None:
    file = tmp_path / "torn.json"
    file.write_text('{"id": "1", "id": "2"}', "utf-8")
    said = say(*OCPI, str(file))
    assert said.code == 1
    assert "XWK-1: An object is JSON with no member twice" in one_line(said)


@pytest.mark.parametrize(("blanks", "rule"), [(0, "XWK-10"), (1, "XWK-1")])
def test_longest_line(blanks: int, rule: str) -> None:
    """A line of a mebibyte is read, its end not counted, and one that is longer is not."""
    line = b" " * (2**20 - 2 + blanks) + b"{}\n"
    [longest, next_one] = take_lines(protocol_of("ocpi-2.2.1"), BytesIO(line + b"{}\n"))
    assert (longest.number, longest.report.rule) == (1, rule)
    assert (next_one.number, next_one.report.rule) == (2, "XWK-10")
