"""The packages of npm that tests use: what the lock says, and what `make npm` says."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import NPM

LOCK = json.loads((NPM / "package-lock.json").read_bytes())["packages"]
PACKAGES = {name: package for name, package in LOCK.items() if name}
SAYS = """#!/bin/sh
mkdir -p node_modules
echo "npm $*" >>node_modules/log
{}
"""


def install(folder: Path, npm: str = "") -> subprocess.CompletedProcess[str]:
    """Run the script in a folder, with a stand-in for npm, or none."""
    here, programs = folder / "npm", folder / "programs"
    for path in (here, programs):
        path.mkdir(exist_ok=True)
    for name in ("install.sh", "package.json", "package-lock.json"):
        shutil.copy2(NPM / name, here)
    for tool in ("sh", "dirname", "mkdir", "mktemp", "rm", "touch", "grep", "tail"):
        if not (programs / tool).exists():
            (programs / tool).symlink_to(str(shutil.which(tool)))
    if npm:
        (programs / "npm").write_text(SAYS.format(npm), "utf-8")
        (programs / "npm").chmod(0o755)
    return subprocess.run(
        ["sh", str(here / "install.sh")],
        env={"PATH": str(programs), "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )


def test_lock_has_no_address() -> None:
    assert not [name for name, package in PACKAGES.items() if "resolved" in package]
    assert all(package["integrity"].startswith("sha512-") for package in PACKAGES.values())


def test_nothing_runs_at_install() -> None:
    assert not [name for name, package in PACKAGES.items() if "hasInstallScript" in package]


def test_each_is_pinned() -> None:
    asked = json.loads((NPM / "package.json").read_bytes())["dependencies"]
    locked = {name: PACKAGES[f"node_modules/{name}"]["version"] for name in asked}
    assert asked == locked


def test_no_npm(tmp_path: Path) -> None:
    done = install(tmp_path)
    assert done.returncode == 0
    assert "npm is not here" in done.stdout


def test_nothing_is_done_twice(tmp_path: Path) -> None:
    assert "installing" in install(tmp_path, "exit 0").stdout
    assert install(tmp_path, "exit 0").stdout == ""
    assert (tmp_path / "npm/node_modules/log").read_text("utf-8").count("npm ci ") == 1


@pytest.mark.parametrize("words", ["npm error code ECONNREFUSED", "npm ERR! code EINTEGRITY"])
def test_npm_fails(words: str, tmp_path: Path) -> None:
    done = install(tmp_path, f"echo '{words}'; exit 1")
    assert done.returncode == 1
    assert done.stderr.startswith(f"{words}\nerror: npm failed with the words above")
    assert not (tmp_path / "npm/node_modules/.installed").exists()
