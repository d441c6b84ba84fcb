"""`iec63119 vectors`: the commands on the suite: discover, fill, check, lint, stats.

Each works on the suite of this package or on the one `--dir` names.  What goes wrong is one
line on stderr.  Exit codes: 0 yes, 1 no (a difference, a broken promise), 2 it could not be
looked at.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from refimpl.vectors.suite import BadSuite, read_suite, suite_folder

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(no_args_is_help=True)

Dir = Annotated[
    Path,
    typer.Option(
        "--dir",
        default_factory=suite_folder,
        help="The folder of the suite.",
        show_default="the one of this package",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]


@contextmanager
def _suite(folder: Path) -> Iterator[None]:
    """Whatever keeps the suite from being looked at, in one line that tells the way out."""
    try:
        if not (folder / "corpus").is_dir():
            raise BadSuite(f"no vectors in {folder}", "name their folder with --dir")
        yield
    except BadSuite as error:
        typer.echo(f"iec63119 vectors: {error}; {error.way_out}", err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(
            f"iec63119 vectors: {error.strerror or error} ({error.filename or folder})",
            err=True,
        )
        raise typer.Exit(2) from error


def _bar() -> "Progress":
    """A bar on stderr, and only where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def _print(as_json: bool, document: Any, lines: list[str]) -> None:
    typer.echo(
        json.dumps(document, indent=1, ensure_ascii=False) if as_json else "\n".join(lines)
    )


def _verdict(as_json: bool, found: list[str], well: str) -> None:
    _print(as_json, {"ok": not found, "found": found}, found or [well])
    raise typer.Exit(1 if found else 0)


@app.command()
def fill(folder: Dir, as_json: AsJson = False) -> None:
    """Write down what the reference answers to every witness."""
    from refimpl.vectors.files import differences, write_files
    from refimpl.vectors.fill import build

    with _suite(folder):
        files = build(folder)
        changed = list(differences(folder, files))
        write_files(folder, files)
    _print(
        as_json,
        {"files": len(files), "changed": changed},
        [*changed, f"{len(files)} files, {len(changed)} changed"],
    )


@app.command()
def check(folder: Dir, as_json: AsJson = False) -> None:
    """Compare the suite, byte for byte, with a fresh filling."""
    from refimpl.vectors.files import differences
    from refimpl.vectors.fill import build

    with _suite(folder):
        found = list(differences(folder, build(folder)))
    _verdict(as_json, found, "every file is what it would be filled with")


@app.command()
def lint(folder: Dir, as_json: AsJson = False) -> None:
    """Hold the suite against its own promises."""
    from refimpl.vectors.lint import PROMISES
    from refimpl.vectors.lint import lint as look

    with _suite(folder), _bar() as bar:
        found = list(look(folder, lambda names: bar.track(names, description="schemas")))
    _verdict(as_json, found, f"{len(PROMISES)} promises kept: {', '.join(PROMISES)}")


@app.command()
def discover(
    folder: Dir,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family; may be given again.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(help="A seed to try; may be given again.")
    ] = None,
    examples: Annotated[
        int, typer.Option(help="How many recipes to try for each goal and seed.", min=1)
    ] = 150,
    as_json: AsJson = False,
) -> None:
    """Look for witnesses of goals that have none.

    They are added to the corpus; fill afterwards.
    """
    from refimpl.vectors.corpus import read_corpus
    from refimpl.vectors.discover import SEEDS, add, check_hypothesis, goals, search, witnesses
    from refimpl.vectors.families import FAMILIES

    found, missed = [], []
    with _suite(folder), _bar() as bar:
        check_hypothesis()
        if unknown := sorted(set(family or ()) - set(FAMILIES)):
            raise BadSuite(f"no family {unknown[0]!r}", f"there are {', '.join(FAMILIES)}")
        for name in family or FAMILIES:
            corpus = read_corpus(folder, name)
            for goal in bar.track(list(goals(corpus)), description=name):
                recipe = search(corpus, goal, seed or SEEDS, examples)
                if recipe is None:
                    missed.append(f"{goal.label}: {goal.base}")
                    continue
                new = list(witnesses(corpus, goal, recipe))
                found += [witness["id"] for witness in new]
                corpus = add(
                    folder, name, new
                )  # at once, so that whoever interrupts the search keeps what it found
    lines = [
        *found,
        f"{len(found)} new witnesses, {len(missed)} goals for which none was found",
    ]
    _print(as_json, {"found": found, "missed": missed}, lines)


@app.command()
def stats(folder: Dir, as_json: AsJson = False) -> None:
    """Count what is there."""
    with _suite(folder):
        suite = read_suite(folder)
    names = ("accept", "reject", "stated", "implied", "chosen", "both editions")
    table = {family: dict.fromkeys(names, 0) for family in (*suite.families, "all")}
    for test in suite.tests:
        family, _, slug = test["id"].partition("/")
        for row in (table[family], table["all"]):
            row[slug.partition("-")[0]] += 1
            row[test["basis"]] += 1
            row["both editions"] += len(test["editions"]) > 1
    errors = Counter(
        code for test in suite.tests for code in test["evidence"].get("decidedBy", ())
    )
    flags = Counter(flag for test in suite.tests for flag in test["flags"])
    lines = [f"{'':<20}" + "".join(f"{name:>15}" for name in names)]
    lines += [
        f"{family:<20}" + "".join(f"{row[name]:>15}" for name in names)
        for family, row in table.items()
    ]
    lines.append(f"{len(errors)} rules refuse at least one vector")
    _print(
        as_json,
        {
            "families": table,
            "errors": dict(sorted(errors.items())),
            "flags": dict(sorted(flags.items())),
        },
        lines,
    )
