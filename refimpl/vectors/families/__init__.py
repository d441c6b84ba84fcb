"""The families of vectors, a file each: how their operations are answered, written, traced and
searched.

The files of this folder are the families, and each offers `OPERATIONS`, by name.  To add a
family, add its file here, its corpus and its schema; the tests name what else is missing.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.vectors.operation import Operation, refused
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Kind, Role

FAMILIES: Final = tuple(
    sorted(found.name.replace("_", "-") for found in iter_modules(__path__))
)


def _operations() -> Iterator[tuple[str, Operation]]:
    for family in FAMILIES:
        module = import_module(f"{__name__}.{family.replace('-', '_')}")
        yield from module.OPERATIONS.items()


OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(dict(_operations()))
"""Every operation that a vector may ask, by its name."""


def answer(operation: str, edition: Edition, context: Json | None, given: Json) -> Expect:
    """Return what the reference answers to one input in one edition, as under `expect`.

    >>> from refimpl import load
    >>> answer("emaid.check-character", load("2025"), None, {"text": "DE83DUIEN83QGZ"})
    {'outcome': 'accept', 'output': {'check': 'D'}}
    """
    try:
        return OPERATIONS[operation].answer(edition, context or {}, given)
    except RoamingError as error:
        return refused(error)


def is_outside(operation: str) -> bool:
    """Tell whether an operation is outside of Part 1.

    >>> is_outside("crosswalk.take"), is_outside("session.follow")
    (True, False)
    """
    known = OPERATIONS.get(operation)
    return known is not None and known.outside


ROLE_OF: Final = {
    Kind.CSP: Role.HOME_CSP,
    Kind.CSO: Role.VISITED_CSO,
    Kind.CLEARING_HOUSE: Role.CLEARING_HOUSE,
}
PLACE_OF_ENTITY: Final = {"endpoint.play": "entity", "message.authorize": "here"}
"""The operations that are asked of an endpoint in one role, and the member that names it."""


def role_asked(operation: str, context: Json | None, given: Json) -> Role | None:
    """Return the role in which an endpoint is asked, or None where that is all the same."""
    if operation not in PLACE_OF_ENTITY or context is None:
        return None
    here = given[PLACE_OF_ENTITY[operation]]
    for entity in context["entities"]:
        if entity["id"] == here:
            return ROLE_OF.get(Kind(entity["kind"]))
    return None
