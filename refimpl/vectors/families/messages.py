"""The family `messages`: which bytes are a message."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from refimpl import wire
from refimpl.edition import Edition
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json

MEMBER: Final = re.compile(r'"\w+":(?:"[^"]*"|[^",{}\[\]]+)')
CODES: Final = (
    "WIR CRD AUT-5 AUT-6 EXT LST-1 REC-2 REC-3 REC-4 REC-6 REC-9 "
    "EMA-1 EMA-2 EMA-3 EMA-4 EMA-5 EMA-6 EMA-9 EVS-1 EVS-2 EVS-3 EVS-4 EVS-5 EVS-6 EVS-8"
)
"""The rules that a message may break by itself."""
VALUES: Final = (
    'null true -1 0.5 [] {} "" "x" "2025-07-08T11:00:00Z" "DE8AA0012345671" 1'.split()
)


def _decode(edition: Edition, context: Json, given: Json) -> Expect:
    if "text" in given:
        raw = given["text"].encode()
    else:
        raw = urlsafe_b64decode(given["base64url"] + "==")
    if tail := given.get("then"):
        raw += bytes([tail["byte"]]) * tail["times"]
    return accepted({"sha256": sha256(wire.encode(wire.decode(raw))).hexdigest()})


def _write(context: Json, described: Json) -> Json:
    """The text as it is where its bytes are UTF-8, and else its bytes in base64url."""
    raw = described["text"].encode("utf-8", "surrogateescape")
    if raw.decode("utf-8", "replace") == described["text"]:
        return described
    written = {**described, "base64url": urlsafe_b64encode(raw).decode().rstrip("=")}
    del written["text"]
    return written


def edit_members(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """Yield what may be done to a JSON text: a member twice, left out, or of another value."""
    members = sorted(set(MEMBER.findall(given.get("text", ""))))
    edits: list[Edit] = []
    for member in members:
        name = member.partition(":")[0]
        edits.append(["replace", "input.text", member, f"{member},{member}"])
        edits.append(["replace", "input.text", f"{member},", ""])
        edits += [["replace", "input.text", member, f"{name}:{value}"] for value in VALUES]
    yield edits


OPERATIONS: Final = {
    "message.decode": Operation(
        answer=_decode,
        by_edition=False,
        write=_write,
        codes=CODES,
        edits=edit_members,
    ),
}
