"""What a user shows to be served: a contract by its EMAID, a medium such as a card, or both.

A contract is named in two members that stand side by side, `emaid` and `medium`; one of the two
at least is there.  A medium is known by its type and uid alone: unlike an EMAID it does not say
who issued it.

Rules: CRD-*, and EMA-* of an EMAID.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from refimpl.errors import Malformed
from refimpl.identifiers import check_uid
from refimpl.identifiers.medium import HASHES, UIDS
from refimpl.identifiers.wire import EmaidText
from refimpl.shapes import Member, Sort, Sorted
from refimpl.vocabulary import PrivacyClass, Purpose, Retention

MediumType = Literal["app", "contract", "other", "rfid"]
CONTRACT: Final = Member(PrivacyClass.IDENTIFIER, "EMA-4")
MEDIUM: Final = Member(PrivacyClass.IDENTIFIER, "CRD-2")


def _written_media() -> dict[str, JsonValue]:
    """How the uid is written, as JSON Schema: by the hash, or without one by the type."""
    choices: list[JsonValue] = []
    for name, form in HASHES.items():
        uid: JsonValue = {"type": "string", "pattern": form.pattern()}
        choices.append(
            {"properties": {"hash": {"const": name}, "uid": uid}, "required": ["hash"]}
        )
    for name, form in UIDS.items():
        uid = {"type": "string", "pattern": form.pattern()}
        choices.append({"properties": {"hash": False, "type": {"const": name}, "uid": uid}})
    return {"oneOf": choices}


class Medium(Sorted):
    """What a user holds to a reader or types in: its type, and its uid, perhaps only as a hash.

    A `contract` is a contract id that is no EMAID.  A hash hides a uid from a glance, not from
    a search: there are few enough cards to try them all.
    """

    model_config = ConfigDict(json_schema_extra=_written_media())
    sort = Sort(Purpose.AUTHORIZE, Retention.SERVICE, "CRD-2", "medium")

    hash: Annotated[Literal["sha-256"] | None, Member(PrivacyClass.TECHNICAL, "CRD-2")] = None
    type: Annotated[MediumType, Member(PrivacyClass.TECHNICAL, "CRD-2")]
    uid: Annotated[str, MEDIUM]

    @model_validator(mode="after")
    def _check(self) -> "Medium":
        try:
            check_uid(self.type, self.uid, self.hash)
        except Malformed as error:
            raise PydanticCustomError("CRD-2", "{where}", {"where": error.where}) from error
        return self

    @property
    def key(self) -> str:
        """The text under which contracts and lists hold the medium: its type and hashed uid.

        >>> Medium(type="app", uid="alba-user-17").key
        'app:30f1913c50329e9f9f8eef73bf806c37225e9e373182d829bca955a5ba334ea6'
        """
        return f"{self.type}:{self.hashed().uid}"

    def hashed(self) -> "Medium":
        """The same medium with nothing but the SHA-256 of its uid, in hexadecimal; hashed in
        upper case, for two uids that differ in case only are one.
        """
        if self.hash is not None:
            return self
        digest = sha256(self.uid.upper().encode()).hexdigest()
        return Medium(hash="sha-256", type=self.type, uid=digest)


ShownEmaid = Annotated[EmaidText | None, CONTRACT]
"""The EMAID of a credential, where it has one."""
ShownMedium = Medium | None
"""The medium of a credential, where it has one."""

NAMES_A_CONTRACT: Final[dict[str, JsonValue]] = {
    "anyOf": [
        {"properties": {"emaid": True}, "required": ["emaid"]},
        {"properties": {"medium": True}, "required": ["medium"]},
    ]
}
"""CRD-1 as JSON Schema, for a shape that names a contract."""


def keys_of(emaid: str | None, medium: Medium | None) -> tuple[str, ...]:
    """The texts under which contracts and lists may hold a credential: its EMAID, and the key
    of its medium.
    """
    keys = [emaid] if emaid else []
    if medium:
        keys.append(medium.key)
    return tuple(keys)


def check_named(emaid: str | None, medium: Medium | None) -> None:
    """That a contract is named; raises the fault CRD-1 of a shape that names none."""
    if emaid is None and medium is None:
        raise PydanticCustomError("CRD-1", "neither an EMAID nor a medium")
