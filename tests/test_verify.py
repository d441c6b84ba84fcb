"""The second reading of the vectors, in another language: it agrees, and it would notice if it
did not.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from refimpl.vectors.families import FAMILIES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT / "vectors"
SCRIPT = ROOT / "tests" / "verify.mjs"
RECOMPUTED = ("identifiers", "routing", "session")
HASHED_ONLY = tuple(family for family in FAMILIES if family not in RECOMPUTED)


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        reason = (
            "node is not installed, and the second reading of the vectors is written for it"
        )
        if os.environ.get("IEC63119_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VECTORS, tmp_path / "vectors"))


def run(node: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [node, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def alter(folder: Path, family: str, id_part: str, change: str) -> str:
    """Change the first vector of a family whose id begins so; say which it was."""
    path = folder / "v1" / f"{family}.json"
    content = read(path)
    vector = next(
        test
        for test in content["tests"]
        if test["id"].startswith(f"{family}/{id_part}") and "expect" in test
    )
    if change == "hash":
        vector["contentHashes"]["2025"] = "sha256:" + "0" * 64
    elif change == "error":
        vector["expect"]["error"] = "WIR-9"
    elif change == "output":
        vector["expect"]["output"]["more"] = 1
    else:
        vector["expect"] = {"outcome": "accept", "output": {}}
    path.write_text(
        json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    return str(vector["id"])


def disagreements(node: str, folder: Path) -> tuple[int, dict[str, list[str]]]:
    done = run(node, folder, "--json")
    rows = json.loads(done.stdout)["rows"]
    return done.returncode, {
        row["name"]: [one["id"] for one in row["disagreements"]] for row in rows
    }


def test_it_agrees_with_every_vector(node: str) -> None:
    done = run(node, VECTORS)
    assert done.returncode == 0, done.stdout + done.stderr
    families = read(VECTORS / "index.json")["families"]
    assert set(families) == {*RECOMPUTED, *HASHED_ONLY}
    for family in RECOMPUTED:
        tests = read(VECTORS / "v1" / f"{family}.json")["tests"]
        count = sum(test["status"] == "active" for test in tests)
        assert len(tests) == sum(families[family].values())
        assert (
            f"{family}: {count} checked, {count} agreed, 0 disagreed"
            in done.stdout.splitlines()
        )
    every = sum(sum(counts.values()) for counts in families.values())
    assert (
        f"content hashes: {every} checked, {every} agreed, 0 disagreed"
        in done.stdout.splitlines()
    )


def test_the_last_line_counts_everything(node: str) -> None:
    done = run(node)
    report = json.loads(run(node, "--json").stdout)
    assert done.stdout.splitlines()[-1] == f"{report['passed']} passed, 0 failed"
    assert report["passed"] == sum(row["vectors"] for row in report["rows"])


@pytest.mark.parametrize(
    ("id_part", "change"), [("accept-", "output"), ("reject-", "error"), ("reject-", "outcome")]
)
def test_it_notices_another_expectation(
    node: str, copied: Path, id_part: str, change: str
) -> None:
    altered = {family: alter(copied, family, id_part, change) for family in RECOMPUTED}
    code, found = disagreements(node, copied)
    assert code == 1
    for family in RECOMPUTED:
        assert found.pop(family) == [altered[family]]
    assert found.pop("content hashes") == list(altered.values())
    assert set(found.pop("file digests")) == {
        f"{listing} v1/{family}.json"
        for listing in ("index.json", "SHA256SUMS")
        for family in RECOMPUTED
    }
    assert not any(found.values())


def test_it_notices_by_the_hash(node: str, copied: Path) -> None:
    altered = [alter(copied, family, "reject-", "outcome") for family in HASHED_ONLY]
    code, found = disagreements(node, copied)
    assert code == 1
    assert found["content hashes"] == altered


def test_it_notices_another_hash(node: str, copied: Path) -> None:
    altered = alter(copied, "identifiers", "accept-", "hash")
    code, found = disagreements(node, copied)
    assert code == 1
    assert found["identifiers"] == []
    assert found["content hashes"] == [altered]


def test_it_notices_another_root_hash(node: str, copied: Path) -> None:
    index = read(copied / "index.json")
    index["rootHash"] = "sha256:" + "0" * 64
    (copied / "index.json").write_text(json.dumps(index), encoding="utf-8")
    code, found = disagreements(node, copied)
    assert code == 1
    assert found["file digests"] == ["SHA256SUMS index.json", "index.json rootHash"]


@pytest.mark.parametrize("arguments", [("--what",), ("one", "two"), ("no-such-folder",)])
def test_bad_usage_is_told_apart(node: str, arguments: tuple[str, ...]) -> None:
    done = run(node, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: ")
