"""Who learns what of a journey: one way of roaming as a heat map, all of them as a table.

Both are worked out by `lab.exposure`.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

from refimpl.edition import Edition
from refimpl.lab.exposure import members_learned, ways_of
from refimpl.play.journeys import journey_of
from refimpl.security.privacy import CLASS_OF, CLASSES
from refimpl.views.kit.figure import Figure, digraph
from refimpl.views.kit.palette import HEAT, INK, MUTED, PAPER
from refimpl.views.kit.table import Table
from refimpl.views.tables.listings import NOTHING
from refimpl.vocabulary import Kind, Mode, Strategy

SHADES: Final = (PAPER, *HEAT)


def exposure_map(
    edition: Edition,
    mode: str = Mode.CLEARING_HOUSE,
    strategy: str = Strategy.FORWARD,
    journey: str = "charge",
    sealed: bool = False,
) -> Figure:
    """Draw a heat map: of the members of each class that the journey has, how many each sort of
    entity learns.

    >>> from refimpl.edition import load
    >>> shown = exposure_map(load("2025"), "clearing-house", "broadcast")
    >>> shown.text.splitlines()[2][:53]
    'other CSPs: identifier 1 of 3, location-and-time 1 of'
    """
    learned = members_learned(edition, mode, strategy, journey, sealed)
    way = f"{edition.modes[mode].label}, {strategy}{', sealed' if sealed else ''}"
    title = f"{journey_of(edition, journey).title}, {edition.id}: {way}"
    graph = digraph("exposure")
    graph.node("map", _map(learned), shape="plain")
    lines = []
    for name, pairs in _counted(learned).items():
        of_classes = zip(CLASSES, pairs, strict=True)
        counts = ", ".join(f"{sort} {some} of {every}" for sort, (some, every) in of_classes)
        lines.append(f"{name}: {counts}")
    reasons = _reasons(edition, mode)
    return Figure(f"Who learns what. {title}", str(graph.source), "\n".join(lines), reasons)


def _reasons(edition: Edition, mode: str) -> dict[str, str]:
    """Tell why a strategy or a seal changes nothing, where it does not."""
    row = edition.modes[mode]
    if Kind.CLEARING_HOUSE not in (*row.path, *row.brokered_path):
        return dict.fromkeys(("strategy", "sealed"), "No clearing house is on the way.")
    return {
        "strategy": "No question here waits for what a clearing house decides.",
        "sealed": "What a clearing house gets here is said to it, so no seal hides it.",
    }


def _counted(
    learned: Mapping[str, frozenset[str]],
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Count for each sort of entity, by class, the members it learns and all there are."""
    every = _count_by_class(frozenset[str]().union(*learned.values()))
    counted = {}
    for name, members in learned.items():
        counted[name] = tuple(zip(_count_by_class(members), every, strict=True))
    return counted


def _count_by_class(members: frozenset[str]) -> tuple[int, ...]:
    return tuple(sum(CLASS_OF[member] == sort for member in members) for sort in CLASSES)


def _map(learned: Mapping[str, frozenset[str]]) -> str:
    heads = "".join(f"<td><b>{sort}</b></td>" for sort in CLASSES)
    rows = [f"<tr><td></td>{heads}</tr>"]
    for name, pairs in _counted(learned).items():
        cells = "".join(_cell(some, every) for some, every in pairs)
        rows.append(f'<tr><td align="left"><b>{escape(name)}</b></td>{cells}</tr>')
    return f'<<table border="0" cellspacing="3" cellpadding="8">{"".join(rows)}</table>>'


def _cell(some: int, every: int) -> str:
    shade, words = SHADES[0], "none"
    if every:
        steps = len(SHADES) - 1
        shade = SHADES[-(-some * steps // every)]  # rounded up: one member is a shade already
        words = f"{some} of {every}"
    ink = INK if some else MUTED
    told = f'<font color="{ink}">{words}</font>'
    return f'<td border="1" color="{MUTED}" bgcolor="{shade}">{told}</td>'


def exposure_of_ways(edition: Edition, journey: str = "charge") -> Table:
    """Table what each sort of entity learns of the user, for every way of roaming the edition
    has.

    >>> from refimpl.edition import load
    >>> table = exposure_of_ways(load("2025"))
    >>> table.columns[4], table.rows[4][4]
    ('other CSOs', '–')
    """
    rows, sorts = [], dict[str, None]()
    for way, ((mode, strategy), sealed) in ways_of(edition).items():
        learned = members_learned(edition, mode, strategy, journey, sealed)
        rows.append((way, *map(_of_the_user, learned.values())))
        sorts |= dict.fromkeys(learned)
    caption = f"Who learns what of the user. {journey_of(edition, journey).title}, {edition.id}"
    return Table(caption, ("way of roaming", *sorts), tuple(rows))


def _of_the_user(members: frozenset[str]) -> str:
    counts = zip(CLASSES[:3], _count_by_class(members), strict=False)
    told = [sort for sort, count in counts if count]
    if told:
        return ", ".join(told)
    return "nothing of the user" if members else NOTHING
