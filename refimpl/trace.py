"""Where each rule is: the editions that have it, the code that cites it, the vectors that
exercise it and the notebooks that name it.

The matrix is read from what is there and kept nowhere.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from refimpl.edition import Edition, Rule

PACKAGE: Final = Path(__file__).parent
CITATION: Final = re.compile(r"\b[A-Z]{3}-[0-9]+\b")

Places = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Trace:
    """One rule, and the places that have to do with it; a vector is counted in its family."""

    rule: Rule
    editions: tuple[str, ...]
    code: tuple[str, ...]
    vectors: Mapping[str, int]
    notebooks: tuple[str, ...]


def trace(editions: Iterable[Edition], suite: Path, notebooks: Path) -> dict[str, Trace]:
    """Follow every rule of some editions, by its id, through the code, the vectors of a suite
    and a folder of notebooks; where a folder is missing, nothing is found in it.
    """
    having: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    for edition in editions:
        for rule in edition.rules.values():
            rules[rule.id] = rule
            having.setdefault(rule.id, []).append(edition.id)
    code, vectors, named = rooms(), exercised(suite), in_notebooks(notebooks)
    return {
        name: Trace(
            rule,
            tuple(having[name]),
            tuple(code.get(name, ())),
            vectors.get(name, {}),
            tuple(named.get(name, ())),
        )
        for name, rule in rules.items()
    }


def citations(source: str) -> set[str]:
    """The rule ids in the strings of a Python source, docstrings aside.

    >>> sorted(citations('\"\"\"Unlike NET-1.\"\"\"\\nraise Misuse("NET-9", "file")'))
    ['NET-9']
    """
    nodes = list(ast.walk(ast.parse(source)))
    prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and id(node) not in prose:
            found.update(CITATION.findall(str(node.value)))
    return found


def rooms() -> Places:
    """The rooms whose code cites a rule, in order of their names; but for that of the vectors,
    which tells in what order rules are tried and holds none.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "vectors":
            continue
        for cited in citations(path.read_text("utf-8")):
            known = found.setdefault(cited, [])
            if room not in known:
                known.append(room)
    return found


def exercised(suite: Path) -> Mapping[str, Counter[str]]:
    """How many vectors of each family name a rule."""
    families: dict[str, Counter[str]] = {}
    for path in sorted(suite.glob("v*/*.json")):
        for test in json.loads(path.read_bytes())["tests"]:
            for named in test["rules"]:
                families.setdefault(named, Counter())[path.stem] += 1
    return families


def in_notebooks(folder: Path) -> Places:
    """The notebooks whose prose or code names a rule, by the number that they begin with."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("[0-9][0-9]-*.ipynb")):
        cells = json.loads(path.read_bytes())["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells)
        for named in sorted(set(CITATION.findall(text))):
            found.setdefault(named, []).append(path.name[:2])
    return found
