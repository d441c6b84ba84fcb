"""The file of a store: made, opened, and held by one process.

It is an SQLite database that says in its head whose it is.  What is not a store, or not whole,
is refused before a byte of it is written.

Rules: STO-1 to STO-4.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from refimpl.errors import Misuse

APPLICATION: Final = int.from_bytes(b"6311")
"""What stands in the head of the file of a store; SQLite has a place for it."""
FORMAT: Final = 1
"""The form of the tables."""
HEAD: Final = 100
"""Bytes at the beginning of a database, with `APPLICATION` at the 68th and `FORMAT` at the
60th.
"""
TABLES: Final = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE state (
  "table" TEXT, key TEXT, value TEXT, sum INTEGER, PRIMARY KEY ("table", key)
) WITHOUT ROWID;
CREATE TABLE calls (
  number INTEGER PRIMARY KEY, what TEXT, peer TEXT, raw TEXT, now TEXT, ids TEXT, error TEXT,
  sum INTEGER
);
"""
SETTINGS: Final = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA secure_delete = ON;
PRAGMA synchronous = FULL;
PRAGMA temp_store = MEMORY;
PRAGMA journal_mode = WAL;
PRAGMA wal_autocheckpoint = 10000;
BEGIN EXCLUSIVE;
COMMIT;
"""
"""How the file is used; its log is brought home with each snapshot, and by SQLite itself only
where none comes for 10,000 pages.
"""
NOT_WRITTEN: Final = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk does not take it",
    sqlite3.SQLITE_PERM: "no permission",
    sqlite3.SQLITE_READONLY: "no permission",
}
"""What SQLite says of a file that is whole and cannot be written."""
ANOTHER: Final = "name another file with --store"


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file of a store, which is made where there is none, and hold it.

    Raises `Misuse`: STO-1 for one that cannot be made or opened, STO-2 for one that another
    process holds, STO-3 for one that is no store or is damaged, STO-4 for one of a later form.
    """
    with _refusals(path):
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(path)
        _check_head(path)
        path.chmod(0o600)
        database = _connect(path)
        try:
            database.executescript(SETTINGS)
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except BaseException:
            database.close()
            raise
    if found != "ok":
        database.close()
        raise damaged(path)
    return database


def _connect(path: Path) -> sqlite3.Connection:
    """Open a database that is there; transactions begin and end where that is said."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(
        uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False
    )


def _make(path: Path) -> None:
    """Make an empty store beside its place and put it there whole, unless there is one now."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with closing(_connect(beside)) as database:
            database.executescript(f"BEGIN; {TABLES} COMMIT;")
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _check_head(path: Path) -> None:
    if not (path.is_file() or path.is_dir()):  # a pipe would be waited for
        raise foreign(path, "is no store")
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    application, form = head[68:72], int.from_bytes(head[60:64])
    if head[:16] != b"SQLite format 3\0" or application != APPLICATION.to_bytes(4):
        raise foreign(path, "is no store")
    if form != FORMAT:
        raise foreign(path, f"has form {form}, and this version reads {FORMAT}", "STO-4")


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Say what the system or SQLite has against a file by a rule, and the way out."""
    try:
        yield
    except OSError as error:
        way_out = "name a file in a folder of your own with --store, or use --memory"
        cause = Misuse("STO-1", f"{path}: {error.strerror}")
        raise _with_way_out(cause, way_out) from error
    except (sqlite3.Error, UnicodeError) as error:
        raise refusal(path, error) from error


def refusal(path: Path, error: sqlite3.Error | UnicodeError) -> Misuse:
    """What an error of SQLite means for a store, with the way out; the words of the error may
    show what stands in the file.
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        held = Misuse("STO-2", f"{path} is held by another process")
        return _with_way_out(held, f"end that one, or {ANOTHER}")
    if code in NOT_WRITTEN:
        cannot = Misuse("STO-1", f"{path}: {NOT_WRITTEN[code]}")
        return _with_way_out(cannot, "see that there is room on its disk, and start again")
    return damaged(path)


def foreign(path: Path, why: str, rule: str = "STO-3") -> Misuse:
    """That a file is of another program, entity or version."""
    return _with_way_out(Misuse(rule, f"{path} {why}"), ANOTHER)


def damaged(path: Path) -> Misuse:
    """That a file is not whole."""
    return _with_way_out(
        Misuse("STO-3", f"{path} is damaged"), f"put a copy in its place, or {ANOTHER}"
    )


def _with_way_out(error: Misuse, way_out: str) -> Misuse:
    error.add_note(way_out)
    return error
