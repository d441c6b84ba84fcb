"""`iec63119 explore` and `notebooks`: the notebooks, opened in JupyterLab or run again and
stored.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from refimpl.cli.output import plain

BESIDE: Final = Path(__file__).parents[2] / "notebooks"
"""Where they lie in a checkout."""
FIRST_NOTEBOOK: Final = "00-start-here.ipynb"

app = typer.Typer()


@app.command()
def explore(
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Whether to open the browser.")
    ] = True,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="N", help="0 takes any that is free.")
    ] = 0,
) -> None:
    """Open the notebooks in JupyterLab.

    The first line printed is the address, for this machine alone; Ctrl-C ends it.

    Notebooks are opened where they lie, so nothing you change is lost.  For this run the
    project's own notebooks count as trusted, so that their pictures show at once: they come
    with the program you have just started.  Nothing outside this machine is asked for news,
    updates or extensions.
    """
    import secrets

    import nbformat
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # it brings no types

    folder = _notebooks()
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise typer.TyperException(
            f"port {port}: {reason}; take another, or leave --port out"
        ) from error
    token = secrets.token_hex(24)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.root_dir": folder,
        "ServerApp.open_browser": browser,
        "ServerApp.allow_root": True,  # as in containers: it listens on this machine alone and asks for the token
        "ServerApp.answer_yes": True,
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "LabApp.default_url": f"/lab/tree/{FIRST_NOTEBOOK}",
        "LabApp.extension_manager": "readonly",
        "IdentityProvider.token": token,
        "KernelManager.transport_encryption": "auto",
        "NotebookNotary.db_file": ":memory:",
    }
    server = LabApp.initialize_server([f"--{name}={value}" for name, value in options.items()])
    server.web_app.settings["page_config_hook"] = _without_news
    for path in folder.glob("[0-9][0-9]-*.ipynb"):
        with suppress(
            OSError, ValueError, nbformat.ValidationError
        ):  # a damaged one is opened as it is
            server.contents_manager.notary.sign(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    address = f"http://127.0.0.1:{server.port}/lab/tree/{FIRST_NOTEBOOK}?token={token}"
    server.io_loop.add_callback(
        print, address, flush=True
    )  # which runs as soon as the server listens
    server.start()


def _without_news(handler: object, page: dict[str, Any]) -> dict[str, Any]:
    page["disabledExtensions"].append("@jupyterlab/apputils-extension:announcements")
    return page


@app.command()
def notebooks(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; 1 if one would.")
    ] = False,
) -> None:
    """Run the notebooks again and store what they show."""
    from rich.console import Console
    from rich.progress import Progress

    from refimpl.site import notebooks

    folder = _notebooks()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(list(folder.glob("*.ipynb"))))
        try:
            found = (notebooks.check if check else notebooks.execute)(
                folder, lambda name: bar.update(task, description=name, advance=1)
            )
        except notebooks.NotebookFailed as error:
            raise typer.TyperException(str(error)) from error
    print(
        "".join(f"{'differs' if check else 'changed'}: {plain(name)}\n" for name in found),
        end="",
    )
    raise typer.Exit(1 if check and found else 0)


def _notebooks() -> Path:
    """The folder of the notebooks: beside the package, as in a checkout, or beside whoever
    asks.
    """
    places = (BESIDE, Path("notebooks").resolve())
    folder = next((place for place in places if (place / FIRST_NOTEBOOK).is_file()), None)
    if folder is None:
        raise typer.TyperException(
            f"no notebooks/{FIRST_NOTEBOOK} here; the source has them: clone it and start there"
        )
    return folder
