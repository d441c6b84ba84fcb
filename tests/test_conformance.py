"""Another implementation is asked the vectors: as a program, as a service and by its file of
answers.
"""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from refimpl.vectors.suite import read_suite, suite_folder
from tests.command import Said, call
from tests.programs import needs

HARNESS = suite_folder() / "HARNESS.md"
HERE = Path(__file__).parent / "implementations"
REFERENCE = (sys.executable, "-m", "refimpl.conformance.reference")

pytestmark = pytest.mark.slow


def conform(*options: str, by: tuple[str, ...] = REFERENCE) -> Said:
    """How an implementation fares that is a program."""
    return call("conform", "--seed", "7", *options, "--", *by)


def report(*options: str, by: tuple[str, ...] = REFERENCE) -> Any:
    """The report on an implementation that is a program."""
    return conform(*options, "--json", by=by).json


def stub(name: str) -> tuple[str, ...]:
    return (sys.executable, str(HERE / f"{name}.py"))


def verdicts(told: Any) -> dict[str, int]:
    return {name: number for name, number in told["totals"].items() if number}


def test_reference_passes() -> None:
    said = conform("--json")
    assert said.code == 0, said.err
    told = said.json
    applicable = sum(len(test["editions"]) for test in read_suite(suite_folder()).tests)
    assert verdicts(told) == {"pass": applicable}
    assert told["complete"]
    assert told["proof"]["answered"] == told["proof"]["applicable"] == applicable
    assert told["canaries"]["findings"] == []
    assert told["canaries"]["agreed"] == told["canaries"]["made"] > 60
    assert told["seed"] == 7


@needs("node")
def test_example_of_the_page(tmp_path: Path) -> None:
    """The adapter in HARNESS.md does what the page says, as it stands there."""
    [script] = re.findall(r"```js\n(.*?)```", HARNESS.read_text("utf-8"), re.DOTALL)
    (tmp_path / "example.mjs").write_text(script, "utf-8")
    said = conform("--json", by=("node", str(tmp_path / "example.mjs")))
    assert said.code == 0, said.err
    asked = [one for one in said.json["results"] if one["verdict"] == "pass"]
    assert {one["operation"] for one in asked} == {"emaid.din-check-digit"}
    assert verdicts(said.json).keys() == {"pass", "not-applicable"}


@pytest.mark.parametrize("name", ["always_accept", "always_reject"])
def test_stub_scores_nothing(name: str) -> None:
    said = conform("--json", by=stub(name))
    assert said.code == 2
    told = said.json
    assert "says the same to all" in " ".join(told["canaries"]["findings"])
    assert told["totals"]["pass"] <= 0.01 * told["proof"]["applicable"]
