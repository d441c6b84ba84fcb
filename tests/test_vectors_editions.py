"""A new edition file changes no vector, and a new edition of the suite changes no hash.

Both are tried in a copy of the package, in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from refimpl.vectors.files import lined_bytes
from refimpl.vectors.fill import build
from refimpl.vectors.lint import PROMISES
from refimpl.vectors.suite import PACKAGE, BadSuite, read_suite, suite_folder

pytestmark = pytest.mark.slow

EMPTY = 'edition = "2031"\ntitle = "An edition that changes nothing"\nextends = "2025"\n'
HOLD = """
from refimpl.vectors.lint import PROMISES
from refimpl.vectors.suite import read_suite, suite_folder
for name in [name for name in PROMISES if name != "schema"]:
    print(*PROMISES[name](read_suite(suite_folder())), sep="\\n", end="")
"""
COMMAND = [sys.executable, "-c", "from refimpl.cli import main; main()", "vectors"]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package and its suite, with one edition more that has no row of its own."""
    shutil.copytree(PACKAGE, tmp_path / "refimpl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(suite_folder(), tmp_path / "vectors")
    (tmp_path / "refimpl" / "standard" / "2031.toml").write_text(EMPTY, "utf-8")
    return tmp_path


def run(house: Path, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, command],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )


def read(house: Path, name: str) -> Any:
    return json.loads((house / "vectors" / name).read_bytes())


def ask_in(house: Path, *editions: str, released: bool = False) -> None:
    """List the editions of the suite anew."""
    path = house / "vectors" / "corpus" / "suite.json"
    suite = json.loads(path.read_bytes())
    suite.update(editions=editions, released=released)
    path.write_text(json.dumps(suite), "utf-8")


def test_an_edition_file_changes_no_vector(house: Path) -> None:
    done = run(house, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "every file is what it would be filled with\n"


def test_a_new_edition_changes_no_hash(house: Path) -> None:
    before = read(house, "ids.json")["ids"]
    ask_in(house, "2019", "2025", "2031", released=True)
    done = run(house, "fill")
    assert done.returncode == 0, done.stderr
    after = read(house, "ids.json")["ids"]
    assert after.keys() == before.keys()
    assert all(hashes.items() <= after[name].items() for name, hashes in before.items())
    assert sum("2031" in hashes for hashes in after.values()) > 1000
    assert read(house, "editions/2031.json")["edition"] == "2031"
    kept = subprocess.run(
        [sys.executable, "-c", HOLD],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (kept.stdout, kept.stderr) == ("", "")


def test_an_unknown_edition_is_named(house: Path) -> None:
    ask_in(house, "2019", "2040")
    done = run(house, "check")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "suite.json, editions: edition '2040'" in done.stderr


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the suite as it is once it is released."""
    shutil.copytree(suite_folder(), tmp_path / "vectors")
    ask_in(tmp_path, "2019", "2025", released=True)
    return tmp_path


def test_a_released_hash_stays(released: Path) -> None:
    history = read(released, "ids.json")
    ids = history["ids"]
    name = "session/accept-cdr-both"
    ids[name]["2019"] = 16 * "0"
    ids["session/accept-gone"] = ids[name]
    folder = released / "vectors"
    (folder / "ids.json").write_bytes(lined_bytes(history))
    assert build(folder)["ids.json"] == lined_bytes(history)
    told = list(PROMISES["ids"](read_suite(folder)))
    assert [line.partition(";")[2] for line in told] == [
        " withdraw it and give the new one a new id",
        " withdraw it instead",
    ]


def test_a_released_history_is_needed(released: Path) -> None:
    (released / "vectors" / "ids.json").write_bytes(b"{")
    with pytest.raises(BadSuite, match=r"^ids\.json: ") as refused:
        build(released / "vectors")
    assert refused.value.way_out.startswith("take it from the last release")


def test_before_a_release_nothing_is_kept(tmp_path: Path) -> None:
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    kept = read(tmp_path, "ids.json")
    more = {**kept, "ids": {**kept["ids"], "session/accept-gone": {}}}
    (folder / "ids.json").write_bytes(lined_bytes(more))
    assert build(folder)["ids.json"] == lined_bytes(kept)
