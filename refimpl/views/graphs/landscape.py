"""Who stands where: the landscape around roaming, and the interfaces with what crosses them.

Both pictures are one map, read off the term, landscape, interface, exchange and mode tables of
an edition.  A line or border tells the basis of its row, colour and a word tell whether Part 1
covers a link.  The only thing decided here is which kind of node stands where.

These are not the figures of the standard, whose contents are not public; they share a subject
with figures 1 and 3.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

from refimpl.edition import Edition, ExchangeRow, InterfaceRow, Row
from refimpl.views.kit.figure import BASIS_LOOK, KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import cell, halfway, label, legend, named, term
from refimpl.views.kit.palette import ACCENT, BROWN, FAINT, MUTED
from refimpl.vocabulary import Kind, Role, Scope

COLUMNS: Final = ((Kind.CSO, Kind.CS, Kind.EV), (Kind.CLEARING_HOUSE,), (Kind.CSP, Kind.USER))
ROAMING_ENTITY: Final = "roaming-entity"
SCOPE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Scope.IN: "in Part 1",
        Scope.EXTENSION: "added by the model",
        Scope.OUT: "outside Part 1",
        "": "no interface",
    }
)
SCOPE_INK: Final[Mapping[str, str]] = MappingProxyType(
    {Scope.IN: ACCENT, Scope.EXTENSION: BROWN, Scope.OUT: MUTED, "": MUTED}
)


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the map: its two ends, the row it shows and that of the words on it, how it
    stands out, the words, and the sentence that tells the same.
    """

    ends: tuple[str, str]
    row: Row
    of_words: Row
    scope: str
    strong: bool
    faded: bool
    words: tuple[str, ...]
    says: str


def landscape(edition: Edition, language: str = "en", scope: str = "all") -> Figure:
    """The links between the parties around roaming and the technologies that cover them; the
    subject of figure 1.

    `language` is that of the terms, `"en"` or `"fr"`; `scope` keeps only the links of one
    `Scope`.  A line is as sure as its interface, and the border of the words on it tells how
    sure the technologies are.

    >>> from refimpl.edition import load
    >>> landscape(load("2025"), scope="extension").text.splitlines()[-1][-48:]
    'OCN; IF-5 (chosen), added by the model. (chosen)'
    """
    rows = {frozenset(row.between): row for row in edition.interfaces.values()}
    links = []
    for row in edition.landscape.values():
        crossing = rows.get(frozenset(row.between))
        place, about = "", [SCOPE_WORDS[""]]
        if crossing:
            place = crossing.scope
            about = [named(crossing), SCOPE_WORDS[place]]
        says = f"{', '.join(row.technologies)}; {', '.join(about)}."
        words = (*about, *row.technologies)
        ends = (row.between, crossing or row, row)
        links.append(Link(*ends, place, place == Scope.IN, False, words, says))
    shown = [link for link in links if scope in ("all", link.scope)]
    return _map(f"Roaming and its neighbours, {edition.id}", edition, shown, language)


def interfaces(
    edition: Edition, exchange: str = "all", mode: str = "all", language: str = "en"
) -> Figure:
    """The services, the interfaces, and the exchanges that cross each in one mode or in any;
    the subject of figure 3.

    >>> from refimpl.edition import load
    >>> text = interfaces(load("2025"), "tariff", "hybrid").text
    >>> [line[-42:] for line in text.splitlines() if "IF-4" in line]
    ['IF-4, in Part 1; carries tariff. (implied)']
    """
    by_number = sorted(edition.exchanges.values(), key=lambda row: row.number)
    chosen = [row for row in by_number if exchange in ("all", row.id)]
    modes = [key for key in edition.modes if mode in ("all", key)]
    links = [_carrying(edition, row, chosen, modes) for row in edition.interfaces.values()]
    services = [
        cell(f"{row.label}: {row.record.upper()}", row.basis)
        for row in edition.services.values()
    ]
    numbered = [
        cell(f"{row.number} {row.label}", row.basis, strong=row in chosen) for row in by_number
    ]
    title = f"Interfaces and the exchanges that cross them, {edition.id}"
    key = {"services and their records:": services, "exchanges:": numbered}
    told = [
        f"service {row.label}, leaves an {row.record.upper()}. ({row.basis})"
        for row in edition.services.values()
    ]
    told += [f"exchange {row.number}, {row.label}: {row.says} ({row.basis})" for row in chosen]
    same = {"mode": "This exchange takes the same way in every mode."}
    return replace(_map(title, edition, links, language, key, told), unmoved_by=same)


def _carrying(
    edition: Edition, row: InterfaceRow, chosen: list[ExchangeRow], modes: list[str]
) -> Link:
    """Tell of one interface which of the chosen exchanges cross it in one of these modes."""
    crossing = [
        exchange
        for exchange in chosen
        if any(row in crossed(edition, exchange, mode) for mode in modes)
    ]
    names = ", ".join(exchange.label for exchange in crossing) or "nothing"
    numbers = _ranges({exchange.number for exchange in crossing}) or "nothing"
    scope = SCOPE_WORDS[row.scope]
    words = [named(row), scope]
    unused = not crossing and row.scope != Scope.OUT
    if row.scope != Scope.OUT:
        words.append(f"carries {numbers}")
    says = f"{row.id}, {scope}; carries {names}."
    ends = (row.between, row, row)
    return Link(*ends, row.scope, bool(crossing), unused, tuple(words), says)


def crossed(edition: Edition, exchange: ExchangeRow, mode: str) -> tuple[InterfaceRow, ...]:
    """List the interfaces that an exchange crosses in a mode, in any of its roles; to a
    clearing house it goes directly.

    >>> from refimpl.edition import load
    >>> [row.id for row in crossed(load("2025"), load("2025").exchanges["tariff"], "hybrid")]
    ['IF-3', 'IF-4']
    """
    path = edition.modes[mode].path_of(exchange.id)
    if Role.CLEARING_HOUSE in (exchange.producer, exchange.consumer):
        path = ("producer", "consumer")
    kinds = {
        "producer": edition.roles[exchange.producer].played_by,
        "consumer": edition.roles[exchange.consumer].played_by,
        "clearing-house": (Kind.CLEARING_HOUSE,),
    }
    pairs = {
        frozenset((a, b))
        for one, other in pairwise(path)
        for a in kinds[one]
        for b in kinds[other]
    }
    rows = edition.interfaces.values()
    return tuple(
        row for row in rows if frozenset(row.between) in pairs and row.scope is not Scope.OUT
    )


def _ranges(numbers: set[int]) -> str:
    """Numbers in order with runs drawn together, as "1–3, 7"."""
    firsts = sorted(number for number in numbers if number - 1 not in numbers)
    lasts = sorted(number for number in numbers if number + 1 not in numbers)
    runs = []
    for first, last in zip(firsts, lasts, strict=True):
        runs.append(f"{first}–{last}" if last > first else f"{first}")
    return ", ".join(runs)


def _map(
    title: str,
    edition: Edition,
    links: Iterable[Link],
    language: str,
    key: Mapping[str, list[str]] | None = None,
    told: Iterable[str] = (),
) -> Figure:
    graph = digraph("map", rankdir="LR", newrank="true", nodesep="0.22", ranksep="0.22")
    graph.attr("edge", dir="none")
    legend(graph, key or {}, language)
    # What comes first is laid lowest.
    links = sorted(links, key=lambda link: (-_span(link), _place(link.ends[0])))
    kinds = sorted({end for link in links for end in link.ends}, key=_place)
    roaming = _roaming_kinds(edition)
    around = []
    if ROAMING_ENTITY in edition.terms and not roaming.isdisjoint(kinds):
        around.append(ROAMING_ENTITY)
    with graph.subgraph(name="cluster_roaming") as cluster:
        for name in around:
            words = label(term(edition, name, language))
            dash = BASIS_LOOK[edition.terms[name].basis]
            cluster.attr(label=words, labelloc="t", labeljust="c", margin="10")
            cluster.attr(style=f"rounded,{dash}", color=MUTED)
        for kind in kinds:
            _draw_node(cluster if kind in roaming else graph, edition, kind, language)
        for link in links:
            inside = {*link.ends} <= roaming
            _draw_link(cluster if inside else graph, edition, link, language)
    for column in COLUMNS:
        with graph.subgraph(graph_attr={"rank": "same"}) as same:
            for kind in kinds:
                if kind in column:
                    same.node(_id(kind))
    lines = [*_terms(edition, [*kinds, *around], language)]
    lines += [*_links(edition, links, language), *told]
    return Figure(title, graph.source, "\n".join(lines))


def _roaming_kinds(edition: Edition) -> set[str]:
    """Name the kinds at the ends of an interface that Part 1 covers."""
    kinds: set[str] = set()
    for row in edition.interfaces.values():
        if row.scope is Scope.IN:
            kinds.update(row.between)
    return kinds


def _terms(edition: Edition, names: Iterable[str], language: str) -> Iterator[str]:
    for name in names:
        row = edition.terms[name]
        yield f"{term(edition, name, language)}: {row.means} ({row.basis})"


def _links(edition: Edition, links: Iterable[Link], language: str) -> Iterator[str]:
    for link in links:
        one, other = (term(edition, end, language) for end in link.ends)
        yield f"{one} and {other}: {link.says} ({link.of_words.basis})"


# A graph of graphviz has no types.
def _draw_node(
    graph: Any, edition: Edition, kind: str, language: str, second: str = ""
) -> None:
    look = dict(KIND_LOOK.get(kind, KIND_LOOK["cs"]))
    look["style"] += f",{BASIS_LOOK[edition.terms[kind].basis]}"
    first, *others = term(edition, kind, language).split(", ", 1)
    words = [first + second]
    if not second:
        words += others
    graph.node(_id(kind + second), label(*words), **look)


def _draw_link(graph: Any, edition: Edition, link: Link, language: str) -> None:
    """A line from end to end with its words in a box halfway; a kind linked to its like gets a
    second node.
    """
    look = {"penwidth": "1", "color": SCOPE_INK[link.scope]}
    if link.strong:
        look["penwidth"] = "2.6"
    if link.faded:
        look["color"] = FAINT
    first, last = sorted(link.ends, key=_place)
    level = not _span(link)
    if first == last:
        last += " (2)"
        _draw_node(graph, edition, first, language, " (2)")
    middle = _id(f"link {link.of_words.id}")
    rank = {"rank": "same"} if level else {}
    with graph.subgraph(graph_attr=rank) as same:
        halfway(same, middle, look["color"], link.of_words.basis, *link.words)
        if level:
            same.node(_id(first))
            same.node(_id(last))
    graph.edge(_id(first), middle, style=BASIS_LOOK[link.row.basis], **look)
    graph.edge(middle, _id(last), style=BASIS_LOOK[link.row.basis], **look)


def _place(kind: str) -> tuple[int, int, str]:
    for number, column in enumerate(COLUMNS):
        if kind in column:
            return number, column.index(kind), kind
    return len(COLUMNS), 0, kind  # a kind of an amendment stands at the right


def _span(link: Link) -> int:
    one, other = map(_place, link.ends)
    return abs(one[0] - other[0])


def _id(name: str) -> str:
    return name.replace(":", " ")  # a colon would mean a port
