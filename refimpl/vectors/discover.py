"""The search for witnesses: for every goal that has none, the smallest recipe that is found.

Each base is searched once for all its goals.  Every single edit is tried, the shortest first;
of pairs, one edit of which the reference accepts alone, Hypothesis draws some.  Only what
reaches a goal is shrunk: its edits give way to shorter ones as long as the goal is reached.

What is found is written to the corpus as a person would write it, and from then on it's frozen:
a witness that still meets its goal is never replaced, and filling knows nothing of this module.
A better `why` is for a person to write.

A recipe counts only if leaving out one of its edits makes it accepted: that neighbour becomes
the twin.
"""

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from refimpl.edition import Rule, load
from refimpl.shapes import canonical_json
from refimpl.vectors.boundaries import boundary_witnesses
from refimpl.vectors.corpus import Corpus, Witness, read_corpus, read_head
from refimpl.vectors.edits import Edit, Recipe, shorter
from refimpl.vectors.families import FAMILIES
from refimpl.vectors.files import readable_bytes, write_files
from refimpl.vectors.goals import Goal, goals, is_code, shown, unreached
from refimpl.vectors.pairs import search_pairs, unshown
from refimpl.vectors.pool import groups_of
from refimpl.vectors.questions import Question, Reference, answers
from refimpl.vectors.suite import BadSuite, Expect, Json, refusals

SEEDS: Final = (0, 1)
EXAMPLES: Final = 150
BATCH: Final = 75
"""How many numbers Hypothesis draws at once: drawn alone, each would cost ten times as much."""
NUMBERS: Final = 2**32
SPREAD: Final = 2_654_435_761  # a prime
TRIES: Final = 40
"""How many shorter edits are tried in the place of one, to shrink a recipe."""

Track = Callable[[Sequence[str]], Iterable[str]]
"""How the bases of a family go by, shown to the one who waits."""


def families_named(names: Sequence[str] | None) -> Sequence[str]:
    """Return the families to search, all where none is named; raises `BadSuite` for an unknown
    one, and where Hypothesis, which draws, is not installed.
    """
    _check_hypothesis()
    for name in names or ():
        if name not in FAMILIES:
            raise BadSuite(f"no family {name!r}", f"there are {', '.join(FAMILIES)}")
    return names or FAMILIES


def _check_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401 - only to say in time that it's missing
    except ImportError as error:
        raise BadSuite(
            "discover needs the package hypothesis", "install the extra discover"
        ) from error


def discover_family(
    folder: Path, family: str, seeds: Sequence[int], examples: int, track: Track
) -> Iterator[tuple[str, list[str]]]:
    """Yield each goal of a family that no witness meets, and the ids of the witnesses that the
    corpus has gained by it.
    """
    known = Known(Reference(read_corpus(folder, family)))
    if family == "messages":
        missing = list(boundary_witnesses(known.reference))
        known.add(missing)
        add(folder, family, missing)
        yield from ((witness["goal"], [witness["id"]]) for witness in missing)
    listed = unreached(folder)
    wanted: dict[str, list[Goal]] = {}
    for goal in goals(known.reference):
        if goal.name not in listed:
            wanted.setdefault(goal.base, []).append(goal)
    missed = {goal.name for group in wanted.values() for goal in group}
    for base in track(list(wanted)):
        here = {goal.label: goal for goal in wanted[base] if goal.name in missed}
        found = search(known, base, here, seeds, examples)
        gained: list[Json] = []
        for label, recipe in found.items():
            if not known.has(base, recipe):
                new = list(witnesses(known.reference, here[label], recipe))
                known.add(new)
                gained += new
                missed.discard(here[label].name)
                yield here[label].name, [witness["id"] for witness in new]
        if gained:
            add(folder, family, gained)
    yield from ((name, []) for name in sorted(missed))
    yield from _discover_pairs(folder, known, listed)


def _discover_pairs(
    folder: Path, known: "Known", listed: Container[str]
) -> Iterator[tuple[str, list[str]]]:
    missing = [pair for pair in unshown(known.reference) if pair.goal not in listed]
    found = dict(search_pairs(known.reference, missing))
    for pair in missing:
        new = [found[pair]] if pair in found else []
        add(folder, known.reference.corpus.family, new)
        yield pair.goal, [witness["id"] for witness in new]


# --- What the corpus asks already -------------------------------------------------------------

Place = tuple[str, bytes]
"""A base and the recipe put to it."""


def _place(base: str, recipe: Recipe) -> Place:
    return base, canonical_json(recipe)


class Known:
    """A corpus, and where it asks what, while it grows."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._places: dict[bytes, Place] = {}
        for witness, (asked, _) in reference.replies():
            self._places[_content(asked)] = _place(witness.base, witness.recipe)

    def add(self, found: Iterable[Json]) -> None:
        """Take in witnesses that were found."""
        corpus = self.reference.corpus
        new = [Witness.model_validate_json(canonical_json(witness)) for witness in found]
        grown = corpus.model_copy(update={"witnesses": (*corpus.witnesses, *new)})
        self.reference = Reference(grown)
        for witness in new:
            asked = self.reference.question(witness.base, witness.recipe)
            self._places[_content(asked)] = _place(witness.base, witness.recipe)

    def has(self, base: str, recipe: Recipe) -> bool:
        """Tell whether a witness asks what a base asks after a recipe."""
        return self.place_of(base, recipe) is not None

    def place_of(self, base: str, recipe: Recipe) -> Place | None:
        """Return where the corpus asks what a base asks after a recipe."""
        return self._places.get(_content(self.reference.question(base, recipe)))


def _content(asked: Question) -> bytes:
    return canonical_json([asked.operation, asked.context, asked.input])


# --- Searching --------------------------------------------------------------------------------


def search(
    known: Known,
    base: str,
    labels: Iterable[str],
    seeds: Sequence[int] = SEEDS,
    examples: int = EXAMPLES,
) -> dict[str, Recipe]:
    """Return, for each label that a base is found to reach, the smallest recipe found."""
    searching = _Search(known, base, labels)
    searching.try_single_edits()
    for seed in seeds:
        searching.try_pairs(seed, examples)
    return searching.found


class _Search:
    """The search of one base for all its goals at once."""

    def __init__(self, known: Known, base: str, labels: Iterable[str]) -> None:
        self.found: dict[str, Recipe] = {}
        self._known, self._base = known, base
        corpus = known.reference.corpus
        self._edition = corpus.bases[base].editions[-1]
        self._wanted = {*labels}
        self._groups = groups_of(known.reference, base)
        self._accepted: list[list[Edit]] = []

    def try_single_edits(self) -> None:
        """Try every edit alone, the shortest first, and remember those that are accepted."""
        for group in self._groups:
            accepted = []
            for edit in group:
                got = self._answer((edit,))
                if got and got["outcome"] == "accept":
                    accepted.append(edit)
                for label in self._reached((edit,), got):
                    self._keep(label, (edit,))
            if accepted:
                self._accepted.append(accepted)

    def try_pairs(self, seed: int, examples: int) -> None:
        """Try an accepted edit and another, as Hypothesis draws them; shrink what is found."""
        if not self._wanted or not self._accepted:
            return
        for number in drawn_numbers(seed, examples):
            recipe = self._pair(number)
            for label in self._reached(recipe, self._answer(recipe)):
                self._keep(label, self._shrunk(label, recipe))

    def _pair(self, number: int) -> Recipe:
        """The pair of edits that a number stands for: each group is as likely as another."""
        number, one = divmod(number, len(self._accepted))
        number, other = divmod(number, len(self._groups))
        group, another = self._accepted[one], self._groups[other]
        number, place = divmod(number, len(group))
        return group[place], another[number % len(another)]

    def _keep(self, label: str, recipe: Recipe) -> None:
        self.found[label] = recipe
        self._wanted.discard(label)

    def _answer(self, recipe: Recipe) -> Expect | None:
        """The answer to a recipe in the newest edition; None where there is no question."""
        try:
            asked = self._known.reference.question(self._base, recipe, (self._edition,))
            return answers(asked)[self._edition]
        except BadSuite:
            return None

    def _reached(self, recipe: Recipe, got: Expect | None) -> list[str]:
        """The labels still wanted that a recipe shows by its answer."""
        labels = self._wanted & self._shown(recipe, got)
        if got is None or not labels or not self._is_new(recipe, got):
            return []
        return sorted(labels)

    def _shown(self, recipe: Recipe, got: Expect | None) -> set[str]:
        """The labels that a recipe shows by its answer."""
        if got is None:
            return set()
        if all(map(is_code, self._wanted)):
            return {got["error"]} if got["outcome"] == "reject" else set()
        asked = self._known.reference.question(self._base, recipe, (self._edition,))
        return shown(asked, self._edition, got)

    def _is_new(self, recipe: Recipe, got: Expect) -> bool:
        """Whether nothing asks this yet, and what is refused has a neighbour to be its twin."""
        if self._known.has(self._base, recipe):
            return False
        return got["outcome"] == "accept" or self._has_twin(recipe)

    def _has_twin(self, recipe: Recipe) -> bool:
        """Whether a neighbour is accepted that is a witness of this base, or a new one."""
        neighbour = accepted_neighbour(self._known.reference, self._base, recipe)
        if neighbour is None:
            return False
        here = _place(self._base, neighbour)
        return self._known.place_of(self._base, neighbour) in {None, here}

    def _shrunk(self, label: str, recipe: Recipe) -> Recipe:
        """The recipe with, in each place in turn, the shortest edit that reaches the goal."""
        for place, edit in enumerate(recipe):
            group = next(group for group in self._groups if edit in group)
            for shorter_one in group[: min(TRIES, group.index(edit))]:
                tried = (*recipe[:place], shorter_one, *recipe[place + 1 :])
                if label in self._reached(tried, self._answer(tried)):
                    recipe = tried
                    break
        return recipe


def drawn_numbers(seed: int, examples: int) -> list[int]:
    """Return so many numbers as Hypothesis draws them: it prefers small ones, and a factor
    spreads them.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import strategies as st

    batch = min(BATCH, examples)
    drawn: list[int] = []

    @hypothesis.seed(seed)
    @settings(
        max_examples=1 + -(-examples // batch),  # the first is the simplest, always the same
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @hypothesis.given(st.lists(st.integers(0, NUMBERS - 1), min_size=batch, max_size=batch))
    def draw(numbers: list[int]) -> None:
        drawn.extend(number * SPREAD % NUMBERS for number in numbers)

    draw()
    return drawn


def accepted_neighbour(reference: Reference, base: str, recipe: Recipe) -> Recipe | None:
    """Return the recipe without one of its edits that every edition accepts, or None."""
    for fewer in shorter(recipe):
        try:
            got = reference.ask(base, fewer).expected
        except BadSuite:
            continue
        if not refusals(got):
            return fewer
    return None


# --- Writing down what was found --------------------------------------------------------------


def witnesses(reference: Reference, goal: Goal, recipe: Recipe) -> Iterator[Json]:
    """Yield what the corpus gains by a recipe: the witness, and before it its twin where the
    corpus does not have it yet.
    """
    corpus = reference.corpus
    expected = reference.ask(goal.base, recipe).expected
    refused = refusals(expected)
    rule = refused.get(corpus.editions[-1]) or next(iter(refused.values()), None)
    outcome = "reject" if corpus.bases[goal.base].editions[-1] in refused else "accept"
    says = _why(goal, load(corpus.editions[-1]).rules)
    slug = re.sub(r"[^a-z0-9]+", "-", f"{goal.label} {goal.base}".lower()).strip("-")[:80]
    witness: Json = {
        "id": f"{corpus.family}/{outcome}-{slug}",
        "title": f"{outcome}s {goal.base} changed: {goal.label}"[:100],
        "why": says,
        "goal": f"{goal.label}: {goal.base}",
        "base": goal.base,
        "recipe": [list(edit) for edit in recipe],
    }
    if rule:
        fewer = accepted_neighbour(reference, goal.base, recipe) or ()
        witness["twin"] = _witness_at(corpus, _place(goal.base, fewer))
        if witness["twin"] is None:
            witness["twin"] = f"{corpus.family}/accept-beside-{slug}"
            yield {
                **{name: witness[name] for name in ("why", "base")},
                "id": witness["twin"],
                "title": f"accepts the neighbour of {goal.label} at {goal.base}"[:100],
                "goal": f"accept: {goal.base}",
                "recipe": [list(edit) for edit in fewer],
            }
    yield witness


def _why(goal: Goal, rules: Mapping[str, Rule]) -> str:
    """What a goal is for, in words."""
    if is_code(goal.label):
        return f"{rules[goal.label].says} Found by discovery, and shrunk."
    if goal.label.startswith("not "):
        return "The row of the table does not fit, as its condition does not hold."
    if " in mode " in goal.label:
        return "Every kind of entity acts in every mode."
    return "Every row of the table is taken."


def _witness_at(corpus: Corpus, place: Place) -> str | None:
    for witness in corpus.witnesses:
        if _place(witness.base, witness.recipe) == place:
            return witness.id
    return None


def add(folder: Path, family: str, found: Sequence[Json]) -> Corpus:
    """Return the corpus with new witnesses written after those that are there."""
    name = f"corpus/{family}.json"
    corpus: Json = json.loads((folder / name).read_bytes())
    since = read_head(folder).version
    corpus["witnesses"] += [{**witness, "since": since} for witness in found]
    write_files(folder, {name: readable_bytes(corpus)})
    return read_corpus(folder, family)
