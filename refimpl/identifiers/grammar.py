"""How published texts write an EMAID or EVSE ID: one row a text.

Several texts describe the two identifiers and differ in separators, case, lengths and check
character.  `PROFILES` holds what each of them says; to see how they differ, print the rows.
`reading` follows a row, so that another text is one more of them.

Rules: IDP-*.
"""

from collections.abc import Mapping
from string import ascii_letters, ascii_uppercase, digits
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from refimpl.vocabulary import Basis

LONGEST: Final = 64
"""How much of a text is looked at; the longest identifier has 44 characters."""
DIGITS: Final = frozenset(digits)
LETTERS: Final = frozenset(ascii_uppercase)
ALPHANUMERIC: Final = DIGITS | LETTERS
PLAIN: Final = frozenset(digits + ascii_letters)
SEPARATORS: Final = frozenset("-*")


class Part(NamedTuple):
    """A part of an identifier: how many characters, of which alphabet; the first is a letter or
    digit of it.
    """

    name: str
    least: int
    most: int
    alphabet: frozenset[str] = ALPHANUMERIC
    gap: bool = False  # a separator may stand before the part
    leading: str = ""  # what may stand before its first letter or digit


class Grammar(NamedTuple):
    """How a published text writes an identifier."""

    parts: tuple[Part, ...]
    separators: str
    stand: Literal["nowhere", "anywhere", "all or none", "everywhere"]  # in which gaps
    capitals: frozenset[str]  # the parts that refuse a lower-case letter; others read on
    check_asked: bool = False
    prefix: str = ""  # may stand before everything else
    longest: int = LONGEST  # as written, separators and all


class Profile(NamedTuple):
    """What a published text says of both identifiers, how sure the model is of that, and which
    text it is.
    """

    emaid: Grammar
    evse_id: Grammar
    basis: Basis
    source: str


# fmt: off
COUNTRY   = Part("country",  2, 2, LETTERS)
PROVIDER  = Part("provider", 3, 3, gap=True)
OPERATOR  = Part("operator", 3, 3, gap=True)
TYPE_C    = Part("type",     1, 1, frozenset("C"), gap=True)
TYPE_E    = Part("type",     1, 1, frozenset("E"), gap=True)
CHECK     = Part("check",    0, 1, gap=True)
STARRED   = ALPHANUMERIC | {"*"}

ISO_EMAID = (COUNTRY, PROVIDER, Part("instance", 9, 9, gap=True), CHECK)
C_EMAID   = (COUNTRY, PROVIDER, TYPE_C, Part("instance", 8, 8), CHECK)
DIN_EMAID = (COUNTRY, PROVIDER, Part("instance", 6, 6, gap=True), CHECK)
ISO_EVSE  = (COUNTRY, OPERATOR, TYPE_E, Part("outlet", 1, 31, STARRED))
OICP_EVSE = (COUNTRY, OPERATOR, TYPE_E, Part("outlet", 1, 30, STARRED, leading="*"))
BARE_EVSE = (COUNTRY, OPERATOR, TYPE_E, Part("outlet", 1, 31))
DIN_EVSE  = (Part("country", 1, 3, DIGITS), Part("operator", 3, 6, DIGITS, gap=True),
             Part("outlet", 1, 32, DIGITS | {"*"}, gap=True, leading="*"))

NONE = frozenset[str]()
TYPE = frozenset({"type"})
ALL  = frozenset({"country", "provider", "operator", "type", "instance", "outlet", "check"})

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({
    #                          parts      separators, where    capitals
    "iso15118-2": Profile(
        emaid   = Grammar(ISO_EMAID, "",   "nowhere",     ALL),
        evse_id = Grammar(ISO_EVSE,  "*",  "anywhere",    ALL, longest=37),
        basis   = Basis.IMPLIED,
        source  = "iso15118-py: lengths of the schema; emi3: parts; model: upper case"),
    "emi3": Profile(
        emaid   = Grammar(C_EMAID,   "-",  "all or none", NONE),
        evse_id = Grammar(ISO_EVSE,  "*",  "anywhere",    NONE),
        basis   = Basis.STATED,
        source  = "emi3: Part 2, contract id and EVSE id; ochp: 1.4, the same EVSE id"),
    # Its expression asks for C and cannot be compiled; its examples have 00.
    "ochp-1.4": Profile(
        emaid   = Grammar(ISO_EMAID, "-",  "all or none", NONE),
        evse_id = Grammar(ISO_EVSE,  "*",  "anywhere",    NONE),
        basis   = Basis.IMPLIED,
        source  = "ochp: 1.4, contract id with its examples; emi3: Part 2, the same EVSE id"),
    "oicp": Profile(  # the other alternatives of its expressions are the next profile
        emaid   = Grammar(C_EMAID,   "-",  "anywhere",    TYPE, check_asked=True),
        evse_id = Grammar(OICP_EVSE, "*",  "anywhere",    TYPE),
        basis   = Basis.STATED,
        source  = "oicp: 2.3, ISO alternatives of EvcoIDType and EvseIDType"),
    "din91286": Profile(
        emaid   = Grammar(DIN_EMAID, "-*", "anywhere",    NONE, check_asked=True),
        evse_id = Grammar(DIN_EVSE,  "*",  "everywhere",  NONE, prefix="+"),
        basis   = Basis.IMPLIED,
        source  = "oicp: 2.3, DIN alternatives; mobilityid: check digit, length of operator"),
    "canonical": Profile(  # what `str` makes of all but DIN's, and what messages carry
        emaid   = Grammar(ISO_EMAID, "",   "nowhere",     ALL),
        evse_id = Grammar(BARE_EVSE, "",   "nowhere",     ALL),
        basis   = Basis.CHOSEN,
        source  = "model: one form to compare"),
})
# fmt: on
