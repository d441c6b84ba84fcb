"""A roaming endpoint on real connections: it accepts channels, opens its own, and says again
what was not answered.

A request goes out on a channel that the endpoint opened itself, and its answer comes back on
the same one: a peer gets its answer where it asked.  The endpoint in the middle is the
one of the core, and everything that happens is a call of `receive`, `send` or `remind`, between
what `message_protection` opens and what it protects.

There is no log.  What was found wrong is a `Note`, handed to the caller, with a rule and a
place; it holds no key, no EMAID and no word that a stranger chose.

Rules: TLS-11 to TLS-14, and those of the channel.
"""

import asyncio
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from refimpl.endpoint import (
    Outcome,
    RoamingEndpoint,
    Send,
    next_due,
    receive,
    remind,
    send,
    turn_away,
)
from refimpl.errors import Misuse, RoamingError, Untrusted
from refimpl.messages import ANSWER_KINDS, Said
from refimpl.tls.channel import CHUNK, Channel, Credentials
from refimpl.tls.connection import Connection, Limits, Streams
from refimpl.tls.message_protection import MessageProtection
from refimpl.wire import MAX_BYTES

STRANGER: Final = ""
WAITING: Final = 64
"""Messages that wait for one connection to come about; what is beyond them is said again when
it is due (REP-5).
"""
PUNCTUAL: Final = 0.01
"""How many seconds a reminder may be late; two clocks tell when it is due, and they differ a
little.
"""
ASKED: Final = 10_000
"""Questions of peers that wait for our answer; the oldest is forgotten first, and asked again.
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

    `addresses` are where its peers accept channels, by entity id: a host and a port.
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
    ) -> None:
        self.rep = rep
        self.addresses = dict(addresses or {})
        self._credentials = credentials
        self._note = note
        self._protection = protection or MessageProtection()
        self._limits = limits or Limits()
        self._clock = clock
        self._new_id = new_id
        self._connections: dict[Connection, str] = {}
        self._asked: dict[tuple[str, str], Connection] = {}
        self._calling: set[str] = set()
        self._opened: dict[str, Connection] = {}
        self._waiting: dict[str, list[bytes]] = {}
        self._crowded: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reminder: asyncio.TimerHandle | None = None

    @property
    def open_connections(self) -> int:
        """How many connections there are now, of strangers too."""
        return len(self._connections)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Accept channels; the address at which others reach the endpoint."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=CHUNK)
        name: tuple[str, int] = self._server.sockets[0].getsockname()[:2]
        return name

    async def stop(self) -> None:
        """End every channel in good order and accept no more."""
        self._server.close()
        if self._reminder is not None:
            self._reminder.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def send_message(self, message: Said, receiver: str, correlation_id: str) -> None:
        """Let the endpoint say something of its own accord; raises as `endpoint.send` does."""
        outcome = send(
            self.rep,
            message,
            receiver,
            correlation_id=correlation_id,
            now=self._whole_second(),
            new_id=self._new_id,
        )
        self._apply_outcome(outcome, STRANGER)

    def renew_credentials(self, credentials: Credentials) -> None:
        """Go on with other credentials, as after news of a revocation; whom they do not admit
        is turned away.
        """
        self._credentials = credentials
        for connection in self._connections:
            try:
                if connection.channel.peer is not None:
                    self._admit_again(connection)
            except RoamingError as error:
                connection.break_off(error)

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

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_full(STRANGER):
            return writer.transport.abort()
        channel = Channel(self._credentials, accepting=True)
        connection = self._connect(channel, STRANGER, (reader, writer))
        return self._run_task(self._serve_connection(connection, STRANGER))

    async def _open_channel(self, peer: str) -> None:
        """One channel to a peer, from the first message for it to the end."""
        try:
            if peer not in self.addresses:
                raise Untrusted("TLS-14", f"{peer} has no address")
            async with asyncio.timeout(self._limits.handshake_seconds):
                streams = await asyncio.open_connection(*self.addresses[peer], limit=CHUNK)
            channel = Channel(self._credentials, accepting=False, expected=peer)
            connection = self._connect(channel, peer, streams)
            await self._serve_connection(connection, peer)
        except RoamingError as error:
            self._note_error(peer, error)
        except OSError as error:
            where = f"{peer} does not accept: {type(error).__name__}"
            self._note_error(peer, Untrusted("TLS-14", where))
        finally:
            self._waiting.pop(peer, None)
            self._calling.discard(peer)

    def _connect(self, channel: Channel, name: str, streams: Streams) -> Connection:
        connection = Connection(channel, streams, self._clock, self._limits)
        self._connections[connection] = name
        return connection

    async def _serve_connection(self, connection: Connection, called: str) -> None:
        """A connection from its handshake to its end, and at most one note on how it ended."""
        name = called
        error: RoamingError | None = None
        try:
            name = (await connection.handshake()).entity_id
            self._admit_again(connection)
            if called == STRANGER and self._is_full(name):
                error = Untrusted("TLS-11", name)
                return
            self._connections[connection] = name
            if called != STRANGER:
                self._opened[name] = connection
                for raw in self._waiting.pop(name, ()):
                    connection.send_frame(raw)
            while (frame := await connection.receive_frame()) is not None:
                self._receive_frame(connection, name, frame)
        except RoamingError as fault:
            error = fault
            self._note_error(name, fault)
        finally:
            self._forget_connection(connection, name)
            await connection.close(error)

    def _forget_connection(self, connection: Connection, name: str) -> None:
        del self._connections[connection]
        self._asked = {
            key: asked for key, asked in self._asked.items() if asked is not connection
        }
        if self._opened.get(name) is connection:
            del self._opened[name]
        left = Counter(self._connections.values())
        self._crowded = {
            each for each in self._crowded if left[each] * 2 > self._connection_limit(each)
        }

    def _connection_limit(self, name: str) -> int:
        return self._limits.strangers if name == STRANGER else self._limits.connections_per_peer

    def _is_full(self, name: str) -> bool:
        """Whether a peer, or strangers together, have all their connections; noted once, until
        half are free again.
        """
        if Counter(self._connections.values())[name] < self._connection_limit(name):
            return False
        if name not in self._crowded:
            self._crowded.add(name)
            where = f"{self._connection_limit(name)} connections at once"
            self._note_error(name, Untrusted("TLS-11", where))
        return True

    # --- messages -----------------------------------------------------------------------------

    def _receive_frame(self, connection: Connection, peer: str, frame: bytes) -> None:
        self._admit_again(connection)
        envelope, now = self._protection.read_frame(frame), self._whole_second()
        if envelope.message.kind not in ANSWER_KINDS:
            self._asked[peer, envelope.request_id] = connection
            if len(self._asked) > ASKED:
                del self._asked[next(iter(self._asked))]
        try:
            opened = self._protection.open_envelope(
                envelope, self.rep, peer, self._credentials, now
            )
        except RoamingError as error:
            outcome = turn_away(self.rep, envelope, error, peer=peer, now=now)
        else:
            outcome = receive(self.rep, opened, peer=peer, now=now, new_id=self._new_id)
        self._apply_outcome(outcome, peer)

    def _apply_outcome(self, outcome: Outcome, peer: str) -> None:
        self.rep = outcome.rep
        for error in outcome.notes:
            self._note_error(peer, error)
        for one in outcome.sends:
            self._send_envelope(one, peer)
        self._schedule_reminder()

    def _send_envelope(self, one: Send, previous: str) -> None:
        try:
            hops = (previous, self.rep.entity_id, one.peer)
            raw = self._protection.write_frame(
                one.envelope, hops, self._credentials, self._whole_second()
            )
            if len(raw) > MAX_BYTES:
                raise Misuse("TLS-9", f"a message of {len(raw)} bytes, at most {MAX_BYTES}")
        except RoamingError as error:
            self._note_error(one.peer, error)
            return
        if one.envelope.message.kind in ANSWER_KINDS:
            asked = self._asked.pop((one.peer, one.envelope.request_id), None)
            if asked is not None:  # or else the peer has hung up, and will ask again
                asked.send_frame(raw)
        elif one.peer in self._opened:
            self._opened[one.peer].send_frame(raw)
        else:
            self._send_later(one.peer, raw)

    def _send_later(self, peer: str, raw: bytes) -> None:
        """Keep a frame until there is a channel to its peer, and open one."""
        waiting = self._waiting.setdefault(peer, [])
        if len(waiting) < WAITING:
            waiting.append(raw)
        if peer not in self._calling:
            self._calling.add(peer)
            self._run_task(self._open_channel(peer))

    def _schedule_reminder(self) -> None:
        """Have the endpoint reminded when it next wants to be, unless it will be by then."""
        if (due := next_due(self.rep)) is None:
            return
        loop = asyncio.get_running_loop()
        when = loop.time() + max(0.0, (due - self._clock()).total_seconds())
        if self._reminder is not None:
            if self._reminder.when() <= when + PUNCTUAL:
                return
            self._reminder.cancel()
        self._reminder = loop.call_at(when, self._remind)

    def _remind(self) -> None:
        self._reminder = None
        self._apply_outcome(remind(self.rep, self._whole_second()), STRANGER)

    def _note_error(self, peer: str, error: RoamingError) -> None:
        self._note(Note(self._clock(), peer, error))

    def _whole_second(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def _run_task(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def run_endpoint(
    live: LiveEndpoint,
    announce: Callable[[str], None],
    *,
    port: int = 0,
    seconds: float | None = None,
    news: Callable[[], Credentials] | None = None,
) -> None:
    """Run an endpoint on this machine until SIGINT, SIGTERM or so many seconds; SIGHUP renews
    it with `news`.
    """
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if news is not None:
        loop.add_signal_handler(signal.SIGHUP, live.fetch_credentials, news)
    host, port = await live.start(port=port)
    announce(f"{host}:{port}")  # from here on signals may come
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ended.wait()
    await live.stop()
