"""`iec63119 schema`: the shapes of messages, open or protected, of a network file and of the
report on a conformance run, for programs in any language.
"""

from typing import Annotated, Literal

import typer

from refimpl.cli.ending import print_json

app = typer.Typer()


@app.command()
def schema(
    of: Annotated[
        Literal["messages", "protected", "network", "report"], typer.Argument()
    ] = "messages",
) -> None:
    """Print a JSON Schema of messages, network files or reports.

    It is written in the dialect of 2020-12.  The vectors have a file for each shape.
    """
    if of == "report":
        from refimpl.conformance.report_schema import report_schema

        print_json(report_schema())
        return
    from refimpl.vectors.schemas import ROOTS, whole_schema

    print_json(whole_schema(ROOTS[of]))
