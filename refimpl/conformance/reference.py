"""The reference as an implementation among others: `python -m refimpl.conformance.reference`
reads questions on its standard input and answers them on its standard output.

`answer_line` is that for one line.
"""

import json
import platform
import sys
from importlib.metadata import version
from typing import IO, Final

from refimpl.conformance.protocol import PROTOCOL, written
from refimpl.edition import load
from refimpl.vectors.families import answer
from refimpl.vectors.suite import Json

INTRODUCTION: Final = {
    "protocol": PROTOCOL,
    "implementation": {
        "name": "iec63119-refimpl",
        "version": version("iec63119-refimpl"),
        "language": "Python",
        "runtime": f"Python {platform.python_version()}",
    },
}


def answer_run(asked: Json) -> Json:
    """Return the answer of the reference to one question; what is none is a fault.

    >>> given = {"text": "DE83DUIEN83QGZ"}
    >>> asked = {"seq": "1", "operation": "emaid.check-character", "edition": "2025"}
    >>> answer_run({**asked, "context": None, "input": given})
    {'seq': '1', 'outcome': 'accept', 'output': {'check': 'D'}}
    """
    operation, edition = asked["operation"], load(asked["edition"])
    try:
        said = dict(answer(operation, edition, asked["context"], asked["input"]))
    except (LookupError, TypeError, ValueError) as error:
        return {"seq": asked["seq"], "errored": True, "message": repr(error)}
    match said.get("alert"):
        case [first, *_]:  # of those that will do
            said["alert"] = first
    return {"seq": asked["seq"], **said}


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer each line of a stream until it says that it is over."""
    for line in source:
        asked = json.loads(line)
        if asked["cmd"] == "stop":
            return
        said = INTRODUCTION if asked["cmd"] == "start" else answer_run(asked)
        sink.write(written(said))
        sink.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
