"""Seven TLS stacks that visit a live endpoint as its client and share no code with the model.

Python, Node, Java and Go are small programs in `tests/foreign` that run once a session and make
visit after visit, a line of JSON for each; OpenSSL, GnuTLS and curl are the commands that a
user has, run once a visit.  Java and Go are compiled when they are first asked for.

A curl knows no other way than HTTP: it says its request at once, before it has read anything.
"""

import atexit
import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from types import MappingProxyType
from typing import Any, Final

import pytest

from tests import programs
from tests.live import FOREIGN, PemFiles, frame
from tests.tls_words import Told, complaints, told_of

SECONDS: Final = 60
"""After which a stack that does not come to an end is killed, and its test fails."""


@dataclass(frozen=True)
class Visit:
    """What a stack is asked: where to, by which version, what to show and whom to trust.

    Without a port it is asked to be visited once itself, as the side that accepts.

    `early` is said as it is and at once; `say` goes out as a frame, after the first that comes.
    Node can `keep` its session in a file and `resume` one from there.
    """

    port: int
    version: str
    shown: PemFiles | None
    trusted: PemFiles
    host: str = "localhost"
    say: bytes = b""
    early: bytes = b""
    keep: str = ""
    resume: str = ""

    @property
    def saying(self) -> bytes:
        """What to say after the first frame, as it goes out."""
        return frame(self.say) if self.say else b""

    def as_json(self) -> str:
        """The line that asks a program in `tests/foreign` for the visit."""
        members: dict[str, str | int] = {
            "now": int(time.time()),
            "version": self.version,
            "ca": str(self.trusted.ca),
            "host": self.host,
            "say": self.saying.hex(),
            "early": self.early.hex(),
        }
        if self.port:
            members["port"] = str(self.port)
        if self.shown:
            members |= {"chain": str(self.shown.chain), "key": str(self.shown.key)}
        if self.keep:
            members["keep"] = self.keep
        if self.resume:
            members["resume"] = self.resume
        return json.dumps(members)


# --- programs that make visit after visit -----------------------------------------------------


@contextmanager
def killed_when_late(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let a process end after `SECONDS` at the latest."""
    watch = Timer(SECONDS, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def folder_of_session() -> Path:
    """A folder that goes when the tests end."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


def go_program() -> list[str]:
    """Go's client, built of its standard library alone and with a cache of its own."""
    folder = folder_of_session()
    offline = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(folder / "cache")}
    built = folder / "peer"
    done = subprocess.run(
        ["go", "build", "-o", str(built), str(FOREIGN / "peer.go")],
        env=os.environ | offline,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [str(built)]


PROGRAMS: Final[Mapping[str, Callable[[], list[str]]]] = MappingProxyType(
    {
        "python": lambda: [sys.executable, "-I", str(FOREIGN / "peer.py")],
        "node": lambda: ["node", str(FOREIGN / "peer.mjs")],
        "java": lambda: ["java", "-XX:TieredStopAtLevel=1", str(FOREIGN / "Peer.java")],
        "go": go_program,
    }
)


_programs: dict[str, subprocess.Popen[bytes]] = {}


def program(stack: str) -> subprocess.Popen[bytes]:
    """The program of a stack, which runs until the tests end; another where it has ended."""
    process = _programs.get(stack)
    if process is None or process.poll() is not None:
        process = _programs[stack] = subprocess.Popen(
            PROGRAMS[stack](),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        atexit.register(process.communicate)
    return process


def put_line(stack: str, visit: Visit) -> None:
    """Ask the program of a stack for a visit."""
    process = program(stack)
    assert process.stdin
    process.stdin.write(visit.as_json().encode() + b"\n")
    process.stdin.flush()


def next_line(stack: str) -> dict[str, Any]:
    """What the program of a stack says next."""
    process = program(stack)
    assert process.stdout
    with killed_when_late(process):
        line = process.stdout.readline()
    assert line, process.communicate()[1].decode()
    said: dict[str, Any] = json.loads(line)
    return said


def ask_program(stack: str, visit: Visit) -> Told:
    put_line(stack, visit)
    answer = next_line(stack)
    told = told_of(stack, answer["version"], tuple(answer["frames"]), answer["words"])
    return replace(told, resumed=answer.get("resumed", False))


# --- commands ---------------------------------------------------------------------------------


def openssl_command(visit: Visit) -> list[str]:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{visit.port}", "-quiet"]
    command += [f"-tls{visit.version.replace('.', '_')}", "-CAfile", str(visit.trusted.ca)]
    command += ["-verify_return_error", "-verify_hostname", visit.host]
    command += ["-servername", visit.host]
    if shown := visit.shown:
        command += ["-cert", str(shown.chain), "-key", str(shown.key)]
        command += ["-cert_chain", str(shown.above)] if shown.above.stat().st_size else []
    if visit.version == "1.1":
        command += ["-cipher", "DEFAULT@SECLEVEL=0"]
    return command


def gnutls_command(visit: Visit) -> list[str]:
    command = ["gnutls-cli", "--logfile=/dev/stderr", "--port", str(visit.port)]
    command += ["--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{visit.version}"]
    command += ["--x509cafile", str(visit.trusted.ca), "--verify-hostname", visit.host]
    command += ["--sni-hostname", visit.host]
    if visit.shown:
        command += ["--x509certfile", str(visit.shown.chain)]
        command += ["--x509keyfile", str(visit.shown.key)]
    return [*command, "127.0.0.1"]


def curl_command(visit: Visit) -> list[str]:
    address = f"{visit.host}:{visit.port}"
    command = ["curl", "--silent", "--show-error", "--http0.9", "--cacert"]
    command += [str(visit.trusted.ca), "--resolve", f"{address}:127.0.0.1"]
    command += [f"--tlsv{visit.version}", "--tls-max", visit.version]
    if visit.shown:
        command += ["--cert", str(visit.shown.chain), "--key", str(visit.shown.key)]
    if visit.version == "1.1":
        command += ["--ciphers", "DEFAULT@SECLEVEL=0"]
    return [*command, f"https://{address}/"]


COMMANDS: Final[Mapping[str, Callable[[Visit], list[str]]]] = MappingProxyType(
    {"openssl": openssl_command, "gnutls": gnutls_command, "curl": curl_command}
)


def run_command(stack: str, visit: Visit) -> Told:
    """Run the command of a stack until it ends, or has had the frames that it came for."""
    with (
        subprocess.Popen(
            COMMANDS[stack](visit),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
        killed_when_late(process),
    ):
        assert process.stdout
        assert process.stderr
        hand_over(process, visit.early)
        frames = tuple(each.hex() for each in received(process, visit))
        if stack != "curl" and frames:
            process.terminate()
        words = complaints(process.stderr.read().decode())
    version = f"TLSv{visit.version}" if frames else None
    return replace(told_of(stack, version, frames, words), status=process.returncode)


def hand_over(process: subprocess.Popen[bytes], said: bytes) -> None:
    """Give a command what it is to say."""
    assert process.stdin
    with suppress(BrokenPipeError):  # it was refused before it could say so much
        process.stdin.write(said)
        process.stdin.flush()


def received(process: subprocess.Popen[bytes], visit: Visit) -> Iterator[bytes]:
    """The frames that come out of a command: the first, and one more after what it says."""
    assert process.stdout
    for saying in (visit.saying, b""):
        head = process.stdout.read(4)
        if len(head) < 4:
            return
        yield process.stdout.read(int.from_bytes(head, "big"))
        if not saying:
            return
        hand_over(process, saying)


# --- all of them ------------------------------------------------------------------------------

# fmt: off
# Which program each needs, and how it tells its version.
STACKS: Final[Mapping[str, tuple[str, list[str]]]] = MappingProxyType({
    "openssl": ("openssl",    ["openssl", "version"]),
    "gnutls":  ("gnutls-cli", ["gnutls-cli", "--version"]),
    "curl":    ("curl",       ["curl", "--version"]),
    "python":  ("",           []),
    "node":    ("node",       ["node", "--version"]),
    "java":    ("javac",      ["javac", "-version"]),
    "go":      ("go",         ["go", "version"]),
})
# fmt: on


def missing(stack: str) -> str:
    """Why a stack cannot be asked, or nothing."""
    needed, _ = STACKS[stack]
    return programs.missing(needed) if needed else ""


def require(stack: str) -> None:
    """Skip a test whose stack is not here; where all have to be, it has failed."""
    if reason := missing(stack):
        if os.environ.get("IEC63119_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@cache
def version_of(stack: str) -> str:
    """The version of a stack; of Python, that of its OpenSSL."""
    _, command = STACKS[stack]
    said = programs.run(command).stdout.decode() if command else ssl.OPENSSL_VERSION
    found = re.search(r"\d+(?:\.\d+)+", said)
    assert found, said
    return found[0]


def ask(stack: str, visit: Visit) -> Told:
    """Let a stack make a visit, and tell of it."""
    return run_command(stack, visit) if stack in COMMANDS else ask_program(stack, visit)


# --- the other way round ----------------------------------------------------------------------

SERVERS: Final = ("openssl", "python", "node", "java", "go")
"""Those that can be visited themselves; `gnutls-serv` cannot be kept to this machine."""


@contextmanager
def visited(stack: str, version: str, own: PemFiles) -> Iterator[int]:
    """A stack that accepts one channel, by one version and with a certificate on both sides,
    and its port.
    """
    if stack == "openssl":
        with openssl_server(version, own) as port:
            yield port
        return
    put_line(stack, Visit(0, version, own, own))
    yield int(next_line(stack)["port"])
    next_line(stack)


@contextmanager
def openssl_server(version: str, own: PemFiles) -> Iterator[int]:
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1"]
    command += [f"-tls{version.replace('.', '_')}", "-CAfile", str(own.ca), "-Verify", "9"]
    command += ["-verify_return_error", "-cert", str(own.chain), "-key", str(own.key)]
    command += ["-cert_chain", str(own.above)]
    with (
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process,
        killed_when_late(process),
    ):
        assert process.stdout
        hand_over(process, bytes(4))
        ready = next(line for line in process.stdout if line.startswith(b"ACCEPT"))
        yield int(ready.rpartition(b":")[2])
        process.terminate()
