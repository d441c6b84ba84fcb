"""Build the sdist and the wheel, and try the wheel where nothing else is: `make dist`.

The wheel goes into an empty environment, in a folder without a checkout.  Each command is asked
there once, mypy sees the types, and the sdist builds the very same wheel.  Installing asks the
index for the pinned packages.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ROUTE: Final = "route network.json --mode direct --from cso-elm --to csp-alba --exchange"
KEYS: Final = "--network network.json --pki keys"

COMMANDS: Final = (
    ("--version", 0, "iec63119 "),
    ("id check NL-TNM-000122045-U", 0, "EMAID, well written"),
    ("diff 2019 2025", 0, "charging service provider"),
    ("example", 0, '"entities"'),
    (f"{ROUTE} authorization", 0, "IF-2"),
    ("play charge", 0, "authorization-request"),
    ("rules EMA-9", 0, "identifiers"),
    ("schema network", 0, "$schema"),
    ("completion bash", 0, "complete"),
    ("vectors stats", 0, "identifiers"),
    ("vectors check", 0, "every file is what it would be filled with"),
    ("vectors lint", 2, "install the extra dev"),
    ("vectors pack release.tar --previous before.tar", 0, "release.tar"),
    ("vectors verify release.tar", 0, "whole, and as it was packed"),
    ("vectors fill", 2, "those of an installed package"),
    ("vectors discover", 2, "those of an installed package"),
    ("pki new keys --network network.json --seed a", 0, "test keys of"),
    (f"serve --entity cso-elm {KEYS} --seconds 0", 0, "127.0.0.1:"),
    (f"probe 127.0.0.1:1 --entity csp-alba {KEYS}", 1, "127.0.0.1:1"),
    ("explore --no-browser", 2, "pip install 'iec63119-refimpl[explorer]'"),
    ("notebooks", 1, "clone the source"),
)
"""Every command, how it ends, and what it says among other things."""

CONSUMER: Final = """\
from refimpl.identifiers import parse_emaid
contract = parse_emaid("NL-TNM-C00122045-K")
reveal_type(contract.check)
"""
CHECKOUT: Final = "from refimpl.cli import main; main()"
TYPE: Final = 'Revealed type is "str | None"'


class Failed(Exception):
    """What does not hold of what was built."""


def main() -> None:
    """Build both, try them, and say in a line for each step what held."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            try_all(Path(folder))
    except Failed as error:
        sys.exit(f"error: {error}")


def try_all(folder: Path) -> None:
    wheel, sdist = build(ROOT, ROOT / "dist")
    print(f"built    {wheel.name} and {sdist.name}")
    if build(unpack(sdist, folder), folder / "again")[0].read_bytes() != wheel.read_bytes():
        raise Failed("the wheel that the sdist builds is another")
    print("same     the sdist builds the very same wheel")
    programs = install(wheel, folder)
    print("install  into an empty environment")
    desk = folder / "desk"
    desk.mkdir()
    run([sys.executable, "-m", "tests.first_release", str(desk / "before.tar")], ROOT)
    ask_every_command(programs / "iec63119", desk)
    print(f"asked    {len(COMMANDS)} command lines")
    packing = ["vectors", "pack", str(folder / "ours.tar")]
    packing += ["--previous", str(desk / "before.tar")]
    run([sys.executable, "-c", CHECKOUT, *packing], ROOT)
    if (folder / "ours.tar").read_bytes() != (desk / "release.tar").read_bytes():
        raise Failed("the vectors of the wheel are packed to other bytes than those here")
    print("digest   the vectors of the wheel are packed to the same bytes as those here")
    read_types(programs / "python", desk)
    print("types    mypy --strict reads them from the wheel")


def build(source: Path, target: Path) -> tuple[Path, Path]:
    """Build a wheel and an sdist of a folder."""
    run([sys.executable, "-m", "hatchling", "build", "-d", str(target)], source)
    return next(target.glob("*.whl")), next(target.glob("*.tar.gz"))


def unpack(sdist: Path, folder: Path) -> Path:
    """Unpack an sdist and name its one folder."""
    shutil.unpack_archive(sdist, folder / "source")
    return next((folder / "source").iterdir())


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into an empty environment, with the packages of requirements.txt, and
    name the folder of its programs.
    """
    venv.create(folder / "empty", with_pip=True)
    programs = folder / "empty" / "bin"
    pinned = [
        line.rstrip(" \\\n")
        for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        if line[:1].isalnum()
    ]
    constraints = folder / "constraints.txt"
    # an extra may not stand in a constraint
    constraints.write_text("\n".join(re.sub(r"\[[^]]*\]", "", line) for line in pinned))
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    run([*pip, "--disable-pip-version-check", "-c", str(constraints), str(wheel)], folder)
    return programs


def ask_every_command(program: Path, desk: Path) -> None:
    """Ask each command once; raise `Failed` for the first that ends or speaks otherwise."""
    (desk / "network.json").write_text(run([str(program), "example"], desk))
    for line, code, told in COMMANDS:
        said = run([str(program), *shlex.split(line)], desk, code)
        if told not in said:
            raise Failed(f"iec63119 {line} does not say {told!r} but:\n{said}")


def read_types(python: Path, desk: Path) -> None:
    """Let mypy read a program that uses the installed package."""
    (desk / "consumer.py").write_text(CONSUMER)
    mypy = [sys.executable, "-m", "mypy", "--strict", f"--python-executable={python}"]
    said = run([*mypy, "consumer.py"], desk)
    if TYPE not in said:
        raise Failed(f"mypy does not see the types:\n{said}")


def run(command: list[str], where: Path, code: int = 0) -> str:
    """Run a program and hand back all that it said; raise `Failed` where it ends otherwise."""
    done = subprocess.run(
        command,
        cwd=where,
        env={name: one for name, one in os.environ.items() if not name.startswith("PYTHON")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode != code:
        raise Failed(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


if __name__ == "__main__":
    main()
