"""How roaming is built: the roles and their endpoints, the roaming modes told apart, and the
protocol stack.

All three are read off the role, interface, mode and protocol tables of an edition; a border or
line tells the basis of its row.  These are not the figures of the standard, whose contents are
not public; they share a subject with figures 2 and 4 and with table 1.
"""

from html import escape
from itertools import combinations, product
from textwrap import wrap
from typing import Any, Final

from refimpl.edition import Edition, ModeRow, RoleRow
from refimpl.views.graphs.landscape import SCOPE_INK, SCOPE_WORDS, crossed
from refimpl.views.kit.figure import BASIS_LOOK, KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import halfway, label, legend, lines, named, term
from refimpl.views.kit.palette import ACCENT, ACCENT_FILL, BROWN_FILL, FAINT, MUTED, PAPER
from refimpl.vocabulary import Basis, Kind, Role, Scope

FROM_THE_LEFT: Final = (Role.VISITED_CSO, Role.CLEARING_HOUSE, Role.HOME_CSP)


def architecture(edition: Edition, language: str = "en", role: str = "all") -> Figure:
    """The roles of one service, who plays them and how their endpoints are linked; the subject
    of figure 2.

    `role` is the one to stress, or `"all"`.

    >>> from refimpl.edition import load
    >>> architecture(load("2019"), role="home-csp").text.splitlines()[1][:55]
    'clearing house: Passes on what the two others say to ea'
    """
    graph = digraph("architecture", rankdir="LR", nodesep="0.3", ranksep="0.35")
    graph.attr("edge", dir="none")
    legend(graph, {}, language)
    roles = sorted(edition.roles.values(), key=_place)
    rep = term(edition, "rep", language)
    told = []
    for row in roles:
        with graph.subgraph(name=f"cluster_{row.id}") as cluster:
            _draw_role(cluster, edition, row, language, row.id == role)
        players = " or ".join(term(edition, kind, language) for kind in row.played_by)
        told.append(
            f"{row.label}: {row.says} Played by {players}, each with its {rep}. ({row.basis})"
        )
    for one, other in combinations(roles, 2):
        strong = role in ("all", one.id, other.id)
        for a, b in product(one.played_by, other.played_by):
            told += _draw_links(graph, edition, (one, a), (other, b), strong)
    return Figure(f"Roles and roaming endpoints, {edition.id}", graph.source, "\n".join(told))


def _place(row: RoleRow) -> int:
    order = [*FROM_THE_LEFT, row.id]  # a role of an amendment stands at the right
    return order.index(row.id)


# A graph of graphviz has no types.
def _draw_role(
    cluster: Any, edition: Edition, row: RoleRow, language: str, stressed: bool
) -> None:
    heading, colour, weight = row.label, MUTED, "1.2"
    if stressed:
        heading, colour, weight = f"▶ {row.label}", ACCENT, "3"
    words = label(heading, row.says, width=30)
    cluster.attr(label=words, labelloc="t", labeljust="c", margin="12", fontsize="10")
    cluster.attr(style=f"rounded,{BASIS_LOOK[row.basis]}", color=colour, penwidth=weight)
    for kind in row.played_by:
        look = KIND_LOOK.get(kind, KIND_LOOK["cs"])
        cells = ""
        for key, port, fill in ((kind, "entity", look["fillcolor"]), ("rep", "rep", PAPER)):
            dash = BASIS_LOOK[edition.terms[key].basis]
            words = lines(*term(edition, key, language).split(", ", 1))
            cells += f'<tr><td port="{port}" bgcolor="{fill}" style="{dash}">{words}</td></tr>'
        borders = 'border="0" cellborder="1" cellspacing="0" cellpadding="6"'
        table = f'<table {borders} color="{look["color"]}">{cells}</table>'
        cluster.node(_id(row.id, kind), f"<{table}>", shape="plain")


def _draw_links(
    graph: Any,
    edition: Edition,
    left: tuple[RoleRow, str],
    right: tuple[RoleRow, str],
    strong: bool,
) -> list[str]:
    """Draw the links between two players of two roles, and tell them."""
    told = []
    names = f"{left[0].label} ({left[1]}) and {right[0].label} ({right[1]})"
    one, other = _id(left[0].id, left[1]), _id(right[0].id, right[1])
    for row in edition.interfaces.values():
        if {*row.between} != {left[1], right[1]} or row.scope is Scope.OUT:
            continue
        look = {"color": FAINT, "penwidth": "1", "style": BASIS_LOOK[row.basis]}
        if strong:
            look |= {"color": SCOPE_INK[row.scope], "penwidth": "2.6"}
        # The words of a direct link stand below a clearing house, and the line with them.
        if Kind.CLEARING_HOUSE not in row.between:
            look["minlen"] = "2"
        middle = _id(one, row.id, other)
        words = (named(row), SCOPE_WORDS[row.scope])
        halfway(graph, middle, look["color"], row.basis, *words)
        graph.edge(f"{one}:rep:e", f"{middle}:w", **look)
        graph.edge(f"{middle}:e", f"{other}:rep:w", **look)
        scope = SCOPE_WORDS[row.scope]
        told.append(f"{names}: {row.id}, {scope}. {row.says} ({row.basis})")
    return told


def _id(*names: str) -> str:
    return " ".join(names).replace(":", " ")  # a colon would mean a port


def classification(edition: Edition) -> Figure:
    """The roaming modes, told apart by how many clearing houses are on the way; the subject of
    figure 4.

    >>> from refimpl.edition import load
    >>> print(classification(load("2025")).text.splitlines()[0][:66])
    direct, within the scope of Part 1. Clearing houses on the way: 0.
    """
    graph = digraph("classification", rankdir="LR", nodesep="0.2", ranksep="0.45")
    legend(graph, {})
    asked = label("How many clearing houses are on the way?", width=24)
    graph.node("question", asked, style="rounded")
    told = []
    for row in sorted(edition.modes.values(), key=_houses):
        houses = " or ".join(map(str, _houses(row)))
        scope, fill = "within the scope of Part 1", ACCENT_FILL
        if row.extension:
            scope, fill = "added by the model", BROWN_FILL
        ways = _ways(edition, row)
        look = {"style": f"filled,{BASIS_LOOK[row.basis]}", "fillcolor": fill}
        words = label(row.label, scope, *ways, row.says, width=62)
        graph.node(_id("mode", row.id), words, **look)
        graph.edge("question", _id("mode", row.id), label=f" {houses} ")
        on_the_way = f"Clearing houses on the way: {houses}. {'; '.join(ways)}."
        told.append(f"{row.label}, {scope}. {on_the_way} {row.says} ({row.basis})")
    return Figure(f"Roaming modes, {edition.id}", graph.source, "\n".join(told))


def _ways(edition: Edition, row: ModeRow) -> list[str]:
    """Tell the paths of a mode, and the interfaces that its exchanges cross."""
    ways = [" → ".join(row.path)]
    if row.brokered:
        brokered = ", ".join(edition.exchanges[key].label for key in row.brokered)
        ways.append(f"{' → '.join(row.brokered_path)} for {brokered}")
    interfaces = set()
    for exchange in edition.exchanges.values():
        if exchange.modelled:
            interfaces |= {interface.id for interface in crossed(edition, exchange, row.id)}
    return [*ways, ", ".join(sorted(interfaces))]


def _houses(row: ModeRow) -> list[int]:
    """Count the clearing houses on the way, each number once."""
    paths = (row.path, row.brokered_path)
    return sorted({path.count("clearing-house") for path in paths if path})


def stack(edition: Edition) -> Figure:
    """The protocol stack, bottom layer lowest, with how sure the model is of each layer; the
    subject of table 1.

    >>> from refimpl.edition import load
    >>> stack(load("2025")).text.splitlines()[0]
    'layer 1, network: IP. Packets between hosts. (implied)'
    """
    graph = digraph("stack")
    legend(graph, {})
    rows: list[str] = []
    told = []
    for row in sorted(edition.protocols.values(), key=lambda row: row.layer):
        protocol = f"{row.protocol} {row.minimum} or newer" if row.minimum else row.protocol
        weight = 'border="1"'
        if row.basis is Basis.STATED:
            weight = f'border="2" bgcolor="{ACCENT_FILL}"'
        look = f'style="{BASIS_LOOK[row.basis]}" {weight}'
        says = "<br/>".join(map(escape, wrap(row.says, 50)))
        texts = (str(row.layer), lines(protocol), escape(row.label), row.basis, says)
        cells = "".join(f"<td {look}>{text}</td>" for text in texts)
        rows.insert(0, f"<tr>{cells}</tr>")
        told.append(f"layer {row.layer}, {row.label}: {protocol}. {row.says} ({row.basis})")
    table = f'<table border="0" cellspacing="3" cellpadding="6">{"".join(rows)}</table>'
    if rows:
        graph.node("layers", f"<{table}>", shape="plain")
    return Figure(f"Protocol stack, {edition.id}", graph.source, "\n".join(told))
