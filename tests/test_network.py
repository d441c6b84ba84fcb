"""Networks held as blocks against the same networks spread out, and routes against a search
through the graph.
"""

import itertools
import json
import tracemalloc
from collections.abc import Mapping
from typing import Any, Final

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.edition import load
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.messages import StationStatus, StationStatusNotice
from refimpl.network import (
    Block,
    Network,
    RoamingEntity,
    check_network,
    interface_between,
    parse_network,
    route,
)
from refimpl.network import way as way_of
from refimpl.vocabulary import Kind

EDITION: Final = load("2025")
STATUS: Final = StationStatusNotice(
    statuses=(StationStatus(evse_id="DEAB7E1", status="available"),)
)
EXCHANGE: Final = "authorization"  # from a visited-CSO to a home-CSP

KINDS: Final[Mapping[str, Kind]] = {
    "csp-a": Kind.CSP,
    "csp-b": Kind.CSP,
    "cso-a": Kind.CSO,
    "cso-b": Kind.CSO,
    "house-a": Kind.CLEARING_HOUSE,
    "house-b": Kind.CLEARING_HOUSE,
}


def network(links: tuple[Block, ...] = (), agreements: tuple[Block, ...] = ()) -> Network:
    entities = tuple(RoamingEntity(id=name, kind=kind) for name, kind in KINDS.items())
    return Network(entities=entities, links=links, agreements=agreements)


def block(left: str, right: str) -> Block:
    return Block(left=tuple(left.split()), right=tuple(right.split()))


def spread(blocks: tuple[Block, ...]) -> "nx.Graph[str]":
    """The pairs that blocks stand for, each on its own: the slow way."""
    graph: nx.Graph[str] = nx.Graph()
    for one in blocks:
        graph.add_edges_from(itertools.product(one.left, one.right))
    return graph


sides = st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4).map(tuple)
blocks = st.lists(st.builds(Block, left=sides, right=sides), max_size=5).map(tuple)


# --- blocks -----------------------------------------------------------------------------------


@given(blocks, blocks)
def test_blocks_are_pairs(links: tuple[Block, ...], agreements: tuple[Block, ...]) -> None:
    """Blocks stand for the pairs of their sides."""
    net, linked, agreed = network(links, agreements), spread(links), spread(agreements)
    for one, other in itertools.product(KINDS, KINDS):
        assert net.linked(one, other) == linked.has_edge(one, other)
        assert net.agreed(one, other) == agreed.has_edge(one, other)
    for name in KINDS:
        around = set(linked[name]) - {name} if name in linked else set()
        houses = sorted(other for other in around if KINDS[other] is Kind.CLEARING_HOUSE)
        assert net.houses(name) == tuple(houses)
        for kind, house in itertools.product((Kind.CSP, Kind.CSO), ("house-a", "house-b")):
            expected = [
                p
                for p in KINDS
                if KINDS[p] is kind and linked.has_edge(house, p) and agreed.has_edge(name, p)
            ]
            assert net.partners(name, kind, house) == tuple(expected)
    drawn = net.graph(EDITION)
    assert set(drawn.nodes) == set(KINDS)
    assert {frozenset(edge) for edge in drawn.edges} == {
        frozenset(e) for e in linked.edges if len(set(e)) == 2
    }


def test_changed_copy() -> None:
    """As whoever drafts another network makes one; what the first has worked out is not the
    second's.
    """
    first = network((block("csp-a", "cso-a"),), (block("csp-a", "cso-a"),))
    assert route(first, EDITION, "direct", "cso-a", "csp-a", EXCHANGE)
    second = first.model_copy(update={"links": (block("csp-b", "cso-b"),)})
    with pytest.raises(Violation, match="NET-4"):
        route(second, EDITION, "direct", "cso-a", "csp-a", EXCHANGE)
    assert first.model_copy() == first
    assert second.linked("csp-b", "cso-b")
    assert first.linked("csp-a", "cso-a")


def test_graph_for_drawing() -> None:
    """The graph for drawing tells kinds and interfaces."""
    entities = (
        RoamingEntity(id="a", kind=Kind.CSP, name="Alba"),
        RoamingEntity(id="b", kind=Kind.CSO),
        RoamingEntity(id="c", kind=Kind.CSO),
        RoamingEntity(id="d", kind=Kind.EV),
    )
    graph = Network(entities=entities, links=(block("a", "b"), block("b", "b c d"))).graph(
        EDITION
    )
    assert dict(graph.nodes["a"]) == {"kind": "csp", "name": "Alba"}
    assert graph.nodes["b"]["name"] == "b"
    assert dict(graph.edges["a", "b"]) == {"interface": "IF-2", "scope": "in"}
    assert graph.edges["b", "c"]["scope"] == "out"
    assert not graph.has_edge("b", "b")
    assert dict(graph.edges["b", "d"]) == {"interface": "", "scope": ""}


def test_providers_and_operators() -> None:
    """Provider ids and operator ids are two name spaces; a CSP may operate stations too."""
    entities = [
        {"id": "csp-a", "kind": "csp", "party_ids": ["DE8AA", "NL8AA"]},
        {"id": "cso-a", "kind": "cso", "party_ids": ["DE8AA", "+49*810"]},
    ]
    net = parse_network(described(entities=entities), EDITION)
    assert net.provider("DE8AA0012345670") == "csp-a"
    assert net.operator("DE8AAE1") == "cso-a"
    assert net.operator("NL8AAE1") == "csp-a"
    assert net.operator("+49*810*000*438") == "cso-a"
    for unknown in ("FR8AA0012345670", "FR8AAE1", "+49*811*1"):
        assert (net.provider(unknown), net.operator(unknown)) == (None, None)
    entities[1]["kind"] = "csp"
    with pytest.raises(Misuse, match="'DE8AA'") as refused:
        parse_network(described(entities=entities), EDITION)
    assert refused.value.rule_id == "NET-9"


def test_an_evse_of_another() -> None:
    """The first EVSE of another operator is told, and one of no operator is anyone's."""
    net = Network(
        entities=(
            RoamingEntity(id="cso-a", kind=Kind.CSO, party_ids=("DEAB7",)),
            RoamingEntity(id="cso-b", kind=Kind.CSO, party_ids=("FRA23",)),
        )
    )
    assert net.foreign_evse(("ATXYZE1", "DEAB7E1", "FRA23E1"), "cso-a") == "cso-b"
    assert net.foreign_evse(("ATXYZE1", "DEAB7E1"), "cso-a") is None


def test_six_thousand_entities() -> None:
    """A thousand CSPs and five thousand CSOs stay small and route."""
    csps, csos = [f"csp-{i}" for i in range(1000)], [f"cso-{i}" for i in range(5000)]
    raw = json.dumps(
        {
            "agreements": [{"left": csps, "right": csos}],
            "entities": [
                *({"id": name, "kind": "csp"} for name in csps),
                *({"id": name, "kind": "cso"} for name in csos),
                {"id": "house", "kind": "clearing-house"},
            ],
            "links": [
                {"left": csps, "right": csos},
                {"left": ["house"], "right": [*csps, *csos]},
            ],
        }
    )
    tracemalloc.start()
    net = parse_network(raw, EDITION)
    ways = [
        route(net, EDITION, mode, "cso-4999", "csp-999", EXCHANGE)
        for mode in ("direct", "clearing-house")
    ]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(way) for way in ways] == [1, 2]
    assert peak < 50_000_000  # spread out, the five million links alone take ten times as much


# --- interfaces -------------------------------------------------------------------------------

# fmt: off
PAIRS: Final = {
    ("csp", "csp"): "IF-1", ("csp", "cso"): "IF-2", ("csp", "clearing-house"): "IF-3",
    ("cso", "clearing-house"): "IF-4", ("clearing-house", "clearing-house"): "IF-5",
    ("cso", "cso"): "IF-6", ("cs", "cso"): "X-1", ("ev", "cs"): "X-2",
    ("user", "csp"): "X-3",
}
IN_SCOPE: Final = {"IF-1", "IF-2", "IF-3", "IF-4", "IF-5"}
# fmt: on


@pytest.mark.parametrize(("one", "other"), [*itertools.combinations_with_replacement(Kind, 2)])
def test_links_are_in_scope(one: Kind, other: Kind) -> None:
    """A link is refused unless its interface is in scope."""
    row = interface_between(EDITION, one, other)
    assert row == interface_between(EDITION, other, one)
    expected = PAIRS.get((one, other), PAIRS.get((other, one)))
    assert (row.id if row else None) == expected
    net = Network(
        entities=(RoamingEntity(id="a", kind=one), RoamingEntity(id="b", kind=other)),
        links=(block("b", "a"),),
    )
    if expected in IN_SCOPE:
        check_network(net, EDITION)
        return
    with pytest.raises(Violation) as error:
        check_network(net, EDITION)
    assert error.value.rule_id == "NET-2"
    assert error.value.where.startswith("links.0: ")


def test_one_wrong_pair() -> None:
    """One wrong pair in a block is enough."""
    with pytest.raises(Violation) as error:
        check_network(
            network(links=(block("csp-a", "cso-a"), block("csp-a cso-a", "csp-b cso-b"))),
            EDITION,
        )
    assert (error.value.rule_id, error.value.where) == ("NET-2", "links.1: cso and cso, IF-6")


# --- files ------------------------------------------------------------------------------------

ENTITIES: Final[list[dict[str, Any]]] = [
    {"id": "a", "kind": "csp", "party_ids": ["DE8AA"]},
    {"id": "b", "kind": "cso"},
]


def described(**changed: Any) -> str:
    return json.dumps({"agreements": [], "entities": ENTITIES, "links": [], **changed})


# fmt: off
FILES: Final[dict[str, tuple[str | bytes, str, str]]] = {
    "nothing":                ("", "NET-9", "not JSON"),
    "no JSON":                ("entities:", "NET-9", "line 1 column 1"),
    "cut short":              (described()[:-1], "NET-9", "not JSON"),
    "no UTF-8":               (b'{"entities": "\xff"}', "NET-9", "0xff"),
    "UTF-16":                 (described().encode("utf-16"), "NET-9", "network"),
    "an array":               ("[]", "NET-9", "network"),
    "no entities":            ("{}", "NET-9", "entities"),
    "empty":                  (described(entities=[]), "NET-9", "entities"),
    "NaN":                    (described(entities=float("nan")), "NET-9", "entities"),
    "many digits":            ('{"entities":' + "9" * 60_000 + "}", "NET-9", "out of range"),
    "very deep":              ("[" * 100_000, "NET-9", "recursion"),
    "a member twice":
        ('{"entities":[{"id":"a","id":"b","kind":"csp"}]}', "NET-9", "'id'"),
    "an unknown member":      (described(colour="red"), "NET-9", "colour"),
    "an unknown kind":
        (described(entities=[*ENTITIES, {"id": "c", "kind": "hub"}]), "NET-9", "2.kind"),
    "no kind":                (described(entities=[{"id": "c"}]), "NET-9", "entities.0.kind"),
    "an id in capitals":
        (described(entities=[{"id": "CSP", "kind": "csp"}]), "NET-9", "entities.0.id"),
    "a wrong party id":
        (described(entities=[{**ENTITIES[0], "party_ids": ["DE-8A"]}]), "NET-9", "party_ids.0"),
    "an entity twice":        (described(entities=[*ENTITIES, ENTITIES[1]]), "NET-9", "'b'"),
    "a party id twice":
        (described(entities=[*ENTITIES, {**ENTITIES[0], "id": "c"}]), "NET-9", "'DE8AA'"),
    "a block with one side":  (described(links=[{"left": ["a"]}]), "NET-9", "links.0.right"),
    "an empty side":
        (described(agreements=[{"left": [], "right": ["a"]}]), "NET-9", "agreements.0.left"),
    "an unknown entity":
        (described(links=[{"left": ["a"], "right": ["b", "z"]}]), "NET-1", "entity 'z'"),
    "an unknown partner":
        (described(agreements=[{"left": ["y"], "right": ["b"]}]), "NET-1", "agreements.0"),
    "a link out of scope":
        (described(links=[{"left": ["b"], "right": ["b"]}]), "NET-2", "links.0"),
}
# fmt: on


@pytest.mark.parametrize("what", FILES)
def test_wrong_files(what: str) -> None:
    """A wrong file gives one error that names the place."""
    raw, rule, place = FILES[what]
    with pytest.raises((Misuse, Violation)) as error:
        parse_network(raw, EDITION)
    assert error.value.rule_id == rule
    assert place in error.value.where
    assert len(error.value.where) < 300


def test_a_right_file_is_read() -> None:
    net = parse_network(described(links=[{"left": ["a"], "right": ["b"]}]), EDITION)
    assert net.linked("b", "a")
    assert net.entity("a").kind is Kind.CSP


# --- routes -----------------------------------------------------------------------------------

FULL: Final = (
    block("csp-a csp-b", "cso-a cso-b"),
    block("csp-a csp-b", "csp-a csp-b"),
    block("house-a", "csp-a csp-b cso-a"),
    block("house-b", "cso-b"),
    block("house-a", "house-b"),
)
AGREED: Final = (block("csp-a csp-b", "cso-a cso-b csp-a csp-b"),)


def way(
    mode: str, sender: str, receiver: str, exchange: str = EXCHANGE, **parts: tuple[Block, ...]
) -> str:
    net = network(parts.get("links", FULL), parts.get("agreements", AGREED))
    hops = route(net, EDITION, mode, sender, receiver, exchange)
    assert [hop.receiver for hop in hops[:-1]] == [hop.sender for hop in hops[1:]]
    return " ".join([sender, *(f"{hop.interface} {hop.receiver}" for hop in hops)])


@pytest.mark.parametrize(
    ("mode", "sender", "receiver", "exchange", "expected"),
    [
        ("direct", "cso-a", "csp-a", EXCHANGE, "cso-a IF-2 csp-a"),
        ("direct", "csp-a", "cso-a", "remote-control", "csp-a IF-2 cso-a"),
        ("direct", "csp-a", "csp-b", EXCHANGE, "csp-a IF-1 csp-b"),
        ("clearing-house", "cso-a", "csp-a", EXCHANGE, "cso-a IF-4 house-a IF-3 csp-a"),
        ("clearing-house", "csp-a", "csp-b", "remote-control", "csp-a IF-3 house-a IF-3 csp-b"),
        ("clearing-house", "cso-a", "house-a", EXCHANGE, "cso-a IF-4 house-a"),
        ("clearing-house", "house-a", "csp-a", EXCHANGE, "house-a IF-3 csp-a"),
        ("direct", "house-a", "house-b", EXCHANGE, "house-a IF-5 house-b"),
        ("hybrid", "cso-a", "csp-a", EXCHANGE, "cso-a IF-2 csp-a"),
        ("hybrid", "cso-a", "csp-a", "station-information", "cso-a IF-4 house-a IF-3 csp-a"),
        ("federated", "cso-b", "csp-a", EXCHANGE, "cso-b IF-4 house-b IF-5 house-a IF-3 csp-a"),
        ("federated", "cso-a", "csp-a", EXCHANGE, "cso-a IF-4 house-a IF-3 csp-a"),
    ],
)
def test_the_way_of_an_exchange(
    mode: str, sender: str, receiver: str, exchange: str, expected: str
) -> None:
    assert way(mode, sender, receiver, exchange) == expected


def test_ways_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often and in which order they are asked for, and no more than may be."""
    monkeypatch.setattr("refimpl.network.routes.MOST_WAYS", 3)
    net = network(FULL, AGREED)
    modes, pairs = ("direct", "clearing-house"), (("cso-a", "csp-a"), ("csp-a", "csp-b"))
    editions = (EDITION, load("2019"))
    for _ in range(2):
        for edition, mode, ends in itertools.product(editions, modes, pairs):
            fresh = way_of(network(FULL, AGREED), edition, mode, *ends, STATUS)
            assert way_of(net, edition, mode, *ends, STATUS) == fresh
            assert 0 < len(net.known_ways) <= 3
    first = way_of(net, EDITION, "direct", "cso-a", "csp-a", STATUS)
    assert way_of(net, EDITION, "direct", "cso-a", "csp-a", STATUS) is first


def test_first_shared_house() -> None:
    """With two shared houses the first by id is taken."""
    links = (block("house-b house-a", "csp-a cso-a"),)
    assert (
        way("clearing-house", "cso-a", "csp-a", links=links) == "cso-a IF-4 house-a IF-3 csp-a"
    )


def test_linked_pair_of_houses() -> None:
    """Between two houses a linked pair is taken."""
    links = (block("cso-a", "house-a"), block("csp-a", "house-b"), block("house-a", "house-b"))
    assert (
        way("federated", "cso-a", "csp-a", links=links)
        == "cso-a IF-4 house-a IF-5 house-b IF-3 csp-a"
    )


CSO_A = (block("cso-a", "house-a"),)
CSP_A = (block("csp-a", "house-a"),)
CSO_B = (block("cso-b", "house-b"),)

# Each row breaks its own rule and every rule of the rows below that it can.
# fmt: off
REFUSED: Final = [
    # mode             sender     receiver   exchange          links, agreements, rule
    ("carrier-pigeon", "csp-a",   "csp-a",   "settlement",     (),        (),     "NET-6"),
    ("direct",         "nobody",  "nobody",  "settlement",     (),        (),     "NET-8"),
    ("direct",         "nobody",  "nobody",  "smoke-signals",  (),        (),     "NET-8"),
    ("direct",         "nobody",  "nobody",  EXCHANGE,         (),        (),     "NET-1"),
    ("direct",         "cso-a",   "nobody",  EXCHANGE,         (),        (),     "NET-1"),
    ("clearing-house", "cso-a",   "cso-a",   "remote-control", (),        (),     "NET-10"),
    ("clearing-house", "cso-a",   "cso-b",   "remote-control", (),        (),     "NET-2"),
    ("clearing-house", "csp-a",   "cso-a",   EXCHANGE,         (),        (),     "NET-3"),
    ("clearing-house", "cso-a",   "csp-a",   "remote-control", (),        (),     "NET-3"),
    ("clearing-house", "house-a", "cso-a",   EXCHANGE,         (),        (),     "NET-3"),
    ("clearing-house", "cso-a",   "csp-a",   EXCHANGE,         (),        (),     "NET-7"),
    ("clearing-house", "cso-a",   "csp-a",   EXCHANGE,         CSO_A,     (),     "NET-7"),
    ("clearing-house", "cso-a",   "csp-a",   EXCHANGE,         CSP_A,     (),     "NET-7"),
    ("clearing-house", "cso-b",   "csp-a",   EXCHANGE,         FULL,      (),     "NET-7"),
    ("federated",      "cso-b",   "csp-a",   EXCHANGE,         CSO_B,     (),     "NET-7"),
    ("federated",      "cso-b",   "csp-a",   EXCHANGE,         FULL[:4],  (),     "NET-4"),
    ("direct",         "cso-a",   "csp-a",   EXCHANGE,         (),        (),     "NET-4"),
    ("direct",         "cso-a",   "house-b", EXCHANGE,         FULL,      AGREED, "NET-4"),
    ("direct",         "cso-a",   "csp-a",   EXCHANGE,         FULL,      (),     "NET-5"),
    ("clearing-house", "cso-a",   "csp-a",   EXCHANGE,         FULL,      (),     "NET-5"),
]
# fmt: on


@pytest.mark.parametrize(
    ("mode", "sender", "receiver", "exchange", "links", "agreements", "rule"), REFUSED
)
def test_first_broken_rule(  # one argument for each column
    mode: str, sender: str, receiver: str, exchange: str, links: Any, agreements: Any, rule: str
) -> None:
    """The first broken rule is told."""
    with pytest.raises(RoamingError) as error:
        route(network(links, agreements), EDITION, mode, sender, receiver, exchange)
    assert error.value.rule_id == rule
    assert isinstance(error.value, Misuse if rule in {"NET-1", "NET-6"} else Violation)


def test_no_way_without_a_row() -> None:
    """What an edition does not hold has no way."""
    net = network(FULL, AGREED)
    assert route(net, EDITION, "direct", "csp-a", "cso-a", "reservation")
    with pytest.raises(Violation) as error:
        route(net, load("2019"), "direct", "csp-a", "cso-a", "reservation")
    assert error.value.rule_id == "NET-8"


# A block within reason: no link that is out of scope, so that every network is one that `check`
# lets pass.
in_scope = st.lists(
    st.tuples(st.sampled_from(list(KINDS)), st.sampled_from(list(KINDS)))
    .filter(lambda pair: pair[0] != pair[1] and {KINDS[pair[0]], KINDS[pair[1]]} != {Kind.CSO})
    .map(lambda pair: Block(left=pair[:1], right=pair[1:])),
    max_size=12,
).map(tuple)


def shortest(
    net: Network, links: "nx.Graph[str]", mode: str, sender: str, receiver: str
) -> int | None:
    """How many hops a search through the links finds, where the mode lets an exchange pass;
    None for no way.
    """
    houses = [name for name in net.by_id if KINDS[name] is Kind.CLEARING_HOUSE]
    allowed = links.subgraph(
        [sender, receiver, *(houses if mode == "clearing-house" else ())]
    ).copy()
    if mode == "clearing-house":
        allowed.remove_edges_from([(sender, receiver), ("house-a", "house-b")])
    agreed = spread(net.agreements).has_edge(sender, receiver)
    if (
        not agreed
        or sender not in allowed
        or receiver not in allowed
        or not nx.has_path(allowed, sender, receiver)
    ):
        return None
    return len(nx.shortest_path(allowed, sender, receiver)) - 1


@given(
    in_scope,
    blocks,
    st.sampled_from(("direct", "clearing-house")),
    st.sampled_from(("cso-a", "cso-b", "csp-b")),
)
def test_routes_as_a_search_finds(
    links: tuple[Block, ...], agreements: tuple[Block, ...], mode: str, sender: str
) -> None:
    """A route is the way a search finds."""
    net, graph = network(links, agreements), spread(links)
    check_network(net, EDITION)
    expected = shortest(net, graph, mode, sender, "csp-a")
    if expected is None:
        with pytest.raises(Violation) as error:
            route(net, EDITION, mode, sender, "csp-a", EXCHANGE)
        assert error.value.rule_id in {"NET-4", "NET-5", "NET-7"}
        return
    hops = route(net, EDITION, mode, sender, "csp-a", EXCHANGE)
    assert len(hops) == expected == {"direct": 1, "clearing-house": 2}[mode]
    assert all(graph.has_edge(hop.sender, hop.receiver) for hop in hops)
    assert (hops[0].sender, hops[-1].receiver) == (sender, "csp-a")
