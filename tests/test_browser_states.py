"""The space of states in JupyterLab: another repertoire is drawn, and the way to what breaks is
stepped through.
"""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import CHROMIUM, Explorer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]
NOTEBOOK = "12-state-space.ipynb"


@pytest.fixture(scope="module")
def lab(started_explorer: Explorer) -> Iterator[Explorer]:
    with started_explorer.another_page() as running:
        yield running
        assert running.outside == []


def test_another_repertoire(lab: Explorer) -> None:
    lab.open(NOTEBOOK)
    picture = lab.page.locator(".iec63119-menus .picture").first
    expect(picture).to_contain_text("home-CSP: recorded")
    lab.menu("story").select_option("correcting")
    expect(picture).to_contain_text("home-CSP: disputed")
    lab.menu("lose").select_option("one transmission")
    expect(picture).to_contain_text("remind")


def test_stepping_to_what_breaks(lab: Explorer) -> None:
    lab.open(NOTEBOOK)
    stepper = lab.page.locator(".iec63119-branching, .iec63119-stepper").last
    stepper.scroll_into_view_if_needed()
    expect(stepper).to_contain_text("cancel")
    if folder := os.environ.get("IEC63119_SHOTS"):
        for width in (1280, 800, 400):
            lab.page.set_viewport_size({"width": width, "height": 1000})
            for place, cell in enumerate(lab.page.locator(".jp-Cell").all()):
                cell.scroll_into_view_if_needed()
                if place in (1, 5, 7):
                    lab.page.screenshot(path=f"{folder}/states-{width}-{place}.png")
    assert lab.complaints == []
