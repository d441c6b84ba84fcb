"""The family `pseudonym`: under which EMAID a contract is shown to whom."""

import hmac
from collections.abc import Iterator
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.identifiers import parse_emaid
from refimpl.security import privacy
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.families.identifiers import edits_of_text
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json


def _pseudonym(edition: Edition, context: Json, given: Json) -> Expect:
    key = bytes.fromhex(given["key"])
    alias = privacy.pseudonym(key, given["receiver"], given["emaid"])
    return accepted({"pseudonym": alias})


def _trace(context: Json, given: Json) -> Json:
    """The text that is authenticated, and its HMAC."""
    try:
        contract = parse_emaid(given["emaid"], "canonical")
    except RoamingError:
        return {}
    text = f"{given['receiver']} {contract.country}{contract.provider}{contract.instance}"
    mac = hmac.digest(bytes.fromhex(given["key"]), text.encode(), "sha256")
    return {"hmac": mac.hex(), "text": text}


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """Another EMAID, or a key that is too short."""
    yield from edits_of_text("emaid", given)
    yield [["set", "input.key", "00" * length] for length in (0, 31, 32)]


OPERATIONS: Final = {
    "emaid.pseudonym": Operation(
        answer=_pseudonym, by_edition=False, trace=_trace, codes="PRV-4 EMA", edits=_edits
    ),
}
