"""An operation: one thing that a vector may ask of an implementation, and all that this package
knows about it.

`Operation` is the row that a family gives for each of its operations.  An answer is what stands
under `expect` in a vector: `accepted` with an output, or `refused` with the rule that decides.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.session import Step
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.suite import Expect, HowFar, Json


def accepted(output: Json) -> Expect:
    """Return the answer that accepts."""
    return {"outcome": "accept", "output": output}


def refused(error: RoamingError, how_far: HowFar | None = None) -> Expect:
    """Return the answer that refuses by a rule."""
    refusal = {"outcome": "reject", "error": error.rule_id, **(how_far or {})}
    return cast(Expect, refusal)


def _as_described(context: Json, described: Json) -> Json:
    return described


def _no_trace(context: Json, given: Json) -> Json:
    return {}


def _no_rows(edition: Edition, given: Json) -> Iterable[Step]:
    return ()


def _no_edits(corpus: Corpus, given: Json) -> Iterable[Sequence[Edit]]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row: what is asked, and how the vectors that ask it are made.

    A context that a vector does not have is an empty object.
    """

    answer: Callable[[Edition, Json, Json], Expect]
    """The answer of an edition, in a context, to an input; raises the rule that refuses it."""

    by_edition: bool = True
    """Whether an edition may answer otherwise than another."""

    outside: bool = False
    """Whether it is outside of Part 1, so that no vector of it binds."""

    write: Callable[[Json, Json], Json] = _as_described
    """The input that a corpus describes, made in its context."""

    trace: Callable[[Json, Json], Json] = _no_trace
    """The values between question and answer, as far as they can be had."""

    rows: Callable[[Edition, Json], Iterable[Step]] = _no_rows
    """The rows of the session table that the answer takes."""

    codes: str = ""
    """The rules, or groups of rules, that discovery looks for."""

    one_goal_per_base: bool = False
    """Whether each of these rules is looked for at every base, however alike they are."""

    edits: Callable[[Corpus, Json], Iterable[Sequence[Edit]]] = _no_edits
    """What discovery may do to a described input: edits in groups, each drawn from as often."""
