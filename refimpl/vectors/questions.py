"""What a corpus asks: every witness as a question to an implementation, and what the reference
answers to it.

A question is a base after its recipe, with what it describes made: bytes, texts, chains and
greetings.  `Reference` is asked for each recipe once, and answers in each edition of the
question.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.session import Step
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus, Parts, Witness
from refimpl.vectors.edits import Recipe, Unfit, apply, shorter
from refimpl.vectors.families import OPERATIONS, answer
from refimpl.vectors.suite import BadSuite, Expect, Json, refusals


@dataclass(frozen=True, slots=True)
class Question:
    """An operation with an input, asked in a context and in editions.

    `context` is the name under which the corpus has the context, `setting` the context itself;
    both are None where there is none.
    """

    operation: str
    context: str | None
    setting: Json | None
    editions: tuple[str, ...]
    input: Json

    def rows(self) -> Iterator[Step]:
        """Yield the rows of the session table that are taken, edition by edition."""
        for name in self.editions:
            yield from OPERATIONS[self.operation].rows(load(name), self.input)


class Reply(NamedTuple):
    """A question, and what the reference answers to it in each edition."""

    asked: Question
    expected: dict[str, Expect]


class Reference:
    """The reference as it is asked about one corpus: what was asked before is remembered."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._parts = Parts(corpus.parts)
        self._settings: dict[str | None, bytes] = {}
        self._starts: dict[str, Json] = {}
        self._replies: dict[tuple[str, bytes, tuple[str, ...]], Reply] = {}

    def ask(self, base: str, recipe: Recipe, editions: tuple[str, ...] = ()) -> Reply:
        """Return what a base asks after a recipe, and the answers; raises `BadSuite` for what
        is no question.
        """
        key = base, canonical_json(recipe), editions
        reply = self._replies.get(key)
        if reply is None:
            asked = self.question(base, recipe, editions)
            reply = self._replies[key] = Reply(asked, answers(asked))
        return reply

    def replies(self) -> Iterator[tuple[Witness, Reply]]:
        """Yield every witness with what it asks and the answers; raises `BadSuite`."""
        for name, base in self.corpus.bases.items():
            if base.operation not in OPERATIONS:
                raise BadSuite(
                    f"{self.corpus.family}.json, base {name}: no operation {base.operation!r}"
                )
        for witness in self.corpus.witnesses:
            try:
                yield witness, self.ask(witness.base, witness.recipe, witness.editions)
            except BadSuite as error:
                raise BadSuite(f"{witness.id}: {error}") from error

    def setting_bytes(self, context: str | None) -> bytes:
        """Return a context of the corpus in canonical JSON, `null` for none."""
        if context not in self._settings:
            setting = None if context is None else self.corpus.contexts[context]
            self._settings[context] = canonical_json(setting)
        return self._settings[context]

    def question(self, base: str, recipe: Recipe, editions: tuple[str, ...] = ()) -> Question:
        """Return what a base asks after a recipe; raises `BadSuite` for an unfit edit."""
        corpus = self.corpus
        good = corpus.bases[base]
        try:
            context, described = self._edited(base, recipe)
            setting = None if context is None else corpus.contexts[context]
            write = OPERATIONS[good.operation].write
            given = write(setting or {}, described)
        except Unfit as error:
            raise BadSuite(f"{corpus.family}, base {base}: {error}") from error
        except BadSuite:
            raise
        except (RoamingError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise BadSuite(f"{corpus.family}, base {base}: {error!r}") from error
        return Question(good.operation, context, setting, editions or good.editions, given)

    def described(self, base: str) -> Json:
        """Return the input of a base as the corpus describes it."""
        described: Json = self._start(base)["input"]
        return described

    def _edited(self, base: str, recipe: Recipe) -> tuple[str | None, Json]:
        """The context's name and the input as the corpus describes it, after the recipe."""
        edited = apply(self._parts.written_out(recipe), self._start(base))
        context = edited["context"]
        if context is not None and context not in self.corpus.contexts:
            raise Unfit(f"no context {context!r}")
        return context, edited["input"]

    def _start(self, base: str) -> Json:
        """What recipes change: the context's name and the input of a base."""
        if base not in self._starts:
            good = self.corpus.bases[base]
            described = {"context": good.context, "input": good.input}
            self._starts[base] = self._parts.written_out(described)
        return self._starts[base]


def question(
    corpus: Corpus, base: str, recipe: Recipe, editions: tuple[str, ...] = ()
) -> Question:
    """Return what a base asks after a recipe; raises `BadSuite` where an edit does not fit."""
    return Reference(corpus).question(base, recipe, editions)


def answers(asked: Question) -> dict[str, Expect]:
    """Return what the reference answers in each edition; raises `BadSuite` for what is no
    question.
    """
    got: dict[str, Expect] = {}
    alike = not OPERATIONS[asked.operation].by_edition
    try:
        for name in asked.editions:
            if alike and got:
                got[name] = next(iter(got.values()))
            else:
                got[name] = answer(asked.operation, load(name), asked.setting, asked.input)
    except (LookupError, TypeError, ValueError) as error:
        raise BadSuite(f"no question for {asked.operation}: {error!r}") from error
    return got


def is_minimal(reference: Reference, witness: Witness, refused: Mapping[str, str]) -> bool:
    """Tell whether no edit can be left out without another answer in every edition that
    refuses.
    """
    for fewer in shorter(witness.recipe):
        try:
            got = refusals(reference.ask(witness.base, fewer, witness.editions).expected)
        except BadSuite:  # the rest of the recipe stands on this edit
            continue
        if {name: rule for name, rule in got.items() if name in refused} == refused:
            return False
    return True
