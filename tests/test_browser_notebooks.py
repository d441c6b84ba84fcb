"""Every notebook as its reader has it: opened, run, changed, saved, closed and opened again, in
JupyterLab and Chromium; and the checkout that it came from, which stays as it was.
"""

import json
import os
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from refimpl.site.saving import WIDGET
from tests.browser import CHROMIUM, NOTEBOOKS, PATIENCE_MS, Explorer, git
from tests.programs import NPM, needs_npm

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("IEC63119_REQUIRE_BROWSER") != "1",
        reason="no Chromium on this machine (IEC63119_REQUIRE_BROWSER=1 makes that a failure)",
    ),
]
expect.set_options(timeout=PATIENCE_MS)

NOTE = "# A note of the reader's own."
WRONG = """[data-mime-type="application/vnd.jupyter.error"],
    [data-mime-type="application/vnd.jupyter.stderr"], .jupyter-widgets-error-widget"""
FAULTY = (
    """outputs => outputs.filter(image => !image.complete || image.naturalWidth === 0).length"""
)
CONTROLS = ", ".join(
    f".jp-OutputArea-output {one}:enabled" for one in ("select", "input", "textarea", "button")
)
OURS = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output"
AXE = f"""
async () => (await axe.run({{ include: [["{OURS}"]] }})).violations.flatMap(
    ({{ id, nodes }}) => nodes.map(({{ html, any }}) => `${{id}}: ${{html.slice(0, 160)}} ${{any.map(a => a.message)}}`))
"""


@pytest.fixture
def desk(lab: Explorer) -> Explorer:
    """All of JupyterLab, in which no notebook is open."""
    at_hand = lab.page.locator(".jp-DirListing-item").count() > 0
    if not at_hand or lab.page.locator(".jp-NotebookPanel").count() > 0:
        lab.page.goto(f"{lab.address}/lab?token={lab.token}&reset")
        lab.shown = ("", True)
    return lab


def opened(desk: Explorer, notebook: str) -> Locator:
    """A notebook that its reader opens from the list of files, when it has run."""
    desk.page.locator(".jp-DirListing-item", has_text=notebook).dblclick()
    panel = desk.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)[data-iec63119=run]")
    panel.wait_for()
    return panel


def check_shown(desk: Explorer, panel: Locator, shipped: bytes) -> None:
    """Nothing is wrong on the page, all that is stored is shown, code is folded, the top is in
    sight.
    """
    assert panel.locator(WRONG).count() == 0
    assert panel.get_by_text("Error displaying widget").count() == 0
    outputs = [cell.get("outputs", []) for cell in json.loads(shipped)["cells"]]
    assert panel.locator(".jp-OutputArea-output").count() == sum(map(len, outputs))
    pictures = panel.locator(".jp-OutputArea-output :is(img, svg)")
    assert (pictures.count() > 0) == (b"<img" in shipped)
    assert panel.locator("img").evaluate_all(FAULTY) == 0
    assert panel.locator(".jp-CodeCell .jp-InputArea-editor:visible").count() == 0
    assert panel.locator(".jp-WindowedPanel-outer").evaluate("outer => outer.scrollTop") == 0
    assert desk.complaints == []


def close(desk: Explorer, panel: Locator) -> None:
    """Close a notebook for good, with its kernel."""
    desk.page.get_by_role("menuitem", name="File", exact=True).click()
    desk.page.get_by_role("menuitem", name="Close and Shut Down Notebook").click()
    desk.page.locator(".jp-Dialog .jp-mod-accept").click()
    panel.wait_for(state="detached")


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
    control.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def kept(desk: Explorer, notebook: str) -> dict[str, Any]:
    """What is stored of a notebook now."""
    desk.command("docmanager:save")
    found: dict[str, Any] = json.loads((desk.folder / notebook).read_bytes())
    return found


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_looking_breaks_nothing(desk: Explorer, notebook: str) -> None:
    shipped = (desk.checkout / "notebooks" / notebook).read_bytes()
    unsaved = desk.page.locator(".lm-DockPanel-tabBar .lm-mod-current.jp-mod-dirty")

    panel = opened(desk, notebook)
    check_shown(desk, panel, shipped)
    expect(unsaved).to_have_count(0)
    kept(desk, notebook)
    assert (desk.folder / notebook).read_bytes() == shipped

    for control in panel.locator(CONTROLS).all()[:1]:
        use(control)
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

    close(desk, panel)
    panel = opened(desk, notebook)
    check_shown(desk, panel, shipped)
    expect(unsaved).to_have_count(0)
    close(desk, panel)
    (desk.folder / notebook).write_bytes(shipped)
    assert git(desk.checkout, "status", "--porcelain") == ""


@pytest.fixture(scope="module")
def axed(lab: Explorer) -> Explorer:
    """The explorer in which axe is at hand, in every page to come."""
    script = (NPM / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    lab.page.add_init_script(script)
    lab.shown = ("", True)
    return lab


@needs_npm()
@pytest.mark.parametrize("run", [True, False], ids=["live", "stored"])
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_axe_finds_nothing(axed: Explorer, notebook: str, run: bool) -> None:
    """What a notebook shows, live and as it is stored, can be read and used by all."""
    axed.open(notebook, run=run)
    found = {}
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        axed.command("apputils:change-theme", theme=theme)
        found[theme] = axed.page.evaluate(AXE)
    assert found == {"JupyterLab Dark": [], "JupyterLab Light": []}
