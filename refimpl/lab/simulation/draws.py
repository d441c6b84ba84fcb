"""The dice of a simulation: numbers that follow from a seed, a session and a count.

They are the outputs of SplitMix64 (Steele, Lea and Flood, 2014), which can be taken out of
order: each session has its own stretch of them.  In plain Python and in arrays they are the
same.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORD: Final = 2**64 - 1
"""The largest number that is drawn, and the mask of 64 bits."""
HALF: Final = 2**32 - 1
GAMMA: Final = 0x9E3779B97F4A7C15
MIX_1: Final = 0xBF58476D1CE4E5B9
MIX_2: Final = 0x94D049BB133111EB
A_SESSION: Final = 16
"""The bits of a count: 65,536 numbers belong to each session."""
WHAT, WHO, FIRST_GAP = 0, 1, 2
"""What the numbers of a session decide: its journey and start, its pair, and then, one after
the other, how many transmissions arrive before one is lost.
"""
MOST_GAP: Final = 4096
"""How many transmissions arrive at most before one is lost; no session has so many."""
PRECISION: Final = 53


def word(seed: int, session: int, count: int) -> int:
    """Draw a number of 64 bits: the one of that count for a session.

    With the seed 0 the first is the one that every test of SplitMix64 begins with:

    >>> hex(word(0, 0, 0))
    '0xe220a8397b1dcdaf'
    """
    mixed = (seed + ((session << A_SESSION) + count + 1) * GAMMA) & WORD
    mixed = ((mixed ^ (mixed >> 30)) * MIX_1) & WORD
    mixed = ((mixed ^ (mixed >> 27)) * MIX_2) & WORD
    return mixed ^ (mixed >> 31)


def words(
    seed: int, sessions: "NDArray[np.uint64]", counts: "NDArray[np.uint64] | int"
) -> "NDArray[np.uint64]":
    """Draw a number for each of many sessions, as `word` does."""
    import numpy as np

    unsigned = np.uint64
    places = (sessions << unsigned(A_SESSION)) + np.asarray(counts, dtype=unsigned)
    mixed = unsigned(seed & WORD) + (places + unsigned(1)) * unsigned(GAMMA)
    mixed = (mixed ^ (mixed >> unsigned(30))) * unsigned(MIX_1)
    mixed = (mixed ^ (mixed >> unsigned(27))) * unsigned(MIX_2)
    return mixed ^ (mixed >> unsigned(31))


def gap_limits(lose: float) -> list[int]:
    """The limits that turn a number into how many transmissions arrive before one is lost: as
    many as there are limits not above its upper 53 bits.

    `lose` is the share of transmissions that are lost, from 0 to a half.

    >>> gap_limits(0.5)[:2] == [2**52, 2**52 + 2**51]
    True
    """
    limits: list[int] = []
    arrives = 1.0
    while lose and len(limits) < MOST_GAP:
        arrives *= 1 - lose
        limit = round((1 - arrives) * 2**PRECISION)
        if limit >= 2**PRECISION:
            break
        limits.append(limit)
    return limits


def gap(limits: Sequence[int], drawn: int) -> int:
    """How many transmissions of a session arrive before the next is lost."""
    if not limits:
        return MOST_GAP
    return bisect_right(limits, drawn >> (64 - PRECISION))
