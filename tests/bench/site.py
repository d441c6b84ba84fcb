"""How long the site takes to build, and its reader to wait: opened from files in a real
Chromium.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser

from refimpl.site.building import build
from tests.bench import ROOT, Row
from tests.browser import CHROMIUM, MEASURE, chromium

FILM = ("notebooks/04-a-session-step-by-step.html", "1b4a3850")
"""A page that has a film, and the cell of it."""
PAINTED = """
() => new Promise((done) => {
    const look = () => {
        const painted = performance.getEntriesByName("first-contentful-paint")[0];
        painted ? done(painted.startTime) : setTimeout(look, 5);
    };
    look();
})
"""
OPENED, STEPPED = 15, 15
MIB = 2**20


def site() -> Iterator[Row]:
    """Build the site, open its front page, and step through a film on it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "site"
        start = time.perf_counter()
        build(ROOT, out)
        took = time.perf_counter() - start
        yield Row("build the site", took, "s", 60, False, "once, two processes for pictures")
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / MIB
        yield Row("size of the site", size, "MiB", 25, False, "all files")
        if CHROMIUM is None:
            for what in ("first page, to text", "step on a page, to picture"):
                yield Row(what, None, "ms", None, False, "not measured: no Chromium")
            return
        with chromium() as browser:
            yield _first_page(browser, out)
            yield _step(browser, out)


def _first_page(browser: Browser, site: Path) -> Row:
    times = []
    for _ in range(OPENED):
        page = browser.new_page()
        page.goto((site / "index.html").as_uri(), wait_until="commit")
        times.append(float(page.evaluate(PAINTED)))
        page.close()
    how = f"median of {OPENED}, slowest {max(times):.0f} ms"
    return Row("first page, to text", statistics.median(times), "ms", 1000, False, how)


def _step(browser: Browser, site: Path) -> Row:
    name, cell = FILM
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.goto((site / name).as_uri())
    box = page.locator(f"#cell-{cell}")
    box.scroll_into_view_if_needed()
    forward = box.get_by_label("Forward one step", exact=True)
    forward.wait_for()
    picture = box.locator(".iec63119-stepper [role=status]").first
    handles = [forward.element_handle(), picture.element_handle()]
    times = []
    for _ in range(STEPPED):
        times.append(float(page.evaluate(MEASURE, handles)))
        page.wait_for_timeout(200)  # a reader looks
    page.close()
    how = f"median of {STEPPED}, slowest {max(times):.0f} ms"
    return Row("step on a page, to picture", statistics.median(times), "ms", 15, False, how)
