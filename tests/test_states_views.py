"""The space of states as a picture and as counts: every group and edge of it is drawn."""

import re

from refimpl.edition import load
from refimpl.play.folding import folded
from refimpl.play.lacking import lacking
from refimpl.play.opening import opening
from refimpl.play.states import Search
from refimpl.play.world import Bounds
from refimpl.views.graphs.space import properties, state_counts, state_graph

LATEST = load("2025")


def test_folded() -> None:
    search = Search(opening("ordering", LATEST), Bounds(lose=1), links=True)
    search.run()
    space = folded(search)
    assert sum(group.states for group in space.groups.values()) == search.count
    assert sum(group.quiet for group in space.groups.values()) == sum(search.quiet)
    followed = [verbs.total() for verbs in space.edges.values()]
    assert sum(followed) == search.followed
    assert len(search.states) == search.count


def test_links_are_kept_on_request() -> None:
    search = Search(opening("charging", LATEST))
    search.run()
    assert not search.links
    assert not search.states


def test_every_group_is_drawn() -> None:
    figure = state_graph(LATEST, "stopping", lose=1)
    search = Search(opening("stopping", LATEST), Bounds(lose=1), links=True)
    search.run()
    space = folded(search)
    svg = figure.svg()
    assert svg.count('class="node"') == len(space.groups)
    between = [ends for ends in space.edges if ends[0] != ends[1]]
    assert svg.count('class="edge"') == len(between)
    assert len(figure.text.splitlines()) == 1 + len(space.groups)
    counts = re.findall(r", ([0-9]+) states?", figure.text)
    assert sum(map(int, counts)) == search.count


def test_what_breaks_is_told() -> None:
    figure = state_graph(lacking(LATEST, ["SES-14"]), "ordering")
    assert "agreement does not hold: Once all is quiet" in figure.text
    [row] = state_counts(lacking(LATEST, ["SES-5"]), ["charging"]).rows
    assert row[-1] == "ground breaks"


def test_an_edition_without_a_service() -> None:
    [row] = state_counts(load("2019"), ["charging", "booking"]).rows
    assert row[0] == "charging"


def test_properties_are_listed() -> None:
    rows = properties(LATEST).rows
    assert len(rows) == 7
    assert rows[0][2] == "SES-3 No service starts without authorization."
