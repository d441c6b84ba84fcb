"""The servers that are measured, each in a process of its own, and the files they are given.

A server ends with the one who started it: by SIGTERM, by the end of its standard input where it
listens to that, and by itself after a while.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from refimpl.play.example import NETWORK
from refimpl.security.pki import Pki, roaming_pki
from refimpl.security.pki_files import MARK, write
from refimpl.shapes import canonical_bytes
from refimpl.tls.channel import Credentials
from refimpl.tls.serving import utc_now
from tests.bench import PEERS, ROOT, output
from tests.bench.requests import EDITION, EMAID, HOME

COMMAND = (sys.executable, "-c", "from refimpl.cli import main; main()")
SECONDS = 1_200
"""How long an endpoint runs at most, whatever becomes of the measurement."""


class Files(NamedTuple):
    """What a server reads, and a folder for what it writes."""

    folder: Path
    pki: Pki

    @property
    def keys(self) -> Path:
        """The folder of a PKI, as `iec63119 pki new` makes it."""
        return self.folder / "pki"

    @property
    def network(self) -> Path:
        """The file of the example network."""
        return self.folder / "network.json"

    def of_home(self, name: str) -> str:
        """The file with that part of what the home-CSP or the root has."""
        return str(self.keys / f"{MARK}{name}.pem")

    def credentials(self, entity_id: str) -> Credentials:
        """What an entity brings to its channels."""
        return Credentials.from_pki(self.pki, entity_id, NETWORK, EDITION)


@contextmanager
def files() -> Iterator[Files]:
    """The files of all servers, on the disk where the peers are."""
    PEERS.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=PEERS, prefix="files-") as folder:
        pki = roaming_pki(NETWORK, seed=b"one charging service", now=utc_now())
        made = Files(Path(folder), pki)
        write(pki, made.keys)
        made.network.write_bytes(canonical_bytes(NETWORK))
        yield made


@contextmanager
def served(*command: str, where: Path = ROOT) -> Iterator[tuple[int, str]]:
    """A server that runs: its port, and what it says that it runs on."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=where, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            address, _, runs_on = process.stdout.readline().strip().partition(" ")
            yield int(address.rpartition(":")[2]), runs_on
        finally:
            process.stdin.close()
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def endpoint(made: Files, *options: str, package: Path = ROOT) -> Iterator[int]:
    """`iec63119 serve` for the home-CSP, by the package in a folder: its port."""
    command = [*COMMAND, "serve", "--entity", HOME, "--network", str(made.network)]
    command += ["--pki", str(made.keys), "--contract", EMAID]
    command += ["--seconds", str(SECONDS), *options]
    with served(*command, where=package) as (port, _):
        yield port


@cache
def has_option(name: str) -> bool:
    """Whether `iec63119 serve` takes an option."""
    return name in output([*COMMAND, "serve", "--help"])


def without_store() -> tuple[str, ...]:
    """The option that makes an endpoint keep nothing, where there is one."""
    return ("--memory",) if has_option("--memory") else ()
