"""The page of a report in a browser: with and without a script, narrow and wide, and with
hostile texts in it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from refimpl.conformance.claims import with_claims
from refimpl.conformance.forms.page import page_of
from refimpl.conformance.trials import trials
from tests.browser import CHROMIUM, chromium
from tests.reports import SUITE, report, result
from tests.test_conformance_report_forms import HOSTILE, REAL, TWIN, hostile, refused

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]
REPORT = with_claims(
    report(result(TWIN), refused(REAL, "EMA-4"), result("routing/accept-a", "skipped")),
    trials(SUITE),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium on this machine, and IEC63119_REQUIRE_BROWSER=1"
    with chromium() as running:
        yield running


def opened(browser: Browser, path: Path, text: str, **options: Any) -> Page:
    """A page in the browser, which notes what it asks for and complains of."""
    path.write_text(text, "utf-8")
    page = browser.new_context(**options).new_page()
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.goto(path.as_uri())
    page.wait_for_load_state()
    assert heard == [path.as_uri()]
    return page


def test_without_a_script(browser: Browser, tmp_path: Path) -> None:
    """All is there, what passed folded up, and nothing is offered that would not work."""
    path = tmp_path / "page.html"
    page = opened(browser, path, page_of(REPORT, SUITE), java_script_enabled=False)
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.get_by_text(SUITE.by_id[REAL]["why"])).to_be_visible()
    expect(page.locator("article")).to_have_count(2)
    passed = page.locator("details.passed").first
    expect(passed.locator("tr[data-verdict]")).to_be_hidden()
    passed.locator("summary").click()
    expect(passed.locator("tr[data-verdict]")).to_be_visible()


def test_search_and_filter(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path / "page.html", page_of(REPORT, SUITE))
    shown = page.locator("[data-verdict]:visible")
    expect(page.locator("#shown")).to_have_text("3 of 3 shown")
    page.get_by_label("verdict").select_option("pass")
    expect(page.locator("#shown")).to_have_text("1 of 3 shown")
    expect(shown).to_have_count(1)
    page.get_by_label("verdict").select_option("")
    page.get_by_label("search").fill("reject OCHP")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text(REAL)
    page.get_by_label("family").select_option("routing")
    expect(page.locator("#shown")).to_have_text("0 of 3 shown")
    page.keyboard.press("Enter")
    expect(page.locator("section:visible")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1280])
def test_fits_the_window(browser: Browser, tmp_path: Path, width: int) -> None:
    long = report(
        result(REAL, "wrong-output", got={"outcome": "accept", "output": {"a": "x" * 500}})
    )
    size = {"width": width, "height": 800}
    page = opened(browser, tmp_path / "page.html", page_of(long, SUITE), viewport=size)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_can_be_read_in_the_light_and_in_the_dark(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    """Every text stands out from its ground by 4.5 to 1."""
    path = tmp_path / "page.html"
    page = opened(browser, path, page_of(REPORT, SUITE), color_scheme=scheme)
    assert page.evaluate(LEAST_CONTRAST) >= 4.5


# Of all texts, the least contrast (WCAG 2.2, 1.4.3) with the nearest ground that is not clear.
LEAST_CONTRAST = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const linear = (part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
        const [red, green, blue] = parts(colour).map(linear);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (node) => {
        for (let at = node; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (parts(colour)[3] !== 0) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const texts = [...document.querySelectorAll("body *")].filter((node) =>
        !["SCRIPT", "STYLE", "OPTION"].includes(node.tagName) &&
        [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()));
    return Math.min(...texts.map((node) => {
        const pair = [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a);
        return (pair[0] + 0.05) / (pair[1] + 0.05);
    }));
}"""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_do_nothing(browser: Browser, tmp_path: Path, text: str) -> None:
    page = opened(browser, tmp_path / "page.html", page_of(hostile(text), SUITE))
    expect(page.locator("#shown")).to_have_text("4 of 4 shown")
    page.get_by_label("search").fill(text)
    assert page.locator("img, iframe, object, body > script ~ *").count() == 0
    page.context.close()


def test_script_of_another_is_not_run(browser: Browser, tmp_path: Path) -> None:
    """The policy of the page holds, even if something slipped through."""
    text = page_of(REPORT, SUITE).replace("<h2>", "<script>window.seen = 1</script><h2>", 1)
    path = tmp_path / "page.html"
    path.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("typeof window.seen") == "undefined"
    expect(page.locator("#shown")).to_have_text("3 of 3 shown")


def test_prints_without_the_filter(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path / "page.html", page_of(REPORT, SUITE))
    page.emulate_media(media="print")
    expect(page.locator("#filter")).to_be_hidden()
    expect(page.locator("article").first).to_be_visible()
