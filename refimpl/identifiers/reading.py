"""The EMAID of a contract and the EVSE ID of a charging place: text to parts and back.

One reader follows the row of whichever profile is named, and what was read is written in one
canonical form.  A text meets the checks of `EMAID_ORDER` or `EVSE_ID_ORDER` from the top; the
first that finds a fault names the rule.

Nothing here is a register: `NN` reads as a country and `ZZZ` as a provider, because both could
be one.  An error shows one character and its place and never the whole text, for an EMAID leads
to a person.

Rules: EMA-*, EVS-*, IDP-*.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from refimpl.errors import Malformed, Misuse
from refimpl.identifiers.check_characters import (
    METHODS,
    check_character,
    din_check_digit,
    place_of,
)
from refimpl.identifiers.grammar import (
    DIGITS,
    LONGEST,
    PLAIN,
    PROFILES,
    SEPARATORS,
    Grammar,
    Part,
    Profile,
)


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
        """Whether it is of the older kind of DIN SPEC 91286: a country such as `+49`."""
        return self.country.startswith("+")

    def __str__(self) -> str:
        return format_evse_id(self, "")


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


def cut(text: str, grammar: Grammar) -> Iterator[Piece]:
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


Check = Callable[[Reading], int | None]
"""The first character, counted from 0, that breaks a rule; None where none does."""


def _endless(reading: Reading) -> int | None:
    return LONGEST if len(reading.text) > LONGEST else None


def _stray(reading: Reading) -> int | None:
    known = PLAIN.union(SEPARATORS, reading.grammar.prefix)
    for index, char in enumerate(reading.text):
        if char not in known:
            return index
    return None


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
    for part, start, text, _ in reading.pieces:
        for index, char in enumerate(text, start):
            if char.islower() and part.name in reading.grammar.capitals:
                return index
    return None


def _part(name: str) -> Check:
    """The check of one part: that it begins with a letter or digit of its alphabet, and holds
    no character of another.
    """

    def check(reading: Reading) -> int | None:
        for piece in reading.pieces:
            if piece.part.name == name:
                return _outside_alphabet(piece)
        return None

    return check


def _outside_alphabet(piece: Piece) -> int | None:
    body = piece.text.lstrip(piece.part.leading)
    first = piece.start + len(piece.text) - len(body)
    if not body or body[0] in SEPARATORS:
        return first
    for index, char in enumerate(body.upper(), first):
        if char not in piece.part.alphabet:
            return index
    return None


def _no_check(reading: Reading) -> int | None:
    missing = reading.grammar.check_asked and not reading.pieces[-1].text
    return len(reading.text) if missing else None


def _wrong_check(reading: Reading) -> int | None:
    before = "".join(piece.text for piece in reading.pieces[:-1])
    given = reading.pieces[-1]
    wrong = given.text and given.text.upper() != METHODS[len(before)](before)
    return given.start if wrong else None


# fmt: off
EMAID_ORDER: Final = (
    ("EMA-1", _endless),           # too long to be looked at
    ("EMA-2", _stray),             # neither letter, digit nor separator: a space, an accent
    ("EMA-3", _separator),         # missing, inside a part, separating nothing, or another
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
    ("EVS-9", _part("outlet")),    # begins with an asterisk where none may; DIN: not digits
)

MIGRATIONS: Final = MappingProxyType({"ochp-1.4": "00", "emi3": "C0"})
"""What the instance of a DIN identifier is filled up with, by convention."""
EVSE_ID_ALONE: Final = range(7, 11)
"""How many characters an EVSE ID may have and an EMAID may not, because it has more."""
# fmt: on


def _parts(text: str, grammar: Grammar, order: tuple[tuple[str, Check], ...]) -> dict[str, str]:
    text = text[: LONGEST + 1]
    reading = Reading(text, grammar, tuple(cut(text, grammar)))
    for rule_id, check in order:
        if (index := check(reading)) is not None:
            raise Malformed(rule_id, place_of(text, index))
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


def parse_carried_evse_id(text: str) -> EvseId:
    """The parts of an EVSE ID as messages carry it: the canonical form, or DIN's with its plus.

    Raises `Malformed`: EVS-10 for DIN's without a plus, else EVS-1 to EVS-9.

    >>> parse_carried_evse_id("+49*810*000*438")
    EvseId(country='+49', operator='810', outlet='000*438')
    >>> parse_carried_evse_id("49*810*000*438")
    Traceback (most recent call last):
    refimpl.errors.Malformed: EVS-10 at character 1: '4'
    """
    if text.startswith("+"):
        return parse_evse_id(text, "din91286")
    if text[:1] in DIGITS and "*" in text:
        parse_evse_id(text, "din91286")
        raise Malformed("EVS-10", place_of(text, 0))
    return parse_evse_id(text, "canonical")


def party_of(identifier: str) -> str:
    """The country and the provider or operator of an identifier in canonical form, by which a
    network finds who issued it: five characters, or for DIN's what stands before the second
    asterisk.

    >>> party_of("NLTNMC00122045K"), party_of("FRA23E45B78C"), party_of("+49*810*000*438")
    ('NLTNM', 'FRA23', '+49*810')
    """
    if identifier.startswith("+"):
        return "*".join(identifier.split("*")[:2])
    return identifier[:5]


def parse(text: str, profile: str = "emi3") -> Emaid | EvseId:
    """The parts of whichever of the two a text is written as.  Where it is neither, raises as
    the reader of the one that it looks like does.

    A DIN EVSE ID begins with a digit or a plus.  Elsewhere the sixth character decides, E or C,
    separators aside, and failing that an asterisk, or a length that no EMAID has.  Call
    `parse_emaid` where it must be one: some of `iso15118-2` have an E there.

    >>> str(parse("FR*A23*E45B*78C")), str(parse("NL-TNM-C00122045-K"))
    ('FRA23E45B78C', 'NLTNMC00122045K')
    >>> parse("BE-BEC-E041503003")
    Traceback (most recent call last):
    refimpl.errors.Malformed: EVS-3 at character 3: '-'
    """
    if not looks_like_evse_id(text[: LONGEST + 1], _profile(profile)):
        return parse_emaid(text, profile)
    try:
        return parse_evse_id(text, profile)
    except Malformed:
        with suppress(Malformed):  # the instance of an EMAID with hyphens may begin with E
            return parse_emaid(text, profile)
        raise


def looks_like_evse_id(text: str, profile: Profile) -> bool:
    """Whether a text is first read as an EVSE ID."""
    if profile.evse_id.prefix:
        return text[:1] in DIGITS | {"+"}
    plain = text.replace("-", "").replace("*", "")
    kind = plain[5:6].upper()
    return kind == "E" or (kind != "C" and ("*" in text or len(plain) in EVSE_ID_ALONE))


def format_emaid(emaid: Emaid, separator: Literal["-", "*", ""] = "-") -> str:
    """An EMAID with separators between its parts, as people read it; asterisks stand in DIN's
    alone, and elsewhere hyphens instead.

    >>> format_emaid(Emaid("NL", "TNM", "C00122045", "K"))
    'NL-TNM-C00122045-K'
    """
    if separator == "*" and not emaid.din:
        separator = "-"
    parts = [emaid.country, emaid.provider, emaid.instance]
    if emaid.check is not None:
        parts.append(emaid.check)
    return separator.join(parts)


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
        held = ", ".join(MIGRATIONS)
        raise Misuse("IDP-2", f"convention {convention[:24]!a}, the model holds {held}")
    if not emaid.din:
        raise Misuse("IDP-3", f"instance of {len(emaid.instance)} characters")
    issuer = emaid.country + emaid.provider
    digit = din_check_digit(issuer + emaid.instance)
    instance = MIGRATIONS[convention] + emaid.instance + digit
    return Emaid(emaid.country, emaid.provider, instance, check_character(issuer + instance))
