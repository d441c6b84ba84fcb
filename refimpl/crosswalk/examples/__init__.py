"""Objects of the protocols, written by hand: a folder for each protocol, a file for each.

Nothing in them was ever sent.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

HERE: Final = Path(__file__).parent


@cache
def examples() -> Mapping[str, str]:
    """Return the text of every example, by its protocol and name.

    >>> "ocpi-2.2.1/cdr" in examples()
    True
    """
    found = {}
    for path in sorted(HERE.glob("*/*.json")):
        found[f"{path.parent.name}/{path.stem}"] = path.read_text("utf-8")
    return MappingProxyType(found)


def protocol_of(name: str) -> str:
    """Return the protocol of an example.

    >>> protocol_of("ocpi-2.2.1/cdr")
    'ocpi-2.2.1'
    """
    return name.partition("/")[0]
