"""The EMAID of a contract, the EVSE ID of a charging place, and the uid of a medium.

`grammar` holds how each published text writes the first two, `check_characters` the character
that ends them, `reading` the one reader and writer, `characters` what each character of a text
is; `medium` what names a contract without being an EMAID.  `wire` makes members of messages of
them and is not loaded here: reading an identifier needs nothing but Python.

Rules: CRD-2, EMA-*, EVS-*, IDP-*.
"""

from refimpl.identifiers.characters import Character, Spelling, spell
from refimpl.identifiers.check_characters import METHODS, check_character, din_check_digit
from refimpl.identifiers.grammar import LONGEST, PROFILES, Grammar, Part, Profile
from refimpl.identifiers.medium import (
    FREE,
    FREE_PROFILE,
    HASHES,
    UIDS,
    Form,
    FreeContractId,
    check_uid,
    parse_free_contract_id,
)
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
    "FREE",
    "FREE_PROFILE",
    "HASHES",
    "LONGEST",
    "METHODS",
    "MIGRATIONS",
    "PROFILES",
    "UIDS",
    "Character",
    "Emaid",
    "EvseId",
    "Form",
    "FreeContractId",
    "Grammar",
    "Part",
    "Profile",
    "Spelling",
    "check_character",
    "check_uid",
    "din_check_digit",
    "format_emaid",
    "format_evse_id",
    "migrate_din",
    "parse",
    "parse_carried_evse_id",
    "parse_emaid",
    "parse_evse_id",
    "parse_free_contract_id",
    "party_of",
    "spell",
]
