"""A text character by character: which part of an identifier each belongs to, and which of
them breaks a rule.

It says of a text what `reading` says of it, at the same place; to see it drawn,
`views.tables.identifier_field`.

Rules: EMA-*, EVS-*, IDP-1.
"""

from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from refimpl.errors import Malformed
from refimpl.identifiers.grammar import LONGEST, PROFILES
from refimpl.identifiers.reading import (
    EMAID_ORDER,
    EVSE_ID_ORDER,
    Check,
    Emaid,
    Reading,
    cut,
    looks_like_evse_id,
    parse,
)

Order = tuple[tuple[str, Check], ...]
ORDERS: Final[Mapping[str, Order]] = MappingProxyType(
    {"EMAID": EMAID_ORDER, "EVSE ID": EVSE_ID_ORDER}
)


class Character(NamedTuple):
    """One character, or an empty text where one is missing at the end: the part that it belongs
    to, as `country` or `separator`, and the rule that it breaks; both may be empty.
    """

    text: str
    part: str
    breaks: str


class Spelling(NamedTuple):
    """What a text is read as, and each character of it."""

    kind: Literal["EMAID", "EVSE ID"]
    characters: tuple[Character, ...]


def spell(text: str, profile: str = "emi3") -> Spelling:
    """Tell each character of a text apart, read as `parse` reads it; of a text that breaks a
    rule, too, whose first fault stands at one character.

    Raises `Misuse` IDP-1 for an unknown profile.

    >>> spell("DE-8AA-CA2B3C4D5-N").characters[-1]
    Character(text='N', part='check', breaks='EMA-9')
    """
    kind = _kind_of(text, profile)
    row = PROFILES[profile]
    grammar = row.evse_id if kind == "EVSE ID" else row.emaid
    text = text[: LONGEST + 1]
    reading = Reading(text, grammar, tuple(cut(text, grammar)))
    parts = _parts_of(reading)
    rule, place = _first_fault(reading, ORDERS[kind])
    characters = []
    for index, char in enumerate([*text, ""] if place == len(text) else text):
        breaks = rule if index == place else ""
        characters.append(Character(char, parts.get(index, ""), breaks))
    return Spelling(kind, tuple(characters))


def _first_fault(reading: Reading, order: Order) -> tuple[str, int]:
    """The rule that a text breaks first, and the place of the character from 0; no rule and no
    place where it breaks none.
    """
    for rule_id, check in order:  # each relies on those before it
        if (index := check(reading)) is not None:
            return rule_id, index
    return "", -1


def _kind_of(text: str, profile: str) -> Literal["EMAID", "EVSE ID"]:
    """Which of the two a text is read as, or would be if it were right."""
    with suppress(Malformed):
        return "EMAID" if isinstance(parse(text, profile), Emaid) else "EVSE ID"
    looks_so = looks_like_evse_id(text[: LONGEST + 1], PROFILES[profile])
    return "EVSE ID" if looks_so else "EMAID"


def _parts_of(reading: Reading) -> dict[int, str]:
    """Name the part of each character by its place from 0."""
    found = {}
    if reading.grammar.prefix and reading.text.startswith(reading.grammar.prefix):
        found[0] = "prefix"
    for part, start, text, split in reading.pieces:
        if split:
            found[start - 1] = "separator"
        for index in range(start, start + len(text)):
            found[index] = part.name
    return found
