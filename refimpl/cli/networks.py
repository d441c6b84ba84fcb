"""`iec63119 example` and `route`: a network to begin with, and which way an exchange goes
through one.
"""

import json
from typing import Annotated

import typer

from refimpl.cli.ending import print_json
from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    did_you_mean,
    edition_of,
    network_of,
)
from refimpl.cli.output import show, table_of
from refimpl.network import route
from refimpl.play.example import NETWORK

app = typer.Typer()


@app.command()
def example() -> None:
    """Print a network to begin with.

    `iec63119 example > network.json` keeps it, and `iec63119 example | iec63119 route - ...`
    asks it at once.
    """
    print_json(json.loads(NETWORK.model_dump_json(exclude_none=True)))


@app.command("route")
def show_route(
    file: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK", help="A network file, see iec63119 example; - is stdin."
        ),
    ],
    mode: ModeOption,
    sender: Annotated[
        str,
        typer.Option("--from", metavar="ENTITY", help="The entity that produces the exchange."),
    ],
    receiver: Annotated[
        str, typer.Option("--to", metavar="ENTITY", help="The entity that consumes it.")
    ],
    exchange: Annotated[
        str,
        typer.Option(
            metavar="X", help="An exchange of the edition: authorization, for example."
        ),
    ],
    edition: EditionOption = LATEST,
    as_json: Json = False,
) -> None:
    """Show which way an exchange goes through a network.

    Ends with 0 if there is a way, 1 if a rule forbids it or the edition has no such exchange, 2
    for a file, a mode or an entity that cannot be followed.
    """
    asked = edition_of(edition)
    known = network_of(file, asked)
    played = [one.id for one in asked.exchanges.values() if one.modelled]
    entities = [one.id for one in known.entities]
    with did_you_mean(
        (mode, asked.modes), (sender, entities), (receiver, entities), (exchange, played)
    ):
        hops = route(known, asked, mode, sender, receiver, exchange)
    rows = [
        {"from": hop.sender, "interface": hop.interface, "to": hop.receiver} for hop in hops
    ]
    told = {"edition": asked.id, "mode": mode, "exchange": exchange, "hops": rows}
    show(as_json, told, table_of(f"{exchange}, {mode}, edition {asked.id}", rows))
