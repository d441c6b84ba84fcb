"""The report on a run: what an implementation answered to each vector, and what can be claimed.

A report is bound to the suite that it was measured with by the root hash of that suite, and to
each vector by its content hash.  It is written as JSON, whose schema is
`vectors/schemas/v1/report.schema.json`; `read_report` reads it, and raises `BadReport`.

What an implementation said of itself and answered stands in it as it was said.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, ValidationError, field_serializer
from pydantic.alias_generators import to_camel

from refimpl.conformance.protocol import About
from refimpl.conformance.verdicts import Verdict
from refimpl.shapes import Closed, first_fault, first_repeated
from refimpl.vectors.suite import Json, Suite
from refimpl.vocabulary import Role

SCHEMA: Final = "urn:iec63119-refimpl:vectors:v1:report"

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
"""A SHA-256, as the suite writes it."""
Count = Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Level = Annotated[str, Field(pattern=r"^(shall|should|may)$")]
Moment = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$")
]


class BadReport(ValueError):
    """A file that is no report: what and where, in one line."""


class Claim(StrEnum):
    """What is claimed: the vectors that bind, or all of the model profile."""

    STANDARD = "standard"
    MODEL_PROFILE = "model profile"


class _Part(Closed):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class SuiteAsked(_Part):
    """Which suite it was."""

    id: str
    version: str
    root_hash: Digest


class Runner(_Part):
    """What asked."""

    name: str
    version: str


class Selected(_Part):
    """Which vectors were wanted; all operations, and all roles, where none is named."""

    families: tuple[str, ...]
    editions: tuple[str, ...]
    operations: tuple[str, ...] = ()
    role: Role | None


class Proof(_Part):
    """How many vectors applied, how many of them came to a result, and the digest of these."""

    applicable: Count
    answered: Count
    digest: Digest


class CanariesSeen(_Part):
    """How many questions were asked twice, how many were made by lot and how many of these
    agreed with the reference; and in words why nothing has been measured.
    """

    twice: Count
    made: Count
    agreed: Count
    findings: tuple[str, ...] = ()


class ClaimRow(_Part):
    """One claim for one role, edition and family: worked out from the results, never typed.

    `role` is None for what is outside of Part 1.
    """

    claim: Claim
    edition: str
    role: Role | None
    family: str
    passed: Count
    applicable: Count
    holds: bool
    line: str


class Result(_Part):
    """What became of one vector in one edition.

    `expected` is what the suite expects; `got` is the answer, or null where there is none.
    """

    id: str
    edition: str
    content_hash: Digest
    family: str
    operation: str
    role: Role | None
    binding: bool
    level: Level
    verdict: Verdict
    expected: Json
    got: Json | None
    detail: str = ""
    seconds: Seconds = 0.0

    @property
    def key(self) -> tuple[str, str]:
        """The vector and the edition."""
        return self.id, self.edition


class Report(_Part):
    """A whole report; `complete` is false where not all that applies was asked."""

    schema_id: Literal["urn:iec63119-refimpl:vectors:v1:report"] = Field(alias="$schema")
    protocol: Literal[1]
    suite: SuiteAsked
    runner: Runner
    implementation: About
    capabilities: tuple[str, ...] = ()
    seed: Count
    began: Moment
    seconds: Seconds
    selection: Selected
    totals: dict[Verdict, Count]
    complete: bool
    proof: Proof
    canaries: CanariesSeen
    stopped: str = ""
    warnings: tuple[str, ...] = ()
    claims: tuple[ClaimRow, ...] = ()
    results: tuple[Result, ...]

    @field_serializer("implementation")
    def _without_what_is_not_told(self, about: About) -> dict[str, str]:
        return about.model_dump(exclude_none=True)

    @cached_property
    def by_key(self) -> Mapping[tuple[str, str], Result]:
        """Each result by its vector and edition."""
        return {result.key: result for result in self.results}

    @property
    def is_measured(self) -> bool:
        """Whether the run says anything: no canary tells against it, and it is complete."""
        return self.complete and not self.canaries.findings

    def document(self) -> Json:
        """Return the report as JSON data."""
        return self.model_dump(mode="json", by_alias=True)

    def is_of(self, suite: Suite) -> bool:
        """Tell whether the report was measured with this suite."""
        return bool(self.suite.root_hash == suite.files["index.json"]["rootHash"])


def read_report(path: Path) -> Report:
    """Read a report from a file; raises `BadReport`."""
    try:
        raw = path.read_bytes()
        repeated = first_repeated(raw)
    except OSError as error:
        raise BadReport(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadReport(f"{path}: is no JSON") from error
    if repeated is not None:
        raise BadReport(f"{path}: a member {repeated!r} stands twice in one object")
    try:
        report = Report.model_validate_json(raw)
    except ValidationError as error:
        fault = first_fault(error)
        raise BadReport(f"{path}: {fault.place or 'it'}: {fault.says}") from error
    for fault_found in _faults_of(report):
        raise BadReport(f"{path}: {fault_found}")
    return report


def totals_of(results: Iterable[Result]) -> dict[Verdict, int]:
    """Count results by their verdict; verdicts that none has are counted too."""
    totals = dict.fromkeys(Verdict, 0)
    for result in results:
        totals[result.verdict] += 1
    return totals


def _faults_of(report: Report) -> Iterator[str]:
    """Yield what in a report contradicts itself."""
    if len(report.by_key) < len(report.results):
        yield "a vector stands twice in it"
    if dict.fromkeys(Verdict, 0) | report.totals != totals_of(report.results):
        yield "its totals are not those of its results"
