"""An implementation as a service that takes a POST for each question.

Only the URL that was named is called; redirections are not followed, and proxies of the
environment are not used.  A response has as many bytes as a line at most, and all of it has to
be there in time, however slowly it comes.
"""

import contextlib
import http.client
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from threading import Timer, local
from time import monotonic
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from refimpl.conformance.asking import Answer, Fall, Patience
from refimpl.conformance.child import CannotStart
from refimpl.conformance.protocol import (
    MAX_LINE,
    STOP,
    NoAnswer,
    Question,
    read_introduction,
    read_reply,
)
from refimpl.conformance.verdicts import Verdict

REQUESTS: Final = 8
"""How many requests are made at a time."""


class Service:
    """An implementation behind a URL; `introduction` is how it introduced itself.

    Raises `CannotStart`.
    """

    def __init__(self, url: str, start: bytes, patience: Patience) -> None:
        self._address = _address(url)
        self._patience = patience
        self._own = local()
        self.falls: list[str] = []
        try:
            self.introduction = read_introduction(self._post(start))
        except (OSError, http.client.HTTPException, NoAnswer) as error:
            raise CannotStart(f"{url}: does not introduce itself: {_words(error)}") from error

    def answers(self, questions: Iterable[Question]) -> Iterator[Answer]:
        """Yield what becomes of each question; raises `GaveUp`."""
        waiting = iter(questions)
        suspects: list[Question] = []
        with ThreadPoolExecutor(REQUESTS) as pool:
            opened: deque[tuple[Question, Future[Answer]]] = deque()
            while True:
                for question in islice(waiting, REQUESTS - len(opened)):
                    opened.append((question, pool.submit(self._ask, question)))
                if not opened:
                    break
                question, coming = opened.popleft()
                answer = coming.result()
                if _broke(answer):
                    suspects.append(question)
                else:
                    yield answer
                self._count(answer)
        for question in suspects:  # alone: perhaps it was only that there were so many
            answer = self._ask(question)
            yield answer
            self._count(answer)

    def finish(self) -> Iterator[Answer]:
        """Yield what was answered twice, which a service cannot do."""
        yield from ()

    def close(self) -> None:
        """Say that it is over."""
        with contextlib.suppress(OSError, http.client.HTTPException, NoAnswer):
            self._post(STOP)

    def _count(self, answer: Answer) -> None:
        if _broke(answer):
            self._patience.fell(answer.seconds)
        else:
            self._patience.answered()

    def _ask(self, question: Question) -> Answer:
        began = monotonic()
        try:
            said = read_reply(self._post(question.message))
            if said.seq != question.seq:
                raise NoAnswer(f"answers {said.seq!r}, which was not asked")
            return Answer(question.seq, said, monotonic() - began)
        except NoAnswer as error:
            fall = Fall(Verdict.ERROR, str(error))
        except TimeoutError:
            fall = Fall(Verdict.TIMEOUT, "no answer in time")
        except (OSError, http.client.HTTPException) as error:
            fall = Fall(Verdict.CRASH, _words(error))
        return Answer(question.seq, fall, monotonic() - began)

    def _post(self, message: bytes) -> bytes:
        """Return the body of the response to a message, by the connection of this thread.

        One that was used before may have been closed since; then the message goes by a new one.
        """
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._address.connection(self._patience.timeout)
        used_before = connection.sock is not None
        try:
            return _exchange(connection, self._address.path, message, self._patience.timeout)
        except ConnectionError:  # it may have been closed since it was used
            connection.close()
            if not used_before:
                raise
            return _exchange(connection, self._address.path, message, self._patience.timeout)


def _exchange(
    connection: http.client.HTTPConnection, path: str, message: bytes, timeout: float
) -> bytes:
    deadline = _Deadline(connection, timeout)
    try:
        with deadline:
            connection.request("POST", path, message, HEADERS)
            response = connection.getresponse()
            body = response.read(MAX_LINE + 1)
    except (OSError, http.client.HTTPException, ValueError):
        connection.close()
        if deadline.passed:
            raise TimeoutError from None
        raise
    if deadline.passed:  # what came until then is not all of it
        connection.close()
        raise TimeoutError
    if len(body) > MAX_LINE:
        connection.close()
        raise NoAnswer(f"a response of more than {MAX_LINE} bytes")
    if response.status != http.client.OK:
        raise NoAnswer(f"answers with status {response.status}")
    return body


def _broke(answer: Answer) -> bool:
    """Whether there was no answer at all."""
    return isinstance(answer.said, Fall) and answer.said.verdict != Verdict.ERROR


HEADERS: Final = {"Content-Type": "application/json"}


class _Address(NamedTuple):
    """Where a service is."""

    scheme: str
    host: str
    port: int
    path: str

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        if self.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=timeout, context=context
            )
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)


PORTS: Final = {"http": 80, "https": 443}


def _address(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError) as error:
        raise CannotStart(f"{url}: not the address of a service") from error
    if not parts.hostname:
        raise CannotStart(f"{url}: names no host")
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    return _Address(parts.scheme, parts.hostname, port, path)


class _Deadline:
    """A moment at which a connection is cut, for one that says a little now and then would
    never be late by itself.
    """

    def __init__(self, connection: http.client.HTTPConnection, seconds: float) -> None:
        self._connection = connection
        self._timer = Timer(seconds, self._cut)
        self.passed = False

    def __enter__(self) -> None:
        self._timer.daemon = True
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError, AttributeError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
