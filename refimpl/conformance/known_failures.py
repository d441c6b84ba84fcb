"""What an implementer knows to fail: a file of rows, each of which holds for one vector in one
edition, with the meaning it had, and says where it is written why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from refimpl.conformance.trials import Trial
from refimpl.conformance.verdicts import FAILED, Judgement, Verdict
from refimpl.shapes import Closed, first_fault


class BadKnownFailures(ValueError):
    """A file of known failures that cannot be read."""


class KnownFailure(Closed):
    """One row: a vector in an edition, and an address where its failure is discussed."""

    id: str
    edition: str
    content_hash: str = Field(alias="contentHash")
    because: Annotated[str, Field(pattern=r"^https?://[^ ]+$")]
    expires: date | None = None


class _File(Closed):
    schema_id: str = Field("", alias="$schema")
    failures: tuple[KnownFailure, ...]


@dataclass(frozen=True, slots=True)
class KnownFailures:
    """The rows that hold, by vector and edition, and in a line each why the others do not."""

    rows: Mapping[tuple[str, str], KnownFailure]
    void: tuple[str, ...] = ()

    def apply(self, trial: Trial, judgement: Judgement) -> Judgement:
        """Return the verdict on a trial in view of what is known to fail."""
        row = self.rows.get((trial.id, trial.edition))
        if row is None:
            return judgement
        if judgement.verdict in FAILED:
            said = f"{judgement.verdict}: {judgement.detail}; {row.because}"
            return Judgement(Verdict.XFAIL, said)
        if judgement.verdict == Verdict.PASS:
            return Judgement(Verdict.XPASS, f"known to fail and passes; {row.because}")
        return judgement


NONE_KNOWN = KnownFailures({})


def read_known_failures(
    path: Path, known: Mapping[tuple[str, str], Trial], today: date
) -> KnownFailures:
    """Return the rows of a file that hold today for these trials; raises `BadKnownFailures`."""
    try:
        read = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadKnownFailures(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        fault = first_fault(error)
        raise BadKnownFailures(f"{path}, {fault.place}: {fault.says}") from error
    rows = {}
    void = []
    for row in read.failures:
        if reason := _why_void(row, known, today):
            void.append(f"{row.id} in {row.edition}: {reason}")
        else:
            rows[row.id, row.edition] = row
    return KnownFailures(rows, tuple(void))


def _why_void(row: KnownFailure, known: Mapping[tuple[str, str], Trial], today: date) -> str:
    """Why a row counts for nothing; empty where it holds."""
    trial = known.get((row.id, row.edition))
    if trial is None:
        return "no such vector"
    if trial.content_hash != row.content_hash:
        return "the vector means something else by now"
    if row.expires is not None and row.expires < today:
        return f"expired on {row.expires}"
    return ""
