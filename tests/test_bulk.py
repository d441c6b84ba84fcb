"""`iec63119 vectors bulk`: the same cases whoever makes them, and nothing lost on the way."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.edition import load
from refimpl.vectors import bulk
from refimpl.vectors.bulk import CASES, Bulk, make_part, order
from refimpl.vectors.corpus import read_corpus
from refimpl.vectors.drawing import Dice
from refimpl.vectors.families import answer
from refimpl.vectors.suite import BadSuite, suite_folder
from tests.memory import peak_of
from tests.programs import COMMAND, command

SUITE: Final = suite_folder()


def make(target: Path, family: str, cases: int, *more: str) -> dict[str, Any]:
    """Make cases by the command, and give what it tells."""
    wanted = ("-n", str(cases), "-o", str(target), "--json", *more)
    done = command("vectors", "bulk", family, *wanted, cwd=target.parent)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def digest_of(target: Path) -> str:
    """The digest of the parts in a folder, as `cat part-* | sha256sum` has it."""
    return sha256(
        b"".join(path.read_bytes() for path in sorted(target.glob("part-*")))
    ).hexdigest()


# --- Drawing ----------------------------------------------------------------------------------


def test_dice_are_even() -> None:
    dice = Dice("a text")
    thrown = [dice.below(6) for _ in range(6000)]
    assert all(850 < thrown.count(number) < 1150 for number in range(6))
    assert thrown[:9] != [Dice("another").below(6) for _ in range(9)]


# --- Parts ------------------------------------------------------------------------------------


def test_a_case_is_answered_by_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CASES", 50)
    asked = order(SUITE, "routing", seed=5, cases=120)
    contexts = read_corpus(SUITE, "routing").contexts
    lines: list[dict[str, Any]] = []
    for number in asked.parts():
        _, raw = make_part(asked, number)
        lines += map(json.loads, raw.splitlines())
    assert [line["index"] for line in lines] == list(range(120))
    for line in lines:
        context = contexts.get(line["context"] or "")
        given = answer(line["operation"], load(line["edition"]), context, line["input"])
        assert given == line["expect"]


def test_one_digest_by_any_number(tmp_path: Path) -> None:
    alone = make(tmp_path / "1", "identifiers", 2 * CASES + 1, "-j", "1")
    among = make(tmp_path / "3", "identifiers", 2 * CASES + 1, "-j", "3")
    assert alone == among
    assert alone["sha256"] == digest_of(tmp_path / "1") == digest_of(tmp_path / "3")
    assert len(alone["parts"]) == 3
    assert sum(alone["outcomes"].values()) == alone["cases"] == 2 * CASES + 1
    index = json.loads((SUITE / "index.json").read_bytes())
    assert alone["rootHash"] == index["rootHash"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is told of four parts that were made without interruption."""
    target = tmp_path_factory.mktemp("whole") / "bulk"
    return make(target, "identifiers", 4 * CASES, "--seed", "2", "-j", "1")


@pytest.mark.parametrize(
    "ending",
    [signal.SIGKILL, signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak)],
)
def test_nothing_is_lost(tmp_path: Path, whole: dict[str, Any], ending: signal.Signals) -> None:
    """Ended after its first part, it goes on with the others, and leaves no process behind."""
    target, wanted = tmp_path / "bulk", ("-n", str(4 * CASES), "--seed", "2")
    begun = [*COMMAND, "vectors", "bulk", "identifiers", *wanted, "-j", "2", "-o", str(target)]
    with subprocess.Popen(begun, stderr=subprocess.PIPE, text=True) as process:
        while not list(target.glob("part-*")):
            time.sleep(0.01)
        process.send_signal(ending)
        _, said = process.communicate(timeout=60)  # every worker has closed its stderr
    first = {path: path.stat().st_mtime_ns for path in target.glob("part-*")}
    assert 0 < len(first) < 4
    if ending is not signal.SIGKILL:
        assert said == f"{len(first)} of 4 parts are there; the same command goes on\n"
        assert process.returncode == 130
    told = make(target, "identifiers", 4 * CASES, "--seed", "2", "-j", "1")
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert told == whole


def test_a_damaged_part_is_made_again(tmp_path: Path) -> None:
    told = make(tmp_path / "bulk", "pseudonym", 2 * CASES, "-j", "1")
    one, other = sorted((tmp_path / "bulk").glob("part-*"))
    one.write_bytes(one.read_bytes()[:-30])
    other.write_bytes(other.read_bytes().replace(b"accept", b"reject", 1))
    assert make(tmp_path / "bulk", "pseudonym", 2 * CASES, "-j", "1") == told
    assert digest_of(tmp_path / "bulk") == told["sha256"]


def test_other_cases_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    asked = order(SUITE, "pseudonym", seed=1, cases=10)
    with pytest.raises(BadSuite, match="holds something else"):
        Bulk(tmp_path, asked)
    Bulk(tmp_path / "new", asked)
    for changes in ({"seed": 2}, {"cases": 11}, {"family": "routing"}, {"root_hash": "x"}):
        with pytest.raises(BadSuite, match="holds other cases"):
            Bulk(tmp_path / "new", asked._replace(**changes))
    (tmp_path / "new" / "bulk.json").write_text("{}")
    with pytest.raises(BadSuite, match="holds other cases"):
        Bulk(tmp_path / "new", asked)


def test_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    for arguments, line in (
        (["nonsense"], r"no family 'nonsense'; there are "),
        (["routing", "--dir", str(tmp_path)], "no vectors in"),
        (["routing", "--scheduler", "tcp://127.0.0.1:1"], "no scheduler answers at"),
        (["routing", "--scheduler", "nowhere"], "no scheduler answers at nowhere; start"),
    ):
        done = command("vectors", "bulk", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("iec63119 vectors: ")
        assert line in done.stderr
        assert done.stderr.count("\n") == 1


# --- A cluster --------------------------------------------------------------------------------


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A Dask scheduler on this machine and its workers, each a process."""
    dask = [str(Path(sys.executable).with_name("dask"))]
    file = folder / "scheduler.json"
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    scheduler = [*dask, "scheduler", *here, "--port", "0", "--scheduler-file", str(file)]
    with subprocess.Popen(scheduler, **quiet) as process:
        started = []
        try:
            while not file.exists():
                time.sleep(0.05)
            address = json.loads(file.read_bytes())["address"]
            worker = [*dask, "worker", address, *here, "--nthreads", "1", "--no-nanny"]
            started = [subprocess.Popen(worker, **quiet) for _ in range(workers)]
            yield address, started
        finally:
            for one in (*started, process):
                one.kill()
                one.wait()


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker(tmp_path: Path) -> None:
    target = tmp_path / "cluster"
    wanted = ("identifiers", "-n", str(6 * CASES), "--json")
    with cluster(tmp_path, workers=2) as (address, workers):
        begun = [*COMMAND, "vectors", "bulk", *wanted, "-o", str(target)]
        with subprocess.Popen(
            [*begun, "--scheduler", address], stdout=subprocess.PIPE
        ) as process:
            while not list(target.glob("part-*")):
                time.sleep(0.01)
            workers[0].kill()
            out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out) == make(tmp_path / "alone", "identifiers", 6 * CASES, "-j", "1")


# --- A million --------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize("family", ["identifiers", "routing", "messages"])
def test_a_million_in_the_memory_of_few(tmp_path: Path, family: str) -> None:
    peaks = []
    for cases in (CASES, 100 * CASES):
        target = tmp_path / str(cases)
        wanted = ["-n", str(cases), "-j", "1", "-o", str(target)]
        before = time.monotonic()
        peaks.append(peak_of(["vectors", "bulk", family, *wanted], tmp_path))
        assert (target / "bulk.json").exists()
        spent = time.monotonic() - before
        print(f"\n{cases:,} {family} in {spent:.0f} s, {peaks[-1] / 1024:.0f} MB")
    assert peaks[1] < 1.1 * peaks[0]
