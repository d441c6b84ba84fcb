"""Where each rule is: the editions that have it, the code that cites it, the vectors that
exercise it, the tests and the notebooks that name it; and what is left without.

The matrix is read from what is there and kept nowhere: code and tests as syntax trees, vectors
and notebooks as JSON.  An installed package has no tests, and then no rule has any.
"""

import ast
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from refimpl.edition import Clause, Edition, Rule

PACKAGE: Final = Path(__file__).parent
TESTS: Final = PACKAGE.parent / "tests"
"""Where a checkout has its tests."""
INSTALLED: Final = PACKAGE / "_notebooks"
"""Where a wheel carries the notebooks."""
LISTING: Final = frozenset({PACKAGE / "vectors", PACKAGE / "edition" / "switches.py"})
"""Where the code tells in what order rules are tried, and which may be switched off."""
CITATION: Final = re.compile(r"\b[A-Z]{3}-[0-9]+\b")
LIKELY: Final = re.compile(r"[A-Z]{3}-[0-9]")  # in a source, an escape may stand before it


class Place(NamedTuple):
    """Where a rule is cited: a file by its path, a line of it, and the function or table that
    the line belongs to.
    """

    file: str
    line: int
    within: str

    @property
    def room(self) -> str:
        """The room of the house that the file stands in."""
        return self.file.split("/")[1].removesuffix(".py")

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place} in {self.within}" if self.within else place


VECTORS_NAMED: Final = 4
"""How many vectors of a family are named to a person."""

Places = Mapping[str, tuple[Place, ...]]
"""By the id of a rule, the places that cite it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One rule, and the places that have to do with it; its vectors are ids by family."""

    rule: Rule
    editions: tuple[str, ...]
    code: tuple[Place, ...]
    vectors: Mapping[str, tuple[str, ...]]
    tests: tuple[Place, ...]
    notebooks: tuple[str, ...]

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms whose code cites the rule."""
        return tuple(dict.fromkeys(place.room for place in self.code))

    def places(self) -> dict[str, list[str]]:
        """Tell line by line where the rule is: in code, in vectors of which the first of each
        family are named, in tests and in notebooks.
        """
        return {
            "code": [str(place) for place in self.code],
            "vectors": [_vectors_in_words(*family) for family in self.vectors.items()],
            "tests": [str(place) for place in self.tests],
            "notebooks": [*self.notebooks],
        }


def _vectors_in_words(family: str, ids: tuple[str, ...]) -> str:
    named = ", ".join(ids[:VECTORS_NAMED])
    more = f" and {len(ids) - VECTORS_NAMED} more" if len(ids) > VECTORS_NAMED else ""
    return f"{family} {len(ids)}: {named}{more}"


UNTESTED: Final = "rules that no test names"
# fmt: off
LACKS: Final[tuple[tuple[str, str, Callable[[Trace], bool]], ...]] = (
    ("rules that no code cites",
     "A rule that is not modelled says why.",
     lambda one: not one.code),
    ("rules that no vector exercises",
     "Each of them could be asked of another implementation.",
     lambda one: not one.vectors and one.rule.exercised == "vectors"),
    (UNTESTED,
     "The vectors hold them.",
     lambda one: not one.tests),
    ("rules held by tests instead of vectors",
     "No question put to another implementation could find them broken.",
     lambda one: not one.vectors and one.rule.exercised == "tests"),
    ("rules of no clause",
     "They are about the model itself or from a text beside the standard.",
     lambda one: not one.rule.clause),
)
# fmt: on
"""What a rule may lack, why that may be so, and whether it does."""


class Orphans(NamedTuple):
    """What has no counterpart: what is missing of what, why that may be so, and the ids of
    those that miss it.
    """

    kind: str
    meaning: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Every rule of some editions with its places, their clauses, and the notebooks by their
    names with the rules that each names.
    """

    rules: Mapping[str, Trace]
    clauses: Mapping[str, Clause]
    notebooks: Mapping[str, tuple[str, ...]]
    has_tests: bool

    def orphans(self) -> tuple[Orphans, ...]:
        """List what has no counterpart, kind by kind; a kind without any is listed, too."""
        found = []
        for kind, meaning, lacks in LACKS:
            ids = tuple(name for name, one in self.rules.items() if lacks(one))
            if self.has_tests or kind != UNTESTED:
                found.append(Orphans(kind, meaning, ids))
        cited = {one.rule.clause for one in self.rules.values()}
        unruled = tuple(clause for clause in self.clauses if clause not in cited)
        said = "Titles, figures and tables, or what no public text tells."
        found.append(Orphans("clauses with no rule", said, unruled))
        silent = tuple(book for book, named in self.notebooks.items() if not named)
        said = "What they show may name some."
        found.append(Orphans("notebooks that name no rule", said, silent))
        return tuple(found)


def notebooks_folder() -> Path:
    """Return the folder of the notebooks that belong to this package: beside it in a checkout,
    within it where it was installed.

    >>> (notebooks_folder() / "00-start-here.ipynb").exists()
    True
    """
    return INSTALLED if INSTALLED.is_dir() else PACKAGE.parent / "notebooks"


def trace(
    editions: Iterable[Edition], suite: Path, notebooks: Path, tests: Path = TESTS
) -> Matrix:
    """Follow every rule of some editions, by its id, through the code, the vectors of a suite,
    a folder of tests and one of notebooks; where a folder is missing, nothing is found in it.
    """
    having: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    clauses: dict[str, Clause] = {}
    for edition in editions:
        clauses.update(edition.clauses)
        for rule in edition.rules.values():
            rules[rule.id] = rule
            having.setdefault(rule.id, []).append(edition.id)
    code, vectors, tested = cited_in_code(), exercised(suite), named_in_tests(tests)
    noted = named_in_notebooks(notebooks)
    traces = {}
    for name, rule in rules.items():
        traces[name] = Trace(
            rule,
            tuple(having[name]),
            code.get(name, ()),
            vectors.get(name, {}),
            tested.get(name, ()),
            tuple(book for book, named in noted.items() if name in named),
        )
    known = {book: tuple(one for one in named if one in rules) for book, named in noted.items()}
    return Matrix(traces, clauses, known, tests.is_dir())


class Citation(NamedTuple):
    """A rule id in a source: the line, and the function, class or table that it stands in."""

    rule: str
    line: int
    within: str


def cited_in(source: str) -> Iterator[Citation]:
    """Find the rule ids in the strings of a Python source, docstrings aside.

    >>> list(cited_in('\"\"\"Unlike NET-1.\"\"\"\\nraise Misuse("NET-9", "file")'))
    [Citation(rule='NET-9', line=2, within='')]
    """
    lines = [n for n, line in enumerate(source.split("\n"), 1) if LIKELY.search(line)]
    if lines:  # most have none, and a tree takes its time
        yield from _cited_below(ast.parse(source), "", lines)


def _cited_below(node: ast.AST, within: str, lines: list[int]) -> Iterator[Citation]:
    """Find what is cited beneath a node, which is looked into where one of the lines is its."""
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.stmt() if not _has_any(child, lines):
                pass
            case ast.Expr(value=ast.Constant()):  # a docstring
                pass
            case ast.Constant(value=value):
                for rule in CITATION.findall(str(value)):
                    yield Citation(rule, child.lineno, within)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                whole = f"{within}.{name}" if within else name
                yield from _cited_below(child, whole, lines)
            case (
                ast.Assign(targets=[ast.Name(id=name)])
                | ast.AnnAssign(target=ast.Name(id=name))
            ) if not within:
                yield from _cited_below(child, name, lines)
            case _:
                yield from _cited_below(child, within, lines)


def _has_any(statement: ast.stmt, lines: list[int]) -> bool:
    """Whether one of the lines, which are in order, may be a statement's; what is decorated
    begins before its first line.
    """
    at = bisect_left(lines, statement.lineno)
    inside = at < len(lines) and lines[at] <= (statement.end_lineno or statement.lineno)
    return inside or bool(getattr(statement, "decorator_list", ()))


def citations(source: str) -> set[str]:
    """The rule ids in the strings of a Python source, docstrings aside.

    >>> sorted(citations('\"\"\"Unlike NET-1.\"\"\"\\nraise Misuse("NET-9", "file")'))
    ['NET-9']
    """
    return {one.rule for one in cited_in(source)}


def cited_in_code() -> Places:
    """The places in the code of the model that cite a rule; but for those that only list rules
    and hold none.
    """
    paths = sorted(PACKAGE.rglob("*.py"))
    return _places(path for path in paths if LISTING.isdisjoint((path, *path.parents)))


def named_in_tests(folder: Path) -> Places:
    """The tests that name a rule, and the tables that tests go by."""
    return _places(sorted(folder.glob("test_*.py")))


def _places(paths: Iterable[Path]) -> Places:
    """Gather by rule where the sources cite it, each function or table once."""
    found: dict[str, dict[tuple[str, str], Place]] = {}
    for path in paths:
        file = f"{path.parent.relative_to(_root_of(path)).as_posix()}/{path.name}"
        for rule, line, within in cited_in(path.read_text("utf-8")):
            found.setdefault(rule, {}).setdefault((file, within), Place(file, line, within))
    return {rule: tuple(places.values()) for rule, places in found.items()}


def _root_of(path: Path) -> Path:
    """The folder that the path of a file is told from."""
    return PACKAGE.parent if PACKAGE in path.parents else path.parents[1]


def exercised(suite: Path) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The vectors that name a rule, by rule and family."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for path in sorted(suite.glob("v*/*.json")):
        for test in json.loads(path.read_bytes())["tests"]:
            for named in test["rules"]:
                families = found.setdefault(named, {})
                families[path.stem] = (*families.get(path.stem, ()), test["id"])
    return found


def named_in_notebooks(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """The notebooks by name, each with the rules that its prose or code names."""
    found = {}
    for path in sorted(folder.glob("[0-9][0-9]-*.ipynb")):
        cells = json.loads(path.read_bytes())["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
        found[path.stem] = tuple(dict.fromkeys(CITATION.findall(text)))
    return found
