"""What a neighbouring protocol said besides: carried along, signed and sealed with the rest,
and read by no rule of this model.

An extension is a map from the id of a protocol, such as `ocpi-2.2.1`, to an object of texts,
booleans, lists and objects.  A number in it is written as a decimal text, for a number of JSON
is read differently by different readers.

Rules: EXT-*.
"""

from collections.abc import Iterable
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
    fault = _fault(extension, 0)
    if fault:
        raise PydanticCustomError("EXT-1", "{fault}", {"fault": fault})
    size = len(canonical_json(extension))
    if size > MAX_BYTES:
        found = {"size": size, "most": MAX_BYTES}
        raise PydanticCustomError("EXT-2", "{size} bytes, at most {most}", found)
    return extension


def _fault(value: object, depth: int) -> str:
    """Name what an extension may not hold, or in which order; empty where nothing is wrong."""
    if depth > MAX_DEPTH:
        return f"deeper than {MAX_DEPTH}"
    match value:
        case str() | bool():
            return ""
        case list():
            return _first_fault(value, depth)
        case dict():
            return _fault_of_names(list(value)) or _first_fault(value.values(), depth)
    return "a number is written as a text, and what is absent is left out"


def _first_fault(values: Iterable[object], depth: int) -> str:
    for inner in values:
        if fault := _fault(inner, depth + 1):
            return fault
    return ""


def _fault_of_names(names: list[str]) -> str:
    if not all(name.isascii() for name in names):
        return "a name that is not ASCII"
    return "" if names == sorted(names) else "names that are not sorted"


Extension = Annotated[
    dict[ProtocolId, dict[str, Any]] | None,
    Field(min_length=1),
    AfterValidator(lambda value: value if value is None else _check(value)),
    Member(PrivacyClass.IDENTIFIER, "EXT-1"),
]
"""What a protocol next door said besides, by its id."""
