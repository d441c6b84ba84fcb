"""`iec63119 schema`: the shapes of messages, open or protected, and of a network file, for
programs in any language.
"""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from refimpl.cli.ending import print_json
from refimpl.messages import Envelope
from refimpl.network import Network

if TYPE_CHECKING:
    from pydantic import BaseModel

app = typer.Typer()


@app.command()
def schema(
    of: Annotated[Literal["messages", "protected", "network"], typer.Argument()] = "messages",
) -> None:
    """Print the JSON Schema of messages or of network files.

    It is written in the dialect of 2020-12.
    """
    shapes: dict[str, type[BaseModel]] = {"messages": Envelope, "network": Network}
    if of == "protected":
        from refimpl.tls.message_protection import ProtectedEnvelope

        shapes[of] = ProtectedEnvelope
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    print_json({**dialect, **shapes[of].model_json_schema()})
