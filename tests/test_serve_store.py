"""`iec63119 serve` with a store: killed at any moment it goes on as if it had not been; what it
cannot use it says in one line.
"""

import json
import os
import re
import resource
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Final

import pytest

from refimpl.endpoint import RoamingEndpoint
from refimpl.play.example import NETWORK
from refimpl.security.pki_files import write
from refimpl.tls.store import Store
from refimpl.vocabulary import Phase
from tests.killing import HOME, Visited, go_through, home_csp
from tests.live import endpoint, pki_with
from tests.programs import command, on

pytestmark = pytest.mark.slow

SEED: Final = int(os.environ.get("SEED", "1"))
VERSION: Final = "0.1.0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network file and the keys for it."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "network.json").write_bytes(NETWORK.model_dump_json(exclude_none=True).encode())
    write(pki_with(), folder / "pki")
    return folder


def kept(path: Path) -> RoamingEndpoint:
    """The endpoint that a store gives."""
    store = Store(path, VERSION)
    rep = store.resume(endpoint(HOME))
    store.close(rep)
    return rep


def check_all_there(rep: RoamingEndpoint, services: int) -> None:
    """Every service is there once, with its record, which counts once."""
    records = [one.record.record_id for one in rep.sessions.values() if one.record]
    assert sorted(records) == sorted(f"record-{number}" for number in range(services))
    assert {one.phase for one in rep.sessions.values()} == {Phase.RECORDED}
    assert len(rep.sessions) == len(rep.ledger.ids) == services


def kill_often(desk: Path, path: Path, services: int, kills: int) -> int:
    """Go through so many services and kills, see that all is there, and say how many kills
    there were.
    """
    begun = time.monotonic()
    visited = go_through(desk, path, services, kills, SEED)
    check_all_there(kept(path), services)
    spent = time.monotonic() - begun
    print(f"\nseed {SEED}: {services} services in {spent:.0f} s, {dict(visited.counts)}")
    return visited.counts["kills"]


def test_twenty_kills(desk: Path, tmp_path: Path) -> None:
    assert kill_often(desk, tmp_path / "alba.store", services=60, kills=20) == 20


@pytest.mark.soak
def test_two_hundred_kills(desk: Path, tmp_path: Path) -> None:
    assert kill_often(desk, tmp_path / "alba.store", services=500, kills=200) == 200


# --- What it says -----------------------------------------------------------------------------


def serve(desk: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return command("serve", *on(HOME), "--seconds", "0", *more, cwd=desk)


def test_it_says_where(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".local" / "state" / "iec63119" / "csp-alba.store"
    assert serve(desk).stdout.endswith(f"  {path}\n")
    assert json.loads(serve(desk, "--json").stdout.splitlines()[0])["store"] == str(path)
    assert kept(path).entity_id == HOME
    before = path.read_bytes()
    assert serve(desk, "--memory").stdout.endswith("  memory\n")
    assert path.read_bytes() == before


def test_a_second_process_is_told(desk: Path, tmp_path: Path) -> None:
    with home_csp(desk, tmp_path / "alba.store"):
        done = serve(desk, "--store", str(tmp_path / "alba.store"))
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"iec63119: STO-2: .*; end that one, or name another.*\n", done.stderr)


def test_a_file_of_another(desk: Path, tmp_path: Path) -> None:
    for path in (tmp_path, desk / "network.json", desk / "pki", tmp_path / ("x" * 300)):
        done = serve(desk, "--store", str(path))
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(r"iec63119: STO-[13]: .*; name .* --store.*\n", done.stderr)


def test_a_full_disk(desk: Path, tmp_path: Path) -> None:
    """What could not be kept is not answered, and the end is in good order."""
    path, visited = tmp_path / "alba.store", Visited(500, Random(SEED))
    with home_csp(desk, path) as (process, port):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (300_000, 300_000))
        while process.poll() is None:
            visited.talk(port, 500)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (2, "")
    told = [json.loads(line) for line in out.splitlines()][-1]  # one object a line
    assert (told["rule"], told["where"]) == ("STO-1", f"{path}: the disk does not take it")
    assert told["way_out"].startswith("see that there is room")
    assert 50 < len(visited.answers) < 1_000
    with home_csp(desk, path) as (process, port):
        while any(visited.left):
            visited.talk(port, 1000)
        process.terminate()
        assert process.wait(60) == 0
    check_all_there(kept(path), 500)
