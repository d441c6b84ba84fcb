"""A program measured in one call, as a notebook or a test does it."""

import secrets
from collections.abc import Sequence

from refimpl.conformance.as_report import as_report
from refimpl.conformance.asking import Patience, Program
from refimpl.conformance.protocol import start
from refimpl.conformance.report import Report
from refimpl.conformance.runner import Plan, measure
from refimpl.conformance.trials import ALL, Selection, capabilities_of, trials
from refimpl.vectors.drawing import sources
from refimpl.vectors.suite import Suite


def report_on(
    command: Sequence[str], suite: Suite, seed: int = 0, selection: Selection = ALL
) -> Report:
    """Ask the program that a command starts what was selected and it takes part in, and return
    the report.

    Raises `CannotStart`, and `BadCapability` for a capability that the suite does not have.
    """
    index = suite.files["index.json"]
    first = start(index["suite"], index["version"], index["rootHash"])
    program = Program(command, first, Patience())
    try:
        able = capabilities_of(program.introduction, suite)
        chosen = [trial for trial in trials(suite) if selection.takes(trial)]
        plan = Plan(chosen, able, seed, selection)
        measured = measure(program, plan, sources(suite.folder), lambda: secrets.token_hex(8))
    finally:
        program.close()
    return as_report(measured, suite)
