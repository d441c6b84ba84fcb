"""Questions that no vector asks, drawn by lot: each the same for the same seed and number, on
every machine and whichever others are drawn.

A question is a base of the corpus or one of its witnesses, changed by some edits: those that
the operation itself offers, a value that the same member has elsewhere in the corpus, one step
beside it, another character, another context, or a member left out.  So each is a base and a
recipe, and can be added to the corpus as it stands.  What the reference can make no answer of
is no question, and another is drawn in its place.

To see one, `draw(sources(folder)["emaid.parse"], seed=1, number=7)`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from refimpl.vectors.corpus import Corpus, Parts, read_corpus
from refimpl.vectors.edits import Edit, apply
from refimpl.vectors.families import FAMILIES, OPERATIONS, role_asked
from refimpl.vectors.questions import Question, Reference, answers
from refimpl.vectors.suite import BadSuite, Expect, Json
from refimpl.vectors.well_formed import may_be_asked, may_hold_any_text
from refimpl.vocabulary import Role

T = TypeVar("T")

MOST_EDITS: Final = 3
DRAWS: Final = 50
"""How often another question is drawn, where what was drawn is none."""
HUNDRED: Final = 100
ELSEWHERE: Final = 5
"""Of a hundred edits, how many ask in another context."""
OWN: Final = 50
"""Of a hundred others, how many are such as the operation itself offers, where it does."""
LEFT_OUT, CHARACTER, BESIDE, INSERTED = 12, 15, 20, 15
"""Of a hundred of the rest, how many leave something out, change a character, go one step
beside a number or a moment, and put an item in.
"""
MOST_OF_A_GROUP: Final = 10
"""From how many edits on a group is as likely as any other."""
MOMENT: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
CHARACTERS: Final = '0159AEZaez-*_+ "{}[]:,.\\\u00e9\u212a\n'
DIGEST: Final = 64
SPARE: Final = 1 << 64
"""So much larger than any choice is what a digest has left, so that none is likelier."""


class Dice:
    """Numbers that follow from a text alone: a digest of it, and then of it and a count.

    Python's own promise the same numbers for a seed, but not the same choices.
    """

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


class Place(NamedTuple):
    """A base and the recipe put to it."""

    base: str
    recipe: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question drawn by lot, in one edition, and what the reference answers."""

    family: str
    place: Place
    edition: str
    asked: Question
    expected: Expect

    @property
    def operation(self) -> str:
        """The operation that is asked."""
        return self.asked.operation

    @property
    def context(self) -> Json | None:
        """The context in which it is asked, written out; None where there is none."""
        return self.asked.setting

    @property
    def input(self) -> Json:
        """What it is asked about."""
        return self.asked.input

    @property
    def role(self) -> Role | None:
        """The role that an endpoint is asked in, or None where that is all the same."""
        return role_asked(self.operation, self.context, self.input)


class _Node(NamedTuple):
    """A place in an input, the name of the member there, and what it holds."""

    path: str
    member: str
    value: object


class Source:
    """All that questions of one operation are made of: the bases and witnesses of a family."""

    def __init__(self, corpus: Corpus, operation: str) -> None:
        self.corpus = corpus
        self.operation = operation
        self.places = list(_places(corpus, operation))
        self._reference = Reference(corpus)
        self._contexts = sorted(corpus.contexts)

    @property
    def family(self) -> str:
        """The family of the corpus."""
        return self.corpus.family

    def witness_at(self, place: Place) -> str | None:
        """Return the id of the witness at a place, if there is one."""
        for witness in self.corpus.witnesses:
            if Place(witness.base, _recipe(witness.recipe)) == place:
                return witness.id
        return None

    def draw(self, dice: Dice) -> Drawn:
        """Draw one question; raises `BadSuite` where there is none to be had."""
        for _ in range(DRAWS):
            start = dice.below(len(self.places))
            base, recipe = self.places[start]
            edits = [self._edit(start, dice) for _ in range(1 + dice.below(MOST_EDITS))]
            edition = dice.choose(self.corpus.bases[base].editions)
            drawn = self.asked_at(Place(base, (*recipe, *edits)), edition)
            if drawn is not None:
                return drawn
        raise BadSuite(f"no question for {self.operation} in {DRAWS} draws")

    def asked_at(self, place: Place, edition: str) -> Drawn | None:
        """Return what is asked at a place, or None where that is no question."""
        try:
            asked = self._reference.question(place.base, place.recipe, (edition,))
            if not may_be_asked(self.operation, asked.input):
                return None
            expected = answers(asked)[edition]
        except BadSuite:
            return None
        return Drawn(self.family, place, edition, asked, expected)

    def _edit(self, start: int, dice: Dice) -> Edit:
        """One edit of what is asked at the place of that number."""
        if len(self._contexts) > 1 and dice.below(HUNDRED) < ELSEWHERE:
            return "set", "context", dice.choose(self._contexts)
        own = self._own_edits[self.places[start].base]
        if own and dice.below(HUNDRED) < OWN:
            return dice.choose(dice.choose(own))
        return self._edit_of_node(start, dice)

    def _edit_of_node(self, start: int, dice: Dice) -> Edit:
        """Something else in one place: a value out of the corpus, nothing, or a character."""
        node = dice.choose(self._nodes[start])
        lot = dice.below(HUNDRED)
        if lot < LEFT_OUT:
            return "drop", node.path
        free = may_hold_any_text(self.operation, node.path)
        if lot < LEFT_OUT + CHARACTER and free and isinstance(node.value, str) and node.value:
            return _edit_of_text(node.path, node.value, dice)
        if lot < LEFT_OUT + CHARACTER + BESIDE and (near := _beside(node.value)):
            return "set", node.path, dice.choose(near)
        inserted = node.member.endswith("[]") and lot >= HUNDRED - INSERTED
        name = "insert" if inserted else "set"
        return name, node.path, dice.choose(self._values[node.member])

    @cached_property
    def _own_edits(self) -> Mapping[str, Sequence[Sequence[Edit]]]:
        """The edits that the operation offers at each base, in its groups; a small group stands
        there less often.
        """
        offered = OPERATIONS[self.operation].edits
        groups: dict[str, list[Sequence[Edit]]] = {}
        for name in {place.base for place in self.places}:
            given = self._described(Place(name, ()))
            groups[name] = []
            for group in map(_recipe, offered(self.corpus, given)):
                groups[name] += [group] * min(len(group), MOST_OF_A_GROUP)
        return groups

    @cached_property
    def _nodes(self) -> Sequence[Sequence[_Node]]:
        """Every place within the input of each of the places."""
        return [list(_within(self._described(place), "input")) for place in self.places]

    @cached_property
    def _values(self) -> Mapping[str, Sequence[object]]:
        """Every value that a member has anywhere in the corpus, by the name of the member."""
        found: dict[str, dict[str, object]] = {}
        for nodes in self._nodes:
            for node in nodes:
                key = json.dumps(node.value, sort_keys=True)
                found.setdefault(node.member, {})[key] = node.value
        return {name: list(values.values()) for name, values in found.items()}

    def _described(self, place: Place) -> Json:
        """The input that the corpus describes at a place."""
        base = self.corpus.bases[place.base]
        parts = Parts(self.corpus.parts)
        start = parts.written_out({"context": base.context, "input": base.input})
        changed = apply(parts.written_out(place.recipe), start)
        described: Json = changed["input"]
        return described


def _edit_of_text(path: str, text: str, dice: Dice) -> Edit:
    name = dice.choose(("put", "add", "cut"))
    place = 1 + dice.below(len(text))
    if name == "cut":
        return name, path, place
    return name, path, place, dice.choose(CHARACTERS)


def _beside(value: object) -> list[object]:
    """The values one step beside a number, or one second beside a moment."""
    if isinstance(value, int):
        return [not value] if isinstance(value, bool) else [value - 1, value + 1]
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        return []
    found: list[object] = []
    for seconds in (-1, 1):
        with suppress(ValueError, OverflowError):  # no such day, or none after it
            at = datetime.fromisoformat(value) + timedelta(seconds=seconds)
            found.append(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return found


def _within(value: object, path: str, member: str = "input") -> Iterator[_Node]:
    """Every place within a value, from the outside in, without the value itself."""
    inner: list[_Node] = []
    if isinstance(value, dict):
        inner = [_Node(f"{path}.{name}", name, held) for name, held in value.items()]
    elif isinstance(value, list):
        places = enumerate(value)
        inner = [_Node(f"{path}.{number}", f"{member}[]", held) for number, held in places]
    for node in inner:
        yield node
        yield from _within(node.value, node.path, node.member)


def _places(corpus: Corpus, operation: str) -> Iterator[Place]:
    """The bases and witnesses of a corpus that ask an operation."""
    for name, base in corpus.bases.items():
        if base.operation == operation:
            yield Place(name, ())
    for witness in corpus.witnesses:
        if corpus.bases[witness.base].operation == operation:
            yield Place(witness.base, _recipe(witness.recipe))


def _recipe(recipe: Sequence[Edit]) -> tuple[Edit, ...]:
    return tuple(tuple(edit) for edit in recipe)


Sources = Mapping[str, Sequence[Source]]
"""What questions can be made of, by operation: some stand in several families."""


def sources(folder: Path, families: Sequence[str] = FAMILIES) -> Sources:
    """Return what questions can be made of, for each operation of the suite in a folder, or of
    some of its families.
    """
    found: dict[str, list[Source]] = {}
    for family in families:
        corpus = read_corpus(folder, family)
        for operation in dict.fromkeys(base.operation for base in corpus.bases.values()):
            found.setdefault(operation, []).append(Source(corpus, operation))
    return found


def draw(found: Sequence[Source], seed: int | str, number: int) -> Drawn:
    """Return the question of that number for an operation and a seed; raises `BadSuite` where
    there is none of that number.
    """
    dice = Dice(f"{found[0].operation}/{seed}/{number}")
    lot = dice.below(sum(len(source.places) for source in found))
    for source in found[:-1]:
        if lot < len(source.places):
            return source.draw(dice)
        lot -= len(source.places)
    return found[-1].draw(dice)
