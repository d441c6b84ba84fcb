"""The search for witnesses: for every goal that has none, the smallest recipe that Hypothesis
can find and shrink.

A goal is a label at a base: an error code that the operation may give, or a row of the session
table.  What is found is written to the corpus as a person would write it, and from then on it's
frozen: a witness that still meets its goal is never replaced, and filling knows nothing of this
module.  A better `why` is for a person to write.

A recipe counts only if leaving out one of its edits makes it accepted: that neighbour becomes
the twin.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from refimpl.edition import load
from refimpl.session import STEPS
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Base, Corpus, read_corpus
from refimpl.vectors.edits import Edit, Recipe, shorter
from refimpl.vectors.families import FAMILIES, OPERATIONS
from refimpl.vectors.families.session import row_name
from refimpl.vectors.files import readable_bytes, write_files
from refimpl.vectors.questions import Question, Reference, answers, question
from refimpl.vectors.suite import BadSuite, Json, refusals

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST_EDITS: Final = 2
SEEDS: Final = (0, 1)
EXAMPLES: Final = 150
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


def goals(corpus: Corpus) -> Iterator[Goal]:
    """Yield every goal of a family that no witness meets.

    A code is a goal once for each cell: the phase in which a session stands, a profile, a mode,
    or else the base.  A row of the session table is a goal once.
    """
    cells = {name: _cell(corpus, name, base) for name, base in corpus.bases.items()}
    met = _met(corpus, cells)
    for name, base in corpus.bases.items():
        for code in _codes_of(corpus, base):
            if (code, cells[name]) not in met:
                met.add((code, cells[name]))
                yield Goal(code, name)
        if base.operation == "session.follow":
            for row in map(row_name, STEPS):
                if (row, ()) not in met:
                    yield Goal(row, name)


def _met(corpus: Corpus, cells: Mapping[str, Cell]) -> set[tuple[str, Cell]]:
    """The goals that witnesses meet: codes in their cells, rows anywhere."""
    met: set[tuple[str, Cell]] = set()
    for witness, (asked, expected) in Reference(corpus).replies():
        for code in refusals(expected).values():
            met.add((code, cells[witness.base]))
        for row in asked.rows():
            met.add((row_name(row), ()))
    return met


def _codes_of(corpus: Corpus, base: Base) -> list[str]:
    """The rules that discovery looks for at a base."""
    wanted = {*OPERATIONS[base.operation].codes.split()}
    rules = load(corpus.editions[-1]).rules.values()
    exercised = [rule.id for rule in rules if rule.exercised == "vectors"]
    return [code for code in exercised if {code, code[:3]} & wanted]


def _cell(corpus: Corpus, name: str, base: Base) -> Cell:
    operation = OPERATIONS[base.operation]
    own_name = name if operation.one_goal_per_base else ""
    members = [base.input.get(member) for member in CELL]
    return (base.operation, own_name, *members, _last_phase(corpus, name, base))


def _last_phase(corpus: Corpus, name: str, base: Base) -> str:
    """The phase in which the session of a base stands; nothing where it has none."""
    if base.operation != "session.follow":
        return ""
    newest = base.editions[-1]
    got = answers(question(corpus, name, (), (newest,)))[newest]
    phases: list[str] = got.get("output", {}).get("phases", [])
    return phases[-1] if phases else ""


# --- Searching --------------------------------------------------------------------------------


Track = Callable[[Sequence[str]], Iterable[str]]
"""How the goals of a family go by, shown to the one who waits."""


def families_named(names: Sequence[str] | None) -> Sequence[str]:
    """Return the families to search, all where none is named; raises `BadSuite` for an unknown
    one, and where Hypothesis, which searches, is not installed.
    """
    _check_hypothesis()
    for name in names or ():
        if name not in FAMILIES:
            raise BadSuite(f"no family {name!r}", f"there are {', '.join(FAMILIES)}")
    return names or FAMILIES


def discover_family(
    folder: Path, family: str, seeds: Sequence[int], examples: int, track: Track
) -> Iterator[tuple[str, list[str]]]:
    """Yield each goal of a family that no witness meets, and the ids of the witnesses that the
    corpus has gained by it.
    """
    corpus = read_corpus(folder, family)
    wanted = {f"{goal.label}: {goal.base}": goal for goal in goals(corpus)}
    for name in track(list(wanted)):
        recipe = search(corpus, wanted[name], seeds, examples)
        new: list[Json] = []
        if recipe is not None:
            new = list(witnesses(corpus, wanted[name], recipe))
            corpus = add(folder, family, new)
        yield name, [witness["id"] for witness in new]


def _check_hypothesis() -> None:
    try:
        import hypothesis  # noqa: F401 - only to say in time that it's missing
    except ImportError as error:
        raise BadSuite(
            "discover needs the package hypothesis", "install the extra discover"
        ) from error


def search(
    corpus: Corpus, goal: Goal, seeds: Sequence[int] = SEEDS, examples: int = EXAMPLES
) -> Recipe | None:
    """Return the smallest recipe for a goal that any of the seeds leads to, or None."""
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis import strategies as st
    from hypothesis.errors import NoSuchExample

    quiet = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    recipes = st.lists(_edits(corpus, goal.base), min_size=1, max_size=MOST_EDITS)
    known = _known(corpus)
    found: list[Recipe] = []
    for seed in seeds:
        try:
            recipe = find(
                recipes,
                lambda recipe: _reaches(corpus, known, goal, recipe),
                settings=quiet,
                random=Random(seed),
            )
        except NoSuchExample:
            continue
        found.append(recipe)
    return min(found, key=_size, default=None)


def _edits(corpus: Corpus, name: str) -> "SearchStrategy[Edit]":
    """What may be done to a base, one group of edits as likely as another."""
    from hypothesis import strategies as st

    given = question(corpus, name, ()).input
    groups = OPERATIONS[corpus.bases[name].operation].edits(corpus, given)
    return st.one_of(*(st.sampled_from(group) for group in groups))


def _size(recipe: Recipe) -> tuple[int, int, bytes]:
    raw = canonical_json(recipe)
    return len(recipe), len(raw), raw


Place = tuple[str, tuple[Edit, ...]]
"""A base and the recipe put to it."""


def _place(base: str, recipe: Recipe) -> Place:
    return base, tuple(tuple(edit) for edit in recipe)


def _known(corpus: Corpus) -> dict[bytes, Place]:
    """Where the corpus already asks what."""
    known = {}
    for witness, (asked, _) in Reference(corpus).replies():
        known[_content(asked)] = _place(witness.base, witness.recipe)
    return known


def _content(asked: Question) -> bytes:
    return canonical_json([asked.operation, asked.context, asked.input])


def _reaches(corpus: Corpus, known: Mapping[bytes, Place], goal: Goal, recipe: Recipe) -> bool:
    """Whether a recipe asks something new that shows the goal in the newest edition."""
    newest = corpus.bases[goal.base].editions[-1]
    try:
        asked = question(corpus, goal.base, recipe, (newest,))
        got = answers(asked)[newest]
    except BadSuite:
        return False
    if _content(asked) in known:
        return False
    if got["outcome"] == "accept":
        return goal.label in map(row_name, asked.rows())
    return got["error"] == goal.label and _has_twin(corpus, known, goal.base, recipe)


def _has_twin(corpus: Corpus, known: Mapping[bytes, Place], base: str, recipe: Recipe) -> bool:
    """Whether a neighbour is accepted that is a witness of this base already, or a new one."""
    neighbour = _neighbour(corpus, base, recipe)
    if neighbour is None:
        return False
    here = _place(base, neighbour)
    return known.get(_content(question(corpus, base, neighbour)), here) == here


def _neighbour(corpus: Corpus, base: str, recipe: Recipe) -> Recipe | None:
    """The recipe without one of its edits that every edition accepts, if there is one."""
    for fewer in shorter(recipe):
        try:
            got = answers(question(corpus, base, fewer))
        except BadSuite:
            continue
        if not refusals(got):
            return fewer
    return None


# --- Writing down what was found --------------------------------------------------------------


def witnesses(corpus: Corpus, goal: Goal, recipe: Recipe) -> Iterator[Json]:
    """Yield what the corpus gains by a recipe: the witness, and before it its twin where the
    corpus does not have it yet.
    """
    rule = load(corpus.editions[-1]).rules.get(goal.label)
    outcome = "reject" if rule else "accept"
    says = rule.says if rule else "Every row of the table is taken."
    slug = re.sub(r"[^a-z0-9]+", "-", f"{goal.label} {goal.base}".lower())
    witness: Json = {
        "id": f"{corpus.family}/{outcome}-{slug}",
        "title": f"{outcome}s {goal.base} changed: {goal.label}",
        "why": f"{says} Found by discovery, and shrunk.",
        "goal": f"{goal.label}: {goal.base}",
        "base": goal.base,
        "recipe": [list(edit) for edit in recipe],
    }
    if rule:
        fewer = _neighbour(corpus, goal.base, recipe) or ()
        witness["twin"] = _witness_at(corpus, _place(goal.base, fewer))
        if witness["twin"] is None:
            witness["twin"] = f"{corpus.family}/accept-beside-{slug}"
            yield {
                **{name: witness[name] for name in ("why", "base")},
                "id": witness["twin"],
                "title": f"accepts the neighbour of {goal.label} at {goal.base}",
                "goal": f"accept: {goal.base}",
                "recipe": fewer,
            }
    yield witness


def _witness_at(corpus: Corpus, place: Place) -> str | None:
    for witness in corpus.witnesses:
        if _place(witness.base, witness.recipe) == place:
            return witness.id
    return None


def add(folder: Path, family: str, found: Sequence[Json]) -> Corpus:
    """Return the corpus with new witnesses written after those that are there."""
    name = f"corpus/{family}.json"
    corpus: Json = json.loads((folder / name).read_bytes())
    corpus["witnesses"] += found
    write_files(folder, {name: readable_bytes(corpus)})
    return read_corpus(folder, family)
