"""Mutants: the reference with one place of its source text changed, as an implementer may have
got it wrong.

A catalogue is a folder with a Python file for each family of vectors; each offers `MUTANTS`.
`read_catalogue` reads it, `break_reference` makes this process hold the mutant in place of the
reference.  Every module is loaded afresh, so that tables, shapes and patterns, which are made
at import, are broken as well.  Only a child process that ends afterwards should do so.
"""

import importlib
import importlib.util
import json
import sys
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final, Protocol

from refimpl.vectors.suite import PACKAGE, BadSuite, Expect, Json

CATALOGUE: Final = PACKAGE.parent / "tests" / "mutants"
"""Where a checkout has its mutants; an installed package has none."""
WAY_OUT: Final = "name the tests/mutants of a checkout with --mutants"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of the source text, against one rule: `old`, which stands once in the module,
    becomes `new`.

    `misread` says what a reader of the suite's README has misunderstood who writes such code.
    """

    rule: str
    name: str
    misread: str
    module: str
    old: str
    new: str
    family: str = field(default="")
    equivalent: str = field(default="")
    """Why no vector can tell it from the reference, if that is so."""


class Unfit(ValueError):
    """A mutant that does not fit the source: what it changes is not there, or there twice."""


class Answer(Protocol):
    """How a reference answers: operation, edition, context and input in, what is expected
    out.
    """

    def __call__(
        self, operation: str, edition: str, context: Json | None, given: Json
    ) -> Expect:
        """Answer a question in the edition of that name."""


def read_catalogue(folder: Path = CATALOGUE) -> tuple[Mutant, ...]:
    """Read the mutants in a folder, family by family, or those of a sample in a JSON file.

    Raises `BadSuite` where there are none or two have one name.
    """
    if folder.suffix == ".json":
        return _read_sample(folder)
    found: list[Mutant] = []
    for path in sorted(folder.glob("[!_]*.py")):
        family = path.stem.replace("_", "-")
        found += [replace(mutant, family=family) for mutant in _read_file(path).MUTANTS]
    if not found:
        raise BadSuite(f"no mutants in {folder}", WAY_OUT)
    names = [(mutant.family, mutant.rule, mutant.name) for mutant in found]
    for name in names:
        if names.count(name) > 1:
            raise BadSuite(f"mutant {': '.join(name)} stands twice", "rename one")
    return tuple(found)


def _read_sample(path: Path) -> tuple[Mutant, ...]:
    """Read changes that a tool has made: of no family and against no rule."""
    try:
        rows = json.loads(path.read_bytes())["mutants"]
    except (OSError, ValueError, LookupError) as error:
        raise BadSuite(f"no mutants in {path}", WAY_OUT) from error
    found = []
    for row in rows:
        name = f"{row['module']}, line {row['line']}: {row['operator']}"
        change = {key: row[key] for key in ("module", "old", "new")}
        found.append(Mutant("-", name, "", **change, family="generic"))
    return tuple(found)


def _read_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"mutants_of_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- Breaking the reference -------------------------------------------------------------------


def path_of(module: str) -> Path:
    """Return the file of a module of this package."""
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def mutated_source(mutant: Mutant) -> str:
    """Return the source of the mutant's module as the mutant has it; raises `Unfit`."""
    source = path_of(mutant.module).read_text("utf-8")
    if (times := source.count(mutant.old)) != 1:
        raise Unfit(f"{mutant.module}: {mutant.old!r} stands there {times} times")
    return source.replace(mutant.old, mutant.new)


def break_reference(module: str, source: str) -> Answer:
    """Put another source in a module's place, load all of the package afresh, and return how
    that answers.

    Raises whatever the broken reference raises while it is loaded.
    """
    code = compile(source, str(path_of(module)), "exec")
    for name in [name for name in sys.modules if name.partition(".")[0] == "refimpl"]:
        del sys.modules[name]
    for forget in typing._cleanups:  # type: ignore[attr-defined]  # or types made of old classes stay
        forget()
    sys.meta_path.insert(0, _Changed(module, code))
    families = importlib.import_module("refimpl.vectors.families")
    load = importlib.import_module("refimpl.edition").load

    def answer(operation: str, edition: str, context: Json | None, given: Json) -> Expect:
        told: Expect = families.answer(operation, load(edition), context, given)
        return told

    return answer


class _Changed(MetaPathFinder):
    """Finds one module and gives it other code."""

    def __init__(self, module: str, code: CodeType) -> None:
        self.module = module
        self.code = code

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - as the import system asks
    ) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path)
        assert spec is not None
        assert spec.origin is not None
        loader = _Loader(fullname, spec.origin)
        loader.code = self.code
        spec.loader = loader
        return spec


class _Loader(SourceFileLoader):
    code: CodeType

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - it has one module
        return self.code


Breaking = Callable[[], Answer]
"""What breaks the reference of this process and returns how it then answers."""


def breaking(mutant: Mutant) -> Breaking:
    """Return what breaks the reference as a mutant does."""
    return lambda: break_reference(mutant.module, mutated_source(mutant))
