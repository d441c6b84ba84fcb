"""What a corpus asks: every witness as a question to an implementation, and what the reference
answers to it.

A question is a base after its recipe, with what it describes made: bytes, texts, chains and
greetings.  `answers` asks the reference in each edition of the question.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.session import Step
from refimpl.vectors.corpus import Base, Corpus, Witness, written_out
from refimpl.vectors.edits import Recipe, Unfit, apply
from refimpl.vectors.families import OPERATIONS, answer
from refimpl.vectors.suite import BadSuite, Expect, Json


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


def question(
    corpus: Corpus, base: str, recipe: Recipe, editions: tuple[str, ...] = ()
) -> Question:
    """Return what a base asks after a recipe; raises `BadSuite` where an edit does not fit."""
    good = corpus.bases[base]
    try:
        context, described = _edited(corpus, good, recipe)
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


def _edited(corpus: Corpus, good: Base, recipe: Recipe) -> tuple[str | None, Json]:
    """The context's name and the input as the corpus describes it, after the recipe."""
    start = written_out({"context": good.context, "input": good.input}, corpus.parts)
    edited = apply(written_out(recipe, corpus.parts), start)
    context = edited["context"]
    if context is not None and context not in corpus.contexts:
        raise Unfit(f"no context {context!r}")
    return context, edited["input"]


def questions(corpus: Corpus) -> Iterator[tuple[Witness, Question]]:
    """Yield every witness with what it asks; raises `BadSuite` for what cannot be asked."""
    for name, base in corpus.bases.items():
        if base.operation not in OPERATIONS:
            raise BadSuite(
                f"{corpus.family}.json, base {name}: no operation {base.operation!r}"
            )
    for witness in corpus.witnesses:
        try:
            yield witness, question(corpus, witness.base, witness.recipe, witness.editions)
        except BadSuite as error:
            raise BadSuite(f"{witness.id}: {error}") from error


def answers(asked: Question) -> dict[str, Expect]:
    """Return what the reference answers in each edition; raises `BadSuite` for what is no
    question.
    """
    got = {}
    try:
        for name in asked.editions:
            got[name] = answer(asked.operation, load(name), asked.setting, asked.input)
    except (LookupError, TypeError, ValueError) as error:
        raise BadSuite(f"no question for {asked.operation}: {error!r}") from error
    return got
