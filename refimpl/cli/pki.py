"""`iec63119 pki new`: a folder of test certificates for everyone in a network."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from refimpl.cli.ending import ended_in_order, plain
from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    NetworkOption,
    did_you_mean,
    edition_of,
    network_of,
)

app = typer.Typer(name="pki", help="Make the certificates of a network, for tests only.")


@app.command("new")
def new_pki(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="It is made, and must be empty if it is there."),
    ],
    network: NetworkOption,
    edition: EditionOption = LATEST,
    algorithm: Annotated[
        Literal["P-256", "Ed25519"], typer.Option(help="Of every key that signs.")
    ] = "P-256",
    revoke: Annotated[
        list[str] | None, typer.Option(metavar="ENTITY", help="Revoked from the start.")
    ] = None,
    seed: Annotated[
        str,
        typer.Option(metavar="TEXT", help="Every key follows from it; without one, from dice."),
    ] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Over what was made so before, and nothing else.")
    ] = False,
) -> None:
    """Write keys, certificates and CRLs for every entity of a network.

    They protect nothing and say so.  Only you can read them; they are good for ninety days, the
    CRLs for seven.
    """
    import secrets

    from refimpl.security import pki_files
    from refimpl.security.pki import roaming_pki

    known = network_of(network, edition_of(edition))
    names = [one.id for one in known.entities]
    dice = seed.encode() or secrets.token_bytes(32)
    now, revoked = datetime.now(UTC), revoke or ()
    with did_you_mean(*((name, names) for name in revoked)):
        pki = roaming_pki(
            known,
            seed=dice,
            now=now,
            algorithm=algorithm,
            revoked=revoked,
            above=pki_files.crl_numbers(folder),
        )
    with ended_in_order():
        pki_files.write(pki, folder, force)
    print(f"test keys of {len(pki.leaves)} entities in {plain(str(folder))}")
