"""The store of an endpoint: what was kept comes again, whenever it ends; and what is not its own
is left as it is.
"""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint, receive
from refimpl.endpoint.calls import Call, make_again
from refimpl.errors import Misuse, Untrusted
from refimpl.play.example import NETWORK
from refimpl.security.pki import roaming_pki
from refimpl.shapes import canonical_bytes
from refimpl.tls import store as module
from refimpl.tls.keeping import KeptEndpoint
from refimpl.tls.replay_memory import ReplayMemory
from refimpl.tls.store import Store, read_envelope
from refimpl.vocabulary import Phase
from tests.live import NOW as LIVE_NOW
from tests.live import credentials, endpoint, endpoint_thread
from tests.test_endpoint_snapshot import course, journal
from tests.world import EMAID, NOON, envelope, service_in

HOME: Final = "csp-alba"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "alba.store"


def opened(path: Path, fresh: RoamingEndpoint, version: str = "1") -> RoamingEndpoint:
    """What a store gives when it is opened again, and closed in good order."""
    store = Store(path, version)
    rep = store.resume(fresh)
    store.close(rep)
    return rep


def as_killed(path: Path) -> Path:
    """The files of a store as they lie there now, as after a kill."""
    folder = path.parent / "killed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        if (path.parent / name).exists():
            shutil.copy(path.parent / name, folder / name)
    return folder / path.name


class Running:
    """A store and its endpoint, which hears one question after the other."""

    def __init__(self, path: Path, version: str = "1", name: str = HOME) -> None:
        self.store = Store(path, version)
        self.rep = self.store.resume(endpoint(name))
        self.count = len(self.rep.sessions)

    def hear(self, number: int = 1) -> "Running":
        """Hear so many new questions, each in a turn of its own."""
        for _ in range(number):
            self.count += 1
            name = f"service-{self.count}"
            asked = envelope(correlation_id=name, request_id=f"m-{self.count}")
            outcome = receive(self.rep, asked, peer="cso-elm", now=NOON, new_id=str)
            assert outcome.rep is not self.rep
            self.rep = outcome.rep
            self.store.keep(Call("receive", "cso-elm", canonical_bytes(asked), NOON))
            self.store.commit(self.rep)
        return self

    def close(self) -> None:
        self.store.close(self.rep)

    def end_abruptly(self) -> None:
        """Let go of the file as a process does that is killed."""
        self.store._database.close()


# --- What was kept comes again ----------------------------------------------------------------


def test_a_new_store(path: Path) -> None:
    assert opened(path, endpoint(HOME)) == endpoint(HOME)
    assert opened(path, endpoint(HOME)) == endpoint(HOME)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_closed_and_opened(path: Path) -> None:
    running = Running(path).hear(5)
    running.close()
    assert opened(path, endpoint(HOME)) == running.rep


def test_a_pipe_is_no_store(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Misuse, match="is no store"):
        Store(tmp_path / "pipe", "1")


def test_every_file_is_private(path: Path) -> None:
    running = Running(path).hear(5)
    files = list(path.parent.iterdir())
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    running.close()


def test_killed_and_opened(path: Path) -> None:
    running = Running(path)
    for _ in range(5):
        running.hear()
        assert opened(as_killed(path), endpoint(HOME)) == running.rep
    running.close()


def test_what_was_not_committed_is_not_there(path: Path) -> None:
    running = Running(path).hear(2)
    asked = envelope(correlation_id="service-3", request_id="m-3")
    running.store.keep(Call("receive", "cso-elm", canonical_bytes(asked), NOON))
    assert opened(as_killed(path), endpoint(HOME)) == running.rep
    running.close()


@pytest.mark.parametrize("seed", range(6))
def test_killed_in_a_random_course(
    path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshots come and go while an endpoint does what it likes; killed at any call, it is
    there again.
    """
    monkeypatch.setattr(module, "LEAST_CALLS", 7)
    dice = Random(seed)
    with journal() as kept:
        *_, world = course(seed, 150)
    name = max(kept.calls, key=lambda one: len(kept.calls[one]))
    first = kept.first[name]
    store = Store(path, "1")
    rep = store.resume(first)
    for call in kept.calls[name]:
        rep = make_again(rep, call, read_envelope).rep
        store.keep(call)
        if dice.random() < 0.7:
            store.commit(rep)
            if dice.random() < 0.2:
                assert opened(as_killed(path), first) == rep
        if dice.random() < 0.05:
            store.close(rep)
            store = Store(path, "1")
            assert store.resume(first) == rep
    store.close(rep)
    assert rep == world.reps[name]
    assert opened(path, first) == rep


def test_calls_make_room_for_snapshots(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_CALLS", 10)
    running = Running(path)
    for _ in range(100):
        running.hear()
        if running.store._coming:
            running.store._coming.result()
    found = running.store._database.execute("SELECT count(*) FROM calls").fetchone()
    assert found[0] <= 11
    assert opened(as_killed(path), endpoint(HOME)) == running.rep
    running.close()


def test_another_set_up(path: Path) -> None:
    """The calls are made again as things were, and then the new set-up holds."""
    running = Running(path).hear(3)
    running.end_abruptly()
    fresh = RoamingEndpoint(HOME, running.rep.network, load("2025"), "hybrid")
    rep = opened(path, fresh)
    assert rep == replace(
        running.rep, mode="hybrid", contracts=fresh.contracts, evses=fresh.evses
    )
    assert opened(path, endpoint(HOME)) == running.rep


# --- What was accepted, and CRLs --------------------------------------------------------------


def kept_endpoint(path: Path, memory: ReplayMemory) -> KeptEndpoint:
    return KeptEndpoint(endpoint(HOME), str, memory, Store(path, "1"))


def test_no_replay_after_a_kill(path: Path) -> None:
    """What was accepted before a kill was accepted, and what was served was served."""
    memory = ReplayMemory()
    kept = kept_endpoint(path, memory)
    asked, hop, until = envelope(), ("cso-elm", "m-1"), int(NOON.timestamp()) + 300
    for name in ("m-1", "m-2"):
        memory.accept(("cso-elm", name), ("cso-elm", name), until, NOON)
    kept.receive(asked, "cso-elm", NOON)
    kept.commit()
    again = ReplayMemory()
    kept_endpoint(as_killed(path), again).close()
    assert len(again) == 2
    for name, served in (("m-1", True), ("m-2", False)):
        replay_id = "cso-elm", name
        assert again.came_elsewhere(replay_id, replay_id) == served
        assert again.came_elsewhere(replay_id, (*hop[:1], "m-9"))
    kept.close()


def test_what_counts_no_more_is_let_go_of(path: Path) -> None:
    seconds = [0.0]
    memory = ReplayMemory(lambda: seconds[0])
    kept = kept_endpoint(path, memory)
    memory.accept(("cso-elm", "m-1"), ("cso-elm", "m-1"), 1, NOON)
    kept.commit()
    seconds[0] = 1_000
    memory.accept(("cso-elm", "m-2"), ("cso-elm", "m-2"), 10**10, NOON)
    kept.commit()
    kept.close()
    again = ReplayMemory()
    kept_endpoint(path, again).close()
    assert len(again) == 1


def test_no_older_crl_after_a_restart(path: Path) -> None:
    """The number of a CRL never goes back, whatever happens to the process or the folder."""
    kept = kept_endpoint(path, ReplayMemory())
    moments = LIVE_NOW, LIVE_NOW + timedelta(hours=1)
    older, later = (
        credentials(HOME, pki=roaming_pki(NETWORK, seed=b"a test", now=now)) for now in moments
    )
    kept.check_crls(later)
    again = kept_endpoint(as_killed(path), ReplayMemory())
    again.check_crls(later)
    with pytest.raises(Untrusted, match="CRT-20"):
        again.check_crls(older)
    again.close()
    kept.close()


# --- Another version, another edition ---------------------------------------------------------


def test_a_later_version_reads_the_snapshot(path: Path) -> None:
    running = Running(path).hear(3)
    running.close()
    assert opened(path, endpoint(HOME), "2") == running.rep


def test_a_later_version_plays_no_old_calls(path: Path) -> None:
    running = Running(path).hear(3)
    running.end_abruptly()
    before = path.read_bytes()
    with pytest.raises(Misuse, match="closed in good order, and is of version 1") as caught:
        opened(path, endpoint(HOME), "2")
    assert caught.value.__notes__[0].startswith("start it once with version 1")
    assert path.read_bytes() == before
    assert opened(path, endpoint(HOME), "1") == running.rep
    assert opened(path, endpoint(HOME), "2") == running.rep


def test_calls_are_made_again_under_their_edition(path: Path) -> None:
    running = Running(path).hear(3)
    running.end_abruptly()
    assert opened(path, endpoint(HOME, "2019")).sessions == running.rep.sessions


def test_an_edition_that_is_not_there_any_more(path: Path) -> None:
    mine = replace(load("2025"), title="An amendment of mine")
    store = Store(path, "1")
    fresh = replace(endpoint(HOME), edition=mine)
    rep = store.resume(fresh)
    store.keep(Call("receive", "cso-elm", canonical_bytes(envelope()), NOON))
    store.commit(rep)
    store._database.close()
    with pytest.raises(Misuse, match="is of edition 2025 as it was"):
        opened(path, endpoint(HOME))
    assert len(opened(path, fresh).sessions) == 1


# --- Files that are not to be touched ---------------------------------------------------------


def refused(path: Path, name: str = HOME) -> Misuse:
    """Why a store is not opened; nothing beside it changes."""
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(Misuse) as caught:
        opened(path, endpoint(name))
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before
    assert caught.value.__notes__
    return caught.value


def other_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE mine (it TEXT)")
    database.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_text("Dear diary,\n" * 50),
        lambda path: path.write_bytes(b""),
        other_database,
    ],
    ids=["text", "empty", "another database"],
)
def test_a_foreign_file(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "file"
    make(path)
    assert refused(path).rule_id == "STO-3"


def test_the_store_of_another_entity(path: Path) -> None:
    running = Running(path).hear(3)
    running.close()
    error = refused(path, "cso-elm")
    assert (error.rule_id, "of csp-alba" in error.where) == ("STO-3", True)


def test_a_later_form(path: Path) -> None:
    opened(path, endpoint(HOME))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    assert refused(path).rule_id == "STO-4"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misuse, match="STO-1") as caught:
        Store(tmp_path / "file" / "alba.store", "1")
    assert caught.value.__notes__
    with pytest.raises(Misuse, match="STO-1"):
        Store(tmp_path, "1")


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_file(path: Path, seed: int) -> None:
    """A byte that is not as it was is found, or does no harm."""
    running = Running(path).hear(40)
    running.close()
    good, dice, found = path.read_bytes(), Random(seed), 0
    for _ in range(40):
        bad = bytearray(good)
        place = dice.randrange(len(bad))
        bad[place] ^= 1 << dice.randrange(8)
        path.write_bytes(bad)
        error = refusal_of(path, running.rep)
        if error is not None:
            assert error.rule_id in {"STO-3", "STO-4"}
            assert path.read_bytes() == bad
            found += 1
    assert found > 10
    path.write_bytes(good[: len(good) // 2])
    assert refused(path).rule_id == "STO-3"


def refusal_of(path: Path, rep: RoamingEndpoint) -> Misuse | None:
    """Why a store is not opened, or None where it gives this endpoint."""
    try:
        assert opened(path, endpoint(HOME)) == rep
    except Misuse as error:
        return error
    return None


def test_damaged_calls(path: Path) -> None:
    """Calls are made again one after the other, or none is."""
    running = Running(path).hear(9)
    running.store._database.execute("DELETE FROM calls WHERE number = 4")
    running.end_abruptly()
    assert refused(path).rule_id == "STO-3"


HOLDING: Final = """
import sys
from pathlib import Path
from refimpl.tls.store import Store, read_envelope
from refimpl.vocabulary import Phase
from tests.live import NOW as LIVE_NOW
from tests.live import credentials, endpoint, endpoint_thread
store = Store(Path(sys.argv[1]), "1")
store.resume(endpoint("csp-alba"))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(path: Path) -> Iterator[Any]:
    """Another process that holds the store."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_one_process(path: Path, holder: Any) -> None:
    with pytest.raises(Misuse, match="STO-2") as caught:
        Store(path, "1")
    assert caught.value.__notes__
    holder.kill()
    holder.wait()
    assert opened(path, endpoint(HOME)) == endpoint(HOME)


# --- A disk that is full ----------------------------------------------------------------------


def test_a_full_disk(path: Path) -> None:
    """What could not be written is not kept, and what was written before is."""
    running = Running(path).hear(5)
    pages = running.store._database.execute("PRAGMA page_count").fetchone()[0]
    running.store._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Misuse, match="STO-1") as caught:
        running.hear(500)
    assert "room" in caught.value.__notes__[0]
    running.close()
    rep = opened(path, endpoint(HOME))
    assert len(rep.sessions) == running.count - 1
    assert rep.sessions.keys() < running.rep.sessions.keys()


# --- What is let go of ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [HOME, "house-north"])
def test_no_trace_of_what_is_let_go_of(path: Path, name: str) -> None:
    """A day after a no, the EMAID stands in no file of the store: neither at the home-CSP nor
    at the clearing house that passed the question on.
    """
    fresh = replace(endpoint(name, mode="clearing-house"), contracts=HashTrieMap())
    store = Store(path, "1")
    kept = KeptEndpoint(fresh, map("m-{}".format, count(1000)).__next__, ReplayMemory(), store)
    peer = "house-north" if name == HOME else "cso-elm"
    text = EMAID.encode()
    for number in range(200):
        asked = {"correlation_id": f"s-{number}", "request_id": f"r-{number}"}
        kept.receive(envelope(receiver=HOME, **asked), peer, NOON)
        kept.commit()
        if number == 100:
            store.want_snapshot()
    assert any(text in file.read_bytes() for file in path.parent.iterdir())
    kept.let_go(NOON + timedelta(days=1))
    kept.commit()
    assert any(text in file.read_bytes() for file in path.parent.iterdir())
    kept.let_go(NOON + timedelta(days=1, seconds=1))
    kept.commit()
    while store._coming:
        store._coming.result()
        kept.commit()
    assert not any(text in file.read_bytes() for file in path.parent.iterdir())
    assert not any(text in file.read_bytes() for file in as_killed(path).parent.iterdir())
    kept.close()


# --- A live endpoint --------------------------------------------------------------------------


def test_what_waited_is_said_again(path: Path) -> None:
    """What had no answer when an endpoint ended is said again once it is there again."""
    with endpoint_thread() as thread:
        away = thread.serve("cso-elm", store=Store(path, "1"))
        said = envelope().message
        thread.loop.call_soon_threadsafe(away.live.send_message, said, HOME, "service-1")
        thread.wait_until(lambda: len(away.live.rep.outbox) == 1)
    with endpoint_thread() as thread:
        home = thread.serve(HOME)
        addresses = {HOME: ("127.0.0.1", home.port)}
        back = thread.serve("cso-elm", store=Store(path, "1"), addresses=addresses)
        thread.wait_until(lambda: not back.live.rep.outbox, seconds=10)
        assert service_in(back.live.rep, "service-1").phase is Phase.GRANTED
