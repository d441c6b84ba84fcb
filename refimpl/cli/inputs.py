"""What several commands ask for, and how it is read: an edition, a network, a roaming mode.

An edition comes by its name or from a file, a network from a file or from stdin; of a file at
most `MAX_FILE` bytes are read.  Whatever cannot be followed is a `Misuse` that names the file.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl.edition import Edition, load, published, read_edition
from refimpl.errors import Misuse, RoamingError
from refimpl.network import Network, parse_network
from refimpl.vocabulary import Mode

LATEST: Final = published()[-1]
MAX_FILE: Final = 16 * 2**20
"""How many bytes of a file are read; a network of a thousand CSPs and five thousand CSOs has
half a million.
"""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EditionOption = Annotated[
    str, typer.Option("--edition", metavar="E", help="An edition by name, or an edition file.")
]
NetworkOption = Annotated[
    str, typer.Option("--network", metavar="FILE", help="A network file, see iec63119 example.")
]
ModeOption = Annotated[
    str, typer.Option("--mode", metavar="M", help=f"A roaming mode: {', '.join(Mode)}.")
]


def network_of(file: str, edition: Edition) -> Network:
    """A network from its file, or from stdin where the text is a dash."""
    place = "stdin" if file == "-" else file
    try:
        with open(0 if file == "-" else file, "rb") as stream:  # noqa: PTH123 - standard input has no path
            raw = stream.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            raise Misuse("NET-9", f"longer than {MAX_FILE} bytes")
        return parse_network(raw, edition)
    except OSError as error:
        raise Misuse("NET-9", f"{place}: {error.strerror}") from error
    except RoamingError as error:
        raise type(error)(error.rule_id, f"{place}: {error.where}") from error


def edition_of(name: str) -> Edition:
    """An edition by its name or, where the text looks like one, from its file."""
    path = Path(name)
    try:
        if name in published() or not (path.suffix == ".toml" or path.exists()):
            return load(name)
        if path.stat().st_size > MAX_FILE or not path.is_file():
            raise Misuse("EDN-1", f"{name}: not a file of at most {MAX_FILE} bytes")
    except OSError as error:
        raise Misuse("EDN-1", f"{name}: {error.strerror}") from error
    return read_edition(path)
