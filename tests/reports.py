"""Reports made by hand on a suite of a few vectors, for the tests of what is written of them."""

from typing import Any

from refimpl.conformance.protocol import About
from refimpl.conformance.report import (
    SCHEMA,
    CanariesSeen,
    Proof,
    Report,
    Result,
    Runner,
    Selected,
    SuiteAsked,
    totals_of,
)
from refimpl.conformance.verdicts import Verdict
from refimpl.vectors.suite import read_suite, suite_folder

HASH = "sha256:" + "0" * 64
SUITE = read_suite(suite_folder())
ROOT_HASH = SUITE.files["index.json"]["rootHash"]
IMPLEMENTATION = {"name": "example", "version": "1.2", "language": "Rust"}


def result(name: str, verdict: Verdict | str = Verdict.PASS, **members: Any) -> Result:
    """What became of a vector, in 2025 where nothing else is said."""
    accepted = {"outcome": "accept", "output": {"check": "D"}}
    told = {
        "edition": "2025",
        "content_hash": HASH,
        "family": name.partition("/")[0],
        "operation": "emaid.check-character",
        "role": None,
        "binding": True,
        "level": "shall",
        "expected": accepted,
        "got": accepted,
        **members,
    }
    return Result(id=name, verdict=Verdict(verdict), **told)


def report(*results: Result, **members: Any) -> Report:
    """The report on a run with these results."""
    about = {**IMPLEMENTATION, **members.pop("implementation", {})}
    told = {
        "suite": SuiteAsked(id="iec63119-1", version="0.1.0", root_hash=ROOT_HASH),
        "runner": Runner(name="iec63119-refimpl", version="0.1.0"),
        "implementation": About(**about),
        "seed": 7,
        "began": "2026-11-28T14:00:00Z",
        "seconds": 3.2,
        "selection": Selected(families=SUITE.families, editions=("2019", "2025"), role=None),
        "totals": totals_of(results),
        "complete": True,
        "proof": Proof(applicable=len(results), answered=len(results), digest=HASH),
        "canaries": CanariesSeen(twice=0, made=0, agreed=0),
        **members,
    }
    return Report(schema_id=SCHEMA, protocol=1, results=results, **told)
