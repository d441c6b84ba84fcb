"""`make venv` on machines that lack something: one line, the way out, and no half-made .venv.

Where a stand-in for Python is enough, `stand_in` writes one: its `-m venv` makes a folder with
itself inside, and its `-m pip` says and does what the test wants.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PARTS = "Makefile requirements.txt pyproject.toml tests/install.sh".split()
CLOSED = "http://127.0.0.1:1/"  # no server has this port

STAND_IN = """#!/bin/sh
case "$*" in
*"sys.exit(sys.version_info"*) exit {old} ;;
*base_prefix*) echo "{version} /usr" ;;
*"import ensurepip"*) exit {bare} ;;
*"-m venv"*)
    echo "venv $*" >>"$HOME/log"
    mkdir -p .venv/bin
    cp "$0" .venv/bin/python
    printf 'version = {version}\\ncommand = python3 %s\\n' "-m venv --clear $PWD/.venv" \\
        >.venv/pyvenv.cfg ;;
*"-m pip"*)
    echo "pip $*" >>"$HOME/log"
    {pip} ;;
esac
"""


class Machine:
    """A folder with what `make venv` needs, and a home and a path of its own."""

    def __init__(self, folder: Path) -> None:
        self.top = folder / "a clone"
        self.home = folder / "home"
        self.programs = folder / "programs"
        for path in (self.top / "tests", self.home, self.programs):
            path.mkdir(parents=True)
        for part in PARTS:
            shutil.copyfile(ROOT / part, self.top / part)
        self.venv = self.top / ".venv"
        self.user: int | None = None
        self.largest_file = "unlimited"

    def program(self, name: str, text: str) -> Path:
        path = self.programs / name
        path.write_text(text, "utf-8")
        path.chmod(0o755)
        return path

    def stand_in(
        self,
        name: str = "python3",
        *,
        version: str = "3.11.2",
        old: int = 0,
        bare: int = 0,
        pip: str = "exit 0",
    ) -> Path:
        """Put a stand-in for Python on the path."""
        return self.program(name, STAND_IN.format(version=version, old=old, bare=bare, pip=pip))

    def real_python(self) -> None:
        """Put the Python that runs the tests on the path."""
        self.program("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        path = f"{self.programs}:/usr/bin:/bin"
        return subprocess.Popen(
            ["sh", "-c", 'ulimit -f "$0"; exec make "$@"', self.largest_file, *words],
            cwd=self.top,
            env={"HOME": str(self.home), "PATH": path, "UV": "", **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=self.user,
            start_new_session=True,
        )

    def make(self, *words: str, **more: str) -> tuple[int, str, str]:
        done = self.start(*words, **more)
        out, err = done.communicate(timeout=120)
        return done.returncode, out, err

    def fails(self, *words: str, **more: str) -> str:
        """Run what must fail with one line of error, and return that line."""
        code, _, err = self.make(*(words or ("venv",)), **more)
        lines = [line for line in err.splitlines() if not line.startswith("make: ***")]
        assert code
        assert len(lines) == 1, err
        assert lines[0].startswith("error: ")
        return lines[0]

    def log(self) -> list[str]:
        """What the stand-ins were asked to do: `venv` or `pip`, in order."""
        log = self.home / "log"
        return [line.split()[0] for line in log.read_text("utf-8").splitlines()]

    def forget(self) -> None:
        (self.home / "log").write_text("", "utf-8")


@pytest.fixture
def machine() -> Iterator[Machine]:
    if shutil.which("make") is None:
        pytest.skip("no make command")
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # pytest's own folders are closed to other users
        Path(folder).chmod(0o755)
        yield Machine(Path(folder))


def test_an_old_python(machine: Machine) -> None:
    machine.stand_in(old=1)
    machine.stand_in("python3.14", old=1)
    machine.stand_in("python3.13")
    assert "make PYTHON=python3.13 venv" in machine.fails()
    assert not machine.venv.exists()


def test_no_python(machine: Machine) -> None:
    assert "'nowhere' is not Python 3.11" in machine.fails("PYTHON=nowhere", "venv")


def test_no_venv_module(machine: Machine) -> None:
    machine.stand_in(bare=1)
    assert "apt-get install python3-venv" in machine.fails()
    assert not machine.venv.exists()


def test_little_space(machine: Machine) -> None:
    machine.stand_in()
    machine.program("df", "#!/bin/sh\necho head\necho 'disk 9 9 20480 9% /'\n")
    line = machine.fails()
    assert "has 20 MB free" in line
    assert "make room" in line
    assert not machine.venv.exists()


@pytest.mark.parametrize("closed", ["top", "venv"])
def test_no_write_permission(machine: Machine, closed: str) -> None:
    machine.stand_in()
    machine.venv.mkdir()
    getattr(machine, closed).chmod(0o555)
    if closed == "venv":
        machine.top.chmod(0o777)
    if os.geteuid() == 0:
        machine.user = 65534
    line = machine.fails()
    assert "no permission to write" in line
    assert "clone of your own" in line
    machine.top.chmod(0o755)


def test_no_temporary_folder(machine: Machine) -> None:
    machine.stand_in()
    assert "set TMPDIR" in machine.fails(TMPDIR=str(machine.home / "nowhere"))
    assert not machine.venv.exists()


# fmt: off
WORDS = {
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device":
        "make room",
    "error: failed to write to file: File too large (os error 27)": "make room",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES": "empty the cache",
    "PermissionError: [Errno 13] Permission denied: 'x'": "look at the owner",
    "NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused":
        "connect",
    "SSLError: certificate verify failed: unable to get local issuer": "set SSL_CERT_FILE",
    "error sending request: invalid peer certificate: UnknownIssuer": "set SSL_CERT_FILE",
    "Temporary failure in name resolution": "connect",
    "In --require-hashes mode, all requirements must have their versions pinned with ==.":
        "take a newer Python",
    "ERROR: No matching distribution found for rich==15.0.0": "found for rich==15.0.0",
}
# fmt: on


@pytest.mark.parametrize("words", WORDS)
def test_what_an_installer_says(machine: Machine, words: str) -> None:
    machine.stand_in(pip=f'echo "{words}" >&2; exit 1')
    assert WORDS[words] in machine.fails()
    assert not machine.venv.exists()


def test_other_words_of_an_installer(machine: Machine) -> None:
    machine.stand_in(pip="seq 1 40; exit 2")
    code, _, err = machine.make("venv")
    said = err.splitlines()
    assert code
    assert said[:15] == [str(number) for number in range(26, 41)]
    assert "make venv again" in said[15]
    assert not machine.venv.exists()


def test_interruption(machine: Machine) -> None:
    machine.stand_in(pip="sleep 60")
    running = machine.start("venv")
    for _ in range(400):
        if (machine.home / "log").exists() and "pip" in machine.log():
            break
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode
    assert not machine.venv.exists()


@pytest.mark.slow
def test_an_index_that_does_not_answer(machine: Machine) -> None:
    empty = machine.home / "empty"
    empty.mkdir()
    settings = machine.home / "pip.conf"
    key = "-".join(("index", "url"))
    settings.write_text(
        f"[global]\n{key} = {CLOSED}\nextra-{key} = {CLOSED}\n"
        f"find-links = {empty}\nretries = 0\n",
        "utf-8",
    )
    machine.real_python()
    assert "no package index answers" in machine.fails(PIP_CONFIG_FILE=str(settings))
    assert not machine.venv.exists()


def test_a_full_disk(machine: Machine) -> None:
    machine.real_python()
    machine.largest_file = "1000"  # blocks; a full disk stops a file in the same place
    assert "the disk is full" in machine.fails()
    assert not machine.venv.exists()


def whole(machine: Machine) -> None:
    """Make a .venv to its end, and forget how."""
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]
    machine.forget()


def test_nothing_is_done_twice(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    assert machine.make("venv") == (0, "", "")
    assert machine.log() == []


def test_an_older_list_is_brought_up_to_date(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    os.utime(machine.venv / ".installed", (0, 0))
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["pip", "pip"]


def test_a_cut_update_is_made_anew(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    os.utime(machine.venv / ".installed", (0, 0))
    installer = (machine.venv / "bin" / "python").read_text("utf-8")
    (machine.venv / "bin" / "python").write_text(
        installer.replace("    exit 0 ;;", "    exit 1 ;;")
    )
    assert machine.make("venv")[0]
    assert machine.venv.exists()
    machine.forget()
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]


def test_another_python_makes_it_anew(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    machine.stand_in("python3.13", version="3.13.0")
    assert machine.make("venv")[0] == 0
    assert machine.log() == []
    assert machine.make("PYTHON=python3.13", "venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]


def test_a_python_that_is_gone_or_renewed(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    (machine.venv / "bin" / "python").unlink()
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]
    machine.forget()
    newer = machine.stand_in(version="3.13.5")
    shutil.copy(newer, machine.venv / "bin" / "python")
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]


def test_a_moved_folder(machine: Machine) -> None:
    machine.stand_in()
    whole(machine)
    machine.top = machine.top.rename(machine.top.with_name("elsewhere"))
    assert machine.make("venv")[0] == 0
    assert machine.log() == ["venv", "pip", "pip"]


def test_no_such_target(machine: Machine) -> None:
    assert "'make' alone lists" in machine.fails("frobnicate")


def test_no_uv_to_lock_with(machine: Machine) -> None:
    assert "pip install uv" in machine.fails("UV=nowhere", "requirements")


def test_no_git(tmp_path: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/test_house.py", "-k", "top_level"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install git" in done.stdout
