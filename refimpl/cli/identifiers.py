"""`iec63119 id check`: whether an EMAID, an EVSE ID, a free contract id or the uid of a medium
is well written, and if not, where it breaks which rule.
"""

from typing import Annotated, Final

import typer

from refimpl.cli import verdict
from refimpl.cli.inputs import Json, did_you_mean, nearest
from refimpl.identifiers import FREE_PROFILE, PROFILES, UIDS

NAMES: Final = (*PROFILES, FREE_PROFILE)

app = typer.Typer(name="id", help="Look at an identifier of a contract or of a charging place.")


@app.command("check")
def check_identifier(
    text: Annotated[str, typer.Argument(help="An EMAID, an EVSE ID or a uid.")],
    profile: Annotated[
        str,
        typer.Option(
            metavar="P",
            help=f"Only this profile decides: {', '.join(NAMES)}.",
            autocompletion=lambda: [*NAMES],
        ),
    ] = "",
    medium: Annotated[
        str,
        typer.Option(
            metavar="TYPE",
            help=f"Read it as the uid of a medium instead: {', '.join(UIDS)}.",
            autocompletion=lambda: [*UIDS],
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Say whether an EMAID or EVSE ID is well written, and its parts.

    Every profile is shown.  Ends with 0 if one of them reads it, or the one that is named; 1 if
    not, 2 for a profile the model does not hold.  The profile free takes any short text, so it
    counts only where it is named.
    """
    if medium:
        raise typer.Exit(_check_medium(text, medium, profile, as_json))
    with did_you_mean((profile, NAMES)):
        code = verdict.check(text, profile, as_json)
    raise typer.Exit(code)


def _check_medium(text: str, medium: str, profile: str, as_json: bool) -> int:
    if profile:
        raise typer.BadParameter("--medium and --profile: one of the two")
    if medium not in UIDS:
        known = nearest(medium, UIDS) or f"there are {', '.join(UIDS)}"
        raise typer.BadParameter(f"there is no type of medium {medium!r}; {known}")
    return verdict.check_medium(text, medium, as_json)
