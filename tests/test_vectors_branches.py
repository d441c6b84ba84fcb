"""Which branches of the core no vector takes, and that the suite says why."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from refimpl.vectors.suite import PACKAGE, suite_folder

pytestmark = [pytest.mark.soak, pytest.mark.slow]

ROOMS = (
    *("wire.py", "records.py", "credential.py", "extension.py"),
    *("network/*.py", "session/*.py", "endpoint/*.py", "messages/*.py", "identifiers/*.py"),
)
OF_AMENDMENTS = {
    "refimpl/endpoint/decisions.py _why_not",
    "refimpl/endpoint/state.py sent_before",
    "refimpl/session/following.py _following_phase",
    *(
        f"refimpl/session/table.py {name}"
        for name in """_faults_of_row _faults_of_step _faults_of_table _fit_alike _laid_over
        _may_hold_both _step_of faults_of_steps table_of""".split()
    ),
}
"""What only an amendment takes, by rows over the session table or a rule that is switched off:
no vector is about one.
"""
ASK_ALL = """
from refimpl.edition import load
from refimpl.vectors.families import answer
from refimpl.vectors.suite import read_suite, suite_folder
suite = read_suite(suite_folder())
for test in suite.active:
    for name in test["editions"]:
        answer(test["operation"], load(name), suite.context_of(test), test["input"])
"""


def unreached(report: Path) -> set[str]:
    """The functions with a line or a branch that no vector takes; a file of which none is
    loaded stands for itself.
    """
    found = set()
    files = json.loads(report.read_bytes())["files"]
    for path in sorted(path for room in ROOMS for path in PACKAGE.glob(room)):
        name = path.relative_to(PACKAGE.parent).as_posix()
        told = files[name]
        lines = {*told["missing_lines"], *(abs(end) for _, end in told["missing_branches"])}
        functions = [
            node
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.FunctionDef)
        ]
        for line in lines - {0}:
            around = [one for one in functions if one.lineno <= line <= (one.end_lineno or 0)]
            inner = max(around, key=lambda one: one.lineno, default=None)
            found.add(f"{name} {inner.name}" if inner else name)
    return {place for place in found if place.partition(" ")[0] not in found - {place}}


def test_every_branch_is_taken_or_listed(tmp_path: Path) -> None:
    pytest.importorskip("coverage")
    script, data = tmp_path / "ask.py", tmp_path / "coverage"
    script.write_text(ASK_ALL, "utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    run = ["run", "--branch", f"--source={PACKAGE}", f"--data-file={data}", str(script)]
    report = ["json", f"--data-file={data}", "-o", str(tmp_path / "report.json")]
    env = {name: one for name, one in os.environ.items() if not name.startswith("COV")}
    for command in (run, report):
        subprocess.run(
            [*coverage, *command],
            cwd=PACKAGE.parent,
            env=env,
            check=True,
            capture_output=True,
            timeout=300,
        )
    listed = json.loads((suite_folder() / "unreached.json").read_bytes())["branches"]
    places = {place for row in listed for place in row["places"]}
    assert unreached(tmp_path / "report.json") <= places | OF_AMENDMENTS
