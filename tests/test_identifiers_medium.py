"""Uids of media and free contract ids, against the expressions that neighbouring texts publish."""

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.errors import Malformed
from refimpl.identifiers import HASHES, UIDS, check_uid, parse_free_contract_id

# OICP 2.3, UIDType; the second is ours, of what OCPI's CiString(36) says in words.
OF_CARD = "[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}"
FREE = "[!-~]([ -~]{0,34}[!-~])?"
OF_HASH = "[0-9a-f]{64}"
EXPRESSIONS = {"app": FREE, "contract": FREE, "other": FREE, "rfid": OF_CARD}
DIGEST = sha256(b"04A2B3C4").hexdigest()

TEXTS = (
    st.text("0123456789ABCDEFabcdef G:", max_size=22)
    | st.text(st.characters(max_codepoint=0x17F), max_size=38)
    | st.from_regex(OF_CARD, fullmatch=True)
    | st.from_regex(FREE, fullmatch=True)
    | st.from_regex(OF_HASH, fullmatch=True)
)


def fault_of_uid(type_: str, uid: str, hash_: str | None = None) -> Malformed | None:
    try:
        check_uid(type_, uid, hash_)
    except Malformed as error:
        return error
    return None


def fault_of_free_id(text: str) -> Malformed | None:
    try:
        parse_free_contract_id(text)
    except Malformed as error:
        return error
    return None


def test_every_type_is_tried() -> None:
    assert set(UIDS) == set(EXPRESSIONS)
    assert set(HASHES) == {"sha-256"}


@pytest.mark.parametrize("type_", EXPRESSIONS)
@given(uid=TEXTS)
def test_published_forms(type_: str, uid: str) -> None:
    matches = re.fullmatch(EXPRESSIONS[type_], uid) is not None
    assert matches == (fault_of_uid(type_, uid) is None)


@pytest.mark.parametrize("type_", EXPRESSIONS)
@given(uid=TEXTS)
def test_hash_forms(type_: str, uid: str) -> None:
    """A hashed uid is written alike whatever the type."""
    matches = re.fullmatch(OF_HASH, uid) is not None
    assert matches == (fault_of_uid(type_, uid, "sha-256") is None)


@given(TEXTS)
def test_free_forms(text: str) -> None:
    assert (re.fullmatch(FREE, text) is not None) == (fault_of_free_id(text) is None)


TAKEN_UIDS = (
    ("rfid", "04A2B3C4", None),
    ("rfid", "04A2B3C4D5E6F7", None),
    ("rfid", "04A2B3C4D5E6F7081920", None),
    ("app", "~", None),
    ("contract", "Fleet 7 / Anna", None),
    ("other", "1" * 36, None),
    ("rfid", DIGEST, "sha-256"),
    ("app", DIGEST, "sha-256"),
)


@pytest.mark.parametrize(("type_", "uid", "hash_"), TAKEN_UIDS)
def test_uids(type_: str, uid: str, hash_: str | None) -> None:
    check_uid(type_, uid, hash_)


REFUSED_UIDS = (
    ("rfid", "", None, "character 1: end of text"),
    ("rfid", "04A2B3C", None, "character 8: end of text"),
    ("rfid", "04A2B3C4D", None, "character 10: end of text"),
    ("rfid", "04A2B3C4" * 3, None, "character 21: 'B'"),
    ("rfid", "04a2B3C4", None, "character 3: 'a'"),
    ("rfid", "04A2B3CG", None, "character 8: 'G'"),
    ("rfid", DIGEST, None, f"character {re.search('[a-f]', DIGEST).start() + 1}: "),  # type: ignore[union-attr]  # there is one
    ("app", " anna", None, "character 1: ' '"),
    ("other", "anna ", None, "character 5: ' '"),
    ("other", "anna\n", None, r"character 5: '\n'"),
    ("app", "anna\x7f", None, r"character 5: '\x7f'"),
    ("app", "\u00e4nna", None, r"character 1: '\xe4'"),
    ("contract", "1" * 37, None, "character 37: '1'"),
    ("contract", "", None, "character 1: end of text"),
    ("app", "anna", "sha-256", "character 2: 'n'"),
    ("rfid", "04A2B3C4", "sha-256", "character 3: 'A'"),
    ("rfid", "0" * 63, "sha-256", "character 64: end of text"),
    ("rfid", "0" * 65, "sha-256", "character 65: '0'"),
    ("rfid", DIGEST, "md5", "hash 'md5'"),
    ("RFID", "04A2B3C4", None, "type 'RFID'"),
    ("x" * 99, "04A2B3C4", None, f"type '{'x' * 24}'"),
)


@pytest.mark.parametrize(("type_", "uid", "hash_", "where"), REFUSED_UIDS)
def test_place_of_fault(type_: str, uid: str, hash_: str | None, where: str) -> None:
    fault = fault_of_uid(type_, uid, hash_)
    assert fault is not None
    assert fault.rule_id == "CRD-2"
    assert fault.where.startswith(where)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "character 1: end of text"),
        (" ", "character 1: ' '"),
        ("a\tb", r"character 2: '\t'"),
        ("a" * 37, "character 37: 'a'"),
        ("a" * 36 + " ", "character 37: ' '"),
        ("a" * 10_000_000, "character 37: 'a'"),
    ],
)
def test_place_in_free_id(text: str, where: str) -> None:
    fault = fault_of_free_id(text)
    assert fault is not None
    assert (fault.rule_id, fault.where) == ("IDP-4", where)


def test_case_of_free_id() -> None:
    """Case is kept in writing and does not tell two apart."""
    one, other = parse_free_contract_id("Fleet-7a"), parse_free_contract_id("FLEET-7A")
    assert (str(one), str(other)) == ("Fleet-7a", "FLEET-7A")
    assert one == other
    assert hash(one) == hash(other)
    assert one != parse_free_contract_id("Fleet-7b")
