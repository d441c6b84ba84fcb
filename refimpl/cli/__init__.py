"""The `iec63119` command: what the model knows and does, from a shell.

There is a module for each thing a user works on: `identifiers`, `editions`, `networks`,
`journeys`, `rules`, `schemas`, `vectors`, `pki`, `endpoints` and `notebooks`.  What several
commands ask for stands in `questions`; how they print and how they end stands in `answers`.
`iec63119 --help` lists the commands.

Nothing here knows the standard: a command asks a room and shows what it hears.  What is slow to
load is imported inside the one command that needs it.
"""

import io
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from refimpl.cli import (
    editions,
    endpoints,
    identifiers,
    journeys,
    networks,
    notebooks,
    pki,
    rules,
    schemas,
    vectors,
)
from refimpl.cli.output import Commands
from refimpl.edition import published

app = typer.Typer(cls=Commands, add_completion=False, rich_markup_mode=None)
app.add_typer(
    identifiers.app,
    name="id",
    help="Look at an identifier of a contract or of a charging place.",
)
app.add_typer(editions.app)
app.add_typer(networks.app)
app.add_typer(journeys.app)
app.add_typer(rules.app)
app.add_typer(schemas.app)
app.add_typer(
    vectors.app,
    name="vectors",
    help="Work on the test vectors: discover, fill, check, lint, stats.",
)
app.add_typer(pki.app, name="pki", help="Make the certificates of a network, for tests only.")
app.add_typer(endpoints.app)
app.add_typer(notebooks.app)


@app.callback(invoke_without_command=True)
def about(
    wanted: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """A reference model of IEC 63119-1, roaming of EV charging services.

    Begin with `iec63119 play charge`, or with `iec63119 explore` for the notebooks.

    Not affiliated with IEC.
    """
    if wanted:
        print(f"iec63119 {version('iec63119-refimpl')}, editions {' and '.join(published())}")
        raise typer.Exit


def main() -> None:
    """The command as it is installed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a sign that the terminal lacks is shown by its number
    app(prog_name="iec63119")
