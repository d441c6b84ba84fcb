"""Peers that mean harm, on real sockets: each costs a little time, a little memory and one
note.
"""

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from refimpl.tls.channel import Channel
from refimpl.wire import encode
from tests.live import ENVELOPE, TIGHT, Stage, credentials, frame, hung_up, known, plain, pour


def drip(stream: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        for each in data:
            stream.sendall(bytes((each,)))
            time.sleep(0.05)


def greeting() -> bytes:
    return Channel(credentials("csp-alba"), accepting=False).data_to_send()


def silent(port: int) -> socket.socket:
    return plain(port)


def half_a_greeting(port: int) -> socket.socket:
    stream = plain(port)
    stream.sendall(greeting()[:50])
    return stream


def dripping_greeting(port: int) -> socket.socket:
    stream = plain(port)
    drip(stream, greeting())
    return stream


def greeting_and_no_more(port: int) -> socket.socket:
    stream = plain(port)
    stream.sendall(greeting())
    return stream


def half_closed_at_once(port: int) -> socket.socket:
    stream = plain(port)
    stream.shutdown(socket.SHUT_WR)
    return stream


def half_closed_later(port: int) -> socket.socket:
    stream = known(port)
    socket.socket.shutdown(stream, socket.SHUT_WR)
    return stream


def half_a_frame(port: int) -> socket.socket:
    stream = known(port)
    stream.sendall(frame(b"x" * 100)[:50])
    return stream


def dripping_frame(port: int) -> socket.socket:
    stream = known(port)
    drip(stream, frame(b"x" * 100))
    return stream


def four_gigabytes_announced(port: int) -> socket.socket:
    stream = known(port)
    stream.sendall(b"\xff" * 4)
    return stream


def a_gigabyte_of_noise(port: int) -> socket.socket:
    stream = plain(port)
    assert pour(stream, bytes(2**20), 2**30) < 2**26, "nobody stopped it"
    return stream


def a_gigabyte_after_a_refusal(port: int) -> socket.socket:
    stream = known(port)
    stream.sendall(b"\xff" * 4)
    assert pour(stream, bytes(2**20), 2**30) < 2**26, "nobody stopped it"
    return stream


def a_flood_of_messages(port: int) -> socket.socket:
    stream = known(port, "cso-elm")
    pour(stream, frame(encode(ENVELOPE)) * 100, 10**6)
    return stream


def not_a_message(port: int) -> socket.socket:
    stream = known(port)
    stream.sendall(frame(b'{"emaid":"secret"}'))
    return stream


def cut_in_two(port: int) -> socket.socket:
    stream = known(port)
    stream.sendall(frame(b"x" * 100)[:50])
    socket.socket.shutdown(stream, socket.SHUT_WR)
    return stream


# fmt: off
HARM: dict[Callable[[int], socket.socket], tuple[str, str]] = {
    silent:                     ("TLS-10", "no handshake in 0.6 seconds"),
    half_a_greeting:            ("TLS-10", "no handshake in 0.6 seconds"),
    dripping_greeting:          ("TLS-10", "no handshake in 0.6 seconds"),
    greeting_and_no_more:       ("TLS-10", "no handshake in 0.6 seconds"),
    half_closed_at_once:        ("TLS-6",  "unexpected eof while reading"),
    half_closed_later:          ("TLS-6",  "unexpected eof while reading"),
    half_a_frame:               ("TLS-10", "no whole frame in 0.6 seconds"),
    dripping_frame:             ("TLS-10", "no whole frame in 0.6 seconds"),
    cut_in_two:                 ("TLS-6",  "unexpected eof while reading"),
    four_gigabytes_announced:   ("TLS-9",  "a frame of 4294967295 bytes, at most 65536"),
    a_gigabyte_of_noise:        ("TLS-6",  "wrong version number"),
    a_gigabyte_after_a_refusal: ("TLS-9",  "a frame of 4294967295 bytes, at most 65536"),
    a_flood_of_messages:        ("TLS-12", "more than 300 frames in a second"),
    not_a_message:              ("WIR-3",  "correlation_id: Field required"),
}
# fmt: on


@pytest.mark.parametrize("harm", HARM, ids=lambda harm: harm.__name__)
def test_harm_costs_one_note(hall: Stage, harm: Callable[[int], socket.socket]) -> None:
    """Harm costs little time and one note."""
    served = hall.serve("csp-alba", limits=TIGHT)
    begun = time.monotonic()
    with harm(served.port) as stream:
        hung_up(stream)
        took = time.monotonic() - begun
        (note,) = served.noted()
        assert (note.error.rule_id, note.error.where) == HARM[harm]
        assert took < 3
    time.sleep(0.05)
    assert len(served.notes) == 1
    with known(served.port):
        pass  # it is there for others


def test_a_flood_is_told_so(hall: Stage) -> None:
    """A peer that is turned away for a flood is told so behind the answers."""
    served = hall.serve("csp-alba", limits=replace(TIGHT, farewell_seconds=5))
    with known(served.port, "cso-elm") as stream:
        stream.sendall(frame(encode(ENVELOPE)) * 320)
        got = hung_up(stream)
    assert got.endswith(frame(b"TLS-12"))
    assert got.count(b"authorization-answer") == 300


def test_answers_come_before_the_end(hall: Stage) -> None:
    """What was said before a fault is answered before the last word."""
    served = hall.serve("csp-alba", limits=TIGHT)
    with known(served.port, "cso-elm") as stream:
        stream.sendall(frame(encode(ENVELOPE)) + b"\xff" * 4)
        got = hung_up(stream)
    assert b"authorization-answer" in got
    assert got.endswith(frame(b"TLS-9"))


def test_a_deaf_peer_is_turned_away(hall: Stage) -> None:
    served = hall.serve("csp-alba", limits=replace(TIGHT, frames_per_second=10**6))
    with known(served.port, "cso-elm", small=True) as stream:
        stream.settimeout(2)
        pour(stream, frame(encode(ENVELOPE)) * 100, 2**26)
        (note,) = served.noted()
    assert (note.error.rule_id, note.error.where) == ("TLS-10", "takes nothing for 0.6 seconds")


def test_a_crowd_of_strangers(hall: Stage) -> None:
    """A crowd of strangers is one note and leaves the known alone."""
    served = hall.serve("csp-alba", limits=replace(TIGHT, handshake_seconds=1.5))
    with known(served.port, "cso-elm") as before, contextlib.ExitStack() as crowd:
        strangers = [crowd.enter_context(plain(served.port)) for _ in range(100)]
        hall.until(lambda: bool(served.notes))
        before.sendall(frame(encode(ENVELOPE)))
        assert b"authorization-answer" in before.recv(1000)
        turned_away = sum(hung_up(one) == b"" for one in strangers[8:])
        assert turned_away == 92
        assert [note.error.rule_id for note in served.notes] == ["TLS-11"]
        for one in strangers:
            hung_up(one)
        assert sorted(note.error.rule_id for note in served.notes) == ["TLS-10"] * 8 + [
            "TLS-11"
        ]
    with known(served.port):
        pass


def test_connections_of_one_peer(hall: Stage) -> None:
    """A peer has so many connections, and is told so."""
    served = hall.serve("csp-alba", limits=TIGHT)
    with known(served.port), known(served.port), known(served.port, "cso-elm"):
        for _ in range(3):
            with known(served.port) as third:
                assert hung_up(third) == frame(b"TLS-11")
        assert [(note.peer, note.error.rule_id) for note in served.notes] == [
            ("csp-alba", "TLS-11")
        ]
    hall.until(lambda: not served.live.open_connections)
    with known(served.port), known(served.port), known(served.port):
        hall.until(lambda: [note.error.rule_id for note in served.notes].count("TLS-11") == 2)


def test_silence_is_no_fault(hall: Stage) -> None:
    """A silence between frames is no fault."""
    served = hall.serve("csp-alba", limits=TIGHT)
    with known(served.port) as stream:
        assert hung_up(stream) == b""
    assert served.noted(0) == []
