"""The family `session`: which message may come when, in one service."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from pydantic import TypeAdapter

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.messages import Message, Said
from refimpl.session import Session, Step, always, follow, table_of
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.operation import Operation, accepted, refused
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Role

ROWS: Final = "SES-1 SES-2 SES-3 SES-4 SES-5 SES-6 SES-7 SES-8 SES-14 SES-15"
"""The rules of the rows of the session table."""

_message: Final[TypeAdapter[Said]] = TypeAdapter(Message)


def message_of(said: Json) -> Said:
    """Return the message that JSON says."""
    return _message_from(canonical_json(said))


@lru_cache(maxsize=1024)
def _message_from(raw: bytes) -> Said:
    """The message of canonical bytes, which many steps share."""
    return _message.validate_json(raw)


def _follow(edition: Edition, context: Json, given: Json) -> Expect:
    phases: list[str] = []
    try:
        for session, _ in _sessions(edition, given):
            phases.append(session.phase.value)
    except RoamingError as error:
        return refused(error, {"step": len(phases) + 1, "phases": phases})
    return accepted({"phases": phases})


def _sessions(edition: Edition, given: Json) -> Iterator[tuple[Session, Step | None]]:
    """The session after each message, and the row of the table that led there."""
    session = Session("", "service-1", given["home_csp"], given["visited_cso"])
    for step in given["steps"]:
        message, by = message_of(step["message"]), Role(step["by"])
        before, session = session, follow(session, message, by, edition)
        yield session, table_of(edition).step(before.phase, message, by)


def _rows(edition: Edition, given: Json) -> Iterator[Step]:
    """The rows of the session table that a sequence takes, as far as it goes."""
    try:
        for _, row in _sessions(edition, given):
            if row is not None:
                yield row
    except RoamingError:
        return


def conditions_not_met(edition: Edition, given: Json) -> set[str]:
    """Return, as `not` and its name, each row of the session table of which only the condition
    did not hold when a message of a sequence was heard.
    """
    found: set[str] = set()
    session = Session("", "service-1", given["home_csp"], given["visited_cso"])
    for step in given["steps"]:
        message, by = message_of(step["message"]), Role(step["by"])
        for row in table_of(edition).steps.values():
            same = (row.phase, row.message, row.by) == (session.phase, type(message), by)
            if same and not row.when(message):
                found.add(f"not {row_name(row)}")
        try:
            session = follow(session, message, by, edition)
        except RoamingError:
            break
    return found


def row_name(row: Step) -> str:
    """Return how a goal names a row of the session table, as `asked > refusal > refused`; where
    one of several conditions leads there, `active > session-progress-notice (ended) > ended`.
    """
    condition = "" if row.when is always else f" ({row.when.name})"
    return f"{row.phase} > {row.message.shape_name()}{condition} > {row.to}"


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """A step left out, put at the end, or another in its place; another role that speaks."""
    steps = given["steps"]
    edits = drop_a_step(steps)
    for name in corpus.parts:
        edits.append(["insert", f"input.steps.{len(steps)}", f"@{name}"])
        for number in range(len(steps)):
            edits.append(["set", f"input.steps.{number}", f"@{name}"])
    for number in range(len(steps)):
        for role in ("home-csp", "visited-cso"):
            edits.append(["set", f"input.steps.{number}.by", role])
    yield edits


def drop_a_step(steps: Sequence[object]) -> list[Edit]:
    """Return, for each step of a sequence, the edit that leaves it out."""
    return [["drop", f"input.steps.{number}"] for number in range(len(steps))]


OPERATIONS: Final = {
    "session.follow": Operation(
        answer=_follow,
        rows=_rows,
        codes=f"{ROWS} SES-10 SES-11 SES-12 SES-13 REC-1 REC-5 REC-11 AUT-7",
        edits=_edits,
    ),
}
