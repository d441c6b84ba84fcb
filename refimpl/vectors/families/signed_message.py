"""The family `signed-message`: which signed text is believed, and which word of a clearing
house about it.
"""

from typing import Final

from pydantic import BaseModel

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.security import protection
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.protected_text import key_ring, moment, trace_text, written_text
from refimpl.vectors.suite import Expect, Json


def _unprotect(edition: Edition, context: Json, given: Json) -> Expect:
    opened = protection.unprotect(
        given["text"] + given["more"]["text"] * given["more"]["times"],
        key_ring(context),
        receiver=given["receiver"],
        now=moment(given["now"]),
        seen={(sender, jti) for sender, jti in given["seen"]},
    )
    return accepted(
        {
            "header": _as_json(opened.header),
            "message": _as_json(opened.message),
            "sealed": opened.sealed,
        }
    )


def _check_countersignatures(edition: Edition, context: Json, given: Json) -> Expect:
    passages = protection.check_countersignatures(
        given["text"],
        given["countersignatures"],
        key_ring(context),
        sender=given["sender"],
        receiver=given["receiver"],
        now=moment(given["now"]),
    )
    return accepted({"passages": [_as_json(passage) for passage in passages]})


def _as_json(shape: BaseModel) -> Json:
    return shape.model_dump(mode="json", exclude_none=True)


def _write_message(context: Json, described: Json) -> Json:
    return {**described, "text": written_text(described["text"], context)}


def _write_passages(context: Json, described: Json) -> Json:
    plans = described["countersignatures"]
    signatures = [written_text(plan, context) for plan in plans]
    return {**_write_message(context, described), "countersignatures": signatures}


def _trace(context: Json, given: Json) -> Json:
    try:
        return trace_text(given["text"], context)
    except RoamingError:
        return {}


OPERATIONS: Final = {
    "message.unprotect": Operation(
        answer=_unprotect, by_edition=False, write=_write_message, trace=_trace
    ),
    "countersignatures.check": Operation(
        answer=_check_countersignatures, by_edition=False, write=_write_passages
    ),
}
