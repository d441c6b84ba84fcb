"""Types of values that tables of several protocols name: what a value is not, in words that
show nothing of it.
"""

import re
from decimal import Decimal

from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import TypeCheck


def text_type(longest: int) -> TypeCheck:
    """A text of characters of any language.

    >>> text_type(3)("abcd")
    '4 characters, at most 3'
    """

    def check(value: Json) -> str:
        if not isinstance(value, str):
            return "no text"
        return "" if len(value) <= longest else f"{len(value)} characters, at most {longest}"

    return check


def pattern_type(pattern: str, says: str) -> TypeCheck:
    """A type whose texts match a regular expression."""
    fits = re.compile(pattern, re.ASCII).fullmatch

    def check(value: Json) -> str:
        return "" if isinstance(value, str) and fits(value) else says

    return check


def enumeration(*names: str) -> TypeCheck:
    """A type of a closed set of words."""
    words = frozenset(names)

    def check(value: Json) -> str:
        if isinstance(value, str) and value in words:
            return ""
        return "not a word of its list"

    return check


def number_fault(value: Json) -> str:
    """Why a value is no number."""
    return "" if type(value) is int or isinstance(value, Decimal) else "no number"


def integer_fault(value: Json) -> str:
    """Why a value is no integer."""
    return "" if type(value) is int else "no integer"


def boolean_fault(value: Json) -> str:
    """Why a value is neither of two."""
    return "" if isinstance(value, bool) else "neither true nor false"
