"""A roaming endpoint on real connections: it accepts channels, opens its own, and says again
what was not answered.

A request goes out on a channel that the endpoint opened itself, and its answer comes back on
the same one: a peer gets its answer where it asked.  The endpoint in the middle is the
one of the core, and everything that happens is a call of `receive`, `send` or `remind`, between
what `message_protection` opens and what it protects.

Peers are heard in fair turns, strangers all together in one.  What comes of a round of turns
leaves together.

There is no log.  What was found wrong is a `Note`, handed to the caller, with a rule and a
place; it holds no key, no EMAID and no word that a stranger chose.  How often anything happened
stands in `counts`.

Rules: TLS-11 to TLS-14, and those of the channel.
"""

import asyncio
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from refimpl.endpoint import RETRY_AFTER, Outcome, RoamingEndpoint, next_due
from refimpl.errors import Misuse, RoamingError, Untrusted
from refimpl.messages import ANSWER_KINDS, Said
from refimpl.tls.channel import CHUNK, Channel, Credentials
from refimpl.tls.connection import Connection
from refimpl.tls.keeping import KeptEndpoint
from refimpl.tls.limits import Limits
from refimpl.tls.message_protection import ROOM, MessageProtection
from refimpl.tls.peers import STRANGER, Leaving, Peers
from refimpl.tls.store import Store
from refimpl.tls.turns import Turns
from refimpl.wire import MAX_BYTES

PUNCTUAL: Final = 0.01
"""How many seconds a reminder may be late; two clocks tell when it is due, and they differ a
little.
"""


@dataclass(frozen=True, slots=True)
class Note:
    """Something found wrong: when, with which peer as far as it is known, and which rule was
    broken where.
    """

    at: datetime
    peer: str
    error: RoamingError


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


def fresh_id() -> str:
    """An id that is new and cannot be guessed."""
    return f"m-{secrets.token_hex(12)}"


class LiveEndpoint:
    """A roaming endpoint that runs: `start` it, let it `send_message`, `renew_credentials`,
    and `stop` it.

    `addresses` are where its peers accept channels, by entity id: a host and a port.  `counts`
    are of connections, messages, notes, and limits that have bitten, by the name of the limit.
    Once it cannot be kept any more, `fault` says why, and it is `over`.
    """

    def __init__(  # noqa: PLR0913 - each of them is handed in: its parts, its bounds, the clock and the dice
        self,
        rep: RoamingEndpoint,
        credentials: Credentials,
        note: Callable[[Note], None],
        addresses: Mapping[str, tuple[str, int]] | None = None,
        *,
        protection: MessageProtection | None = None,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = fresh_id,
        store: Store | None = None,
    ) -> None:
        self._protection = protection or MessageProtection()
        room = ROOM[self._protection.level]
        rep = replace(rep, most_bytes=room.own, most_bytes_onward=room.onward)
        self._kept = KeptEndpoint(rep, new_id, self._protection.memory, store)
        self._kept.check_crls(credentials)
        self.addresses = dict(addresses or {})
        self.counts: Counter[str] = Counter()
        self.buffer = memoryview(bytearray(CHUNK))
        self._credentials = credentials
        self._note = note
        self._limits = limits or Limits()
        self._clock = clock
        self._peers = Peers(self._limits, self._note_error, self.count_limit)
        self._server: asyncio.Server | None = None
        self._calling: set[str] = set()
        self._opened: dict[str, Connection] = {}
        self._waiting: dict[str, list[bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = Turns(Connection.take_turn, self._settle, gathered=store is not None)
        self._sends: list[Leaving] = []
        self._reminder: asyncio.TimerHandle | None = None
        self.over = asyncio.Event()
        self.fault: Misuse | None = None

    @property
    def rep(self) -> RoamingEndpoint:
        """The endpoint as it stands now."""
        return self._kept.rep

    @property
    def open_connections(self) -> int:
        """How many connections there are now, of strangers too."""
        return len(self._peers)

    def figures(self) -> dict[str, int]:
        """Count what there is now beside what has happened: nothing in it is personal."""
        now = {
            "open_connections": self.open_connections,
            "services": len(self.rep.sessions),
            "waiting_messages": len(self.rep.outbox),
        }
        return now | dict(sorted((self.counts + Counter(self._kept.counts())).items()))

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Accept channels, and say again what has waited; the address at which to reach it."""
        self._schedule_reminder()
        loop = asyncio.get_running_loop()
        listening = socket.create_server((host, port))
        at_once = self._limits.accepted_at_once
        self._server = await loop.create_server(
            self._new_connection, sock=listening, backlog=at_once
        )
        listening.listen()  # more may wait in the system, for the loop takes so many in a row
        name: tuple[str, int] = listening.getsockname()[:2]
        return name

    def let_go(self) -> None:
        """Let go of what has served its purpose (PRV-8)."""
        self._kept.let_go(self._whole_second())
        self._settle()

    def look_at_own_keys(self) -> None:
        """Note why no peer will believe this endpoint, if its own keys do not count now."""
        try:
            self._credentials.trusted_card(self.rep.entity_id, self._clock())
        except RoamingError as error:
            self._note_error(self.rep.entity_id, error)

    async def stop(self) -> None:
        """End every channel in good order and accept no more."""
        if self._server is not None:
            self._server.close()
        if self._reminder is not None:
            self._reminder.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        self._turns.stop()
        ending = tuple(self._peers)
        for connection in ending:
            if connection.name == STRANGER:
                connection.abort()
            else:
                connection.end(farewell=self._limits.stop_seconds)
        await asyncio.gather(*(connection.closed for connection in ending))
        self._kept.close()

    def send_message(self, message: Said, receiver: str, correlation_id: str) -> None:
        """Let the endpoint say something of its own accord; raises as `endpoint.send` does."""
        now = self._whole_second()
        outcome = self._kept.send(message, receiver, correlation_id, now)
        self._apply_outcome(outcome, STRANGER)
        self._settle()

    def renew_credentials(self, credentials: Credentials) -> None:
        """Go on with other credentials, as after news of a revocation; whom they do not admit
        is turned away.  Raises `Untrusted` CRT-20 for a CRL that is older than one before.
        """
        self._kept.check_crls(credentials)
        self._credentials = credentials
        for connection in tuple(self._peers):
            try:
                if connection.channel.peer is not None:
                    self._admit_again(connection)
            except RoamingError as error:
                connection.end(error)

    def fetch_credentials(self, news: Callable[[], Credentials]) -> None:
        """Go on with credentials that have to be fetched first; if they cannot be, the old ones
        stay.
        """
        try:
            self.renew_credentials(news())
        except RoamingError as error:
            self._note_error(STRANGER, error)

    def _admit_again(self, connection: Connection) -> None:
        """Make sure that a peer would be taken on now: its handshake may have been long ago, or
        under other CRLs (TLS-5).
        """
        self._credentials.admit_peer(
            connection.channel.chain, connection.channel.purpose, self._clock()
        )

    # --- connections --------------------------------------------------------------------------

    def _new_connection(self) -> Connection:
        channel = Channel(self._credentials, accepting=True)
        return Connection(channel, self, self._clock, self._limits)

    async def _open_channel(self, peer: str) -> None:
        """Open a channel to a peer, for what waits for it."""
        try:
            if peer not in self.addresses:
                raise Untrusted("TLS-14", f"{peer} has no address")
            channel = Channel(self._credentials, accepting=False, expected=peer)
            connection = Connection(channel, self, self._clock, self._limits, called=peer)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(self._limits.handshake_seconds):
                await loop.create_connection(lambda: connection, *self.addresses[peer])
        except RoamingError as error:
            self._note_error(peer, error)
            self._end_call(peer)
        except OSError as error:
            where = f"{peer} does not accept: {type(error).__name__}"
            self._note_error(peer, Untrusted("TLS-14", where))
            self._end_call(peer)

    def _end_call(self, peer: str) -> None:
        self._waiting.pop(peer, None)
        self._calling.discard(peer)

    def connected(self, connection: Connection) -> None:
        """Count a new connection; where there are too many strangers, one makes room."""
        self.counts["connections"] += 1
        self._peers.add(connection)

    def wants_turn(self, connection: Connection) -> None:
        """Let a connection have a turn among those of its peer, or of strangers."""
        self._turns.ask(connection.name, connection)

    def admitted(self, connection: Connection) -> None:
        """Know the peer of a connection from now on; raises `Untrusted` TLS-11 for one that has
        all its connections, and as `Credentials.admit_peer` does.
        """
        self._admit_again(connection)
        name = connection.channel.peer_id
        if connection.name == name:
            self._opened[name] = connection
            for raw in self._waiting.pop(name, ()):
                connection.send_frame(raw)
            return connection.flush()
        self._peers.recognise(connection, name)
        return None

    def ended(self, connection: Connection, error: RoamingError | None) -> None:
        """Forget a connection, and note how it ended; of a crowd there is a note already."""
        self._peers.remove(connection)
        if error is not None and error.rule_id != "TLS-11":
            self._note_error(connection.name or connection.channel.peer_id, error)
        if connection.is_called:
            self._end_call(connection.name)
            if self._opened.get(connection.name) is connection:
                del self._opened[connection.name]

    def count_limit(self, name: str) -> None:
        """Count that a limit has bitten."""
        self.counts[name] += 1

    # --- messages -----------------------------------------------------------------------------

    def receive_frame(self, connection: Connection, frame: bytes) -> None:
        """Let the endpoint receive what is in a frame; raises as `Credentials.admit_peer` and
        `wire.decode` do.
        """
        self._admit_again(connection)
        self.counts["frames_received"] += 1
        peer = connection.name
        envelope, now = self._protection.read_frame(frame), self._whole_second()
        if envelope.message.kind not in ANSWER_KINDS:
            self._peers.remember_question(connection, envelope.request_id)
        try:
            opened = self._protection.open_envelope(
                envelope, self.rep, peer, self._credentials, now
            )
        except RoamingError as error:
            outcome = self._kept.turn_away(envelope, error, peer, now)
        else:
            outcome = self._kept.receive(opened, peer, now)
        self._apply_outcome(outcome, peer)

    def _apply_outcome(self, outcome: Outcome, peer: str) -> None:
        for error in outcome.notes:
            self._note_error(peer, error)
        for one in outcome.sends:
            asked_on = self._peers.take_question(one.peer, one.envelope.request_id)
            self._sends.append(Leaving(one, peer, asked_on))

    def _settle(self) -> None:
        """Keep what came of a round of turns, and then send it, all that goes to one connection
        at once; what could not be kept does not leave.
        """
        said_on: dict[Connection, None] = {}
        kept = self._commit()
        while kept and self._sends:
            leaving, self._sends = self._sends, []
            for one in leaving:
                connection = self._send_envelope(one)
                if connection is not None:
                    said_on[connection] = None
            if self._sends:  # one that could not be said has let another be said
                kept = self._commit()
        for connection in said_on:
            connection.flush()
        self._schedule_reminder()

    def _commit(self) -> bool:
        """Keep what was heard and said; the first time that this fails the endpoint ends."""
        if self.fault is None:
            try:
                self._kept.commit()
            except Misuse as error:
                self.fault = error
                self.over.set()
        return self.fault is None

    def _send_envelope(self, leaving: Leaving) -> Connection | None:
        """Put an answer where it was asked, anything else on the channel that was opened."""
        envelope, peer = leaving.send.envelope, leaving.send.peer
        is_answer = envelope.message.kind in ANSWER_KINDS
        if is_answer and leaving.asked_on is None:
            return None  # the peer has hung up, and will ask again
        try:
            hops = (leaving.previous, self.rep.entity_id, peer)
            raw = self._protection.write_frame(
                envelope, hops, self._credentials, self._whole_second()
            )
            if len(raw) > MAX_BYTES:
                raise Misuse("TLS-9", f"a message of {len(raw)} bytes, at most {MAX_BYTES}")
        except Misuse as error:  # it would be too long whenever it is said
            outcome = self._kept.give_up(envelope, error, peer, self._whole_second())
            self._apply_outcome(outcome, peer)
            return None
        except RoamingError as error:  # whose receiver may be trusted again by and by
            self._note_error(peer, error)
            return None
        connection = leaving.asked_on if is_answer else self._opened.get(peer)
        if connection is None:
            self._send_later(peer, raw)
            return None
        self.counts["frames_sent"] += 1
        connection.send_frame(raw)
        return connection

    def _send_later(self, peer: str, raw: bytes) -> None:
        """Keep a frame until there is a channel to its peer, and open one."""
        waiting = self._waiting.setdefault(peer, [])
        if len(waiting) < self._limits.waiting_frames:
            waiting.append(raw)
        else:
            self.count_limit("waiting_frames")
        if peer not in self._calling:
            self._calling.add(peer)
            task = asyncio.create_task(self._open_channel(peer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _schedule_reminder(self) -> None:
        """Have the endpoint reminded in time; a clock that is put back puts nothing off."""
        if (due := next_due(self.rep)) is None:
            return
        loop = asyncio.get_running_loop()
        wait = min(due - self._clock(), RETRY_AFTER).total_seconds()
        when = loop.time() + max(0.0, wait)
        if self._reminder is not None:
            if self._reminder.when() <= when + PUNCTUAL:
                return
            self._reminder.cancel()
        self._reminder = loop.call_at(when, self._remind)

    def _remind(self) -> None:
        self._reminder = None
        self._apply_outcome(self._kept.remind(self._whole_second()), STRANGER)
        self._settle()

    def _note_error(self, peer: str, error: RoamingError) -> None:
        self.counts["notes"] += 1
        self._note(Note(self._clock(), peer, error))

    def _whole_second(self) -> datetime:
        return self._clock().replace(microsecond=0)
