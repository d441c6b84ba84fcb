"""`iec63119 id check`: whether an EMAID or EVSE ID is well written, and if not, where it breaks
which rule.
"""

from typing import Annotated

import typer

from refimpl.cli import verdict
from refimpl.cli.inputs import Json, did_you_mean
from refimpl.identifiers import PROFILES

app = typer.Typer(name="id", help="Look at an identifier of a contract or of a charging place.")


@app.command("check")
def check_identifier(
    text: Annotated[str, typer.Argument(help="An EMAID or an EVSE ID.")],
    profile: Annotated[
        str,
        typer.Option(
            metavar="P",
            help=f"Only this profile decides: {', '.join(PROFILES)}.",
            autocompletion=lambda: [*PROFILES],
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Say whether an EMAID or EVSE ID is well written, and its parts.

    Every profile is shown.  Ends with 0 if one of them reads it, or the one that is named; 1 if
    not, 2 for a profile the model does not hold.
    """
    with did_you_mean((profile, PROFILES)):
        code = verdict.check(text, profile, as_json)
    raise typer.Exit(code)
