"""The family `redaction`: what a role is shown of a message."""

from collections.abc import Callable
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import Misuse
from refimpl.messages import KINDS, Envelope
from refimpl.security import privacy
from refimpl.shapes import canonical_json
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Role


def _redact(edition: Edition, context: Json, given: Json) -> Expect:
    said = given["said"]
    shape = Envelope if "message" in said else KINDS.get(said["kind"])
    if shape is None:
        raise Misuse("PRV-1", said["kind"])
    redacted = privacy.redact(
        shape.model_validate_json(canonical_json(said)),
        Role(given["receiver"]),
        _alias_by(given["alias"]),
    )
    return accepted({"kept": dict(redacted.kept), "withheld": dict(redacted.withheld)})


def _alias_by(alias: Json | None) -> Callable[[str], str] | None:
    """What shows an EMAID by its alias, where there is a key for that."""
    if alias is None:
        return None
    key, receiver = bytes.fromhex(alias["key"]), alias["to"]
    return lambda emaid: privacy.pseudonym(key, receiver, emaid)


OPERATIONS: Final = {
    "message.redact": Operation(answer=_redact, by_edition=False, codes="PRV-1 PRV-4")
}
