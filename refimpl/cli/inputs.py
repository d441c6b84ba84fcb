"""What several commands ask for, and how it is read: an edition, a network, a roaming mode.

An edition comes by its name or from a file, a network from a file or from stdin; of a file at
most `MAX_FILE` bytes are read.  Whatever cannot be followed is a `Misuse` that names the file,
and where a name is unknown the error says which ones are near.
"""

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl.cli.ending import Refusal
from refimpl.edition import Edition, load, published
from refimpl.errors import Misuse, RoamingError
from refimpl.network import Network, parse_network
from refimpl.vocabulary import Mode, Strategy

LATEST: Final = published()[-1]
MAX_FILE: Final = 16 * 2**20
"""How many bytes of a file are read; a network of a thousand CSPs and five thousand CSOs has
half a million.
"""
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")  # what a file in UTF-16 begins with


def nearest(text: str, names: Iterable[str]) -> str:
    """Ask whether one of the names was meant that are near to a text; empty where none is."""
    by_small_letters = {name.casefold(): name for name in names}
    near = get_close_matches(text.casefold(), by_small_letters)
    if not near:
        return ""
    return f"did you mean {' or '.join(by_small_letters[name] for name in near)}?"


@contextmanager
def did_you_mean(*asked: tuple[str, Iterable[str]]) -> Iterator[None]:
    """Note on an error which known names are near to those that were asked and are unknown."""
    try:
        yield
    except RoamingError as error:
        for text, names in asked:
            known = list(names)
            if text not in known and (question := nearest(text, known)):
                error.add_note(question)
        raise


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EditionOption = Annotated[
    str,
    typer.Option(
        "--edition",
        metavar="E",
        help="An edition by name, or an edition file.",
        autocompletion=published,
    ),
]
NetworkOption = Annotated[
    str, typer.Option("--network", metavar="FILE", help="A network file, see iec63119 example.")
]
ModeOption = Annotated[
    str,
    typer.Option(
        "--mode",
        metavar="M",
        help=f"A roaming mode: {', '.join(Mode)}.",
        autocompletion=lambda: [*Mode],
    ),
]
StrategyOption = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="S",
        help=f"How a clearing house finds the answer: {', '.join(Strategy)}.",
        autocompletion=lambda: [*Strategy],
    ),
]
PortOption = Annotated[
    int, typer.Option("--port", min=0, max=65535, metavar="N", help="0 takes any that is free.")
]


def network_of(file: str, edition: Edition) -> Network:
    """A network from its file, or from stdin where the text is a dash."""
    place = "stdin" if file == "-" else file
    try:
        raw = _bytes_of(file)
        if len(raw) > MAX_FILE:
            raise Misuse("NET-9", f"longer than {MAX_FILE} bytes")
        if raw.startswith(UTF_16):
            raise Misuse("NET-9", "written in UTF-16, and JSON is UTF-8")
        return parse_network(raw, edition)
    except OSError as error:
        raise Misuse("NET-9", f"{place}: {error.strerror}") from error
    except RoamingError as error:
        raise type(error)(error.rule_id, f"{place}: {error.where}") from error


def _bytes_of(file: str) -> bytes:
    if file != "-":
        with Path(file).open("rb") as stream:
            return stream.read(MAX_FILE + 1)
    if sys.stdin is None:
        raise Misuse("NET-9", "closed")
    return sys.stdin.buffer.read(MAX_FILE + 1)


def edition_of(name: str) -> Edition:
    """An edition by its name or, where the text looks like one, from its file."""
    path = Path(name)
    try:
        if name in published() or not (path.suffix == ".toml" or path.exists()):
            with did_you_mean((name, published())):
                return load(name)
        if not path.is_file():
            raise Misuse("EDN-1", f"{name}: no file")
        if path.stat().st_size > MAX_FILE:
            raise _too_long(name)
        with path.open("rb") as stream:
            if stream.read(2) in UTF_16:
                raise Misuse("EDN-2", f"{name}: written in UTF-16, and TOML is UTF-8")
    except OSError as error:
        raise Misuse("EDN-1", f"{name}: {error.strerror}") from error
    from refimpl.lab.drafts import read_draft  # which takes a moment to load

    return read_draft(path, MAX_FILE).sound()


def _too_long(name: str) -> Misuse:
    error = Misuse("EDN-1", f"{name}: more than {MAX_FILE:,} bytes")
    error.add_note("a draft holds only the rows that it changes; make it shorter")
    return error


def require_known(what: str, text: str, names: Iterable[str]) -> None:
    """Refuse a name that is none of those known, and ask whether one was meant that is near."""
    known = list(dict.fromkeys(names))
    if text not in known:
        near = nearest(text, known)
        said = f"there is no {what} {text!r}; there are {', '.join(known)}"
        raise Refusal(said, near, 2)


def require_free_port(port: int) -> None:
    """Refuse a port of this machine that cannot be listened on; 0 takes any that is free."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        said = f"port {port}: {reason}"
        raise Refusal(said, "take another, or leave --port out") from error
