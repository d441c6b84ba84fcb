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
from datetime import datetime
from typing import Final, Protocol, cast

from refimpl.errors import Malformed, RoamingError, Untrusted
from refimpl.tls.channel import Channel
from refimpl.tls.framing import Records
from refimpl.tls.limits import Limits

SMALL_RECORD: Final = 128
SMALL_RECORDS: Final = 100
"""A read of so many records of fewer bytes is not even deciphered: a key update is small, and
costs more than all else.
"""
NEVER: Final = float("inf")


class Owner(Protocol):
    """What a connection belongs to: it hears of all that happens there.

    `buffer` takes what any of its connections reads, until that is heard at once.
    """

    buffer: memoryview

    def connected(self, connection: "Connection") -> None:
        """There is a connection; its peer is not known yet."""

    def wants_turn(self, connection: "Connection") -> None:
        """There is something to do: call `Connection.take_turn` when it is its turn."""

    def admitted(self, connection: "Connection") -> None:
        """Both sides have taken each other on; raises the `RoamingError` for which it ends."""

    def receive_frame(self, connection: "Connection", frame: bytes) -> None:
        """A frame has come; raises the `RoamingError` for which the connection ends."""

    def ended(self, connection: "Connection", error: RoamingError | None) -> None:
        """Nothing more is heard on it."""

    def count_limit(self, name: str) -> None:
        """A limit has bitten."""


class Connection(asyncio.BufferedProtocol):
    """A channel on a socket, whose owner gives it turns; `send_frame` and `flush` say
    something on it.

    `name` is who is on the other side, or was `called`, empty until that is known; one that
    `is_answered` has said enough for a first answer of TLS; `questions` are the ids of requests
    whose answers go back here.
    """

    def __init__(
        self,
        channel: Channel,
        owner: Owner,
        clock: Callable[[], datetime],
        limits: Limits,
        *,
        called: str = "",
    ) -> None:
        self.channel = channel
        self.name = called
        self.is_called = bool(called)
        self.address = ""
        self.is_answered = False
        self.questions: dict[str, None] = {}
        self._owner = owner
        self._clock = clock
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._records = Records()
        self._unread: list[bytes] = []  # what a stranger said, until its turn
        self._taken_on = False
        self._asked_for_turn = False
        self._fault: RoamingError | None = None
        self._over = False  # the last word is said
        self._deaf = False  # the peer does not take what we say
        self._held = False  # it says more than we have heard out
        self._eof = False  # the peer has hung up
        self._farewell_bytes = 0
        self._second = self._loop.time()
        self._frames_now = 0
        self._spare_records = 0
        self._due = NEVER
        self._timer: asyncio.TimerHandle | None = None
        self.closed = self._loop.create_future()

    # --- What the loop calls ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake."""
        self._transport = cast(asyncio.Transport, transport)
        self.address = str(transport.get_extra_info("peername", ("",))[0])
        self._wait_for(self._limits.handshake_seconds)
        self.flush()
        self._owner.connected(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the loop gives it
        """Read so much at a time, and then let the others read."""
        return self._owner.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hear what the peer said: of a stranger at its turn, for that is costly."""
        raw = bytes(self._owner.buffer[:nbytes])
        if self._over:
            self._farewell_bytes += nbytes
            if self._farewell_bytes > self._limits.farewell_bytes:
                self._owner.count_limit("farewell_bytes")
                self._transport.abort()
        elif self._taken_on:
            self._hear(raw)
        else:
            self._unread.append(raw)
            self._hold()
            self._ask_for_turn()

    def eof_received(self) -> bool:
        """Hear that the peer will say no more; we may still want to."""
        self._eof = True
        if self._over:
            return False
        if self._taken_on:
            self._hear(b"")
        else:
            self._unread.append(b"")
            self._ask_for_turn()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End; what was said before is heard out."""
        if self._timer is not None:
            self._timer.cancel()
        if not self._over:
            self._break_off(Malformed("TLS-6", f"cut off: {type(exc).__name__}"))
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """The peer takes nothing: hear no more of it, and wait for a while."""
        self._deaf = True
        if not self._over:
            self._transport.pause_reading()
            self._wait_for(self._limits.frame_seconds)

    def resume_writing(self) -> None:
        """The peer has taken what we said."""
        self._deaf = False
        if self._over:
            return
        self._listen()
        if self.channel.frames or self._is_ending():
            self._ask_for_turn()

    # --- Hearing ------------------------------------------------------------------------------

    def _hear(self, raw: bytes) -> None:
        """Let the channel have what came; a fault waits for the frames before it, and nothing
        counts behind it.
        """
        if self._fault is not None:
            return
        channel = self.channel
        frames = len(channel.frames)
        frame_bytes = channel.frame_bytes
        was_partial = channel.partial
        records = self._records.add_bytes(raw)
        if self._taken_on and records > len(raw) // SMALL_RECORD + SMALL_RECORDS:
            self._count_records(records)
            return
        try:
            channel.receive_data(raw, self._clock())
        except RoamingError as error:
            self._fault = error
        self.flush()
        if self._taken_on:
            new_frames = len(channel.frames) - frames
            needed = new_frames * self._limits.records_per_frame
            needed += (channel.frame_bytes - frame_bytes) // self._limits.bytes_per_record
            self._count_records(records - needed)
            if channel.partial and (new_frames or not was_partial):
                self._wait_for(self._limits.frame_seconds)
        if len(channel.frames) > self._limits.frames_per_turn:
            self._hold()
        if channel.frames or self._is_ending():
            self._ask_for_turn()

    def _ask_for_turn(self) -> None:
        if not self._asked_for_turn:
            self._asked_for_turn = True
            self._owner.wants_turn(self)

    def take_turn(self) -> None:
        """Do one share of what there is to do: a step of the handshake, or a few frames."""
        self._asked_for_turn = False
        if self._over:
            return
        frames = self.channel.frames
        if self._is_ending() and (self._deaf or not frames):
            self.end(self._fault)
            return
        try:
            if not self._taken_on:
                self._continue_handshake()
            if self._taken_on and not self._deaf:
                self._hear_frames()
        except RoamingError as error:
            frames.clear()
            self._break_off(error)
        if self._is_ending() or (frames and not self._deaf):
            self._ask_for_turn()  # what this turn brought goes out before the last word
        elif self._held and not frames:
            self._held = False
            self._listen()

    def _is_ending(self) -> bool:
        return self._fault is not None or self.channel.closed

    def _continue_handshake(self) -> None:
        unread, self._unread = self._unread, []
        for raw in unread:
            self._hear(raw)
        if self.channel.peer is not None and self.channel.admitted:
            self._taken_on = True
            self._wait_for_frame()
            self._owner.admitted(self)

    def _hear_frames(self) -> None:
        frames = self.channel.frames
        bytes_left = self._limits.bytes_per_turn
        for _ in range(self._limits.frames_per_turn):
            if not frames or bytes_left <= 0 or self._over:
                break
            self._count_frame()
            frame = frames.popleft()
            bytes_left -= len(frame)
            self._owner.receive_frame(self, frame)
        if not self.channel.partial:
            self._wait_for(self._limits.idle_seconds)

    def _begin_second(self) -> None:
        """Count anew what is bounded in a second."""
        if self._loop.time() >= self._second + 1:
            self._second = self._loop.time()
            self._frames_now = 0
            self._spare_records = 0

    def _count_frame(self) -> None:
        """Count the frames of this second; raises `Untrusted` TLS-12 for too many."""
        self._begin_second()
        self._frames_now += 1
        most = self._limits.frames_per_second
        if self._frames_now > most:
            self._owner.count_limit("frames_per_second")
            raise Untrusted("TLS-12", f"more than {most} frames in a second")

    def _count_records(self, spare: int) -> None:
        """Count what is said in TLS besides frames, as key updates are (TLS-12); what a frame
        needs may come before it is whole.
        """
        if not spare and not self._spare_records:
            return
        self._begin_second()
        self._spare_records = max(0, self._spare_records + spare)
        most = self._limits.spare_records_per_second
        if self._spare_records > most and self._fault is None:
            self._owner.count_limit("spare_records_per_second")
            where = f"more than {most} records besides frames in a second"
            self._break_off(Untrusted("TLS-12", where))

    def _hold(self) -> None:
        """Read no more until what was read is heard out."""
        if not self._held:
            self._held = True
            self._transport.pause_reading()

    def _listen(self) -> None:
        """Read on, if nothing stands against it; how long the peer takes is measured anew."""
        if self._held or self._deaf:
            return
        self._transport.resume_reading()
        if self._taken_on:
            self._wait_for_frame()

    # --- Time ---------------------------------------------------------------------------------

    def _wait_for_frame(self) -> None:
        limits = self._limits
        self._wait_for(limits.frame_seconds if self.channel.partial else limits.idle_seconds)

    def _wait_for(self, seconds: float) -> None:
        """Wait so long from now.  The one timer is only moved when it would be too late."""
        if self._transport.is_closing():
            return
        self._due = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._due:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._look_at_watch)

    def _look_at_watch(self) -> None:
        self._timer = None
        if self._due > self._loop.time():
            self._set_timer()
        elif self._over:
            self._transport.abort()
        elif self._asked_for_turn:  # it is we who are slow
            self._wait_for(self._limits.frame_seconds)
        else:
            self.end(self._lateness())

    def _lateness(self) -> RoamingError | None:
        """What a peer did not do in time; a silence is no fault."""
        limits = self._limits
        if not self._taken_on:
            self._owner.count_limit("handshake_seconds")
            where = f"no handshake in {limits.handshake_seconds:g} seconds"
        elif self._deaf:
            self._owner.count_limit("frame_seconds")
            where = f"takes nothing for {limits.frame_seconds:g} seconds"
        elif self.channel.partial:
            self._owner.count_limit("frame_seconds")
            where = f"no whole frame in {limits.frame_seconds:g} seconds"
        else:
            self._owner.count_limit("idle_seconds")
            return None
        return Untrusted("TLS-10", where)

    # --- Saying -------------------------------------------------------------------------------

    def send_frame(self, payload: bytes) -> None:
        """Put a frame on its way, with the next `flush`."""
        if not self._over:
            self.channel.send_frame(payload)

    def flush(self) -> None:
        """Send what waits; a peer that lets too much pile up is turned away."""
        said = self.channel.data_to_send()
        if not said:
            return
        self.is_answered = True
        self._transport.write(said)
        most = self._limits.unsent_bytes
        if self._transport.get_write_buffer_size() > most and not self._over:
            self._owner.count_limit("unsent_bytes")
            self._break_off(Untrusted("TLS-10", f"more than {most} bytes not taken"))

    # --- The end ------------------------------------------------------------------------------

    def _break_off(self, error: RoamingError) -> None:
        """End for a reason, once the frames before it have been heard."""
        self._fault = self._fault or error
        self._ask_for_turn()

    def end(self, error: RoamingError | None = None, farewell: float | None = None) -> None:
        """Say the last word, and read on for a while so that it arrives (TLS-7)."""
        if self._over:
            return
        self._over = True
        self._owner.ended(self, error)
        if self._transport.is_closing():
            return
        self.channel.close(error)
        self._transport.write(self.channel.data_to_send())
        self._wait_for(self._limits.farewell_seconds if farewell is None else farewell)
        if self._eof:
            self._transport.close()
        else:
            with suppress(OSError):  # the peer has cut the line, and we shall hear so
                self._transport.write_eof()
            self._transport.resume_reading()

    def abort(self) -> None:
        """End without a word."""
        if not self._over:
            self._over = True
            self._owner.ended(self, None)
        self._transport.abort()
