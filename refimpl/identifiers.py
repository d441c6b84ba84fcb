"""The EMAID of a contract and the EVSE ID of a charging place: text to parts and back.

Several published texts describe the two identifiers and differ in separators, case, lengths and
check character. `PROFILES` holds what each of them says, and one reader follows it; what was
read is written in one canonical form. To see how the texts differ, print the rows.

A text meets the checks of `EMAID_ORDER` or `EVSE_ID_ORDER` from the top; the first that finds a
fault names the rule.

Nothing here is a register: `NN` reads as a country and `ZZZ` as a provider, because both could
be one.  An error shows one character and its place and never the whole text, for an EMAID leads
to a person.

Rules: EMA-*, EVS-*, IDP-*.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import getitem
from string import ascii_letters, ascii_uppercase, digits
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from refimpl.errors import Malformed, Misuse
from refimpl.vocabulary import Basis

LONGEST: Final = 64  # nobody looks at a longer text; the longest identifier has 44 characters
DIGITS: Final = frozenset(digits)
LETTERS: Final = frozenset(ascii_uppercase)
ALPHANUMERIC: Final = DIGITS | LETTERS
PLAIN: Final = frozenset(digits + ascii_letters)
SEPARATORS: Final = frozenset("-*")


@dataclass(frozen=True, slots=True)
class Emaid:
    """A user's contract with a home-CSP; `check` is None where the text had none.  `str` is the
    canonical form.

    Made by `parse_emaid` and `migrate_din`; the constructor believes its caller.
    """

    country: str
    provider: str
    instance: str
    check: str | None = None

    @property
    def din(self) -> bool:
        """Whether it is of the older kind of DIN SPEC 91286: an instance of six characters
        instead of nine.
        """
        return len(self.instance) == 6

    def __str__(self) -> str:
        return format_emaid(self, "")


@dataclass(frozen=True, slots=True)
class EvseId:
    """A place where one vehicle can charge; `outlet` is without the type letter E.  `str` is
    the canonical form.

    Made by `parse_evse_id`; the constructor believes its caller.
    """

    country: str
    operator: str
    outlet: str

    @property
    def din(self) -> bool:
        """Whether it is of the older kind of DIN SPEC 91286: a country with a plus, as `+49`."""
        return self.country.startswith("+")

    def __str__(self) -> str:
        return format_evse_id(self, "")


# The check character.  A character is a number n from 0 to 35, taken apart into two digits
# modulo 2, q, and two digits modulo 3, r.  Fifteen characters are right if the sum of q P1^i is
# zero modulo 2 and the sum of r P2^i zero modulo 3, i from 1 to 15.  What a character adds at a
# place is worked out here once: four digits in one integer, a byte each.

Pair = tuple[int, int]
P1: Final = ((0, 1), (1, 1))
P2: Final = ((0, 1), (1, 2))


def times(v: Pair, p: tuple[Pair, Pair], modulus: int) -> Pair:
    """Two digits times a matrix of them, modulo 2 or 3."""
    return (v[0] * p[0][0] + v[1] * p[1][0]) % modulus, (
        v[0] * p[0][1] + v[1] * p[1][1]
    ) % modulus


def _terms() -> Iterator[dict[str, int]]:
    numbers = {char: int(char, 36) for char in digits + ascii_uppercase}
    q = {char: (n // 18, n // 9 % 2) for char, n in numbers.items()}
    r = {char: (n // 3 % 3, n % 3) for char, n in numbers.items()}
    for _ in range(15):
        q = {char: times(v, P1, 2) for char, v in q.items()}
        r = {char: times(v, P2, 3) for char, v in r.items()}
        yield {
            char: q[char][0] | q[char][1] << 8 | r[char][0] << 16 | r[char][1] << 24
            for char in numbers
        }


def _residues(total: int) -> tuple[int, int, int, int]:
    return total & 1, total >> 8 & 1, (total >> 16 & 255) % 3, (total >> 24) % 3


*FIRST_TERMS, LAST_TERM = _terms()
# A character closes the sum of the first fourteen if its term is minus that, and -1 is 5 modulo
# 2 and modulo 3.
CLOSING: Final = {_residues(5 * term): char for char, term in LAST_TERM.items()}


def _closing(text: str) -> str:
    return CLOSING[_residues(sum(map(getitem, FIRST_TERMS, text)))]


def check_character(first14: str) -> str:
    """The check character of an EMAID, from its first fourteen characters without separators.

    Raises `Malformed`: EMA-2 for what is neither letter nor digit, EMA-4 if they are not
    fourteen.

    >>> check_character("DE83DUIEN83QGZ")
    'D'
    """
    return _closing(_plain(first14, 14))


def din_check_digit(first11: str) -> str:
    """The check digit of a DIN contract identifier, from its first eleven characters without
    separators.

    The numbers of the characters, 0 to 35, are written one after the other; the k-th decimal
    digit from 0 weighs 2^k; the sum is taken modulo 11, and 10 is written X.  Raises as
    `check_character` does.

    >>> din_check_digit("NLTNM012204")
    '5'
    """
    decimals = "".join(str(int(char, 36)) for char in _plain(first11, 11))
    return "0123456789X"[sum(int(digit) << k for k, digit in enumerate(decimals)) % 11]


def _plain(text: str, length: int) -> str:
    for index, char in enumerate(text[: length + 1]):
        if char not in PLAIN:
            raise Malformed("EMA-2", _place(text, index))
    if len(text) != length:
        raise Malformed("EMA-4", _place(text, min(len(text), length)))
    return text.upper()


def _place(text: str, index: int) -> str:
    return (
        f"character {index + 1}: {ascii(text[index]) if index < len(text) else 'end of text'}"
    )


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
    stand: Literal["nowhere", "anywhere", "all or none", "everywhere"]  # in which of the gaps
    capitals: frozenset[
        str
    ]  # the parts that refuse a lower-case letter; the others read it as upper case
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
        basis   = Basis.IMPLIED, source = "iso15118-py: lengths of the schema; emi3: parts; model: upper case"),
    "emi3": Profile(
        emaid   = Grammar(C_EMAID,   "-",  "all or none", NONE),
        evse_id = Grammar(ISO_EVSE,  "*",  "anywhere",    NONE),
        basis   = Basis.STATED,  source = "emi3: Part 2, contract id and EVSE id; ochp: 1.4, the same"),
    "oicp": Profile(  # the other alternatives of its expressions are the next profile
        emaid   = Grammar(C_EMAID,   "-",  "anywhere",    TYPE, check_asked=True),
        evse_id = Grammar(OICP_EVSE, "*",  "anywhere",    TYPE),
        basis   = Basis.STATED,  source = "oicp: 2.3, ISO alternatives of EvcoIDType and EvseIDType"),
    "din91286": Profile(
        emaid   = Grammar(DIN_EMAID, "-*", "anywhere",    NONE, check_asked=True),
        evse_id = Grammar(DIN_EVSE,  "*",  "everywhere",  NONE, prefix="+"),
        basis   = Basis.IMPLIED, source = "oicp: 2.3, DIN alternatives; mobilityid: check digit, length of operator"),
    "canonical": Profile(  # what `str` makes of all but DIN's, and what messages carry
        emaid   = Grammar(ISO_EMAID, "",   "nowhere",     ALL),
        evse_id = Grammar(BARE_EVSE, "",   "nowhere",     ALL),
        basis   = Basis.CHOSEN,  source = "model: one form to compare"),
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
    grammar: Grammar
    pieces: tuple[Piece, ...]


def _cut(text: str, grammar: Grammar) -> Iterator[Piece]:
    """A part ends at the next separator if there must be one, else by its width; the last takes
    what remains.
    """
    at = len(text) - len(text.removeprefix(grammar.prefix))
    for part in grammar.parts:
        split = part.gap and text[at : at + 1] in tuple(grammar.separators)
        piece = text[at + split :]
        if part is not grammar.parts[-1]:
            must = grammar.stand == "everywhere"
            piece = piece.partition(grammar.separators)[0] if must else piece[: part.most]
        yield Piece(part, at + split, piece, split)
        at += split + len(piece)


Check = Callable[
    [Reading], int | None
]  # the first character, counted from 0, that breaks a rule


def _endless(reading: Reading) -> int | None:
    return LONGEST if len(reading.text) > LONGEST else None


def _stray(reading: Reading) -> int | None:
    known = PLAIN.union(SEPARATORS, reading.grammar.prefix)
    return next((index for index, char in enumerate(reading.text) if char not in known), None)


def _separator(reading: Reading) -> int | None:
    everywhere = reading.grammar.stand == "everywhere"
    all_or_none = reading.grammar.stand == "all or none" and any(
        piece.split for piece in reading.pieces
    )
    for part, start, text, split in reading.pieces:
        if split and not text:  # it separates nothing
            return min(start, len(reading.text) - 1)
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
    capitals = (
        piece for piece in reading.pieces if piece.part.name in reading.grammar.capitals
    )
    return next(
        (
            i
            for piece in capitals
            for i, char in enumerate(piece.text, piece.start)
            if char.islower()
        ),
        None,
    )


def _part(name: str) -> Check:
    def check(reading: Reading) -> int | None:
        for part, start, text, _ in reading.pieces:
            if part.name == name:
                body = text.lstrip(part.leading)
                first = start + len(text) - len(body)
                if not body or body[0] in SEPARATORS:
                    return first
                return next(
                    (
                        i
                        for i, char in enumerate(body.upper(), first)
                        if char not in part.alphabet
                    ),
                    None,
                )
        return None

    return check


def _no_check(reading: Reading) -> int | None:
    return (
        len(reading.text)
        if reading.grammar.check_asked and not reading.pieces[-1].text
        else None
    )


def _wrong_check(reading: Reading) -> int | None:
    before = "".join(piece.text for piece in reading.pieces[:-1])
    given = reading.pieces[-1]
    return (
        given.start
        if given.text and given.text.upper() != METHODS[len(before)](before)
        else None
    )


# fmt: off
METHODS: Final = {14: check_character, 11: din_check_digit}  # by how many characters come before

EMAID_ORDER: Final = (
    ("EMA-1", _endless),           # too long to be looked at
    ("EMA-2", _stray),             # neither letter, digit nor separator: white space, accents, other scripts
    ("EMA-3", _separator),         # not the profile's, missing, inside a part, or separating nothing
    ("EMA-4", _length),            # too few or too many characters, separators aside
    ("EMA-5", _lower_case),        # where the profile asks for upper case
    ("EMA-6", _part("country")),   # not letters
    ("EMA-7", _part("type")),      # not C, where the profile asks for it
    ("EMA-8", _no_check),          # no check character, where the profile asks for it
    ("EMA-9", _wrong_check),       # not the one that belongs to the others
)
EVSE_ID_ORDER: Final = (
    ("EVS-1", _endless),
    ("EVS-2", _stray),
    ("EVS-3", _separator),
    ("EVS-4", _length),
    ("EVS-5", _lower_case),
    ("EVS-6", _part("country")),   # not letters; not digits for DIN
    ("EVS-7", _part("operator")),  # not digits, for DIN only
    ("EVS-8", _part("type")),      # not E
    ("EVS-9", _part("outlet")),    # starts with an asterisk where it must not, or has no more; not digits for DIN
)

MIGRATIONS: Final = MappingProxyType({"ochp-1.4": "00", "emi3": "C0"})  # what a DIN instance is filled up with
# fmt: on


def _parts(text: str, grammar: Grammar, order: tuple[tuple[str, Check], ...]) -> dict[str, str]:
    text = text[: LONGEST + 1]
    reading = Reading(text, grammar, tuple(_cut(text, grammar)))
    for rule_id, check in order:
        if (index := check(reading)) is not None:
            raise Malformed(rule_id, _place(text, index))
    return {piece.part.name: piece.text.upper() for piece in reading.pieces}


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise Misuse("IDP-1", f"profile {name[:24]!a}, the model holds {', '.join(PROFILES)}")
    return PROFILES[name]


def parse_emaid(text: str, profile: str = "emi3") -> Emaid:
    """The parts of an EMAID written as the profile says; its check character is verified if it
    has one.

    Raises `Malformed` EMA-1 to EMA-9, the first in `EMAID_ORDER`; `Misuse` IDP-1 for an unknown
    profile.

    >>> parse_emaid("de-8aa-ca2b3c4d5-l")
    Emaid(country='DE', provider='8AA', instance='CA2B3C4D5', check='L')
    >>> parse_emaid("DE-8AA-CA2B3C4D5-N")
    Traceback (most recent call last):
    refimpl.errors.Malformed: EMA-9 at character 18: 'N'
    """
    part = _parts(text, _profile(profile).emaid, EMAID_ORDER)
    return Emaid(
        part["country"],
        part["provider"],
        part.get("type", "") + part["instance"],
        part["check"] or None,
    )


def parse_evse_id(text: str, profile: str = "emi3") -> EvseId:
    """The parts of an EVSE ID written as the profile says; asterisks within the outlet are
    dropped, except DIN's.

    Raises `Malformed` EVS-1 to EVS-9, the first in `EVSE_ID_ORDER`; `Misuse` IDP-1 for an
    unknown profile.

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
    """The parts of whichever of the two a text looks like.  Raises as the reader of that one
    does.

    A DIN EVSE ID begins with a digit or a plus.  Elsewhere the sixth character decides, E or C,
    separators aside, and failing that an asterisk.  Call `parse_emaid` where it must be one:
    some of `iso15118-2` have an E there.

    >>> str(parse("FR*A23*E45B*78C")), str(parse("NL-TNM-C00122045-K"))
    ('FRA23E45B78C', 'NLTNMC00122045K')
    """
    head = text[: LONGEST + 1]
    sixth = head.replace("-", "").replace("*", "")[5:6].upper()
    if _profile(profile).evse_id.prefix:
        is_evse_id = head[:1] in DIGITS | {"+"}
    else:
        is_evse_id = ("*" in head and sixth != "C") or ("-" not in head and sixth == "E")
    return parse_evse_id(text, profile) if is_evse_id else parse_emaid(text, profile)


def format_emaid(emaid: Emaid, separator: Literal["-", "*", ""] = "-") -> str:
    """An EMAID with separators between its parts, as people read it.

    >>> format_emaid(Emaid("NL", "TNM", "C00122045", "K"))
    'NL-TNM-C00122045-K'
    """
    return separator.join(
        filter(None, (emaid.country, emaid.provider, emaid.instance, emaid.check))
    )


def format_evse_id(evse_id: EvseId, separator: Literal["*", ""] = "*") -> str:
    """An EVSE ID with separators between its parts, as people read it; a DIN one always has
    them.

    >>> format_evse_id(EvseId("DE", "AB7", "8406487"))
    'DE*AB7*E8406487'
    """
    if evse_id.din:
        return f"{evse_id.country}*{evse_id.operator}*{evse_id.outlet}"
    return separator.join((evse_id.country, evse_id.operator, f"E{evse_id.outlet}"))


def migrate_din(emaid: Emaid, convention: str) -> Emaid:
    """The EMAID that stands for a DIN contract identifier, by one of the two published and
    incompatible `MIGRATIONS`.

    Two characters fill up the instance, the DIN check digit ends it, a new check character
    follows.  Raises `Misuse`: IDP-2 for another convention, IDP-3 for what is no DIN
    identifier.

    >>> din = parse_emaid("NL*TNM*012204*5", "din91286")
    >>> str(migrate_din(din, "ochp-1.4")), str(migrate_din(din, "emi3"))
    ('NLTNM000122045U', 'NLTNMC00122045K')
    """
    if convention not in MIGRATIONS:
        raise Misuse(
            "IDP-2", f"convention {convention[:24]!a}, the model holds {', '.join(MIGRATIONS)}"
        )
    if not emaid.din:
        raise Misuse("IDP-3", f"instance of {len(emaid.instance)} characters")
    issuer = emaid.country + emaid.provider
    instance = (
        MIGRATIONS[convention] + emaid.instance + din_check_digit(issuer + emaid.instance)
    )
    return Emaid(emaid.country, emaid.provider, instance, check_character(issuer + instance))


# On the wire a pattern and a sum decide; what they refuse is read again by the profile, which
# knows the rule.

EMAID_PATTERN: Final = "^[A-Z]{2}[A-Z0-9]{12,13}$"
EVSE_ID_PATTERN: Final = "^[A-Z]{2}[A-Z0-9]{3}E[A-Z0-9]{1,31}$"
_fits_emaid = re.compile(EMAID_PATTERN).fullmatch
_fits_evse_id = re.compile(EVSE_ID_PATTERN).fullmatch


def _emaid_text(text: str) -> str:
    if _fits_emaid(text) and text[14:] in {"", _closing(text)}:
        return text
    return _by_profile(parse_emaid, text)


def _evse_id_text(text: str) -> str:
    return text if _fits_evse_id(text) else _by_profile(parse_evse_id, text)


def _by_profile(read: Callable[[str, str], Emaid | EvseId], text: str) -> str:
    try:
        return str(read(text, "canonical"))
    except Malformed as error:
        raise PydanticCustomError(error.rule_id, "{where}", {"where": error.where}) from error


def _schema(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


EmaidText = Annotated[str, AfterValidator(_emaid_text), _schema(EMAID_PATTERN)]
EvseIdText = Annotated[str, AfterValidator(_evse_id_text), _schema(EVSE_ID_PATTERN)]
