"""The suite of vectors: how fast it is filled in, and how fast goals are decided."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tests.bench import PEERS, ROOT, Row, Times, in_turns, package_at

BEFORE: Final = "a9eb7e744cd4acad11d60dd74a7f569bdbebef99"
"""The commit before recipes were drawn once for all goals of a base."""
FAMILIES: Final = ("exchange", "identifiers", "routing", "session")
"""Those that discovery could search then."""
BASES: Final = 1  # of each family
ROUNDS: Final = 3

FILL: Final = """
import sys
from pathlib import Path
from refimpl.vectors.fill import build
folder = Path(sys.argv[1])
build(folder)
for line in sys.stdin:
    build(folder)
    print("done", flush=True)
"""
DISCOVER: Final = """
import shutil, sys
from time import perf_counter
from pathlib import Path
from refimpl.vectors.discover import discover_family
source, folder, *families = sys.argv[1:]
for line in sys.stdin:
    shutil.copytree(source, folder, dirs_exist_ok=True)
    start = perf_counter()
    found = [
        bool(new)
        for family in families
        for _, new in discover_family(Path(folder), family, (0,), 150, iter)
    ]
    print(len(found), sum(found), perf_counter() - start, flush=True)
"""


def suites() -> Iterator[Row]:
    """Filling in the suite and searching for witnesses, beside the rates of before."""
    before = package_at(BEFORE)
    suite = _suite_at(BEFORE)
    targets = {
        "fill in process, of its earlier rate in vectors a second": 2.5,
        "fill, the whole command, of its earlier rate": None,
        "discover, of its earlier rate in goals a second": 20,
    }
    if before is None or suite is None:
        for what, target in targets.items():
            note = f"not measured: this clone does not have the commit {BEFORE[:7]}"
            yield Row(what, None, "x", target, True, note)
        return
    rows = (_fill(before, suite), _command(before, suite), _discover(before, suite))
    for (what, target), (ratio, note) in zip(targets.items(), rows, strict=True):
        yield Row(what, ratio, "x", target, True, note)


Measured = tuple[float, str]
"""By how much the rate has grown, and what it was taken from."""


def _fill(before: Path, suite: Path) -> Measured:
    with ExitStack() as stack:
        now = stack.enter_context(_child(ROOT, FILL, str(ROOT / "vectors")))
        then = stack.enter_context(_child(before, FILL, str(suite)))
        return _rates(in_turns({"now": now, "then": then}, rounds=7, seconds=0), suite)


def _command(before: Path, suite: Path) -> Measured:
    with TemporaryDirectory() as aside:
        cases: dict[str, Callable[[], object]] = {}
        for name, package, source in (("now", ROOT, ROOT / "vectors"), ("then", before, suite)):
            folder = Path(aside) / name
            subprocess.run(["cp", "-r", str(source), str(folder)], check=True)
            cases[name] = partial(_fill_by_command, package, folder)
        return _rates(in_turns(cases, rounds=7, seconds=0), suite)


def _fill_by_command(package: Path, folder: Path) -> None:
    script = "from refimpl.cli import main; main()"
    command = [sys.executable, "-c", script, "vectors", "fill", "--dir", str(folder)]
    subprocess.run(command, cwd=package, env=_env(), check=True, capture_output=True)


def _rates(took: Times, suite: Path) -> Measured:
    """The ratio of vectors a second: each fills in the suite of its own time."""
    now, then = _size(ROOT / "vectors"), _size(suite)
    note = f"{now} vectors in {took.median('now') * 1e3:.0f} ms"
    note += f" against {then} in {took.median('then') * 1e3:.0f} ms"
    return took.ratio("then", "now") * now / then, f"{note}; {took.spread('then', 'now')}"


def _size(suite: Path) -> int:
    counts = json.loads((suite / "index.json").read_bytes())["counts"]
    return int(sum(counts.values()))


def _discover(before: Path, suite: Path) -> Measured:
    with TemporaryDirectory() as aside, ExitStack() as stack:
        source = Path(aside) / "source"
        (source / "corpus").mkdir(parents=True)
        (source / "corpus" / "suite.json").write_bytes(
            (suite / "corpus" / "suite.json").read_bytes()
        )
        for family in FAMILIES:
            path = source / "corpus" / f"{family}.json"
            path.write_text(json.dumps(_sample(suite, family)), "utf-8")
        told: dict[str, list[str]] = {"now": [], "then": []}
        turns = {}
        for name, package in (("now", ROOT), ("then", before)):
            given = (str(source), str(Path(aside) / name), *FAMILIES)
            turns[name] = stack.enter_context(
                _child(package, DISCOVER, *given, told=told[name])
            )
        for _ in range(ROUNDS):
            for turn in turns.values():  # each takes seconds: no need to repeat it more
                turn()
    rounds = {name: [line.split() for line in lines] for name, lines in told.items()}
    (goals, now, _), (same, then, _) = (rounds[name][-1] for name in ("now", "then"))
    assert goals == same, "they have not the same goals"
    took = Times({name: [float(one[2]) for one in each] for name, each in rounds.items()})
    note = f"{goals} goals, {now} found in {took.median('now'):.2f} s"
    note += f" against {then} in {took.median('then'):.1f} s"
    return took.ratio("then", "now"), note


def _sample(suite: Path, family: str) -> Any:
    """The corpus of a family with a few of its bases, and a tenth of their witnesses taken
    away.
    """
    corpus = json.loads((suite / "corpus" / f"{family}.json").read_bytes())
    dice = random.Random(0)
    names = dice.sample(sorted(corpus["bases"]), BASES)
    corpus["bases"] = {name: corpus["bases"][name] for name in names}
    kept = [one for one in corpus["witnesses"] if one["base"] in names]
    corpus["witnesses"] = dice.sample(kept, len(kept) - len(kept) // 10)
    return corpus


@contextmanager
def _child(
    package: Path, script: str, *given: str, told: list[str] | None = None
) -> Iterator[Callable[[], None]]:
    """A process with the package as it lies in a folder, that does its work once a line."""
    command = [sys.executable, "-c", script, *given]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=package, env=_env(), stdin=pipe, stdout=pipe, text=True
    ) as child:
        stdin, stdout = child.stdin, child.stdout
        assert stdin
        assert stdout

        def turn() -> None:
            stdin.write("\n")
            stdin.flush()
            line = stdout.readline()
            assert line, "the process has ended"
            if told is not None:
                told.append(line)

        yield turn
        stdin.close()


def _env() -> dict[str, str]:
    return {name: one for name, one in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _suite_at(commit: str) -> Path | None:
    """A folder with the suite as it was at a commit; none where git does not have it."""
    folder = PEERS / f"{commit[:7]}-suite"
    if not folder.exists():
        archive = ["git", "-C", str(ROOT), "archive", "--format=zip", commit, "vectors"]
        try:
            packed = subprocess.run(archive, capture_output=True, check=True).stdout
        except (OSError, subprocess.SubprocessError):
            return None
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            files.extractall(folder)
    return folder / "vectors"
