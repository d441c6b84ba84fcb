"""Who stands where: the landscape around roaming, and the interfaces with what crosses them.

Both pictures are one map, read off the term, landscape, interface, exchange and mode tables of an edition.  In every
picture a line or a border tells the basis of its row (`BASIS_LOOK`), weight and a word tell whether Part 1 covers a link.
The only thing decided here is which kind of node stands left of which.

These are not the figures of the standard, which are not public; they share a subject with figures 1 and 3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from textwrap import wrap
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import Edition, Exchange, Interface, Row
from refimpl.views.figure import ACCENT, BASIS_LOOK, KIND_LOOK, MUTED, Figure, digraph
from refimpl.vocabulary import Kind, Scope

FROM_THE_LEFT: Final = (Kind.EV, Kind.CS, Kind.CSO, Kind.CLEARING_HOUSE, Kind.CSP, Kind.USER)
SCOPE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {Scope.IN: "in Part 1", Scope.EXTENSION: "added by the model", Scope.OUT: "outside Part 1", "": "no interface"}
)
WEIGHT: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {Scope.IN: ("2.6", ACCENT), Scope.EXTENSION: ("1.6", "#8a4b00"), Scope.OUT: ("1", MUTED), "": ("1", MUTED)}
)


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the map: its two ends, the row it shows, the words on it and the sentence that tells the same."""

    ends: tuple[str, str]
    row: Row
    scope: str
    words: tuple[str, ...]
    says: str


def term(edition: Edition, term_id: str, language: str = "en") -> str:
    """The name of a term, led by its abbreviation; English in brackets where the French is not known.

    >>> from refimpl.edition import load
    >>> term(load("2025"), "cs", "fr"), term(load("2025"), "user", "fr")
    ('CS, borne de charge', '[user]')
    """
    row = edition.terms[term_id]
    name = row.en if language == "en" else row.fr or f"[{row.en}]"
    return f"{row.abbreviation}, {name}" if row.abbreviation and row.abbreviation not in name else name


def short(edition: Edition, term_id: str) -> str:
    """The abbreviation of a term, or its English name."""
    row = edition.terms[term_id]
    return row.abbreviation or row.en


def label(*lines: str, head: bool = True, width: int = 18) -> str:
    """An HTML-like label of wrapped lines, the first in bold; whatever a row says is text and never markup."""
    parts = ["<br/>".join(map(escape, wrap(line, width) or [" "])) for line in lines]
    return f"<{'<br/>'.join([f'<b>{parts[0]}</b>' if head else parts[0], *parts[1:]])}>"


def legend(graph: Any) -> None:
    """What lines and borders mean, in a row of its own."""
    with graph.subgraph(name="cluster_legend") as box:
        box.attr(label="lines and borders", style="filled", fillcolor="white", color="white", fontsize="9")
        for basis, dash in BASIS_LOOK.items():
            look = {"style": dash, "shape": "box", "fontsize": "9", "height": "0.2", "margin": "0.15,0.03"}
            box.node(f"legend {basis}", basis, **look)
        for one, other in pairwise(BASIS_LOOK):
            box.edge(f"legend {one}", f"legend {other}", style="invis")


def landscape(edition: Edition, language: str = "en", scope: str = "all") -> Figure:
    """The links between the parties around roaming and the technologies that cover them; the subject of figure 1.

    `language` is that of the terms, `"en"` or `"fr"`; `scope` keeps only the links of one `Scope`.

    >>> from refimpl.edition import load
    >>> landscape(load("2025"), scope="extension").text.splitlines()[-1]
    'clearing house platform and clearing house platform: OCN. IF-5, added by the model. (chosen)'
    """
    rows = {frozenset(row.between): row for row in edition.interfaces.values()}
    links = []
    for row in edition.landscape.values():
        crossing = rows.get(frozenset(row.between))
        place = crossing.scope if crossing else ""
        says = f"{', '.join(row.technologies)}. {crossing.id + ', ' if crossing else ''}{SCOPE_WORDS[place]}."
        links.append(Link(row.between, row, place, (SCOPE_WORDS[place], *row.technologies), says))
    shown = [link for link in links if scope in ("all", link.scope)]
    return _map(f"Roaming and its neighbours, {edition.id}", edition, shown, language)


def interfaces(edition: Edition, exchange: str = "all", mode: str = "all", language: str = "en") -> Figure:
    """The interfaces, and the exchanges that cross each in a mode or in any; the subject of figure 3.

    >>> from refimpl.edition import load
    >>> [line for line in interfaces(load("2025"), "tariff", "hybrid").text.splitlines() if "IF-4" in line]
    ['CSO, charging station operator and clearing house platform: IF-4, in Part 1. Crossed by tariff. (implied)']
    """
    chosen = [row for key, row in edition.exchanges.items() if exchange in ("all", key)]
    modes = [key for key in edition.modes if mode in ("all", key)]
    links = []
    for row in edition.interfaces.values():
        crossing = [one for one in chosen if any(row in crossed(edition, one, key) for key in modes)]
        numbers = ", ".join(str(one.number) for one in crossing)
        says = f"{row.id}, {SCOPE_WORDS[row.scope]}. Crossed by {', '.join(one.label for one in crossing) or 'nothing'}."
        words = (row.id, SCOPE_WORDS[row.scope], *((f"nos. {numbers}",) if crossing else ()))
        links.append(Link(row.between, row, row.scope, words, says))
    return _map(f"Interfaces and the exchanges that cross them, {edition.id}", edition, links, language)


def crossed(edition: Edition, exchange: Exchange, mode: str) -> tuple[Interface, ...]:
    """The interfaces an exchange crosses in a mode, whichever kinds play its two roles.

    >>> from refimpl.edition import load
    >>> [row.id for row in crossed(load("2025"), load("2025").exchanges["tariff"], "hybrid")]
    ['IF-3', 'IF-4']
    """
    row = edition.modes[mode]
    path = row.brokered_path if exchange.id in row.brokered else row.path
    kinds = {
        "producer": edition.roles[exchange.producer].played_by,
        "consumer": edition.roles[exchange.consumer].played_by,
        "clearing-house": (Kind.CLEARING_HOUSE,),
    }
    pairs = {frozenset((a, b)) for one, other in pairwise(path) for a in kinds[one] for b in kinds[other]}
    return tuple(row for row in edition.interfaces.values() if frozenset(row.between) in pairs and row.scope != "out")


def _map(title: str, edition: Edition, links: Iterable[Link], language: str) -> Figure:
    graph = digraph("map", rankdir="LR", nodesep="0.35", ranksep="0.3", compound="true")
    links = sorted(links, key=lambda link: min(map(_column, link.ends)))
    kinds = sorted({end for link in links for end in link.ends}, key=_column)
    roaming = {end for row in edition.interfaces.values() if row.scope == "in" for end in row.between}
    doubled = {link.ends[0] for link in links if link.ends[0] == link.ends[1]}
    with graph.subgraph(name="cluster_roaming") as cluster:
        if "roaming-entity" in edition.terms and roaming & set(kinds):
            name, row = term(edition, "roaming-entity", language), edition.terms["roaming-entity"]
            cluster.attr(label=label(name), style=f"rounded,{BASIS_LOOK[row.basis]}", color=MUTED, margin="12")
        for kind in kinds:
            _node(cluster if kind in roaming else graph, edition, kind, language, kind in doubled)
    for link in links:
        width, colour = WEIGHT[link.scope]
        left, right = sorted(link.ends, key=_column)
        graph.edge(
            _id(left),
            _id(right if left != right else f"{right} 2"),
            label=label(*link.words),
            dir="none",
            penwidth=width,
            color=colour,
            fontcolor=colour,
            style=BASIS_LOOK[link.row.basis],
        )
    legend(graph)
    told = [f"{term(edition, kind, language)}: {edition.terms[kind].means} ({edition.terms[kind].basis})" for kind in kinds]
    for link in links:
        one, other = (term(edition, end, language) for end in link.ends)
        told.append(f"{one} and {other}: {link.says} ({link.row.basis})")
    return Figure(title, graph.source, "\n".join(told))


def _node(graph: Any, edition: Edition, kind: str, language: str, doubled: bool) -> None:
    row = edition.terms[kind]
    look = dict(KIND_LOOK.get(kind, KIND_LOOK["cs"]))
    look["style"] += f",{BASIS_LOOK[row.basis]}"
    abbreviation, _, name = term(edition, kind, language).partition(", ")
    with graph.subgraph() as column:
        column.attr(rank="same")
        column.node(_id(kind), label(abbreviation, *filter(None, [name])), **look)
        if doubled:
            column.node(_id(f"{kind} 2"), label(f"{abbreviation} (2)"), **look)


def _column(kind: str) -> int:
    return FROM_THE_LEFT.index(kind) if kind in FROM_THE_LEFT else len(FROM_THE_LEFT)


def _id(name: str) -> str:
    return name.replace(":", " ")  # a colon would mean a port
