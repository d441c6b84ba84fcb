"""An implementation as a process of its own that reads lines and writes lines.

Nothing that it does costs more than bounded time and memory: what it writes is taken in pieces
while there is room for them, a line has an end, only the last of what goes to its standard
error is kept, and at the end everything that it has started ends with it.
"""

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from typing import IO, Final

from refimpl.conformance.protocol import MAX_LINE, STOP

PIECE: Final = 2**16
"""How many bytes are read at once."""
PIECES: Final = 16
"""How many pieces wait to be looked at, before the process has to wait."""
LAST_WORDS: Final = 2_000
"""How many bytes are kept of what goes to standard error."""
FAREWELL: Final = 2.0
"""Seconds that a process has to end after it was asked to, and again after it was told to."""

PATIENCE: Final = 0.2
"""Seconds between two looks at whether it is over."""


class CannotStart(Exception):
    """A program that does not run, or does not introduce itself."""


class Fell(Exception):
    """A process that is of no use any more, and why."""


class Silent(Fell):
    """A process that does not answer in time."""


class Ended(Fell):
    """A process that ended, or closed its standard output."""


class Flooded(Fell):
    """A process whose line has no end."""


class Child:
    """A running process; `say` gives it a line, and `hear` takes one from it."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # so that all it starts can be ended with it
            )
        except OSError as error:
            raise CannotStart(f"{command[0]}: {error.strerror}") from error
        self._pieces: queue.Queue[bytes] = queue.Queue(PIECES)
        self._to_say: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._last_words = b""
        self._rest = b""
        self._lines: list[bytes] = []
        self._threads = [
            _started(self._write, self._process.stdin),
            _started(self._read, self._process.stdout),
            _started(self._read_last_words, self._process.stderr),
        ]

    def say(self, line: bytes) -> None:
        """Have a line written, without waiting for it."""
        self._to_say.put(line)

    def say_last(self, line: bytes) -> None:
        """Have a line written, and no other after it."""
        self.say(line)
        self._to_say.put(None)

    def hear(self, until: float) -> bytes:
        """Return the next line, waiting for it until a moment of the monotonic clock.

        Raises `Silent`, `Ended` and `Flooded`.
        """
        while not self._lines:
            try:
                piece = self._pieces.get(timeout=max(0.0, until - monotonic()))
            except queue.Empty:
                raise Silent("no answer in time") from None
            if not piece:
                raise Ended(self._how_it_ended())
            *lines, rest = piece.split(b"\n")
            if lines:
                lines[0] = self._rest + lines[0]
                self._rest = b""
                self._lines = lines[::-1]
            self._rest += rest
            if max(map(len, (*lines, self._rest))) > MAX_LINE:
                raise Flooded(f"a line of more than {MAX_LINE} bytes")
        return self._lines.pop()

    def end(self) -> None:
        """Ask the process to end, and see to it that it does, with all that it has started."""
        self._over.set()
        self.say_last(STOP)
        try:
            if self._exit_code(FAREWELL) is None:
                self._signal(signal.SIGTERM)
                self._exit_code(FAREWELL)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the process at once, with all that it has started."""
        self._over.set()
        self._to_say.put(None)
        self._signal(signal.SIGKILL)
        self._process.wait()
        for thread in self._threads:  # one waits on where a grandchild has got away
            thread.join(PATIENCE)

    def _signal(self, number: int) -> None:
        """Send a signal to the process and all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _exit_code(self, patience: float) -> int | None:
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def _how_it_ended(self) -> str:
        """Why standard output has no more, in words."""
        code = self._exit_code(FAREWELL)
        if code is None:
            said = "closed its standard output and goes on"
        elif code < 0:
            said = f"ended by {signal.Signals(-code).name}"
        else:
            said = f"ended with exit code {code}"
        self._threads[-1].join(PATIENCE)
        words = self._last_words.decode("utf-8", "backslashreplace").strip()
        return f"{said}: {words}" if words else said

    # --- In threads of their own --------------------------------------------------------------

    def _write(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while (line := self._to_say.get()) is not None:
                left = memoryview(line)
                while left:
                    left = left[pipe.write(left) :]

    def _read(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while piece := pipe.read(PIECE):
                self._hand_on(piece)
        self._hand_on(b"")

    def _hand_on(self, piece: bytes) -> None:
        """Put a piece where it is heard, as soon as there is room; nowhere at the end."""
        while not self._over.is_set():
            with contextlib.suppress(queue.Full):
                self._pieces.put(piece, timeout=PATIENCE)
                return

    def _read_last_words(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError), pipe:
            while piece := pipe.read(PIECE):
                self._last_words = (self._last_words + piece)[-LAST_WORDS:]


def _started(work: Callable[[IO[bytes]], None], pipe: IO[bytes] | None) -> threading.Thread:
    thread = threading.Thread(target=work, args=(pipe,), daemon=True)
    thread.start()
    return thread
