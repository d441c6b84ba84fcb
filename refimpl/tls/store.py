"""What a live endpoint must not lose, in a file: its calls, a snapshot now and then, and what
it has accepted.

Every call of the core that changes the endpoint is kept before what it sends leaves; `commit`
is once a turn.  When more calls lie behind the last snapshot than reading it takes, the next
one is worked out from the endpoint, which is a value, in a thread, and takes their place.
Read again, a store gives the snapshot and makes the calls again that lie behind it, as the
model and the edition did that they were made under.

What is no longer needed is overwritten, in the file and beside it.

Rules: STO-1 to STO-4.
"""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zlib import crc32

from pydantic import TypeAdapter

from refimpl.edition import Edition, load, published
from refimpl.endpoint import RoamingEndpoint
from refimpl.endpoint.calls import Call, make_again
from refimpl.endpoint.snapshot import Row, changed_rows, restore, rows_of, set_up_as, size_of
from refimpl.errors import Malformed, Misuse
from refimpl.messages import Envelope
from refimpl.tls.message_protection import ProtectedEnvelope
from refimpl.tls.replay_memory import Accepted, ReplayId
from refimpl.tls.store_file import damaged, foreign, open_file, refusal
from refimpl.wire import decode

LEAST_CALLS: Final = 1_000
"""How many calls lie behind a snapshot before the next is due, at the least."""
SHARE: Final = 20
"""A snapshot is due, too, when there is a call for every so many of its rows: to look through
them all costs a microsecond each.
"""
STAMP, ACCEPTED, CRLS = "stamp", "accepted", "crls"
"""The tables in which stands what is no part of the endpoint."""
NOT_AS_WRITTEN: Final = AttributeError, RecursionError, TypeError, ValueError
"""What is raised for a call or stamp that no store has written, whatever its checksum says."""
BREATH, PAUSE = 20, 0.0001
"""After how many rows the thread that writes them pauses, and for how many seconds."""
INSERT_CALL: Final = "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
INSERT_ROW: Final = "INSERT OR REPLACE INTO state VALUES (?, ?, ?, ?)"
DELETE_ROW: Final = 'DELETE FROM state WHERE "table" = ? AND key = ?'


class Stamp(NamedTuple):
    """What a snapshot is of: whose endpoint, by which version of the model, under which edition
    with which rows, and behind which call.
    """

    entity: str
    version: str
    edition: str
    digest: str
    behind: int


STAMPS: Final = TypeAdapter(Stamp)


class Snapshot(NamedTuple):
    """What has changed since the snapshot before, and the endpoint and call it leads to."""

    changed: list[Row]
    rep: RoamingEndpoint
    behind: int


def read_envelope(text: str) -> Envelope:
    """Read an envelope that was kept, opened or not; raises as `decode` does."""
    raw = text.encode()
    try:
        return decode(raw)
    except Malformed:
        return decode(raw, ProtectedEnvelope)


def digest(edition: Edition) -> str:
    """A text that tells the rows of an edition from others."""
    return sha256(repr(edition).encode()).hexdigest()


def checksum(*parts: object) -> int:
    """A number that tells a row from another; it finds damage, not malice."""
    return crc32("\0".join(map(str, parts)).encode())


class Store:
    """The store of an endpoint in a file that this process holds: `resume` the endpoint, `keep`
    each call, `commit` once a turn, and `close` it; `counts` are of calls, commits and
    snapshots.

    Each of them raises `Misuse`: STO-1 where the file cannot be written, as on a full disk,
    and STO-3 where it is damaged.
    """

    def __init__(self, path: Path, version: str) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        self._version = version
        self._database = open_file(path)
        self._worker = ThreadPoolExecutor(1, "snapshot")
        self._coming: Future[Snapshot] | None = None
        self._new: list[Call] = []
        self._aside: list[Row] = []
        self._accepted: list[Accepted] = []
        self._crl_numbers: dict[str, int] = {}
        self._number = 0
        self._failed = False
        self._wanted = False

    # --- reading ------------------------------------------------------------------------------

    def resume(self, fresh: RoamingEndpoint) -> RoamingEndpoint:
        """The endpoint as it was kept, set up as a fresh one is; or the fresh one, where none
        was kept.

        Raises `Misuse` besides: STO-3 for the store of another entity, STO-4 where calls would
        have to be made again by another version or under another edition.
        """
        try:
            return self._resume(fresh)
        except BaseException:
            self._database.close()
            raise

    def _resume(self, fresh: RoamingEndpoint) -> RoamingEndpoint:
        rows = list(self._read_rows())
        try:
            stamp = _stamp_of(rows)
            self._read_aside(rows)
        except NOT_AS_WRITTEN as error:
            raise damaged(self.path) from error
        self._edition = fresh.edition.id, digest(fresh.edition)
        if stamp is None:
            self._taken = Snapshot([], fresh, 0)
            self._write(self._snapshot(rows_of(fresh), fresh, 0))
            return fresh
        rep = set_up_as(self._read_endpoint(stamp, rows, fresh), fresh)
        self._write(self._next_snapshot(rep, self._number))
        return rep

    def _read_endpoint(
        self, stamp: Stamp, rows: Iterable[Row], fresh: RoamingEndpoint
    ) -> RoamingEndpoint:
        """Read the snapshot and make the calls again that lie behind it."""
        if stamp.entity != fresh.entity_id:
            raise foreign(self.path, f"is the store of {stamp.entity}")
        calls = list(self._read_calls(stamp.behind))
        edition = self._edition_then(stamp, fresh.edition) if calls else fresh.edition
        held = [row for row in rows if row.table not in (STAMP, ACCEPTED, CRLS)]
        try:
            rep = restore(stamp.entity, edition, held, read_envelope)
            self._taken = Snapshot([], rep, stamp.behind)
            for call in calls:
                rep = make_again(rep, call, read_envelope).rep
        except Misuse as error:
            raise foreign(self.path, f"is not to be read: {error}", error.rule_id) from error
        self._number = stamp.behind + len(calls)
        return rep

    def _read_rows(self) -> Iterator[Row]:
        for *parts, total in self._read("SELECT * FROM state"):
            if checksum(*parts) != total:
                raise damaged(self.path)
            yield Row(*parts)

    def _read_calls(self, behind: int) -> Iterator[Call]:
        """Read the calls behind a snapshot, each of which has the number after the last."""
        found = self._read("SELECT * FROM calls ORDER BY number")
        for expected, (*parts, total) in enumerate(found, behind + 1):
            if checksum(*parts) != total or parts[0] != expected:
                raise damaged(self.path)
            try:
                yield _call_of(*parts[1:])
            except NOT_AS_WRITTEN as error:
                raise damaged(self.path) from error

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with self._refusing():
            return self._database.execute(query).fetchall()

    def _read_aside(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.table == ACCEPTED:
                issuer, name = json.loads(row.key)
                peer, request_id, until = json.loads(row.value)
                self._accepted.append(Accepted((issuer, name), (peer, request_id), until))
            elif row.table == CRLS:
                self._crl_numbers[row.key] = int(row.value)

    def accepted(self) -> Iterable[Accepted]:
        """The protected messages that were accepted before, once the endpoint is resumed."""
        return tuple(self._accepted)

    def crl_numbers(self) -> Mapping[str, int]:
        """The highest number of a CRL that each authority is known to have issued."""
        return MappingProxyType(self._crl_numbers)

    def _edition_then(self, stamp: Stamp, given: Edition) -> Edition:
        """The edition under which calls were made that are to be made again."""
        if stamp.version != self._version:
            raise _unfinished(self.path, f"version {stamp.version}")
        for edition in (given, *map(load, published())):
            if (edition.id, digest(edition)) == (stamp.edition, stamp.digest):
                return edition
        raise _unfinished(self.path, f"edition {stamp.edition} as it was")

    # --- writing ------------------------------------------------------------------------------

    def keep(self, call: Call) -> None:
        """Keep one call with the next commit."""
        self._new.append(call)

    def keep_accepted(self, new: Mapping[ReplayId, Accepted | None]) -> None:
        """Keep with the next commit which messages were accepted, and forget which were."""
        for replay_id, found in new.items():
            value = json.dumps([*found.hop, found.until]) if found else ""
            self._aside.append(Row(ACCEPTED, json.dumps(replay_id), value))

    def keep_crl_numbers(self, numbers: Mapping[str, int]) -> None:
        """Keep with the next commit the highest numbers of CRLs."""
        for signer, number in numbers.items():
            if self._crl_numbers.get(signer) != number:
                self._crl_numbers[signer] = number
                self._aside.append(Row(CRLS, signer, str(number)))

    def commit(self, rep: RoamingEndpoint) -> None:
        """Write down the calls that led to this endpoint; what they send may leave then."""
        coming = self._coming
        if coming is not None and coming.done():
            self._write(coming.result())
            self._coming = coming = None
        elif self._new or self._aside:
            self._write()
        if coming is None and self._is_due(rep):
            self._wanted = False
            self._coming = self._worker.submit(self._next_snapshot, rep, self._number)

    def want_snapshot(self) -> None:
        """Have the next snapshot now, for what has been let go of still stands in the calls."""
        self._wanted = self._number + len(self._new) > self._taken.behind

    def _is_due(self, rep: RoamingEndpoint) -> bool:
        many = self._number - self._taken.behind
        return self._wanted or (many >= LEAST_CALLS and many >= size_of(rep) // SHARE)

    def close(self, rep: RoamingEndpoint) -> None:
        """Write down what has not been, with a snapshot, and let go of the file; where writing
        has failed before, the file stays as it is.
        """
        self._worker.shutdown()
        try:
            if not self._failed:
                number = self._number + len(self._new)
                self._write(self._next_snapshot(rep, number))
        finally:
            self._database.close()

    def _next_snapshot(self, rep: RoamingEndpoint, behind: int) -> Snapshot:
        """Work out what has changed; it takes long, and what it looks at stays as it is."""
        rows = _taking_breath(changed_rows(self._taken.rep, rep))
        return self._snapshot(rows, rep, behind)

    def _snapshot(self, rows: Iterable[Row], rep: RoamingEndpoint, behind: int) -> Snapshot:
        stamp = Stamp(rep.entity_id, self._version, *self._edition, behind)
        return Snapshot([Row(STAMP, "", json.dumps(stamp)), *rows], rep, behind)

    def _write(self, snapshot: Snapshot | None = None) -> None:
        """Write down the new calls, and a snapshot in the place of those that led to it, both
        or neither.
        """
        calls = [
            _with_checksum(number, *_written(call))
            for number, call in enumerate(self._new, self._number + 1)
        ]
        with self._writing():
            self._database.executemany(INSERT_CALL, calls)
            self._update(self._aside)
            if snapshot is not None:
                self._take(snapshot)
        self.counts.update(kept_calls=len(calls), commits=1, snapshots=snapshot is not None)
        self._number += len(calls)
        self._new.clear()
        self._aside.clear()
        if snapshot is not None:
            self._taken = snapshot
            with self._refusing():
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _take(self, snapshot: Snapshot) -> None:
        """Bring the rows up to a snapshot, and let go of the calls that led to it."""
        self._update(snapshot.changed)
        self._database.execute("DELETE FROM calls WHERE number <= ?", (snapshot.behind,))

    def _update(self, rows: Iterable[Row]) -> None:
        changed, gone = [], []
        for row in rows:
            if row.value:
                changed.append(_with_checksum(*row))
            else:
                gone.append((row.table, row.key))
        self._database.executemany(DELETE_ROW, gone)
        self._database.executemany(INSERT_ROW, changed)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction, written whole or not at all."""
        with self._refusing():
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Raise what SQLite has against it as a `Misuse`; nothing is written from then on."""
        try:
            yield
        except (sqlite3.Error, UnicodeError) as error:
            self._failed = True
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise refusal(self.path, error) from error


def _taking_breath(rows: Iterable[Row]) -> Iterator[Row]:
    """Give the thread of the loop its turn now and then, which else waits for each step."""
    for number, row in enumerate(rows):
        if number % BREATH == 0:
            time.sleep(PAUSE)
        yield row


# --- How calls and stamps are written ---------------------------------------------------------


def _with_checksum(*parts: str | int) -> tuple[str | int, ...]:
    return *parts, checksum(*parts)


def _written(call: Call) -> tuple[str, ...]:
    ids, error = json.dumps(call.ids), json.dumps(call.error)
    return call.what, call.peer, call.raw.decode(), call.now.isoformat(), ids, error


def _call_of(what: str, peer: str, raw: str, now: str, ids: str, error: str) -> Call:
    rule, where = json.loads(error)
    moment = datetime.fromisoformat(now).astimezone(UTC)
    return Call(what, peer, raw.encode(), moment, tuple(json.loads(ids)), (rule, where))


def _stamp_of(rows: Iterable[Row]) -> Stamp | None:
    for row in rows:
        if row.table == STAMP:
            return STAMPS.validate_json(row.value)
    return None  # a file just made


def _unfinished(path: Path, then: str) -> Misuse:
    """That calls wait to be made again by what is not here now."""
    error = Misuse("STO-4", f"{path} was not closed in good order, and is of {then}")
    error.add_note(
        f"start it once with {then}, which closes it, or name another file with --store"
    )
    return error
