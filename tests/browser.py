"""The explorer in a real browser: JupyterLab on this machine alone, and one page of Chromium
that looks at it.

`explorer` starts both with a private home and ends both; `change_to_picture_ms` measures what a
reader waits for.
"""

import json
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import environ
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from playwright.sync_api import Locator, Page, sync_playwright

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHROMIUM = (
    shutil.which("chromium")
    or shutil.which("chromium-browser")
    or shutil.which("google-chrome")
)
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
PATIENCE_MS = 60_000
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {
        "windowingMode": "defer"
    },  # so that every cell stays on the page
}

# The paint is waited for inside the page, so that the way between test and browser is not
# measured.
MEASURE = """
([select, picture, option]) => new Promise((done) => {
    const before = picture.innerHTML, start = performance.now();
    new MutationObserver((_, observer) => {
        if (picture.innerHTML === before) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
    }).observe(picture, { childList: true, subtree: true, characterData: true });
    select.selectedIndex = option;
    select.dispatchEvent(new Event("change", { bubbles: true }));
})
"""


@dataclass
class Explorer:
    """A page of a running JupyterLab, and every address outside of this machine that it asked
    for.
    """

    page: Page
    address: str
    token: str
    outside: list[str] = field(default_factory=list)
    notebook: str = ""

    def open(self, notebook: str) -> None:
        """Open one notebook by itself, if it is not open, and wait until its kernel is ready."""
        if notebook != self.notebook:
            self.page.goto(f"{self.address}/doc/tree/{notebook}?token={self.token}&reset")
            self.notebook = notebook
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()

    def run_all(self) -> None:
        """Run every cell afresh; what the cells show is for the caller to wait for."""
        self._choose("Edit", "Clear Outputs of All Cells")
        shown = self.page.locator(".iec63119-menus, .iec63119-stepper")
        shown.first.wait_for(state="detached")
        self._choose("Run", "Run All Cells")

    def _choose(self, menu: str, item: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def menu(self, name: str) -> Locator:
        """The first menu of that name, in sight."""
        select = self.page.get_by_label(name, exact=True).first
        select.scroll_into_view_if_needed(timeout=PATIENCE_MS)
        return select


@contextmanager
def explorer(width: int = 1280, height: int = 1000) -> Iterator[Explorer]:
    """JupyterLab over a copy of the notebooks, and a page that has opened nothing yet."""
    with (
        tempfile.TemporaryDirectory() as home,
        _lab(Path(home)) as (address, token),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        shown = Explorer(page, address, token)
        page.on("request", lambda request: _note(shown, request.url))
        page.set_default_timeout(PATIENCE_MS)
        try:
            yield shown
        finally:
            browser.close()


def _note(shown: Explorer, url: str) -> None:
    if (
        urlsplit(url).scheme in ("http", "https", "ws", "wss")
        and urlsplit(url).hostname != "127.0.0.1"
    ):
        shown.outside.append(url)


@contextmanager
def _lab(home: Path) -> Iterator[tuple[str, str]]:
    shutil.copytree(NOTEBOOKS, home / "notebooks")
    for plugin, settings in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    token, port = secrets.token_hex(16), _free_port()
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": home / "notebooks",
        "IdentityProvider.token": token,
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.user_settings_dir": home / "settings",
        "KernelManager.transport": "ipc",
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        *(f"--{k}={v}" for k, v in options.items()),
    ]
    environment = {
        name: value for name, value in environ.items() if not name.startswith("JUPYTER")
    } | {"HOME": str(home)}
    with (home / "lab.log").open("w") as log:
        lab = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(lab, f"{address}/api?token={token}", home / "lab.log")
            yield address, token
        finally:
            lab.terminate()
            try:
                lab.wait(20)
            except subprocess.TimeoutExpired:
                lab.kill()
                lab.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(lab: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    for _ in range(300):
        if lab.poll() is not None:
            break
        try:
            with urlopen(url):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start: {log.read_text()[-2000:]}")


def change_to_picture_ms(changes: int, menu: str = "mode") -> list[float]:
    """Milliseconds from choosing another mode of the network of twelve until its picture is
    painted, each time.

    Every mode is on the page already; to measure the way to the kernel and back, choose another
    `menu`, as "edition".
    """
    with explorer() as shown:
        shown.open("03-roaming-modes.ipynb")
        shown.run_all()
        select = shown.menu(menu)
        picture = shown.page.locator(".iec63119-menus .picture").first
        options = select.locator("option").count()
        arguments = [select.element_handle(), picture.element_handle()]
        return [
            float(shown.page.evaluate(MEASURE, [*arguments, number % options]))
            for number in range(1, changes + 1)
        ]


if __name__ == "__main__":
    for menu in ("mode", "edition"):
        times = change_to_picture_ms(40, menu)
        print(
            f"{menu}: median {statistics.median(times):.1f} ms, slowest {max(times):.1f} ms, {len(times)} changes"
        )
