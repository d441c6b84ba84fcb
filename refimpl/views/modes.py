"""The roaming modes on one network: which links a mode uses, and which way an exchange takes in
it.

The picture is read off the edition's mode row, `Network.graph` and `network.route`.  A link
that the mode leaves unused is not drawn; an exchange that the mode cannot carry is told with
the rule that forbids it, and no route.

How many modes clause 5 has is not public: the names are the model's, and the picture says which
modes are extensions.
"""

from html import escape
from textwrap import wrap
from typing import Any

from refimpl.edition import Edition, ModeRow, load
from refimpl.errors import RoamingError
from refimpl.network import Hop, Network, RoamingEntity, route
from refimpl.play.example import NETWORK
from refimpl.views.figure import (
    ACCENT,
    ALARM,
    FAINT,
    KIND_LOOK,
    MUTED,
    SCOPE_LOOK,
    Figure,
    digraph,
)
from refimpl.views.landscape import crossed
from refimpl.vocabulary import Kind, Mode

COLUMNS = (Kind.CSO, Kind.CLEARING_HOUSE, Kind.CSP)
COLUMN, ROW = 3.4, 0.62  # inches between the columns, and between the rows of the longest one


Point = tuple[float, float]


def draw(
    edition: str = "2025",
    mode: str = Mode.CLEARING_HOUSE,
    exchange: str = "authorization",
    home: str = "csp-alba",
    visited: str = "cso-elm",
    network: Network = NETWORK,
) -> Figure:
    """The network in one mode, with the way of one exchange between a home-CSP and a
    visited-CSO.

    >>> print(draw("2025", "clearing-house").text.splitlines()[2])
    1. Elm Stations (visited-CSO) to Clearing House North (clearing house) over IF-4.
    """
    known = load(edition)
    row, names = (
        known.modes[mode],
        {entity.id: entity.name or entity.id for entity in network.entities},
    )
    ends = {home: known.roles["home-csp"].label, visited: known.roles["visited-cso"].label}
    hops, refusal = _way(network, known, mode, exchange, (home, visited))
    what = known.exchanges[exchange].label if exchange in known.exchanges else exchange
    title = f"Edition {edition}, {row.label}{' (extension)' if row.extension else ''}: {what}"
    roles = {**{hop.receiver: known.roles["clearing-house"].label for hop in hops[:-1]}, **ends}
    dot = _dot(network, known, row, exchange, hops, roles, refusal)
    told = {entity_id: f"{names[entity_id]} ({role})" for entity_id, role in roles.items()}
    text = [
        f"Mode: {row.label}. {row.says} {standing(row)}",
        f"Exchange: {what}, {names[home]} is home, {names[visited]} visited.",
        *(
            f"{number}. {told[hop.sender]} to {told[hop.receiver]} over {hop.interface}."
            for number, hop in enumerate(hops, 1)
        ),
    ]
    return Figure(title, dot, "\n".join([*text, *([refusal] if refusal else [])]))


def standing(row: ModeRow) -> str:
    """One sentence on how sure the model is of a mode."""
    where = (
        "an extension, not in the scope of Part 1"
        if row.extension
        else "it follows from the scope of Part 1"
    )
    return f"Basis: {row.basis}; {where}. The name is ours."


def _way(
    network: Network, edition: Edition, mode: str, exchange: str, ends: tuple[str, str]
) -> tuple[tuple[Hop, ...], str]:
    """The hops, from producer to consumer, or none and the sentence of the rule that forbids
    them.
    """
    row = edition.exchanges.get(exchange)
    sender, receiver = ends if row and row.producer == "home-csp" else reversed(ends)
    try:
        return route(network, edition, mode, sender, receiver, exchange), ""
    except RoamingError as error:
        return (), f"Not possible. {edition.explain(error)}"


def _dot(
    network: Network,
    edition: Edition,
    row: ModeRow,
    exchange: str,
    hops: tuple[Hop, ...],
    roles: dict[str, str],
    refusal: str,
) -> str:
    graph = digraph(
        "modes", layout="neato", splines="line", outputorder="edgesfirst", labelloc="t"
    )
    graph.attr(label=_banner(row, refusal))
    columns = [
        [entity for entity in network.entities if entity.kind is kind] for kind in COLUMNS
    ]
    bottom = ROW * max(map(len, columns))
    place: dict[str, Point] = {}
    for column, members in enumerate(columns):
        for number, entity in enumerate(members):
            down = bottom * (number + 0.5) / len(members)
            place[entity.id] = (column * COLUMN, -down)
            _node(graph, entity, roles.get(entity.id), place[entity.id])
    carried = edition.exchanges.get(exchange)
    used = {one.id for one in crossed(edition, carried, row.id)} if carried else set()
    on_way = {frozenset((hop.sender, hop.receiver)) for hop in hops}
    links = network.graph(edition)
    for one, other, facts in links.edges(data=True):
        if facts["interface"] in used and frozenset((one, other)) not in on_way:
            graph.edge(one, other, dir="none", color=FAINT, style=SCOPE_LOOK[facts["scope"]])
    for number, hop in enumerate(hops, 1):
        style = SCOPE_LOOK[links.edges[hop.sender, hop.receiver]["scope"]]
        graph.edge(hop.sender, hop.receiver, color=ACCENT, penwidth="3", style=style)
        _sign(
            graph,
            f"{number}: {hop.interface}",
            place[hop.sender],
            place[hop.receiver],
            ACCENT,
            ACCENT,
        )
    for interface in (one for one in edition.interfaces.values() if one.id in used):
        left, right = (
            (COLUMNS.index(Kind(kind)) * COLUMN, -bottom - 0.3) for kind in interface.between
        )
        kinds = (
            edition.terms[kind].abbreviation or kind.replace("-", " ")
            for kind in interface.between
        )
        words = "\\n".join((f"{interface.id} ({interface.basis})", " –\\n".join(kinds)))
        _sign(graph, words, left, right, MUTED, "white")
    return str(graph.source)


def _sign(graph: Any, words: str, one: Point, other: Point, colour: str, border: str) -> None:
    """Words in the middle between two points."""
    pos = f"{(one[0] + other[0]) / 2},{(one[1] + other[1]) / 2}!"
    look = {
        "margin": "0.05,0.03",
        "width": "0",
        "height": "0",
        "fontsize": "10",
        "fillcolor": "white",
    }
    graph.node(
        words, words, pos=pos, style="filled,rounded", color=border, fontcolor=colour, **look
    )


def _banner(row: ModeRow, refusal: str) -> str:
    scope = (
        "EXTENSION, not in the scope of Part 1"
        if row.extension
        else "within the scope of Part 1"
    )
    colour = ALARM if row.extension else MUTED
    lines = [f'<b>{escape(row.label)}</b>, <font color="{colour}">{scope} ({row.basis})</font>']
    lines += [f'<font color="{ALARM}">{escape(line)}</font>' for line in wrap(refusal, 90)]
    return f"<{'<br/>'.join(lines)}<br/> >"


def _node(graph: Any, entity: RoamingEntity, role: str | None, at: Point) -> None:
    name = entity.name or entity.id
    label = f"<<b>{escape(name)}</b><br/>{escape(role)}>" if role else name
    width = "2.5" if entity.kind is Kind.CLEARING_HOUSE else "1.5"
    look = {**KIND_LOOK[entity.kind], "penwidth": "2.6" if role else "1.2", "tooltip": name}
    graph.node(
        entity.id,
        label,
        pos=f"{at[0]},{at[1]}!",
        fixedsize="true",
        width=width,
        height="0.48",
        margin="0",
        **look,
    )
