"""What a table of the crosswalk holds: the rows, and nothing that reads them.

A path names members with dots, and a list with brackets:
`charging_periods[].dimensions[].type`.

A file of a protocol makes one `Protocol`: its own types, and of each kind of object the fields
as its owner wrote them, the pairs that say what goes where, and what is left over.
"""

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from refimpl.crosswalk.reading import Json

Card = Literal["1", "?", "*", "+"]
"""How many: one, at most one, any number, or at least one."""
Class = Literal["exact", "form", "derived", "rounded", "widened", "residue", "refused"]
CLASSES: Final[tuple[Class, ...]] = (
    "exact", "form", "derived", "rounded", "widened", "residue", "refused",
)  # fmt: skip
Residue = Literal[
    "correlation", "meter", "money", "parking", "place", "privacy", "signed", "tariff", "text",
    "token",
]  # fmt: skip
Sure = Literal["stated", "implied", "implementer", "ran"]
TypeCheck = Callable[[Json], str]
"""Why a value is not of the type, in words that show nothing of it; empty where it is."""


class Field(NamedTuple):
    """A member as the protocol's own table has it; `type` is a name of `Protocol.types`, or
    `object`.
    """

    path: str
    type: str
    card: Card
    source: str = ""


class Pair(NamedTuple):
    """How a leaf of theirs goes into ours and back; `how` is a name of `codecs.CODECS`.

    With `by_hand` the kind's own functions carry it, for it depends on other leaves; else the
    codec alone does.
    """

    theirs: str
    ours: str
    how: str
    source: str
    sure: Sure = "stated"
    remark: str = ""
    by_hand: bool = False


class Leftover(NamedTuple):
    """What ours has no place for: a path and all below it, and of what kind that is."""

    path: str
    kind: Residue


class Finding(NamedTuple):
    """Where an object breaks its own protocol's text: JSON Pointer, rule, and words."""

    at: str
    rule: str
    says: str


def within(path: str, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of a class of objects, as they stand below a path.

    >>> within("cdr_token", (Field("uid", "CiString(36)", "1"),))
    (Field(path='cdr_token.uid', type='CiString(36)', card='1', source=''),)
    """
    return tuple(field._replace(path=f"{path}.{field.path}") for field in fields)


def by_hand(*pairs: Pair) -> tuple[Pair, ...]:
    """The same pairs, carried by the functions of their kind."""
    return tuple(pair._replace(by_hand=True) for pair in pairs)
