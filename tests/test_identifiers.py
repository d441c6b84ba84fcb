"""EMAID and EVSE ID: published values, hand work, and a second way to each answer.

The check character is held against its verification equation, with plain matrix multiplication; the reader against the
regular expressions that neighbouring texts publish, repaired where they are known to be broken.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from refimpl.errors import Malformed, Misuse
from refimpl.identifiers import (
    EMAID_ORDER,
    EVSE_ID_ORDER,
    MIGRATIONS,
    PROFILES,
    Emaid,
    EmaidText,
    EvseId,
    EvseIdText,
    check_character,
    din_check_digit,
    format_emaid,
    format_evse_id,
    migrate_din,
    parse,
    parse_emaid,
    parse_evse_id,
)
from refimpl.vocabulary import Basis

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ISO_PROFILES = ("iso15118-2", "emi3", "oicp", "canonical")
Matrix = tuple[tuple[int, int], tuple[int, int]]


# The second way: the verification equation, over all fifteen characters.


def product(a: Matrix, b: Matrix, modulus: int) -> Matrix:
    (p, q), (r, s) = a
    (t, u), (v, w) = b
    return ((p * t + q * v) % modulus, (p * u + q * w) % modulus), ((r * t + s * v) % modulus, (r * u + s * w) % modulus)


@cache
def power(a: Matrix, exponent: int, modulus: int) -> Matrix:
    return product(power(a, exponent - 1, modulus), a, modulus) if exponent else ((1, 0), (0, 1))


@cache
def q_of(char: str) -> tuple[int, int]:
    n = CHARACTERS.index(char)
    return n // 18, n // 9 % 2


@cache
def r_of(char: str) -> tuple[int, int]:
    n = CHARACTERS.index(char)
    return n // 3 % 3, n % 3


@cache
def contribution(i: int, char: str) -> tuple[int, int, int, int]:
    (a, b), (c, d) = power(((0, 1), (1, 1)), i, 2), power(((0, 1), (1, 2)), i, 3)
    (q1, q2), (r1, r2) = q_of(char), r_of(char)
    return q1 * a + q2 * c, q1 * b + q2 * d, *second(r1, r2, power(((0, 1), (1, 2)), i, 3))


def second(r1: int, r2: int, m: Matrix) -> tuple[int, int]:
    return r1 * m[0][0] + r2 * m[1][0], r1 * m[0][1] + r2 * m[1][1]
