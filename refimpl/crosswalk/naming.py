"""Identifiers of neighbouring protocols as ours: of contracts, charging places, parties and
records.

Rules: XWK-2, XWK-4, XWK-11, and EMA-*, EVS-* as read.
"""

import re
from functools import lru_cache
from typing import Final

from refimpl.crosswalk.measures import RECENT, Unreadable, read_text
from refimpl.crosswalk.reading import Json
from refimpl.errors import Malformed
from refimpl.identifiers import parse_carried_evse_id, parse_emaid, parse_evse_id
from refimpl.identifiers.wire import closing_character

_plain_evse_id: Final = re.compile(
    r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[Ee][A-Za-z0-9](?:\*?[A-Za-z0-9]){0,14}"
).fullmatch
_plain_emaid: Final = re.compile(
    r"([A-Za-z]{2})(-?)([A-Za-z0-9]{3})\2([A-Za-z0-9]{9})(?:\2([A-Za-z0-9]))?"
).fullmatch


def read_evse_id(value: Json) -> str:
    """An EVSE ID in any case and with asterisks or without, in our form.

    A pattern takes the usual ones; the others are read part by part, to the same end.
    """
    return _evse_id(read_text(value))


@lru_cache(RECENT)
def _evse_id(text: str) -> str:
    if _plain_evse_id(text):
        return text.replace("*", "").upper()
    if text == "#NA":
        raise Unreadable("XWK-4", "#NA in the place of an EVSE ID")
    try:
        if text.startswith("+"):
            return str(parse_carried_evse_id(text))
        return str(parse_evse_id(text, "emi3"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


def read_emaid(value: Json) -> str:
    """An EMAID in any case and with hyphens or without, in our form.

    A pattern and a sum take the usual ones; the others are read part by part, to the same end.
    """
    return _emaid(read_text(value))


@lru_cache(RECENT)
def _emaid(text: str) -> str:
    found = _plain_emaid(text)
    if found:
        emaid = text.replace("-", "").upper()
        if found[5] is None or found[5].upper() == closing_character(emaid[:14]):
            return emaid
    if text == "#NA":
        raise Unreadable("XWK-11", "#NA in the place of a contract id")
    try:
        return str(parse_emaid(text, "ochp-1.4"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


def read_evco_id(value: Json) -> str:
    """A contract id of OICP, with hyphens or without, as an EMAID.

    >>> read_evco_id("DE-DCB-C12345678-4")
    'DEDCBC123456784'
    """
    try:
        return str(parse_emaid(read_text(value), "oicp"))
    except Malformed as error:
        raise Unreadable(error.rule_id, error.where) from None


_like_emaid: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}C[A-Z0-9]{8,9}").fullmatch
_nearly_emaid: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}C[A-Z0-9]{6,11}").fullmatch


def is_spoilt_emaid(value: Json) -> bool:
    """Whether a text that is no EMAID is one but for the signs between its parts.

    >>> is_spoilt_emaid("DE8AA|C00004711C"), is_spoilt_emaid("Fleet 7/Anna")
    (True, False)
    """
    return _like_emaid(_plain(value)) is not None


def is_nearly_emaid(value: Json) -> bool:
    """Whether a text begins as an EMAID does and has a few characters too many or too few.

    >>> is_nearly_emaid("DE8AAC0000471"), is_nearly_emaid("DE8AAC00004711")
    (True, False)
    """
    text = _plain(value)
    return _nearly_emaid(text) is not None and _like_emaid(text) is None


COUNTRY_AND_PARTY: Final = 5


def read_name(value: Json) -> str:
    """The id of an operator or provider as the name of an entity.

    >>> read_name("DE*AB7"), read_name("+49*810")
    ('de-ab7', '49-810')
    """
    words = re.findall("[a-z0-9]+", read_text(value).lower())
    if not words:
        raise Unreadable("XWK-11", "no id of a party")
    if len(words) == 1 and len(words[0]) == COUNTRY_AND_PARTY:
        words = [words[0][:2], words[0][2:]]
    return "-".join(words)


def keeps_name(value: Json, back: Json) -> bool:
    """Whether two ids of a party differ in separators and case alone."""
    return _plain(value) == _plain(back)


def _plain(value: Json) -> str:
    text = str(value).replace("-", "")
    return (text if text.isalnum() else "".join(filter(str.isalnum, text))).upper()


ESCAPED: Final = "esc:"
_is_id: Final = re.compile(r"[A-Za-z0-9._:/-]{1,64}").fullmatch
_escaped: Final = re.compile(r":([0-9a-f]{2})")
_to_escape: Final = re.compile(r"[^A-Za-z0-9._/-]")


def read_id(value: Json) -> str:
    """An id of theirs; one with a character that ours has not is escaped, and so is one that
    would be taken for escaped.

    >>> read_id("BE-12"), read_id("BE*12#3"), read_id("esc:BE:2a")
    ('BE-12', 'esc:BE:2a12:233', 'esc:esc:3aBE:3a2a')
    """
    text = read_text(value)
    if _is_id(text) and _unescaped(text) is None:
        return text
    written = _escape(text)
    if not text.isascii() or not _is_id(written):
        raise Unreadable("XWK-2", "an id that has no room in ours")
    return written


def _escape(text: str) -> str:
    return ESCAPED + _to_escape.sub(lambda found: f":{ord(found[0]):02x}", text)


def _unescaped(text: str) -> str | None:
    """What was escaped, where a text is what `read_id` makes of another."""
    if not text.startswith(ESCAPED):
        return None
    plain = _escaped.sub(lambda found: chr(int(found[1], 16)), text.removeprefix(ESCAPED))
    needed = not _is_id(plain) or _unescaped(plain) is not None
    return plain if plain.isascii() and needed and _escape(plain) == text else None


def write_id(value: Json) -> Json:
    """An id of ours as theirs, an escaped one as it was.

    >>> write_id("esc:BE:2a12:233"), write_id("r:1")
    ('BE*12#3', 'r:1')
    """
    text = read_text(value)
    return _unescaped(text) or text
