"""The house rules that a machine can hold: who imports whom, what is cited, what a notebook may
contain.

`FLOORS` is the floor plan, from the ground up.  A room is a module or a package directly in
`refimpl`.  It may import every room on a floor below, of its own floor only what its row names,
and the packages its row names.  A tilde marks what is imported lazily: inside a function, or
for the type checker alone.
"""

import ast
import importlib
import inspect
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Container, Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "refimpl"
SOURCES = sorted(HOUSE.rglob("*.py"))

# What the Makefile's coverage gate covers, and what stays pure.
CORE = """__init__ vocabulary errors edition shapes identifiers records messages wire network
    session endpoint credential extension setting""".split()

# fmt: off
FLOORS = (
    # room           beside it                   packages
    {"vocabulary":  ("",                         ""),
     "errors":      ("",                         "")},
    {"shapes":      ("",                         "pydantic pydantic_core"),
     "edition":     ("shapes",                   "pydantic"),
     "identifiers": ("",                         "pydantic pydantic_core")},
    {"extension":   ("",                         "pydantic pydantic_core"),
     "credential":  ("",                         "pydantic pydantic_core")},
    {"records":     ("",                         "pydantic pydantic_core"),
     "messages":    ("records",                  "pydantic pydantic_core")},
    {"wire":        ("",                         "pydantic pydantic_core"),
     "network":     ("",                         "pydantic rpds ~networkx"),
     "setting":     ("network",                  ""),
     "session":     ("",                         ""),
     "security":    ("network setting",          "cryptography")},
    {"endpoint":    ("",                         "pydantic rpds")},
    {"play":        ("",                         "rpds"),
     "tls":         ("",                         "cryptography pydantic")},
    {"__init__":    ("",                         ""),
     "vectors":     ("crosswalk",                """cryptography pydantic pydantic_core rpds
                                                 ~distributed ~hypothesis ~jsonschema
                                                 ~referencing"""),
     "conformance": ("vectors",                  "pydantic ~pydantic_core"),
     "trace":       ("",                         ""),
     "crosswalk":   ("",                         "pydantic pydantic_core")},
    {"lab":         ("",                         "cryptography ~numpy")},
    {"views":       ("",                         """anywidget traitlets graphviz IPython
                                                 ~matplotlib""")},
    {"site":        ("",                         """bs4 docutils jupyter_client myst_nb nbclient
                                                 nbformat sphinx ~ipykernel ~platformdirs""")},
    {"cli":         ("",                         """pydantic typer rich ~jupyter_server ~jupyterlab
                                                 ~nbformat""")},
)
# fmt: on
ROOMS = [name for floor in FLOORS for name in floor]

LOUD = "time random uuid socket asyncio logging os".split()
LOUD_ALLOWED = {"play": {"random"}}  # its dice: a generator with a seed is handed in

HEAVY = "hypothesis networkx graphviz IPython jupyter ipywidgets anywidget typer".split()

TOP = """.ci .editorconfig .gitattributes .github .gitignore .pre-commit-config.yaml CHANGELOG.md
    CONTRIBUTING.md LICENSE Makefile README.md SECURITY.md docs findings notebooks
    pyproject.toml refimpl requirements.txt tests vectors""".split()

VAGUE = "utils util helpers helper common base models types constants misc".split()

NOT_OURS = re.compile(  # written so that no pattern finds itself
    r"""(?<![\w.~-])/(?:root|home|work|Users)/\w           # a folder of somebody's machine
    | \b[A-Z]:\\Users\\
    | \b(?:pypi|pythonhosted|npmjs|yarnpkg|debian|anaconda)\.(?:org|com)\b   # a registry's host
    | \b(?:PIP|UV|NPM_CONFIG)_(?:EXTRA_|DEFAULT_)?(?:INDEX|REGISTRY)
    | (?<!no-emit-)\bindex[-_]url\b
    """,
    re.VERBOSE,
)

NO_CITATION = {
    "AES-128",
    "AES-256",
    "SHA-1",
    "SHA-256",
    "SHA-384",
    "SHA-512",
    "UTF-16",
    "UTF-8",
}  # they only look like one

CELL_LINES = 8

FILE_LINES = 400
FUNCTION_LINES = 55
RIDDLE = re.compile(
    r"\b(?:whoever|whomever|nobody|somebody|anybody|everybody)\b", re.IGNORECASE
)


def room(path: Path) -> str:
    """The room a source file stands in."""
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def imports(node: ast.AST, lazy: bool = False) -> Iterator[tuple[str, bool]]:
    """What is imported, as `refimpl.room` or `package`, and whether that waits until it's asked
    for.
    """
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                names = [alias.name for alias in child.names]
            case ast.ImportFrom():
                assert child.level == 0, f"line {child.lineno}: relative import"
                names = [f"{child.module}.{alias.name}" for alias in child.names]
            case _:
                aside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                aside |= isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(
                    child.test
                )
                yield from imports(child, lazy or aside)
                continue
        for name in names:
            package, _, rest = name.partition(".")
            inner = rest.partition(".")[0]
            is_room = (
                inner in ROOMS or (HOUSE / f"{inner}.py").exists() or (HOUSE / inner).is_dir()
            )
            yield (
                (
                    f"refimpl.{inner if inner and is_room else '__init__'}"
                    if package == "refimpl"
                    else package
                ),
                lazy,
            )


def tracked() -> list[Path]:
    """The files git knows or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    if shutil.which("git") is None:
        pytest.fail("git is not here; on Debian: apt-get install git", pytrace=False)
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return sorted(
        {
            ROOT / name
            for name in done.stdout.decode().split("\0")
            if name and (ROOT / name).exists()
        }
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_room_imports_what_its_row_says(path: Path) -> None:
    here = room(path)
    assert here in ROOMS, f"{here} is a new room: give it a row"
    height = next(height for height, floor in enumerate(FLOORS) if here in floor)
    beside, packages = (words.split() for words in FLOORS[height][here])
    rooms = {here, *beside, *(name for floor in FLOORS[:height] for name in floor)}
    for name, lazy in imports(tree(path)):
        package, _, other = name.partition(".")
        wanted = other or package
        at_hand = rooms if package == "refimpl" else {*packages, *sys.stdlib_module_names}
        later = f"~{wanted}" in at_hand
        assert wanted in at_hand or (lazy and later), (
            f"{here} may not import {wanted}{' at once' if later else ''}"
        )


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if room(path) in {*CORE, "security", "play"}],
    ids=lambda p: p.stem,
)
def test_the_core_has_neither_clock_nor_dice_nor_wire_to_the_outside(path: Path) -> None:
    found = {name for name, _ in imports(tree(path))} & set(LOUD)
    assert found <= LOUD_ALLOWED.get(room(path), set())


def test_the_coverage_gate_is_the_core() -> None:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", "")
    line = re.search(r"^CORE *:= *(.+)$", text, re.MULTILINE)
    assert line
    assert line[1].split() == CORE


def test_no_room_is_called_by_a_vague_name() -> None:
    assert not [
        path
        for path in SOURCES
        if {path.stem, *path.relative_to(HOUSE).parent.parts} & set(VAGUE)
    ]


def test_importing_the_core_loads_nothing_heavy() -> None:
    names = [
        "refimpl",
        *(f"refimpl.{name}" for name in CORE[1:]),
    ]
    script = (
        "import importlib, sys\n"
        f"for name in {names}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = {{module.partition('.')[0] for module in sys.modules}} & set({HEAVY})\n"
        "    assert not loaded, f'{name} loads {sorted(loaded)}'\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine() -> None:
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data:
            hits = NOT_OURS.finditer(data.decode("utf-8"))
            found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in hits]
    assert not found


def test_the_top_level_holds_what_is_listed() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= set(TOP)


def test_every_cited_rule_exists_and_every_modelled_rule_is_cited() -> None:
    # here, so that the checks on mere text hold while nothing can be imported
    from refimpl import edition
    from refimpl.crosswalk.rules import RULES
    from refimpl.trace import cited_in_code

    rules = {
        rule.id: rule
        for name in edition.published()
        for rule in edition.load(name).rules.values()
    }
    where = {rule: places[0] for rule, places in cited_in_code().items()}
    cited = where.keys() - NO_CITATION
    known = rules.keys() | RULES.keys()
    unknown = sorted(f"{name} in {where[name]}" for name in cited - known)
    uncited = sorted(
        rule.id for rule in rules.values() if rule.modelled and rule.id not in cited
    )
    assert not unknown, f"in no edition: {', '.join(unknown)}"
    assert not uncited, f"never cited: {', '.join(uncited)}"


def code_cells(path: Path) -> list[str]:
    """A notebook's code, cell by cell, without the lines that speak to IPython."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE) for source in sources]


def test_notebooks_call_and_modules_define() -> None:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    if not notebooks:
        pytest.skip("no notebooks yet")
    cells = 0
    for path in notebooks:
        for number, cell in enumerate(code_cells(path), start=1):
            cells += 1
            place = f"{path.name}, code cell {number}"
            defined = [
                n
                for n in ast.walk(ast.parse(cell))
                if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            ]
            assert not defined, f"{place} defines something"
            assert len([line for line in cell.splitlines() if line.strip()]) <= CELL_LINES, (
                f"{place} is too long"
            )
    assert cells > len(notebooks)


@pytest.mark.parametrize("name", ["records", "messages"])
def test_shapes_on_the_wire_declare_their_fields_in_sorted_order(name: str) -> None:
    module = importlib.import_module(f"refimpl.{name}")
    shapes = [
        s for _, s in inspect.getmembers(module, inspect.isclass) if issubclass(s, BaseModel)
    ]
    assert shapes
    assert not [
        shape.__name__
        for shape in shapes
        if list(shape.model_fields) != sorted(shape.model_fields)
    ]


def name_of(path: Path) -> str:
    """The name of a source file within the package."""
    return path.relative_to(HOUSE).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_too_long() -> None:
    long = {
        name_of(path)
        for path in SOURCES
        if len(path.read_text("utf-8").splitlines()) > FILE_LINES
    }
    assert not long


def test_no_function_is_too_long() -> None:
    long = {
        name_of(path)
        for path in SOURCES
        for node in functions(path)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }
    assert not long


def neighbours() -> dict[str, set[str]]:
    """Each module of the package, with the modules that it imports, lazily or at once."""
    paths = {dotted(path): path for path in SOURCES}
    wanted = {name: set(map(owner(paths), modules(path))) for name, path in paths.items()}
    return {name: found & set(paths) - {name} for name, found in wanted.items()}


def dotted(path: Path) -> str:
    """The name to import a source file by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def modules(path: Path) -> Iterator[str]:
    """What a source file imports: a module, or a name in one."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def owner(paths: Container[str]) -> Callable[[str], str]:
    """What finds the module that an imported name stands in."""
    return lambda name: name if name in paths else name.rpartition(".")[0]


def circles(imported: Mapping[str, set[str]]) -> set[str]:
    """Name the modules that reach themselves: each circle as the names of its members."""
    reached = {name: reach(name, imported) for name in imported}
    return {
        " ".join(sorted(other for other in reached[name] if name in reached[other]))
        for name in imported
        if name in reached[name]
    }


def reach(name: str, imported: Mapping[str, set[str]]) -> set[str]:
    """All that a module imports, directly or through another."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        new = imported[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def test_no_circle() -> None:
    found = {circle.replace("refimpl.", "") for circle in circles(neighbours())}
    assert not found


def test_a_circle_is_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"b c"}


def public(
    node: ast.Module | ast.ClassDef, prefix: str = ""
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """What a module offers, with the methods of its classes."""
    for child in node.body:
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not child.name.startswith("_"):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from public(child, f"{child.name}.")


def docstrings() -> Iterator[tuple[str, str, str]]:
    """Every place that needs a docstring: file, name, and the first paragraph or nothing."""
    for path in SOURCES:
        module = tree(path)
        for name, node in (("", module), *public(module)):
            text = ast.get_docstring(node) or ""
            yield name_of(path), name, text.partition("\n\n")[0].rstrip()


def test_what_is_offered_says_what_it_is() -> None:
    assert not [f"{file} {name}" for file, name, text in docstrings() if not text]


def test_a_docstring_begins_with_a_sentence() -> None:
    heads = {(file, name): text for file, name, text in docstrings() if text}
    assert not [place for place, text in heads.items() if text[-1] not in ".:?"]
    assert not [place for place, text in heads.items() if text[0].islower()]


def test_no_docstring_begins_with_a_riddle() -> None:
    assert not [f"{file} {name}" for file, name, text in docstrings() if RIDDLE.search(text)]


def test_authorization_has_one_spelling() -> None:
    """Only names of things of OCHP and eMIP are spelled as these two do."""
    own = [path for path in SOURCES if path.stem not in {"emip_0_7_4", "ochp_1_4"}]
    texts = [*own, *HOUSE.glob("standard/*.toml"), *HOUSE.parent.glob("*.md")]
    found = {
        line.strip()
        for path in texts
        for line in path.read_text("utf-8").splitlines()
        if "uthoris" in line and "ochp" not in line and "emip" not in line
    }
    assert not found
