"""Install fresh clones on every Python found here, in each way that a newcomer may: `make fresh`.

Each row of the table is a clone of what is committed, made in an environment as empty as
`env -i HOME=... PATH=/usr/bin:/bin`: `make venv`, then the command, the house rules, the
vectors and the explorer.  `make fresh FULL=1` goes on with `make test` in the first row, which
is what a stock Debian 12 has: its own Python and pip 23.0.1.

This file runs on any Python from 3.9 on and needs nothing installed.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
OLDEST_PIP = "23.0.1"  # Debian 12 brings it
ITS_LAST_PYTHON = "3.11"  # that pip ends with an error on newer ones

PIP_LATER = "pip, newest"
UV = "uv, newest"
OWN = "pip, its own"
OLD = f"pip {OLDEST_PIP}"
WAYS = (OLD, OWN, PIP_LATER, UV)


class Failed(Exception):
    """A step that ended badly, with its last words."""


class Place(NamedTuple):
    """A folder for everything that is made here, with the home and the path of a newcomer."""

    folder: Path
    uv: str  # empty where there is none

    def environment(self) -> dict[str, str]:
        """As empty as it can be; `true` stands in for the browser that `make explore` opens."""
        return {
            "HOME": str(self.folder / "home"),
            "PATH": "/usr/bin:/bin",
            "BROWSER": "true",
            "TMPDIR": str(self.folder / "tmp"),
        }

    def run(self, *command: str, where: Path) -> str:
        """Do one step and hand back what it wrote; raise `Failed` where it ended badly."""
        done = subprocess.run(
            command,
            cwd=where,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            said = "\n    ".join(done.stdout.splitlines()[-12:])
            raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n    {said}")
        return done.stdout


def pythons() -> dict[str, str]:
    """Find one interpreter for each version: Debian's first, then the path, then pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    folders = [Path("/usr/bin"), *map(Path, os.get_exec_path()), *sorted(pyenv.glob("*/bin"))]
    found: dict[str, str] = {}
    for version in VERSIONS:
        for folder in folders:
            program = folder / f"python{version}"
            if version not in found and runs(str(program)):
                found[version] = str(program)
    return found


def runs(program: str) -> bool:
    """Say whether an interpreter is there and can make a .venv."""
    with contextlib.suppress(OSError):
        asked = [program, "-c", "import ensurepip, venv"]
        return not subprocess.run(asked, capture_output=True, check=False).returncode
    return False


def newest_uv(place: Path) -> str:
    """Install uv into a folder of its own and name the program, or nothing where that fails."""
    made = [sys.executable, "-m", "venv", str(place)]
    got = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"]
    for command in (made, got):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return ""
    return str(place / "bin" / "uv")


def own_pip(python: str) -> str:
    """Name the version of pip that a new .venv of this interpreter brings."""
    asked = [python, "-c", "import ensurepip; print(ensurepip.version())"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def why_not(way: str, version: str, python: str, place: Place) -> str:
    """Say why a way is not tried, or nothing where it is."""
    own = own_pip(python)
    reasons = {
        OLD: f"does not run on Python {version}" if version != ITS_LAST_PYTHON else "",
        OWN: f"is {own}, tried above" if own == OLDEST_PIP else "",
        PIP_LATER: "",
        UV: "" if place.uv else "could not be installed",
    }
    return reasons[way]


def prepare(place: Place, clone: Path, python: str, way: str) -> None:
    """Leave a .venv with the wanted pip and an old stamp, from which `make venv` goes on."""
    wanted = {OLD: f"pip=={OLDEST_PIP}", PIP_LATER: "pip"}.get(way)
    if wanted is None or wanted == f"pip=={own_pip(python)}":
        return
    place.run(python, "-m", "venv", str(clone / ".venv"), where=clone)
    pip = (str(clone / ".venv/bin/python"), "-m", "pip")
    place.run(*pip, "install", "--quiet", "--upgrade", wanted, where=clone)
    (clone / ".venv/.installed").touch()
    os.utime(clone / ".venv/.installed", (0, 0))


def make_venv(place: Place, clone: Path, python: str, way: str) -> str:
    """Do `make venv`, and say with what it was done."""
    uv = place.uv if way == UV else ""
    place.run("make", f"PYTHON={python}", f"UV={uv}", "venv", where=clone)
    program = clone / ".venv/bin/python"
    command = (uv, "--version") if uv else (str(program), "-m", "pip", "--version")
    by = " ".join(place.run(*command, where=clone).split()[:2])
    return f"{place.run(str(program), '--version', where=clone).split()[1]}, {by}"


def smoke(place: Place, clone: Path) -> None:
    """Ask of a new .venv what is soon answered."""
    programs = clone / ".venv/bin"
    place.run(str(programs / "iec63119"), "--version", where=clone)
    place.run(str(programs / "ruff"), "check", ".", where=clone)
    tests = ("tests/test_house.py", "tests/test_requirements.py")
    place.run(str(programs / "python"), "-m", "pytest", "--quiet", *tests, where=clone)
    place.run(str(programs / "iec63119"), "vectors", "check", where=clone)
    pack(place, clone)


def pack(place: Place, clone: Path) -> None:
    """Pack the vectors, and compare with what the first row packed."""
    first, made = place.folder / "first.tar", clone / "dist.tar"
    before = clone / "before.tar"
    place.run(".venv/bin/python", "-m", "tests.first_release", str(before), where=clone)
    packing = ("vectors", "pack", str(made), "--previous", str(before))
    place.run(".venv/bin/iec63119", *packing, where=clone)
    if not first.exists():
        made.replace(first)
    elif made.read_bytes() != first.read_bytes():
        raise Failed("vectors pack: other bytes than in the first row")


def explore(place: Place, clone: Path) -> None:
    """Start the explorer and fetch its first page."""
    with subprocess.Popen(
        ["make", "explore"],
        cwd=clone,
        env=place.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            address = first_address(running.stdout)
            with urllib.request.urlopen(address, timeout=60) as page:
                if page.status != 200:
                    raise Failed(f"make explore: its page came with status {page.status}")
        except OSError as error:
            raise Failed(f"make explore: {error}") from error
        finally:
            # Not a Ctrl-C: a shell starts what runs in its background deaf to that.
            os.killpg(running.pid, signal.SIGTERM)
            running.communicate(timeout=60)


def first_address(lines: "IO[str] | None") -> str:
    """Read what the explorer prints up to its address."""
    said = []
    for line in lines or ():
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\S+", line):
            return found[0]
    raise Failed("make explore printed no address:\n    " + "    ".join(said[-12:]))


@contextlib.contextmanager
def fresh_clone(place: Place) -> Iterator[Path]:
    """Clone into a folder with a space in its name, and remove it afterwards."""
    clone = place.folder / "a clone"
    place.run("git", "clone", "--quiet", "source", str(clone), where=place.folder)
    try:
        yield clone
    finally:
        shutil.rmtree(clone)


def try_one(place: Place, python: str, way: str, full: bool) -> str:
    """Do all that a row stands for, and say how it went."""
    with fresh_clone(place) as clone:
        prepare(place, clone, python, way)
        begun = time.monotonic()
        with_what = make_venv(place, clone, python, way)
        made = time.monotonic()
        smoke(place, clone)
        explore(place, clone)
        done = time.monotonic()
        told = f"ok       {with_what}: venv {made - begun:.0f} s, the rest {done - made:.0f} s"
        if full:
            place.run("make", "UV=", "test", where=clone)
            told += f", make test {time.monotonic() - done:.0f} s"
        return told


def rows(place: Place, full: bool) -> Iterator[tuple[str, str, str]]:
    """Try each way on each Python, and yield version, way and outcome one by one."""
    found = pythons()
    for version in VERSIONS:
        if version not in found:
            yield version, "", "skipped  there is no such Python here, or it lacks venv"
            continue
        for way in WAYS:
            if reason := why_not(way, version, found[version], place):
                yield version, way, f"skipped  {reason}"
                continue
            try:
                yield version, way, try_one(place, found[version], way, full)
            except Failed as error:
                yield version, way, f"FAILED   {error}"
            full = False


def main() -> int:
    """Print the table, and say with the exit code whether every row that was tried is well."""
    missing = [name for name in ("git", "make") if not shutil.which(name)]
    if missing:
        print(f"error: not here: {', '.join(missing)}; on Debian: apt-get install git make")
        return 1
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="fresh-") as name:
        folder = Path(name)
        for inner in ("home", "tmp"):
            (folder / inner).mkdir()
        place = Place(folder, newest_uv(folder / "uv"))
        source = folder / "source"  # all rows are of the commit that was there at the start
        place.run("git", "clone", "--quiet", "--bare", str(ROOT), str(source), where=folder)
        commit = place.run("git", "log", "-1", "--format=%h %s", where=source).strip()
        print(f"fresh clones, each in an empty environment, of {commit}", flush=True)
        for version, way, outcome in rows(place, "--full" in sys.argv[1:]):
            print(f"{version:6}{way:14}{outcome}", flush=True)
            outcomes.append(outcome)
    failed = [outcome for outcome in outcomes if outcome.startswith("FAILED")]
    print(f"{len(failed)} failed")
    return 1 if failed or not any(outcome.startswith("ok") for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
