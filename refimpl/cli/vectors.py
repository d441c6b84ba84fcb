"""`iec63119 vectors`: the commands on the suite: discover, fill, check, lint, proofs, stats.

Each works on the suite of this package or on the one `--dir` names.  What goes wrong is one
line on stderr.  Exit codes: 0 yes, 1 no (a difference, a broken promise), 2 it could not be
looked at.

A terminal sees how far a command is from its first second on; a pipe gets nothing of that.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from refimpl.cli.ending import plain
from refimpl.vectors.suite import (
    BadSuite,
    Suite,
    is_installed,
    read_suite,
    refused_by,
    suite_folder,
)

app = typer.Typer(name="vectors", help="Make the test vectors, check them and release them.")

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
Track = Callable[[Sequence[str]], Iterable[str]]


@contextmanager
def readable_suite(folder: Path, *, written: bool = False) -> Iterator[None]:
    """Say in one line, with the way out, why the suite cannot be looked at or written."""
    with said_in_a_line(folder):
        if not (folder / "corpus").is_dir():
            raise BadSuite(f"no vectors in {folder}", "name their folder with --dir")
        if written and is_installed(folder):
            raise BadSuite(
                f"the vectors in {folder} are those of an installed package",
                "work in a checkout, or name a copy with --dir",
            )
        yield


@contextmanager
def said_in_a_line(place: Path) -> Iterator[None]:
    """Say in one line, with the way out, why a suite or a file of it cannot be looked at."""
    try:
        yield
    except BadSuite as error:
        typer.echo(plain(f"iec63119 vectors: {error}; {error.way_out}"), err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        reason, where = error.strerror or error, error.filename or place
        typer.echo(plain(f"iec63119 vectors: {reason} ({where})"), err=True)
        raise typer.Exit(2) from error


@contextmanager
def show_progress(task: str, *, by_itself: bool = True) -> Iterator[Track]:
    """Show on a terminal's stderr what a task is at: a bar that moves, or a line for each step
    where the terminal has no bars.

    Where it does not move `by_itself` but with each step alone, it has no thread.
    """
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    bar = progress.Progress(
        *columns,
        console=console,
        auto_refresh=by_itself,
        transient=True,
        disable=not console.is_terminal,
    )
    shown = bar.add_task(task, total=None)

    def track(steps: Sequence[str]) -> Iterator[str]:
        bar.reset(shown, total=len(steps))
        for step in steps:
            if console.is_dumb_terminal:
                console.print(f"{task}: {step}", markup=False, highlight=False)
            bar.update(shown, description=f"{task}: {step}", refresh=not by_itself)
            yield step
            bar.advance(shown)

    with bar:
        bar.refresh()
        yield track


def print_result(as_json: bool, document: object, lines: Iterable[str]) -> None:
    """Print what came of a command: one JSON document, or lines for people."""
    if as_json:
        typer.echo(json.dumps(document, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))


def _verdict(as_json: bool, found: list[str], well: str) -> None:
    print_result(as_json, {"ok": not found, "found": found}, found or [well])
    raise typer.Exit(1 if found else 0)


@app.command()
def fill(folder: Dir, as_json: AsJson = False) -> None:
    """Write down what the reference answers to every witness."""
    with readable_suite(folder, written=True), show_progress("fill") as track:
        from refimpl.vectors.files import differences, tidy_corpus, write_files
        from refimpl.vectors.fill import build

        changed = [f"{name}: in its form again" for name in tidy_corpus(folder)]
        files = build(folder, track)
        changed += differences(folder, files)
        write_files(folder, files)
    document = {"files": len(files), "changed": changed}
    print_result(as_json, document, [*changed, f"{len(files)} files, {len(changed)} changed"])


@app.command()
def check(folder: Dir, as_json: AsJson = False) -> None:
    """Compare the suite, byte for byte, with a fresh filling."""
    with readable_suite(folder), show_progress("check") as track:
        from refimpl.vectors.files import differences
        from refimpl.vectors.fill import build

        found = list(differences(folder, build(folder, track)))
    _verdict(as_json, found, "every file is what it would be filled with")


@app.command()
def lint(folder: Dir, as_json: AsJson = False) -> None:
    """Hold the suite against its own promises."""
    with readable_suite(folder), show_progress("lint") as track:
        from refimpl.vectors.lint import PROMISES, broken_promises

        found = list(broken_promises(folder, track))
    _verdict(as_json, found, f"{len(PROMISES)} promises kept: {', '.join(PROMISES)}")


@app.command()
def proofs(
    folder: Dir,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Only these vectors.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask each refused vector without the check that refuses it.

    It accepts one that has no other fault (isolated), or another rule refuses it (precedence),
    or it cannot go on without the check (not switchable).
    """
    with readable_suite(folder), show_progress("proofs"):
        from refimpl.vectors.isolation import NOT_SWITCHABLE, proofs

        suite = read_suite(folder)
        found = [one for one in proofs(suite) if not ids or one.id in ids]
    totals = Counter(one.how for one in found)
    reasons = {one.rule: NOT_SWITCHABLE.get(one.rule, "") for one in found if one.is_stuck}
    document = {
        "proofs": [one._asdict() for one in found],
        "totals": dict(sorted(totals.items())),
        "notSwitchable": dict(sorted(reasons.items())),
    }
    lines = [f"{one.id} {one.edition}: {one.rule}, {one.says}" for one in found]
    lines += [f"{rule} cannot be switched off: {why}" for rule, why in sorted(reasons.items())]
    lines.append(", ".join(f"{count} {how}" for how, count in sorted(totals.items())))
    print_result(as_json, document, lines)


@app.command()
def discover(
    folder: Dir,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family; may be given again.")
    ] = None,
    seed: Annotated[
        list[int] | None, typer.Option(metavar="N", help="A seed to try; may be given again.")
    ] = None,
    examples: Annotated[
        int,
        typer.Option(
            metavar="N", help="How many pairs of edits to draw for each base and seed.", min=1
        ),
    ] = 150,
    unreached: Annotated[
        bool, typer.Option("--unreached", help="Only list the goals that are not looked for.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look for witnesses of goals that have none.

    They are added to the corpus one by one, so that an interrupted search keeps what it found;
    fill afterwards.
    """
    if unreached:
        _print_unreached(folder, as_json)
        return
    found: list[str] = []
    missed: list[str] = []
    with readable_suite(folder, written=True), show_progress("discover") as track:
        from refimpl.vectors.discover import SEEDS, discover_family, families_named

        for name in families_named(family):
            for goal, new in discover_family(folder, name, seed or SEEDS, examples, track):
                found += new
                if not new:
                    missed.append(goal)
    last = f"{len(found)} new witnesses, {len(missed)} goals for which none was found"
    print_result(as_json, {"found": found, "missed": missed}, [*found, last])


def _print_unreached(folder: Path, as_json: bool) -> None:
    """List the goals that no vector meets, and why."""
    with readable_suite(folder):
        from refimpl.vectors.goals import unreached

        reasons = unreached(folder)
    lines = [f"{goal}: {reason}" for goal, reason in sorted(reasons.items())]
    print_result(as_json, reasons, [*lines, f"{len(reasons)} goals that no vector meets"])


@app.command()
def stats(folder: Dir, as_json: AsJson = False) -> None:
    """Count what is there."""
    with readable_suite(folder):
        suite = read_suite(folder)
    table = _counts(suite)
    errors = Counter[str]()
    flags = Counter[str]()
    for test in suite.tests:
        errors.update(set(refused_by(test).values()))
        flags.update(test["flags"])
    names = list(table["all"])
    lines = [f"{'':<20}" + "".join(f"{name:>15}" for name in names)]
    for family, row in table.items():
        lines.append(f"{family:<20}" + "".join(f"{row[name]:>15}" for name in names))
    lines.append(f"{len(errors)} rules refuse at least one vector")
    document = {
        "families": table,
        "errors": dict(sorted(errors.items())),
        "flags": dict(sorted(flags.items())),
    }
    print_result(as_json, document, lines)


def _counts(suite: Suite) -> dict[str, dict[str, int]]:
    """How many vectors there are of each kind, by family and in all."""
    kinds = ("accept", "reject", "stated", "implied", "chosen", "both editions")
    table = {family: dict.fromkeys(kinds, 0) for family in (*suite.families, "all")}
    for test in suite.tests:
        family, _, slug = test["id"].partition("/")
        for row in (table[family], table["all"]):
            row[slug.partition("-")[0]] += 1
            row[test["basis"]] += 1
            row["both editions"] += len(test["editions"]) > 1
    return table
