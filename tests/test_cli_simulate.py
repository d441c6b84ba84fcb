"""`iec63119 modes`, and `iec63119 simulate`: the same totals in arrays and event by event, and what there is kept."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.command import call, one_line, say


def test_modes() -> None:
    """What each way costs, for a program and for a person."""
    told = {one["way of roaming"]: one for one in say("modes", "--json").json}
    assert told["direct"]["links"] == 5_000_000
    assert told["federated"] == {
        "way of roaming": "federated",
        "links": 6001,
        "hops": 2.5,
        "transmissions": 25,
        "single points": 2,
        "pairs cut off": 0.75,
        "learners": 1.5,
        "discloses": ["identifier", "location-and-time", "billing"],
    }
    shown = say("modes", "--csps", "10", "--csos", "20", "--edition", "2019").out
    assert "10 CSPs and 20 CSOs, edition 2019" in shown
    assert "hybrid" in shown


SMALL = ("simulate", "--sessions", "300", "--csps", "5", "--csos", "7", "--lose", "0.1")


@pytest.mark.parametrize("mode", ["direct", "federated"])
def test_both_engines(mode: str) -> None:
    told = [
        json.loads(say(*SMALL, "--mode", mode, "--json", *more).out)
        for more in ((), ("--events",))
    ]
    assert told[0] == told[1]
    assert told[0]["complete"] is True
    assert told[0]["sessions"] == 300
    assert told[0]["lost"] > 100
    assert (
        set(told[0]["heard by clearing houses"])
        == {
            "direct": set(),
            "federated": {"house-1", "house-2"},
        }[mode]
    )


def test_for_a_person() -> None:
    said = say(*SMALL, "--mode", "clearing-house", "--seed", "4")
    assert "300 sessions, clearing-house, edition 2025, 5 CSPs and 7 CSOs:" in said.out
    for words in ("authorization-request", "recorded", "first question said again", "house-2"):
        assert words in said.out
    assert said.err == ""


def test_what_cannot_be() -> None:
    for wrong, named in (
        (("--lose", "0.6"), "--lose"),
        (("--sessions", "0"), "--sessions"),
        (("--mode", "federate"), "did you mean federated?"),
    ):
        said = say("simulate", *wrong)
        assert said.code == 2
        assert named in one_line(said)


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refimpl.cli.simulate.find_spec", lambda name: None)
    said = say(*SMALL)
    assert said.code == 2
    assert "--events" in one_line(said)
    assert call(*SMALL, "--events").out


@pytest.mark.slow
def test_interruption_keeps_what_is_there() -> None:
    """The totals of the lots that were done are printed, and add up."""
    if os.name == "nt":
        pytest.skip("Windows has no SIGINT for another process")
    script = "from refimpl.cli import main; main()"
    asked = ["simulate", "--events", "--json", "--sessions", "100000000"]
    command = [sys.executable, "-c", script, *asked]
    for seconds in (3, 9, 27):  # a busy machine may not have done the first lot by then
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            time.sleep(seconds)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=60)
        if out:
            break
    assert running.returncode == 130
    assert err == b""
    told = json.loads(out)
    assert told["complete"] is False
    assert 0 < told["sessions"] < 100_000_000
    assert sum(one["sessions"] for one in told["phases"]) == told["sessions"]
