"""What the vectors are to show, and which of it no witness shows yet.

A goal is a label at a base: an error code that the operation may give, or a row of the session
table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.vectors.corpus import Base
from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.families.session import row_name
from refimpl.vectors.questions import Reference
from refimpl.vectors.suite import refusals

CELL: Final = ("profile", "convention", "mode", "entity", "strategy")
"""The members of an input by which bases are told apart."""

Cell = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """Something a vector could show: a label (an error code or a row of the session table) at a
    base.
    """

    label: str
    base: str


def goals(reference: Reference) -> Iterator[Goal]:
    """Yield every goal of a family that no witness meets.

    A code is a goal once for each cell: the phase in which a session stands, a profile, a mode,
    or else the base.  A row of the session table is a goal once.
    """
    bases = reference.corpus.bases
    cells = {name: _cell(reference, name, base) for name, base in bases.items()}
    met = _met(reference, cells)
    for name, base in bases.items():
        for code in _codes_of(reference, base):
            if (code, cells[name]) not in met:
                met.add((code, cells[name]))
                yield Goal(code, name)
        if base.operation == "session.follow":
            for row in map(row_name, STEPS):
                if (row, ()) not in met:
                    yield Goal(row, name)


def _met(reference: Reference, cells: Mapping[str, Cell]) -> set[tuple[str, Cell]]:
    """The goals that witnesses meet: codes in their cells, rows anywhere."""
    met: set[tuple[str, Cell]] = set()
    for witness, (asked, expected) in reference.replies():
        for code in refusals(expected).values():
            met.add((code, cells[witness.base]))
        for row in asked.rows():
            met.add((row_name(row), ()))
    return met


def _codes_of(reference: Reference, base: Base) -> list[str]:
    """The rules that discovery looks for at a base."""
    wanted = {*OPERATIONS[base.operation].codes.split()}
    rules = load(reference.corpus.editions[-1]).rules.values()
    exercised = [rule.id for rule in rules if rule.exercised == "vectors"]
    return [code for code in exercised if {code, code[:3]} & wanted]


def _cell(reference: Reference, name: str, base: Base) -> Cell:
    operation = OPERATIONS[base.operation]
    own_name = (base.like or name) if operation.one_goal_per_base else ""
    members = [base.input.get(member) for member in CELL]
    return (base.operation, own_name, *members, _last_phase(reference, name, base))


def _last_phase(reference: Reference, name: str, base: Base) -> str:
    """The phase in which the session of a base stands; nothing where it has none."""
    if base.operation != "session.follow":
        return ""
    newest = base.editions[-1]
    got = reference.ask(name, (), (newest,)).expected[newest]
    phases: list[str] = got.get("output", {}).get("phases", [])
    return phases[-1] if phases else ""
