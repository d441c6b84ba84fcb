"""The rules of what is outside of Part 1, as vectors cite them: those of the crosswalk.

No edition has them, so they hold in each, and none of them binds.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk.rules import RULES
from refimpl.edition import Rule
from refimpl.vocabulary import Level

BY_TESTS: Final = frozenset({"XWK-6", "XWK-7", "XWK-8", "XWK-10"})
"""Those that no vector exercises yet."""


def _as_rule(name: str) -> Rule:
    told = RULES[name]
    return Rule(
        id=name,
        says=told.says,
        level=Level.SHOULD,
        basis=told.basis,
        because=told.because,
        source=told.source,
        exercised="tests" if name in BY_TESTS else "vectors",
    )


OUTSIDE: Final[Mapping[str, Rule]] = MappingProxyType({name: _as_rule(name) for name in RULES})
"""Each of them by its id."""
