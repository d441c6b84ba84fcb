"""What a neighbouring protocol said besides: carried along, signed and sealed with the rest,
and read by no rule of this model.

An extension is a map from the id of a protocol, such as `ocpi-2.2.1`, to an object of texts,
booleans, lists and objects.  A number in it is written as a decimal text, for a number of JSON
is read differently by different readers.

Rules: EXT-*.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from refimpl.shapes import Member, canonical_json
from refimpl.vocabulary import PrivacyClass

MAX_BYTES: Final = 16_384
"""How long an extension may be, in its canonical form."""
MAX_DEPTH: Final = 16
ProtocolId = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=40)]


def _check(extension: dict[str, Any]) -> dict[str, Any]:
    for place in _not_opaque(extension, 0):
        raise PydanticCustomError("EXT-1", "{place}", {"place": place})
    size = len(canonical_json(extension))
    if size > MAX_BYTES:
        found = {"size": size, "most": MAX_BYTES}
        raise PydanticCustomError("EXT-2", "{size} bytes, at most {most}", found)
    return extension


def _not_opaque(value: object, depth: int) -> Iterator[str]:
    """Name what an extension may not hold, or in which order."""
    if depth > MAX_DEPTH:
        yield f"deeper than {MAX_DEPTH}"
        return
    match value:
        case str() | bool():
            return
        case list():
            for inner in value:
                yield from _not_opaque(inner, depth + 1)
        case dict():
            yield from _not_in_order(value)
            for inner in value.values():
                yield from _not_opaque(inner, depth + 1)
        case _:
            yield "a number is written as a text, and what is absent is left out"


def _not_in_order(members: Mapping[str, object]) -> Iterator[str]:
    names = list(members)
    if not all(name.isascii() for name in names):
        yield "a name that is not ASCII"
    if names != sorted(names):
        yield "names that are not sorted"


Extension = Annotated[
    dict[ProtocolId, dict[str, Any]] | None,
    Field(min_length=1),
    AfterValidator(lambda value: value if value is None else _check(value)),
    Member(PrivacyClass.IDENTIFIER, "EXT-1"),
]
"""What a protocol next door said besides, by its id."""
