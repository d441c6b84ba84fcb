"""What a draft of an amendment changes against an edition: rows, journeys, who learns what,
vectors, and whether a property of the session breaks.

`amend` gives all of it as a value.  Rows are compared by what they say; journeys are played and
vectors are answered under both editions; all states are searched under the draft.

Nothing here reads or writes a file of the user; nothing is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from refimpl.edition import Edition
from refimpl.lab.amended_properties import PropertyChange, searched
from refimpl.lab.amended_reach import Played, Unreached, unreached_rows
from refimpl.lab.amended_remarks import Remark, remarks_on
from refimpl.lab.amended_rows import Beyond, RowChange, beyond_the_model, changed_rows
from refimpl.lab.amended_stories import (
    JourneyChange,
    LearningChange,
    changed_journeys,
    changed_learning,
    number_of_journeys,
)
from refimpl.lab.amended_vectors import VectorChanges, changed_vectors, number_of_vectors

Track = Callable[[int, int], None]
"""Is told how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a draft changes: the rows of each table, what it asks beyond the model, what is
    odd in it, the journeys that end otherwise, who learns more or less, what becomes of the
    vectors, the properties that break, None where no states were searched, and the changed rows
    of which they say nothing.
    """

    draft: str
    against: str
    title: str
    rows: tuple[RowChange, ...]
    beyond: tuple[Beyond, ...]
    remarks: tuple[Remark, ...]
    journeys: tuple[JourneyChange, ...]
    learning: tuple[LearningChange, ...]
    vectors: VectorChanges
    properties: PropertyChange | None = None
    unreached: tuple[Unreached, ...] = ()

    def of_table(self, table: str) -> tuple[RowChange, ...]:
        """The changes of the rows of one table."""
        return tuple(one for one in self.rows if one.table == table)

    @property
    def changes_nothing(self) -> bool:
        """Whether the draft says what the edition says already."""
        return not self.rows


def ignore(done: int, whole: int) -> None:
    """Take no notice of how far it is."""


def amend(
    against: Edition, draft: Edition, track: Track = ignore, *, search: bool = True
) -> Amendment:
    """Tell what a draft changes against an edition, which the vectors are about if it is a
    published one; `search` all states under it too.

    >>> from refimpl.edition import load
    >>> told = amend(load("2019"), load("2025"), search=False)
    >>> [change.id for change in told.of_table("service")]
    ['parking', 'reservation', 'energy-transfer']
    """
    progress = _Progress(track, number_of_journeys(against, draft) + number_of_vectors(against))
    rows = changed_rows(against, draft)
    journeys = changed_journeys(against, draft, progress.step)
    modes = [one.id for one in rows if one.table == "mode" and one.how != "removed"]
    found = searched(draft, tuple(modes)) if search else None
    played = Played(journeys.before, journeys.after)
    return Amendment(
        draft.id,
        against.id,
        draft.title,
        rows,
        beyond_the_model(against, draft),
        remarks_on(against, draft, rows),
        journeys.changed,
        changed_learning(against, draft),
        changed_vectors(against, draft, progress.step),
        found.change if found else None,
        unreached_rows(against, draft, rows, played, found),
    )


class _Progress:
    """Counts the steps that are done."""

    def __init__(self, track: Track, whole: int) -> None:
        self._track: Final = track
        self._whole: Final = whole
        self._done = 0

    def step(self) -> None:
        self._done += 1
        self._track(self._done, self._whole)
