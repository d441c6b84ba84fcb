"""Six figures of how a source text reads, printed by `make check`.

They are there to be looked at, not to be reached: each is easy to improve by making the text
worse.  `python -m tests.readability [PATH]...` prints them, of `refimpl` where nothing is named.
The sixth is always that of the tests.

* `Any`, comprehensions and conditional expressions: how many there are per 1,000 lines
* short names: the share of functions and methods whose name, without underscores in front and
  without those of Python's own, has five characters or fewer
* line length: nine lines in ten are no longer, blank ones aside
* test names: the median length, `test_` included
"""

import ast
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

TESTS = Path(__file__).parent
HOUSE = TESTS.parent / "refimpl"
COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
SHORT = 5


def sources(places: Iterable[Path]) -> list[Path]:
    """The Python files in these folders, and these files themselves."""
    found = {path for place in places for path in place.rglob("*.py")}
    return sorted(found | {place for place in places if place.suffix == ".py"})


def figures(paths: Iterable[Path]) -> dict[str, float]:
    """Count the first five figures of some files, by name."""
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    for path in paths:
        text = path.read_text("utf-8")
        counts["lines"] += len(text.splitlines())
        lengths += [len(line) for line in text.splitlines() if line.strip()]
        for node in ast.walk(ast.parse(text)):
            counts["comprehensions"] += isinstance(node, COMPREHENSION)
            counts["conditionals"] += isinstance(node, ast.IfExp)
            counts["Any"] += isinstance(node, ast.Name) and node.id == "Any"
            if isinstance(node, FUNCTION) and not node.name.startswith("__"):
                counts["functions"] += 1
                counts["short"] += len(node.name.lstrip("_")) <= SHORT
    thousand = counts["lines"] / 1000
    return {
        "Any per 1,000 lines": counts["Any"] / thousand,
        "names of five characters or fewer, %": 100
        * counts["short"]
        / max(1, counts["functions"]),
        "comprehensions per 1,000 lines": counts["comprehensions"] / thousand,
        "conditional expressions per 1,000 lines": counts["conditionals"] / thousand,
        "line length, 90 %": sorted(lengths)[len(lengths) * 9 // 10],
    }


def names_of_tests(paths: Iterable[Path]) -> list[str]:
    """The names of the test functions in some files."""
    return [
        node.name
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, FUNCTION) and node.name.startswith("test_")
    ]


if __name__ == "__main__":
    asked = [Path(name) for name in sys.argv[1:]] or [HOUSE]
    told = figures(sources(asked))
    told["characters of a test name, median"] = statistics.median(
        len(name) for name in names_of_tests(sources([TESTS]))
    )
    for name, value in told.items():
        print(f"{value:6.1f}  {name}")
