"""The check character that ends an EMAID, and the check digit that ends a DIN contract
identifier.

A character is a number n from 0 to 35, taken apart into two digits modulo 2, q, and two digits
modulo 3, r.  Fifteen characters are right if the sum of q P1^i is zero modulo 2 and the sum of
r P2^i zero modulo 3, i from 1 to 15.  To see the sums, `views.identifiers.worked`.

Rules: EMA-2, EMA-4.
"""

from collections.abc import Callable, Mapping
from functools import cache
from string import ascii_uppercase, digits
from types import MappingProxyType
from typing import Final

from refimpl.errors import Malformed
from refimpl.identifiers.grammar import PLAIN

Pair = tuple[int, int]
Matrix = tuple[Pair, Pair]

P1: Final[Matrix] = ((0, 1), (1, 1))
P2: Final[Matrix] = ((0, 1), (1, 2))
ZERO: Final = ((0, 0), (0, 0))
CHARACTERS: Final = digits + ascii_uppercase
"""The characters of an identifier, each at the place of its number."""


def pairs_of(char: str) -> tuple[Pair, Pair]:
    """Take a character apart into q, two digits modulo 2, and r, two digits modulo 3.

    >>> pairs_of("Z")
    ((1, 1), (2, 2))
    """
    n = CHARACTERS.index(char)
    return (n // 18, n // 9 % 2), (n // 3 % 3, n % 3)


@cache  # there are 36 x 15 of them
def summand(char: str, place: int) -> tuple[Pair, Pair]:
    """What a character adds to both sums at a place from 1 to 15: q P1^place and r P2^place.

    >>> summand("Z", 14)
    ((0, 1), (0, 1))
    """
    q, r = pairs_of(char)
    for _ in range(place):
        q, r = _times(q, P1, 2), _times(r, P2, 3)
    return q, r


def _times(pair: Pair, matrix: Matrix, modulus: int) -> Pair:
    (a, b), (c, d) = matrix
    return (pair[0] * a + pair[1] * c) % modulus, (pair[0] * b + pair[1] * d) % modulus


def add(sums: tuple[Pair, Pair], more: tuple[Pair, Pair]) -> tuple[Pair, Pair]:
    """Add to both sums, the one modulo 2, the other modulo 3."""
    (q1, q2), (r1, r2) = sums
    (s1, s2), (t1, t2) = more
    return ((q1 + s1) % 2, (q2 + s2) % 2), ((r1 + t1) % 3, (r2 + t2) % 3)


def check_character(first14: str) -> str:
    """The check character of an EMAID, from its first fourteen characters without separators:
    the one that brings both sums to zero.

    Raises `Malformed`: EMA-2 for what is neither letter nor digit, EMA-4 if they are not
    fourteen.

    >>> check_character("DE83DUIEN83QGZ")
    'D'
    """
    sums = ZERO
    for place, char in enumerate(_upper_case(first14, 14), 1):
        sums = add(sums, summand(char, place))
    return next(char for char in CHARACTERS if add(sums, summand(char, 15)) == ZERO)


def din_check_digit(first11: str) -> str:
    """The check digit of a DIN contract identifier, from its first eleven characters without
    separators.

    The numbers of the characters, 0 to 35, are written one after the other; the k-th decimal
    digit from 0 weighs 2^k; the sum is taken modulo 11, and 10 is written X.  Raises as
    `check_character` does.

    >>> din_check_digit("NLTNM012204")
    '5'
    """
    numbers = (str(CHARACTERS.index(char)) for char in _upper_case(first11, 11))
    total = 0
    for place, digit in enumerate("".join(numbers)):
        total += int(digit) * 2**place
    return "0123456789X"[total % 11]


METHODS: Final[Mapping[int, Callable[[str], str]]] = MappingProxyType(
    {14: check_character, 11: din_check_digit}
)
"""How the last character follows from those before, by how many they are."""


def _upper_case(text: str, length: int) -> str:
    for index, char in enumerate(text[: length + 1]):
        if char not in PLAIN:
            raise Malformed("EMA-2", place_of(text, index))
    if len(text) != length:
        raise Malformed("EMA-4", place_of(text, min(len(text), length)))
    return text.upper()


def place_of(text: str, index: int) -> str:
    """A place in a text as an error tells it, counted from 1, with the character that stands
    there.
    """
    found = ascii(text[index]) if index < len(text) else "end of text"
    return f"character {index + 1}: {found}"
