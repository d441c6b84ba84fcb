"""The roaming modes on one network: which links a mode uses, and which way an exchange takes in
it.

The picture is read off the edition's mode row, `Network.graph` and `network.route`.  Of the
links of the mode those that are not on the way are faint, and so is a clearing house that has
none; other links are not drawn.  An exchange that the mode cannot carry is told with the rule
that forbids it, and no route.

CSOs stand on the left and CSPs on the right.  Clearing houses stand above and below them, so
that no direct link runs behind one.

How many modes clause 5 has is not public: the names are the model's, and the picture says which
modes are extensions.
"""

from collections.abc import Iterator, Mapping
from html import escape
from textwrap import wrap
from typing import Any

from refimpl.edition import Edition, ModeRow
from refimpl.errors import RoamingError
from refimpl.network import Hop, Network, RoamingEntity, route
from refimpl.play.example import NETWORK
from refimpl.views.graphs.landscape import SCOPE_INK, SCOPE_WORDS, crossed
from refimpl.views.kit.figure import BASIS_LOOK, KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import cell, legend, named
from refimpl.views.kit.palette import ALARM, FAINT, MUTED, PAPER
from refimpl.vocabulary import Kind, Mode, Scope

COLUMNS = (Kind.CSO, Kind.CLEARING_HOUSE, Kind.CSP)
COLUMN, ROW = 230, 45  # points between the columns, and between the rows of the longest one
ASIDE = 94  # points from a column to the sign of a hop within it
HALF = 54  # points from the middle of a CSO or CSP to its side

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
        self.graph = digraph("modes", layout="nop", splines="line", outputorder="edgesfirst")
        self.entities = network.entities
        self.roles = roles

    def dot(self, banner: str) -> str:
        self._place_entities()
        top = max(down for _, down in self.place.values())
        self.graph.node("banner", banner, shape="plain", pos=_as_pos((COLUMN, top + 43)))
        self._draw_entities()
        self._draw_links()
        self._draw_hops()
        legend(self.graph, {"interfaces:": self._interfaces()})
        return str(self.graph.source)

    def _place_entities(self) -> None:
        csos, houses, csps = (
            [entity.id for entity in self.entities if entity.kind is kind] for kind in COLUMNS
        )
        bottom = ROW * max(len(csos), len(csps))
        for column, members in ((0, csos), (2 * COLUMN, csps)):
            for number, name in enumerate(members):
                self.place[name] = (column, -bottom * (number + 0.5) / len(members))
        above = (len(houses) + 1) // 2
        for number, name in enumerate(houses):
            # The first of either half stands nearest to the others.
            up = ROW * (above - number - 0.5)
            self.place[name] = (COLUMN, up if number < above else up - bottom)

    def _draw_entities(self) -> None:
        linked = {name for link in self._links_of_mode() for name in link}
        alike: dict[tuple[Kind, bool, bool], list[RoamingEntity]] = {}
        for entity in self.entities:
            look = (entity.kind, entity.id in self.roles, entity.id in linked)
            alike.setdefault(look, []).append(entity)
        for (kind, has_role, has_link), entities in alike.items():
            with self.graph.subgraph() as part:  # what they share is written once
                part.attr("node", **self._look_of(kind, has_role, has_link))
                for entity in entities:
                    words = _words(entity, self.roles.get(entity.id))
                    part.node(entity.id, words, pos=_as_pos(self.place[entity.id]))

    def _look_of(self, kind: Kind, has_role: bool, has_link: bool) -> dict[str, str]:
        """How an entity looks: bold where it has a role, faint where it has no part."""
        basis = self.edition.terms[kind].basis
        look = {**KIND_LOOK[kind], "fixedsize": "true", "height": "0.48", "margin": "0"}
        look["width"] = "2.5" if kind is Kind.CLEARING_HOUSE else "1.5"
        look["style"] += f",{BASIS_LOOK[basis]}"
        if has_role:
            look["penwidth"] = "2.6"
        elif not has_link:
            look |= {"color": FAINT, "fontcolor": MUTED, "fillcolor": PAPER}
        return look

    def _links_of_mode(self) -> Iterator[tuple[str, str]]:
        for one, other, facts in self.links.edges(data=True):
            if facts["interface"] in self.used:
                yield one, other

    def _draw_links(self) -> None:
        on_way = {frozenset((hop.sender, hop.receiver)) for hop in self.hops}
        by_basis: dict[str, list[tuple[str, str]]] = {}
        for one, other in self._links_of_mode():
            if frozenset((one, other)) not in on_way:
                interface = self.links.edges[one, other]["interface"]
                basis: str = self.edition.interfaces[interface].basis
                ends = self._end(one, other), self._end(other, one)
                by_basis.setdefault(basis, []).append(ends)
        for basis, links in by_basis.items():
            with self.graph.subgraph() as alike:  # what they share is written once
                alike.attr("edge", dir="none", color=FAINT, style=BASIS_LOOK[basis])
                alike.edges(links)

    def _draw_hops(self) -> None:
        for number, hop in enumerate(self.hops, 1):
            row = self.edition.interfaces[hop.interface]
            ink = SCOPE_INK[row.scope]
            look = {"color": ink, "penwidth": "3", "style": BASIS_LOOK[row.basis]}
            sign = f"{number}: {hop.interface}"
            if row.scope is not Scope.IN:
                sign += f"\\n{SCOPE_WORDS[row.scope]}"
            _draw_sign(self.graph, sign, self._place_of_sign(hop), ink)
            if self._passes_others(hop):
                self.graph.edge(hop.sender, sign, dir="none", **look)
                self.graph.edge(sign, hop.receiver, **look)
            else:
                ends = self._end(hop.sender, hop.receiver), self._end(hop.receiver, hop.sender)
                self.graph.edge(*ends, **look)

    def _end(self, name: str, other: str) -> str:
        """Where a line to another ends: at the side of a CSO or CSP, so that it runs behind no
        neighbour.
        """
        port = {HALF: ":e", 0: "", -HALF: ":w"}
        return name + port[self._side(name, other)]

    def _side(self, name: str, other: str) -> int:
        """How far from the middle of a node a line to another ends, to the right."""
        across, over_there = self.place[name][0], self.place[other][0]
        if across in (COLUMN, over_there):
            return 0
        return HALF if across < over_there else -HALF

    def _place_of_sign(self, hop: Hop) -> Point:
        ends = []
        for name, other in ((hop.sender, hop.receiver), (hop.receiver, hop.sender)):
            across, up = self.place[name]
            ends.append((across + self._side(name, other), up))
        (x, y), (other_x, other_y) = ends
        aside = ASIDE if self._passes_others(hop) else 0
        return (x + other_x) / 2 + aside, (y + other_y) / 2

    def _passes_others(self, hop: Hop) -> bool:
        """Tell whether a hop goes up or down a column in which others may stand between."""
        ends = {self.place[name][0] for name in (hop.sender, hop.receiver)}
        return len(ends) == 1 and ends != {COLUMN}

    def _interfaces(self) -> list[str]:
        """A cell of the key for each interface that is used."""
        cells = []
        for row in self.edition.interfaces.values():
            if row.id in self.used:
                ends = [
                    self.edition.terms[kind].abbreviation or kind.replace("-", " ")
                    for kind in row.between
                ]
                cells.append(cell(f"{named(row)}: {' – '.join(ends)}", row.basis, False))
        return cells


def _as_pos(at: Point) -> str:
    across, up = at
    return f"{across:.1f},{up:.1f}"


# A graph of graphviz has no types.
def _draw_sign(graph: Any, words: str, at: Point, ink: str) -> None:
    look = {
        "margin": "0.05,0.03",
        "width": "0",
        "height": "0",
        "fontsize": "10",
        "fillcolor": PAPER,
        "style": "filled,rounded",
    }
    graph.node(words, words, pos=_as_pos(at), color=ink, fontcolor=ink, **look)


def _banner(row: ModeRow, refusal: str) -> str:
    scope, colour = "within the scope of Part 1", MUTED
    if row.extension:
        scope, colour = "EXTENSION, not in the scope of Part 1", ALARM
    lines = [f'<b>{escape(row.label)}</b>, <font color="{colour}">{scope} ({row.basis})</font>']
    lines += [f'<font color="{ALARM}">{escape(line)}</font>' for line in wrap(refusal, 90)]
    return f"<{'<br/>'.join(lines)}>"


def _words(entity: RoamingEntity, role: str | None) -> str:
    name = entity.name or entity.id
    return f"<<b>{escape(name)}</b><br/>{escape(role)}>" if role else name
