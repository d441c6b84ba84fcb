"""The words between the runner and an implementation: protocol 1, as `vectors/HARNESS.md`
explains it.

A message is one line of JSON.  What the runner says is written here, and what an implementation
says is read here: `read_introduction` and `read_reply` raise `NoAnswer` for whatever is none.
"""

import json
import math
from collections.abc import Mapping
from typing import Annotated, Final, Literal, NamedTuple, NewType, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from refimpl.shapes import Closed, first_fault
from refimpl.vectors.suite import Json

T = TypeVar("T", bound=BaseModel)

PROTOCOL: Final = 1
MAX_LINE: Final = 2**20
"""How many bytes a line of an implementation may have."""
SHOWN: Final = 200
"""How many characters of what is no answer are shown."""

Seq = NewType("Seq", str)
"""What a question goes by on its way, drawn by lot."""


class NoAnswer(Exception):
    """What an implementation said and the protocol does not have, and what it is said to
    answer.
    """

    def __init__(self, said: str, seq: str = "") -> None:
        super().__init__(said)
        self.seq = seq


class Question(NamedTuple):
    """A question on its way: what it goes by, and the message that puts it."""

    seq: Seq
    message: bytes


def question(
    seq: Seq, operation: str, edition: str, context: Json | None, given: Json
) -> Question:
    """Return the question that puts an input to an operation."""
    asked = {"operation": operation, "edition": edition, "context": context, "input": given}
    return Question(seq, written({"cmd": "run", "seq": seq, **asked}))


def start(suite: str, version: str, root_hash: str) -> bytes:
    """Return the first message of a runner."""
    about = {"suite": suite, "suiteVersion": version, "rootHash": root_hash}
    return written({"cmd": "start", "protocol": PROTOCOL, **about})


def written(message: Mapping[str, object]) -> bytes:
    """Return a message as one line."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


STOP: Final = written({"cmd": "stop"})


# --- What an implementation says --------------------------------------------------------------


class _Said(Closed):
    model_config = ConfigDict(strict=True)


Line = Annotated[str, Field(min_length=1, max_length=200)]


class About(_Said):
    """Who answers."""

    name: Line
    version: Line
    language: Line
    runtime: Line | None = None
    homepage: Line | None = None
    issues: Line | None = None


class Introduction(_Said):
    """Who answers, and what it takes part in; all, where it names no capability."""

    protocol: Literal[1]
    implementation: About
    capabilities: tuple[Annotated[str, Field(max_length=100)], ...] = Field((), strict=False)


class Accepted(_Said):
    """An answer that accepts."""

    seq: str
    outcome: Literal["accept"]
    output: Json


class Rejected(_Said):
    """An answer that refuses, and what a refusal tells besides."""

    seq: str
    outcome: Literal["reject"]
    error: str
    detail: str = ""
    step: int = 0
    phases: list[str] | None = None
    sends: list[list[Json]] | None = None
    chunk: int = 0
    frames: list[Json] | None = None
    alert: int | None = None
    says: str = ""


class Skipped(_Said):
    """An answer that says what is not done, and why."""

    seq: str
    skipped: Literal[True]
    reason: str


class Errored(_Said):
    """An answer that says that the adapter has a fault."""

    seq: str
    errored: Literal[True]
    message: str


Reply = Accepted | Rejected | Skipped | Errored


def read_introduction(line: bytes) -> Introduction:
    """Return who an implementation says it is; raises `NoAnswer`."""
    return _as_shape(read_json(line), Introduction)


def read_reply(line: bytes) -> Reply:
    """Return what an implementation answers; raises `NoAnswer`."""
    return reply_of(read_json(line))


def reply_of(said: Json) -> Reply:
    """Return the answer that a JSON object is; raises `NoAnswer`."""
    if "skipped" in said:
        return _as_shape(said, Skipped)
    if "errored" in said:
        return _as_shape(said, Errored)
    match said.get("outcome"):
        case "accept":
            return _as_shape(said, Accepted)
        case "reject":
            return _as_shape(said, Rejected)
    raise NoAnswer("outcome is neither accept nor reject", str(said.get("seq", "")))


def told(reply: Reply) -> Json:
    """Return what a reply says, as JSON, without the seq.

    >>> told(read_reply(b'{"seq": "7", "outcome": "reject", "error": "TLS-6", "alert": null}'))
    {'outcome': 'reject', 'error': 'TLS-6', 'alert': None}
    """
    said = reply.model_dump(exclude_unset=True)
    del said["seq"]
    return said


def shown(line: bytes) -> str:
    """Return the beginning of what was said, as it can be shown to a person."""
    text = line[: 4 * SHOWN].decode("utf-8", "backslashreplace").strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def read_json(line: bytes) -> Json:
    """Return the JSON object of a line; raises `NoAnswer`, also for a member that stands twice,
    a number that is none and half a surrogate pair.
    """
    try:
        said = json.loads(
            line.decode(),
            object_pairs_hook=_members_once,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
        if b"\\u" in line:
            json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        reason = str(error)[:SHOWN] or type(error).__name__
        raise NoAnswer(f"no line of JSON ({reason}): {shown(line)}") from error
    if not isinstance(said, dict):
        raise NoAnswer(f"no JSON object: {shown(line)}")
    return said


def _as_shape(said: Json, shape: type[T]) -> T:
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        fault = first_fault(error)
        raise NoAnswer(f"{fault.place}: {fault.says}", str(said.get("seq", ""))) from error


def _members_once(pairs: list[tuple[str, object]]) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
