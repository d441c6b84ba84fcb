"""`iec63119 serve` and `probe`: an endpoint over mutual TLS, and how the channel of another one
deviates.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    NetworkOption,
    edition_of,
    network_of,
)
from refimpl.cli.output import plain, sentence, show, values
from refimpl.edition import Edition
from refimpl.errors import Malformed, Misuse
from refimpl.identifiers import parse_emaid, parse_evse_id
from refimpl.network import Network
from refimpl.vocabulary import Mode, Protection, Strategy

if TYPE_CHECKING:
    from refimpl.tls.channel import Credentials

app = typer.Typer()

PkiOption = Annotated[
    Path, typer.Option("--pki", metavar="DIR", help="A folder that iec63119 pki new has made.")
]


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - every option is an argument
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="Whose endpoint it is.")],
    network: NetworkOption,
    pki: PkiOption,
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: Annotated[
        Strategy, typer.Option(help="How a clearing house finds the answer.")
    ] = Strategy.FORWARD,
    protection: Annotated[
        Protection,
        typer.Option(
            help="How far messages are protected: on each channel, or to their receiver."
        ),
    ] = Protection.CHANNEL,
    peer: Annotated[
        list[str] | None,
        typer.Option(metavar="ENTITY=HOST:PORT", help="Where another one accepts; repeatable."),
    ] = None,
    contract: Annotated[
        list[str] | None, typer.Option(metavar="EMAID", help="One it honours; repeatable.")
    ] = None,
    evse: Annotated[
        list[str] | None, typer.Option(metavar="EVSE", help="One that is free; repeatable.")
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="0 takes any that is free.")
    ] = 0,
    seconds: Annotated[
        float | None, typer.Option(min=0, metavar="S", help="Ends by itself after so long.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run an endpoint over mutual TLS, to test others against.

    The first line printed is the address, for this machine alone; then comes one line for
    whatever is found wrong. Ctrl-C ends it, and SIGHUP makes it read the folder of keys and
    CRLs again.
    """
    import asyncio

    from refimpl.endpoint import RoamingEndpoint
    from refimpl.tls.message_protection import MessageProtection
    from refimpl.tls.serving import LiveEndpoint, Note, run_endpoint

    asked = edition_of(edition)
    known = network_of(network, asked)
    if mode not in asked.modes:
        raise Misuse("NET-6", f"mode {mode!r}, edition {asked.id} has {', '.join(asked.modes)}")
    rep = RoamingEndpoint(known.entity(entity).id, known, asked, mode, strategy)
    contracts = rep.contracts.update(
        {_as_carried(parse_emaid, text): True for text in contract or ()}
    )
    evses = rep.evses.update(
        {_as_carried(parse_evse_id, text): "available" for text in evse or ()}
    )
    others = {known.entity(name).id: address for name, address in map(_peer, peer or ())}

    def tell(facts: Mapping[str, str]) -> None:
        print(
            json.dumps(facts)
            if as_json
            else "  ".join(map(plain, filter(None, facts.values()))),
            flush=True,
        )

    def note(one: Note) -> None:
        rule, where = one.error.rule_id, one.error.where
        tell(
            {
                "at": f"{one.at:%H:%M:%S}",
                "peer": one.peer,
                "rule": rule,
                "where": where,
                "says": sentence(rule),
            }
        )

    credentials = partial(_credentials, pki, entity, known, asked)
    whole = replace(rep, contracts=contracts, evses=evses)
    live = LiveEndpoint(
        whole, credentials(), note, others, protection=MessageProtection(protection)
    )
    work = run_endpoint(
        live,
        lambda address: tell({"address": address}),
        port=port,
        seconds=seconds,
        news=credentials,
    )
    asyncio.run(work)


@app.command()
def probe(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT")],
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="As which entity to connect.")],
    network: NetworkOption,
    pki: PkiOption,
    edition: EditionOption = LATEST,
    as_json: Json = False,
) -> None:
    """Look at the channel of an endpoint, rule by rule.

    Ends with 0 if all that can be seen is as the edition and this model ask, 1 if not or if
    nobody is there.
    """
    from refimpl.tls.probing import probe as look

    asked = edition_of(edition)
    _, (host, port) = _peer(f"={address}")
    found = look(
        host,
        port,
        _credentials(pki, entity, network_of(network, asked), asked),
        datetime.now(UTC),
    )
    words = {True: "yes", False: "no", None: "look at it"}
    rows = [
        {
            "rule": one.rule,
            "holds": words[one.holds],
            "found": one.found,
            "asked": sentence(one.rule),
        }
        for one in found
    ]
    show(
        as_json,
        [asdict(one) for one in found],
        (f"{address}, edition {asked.id}", rows[0], values(rows)),
    )
    raise typer.Exit(int(any(one.holds is False for one in found)))


def _as_carried(read: Callable[[str, str], object], text: str) -> str:
    """An identifier as messages carry it, written so or as people write it."""
    with suppress(Malformed):
        return str(read(text, "canonical"))
    return str(read(text, "emi3"))


def _peer(text: str) -> tuple[str, tuple[str, int]]:
    name, given, address = text.partition("=")
    host, _, port = address.rpartition(":")
    if not (given and host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise typer.BadParameter(
            f"{text.removeprefix('=')!r} is not {'HOST:PORT' if text[:1] == '=' else 'ENTITY=HOST:PORT'}"
        )
    return name, (host, int(port))


def _credentials(
    folder: Path, entity: str, network: Network, edition: Edition
) -> "Credentials":
    from refimpl.security import pki_files
    from refimpl.tls.channel import Credentials

    return Credentials.from_pki(pki_files.read(folder), entity, network, edition)
