"""Peers that mean harm, on real sockets: each costs a little time, a little memory and one
note.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from refimpl.tls.channel import Channel
from refimpl.tls.serving import LiveEndpoint
from refimpl.wire import encode
from tests.live import (
    ENVELOPE,
    TIGHT_LIMITS,
    EndpointThread,
    admitted_connection,
    credentials,
    endpoint,
    frame,
    plain_connection,
    read_to_end,
    send_repeatedly,
)

pytestmark = pytest.mark.slow


def drip(stream: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        for each in data:
            stream.sendall(bytes((each,)))
            time.sleep(0.05)


def greeting() -> bytes:
    return Channel(credentials("csp-alba"), accepting=False).data_to_send()


def silent(port: int) -> socket.socket:
    return plain_connection(port)


def half_a_greeting(port: int) -> socket.socket:
    stream = plain_connection(port)
    stream.sendall(greeting()[:50])
    return stream


def dripping_greeting(port: int) -> socket.socket:
    stream = plain_connection(port)
    drip(stream, greeting())
    return stream


def greeting_and_no_more(port: int) -> socket.socket:
    stream = plain_connection(port)
    stream.sendall(greeting())
    return stream


def half_closed_at_once(port: int) -> socket.socket:
    stream = plain_connection(port)
    stream.shutdown(socket.SHUT_WR)
    return stream


def half_closed_later(port: int) -> socket.socket:
    stream = admitted_connection(port)
    socket.socket.shutdown(stream, socket.SHUT_WR)
    return stream


def half_a_frame(port: int) -> socket.socket:
    stream = admitted_connection(port)
    stream.sendall(frame(b"x" * 100)[:50])
    return stream


def dripping_frame(port: int) -> socket.socket:
    stream = admitted_connection(port)
    drip(stream, frame(b"x" * 100))
    return stream


def four_gigabytes_announced(port: int) -> socket.socket:
    stream = admitted_connection(port)
    stream.sendall(b"\xff" * 4)
    return stream


def a_gigabyte_of_noise(port: int) -> socket.socket:
    stream = plain_connection(port)
    assert send_repeatedly(stream, bytes(2**20), 2**30) < 2**26, "nobody stopped it"
    return stream


def a_gigabyte_after_a_refusal(port: int) -> socket.socket:
    stream = admitted_connection(port)
    stream.sendall(b"\xff" * 4)
    assert send_repeatedly(stream, bytes(2**20), 2**30) < 2**26, "nobody stopped it"
    return stream


def a_flood_of_messages(port: int) -> socket.socket:
    stream = admitted_connection(port, "cso-elm")
    send_repeatedly(stream, frame(encode(ENVELOPE)) * 100, 10**6)
    return stream


def not_a_message(port: int) -> socket.socket:
    stream = admitted_connection(port)
    stream.sendall(frame(b'{"emaid":"secret"}'))
    return stream


def cut_in_two(port: int) -> socket.socket:
    stream = admitted_connection(port)
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
def test_harm_costs_one_note(
    endpoints: EndpointThread, harm: Callable[[int], socket.socket]
) -> None:
    """Harm costs little time and one note."""
    served = endpoints.serve("csp-alba", limits=TIGHT_LIMITS)
    begun = time.monotonic()
    with harm(served.port) as stream:
        read_to_end(stream)
        took = time.monotonic() - begun
        (note,) = served.noted()
        assert (note.error.rule_id, note.error.where) == HARM[harm]
        assert took < 6  # a greeting dripped to its end takes 11
    time.sleep(0.05)
    assert len(served.notes) == 1
    with admitted_connection(served.port):
        pass  # it is there for others


def test_a_flood_is_told_so(endpoints: EndpointThread) -> None:
    """A peer that is turned away for a flood is told so behind the answers."""
    served = endpoints.serve("csp-alba", limits=replace(TIGHT_LIMITS, farewell_seconds=5))
    with admitted_connection(served.port, "cso-elm") as stream:
        stream.sendall(frame(encode(ENVELOPE)) * 320)
        got = read_to_end(stream)
    assert got.endswith(frame(b"TLS-12"))
    assert got.count(b"authorization-answer") == 300


def test_answers_come_before_the_end(endpoints: EndpointThread) -> None:
    """What was said before a fault is answered before the last word."""
    served = endpoints.serve("csp-alba", limits=TIGHT_LIMITS)
    with admitted_connection(served.port, "cso-elm") as stream:
        stream.sendall(frame(encode(ENVELOPE)) + b"\xff" * 4)
        got = read_to_end(stream)
    assert b"authorization-answer" in got
    assert got.endswith(frame(b"TLS-9"))


def test_a_deaf_peer_is_turned_away(endpoints: EndpointThread) -> None:
    served = endpoints.serve("csp-alba", limits=replace(TIGHT_LIMITS, frames_per_second=10**6))
    with admitted_connection(served.port, "cso-elm", small=True) as stream:
        stream.settimeout(2)
        send_repeatedly(stream, frame(encode(ENVELOPE)) * 100, 2**26)
        (note,) = served.noted()
    assert (note.error.rule_id, note.error.where) == ("TLS-10", "takes nothing for 0.6 seconds")


def test_a_crowd_of_strangers(endpoints: EndpointThread) -> None:
    """A crowd of strangers is one note and leaves the known alone."""
    served = endpoints.serve("csp-alba", limits=replace(TIGHT_LIMITS, handshake_seconds=1.5))
    with admitted_connection(served.port, "cso-elm") as before, contextlib.ExitStack() as crowd:
        strangers = [crowd.enter_context(plain_connection(served.port)) for _ in range(100)]
        endpoints.wait_until(lambda: bool(served.notes))
        before.sendall(frame(encode(ENVELOPE)))
        assert b"authorization-answer" in before.recv(1000)
        turned_away = sum(read_to_end(one) == b"" for one in strangers[:92])
        assert turned_away == 92, "the oldest made room"
        assert [note.error.rule_id for note in served.notes] == ["TLS-11"]
        for one in strangers:
            read_to_end(one)
        assert sorted(note.error.rule_id for note in served.notes) == ["TLS-10"] * 8 + [
            "TLS-11"
        ]
    with admitted_connection(served.port):
        pass


def test_a_crowd_from_one_address(endpoints: EndpointThread) -> None:
    """Strangers from one address make room among themselves, and the others stay."""
    limits = replace(TIGHT_LIMITS, handshake_seconds=1.5, strangers_per_address=3)
    served = endpoints.serve("csp-alba", limits=limits)
    with contextlib.ExitStack() as crowd:
        address = ("127.0.0.1", served.port)
        elsewhere = crowd.enter_context(
            socket.create_connection(address, timeout=30, source_address=("127.0.0.2", 0))
        )
        strangers = [crowd.enter_context(plain_connection(served.port)) for _ in range(20)]
        assert [read_to_end(one) for one in strangers[:17]] == [b""] * 17
        endpoints.wait_until(lambda: served.live.open_connections == 4)
        assert served.live.counts["strangers_per_address"] == 17
        assert [note.error.where for note in served.notes] == ["3 connections at once"]
        elsewhere.sendall(b"GET / HTTP/1.1")
        endpoints.wait_until(lambda: len(served.notes) == 2)
        assert served.notes[1].error.where == "http request", "it is heard"


def test_records_without_a_frame(endpoints: EndpointThread) -> None:
    """Records that hold little or nothing of a frame, as key updates are, are counted and end a
    connection.
    """
    served = endpoints.serve("csp-alba", limits=replace(TIGHT_LIMITS, frame_seconds=5))
    with admitted_connection(served.port, "cso-elm") as stream:
        with contextlib.suppress(OSError):
            for byte in frame(encode(ENVELOPE)):
                stream.send(bytes((byte,)))  # a record of its own, with a head of its own
        (note,) = served.noted()
    assert note.error.rule_id == "TLS-12"
    assert note.error.where == "more than 32 records besides frames in a second"
    assert served.live.counts["spare_records_per_second"] == 1


@pytest.mark.parametrize("records", [1, 2, 4])
def test_a_frame_in_some_records(endpoints: EndpointThread, records: int) -> None:
    """A frame may come in a few records: many write its head by itself."""
    served = endpoints.serve("csp-alba", limits=replace(TIGHT_LIMITS, frames_per_second=10**6))
    raw = frame(encode(ENVELOPE))
    cuts = [4 * number for number in range(records)]
    with admitted_connection(served.port, "cso-elm") as stream:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(100):
            for start, end in pairwise((*cuts, len(raw))):
                stream.send(raw[start:end])
            assert b"authorization-answer" in stream.recv(1_000)
        stream.unwrap()
    assert served.noted(0) == []


def test_a_stop_before_the_start() -> None:
    """An endpoint that was never started can be stopped."""

    async def main() -> None:
        rep = endpoint("csp-alba")
        live = LiveEndpoint(rep, credentials("csp-alba"), lambda _: None)
        await live.stop()
        assert live.open_connections == 0

    asyncio.run(main())


def test_connections_of_one_peer(endpoints: EndpointThread) -> None:
    """A peer has so many connections, and is told so."""
    served = endpoints.serve("csp-alba", limits=TIGHT_LIMITS)
    with (
        admitted_connection(served.port),
        admitted_connection(served.port),
        admitted_connection(served.port, "cso-elm"),
    ):
        for _ in range(3):
            with admitted_connection(served.port) as third:
                assert read_to_end(third) == frame(b"TLS-11")
        assert [(note.peer, note.error.rule_id) for note in served.notes] == [
            ("csp-alba", "TLS-11")
        ]
    endpoints.wait_until(lambda: not served.live.open_connections)
    with (
        admitted_connection(served.port),
        admitted_connection(served.port),
        admitted_connection(served.port),
    ):
        endpoints.wait_until(
            lambda: [note.error.rule_id for note in served.notes].count("TLS-11") == 2
        )


def test_silence_is_no_fault(endpoints: EndpointThread) -> None:
    """A silence between frames is no fault."""
    served = endpoints.serve("csp-alba", limits=TIGHT_LIMITS)
    with admitted_connection(served.port) as stream:
        assert read_to_end(stream) == b""
    assert served.noted(0) == []
