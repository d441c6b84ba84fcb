"""The pages of the site in a browser, opened from files: what lives there without a kernel."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Locator, Page, expect

from refimpl.edition import load
from refimpl.lab.attacks import ATTACKS
from refimpl.views.film.stepper import Stepper
from refimpl.views.secure.defences import attack_outcome
from tests.browser import CHROMIUM, chromium
from tests.built_site import built_site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

INTERFACES: Final = "02-architecture-and-interfaces", "71e23dc1"
ATTACK: Final = "07-secure-exchange", "c07bd43b"
ATTACKED_BYTES: Final = "ac18351f"
STEPS: Final = "04-a-session-step-by-step", "cd4f1473"


@pytest.fixture(scope="module")
def site() -> Path:
    return built_site()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One page for all; what it complains of fails the test that looks."""
    with chromium() as browser:
        page = browser.new_page(permissions=["clipboard-read", "clipboard-write"])
        yield page
        page.close()


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[None]:
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    yield
    assert not said
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def opened(page: Page, site: Path, notebook: str, place: str = "") -> None:
    page.goto("about:blank")
    page.goto(f"{site.as_uri()}/notebooks/{notebook}.html{place}")


def living(page: Page, cell: str) -> Locator:
    """The picture of a cell, once it lives."""
    box = page.locator(f"#cell-{cell}")
    box.scroll_into_view_if_needed()
    expect(box).to_have_class(re.compile("lives"))
    return box


def status(box: Locator) -> Locator:
    return box.get_by_role("status").first


def menu(box: Locator, name: str) -> Locator:
    return box.get_by_role("combobox", name=name, exact=True)


def test_menus_and_their_link(page: Page, site: Path) -> None:
    notebook, cell = INTERFACES
    opened(page, site, notebook)
    box = living(page, cell)
    first = box.locator(".title").inner_text()
    menu(box, "exchange").select_option("authorization")
    menu(box, "edition").select_option("2019")
    expect(box.locator(".title")).not_to_have_text(first)
    shown = box.locator(".title").inner_text()
    assert "2019" in shown
    link = page.url
    page.go_back()
    expect(box.locator(".title")).to_have_text(first)
    page.go_forward()
    expect(box.locator(".title")).to_have_text(shown)
    opened(page, site, notebook, link.partition(".html")[2])
    expect(living(page, cell).locator(".title")).to_have_text(shown)


def test_copied_link_is_the_address(page: Page, site: Path) -> None:
    notebook, cell = INTERFACES
    opened(page, site, notebook)
    box = living(page, cell)
    menu(box, "mode").select_option("direct")
    box.get_by_text("Copy link").click()
    expect(box.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_attack_lab(page: Page, site: Path) -> None:
    notebook, cell = ATTACK
    opened(page, site, notebook)
    box, marked = living(page, cell), living(page, ATTACKED_BYTES)
    attacks = menu(box, "attack")
    assert attacks.locator("option").count() == len(ATTACKS)
    for attack in ("replayed", "resealed"):
        title = attack_outcome(load("2025"), attack).title
        attacks.select_option(ATTACKS[attack].what)
        expect(box.locator(".title")).to_have_text(title)
        expect(marked.locator(".notes")).to_contain_text(title)


def test_byte_view_and_its_link(page: Page, site: Path) -> None:
    notebook, cell = ATTACK[0], "59f08f22"
    opened(page, site, notebook)
    box = living(page, cell)
    menu(box, "record").select_option(index=2)
    box.locator("[role=option]").nth(2).click()
    words = box.locator(".words").inner_text()
    box.get_by_text("Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    opened(page, site, notebook, link.partition(".html")[2])
    expect(living(page, cell).locator(".words")).to_have_text(words, use_inner_text=True)


def test_stored_without_a_script(site: Path) -> None:
    text = (site / "notebooks" / f"{INTERFACES[0]}.html").read_text("utf-8")
    for box in re.findall(r'<div class="live".*?</div>', text, re.DOTALL):
        assert "<img alt=" in box
    assert text.count('class="live"') == 4


def test_each_live_picture_has_its_data(site: Path) -> None:
    named = set()
    for path in (site / "notebooks").glob("*.html"):
        text = path.read_text("utf-8")
        named |= set(re.findall(r'data-name="([^"]+)"', text))
        named |= {f"face.{face}" for face in re.findall(r'data-face="([^"]+)"', text)}
    assert len(named) > 10
    for name in named:
        script = (site / "_static" / "data" / f"{name}.js").read_text("utf-8")
        assert script.startswith(f"iec63119.receive({json.dumps(name)},")


def test_stepper_tells_what_python_tells(page: Page, site: Path) -> None:
    notebook, cell = STEPS
    opened(page, site, notebook)
    box = living(page, cell)
    told = Stepper(load("2025"), "charge", "clearing-house", faults={3: "lost"}, at=4)
    expect(status(box)).to_contain_text(told.captions[3])
    box.get_by_role("button", name="Undo all faults").click()
    menu(box, "Journey").select_option("offline")
    menu(box, "Show").select_option("visited-cso")
    box.get_by_role("button", name="Forward one step").click()
    expect(status(box)).to_contain_text("Step 5 of")
    told = Stepper(load("2025"), "offline", "clearing-house", show="visited-cso", at=5)
    assert (
        box.get_by_role("list").first.get_by_role("button").all_inner_texts() == told.captions
    )
    opened(page, site, notebook, page.url.partition(".html")[2])
    expect(status(living(page, cell))).to_contain_text(told.captions[4])
