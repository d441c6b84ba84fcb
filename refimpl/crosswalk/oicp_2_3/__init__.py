"""OICP 2.3: its objects and ours.

Fields, types and relations stand in `fields`, `written` and `checks`; the other files carry its
charge detail records, questions and orders, lists, bookings, notifications, and stations.

>>> sorted(PROTOCOL.kinds)[:3]
['acknowledgement', 'authentication-data', 'authorization']

Rules: XWK-*.
"""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk.kinds import Protocol
from refimpl.crosswalk.oicp_2_3 import (
    authorizing,
    listing,
    progress,
    records,
    reserving,
    stations,
)
from refimpl.crosswalk.oicp_2_3.written import TYPES
from refimpl.crosswalk.reading import Json

_KINDS: Final = (
    *progress.KINDS,
    *records.KINDS,
    *reserving.KINDS,
    *authorizing.KINDS,
    *listing.KINDS,
    *stations.KINDS,
)
PROTOCOL: Final = Protocol(
    id="oicp-2.3",
    title="OICP 2.3",
    column="oicp",
    types=TYPES,
    kinds=MappingProxyType({kind.name: kind for kind in _KINDS}),
)


def records_of(page: Json) -> Iterator[tuple[str, Json]]:
    """Find the charge detail records of a page, each with its JSON Pointer.

    >>> [at for at, _ in records_of({"content": [{}, {}], "numberOfElements": 2})]
    ['/content/0', '/content/1']
    """
    content = page.get("content") if isinstance(page, dict) else None
    if isinstance(content, list):
        for index, record in enumerate(content):
            yield f"/content/{index}", record
