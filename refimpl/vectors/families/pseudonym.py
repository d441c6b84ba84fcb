"""The family `pseudonym`: under which EMAID a contract is shown to whom."""

import hmac
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.identifiers import parse_emaid
from refimpl.security import privacy
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


OPERATIONS: Final = {
    "emaid.pseudonym": Operation(answer=_pseudonym, by_edition=False, trace=_trace),
}
