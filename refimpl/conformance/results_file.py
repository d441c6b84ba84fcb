"""Answers that an implementer worked out without a runner, in a file of JSON lines."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from refimpl.conformance.asking import Fall
from refimpl.conformance.child import CannotStart
from refimpl.conformance.protocol import (
    MAX_LINE,
    About,
    Introduction,
    NoAnswer,
    Reply,
    read_introduction,
    read_json,
    reply_of,
)
from refimpl.conformance.verdicts import Verdict

UNNAMED = Introduction(
    protocol=1, implementation=About(name="unnamed", version="unknown", language="unknown")
)


def read_results(path: Path) -> tuple[Introduction, dict[tuple[str, str], Reply | Fall]]:
    """Return who answers, and its answer to each vector in each edition, or what is wrong with
    it; raises `CannotStart` for a file that cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return _read(stream)
    except OSError as error:
        raise CannotStart(f"{path}: {error.strerror}") from error
    except NoAnswer as error:
        raise CannotStart(f"{path}: {error}") from error


def _read(stream: IO[bytes]) -> tuple[Introduction, dict[tuple[str, str], Reply | Fall]]:
    introduction = UNNAMED
    found: dict[tuple[str, str], Reply | Fall] = {}
    for number, line in enumerate(_lines(stream), 1):
        if number == 1 and b'"protocol"' in line:
            introduction = read_introduction(line)
            continue
        said = read_json(line)
        place = str(said.pop("id", "")), str(said.pop("edition", ""))
        if place in found:
            found[place] = Fall(Verdict.ERROR, "answered twice")
            continue
        try:
            found[place] = reply_of({"seq": "", **said})
        except NoAnswer as error:
            found[place] = Fall(Verdict.ERROR, str(error))
    return introduction, found


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise NoAnswer(f"a line of more than {MAX_LINE} bytes")
        yield line
