"""Which of two faults decides: a goal for each two rules that are looked at in a row.

A witness shows that one comes before the other if it's refused by the first, and its recipe
without one of its edits by the second.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, NamedTuple

from refimpl.vectors.edits import Edit, Recipe, shorter
from refimpl.vectors.orders import neighbours
from refimpl.vectors.pool import groups_of
from refimpl.vectors.questions import Reference, answers
from refimpl.vectors.suite import BadSuite, Json, refusals

MOST_OF_A_RULE: Final = 8
"""How many edits that a rule refuses are tried with others, at each base."""


class Refusal(NamedTuple):
    """The rule that refuses, and the step of a sequence at which it does."""

    rule: str
    step: int


class Pair(NamedTuple):
    """Two rules of an operation: where both are broken, the first decides."""

    operation: str
    first: str
    second: str

    @property
    def label(self) -> str:
        """What a goal calls it."""
        return f"{self.first} before {self.second}"

    @property
    def goal(self) -> str:
        """The goal, as a witness and the list of unreached goals name it."""
        return f"{self.label}: {self.operation}"


def pairs(reference: Reference) -> Iterator[Pair]:
    """Yield every pair of a family's operations."""
    family = reference.corpus.family
    for operation in sorted({base.operation for base in reference.corpus.bases.values()}):
        for first, second in neighbours(family, operation):
            yield Pair(operation, first, second)


def unshown(reference: Reference) -> list[Pair]:
    """Return the pairs that no witness shows."""
    shown = set(_shown(reference))
    return [pair for pair in pairs(reference) if pair not in shown]


def _shown(reference: Reference) -> Iterator[Pair]:
    for witness, (asked, expected) in reference.replies():
        refused = refusals(expected) if witness.status == "active" else {}
        for fewer in shorter(witness.recipe):
            try:
                others = refusals(reference.ask(witness.base, fewer, asked.editions).expected)
            except BadSuite:
                continue
            for edition in refused.keys() & others.keys():
                yield Pair(asked.operation, refused[edition], others[edition])


# --- Searching --------------------------------------------------------------------------------


def search_pairs(reference: Reference, wanted: Iterable[Pair]) -> Iterator[tuple[Pair, Json]]:
    """Yield a witness for each pair that two edits of one base show, whichever comes first."""
    missing = list(wanted)
    for base in _accepted_bases(reference, {pair.operation for pair in missing}):
        operation = reference.corpus.bases[base].operation
        here = [pair for pair in missing if pair.operation == operation]
        by_refusal = _edits_by_refusal(reference, base) if here else {}
        for pair in here:
            recipe = _showing(reference, base, pair, by_refusal)
            if recipe is not None:
                missing.remove(pair)
                yield pair, _witness(reference, base, pair, recipe)


def _accepted_bases(reference: Reference, operations: set[str]) -> Iterator[str]:
    """The bases that are vectors themselves, and accepted: they can be twins."""
    plain = {witness.base for witness in reference.corpus.witnesses if not witness.recipe}
    for name, base in reference.corpus.bases.items():
        if name not in plain or base.operation not in operations:
            continue
        if not refusals(reference.ask(name, ()).expected):
            yield name


def _edits_by_refusal(reference: Reference, base: str) -> dict[Refusal, list[Edit]]:
    """The shortest edits of a base by the rule that refuses them, and the step."""
    found: dict[Refusal, list[Edit]] = defaultdict(list)
    for edit in (edit for group in groups_of(reference, base) for edit in group):
        refusal = _refused_by(reference, base, (edit,))
        if refusal and len(found[refusal]) < MOST_OF_A_RULE:
            found[refusal].append(edit)
    return found


def _showing(
    reference: Reference, base: str, pair: Pair, by_refusal: dict[Refusal, list[Edit]]
) -> Recipe | None:
    """The first two edits that the pair's first rule refuses, in either order, at the step at
    which each is refused alone.
    """
    for refusal, edits in by_refusal.items():
        second = Refusal(pair.second, refusal.step)
        if refusal.rule == pair.first:
            for one, other in product(edits, by_refusal.get(second, ())):
                both = (one, other), (other, one)
                if all(_refused_by(reference, base, recipe) == refusal for recipe in both):
                    return both[0]
    return None


def _refused_by(reference: Reference, base: str, recipe: Recipe) -> Refusal | None:
    """What refuses a recipe in every edition of a base, None where nothing does."""
    try:
        expected = answers(reference.question(base, recipe))
    except BadSuite:
        return None
    found = {
        Refusal(expect["error"], expect.get("step", 0)) if "error" in expect else None
        for expect in expected.values()
    }
    return found.pop() if len(found) == 1 else None


def _witness(reference: Reference, base: str, pair: Pair, recipe: Recipe) -> Json:
    family = reference.corpus.family
    slug = f"{pair.first} before {pair.second} {base}".lower().replace(" ", "-")
    twin = next(
        witness.id
        for witness in reference.corpus.witnesses
        if witness.base == base and not witness.recipe
    )
    return {
        "id": f"{family}/reject-{slug}",
        "title": f"refuses by {pair.first} what {pair.second} refuses too",
        "why": f"It is looked at before {pair.second}, which is broken as well.",
        "goal": f"{pair.label}: {base}",
        "base": base,
        "recipe": [list(edit) for edit in recipe],
        "twin": twin,
        "flags": ["Precedence"],
    }
