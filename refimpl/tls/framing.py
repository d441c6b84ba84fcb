"""The frames in a stream, without the channel that protects it: bytes go in, frames come out,
every fault is a rule.

A frame is a length in four bytes, the first one the highest, and then a message in its
canonical form.  Two frames are none: the accepting side opens with an empty one, which says
that it takes the peer on, and the side that turns the other away ends with one that holds
the id of the rule.

Nothing here knows whether a frame is a message; that is for `wire` to say.

Rules: TLS-6 to TLS-9.
"""

import re
from collections import deque
from typing import Final

from refimpl.errors import Malformed, Misuse, Untrusted
from refimpl.wire import MAX_BYTES

HEAD: Final = 4
RECORD_HEAD: Final = 5
GOODBYE: Final = re.compile(rb"[A-Z]{3}-[0-9]{1,3}")


def framed(payload: bytes) -> bytes:
    """The bytes of one frame; raises `Misuse` TLS-9 for a long one.

    >>> framed(b"TLS-13")
    b'\\x00\\x00\\x00\\x06TLS-13'
    """
    if len(payload) > MAX_BYTES:
        raise Misuse("TLS-9", f"a frame of {len(payload)} bytes, at most {MAX_BYTES}")
    return len(payload).to_bytes(HEAD, "big") + payload


class Frames:
    """What one side hears: `add_bytes` as they come, find them as `frames`.

    `admitted` is whether the other side has taken us on, `closed` whether it has said its last;
    `frame_bytes` is how much it has said in frames.
    """

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.admitted = False
        self.closed = False
        self.frame_bytes = 0
        self._rest = bytearray()

    @property
    def partial(self) -> bool:
        """Whether the beginning of a frame waits for its end."""
        return bool(self._rest)

    def add_bytes(self, raw: bytes) -> None:
        """Cut what came into frames.  Those before a fault stay.

        Raises `Malformed` TLS-9 for a frame that is too long, by its head alone, and TLS-8 for
        one that comes before the empty one; `Untrusted` TLS-7 for one that turns us away.
        """
        self.frame_bytes += len(raw)
        self._rest += raw
        while len(self._rest) >= HEAD:
            length = int.from_bytes(self._rest[:HEAD], "big")
            if length > MAX_BYTES:
                raise Malformed("TLS-9", f"a frame of {length} bytes, at most {MAX_BYTES}")
            if len(self._rest) < HEAD + length:
                break
            frame = bytes(self._rest[HEAD : HEAD + length])
            del self._rest[: HEAD + length]
            if GOODBYE.fullmatch(frame):
                self.closed = True
                raise Untrusted("TLS-7", f"the peer says {frame.decode()}")
            if self.admitted:
                self.frames.append(frame)
            elif frame:
                raise Malformed("TLS-8", f"{len(frame)} bytes before the empty frame")
            self.admitted = True

    def end_of_bytes(self, *, orderly: bool) -> None:
        """No more will follow, and whether the other side said so in TLS (`orderly`).

        Raises `Malformed`: TLS-6 if it did not or has not even taken us on, TLS-9 in the middle
        of a frame.
        """
        if not orderly:
            raise Malformed("TLS-6", "cut off")
        self.closed = True
        if self._rest:
            raise Malformed("TLS-9", f"{len(self._rest)} bytes of a frame, and then no more")
        if not self.admitted:
            raise Malformed("TLS-6", "closed before the empty frame")


class Records:
    """The TLS records in a stream, as far as they can be seen without their keys."""

    def __init__(self) -> None:
        self._head = b""  # of a record whose length is not known yet
        self._rest = 0  # what is still to come of the last one

    def add_bytes(self, raw: bytes) -> int:
        """Count the records that begin in what came, each once its head is whole."""
        raw = self._head + raw
        place = self._rest
        begun = 0
        while place + RECORD_HEAD <= len(raw):
            begun += 1
            length = int.from_bytes(raw[place + 3 : place + RECORD_HEAD], "big")
            place += RECORD_HEAD + length
        self._head = raw[place:]
        self._rest = max(0, place - len(raw))
        return begun
