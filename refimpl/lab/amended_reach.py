"""Which changed rows the search of all states does not reach: of those, what is told about
properties and journeys says nothing.

A row of the session table is reached where a service takes it; a rule that is switched off, and
a tolerance, where something is refused by it, before or now; a mode where two entities of the
example network reach each other in it.

Rules: SES-*, PLA-*, NET-7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.lab.amended_properties import Searched, searched
from refimpl.lab.amended_rows import STEP, RowChange
from refimpl.play.example import NETWORK
from refimpl.play.opening import HOME_CSP
from refimpl.play.reached import Reached
from refimpl.play.settings import first_reachable
from refimpl.session import table_of


@dataclass(frozen=True, slots=True)
class Unreached:
    """A changed row that the search does not reach, and whether a journey does."""

    table: str
    id: str
    how: str
    says: str


class Played(NamedTuple):
    """What all journeys reach under an edition, and under a draft of it."""

    before: Reached
    after: Reached


class Words(NamedTuple):
    """How it is said that a row is not reached: at all, by a journey alone, or by no journey
    where no states were searched.
    """

    never: str
    by_journey: str
    unsearched: str


TAKEN: Final = Words(
    "never taken by the search or by a journey",
    "taken by a journey, never by the search",
    "never taken by a journey; no states were searched",
)
REFUSED: Final = Words(
    "nothing is refused by it in the search or in a journey",
    "something is refused by it in a journey, nothing in the search",
    "nothing is refused by it in a journey; no states were searched",
)
NO_WAY: Final = "no two entities of the example network reach each other so"
AT_WORK: Final[Mapping[str, str]] = MappingProxyType({"rule": "off", "check": "tolerance"})
"""The field of a table in which a rule is at work where something is refused."""


def unreached_rows(
    before: Edition,
    after: Edition,
    rows: tuple[RowChange, ...],
    played: Played,
    search: Searched | None,
) -> tuple[Unreached, ...]:
    """Find each changed row that is not reached: by the search of all states, or where there
    was none, by a journey.
    """
    found = []
    for one in rows:
        if one.table == "mode":
            says = _mode_in_words(after, one)
        else:
            says = _reach_in_words(_Asked.of(before, after, one), played, search)
        if says:
            found.append(Unreached(one.table, one.id, one.how, says))
    return tuple(found)


def _mode_in_words(after: Edition, row: RowChange) -> str:
    if row.how == "removed":
        return ""
    try:
        first_reachable(NETWORK, after, row.id, HOME_CSP)
    except Violation:
        return NO_WAY
    return ""


@dataclass(frozen=True)
class _Asked:
    """What is looked for, in which editions, and how it is said that it is not there."""

    row: RowChange
    words: Words
    before: Edition | None
    after: Edition | None

    @classmethod
    def of(cls, before: Edition, after: Edition, row: RowChange) -> _Asked | None:
        """Tell where to look for a row; None where that is no question."""
        if row.table == STEP:
            removed = row.how == "removed"
            return cls(row, TAKEN, before if removed else None, None if removed else after)
        at_work = AT_WORK.get(row.table)
        if any(field.field == at_work for field in row.fields):
            return cls(row, REFUSED, before, after)
        return None

    def is_in(self, edition: Edition | None, reached: Reached) -> bool:
        """Whether what was reached in an edition has it."""
        if edition is None:
            return False
        if self.row.table == STEP:
            return table_of(edition).steps[self.row.id] in reached.steps
        return self.row.id in reached.rules


def _reach_in_words(asked: _Asked | None, played: Played, search: Searched | None) -> str:
    """Say how far a row is reached; empty where the search does."""
    if asked is None:
        return ""
    in_journey = asked.is_in(asked.before, played.before)
    in_journey = in_journey or asked.is_in(asked.after, played.after)
    if search is None:
        return "" if in_journey else asked.words.unsearched
    if asked.is_in(asked.after, search.reached):
        return ""
    if asked.before is not None and asked.is_in(asked.before, searched(asked.before).reached):
        return ""
    return asked.words.by_journey if in_journey else asked.words.never
