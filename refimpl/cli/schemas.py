"""`iec63119 schema`: the shapes of messages, open or protected, and of a network file, for
programs in any language.
"""

from typing import Annotated, Literal

import typer

from refimpl.cli.ending import print_json

app = typer.Typer()


@app.command()
def schema(
    of: Annotated[Literal["messages", "protected", "network"], typer.Argument()] = "messages",
) -> None:
    """Print one JSON Schema of messages or of network files.

    It is written in the dialect of 2020-12.  The vectors have a file for each shape.
    """
    from refimpl.vectors.schemas import ROOTS, whole_schema

    print_json(whole_schema(ROOTS[of]))
