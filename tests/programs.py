"""Programs beside the model, for tests: OpenSSL, Node, and the command in a process of its own."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

COMMAND: Final = [sys.executable, "-c", "from refimpl.cli import main; main()"]


def missing(program: str) -> str:
    """Why a program cannot be asked, or nothing."""
    return "" if shutil.which(program) else f"there is no {program} here"


def needs(program: str) -> pytest.MarkDecorator:
    """Skip a test where there is no such program."""
    return pytest.mark.skipif(bool(missing(program)), reason=missing(program))


def run(
    command: list[str],
    *,
    stdin: bytes = b"",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: int = 60,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end."""
    return subprocess.run(
        command,
        input=stdin,
        cwd=cwd,
        env=env,
        capture_output=True,
        check=False,
        timeout=timeout,
    )


# --- OpenSSL ----------------------------------------------------------------------------------


def openssl(*arguments: str, stdin: bytes = b"") -> str:
    """What OpenSSL prints, where it succeeds."""
    done = run(["openssl", *arguments], stdin=stdin)
    assert done.returncode == 0, done.stderr
    return (done.stdout + done.stderr).decode()


def openssl_verify(
    folder: Path, files: Mapping[str, bytes], *, server: bool, at: datetime
) -> list[str]:
    """Each reason that OpenSSL has against a chain, none if it accepts it.

    `files` are the PEM texts by their option: `leaf`, and `-CAfile`, `-untrusted` and `-CRLfile`.
    """
    command = ["openssl", "verify", "-x509_strict", "-crl_check_all", "-no-CApath"]
    command += ["-no-CAstore", "-purpose", "sslserver" if server else "sslclient"]
    command += ["-attime", f"{at.timestamp():.0f}"]
    for name, text in files.items():
        (folder / name).write_bytes(text)
        if name != "leaf" and text:
            command += [name, str(folder / name)]
    if not files["-CAfile"]:
        command.append("-no-CAfile")
    done = run([*command, str(folder / "leaf")])
    said = (done.stdout + done.stderr).decode()
    reasons = re.findall(r"error \d+ at \d+ depth lookup: ?(.+)", said)
    assert (done.returncode == 0) == (not reasons), said
    return reasons


# --- Node -------------------------------------------------------------------------------------

NPM: Final = Path(__file__).with_name("npm")
"""Where scripts stand that use packages of npm, and `make npm` installs these."""


def needs_npm() -> pytest.MarkDecorator:
    """Skip a test where the packages of npm are not installed, unless nothing may be missing."""
    return pytest.mark.skipif(
        not (NPM / "node_modules" / ".installed").exists()
        and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="the packages of npm are not here: make npm",
    )


def node(
    script: Path, *arguments: str, stdin: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a script by Node; a warning is a failure."""
    done = run(["node", str(script), *arguments], stdin=stdin, cwd=cwd, timeout=120)
    assert not done.stderr, done.stderr.decode()
    return done


# --- The command ------------------------------------------------------------------------------


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """How a command ends and what it says in a folder, asked in this process."""
    from tests.command import say

    with contextlib.chdir(cwd):
        said = say(*arguments)
    return subprocess.CompletedProcess(arguments, said.code, said.out, said.err)


@contextlib.contextmanager
def serving(
    folder: Path, entity: str, *more: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`iec63119 serve` in a process of its own, on the network and the keys of a folder, and
    its address; it keeps nothing, unless a store is named.
    """
    kept = () if "--store" in more else ("--memory",)
    arguments = ["serve", "--json", *on(entity), *kept, *more]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())["address"]
        finally:
            process.terminate()
            assert process.wait(60) == 0


def on(entity: str) -> list[str]:
    """The options for an entity of the network and the keys in a folder."""
    return ["--entity", entity, "--network", "network.json", "--pki", "pki"]
