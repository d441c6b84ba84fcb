"""`iec63119 states`: counts, the way to what breaks, and what was found until an interruption."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from refimpl.play.states import Search
from refimpl.play.trials import Trial
from tests.amending import draft_text
from tests.command import call, one_line, say


def test_holds() -> None:
    said = say("states", "--lose", "1", "--json")
    assert said.code == 0
    told = said.json
    assert (told["states"], told["complete"], told["broken"]) == (137, True, None)
    assert told["bounds"]["lose"] == 1
    assert told["peak_megabytes"] > 10
    assert told["seconds"] >= 0
    assert told["processor_seconds"] >= 0
    assert told["steps"] == []


def test_for_a_person() -> None:
    said = call("states", "charging", "--services", "2", "--mode", "direct")
    assert said.code == 0
    assert "states of 2 x charging, direct, edition 2025: " in said.out
    for words in ("ground", "under-way", "disclosure", "yes", " MB"):
        assert words in said.out
    assert said.err == ""


def test_breaks() -> None:
    asked = ("states", "unruly", "--mode", "direct", "--off", "SES-13")
    said = say(*asked)
    assert said.code == 1
    assert "ground does not hold after 4 actions" in said.out
    told = say(*asked, "--json").json
    assert told["off"] == ["SES-13"]
    assert (
        told["token"] == "w2~2025*SES-13~direct~forward~unruly~1~valid~s1.1_d1_d2_s1.2~b660dfdc"
    )
    assert [step["action"] for step in told["steps"]] == [
        "say 1.1",
        "deliver 1",
        "deliver 2",
        "say 1.2",
    ]
    assert "started by order" in told["steps"][-1]["says"]


def test_an_amendment_that_breaks_a_property(tmp_path: Path) -> None:
    file = tmp_path / "draft.toml"
    file.write_text(draft_text('[[rule]]\nid = "SES-13"\noff = true\nchange = "t"\n'))
    said = say("states", "unruly", "--mode", "direct", "--edition", str(file), "--json")
    assert said.code == 1
    told = said.json
    assert (told["edition"], told["off"], told["broken"]) == ("draft", ["SES-13"], "ground")


def test_blocked() -> None:
    asked = ("states", "ordering", "--mode", "direct", "--blocked", "--json")
    assert say(*asked).json["states"] == 1
    assert say(*asked, "--off", "AUT-1").code == 1


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("dancing",), "there is no story 'dancing'"),
        (("booking", "--edition", "2019"), "SES-10: The service"),
        (("chargin",), "did you mean charging"),
        (("--mode", "federate"), "did you mean federated?"),
        (("--services", "0"), "--services"),
        (("charge", "--services", "2"), "1 to 1"),
        (("--off", "REP-5"), "cannot be switched off"),
        (("--each", "--lose", "1"), "leave out lose, or --each"),
        (("booking", "--each"), "leave out story, or --each"),
        (
            ("--off", "SES-99"),
            "EDN-5: What a row refers to is there. (edition 2025 has no rule SES-99)",
        ),
    ],
)
def test_what_cannot_be(args: tuple[str, ...], named: str) -> None:
    said = say("states", *args)
    assert said.code == 2
    assert named in one_line(said)


def test_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refimpl.cli.states.session_rules", lambda edition: ("SES-13", "SES-5"))
    said = say("states", "--each", "--json")
    assert said.code == 0
    assert [(one["rule"], one["broken"]) for one in said.json] == [
        ("SES-13", "ground"),
        ("SES-5", "ground"),
    ]
    assert "2 rules of a service" in say("states", "--each").out


def test_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Search.run

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Search, "run", lambda search, report: run(search, stop))
    said = say("states", "--lose", "1", "--restart", "1")
    assert said.code == 130
    found = re.match(r"([0-9,]+) states so far of 1 x charging", said.out)
    assert found
    assert int(found[1].replace(",", "")) > 1000
    assert "so far" in said.out.partition("ground")[2]


def test_interrupted_between_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_rule(edition: object, rule: str) -> Trial:
        if rule != "SES-1":
            raise KeyboardInterrupt
        return Trial(rule, "a rule", 1)

    monkeypatch.setattr("refimpl.cli.states.try_without", one_rule)
    said = say("states", "--each")
    assert said.code == 130
    assert "1 rule of a service" in said.out


@pytest.mark.soak
def test_two_services_one_house() -> None:
    """One loss and one restart: in less than a minute of a processor, and 2 GB."""
    faults = ("--lose", "1", "--restart", "1")
    told = call("states", "charging", "--services", "2", *faults, "--json").json
    assert told["complete"] is True
    assert told["broken"] is None
    assert told["states"] > 500_000
    assert told["processor_seconds"] < 60
    assert told["peak_megabytes"] < 2000
