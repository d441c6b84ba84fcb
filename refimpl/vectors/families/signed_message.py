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

FORM: Final = "JOS-1 JOS-2 JOS-3 JOS-4 JOS-5 JOS-6 JOS-7 JOS-8 JOS-9 JOS-10 JOS-11"
"""The rules of the form of a text."""
BELIEVED: Final = "MSG-1 MSG-2 MSG-4 MSG-5 MSG-6 MSG-7 MSG-8 MSG-9"
"""The rules by which a signed message is believed."""


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
        answer=_unprotect,
        by_edition=False,
        write=_write_message,
        trace=_trace,
        codes=f"{FORM} {BELIEVED} JOS-12 JOS-13 JOS-14 JOS-15 JOS-16 JOS-17 JOS-18 MSG-3",
    ),
    "countersignatures.check": Operation(
        answer=_check_countersignatures,
        by_edition=False,
        write=_write_passages,
        codes=f"{FORM} JOS-12 JOS-13 JOS-14 JOS-15 MSG-10 MSG-11 MSG-12 MSG-13",
    ),
}
