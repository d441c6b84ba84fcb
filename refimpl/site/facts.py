"""What the pages of the site tell of: the editions, where each rule is, and the vectors."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from refimpl.edition import Edition, Rule, load, published
from refimpl.trace import Matrix, trace
from refimpl.vectors.suite import Suite, read_suite

ROOT: Final = Path(__file__).resolve().parents[2]
"""The checkout: the site is built in one, for a wheel has no documents."""


@dataclass(frozen=True, slots=False)
class Facts:
    """The published editions, oldest first, every rule with its places, and the suite."""

    editions: tuple[Edition, ...]
    matrix: Matrix
    suite: Suite
    root: Path

    @classmethod
    def of(cls, root: Path) -> Self:
        """Read all of a checkout."""
        editions = tuple(load(name) for name in published())
        matrix = trace(editions, root / "vectors", root / "notebooks", root / "tests")
        return cls(editions, matrix, read_suite(root / "vectors"), root)

    @cached_property
    def notebooks(self) -> tuple[Path, ...]:
        """The notebooks, in the order in which they are read."""
        return tuple(sorted((self.root / "notebooks").glob("[0-9][0-9]-*.ipynb")))

    def wordings(self, rule: str) -> dict[str, Rule]:
        """The rows of a rule, by the editions that have it."""
        having = (one for one in self.editions if rule in one.rules)
        return {edition.id: edition.rules[rule] for edition in having}
