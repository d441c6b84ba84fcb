"""`iec63119 serve` and `probe`: an endpoint over mutual TLS, and how the channel of another one
deviates.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from refimpl.cli.ending import Refusal, plain, sentence
from refimpl.cli.inputs import (
    LATEST,
    EditionOption,
    Json,
    ModeOption,
    NetworkOption,
    PortOption,
    StrategyOption,
    did_you_mean,
    edition_of,
    network_of,
    require_free_port,
)
from refimpl.cli.output import show, table_of
from refimpl.credential import Medium
from refimpl.edition import Edition
from refimpl.errors import Malformed, Misuse
from refimpl.identifiers import check_uid, parse_emaid, parse_evse_id
from refimpl.network import Network
from refimpl.vocabulary import Mode, Protection, Strategy

if TYPE_CHECKING:
    from refimpl.cli.telling import Teller
    from refimpl.endpoint import RoamingEndpoint
    from refimpl.tls.channel import Credentials
    from refimpl.tls.serving import Note
    from refimpl.tls.store import Store

app = typer.Typer()

WRITTEN_EMAIDS: Final = "canonical", "ochp-1.4"  # the second with hyphens, with or without C
WRITTEN_EVSE_IDS: Final = "canonical", "din91286", "ochp-1.4"

PkiOption = Annotated[
    Path, typer.Option("--pki", metavar="DIR", help="A folder that iec63119 pki new has made.")
]


ProtectionOption = Annotated[
    Protection,
    typer.Option(help="How far messages are protected: on each channel, or to their receiver."),
]
PeerOption = Annotated[
    list[str] | None,
    typer.Option(metavar="ENTITY=HOST:PORT", help="Where another one accepts; repeatable."),
]
ContractOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="EMAID",
        help="One it honours, or a medium as rfid:04A2B3C4; repeatable.",
    ),
]
EvseOption = Annotated[
    list[str] | None, typer.Option(metavar="EVSE", help="One that is free; repeatable.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="FILE",
        help="Where the endpoint is kept; else under the user's folder of states.",
    ),
]
MemoryOption = Annotated[
    bool, typer.Option("--memory", help="Keep nothing: what was said is lost at the end.")
]
SecondsOption = Annotated[
    float | None, typer.Option(min=0, metavar="S", help="Ends by itself after so long.")
]


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - every option is an argument
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="Whose endpoint it is.")],
    network: NetworkOption,
    pki: PkiOption,
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: StrategyOption = Strategy.FORWARD,
    protection: ProtectionOption = Protection.CHANNEL,
    peer: PeerOption = None,
    contract: ContractOption = None,
    evse: EvseOption = None,
    port: PortOption = 0,
    store: StoreOption = None,
    memory: MemoryOption = False,
    seconds: SecondsOption = None,
    as_json: Json = False,
) -> None:
    """Run an endpoint over mutual TLS, to test others against.

    The first line printed is the address, for this machine alone, and where the endpoint is
    kept; then comes one line for whatever is found wrong, and with --json what was counted,
    every minute and at the end. Ctrl-C ends it, and SIGHUP makes it read the folder of keys
    and CRLs again.
    """
    from refimpl.cli.telling import Teller
    from refimpl.tls.message_protection import MessageProtection
    from refimpl.tls.running import run_endpoint
    from refimpl.tls.serving import LiveEndpoint

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to read again
    require_free_port(port)
    asked = edition_of(edition)
    known = network_of(network, asked)
    endpoint = _new_endpoint(_entity(known, entity), known, asked, mode, strategy)
    teller = Teller(sys.stdout, partial(_dropped_line, as_json))
    tell = partial(_tell_facts, teller, as_json)
    credentials = partial(_credentials, pki, entity, known, asked)
    place = _place_of(store, memory, entity)
    live = LiveEndpoint(
        _with_holdings(endpoint, contract or (), evse or ()),
        credentials(),
        lambda note: tell(_as_told(note)),
        _addresses_of(known, peer or ()),
        protection=MessageProtection(protection),
        store=None if place is None else _open_store(place),  # when all else is good
    )
    work = run_endpoint(
        live,
        lambda address: tell({"address": address, "store": str(place or "memory")}),
        port=port,
        seconds=seconds,
        news=credentials,
        report=partial(_tell_counts, teller) if as_json else None,
    )
    _run(work, teller)


def _run(work: Coroutine[None, None, None], teller: "Teller") -> None:
    """Do what takes until a signal comes, and let what there is to tell be told."""
    import asyncio

    try:
        asyncio.run(work)
    finally:
        teller.end()


def _new_endpoint(
    entity: str, network: Network, edition: Edition, mode: str, strategy: str
) -> "RoamingEndpoint":
    """An endpoint in a mode and with a strategy that the edition has."""
    from refimpl.endpoint import RoamingEndpoint

    _require(mode, edition.modes, "NET-6", f"mode {mode!r}, edition {edition.id}")
    where = f"strategy {strategy!r}, edition {edition.id}"
    _require(strategy, edition.strategies, "AUT-3", where)
    return RoamingEndpoint(entity, network, edition, mode, strategy)


def _addresses_of(network: Network, peers: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Where each entity accepts channels, of those that are said."""
    said = [_peer_address(text) for text in peers]
    return {_entity(network, name): address for name, address in said}


def _place_of(store: Path | None, memory: bool, entity: str) -> Path | None:
    """Where an endpoint is kept; None for one that keeps nothing."""
    if store and memory:
        raise Refusal(
            "--store names a file, and --memory keeps nothing", "leave one of them out", 2
        )
    return None if memory else store or default_store(entity)


def default_store(entity: str) -> Path:
    """Where the endpoint of an entity is kept unless a place is named."""
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    folder = given if given.is_absolute() else Path.home() / ".local" / "state"
    return folder / "iec63119" / f"{entity}.store"


def _open_store(path: Path) -> "Store":
    from refimpl.tls.store import Store

    return Store(path, version("iec63119-refimpl"))


def _with_holdings(
    endpoint: "RoamingEndpoint", contracts: Iterable[str], evses: Iterable[str]
) -> "RoamingEndpoint":
    """The endpoint with contracts that it honours and EVSEs that are free."""
    honoured = {_key_of_contract(text): True for text in contracts}
    free = {_as_carried(parse_evse_id, WRITTEN_EVSE_IDS, text): "available" for text in evses}
    return replace(
        endpoint,
        contracts=endpoint.contracts.update(honoured),
        evses=endpoint.evses.update(free),
    )


def _key_of_contract(text: str) -> str:
    """Under what an endpoint holds a contract: an EMAID, or a medium said as `type:uid`."""
    type_of_medium, colon, uid = text.partition(":")
    if not colon:
        return _as_carried(parse_emaid, WRITTEN_EMAIDS, text)
    check_uid(type_of_medium, uid)
    return Medium.model_validate({"type": type_of_medium, "uid": uid}).key


def _tell_facts(teller: "Teller", as_json: bool, facts: Mapping[str, str]) -> None:
    """Tell facts on a line of their own."""
    teller.tell(_line_of(as_json, facts))


def _line_of(as_json: bool, facts: Mapping[str, str]) -> str:
    if as_json:
        return json.dumps(facts)
    return "  ".join(plain(fact) for fact in facts.values() if fact)


def _dropped_line(as_json: bool, number: int) -> str:
    """Say how many lines were dropped because they were not read."""
    if as_json:
        return json.dumps({"dropped_lines": number})
    return f"{number} more that were not read in time"


def _tell_counts(teller: "Teller", figures: Mapping[str, int]) -> None:
    """Tell what the endpoint has counted."""
    teller.tell(json.dumps({"counts": {**figures, "dropped_lines": teller.dropped}}))


def _as_told(note: "Note") -> dict[str, str]:
    """What an endpoint found wrong: when, with whom, which rule, where."""
    return {
        "at": f"{note.at:%H:%M:%S}",
        "peer": note.peer,
        "rule": note.error.rule_id,
        "where": note.error.where,
        "says": sentence(note.error.rule_id),
    }


def _require(name: str, known: Collection[str], rule: str, where: str) -> None:
    if name not in known:
        with did_you_mean((name, known)):
            raise Misuse(rule, f"{where} has {', '.join(known)}")


def _entity(network: Network, name: str) -> str:
    """The id of an entity of the network."""
    with did_you_mean((name, [one.id for one in network.entities])):
        return network.entity(name).id


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
    known = network_of(network, asked)
    _, (host, port) = _peer_address(f"={address}")
    credentials = _credentials(pki, _entity(known, entity), known, asked)
    found = look(host, port, credentials, datetime.now(UTC))
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
    told = [asdict(one) for one in found]
    show(as_json, told, table_of(f"{address}, edition {asked.id}", rows))
    raise typer.Exit(int(any(one.holds is False for one in found)))


def _as_carried(read: Callable[[str, str], object], profiles: Sequence[str], text: str) -> str:
    """An identifier as messages carry it, written as one of the profiles has it."""
    *others, last = profiles
    for profile in others:
        with suppress(Malformed):
            return str(read(text, profile))
    return str(read(text, last))


def _peer_address(text: str) -> tuple[str, tuple[str, int]]:
    """The name and the address in a text `ENTITY=HOST:PORT`; the name is empty if it is not
    asked for.
    """
    name, given, address = text.partition("=")
    host, _, port = address.rpartition(":")
    is_port = port.isascii() and port.isdecimal() and int(port) < 65536
    if not (given and host and is_port):
        wanted = "ENTITY=HOST:PORT" if name else "HOST:PORT"
        raise typer.BadParameter(f"{text.removeprefix('=')!r} is not {wanted}")
    return name, (host, int(port))


def _credentials(
    folder: Path, entity: str, network: Network, edition: Edition
) -> "Credentials":
    from refimpl.security import pki_files
    from refimpl.tls.channel import Credentials

    return Credentials.from_pki(pki_files.read(folder), entity, network, edition)
