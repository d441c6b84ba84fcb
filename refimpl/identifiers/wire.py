"""Identifiers as members of a message: text in the canonical form, checked fast.

A pattern and a sum decide; what they refuse is read again by `reading`, which knows the rule.
The sum is that of `check_characters`, worked out beforehand for each character at each place:
four digits in one integer, a byte each, so that fourteen additions do.

Rules: EMA-*, EVS-*.
"""

import re
from collections.abc import Callable
from operator import getitem
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from refimpl.errors import Malformed
from refimpl.identifiers.check_characters import CHARACTERS, summand
from refimpl.identifiers.reading import (
    Emaid,
    EvseId,
    parse_carried_evse_id,
    parse_emaid,
)

EMAID_PATTERN: Final = "^[A-Z]{2}[A-Z0-9]{12,13}$"
ISO_EVSE_ID: Final = "[A-Z]{2}[A-Z0-9]{3}E[A-Z0-9]{1,31}"
DIN_OPERATOR: Final = r"\+[0-9]{1,3}\*[0-9]{3,6}\*"
A_DIGIT: Final = r"(?=\**[0-9])"
DIN_EVSE_ID: Final = f"{DIN_OPERATOR}{A_DIGIT}[0-9*]{{1,32}}"
EVSE_ID_PATTERN: Final = f"^(?:{ISO_EVSE_ID}|{DIN_EVSE_ID})$"
_fits_emaid = re.compile(EMAID_PATTERN).fullmatch
_fits_evse_id = re.compile(EVSE_ID_PATTERN).fullmatch


def _packed(char: str, place: int) -> int:
    (q1, q2), (r1, r2) = summand(char, place)
    return q1 | q2 << 8 | r1 << 16 | r2 << 24


def _residues(total: int) -> tuple[int, int, int, int]:
    return total & 1, total >> 8 & 1, (total >> 16 & 255) % 3, (total >> 24) % 3


SUMMANDS: Final = tuple(
    {char: _packed(char, place) for char in CHARACTERS} for place in range(1, 15)
)
# A character closes the sum of the first fourteen if what it adds is minus that, and -1 is 5
# modulo 2 and modulo 3.
CLOSING: Final = {_residues(5 * _packed(char, 15)): char for char in CHARACTERS}


def closing_character(text: str) -> str:
    """The check character of an EMAID in upper case, from its first fourteen characters, as
    `check_character` finds it.

    >>> closing_character("DE83DUIEN83QGZ")
    'D'
    """
    return CLOSING[_residues(sum(map(getitem, SUMMANDS, text)))]


def _check_emaid(text: str) -> str:
    if _fits_emaid(text) and text[14:] in {"", closing_character(text)}:
        return text
    return _read(_parse_canonical_emaid, text)


def _check_evse_id(text: str) -> str:
    return text if _fits_evse_id(text) else _read(parse_carried_evse_id, text)


def _parse_canonical_emaid(text: str) -> Emaid:
    return parse_emaid(text, "canonical")


def _read(parse: Callable[[str], Emaid | EvseId], text: str) -> str:
    try:
        return str(parse(text))
    except Malformed as error:
        raise PydanticCustomError(error.rule_id, "{where}", {"where": error.where}) from error


EMAID_SCHEMA: Final = WithJsonSchema({"type": "string", "pattern": EMAID_PATTERN})
EVSE_ID_SCHEMA: Final = WithJsonSchema(
    {
        "type": "string",
        "pattern": EVSE_ID_PATTERN.replace(A_DIGIT, ""),
        "not": {"type": "string", "pattern": f"^{DIN_OPERATOR}[*]+$"},
    }
)
"""Without looking ahead, which not every validator can."""

EmaidText = Annotated[str, AfterValidator(_check_emaid), EMAID_SCHEMA]
"""An EMAID in canonical form."""
EvseIdText = Annotated[str, AfterValidator(_check_evse_id), EVSE_ID_SCHEMA]
"""An EVSE ID in canonical form, or DIN's with its plus."""
