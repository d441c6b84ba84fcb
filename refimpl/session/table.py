"""The session table of an edition: the rows of the model, with those of an amendment laid over
them, looked up by message.

Rules: SES-*, EDN-3, EDN-5.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import LIKE, REQUIRED, Edition, StepRow, near
from refimpl.errors import Misuse
from refimpl.messages import KINDS, Refusal, Said
from refimpl.session.steps import CONDITIONS, STEPS, Condition, Step, always
from refimpl.vocabulary import Phase, Role

BY_ID: Final[Mapping[str, Step]] = MappingProxyType({step.id: step for step in STEPS})
"""The rows of the model by their ids."""
SAID_BY: Final = frozenset((step.message, step.by) for step in STEPS)
"""Which messages of a service each role says."""

Rows = Mapping[tuple[type[Said], Role], tuple[Step, ...]]
"""The rows of each message from each role, in the order of the table."""
Leading = Mapping[tuple[Phase, Role], frozenset[Phase]]
"""To which phases the answers lead that a role may give in a phase."""


@dataclass(frozen=True, slots=True)
class SessionTable:
    """The rows of an edition by id, by message and role, and where its answers lead."""

    steps: Mapping[str, Step]
    rows: Rows
    answers_lead: Leading

    def step(self, phase: Phase, message: Said, by: Role) -> Step | None:
        """Find the row that a message from a role takes in a phase; None where none fits."""
        return fitting(self.rows.get((type(message), by), ()), phase, message)


def fitting(rows: Iterable[Step], phase: Phase, message: Said) -> Step | None:
    """Find the row among those of a message and a role that it takes in a phase."""
    for step in rows:
        if step.phase is phase and step.when(message):
            return step
    return None


class StepFault(NamedTuple):
    """What is wrong with a row that an edition lays over the table, and in which field."""

    rule: str
    row: str
    field: str
    says: str


@lru_cache(maxsize=64)
def table_of(edition: Edition) -> SessionTable:
    """The session table of an edition; raises `Misuse` EDN-3 or EDN-5 for a row of it that does
    not fit.

    >>> from refimpl.edition import load
    >>> steps = table_of(load("2025")).steps
    >>> steps["active: session-progress-notice (ended) from visited-cso"].to.value
    'ended'
    """
    for fault in faults_of_steps(edition):
        place = f"edition {edition.id} [[step]] {fault.row}, {fault.field}"
        raise Misuse(fault.rule, f"{place}: {fault.says}")
    steps = _laid_over(edition)
    return SessionTable(
        MappingProxyType(steps), _by_message(edition, steps), _answers_lead(steps)
    )


def _laid_over(edition: Edition) -> dict[str, Step]:
    """The rows of the model with those of an edition in their place or behind them."""
    steps = dict(BY_ID)
    for row in edition.steps.values():
        if row.removed:
            del steps[row.id]
        else:
            steps[row.id] = _step_of(row, BY_ID.get(row.id))
    return steps


def _step_of(row: StepRow, before: Step | None) -> Step:
    """The step that a row says, which takes what it leaves out from the row it replaces."""
    if before is None:
        assert row.phase
        assert row.message
        assert row.to
        assert row.rule
        condition = CONDITIONS[row.when] if row.when else always
        return Step(
            row.phase, KINDS[row.message], row.to, row.rule, Role(row.by or ""), condition
        )
    return replace(
        before,
        phase=row.phase or before.phase,
        message=KINDS[row.message] if row.message else before.message,
        to=row.to or before.to,
        rule=row.rule or before.rule,
        by=Role(row.by) if row.by else before.by,
        when=CONDITIONS[row.when] if row.when else before.when,
    )


def _by_message(edition: Edition, steps: Mapping[str, Step]) -> Rows:
    """The rows by message and role; without SES-11 either role says what one of them may."""
    either = not edition.asks("SES-11")
    rows: dict[tuple[type[Said], Role], list[Step]] = {}
    for step in steps.values():
        for role in (Role.HOME_CSP, Role.VISITED_CSO) if either else (step.by,):
            rows.setdefault((step.message, role), []).append(step)
    return MappingProxyType({key: tuple(own) for key, own in rows.items()})


def _answers_lead(steps: Mapping[str, Step]) -> Leading:
    leading: dict[tuple[Phase, Role], set[Phase]] = {}
    for step in steps.values():
        if step.is_answer:
            leading.setdefault((step.phase, step.by), set()).add(step.to)
    return MappingProxyType({key: frozenset(to) for key, to in leading.items()})


# --- What is wrong with a row -----------------------------------------------------------------


NEEDED: Final = ("phase", "message", "by", "to", "rule")
"""What a row has to name that replaces none."""


def faults_of_steps(edition: Edition) -> Iterator[StepFault]:
    """Tell what is wrong with the rows that an edition lays over the table of the model."""
    sound = True
    for row in edition.steps.values():
        for fault in _faults_of_row(row):
            sound = False
            yield fault
    if sound and edition.steps:
        yield from _faults_of_table(edition)


def _faults_of_row(row: StepRow) -> Iterator[StepFault]:
    before = BY_ID.get(row.id)
    if row.removed:
        if before is None:
            says = f"no such row of the session table{near(row.id, BY_ID, 0.0)}"
            yield StepFault("EDN-5", row.id, "id", says)
        return
    missing = [name for name in NEEDED if before is None and getattr(row, name) is None]
    meant = near(row.id, BY_ID, LIKE)
    if missing and meant:
        lack = f"A new one would lack {', '.join(missing)}"
        yield StepFault(
            "EDN-5", row.id, "id", f"no such row of the session table{meant} {lack}"
        )
    else:
        for name in missing:
            yield StepFault("EDN-3", row.id, name, REQUIRED)
    if row.when is not None and row.when not in CONDITIONS:
        says = f"no condition {row.when!r}; there are {', '.join(CONDITIONS)}"
        yield StepFault("EDN-5", row.id, "when", says)
    elif row.message is not None and row.message not in KINDS:
        says = f"no message {row.message!r}; there are {', '.join(sorted(KINDS))}"
        yield StepFault("EDN-5", row.id, "message", says)
    elif not missing:
        yield from _faults_of_step(row, _step_of(row, before))


def _faults_of_step(row: StepRow, step: Step) -> Iterator[StepFault]:
    kind = step.message.shape_name()
    if step.message is not Refusal and (step.message, step.by) not in SAID_BY:
        says = f"{kind} is no message that the {step.by} says about a service"
        yield StepFault("EDN-3", row.id, "message", f"{says}: {SPEAKER_IS_FIXED}")
    if step.when.name != always.name and not step.when.members:
        says = f"{kind} has nothing that the condition {step.when.name!r} looks at"
        yield StepFault("EDN-3", row.id, "when", says)


SPEAKER_IS_FIXED: Final = "who says what is fixed, refimpl/session/steps.py and its messages"


def _faults_of_table(edition: Edition) -> Iterator[StepFault]:
    """Tell each row of an edition that fits what another row fits, too."""
    steps = _laid_over(edition)
    for row_id in edition.steps:
        for other_id, other in steps.items():
            step = steps.get(row_id)
            if step is not None and row_id != other_id and _fit_alike(step, other):
                says = f"fits a message that the row {other_id!r} fits, too"
                yield StepFault("EDN-3", row_id, "when", says)
                break


def _fit_alike(one: Step, other: Step) -> bool:
    """Whether there may be a message that both rows fit."""
    if (one.phase, one.message, one.by) != (other.phase, other.message, other.by):
        return False
    return _may_hold_both(one.when, other.when)


def _may_hold_both(one: Condition, other: Condition) -> bool:
    wanted = dict(other.members)
    for member, values in one.members:
        if member in wanted and not set(values) & set(wanted[member]):
            return False
    return True
