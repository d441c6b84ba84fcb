"""A sample of generic mutants of the core, made by cosmic-ray: `make mutants`.

cosmic-ray lives in a venv of its own, under `.bench`, and lists and makes the changes there
(`list`, `make`).  This project says which count, draws five hundred by a seed, and keeps them
in `tests/mutants/generic.json`, each with the lines it changes.

Left out by rule, for no vector can tell them: what stands in a docstring, an annotation, a
decorator or the places and words of an error, and what changes only whether equal things are
compared as the same.  Left out too is what no vector asks: functions that are never called
while all vectors are answered.
"""

import ast
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
SAMPLE: Final = ROOT / "tests" / "mutants" / "generic.json"
TOOL: Final = ROOT / ".bench" / "mutation" / "bin" / "python"
SEED: Final = 1
COUNT: Final = 500
CORE: Final = """vocabulary errors edition shapes identifiers records messages wire network session
    endpoint credential extension setting security tls/client_hello tls/framing""".split()
MAKERS: Final = ("defects.py", "pki.py", "pki_files.py", "pki_plan.py")
"""What makes the certificates of the vectors, and answers none."""
SAME: Final = (
    "Eq_Is",
    "Is_Eq",
    "NotEq_IsNot",
    "IsNot_NotEq",
    "RemoveDecorator",
    "BitOr_",
    "Pow_",
)
"""Operators that change nothing that a vector could tell, or only types; and that for powers,
which takes the stars of arguments for one.
"""
Site = dict[str, Any]


def files() -> list[str]:
    """Name the files of the core, and of what the vectors reach besides."""
    found: list[Path] = []
    for name in CORE:
        path = ROOT / "refimpl" / name
        found += [path.with_suffix(".py")] if path.with_suffix(".py").exists() else []
        found += sorted(path.glob("*.py")) if path.is_dir() else []
    return [path.relative_to(ROOT).as_posix() for path in found if path.name not in MAKERS]


# --- In the venv of the tool ------------------------------------------------------------------


def list_sites() -> None:
    """Print each change that the tool can make, a JSON line each."""
    from cosmic_ray import plugins  # type: ignore[import-not-found]  # in a venv of its own
    from cosmic_ray.ast import Visitor, get_ast  # type: ignore[import-not-found]

    operators = {}
    for name in plugins.operator_names():
        if not name.endswith(("VariableReplacer", "VariableInserter")):
            operators[name] = plugins.get_operator(name)()

    class Sites(Visitor):  # type: ignore[misc]  # of the tool
        def __init__(self, file: str) -> None:
            self.file = file
            self.counts = dict.fromkeys(operators, 0)

        def visit(self, node: Any) -> Any:
            for name, operator in operators.items():
                for start, end in operator.mutation_positions(node):
                    site = {"file": self.file, "operator": name, "start": start, "end": end}
                    print(json.dumps({**site, "occurrence": self.counts[name]}))
                    self.counts[name] += 1
            return node

    for file in files():
        Sites(file).walk(get_ast((ROOT / file).read_text("utf-8")))


def make_changes() -> None:
    """Print the sources of the changes that are asked for on stdin, a JSON line each."""
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code  # type: ignore[import-not-found]

    for line in sys.stdin:
        site = json.loads(line)
        source = (ROOT / site["file"]).read_text("utf-8")
        operator = plugins.get_operator(site["operator"])()
        try:
            print(json.dumps(mutate_code(source, operator, site["occurrence"])))
        except (AttributeError, ValueError):  # which the tool does not bring off
            print("null")


# --- In the venv of the project ---------------------------------------------------------------


def called() -> set[tuple[str, int]]:
    """Find the functions that are called while all vectors are answered: file and line."""
    from refimpl.edition import load
    from refimpl.vectors import families
    from refimpl.vectors.suite import expects, read_suite, suite_folder

    found: set[tuple[str, int]] = set()

    def note(frame: Any, event: str, argument: object) -> None:
        code = frame.f_code
        found.add((code.co_filename, code.co_firstlineno))

    suite = read_suite(suite_folder())
    sys.setprofile(note)
    try:
        for test in suite.tests:
            for edition in expects(test):
                context = suite.context_of(test)
                families.answer(test["operation"], load(edition), context, test["input"])
    finally:
        sys.setprofile(None)
    return found


def left_out(source: str, file: str, seen: set[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Yield the lines, from and to, in which a change is left out by rule."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef():
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                name = str(ROOT / file)
                if not {(name, first), (name, node.lineno)} & seen:
                    yield first, node.end_lineno or first
                yield first, node.body[0].lineno - 1  # its arguments and their annotations
            case ast.ClassDef(decorator_list=[first_decorator, *_]):
                yield first_decorator.lineno, node.lineno
            case ast.Raise() | ast.AnnAssign(value=None) | ast.Import() | ast.ImportFrom():
                yield node.lineno, node.end_lineno or node.lineno
            case ast.Assign(targets=[ast.Name(id="where" | "place" | "between" | "pair")]):
                yield node.lineno, node.end_lineno or node.lineno
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                yield node.lineno, node.end_lineno or node.lineno


def lines_changed(before: str, after: str) -> tuple[int, int, int]:
    """Find the first line that differs, and where the difference ends in either text."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return first, len(old) - last, len(new) - last


def described(site: Site, after: str) -> Site:
    """Describe a change by as many lines as stand once in its file."""
    before = (ROOT / site["file"]).read_text("utf-8")
    first, old_end, new_end = lines_changed(before, after)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    more = 0
    while True:
        start = max(0, first - more)
        text = "".join(old[start : old_end + more])
        if before.count(text) == 1:
            break
        more += 1
    module = site["file"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return {
        "module": module,
        "line": first + 1,
        "operator": site["operator"].removeprefix("core/"),
        "old": text,
        "new": "".join(new[start : new_end + more]),
    }


def sample() -> None:
    """Draw the sample, and write it down."""
    tool = [str(TOOL), "-m", "tests.sampling"]
    listed = subprocess.run([*tool, "list"], cwd=ROOT, capture_output=True, check=True)
    sites: list[Site] = [json.loads(line) for line in listed.stdout.splitlines()]
    seen = called()
    out = {
        file: list(left_out((ROOT / file).read_text("utf-8"), file, seen)) for file in files()
    }
    counted = []
    for site in sites:
        line = site["start"][0]
        ruled_out = any(first <= line <= last for first, last in out[site["file"]])
        if not ruled_out and not any(name in site["operator"] for name in SAME):
            counted.append(site)
    chosen = random.Random(SEED).sample(counted, min(COUNT, len(counted)))
    asked = "\n".join(map(json.dumps, chosen)).encode()
    made = subprocess.run(
        [*tool, "make"], cwd=ROOT, input=asked, capture_output=True, check=True
    )
    rows = []
    for site, line in zip(chosen, made.stdout.splitlines(), strict=True):
        after = json.loads(line)
        if after is not None:
            rows.append(described(site, after))
    rows.sort(key=lambda row: (row["module"], row["line"], row["operator"], row["new"]))
    head = {"tool": "cosmic-ray", "seed": SEED, "listed": len(sites), "counted": len(counted)}
    text = json.dumps({**head, "mutants": rows}, indent=1, ensure_ascii=False)
    SAMPLE.write_text(text + "\n", "utf-8")
    print(f"{len(sites)} changes, {len(counted)} that count, {len(rows)} drawn")


if __name__ == "__main__":
    {"list": list_sites, "make": make_changes, "sample": sample}[sys.argv[1]]()
