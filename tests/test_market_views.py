"""The pictures of roaming in numbers: each tells in words what it draws, and nothing rests on
colour.
"""

import re
import subprocess
import sys
from base64 import b64decode

from refimpl.edition import load
from refimpl.views.kit.embedding import READABLE_PX
from refimpl.views.markets.costs import mode_costs
from refimpl.views.markets.plot import Curve, Plot, number

EDITION = load("2025")
PLOT = Plot(
    "Two <curves>",
    (("1 × 1", 1.0), ("10 × 10", 100.0)),
    (Curve("a & b", (1.0, 30.0)), Curve("c\nd", (0.0, 2.5))),
    "sizes",
    "values",
    zero=True,
)


def test_plot_as_element() -> None:
    """It has words, no style sheet, no style that a dark page could not change."""
    svg = PLOT.svg()
    assert svg.startswith('<svg role="img" aria-label="Two &lt;curves&gt;"')
    assert (
        "<desc>a &amp; b: 1 at 1 × 1, 30 at 10 × 10\nc; d: 0 at 1 × 1, 2.5 at 10 × 10</desc>"
        in svg
    )
    for banned in ("style", "<metadata", "<!--", "<script", "px"):
        assert banned not in svg
    for word in ("a &amp; b", "10 × 10", "sizes", "values"):
        assert f">{word}</text>" in svg
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    assert min(sizes) == READABLE_PX


def test_curves_differ_without_colour() -> None:
    """Curves have marks and dashes of their own."""
    svg = mode_costs(EDITION, [(10, 10), (20, 20)]).plots[1].svg()
    lines = re.findall(r'<path d="[^"]*" clip-path="[^"]*" fill="none" ([^/]*)/>', svg)
    strokes = [re.sub(r'stroke="#\w+"|stroke-width="[\d.]+"', "", line) for line in lines]
    marks = set(re.findall(r'<use xlink:href="#(p\w+-m\w+)"[^/]*fill="#ffffff"', svg))
    assert len(marks) == 5
    assert len({stroke for stroke in strokes if "dasharray" in stroke}) >= 3


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


def test_numbers() -> None:
    assert [number(one) for one in (0, 0.5, 1.25, 999, 1_000_000)] == [
        "0",
        "0.5",
        "1.25",
        "999",
        "1,000,000",
    ]
