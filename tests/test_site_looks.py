"""The pages of the site as a browser shows them from files: to all readers, in any width, with
and without scripts, and printed.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

pytest.importorskip("playwright")

from playwright.sync_api import ConsoleMessage, Page, Request, ViewportSize, expect

from refimpl.site.pack import print_pack, write_pack
from tests.browser import CHROMIUM, PATIENCE_MS, chromium, settled
from tests.built_site import built_site
from tests.test_browser_notebooks import AXE_CORE

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

PAGES = """index reviewer rules editions terms crosswalk traceability vectors downloads
    notebooks/00-start-here notebooks/05-identifiers docs/limits api/session""".split()
THEME = frozenset({"aria-required-attr", "landmark-unique"})
"""What axe finds in the theme itself: captions of the contents without a level, and two parts of
the page of one name.
"""
AXE = """
async (rules) => (await axe.run(document, { preload: false, ...rules })).violations.flatMap(
    ({ id, nodes }) => nodes.map(
        ({ html, target }) => [id, !!document.querySelector(target[0])?.closest("article"), html]))
"""
LIVING = ("03-roaming-modes", "07-secure-exchange", "10-amendment-lab", "13-crosswalk")
NAMES = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
"""What is seen of a control is in its name too; axe asks that only where it is told to."""
CONTRAST = {"runOnly": ["color-contrast"]}
FEWER = """
() => { for (const many of ["article > section", "article tbody", "article section:has(> .rule)", "article section > section"])
    for (const one of document.querySelectorAll(many)) [...one.children].slice(5).forEach(it => it.remove()) }
"""
"""Of rows and of rules that are alike, axe looks at some: each costs it time."""
# How many pictures in sight or near it do not live yet.
STILL = """() => [...document.querySelectorAll(".live[data-face]:not(.lives)")]
    .map((box) => box.getBoundingClientRect())
    .filter(({ top, bottom }) => top < innerHeight + 600 && bottom > -600).length
"""
PAPER: ViewportSize = {"width": 672, "height": 978}
"""What the margins of pack.css leave of A4, in CSS pixels: 178 by 259 mm."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def site() -> Path:
    return built_site()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One narrow page for all, with axe at hand where `make npm` has installed it."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 400, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        if AXE_CORE.exists():
            page.add_init_script(AXE_CORE.read_text("utf-8"))
        yield page
        page.close()


@pytest.fixture
def said(page: Page) -> Iterator[list[str]]:
    """What the page complains of, and what it asks another host for."""
    found: list[str] = []

    def hear(one: ConsoleMessage) -> None:
        if one.type == "error":
            found.append(one.text)

    def note(one: Request) -> None:
        if not one.url.startswith(("file:", "data:", "blob:")):
            found.append(one.url)

    page.on("console", hear)
    page.on("request", note)
    yield found
    page.remove_listener("console", hear)
    page.remove_listener("request", note)


@pytest.mark.parametrize("name", PAGES)
def test_a_page(page: Page, site: Path, said: list[str], name: str) -> None:
    """It complains of nothing, asks nothing, is as wide as the screen, and axe finds nothing."""
    page.emulate_media(color_scheme="light")
    page.goto((site / f"{name}.html").as_uri())
    expect(page.locator("article h1")).to_be_visible()
    assert settled(lambda: page.evaluate(STILL) == 0)
    assert settled(lambda: page.evaluate(TOO_WIDE), lambda seen: seen <= 0) <= 0
    if AXE_CORE.exists():
        page.evaluate(FEWER)
        assert settled(lambda: page.evaluate(STILL) == 0)
        faults = page.evaluate(AXE, {})
        assert not [fault for fault in faults if fault[1]]
        assert {name for name, _, _ in faults} <= THEME
        page.emulate_media(color_scheme="dark")
        assert not settled(lambda: page.evaluate(AXE, CONTRAST), lambda seen: not seen)
    assert not said


@pytest.mark.parametrize("name", LIVING)
def test_axe_of_pictures_that_live(page: Page, site: Path, said: list[str], name: str) -> None:
    if not AXE_CORE.exists():
        pytest.skip("axe is not here: make npm")
    page.emulate_media(color_scheme="light")
    page.goto((site / "notebooks" / f"{name}.html").as_uri())
    for box in page.locator(".live[data-face]").all():
        box.scroll_into_view_if_needed()
        expect(box).to_have_class(re.compile("lives"))
    faults = page.evaluate(AXE, NAMES)
    assert not [fault for fault in faults if fault[1]]
    assert settled(lambda: page.evaluate(TOO_WIDE), lambda seen: seen <= 0) <= 0
    assert not said


def test_a_name_in_a_picture_leads_to_it(page: Page, site: Path, said: list[str]) -> None:
    page.goto((site / "index.html").as_uri())
    name = page.locator(".stored svg a", has_text="IF-4").first
    name.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("implied")
    name.press("Enter")
    expect(page.locator("#interface-IF-4")).to_be_in_viewport()
    assert not said


def test_without_a_script(site: Path) -> None:
    """Pictures and their words are there, and so is every vector."""
    with chromium() as browser:
        page = browser.new_page(java_script_enabled=False)
        page.goto((site / "notebooks/02-architecture-and-interfaces.html").as_uri())
        pictures = page.locator("article img:visible")
        expect(pictures).to_have_count(4)
        assert all(picture.get_attribute("alt") for picture in pictures.all())
        words = page.locator("article details", has_text="in words").first
        words.locator("summary").first.click()
        expect(words.locator("p").first).to_be_visible()
        page.goto((site / "vectors/pseudonym.html").as_uri())
        expect(page.locator("article tbody tr")).to_have_count(21)
        page.close()


def test_the_pack_fits_its_paper(site: Path) -> None:
    """What is too wide for a sheet makes Chromium print the whole of it smaller."""
    widest = ("02-architecture-and-interfaces", "04-a-session-step-by-step", "05-identifiers",
              "10-amendment-lab", "13-crosswalk")  # fmt: skip
    pack = write_pack(site, ["crosswalk", *(f"notebooks/{name}" for name in widest)])
    with chromium() as browser:
        page = browser.new_page(viewport=PAPER)
        page.emulate_media(media="print")
        page.goto(pack.as_uri())
        assert page.evaluate(TOO_WIDE) == 0
        heights = "[...document.images].map(picture => picture.height)"
        assert 0 < max(page.evaluate(heights)) <= PAPER["height"]
        page.close()


def test_pdf_of_the_pack(site: Path) -> None:
    """It is tagged, has bookmarks, and every figure has an alternative text."""
    pages = ["reviewer", "crosswalk", "notebooks/02-architecture-and-interfaces"]
    assert CHROMIUM
    reader = PdfReader(print_pack(write_pack(site, pages), Path(CHROMIUM)))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]  # it is a dictionary
    titles = [one.title for one in reader.outline if not isinstance(one, list)]
    assert titles[1:] == ["For a reviewer", "Crosswalk", "Architecture and interfaces"]
    figures = [one for one in parts(root["/StructTreeRoot"]) if one.get("/S") == "/Figure"]
    assert len(figures) >= 4
    assert all(one.get("/Alt") for one in figures)
    assert len(reader.pages[0].annotations or ()) == len(pages)  # the contents are links


def parts(tree: object) -> Iterator[DictionaryObject]:
    """List the elements of a tagged document."""
    ahead = [tree]
    while ahead:
        one = ahead.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, DictionaryObject):
            yield one
            ahead.append(one.get("/K"))
        elif isinstance(one, list):
            ahead += one
