"""A round trip: there, and back without and with what the report kept."""

from typing import Final

from refimpl.crosswalk import PROTOCOLS, give, take
from refimpl.crosswalk.codecs import same
from refimpl.crosswalk.reading import Json, leaves_of, read, write
from refimpl.edition import Edition
from refimpl.views.crosswalk.lines import SIGNS
from refimpl.views.kit.table import Table

ABSENT: Final = "–"
LONGEST: Final = 40


def round_trip(edition: Edition, protocol: str, text: str) -> Table:
    """Carry an object over and back, and show each leaf as it comes back: from ours alone, and
    with what the report kept.

    >>> from refimpl.crosswalk.examples import examples
    >>> from refimpl.edition import load
    >>> table = round_trip(load("2025"), "ocpi-2.2.1", examples()["ocpi-2.2.1/cdr-smallest"])
    >>> {row[4] for row in table.rows}
    {'the same'}
    """
    neighbour = PROTOCOLS[protocol]
    report = take(protocol, text)
    if report.ours is None:
        return Table(f"Refused: {report.rule}", ("leaf",), ())
    ours = {name: value for name, value in report.ours.items() if name != "extension"}
    alone = dict(leaves_of(give(protocol, report.kind, ours).object))
    whole = give(protocol, report.kind, ours, None, report.extension)
    back = dict(leaves_of(whole.object))
    before = dict(leaves_of(read(text)))
    rows = []
    for entry in report.entries:
        settled = f"{SIGNS[entry.settled]} {entry.settled}"
        told = [_told(before[entry.at]), _compared(before, alone, entry.at)]
        rows.append((entry.at, settled, *told, _compared(before, back, entry.at)))
    word = neighbour.kinds[report.kind].word
    itself = sum(row[3] == "the same" for row in rows)
    title = f"{neighbour.title}, {word}, there and back in {edition.id}: "
    title += f"{itself} of {len(rows)} leaves by ours alone, the others by the report"
    columns = ("leaf", "class", "was", "back from ours alone", "back with the report")
    return Table(title, columns, tuple(rows))


def _told(value: Json) -> str:
    text = write(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _compared(before: dict[str, Json], after: dict[str, Json], at: str) -> str:
    if at not in after:
        return "gone"
    return "the same" if same(before[at], after[at]) else _told(after[at])
