"""`iec63119 vectors bulk`: cases by the million, made by several processes or on a cluster.

An interruption leaves whole parts behind, and the same command goes on from there.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from refimpl.cli.ending import ended_in_order
from refimpl.cli.vectors import (
    AsJson,
    Dir,
    app,
    print_result,
    readable_suite,
    said_in_a_line,
    show_progress,
)

Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        help="Processes.",
        min=1,
        show_default="one a processor",
    ),
]


@app.command()
def bulk(  # noqa: PLR0913, PLR0917 - every option is an argument
    family: Annotated[str, typer.Argument(help="The family whose questions are asked.")],
    folder: Dir,
    cases: Annotated[
        int, typer.Option("-n", metavar="N", help="How many cases.", min=1)
    ] = 10_000,
    seed: Annotated[int, typer.Option(metavar="N", help="What they are drawn by.", min=0)] = 1,
    target: Annotated[
        Path | None,
        typer.Option("-o", help="Where to.", show_default="bulk-FAMILY"),
    ] = None,
    jobs: Jobs = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="A Dask scheduler whose workers do it, as tcp://127.0.0.1:8786."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw questions of a family at random, and answer them.

    They are drawn from the corpus and written down with the answers of the reference, a case
    each line, 10,000 in a file, and bulk.json beside them.  As many by the same seed from the
    same suite are the same, byte for byte, however many work on it.
    """
    with readable_suite(folder):
        from refimpl.vectors.bulk import Bulk, order
        from refimpl.vectors.workers import on_a_cluster, on_this_machine

        goal = target or Path(f"bulk-{family}")
        asked = order(folder, family, seed, cases)
    with said_in_a_line(goal), ended_in_order(), show_progress("bulk") as track:
        made = Bulk(goal, asked)
        missing = made.missing()
        work = on_a_cluster(scheduler) if scheduler else on_this_machine(jobs or _processors())
        parts = work(made.made, missing)
        try:
            for _, (number, part, raw) in zip(track(_names(missing)), parts, strict=True):
                made.add(number, part, raw)
        except KeyboardInterrupt:
            there, wanted = len(made.parts), len(made.made.parts())
            typer.echo(
                f"{there} of {wanted} parts are there; the same command goes on", err=True
            )
            raise
        told = made.close()
    refused = cases - told["outcomes"].get("accept", 0)
    lines = [
        f"{cases:,} cases of {family} in {made.target}, {refused / cases:.0%} refused",
        f"sha256 {told['sha256']}",
    ]
    print_result(as_json, told, lines)


def _names(numbers: list[int]) -> list[str]:
    return [f"part {number}" for number in numbers]


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
