"""What each way of roaming costs: the figures that are counted on a sample, beside those of whole
networks, of the real endpoints and of a sheet of paper.
"""

from fractions import Fraction
from itertools import product

import networkx as nx
import pytest

from refimpl.edition import load, published
from refimpl.errors import Misuse, Violation
from refimpl.lab.exposure import EMAID, EVSE_ID, sayings, ways_of
from refimpl.lab.market import Market
from refimpl.lab.mode_costs import all_costs, costs, market_of
from refimpl.network import check_network, route
from refimpl.play.player import play
from refimpl.security.privacy import CLASS_OF, exposure
from refimpl.setting import Setting
from tests.amending import draft

EDITION = load("2025")
# What 7 CSPs and 11 CSOs come to in each mode, by so many clearing houses.
SHAPES = [(mode, houses, at) for mode in EDITION.modes for houses in (1, 2, 3) for at in (1, 2)]
RELAY = """
[[mode]]
id = "split"
label = "split"
extension = true
path = ["producer", "clearing-house", "clearing-house", "consumer"]
brokered = ["authorization"]
brokered_path = ["producer", "consumer"]
says = "A question goes directly, all else over two platforms."
basis = "chosen"
source = "model: a test"
change = "t"
"""


def hops_of(market: Market, down: frozenset[str], exchange: str) -> list[int]:
    """The hops between every two of a market, one route after the other; 0 where none leads."""
    network = market.network_without(down)
    found = []
    for csp, cso in product(range(market.csps), range(market.csos)):
        ends = f"cso-{cso + 1}", f"csp-{csp + 1}"
        if market.edition.exchanges[exchange].producer == "home-csp":
            ends = ends[::-1]
        try:
            found.append(len(route(network, market.edition, market.mode, *ends, exchange)))
        except Violation:
            found.append(0)
    return found


@pytest.mark.parametrize(("mode", "houses", "at"), SHAPES)
@pytest.mark.parametrize("exchange", ["authorization", "station-status", "remote-control"])
def test_sample_stands_for_all(mode: str, houses: int, at: int, exchange: str) -> None:
    market = Market(EDITION, mode, 7, 11, houses=houses, at=at)
    names = market.names_of_houses
    for down in (frozenset[str](), frozenset(names[:1]), frozenset(names[1:])):
        every = hops_of(market, down, exchange)
        assert market.pairs_reached(exchange, down) == sum(hops > 0 for hops in every)
        counted = sum(pairs.many * hops for pairs, hops in market.reached(exchange, down))
        assert counted == sum(every)


@pytest.mark.parametrize(("mode", "houses", "at"), SHAPES)
def test_links_and_single_points(mode: str, houses: int, at: int) -> None:
    """The links are the edges of the graph; a house is a single point of failure where it is an
    articulation point of the links that an authorization may use.
    """
    market = Market(EDITION, mode, 7, 11, houses=houses, at=at)
    check_network(market.network, EDITION)
    graph = market.network.graph(EDITION)
    assert market.links == graph.number_of_edges()
    if at == 1:  # beyond that, a way may be there that the mode does not take
        cuts = set(nx.articulation_points(graph)) & set(market.names_of_houses)
        assert {house for house, _ in market.single_points("authorization")} == cuts


@pytest.mark.parametrize(
    ("mode", "houses", "links", "points", "cut_off"),
    [
        # 4 x 6; 4 + 6; 4 x 6 + 4 + 6; 4 + 6 and 1 between the two
        ("direct", 1, 24, 0, "0"),
        ("clearing-house", 1, 10, 1, "1"),
        # each CSP at both, each CSO at one: 8 + 6; the outage of one takes 3 of 6 CSOs
        ("clearing-house", 2, 14, 2, "1/2"),
        ("hybrid", 1, 34, 0, "0"),
        # 2 of 4 CSPs and 3 of 6 CSOs are left, and roam with each other: 6 of 24 pairs
        ("federated", 2, 11, 2, "3/4"),
        # three in a triangle; of 4 CSPs 2, 1, 1 and of 6 CSOs 2, 2, 2: the first takes all
        # but 2 x 4 pairs, of 24
        ("federated", 3, 13, 3, "2/3"),
    ],
)
def test_figures_by_hand(mode: str, houses: int, links: int, points: int, cut_off: str) -> None:
    market = Market(EDITION, mode, 4, 6, houses=houses)
    found = [share for _, share in market.single_points("authorization")]
    assert (market.links, len(found)) == (links, points)
    assert max(found, default=Fraction()) == Fraction(cut_off)


def test_two_houses_at_once() -> None:
    """A second clearing house down: of three, one is left, with its own CSPs and CSOs."""
    market = Market(EDITION, "federated", 6, 9, houses=3)
    both = frozenset({"house-1", "house-2"})
    assert market.pairs_reached("authorization", both) == 2 * 3
    assert market.pairs_reached("authorization", both | {"house-3"}) == 0
    spare = Market(EDITION, "clearing-house", 6, 9, houses=3, at=2)
    assert spare.share_reached("authorization", frozenset({"house-1"})) == 1
    assert spare.share_reached("authorization", both) == Fraction(2, 3)


def test_news_in_the_hybrid_mode() -> None:
    market = Market(EDITION, "hybrid", 10, 10)
    down = frozenset({"house-1"})
    assert market.share_reached("authorization", down) == 1
    assert market.share_reached("station-status", down) == 0


@pytest.mark.parametrize("way", ways_of(EDITION))
@pytest.mark.parametrize(("csps", "csos"), [(2, 3), (5, 4)])
def test_messages_as_played(way: str, csps: int, csos: int) -> None:
    """The messages of a service are those that real endpoints send, pair by pair; what a list
    costs is not among them.
    """
    (mode, strategy), _ = ways_of(EDITION)[way]
    network = market_of(EDITION, mode, csps, csos).network
    sent = []
    for csp, cso in product(range(csps), range(csos)):
        ends = {"home_csp": f"csp-{csp + 1}", "visited_cso": f"cso-{cso + 1}"}
        story = play("charge", EDITION, mode, strategy, network=network, **ends)  # type: ignore[arg-type]  # names of ends alone
        assert story.phase(ends["home_csp"]) == "recorded"
        lists = set()
        for frame in story.frames:
            if frame.envelope.message.kind == "authorization-list-notice":
                lists.add(frame.envelope.correlation_id)
        sent.append(sum(frame.envelope.correlation_id not in lists for frame in story.frames))
    assert costs(EDITION, way, csps, csos).messages == Fraction(sum(sent), csps * csos)


@pytest.mark.parametrize("way", ways_of(EDITION))
def test_learners_as_heard(way: str) -> None:
    """Who learns something of the user is who hears it, in a network with every entity."""
    (mode, strategy), sealed = ways_of(EDITION)[way]
    market = market_of(EDITION, mode, 5, 3)
    learned, classes = 0, set[str]()
    for csp, cso in product(range(5), range(3)):
        ends = f"csp-{csp + 1}", f"cso-{cso + 1}"
        setting = Setting(
            market.network, EDITION, mode, strategy, *ends, "energy-transfer", EMAID, EVSE_ID
        )
        said = [
            one
            for one in sayings("charge", setting, sealed)
            if one.message.kind != "authorization-list-notice"
        ]
        for name, members in exposure(setting, said, sealed=sealed).items():
            told = {CLASS_OF[one] for one in members} - {"technical", "routing"}
            if told and name not in ends:
                learned, classes = learned + 1, classes | told
    found = costs(EDITION, way, 5, 3)
    assert found.learners == Fraction(learned, 15)
    assert set(found.discloses) == classes


def test_largest_by_hand() -> None:
    """A thousand CSPs and five thousand CSOs, on a sheet of paper."""
    found = {one.way: one for one in all_costs(EDITION, [(1000, 5000)])}
    links = {way: one.links for way, one in found.items()}
    assert links == {
        "direct": 5_000_000,
        "clearing house, store": 6_000,
        "clearing house, forward": 6_000,
        "the same, sealed": 6_000,
        "clearing house, broadcast": 6_000,
        "hybrid": 5_006_000,
        "federated": 6_001,
    }
    # Ten messages, each over so many hops; a broadcast asks 1,000 CSPs, and 999 say no.
    assert found["direct"].messages == 10
    assert found["clearing house, forward"].messages == 20
    assert found["clearing house, broadcast"].messages == 20 + 2 * 999
    assert found["clearing house, broadcast"].learners == 1 + 999
    # Half of the pairs share a platform.
    assert found["federated"].messages == Fraction(10 * 2 + 10 * 3, 2)
    assert found["federated"].learners == Fraction(1 + 2, 2)
    assert found["the same, sealed"].learners == 0
    assert not found["the same, sealed"].discloses


def test_mode_of_a_draft() -> None:
    """The mode of a draft is compared beside the others."""
    found = costs(draft(RELAY), "split", 10, 20)
    assert found.links == 10 * 20 + 10 + 20 + 1
    # The question and its answer go directly; four notices and four receipts over two platforms.
    assert found.messages == 2 + 8 * Fraction(5, 2)
    assert found.single_points == 0
    assert found.hops == 1
    assert found.discloses == ("identifier", "location-and-time", "billing")


@pytest.mark.parametrize("name", published())
def test_every_way_of_an_edition(name: str) -> None:
    edition = load(name)
    found = list(all_costs(edition, [(10, 10)]))
    assert [one.way for one in found] == list(ways_of(edition))
    assert min(one.links for one in found) == 10 + 10


def test_numbers_that_cannot_be() -> None:
    for wrong in ({"csps": 0}, {"csos": 10_001}, {"houses": 0}, {"at": 0}):
        with pytest.raises(Misuse, match="NET-9"):
            Market(EDITION, "direct", **{"csps": 1, "csos": 1, **wrong})
    with pytest.raises(Misuse, match="NET-6"):
        Market(EDITION, "by-pigeon", 1, 1)
    with pytest.raises(Violation, match="NET-8"):
        Market(EDITION, "direct", 1, 1).pairs_reached("tariff")
