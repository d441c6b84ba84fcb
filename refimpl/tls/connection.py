"""A channel on a socket and on a watch: no peer takes more of our time and memory than `Limits`
allow.

Whatever comes of a connection, its end is orderly: the reason is said, the sending side closed,
and what still arrives is read for a while, because a socket that is closed with bytes unread
takes back what was sent last.

Rules: TLS-6, TLS-7, TLS-10, TLS-12, and those of the channel.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from refimpl.errors import Malformed, RoamingError, Untrusted
from refimpl.security.certificates import Peer
from refimpl.tls.channel import CHUNK, Channel

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a stranger or a peer may cost us: seconds, bytes and numbers."""

    handshake_seconds: float = 5.0
    """From the first byte to the empty frame; it takes milliseconds, and half a second over
    satellites.
    """
    frame_seconds: float = 5.0
    """From the first byte of a frame to its last, and for the peer to take what we say off our
    hands.
    """
    idle_seconds: float = 300.0
    """Between two frames; a silence is no fault, and the next message opens another
    channel.
    """
    farewell_seconds: float = 1.0
    """How long we read on after our last word, for bytes left unread would destroy it on its
    way (TLS-7).
    """
    farewell_bytes: int = 2**20
    unsent_bytes: int = 2**20
    """What waits for a peer that does not listen: sixteen of the longest messages."""
    frames_per_second: int = 2_000
    """Of one peer; a journey has ten to thirty, and an endpoint of this model answers some
    thousands a second.
    """
    strangers: int = 64
    """Connections at once whose peer is not known yet; five seconds later there is room again.
    """
    connections_per_peer: int = 4
    """Of peers that are known: one to ask, one that the network may have cut unnoticed, and as
    many to spare.
    """


class Connection:
    """A channel on a socket; `receive_frame` gives frame after frame, and no step takes longer
    than `Limits` allow.
    """

    def __init__(
        self,
        channel: Channel,
        streams: Streams,
        clock: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        self.channel = channel
        self._reader, self._writer = streams
        self._clock = clock
        self._limits = limits
        self._seconds = asyncio.get_running_loop().time
        self._pace = (self._seconds(), 0)
        self._fault: RoamingError | None = None
        self._over = False
        self._patience = asyncio.timeout(None)

    async def handshake(self) -> Peer:
        """Who is on the other side, once both have taken each other on; raises as
        `Channel.receive_data` does, and TLS-10.
        """
        limit = self._limits.handshake_seconds
        ends = self._seconds() + limit
        await self._send_pending()
        while self.channel.peer is None or not self.channel.admitted:
            if self._fault:
                raise self._fault
            if not await self._read_once(ends):
                raise Untrusted("TLS-10", f"no handshake in {limit:g} seconds")
        return self.channel.peer

    async def receive_frame(self) -> bytes | None:
        """The next frame, or None after the last one or a long silence; raises as `handshake`
        does, and TLS-12.
        """
        partial, since = self.channel.partial, self._seconds()
        while not self.channel.frames:
            if self._fault:
                raise self._fault
            if self.channel.closed:
                return None
            limit = self._limits.frame_seconds if partial else self._limits.idle_seconds
            if not await self._read_once(since + limit):
                if partial:
                    raise Untrusted("TLS-10", f"no whole frame in {limit:g} seconds")
                return None
            if self.channel.partial and not partial:
                partial, since = True, self._seconds()
        self._count_frame()
        return self.channel.frames.popleft()

    def _count_frame(self) -> None:
        """Count the frames of this second; raises `Untrusted` TLS-12 for too many."""
        started, count = self._pace
        if self._seconds() >= started + 1:
            started, count = self._seconds(), 0
        self._pace = started, count + 1
        most = self._limits.frames_per_second
        if self._pace[1] > most:
            raise Untrusted("TLS-12", f"more than {most} frames in a second")

    async def _read_once(self, ends: float) -> bool:
        """Read once; whether anything came in time.  A fault waits until the frames before it
        have been received.
        """
        try:
            async with asyncio.timeout_at(ends) as self._patience:
                raw = await self._reader.read(CHUNK)
        except TimeoutError:
            return self._fault is not None
        except OSError as error:
            self._fault = self._fault or Malformed("TLS-6", f"cut off: {type(error).__name__}")
            return True
        try:
            self.channel.receive_data(raw, self._clock())
        except RoamingError as error:
            self._fault = self._fault or error
        else:
            await self._send_pending()
        return True

    async def _send_pending(self) -> None:
        said = self.channel.data_to_send()
        if not said and not self._writer.transport.get_write_buffer_size():
            return
        self._writer.write(said)
        limit = self._limits.frame_seconds
        try:
            async with asyncio.timeout(limit):
                await self._writer.drain()
        except TimeoutError:
            raise Untrusted("TLS-10", f"takes nothing for {limit:g} seconds") from None
        except OSError as error:
            raise Malformed("TLS-6", f"cut off: {type(error).__name__}") from error

    def send_frame(self, payload: bytes) -> None:
        """Put a frame on its way, if there is one; a peer that lets too much pile up is turned
        away by `receive_frame`.
        """
        if self._over or self._writer.transport.is_closing():
            return
        self.channel.send_frame(payload)
        self._writer.write(self.channel.data_to_send())
        most = self._limits.unsent_bytes
        if self._writer.transport.get_write_buffer_size() > most:
            self.break_off(Untrusted("TLS-10", f"more than {most} bytes not taken"))

    def break_off(self, error: RoamingError) -> None:
        """Break the connection off from our side: `receive_frame` raises that error next."""
        if not self._over:
            self._over, self._fault = True, self._fault or error
            with suppress(RuntimeError):  # nothing is being read
                self._patience.reschedule(0)

    async def close(self, error: RoamingError | None = None) -> None:
        """Say the last word, and read on for a while so that it arrives (TLS-7)."""
        self.channel.close(error)
        left = self._limits.farewell_bytes
        try:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._limits.farewell_seconds):
                    self._writer.write(self.channel.data_to_send())
                    self._writer.write_eof()
                    while left > 0 and (raw := await self._reader.read(CHUNK)):
                        left -= len(raw)
        finally:
            self._writer.transport.abort()
