"""Questions drawn at random from the corpus of a family, each from a seed and its number alone.

A drawn question is a base or a witness of the corpus and up to three edits more: those that its
operation offers, those that witnesses are made with, a value that the same member has elsewhere
in the corpus, a member left out, a character changed.  So each is a base and a recipe, and can
be added to the corpus as it stands.  Nothing else has a part in it, neither Python's own dice
nor the order in which questions are drawn, so that any part of a million can be drawn anywhere
and is the same.

To see one, `Drawing(corpus, seed=1).draw(7)`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeVar

from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Base, Corpus, Parts
from refimpl.vectors.edits import Edit, Recipe
from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.questions import Question, Reference, answers
from refimpl.vectors.suite import BadSuite, Expect

T = TypeVar("T")

EDITS: Final = (0, 1, 1, 2, 2, 2, 3, 4)
"""How many edits a question has, one of these as likely as another."""
TRIES: Final = 8
"""How many recipes are drawn until one fits its base; then the base is asked as it is."""
CHARACTERS: Final = '0159AEZaez-*_+ "{}[]:,.\\\u00e9\u212a\n'
DIGEST: Final = 64
SPARE: Final = 1 << 64
"""So much larger than any choice is what a digest has left, so that none is likelier."""


class Dice:
    """Numbers that follow from a text alone: a digest of it, and then of it and a count."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._digests = 0
        self._left = 0

    def below(self, most: int) -> int:
        """Give a number from 0 to before `most`."""
        if self._left < most * SPARE:
            told = f"{self._text}/{self._digests}".encode()
            self._left = int.from_bytes(blake2b(told, digest_size=DIGEST).digest())
            self._digests += 1
        self._left, number = divmod(self._left, most)
        return number

    def choose(self, among: Sequence[T]) -> T:
        """Give one of some, each as likely as another."""
        return among[self.below(len(among))]


Group = Callable[[Dice], Edit]
"""Edits of one sort, of which dice give one."""


class Pool(NamedTuple):
    """Where questions begin: a base and perhaps the recipe of a witness, the editions, and the
    groups of edits that may follow.
    """

    base: str
    recipe: Recipe
    editions: tuple[str, ...]
    groups: Sequence[Group]


class Drawn(NamedTuple):
    """A question that was drawn: its number, the base and recipe it is made of, what it asks in
    one edition, and what the reference answers there.
    """

    number: int
    base: str
    recipe: Recipe
    edition: str
    asked: Question
    expect: Expect


class Drawing:
    """The pools of a family, from which questions are drawn by a seed.

    >>> from refimpl.vectors.corpus import read_corpus
    >>> from refimpl.vectors.suite import suite_folder
    >>> drawing = Drawing(read_corpus(suite_folder(), "identifiers"), seed=1)
    >>> drawing.draw(7) == drawing.draw(7)
    True
    """

    def __init__(self, corpus: Corpus, seed: int) -> None:
        self.family = corpus.family
        self.seed = seed
        self._reference = Reference(corpus)
        by_operation: dict[str, list[Pool]] = {}
        for pool in _pools(corpus, self._reference):
            operation = corpus.bases[pool.base].operation
            by_operation.setdefault(operation, []).append(pool)
        self._pools = by_operation

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that are asked."""
        return tuple(self._pools)

    def draw(self, index: int, operation: str = "") -> Drawn:
        """Draw the question of an index, of any operation or of the one that is named."""
        dice = Dice(f"{self.family}/{self.seed}/{operation}/{index}")
        pool = dice.choose(self._pools[operation or dice.choose(self.operations)])
        edition = dice.choose(pool.editions)
        for _ in range(TRIES):
            recipe = (*pool.recipe, *_edits(pool, dice))
            try:
                return self._drawn(index, pool.base, recipe, edition)
            except BadSuite:
                continue  # it does not fit the base, or makes no question of it
        return self._drawn(index, pool.base, pool.recipe, edition)

    def _drawn(self, index: int, base: str, recipe: Recipe, edition: str) -> Drawn:
        asked = self._reference.question(base, recipe, (edition,))
        return Drawn(index, base, recipe, edition, asked, answers(asked)[edition])


def _edits(pool: Pool, dice: Dice) -> Iterator[Edit]:
    for _ in range(dice.choose(EDITS)):
        yield dice.choose(pool.groups)(dice)


# --- What may be done to a base ---------------------------------------------------------------


def _pools(corpus: Corpus, reference: Reference) -> Iterator[Pool]:
    """Every base, and every witness with the edits of its base."""
    values = _values(corpus)
    groups: dict[str, list[Group]] = {}
    for name, base in corpus.bases.items():
        offered = OPERATIONS[base.operation].edits(corpus, reference.described(name))
        own = [partial(_one_of, list(group)) for group in offered if group]
        groups[name] = [*own, *_groups(corpus, base, values)]
        drops = [["drop", node.path] for node in _nodes_of(corpus, base)]
        if fitting := [edit for edit in drops if _fits(reference, name, edit)]:
            groups[name].append(partial(_one_of, fitting))
        yield Pool(name, (), base.editions, groups[name])
    for witness in corpus.witnesses:
        editions = witness.editions or corpus.bases[witness.base].editions
        yield Pool(witness.base, witness.recipe, editions, groups[witness.base])


def _fits(reference: Reference, base: str, edit: Edit) -> bool:
    """Whether a base is still a question after an edit."""
    try:
        answers(reference.question(base, [edit]))
    except BadSuite:
        return False
    return True


def _groups(corpus: Corpus, base: Base, values: Mapping[str, list[object]]) -> Iterator[Group]:
    """The edits that fit any operation: those of its witnesses, and such as put something else
    into a place of the input, or another character.
    """
    recipes = [
        witness.recipe
        for witness in corpus.witnesses
        if corpus.bases[witness.base].operation == base.operation
    ]
    if tried := [edit for recipe in recipes for edit in recipe]:
        yield partial(_one_of, tried)
    nodes = list(_nodes_of(corpus, base))
    yield partial(_another_value, nodes, values)
    if texts := [node for node in nodes if isinstance(node.value, str) and node.value]:
        yield partial(_another_character, texts)


def _one_of(edits: Sequence[Edit], dice: Dice) -> Edit:
    return dice.choose(edits)


def _another_value(
    nodes: Sequence["_Node"], values: Mapping[str, list[object]], dice: Dice
) -> Edit:
    node = dice.choose(nodes)
    return "set", node.path, dice.choose(values[node.member])


def _another_character(nodes: Sequence["_Node"], dice: Dice) -> Edit:
    node = dice.choose(nodes)
    place = 1 + dice.below(len(node.value))
    edit = dice.choose(("put", "add", "cut"))
    if edit == "cut":
        return edit, node.path, place
    return edit, node.path, place, dice.choose(CHARACTERS)


class _Node(NamedTuple):
    """A place in an input, the name of the member there, and what it holds."""

    path: str
    member: str
    value: Any


def _nodes_of(corpus: Corpus, base: Base) -> Iterator[_Node]:
    """Every place within the input of a base."""
    return _nodes(Parts(corpus.parts).written_out(base.input), "input", "input")


def _nodes(value: object, path: str, member: str) -> Iterator[_Node]:
    """Every place within a value, from the outside in, without the value itself."""
    inner: list[_Node] = []
    if isinstance(value, dict):
        inner = [_Node(f"{path}.{name}", name, held) for name, held in value.items()]
    elif isinstance(value, list):
        for number, held in enumerate(value):
            inner.append(_Node(f"{path}.{number}", f"{member}[]", held))
    for node in inner:
        yield node
        yield from _nodes(node.value, node.path, node.member)


def _values(corpus: Corpus) -> dict[str, list[object]]:
    """Every value that a member has in the bases of a corpus, by the name of the member."""
    found: dict[str, dict[bytes, object]] = {}
    for base in corpus.bases.values():
        for node in _nodes_of(corpus, base):
            found.setdefault(node.member, {})[canonical_json(node.value)] = node.value
    return {member: list(values.values()) for member, values in found.items()}
