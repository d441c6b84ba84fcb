"""Lines for standard output that nothing waits for: a reader that does not read loses some of
them, and is told how many.
"""

import os
import queue
import threading
from collections.abc import Callable
from typing import Final, TextIO

WAITING: Final = 1_000
"""Lines that wait for a reader: a screen is read a line at a time, and a storm of notes says
the same again and again.
"""
PATIENCE: Final = 0.2
"""Seconds that the last lines have when the command ends."""


class Teller:
    """Writes lines to a file in a thread of its own; what does not fit in the queue is dropped
    and counted.

    It goes past the buffers of the file: at the end of the process they would be waited for.

    `tell_dropped` makes a line of how many were dropped since it was last said.
    """

    def __init__(self, file: TextIO, tell_dropped: Callable[[int], str]) -> None:
        self.dropped = 0
        self._file = file
        self._tell_dropped = tell_dropped
        self._told = 0
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._write_lines, daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        """Have a line written, without waiting for it."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def end(self) -> None:
        """Let what waits be written, if there is a reader for it."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(PATIENCE)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._write(line)
                if self.dropped > self._told:
                    self._told, before = self.dropped, self._told
                    self._write(self._tell_dropped(self._told - before))
            except OSError:  # the reader has gone
                self.dropped += 1

    def _write(self, line: str) -> None:
        try:
            number = self._file.fileno()
        except OSError:  # it is no file, but text in memory
            self._file.write(f"{line}\n")
            return
        raw = f"{line}\n".encode(errors="backslashreplace")
        while raw:
            raw = raw[os.write(number, raw) :]
