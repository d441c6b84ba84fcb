"""What the vectors are to show, and which of it no witness shows yet.

A goal is a label at an operation.  The label is an error code; a row of the session table, or
the condition of one that does not hold; or an entity of a kind in a mode.  `pairs` has those of
which of two faults decides.

What cannot be reached stands in `unreached.json` beside the corpus, with the reason.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from refimpl.edition import load
from refimpl.session import STEPS, always
from refimpl.vectors import pairs
from refimpl.vectors.corpus import Base
from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.families.session import conditions_not_met, row_name
from refimpl.vectors.questions import Question, Reference
from refimpl.vectors.suite import UNREACHED, BadSuite, Expect
from refimpl.vocabulary import Kind

CELL: Final = ("profile", "convention")
"""The members of an input by which error codes are looked for anew."""
ACTING: Final = ("here", "entity", "sender")
"""The members of an input that name the entity which acts, in a mode."""
ROAMING: Final = (Kind.CSP, Kind.CSO, Kind.CLEARING_HOUSE)


class Goal(NamedTuple):
    """Something a vector could show, and a base at which it is looked for.

    `where` is the cell of an error code, or else the operation.
    """

    label: str
    where: str
    base: str

    @property
    def name(self) -> str:
        """The goal as the list of unreached ones names it."""
        return f"{self.label}: {self.where}"


def goals(reference: Reference) -> Iterator[Goal]:
    """Yield every goal that no witness meets, once for each base at which it may be looked for.

    A code is a goal once for each profile, or each base where the operation says so, or else
    once for the operation.
    """
    met = set(_met(reference))
    for name, base in reference.corpus.bases.items():
        for label in _labels_at(reference, base):
            goal = Goal(label, _where(name, base, label), name)
            if (goal.label, goal.where) not in met:
                yield goal


def _met(reference: Reference) -> Iterator[tuple[str, str]]:
    for witness, (asked, expected) in reference.replies():
        if witness.status != "active":
            continue
        base = reference.corpus.bases[witness.base]
        for edition, expect in expected.items():
            for label in shown(asked, edition, expect):
                yield label, _where(witness.base, base, label)


def shown(asked: Question, edition: str, expect: Expect) -> set[str]:
    """Return the labels that a question and its answer in an edition show."""
    labels: set[str] = set()
    if asked.operation == "session.follow":
        labels |= conditions_not_met(load(edition), asked.input)
    if expect["outcome"] == "reject":
        return labels | {expect["error"]}
    labels |= {row_name(row) for row in asked.rows()}
    return labels | _mode_of_kind(asked)


def _mode_of_kind(asked: Question) -> set[str]:
    """The kind of the entity that acts, in its mode."""
    acting = next((asked.input[name] for name in ACTING if name in asked.input), None)
    if "mode" not in asked.input or asked.setting is None:
        return set()
    kinds = {one["id"]: one["kind"] for one in asked.setting["entities"]}
    return {f"{kinds.get(acting)} in mode {asked.input['mode']}"}


def _labels_at(reference: Reference, base: Base) -> Iterator[str]:
    """Everything that discovery looks for at a base."""
    newest = load(reference.corpus.editions[-1])
    wanted = {*OPERATIONS[base.operation].codes.split()}
    for rule in newest.rules.values():
        if rule.exercised == "vectors" and {rule.id, rule.id[:3]} & wanted:
            yield rule.id
    if base.operation == "session.follow":
        yield from map(row_name, STEPS)
        yield from (f"not {row_name(row)}" for row in STEPS if row.when is not always)
    if "mode" in base.input:
        for mode in newest.modes:
            yield from (f"{kind.value} in mode {mode}" for kind in ROAMING)


def is_code(label: str) -> bool:
    """Tell whether a label is an error code.

    >>> is_code("SES-1"), is_code("SES-1 before SES-2")
    (True, False)
    """
    return " " not in label


def _where(name: str, base: Base, label: str) -> str:
    """The operation, and of an error code the cell in which it is looked for anew."""
    if not is_code(label):
        return base.operation
    members = [str(base.input[member]) for member in CELL if member in base.input]
    if OPERATIONS[base.operation].one_goal_per_base:
        members.append(base.like or name)
    return " ".join([base.operation, *members])


# --- What cannot be reached -------------------------------------------------------------------


def open_goals(reference: Reference) -> dict[str, None]:
    """Return the name of every goal of a family that no witness meets."""
    named = dict.fromkeys(goal.name for goal in goals(reference))
    return named | dict.fromkeys(pair.goal for pair in pairs.unshown(reference))


def unreached(folder: Path) -> dict[str, str]:
    """Return the goals that are listed as not to be reached, with the reason of each."""
    try:
        listed = json.loads((folder / UNREACHED).read_bytes())["unreached"]
        return {goal: row["reason"] for row in listed for goal in row["goals"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadSuite(f"{UNREACHED}: {error!r}") from error
