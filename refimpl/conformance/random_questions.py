"""Questions that no vector asks, made by lot: the same for the same seed, operation and number,
whichever others are made.

A question is a base of the corpus or one of its witnesses, changed by one to three edits: those
that the operation itself offers, a value that the same member has elsewhere in the corpus, and
a member left out.  So each is a base and a recipe, and can be added to the corpus as it stands.
What the reference can make no answer of is no question, and another is drawn in its place.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from refimpl.conformance.trials import role_asked
from refimpl.conformance.well_formed import is_well_formed, may_hold_any_text
from refimpl.vectors.corpus import Corpus, Parts, read_corpus
from refimpl.vectors.edits import Edit, apply
from refimpl.vectors.families import FAMILIES, OPERATIONS
from refimpl.vectors.questions import Reference, answers
from refimpl.vectors.suite import BadSuite, Expect, Json
from refimpl.vocabulary import Role

MOST_EDITS: Final = 3
DRAWS: Final = 50
"""How often another question is drawn, where what was drawn is none."""
ELSEWHERE: Final = 0.05
"""Of the edits, the share that asks in another context."""
OWN: Final = 0.5
"""Of the edits, the share that the operation itself offers, where it does."""
MOST_OF_A_GROUP: Final = 10
"""From how many edits on a group is as likely as any other."""
LEFT_OUT, CHARACTER, BESIDE, INSERTED = 0.12, 0.15, 0.2, 0.15
"""Of the others, the shares that leave something out, change a character, go one step beside a
number or a moment, and put an item in.
"""
MOMENT: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
CHARACTERS: Final = '0159AEZaez-*_+ "{}[]:,.\\\u00e9\u212a\n'


class Place(NamedTuple):
    """A base and the recipe put to it."""

    base: str
    recipe: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question made by lot, in one edition, and what the reference answers."""

    family: str
    place: Place
    operation: str
    edition: str
    context: Json | None
    input: Json
    expected: Expect

    @property
    def role(self) -> Role | None:
        """The role that an endpoint is asked in, or None where that is all the same."""
        return role_asked(self.operation, self.context, self.input)


class Source:
    """All that questions of one operation are made of: the bases and witnesses of a family."""

    def __init__(self, corpus: Corpus, operation: str) -> None:
        self.corpus = corpus
        self.operation = operation
        self._reference = Reference(corpus)
        self.places = list(_places(corpus, operation))

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

    @cached_property
    def values(self) -> Mapping[str, Sequence[object]]:
        """Every value that a member has anywhere in the corpus, by the name of the member."""
        found: dict[str, dict[str, object]] = {}
        for place in self.places:
            for node in _nodes(self.described(place), "input", "input"):
                key = json.dumps(node.value, sort_keys=True)
                found.setdefault(node.member, {})[key] = node.value
        return {name: list(values.values()) for name, values in found.items()}

    def described(self, place: Place) -> Json:
        """Return the input that the corpus describes at a place."""
        base = self.corpus.bases[place.base]
        parts = Parts(self.corpus.parts)
        start = parts.written_out({"context": base.context, "input": base.input})
        changed = apply(parts.written_out(place.recipe), start)
        described: Json = changed["input"]
        return described

    def draw(self, dice: Random) -> Drawn:
        """Draw one question; raises `BadSuite` where there is none to be had."""
        for _ in range(DRAWS):
            start = dice.choice(self.places)
            place = Place(start.base, (*start.recipe, *_recipe(list(self._edits(start, dice)))))
            edition = dice.choice(self.corpus.bases[start.base].editions)
            if (drawn := self.asked_at(place, edition)) is not None:
                return drawn
        raise BadSuite(f"no question for {self.operation} in {DRAWS} draws")

    def asked_at(self, place: Place, edition: str) -> Drawn | None:
        """Return what is asked at a place, or None where that is no question."""
        try:
            asked = self._reference.question(place.base, place.recipe, (edition,))
            if not is_well_formed(asked.input):
                return None
            expected = answers(asked)[edition]
        except BadSuite:
            return None
        return Drawn(
            self.family,
            place,
            self.operation,
            edition,
            asked.setting,
            asked.input,
            expected,
        )

    def _edits(self, start: Place, dice: Random) -> Iterator[Edit]:
        described = self.described(start)
        own = self._own_edits[start.base]
        for _ in range(dice.randint(1, MOST_EDITS)):
            if len(self.corpus.contexts) > 1 and dice.random() < ELSEWHERE:
                yield ["set", "context", dice.choice(sorted(self.corpus.contexts))]
            elif own and dice.random() < OWN:
                weights = [min(len(group), MOST_OF_A_GROUP) for group in own]
                yield dice.choice(dice.choices(own, weights)[0])
            else:
                yield self._edit_of_node(described, dice)

    @cached_property
    def _own_edits(self) -> dict[str, Sequence[Sequence[Edit]]]:
        """The edits that the operation offers at each base, in its groups."""
        offered = OPERATIONS[self.operation].edits
        groups: dict[str, Sequence[Sequence[Edit]]] = {}
        for name in {place.base for place in self.places}:
            given = self.described(Place(name, ()))
            groups[name] = [group for group in map(list, offered(self.corpus, given)) if group]
        return groups

    def _edit_of_node(self, described: Json, dice: Random) -> Edit:
        """Something else in one place: a value out of the corpus, nothing, or a character."""
        node = dice.choice(list(_nodes(described, "input", "input")))
        lot = dice.random()
        if lot < LEFT_OUT:
            return ["drop", node.path]
        free = may_hold_any_text(self.operation, node.path)
        if lot < LEFT_OUT + CHARACTER and free and isinstance(node.value, str) and node.value:
            return _edit_of_text(node.path, node.value, dice)
        if lot < LEFT_OUT + CHARACTER + BESIDE and (near := _beside(node.value)):
            return ["set", node.path, dice.choice(near)]
        name = "insert" if node.member.endswith("[]") and lot > 1 - INSERTED else "set"
        return [name, node.path, dice.choice(self.values[node.member])]


def _edit_of_text(path: str, text: str, dice: Random) -> Edit:
    name = dice.choice(("put", "add", "cut"))
    place = dice.randint(1, len(text))
    if name == "cut":
        return [name, path, place]
    return [name, path, place, dice.choice(CHARACTERS)]


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


class _Node(NamedTuple):
    """A place in a document, the name of the member there, and what it holds."""

    path: str
    member: str
    value: object


def _nodes(value: object, path: str, member: str) -> Iterator[_Node]:
    """Every place within a value, from the outside in, without the value itself."""
    match value:
        case dict():
            inner = [_Node(f"{path}.{name}", name, held) for name, held in value.items()]
        case list():
            places = enumerate(value)
            inner = [_Node(f"{path}.{number}", f"{member}[]", held) for number, held in places]
        case _:
            return
    for node in inner:
        yield node
        yield from _nodes(node.value, node.path, node.member)


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


def sources(folder: Path) -> dict[str, list[Source]]:
    """Return what questions can be made of, for each operation of the suite in a folder."""
    found: dict[str, list[Source]] = {}
    for family in FAMILIES:
        corpus = read_corpus(folder, family)
        for operation in dict.fromkeys(base.operation for base in corpus.bases.values()):
            found.setdefault(operation, []).append(Source(corpus, operation))
    return found


def random_question(found: Sequence[Source], seed: object, number: int) -> Drawn:
    """Return the question of that number for an operation and a seed."""
    dice = Random(f"{seed} {found[0].operation} {number}")
    weights = [len(source.places) for source in found]
    return dice.choices(found, weights)[0].draw(dice)
