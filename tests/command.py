"""The `iec63119` command, asked in this process or in one of its own."""

import io
import json
import os
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest.mock import patch

from refimpl import cli
from tests.programs import COMMAND

NOT_SHOWN = [
    chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x202E, 0x2028) if chr(code) != "\n"
]


class Said:
    """How a command ended: its exit code, what it said, and what it said was wrong."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err
        for text in (out, err):
            assert "Traceback" not in text
            assert not [char for char in NOT_SHOWN if char in text]

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def say(*args: str, stdin: bytes = b"", **environment: str) -> Said:
    """What the command says, asked in this process."""
    out, err = io.StringIO(), io.StringIO()
    given = patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    with given, patch.dict(os.environ, environment), redirect_stdout(out), redirect_stderr(err):
        code = cli.run(args)
    return Said(code, out.getvalue(), err.getvalue())


def call(*args: str | bytes, stdin: bytes = b"", **environment: str) -> Said:
    """What the real command says, asked in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *args],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def one_line(said: Said) -> str:
    """The only line there is on stderr, where stdout is empty."""
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("iec63119: ")
    return said.err
