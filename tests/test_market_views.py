"""The pictures of roaming in numbers: each tells in words what it draws, and nothing rests on
colour.
"""

import re
import subprocess
import sys
from base64 import b64decode

from refimpl.edition import load
from refimpl.lab.market import Market
from refimpl.lab.simulation import Plan, simulate
from refimpl.views.kit.embedding import READABLE_PX
from refimpl.views.markets.costs import mode_costs
from refimpl.views.markets.day import Day
from refimpl.views.markets.outage import Outages
from refimpl.views.markets.plot import Curve, Plot, number

EDITION = load("2025")
PLOT = Plot(
    "Two <curves>",
    (("1 × 1", 1.0), ("10 × 10", 100.0)),
    (Curve("a & b", (1.0, 30.0)), Curve("c", (0.0, 2.5))),
    "sizes",
    "values",
    zero=True,
)


def test_plot_as_element() -> None:
    """It has words, no style sheet, no style that a dark page could not change."""
    svg = PLOT.svg()
    assert svg.startswith('<svg role="img" aria-label="Two &lt;curves&gt;"')
    assert (
        "<desc>a &amp; b: 1 at 1 × 1, 30 at 10 × 10\nc: 0 at 1 × 1, 2.5 at 10 × 10</desc>"
        in svg
    )
    for banned in ("style", "<metadata", "<!--", "<script", "px"):
        assert banned not in svg
    for word in ("a &amp; b", "× 10", "sizes", "values"):
        assert f">{word}</text>" in svg
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    assert min(sizes) == READABLE_PX


def looks(plot: Plot) -> list[tuple[str, ...]]:
    """The colour and the dashes of each curve and the outline of its mark, as in the legend."""
    svg = plot.svg()
    legend = svg.partition('-legend_1"')[2]
    outlines = dict(re.findall(r'<path id="p\w{8}-(m\w+)" d="([^"]*)"', svg))
    entries = re.findall(r'<path d=[^>]*fill="none"([^>]*)>\s*<g>\s*<use [^>]*-(m\w+)"', legend)
    found = []
    for look, mark in entries:
        drawn = re.findall(r' stroke(?:-dasharray)?="[^"]*"', look)
        found.append((*drawn, outlines[mark]))
    return found


def test_a_way_looks_the_same_in_every_plot() -> None:
    """Each way has one colour, and a mark of its own besides, in all three plots."""
    first, *others = map(looks, mode_costs(EDITION, [(10, 10), (20, 20)]).plots)
    assert others == [first, first]
    assert len({mark for *_, mark in first}) == len(first) == 7
    assert len({look[0] for look in first if "dasharray" in look[0]}) == 3


def test_ids_of_its_own() -> None:
    """Two plots on one page share no id, and each refers to its own."""
    other = Plot("Another", PLOT.sizes, PLOT.curves, "x", "y", zero=True)
    ids = [set(re.findall(r' id="([^"]+)"', plot.svg())) for plot in (PLOT, other)]
    assert not ids[0] & ids[1]
    referred = set(re.findall(r'(?:href="#|url\(#)([^")]+)', PLOT.svg()))
    assert referred
    assert referred <= ids[0]


def test_same_bytes_everywhere() -> None:
    """The bytes of a plot are those of another process with other hashes."""
    script = (
        "import hashlib; from tests.test_market_views import PLOT;"
        " print(hashlib.sha256(PLOT.svg().encode()).hexdigest())"
    )
    digests = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
            text=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_costs_in_words() -> None:
    """Every figure of the plots is in the tables, and each way is in every table."""
    shown = mode_costs(EDITION)
    assert len(shown.tables) == 5
    assert [len(table.rows) for table in shown.tables] == [7] * 5
    largest = shown.tables[-1].text()
    for figure in ("5,000,000", "5,006,000", "6,001", "2,018", "1,000", "75%", "2.5"):
        assert re.search(rf"(?<![\d,]){figure}(?![\d,])", largest), figure
    bundle = shown._repr_mimebundle_()
    for table in shown.tables:
        assert table.html() in bundle["text/html"]
        assert table.text() in bundle["text/plain"]
    pictures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', bundle["text/html"])
    assert len(pictures) == 3
    assert "prefers-color-scheme: dark" in b64decode(pictures[0]).decode()


# --- Outages ----------------------------------------------------------------------------------


def drawn(outages: Outages) -> dict[str, tuple[int, int]]:
    """The squares and the crosses of each mode's picture."""
    found = {}
    for mode in outages.modes:
        squares, crosses = re.findall(r'<path d="([^"]*)"', mode["svg"])
        found[mode["title"].partition(":")[0]] = squares.count("z"), crosses.count("m0-10")
    return found


def test_outage_by_hand() -> None:
    """Six CSPs and nine CSOs at three clearing houses, two and three at each."""
    shown = Outages(EDITION)
    assert set(drawn(shown).values()) == {(54, 0)}
    shown.down = [2]
    assert drawn(shown) == {
        "direct": (54, 0),
        "through a clearing house": (6 * 6, 6 * 3),
        "hybrid": (54, 0),
        "federated": (4 * 6, 54 - 4 * 6),
    }
    assert shown.summary.startswith("Clearing house 2 is down. Still roam: direct 100%,")
    assert "News of stations gets through between 36 of 54" in shown.modes[2]["says"]
    shown.down = [1, 3]
    assert drawn(shown)["federated"] == (2 * 3, 48)
    shown.at = 2  # those at the first and the third, one after the other in turn, are cut off
    assert drawn(shown)["federated"] == (4 * 6, 30)
    assert drawn(shown)["through a clearing house"] == (6 * 6, 18)
    shown.at = 3
    assert drawn(shown)["federated"] == (54, 0)


def test_every_outage_in_words() -> None:
    """Without a kernel there is a table of every outage for each number of clearing houses."""
    shown = Outages(EDITION, down=[1])
    html, text = shown.html(), shown._repr_mimebundle_()[0]["text/plain"]
    for at in (1, 2, 3):
        table = shown.table(at)
        assert [row[0] for row in table.rows][-2:] == [
            "Clearing houses 2 and 3 are down",
            "Clearing houses 1, 2 and 3 are down",
        ]
        assert len(table.rows) == 8
        assert table.html() in html
        assert table.text() in text
    assert html.count("<img") == len(EDITION.modes)
    assert "through a clearing house: 36 of 54 pairs (67%)" in html


def test_what_a_page_asks() -> None:
    """Whatever numbers a page sends, those that are no clearing house are passed over."""
    shown = Outages(EDITION)
    shown.down = [7, 2, 2, -1]
    assert shown.modes[1]["title"] == "through a clearing house: 36 of 54 pairs (67%)"


# --- A day ------------------------------------------------------------------------------------


def test_day_in_lots() -> None:
    """A page asks for one lot after the other; the totals are those of all at once."""
    day = Day(EDITION, "clearing-house", lose=0.05)
    first = day.shown
    assert day.totals.sessions == 20_000
    day.sessions, day.mode, day.lose = 100_000, "direct", "0"
    for said, done in (("begin", 50_000), ("go on", 100_000), ("go on", 100_000)):
        day._hear_page(day, {"do": said}, [])
        assert day.done == day.totals.sessions == done
    assert day.totals.lost == 0
    whole = Plan(Market(EDITION, "direct", 1000, 5000, houses=2))
    *_, expected = simulate(whole, 100_000)
    assert day.totals == expected
    assert day.shown != first
    assert "100,000 sessions, direct, edition 2025" in day.shown


def test_day_without_a_kernel() -> None:
    """Every table is there, in HTML and in words; that of each kind of message folded away."""
    day = Day(EDITION)
    bundle = day._repr_mimebundle_()[0]
    assert len(day.tables) == 5
    for table in day.tables:
        assert table.html() in bundle["text/html"]
        assert table.text() in bundle["text/plain"]
    assert "20,000 sessions, federated, edition 2025" in bundle["text/plain"]
    assert bundle["text/html"].count("<details>") == 1
    assert len(Day(EDITION, "direct").tables) == 4  # there is no clearing house that hears


def test_numbers() -> None:
    assert [number(one) for one in (0, 0.5, 1.25, 999, 1_000_000)] == [
        "0",
        "0.5",
        "1.25",
        "999",
        "1,000,000",
    ]
