"""The crosswalk: between this model and the protocols next door, with nothing lost silently.

`take` carries an object of a protocol into a record or message of ours and reports what became
of every leaf; `give` goes the other way.  What is said of the protocols stands in their tables,
one file each; no text of Part 1 names them, so all of it is this model's choice.

>>> report = take("ocpi-2.2.1", '{"total_energy": 1, "charging_periods": []}')
>>> report.grade, report.rule
('refused', 'XWK-2')

Rules: XWK-*.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk import (
    chains,
    converting,
    emip_0_7_4,
    ochp_1_4,
    ocpi_2_1_1,
    ocpi_2_2_1,
    ocpi_2_3_0,
    oicp_2_3,
)
from refimpl.crosswalk.assuming import check_known
from refimpl.crosswalk.kinds import Kind, Protocol, counterpart
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.report import Entry, Given, Report, not_restored, without_place
from refimpl.crosswalk.rules import RULES, Refused
from refimpl.crosswalk.tables import Finding, Pair
from refimpl.errors import Misuse
from refimpl.shapes import Sorted

PROTOCOLS: Final[Mapping[str, Protocol]] = MappingProxyType(
    {
        module.PROTOCOL.id: module.PROTOCOL
        for module in (ocpi_2_1_1, ocpi_2_2_1, ocpi_2_3_0, oicp_2_3, ochp_1_4, emip_0_7_4)
    }
)
"""The protocols next door by their ids."""


def take(
    protocol: str, given: "bytes | Json", kind: str = "", assume: Collection[str] = ()
) -> Report:
    """Carry an object of a protocol into a record or message of ours.

    `given` is a JSON text, or a value that `reading.read` made.  Without a `kind` the object is
    recognised by its members.  `assume` names what may be assumed
    (`assuming.ASSUMPTIONS`); what was made use of stands in the report.  An object that cannot
    be carried over is a report too, with its rule; an unknown protocol or kind raises `Misuse`
    XWK-10, an unknown assumption XWK-2.

    >>> take("ocpi-2.2.1", '{"id": "1", "id": "2"}').rule
    'XWK-1'
    """
    row = protocol_of(protocol)
    check_known(row, assume)
    return converting.take(row, given, kind, assume)


def take_together(
    protocol: str, given: Iterable["bytes | Json"], assume: Collection[str] = ()
) -> tuple[Report, ...]:
    """Carry several objects of a protocol, a report each, in their order.

    A credit record of OCPI is refused unless the record that it credits is among them and one
    new record has the same session; that one then `replaces` the original.
    """
    row = protocol_of(protocol)
    check_known(row, assume)
    return chains.take_together(row, given, assume)


def chain(
    protocol: str, given: Iterable["bytes | Json"], assume: Collection[str] = ()
) -> Report:
    """Carry an original, its credit record and the new one, in any order, into one record of
    ours that `replaces` the original; what is refused among them is the report.
    """
    row = protocol_of(protocol)
    check_known(row, assume)
    return chains.chain(row, given, assume)


def give(
    protocol: str,
    kind: str,
    record: Sorted | Mapping[str, Json],
    context: Mapping[str, Json] | None = None,
    extension: Mapping[str, Json] | None = None,
) -> Given:
    """Carry a record or message of ours into an object of a protocol.

    `context` is a part of such an object: what ours does not know.  `extension` is what a
    report kept of the object (`report.extension`); without one, that in the record is used.
    Nothing is made up: `needs` names what is still required, `lost` what theirs has no place
    for.
    """
    row = protocol_of(protocol)
    return converting.give(row, kind, record, context, extension)


def protocol_of(name: str) -> Protocol:
    """The protocol of an id; raises `Misuse` XWK-10."""
    if name not in PROTOCOLS:
        raise Misuse("XWK-10", f"protocol {name[:24]!a}, known are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


__all__ = [
    "PROTOCOLS",
    "RULES",
    "Entry",
    "Finding",
    "Given",
    "Kind",
    "Pair",
    "Protocol",
    "Refused",
    "Report",
    "chain",
    "counterpart",
    "give",
    "not_restored",
    "protocol_of",
    "take",
    "take_together",
    "without_place",
]
