"""The second implementation, in JavaScript and from the suite's own files: it answers every
vector, works out every digest and trace anew, and would notice if one were wrong.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from refimpl.vectors.families import OPERATIONS
from refimpl.vectors.release import suite_files
from refimpl.vectors.suite import read_suite, suite_folder
from refimpl.vectors.verifying import lines_of
from tests.command import call
from tests.programs import missing, needs_npm, node, run

NODE = Path(__file__).parent / "implementations" / "node"
VECTORS = suite_folder()
BY_JOSE = {"countersignatures.check", "message.unprotect"}
PART_1 = {name for name in OPERATIONS if not name.startswith("crosswalk.")}
"""All but what is outside of Part 1, which it takes no part in."""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _node() -> None:
    reason = missing("node")
    if reason and os.environ.get("IEC63119_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VECTORS, tmp_path / "vectors"))


def conform(*options: str) -> Any:
    """The report on the implementation."""
    script = str(NODE / "main.mjs")
    return call("conform", "--seed", "7", "--json", *options, "--", "node", script).json


def rewrite(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


# --- answers ----------------------------------------------------------------------------------


@needs_npm()
def test_every_vector() -> None:
    told = conform()
    asked = {True: 0, False: 0}
    for test in read_suite(VECTORS).tests:
        asked[test["operation"] in PART_1] += len(test["editions"])
    totals = {"pass": asked[True], "not-applicable": asked[False]}
    assert {name: n for name, n in told["totals"].items() if n} == totals
    assert told["complete"]
    assert told["canaries"]["findings"] == []


def test_without_jose(tmp_path: Path) -> None:
    """Where the package is not installed, only what needs it is left out."""
    shutil.copytree(NODE, tmp_path / "tests" / "implementations" / "node")
    script = tmp_path / "tests" / "implementations" / "node" / "main.mjs"
    (tmp_path / "vectors").symlink_to(VECTORS)
    started = node(script, stdin=b'{"cmd": "start", "protocol": 1}\n')
    assert set(json.loads(started.stdout)["capabilities"]) == PART_1 - BY_JOSE


SPOILT = (
    ("tables/steps.json", "steps", "session"),
    ("tables/leaves.json", "leaves", "authorization"),
    ("tables/profiles.json", "profiles", "identifiers"),
)


@pytest.mark.parametrize(("name", "member", "family"), SPOILT)
def test_spoilt_table(
    copied: Path, monkeypatch: pytest.MonkeyPatch, name: str, member: str, family: str
) -> None:
    """It answers from the tables: with another one it fails."""
    content = json.loads((copied / name).read_bytes())
    rows = content[member]
    if isinstance(rows, list):
        del rows[0]
    else:
        rows["canonical"] = rows["din91286"]
    rewrite(copied / name, content)
    monkeypatch.setenv("IEC63119_VECTORS", str(copied))
    told = conform("--family", family)
    assert told["totals"]["pass"] < told["proof"]["applicable"]


@pytest.mark.soak
@needs_npm()
def test_no_question_parts_them() -> None:
    """Nor does it answer otherwise what no vector asks."""
    script = str(NODE / "main.mjs")
    asked = ("--random", "20000", "--seed", "2")
    said = call("conform", *asked, "--", "node", script)
    assert said.code == 0, said.out


# --- digests ----------------------------------------------------------------------------------


def disagreements(folder: Path) -> dict[str, list[str]]:
    """What of the digests disagrees in a suite."""
    done = node(NODE / "digests.mjs", str(folder), "--json")
    told = json.loads(done.stdout)
    assert done.returncode == (1 if told["disagreed"] else 0)
    return {row["name"]: [one["id"] for one in row["disagreements"]] for row in told["rows"]}


def test_digests() -> None:
    done = node(NODE / "digests.mjs")
    first, *_, last = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert first == "content hashes: 0 checked, 0 disagreed"
    assert last.endswith(" agreed, 0 disagreed")


@pytest.fixture
def lines(copied: Path) -> Path:
    """Every vector on a line, beside a copy of the suite as in a release."""
    path = copied.parent / "all.jsonl"
    path.write_bytes(lines_of(suite_files(copied)))
    return path


def test_content_hashes(copied: Path, lines: Path) -> None:
    done = node(NODE / "digests.mjs", str(copied))
    number = len(lines.read_text("utf-8").splitlines())
    first, *_ = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert first == f"content hashes: {number} checked, 0 disagreed"


@pytest.mark.parametrize("member", ["context", "contentHashes", "expect", "input", "operation"])
def test_other_meaning(copied: Path, lines: Path, member: str) -> None:
    vectors = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    altered = next(test for test in vectors if test["context"] and "expect" in test)
    altered[member] = {"2019": "sha256:0"}
    lines.write_text("".join(f"{json.dumps(test)}\n" for test in vectors), "utf-8")
    assert disagreements(copied)["content hashes"] == [altered["id"]]


@pytest.mark.parametrize("family", ["identifiers", "exchange", "sealed-message"])
def test_other_file(copied: Path, family: str) -> None:
    path = copied / "v1" / f"{family}.json"
    path.write_bytes(path.read_bytes() + b"\n")
    lists = [f"{name} v1/{family}.json" for name in ("index.json", "SHA256SUMS")]
    assert sorted(disagreements(copied)["file digests"]) == sorted(lists)


def test_other_root_hash(copied: Path) -> None:
    index = json.loads((copied / "index.json").read_bytes())
    rewrite(copied / "index.json", {**index, "rootHash": "sha256:" + "0" * 64})
    found = disagreements(copied)
    assert found["content hashes"] == []
    assert found["file digests"] == ["SHA256SUMS index.json", "index.json rootHash"]


@pytest.mark.parametrize("arguments", [("--what",), ("one", "two"), ("no-such-folder",)])
def test_bad_usage(arguments: tuple[str, ...]) -> None:
    done = run(["node", str(NODE / "digests.mjs"), *arguments])
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"usage: ")


# --- traces -----------------------------------------------------------------------------------


def traces(folder: Path) -> tuple[int, list[str]]:
    done = node(NODE / "traces.mjs", str(folder))
    return done.returncode, done.stdout.decode().splitlines()


def test_traces() -> None:
    code, lines = traces(VECTORS)
    assert (code, len(lines)) == (0, 1), lines
    assert int(lines[0].split()[0]) > 100


TRACED = (
    ("sealed-message", "contentKey"),
    ("signed-message", "signingInputSha256"),
    ("pseudonym", "hmac"),
    ("tls-profile", "suites"),
)


@pytest.mark.parametrize(("family", "member"), TRACED)
def test_other_trace(copied: Path, family: str, member: str) -> None:
    path = copied / "v1" / f"{family}.json"
    content = json.loads(path.read_bytes())
    tests = content["tests"]
    first = next(test for test in tests if "trace" in test and "/accept-" in test["id"])
    first["trace"][member] = "00"
    rewrite(path, content)
    code, lines = traces(copied)
    assert code == 1
    assert lines[0].startswith(first["id"])
