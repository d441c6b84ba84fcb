"""Stepping in the browser: the film keeps its heads in sight, and a world is stepped through by
taking whatever may happen.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import CHROMIUM, Explorer, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

NOTEBOOK = "04-a-session-step-by-step.ipynb"
START = "w2~2025~direct~forward~charging~1~valid~s1.1_d1_l2_mcso-elm_d3~dd18282f"
WIDTHS = {1280: 11, 800: 11, 400: 9}
"""How high the letters of a picture are at least, in pixels, by how wide the page is."""
# The size of each text as it is painted: its own, as far as its drawing is shrunk.
TEXTS_PX = """drawing => [...drawing.querySelectorAll("svg text")].map((text) =>
    parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"""


@pytest.fixture(scope="module")
def lab(started_explorer: Explorer) -> Iterator[Explorer]:
    """The notebook of the films, run once: each test begins where its film began."""
    with started_explorer.another_page() as running:
        running.open(NOTEBOOK)
        running.run_all()
        yield running
        assert running.outside == []
        assert running.complaints == []


@pytest.fixture
def film(lab: Explorer) -> Locator:
    """The first film of the notebook, through a clearing house, at step 3 of 20."""
    found = lab.page.locator(".iec63119-stepper:not(.iec63119-branching)").first
    found.scroll_into_view_if_needed()
    found.get_by_label("Mode", exact=True).select_option("clearing-house")
    lab.wait_until_answered()
    found.get_by_role("list", name="All steps").get_by_text("3. Alba").click()
    expect(found.get_by_role("status")).to_contain_text("Step 3 of 20.")
    return found


@pytest.fixture
def branching(lab: Explorer) -> Locator:
    """A world after five actions: what was asked has been asked again."""
    found = lab.page.locator(".iec63119-branching").first
    found.scroll_into_view_if_needed()
    found.get_by_label("Token", exact=True).fill(f"{START} ")
    found.get_by_role("button", name="Open the token").click()
    lab.wait_until_answered()  # the test before may have ended at this moment, too
    expect(found.get_by_role("status")).to_contain_text("After 5 actions: Deliver 3.")
    expect(found.get_by_role("list", name="History").get_by_role("button")).to_have_count(6)
    return found


def edges(film: Locator, *parts: str) -> list[list[float]]:
    """Where parts of a film begin and end on the page, from above, all at one moment."""
    look = """(film, parts) => parts.map((part) => {
        const { top, bottom } = film.querySelector(part).getBoundingClientRect();
        return [top, bottom];
    })"""
    return film.evaluate(look, parts)  # type: ignore[no-any-return]  # as the script makes it


def last_in_sight(seen: list[list[float]]) -> bool:
    """Whether the last step is in its box, beneath the heads, which are at its top."""
    (box_top, box_bottom), (heads_top, heads_bottom), (last_top, last_bottom) = seen
    below = heads_bottom <= last_top < last_bottom <= box_bottom + 1
    return below and abs(heads_top - box_top) <= 1


def fills_its_box(seen: list[list[float]]) -> bool:
    """Whether a drawing goes as far down as its box, and the list of steps just as far."""
    (top, bottom), (_, drawn_to), listed = seen
    return drawn_to >= bottom - 20 and listed == pytest.approx((top, bottom), abs=1)


def entries(branching: Locator) -> list[str]:
    return branching.get_by_role("list", name="History").get_by_role("button").all_inner_texts()


def test_heads_stay_in_sight(film: Locator, lab: Explorer, tmp_path: Path) -> None:
    """At the last step the heads of the lifelines and the controls are where they were."""
    film.get_by_role("button", name="Forward one step").focus()
    lab.page.keyboard.press("End")
    expect(film.get_by_role("status")).to_contain_text("Step 20 of 20.")
    heads, last = film.locator(".heads"), film.locator(".current")
    expect(last).to_contain_text("receipt")
    expect(heads).to_contain_text("recorded")
    seen = settled(lambda: edges(film, ".drawing", ".heads", ".current"), last_in_sight)
    assert last_in_sight(seen), seen
    expect(film.get_by_role("button", name="Back one step")).to_be_visible()
    lab.page.screenshot(path=tmp_path / "heads.png")


def test_no_hole_beside_the_steps(film: Locator) -> None:
    """The drawing fills its box from the first step on, and the list is as high as that."""
    film.get_by_role("list", name="All steps").get_by_role("button").first.click()
    expect(film.get_by_role("status")).to_contain_text("Step 1 of")
    seen = settled(lambda: edges(film, ".drawing", ".arrows", "ol"), fills_its_box)
    assert fills_its_box(seen), seen


def test_nothing_moves(film: Locator) -> None:
    """What stands beneath the controls stays where it is at each step, however long its line."""
    stood = edges(film, ".panel")
    lines = set()
    for at in range(4, 10):
        film.get_by_role("button", name="Forward one step").click()
        status = film.get_by_role("status")
        expect(status).to_contain_text(f"Step {at} of 20.")
        assert settled(lambda: edges(film, ".panel") == stood)
        lines.add(len(status.inner_text()) > 80)
    assert lines == {False, True}


def test_a_step_sets_no_menu(film: Locator) -> None:
    """A menu is not set to what it shows, whereupon a browser looks through every form."""
    film.evaluate("""film => {
        const { set } = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value");
        film.menusSet = 0;
        for (const menu of film.querySelectorAll("select")) Object.defineProperty(menu, "value", {
            configurable: true, get() { return this.options[this.selectedIndex].value; },
            set(value) { film.menusSet += 1; set.call(this, value); },
        });
    }""")
    film.get_by_role("button", name="Forward one step").click()
    expect(film.get_by_role("status")).to_contain_text("Step 4 of 20.")
    assert film.evaluate("film => film.menusSet") == 0
    film.evaluate("film => film.querySelectorAll('select').forEach(menu => delete menu.value)")


def test_a_silent_menu_says_why(film: Locator) -> None:
    house = film.get_by_label("Clearing house", exact=True)
    expect(house).to_be_enabled()
    film.get_by_label("Mode", exact=True).select_option("direct")
    expect(house).to_be_disabled()
    expect(film).to_contain_text("(no clearing house takes part)")
    expect(film.get_by_label("Show", exact=True)).to_be_disabled()
    film.get_by_label("Mode", exact=True).select_option("clearing-house")
    expect(house).to_be_enabled()


@pytest.mark.parametrize("width", WIDTHS)
def test_texts_can_be_read(lab: Explorer, width: int, tmp_path: Path) -> None:
    """Letters stay as high as they are; a drawing that is too wide scrolls in its own box."""
    lab.page.set_viewport_size({"width": width, "height": 1000})
    films = lab.page.locator(".iec63119-stepper")
    expect(films).to_have_count(5)
    for number, shown in enumerate(films.all()):
        shown.scroll_into_view_if_needed()
        sizes = settled(
            partial(shown.locator(".drawing").evaluate, TEXTS_PX),
            lambda seen: len(seen) > 8 and min(seen) >= WIDTHS[width],
        )
        assert len(sizes) > 8
        assert min(sizes) >= WIDTHS[width]
        fits = "root => root.scrollWidth <= root.clientWidth"
        assert settled(partial(shown.evaluate, fits))
        lab.page.screenshot(path=tmp_path / f"{width}-{number}.png")
    lab.page.set_viewport_size({"width": 1280, "height": 1000})


def test_taking_an_action(branching: Locator, tmp_path: Path, lab: Explorer) -> None:
    """What is taken is drawn, told, and changes what each endpoint holds."""
    arrows, changed = branching.locator(".arrows"), branching.locator(".changed")
    expect(arrows).to_contain_text("[under way]")
    branching.get_by_role("button", name="Deliver 4.").click()
    expect(branching.get_by_role("status")).to_contain_text("After 6 actions: Deliver 4.")
    expect(arrows).not_to_contain_text("[under way]")
    row = changed.locator("tr", has_text="service-1: phase").first
    expect(row).to_contain_text("changed")
    expect(row).to_contain_text("granted")
    expect(branching.locator(".heads")).to_contain_text("granted")
    branching.get_by_role("button", name="Elm Stations says session-progress-notice").click()
    expect(arrows).to_contain_text("session-progress-notice: started by answer  [under way]")
    lab.page.screenshot(path=tmp_path / "taken.png")


def test_going_back_and_branching(branching: Locator, lab: Explorer, tmp_path: Path) -> None:
    """Back by button, something else taken there, and a jump to the other branch."""
    branching.get_by_role("button", name="Back to the moment before").click()
    status = branching.get_by_role("status")
    expect(status).to_contain_text("After 4 actions: Elm Stations says again what waits")
    assert len(entries(branching)) == 6
    branching.get_by_role("button", name="Lose 3.").click()
    expect(status).to_contain_text("After 5 actions: Lose 3.")
    assert [entry.startswith("↳") for entry in entries(branching)] == [False] * 6 + [True]
    expect(branching.locator(".arrows .alarming")).to_have_count(2)
    branching.get_by_role("list", name="History").get_by_text("Deliver 3.").click()
    expect(status).to_contain_text("Deliver 3.")
    expect(branching.locator(".arrows .alarming")).to_have_count(1)
    assert len(entries(branching)) == 7
    branching.locator("[data-step='1'] .words").click()
    expect(status).to_contain_text("After 2 actions: Deliver 1.")
    lab.page.screenshot(path=tmp_path / "branches.png")


def test_by_keyboard(branching: Locator, lab: Explorer) -> None:
    """Arrow keys go back and forward, and the keys stay among the actions."""
    status, keyboard = branching.get_by_role("status"), lab.page.keyboard
    branching.get_by_role("button", name="Deliver 4.").focus()
    keyboard.press("ArrowLeft")
    expect(status).to_contain_text("After 4 actions")
    keyboard.press("ArrowRight")
    expect(status).to_contain_text("After 5 actions")
    branching.get_by_role("button", name="Double 4.").focus()
    keyboard.press("Enter")
    expect(status).to_contain_text("After 6 actions: Double 4.")
    expect(branching.locator("[data-action='double 4']")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(status).to_contain_text("After 7 actions: Lose 4.")
    expect(branching.locator(".actions button:focus")).to_have_count(1)


def test_a_token_in_a_fresh_page(branching: Locator, lab: Explorer) -> None:
    """A token is pasted in another session and opens the same moment."""
    branching.get_by_role("button", name="Alba Mobility restarts").click()
    expect(branching.get_by_role("status")).to_contain_text("After 6 actions")
    field = branching.get_by_label("Token", exact=True)
    token = field.input_value()
    tables = branching.locator(".changed").inner_text()
    drawn = branching.locator(".arrows").inner_html()
    lab.page.goto("about:blank")
    lab.shown = ("", True)
    lab.open(NOTEBOOK)  # whose cells are run anew
    fresh = lab.page.locator(".iec63119-branching").first
    fresh.scroll_into_view_if_needed()
    expect(fresh.get_by_role("status")).to_contain_text("After 5 actions")
    field = fresh.get_by_label("Token", exact=True)
    field.fill(token[:-2])
    field.press("Enter")
    expect(fresh.get_by_role("alert")).to_contain_text("the token is not whole")
    field.fill(token)
    fresh.get_by_role("button", name="Open the token").click()
    expect(fresh.get_by_role("status")).to_contain_text("After 6 actions: Alba Mobility")
    expect(fresh.get_by_role("alert")).to_be_empty()
    expect(fresh.locator(".changed")).to_have_text(tables, use_inner_text=True)
    assert settled(lambda: fresh.locator(".arrows").inner_html() == drawn)


def test_beginning_anew(branching: Locator) -> None:
    branching.get_by_label("Mode", exact=True).select_option("clearing-house")
    expect(branching.get_by_role("status")).to_contain_text("Nothing has happened yet.")
    expect(branching.locator(".heads")).to_contain_text("Clearing House North")
    branching.get_by_label("Story", exact=True).select_option("charge")
    expect(branching.get_by_label("Services", exact=True)).to_be_disabled()
    expect(branching).to_contain_text("(a journey has services of its own)")


def test_every_control_has_a_name(branching: Locator) -> None:
    controls = branching.locator("select, button, input").all()
    assert len(controls) > 12
    for control in controls:
        assert (control.get_attribute("aria-label") or "").strip()
