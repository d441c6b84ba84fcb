"""EMAID and EVSE ID: published values, hand work, and a second way to each answer.

The check character is held against its verification equation, with plain matrix multiplication;
the reader against the expressions that neighbouring texts publish, mended where they are known
to be broken.
"""

import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import combinations
from string import ascii_letters, digits
from time import perf_counter
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from refimpl.errors import Malformed, Misuse
from refimpl.identifiers import (
    EMAID_ORDER,
    EVSE_ID_ORDER,
    MIGRATIONS,
    PROFILES,
    Emaid,
    EvseId,
    check_character,
    din_check_digit,
    format_emaid,
    format_evse_id,
    migrate_din,
    parse,
    parse_carried_evse_id,
    parse_emaid,
    parse_evse_id,
    party_of,
)
from refimpl.identifiers.wire import EmaidText, EvseIdText, closing_character
from refimpl.vocabulary import Basis

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISO_PROFILES = ("iso15118-2", "emi3", "ochp-1.4", "oicp", "canonical")
SOURCES = {"oicp", "ochp", "emi3", "mobilityid", "iso15118-py", "model"}
BASE = "DE83DUIEN83QGZD"


# A second way to the check character: the verification equation, place by place.

Matrix = tuple[tuple[int, int], tuple[int, int]]
P1: Matrix = ((0, 1), (1, 1))
P2: Matrix = ((0, 1), (1, 2))


def product(a: Matrix, b: Matrix) -> Matrix:
    return (
        (a[0][0] * b[0][0] + a[0][1] * b[1][0], a[0][0] * b[0][1] + a[0][1] * b[1][1]),
        (a[1][0] * b[0][0] + a[1][1] * b[1][0], a[1][0] * b[0][1] + a[1][1] * b[1][1]),
    )


@cache
def power(a: Matrix, exponent: int) -> Matrix:
    return product(power(a, exponent - 1), a) if exponent else ((1, 0), (0, 1))


def q_and_r(char: str) -> tuple[tuple[int, int], tuple[int, int]]:
    n = CHARACTERS.index(char)
    return (n // 18, n // 9 % 2), (n // 3 % 3, n % 3)


@cache
def term(place: int, char: str) -> tuple[int, int, int, int]:
    (q1, q2), (r1, r2) = q_and_r(char)
    (a, b), (c, d) = power(P1, place)
    (e, f), (g, h) = power(P2, place)
    return (
        (q1 * a + q2 * c) % 2,
        (q1 * b + q2 * d) % 2,
        (r1 * e + r2 * g) % 3,
        (r1 * f + r2 * h) % 3,
    )


def total(terms: list[tuple[int, int, int, int]]) -> tuple[int, int, int, int]:
    a, b, c, d = (sum(column) for column in zip(*terms, strict=True))
    return a % 2, b % 2, c % 3, d % 3


def valid(text: str) -> bool:
    return total([term(place, char) for place, char in enumerate(text, 1)]) == (0, 0, 0, 0)


@cache
def completion(place: int, rest: tuple[int, int, int, int]) -> str:
    """The characters that make the sum zero at a place, given the sum of all others; in one
    text if there are more.
    """
    return "".join(
        char for char in CHARACTERS if total([rest, term(place, char)]) == (0, 0, 0, 0)
    )


def completed(chars: list[str], hole: int) -> str:
    """Fifteen characters that satisfy the equation: those given, but for the one at the hole,
    from 0.
    """
    rest = total([term(i + 1, char) for i, char in enumerate(chars) if i != hole])
    return "".join([*chars[:hole], completion(hole + 1, rest), *chars[hole + 1 :]])


def accepted(text: str) -> bool:
    return check_character(text[:14]) == text[14]


# Known values.

# fmt: off
GOOD = (  # published, and right
    "NN123ABCDEFGHIT", "FRXYZ1234567892", "ITA1B2C3E4F5G64", "ESZU8WOX834H1DR",
    "PT73902837ABCZZ", "DE83DUIEN83QGZD", "DE8AA0012345670", "NLTNM000122045U",
    "NLTNM000722345X", "NLTNMC00122045K",
)
WRONG = (  # the check character that was published, and the one that the algorithm gives
    ("DE-8AA-CA2B3C4D5", "N", "L"), ("DE-8AA-00123A563", "N", "M"),
    ("DE-8AA-C0123A563", "N", "R"), ("DE-8EO-CAet5e4XY", "3", "T"),
    ("DE-8EO-CAet5e43X", "1", "9"), ("DE-DCB-C12345678", "X", "4"),
    ("DE-ABC-C12345678", "1", "8"),
)
DIN = (
    ("INTNM000071", "9"), ("INTNM000110", "X"), ("INTNM000191", "5"), ("NLTNM122045", "0"),
    ("NLTNM012204", "5"), ("DE8AA123A56", "5"), ("DE8EOAet5e4", "9"),
)
# fmt: on


@pytest.mark.parametrize("text", GOOD)
def test_published_check_characters(text: str) -> None:
    assert check_character(text[:14]) == text[14]
    assert check_character(text[:14].lower()) == text[14]
    assert valid(text)
    for profile in ("iso15118-2", "canonical"):
        assert str(parse_emaid(text, profile)) == text


@pytest.mark.parametrize(("text", "published", "right"), WRONG)
def test_published_but_wrong(text: str, published: str, right: str) -> None:
    """Published check characters that are wrong."""
    assert check_character(text.replace("-", "")) == right
    profile = "emi3" if text[7] == "C" else "iso15118-2"
    written = text if profile == "emi3" else text.replace("-", "")
    separator = "-" if profile == "emi3" else ""
    assert parse_emaid(f"{written}{separator}{right}", profile).check == right
    with pytest.raises(Malformed, match=r"^EMA-9 at character (15|18): ") as refused:
        parse_emaid(f"{written}{separator}{published}", profile)
    assert refused.value.where.endswith(repr(published))


@pytest.mark.parametrize(("text", "digit"), DIN)
def test_published_din_check_digits(text: str, digit: str) -> None:
    assert din_check_digit(text) == digit
    assert parse_emaid(text + digit, "din91286").check == digit


def test_din_check_digit_by_hand() -> None:
    # A is 10 and B is 11, so the decimal digits are 1 0 1 1, eight times 0, and 1: the
    # thirteenth, which weighs 2^12.
    assert (1 + 4 + 8 + 4096) % 11 == 6
    assert din_check_digit("AB000000001") == "6"


def test_one_character_fits() -> None:
    """One character fits and one only."""
    for text in (*GOOD, *(text.replace("-", "").upper() + right for text, _, right in WRONG)):
        assert [char for char in CHARACTERS if valid(text[:14] + char)] == [text[14]]


@given(st.text(CHARACTERS, min_size=14, max_size=14))
def test_the_equation_holds(first14: str) -> None:
    """The check character satisfies the equation."""
    assert valid(first14 + check_character(first14))


@given(st.text(CHARACTERS, min_size=14, max_size=14))
def test_the_fast_form_is_the_plain_one(first14: str) -> None:
    assert closing_character(first14) == check_character(first14)


def test_reading_loads_python_alone() -> None:
    """Reading an identifier waits for neither pydantic nor an edition."""
    script = (
        "import sys; from refimpl import identifiers; "
        "identifiers.parse('DE-8AA-CA2B3C4D5-L'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name for name in done.stdout.split() if name.startswith(("pydantic", "refimpl."))}
    assert {name for name in loaded if "identifiers" not in name} == {
        "refimpl.errors",
        "refimpl.vocabulary",
    }
    assert "refimpl.identifiers.wire" not in loaded


# What the check character catches, and what it does not: every place, every pair of characters.


@pytest.mark.no_cover
@pytest.mark.parametrize("base", [BASE, GOOD[0], GOOD[-1]])
def test_substitutions_are_caught(base: str) -> None:
    """Every substitution is caught."""
    for i in range(15):
        for char in set(CHARACTERS) - {base[i]}:
            assert not accepted(base[:i] + char + base[i + 1 :])


@pytest.mark.no_cover
@pytest.mark.parametrize("distance", range(1, 15))
def test_which_swaps_are_caught(distance: int) -> None:
    # Distances 1 and 2 are the adjacent and the jump transposition.
    passed = 0
    for i in range(15 - distance):
        j = i + distance
        hole = next(place for place in (14, 13, 12) if place not in (i, j))
        for a, b in combinations(CHARACTERS, 2):
            chars = list(BASE)
            chars[i], chars[j] = a, b
            right = list(completed(chars, hole))
            assert accepted("".join(right))
            right[i], right[j] = b, a
            same_q, same_r = (x == y for x, y in zip(q_and_r(a), q_and_r(b), strict=True))
            assert accepted("".join(right)) == (
                (distance in (3, 6, 9, 12) and same_r) or (distance == 8 and same_q)
            )
            passed += accepted("".join(right))
    assert bool(passed) == (distance in (3, 6, 8, 9, 12))


@pytest.mark.no_cover
@pytest.mark.parametrize("distance", [1, 2])
def test_twins_are_caught(distance: int) -> None:
    """Every twin and jump twin is caught."""
    for i in range(15 - distance):
        j = i + distance
        hole = next(place for place in (14, 13, 12, 11) if place not in (i, j))
        for a, b in combinations(CHARACTERS, 2):
            chars = list(BASE)
            chars[i] = chars[j] = a
            right = list(completed(chars, hole))
            assert accepted("".join(right))
            right[i] = right[j] = b
            assert not accepted("".join(right))


@pytest.mark.parametrize("swapped", ["0", "9", "I", "R"])
def test_a_swap_that_passes_by_hand(swapped: str) -> None:
    # 0, 9, I and R have the numbers 0, 9, 18 and 27: the same r, so three places apart they may
    # change places.
    text = completed(list(f"DE8{swapped}AA00123456?"), 14)
    assert parse_emaid(text, "canonical").check == text[14]
    assert accepted(text[:3] + text[6] + text[4:6] + text[3] + text[7:])


# Text to parts and back.

Read = Callable[[str, str], Emaid | EvseId]


def refusal(read: Read, text: str, profile: str) -> Malformed | None:
    try:
        read(text, profile)
    except Malformed as error:
        return error
    return None


READ_EMAIDS = (
    ("NL-TNM-C00122045-K", "emi3", Emaid("NL", "TNM", "C00122045", "K")),
    ("nl-TNm-c00122045-k", "emi3", Emaid("NL", "TNM", "C00122045", "K")),
    ("NLTNMC00122045", "emi3", Emaid("NL", "TNM", "C00122045")),
    ("NL-TNM-C00122045", "emi3", Emaid("NL", "TNM", "C00122045")),
    ("NLTNMC00122045K", "oicp", Emaid("NL", "TNM", "C00122045", "K")),
    ("nlTNM-C00122045k", "oicp", Emaid("NL", "TNM", "C00122045", "K")),
    ("NLTNM000122045", "iso15118-2", Emaid("NL", "TNM", "000122045")),
    ("NLTNM000122045U", "canonical", Emaid("NL", "TNM", "000122045", "U")),
    (
        "NN123ABCDEFGHIT",
        "iso15118-2",
        Emaid("NN", "123", "ABCDEFGHI", "T"),
    ),  # no such country: not a register
    ("NL-TNM-000122045-U", "ochp-1.4", Emaid("NL", "TNM", "000122045", "U")),
    ("de-8aa-00123a563", "ochp-1.4", Emaid("DE", "8AA", "00123A563")),
    ("NL-TNM-E00122045", "ochp-1.4", Emaid("NL", "TNM", "E00122045")),
    ("NLTNMC00122045K", "ochp-1.4", Emaid("NL", "TNM", "C00122045", "K")),
    ("NL-TNM-122045-0", "din91286", Emaid("NL", "TNM", "122045", "0")),
    ("NL*TNM*122045*0", "din91286", Emaid("NL", "TNM", "122045", "0")),
    ("nltnm1220450", "din91286", Emaid("NL", "TNM", "122045", "0")),
    ("NL*TNM-122045-0", "din91286", Emaid("NL", "TNM", "122045", "0")),
    ("INTNM000110x", "din91286", Emaid("IN", "TNM", "000110", "X")),
)
READ_EVSE_IDS = (
    ("FR*A23*E45B*78C", "emi3", EvseId("FR", "A23", "45B78C")),
    ("DE*AB7*E840*6487", "emi3", EvseId("DE", "AB7", "8406487")),
    ("DEAB7E8406487", "emi3", EvseId("DE", "AB7", "8406487")),
    ("de*ab7e8406487", "emi3", EvseId("DE", "AB7", "8406487")),
    ("deab7e8406487", "emi3", EvseId("DE", "AB7", "8406487")),
    ("DEAB7*E8406487*", "emi3", EvseId("DE", "AB7", "8406487")),
    ("DE*ICE*E45B*78C", "iso15118-2", EvseId("DE", "ICE", "45B78C")),
    ("DEAB7E1", "iso15118-2", EvseId("DE", "AB7", "1")),
    ("DE*AB7*E" + "1" * 29, "iso15118-2", EvseId("DE", "AB7", "1" * 29)),  # 37 as written
    ("DEAB7E" + "1" * 31, "iso15118-2", EvseId("DE", "AB7", "1" * 31)),
    (
        "DE*AB7*E1234567890ABCDEFGHIJ1234567890",
        "emi3",
        EvseId("DE", "AB7", "1234567890ABCDEFGHIJ1234567890"),
    ),
    ("DE*AB7*E" + "1" * 31, "emi3", EvseId("DE", "AB7", "1" * 31)),
    ("DE*DES*E*BMW*0113*2", "oicp", EvseId("DE", "DES", "BMW01132")),
    ("DE*ICE*E*1234567890*1", "oicp", EvseId("DE", "ICE", "12345678901")),
    ("de*ab7*Eab" + "*" * 28, "oicp", EvseId("DE", "AB7", "AB")),
    ("DEAB7E8406487", "canonical", EvseId("DE", "AB7", "8406487")),
    ("+49*810*000*438", "din91286", EvseId("+49", "810", "000*438")),
    ("49*810*000*438", "din91286", EvseId("+49", "810", "000*438")),
    ("1*810548**1", "din91286", EvseId("+1", "810548", "*1")),
    ("+49*810*1", "din91286", EvseId("+49", "810", "1")),
    ("+423*810548*" + "7" * 32, "din91286", EvseId("+423", "810548", "7" * 32)),
)


@pytest.mark.parametrize(("text", "profile", "emaid"), READ_EMAIDS)
def test_emaids_that_are_read(text: str, profile: str, emaid: Emaid) -> None:
    assert parse_emaid(text, profile) == emaid
    assert parse(text, profile) == emaid
    assert emaid.din == (profile == "din91286")


@pytest.mark.parametrize(("text", "profile", "evse_id"), READ_EVSE_IDS)
def test_evse_ids_that_are_read(text: str, profile: str, evse_id: EvseId) -> None:
    assert parse_evse_id(text, profile) == evse_id
    assert parse(text, profile) == evse_id
    assert evse_id.din == (profile == "din91286")


def test_what_is_written() -> None:
    assert str(Emaid("NL", "TNM", "C00122045", "K")) == "NLTNMC00122045K"
    assert format_emaid(Emaid("NL", "TNM", "C00122045")) == "NL-TNM-C00122045"
    assert format_emaid(Emaid("NL", "TNM", "122045", "0"), "*") == "NL*TNM*122045*0"
    assert format_emaid(Emaid("NL", "TNM", "C00122045"), "*") == "NL-TNM-C00122045"
    assert str(EvseId("DE", "AB7", "8406487")) == "DEAB7E8406487"
    assert format_evse_id(EvseId("DE", "AB7", "8406487")) == "DE*AB7*E8406487"
    assert format_evse_id(EvseId("DE", "AB7", "8406487"), "") == "DEAB7E8406487"
    for written in (
        str(EvseId("+49", "810", "000*438")),
        format_evse_id(EvseId("+49", "810", "000*438"), ""),
    ):
        assert written == "+49*810*000*438"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NLTNMC00122045K", Emaid),
        ("DE8AACE1234567", Emaid),
        (
            "DEAB7E12345678",
            EvseId,
        ),  # could be an EMAID of iso15118-2: see the docstring of parse
        ("DE*AB7*E1", EvseId),
    ],
)
def test_what_a_text_looks_like(text: str, kind: type) -> None:
    assert type(parse(text)) is kind


@pytest.mark.parametrize(
    ("text", "profile", "rule_id"),
    [
        ("NL*TNM*840*6487", "emi3", "EVS-8"),  # no E, but asterisks
        ("NL*TNM*C00122045*K", "emi3", "EMA-3"),  # a C, in spite of asterisks
        ("NL-TNM-E00122045", "emi3", "EVS-3"),  # an E, in spite of hyphens
        ("BE-BEC-E041503003", "ochp-1.4", "EVS-3"),
        ("ZZ00000", "emi3", "EVS-8"),  # too short for an EMAID
        ("ZZ000", "emi3", "EMA-4"),  # for both
        ("DE*AB7*E840-6487", "emi3", "EVS-3"),
        ("", "emi3", "EMA-4"),
        ("+49*810*000*438", "emi3", "EVS-2"),
        ("", "din91286", "EMA-4"),
        ("+", "din91286", "EVS-3"),
        ("4", "din91286", "EVS-3"),
        ("DE*8EO*Eet5e4*3", "din91286", "EMA-9"),
    ],
)
def test_whose_rule_a_text_breaks(text: str, profile: str, rule_id: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text, profile)
    assert refused.value.rule_id == rule_id


def emaids(profile: str) -> st.SearchStrategy[Emaid]:
    """EMAIDs a profile allows, made by hand of what it says."""
    din, typed, asked = (
        profile == "din91286",
        profile in ("emi3", "oicp"),
        profile in ("din91286", "oicp"),
    )
    country = st.text(CHARACTERS[10:], min_size=2, max_size=2)
    provider = st.text(CHARACTERS, min_size=3, max_size=3)
    width = 6 if din else 8 if typed else 9
    instance = st.text(CHARACTERS, min_size=width, max_size=width).map(
        lambda text: "C" * typed + text
    )

    def finished(country: str, provider: str, instance: str, with_check: bool) -> Emaid:
        text = country + provider + instance
        check = din_check_digit(text) if din else completed([*text, "?"], 14)[14]
        return Emaid(country, provider, instance, check if with_check or asked else None)

    return st.builds(finished, country, provider, instance, st.booleans())


def evse_ids(profile: str) -> st.SearchStrategy[EvseId]:
    """EVSE IDs a profile allows, made by hand of what it says."""
    if profile == "din91286":
        country = st.integers(1, 999).map(lambda code: f"+{code}")
        outlet = st.text("0123456789*", min_size=1, max_size=32).filter(
            lambda text: text.strip("*")
        )
        return st.builds(EvseId, country, st.text(digits, min_size=3, max_size=6), outlet)
    letters, longest = (
        st.text(CHARACTERS[10:], min_size=2, max_size=2),
        29 if profile == "iso15118-2" else 30,
    )
    outlet = st.text(CHARACTERS, min_size=1, max_size=longest)
    return st.builds(EvseId, letters, st.text(CHARACTERS, min_size=3, max_size=3), outlet)


EMAID_SEPARATORS: dict[str, tuple[Literal["-", "*", ""], ...]] = {
    "iso15118-2": ("",),
    "emi3": ("-", ""),
    "ochp-1.4": ("-", ""),
    "oicp": ("-", ""),
    "din91286": ("-", "*", ""),
    "canonical": ("",),
}
EVSE_ID_SEPARATORS: dict[str, tuple[Literal["*", ""], ...]] = {
    **dict.fromkeys(("iso15118-2", "emi3", "ochp-1.4", "oicp", "din91286"), ("*", "")),
    "canonical": ("",),
}


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.data())
def test_round_trip(profile: str, data: st.DataObject) -> None:
    """What is written is read again."""
    emaid = data.draw(emaids(profile))
    for separator in EMAID_SEPARATORS[profile]:
        assert parse_emaid(format_emaid(emaid, separator), profile) == emaid
    evse_id = data.draw(evse_ids(profile))
    for mark in EVSE_ID_SEPARATORS[profile]:
        assert parse_evse_id(format_evse_id(evse_id, mark), profile) == evse_id
    if profile != "din91286":
        assert parse_emaid(str(emaid), "canonical") == emaid
        assert parse_evse_id(str(evse_id), "canonical") == evse_id


MARKS: tuple[Literal["-", "*", ""], ...] = ("-", "*", "")


def readings(text: str) -> Iterator[Emaid]:
    """What each profile that reads a text reads in it."""
    for profile in PROFILES:
        with suppress(Malformed):
            yield parse_emaid(text, profile)


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.data())
def test_what_is_written_some_profile_reads(profile: str, data: st.DataObject) -> None:
    """Whatever the model writes of an EMAID, migrated or not, it reads by one of its profiles."""
    emaid = data.draw(emaids(profile))
    written = [emaid]
    if emaid.din:
        written += [migrate_din(emaid, convention) for convention in MIGRATIONS]
    for one in written:
        for mark in MARKS:
            assert one in readings(format_emaid(one, mark))


# What is refused, by which rule, at which character.

REFUSED_EMAIDS = (
    # too long to be looked at: whatever else is wrong with it
    ("A" * 65, "emi3", "EMA-1", "character 65: 'A'"),
    (" " * 400, "iso15118-2", "EMA-1", "character 65: ' '"),
    # stray characters
    (" NL-TNM-C00122045-K", "emi3", "EMA-2", "character 1: ' '"),
    ("NL-TNM-C00122045-K\n", "emi3", "EMA-2", r"character 19: '\n'"),
    ("NL TNM C00122045 K", "emi3", "EMA-2", "character 3: ' '"),
    ("NL_TNM_C00122045_K", "emi3", "EMA-2", "character 3: '_'"),
    ("+LTNMC00122045K", "emi3", "EMA-2", "character 1: '+'"),
    ("NL-TNM-C00122045-\x00", "emi3", "EMA-2", r"character 18: '\x00'"),
    (
        "NLTNMC0012204\u0131K",
        "emi3",
        "EMA-2",
        r"character 14: '\u0131'",
    ),  # dotless i, whose upper case is I
    (
        "NLTNMC0012204\u017fK",
        "emi3",
        "EMA-2",
        r"character 14: '\u017f'",
    ),  # long s, whose upper case is S
    (
        "NLTNMC0012204\u00dfK",
        "emi3",
        "EMA-2",
        r"character 14: '\xdf'",
    ),  # sharp s, whose upper case is SS
    ("\uff2eLTNMC00122045K", "emi3", "EMA-2", r"character 1: '\uff2e'"),  # a full-width N
    ("NLTNMC0012204\uff15K", "emi3", "EMA-2", r"character 14: '\uff15'"),  # a full-width 5
    ("NLTNMC0012204\u0665K", "emi3", "EMA-2", r"character 14: '\u0665'"),  # an Arabic 5
    ("NLTN\u0301MC00122045K", "emi3", "EMA-2", r"character 5: '\u0301'"),  # an accent by itself
    ("\ud800LTNMC00122045K", "emi3", "EMA-2", r"character 1: '\ud800'"),  # half a character
    (
        "NL\u2010TNM\u2010C00122045",
        "emi3",
        "EMA-2",
        r"character 3: '\u2010'",
    ),  # a hyphen, but not that one
    ("{}TNMC00122045K", "emi3", "EMA-2", "character 1: '{'"),
    # separators
    ("DE*ABC*C12345678*8", "emi3", "EMA-3", "character 3: '*'"),  # the help page of a vendor
    ("NL-TNM-000122045-U", "iso15118-2", "EMA-3", "character 3: '-'"),
    ("NL-TNM-000122045-U", "canonical", "EMA-3", "character 3: '-'"),
    ("NL-TNMC00122045-K", "emi3", "EMA-3", "character 7: 'C'"),
    ("NL-TNM000122045-U", "ochp-1.4", "EMA-3", "character 7: '0'"),
    ("NL-TNM-000122045U", "ochp-1.4", "EMA-3", "character 17: 'U'"),
    ("NL-TNM-C00122045K", "emi3", "EMA-3", "character 17: 'K'"),
    ("NLTNM-C00122045K", "emi3", "EMA-3", "character 3: 'T'"),
    ("NLTNMC00122045-K", "emi3", "EMA-3", "character 3: 'T'"),
    ("NLTN-MC00122045K", "oicp", "EMA-3", "character 5: '-'"),
    ("NLTNMC-00122045K", "oicp", "EMA-3", "character 7: '-'"),
    ("NL--TNMC00122045K", "oicp", "EMA-3", "character 4: '-'"),
    ("-NLTNMC00122045K", "oicp", "EMA-3", "character 1: '-'"),
    ("NLTNMC00122045-", "oicp", "EMA-3", "character 15: '-'"),
    ("NL-TNM-C00122045-", "emi3", "EMA-3", "character 17: '-'"),
    ("NL-TNM-C00122045-K-", "emi3", "EMA-3", "character 19: '-'"),
    ("NL-", "emi3", "EMA-3", "character 3: '-'"),
    ("NL-TNM-12-2045-0", "din91286", "EMA-3", "character 10: '-'"),
    # length
    ("A" * 64, "emi3", "EMA-4", "character 16: 'A'"),
    ("", "emi3", "EMA-4", "character 1: end of text"),
    ("NL", "emi3", "EMA-4", "character 3: end of text"),
    ("NL-TNM", "emi3", "EMA-4", "character 7: end of text"),
    ("NLTNMC0012204", "emi3", "EMA-4", "character 14: end of text"),
    (
        "DE8ACC12E456L89Y",
        "emi3",
        "EMA-4",
        "character 16: 'Y'",
    ),  # a published example, one character too long
    ("DE-8AC-C12E456L8-9Y", "emi3", "EMA-4", "character 19: 'Y'"),
    ("NLTNM00012204", "iso15118-2", "EMA-4", "character 14: end of text"),
    ("NLTNM000122045UU", "canonical", "EMA-4", "character 16: 'U'"),
    ("NLTNM00012204", "canonical", "EMA-4", "character 14: end of text"),
    ("NLTNM12204", "din91286", "EMA-4", "character 11: end of text"),
    ("NLTNM12204500", "din91286", "EMA-4", "character 13: '0'"),
    # lower case
    ("nLTNM000122045U", "iso15118-2", "EMA-5", "character 1: 'n'"),
    ("NLtNM000122045U", "iso15118-2", "EMA-5", "character 3: 't'"),
    ("NLTNMc00122045K", "canonical", "EMA-5", "character 6: 'c'"),
    ("NLTNM000122045u", "canonical", "EMA-5", "character 15: 'u'"),
    ("NLTNMc00122045K", "oicp", "EMA-5", "character 6: 'c'"),
    # country
    ("1LTNMC00122045", "emi3", "EMA-6", "character 1: '1'"),
    ("n1-TNM-C00122045", "emi3", "EMA-6", "character 2: '1'"),
    ("N1TNM000122045", "iso15118-2", "EMA-6", "character 2: '1'"),
    ("4LTNM1220450", "din91286", "EMA-6", "character 1: '4'"),
    # type
    ("NLTNM000122045U", "emi3", "EMA-7", "character 6: '0'"),
    ("NL-TNM-000122045-U", "oicp", "EMA-7", "character 8: '0'"),
    # no check character
    ("NL-TNM-C00122045", "oicp", "EMA-8", "character 17: end of text"),
    ("NLTNM122045", "din91286", "EMA-8", "character 12: end of text"),
    # another check character
    ("NLTNM000122045X", "iso15118-2", "EMA-9", "character 15: 'X'"),
    ("DE-8AA-CA2B3C4D5-N", "emi3", "EMA-9", "character 18: 'N'"),  # from OCHP
    ("DE-8EO-CAet5e4XY-3", "oicp", "EMA-9", "character 18: '3'"),  # from OICP
    ("DE-8AA-123A56-3", "din91286", "EMA-9", "character 15: '3'"),  # from OCHP and eMI3
    ("DE*8EO*Aet5e4*3", "din91286", "EMA-9", "character 15: '3'"),  # from OICP
    ("INTNM000110Y", "din91286", "EMA-9", "character 12: 'Y'"),
)
REFUSED_EVSE_IDS = (
    ("DE*AB7*E" + "1" * 57, "emi3", "EVS-1", "character 65: '1'"),
    ("+49*810*" + "1" * 392, "din91286", "EVS-1", "character 65: '1'"),
    ("DE*AB7*E840 6487", "emi3", "EVS-2", "character 12: ' '"),
    ("DE*AB7*E\u00c9", "oicp", "EVS-2", r"character 9: '\xc9'"),
    ("+49*810*000*438", "oicp", "EVS-2", "character 1: '+'"),
    ("+49*810*000#438", "din91286", "EVS-2", "character 12: '#'"),
    # separators
    ("DE-AB7-E840", "emi3", "EVS-3", "character 3: '-'"),
    ("DE*AB7*E840-6487", "emi3", "EVS-3", "character 12: '-'"),
    ("D*EAB7E840", "emi3", "EVS-3", "character 2: '*'"),
    ("DE*A*B7E840", "emi3", "EVS-3", "character 5: '*'"),
    ("DE**AB7E840", "emi3", "EVS-3", "character 4: '*'"),
    ("DE*AB7**E840", "emi3", "EVS-3", "character 8: '*'"),
    ("DE*AB7*", "emi3", "EVS-3", "character 7: '*'"),
    ("DE*AB7E840", "canonical", "EVS-3", "character 3: '*'"),
    ("DEAB7E840*6487", "canonical", "EVS-3", "character 10: '*'"),
    ("+49", "din91286", "EVS-3", "character 4: end of text"),
    ("+49*810", "din91286", "EVS-3", "character 8: end of text"),
    ("+49*810*", "din91286", "EVS-3", "character 8: '*'"),
    ("+49**810*1", "din91286", "EVS-3", "character 5: '*'"),
    ("+49-810-000", "din91286", "EVS-3", "character 4: '-'"),
    # length
    ("DE", "emi3", "EVS-4", "character 3: end of text"),
    ("DEAB7", "emi3", "EVS-4", "character 6: end of text"),
    ("DEAB7E", "emi3", "EVS-4", "character 7: end of text"),
    ("DE*AB7*E" + "7" * 32, "emi3", "EVS-4", "character 40: '7'"),
    ("DE*AB7*E" + "7" * 31, "oicp", "EVS-4", "character 39: '7'"),
    ("DE*AB7*E" + "1" * 30, "iso15118-2", "EVS-4", "character 38: '1'"),
    ("DEAB7E" + "7" * 32, "canonical", "EVS-4", "character 38: '7'"),
    ("*810*1", "din91286", "EVS-4", "character 1: '*'"),
    ("+*810*1", "din91286", "EVS-4", "character 2: '*'"),
    ("+1234*810*1", "din91286", "EVS-4", "character 5: '4'"),
    ("+49*81*1", "din91286", "EVS-4", "character 7: '*'"),
    ("+49*8101234*1", "din91286", "EVS-4", "character 11: '4'"),
    ("+49*810*" + "1" * 33, "din91286", "EVS-4", "character 41: '1'"),
    # lower case
    ("dEAB7E840", "iso15118-2", "EVS-5", "character 1: 'd'"),
    ("DEAB7e840", "iso15118-2", "EVS-5", "character 6: 'e'"),
    ("DEAb7E840", "canonical", "EVS-5", "character 4: 'b'"),
    ("DEAB7E84a", "canonical", "EVS-5", "character 9: 'a'"),
    ("DE*AB7*e840", "oicp", "EVS-5", "character 8: 'e'"),
    # parts
    ("D3*AB7*E840", "emi3", "EVS-6", "character 2: '3'"),
    ("4A*810*000", "din91286", "EVS-6", "character 2: 'A'"),
    ("++9*810*000", "din91286", "EVS-6", "character 2: '+'"),
    ("+49*AB7*840", "din91286", "EVS-7", "character 5: 'A'"),
    ("+49*81+*840", "din91286", "EVS-7", "character 7: '+'"),
    ("NL*TNM*840*6487", "emi3", "EVS-8", "character 8: '8'"),
    ("DE*AB7*P840", "emi3", "EVS-8", "character 8: 'P'"),  # the pool, not the EVSE
    ("DE*DES*E*BMW*0113*2", "emi3", "EVS-9", "character 9: '*'"),  # in the field nevertheless
    ("DE*ICE*E*1234567890*1", "iso15118-2", "EVS-9", "character 9: '*'"),
    ("DE*AB7*E*", "oicp", "EVS-9", "character 10: end of text"),
    ("+49*645*E840*6487", "din91286", "EVS-9", "character 9: 'E'"),
    ("+49*645*840*6487E", "din91286", "EVS-9", "character 17: 'E'"),
    ("+49*645**8E", "din91286", "EVS-9", "character 11: 'E'"),
    ("+49*645**", "din91286", "EVS-9", "character 10: end of text"),
)


@pytest.mark.parametrize(("text", "profile", "rule_id", "where"), REFUSED_EMAIDS)
def test_emaids_that_are_refused(text: str, profile: str, rule_id: str, where: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_emaid(text, profile)
    assert (refused.value.rule_id, refused.value.where) == (rule_id, where)


@pytest.mark.parametrize(("text", "profile", "rule_id", "where"), REFUSED_EVSE_IDS)
def test_evse_ids_that_are_refused(text: str, profile: str, rule_id: str, where: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_evse_id(text, profile)
    assert (refused.value.rule_id, refused.value.where) == (rule_id, where)


def test_every_rule_is_broken() -> None:
    """Every rule of a text is broken above."""
    assert {row[2] for row in REFUSED_EMAIDS} == {f"EMA-{n}" for n in range(1, 10)}
    assert {row[2] for row in REFUSED_EVSE_IDS} == {f"EVS-{n}" for n in range(1, 10)}


@pytest.mark.parametrize(
    ("text", "profile", "rule_id"),
    [  # each text breaks the rule named and a later one, mostly the next
        ("\u00a0" * 65, "emi3", "EMA-1"),
        ("NL*TN\u00a0C00122045K", "emi3", "EMA-2"),
        ("NL*TNMC00122045KK", "emi3", "EMA-3"),
        ("nLTNM000122045UU", "canonical", "EMA-4"),
        ("1lTNM000122045U", "canonical", "EMA-5"),
        ("1LTNM000122045U", "emi3", "EMA-6"),
        ("1LTNM122045", "din91286", "EMA-6"),
        ("NLTNM000122045", "oicp", "EMA-7"),
        ("NLTNM000122045X", "emi3", "EMA-7"),
        ("\u00a0" * 65, "emi3", "EVS-1"),
        ("D*E\u00a0", "emi3", "EVS-2"),
        ("D*E", "emi3", "EVS-3"),
        ("deAB7E", "canonical", "EVS-4"),
        ("1eAB7E1", "canonical", "EVS-5"),
        ("A9*A10*1", "din91286", "EVS-6"),
        ("D1*AB7*P*1", "emi3", "EVS-6"),
        ("+49*A10*E", "din91286", "EVS-7"),
        ("DE*AB7*P*1", "emi3", "EVS-8"),
    ],
)
def test_first_broken_rule(text: str, profile: str, rule_id: str) -> None:
    """The first broken rule is named."""
    with pytest.raises(Malformed) as refused:
        (parse_emaid if rule_id.startswith("EMA") else parse_evse_id)(text, profile)
    assert refused.value.rule_id == rule_id


def test_order_of_the_rules() -> None:
    """The order is the order of the numbers."""
    assert [rule_id for rule_id, _ in EMAID_ORDER] == [f"EMA-{n}" for n in range(1, 10)]
    assert [rule_id for rule_id, _ in EVSE_ID_ORDER] == [f"EVS-{n}" for n in range(1, 10)]


@contextmanager
def cheaply() -> Iterator[None]:
    """Without a look at every character, which takes seconds, and without a copy of them."""
    tracemalloc.start()
    started = perf_counter()
    try:
        yield
        assert perf_counter() - started < 1
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("read", [parse_emaid, parse_evse_id, parse])
def test_endless_text(read: Callable[[str, str], object]) -> None:
    """An endless text is refused at once."""
    text = "NL-TNM*E" * (50_000_000 // 8)
    with cheaply():
        for profile in PROFILES:
            with pytest.raises(Malformed) as refused:
                read(text, profile)
            assert refused.value.rule_id in ("EMA-1", "EVS-1")
            assert refused.value.where == "character 65: 'N'"


@given(
    st.text() | st.text(ascii_letters + digits + "-*+ ", max_size=70),
    st.sampled_from(sorted(PROFILES)),
)
@example("DEAB7E\u0130", "emi3")  # a capital I with a dot
def test_any_text(text: str, profile: str) -> None:
    """Any text is read or refused with a rule and a place."""
    for read, prefix in ((parse_emaid, "EMA-"), (parse_evse_id, "EVS-"), (parse, "E")):
        if error := refusal(read, text, profile):
            place = re.fullmatch("character ([0-9]+): (.+)", error.where)
            assert place
            number = int(place[1])
            assert place[2] == (
                ascii(text[number - 1]) if number <= len(text) else "end of text"
            )
            assert number <= len(text) + 1
            assert error.rule_id.startswith(prefix)
        else:
            value = read(text, profile)
            assert re.fullmatch("[A-Z0-9]+|[+*0-9]+", str(value))
            assert read(str(value), "din91286" if value.din else "canonical") == value


# The expressions others publish, as a second reader.  Mended: OCHP's for contract ids names a
# group that does not exist and asks for a character too many, OICP's takes a bar for a check
# digit, and in both an outlet may be asterisks only.

# fmt: off
EXPRESSIONS = (
    (parse_emaid, "emi3",
     r"[A-Za-z]{2}(-?)[A-Za-z0-9]{3}\1[Cc][A-Za-z0-9]{8}(\1[A-Za-z0-9])?"),
    (parse_emaid,   "oicp",     r"[A-Za-z]{2}-?[A-Za-z0-9]{3}-?C[A-Za-z0-9]{8}-?[0-9A-Za-z]"),
    (parse_emaid, "din91286",
     r"[A-Za-z]{2}[*-]?[A-Za-z0-9]{3}[*-]?[A-Za-z0-9]{6}[*-]?[0-9Xx]"),
    (parse_evse_id, "emi3",
     r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?[Ee][A-Za-z0-9][A-Za-z0-9*]{0,30}"),
    (parse_evse_id, "oicp",
     r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?E(?=\**[A-Za-z0-9])[A-Za-z0-9*]{1,30}"),
    (parse_evse_id, "din91286", r"\+?[0-9]{1,3}\*[0-9]{3,6}\*(?=\**[0-9])[0-9*]{1,32}"),
)
# fmt: on


def check_is_right(text: str) -> bool:
    """What an expression cannot say."""
    plain = re.sub("[*-]", "", text).upper()
    return (
        valid(plain)
        if len(plain) == 15
        else len(plain) == 14 or din_check_digit(plain[:11]) == plain[11]
    )


@st.composite
def spoilt(draw: st.DrawFn, identifiers: st.SearchStrategy[Emaid | EvseId]) -> str:
    """An identifier in some writing, with up to two characters added, gone or replaced."""
    one, bare = draw(identifiers), draw(st.booleans())
    if isinstance(one, Emaid):
        text = format_emaid(one, "" if bare else draw(st.sampled_from("-*")))
    else:
        text = format_evse_id(one, "" if bare else "*")
    text = draw(
        st.sampled_from((text, text.lower(), text.replace("*", "*1*"), text.removeprefix("+")))
    )
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + draw(st.sampled_from(("", *"-*+CEce1X ")))
            + text[at + draw(st.integers(0, 1)) :]
        )
    return text


@pytest.mark.parametrize(("read", "profile", "expression"), EXPRESSIONS)
@given(data=st.data())
def test_published_expressions(
    read: Read, profile: str, expression: str, data: st.DataObject
) -> None:
    """What is read is what the published expression matches."""
    text = data.draw(spoilt(emaids(profile) if read is parse_emaid else evse_ids(profile)))
    matches = re.fullmatch(expression, text) and (read is parse_evse_id or check_is_right(text))
    assert bool(matches) == (refusal(read, text, profile) is None)


# The functions under the reader.


@pytest.mark.parametrize(
    ("function", "length"),
    [(check_character, 14), (din_check_digit, 11)],
    ids=["check_character", "din_check_digit"],
)
def test_uncountable_characters(function: Callable[[str], str], length: int) -> None:
    """Check functions refuse what they cannot count."""
    for text, rule_id, where in (
        ("A" * (length - 1), "EMA-4", f"character {length}: end of text"),
        ("A" * (length + 1), "EMA-4", f"character {length + 1}: 'A'"),
        ("", "EMA-4", "character 1: end of text"),
        ("AB-" + "A" * length, "EMA-2", "character 3: '-'"),
        ("A" * (length - 1) + "\u0131", "EMA-2", rf"character {length}: '\u0131'"),
        ("A" * length + " ", "EMA-2", f"character {length + 1}: ' '"),
        ("A" * 50_000_000, "EMA-4", f"character {length + 1}: 'A'"),
    ):
        with cheaply(), pytest.raises(Malformed) as refused:
            function(text)
        assert (refused.value.rule_id, refused.value.where) == (rule_id, where)


MIGRATED = (
    ("NL-TNM-012204-5", "ochp-1.4", "NLTNM000122045U"),
    ("NL-TNM-012204-5", "emi3", "NLTNMC00122045K"),
    ("DE-8AA-123A56-5", "ochp-1.4", "DE8AA00123A565"),
    ("DE-8AA-123A56-5", "emi3", "DE8AAC0123A565"),
)


@pytest.mark.parametrize(("text", "convention", "migrated"), MIGRATED)
def test_a_din_identifier_migrates(text: str, convention: str, migrated: str) -> None:
    emaid = migrate_din(parse_emaid(text, "din91286"), convention)
    assert str(emaid).startswith(migrated)
    assert valid(str(emaid))
    assert not emaid.din


def test_migration_without_digit() -> None:
    """A DIN identifier without its digit migrates alike."""
    for convention in MIGRATIONS:
        with_digit, without = Emaid("NL", "TNM", "012204", "5"), Emaid("NL", "TNM", "012204")
        assert migrate_din(with_digit, convention) == migrate_din(without, convention)


@pytest.mark.parametrize(
    ("call", "rule_id", "where"),
    [
        (
            lambda: parse_emaid("", "iso15118-20"),
            "IDP-1",
            "profile 'iso15118-20', the model holds iso15118-2, emi3, ",
        ),
        (lambda: parse_evse_id("", "EMI3"), "IDP-1", "profile 'EMI3', "),
        (lambda: parse("", "\n" * 99), "IDP-1", "profile '" + "\\n" * 24 + "', "),
        (
            lambda: migrate_din(Emaid("NL", "TNM", "012204"), "c0"),
            "IDP-2",
            "convention 'c0', the model holds ochp-1.4, ",
        ),
        (
            lambda: migrate_din(Emaid("NL", "TNM", "012204"), "x" * 99),
            "IDP-2",
            "convention '" + "x" * 24 + "', ",
        ),
        (
            lambda: migrate_din(Emaid("NL", "TNM", "C00122045"), "emi3"),
            "IDP-3",
            "instance of 9 characters",
        ),
    ],
)
def test_misuse(call: Callable[[], object], rule_id: str, where: str) -> None:
    with pytest.raises(Misuse) as refused:
        call()
    assert refused.value.rule_id == rule_id
    assert refused.value.where.startswith(where)


# The table.


def test_profiles_have_sources() -> None:
    """Each profile says how sure it is and by which source."""
    assert set(PROFILES) == {*ISO_PROFILES, "din91286"}
    for profile in PROFILES.values():
        assert isinstance(profile.basis, Basis)
        assert all(part.partition(": ")[0] in SOURCES for part in profile.source.split("; "))
        assert profile.basis is not Basis.STATED or "model" not in profile.source


@pytest.mark.parametrize("profile", PROFILES)
def test_readable_grammars(profile: str) -> None:
    """Each grammar is one the reader can follow."""
    for grammar in (PROFILES[profile].emaid, PROFILES[profile].evse_id):
        *fixed, _ = grammar.parts
        assert all(part.least == part.most for part in fixed) or grammar.stand == "everywhere"
        assert (grammar.separators == "") == (grammar.stand == "nowhere")
        assert len(grammar.separators) == 1 or grammar.stand != "everywhere"
        assert (
            sum(part.most for part in grammar.parts) + len(grammar.parts) + len(grammar.prefix)
            <= 64
        )


# On the wire.


class Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    emaid: EmaidText
    evse_id: EvseIdText


WIRE_EMAID: TypeAdapter[str] = TypeAdapter(EmaidText)
WIRE_EVSE_ID: TypeAdapter[str] = TypeAdapter(EvseIdText)


@pytest.mark.parametrize("emaid", [*GOOD, "NLTNM000122045"])
@pytest.mark.parametrize(
    "evse_id",
    ["DEAB7E1", "DEAB7E" + "Z" * 31, "+49*810*000*438", "+1*123*1", "+999*123456*" + "9" * 32],
)
def test_wire_is_canonical(emaid: str, evse_id: str) -> None:
    """The wire carries the canonical form."""
    message = Message.model_validate_json(f'{{"emaid": "{emaid}", "evse_id": "{evse_id}"}}')
    assert (message.emaid, message.evse_id) == (emaid, evse_id)


@pytest.mark.parametrize(
    ("wire", "text", "rule_id", "where"),
    [
        *(
            (WIRE_EMAID, text, rule, where)
            for text, profile, rule, where in REFUSED_EMAIDS
            if profile == "canonical"
        ),
        *(
            (WIRE_EVSE_ID, text, rule, where)
            for text, profile, rule, where in REFUSED_EVSE_IDS
            if profile == "canonical"
        ),
        (WIRE_EMAID, "NL" * 200, "EMA-1", "character 65: 'N'"),
        (WIRE_EMAID, "{where}22045K00", "EMA-2", "character 1: '{'"),
        (WIRE_EMAID, "NLTNM000122045U\n", "EMA-2", r"character 16: '\n'"),
        (WIRE_EMAID, "NLTNM000122045\n", "EMA-2", r"character 15: '\n'"),
        (WIRE_EMAID, "1LTNM000122045", "EMA-6", "character 1: '1'"),
        (WIRE_EMAID, "NLTNM000122045X", "EMA-9", "character 15: 'X'"),
        (WIRE_EVSE_ID, "NL" * 200, "EVS-1", "character 65: 'N'"),
        (WIRE_EVSE_ID, "DEAB7E1\n", "EVS-2", r"character 8: '\n'"),
        (WIRE_EVSE_ID, "1EAB7E1", "EVS-6", "character 1: '1'"),
        (WIRE_EVSE_ID, "DEAB7P1", "EVS-8", "character 6: 'P'"),
        (WIRE_EVSE_ID, "49*810*000*438", "EVS-10", "character 1: '4'"),
        (WIRE_EVSE_ID, "49*810*", "EVS-3", "character 7: '*'"),
        (WIRE_EVSE_ID, "+49810000438", "EVS-3", "character 13: end of text"),
        (WIRE_EVSE_ID, "+49*810*" + "1" * 33, "EVS-4", "character 41: '1'"),
        (WIRE_EVSE_ID, "+49*81a*1", "EVS-7", "character 7: 'a'"),
        (WIRE_EVSE_ID, "+49*810***", "EVS-9", "character 11: end of text"),
        (WIRE_EVSE_ID, "+49*810*000*438\n", "EVS-2", r"character 16: '\n'"),
    ],
)
def test_wire_keeps_rule_and_place(
    wire: TypeAdapter[str], text: str, rule_id: str, where: str
) -> None:
    """The wire keeps rule and place."""
    with pytest.raises(ValidationError) as refused:
        wire.validate_python(text)
    (error,) = refused.value.errors()
    assert (error["type"], error["msg"]) == (rule_id, where)


@given(
    spoilt(emaids("canonical") | evse_ids("canonical") | evse_ids("din91286"))
    | st.from_regex(r"\A[A-Z]{2}[A-Z0-9]{12,13}\n?\Z")
)
def test_wire_takes_canonical_only(text: str) -> None:
    """The wire takes what its readers take, as it stands and never in another writing."""
    for wire, read in ((WIRE_EMAID, canonical_emaid), (WIRE_EVSE_ID, parse_carried_evse_id)):
        if rule_id := rule_broken_by(read, text):
            with pytest.raises(ValidationError) as refused:
                wire.validate_python(text)
            assert refused.value.errors()[0]["type"] == rule_id
        else:
            assert wire.validate_python(text) == str(read(text)) == text


def rule_broken_by(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except Malformed as error:
        return error.rule_id
    return ""


def canonical_emaid(text: str) -> Emaid:
    return parse_emaid(text, "canonical")


@given(evse_ids("din91286"))
def test_one_writing_of_din(evse_id: EvseId) -> None:
    """A DIN id is carried with its plus and refused without."""
    assert parse_carried_evse_id(str(evse_id)) == evse_id
    with pytest.raises(Malformed) as refused:
        parse_carried_evse_id(str(evse_id).removeprefix("+"))
    assert refused.value.rule_id == "EVS-10"


@pytest.mark.parametrize(
    ("identifier", "party"),
    [
        ("NLTNMC00122045K", "NLTNM"),
        ("FRA23E45B78C", "FRA23"),
        ("+49*810*000*438", "+49*810"),
        ("+1*123456*7", "+1*123456"),
    ],
)
def test_party(identifier: str, party: str) -> None:
    assert party_of(identifier) == party


@given(evse_ids("din91286") | evse_ids("canonical"), emaids("canonical"))
def test_party_is_issuer(evse_id: EvseId, emaid: Emaid) -> None:
    joined = "*" if evse_id.din else ""
    assert party_of(str(evse_id)) == evse_id.country + joined + evse_id.operator
    assert party_of(str(emaid)) == emaid.country + emaid.provider


def test_schema_shows_patterns() -> None:
    """The schema of a message shows the patterns."""
    properties = Message.model_json_schema()["properties"]
    for name, good, bad in (
        (
            "emaid",
            GOOD,
            ("nltnm000122045", "NLTNM00012204", "NLTNM000122045UU", "1LTNM000122045"),
        ),
        (
            "evse_id",
            ("DEAB7E1", "DEAB7E" + "1" * 31, "+49*810*000*438", "+49*810***4"),
            (
                *("DEAB7E", "DEAB7E" + "1" * 32, "DEAB7P1", "DE*AB7*E1"),
                *("49*810*000*438", "+49*810***", "+49*810*" + "1" * 33, "xx+49*810*1"),
            ),
        ),
    ):
        assert properties[name]["type"] == "string"
        schema = Draft202012Validator(properties[name])
        assert all(schema.is_valid(text) for text in good)
        assert not any(schema.is_valid(text) for text in bad)
