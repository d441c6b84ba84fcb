"""The notebooks as they are kept: they run, they show what the model says, and they can be read
without a kernel.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from refimpl.site import notebooks
from refimpl.site.kernels import Kernels
from refimpl.site.notebooks import NotebookFailed

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "notebooks"
KEPT = sorted(FOLDER.glob("*.ipynb"))
MAX_BYTES = 1_500_000  # the first stepper alone is a picture for each step of a journey


def written(path: Path, *sources: str) -> Path:
    """A notebook with these cells of code, and counts that another run left."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "source": source,
            "execution_count": 7,
            "outputs": [],
        }
        for n, source in enumerate(sources)
    ]
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        "utf-8",
    )
    return path


def outputs(path: Path) -> list[dict[str, Any]]:
    return [
        output
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]


@pytest.fixture(scope="module")
def kernels() -> Iterator[Kernels]:
    with Kernels() as once:
        yield once


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_same_bytes_again(path: Path, kernels: Kernels) -> None:
    """Running it again gives the same bytes."""
    same_bytes = notebooks.run(path, kernels) == path.read_text("utf-8")  # too long for a diff
    assert same_bytes, "it shows something else now: make notebooks"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_reads_without_a_kernel(path: Path) -> None:
    """It opens without a question and reads without a kernel."""
    document = json.loads(path.read_text("utf-8"))
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    assert "widgets" not in document["metadata"]
    assert document["cells"][0]["cell_type"] == "markdown"
    assert "".join(document["cells"][0]["source"]).startswith("# ")
    counts = [
        cell["execution_count"] for cell in document["cells"] if cell["cell_type"] == "code"
    ]
    assert counts == list(range(1, len(counts) + 1))
    assert path.stat().st_size < MAX_BYTES
    for output in outputs(path):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr"
        html = "".join(output.get("data", {}).get("text/html", ""))
        assert not re.search(
            r"<(svg|style|script)\b|https?://", html
        )  # none of which an untrusted notebook may show
        assert "Edition(" not in html  # a value of Python where its name belongs
        assert all(alt.strip() for alt in re.findall(r'<img[^>]*\balt="([^"]*)"', html))
        assert html.count("<img") == len(re.findall(r'<img[^>]*\balt="', html))


def test_written_once(tmp_path: Path) -> None:
    """A run is written once and then nothing changes."""
    written(tmp_path / "a.ipynb", "1 + 1", "print('two')")
    heard: list[str] = []
    assert notebooks.execute(tmp_path, heard.append) == ["a.ipynb"]
    before = (tmp_path / "a.ipynb").stat()
    assert notebooks.execute(tmp_path, heard.append) == []
    assert (tmp_path / "a.ipynb").stat().st_mtime_ns == before.st_mtime_ns
    assert notebooks.check(tmp_path) == []
    assert heard == ["a.ipynb", "a.ipynb"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]


def test_differences_are_told(tmp_path: Path) -> None:
    """What is kept and what is shown now are told apart."""
    path = written(tmp_path / "a.ipynb", "1 + 1", "2 + 2")
    notebooks.execute(tmp_path)
    kept = path.read_text("utf-8")
    path.write_text(kept.replace('"4"', '"5"'), "utf-8")
    line = next(n for n, text in enumerate(kept.splitlines(), 1) if '"4"' in text)
    assert notebooks.check(tmp_path) == [f"a.ipynb, cell 2, line {line}"]
    assert '"5"' in path.read_text("utf-8")


def test_cell_that_raises(tmp_path: Path) -> None:
    """A cell that raises is named in one line and nothing is written."""
    path = written(tmp_path / "a.ipynb", "'fine'", "{}['gone']", "'never'")
    before = path.read_bytes()
    with pytest.raises(NotebookFailed) as caught:
        notebooks.execute(tmp_path)
    assert str(caught.value) == "a.ipynb, code cell 2: KeyError: 'gone'"
    assert path.read_bytes() == before


def test_kernel_that_dies(tmp_path: Path) -> None:
    """A kernel that dies is told with its cell."""
    written(tmp_path / "a.ipynb", "'fine'", "import os; os._exit(1)")
    with pytest.raises(NotebookFailed, match=r"^a.ipynb, code cell 2: the kernel died$"):
        notebooks.execute(tmp_path)


def test_cell_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that takes too long is given up."""
    monkeypatch.setattr(notebooks, "TIMEOUT_S", 2)
    written(tmp_path / "a.ipynb", "import time; time.sleep(60)")
    with pytest.raises(NotebookFailed, match=r"^a.ipynb, code cell 1: not done after 2 s$"):
        notebooks.execute(tmp_path)


def test_widget_without_html(tmp_path: Path) -> None:
    """A widget that shows nothing without a kernel is refused."""
    written(tmp_path / "a.ipynb", "import ipywidgets", "ipywidgets.IntSlider()")
    with pytest.raises(
        NotebookFailed,
        match=r"^a.ipynb, cell 2: shows a widget that shows nothing without a kernel$",
    ):
        notebooks.execute(tmp_path)


def test_own_start_up_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one reader has set up for himself is not in it."""
    startup = tmp_path / "own" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("mine = 1", "utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "own"))
    written(tmp_path / "a.ipynb", "'mine' in globals()")
    notebooks.execute(tmp_path)
    assert outputs(tmp_path / "a.ipynb")[0]["data"]["text/plain"] == ["False"]


def test_a_kernel_of_its_own(tmp_path: Path) -> None:
    """What one notebook has named or set is unknown to the next, which has to import itself."""
    first = "import os, refimpl; one = 1; os.environ['ONE'] = '1'; os.chdir('..')"
    ask = "[name for name in ('one', 'refimpl') if name in globals()], os.environ.get('ONE')"
    written(tmp_path / "a.ipynb", first)
    written(
        tmp_path / "b.ipynb", f"import os\n{ask}", "os.getcwd(), os.getpgid(0) == os.getpid()"
    )
    notebooks.execute(tmp_path)
    said = ["".join(one["data"]["text/plain"]) for one in outputs(tmp_path / "b.ipynb")]
    assert said == ["([], None)", f"({str(tmp_path)!r}, True)"]


def test_nothing_is_left_running(tmp_path: Path) -> None:
    """The kernel and the process it is a copy of have ended when the notebooks are done."""
    written(tmp_path / "a.ipynb", "import os\nos.getpid(), os.getppid()")
    notebooks.execute(tmp_path)
    ran = json.loads(
        "".join(outputs(tmp_path / "a.ipynb")[0]["data"]["text/plain"])
        .replace("(", "[")
        .replace(")", "]")
    )
    for pid in ran:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_where_no_process_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels start as Jupyter starts them where a system has no fork, and show the same."""
    path = written(
        tmp_path / "a.ipynb", "import os, sys\n'ipykernel_launcher' in sys.orig_argv"
    )
    monkeypatch.delattr(os, "fork")
    notebooks.execute(tmp_path)
    assert outputs(path)[0]["data"]["text/plain"] == ["True"]
