"""The one client of all servers that are measured: a blocking socket that says bytes which lie
ready, and reads an answer until it is whole.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence

from refimpl.tls.framing import HEAD

MOST = 65_536
LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


def whole_frame(answer: bytes) -> bool:
    """Whether all of a frame is there."""
    return len(answer) == HEAD + int.from_bytes(answer[:HEAD])


def whole_response(answer: bytes) -> bool:
    """Whether all of an HTTP response is there."""
    head, empty_line, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return bool(empty_line) and length is not None and len(body) == int(length[1])


class Caller:
    """One connection, over mutual TLS if its settings are given; answers are whole when
    `is_whole` says so.
    """

    def __init__(
        self, port: int, is_whole: Callable[[bytes], bool], tls: ssl.SSLContext | None
    ) -> None:
        self._stream = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            self._stream = tls.wrap_socket(self._stream)
        self._is_whole = is_whole
        self.say = self._stream.sendall
        self.close = self._stream.close

    def read(self) -> bytes:
        """The next answer, all of it."""
        answer = self._stream.recv(MOST)
        while not self._is_whole(answer):
            more = self._stream.recv(MOST)
            if not more:
                raise ConnectionError("closed in the middle of an answer")
            answer += more
        return answer


Service = Sequence[bytes]
"""The requests of one service."""


class Services:
    """Services to play with one server, one a `play`; a step of each goes out on all callers
    before the answers are read.
    """

    def __init__(
        self, callers: Sequence[Caller], services: Iterator[Sequence[Service]]
    ) -> None:
        self._callers = callers
        self._services = services
        self.answers: list[bytes] = []

    def play(self) -> None:
        """One service on each connection, from the question to the receipt for the record."""
        for step in zip(*next(self._services), strict=True):
            for caller, request in zip(self._callers, step, strict=True):
                caller.say(request)
            for caller in self._callers:
                self.answers.append(caller.read())
