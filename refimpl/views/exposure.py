"""Who learns what of a journey: one way of roaming as a heat map, all of them as a table.

Both are worked out by `security.privacy.exposure` from what is said in the journey; nothing is
played.  What an entity says itself does not count: the map shows what it hears.
"""

from html import escape
from typing import Final

from refimpl.edition import Edition, load
from refimpl.errors import Misuse
from refimpl.network import Setting
from refimpl.play.example import NETWORK, START
from refimpl.play.journeys import JOURNEYS, acts_of
from refimpl.security.privacy import CLASS_OF, CLASSES, Saying, exposure
from refimpl.views.figure import INK, MUTED, Figure, digraph
from refimpl.views.listings import NOTHING
from refimpl.views.tables import Table
from refimpl.vocabulary import Kind, Mode, Strategy

HOME: Final = "csp-alba"
VISITED: Final = (
    "cso-elm",
    "cso-elm",
    "cso-heath",
)  # by how many clearing houses the mode puts between the two
EMAID, EVSE_ID = "DE8AA001234567", "DEAB7E8406487"
OTHERS: Final = {
    Kind.CSP: "other CSPs",
    Kind.CSO: "other CSOs",
    Kind.CLEARING_HOUSE: "clearing houses",
}
SHADES: Final = ("#ffffff", "#fdebdc", "#f9cfae", "#f4b183", "#ef9a5f")
WAYS: Final = {
    "direct": ((Mode.DIRECT, Strategy.FORWARD), False),
    "clearing house, store": ((Mode.CLEARING_HOUSE, Strategy.STORE), False),
    "clearing house, forward": ((Mode.CLEARING_HOUSE, Strategy.FORWARD), False),
    "the same, sealed": ((Mode.CLEARING_HOUSE, Strategy.FORWARD), True),
    "clearing house, broadcast": ((Mode.CLEARING_HOUSE, Strategy.BROADCAST), False),
    "hybrid": ((Mode.HYBRID, Strategy.FORWARD), False),
    "federated": ((Mode.FEDERATED, Strategy.FORWARD), False),
}
"""The ways of roaming that differ in who learns what: mode and strategy, and whether messages
are sealed.
"""


def sayings(journey: str, setting: Setting, sealed: bool = False) -> tuple[Saying, ...]:
    """What the two say in a journey of their own accord, and whether they put it to the
    clearing house itself.

    With seals and a clearing house that only passes on, everything is put to the other of the
    two.
    """
    passed_on = sealed and setting.strategy == Strategy.FORWARD
    return tuple(
        Saying(
            act.by,
            act.message(setting, None, START),
            bool(act.through) and not passed_on and setting.through_house(act.through),
        )
        for act in acts_of(JOURNEYS[journey], setting)
    )


def learned(
    edition: Edition, mode: str, strategy: str, journey: str, sealed: bool = False
) -> dict[str, frozenset[str]]:
    """The members that each sort of entity learns, as `"cdr.emaid"`.

    Raises `Misuse` SES-10 for a journey whose service the edition has not.
    """
    service = JOURNEYS[journey].service
    if service not in edition.services:
        raise Misuse("SES-10", f"journey {journey!r}, edition {edition.id}")
    visited = VISITED[edition.modes[mode].path.count("clearing-house")]
    setting = Setting(NETWORK, edition, mode, strategy, HOME, visited, service, EMAID, EVSE_ID)
    ends = {HOME: edition.roles["home-csp"].label, visited: edition.roles["visited-cso"].label}
    who = dict.fromkeys((*ends.values(), *OTHERS.values()), frozenset[str]())
    for entity_id, members in exposure(
        setting, sayings(journey, setting, sealed), sealed=sealed
    ).items():
        who[ends.get(entity_id) or OTHERS[NETWORK.entity(entity_id).kind]] |= members
    return who


def draw(
    mode: str = Mode.CLEARING_HOUSE,
    strategy: str = Strategy.FORWARD,
    journey: str = "charge",
    sealed: bool = False,
    edition: str = "2025",
) -> Figure:
    """The heat map: of the members of each class that the journey has, how many each sort of
    entity learns.

    >>> print(draw("clearing-house", "broadcast").text.splitlines()[2])
    other CSPs: identifier 1 of 3, location-and-time 1 of 8, billing 1 of 8, technical 2 of 6, routing 6 of 12
    """
    known = load(edition)
    who = learned(known, mode, strategy, journey, sealed)
    whole = _counts(frozenset[str]().union(*who.values()))
    title = f"{JOURNEYS[journey].title}, {edition}: {known.modes[mode].label}, {strategy}{', sealed' if sealed else ''}"
    cells, lines = [f"<td></td>{''.join(f'<td><b>{sort}</b></td>' for sort in CLASSES)}"], []
    for name, members in who.items():
        pairs = tuple(zip(_counts(members), whole, strict=True))
        lines.append(
            f"{name}: "
            + ", ".join(map("{} {} of {}".format, CLASSES, *zip(*pairs, strict=True)))
        )
        cells.append(
            f'<td align="left"><b>{escape(name)}</b></td>{"".join(_cell(*pair) for pair in pairs)}'
        )
    graph = digraph("exposure", label=f"<<b>{escape(title)}</b>>", labelloc="t")
    rows = "".join(f"<tr>{row}</tr>" for row in cells)
    graph.node(
        "map",
        f'<<table border="0" cellspacing="3" cellpadding="8">{rows}</table>>',
        shape="plain",
    )
    return Figure(f"Who learns what. {title}", str(graph.source), "\n".join(lines))


def _counts(members: frozenset[str]) -> tuple[int, ...]:
    return tuple(sum(CLASS_OF[member] == sort for member in members) for sort in CLASSES)


def _cell(some: int, whole: int) -> str:
    shade = SHADES[
        -(-some * (len(SHADES) - 1) // whole) if whole else 0
    ]  # a single member is a shade already
    words = f'<font color="{INK if some else MUTED}">{f"{some} of {whole}" if whole else "none"}</font>'
    return f'<td border="1" color="{MUTED}" bgcolor="{shade}">{words}</td>'


def overview(journey: str = "charge", edition: str = "2025") -> Table:
    """What each sort of entity learns of the user, for every way of roaming.

    >>> overview().columns[4], overview().rows[4][4]
    ('other CSOs', '–')
    """
    found = [learned(load(edition), *way, journey, sealed) for way, sealed in WAYS.values()]
    rows = ((way, *map(_told, who.values())) for way, who in zip(WAYS, found, strict=True))
    caption = f"Who learns what of the user. {JOURNEYS[journey].title}, {edition}"
    return Table(caption, ("way of roaming", *found[0]), tuple(rows))


def _told(members: frozenset[str]) -> str:
    told = [sort for sort, count in zip(CLASSES[:3], _counts(members), strict=False) if count]
    return ", ".join(told) or ("nothing of the user" if members else NOTHING)
