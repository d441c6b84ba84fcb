"""The ledger of one object: every leaf ends in exactly one class.

The class of a leaf is found by going back: a leaf that was carried is written again from ours
alone, and held beside what stood there.  So a class promises nothing that the way back does not
keep.
"""

from collections.abc import Mapping
from typing import Final

from refimpl.crosswalk.codecs import CODECS, Codec, same
from refimpl.crosswalk.holding import Carried, Held, Node
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.report import Entry
from refimpl.crosswalk.tables import Class

SAME: Final = frozenset({"exact", "derived"})
"""The classes whose leaves the way back writes letter by letter."""


def settle(
    held: Held,
    carried: Mapping[str, Carried],
    forced: Mapping[str, Class],
    back: Mapping[str, Json],
) -> tuple[tuple[Entry, ...], dict[str, Json]]:
    """Settle each leaf of an object once; what the way back cannot write by itself is returned
    beside, as it stood.

    `carried` are the leaves that were read and where they went, `forced` those whose class the
    kind's own functions know better, `back` what ours writes without help.
    """
    entries: list[Entry] = []
    kept: dict[str, Json] = {}
    nodes = held.nodes
    for at, value in held.leaves.items():
        node = nodes[at]
        entry = _settled(at, value, node, carried.get(at), back)
        if at in forced and entry.settled != "residue":
            entry = entry._replace(settled=forced[at])
        entries.append(entry)
        if entry.settled == "residue" or at not in back or not same(value, back[at]):
            kept[at] = value
    found = tuple(entries)
    if len({entry.at for entry in found}) != len(held.leaves):
        raise AssertionError("a leaf is settled twice or not at all")
    return found, kept


def _settled(
    at: str, value: Json, node: Node, carried: Carried | None, back: Mapping[str, Json]
) -> Entry:
    if carried is None and node.derived is not None:
        carried = node.derived
    if carried is None:
        return Entry(at, "residue", "", node.kind)
    codec = CODECS[carried.how]
    if at in back:
        settled = _compared(value, back[at], codec)
    else:
        settled = "residue" if codec.settles == "derived" else "form"
    if settled == "residue":
        return Entry(at, "residue", "", node.kind)
    was = str(value) if settled not in SAME else ""
    return Entry(at, settled, carried.to, "", was)


def _compared(value: Json, back: Json, codec: Codec) -> Class:
    if same(value, back):
        return codec.settles
    if codec.keeps(value, back):
        return "form"
    return "residue" if codec.settles == "derived" else "rounded"
