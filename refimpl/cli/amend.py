"""`iec63119 amend`: what a draft of an amendment changes against an edition, and a file to
begin one with.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl.cli.ending import Refusal, plain, print_json
from refimpl.cli.inputs import Json, did_you_mean, edition_of
from refimpl.cli.output import Table, progress_bar, show
from refimpl.edition import FileFault, published
from refimpl.lab.amendment import Track, amend
from refimpl.lab.amendment_told import Section, sections
from refimpl.lab.drafts import (
    Draft,
    base_of,
    example_path,
    examples,
    read_draft,
    starting_text,
    way_out,
)

FIRST: Final = 20
"""How many rows of a section are shown."""

app = typer.Typer()


@app.command("amend")
def amend_edition(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The draft, in TOML.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(metavar="E", help="Edition or file; what it extends if left out."),
    ] = "",
    example: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=f"A worked draft: {', '.join(examples())}.",
            autocompletion=examples,
        ),
    ] = "",
    new: Annotated[
        bool, typer.Option("--new", help="Write FILE to begin with, from --example or bare.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every row of a section.")] = False,
    as_json: Json = False,
) -> None:
    """Tell what a draft amendment changes, vectors included.

    A draft is a TOML file that extends an edition; docs/amendments.md tells how to write one.
    Everything that is wrong in it is told, each thing with its line.
    """
    if new:
        _write_start(file, example, against)
        return
    if (file is None) == (example == ""):
        raise Refusal("name a file, or a worked draft with --example", _ways_out(), 2)
    draft = read_draft(_path_of(file, example))
    if draft.faults:
        _tell_faults(draft, as_json)
        raise typer.Exit(2)
    edition = draft.sound()
    base = edition_of(against) if against else base_of(edition)
    with _progress() as track:
        told = amend(base, edition, track)
    if as_json:
        print_json(asdict(told))
        return
    typer.echo(f"{plain(told.title)} ({plain(told.draft)} against {plain(told.against)})")
    for section in sections(told):
        _show(section, every)


def _path_of(file: Path | None, example: str) -> Path:
    if file is not None:
        return file
    with did_you_mean((example, examples())):
        return example_path(example)


def _ways_out() -> str:
    return f"iec63119 amend --example {examples()[0]}, or iec63119 amend mine.toml --new"


def _write_start(file: Path | None, example: str, against: str) -> None:
    if file is None:
        raise Refusal("name the file to write", "iec63119 amend mine.toml --new", 2)
    if example and against:
        says = "a worked draft extends what it extends, whatever --against says"
        raise Refusal(says, "leave out --against or --example", 2)
    base = against or published()[-1]
    if example:
        text = _path_of(None, example).read_text("utf-8")
    else:
        text = starting_text(file.name, edition_of(base).id)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise Refusal(f"{file} is there already", "name another file", 2) from error
    typer.echo(f"{file} is written; change it, then: iec63119 amend {file}")


# --- Telling ----------------------------------------------------------------------------------


def _show(section: Section, every: bool) -> None:
    typer.echo("")
    if not section.rows:
        typer.echo(f"{section.title}.")
        return
    rows = section.rows if every else section.rows[:FIRST]
    show(False, None, Table(section.title, section.heads, rows))
    left = len(section.rows) - len(rows)
    if left:
        typer.echo(f"{left:,} more: --all shows them, --json has everything")


def _tell_faults(draft: Draft, as_json: bool) -> None:
    """Tell everything that is wrong, each thing in a line with its place and the way out."""
    if as_json:
        faults = []
        for fault in draft.faults:
            facts = fault._asdict() | {"where": fault.where, "way_out": way_out(fault)}
            faults.append(facts)
        print_json({"draft": draft.file, "faults": faults})
        return
    for fault in draft.faults:
        typer.echo(plain(f"iec63119: {_in_a_line(fault)}"), err=True)


def _in_a_line(fault: FileFault) -> str:
    line = f"line {fault.line}, " if fault.line else ""
    return f"{fault.rule}: {line}{fault.where}; {way_out(fault)}"


@contextmanager
def _progress() -> Iterator[Track]:
    """Show on stderr how far it is, where that is a terminal."""
    with progress_bar() as bar:
        task = bar.add_task("amend", total=None)

        def track(done: int, whole: int) -> None:
            bar.update(task, completed=done, total=whole)

        yield track
