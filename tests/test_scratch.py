"""The reader's own copy of the notebooks: kept, renewed, begun anew, and nothing of it lost."""

import json
import os
import sys
from datetime import date
from pathlib import Path

import pytest

from refimpl.site.scratch import COPY, RECORD, begin_anew, bring_up_to_date, data_folder

DAY = date(2026, 11, 28)
NAME = "03-roaming-modes.ipynb"
KEPT = "03-roaming-modes-yours-until-2026-11-28.ipynb"


def notebook(source: str, shown: str = "") -> str:
    """A notebook of one cell, and what it shows."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": shown}]
    cell = {"cell_type": "code", "source": source, "outputs": outputs, "metadata": {}}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / NAME).write_text(notebook("draw(1)", "one"), "utf-8")
    (folder / "00-start-here.ipynb").write_text(notebook("look()"), "utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path, shipped: Path) -> Path:
    """A data folder that holds a copy."""
    assert bring_up_to_date(shipped, tmp_path / "data", DAY) == {}
    return tmp_path / "data"


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_notebooks_are_copied(shipped: Path, data: Path) -> None:
    before = files(data / COPY)
    assert before == files(shipped)
    (shipped / "ruff.toml").write_text("", "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == before


def test_kept_between_runs(shipped: Path, data: Path) -> None:
    """Without an upgrade everything stays as the reader left it."""
    (data / COPY / NAME).write_text(notebook("draw(2)"), "utf-8")
    (data / COPY / "mine.ipynb").write_text("mine", "utf-8")
    before = files(data)
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data) == before


def test_removed_comes_back(shipped: Path, data: Path) -> None:
    (data / COPY / NAME).unlink()
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == files(shipped)


@pytest.mark.parametrize("left", [notebook("draw(1)", "one"), notebook("draw(1)", "run again")])
def test_untouched_is_renewed(shipped: Path, data: Path, left: str) -> None:
    """A notebook that was only run is renewed, whatever it shows."""
    (data / COPY / NAME).write_text(left, "utf-8")
    (shipped / NAME).write_text(notebook("draw(3)", "three"), "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == files(shipped)


@pytest.mark.parametrize("left", [notebook("draw(2)"), "damaged"])
def test_changed_is_kept_beside(shipped: Path, data: Path, left: str) -> None:
    (data / COPY / NAME).write_text(left, "utf-8")
    (shipped / NAME).write_text(notebook("draw(3)", "three"), "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {NAME: KEPT}
    assert files(data / COPY) == {**files(shipped), KEPT: left}
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY)[KEPT] == left


def test_second_of_a_day_has_a_number(shipped: Path, data: Path) -> None:
    for number in (5, 6):
        (data / COPY / NAME).write_text(notebook(f"mine({number})"), "utf-8")
        (shipped / NAME).write_text(notebook(f"draw({number})"), "utf-8")
        bring_up_to_date(shipped, data, DAY)
    again = KEPT.replace(".ipynb", "-2.ipynb")
    assert files(data / COPY)[KEPT] == notebook("mine(5)")
    assert files(data / COPY)[again] == notebook("mine(6)")


def test_same_change_is_renewed(shipped: Path, data: Path) -> None:
    """What the reader changed as the upgrade does needs no second file."""
    for folder in (shipped, data / COPY):
        (folder / NAME).write_text(notebook("draw(3)", folder.name), "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == files(shipped)


def test_no_longer_shipped(shipped: Path, data: Path) -> None:
    """A notebook that is gone goes from the copy too, unless its reader changed it."""
    for name in ("11-a.ipynb", "12-b.ipynb"):
        (shipped / name).write_text(notebook("draw()"), "utf-8")
    bring_up_to_date(shipped, data, DAY)
    for name in ("11-a.ipynb", "12-b.ipynb"):
        (shipped / name).unlink()
    (data / COPY / "12-b.ipynb").write_text(notebook("mine()"), "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == {**files(shipped), "12-b.ipynb": notebook("mine()")}


@pytest.mark.parametrize("record", ["", "[]", '{"03-roaming-modes.ipynb": 3}'])
def test_damaged_record_loses_nothing(shipped: Path, data: Path, record: str) -> None:
    (data / RECORD).write_text(record, "utf-8")
    (data / COPY / NAME).write_text(notebook("draw(2)"), "utf-8")
    assert bring_up_to_date(shipped, data, DAY) == {NAME: KEPT}
    assert files(data / COPY) == {**files(shipped), KEPT: notebook("draw(2)")}


def test_interrupted_is_taken_up(
    shipped: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal that ends half way loses nothing, and the next one ends it."""
    (data / COPY / NAME).write_text(notebook("draw(2)"), "utf-8")
    (shipped / NAME).write_text(notebook("draw(3)"), "utf-8")
    with monkeypatch.context() as full:
        full.setattr(Path, "write_bytes", fail)
        with pytest.raises(OSError, match="full"):
            bring_up_to_date(shipped, data, DAY)
    assert bring_up_to_date(shipped, data, DAY) == {}
    assert files(data / COPY) == {**files(shipped), KEPT: notebook("draw(2)")}


def fail(*_: object) -> None:
    raise OSError("the disk is full")


def test_begun_anew_untouched(shipped: Path, data: Path) -> None:
    (data / COPY / NAME).write_text(notebook("draw(1)", "run again"), "utf-8")
    assert begin_anew(shipped, data, DAY) is None
    assert files(data / COPY) == files(shipped)
    assert sorted(path.name for path in data.iterdir()) == [COPY, RECORD]


@pytest.mark.parametrize("name", [NAME, "mine.ipynb", "draft.toml"])
def test_begun_anew_keeps_aside(shipped: Path, data: Path, name: str) -> None:
    (data / COPY / name).write_text("mine", "utf-8")
    before = files(data / COPY)
    aside = begin_anew(shipped, data, DAY)
    assert aside == data / "notebooks-until-2026-11-28"
    assert files(aside) == before
    assert files(data / COPY) == files(shipped)
    (data / COPY / name).write_text("mine", "utf-8")
    assert begin_anew(shipped, data, DAY) == data / "notebooks-until-2026-11-28-2"


def test_begun_anew_at_first(shipped: Path, tmp_path: Path) -> None:
    assert begin_anew(shipped, tmp_path / "new", DAY) is None
    assert files(tmp_path / "new" / COPY) == files(shipped)


@pytest.mark.skipif(os.name != "posix", reason="copies what is read-only by its mode")
def test_copy_can_be_written(shipped: Path, tmp_path: Path) -> None:
    """What an installed package holds read-only can be changed in the copy."""
    (shipped / NAME).chmod(0o444)
    bring_up_to_date(shipped, tmp_path / "new", DAY)
    assert (tmp_path / "new" / COPY / NAME).stat().st_mode & 0o200


@pytest.mark.skipif(sys.platform != "linux", reason="a folder as Linux has it")
def test_folder_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "iec63119"
