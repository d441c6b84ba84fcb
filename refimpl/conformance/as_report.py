"""A measurement as the report that is written of it."""

from importlib.metadata import version
from typing import Final

from refimpl.conformance.measurement import Measurement, Result
from refimpl.conformance.protocol import PROTOCOL
from refimpl.conformance.trials import digest_of
from refimpl.vectors.suite import Json, Suite

RUNNER: Final = "iec63119-refimpl"


def as_report(measured: Measurement, suite: Suite) -> Json:
    """Return the report on a measurement with a suite, but for its claims."""
    index = suite.files["index.json"]
    about = measured.introduction.implementation
    selection = measured.selection
    return {
        "protocol": PROTOCOL,
        "suite": {
            "id": index["suite"],
            "version": index["version"],
            "rootHash": index["rootHash"],
        },
        "runner": {"name": RUNNER, "version": version(RUNNER)},
        "implementation": about.model_dump(exclude_none=True),
        "capabilities": list(measured.introduction.capabilities),
        "seed": measured.seed,
        "began": measured.began.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(measured.seconds, 3),
        "selection": {
            "families": list(selection.families or suite.families),
            "editions": list(
                selection.editions or suite.files["corpus/suite.json"]["editions"]
            ),
            "operations": list(selection.operations),
            "role": selection.role,
        },
        "totals": {verdict.value: number for verdict, number in measured.totals.items()},
        "complete": measured.complete,
        "proof": {
            "applicable": len(measured.applicable),
            "answered": sum(1 for _ in measured.answered()),
            "digest": digest_of(measured.answered()),
        },
        "canaries": {
            "twice": measured.canaries.twice,
            "made": measured.canaries.made,
            "agreed": measured.canaries.agreed,
            "findings": list(measured.canaries.findings),
        },
        "stopped": measured.stopped,
        "warnings": list(measured.warnings),
        "results": [_result(result) for result in measured.results],
    }


def _result(result: Result) -> Json:
    trial = result.trial
    return {
        "id": trial.id,
        "edition": trial.edition,
        "contentHash": trial.content_hash,
        "family": trial.family,
        "operation": trial.operation,
        "role": trial.role,
        "binding": trial.binding,
        "level": trial.level,
        "verdict": result.judgement.verdict.value,
        "expected": trial.expected,
        "got": result.got,
        "detail": result.judgement.detail,
        "seconds": round(result.seconds, 4),
    }
