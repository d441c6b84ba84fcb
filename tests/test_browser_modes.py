"""Roaming in numbers as a reader meets it: clearing houses switched off in a real browser."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from refimpl.views.markets.day import LOT
from tests.browser import CHROMIUM, PATIENCE_MS, Explorer, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

NOTEBOOK = "03-roaming-modes.ipynb"
WIDTHS = (1280, 800, 400)
TEXT_HEIGHTS = """
place => [...place.querySelectorAll("svg text")].map((text) => text.getBoundingClientRect().height)
"""
TOO_WIDE = "place => place.scrollWidth > place.clientWidth + 1"


@pytest.fixture(scope="module")
def lab(started_explorer: Explorer) -> Iterator[Explorer]:
    """One JupyterLab for all."""
    with started_explorer.another_page() as running:
        yield running
        assert running.outside == []
        assert running.complaints == []


@pytest.fixture
def outages(lab: Explorer) -> Locator:
    """The outages of notebook 03, with clearing house 1 down."""
    lab.open(NOTEBOOK)
    lab.run_all()
    shown = lab.page.locator(".iec63119-outages").first
    shown.scroll_into_view_if_needed()
    shown.get_by_label("Each is at").select_option("1")
    slider = shown.get_by_label("Outage", exact=True)
    slider.fill("0")
    slider.fill("1")
    lab.wait_until_answered()  # it began with that one down, too
    expect(shown.get_by_role("status")).to_contain_text("Clearing house 1 is down.")
    expect(cut_off(shown, "federated")).to_have_attribute("d", re.compile("m0-10"))  # drawn
    return shown


def cut_off(outages: Locator, mode: str) -> Locator:
    """The pairs that are drawn as cut off in a mode."""
    figure = outages.locator("figure", has_text=mode).first
    return figure.locator("svg path").nth(1)


def expect_crosses(outages: Locator, mode: str, count: int) -> None:
    """Wait until so many pairs are drawn as cut off in a mode."""
    drawn = cut_off(outages, mode)

    def crosses() -> int:
        return (drawn.get_attribute("d") or "").count("m0-10")

    assert settled(crosses, lambda seen: seen == count) == count


def test_slider_by_keyboard(outages: Locator, lab: Explorer, tmp_path: Path) -> None:
    """The arrow keys go through the outages, and the boxes follow."""
    slider, status = outages.get_by_label("Outage", exact=True), outages.get_by_role("status")
    expect_crosses(outages, "federated", 54 - 24)
    slider.focus()
    for key, down, boxes in (
        ("ArrowRight", "Clearing house 2 is down.", [False, True, False]),
        ("End", "Clearing houses 1, 2 and 3 are down.", [True, True, True]),
        ("Home", "No clearing house is down.", [False, False, False]),
    ):
        lab.page.keyboard.press(key)
        expect(status).to_contain_text(down)
        expect(slider).to_have_attribute("aria-valuetext", down.removesuffix("."))
        for box, checked in zip(outages.get_by_role("checkbox").all(), boxes, strict=True):
            expect(box).to_be_checked(checked=checked)
    expect_crosses(outages, "federated", 0)
    lab.page.screenshot(path=tmp_path / "outages.png")


def test_boxes_move_the_slider(outages: Locator, lab: Explorer) -> None:
    """Each clearing house can be switched off by itself, with the keyboard too."""
    box = outages.get_by_label("Clearing house 3 is down", exact=True)
    box.focus()
    lab.page.keyboard.press("Space")
    expect(outages.get_by_role("status")).to_contain_text("Clearing houses 1 and 3 are down.")
    expect(outages.get_by_label("Outage", exact=True)).to_have_value("5")
    expect_crosses(outages, "through a clearing house", 36)
    expect_crosses(outages, "direct", 0)


def test_a_second_clearing_house(outages: Locator) -> None:
    """At two clearing houses each, the outage of one cuts nobody off."""
    expect_crosses(outages, "through a clearing house", 18)
    outages.get_by_label("Each is at").select_option("two clearing houses")
    expect(outages.get_by_role("status")).to_contain_text("federated 100%")
    expect_crosses(outages, "through a clearing house", 0)


@pytest.fixture
def day(lab: Explorer) -> Locator:
    """The day of notebook 03, before anything is chosen."""
    lab.open(NOTEBOOK)
    lab.run_all()
    shown = lab.page.locator(".iec63119-day").first
    shown.scroll_into_view_if_needed()
    return shown


def test_a_million_sessions(day: Locator, lab: Explorer, tmp_path: Path) -> None:
    """A million sessions are simulated from the keyboard, and the tables are theirs."""
    day.get_by_label("Mode", exact=True).select_option("direct")
    day.get_by_label("Transmissions lost").select_option("0.05")
    day.get_by_label("Sessions", exact=True).select_option("1000000")
    day.get_by_role("button", name="Simulate").focus()
    lab.page.keyboard.press("Enter")
    status = day.get_by_role("status")
    lots = 1_000_000 // LOT
    expect(status).to_have_text(
        "1,000,000 of 1,000,000 sessions, done", timeout=lots * PATIENCE_MS
    )
    table = day.get_by_role("table", name="1,000,000 sessions, direct, edition 2025")
    expect(table).to_be_visible()
    expect(table.get_by_role("row", name="lost")).to_contain_text("0.5")
    lab.page.screenshot(path=tmp_path / "day.png")


def test_stopping_keeps_what_is_there(day: Locator) -> None:
    """Who stops has the totals of what was simulated until then, and can begin again."""
    day.get_by_label("Sessions", exact=True).select_option("1000000")
    both = (
        "day => [...day.querySelectorAll('button')].slice(0, 2).forEach((one) => one.click())"
    )
    day.evaluate(both)
    status = day.get_by_role("status")
    expect(status).to_have_text("50,000 of 1,000,000 sessions, stopped")
    expect(day.get_by_role("table", name="50,000 sessions").first).to_be_visible()
    day.get_by_label("Sessions", exact=True).select_option("20000")
    day.get_by_role("button", name="Simulate").click()
    expect(status).to_have_text("20,000 of 20,000 sessions, done")


@pytest.mark.parametrize("width", WIDTHS)
def test_narrow_pages(outages: Locator, lab: Explorer, width: int, tmp_path: Path) -> None:
    """Texts stay readable, and nothing makes the page itself scroll sideways."""
    lab.page.set_viewport_size({"width": width, "height": 1000})
    try:
        outages.scroll_into_view_if_needed()
        all_drawn = 4 * (1 + 9 + 6)
        heights = settled(
            lambda: outages.evaluate(TEXT_HEIGHTS),
            lambda seen: len(seen) == all_drawn and min(seen) >= 11,
        )
        assert len(heights) == all_drawn
        assert min(heights) >= 11
        assert not settled(lambda: outages.evaluate(TOO_WIDE), lambda seen: not seen)
        lab.page.screenshot(path=tmp_path / f"outages-{width}.png")
    finally:
        lab.page.set_viewport_size({"width": 1280, "height": 1000})


def test_dark_theme(outages: Locator, lab: Explorer, tmp_path: Path) -> None:
    """The ground and the crosses turn with the theme."""
    ground = outages.locator("svg rect").first
    look = "element => getComputedStyle(element).fill"
    light = ground.evaluate(look)
    lab.dress("Dark")
    try:
        assert settled(lambda: ground.evaluate(look) != light)
        outages.scroll_into_view_if_needed()
        lab.page.screenshot(path=tmp_path / "outages-dark.png")
    finally:
        lab.dress("Light")


def test_plots_as_stored(lab: Explorer, tmp_path: Path) -> None:
    """Without a kernel there are the plots, their words, and the tables."""
    lab.open(NOTEBOOK, run=False)
    plot = lab.page.get_by_role("img", name="Links between endpoints")
    plot.scroll_into_view_if_needed()
    expect(plot).to_be_visible()
    loaded = "image => image.complete && image.naturalWidth > 400"
    assert settled(lambda: plot.evaluate(loaded))
    expect(lab.page.get_by_text("5,006,000").first).to_be_attached()
    expect(lab.page.get_by_text("Clearing house 1 is down. Still roam").first).to_be_visible()
    lab.page.screenshot(path=tmp_path / "plots.png")
