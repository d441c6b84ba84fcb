"""Vectors found by what is asked of them: family, outcome, rule, edition and words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from refimpl.vectors.suite import Suite, Vector, expects

Outcome = Literal["accept", "reject", "by edition"]


@dataclass(frozen=True, slots=True)
class Query:
    """What vectors are looked for; what is empty is not asked, and all else must fit."""

    family: str = ""
    outcome: str = ""
    rule: str = ""
    edition: str = ""
    words: tuple[str, ...] = ()

    def fits(self, test: Vector) -> bool:
        """Whether a vector is one of those that are looked for."""
        text = searched_text(test)
        return (
            self.family in ("", family_of(test))
            and self.outcome in ("", outcome_of(test))
            and (not self.rule or self.rule in test["rules"])
            and (not self.edition or self.edition in test["editions"])
            and all(word.lower() in text for word in self.words)
        )


def find(suite: Suite, query: Query) -> Iterator[Vector]:
    """Yield the vectors that fit, in the order of the suite.

    >>> from refimpl.vectors.suite import read_suite, suite_folder
    >>> found = find(read_suite(suite_folder()), Query("routing", rule="NET-4", words=("up",)))
    >>> [test["id"] for test in found][:1]
    ['routing/accept-hybrid-up']
    """
    return (test for test in suite.tests if query.fits(test))


def family_of(test: Vector) -> str:
    """Return the family that a vector is of."""
    return test["id"].partition("/")[0]


def outcome_of(test: Vector) -> Outcome:
    """Return whether a vector accepts or refuses, or does either, by edition."""
    outcomes = {expect["outcome"] for expect in expects(test).values()}
    return outcomes.pop() if len(outcomes) == 1 else "by edition"


def searched_text(test: Vector) -> str:
    """Return the text that words are looked for in, in lower case."""
    parts = [test["id"], test["title"], test["why"], test["operation"]]
    return " ".join([*parts, *test["rules"], *test["flags"]]).lower()
