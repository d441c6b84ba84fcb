"""The family `plausibility`: what is told about a service and cannot be true."""

import re
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

MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z")
HOURS: Final = [
    f"2025-07-08T{hour:02}:{minute}:00Z" for hour in range(24) for minute in (15, 45)
]
MOMENTS: Final = [*HOURS, "2025-06-08T12:00:00Z", "2025-08-08T12:00:00Z"]
AMOUNTS: Final = [0, 1, 1_000, 20_000, 60_000, 1_000_000, 100_000_000]


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
    yield [
        ["set", f"input.told.message.{path}", value]
        for path, held in _members(given["told"]["message"])
        for value in (MOMENTS if isinstance(held, str) else AMOUNTS)
    ]


def _members(said: Json, path: str = "") -> Iterator[tuple[str, object]]:
    """The moments and amounts that a message holds, by their paths."""
    for name, held in said.items():
        if isinstance(held, dict):
            yield from _members(held, f"{path}{name}.")
        elif MOMENT.fullmatch(str(held)) or type(held) is int:
            yield f"{path}{name}", held


OPERATIONS: Final = {
    "service.plausible": Operation(answer=_tell, codes="PLA", edits=_edits),
}
