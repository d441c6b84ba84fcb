"""`iec63119 vectors kills`: which vectors notice which mutants of the reference.

An interruption prints what is known by then.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from refimpl.cli.vectors import AsJson, Dir, app, print_result, readable_suite, show_progress
from refimpl.vectors.mutants import CATALOGUE
from refimpl.vectors.suite import BadSuite, read_suite

INTERRUPTED = 130


@app.command()
def kills(
    folder: Dir,
    catalogue: Annotated[
        Path,
        typer.Option(
            "--mutants", help="The folder of the mutants.", show_default="tests/mutants"
        ),
    ] = CATALOGUE,
    family: Annotated[
        list[str] | None, typer.Option(help="Only this family; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Break the reference, and tell which vectors notice.

    Exit code 1 where a mutant survives that is not known to be equivalent.
    """
    with readable_suite(folder):
        from refimpl.vectors.kills import Kill, by_family, matrix, try_mutants
        from refimpl.vectors.mutants import read_catalogue

        mutants = [
            mutant
            for mutant in read_catalogue(catalogue)
            if not family or mutant.family in family
        ]
        if not mutants:
            raise BadSuite(f"no mutants of {', '.join(family or ())}", "name another family")
        known: list[Kill] = []
        interrupted = False
        # A bar that moves by itself has a thread, which a process that is forked should not.
        with show_progress("kills", by_itself=False) as track:
            tried = try_mutants(mutants, read_suite(folder))
            try:
                for _, kill in zip(track(_numbered(mutants)), tried, strict=True):
                    known.append(kill)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                tried.close()
    tallies = by_family(known)
    document = {
        "complete": not interrupted,
        "families": {name: tally.as_json() for name, tally in tallies.items()},
        "mutants": [kill.as_json() for kill in tallies["all"].kills],
    }
    lines = [*matrix(known)]
    if interrupted:
        lines.append(f"\ninterrupted: {len(known)} of {len(mutants)} mutants were tried")
    print_result(as_json, document, lines)
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if tallies["all"].wrong else 0)


def _numbered(mutants: Sequence[object]) -> list[str]:
    return [f"mutant {number}" for number in range(1, len(mutants) + 1)]
