"""The explorer as a reader meets it: JupyterLab and Chromium, mouse and keyboard, and nobody
else on the line.
"""

import os
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


def drawn(place: Locator) -> str:
    return place.evaluate("place => place.innerHTML") or ""


def test_without_a_kernel(lab: Explorer, tmp_path: Path) -> None:
    """A reader without a kernel sees pictures and words."""
    lab.open("04-a-session-step-by-step.ipynb", run=False)
    looked_at, step = (
        lab.page.locator("details", has=lab.page.locator("summary", has_text=words)).first
        for words in ("3. Alba Mobility", "4. Clearing House North")
    )
    expect(looked_at.locator("img").first).to_be_visible()
    step.scroll_into_view_if_needed()
    picture = step.locator("img").first
    expect(picture).to_be_hidden()
    step.locator("summary").click()
    expect(picture).to_be_visible()
    loaded = "image => image.complete && image.naturalWidth > 400"
    assert settled(lambda: picture.evaluate(loaded))
    assert "authorization-answer" in str(picture.get_attribute("alt"))
    expect(step.locator("table")).to_contain_text("REP-6")
    lab.page.screenshot(path=tmp_path / "without-a-kernel.png")


def test_choosing_redraws(lab: Explorer, tmp_path: Path) -> None:
    """Choosing a mode and an edition draws the network again."""
    lab.open("03-roaming-modes.ipynb")
    lab.run_all()
    mode, picture = lab.menu("mode"), lab.page.locator(".iec63119-menus .picture").first
    expect(picture.locator("svg")).to_have_attribute(
        "aria-label", "Edition 2025, direct: authorization"
    )
    before = drawn(picture)
    mode.select_option("federated")
    lab.menu("visited").select_option("Heath Energy")
    expect(picture).to_contain_text("EXTENSION")
    expect(picture).to_contain_text("2: IF-5")
    expect(picture).to_contain_text("home-CSP")
    lab.menu("edition").select_option("2019")
    expect(picture).not_to_contain_text("home-CSP")
    assert drawn(picture) != before
    lab.page.screenshot(path=tmp_path / "modes.png")


def test_menus_by_keyboard(lab: Explorer) -> None:
    """The menus work from the keyboard."""
    lab.open("03-roaming-modes.ipynb")
    lab.run_all()
    mode, picture = lab.menu("mode"), lab.page.locator(".iec63119-menus .picture").first
    expect(picture.locator("svg")).to_be_visible()
    before = drawn(picture)
    mode.focus()
    lab.page.keyboard.press("ArrowDown")
    expect(picture).to_contain_text("2: IF-3")
    assert drawn(picture) != before


def test_choosing_an_attack(lab: Explorer, tmp_path: Path) -> None:
    """An attack is chosen and the picture tells who notices."""
    lab.open("07-secure-exchange.ipynb")
    lab.run_all()
    attack = lab.menu("attack")
    picture = lab.page.locator(".iec63119-menus", has=attack).locator(".picture")
    seen = set()
    for what, rule in (
        ("Sent again", "MSG-7"),
        ("Sealed again by its receiver, for somebody else", "MSG-2"),
    ):
        attack.select_option(what)
        lab.wait_until_answered()
        expect(picture).to_contain_text(rule)
        seen.add(drawn(picture))
    lab.menu("certificate").select_option("revoked")
    handshake = lab.page.locator(".iec63119-menus", has=lab.menu("certificate")).locator(
        ".picture"
    )
    expect(handshake).to_contain_text("turned away: the peer says certificate revoked")
    assert len(seen) == 2
    lab.page.screenshot(path=tmp_path / "attack.png")


def test_sealing_hides_the_contract(lab: Explorer, tmp_path: Path) -> None:
    """Sealing takes the contract from the eyes of a clearing house."""
    lab.open("08-privacy.ipynb")
    lab.run_all()
    sealed = lab.menu("sealed")
    picture = lab.page.locator(".iec63119-menus", has=sealed).locator(".picture")
    lab.menu("strategy").select_option("forward")
    lab.wait_until_answered()
    expect(picture).to_contain_text("forward")
    before = drawn(picture)
    sealed.select_option("yes")
    expect(picture).to_contain_text("sealed")
    assert settled(lambda: drawn(picture) != before)
    lab.page.screenshot(path=tmp_path / "privacy.png")


@pytest.fixture
def stepper(lab: Explorer) -> Locator:
    """The first film of notebook 04, at step 3 of 20."""
    lab.open("04-a-session-step-by-step.ipynb")
    lab.run_all()
    film = lab.page.locator(".iec63119-stepper").first
    film.scroll_into_view_if_needed()
    expect(film.get_by_role("status")).to_contain_text("Step 3 of 20.")
    return film


def test_forward_and_back(stepper: Locator, lab: Explorer, tmp_path: Path) -> None:
    """A session goes forward and back."""
    status, arrows = (
        stepper.get_by_role("status"),
        stepper.locator(".arrows [data-step]:not(.later)"),
    )
    expect(arrows).to_have_count(3)
    stepper.get_by_role("button", name="Forward one step").click()
    expect(status).to_contain_text("Step 4 of 20.")
    expect(arrows).to_have_count(4)
    stepper.get_by_role("button", name="Back one step").click()
    stepper.get_by_role("button", name="Back one step").click()
    expect(arrows).to_have_count(2)
    stepper.locator("li button").nth(6).click()
    expect(status).to_contain_text("Step 7 of 20.")
    expect(stepper.locator("[aria-current=step]")).to_contain_text("7.")
    arrows.first.locator(".words").click()
    expect(status).to_contain_text("Step 1 of 20.")
    expect(stepper.get_by_role("button", name="Back one step")).to_have_attribute(
        "aria-disabled", "true"
    )
    expect(arrows).to_have_count(1)
    lab.page.screenshot(path=tmp_path / "session.png")


def test_stepping_by_keyboard(stepper: Locator, lab: Explorer) -> None:
    """A session is stepped through with the keyboard."""
    status = stepper.get_by_role("status")
    stepper.get_by_role("button", name="Forward one step").focus()
    for key, step in {
        "ArrowRight": 4,
        "ArrowLeft": 3,
        "End": 20,
        "Home": 1,
        "Enter": 2,
    }.items():
        lab.page.keyboard.press(key)
        expect(status).to_contain_text(f"Step {step} of 20.")
        expect(stepper.locator(".arrows [data-step]:not(.later)")).to_have_count(step)


def test_losing_a_message(stepper: Locator, lab: Explorer, tmp_path: Path) -> None:
    """Losing a message plays the story again."""
    before = drawn(stepper.locator(".arrows"))
    stepper.get_by_label("This message").select_option("lost")
    status = stepper.get_by_role("status")
    expect(status).to_contain_text("Step 3 of 23.")
    expect(status).to_contain_text("(lost)")
    assert settled(lambda: drawn(stepper.locator(".arrows")) != before)
    expect(stepper.locator("pre")).to_contain_text('faults={3: "lost"}')
    lab.page.screenshot(path=tmp_path / "lost.png")
    stepper.get_by_role("button", name="Undo all faults").click()
    expect(status).to_contain_text("Step 3 of 20.")


def test_another_story(stepper: Locator) -> None:
    """Another story and one role of it can be chosen."""
    stepper.get_by_label("Mode", exact=True).select_option("federated")
    expect(stepper.get_by_role("status")).to_contain_text("of 30.")
    stepper.get_by_label("Journey").select_option("remote-control")
    expect(stepper.get_by_role("status")).to_contain_text("of 36.")
    stepper.get_by_label("Show").select_option("home-csp")
    expect(stepper.get_by_role("status")).to_contain_text("of 12.")
    expect(stepper.locator("li button")).to_have_count(12)
    stepper.get_by_label("Edition").select_option("2019")
    expect(stepper.locator(".drawing")).not_to_contain_text("home-CSP")


def test_every_control_has_a_name(stepper: Locator) -> None:
    controls = stepper.locator("select, button").all()
    assert len(controls) > 20  # a button for every step, and those around them
    for control in controls:
        assert (control.get_attribute("aria-label") or "").strip()
