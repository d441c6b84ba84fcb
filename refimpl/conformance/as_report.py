"""A measurement as the report that is written of it."""

from importlib.metadata import version
from typing import Final

from refimpl.conformance.claims import with_claims
from refimpl.conformance.measurement import Measurement
from refimpl.conformance.measurement import Result as Measured
from refimpl.conformance.protocol import PROTOCOL
from refimpl.conformance.report import (
    SCHEMA,
    CanariesSeen,
    Proof,
    Report,
    Result,
    Runner,
    Selected,
    SuiteAsked,
)
from refimpl.conformance.trials import digest_of, trials
from refimpl.vectors.suite import Suite

RUNNER: Final = "iec63119-refimpl"


def as_report(measured: Measurement, suite: Suite) -> Report:
    """Return the report on a measurement with a suite, with what can be claimed."""
    index = suite.files["index.json"]
    canaries = measured.canaries
    report = Report(
        schema_id=SCHEMA,
        protocol=PROTOCOL,
        suite=SuiteAsked(
            id=index["suite"], version=index["version"], root_hash=index["rootHash"]
        ),
        runner=Runner(name=RUNNER, version=version(RUNNER)),
        implementation=measured.introduction.implementation,
        capabilities=measured.introduction.capabilities,
        seed=measured.seed,
        began=measured.began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(measured.seconds, 3),
        selection=_selected(measured, suite),
        totals=dict(measured.totals),
        complete=measured.complete,
        proof=Proof(
            applicable=len(measured.applicable),
            answered=sum(1 for _ in measured.answered()),
            digest=digest_of(measured.answered()),
        ),
        canaries=CanariesSeen(
            twice=canaries.twice,
            made=canaries.made,
            agreed=canaries.agreed,
            findings=tuple(canaries.findings),
        ),
        stopped=measured.stopped,
        warnings=tuple(measured.warnings),
        results=tuple(map(_result, measured.results)),
    )
    return with_claims(report, trials(suite))


def _selected(measured: Measurement, suite: Suite) -> Selected:
    selection = measured.selection
    editions = suite.files["corpus/suite.json"]["editions"]
    return Selected(
        families=selection.families or suite.families,
        editions=selection.editions or tuple(editions),
        operations=selection.operations,
        role=selection.role,
    )


def _result(measured: Measured) -> Result:
    trial = measured.trial
    return Result(
        id=trial.id,
        edition=trial.edition,
        content_hash=trial.content_hash,
        family=trial.family,
        operation=trial.operation,
        role=trial.role,
        binding=trial.binding,
        level=trial.level,
        verdict=measured.judgement.verdict,
        expected={**trial.expected},
        got=measured.got,
        detail=measured.judgement.detail,
        seconds=round(measured.seconds, 4),
    )
