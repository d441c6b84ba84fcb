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

from refimpl.vectors.suite import PACKAGE, suite_folder

EMPTY = 'edition = "2031"\ntitle = "An edition that changes nothing"\nextends = "2025"\n'
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
    before = read(house, "ids.json")
    ask_in(house, "2019", "2025", "2031", released=True)
    filled, held = run(house, "fill"), run(house, "lint")
    assert (filled.returncode, held.returncode) == (0, 0), filled.stderr + held.stdout
    after = read(house, "ids.json")
    assert after.keys() == before.keys()
    assert all(hashes.items() <= after[name].items() for name, hashes in before.items())
    assert sum("2031" in hashes for hashes in after.values()) > 1000
    assert read(house, "editions/2031.json")["edition"] == "2031"


def test_a_released_hash_stays(house: Path) -> None:
    ask_in(house, "2019", "2025", released=True)
    path = house / "vectors" / "ids.json"
    ids = read(house, "ids.json")
    name = "session/accept-cdr-both"
    ids[name]["2019"] = "sha256:" + 64 * "0"
    ids["session/accept-gone"] = ids[name]
    path.write_text(json.dumps(ids), "utf-8")
    assert run(house, "fill").returncode == 0
    assert read(house, "ids.json") == ids
    told = run(house, "lint").stdout
    assert f"ids: {name}: its meaning is not the one in ids.json; withdraw it" in told
    assert "ids: session/accept-gone: is in ids.json and gone; withdraw it instead" in told


def test_a_released_history_is_not_made_anew(house: Path) -> None:
    ask_in(house, "2019", "2025", released=True)
    (house / "vectors" / "ids.json").write_bytes(b"{")
    done = run(house, "fill")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "ids.json: " in done.stderr
    assert "; take it from the last release: it is the history" in done.stderr


def test_an_unknown_edition_is_named(house: Path) -> None:
    ask_in(house, "2019", "2040")
    done = run(house, "check")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "suite.json, editions: edition '2040'" in done.stderr
