"""The EMAID of a contract and the EVSE ID of a charging place.

`grammar` holds how each published text writes them, `check_characters` the character that ends
them, `reading` the one reader and writer.  `wire` makes members of messages of them and is not
loaded here: reading an identifier needs nothing but Python.

Rules: EMA-*, EVS-*, IDP-*.
"""

from refimpl.identifiers.check_characters import METHODS, check_character, din_check_digit
from refimpl.identifiers.grammar import LONGEST, PROFILES, Grammar, Part, Profile
from refimpl.identifiers.reading import (
    EMAID_ORDER,
    EVSE_ID_ORDER,
    MIGRATIONS,
    Emaid,
    EvseId,
    format_emaid,
    format_evse_id,
    migrate_din,
    parse,
    parse_carried_evse_id,
    parse_emaid,
    parse_evse_id,
    party_of,
)

__all__ = [
    "EMAID_ORDER",
    "EVSE_ID_ORDER",
    "LONGEST",
    "METHODS",
    "MIGRATIONS",
    "PROFILES",
    "Emaid",
    "EvseId",
    "Grammar",
    "Part",
    "Profile",
    "check_character",
    "din_check_digit",
    "format_emaid",
    "format_evse_id",
    "migrate_din",
    "parse",
    "parse_carried_evse_id",
    "parse_emaid",
    "parse_evse_id",
    "party_of",
]
