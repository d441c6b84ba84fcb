"""The ledger of one object: every leaf ends in exactly one class.

The class of a leaf is found by going back: a leaf that was carried is written again from ours
alone, and held beside what stood there.  So a class promises nothing that the way back does not
keep.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from refimpl.crosswalk.codecs import CODECS, Codec, same
from refimpl.crosswalk.holding import Carried, Held
from refimpl.crosswalk.reading import Json, count_of_leaves, write
from refimpl.crosswalk.report import Entry
from refimpl.crosswalk.tables import Class


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
    found = entries.append
    for place, value in zip(held.places, held.leaves.values(), strict=True):
        at = place.at
        way = carried.get(at) or place.derived
        if way is None:
            kept[at] = value
            found(place.residue)
            continue
        written = back.get(at, NOTHING)
        if value == written and same(value, written):
            found(_settled(at, forced.get(at) or CODECS[way.how].settles, way.to))
            continue
        kept[at] = value
        settled = _compared(value, written, CODECS[way.how])
        if settled == "residue":
            found(place.residue)
        else:
            was = value if isinstance(value, str) else write(value)
            found(Entry(at, forced.get(at, settled), way.to, "", was))
    if not len(entries) == len(held.leaves) == count_of_leaves(held.value):
        raise AssertionError("a leaf is settled twice or not at all")
    return tuple(entries), kept


NOTHING: Final = "\ud800"
"""What the way back does not write: half a character, which no text that is read has."""
REMEMBERED: Final = 8192


@lru_cache(REMEMBERED)
def _settled(at: str, settled: Class, to: str) -> Entry:
    return Entry(at, settled, to)


def _compared(value: Json, written: Json, codec: Codec) -> Class:
    """The class of a leaf that the way back does not write letter by letter."""
    derived = codec.settles == "derived"
    if written == NOTHING:
        return "residue" if derived else "form"
    if codec.keeps(value, written):
        return "form"
    return "residue" if derived else "rounded"
