"""`iec63119 explore` and `notebooks`: the notebooks, opened in JupyterLab or run again and
stored.
"""

import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from refimpl import site
from refimpl.cli.ending import Refusal, plain
from refimpl.cli.inputs import PortOption, require_free_port
from refimpl.cli.output import progress_bar
from refimpl.site.saving import store_what_lasts
from refimpl.site.scratch import (
    COPY,
    FIRST_NOTEBOOK,
    begin_anew,
    bring_up_to_date,
    data_folder,
)
from refimpl.trace import INSTALLED, notebooks_folder

LABEXTENSIONS: Final = Path(site.__file__).with_name("labextension")
"""What runs in JupyterLab's page."""
Page = dict[str, list[str]]  # its settings, as far as they are looked at here

app = typer.Typer()


@app.command()
def explore(
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open the browser.")
    ] = True,
    port: PortOption = 0,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin with a new copy; yours is kept aside.")
    ] = False,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Open those of the checkout: for their authors.")
    ] = False,
) -> None:
    """Open the notebooks in JupyterLab.

    The first line printed is the address, for this machine alone; Ctrl-C ends it.

    What opens is your own copy, in the folder iec63119/notebooks where this machine keeps the
    data of your programs; stderr says where.  What you change there stays from one run to the
    next, and never touches the checkout or the installed package.

    After an upgrade the notebooks that you have not changed are renewed; one that you have
    changed is kept beside the new one, its name followed by -yours-until- and the day.  With
    --fresh all begin anew, and a copy in which you had changed something is kept aside whole.
    With --in-place there is no copy.

    For this run the project's own notebooks count as trusted, so that their pictures show at
    once: they come with the program you have just started.  Nothing outside this machine is
    asked for news, updates or extensions.
    """
    if fresh and in_place:
        raise Refusal("--fresh is for a copy, --in-place makes none", "leave out one", 2)
    shipped = _notebooks_kept()
    require_free_port(port)
    _say("starting JupyterLab")

    import secrets

    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # it brings no types

    _tell_of_running(shipped if in_place else data_folder() / COPY)
    folder = _in_place(shipped) if in_place else _copy_of(shipped, fresh)
    token = secrets.token_hex(24)
    settings = _settings(folder, port, token, browser)
    server = LabApp.initialize_server([f"--{name}={one}" for name, one in settings.items()])
    ours = sorted(folder.glob("[0-9][0-9]-*.ipynb"))
    server.web_app.settings["page_config_hook"] = _page_of([path.name for path in ours])
    server.contents_manager.register_pre_save_hook(store_what_lasts)
    _sign_notebooks(ours, server.contents_manager.notary.sign)
    address = f"http://127.0.0.1:{server.port}/lab/tree/{FIRST_NOTEBOOK}?token={token}"
    # this runs as soon as the server listens
    server.io_loop.add_callback(print, address, flush=True)
    # Ctrl-C shuts the kernels down first; left behind, each would complain
    signal.signal(signal.SIGINT, lambda *_: server.stop(from_signal=True))
    server.start()


def _tell_of_running(folder: Path) -> None:
    """Say where another JupyterLab has the same folder open: both save the same files."""
    from jupyter_server.serverapp import list_running_servers

    for one in list_running_servers():
        if Path(one["root_dir"]).resolve() == folder.resolve():
            address = f"{one['url']}lab?token={one['token']}"
            _say(f"one that saves the same notebooks runs already: {address}")


def _settings(folder: Path, port: int, token: str, browser: bool) -> dict[str, object]:
    """The settings of a JupyterLab that listens on this machine alone and asks for a token."""
    return {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,  # as in containers
        "ServerApp.answer_yes": True,
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "LabApp.default_url": f"/lab/tree/{FIRST_NOTEBOOK}",
        "LabApp.extension_manager": "readonly",
        "LabApp.extra_labextensions_path": LABEXTENSIONS,
        "IdentityProvider.token": token,
        "KernelManager.transport_encryption": "auto",
        "NotebookNotary.db_file": ":memory:",
    }


def _sign_notebooks(ours: Iterable[Path], sign: Callable[[object], None]) -> None:
    """Sign the project's own notebooks; a damaged one is opened as it is."""
    import nbformat

    for path in ours:
        with suppress(OSError, ValueError, nbformat.ValidationError):
            sign(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]  # no types


def _page_of(ours: list[str]) -> Callable[[object, Page], Page]:
    """What each page of JupyterLab is told: to ask for no news, and which notebooks to run."""

    def configure(_: object, page: Page) -> Page:
        page["disabledExtensions"].append("@jupyterlab/apputils-extension:announcements")
        return {**page, "iec63119Notebooks": ours}

    return configure


@app.command()
def notebooks(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; 1 if one would.")
    ] = False,
) -> None:
    """Run the notebooks again and store what they show."""
    folder = _notebooks_kept()
    if folder == INSTALLED:
        raise Refusal("notebooks are run and stored in a checkout", "clone the source")

    from refimpl.site.notebooks import NotebookFailed, execute
    from refimpl.site.notebooks import check as differing

    with progress_bar() as bar:
        task = bar.add_task("", total=len(list(folder.glob("*.ipynb"))))

        def tell(name: str) -> None:
            bar.update(task, description=name, advance=1)

        try:
            found = differing(folder, tell) if check else execute(folder, tell)
        except NotebookFailed as error:
            raise Refusal(str(error)) from error
    word = "differs" if check else "changed"
    for name in found:
        print(f"{word}: {plain(name)}")
    raise typer.Exit(1 if check and found else 0)


def _in_place(shipped: Path) -> Path:
    """The folder of a checkout, for its author to open as it is."""
    if shipped == INSTALLED:
        raise Refusal("only notebooks of a checkout open in place", "leave out --in-place")
    return shipped


def _copy_of(shipped: Path, fresh: bool) -> Path:
    """The folder of the reader's copy, brought up to date or begun anew; say what was kept."""
    data = data_folder()
    today = date.today()  # noqa: DTZ011  # the day as the reader has it
    if fresh:
        if aside := begin_anew(shipped, data, today):
            _say(f"your copy is kept aside in {aside}")
    elif kept := bring_up_to_date(shipped, data, today):
        names = ", ".join(f"{name} as {aside}" for name, aside in kept.items())
        _say(f"the notebooks are renewed; what you had changed is kept beside them: {names}")
    _say(f"your copy of the notebooks is in {data / COPY}")
    return data / COPY


def _notebooks_kept() -> Path:
    """The folder of the notebooks of this package."""
    folder = notebooks_folder()
    if not (folder / FIRST_NOTEBOOK).is_file():
        raise Refusal(f"no {FIRST_NOTEBOOK} in {folder}", "clone the source and start there")
    return folder


def _say(line: str) -> None:
    """Tell a person one line on stderr, at once."""
    print(plain(line), file=sys.stderr, flush=True)
