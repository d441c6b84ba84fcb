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

from refimpl.vectors.files import lined_bytes, readable_bytes, write_files
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


def tell(house: Path, **members: object) -> None:
    """Say something else of the whole suite: its editions, its version, whether it is out."""
    path = house / "vectors" / "corpus" / "suite.json"
    suite = json.loads(path.read_bytes())
    path.write_bytes(readable_bytes({**suite, **members}))


def refill(house: Path) -> None:
    write_files(house / "vectors", build(house / "vectors"))


def test_an_edition_file_changes_no_vector(house: Path) -> None:
    done = run(house, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "every file is what it would be filled with\n"


def test_a_new_edition_changes_no_hash(house: Path) -> None:
    tell(house, released=True)
    refill(house)
    before = read(house, "ids.json")["ids"]
    tell(house, editions=["2019", "2025", "2031"])
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
    tell(house, editions=["2019", "2040"])
    done = run(house, "check")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "suite.json, editions: edition '2040'" in done.stderr


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of the suite as it is once it is released."""
    shutil.copytree(suite_folder(), tmp_path / "vectors")
    tell(tmp_path, released=True)
    refill(tmp_path)
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
    tell(tmp_path, released=False)
    history = {**read(tmp_path, "ids.json"), "ids": {"session/accept-gone": {}}}
    (folder / "ids.json").write_bytes(lined_bytes(history))
    assert build(folder)["ids.json"] == lined_bytes({**history, "ids": {}})


def test_what_came_since_a_release_is_free(released: Path) -> None:
    """While the next version is made, only what was released is kept."""
    kept = read(released, "ids.json")
    tell(released, version="9.0.0", released=False)
    path = released / "vectors" / "corpus" / "pseudonym.json"
    corpus = json.loads(path.read_bytes())
    new = {**corpus["witnesses"][0], "id": "pseudonym/accept-new", "since": "9.0.0"}
    new["recipe"] = [["set", "input.receiver", "cso-new"]]
    corpus["witnesses"].append(new)
    path.write_bytes(readable_bytes(corpus))
    refill(released)
    assert read(released, "ids.json") == kept
    suite = read_suite(released / "vectors")
    assert "pseudonym/accept-new" in suite.by_id
    assert list(PROMISES["ids"](suite)) == []
    tell(released, released=True)
    refill(released)
    assert read(released, "ids.json")["ids"].keys() - kept["ids"].keys() == {new["id"]}


def test_what_is_withdrawn_asks_what_it_did(released: Path) -> None:
    """Whatever its recipe, its base and the model would make of it now."""
    path = released / "vectors" / "corpus" / "pseudonym.json"
    corpus = json.loads(path.read_bytes())
    old = corpus["witnesses"][1]
    before = read_suite(released / "vectors").by_id[old["id"]]
    old["recipe"] = [["set", "input.receiver", "cso-new"]]
    old.update(status="withdrawn", superseded_by="pseudonym/accept-new", why="It was wrong.")
    corpus["witnesses"].append(
        {**corpus["witnesses"][0], "id": "pseudonym/accept-new", "recipe": old["recipe"]}
    )
    path.write_bytes(readable_bytes(corpus))
    refill(released)
    suite = read_suite(released / "vectors")
    now = suite.by_id[old["id"]]
    assert (now["status"], now["why"], now["supersededBy"]) == (
        "withdrawn",
        "It was wrong.",
        "pseudonym/accept-new",
    )
    same = ("contentHashes", "operation", "input", "expect", "editions", "rules", "basis")
    assert [now.get(name) for name in same] == [before.get(name) for name in same]
    for promise in ("ids", "hashes", "twins", "minimal", "flags", "goals"):
        assert list(PROMISES[promise](suite)) == []
    again = build(released / "vectors")["v1/pseudonym.json"]
    path = released / "vectors" / "v1" / "pseudonym.json"
    assert path.read_bytes() == again
    path.write_bytes(
        again.replace(now["contentHashes"]["2019"][:20].encode(), b"sha256:0000000000000")
    )
    with pytest.raises(BadSuite, match="accept-fjord is withdrawn, and not as it was released"):
        build(released / "vectors")


@pytest.mark.parametrize("out", [False, True])
def test_the_suite_holds_in_both_states(tmp_path: Path, out: bool) -> None:
    """A release is one line of the corpus, and filling in again."""
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    tell(tmp_path, released=out)
    refill(tmp_path)
    suite = read_suite(folder)
    assert (suite.files["ids.json"]["ids"].keys() == suite.by_id.keys()) == out
    for name, promise in PROMISES.items():
        if name in ("bytes", "ids", "hashes"):
            assert list(promise(suite)) == []
