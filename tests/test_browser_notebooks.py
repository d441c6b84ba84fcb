"""Every notebook as its reader has it: opened, run, changed, saved, closed and opened again, in
JupyterLab and Chromium; and the checkout that it came from, which stays as it was.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from refimpl.site.saving import WIDGET
from tests.browser import (
    CHROMIUM,
    NOTEBOOKS,
    OUTPUT,
    RUN_MS,
    UNDRAWN,
    Explorer,
    explorer,
    git,
    settled,
)
from tests.browser_pictures import check_drawn, check_kept, check_theme, pictures_in
from tests.programs import NPM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]

AXE_CORE = NPM / "node_modules" / "axe-core" / "axe.min.js"
"""What finds faults that hinder people; looked for where `make npm` has installed it."""
CLOSE = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.context.model.dirty = false;
    await panel.sessionContext.shutdown();
    panel.close();
}"""
OUT_OF_REACH = """(panel, controls) => [...panel.querySelectorAll(controls)]
    .filter(control => control.checkVisibility() && control.tabIndex < 0)
    .filter(control => !control.closest("[role=listbox], [role=radiogroup], [role=toolbar], [role=tablist]")
        ?.querySelector("[tabindex='0']"))
    .map(control => control.outerHTML.slice(0, 120))"""
NOTE = "# A note of the reader's own."
WRONG = """[data-mime-type="application/vnd.jupyter.error"],
    [data-mime-type="application/vnd.jupyter.stderr"], .jupyter-widgets-error-widget"""
FAULTY = (
    """outputs => outputs.filter(image => !image.complete || image.naturalWidth === 0).length"""
)
CONTROLS = ", ".join(
    f".jp-OutputArea-output {one}:enabled" for one in ("select", "input", "textarea", "button")
)
FIELDS = ".jp-OutputArea-output :is(select, input, textarea):enabled"
STOPS = """select:enabled input:enabled textarea:enabled button:enabled a[href] summary
    [tabindex='0']"""
TABBED = ", ".join(f"{one}:not([tabindex='-1']):visible" for one in STOPS.split())
OURS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
AXE = f"""
async () => (await axe.run({{ include: [["{OURS}"]] }})).violations.flatMap(
    ({{ id, nodes }}) => nodes.map(({{ html, any }}) => `${{id}}: ${{html.slice(0, 160)}} ${{any.map(a => a.message)}}`))
"""


def at_the_desk(page: Explorer) -> Explorer:
    """All of JupyterLab, in which notebooks are opened one after the other; axe is at hand."""
    if AXE_CORE.exists():
        page.page.add_init_script(AXE_CORE.read_text("utf-8"))
    page.page.goto(f"{page.address}/lab?token={page.token}&reset")
    page.page.locator(".jp-DirListing-item").first.wait_for()
    page.command("application:toggle-left-area")
    return page


@pytest.fixture(scope="module")
def alone() -> Iterator[Explorer]:
    """An explorer of this module's own: in another, readers may have saved what they changed."""
    with explorer() as running:
        yield running


@pytest.fixture(scope="module")
def desk(alone: Explorer) -> Iterator[Explorer]:
    """A desk on which notebooks run as they open."""
    with alone.another_page() as page:
        yield at_the_desk(page)


@pytest.fixture(scope="module")
def shelf(alone: Explorer) -> Iterator[Explorer]:
    """A desk on which notebooks open as they are stored."""
    with alone.another_page() as page:
        page.run_nothing()
        yield at_the_desk(page)


@contextmanager
def opened(
    desk: Explorer, notebook: str, run: str = "[data-iec63119=run]"
) -> Iterator[Locator]:
    """A notebook that is opened, and closed for good with its kernel."""
    desk.command("docmanager:open", path=notebook)
    panel = desk.page.locator(f".jp-NotebookPanel:not(.lm-mod-hidden){run}")
    try:
        panel.wait_for(timeout=RUN_MS)
        desk.wait_until_answered()
        yield panel
    finally:
        desk.page.evaluate(CLOSE)
        panel.wait_for(state="detached")


def check_shown(desk: Explorer, panel: Locator, shipped: bytes) -> None:
    """Nothing is wrong on the page, all that is stored is shown, code is folded."""
    outputs = [cell.get("outputs", []) for cell in json.loads(shipped)["cells"]]
    expect(panel.locator(OUTPUT)).to_have_count(sum(map(len, outputs)))
    expect(panel.locator(UNDRAWN)).to_have_count(0)
    pictures = panel.locator(".jp-OutputArea-output :is(img, svg)")
    if b"<img" in shipped:
        expect(pictures.first).to_be_attached()
    else:
        expect(pictures).to_have_count(0)
    assert settled(lambda: panel.locator("img").evaluate_all(FAULTY) == 0)
    expect(panel.locator(".jp-CodeCell .jp-InputArea-editor:visible")).to_have_count(0)
    assert panel.locator(WRONG).count() == 0
    assert panel.get_by_text("Error displaying widget").count() == 0
    assert desk.complaints == []


def use(control: Locator) -> None:
    """Use a control as a reader may, whatever it is, and wait for what comes of it."""
    match control.evaluate("control => control.tagName"):
        case "SELECT":
            control.select_option(index=control.locator("option").count() - 1)
        case "INPUT" | "TEXTAREA":
            control.press("End")
            control.press_sequentially("1")
        case _:
            control.click()
            control.page.keyboard.press("Escape")  # closes the panel that a rule id has opened


def kept(desk: Explorer, notebook: str) -> dict[str, Any]:
    """What is stored of a notebook now."""
    desk.command("docmanager:save")
    found: dict[str, Any] = json.loads((desk.folder / notebook).read_bytes())
    return found


def check_keyboard(panel: Locator) -> None:
    """Tab leads from the first control to the next, as far as five of them in one output."""
    unreached = settled(lambda: panel.evaluate(OUT_OF_REACH, CONTROLS), lambda seen: not seen)
    assert unreached == []
    output = panel.locator(".jp-OutputArea-output", has=panel.locator(CONTROLS)).first
    tabbed = output.locator(TABBED)
    for number in range(min(tabbed.count(), 5)):
        if number:
            panel.page.keyboard.press("Tab")
        else:
            tabbed.first.focus()
        expect(tabbed.nth(number)).to_be_focused()


def check_dressed(desk: Explorer, drawn: bool) -> None:
    """In a dark theme and a light one axe finds nothing, and pictures can be read."""
    for theme in ("Dark", "Light"):
        desk.dress(theme)
        if AXE_CORE.exists():
            assert desk.page.evaluate(AXE) == [], theme
        if drawn:
            check_theme(desk.page, theme)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_looking_breaks_nothing(desk: Explorer, notebook: str) -> None:
    """It is opened, run, looked at, saved, changed, saved, closed and opened again."""
    shipped = (desk.checkout / "notebooks" / notebook).read_bytes()
    unsaved = desk.page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")

    with opened(desk, notebook) as panel:
        check_shown(desk, panel, shipped)
        assert panel.locator(".jp-WindowedPanel-outer").evaluate("it => it.scrollTop") == 0
        expect(unsaved).to_have_count(0)
        kept(desk, notebook)
        same_bytes = (
            desk.folder / notebook
        ).read_bytes() == shipped  # too long to be compared in words
        assert same_bytes
        for control in panel.locator(FIELDS).all()[:1]:
            expect(control).to_be_in_viewport()
        drawn = pictures_in(notebook) > 0
        check_dressed(desk, drawn)
        if drawn:
            check_drawn(desk.page)
        check_keyboard(panel)
        for control in panel.locator(CONTROLS).all()[:1]:
            use(control)
            desk.wait_until_answered()
        check_shown(desk, panel, shipped)
        expect(unsaved).to_have_count(0)

        desk.command("notebook:insert-cell-below")
        desk.page.keyboard.press("Enter")
        desk.page.keyboard.insert_text(NOTE)
        expect(unsaved).to_have_count(1)
        document = kept(desk, notebook)
        assert [NOTE] in [cell["source"] for cell in document["cells"]]
        assert WIDGET not in json.dumps(document)
        assert "widgets" not in document["metadata"]

    with opened(desk, notebook) as panel:
        check_shown(desk, panel, shipped)
        expect(unsaved).to_have_count(0)
    assert git(desk.checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_as_it_is_stored(shelf: Explorer, notebook: str) -> None:
    """Without a kernel it shows its pictures and words, which can be read, and axe finds nothing."""
    with opened(shelf, notebook, run="") as panel:
        expect(panel.locator(OUTPUT).first).to_be_visible()
        assert settled(lambda: panel.locator("img").evaluate_all(FAULTY) == 0)
        assert panel.locator(WRONG).count() == 0
        check_dressed(shelf, drawn=False)
        if pictures_in(notebook):
            check_kept(shelf.page, notebook)
    assert shelf.complaints == []
