"""Questions by lot: the same for a seed, never beyond what may be asked, and a bug is found by
them and handed over as a witness that fills in.
"""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from refimpl.vectors.corpus import Corpus, read_corpus
from refimpl.vectors.drawing import Drawn, draw, sources
from refimpl.vectors.questions import Reference
from refimpl.vectors.suite import suite_folder
from refimpl.vectors.well_formed import is_well_formed
from tests.command import say
from tests.programs import COMMAND

T = TypeVar("T")
HERE = Path(__file__).parent / "implementations"
SOURCES = sources(suite_folder())
OPERATIONS = sorted(SOURCES)


def drawn(operation: str, number: int, seed: int = 1) -> Drawn:
    return draw(SOURCES[operation], seed, number)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_question_has_its_number(operation: str) -> None:
    """Each is the same whichever others are drawn, and they are not all alike."""
    forth = [drawn(operation, number) for number in range(20)]
    back = [drawn(operation, number) for number in reversed(range(20))]
    assert forth == back[::-1]
    other = draw(sources(suite_folder())[operation], 1, 7)
    assert other == forth[7]
    assert len({json.dumps(one.input, sort_keys=True) for one in forth}) > 5
    assert drawn(operation, 7, seed=2) != forth[7]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_both_outcomes_come_up(operation: str) -> None:
    outcomes = {drawn(operation, number).expected["outcome"] for number in range(100)}
    assert outcomes == {"accept", "reject"}


def test_malformed_message_is_not_asked() -> None:
    assert is_well_formed({"said": {"kind": "receipt"}})
    assert not is_well_formed({"said": {"kind": "receipt", "emaid": "DE8AA0012345670"}})
    assert not is_well_formed({"steps": [{"message": {"kind": "authorization-request"}}]})
    assert not is_well_formed({"power_w": -1})


def compare(name: str, *options: str) -> Any:
    by = ("--", sys.executable, str(HERE / f"{name}.py"))
    said = say("conform", "--seed", "3", "--json", *options, *by)
    return said.code, said.json


@pytest.mark.slow
def test_bug_is_found_and_shrunk() -> None:
    """One bug is one group, and one edit is left; it fills in as a vector, with its twin."""
    code, told = compare("subtly_wrong", "--random", "1500", "--operation", "message.unprotect")
    assert code == 1
    assert told["asked"] == {"message.unprotect": 1500}
    [one] = told["differences"]
    assert one["expected"]["error"] == "MSG-6"
    assert one["got"]["outcome"] == "accept"
    assert one["times"] > 1
    *_, witness = one["witnesses"]
    assert witness["recipe"] == [["set", "input.now", "2025-07-08T12:05:00Z"]]
    filled = filled_with(one["witnesses"])
    assert filled[witness["id"]]["outcome"] == "reject"
    if witness["twin"] in filled:
        assert filled[witness["twin"]]["outcome"] == "accept"


@pytest.mark.slow
def test_each_way_to_part_is_told() -> None:
    """What always refuses parts from the reference at each operation, and at good examples."""
    code, told = compare("always_reject", "--random", "20", "--family", "routing")
    assert code == 1
    witnesses = [one["witnesses"][-1] for one in told["differences"]]
    assert {one["operation"] for one in told["differences"]} == {
        "network.read",
        "network.route",
    }
    assert [] in [witness["recipe"] for witness in witnesses]
    for answer in filled_with(witnesses).values():
        assert answer["outcome"] == "accept"


def filled_with(witnesses: list[Any]) -> dict[str, Any]:
    """What the reference answers to new witnesses of one corpus."""
    [family] = {witness["id"].partition("/")[0] for witness in witnesses}
    corpus = read_corpus(suite_folder(), family).model_dump(mode="json", by_alias=True)
    known = {witness["id"] for witness in corpus["witnesses"]}
    assert not known & {witness["id"] for witness in witnesses}
    corpus["witnesses"] = witnesses
    replies = Reference(Corpus.model_validate(corpus)).replies()
    return {witness.id: reply.expected["2025"] for witness, reply in replies}


@pytest.mark.slow
def test_interrupted_comparison_tells_what_it_has() -> None:
    by = ["--", sys.executable, str(HERE / "subtly_wrong.py")]
    options = ["--random", "1000000", "--seed", "3", "--operation", "message.unprotect"]
    with subprocess.Popen(
        [*COMMAND, "conform", *options, *by],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        [child] = wait_for(lambda: psutil.Process(process.pid).children())
        wait_for(lambda: child.cpu_times().user > 2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    [asked] = re.findall(r"^message.unprotect +([0-9]+) asked", out, re.MULTILINE)
    assert int(asked) > 0
    assert "incomplete: interrupted" in out
    assert not child.is_running()


def wait_for(condition: Callable[[], T]) -> T:
    """What a condition comes to, once it holds."""
    for _ in range(6000):
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError


@pytest.mark.slow
def test_reference_agrees_with_itself() -> None:
    by = ("--", sys.executable, "-m", "refimpl.conformance.reference")
    said = say("conform", "--random", "30", "--seed", "9", "--json", *by)
    assert said.code == 0
    assert said.json["asked"] == dict.fromkeys(OPERATIONS, 30)
    assert said.json["differences"] == []
