"""The notebooks, run from top to bottom and kept with what they show.

The same notebooks and the same model give the same bytes: cell ids come from what a cell says,
and times, versions and the ids of widgets are left out.  A live widget is kept as the HTML it
shows without a kernel.  So a difference is a change of the model, and `check` can say where.

A notebook that fails is not written.
"""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from refimpl.site.kernels import Kernels
from refimpl.site.saving import WIDGET

TIMEOUT_S: Final = 120
KERNEL: Final = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
LANGUAGE: Final = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
"""What JupyterLab writes of the kernel, but for the version of Python that happens to run."""


class NotebookFailed(RuntimeError):
    """A notebook did not run to its end; one line that names the notebook and the cell."""


def quiet(_: str) -> None:
    """Pass over which notebook is run."""


def execute(folder: Path, progress: Callable[[str], object] = quiet) -> list[str]:
    """Run every notebook of a folder, write those that changed, and give their names; raises
    `NotebookFailed`.
    """
    changed = []
    for path, text in _run_each(folder, progress):
        if text != path.read_text("utf-8"):
            aside = path.with_suffix(".new")
            aside.write_text(text, "utf-8", newline="\n")
            aside.replace(path)
            changed.append(path.name)
    return changed


def check(folder: Path, progress: Callable[[str], object] = quiet) -> list[str]:
    """Run every notebook of a folder and say which differs from what is kept, and where; raises
    `NotebookFailed`.
    """
    found = []
    for path, made in _run_each(folder, progress):
        kept = path.read_text("utf-8")
        if kept != made:
            found.append(f"{path.name}, {_first_difference(kept, made)}")
    return found


def _run_each(folder: Path, progress: Callable[[str], object]) -> Iterator[tuple[Path, str]]:
    """Run one notebook after the other and give the text of each."""
    with Kernels() as kernels:
        for path in sorted(folder.glob("*.ipynb")):
            progress(path.name)
            yield path, run(path, kernels)


def run(path: Path, kernels: Kernels | None = None) -> str:
    """The text of a notebook as it is after running it; raises `NotebookFailed`."""
    if kernels is None:
        with Kernels() as own:
            return run(path, own)
    notebook = _parse(path.read_text("utf-8"))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    with tempfile.TemporaryDirectory() as home:
        _execute(notebook, path, home, kernels)
    _tidy(notebook, path.name)
    return f"{nbformat.writes(notebook)}\n"  # type: ignore[no-untyped-call]  # nbformat is typed in part


def _parse(text: str) -> Any:
    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # as above


def _execute(notebook: Any, path: Path, home: str, kernels: Kernels) -> None:
    begun: list[int] = []
    client = NotebookClient(
        notebook,
        on_cell_execute=lambda **cell: begun.append(cell["cell_index"]),
        timeout=TIMEOUT_S,
        kernel_name=KERNEL["name"],
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    manager = client.create_kernel_manager()
    manager.connection_file = str(Path(home) / "kernel.json")
    if sys.platform != "win32":
        manager.transport = "ipc"  # nothing listens on a port
        manager.ip = str(Path(home) / "kernel")
    kernels.serve(manager)
    try:
        client.execute(env={**os.environ, "IPYTHONDIR": home})  # nobody's own start-up files
    except CellExecutionError as error:
        raise NotebookFailed(
            f"{path.name}, code cell {len(begun)}: {error.ename}: {error.evalue}"
        ) from error
    except CellTimeoutError as error:
        raise NotebookFailed(
            f"{path.name}, code cell {len(begun)}: not done after {TIMEOUT_S} s"
        ) from error
    except DeadKernelError as error:
        raise NotebookFailed(f"{path.name}, code cell {len(begun)}: the kernel died") from error


def _tidy(notebook: Any, name: str) -> None:
    notebook.metadata = {"kernelspec": KERNEL, "language_info": LANGUAGE}
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = hashlib.sha256(f"{number} {cell.source}".encode()).hexdigest()[:8]
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if WIDGET in data and "text/html" not in data:
                raise NotebookFailed(
                    f"{name}, cell {number}: shows a widget that shows nothing without a kernel"
                )
            data.pop(WIDGET, None)


def _first_difference(kept: str, made: str) -> str:
    """Where two texts of a notebook first differ: the cell, and the line of the file."""
    cells = [_parse(text).cells for text in (kept, made)]
    cell = next((n for n, (a, b) in enumerate(zip_longest(*cells), 1) if a != b), None)
    line = next(
        n
        for n, (a, b) in enumerate(zip_longest(kept.splitlines(), made.splitlines()), 1)
        if a != b
    )
    return f"{f'cell {cell}' if cell else 'metadata'}, line {line}"
