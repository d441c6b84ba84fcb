"""`iec63119 schema`: the shapes of messages and of a network file, for programs in any language."""

from typing import Annotated, Literal

import typer

from refimpl.cli.answers import show
from refimpl.messages import Envelope
from refimpl.network import Network

app = typer.Typer()


@app.command()
def schema(of: Annotated[Literal["messages", "network"], typer.Argument()] = "messages") -> None:
    """Print the JSON Schema of messages or of a network file.

    It is written in the dialect of 2020-12.
    """
    shape = Envelope.model_json_schema() if of == "messages" else Network.model_json_schema()
    show(True, {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape})
