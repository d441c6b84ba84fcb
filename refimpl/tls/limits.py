"""What a stranger or a peer may cost a live endpoint, as one table: each limit, and why it is
not higher or lower.

Rules: TLS-10 to TLS-12.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and numbers; what bites is counted under the name of its limit."""

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
    stop_seconds: float = 0.3
    """The same when the endpoint itself ends: what has told it to waits for that."""
    farewell_bytes: int = 2**20
    """How much we read on after our last word: sixteen of the longest messages."""
    unsent_bytes: int = 2**20
    """What waits for a peer that does not listen: sixteen of the longest messages."""
    spare_records_per_second: int = 32
    """TLS records of a peer besides those that frames need, as key updates are: none is needed
    before millions of records, and each costs us half a message.
    """
    records_per_frame: int = 4
    """What a frame needs: those who write its head by itself have two."""
    bytes_per_record: int = 1_024
    """What a record of a long frame holds at least; some libraries begin with as little."""
    frames_per_turn: int = 4
    """Of one peer, before the others have their turn: they wait for less than a millisecond,
    and what one peer said at a time is mostly heard at once.
    """
    bytes_per_turn: int = 65_536
    """The same for long ones: the longest message there is."""
    frames_per_second: int = 2_000
    """Of one connection; a journey has ten to thirty, and an endpoint of this model answers
    some thousands a second.
    """
    accepted_at_once: int = 16
    """Connections that are taken in a row, before those that were taken are heard: a crowd that
    comes at once displaces none that has just begun its handshake.
    """
    strangers: int = 256
    """Connections at once whose peer is not known yet; for one more, the oldest whose
    greeting is not whole makes room, or the oldest.
    """
    strangers_per_address: int = 64
    """The same from one address, where many peers may stand behind one router; at a thousand
    new ones a second, each has sixty milliseconds for its greeting.
    """
    connections_per_peer: int = 4
    """Of peers that are known: one to ask, one that the network may have cut unnoticed, and as
    many to spare.
    """
    questions: int = 1_000
    """Of one connection, that wait for our answer; the oldest is forgotten first, and asked
    again.
    """
    waiting_frames: int = 64
    """What waits for one connection to come about; what is beyond them is said again when it is
    due (REP-5).
    """
