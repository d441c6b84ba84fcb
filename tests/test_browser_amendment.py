"""The amendment lab as a reader meets it in JupyterLab: a draft is edited, its error stands
beside its line, mended it changes a picture, and the vectors are asked.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from refimpl.lab.drafts import worked_texts
from tests.amending import vectors_of
from tests.browser import CHROMIUM, Explorer, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]
NOTEBOOK = "10-amendment-lab.ipynb"
FIELD = "draft amendment, in TOML"
TEXT = worked_texts()["record-after-end"]


@pytest.fixture(scope="module")
def explored(started_explorer: Explorer) -> Iterator[Explorer]:
    """One explorer for all, with every address outside of this machine that its page asks for."""
    with started_explorer.another_page() as running:
        yield running
        assert running.outside == []
        assert running.complaints == []


@pytest.fixture
def lab(explored: Explorer) -> Locator:
    """The lab, with the draft that the notebook begins with."""
    explored.open(NOTEBOOK)
    found = explored.page.locator(".iec63119-amendment").first
    found.scroll_into_view_if_needed()
    begin = found.get_by_label("begin with", exact=True)
    begin.select_option("battery-swapping")
    begin.select_option("record-after-end")
    explored.wait_until_answered()  # what is told may be the same as in the test before
    expect(found.get_by_label(FIELD)).to_have_value(TEXT)
    expect(found.locator(".summary")).to_contain_text("record-after-end against 2025")
    expect(found.locator(".errors li")).to_have_count(0)
    return found


def test_without_a_kernel(explored: Explorer) -> None:
    """What is stored has the draft, its pictures with words, and its vectors."""
    explored.open(NOTEBOOK, run=False)
    page = explored.page
    expect(page.get_by_role("img", name="Session, 2025 as it is")).to_be_visible()
    expect(
        page.get_by_text(f"Vectors answered otherwise, of {vectors_of('2025'):,}: 15")
    ).to_be_visible()
    expect(page.locator("td", has_text="exchange/accept-take-record-2025")).to_be_visible()


def test_an_error_and_its_mending(lab: Locator, explored: Explorer, tmp_path: Path) -> None:
    """Its line is marked and led to; mended, the picture is another one."""
    field, drawn = lab.get_by_label(FIELD), lab.locator(".drawn")
    expect(drawn.locator("svg").first).to_contain_text("removed")
    text = field.input_value()
    wrong = text.replace("removed = true", "removed = 1", 1)
    line = wrong.splitlines().index("removed = 1") + 1
    field.fill(wrong)
    error = lab.locator(".errors li")
    expect(error).to_have_count(1)
    expect(error).to_contain_text("[[step]] granted: detail-record-notice")
    expect(lab.locator(".numbers")).to_contain_text(f"✗ {line}")
    expect(lab.locator(".summary")).to_contain_text("Wrong in the draft: 1.")
    expect(lab.get_by_role("button", name="Play journeys")).to_be_disabled()
    error.get_by_role("button", name=f"line {line}").click()
    selected = "field => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert field.evaluate(selected) == "removed = 1"
    explored.page.screenshot(path=tmp_path / "error.png")
    field.fill(text.replace("removed = true", 'to = "ended"', 1))
    expect(error).to_have_count(0)
    expect(drawn.locator("svg").first).to_contain_text("altered")
    expect(lab.locator(".rows")).to_contain_text("≠ altered")


def test_vectors_are_asked(lab: Locator) -> None:
    """What was asked of an earlier text says so until it is asked again."""
    lab.get_by_label("begin with", exact=True).select_option("house-to-house")
    which = lab.locator(".of-which")
    expect(which).to_contain_text("of an earlier text")
    lab.get_by_role("button", name="Play journeys, ask vectors, search states").click()
    expect(which).to_have_text("Journeys and vectors are of this draft.")
    asked = lab.locator(".asked")
    expect(asked).to_contain_text(f"Vectors answered otherwise, of {vectors_of('2025'):,}: 0")
    expect(asked).to_contain_text("no vector exercises it")


def test_asked_before_the_text_is_read(lab: Locator) -> None:
    """Who asks while the kernel still reads another draft is told of the one in sight."""
    lab.evaluate(
        """lab => {
            const drafts = lab.querySelector("select");
            for (const name of ["battery-swapping", "house-to-house"]) {
                drafts.value = name;
                drafts.dispatchEvent(new Event("change"));
            }
            lab.querySelector("button").click();
        }"""
    )
    expect(lab.locator(".of-which")).to_have_text("Journeys and vectors are of this draft.")
    expect(lab.get_by_label("begin with", exact=True)).to_have_value("house-to-house")


def test_pictures_by_keyboard(lab: Locator, explored: Explorer) -> None:
    """A picture that differs is chosen by keys; both sides are in sight, neither over the other."""
    lab.get_by_label("begin with", exact=True).select_option("house-to-house")
    explored.wait_until_answered()
    picture = lab.get_by_label("picture", exact=True)
    expect(picture.locator("option", has_text="interfaces (differs)")).to_have_count(1)
    picture.focus()
    picture.press("ArrowDown")
    drawn = lab.locator(".drawn")
    expect(drawn).to_contain_text("federated hybrid")
    expect(drawn.locator("svg")).to_have_count(2)
    apart = """drawings => {
        const [before, after] = drawings.map((one) => one.getBoundingClientRect());
        return after.left >= before.right || after.top >= before.bottom;
    }"""
    assert settled(lambda: drawn.locator("svg").evaluate_all(apart))


def test_a_published_edition_is_a_draft_too(lab: Locator) -> None:
    lab.get_by_label("begin with", exact=True).select_option("2025, as published")
    expect(lab.locator(".summary")).to_contain_text("2025 against 2019")
    expect(lab.locator(".rows")).to_contain_text("parking")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_narrow(lab: Locator, explored: Explorer, theme: str, tmp_path: Path) -> None:
    """In 400 pixels nothing is wider than the page, and errors can be read."""
    page = explored.page
    explored.dress(theme)
    page.set_viewport_size({"width": 400, "height": 800})
    try:
        field = lab.get_by_label(FIELD)
        field.fill(field.input_value().replace("removed = true", "removed = 1", 1))
        expect(lab.locator(".errors li")).to_have_count(1)
        lab.scroll_into_view_if_needed()
        fits = "all => all.scrollWidth <= all.clientWidth + 1"
        assert settled(lambda: lab.evaluate(fits))
        page.screenshot(path=tmp_path / f"narrow-{theme}.png")
    finally:
        page.set_viewport_size({"width": 1280, "height": 1000})
        explored.dress("Light")


def test_each_change_has_its_link(lab: Locator, explored: Explorer) -> None:
    row = explored.page.locator("tr#service-parking").last
    row.scroll_into_view_if_needed()
    expect(row.get_by_role("link", name="link to parking")).to_be_visible()
    expect(row).to_contain_text("+ added")
