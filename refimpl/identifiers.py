"""The EMAID of a contract and the EVSE ID of a charging place: text to parts and back.

Several published texts describe the two identifiers and differ in separators, case, lengths and check character.
`PROFILES` holds what each of them says, a row each, and one reader follows the row; whatever it has read is written in one
canonical form.  To see how the texts differ, print the rows.

A text meets the checks of `EMAID_ORDER` or `EVSE_ID_ORDER` from the top, and the first that finds a fault names the rule.

Nothing here is a register: `NN` reads as a country and `ZZZ` as a provider, because both could be one.  An error shows one
character and its place and never the whole text, for an EMAID leads to a person.

Rules: EMA-*, EVS-*, IDP-*.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import getitem
from string import ascii_lowercase, ascii_uppercase, digits
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from refimpl.errors import Malformed, Misuse
from refimpl.vocabulary import Basis

DIGITS: Final = frozenset(digits)
LETTERS: Final = frozenset(ascii_uppercase)
ALPHANUMERIC: Final = DIGITS | LETTERS
SEPARATORS: Final = frozenset("-*")
KNOWN: Final = ALPHANUMERIC | SEPARATORS | frozenset(ascii_lowercase)
LONGEST: Final = 64  # no one looks at a longer text; the longest identifier has 44 characters


@dataclass(frozen=True, slots=True)
class Emaid:
    """A contract of a user with a home-CSP; `check` is None where the text had none.

    Made by `parse_emaid` and `migrate_din`; the constructor believes its caller.  `str` is the canonical form.
    """

    country: str
    provider: str
    instance: str
    check: str | None = None

    @property
    def din(self) -> bool:
        """Whether it is of the older kind of DIN SPEC 91286, whose instance has six characters instead of nine."""
        return len(self.instance) == 6

    def __str__(self) -> str:
        return format_emaid(self, "")


@dataclass(frozen=True, slots=True)
class EvseId:
    """A place where one vehicle can charge; `outlet` is without the type letter E and, but for DIN, without asterisks.

    Made by `parse_evse_id`; the constructor believes its caller.  `str` is the canonical form.
    """

    country: str
    operator: str
    outlet: str

    @property
    def din(self) -> bool:
        """Whether it is of the older kind of DIN SPEC 91286, whose country is a calling code, as `+49`."""
        return self.country.startswith("+")

    def __str__(self) -> str:
        return format_evse_id(self, "")


# The check character.  A character has a number n, 0 to 35, in two parts: q is two digits modulo 2, r two digits modulo 3.
# Fifteen characters are right if the sum of q P1^i is zero modulo 2 and the sum of r P2^i zero modulo 3, i from 1 to 15.
# What each character adds at each place is worked out once, four digits packed in one integer with a byte for each.

Pair = tuple[int, int]
P1: Final = ((0, 1), (1, 1))
P2: Final = ((0, 1), (1, 2))


def _times(v: Pair, p: tuple[Pair, Pair], modulus: int) -> Pair:
    return (v[0] * p[0][0] + v[1] * p[1][0]) % modulus, (v[0] * p[0][1] + v[1] * p[1][1]) % modulus


def _terms() -> Iterator[dict[str, int]]:
    numbers = {char: int(char, 36) for char in digits + ascii_uppercase}
    q = {char: (n // 18, n // 9 % 2) for char, n in numbers.items()}
    r = {char: (n // 3 % 3, n % 3) for char, n in numbers.items()}
    for _ in range(15):
        q = {char: _times(v, P1, 2) for char, v in q.items()}
        r = {char: _times(v, P2, 3) for char, v in r.items()}
        yield {char: q[char][0] | q[char][1] << 8 | r[char][0] << 16 | r[char][1] << 24 for char in numbers}


def _digits(total: int) -> tuple[int, int, int, int]:
    return total & 1, total >> 8 & 1, (total >> 16 & 255) % 3, (total >> 24) % 3


*FIRST14, LAST = _terms()
# Which character brings a sum to zero: the one whose term is its negative, and -1 is 5 modulo 2 and modulo 3.
CLOSING: Final = {_digits(5 * term): char for char, term in LAST.items()}


def _closing(text: str) -> str:
    return CLOSING[_digits(sum(map(getitem, FIRST14, text)))]


def check_character(first14: str) -> str:
    """The check character of an EMAID, from its first fourteen characters without separators, in either case.

    Raises `Malformed`: EMA-2 for what is neither letter nor digit, EMA-4 if they are not fourteen.

    >>> check_character("DE83DUIEN83QGZ")
    'D'
    """
    return _closing(_plain(first14, 14))


def din_check_digit(first11: str) -> str:
    """The check digit of a DIN contract identifier, from its first eleven characters without separators, in either case.

    Each character becomes its number, 0 to 35, and the numbers in a row become decimal digits; the k-th of them, from 0,
    weighs 2^k; the sum is taken modulo 11, and 10 is written X.  Raises as `check_character` does.

    >>> din_check_digit("NLTNM012204")
    '5'
    """
    decimals = "".join(str(int(char, 36)) for char in _plain(first11, 11))
    return "0123456789X"[sum(int(digit) << k for k, digit in enumerate(decimals)) % 11]


def _plain(text: str, length: int) -> str:
    for index, char in enumerate(text[: length + 1]):
        if char not in KNOWN - SEPARATORS:
            raise Malformed("EMA-2", _place(text, index))
    if len(text) != length:
        raise Malformed("EMA-4", _place(text, min(len(text), length)))
    return text.upper()


def _place(text: str, index: int) -> str:
    return f"character {index + 1}: {ascii(text[index]) if index < len(text) else 'end of text'}"


class Part(NamedTuple):
    """A part of an identifier: how many characters, of which alphabet."""

    name: str
    least: int
    most: int
    alphabet: frozenset[str] = ALPHANUMERIC
    gap: bool = False  # a separator may stand before it
    leading: str = ""  # what may stand before its first letter or digit


@dataclass(frozen=True, slots=True)
class Grammar:
    """What one published text says of one identifier, and how sure the model is of it."""

    parts: tuple[Part, ...]
    separators: str
    stand: Literal["nowhere", "anywhere", "all or none", "everywhere"]  # in which of the gaps
    capitals: frozenset[str]  # the parts that refuse a lower-case letter; the others read it as upper case
    check_asked: bool
    basis: Basis
    source: str
    prefix: str = ""  # may stand before the first part
    longest: int = LONGEST  # as written, separators and all


class Profile(NamedTuple):
    """What one published text says of both identifiers."""

    emaid: Grammar
    evse_id: Grammar


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
    #        parts      separators, where    capitals check? how sure, and where it comes from
    "iso15118-2": Profile(
        Grammar(ISO_EMAID, "",   "nowhere",     ALL,  False, Basis.IMPLIED, "iso15118-py: eMAIDType, 14 to 15 characters; model: upper case"),
        Grammar(ISO_EVSE,  "*",  "anywhere",    ALL,  False, Basis.IMPLIED, "iso15118-py: evseIDType, 7 to 37 characters; model: upper case", longest=37)),
    "emi3": Profile(
        Grammar(C_EMAID,   "-",  "all or none", NONE, False, Basis.STATED,  "emi3: Part 2, contract id; ochp: 1.4, contract id"),
        Grammar(ISO_EVSE,  "*",  "anywhere",    NONE, False, Basis.STATED,  "emi3: Part 2, EVSE id; ochp: 1.4, EVSE id")),
    "oicp": Profile(  # its DIN alternatives are the next profile
        Grammar(C_EMAID,   "-",  "anywhere",    TYPE, True,  Basis.STATED,  "oicp: 2.3 EvcoIDType, ISO alternative"),
        Grammar(OICP_EVSE, "*",  "anywhere",    TYPE, False, Basis.STATED,  "oicp: 2.3 EvseIDType, ISO alternative")),
    "din91286": Profile(
        Grammar(DIN_EMAID, "-*", "anywhere",    NONE, True,  Basis.IMPLIED, "oicp: 2.3 EvcoIDType, DIN alternative; mobilityid: check digit"),
        Grammar(DIN_EVSE,  "*",  "everywhere",  NONE, False, Basis.IMPLIED, "oicp: 2.3 EvseIDType, DIN alternative; mobilityid: operator", "+")),
    "canonical": Profile(  # what `str` writes of an identifier that is not DIN's, and messages carry
        Grammar(ISO_EMAID, "",   "nowhere",     ALL,  False, Basis.CHOSEN,  "model: one form to compare"),
        Grammar(BARE_EVSE, "",   "nowhere",     ALL,  False, Basis.CHOSEN,  "model: one form to compare")),
})
# fmt: on


class Piece(NamedTuple):
    """What a text has where a part belongs, and whether a separator stands before it."""

    part: Part
    start: int
    text: str
    split: bool


class Reading(NamedTuple):
    """A text as the checks see it."""

    text: str
    start: int
    grammar: Grammar
    pieces: tuple[Piece, ...]


def _reading(text: str, grammar: Grammar) -> Reading:
    start = len(grammar.prefix) if text.startswith(grammar.prefix) else 0
    return Reading(text, start, grammar, tuple(_cut(text, start, grammar)))


def _cut(text: str, at: int, grammar: Grammar) -> Iterator[Piece]:
    """Each part up to the next separator where one must follow, else by its width; the last takes what remains."""
    for part in grammar.parts:
        split = part.gap and at < len(text) and text[at] in grammar.separators
        at += split
        piece = text[at:]
        if part is not grammar.parts[-1]:
            must = grammar.stand == "everywhere"
            piece = piece.partition(grammar.separators)[0] if must else piece[: part.most]
        yield Piece(part, at, piece, split)
        at += len(piece)


# A check finds the first character, counted from 0, that breaks its rule.
Check = Callable[[Reading], int | None]


def _endless(reading: Reading) -> int | None:
    return LONGEST if len(reading.text) > LONGEST else None


def _stray(reading: Reading) -> int | None:
    return next((i for i, char in enumerate(reading.text) if i >= reading.start and char not in KNOWN), None)


def _separator(reading: Reading) -> int | None:
    everywhere = reading.grammar.stand == "everywhere"
    all_or_none = reading.grammar.stand == "all or none" and any(piece.split for piece in reading.pieces)
    for part, start, text, split in reading.pieces:
        if split and not text:  # it separates nothing
            return start - 1
        if part.gap and not split and (everywhere or (all_or_none and text)):  # it is missing
            return start
        for index, char in enumerate(text, start):
            if char in SEPARATORS - part.alphabet:  # it is another, or inside a part
                return index
    return None


def _length(reading: Reading) -> int | None:
    for part, start, text, _ in reading.pieces:
        if not part.least <= len(text) <= part.most:
            return start + min(len(text), part.most)
    return reading.grammar.longest if len(reading.text) > reading.grammar.longest else None


def _lower_case(reading: Reading) -> int | None:
    capitals = (piece for piece in reading.pieces if piece.part.name in reading.grammar.capitals)
    return next((i for piece in capitals for i, char in enumerate(piece.text, piece.start) if char.islower()), None)


def _part(name: str) -> Check:
    def check(reading: Reading) -> int | None:
        for part, start, text, _ in reading.pieces:
            if part.name == name:
                body = text.lstrip(part.leading)
                first = start + len(text) - len(body)
                if not body or body[0] in SEPARATORS:
                    return first
                return next((i for i, char in enumerate(body.upper(), first) if char not in part.alphabet), None)
        return None

    return check


def _no_check(reading: Reading) -> int | None:
    return len(reading.text) if reading.grammar.check_asked and not reading.pieces[-1].text else None


def _wrong_check(reading: Reading) -> int | None:
    *first, given = reading.pieces
    head = "".join(piece.text for piece in first)
    return given.start if given.text and given.text.upper() != METHODS[len(head)](head) else None


METHODS: Final = {14: check_character, 11: din_check_digit}  # by how many characters come before it

# fmt: off
EMAID_ORDER: Final = (
    ("EMA-1", _endless),          # too long to be looked at
    ("EMA-2", _stray),            # neither letter, digit nor separator: white space, accents, other scripts
    ("EMA-3", _separator),        # another than the profile's, missing, inside a part, or separating nothing
    ("EMA-4", _length),           # too few or too many characters, separators aside
    ("EMA-5", _lower_case),       # where the profile asks for upper case
    ("EMA-6", _part("country")),  # not two letters
    ("EMA-7", _part("type")),     # not C, where the profile asks for it
    ("EMA-8", _no_check),         # no check character, where the profile asks for it
    ("EMA-9", _wrong_check),      # not the check character of the others
)
EVSE_ID_ORDER: Final = (
    ("EVS-1", _endless),
    ("EVS-2", _stray),
    ("EVS-3", _separator),
    ("EVS-4", _length),
    ("EVS-5", _lower_case),
    ("EVS-6", _part("country")),
    ("EVS-7", _part("operator")),  # DIN only: not digits
    ("EVS-8", _part("type")),      # not E
    ("EVS-9", _part("outlet")),    # begins with an asterisk where it must not, has nothing else; for DIN, not digits
)
MIGRATIONS: Final = MappingProxyType({"ochp-1.4": "00", "emi3": "C0"})  # what fills the two new places of a DIN instance
# fmt: on


def parse_emaid(text: str, profile: str = "emi3") -> Emaid:
    """The parts of an EMAID written as the profile says, in upper case, its check character verified if it has one.

    Raises `Malformed` EMA-1 to EMA-9, the first in `EMAID_ORDER`; `Misuse` IDP-1 for a profile the model does not hold.

    >>> parse_emaid("de-8aa-ca2b3c4d5-l")
    Emaid(country='DE', provider='8AA', instance='CA2B3C4D5', check='L')
    >>> parse_emaid("DE-8AA-CA2B3C4D5-N")
    Traceback (most recent call last):
    refimpl.errors.Malformed: EMA-9 at character 18: 'N'
    """
    part = _parts(text, _profile(profile).emaid, EMAID_ORDER)
    return Emaid(part["country"], part["provider"], part.get("type", "") + part["instance"], part["check"] or None)


def parse_evse_id(text: str, profile: str = "emi3") -> EvseId:
    """The parts of an EVSE ID written as the profile says, in upper case.

    Raises `Malformed` EVS-1 to EVS-9, the first in `EVSE_ID_ORDER`; `Misuse` IDP-1 for a profile the model does not hold.

    >>> parse_evse_id("DE*AB7*E840*6487")
    EvseId(country='DE', operator='AB7', outlet='8406487')
    >>> str(parse_evse_id("+49*810*000*438", "din91286"))
    '+49*810*000*438'
    """
    grammar = _profile(profile).evse_id
    part = _parts(text, grammar, EVSE_ID_ORDER)
    outlet = part["outlet"] if grammar.prefix else part["outlet"].replace("*", "")
    return EvseId(grammar.prefix + part["country"], part["operator"], outlet)


def parse(text: str, profile: str = "emi3") -> Emaid | EvseId:
    """The parts of whichever of the two a text looks like; raises as the reader of that one does.

    With a DIN profile an EVSE ID begins with a digit or a plus.  With the others the sixth character but for separators
    decides, E or C, and failing that an asterisk: so an EMAID of `iso15118-2` whose instance begins with E is mistaken,
    and whoever knows that it is one calls `parse_emaid`.

    >>> str(parse("FR*A23*E45B*78C")), str(parse("NL-TNM-C00122045-K"))
    ('FRA23E45B78C', 'NLTNMC00122045K')
    """
    head = text[: LONGEST + 1]
    sixth = head.replace("-", "").replace("*", "")[5:6].upper()
    looks = ("*" in head and sixth != "C") or ("-" not in head and sixth == "E")
    if _profile(profile).evse_id.prefix:
        looks = head[:1] in DIGITS | {"+"}
    return parse_evse_id(text, profile) if looks else parse_emaid(text, profile)


def format_emaid(emaid: Emaid, separator: Literal["-", "*", ""] = "-") -> str:
    """An EMAID with separators between its parts, as people read it.

    >>> format_emaid(Emaid("NL", "TNM", "C00122045", "K"))
    'NL-TNM-C00122045-K'
    """
    return separator.join(filter(None, (emaid.country, emaid.provider, emaid.instance, emaid.check)))


def format_evse_id(evse_id: EvseId, separator: Literal["*", ""] = "*") -> str:
    """An EVSE ID with separators between its parts, as people read it; a DIN one always has them.

    >>> format_evse_id(EvseId("DE", "AB7", "8406487"))
    'DE*AB7*E8406487'
    """
    if evse_id.din:
        return f"{evse_id.country}*{evse_id.operator}*{evse_id.outlet}"
    return separator.join((evse_id.country, evse_id.operator, f"E{evse_id.outlet}"))


def migrate_din(emaid: Emaid, convention: str) -> Emaid:
    """The EMAID that stands for a DIN contract identifier, by one of the two published and incompatible `MIGRATIONS`.

    Two characters fill up the instance, the DIN check digit ends it, and a new check character follows.  Raises `Misuse`:
    IDP-2 for another convention, IDP-3 for what is no DIN identifier.

    >>> din = parse_emaid("NL-TNM-012204-5", "din91286")
    >>> str(migrate_din(din, "ochp-1.4")), str(migrate_din(din, "emi3"))
    ('NLTNM000122045U', 'NLTNMC00122045K')
    """
    if convention not in MIGRATIONS:
        raise Misuse("IDP-2", f"convention {_short(convention)}, the model holds {' and '.join(MIGRATIONS)}")
    if not emaid.din:
        raise Misuse("IDP-3", f"instance of {len(emaid.instance)} characters")
    digit = din_check_digit(emaid.country + emaid.provider + emaid.instance)
    instance = MIGRATIONS[convention] + emaid.instance + digit
    return Emaid(emaid.country, emaid.provider, instance, check_character(emaid.country + emaid.provider + instance))


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise Misuse("IDP-1", f"profile {_short(name)}, the model holds {', '.join(PROFILES)}")
    return PROFILES[name]


def _short(name: str) -> str:
    return ascii(name[:24])


def _parts(text: str, grammar: Grammar, order: tuple[tuple[str, Check], ...]) -> dict[str, str]:
    reading = _reading(text[: LONGEST + 1], grammar)
    for rule_id, check in order:
        if (index := check(reading)) is not None:
            raise Malformed(rule_id, _place(reading.text, index))
    return {piece.part.name: piece.text.upper() for piece in reading.pieces}


# On the wire: a pattern and a sum decide in a microsecond or two; what they refuse goes the long way, which finds the rule.

EMAID_PATTERN: Final = "^[A-Z]{2}[A-Z0-9]{12,13}$"
EVSE_ID_PATTERN: Final = "^[A-Z]{2}[A-Z0-9]{3}E[A-Z0-9]{1,31}$"
_canonical_emaid = re.compile(EMAID_PATTERN).fullmatch
_canonical_evse_id = re.compile(EVSE_ID_PATTERN).fullmatch


def _emaid_text(text: str) -> str:
    if _canonical_emaid(text) and text[14:] in {"", _closing(text)}:
        return text
    return _the_long_way(parse_emaid, text)


def _evse_id_text(text: str) -> str:
    return text if _canonical_evse_id(text) else _the_long_way(parse_evse_id, text)


def _the_long_way(parse: Callable[[str, str], Emaid | EvseId], text: str) -> str:
    try:
        return str(parse(text, "canonical"))
    except Malformed as error:
        raise PydanticCustomError(error.rule_id, "{where}", {"where": error.where}) from error


EmaidText = Annotated[
    str, AfterValidator(_emaid_text), WithJsonSchema({"type": "string", "pattern": EMAID_PATTERN})
]
EvseIdText = Annotated[
    str, AfterValidator(_evse_id_text), WithJsonSchema({"type": "string", "pattern": EVSE_ID_PATTERN})
]
