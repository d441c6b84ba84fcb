"""What a user shows: media and their keys, and that a credential names a contract."""

from hashlib import sha256

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from refimpl.credential import Medium, check_named, keys_of

CARD = Medium(type="rfid", uid="04A2B3C4")
DIGEST = sha256(b"04A2B3C4").hexdigest()


def test_key_of_a_card() -> None:
    """A medium is held by its type and hashed uid, whichever way it is shown."""
    assert CARD.key == f"rfid:{DIGEST}"
    assert CARD.hashed() == Medium(hash="sha-256", type="rfid", uid=DIGEST)
    assert CARD.hashed().hashed() == CARD.hashed()
    assert CARD.hashed().key == CARD.key


def test_case_tells_no_two_apart() -> None:
    one, other = (Medium(type="contract", uid=uid) for uid in ("Fleet-7a", "FLEET-7A"))
    assert one.uid == "Fleet-7a"
    assert one.key == other.key
    assert one.key != Medium(type="app", uid="Fleet-7a").key
    assert one.key != Medium(type="contract", uid="Fleet-7b").key


@pytest.mark.parametrize(
    ("medium", "where"),
    [
        ('{"type": "rfid", "uid": "04a2b3c4"}', "character 3: 'a'"),
        ('{"type": "app", "uid": ""}', "character 1: end of text"),
        ('{"hash": "sha-256", "type": "rfid", "uid": "04A2B3C4"}', "character 3: 'A'"),
    ],
)
def test_uid_of_another_form(medium: str, where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Medium.model_validate_json(medium)
    (error,) = refused.value.errors()
    assert (error["type"], error["msg"]) == ("CRD-2", where)


def test_keys_of_a_credential() -> None:
    assert keys_of(None, None) == ()
    assert keys_of("DE8AA0012345670", None) == ("DE8AA0012345670",)
    assert keys_of(None, CARD) == (CARD.key,)
    assert keys_of("DE8AA0012345670", CARD) == ("DE8AA0012345670", CARD.key)


def test_a_contract_is_named() -> None:
    check_named("DE8AA0012345670", None)
    check_named(None, CARD)
    with pytest.raises(PydanticCustomError) as refused:
        check_named(None, None)
    assert refused.value.type == "CRD-1"
