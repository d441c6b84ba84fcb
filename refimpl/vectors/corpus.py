"""The corpus: frozen witnesses as a person reads and writes them, one file for each family of
vectors.

A witness is a named base and a recipe of edits put to it.  Bases are written with `parts`: a
text `"@name"` stands for the part of that name, and `"@@name"` for its canonical JSON as a
text.  `documents` turns every witness into what is asked of an implementation; nothing is
computed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.vectors.edits import Recipe, Unfit, apply, wire_json
from refimpl.vectors.operations import OPERATIONS, Json, as_published
from refimpl.vectors.suite import BadSuite

T = TypeVar("T", bound=BaseModel)

FAMILIES: Final = (
    "identifiers",
    "routing",
    "session",
    "messages",
    "exchange",
    "signed-message",
    "sealed-message",
    "certificate-profile",
    "pseudonym",
    "redaction",
    "authorization",
    "tls-profile",
)


class Frozen(BaseModel):
    """What every shape of the corpus has in common: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Base(Frozen):
    """A good example to wound: an operation, the context it is asked in, and its input."""

    operation: str
    context: str | None = None
    input: dict[str, Any]
    editions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


class Witness(Frozen):
    """One vector before it is filled in: which base, wounded how, and why that is worth asking."""

    id: Annotated[
        str,
        Field(
            pattern=r"^[a-z]+(-[a-z]+)*/(accept|reject)-[a-z0-9]+(-[a-z0-9]+)*$", max_length=100
        ),
    ]
    title: Annotated[str, Field(min_length=8, max_length=100)]
    why: Annotated[str, Field(min_length=10)]
    goal: str
    base: str
    recipe: tuple[tuple[Any, ...], ...] = ()
    twin: str | None = None
    flags: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    source: str | None = None
    since: str = "0.1.0"
    status: Literal["active", "withdrawn"] = "active"
    superseded_by: str | None = None


class Corpus(Frozen):
    """The witnesses of one family, and what their recipes begin from.

    `editions` are those of the suite, in which every base is asked that names none itself.
    """

    editions: tuple[str, ...] = ()
    family: str
    title: str
    contexts: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    bases: dict[str, Base]
    witnesses: tuple[Witness, ...]


class Flag(Frozen):
    """A shared note: what a marked vector is about, and what goes wrong where it is missed."""

    description: str
    effect: str
    cwe: tuple[str, ...] = ()


class Suite(Frozen):
    """What the whole suite has in common.

    `editions` are those it asks about, oldest first; `released` tells whether its ids and
    hashes are frozen.
    """

    suite: str
    version: str
    released: bool
    editions: Annotated[tuple[str, ...], Field(min_length=1)]
    licence: str
    flags: dict[str, Flag]


@dataclass(frozen=True, slots=True)
class Document:
    """What is asked of an implementation: an operation, in which context and editions, with
    which input.
    """

    operation: str
    context: str | None
    editions: tuple[str, ...]
    input: Json


def read_suite(folder: Path) -> Suite:
    """What the suite in a folder has in common; raises `BadSuite`."""
    suite = _read(folder / "corpus" / "suite.json", Suite)
    try:
        for name in suite.editions:
            load(name)
    except RoamingError as error:
        raise BadSuite(f"suite.json, editions: {error.where}") from error
    return suite


def read_corpus(folder: Path, family: str) -> Corpus:
    """The corpus of one family; raises `BadSuite`, also for an unknown part, base, context or
    operation.
    """
    path = folder / "corpus" / f"{family}.json"
    corpus = _read(path, Corpus)
    for name, base in corpus.bases.items():
        if base.operation not in OPERATIONS:
            raise BadSuite(f"{path.name}, base {name}: no operation {base.operation!r}")
    for witness in corpus.witnesses:
        if witness.base not in corpus.bases:
            raise BadSuite(f"{path.name}, {witness.id}: no base {witness.base!r}")
    editions = read_suite(folder).editions
    bases = {
        name: base.model_copy(update={"editions": base.editions or editions})
        for name, base in corpus.bases.items()
    }
    return corpus.model_copy(update={"bases": bases, "editions": editions})


def _read(path: Path, shape: type[T]) -> T:
    try:
        return shape.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadSuite(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSuite(
            f"{path.name}, {'.'.join(map(str, first['loc']))}: {first['msg']}"
        ) from error


def document(
    corpus: Corpus, base: str, recipe: Recipe, editions: tuple[str, ...] = ()
) -> Document:
    """A base wounded by a recipe; raises `BadSuite` where an edit does not fit."""
    good = corpus.bases[base]
    start = {"context": good.context, "input": good.input}
    try:
        wounded = apply(_spelt(recipe, corpus.parts), _spelt(start, corpus.parts))
    except Unfit as error:
        raise BadSuite(f"{corpus.family}, base {base}: {error}") from error
    if wounded["context"] is not None and wounded["context"] not in corpus.contexts:
        raise BadSuite(f"{corpus.family}, base {base}: no context {wounded['context']!r}")
    try:
        setting = corpus.contexts[wounded["context"]] if wounded["context"] else None
        shown = as_published(good.operation, setting, wounded["input"])
    except (RoamingError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadSuite(f"{corpus.family}, base {base}: {error!r}") from error
    return Document(good.operation, wounded["context"], editions or good.editions, shown)


def documents(corpus: Corpus) -> Iterator[tuple[Witness, Document]]:
    """Every witness with what it asks."""
    for witness in corpus.witnesses:
        try:
            yield witness, document(corpus, witness.base, witness.recipe, witness.editions)
        except BadSuite as error:
            raise BadSuite(f"{witness.id}: {error}") from error


def _spelt(value: Any, parts: Mapping[str, Any]) -> Any:
    """The value with every part it names written out."""
    match value:
        case str() if value.startswith("@@"):
            return wire_json(_spelt(_part(value[2:], parts), parts)).decode()
        case str() if value.startswith("@"):
            return _spelt(_part(value[1:], parts), parts)
        case dict():
            return {name: _spelt(inner, parts) for name, inner in value.items()}
        case list() | tuple():
            return [_spelt(inner, parts) for inner in value]
    return value


def _part(name: str, parts: Mapping[str, Any]) -> Any:
    if name not in parts:
        raise BadSuite(f"no part {name!r}")
    return parts[name]
