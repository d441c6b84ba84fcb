"""The family `identifiers`: EMAID and EVSE ID, their parts, check characters and migration;
free contract ids, and uids of media.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from refimpl import identifiers
from refimpl.edition import Edition
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json

EMAID: Final = ("country", "provider", "instance", "check")
EVSE_ID: Final = ("country", "operator", "outlet")
CHARACTERS: Final = "0159ACEXZacez-*_+ \u00e9\u212a"


def _parse_emaid(edition: Edition, context: Json, given: Json) -> Expect:
    emaid = identifiers.parse_emaid(given["text"], given["profile"])
    return accepted(_parts_of(emaid, EMAID))


def _parse_evse_id(edition: Edition, context: Json, given: Json) -> Expect:
    evse_id = identifiers.parse_evse_id(given["text"], given["profile"])
    return accepted(_parts_of(evse_id, EVSE_ID))


def _carried_evse_id(edition: Edition, context: Json, given: Json) -> Expect:
    evse_id = identifiers.parse_carried_evse_id(given["text"])
    return accepted(_parts_of(evse_id, EVSE_ID))


def _check_character(edition: Edition, context: Json, given: Json) -> Expect:
    return accepted({"check": identifiers.check_character(given["text"])})


def _din_check_digit(edition: Edition, context: Json, given: Json) -> Expect:
    return accepted({"check": identifiers.din_check_digit(given["text"])})


def _migrate_din(edition: Edition, context: Json, given: Json) -> Expect:
    emaid = identifiers.parse_emaid(given["text"], given["profile"])
    migrated = identifiers.migrate_din(emaid, given["convention"])
    return accepted(_parts_of(migrated, EMAID))


def _parse_free_contract_id(edition: Edition, context: Json, given: Json) -> Expect:
    contract_id = identifiers.parse_free_contract_id(given["text"])
    return accepted({"text": str(contract_id), "key": contract_id.key})


def _check_uid(edition: Edition, context: Json, given: Json) -> Expect:
    identifiers.check_uid(given["type"], given["uid"], given.get("hash"))
    return accepted({"uid": given["uid"]})


def _parts_of(identifier: object, names: Sequence[str]) -> Json:
    parts = {name: getattr(identifier, name) for name in names}
    return {**parts, "canonical": str(identifier)}


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """One character more, fewer or another; all in lower case; a profile that is none."""
    yield from edits_of_text("text", given)
    if "profile" in given:
        yield [["set", "input.profile", "none"]]


def _edits_of_uid(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """One character more, fewer or another; all in lower case; another type, or one that is
    none; a hash.
    """
    yield from edits_of_text("uid", given)
    for name in (*identifiers.UIDS, "none"):
        yield [["set", "input.type", name]]
    for name in (*identifiers.HASHES, "none"):
        yield [["set", "input.hash", name]]


def edits_of_text(member: str, given: Json) -> Iterator[list[Edit]]:
    """Yield a text with one character more, fewer or another, and all in lower case."""
    path = f"input.{member}"
    places = range(1, len(given[member]) + 1)
    yield [["put", path, place, char] for place in places for char in CHARACTERS]
    yield [["add", path, place, char] for place in places for char in CHARACTERS]
    yield [["cut", path, place] for place in places]
    yield [["lower", path]]


OPERATIONS: Final = {
    "emaid.parse": Operation(answer=_parse_emaid, by_edition=False, codes="EMA", edits=_edits),
    "evse-id.parse": Operation(
        answer=_parse_evse_id, by_edition=False, codes="EVS", edits=_edits
    ),
    "evse-id.carried": Operation(
        answer=_carried_evse_id, by_edition=False, codes="EVS", edits=_edits
    ),
    "contract-id.free": Operation(
        answer=_parse_free_contract_id, by_edition=False, codes="IDP-4", edits=_edits
    ),
    "medium.uid": Operation(
        answer=_check_uid, by_edition=False, codes="CRD-2", edits=_edits_of_uid
    ),
    "emaid.check-character": Operation(
        answer=_check_character, by_edition=False, codes="EMA-2 EMA-4", edits=_edits
    ),
    "emaid.din-check-digit": Operation(
        answer=_din_check_digit, by_edition=False, codes="EMA-2 EMA-4", edits=_edits
    ),
    "emaid.migrate-din": Operation(
        answer=_migrate_din,
        by_edition=False,
        codes="EMA-2 EMA-3 EMA-4 EMA-6 EMA-8 EMA-9 IDP-2 IDP-3",
        edits=_edits,
    ),
}
