"""Every picture of a notebook as a reader sees it: how high its texts are on a wide page and on
a narrow one, kept and live, and whether they stand out on a dark page.
"""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import ROOT, settled

DRAWN = ".jp-OutputArea svg[role=img]"
STORED_PICTURE = '.jp-OutputArea img[src^="data:image/svg"]'
LEAST_PX = {1280: 11, 800: 11, 400: 9}
"""How high the smallest text of a picture is at least, by the width of the window."""


def pictures_in(notebook: str) -> int:
    """How many pictures are kept in a notebook."""
    text = (ROOT / "notebooks" / notebook).read_text("utf-8")
    return text.count("data:image/svg+xml;base64")


# Of every picture that is kept: its name, and the height of its smallest text.
KEPT = """() => {
    for (const one of document.querySelectorAll(".jp-OutputArea details")) one.open = true;
    return [...document.querySelectorAll('.jp-OutputArea img[src^="data:image/svg"]')].map((img) => {
        const svg = atob(img.src.split(",")[1]);
        const [, width] = svg.match(/viewBox="\\S+ \\S+ (\\S+)/);
        const sizes = [...svg.matchAll(/font-size="([0-9.]+)/g)].map((found) => Number(found[1]));
        return [img.alt, Math.min(...sizes) * img.getBoundingClientRect().width / Number(width)];
    });
}"""

# The same of every picture that is drawn on the page.
LIVE = """() =>
    [...document.querySelectorAll(".jp-OutputArea svg[role=img]")].map((svg) => {
        const heights = [...svg.querySelectorAll("text")].map((text) =>
            parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().d);
        return [svg.getAttribute("aria-label"), Math.min(...heights)];
    })
"""

# Of all texts of drawings on the page: the least contrast (WCAG 2.2, 1.4.3) with what is painted
# beneath it, and that text.
LEAST_CONTRAST = """() => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = (colour) => {
        const linear = (part) => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
        const [red, green, blue] = parts(colour).map(linear);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const filled = (shape) => !/none|rgba\\(0, 0, 0, 0\\)/.test(getComputedStyle(shape).fill);
    const filledIn = (part) => parts(getComputedStyle(part).backgroundColor)[3] !== 0;
    const ground = (text, shapes) => {
        const { x, y, width, height } = text.getBoundingClientRect();
        const middle = new DOMPoint(x + width / 2, y + height / 2);
        const beneath = shapes.filter((shape) =>
            shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING &&
            shape.isPointInFill(middle.matrixTransform(shape.getScreenCTM().inverse())));
        let page = text.closest("svg");
        while (!beneath.length && !filledIn(page)) page = page.parentElement;
        return beneath.length ? getComputedStyle(beneath.at(-1)).fill : getComputedStyle(page).backgroundColor;
    };
    const found = [];
    for (const svg of document.querySelectorAll(".jp-OutputArea svg[role=img]")) {
        const shapes = [...svg.querySelectorAll("polygon, ellipse, rect, path, circle")].filter(filled);
        for (const text of svg.querySelectorAll("text")) {
            const pair = [light(getComputedStyle(text).fill), light(ground(text, shapes))].sort((a, b) => b - a);
            found.push([(pair[0] + 0.05) / (pair[1] + 0.05), text.textContent]);
        }
    }
    return found.sort((a, b) => a[0] - b[0])[0];
}"""

# The pictures that scroll sideways without a line that says so, or say so and do not.
SILENT = """() =>
    [...document.querySelectorAll(".jp-OutputArea div[aria-hidden] + div[tabindex]")]
        .filter((box) => box.querySelector("svg[role=img], img") && box.clientWidth)
        .filter((box) => box.scrollWidth > box.clientWidth + 1 !== box.previousSibling.offsetHeight > 8)
        .map((box) => box.innerHTML.slice(0, 200));
"""

# What of the outputs sticks out of the page to the right and is in no box that scrolls.
STICKING_OUT = """() => {
    const page = document.querySelector(".jp-WindowedPanel-outer"), { right } = page.getBoundingClientRect();
    const boxed = (part) => part !== page && (getComputedStyle(part).overflowX !== "visible" || boxed(part.parentElement));
    return [...document.querySelectorAll(".jp-OutputArea *")]
        .filter((part) => part.getBoundingClientRect().right > right + 1 && !boxed(part.parentElement))
        .map((part) => part.outerHTML.slice(0, 80));
}"""


def widths(page: Page) -> Iterator[int]:
    """Make the window as wide as each of the widths, one after the other."""
    for width in LEAST_PX:
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(200)  # the page lays itself out anew
        yield width
    page.set_viewport_size({"width": 1280, "height": 1000})


def small_texts(page: Page, measured: str, width: int) -> list[tuple[str, float]]:
    """Of the pictures on a page: which has a text that is too small, once all is drawn."""
    least = LEAST_PX[width] - 0.01  # browsers round

    def small() -> list[tuple[str, float]]:
        found = page.evaluate(measured)
        assert found
        return [one for one in found if not one[1] >= least]

    return settled(small, lambda seen: not seen)


def sticking_out(page: Page) -> list[str]:
    """What of the outputs sticks out of the page, once all is drawn."""
    return settled(lambda: page.evaluate(STICKING_OUT), lambda seen: not seen)


def silent_boxes(page: Page) -> list[str]:
    """Which pictures scroll and do not say so, or the other way about, once all is drawn."""
    return settled(lambda: page.evaluate(SILENT), lambda seen: not seen)


def check_kept(page: Page, notebook: str) -> None:
    """No text of a kept picture is small, and what does not fit scrolls within its own box."""
    expect(page.locator(STORED_PICTURE)).to_have_count(pictures_in(notebook))
    _check_texts(page, KEPT)


def check_drawn(page: Page) -> None:
    """The same of what is drawn on the page."""
    expect(page.locator(DRAWN).last).to_be_attached()
    _check_texts(page, LIVE)


def _check_texts(page: Page, measured: str) -> None:
    for width in widths(page):
        assert not small_texts(page, measured, width), width
        assert not sticking_out(page), width
        assert not silent_boxes(page), width


def check_theme(page: Page, theme: str) -> None:
    """Every text of a picture stands out by 4.5 to 1, and the picture is as dark as its page."""
    dark = theme == "Dark"
    light = "false" if dark else "true"
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)
    expect(page.locator(DRAWN).last).to_be_attached()
    contrast, text = settled(lambda: page.evaluate(LEAST_CONTRAST), lambda seen: seen[0] >= 4.5)
    assert contrast >= 4.5, text
    papers: list[Any] = page.locator(".iec63119").evaluate_all(
        "roots => roots.map((root) => getComputedStyle(root).backgroundColor)"
    )
    assert set(papers) == {"rgb(28, 28, 28)" if dark else "rgb(255, 255, 255)"}
    kept = page.locator(STORED_PICTURE).evaluate_all(
        "images => images.map((image) => getComputedStyle(image).colorScheme)"
    )
    assert set(kept) <= {"dark" if dark else "light"}
