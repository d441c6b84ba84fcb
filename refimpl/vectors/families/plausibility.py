"""The family `plausibility`: what is told about a service and cannot be true."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from refimpl.edition import Edition
from refimpl.session import Session, follow
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, set_each
from refimpl.vectors.families.session import message_of
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Role


def _tell(edition: Edition, context: Json, given: Json) -> Expect:
    """Follow the steps so far as if no clock ran, and then what is told, at its moment."""
    session = Session(
        "",
        "service-1",
        given["home_csp"],
        given["visited_cso"],
        opened_at=datetime.fromisoformat(given["opened_at"]),
    )
    for step in given["steps"]:
        session = follow(session, message_of(step["message"]), Role(step["by"]), edition)
    now = given.get("now")
    after = follow(
        session,
        message_of(given["told"]["message"]),
        Role(given["told"]["by"]),
        edition,
        now=None if now is None else datetime.fromisoformat(now),
        power_w=given.get("power_w"),
    )
    return accepted({"phase": after.phase.value})


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """Something else that is told, another moment, another power."""
    told: list[Edit] = [["set", "input.told", f"@{name}"] for name in corpus.parts]
    yield told
    yield set_each({"input.power_w": [0, 22_000, 350_000], "input.now": [given["opened_at"]]})


OPERATIONS: Final = {
    "service.plausible": Operation(answer=_tell, codes="PLA", edits=_edits),
}
