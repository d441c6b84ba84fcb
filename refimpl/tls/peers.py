"""Who is connected to a live endpoint: the connections of each peer, and those of strangers
together, with room made among them.

Rules: TLS-11.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from refimpl.endpoint import Send
from refimpl.errors import Untrusted
from refimpl.tls.connection import Connection
from refimpl.tls.limits import Limits

STRANGER: Final = ""


class Leaving(NamedTuple):
    """A message that leaves with the next flight, whom it came from before that, and where an
    answer was asked.
    """

    send: Send
    previous: str
    asked_on: Connection | None


class Peers:
    """The connections there are, by the id of the peer; those of strangers have none.

    Of a crowd `note` is told once, until half of it is gone; each limit that bites is given to
    `count_limit` by its name.
    """

    def __init__(
        self,
        limits: Limits,
        note: Callable[[str, Untrusted], None],
        count_limit: Callable[[str], None],
    ) -> None:
        self._limits = limits
        self._note = note
        self._count_limit = count_limit
        self._connections: dict[str, dict[Connection, None]] = {}
        self._crowded: set[str] = set()

    def __len__(self) -> int:
        """How many connections there are, of strangers too."""
        return sum(map(len, self._connections.values()))

    def __iter__(self) -> Iterator[Connection]:
        for connections in tuple(self._connections.values()):
            yield from tuple(connections)

    def add(self, connection: Connection) -> None:
        """Take in a new connection; where there are too many strangers, one makes room."""
        if connection.name == STRANGER:
            self._make_room(connection.address)
        self._connections.setdefault(connection.name, {})[connection] = None

    def _make_room(self, address: str) -> None:
        """Let a stranger go where there are too many, of this address if it has its share
        (TLS-11).
        """
        strangers = list(self._connections.get(STRANGER, ()))
        neighbours = [one for one in strangers if one.address == address]
        if len(neighbours) >= self._limits.strangers_per_address:
            self._note_crowd(STRANGER, "strangers_per_address")
            _least_wanted(neighbours).abort()
        elif len(strangers) >= self._limits.strangers:
            self._note_crowd(STRANGER, "strangers")
            _least_wanted(strangers).abort()

    def recognise(self, connection: Connection, name: str) -> None:
        """Know a stranger from now on; raises `Untrusted` TLS-11 where the peer has all its
        connections.
        """
        if len(self._connections.get(name, ())) >= self._limits.connections_per_peer:
            self._note_crowd(name, "connections_per_peer")
            raise Untrusted("TLS-11", name)
        self.remove(connection)
        connection.name = name
        self._connections.setdefault(name, {})[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        name = connection.name
        left = self._connections[name]
        del left[connection]
        most = self._limits.connections_per_peer
        if name == STRANGER:
            most = min(self._limits.strangers, self._limits.strangers_per_address)
        if len(left) * 2 <= most:
            self._crowded.discard(name)
        if not left:
            del self._connections[name]

    def _note_crowd(self, name: str, limit: str) -> None:
        """Note once that a peer, or strangers together, have all their connections."""
        self._count_limit(limit)
        if name not in self._crowded:
            self._crowded.add(name)
            most: int = getattr(self._limits, limit)
            self._note(name, Untrusted("TLS-11", f"{most} connections at once"))

    # --- Questions ----------------------------------------------------------------------------

    def remember_question(self, connection: Connection, request_id: str) -> None:
        """Remember where the answer to a request goes: where it was asked last."""
        for other in self._connections[connection.name]:
            other.questions.pop(request_id, None)
        connection.questions[request_id] = None
        if len(connection.questions) > self._limits.questions:
            self._count_limit("questions")
            del connection.questions[next(iter(connection.questions))]

    def take_question(self, peer: str, request_id: str) -> Connection | None:
        """Find the connection on which something was asked, once for each time; None where the
        peer has hung up.
        """
        for connection in self._connections.get(peer, ()):
            if request_id in connection.questions:
                del connection.questions[request_id]
                return connection
        return None


def _least_wanted(strangers: list[Connection]) -> Connection:
    """Choose the oldest whose greeting is not whole, so that silence and dripping displace no
    handshake; where all have had an answer, the oldest.
    """
    for one in strangers:
        if not one.is_answered:
            return one
    return strangers[0]
