"""The explorer in a real browser: JupyterLab on this machine alone, and one page of Chromium
that looks at it.

`explorer` starts both with a private home and ends both; `change_to_picture_ms` measures what a
reader waits for.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os import environ
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from refimpl.site.notebooks import KERNEL

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
COMMAND = "from refimpl.cli import main; main()"
CHROMIUM = (
    shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
PATIENCE_MS = 180_000
RUN_MS = 3 * PATIENCE_MS
"""How long all cells of a notebook may take."""
expect.set_options(timeout=PATIENCE_MS)  # machines are busy; nothing here measures time
OUTPUT = ".jp-OutputArea-output"
UNDRAWN = f"{OUTPUT}.lm-Panel:not(:has(.iec63119))"
"""The place of a widget that has not been drawn yet."""
Seen = TypeVar("Seen")
# The paint is waited for inside the page, so that the way between test and browser is not
# measured.
MEASURE = """
([control, picture]) => new Promise((done) => {
    const before = picture.innerHTML, start = performance.now();
    new MutationObserver((_, observer) => {
        if (picture.innerHTML === before) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    }).observe(picture, { childList: true, subtree: true, characterData: true });
    if (control.tagName === "BUTTON") return control.click();
    control.selectedIndex = (control.selectedIndex + 1) % control.length;
    control.dispatchEvent(new Event("change", { bubbles: true }));
})
"""


class Wait(NamedTuple):
    """Something a reader waits for: in which notebook, for which control by its name, until
    what has changed, at most how many milliseconds, and how often that is tried.
    """

    what: str
    notebook: str
    control: str
    picture: str
    most_ms: float = 60
    times: int = 30
    written: str = ""  # the code of the notebook, where it is none of those that are kept


ROLES, MODES = "02-architecture-and-interfaces.ipynb", "03-roaming-modes.ipynb"
FILM = "04-a-session-step-by-step.ipynb"
MENUS, STEPPER = ".iec63119-menus .picture", ".iec63119-stepper .drawing"
EXCHANGES = ".iec63119-menus:has([aria-label=exchange]) .picture"
# A network of three hundred, at three clearing houses.
LARGE = """
from functools import partial
from refimpl import load
from refimpl.network import Block, Network, RoamingEntity
from refimpl.views.graphs.modes import roaming_mode
from refimpl.views.kit.menus import Menus

csps, csos = (tuple(f"{kind}-{n}" for n in range(many)) for kind, many in (("csp", 99), ("cso", 198)))
houses = ("house-0", "house-1", "house-2")
entities = [RoamingEntity(id=name, kind="csp", party_ids=(f"DE{n:03}",)) for n, name in enumerate(csps)]
entities += [RoamingEntity(id=name, kind="cso", party_ids=(f"NL{n:03}",)) for n, name in enumerate(csos)]
entities += [RoamingEntity(id=name, kind="clearing-house") for name in houses]
at_houses = ((*csps, *csos[:100]), csos[100:150], csos[150:])
links = [Block(left=(house,), right=those) for house, those in zip(houses, at_houses)]
agreements = (Block(left=csps, right=csos),)
network = Network(entities=tuple(entities), links=tuple(links), agreements=agreements)
draw = partial(roaming_mode, load("2025"), "clearing-house", network=network)
Menus(draw, exchange=["authorization", "tariff"], visited=csos[:100], home=csps)
"""
WAITS = (
    Wait("change of mode, network of twelve", MODES, "mode", MENUS),
    Wait("change of edition, network of twelve", MODES, "edition", MENUS),
    Wait("change of exchange, interfaces", ROLES, "exchange", EXCHANGES),
    Wait("change of home-CSP, network of 300", "300.ipynb", "home", MENUS, 120, 15, LARGE),
    Wait("change of edition, film", FILM, "Edition", STEPPER),
    Wait("change of journey, film", FILM, "Journey", STEPPER),
    Wait("step, film", FILM, "Forward one step", ".iec63119-stepper [role=status]", 15, 15),
)
"""Pictures of modes lie ready in the page, as do the steps of a film; the kernel draws others."""

EXTENSION = "**/extensions/iec63119/**"
STORED = """
(window._JUPYTERLAB ??= {}).iec63119 = {
  init() {}, get: async () => () => ({ __esModule: true, default: [] }),
};
"""
"""In place of what runs a notebook when it is opened: nothing does."""

# The kernel takes one thing after the other, and so does the page with its answers.  What a view
# holds back until the kernel is done with what came before is sent by the time of the first
# answer.  Its debugger is asked on another channel.
ANSWERED = """async () => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    await kernel.requestKernelInfo();
    await kernel.requestKernelInfo();
    await kernel.requestDebug({ type: "request", seq: 0, command: "debugInfo", arguments: {} }).done;
}"""


_running: list[Browser] = []


@dataclass
class Explorer:
    """A page of a running explorer; every address outside of this machine that it asked for,
    and every error on its console.
    """

    page: Page
    address: str
    token: str
    folder: Path  # that is opened: the reader's copy
    checkout: Path  # that it was copied from
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    shown: tuple[str, bool] = ("", True)
    fresh: bool = False

    def open(self, notebook: str, run: bool = True) -> None:
        """Open one notebook by itself, if it is not open, and wait until it has run; or look at
        it as it is stored.
        """
        if (notebook, run) != self.shown:
            self.page.unroute(EXTENSION)
            if not run:
                self.run_nothing()
            self.page.goto(f"{self.address}/doc/tree/{notebook}?token={self.token}&reset")
            self.shown, self.fresh = (notebook, run), True
        if run:
            self.page.locator("[data-iec63119=run]").wait_for(timeout=RUN_MS)
        self.wait_until_answered()

    def run_nothing(self) -> None:
        """From the next page on, show notebooks as they are stored."""
        self.page.route(EXTENSION, lambda route: route.fulfill(body=STORED))

    def wait_until_answered(self) -> None:
        """Wait until the kernel has answered all that the page has asked, and the page has taken
        it in: what was chosen earlier changes nothing any more.
        """
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        self.page.evaluate(ANSWERED)

    @contextmanager
    def another_page(self) -> Iterator["Explorer"]:
        """The same explorer in one more page, which has opened nothing yet."""
        size = self.page.viewport_size
        page = self.page.context.browser.new_page(viewport=size)  # type: ignore[union-attr]  # it has one
        other = replace(self, page=page, shown=("", True), outside=[], complaints=[])
        other.watch()
        try:
            yield other
        finally:
            page.close()

    def watch(self) -> None:
        """Note what the page asks for outside of this machine, and what it complains of."""
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("request", lambda request: _note(self, request.url))
        self.page.on("console", self._note_error)
        self.page.on(
            "pageerror", lambda error: self.complaints.append(f"{error} {error.stack}")
        )

    def _note_error(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def run_all(self) -> None:
        """Run every cell afresh, if that has not just been done, and wait until every widget
        shows something.
        """
        if not (self.fresh and self.shown[1]):
            self.command("notebook:clear-all-cell-outputs")
            self.page.locator(OUTPUT).first.wait_for(state="detached")
            self.command("notebook:run-all-cells")
        self.fresh = False
        self.wait_until_answered()
        expect(self.page.locator(UNDRAWN)).to_have_count(0)

    def command(self, name: str, **arguments: object) -> None:
        """Give JupyterLab a command of its own, and wait until it is done."""
        do = "([name, given]) => window.jupyterapp.commands.execute(name, given)"
        self.page.evaluate(f"async (asked) => {{ await ({do})(asked); }}", [name, arguments])

    def dress(self, theme: str) -> None:
        """Change to JupyterLab's theme of that name: Light, Dark."""
        self.command("apputils:change-theme", theme=f"JupyterLab {theme}")
        self.page.locator(f"[data-jp-theme-name$={theme}]").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def menu(self, name: str) -> Locator:
        """The first menu of that name, in sight."""
        select = self.page.get_by_label(name, exact=True).first
        select.scroll_into_view_if_needed(timeout=PATIENCE_MS)
        return select


def settled(look: Callable[[], Seen], right: Callable[[Seen], bool] = bool) -> Seen:
    """Look until what is seen is right, as a page takes a while to be drawn, and give what was
    seen last.
    """
    patience_ends = time.monotonic() + PATIENCE_MS / 1_000
    seen = look()
    while not right(seen) and time.monotonic() < patience_ends:
        time.sleep(0.1)
        seen = look()
    return seen


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium, the same for all who ask while it runs."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        _running.append(browser)
        try:
            yield browser
        finally:
            _running.clear()
            browser.close()


class Started(NamedTuple):
    """An explorer that runs: its address, its token, and the home it was started in."""

    address: str
    token: str
    home: Path


@contextmanager
def started() -> Iterator[Started]:
    """The explorer as `iec63119 explore` starts it from a checkout."""
    with (
        tempfile.TemporaryDirectory() as home,
        _started(Path(home)) as (address, token),
    ):
        yield Started(address, token, Path(home))


@contextmanager
def looked_at(there: Started, width: int = 1280, height: int = 1000) -> Iterator[Explorer]:
    """A page of a running explorer, which has opened nothing yet."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": height})
        folder = there.home / "data" / "iec63119" / "notebooks"
        shown = Explorer(page, there.address, there.token, folder, there.home / "checkout")
        shown.watch()
        try:
            yield shown
        finally:
            page.close()


@contextmanager
def explorer() -> Iterator[Explorer]:
    """An explorer of one's own, and a page of it."""
    with started() as there, looked_at(there) as shown:
        yield shown


def _note(shown: Explorer, url: str) -> None:
    if (
        urlsplit(url).scheme in ("http", "https", "ws", "wss")
        and urlsplit(url).hostname != "127.0.0.1"
    ):
        shown.outside.append(url)


@contextmanager
def _started(home: Path) -> Iterator[tuple[str, str]]:
    """Start the explorer in a checkout, and give its address and its token."""
    checkout = _checkout(home / "checkout")
    _configure(home / "config")
    environment = {
        name: value for name, value in environ.items() if not name.startswith("JUPYTER")
    }
    environment |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XDG_DATA_HOME": str(home / "data"),
    }
    started = [sys.executable, "-c", COMMAND, "explore", "--no-browser"]
    with (
        (home / "lab.log").open("w") as log,
        subprocess.Popen(
            started,
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as lab,
    ):
        try:
            assert lab.stdout
            address, _, token = lab.stdout.readline().strip().partition("?token=")
            assert token, (home / "lab.log").read_text()[-2000:]
            yield address.partition("/lab/")[0], token
        finally:
            lab.terminate()
            try:
                lab.wait(20)
            except subprocess.TimeoutExpired:
                lab.kill()


def _checkout(folder: Path) -> Path:
    """A checkout of its own, with what is in this one now."""
    for name in ("refimpl", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    for command in ("init", "add .", "commit --message=all"):
        git(folder, *command.split())
    return folder


def git(folder: Path, *arguments: str) -> str:
    """What git says in a checkout."""
    author = ["-c", "user.name=a", "-c", "user.email=a@localhost"]
    command = ["git", "-C", str(folder), *author, *arguments]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _configure(folder: Path) -> None:
    """Settings as a reader may have them: every cell stays on the page, and a test may give
    commands.
    """
    settings = folder / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "defer"}')
    (folder / "jupyter_lab_config.py").write_text("c.LabApp.expose_app_in_browser = True\n")


def change_to_picture_ms(wait: Wait) -> list[float]:
    """Milliseconds from using a control until its picture is painted, each time."""
    with explorer() as shown:
        if wait.written:
            _write(shown.folder / wait.notebook, wait.written)
        shown.open(wait.notebook, run=not wait.written)
        shown.run_all()
        control = shown.menu(wait.control).element_handle()
        picture = shown.page.locator(wait.picture).first.element_handle()
        times = []
        for _ in range(wait.times):
            times.append(float(shown.page.evaluate(MEASURE, [control, picture])))
            shown.page.wait_for_timeout(200)  # a reader looks
        return times


def _write(path: Path, code: str) -> None:
    """Put a notebook of one cell beside the reader's own."""
    notebook = new_notebook(cells=[new_code_cell(code)])  # type: ignore[no-untyped-call]
    notebook.metadata = {"kernelspec": KERNEL}
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    for wait in WAITS:
        times = change_to_picture_ms(wait)
        print(
            f"{wait.what}: median {statistics.median(times):.1f} ms, "
            f"slowest {max(times):.1f} ms, {len(times)} times"
        )
