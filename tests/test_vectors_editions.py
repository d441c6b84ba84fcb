"""A new edition file changes no vector, and a new edition of the suite changes no hash.

Both are tried in a copy of the package, in a process of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.vectors.files import readable_bytes, write_files
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


def hashes_in(house: Path) -> dict[str, dict[str, str]]:
    suite = read_suite(house / "vectors")
    return {test["id"]: test["contentHashes"] for test in suite.tests}


def test_an_edition_file_changes_no_vector(house: Path) -> None:
    done = run(house, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "every file is what it would be filled with\n"


def test_a_new_edition_changes_no_hash(house: Path) -> None:
    tell(house, released=True)
    refill(house)
    before = hashes_in(house)
    tell(house, editions=["2019", "2025", "2031"])
    done = run(house, "fill")
    assert done.returncode == 0, done.stderr
    after = hashes_in(house)
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


Edit = Callable[[Any], object]


def edit_pseudonyms(house: Path, edit: Edit) -> None:
    path = house / "vectors" / "corpus" / "pseudonym.json"
    corpus = json.loads(path.read_bytes())
    edit(corpus["witnesses"])
    path.write_bytes(readable_bytes(corpus))


OTHER: Final = [["set", "input.receiver", "cso-new"]]
SPOIL: Final[dict[str, Edit]] = {
    "accept-elm: was released and means something else; withdraw it": (
        lambda witnesses: witnesses[0].update(recipe=OTHER)
    ),
    "accept-elm: was released and is gone; withdraw it instead": (
        lambda witnesses: witnesses.pop(0)
    ),
    "accept-elm: was released in 0.1.0; put its since back": (
        lambda witnesses: witnesses[0].update(since="0.2.0")
    ),
}


@pytest.mark.parametrize("said", SPOIL)
@pytest.mark.parametrize("version", ["0.1.0", "9.0.0"])
def test_what_was_released_stays(released: Path, said: str, version: str) -> None:
    """As long as its version is out, and while the next is made."""
    tell(released, version=version, released=version == "0.1.0")
    edit_pseudonyms(released, SPOIL[said])
    with pytest.raises(BadSuite) as refused:
        build(released / "vectors")
    assert said in f"{refused.value}; {refused.value.way_out}"


@pytest.mark.parametrize("raw", [None, b"{", b"[]"])
def test_a_released_history_is_needed(released: Path, raw: bytes | None) -> None:
    path = released / "vectors" / "v1" / "pseudonym.json"
    path.unlink()
    if raw is not None:
        path.write_bytes(raw)
    with pytest.raises(BadSuite, match=r"^v1/pseudonym\.json: ") as refused:
        build(released / "vectors")
    assert refused.value.way_out.startswith("take it from the last release")


@pytest.mark.parametrize("said", SPOIL)
def test_before_a_release_all_is_free(tmp_path: Path, said: str) -> None:
    shutil.copytree(suite_folder(), tmp_path / "vectors")
    tell(tmp_path, version="0.1.0", released=False)
    edit_pseudonyms(tmp_path, SPOIL[said])
    build(tmp_path / "vectors")


def test_what_came_since_a_release_is_free(released: Path) -> None:
    tell(released, version="9.0.0", released=False)
    new = {"id": "pseudonym/accept-new", "since": "9.0.0", "recipe": OTHER}
    edit_pseudonyms(released, lambda witnesses: witnesses.append({**witnesses[0], **new}))
    refill(released)
    suite = read_suite(released / "vectors")
    assert new["id"] in suite.by_id
    assert list(PROMISES["ids"](suite)) == []
    edit_pseudonyms(released, lambda witnesses: witnesses.pop())
    refill(released)
    assert new["id"] not in read_suite(released / "vectors").by_id


def test_what_is_withdrawn_asks_what_it_did(released: Path) -> None:
    """Whatever its recipe, its base and the model would make of it now."""
    name, new = "pseudonym/accept-fjord", "pseudonym/accept-new"
    before = read_suite(released / "vectors").by_id[name]

    def withdraw(witnesses: Any) -> None:
        old = witnesses[1]
        old.update(recipe=OTHER, status="withdrawn", superseded_by=new, why="It was wrong.")
        witnesses.append({**witnesses[0], "id": new, "recipe": OTHER})

    edit_pseudonyms(released, withdraw)
    refill(released)
    suite = read_suite(released / "vectors")
    now = suite.by_id[name]
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
    assert (released / "vectors" / "v1" / "pseudonym.json").read_bytes() == again


@pytest.mark.parametrize("out", [False, True])
def test_the_suite_holds_in_both_states(tmp_path: Path, out: bool) -> None:
    """A release is one line of the corpus, and filling in again."""
    folder = shutil.copytree(suite_folder(), tmp_path / "vectors")
    tell(tmp_path, released=out)
    refill(tmp_path)
    suite = read_suite(folder)
    assert suite.files["corpus/suite.json"]["released"] == out
    for name, promise in PROMISES.items():
        if name in ("bytes", "ids", "hashes"):
            assert list(promise(suite)) == []
