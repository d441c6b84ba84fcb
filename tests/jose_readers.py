"""JOSE libraries that read a text and share no code with the model: each is a small program in
`tests/jose` or `tests/npm` that runs until the tests end, a line of JSON for each text.

Those of Python lie in an environment of their own under `.bench`; the npm package is that of
`make npm`, and go-jose is Debian's.
"""

import atexit
import json
import os
import subprocess
import venv
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest

from tests.bench import PEERS
from tests.programs import NPM, missing, run

READERS: Final = Path(__file__).with_name("jose")
HOME: Final = PEERS / "jose"
PINNED: Final = ("authlib==1.9.6", "joserfc==1.8.0", "jwcrypto==1.6.1", "pyjwt==2.15.1")
GO_SOURCES: Final = Path("/usr/share/gocode")
GO_JOSE: Final = GO_SOURCES / "src/gopkg.in/square/go-jose.v2"

Json = dict[str, Any]


class NotHere(Exception):
    """Why a library cannot be asked."""


@cache
def python_with_libraries() -> str:
    """The interpreter that has the libraries of Python, installed when first asked for."""
    python = HOME / "bin" / "python"
    stamp = HOME / f"installed {' '.join(PINNED)}"
    if not stamp.exists():
        venv.create(HOME, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *PINNED]
        if run(install, timeout=180).returncode != 0:
            raise NotHere("pip cannot install the JOSE libraries")
        stamp.touch()
    return str(python)


def python_reader(name: str) -> list[str]:
    """How to run a library of Python."""
    return [python_with_libraries(), "-W", "ignore", str(READERS / "reader.py"), name]


def npm_reader() -> list[str]:
    """How to run the npm package."""
    if not (NPM / "node_modules" / ".installed").exists():
        raise NotHere("the packages of npm are not here: make npm")
    return ["node", str(NPM / "jose_reader.mjs")]


def go_reader() -> list[str]:
    """How to run go-jose, built when first asked for."""
    if missing("go") or not GO_JOSE.exists():
        raise NotHere(
            "no go-jose; on Debian: apt-get install golang-gopkg-square-go-jose.v2-dev"
        )
    PEERS.mkdir(exist_ok=True)
    built = PEERS / "go-jose-reader"
    own = {"GOPATH": str(GO_SOURCES), "GO111MODULE": "off", "GOFLAGS": ""}
    build = ["go", "build", "-o", str(built), str(READERS / "reader.go")]
    done = subprocess.run(build, env=os.environ | own, capture_output=True, check=False)
    if done.returncode != 0:
        raise NotHere(done.stderr.decode())
    return [str(built)]


LIBRARIES: Final[Mapping[str, Callable[[], list[str]]]] = MappingProxyType(
    {
        "joserfc": lambda: python_reader("joserfc"),
        "jwcrypto": lambda: python_reader("jwcrypto"),
        "authlib": lambda: python_reader("authlib"),
        "pyjwt": lambda: python_reader("pyjwt"),
        "jose": npm_reader,
        "go-jose": go_reader,
    }
)


class Library:
    """A library at work."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
        atexit.register(self.process.communicate)
        self.version: str = self._next()["version"]
        self.raised: set[str] = set()

    def _next(self) -> Json:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "a library has ended"
        told: Json = json.loads(line)
        return told

    def read(self, text: str, jwk: Json) -> bytes | None:
        """The payload or content of a text; None where it is refused."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"text": text, "jwk": jwk}).encode() + b"\n")
        self.process.stdin.flush()
        told = self._next()
        self.raised.update(told.get("error", "").partition(":")[:1])
        return urlsafe_b64decode(told["payload"] + "==") if "payload" in told else None


@cache
def library(name: str) -> Library:
    """A library, started once; skips the test that asks where it is not here."""
    try:
        return Library(LIBRARIES[name]())
    except NotHere as reason:
        pytest.skip(str(reason))
