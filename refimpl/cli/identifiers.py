"""`iec63119 id check`: whether an EMAID or EVSE ID is well written, and if not, where it breaks
which rule.
"""

import re
from contextlib import suppress
from typing import Annotated

import typer

from refimpl import identifiers
from refimpl.cli.inputs import Json
from refimpl.cli.output import plain, sentence, show
from refimpl.errors import Malformed

app = typer.Typer()


@app.command("check")
def check_identifier(
    text: Annotated[str, typer.Argument(help="An EMAID or an EVSE ID.")],
    profile: Annotated[
        str, typer.Option(metavar="P", help=f"One of {', '.join(identifiers.PROFILES)}.")
    ] = "emi3",
    as_json: Json = False,
) -> None:
    """Say whether an EMAID or EVSE ID is well written, and its parts.

    Ends with 0 if it is, 1 if not, 2 for a profile the model does not hold.
    """
    try:
        found = identifiers.parse(text, profile)
    except Malformed as error:
        _refuse_identifier(text, profile, error, as_json)
        raise typer.Exit(1) from error
    parts = {name: getattr(found, name) for name in found.__slots__ if getattr(found, name)}
    told = {"valid": True, "profile": profile, "canonical": str(found), "parts": parts}
    rows = {"canonical": str(found), "profile": profile, **parts}.items()
    show(as_json, told, (f"{type(found).__name__}, well written", (), rows))


def _refuse_identifier(text: str, profile: str, error: Malformed, as_json: bool) -> None:
    from rich.cells import cell_len

    place = int("".join(re.findall(r"^character (\d+)", error.where)) or 1) - 1
    says = sentence(error.rule_id)
    others = [name for name in identifiers.PROFILES if _fits(text, name)]
    if as_json:
        told = {
            "valid": False,
            "profile": profile,
            "rule": error.rule_id,
            "says": says,
            "where": error.where,
        }
        return show(True, {**told, "position": place + 1, "valid_as": others})
    first = max(0, place - 40)
    before, rest = (
        ("…" if first else "") + plain(text[first:place]),
        plain(text[place : place + 20]),
    )
    print(
        f"{before}{rest}{'…' if text[place + 20 :] else ''}\n{' ' * cell_len(before)}^ {error.where}"
    )
    print(
        f"{error.rule_id}: {says} (profile {profile}; well written as {', '.join(others) or 'no other either'})"
    )
    return None


def _fits(text: str, profile: str) -> bool:
    with suppress(Malformed):
        return bool(identifiers.parse(text, profile))
    return False
