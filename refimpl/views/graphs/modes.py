"""The roaming modes on one network: which links a mode uses, and which way an exchange takes in
it.

The picture is read off the edition's mode row, `Network.graph` and `network.route`.  A link
that the mode leaves unused is not drawn; an exchange that the mode cannot carry is told with
the rule that forbids it, and no route.

How many modes clause 5 has is not public: the names are the model's, and the picture says which
modes are extensions.
"""

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

from refimpl.edition import Edition, ModeRow
from refimpl.errors import RoamingError
from refimpl.network import Hop, Network, RoamingEntity, route
from refimpl.play.example import NETWORK
from refimpl.views.graphs.landscape import crossed
from refimpl.views.kit.figure import KIND_LOOK, SCOPE_LOOK, Figure, digraph
from refimpl.views.kit.palette import ACCENT, ALARM, FAINT, MUTED, PAPER
from refimpl.vocabulary import Kind, Mode

COLUMNS = (Kind.CSO, Kind.CLEARING_HOUSE, Kind.CSP)
COLUMN, ROW = 3.4, 0.62  # inches between the columns, and between the rows of the longest one


Point = tuple[float, float]


def roaming_mode(
    edition: Edition,
    mode: str = Mode.CLEARING_HOUSE,
    exchange: str = "authorization",
    home: str = "csp-alba",
    visited: str = "cso-elm",
    network: Network = NETWORK,
) -> Figure:
    """Draw the network in one mode, with the way of one exchange between a home-CSP and a
    visited-CSO.

    >>> from refimpl.edition import load
    >>> print(roaming_mode(load("2025"), "clearing-house").text.splitlines()[2])
    1. Elm Stations (visited-CSO) to Clearing House North (clearing house) over IF-4.
    """
    row = edition.modes[mode]
    names = {entity.id: entity.name or entity.id for entity in network.entities}
    hops, refusal = _way(network, edition, mode, exchange, (home, visited))
    carried = edition.exchanges.get(exchange)
    what = carried.label if carried else exchange
    extension = " (extension)" if row.extension else ""
    title = f"Edition {edition.id}, {row.label}{extension}: {what}"
    roles = {hop.receiver: edition.roles["clearing-house"].label for hop in hops[:-1]}
    roles[home] = edition.roles["home-csp"].label
    roles[visited] = edition.roles["visited-cso"].label
    told = {entity_id: f"{names[entity_id]} ({role})" for entity_id, role in roles.items()}
    text = [
        f"Mode: {row.label}. {row.says} {standing(row)}",
        f"Exchange: {what}, {names[home]} is home, {names[visited]} visited.",
    ]
    for number, hop in enumerate(hops, 1):
        text.append(
            f"{number}. {told[hop.sender]} to {told[hop.receiver]} over {hop.interface}."
        )
    if refusal:
        text.append(refusal)
    drawing = _Drawing(network, edition, row, exchange, hops, roles)
    return Figure(title, drawing.dot(_banner(row, refusal)), "\n".join(text))


def standing(row: ModeRow) -> str:
    """Tell in one sentence how sure the model is of a mode."""
    where = "it follows from the scope of Part 1"
    if row.extension:
        where = "an extension, not in the scope of Part 1"
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


class _Drawing:
    """The network in columns by kind: the links a mode uses, and over them the way of an
    exchange.
    """

    def __init__(
        self,
        network: Network,
        edition: Edition,
        row: ModeRow,
        exchange: str,
        hops: tuple[Hop, ...],
        roles: Mapping[str, str],
    ) -> None:
        self.edition, self.hops = edition, hops
        self.links = network.graph(edition)
        self.place: dict[str, Point] = {}
        carried = edition.exchanges.get(exchange)
        crossed_rows = crossed(edition, carried, row.id) if carried else ()
        self.used = {interface.id for interface in crossed_rows}
        self.graph = digraph(
            "modes", layout="neato", splines="line", outputorder="edgesfirst", labelloc="t"
        )
        self.columns = [
            [entity for entity in network.entities if entity.kind is kind] for kind in COLUMNS
        ]
        self.bottom = ROW * max(map(len, self.columns))
        self.roles = roles

    def dot(self, banner: str) -> str:
        self.graph.attr(label=banner)
        self._draw_entities()
        self._draw_links()
        self._draw_hops()
        self._draw_interfaces()
        return str(self.graph.source)

    def _draw_entities(self) -> None:
        for column, members in enumerate(self.columns):
            for number, entity in enumerate(members):
                down = self.bottom * (number + 0.5) / len(members)
                self.place[entity.id] = (column * COLUMN, -down)
                role = self.roles.get(entity.id)
                _draw_entity(self.graph, entity, role, self.place[entity.id])

    def _draw_links(self) -> None:
        on_way = {frozenset((hop.sender, hop.receiver)) for hop in self.hops}
        for one, other, facts in self.links.edges(data=True):
            if facts["interface"] in self.used and frozenset((one, other)) not in on_way:
                style = SCOPE_LOOK[facts["scope"]]
                self.graph.edge(one, other, dir="none", color=FAINT, style=style)

    def _draw_hops(self) -> None:
        for number, hop in enumerate(self.hops, 1):
            style = SCOPE_LOOK[self.links.edges[hop.sender, hop.receiver]["scope"]]
            self.graph.edge(hop.sender, hop.receiver, color=ACCENT, penwidth="3", style=style)
            ends = self.place[hop.sender], self.place[hop.receiver]
            _draw_sign(self.graph, f"{number}: {hop.interface}", ends, ACCENT, ACCENT)

    def _draw_interfaces(self) -> None:
        """Name each interface that is used, at the bottom between its two columns."""
        for interface in self.edition.interfaces.values():
            if interface.id not in self.used:
                continue
            names, ends = [], []
            for kind in interface.between:
                names.append(self.edition.terms[kind].abbreviation or kind.replace("-", " "))
                ends.append((COLUMNS.index(Kind(kind)) * COLUMN, -self.bottom - 0.3))
            words = "\\n".join((f"{interface.id} ({interface.basis})", " –\\n".join(names)))
            _draw_sign(self.graph, words, (ends[0], ends[1]), MUTED, PAPER)


# A graph of graphviz has no types.
def _draw_sign(
    graph: Any, words: str, ends: tuple[Point, Point], colour: str, border: str
) -> None:
    """Put words in the middle between two points."""
    one, other = ends
    pos = f"{(one[0] + other[0]) / 2},{(one[1] + other[1]) / 2}!"
    look = {
        "margin": "0.05,0.03",
        "width": "0",
        "height": "0",
        "fontsize": "10",
        "fillcolor": PAPER,
        "style": "filled,rounded",
    }
    graph.node(words, words, pos=pos, color=border, fontcolor=colour, **look)


def _banner(row: ModeRow, refusal: str) -> str:
    scope, colour = "within the scope of Part 1", MUTED
    if row.extension:
        scope, colour = "EXTENSION, not in the scope of Part 1", ALARM
    lines = [f'<b>{escape(row.label)}</b>, <font color="{colour}">{scope} ({row.basis})</font>']
    lines += [f'<font color="{ALARM}">{escape(line)}</font>' for line in wrap(refusal, 90)]
    return f"<{'<br/>'.join(lines)}<br/> >"


def _draw_entity(graph: Any, entity: RoamingEntity, role: str | None, at: Point) -> None:
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
