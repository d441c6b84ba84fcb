"""The corpus: frozen witnesses as a person reads and writes them, one file for each family of
vectors.

A witness is a named base and a recipe of edits put to it.  Bases are written with `parts`: a
text `"@name"` stands for the part of that name, and `"@@name"` for its canonical JSON as a
text.  Reading is all that happens here; `questions` turns a witness into what it asks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.shapes import Closed, canonical_json, first_fault
from refimpl.vectors.suite import BadSuite, Json

T = TypeVar("T", bound=BaseModel)


class Base(Closed):
    """A good example: an operation, the context it is asked in, and its input; goals are looked
    for at the base that it is `like`, if any.
    """

    operation: str
    context: str | None = None
    input: Json
    editions: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    like: str | None = None


class Witness(Closed):
    """One vector before it is filled in: which base, changed how, and why that is asked."""

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


class Corpus(Closed):
    """The witnesses of one family, and what their recipes begin from.

    `editions` are those of the suite, in which every base is asked that names none itself.
    """

    of_schema: Annotated[str, Field(alias="$schema")] = ""
    editions: tuple[str, ...] = ()
    family: str
    title: str
    contexts: dict[str, Json] = Field(default_factory=dict)
    parts: Json = Field(default_factory=dict)
    bases: dict[str, Base]
    witnesses: tuple[Witness, ...]


class Flag(Closed):
    """A shared note: what a marked vector is about, and what goes wrong where it is missed."""

    description: str
    effect: str
    cwe: tuple[str, ...] = ()


class SuiteHead(Closed):
    """What the whole suite has in common.

    `editions` are those it asks about, oldest first; `released` tells whether this version is
    out, or still being made.
    """

    of_schema: Annotated[str, Field(alias="$schema")] = ""
    suite: str
    version: str
    released: bool
    editions: Annotated[tuple[str, ...], Field(min_length=1)]
    licence: str
    flags: dict[str, Flag]

    def freezes(self, since: str) -> bool:
        """Tell whether the id and hashes of a vector are frozen that is there since a version:
        those of each release are.
        """
        return self.released or number(since) < number(self.version)


def number(version: str) -> tuple[int, ...]:
    """Return a version as it is compared with others.

    >>> number("0.10.0") > number("0.9.1")
    True
    """
    return tuple(map(int, version.split(".")))


def read_head(folder: Path) -> SuiteHead:
    """Read what the suite in a folder has in common; raises `BadSuite`."""
    head = _read(folder / "corpus" / "suite.json", SuiteHead)
    try:
        for name in head.editions:
            load(name)
    except RoamingError as error:
        raise BadSuite(f"suite.json, editions: {error.where}") from error
    return head


def read_corpus(folder: Path, family: str) -> Corpus:
    """Read the corpus of one family; raises `BadSuite`, also for an unknown base."""
    path = folder / "corpus" / f"{family}.json"
    corpus = _read(path, Corpus)
    for witness in corpus.witnesses:
        if witness.base not in corpus.bases:
            raise BadSuite(f"{path.name}, {witness.id}: no base {witness.base!r}")
    return asked_in(corpus, read_head(folder).editions)


def asked_in(corpus: Corpus, editions: tuple[str, ...]) -> Corpus:
    """Return a corpus with the editions of the suite, in which every base is asked that names
    none itself.
    """
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
        fault = first_fault(error)
        raise BadSuite(f"{path.name}, {fault.place}: {fault.says}") from error


class Parts:
    """The parts of a corpus, each written out when it is first named."""

    def __init__(self, described: Mapping[str, object]) -> None:
        self._described = described
        self._written: dict[str, Any] = {}

    def written_out(self, value: Any) -> Any:
        """Return the value with every part it names written out; raises `BadSuite` for an
        unknown one.

        >>> Parts({"hour": 12, "day": {"hour": "@hour"}}).written_out(["@day", "@@day"])
        [{'hour': 12}, '{"hour":12}']
        """
        if isinstance(value, str):
            return self._named(value) if value.startswith("@") else value
        if isinstance(value, dict):
            return {name: self.written_out(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.written_out(inner) for inner in value]
        return value

    def _named(self, text: str) -> Any:
        if text.startswith("@@"):
            return canonical_json(self._part(text[2:])).decode()
        return self._part(text[1:])

    def _part(self, name: str) -> Any:
        if name not in self._described:
            raise BadSuite(f"no part {name!r}")
        if name not in self._written:
            self._written[name] = self.written_out(self._described[name])
        return self._written[name]
