"""The `iec63119` command: what the model knows and does, from a shell.

A command prints tables for people or, with `--json`, one JSON document for programs.  What goes wrong is one line on
stderr that names the rule, the place and the way out; with `--json` a broken rule stands on stdout instead, as an
object of `rule`, `says`, `where` and `way_out`.  Exit codes: 0 yes, 1 no, 2 asked in a way that has no answer, 70 a
fault of ours, 130 interrupted, 141 the reader went away.

Nothing here knows the standard: a command asks a room and shows what it hears.
"""

import ast
import asyncio
import io
import json
import os
import re
import secrets
import socket
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NoReturn

import typer
from typer.core import TyperGroup

from refimpl import identifiers
from refimpl.edition import PROVENANCE, Difference, Edition, compare, load, published, read
from refimpl.errors import Malformed, Misuse, RoamingError
from refimpl.journeys import JOURNEYS, NETWORK, Story, play
from refimpl.loopback import Faults, Frame
from refimpl.messages import Envelope
from refimpl.network import Network, interface, route
from refimpl.network import read as read_network
from refimpl.vocabulary import Mode, Phase, Strategy

if TYPE_CHECKING:
    from refimpl.tls.channel import Credentials

PACKAGE: Final = Path(__file__).parent
CHECKOUT: Final = PACKAGE.parent
FIRST_NOTEBOOK: Final = "00-start-here.ipynb"
LATEST: Final = published()[-1]
MAX_FILE: Final = 16 * 2**20
"""How many bytes of a file are read; a network of a thousand CSPs and five thousand CSOs has half a million."""

WAY_OUT: Final[Mapping[str, str]] = {
    "EDN": "name an edition, or a file in the form of refimpl/standard/2025.toml",
    "IDP": "see iec63119 id check --help",
    "NET": "compare with iec63119 example and iec63119 schema network",
    "PKI": "see iec63119 pki new --help",
    "SES": "see iec63119 play --help",
}

Rows = Iterable[Iterable[object]]
Places = dict[str, list[str]]


class Commands(TyperGroup):
    """All commands together; whatever goes wrong in one of them ends here, as one line and an exit code."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **settings: Any) -> NoReturn:
        """Run the command that the arguments name and end the process."""
        args = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = super().main(args, *rest, **{**settings, "standalone_mode": False}) or 0
            sys.stdout.flush()
        except BrokenPipeError:
            code = 141
        except Exception as error:  # a person gets a line, never a traceback
            code, rule, says, where, way_out = _trouble(error)
            if rule and "--json" in args:
                _show(True, {"rule": rule, "says": says, "where": where, "way_out": way_out})
            else:
                said = ": ".join(filter(None, ("iec63119", rule, says))) + (f" ({where})" if where else "")
                print(_plain("; ".join(filter(None, (said, way_out)))), file=sys.stderr)
        try:
            sys.stdout.flush()
        except OSError:  # what nobody takes goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(code)


def _trouble(error: Exception) -> tuple[int, str, str, str, str]:
    """Exit code, rule id, sentence, place and way out."""
    match error:
        case RoamingError(rule_id=rule, where=where):
            return 2 if isinstance(error, Misuse) else 1, rule, _says(rule), where, WAY_OUT.get(rule[:3], "")
        case typer.TyperException():
            context = getattr(error, "ctx", None)
            way_out = f"see {context.command_path} --help" if context else ""
            return error.exit_code, "", error.format_message(), "", way_out
        case ModuleNotFoundError(name=str(name)):
            way_out = f"pip install 'iec63119-refimpl[{'discover' if name == 'hypothesis' else 'explorer'}]'"
            return 2, "", f"{name.partition('.')[0]} is not installed", "", way_out
        case OSError():
            return 2, "", error.strerror or str(error), str(error.filename or ""), ""
        case _:
            return 70, "", f"{type(error).__name__}: {error}", "", "this is a fault of the model, please report it"


def _says(rule_id: str) -> str:
    rule = load(LATEST).rules.get(rule_id)
    return rule.says if rule else ""


app = typer.Typer(cls=Commands, add_completion=False, rich_markup_mode=None)
identifier_app = typer.Typer(rich_markup_mode=None)
app.add_typer(identifier_app, name="id", help="Look at an identifier of a contract or of a charging place.")
pki_app = typer.Typer(rich_markup_mode=None)
app.add_typer(pki_app, name="pki", help="Make the certificates of a network, for tests only.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EditionArgument = Annotated[str, typer.Argument(help="An edition by name, or an edition file of your own.")]
EditionOption = Annotated[str, typer.Option("--edition", metavar="E", help="An edition by name, or an edition file.")]
NetworkOption = Annotated[str, typer.Option("--network", metavar="FILE", help="A network file, see iec63119 example.")]
PkiOption = Annotated[Path, typer.Option("--pki", metavar="DIR", help="A folder that iec63119 pki new has made.")]
ModeOption = Annotated[str, typer.Option("--mode", metavar="M", help=f"A roaming mode: {', '.join(Mode)}.")]


@app.callback(invoke_without_command=True)
def about(wanted: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    """A reference model of IEC 63119-1, roaming of EV charging services.

    Begin with `iec63119 play charge`, or with `iec63119 explore` for the notebooks.

    Not affiliated with IEC.
    """
    if wanted:
        print(f"iec63119 {version('iec63119-refimpl')}, editions {' and '.join(published())}")
        raise typer.Exit


@identifier_app.command("check")
def check_identifier(
    text: Annotated[str, typer.Argument(help="An EMAID or an EVSE ID.")],
    profile: Annotated[str, typer.Option(metavar="P", help=f"One of {', '.join(identifiers.PROFILES)}.")] = "emi3",
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
    _show(as_json, told, (f"{type(found).__name__}, well written", (), rows))


def _refuse_identifier(text: str, profile: str, error: Malformed, as_json: bool) -> None:
    from rich.cells import cell_len

    place = int("".join(re.findall(r"^character (\d+)", error.where)) or 1) - 1
    says = _says(error.rule_id)
    others = [name for name in identifiers.PROFILES if _fits(text, name)]
    if as_json:
        told = {"valid": False, "profile": profile, "rule": error.rule_id, "says": says, "where": error.where}
        return _show(True, {**told, "position": place + 1, "valid_as": others})
    first = max(0, place - 40)
    before, rest = ("…" if first else "") + _plain(text[first:place]), _plain(text[place : place + 20])
    print(f"{before}{rest}{'…' if text[place + 20 :] else ''}\n{' ' * cell_len(before)}^ {error.where}")
    print(f"{error.rule_id}: {says} (profile {profile}; well written as {', '.join(others) or 'no other either'})")
    return None


def _fits(text: str, profile: str) -> bool:
    with suppress(Malformed):
        return bool(identifiers.parse(text, profile))
    return False


@app.command()
def diff(before: EditionArgument, after: EditionArgument, as_json: Json = False) -> None:
    """Compare two editions, change by change."""
    old, new = _edition(before), _edition(after)
    groups: dict[str | None, list[dict[str, Any]]] = {key: [] for key in new.changes if key not in old.changes}
    for one in compare(old, new):
        if one.table not in {"change", "source"}:
            groups.setdefault(one.change, []).append(_facts(old, new, one))
    known = {key: (row.says, str(row.basis)) for key, row in {**old.changes, **new.changes}.items()}
    told = [(key, *known.get(key or "", ("No change is named.", "")), rows) for key, rows in groups.items()]
    heads = ("id", "says", "basis", "differences")
    _show(
        as_json,
        {"before": old.id, "after": new.id, "changes": [dict(zip(heads, one, strict=True)) for one in told]},
        *(
            (f"{key or '-'}  {says}  {basis}", rows[0] if rows else (), _values(rows))
            for key, says, basis, rows in told
        ),
    )


def _facts(old: Edition, new: Edition, one: Difference) -> dict[str, Any]:
    row = new.table(one.table).get(one.id) or old.table(one.table)[one.id]
    before, after = (json.loads(json.dumps(side, default=_as_data)) for side in (one.before, one.after))
    basis = str(getattr(row, "basis", ""))
    return {"table": one.table, "id": one.id, "field": one.field, "before": before, "after": after, "basis": basis}


def _as_data(row: Any) -> Any:
    return row.model_dump(mode="json", exclude_none=True)


@app.command()
def example() -> None:
    """Print a network to begin with.

    `iec63119 example > network.json` keeps it, and `iec63119 example | iec63119 route - ...` asks it at once.
    """
    _show(True, json.loads(NETWORK.model_dump_json(exclude_none=True)))


@app.command("route")
def show_route(
    file: Annotated[str, typer.Argument(metavar="NETWORK", help="A network file, see iec63119 example; - is stdin.")],
    mode: ModeOption,
    sender: Annotated[str, typer.Option("--from", metavar="ENTITY", help="The entity that produces the exchange.")],
    receiver: Annotated[str, typer.Option("--to", metavar="ENTITY", help="The entity that consumes it.")],
    exchange: Annotated[str, typer.Option(metavar="X", help="An exchange of the edition: authorization, for example.")],
    edition: EditionOption = LATEST,
    as_json: Json = False,
) -> None:
    """Show which way an exchange goes through a network.

    Ends with 0 if there is a way, 1 if a rule forbids it, 2 for a file or a name that cannot be followed.
    """
    asked = _edition(edition)
    hops = route(_network(file, asked), asked, mode, sender, receiver, exchange)
    rows = [{"from": hop.sender, "interface": hop.interface, "to": hop.receiver} for hop in hops]
    told = {"edition": asked.id, "mode": mode, "exchange": exchange, "hops": rows}
    _show(as_json, told, (f"{exchange}, {mode}, edition {asked.id}", rows[0], _values(rows)))


def _network(file: str, edition: Edition) -> Network:
    place = "stdin" if file == "-" else file
    try:
        with open(0 if file == "-" else file, "rb") as stream:  # noqa: PTH123 - standard input has no path
            raw = stream.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            raise Misuse("NET-9", f"longer than {MAX_FILE} bytes")
        return read_network(raw, edition)
    except OSError as error:
        raise Misuse("NET-9", f"{place}: {error.strerror}") from error
    except RoamingError as error:
        raise type(error)(error.rule_id, f"{place}: {error.where}") from error


def _edition(name: str) -> Edition:
    """An edition by its name or, where the text looks like one, from its file."""
    path = Path(name)
    try:
        if name in published() or not (path.suffix == ".toml" or path.exists()):
            return load(name)
        if path.stat().st_size > MAX_FILE or not path.is_file():
            raise Misuse("EDN-1", f"{name}: not a file of at most {MAX_FILE} bytes")
    except OSError as error:
        raise Misuse("EDN-1", f"{name}: {error.strerror}") from error
    return read(path)


@app.command("play")
def play_journey(
    journey: Annotated[str, typer.Argument(help=f"One of {', '.join(JOURNEYS)}.")],
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: Annotated[Strategy, typer.Option(help="How a clearing house finds the answer.")] = Strategy.FORWARD,
    seed: Annotated[int, typer.Option(help="Of the dice; the same seed tells the same story.")] = 0,
    lose: Annotated[list[int] | None, typer.Option(min=1, metavar="N", help="Lose transmission N; repeatable.")] = None,
    as_json: Json = False,
) -> None:
    """Play a journey and show each transmission.

    Each line is one of them: what was said, over which interface, what became of it, and where both sides then stand.
    """
    faults = Faults(at=dict.fromkeys(lose or (), "lost"))
    story = play(journey, _edition(edition), mode, strategy, seed=seed, faults=faults)
    frames = [_transmission(story, frame) for frame in story.frames]
    lines = [{**frame, "message": frame["message"]["message"]["kind"]} for frame in frames]
    setting = story.setting
    told = {"journey": journey, "edition": setting.edition.id, "mode": mode, "strategy": strategy, "seed": seed}
    sides = {"home-csp": setting.home_csp, "visited-cso": setting.visited_cso}
    title = f"{story.journey.title}, {mode}, edition {setting.edition.id}"
    _show(as_json, {**told, **sides, "transmissions": frames}, (title, lines[0], _values(lines)))


def _transmission(story: Story, frame: Frame) -> dict[str, Any]:
    setting = story.setting
    one, other = (setting.network.entity(name).kind for name in (frame.sender, frame.receiver))
    row = interface(setting.edition, one, other)
    sides = (frame.reps[name].sessions.get(setting.correlation_id) for name in (setting.home_csp, setting.visited_cso))
    home, visited = (side.phase if side else Phase.NEW for side in sides)
    return {
        "number": frame.number,
        "time": f"{frame.at:%H:%M:%S}",
        "from": frame.sender,
        "interface": row.id if row else None,
        "to": frame.receiver,
        "message": json.loads(frame.raw),
        "fate": frame.fate,
        "home-csp": home,
        "visited-cso": visited,
        "found wrong": [str(note) for note in frame.notes],
    }


@pki_app.command("new")
def new_pki(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="It is made, and must be empty if it is there.")],
    network: NetworkOption,
    edition: EditionOption = LATEST,
    algorithm: Annotated[Literal["P-256", "Ed25519"], typer.Option(help="Of every key that signs.")] = "P-256",
    revoke: Annotated[list[str] | None, typer.Option(metavar="ENTITY", help="Revoked from the start.")] = None,
    seed: Annotated[str, typer.Option(metavar="TEXT", help="Every key follows from it; without one, from dice.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Over test keys, and over nothing else.")] = False,
) -> None:
    """Write keys, certificates and CRLs for every entity of a network.

    They protect nothing and say so.  Only you can read them; they are good for ninety days, the CRLs for seven.
    """
    from refimpl.security import folder as keys
    from refimpl.security.pki import roaming_pki

    found, dice = _network(network, _edition(edition)), seed.encode() or secrets.token_bytes(32)
    pki = roaming_pki(found, seed=dice, now=datetime.now(UTC), algorithm=algorithm, revoked=revoke or ())
    keys.write(pki, folder, force)
    print(f"test keys of {len(pki.leaves)} entities in {_plain(str(folder))}")


@app.command()
def serve(  # noqa: PLR0913, PLR0917 - every option is an argument
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="Whose endpoint it is.")],
    network: NetworkOption,
    pki: PkiOption,
    edition: EditionOption = LATEST,
    mode: ModeOption = Mode.DIRECT,
    strategy: Annotated[Strategy, typer.Option(help="How a clearing house finds the answer.")] = Strategy.FORWARD,
    peer: Annotated[
        list[str] | None, typer.Option(metavar="ENTITY=HOST:PORT", help="Where another one accepts; repeatable.")
    ] = None,
    contract: Annotated[list[str] | None, typer.Option(metavar="EMAID", help="One it honours; repeatable.")] = None,
    evse: Annotated[list[str] | None, typer.Option(metavar="EVSE", help="One that is free; repeatable.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 takes any that is free.")] = 0,
    seconds: Annotated[float | None, typer.Option(min=0, metavar="S", help="Ends by itself after so long.")] = None,
    as_json: Json = False,
) -> None:
    """Run an endpoint over mutual TLS, to test others against.

    The first line printed is the address, for this machine alone; then comes one line for whatever is found wrong.
    Ctrl-C ends it, and SIGHUP makes it read the folder of keys and CRLs again.
    """
    from refimpl.endpoint import RoamingEndpoint
    from refimpl.tls.serving import LiveEndpoint, Note, run

    asked = _edition(edition)
    known = _network(network, asked)
    rep = RoamingEndpoint(known.entity(entity).id, known, asked, mode, strategy)
    contracts = rep.contracts.update(dict.fromkeys(contract or (), True))
    evses = rep.evses.update(dict.fromkeys(evse or (), "available"))

    def tell(facts: Mapping[str, str]) -> None:
        print(json.dumps(facts) if as_json else "  ".join(map(_plain, filter(None, facts.values()))), flush=True)

    def note(one: Note) -> None:
        rule, where = one.error.rule_id, one.error.where
        tell({"at": f"{one.at:%H:%M:%S}", "peer": one.peer, "rule": rule, "where": where, "says": _says(rule)})

    credentials = partial(_credentials, pki, entity, known, asked)
    live = LiveEndpoint(
        replace(rep, contracts=contracts, evses=evses), credentials(), note, dict(map(_peer, peer or ()))
    )
    work = run(live, lambda address: tell({"address": address}), port=port, seconds=seconds, news=credentials)
    asyncio.run(work)


@app.command()
def probe(
    address: Annotated[str, typer.Argument(metavar="HOST:PORT")],
    entity: Annotated[str, typer.Option(metavar="ENTITY", help="As whom to knock.")],
    network: NetworkOption,
    pki: PkiOption,
    edition: EditionOption = LATEST,
    as_json: Json = False,
) -> None:
    """Look at the channel of an endpoint, rule by rule.

    Ends with 0 if all that can be seen is as the edition and this model ask, 1 if not or if nobody is there.
    """
    from refimpl.tls.probing import probe as look

    asked = _edition(edition)
    _, (host, port) = _peer(f"={address}")
    found = look(host, port, _credentials(pki, entity, _network(network, asked), asked), datetime.now(UTC))
    words = {True: "yes", False: "no", None: "look at it"}
    rows = [
        {"rule": one.rule, "holds": words[one.holds], "found": one.found, "asked": _says(one.rule)} for one in found
    ]
    _show(as_json, [asdict(one) for one in found], (f"{address}, edition {asked.id}", rows[0], _values(rows)))
    raise typer.Exit(int(any(one.holds is False for one in found)))


def _peer(text: str) -> tuple[str, tuple[str, int]]:
    name, _, address = text.partition("=")
    host, _, port = address.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and int(port) < 65536):
        raise typer.BadParameter(f"{text.removeprefix('=')!r} does not end with HOST:PORT")
    return name, (host, int(port))


def _credentials(folder: Path, entity: str, network: Network, edition: Edition) -> "Credentials":
    from refimpl.security import folder as keys
    from refimpl.tls.channel import Credentials

    return Credentials.of(keys.read(folder), entity, network, edition)


@app.command()
def rules(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="Only these, and all about them.")
    ] = None,
    edition: Annotated[str, typer.Option(metavar="E", help="Only the rules of this edition.")] = "",
    as_json: Json = False,
) -> None:
    """Show every rule, the code that cites it and the vectors for it.

    A rule's basis says how sure the model is of it: a public text states it, it is implied by one, or the model chose.
    """
    editions = [_edition(edition)] if edition else [load(name) for name in published()]
    known = {rule.id: rule for one in editions for rule in one.rules.values()}
    if unknown := [name for name in ids or () if name not in known]:
        raise typer.BadParameter(f"there is no rule {unknown[0]!r}")
    code, vectors = _citations(), _exercised()
    cards = [
        {
            **_as_data(rule),
            "editions": [one.id for one in editions if rule.id in one.rules],
            "code": code.get(rule.id, []) if rule.modelled else "not modelled",
            "vectors": vectors.get(rule.id, {}) if rule.exercised == "vectors" else "tests instead",
        }
        for rule in (known[name] for name in ids or known)
    ]
    heads = ("id", "level", "basis", "editions", "code", "vectors")
    matrix = (f"{len(cards)} rules", heads, ([card[head] for head in heads] for card in cards))
    _show(as_json, cards, *((((card["id"], (), card.items()) for card in cards)) if ids else (matrix,)))


def _citations() -> Places:
    """The rooms whose code cites a rule, docstrings aside."""
    rooms: Places = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_bytes())))
        prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and id(node) not in prose]
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for cited in {one for text in texts if isinstance(text, str) for one in re.findall(r"\b[A-Z]{3}-\d+\b", text)}:
            rooms[cited] = sorted({*rooms.get(cited, ()), room})
    return rooms


def _exercised() -> dict[str, Counter[str]]:
    """How many vectors of each family name a rule; none where no vectors lie beside the package."""
    families: dict[str, Counter[str]] = {}
    for path in sorted((CHECKOUT / "vectors").glob("v*/*.json")):
        for test in json.loads(path.read_bytes())["tests"]:
            for named in test["rules"]:
                families.setdefault(named, Counter())[path.stem] += 1
    return families


@app.command()
def schema(of: Annotated[Literal["messages", "network"], typer.Argument()] = "messages") -> None:
    """Print the JSON Schema (2020-12) of messages or of a network file."""
    shape = Envelope.model_json_schema() if of == "messages" else Network.model_json_schema()
    _show(True, {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape})


@app.command()
def explore(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Whether to open the browser.")] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="0 takes any that is free.")] = 0,
) -> None:
    """Open the notebooks in JupyterLab.

    The first line printed is the address, for this machine alone; Ctrl-C ends it.

    Notebooks are opened where they lie, so nothing you change is lost.  For this run the project's own notebooks count
    as trusted, so that their pictures show at once: they come with the program you have just started.  Nothing outside
    this machine is asked for news, updates or extensions.
    """
    import nbformat
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # it brings no types

    folder = _notebooks()
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise typer.TyperException(f"port {port}: {reason}; take another, or leave --port out") from error
    token = secrets.token_hex(24)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,  # as in containers: it listens on this machine alone and asks for the token
        "ServerApp.answer_yes": True,
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "LabApp.default_url": f"/lab/tree/{FIRST_NOTEBOOK}",
        "LabApp.extension_manager": "readonly",
        "IdentityProvider.token": token,
        "KernelManager.transport_encryption": "auto",
        "NotebookNotary.db_file": ":memory:",
    }
    server = LabApp.initialize_server([f"--{name}={value}" for name, value in options.items()])
    server.web_app.settings["page_config_hook"] = _without_news
    for path in folder.glob("[0-9][0-9]-*.ipynb"):
        with suppress(OSError, ValueError, nbformat.ValidationError):  # a damaged one is opened as it is
            server.contents_manager.notary.sign(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    address = f"http://127.0.0.1:{server.port}/lab/tree/{FIRST_NOTEBOOK}?token={token}"
    server.io_loop.add_callback(print, address, flush=True)  # which runs as soon as the server listens
    server.start()


def _without_news(handler: object, page: dict[str, Any]) -> dict[str, Any]:
    page["disabledExtensions"].append("@jupyterlab/apputils-extension:announcements")
    return page


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def vectors(context: typer.Context) -> None:
    """Fill, check, replay and pack the test vectors."""
    from refimpl.vectors.commands import app as vectors_app

    raise typer.Exit(vectors_app(context.args or ["--help"], prog_name="iec63119 vectors", standalone_mode=False) or 0)


@app.command()
def notebooks(check: Annotated[bool, typer.Option("--check", help="Change nothing; 1 if one would.")] = False) -> None:
    """Run the notebooks again and store what they show."""
    from rich.console import Console
    from rich.progress import Progress

    from refimpl.views import notebooks

    folder = _notebooks()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(list(folder.glob("*.ipynb"))))
        try:
            found = (notebooks.check if check else notebooks.execute)(
                folder, lambda name: bar.update(task, description=name, advance=1)
            )
        except notebooks.NotebookFailed as error:
            raise typer.TyperException(str(error)) from error
    print("".join(f"{'differs' if check else 'changed'}: {_plain(name)}\n" for name in found), end="")
    raise typer.Exit(1 if check and found else 0)


def _notebooks() -> Path:
    """The folder of the notebooks: beside the package, as in a checkout, or beside whoever asks."""
    places = (CHECKOUT / "notebooks", Path("notebooks").resolve())
    folder = next((place for place in places if (place / FIRST_NOTEBOOK).is_file()), None)
    if folder is None:
        raise typer.TyperException(f"no notebooks/{FIRST_NOTEBOOK} here; the source has them: clone it and start there")
    return folder


def _show(as_json: bool, data: object, *tables: tuple[str, Iterable[str], Rows]) -> None:
    """The data as JSON, or the tables, each with a title and the heads of its columns."""
    if as_json:
        return print(json.dumps(data, indent=2))
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 1000)  # a file or a pipe gets one line a row
    for title, heads, rows in tables:
        table = Table(*heads, box=SIMPLE_HEAD, show_header=bool(heads))
        for row in rows:
            table.add_row(*(Text(_plain(_in_words(cell))) for cell in row))
        console.print(Text(_plain(title), "bold"), table)
    return None


def _values(rows: Iterable[Mapping[str, object]]) -> Rows:
    return [row.values() for row in rows]


def _in_words(value: Any) -> str:
    match value:
        case None:
            return "-"
        case dict():  # a row of an edition, or counts
            facts = (f"{key} {value[key]}" for key in value.keys() - PROVENANCE - {"id", "basis"})
            return str(value.get("says") or value.get("means") or "; ".join(sorted(facts)) or "-")
        case list():
            return ", ".join(map(_in_words, value)) or "-"
    return str(value)


def _plain(text: str) -> str:
    """The text with its control characters as escapes, fit for a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def main() -> None:
    """The command as it is installed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a sign that the terminal lacks is shown by its number
    app(prog_name="iec63119")
