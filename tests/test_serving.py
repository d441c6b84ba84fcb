"""A live endpoint among others that come and go: whom it calls, what it says again, and what it
forgets.
"""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from refimpl.edition import load
from refimpl.errors import Untrusted, Violation
from refimpl.messages import StationInformationNotice
from refimpl.network import Block, Network, RoamingEntity
from refimpl.security.pki import roaming_pki
from refimpl.tls import serving as serving_module
from refimpl.tls.channel import Channel, Credentials
from refimpl.tls.message_protection import ROOM, MessageProtection, Room
from refimpl.tls.serving import LiveEndpoint
from refimpl.vocabulary import Kind, Phase, Protection
from refimpl.wire import MAX_BYTES, decode, encode
from tests.live import (
    ENVELOPE,
    NOW,
    TIGHT_LIMITS,
    EndpointThread,
    admitted_connection,
    credentials,
    frame,
    pki_with,
    plain_connection,
    read_to_end,
)
from tests.world import EVSE_ID, find_service

pytestmark = pytest.mark.slow


def test_an_unreachable_endpoint(endpoints: EndpointThread) -> None:
    """An endpoint that cannot be reached is noted and reached later."""
    clock = [datetime.now(UTC)]
    csp, cso = endpoints.serve("csp-alba"), endpoints.serve("cso-elm", clock=lambda: clock[0])

    def ask(service: str) -> None:
        endpoints.loop.call_soon_threadsafe(
            cso.live.send_message, ENVELOPE.message, "csp-alba", service
        )

    ask("service-1")
    assert [(n.error.rule_id, n.error.where) for n in cso.noted()] == [
        ("TLS-14", "csp-alba has no address")
    ]
    with socket.create_server(("127.0.0.1", 0)) as gone:
        cso.live.addresses["csp-alba"] = gone.getsockname()
    clock[0] += timedelta(seconds=6)
    ask("service-2")
    assert (cso.noted(2)[1].error.rule_id, cso.notes[1].peer) == ("TLS-14", "csp-alba")
    cso.live.addresses["csp-alba"] = ("127.0.0.1", csp.port)
    clock[0] += timedelta(seconds=6)
    ask("service-3")
    endpoints.wait_until(lambda: not cso.live.rep.outbox)
    assert {one.phase for one in cso.live.rep.sessions.values()} == {Phase.GRANTED}


def say(endpoints: EndpointThread, live: LiveEndpoint, service: str) -> None:
    endpoints.loop.call_soon_threadsafe(
        live.send_message, ENVELOPE.message, "csp-alba", service
    )


def answered(live: LiveEndpoint, service: str) -> bool:
    return find_service(live.rep, service) is not None and not live.rep.outbox


def test_a_silent_connection_reopens(endpoints: EndpointThread) -> None:
    """A connection that was closed after a silence is opened again."""
    csp = endpoints.serve("csp-alba", limits=TIGHT_LIMITS)
    cso = endpoints.serve("cso-elm", addresses={"csp-alba": ("127.0.0.1", csp.port)})
    for service in ("service-1", "service-2"):
        say(endpoints, cso.live, service)
        endpoints.wait_until(partial(answered, cso.live, service), 2)
        endpoints.wait_until(lambda: not cso.live.open_connections, 3)
    assert (csp.notes, cso.notes) == ([], [])


def questions(live: LiveEndpoint) -> int:
    """How many questions wait for an answer."""
    return sum(len(connection.questions) for connection in live._peers)


def test_what_waits_is_bounded(endpoints: EndpointThread) -> None:
    """What waits for a peer or for an answer is bounded."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        limits = replace(TIGHT_LIMITS, idle_seconds=5, questions=3, waiting_frames=2)
        house = endpoints.serve(
            "house-north",
            mode="clearing-house",
            limits=limits,
            addresses={"csp-alba": deaf.getsockname()},
        )
        with admitted_connection(house.port, "cso-elm") as stream:
            for number in range(10):
                asked = {"request_id": f"r-{number}", "correlation_id": f"service-{number}"}
                stream.sendall(frame(encode(ENVELOPE.model_copy(update=asked))))
            endpoints.wait_until(lambda: len(house.live.rep.relays.latest) == 10)
            assert questions(house.live) == 3
            assert len(house.live._waiting["csp-alba"]) == 2
            endpoints.wait_until(lambda: not house.live._waiting)
            assert [(note.peer, note.error.rule_id) for note in house.notes] == [
                ("csp-alba", "TLS-10")
            ]
            stream.unwrap()
        endpoints.wait_until(lambda: not house.live.open_connections)
        assert house.live.counts["questions"] == 7
        assert house.live.counts["waiting_frames"] == 8


def test_unsent_bytes_are_bounded(endpoints: EndpointThread) -> None:
    """What a peer does not take piles up only so high."""
    limits = replace(TIGHT_LIMITS, unsent_bytes=500_000, frame_seconds=5)
    served = endpoints.serve("csp-alba", limits=limits)
    with admitted_connection(served.port, "cso-elm", small=True):
        (connection,) = served.live._peers

        async def say_much() -> int:
            most = 0
            for _ in range(200):
                connection.send_frame(b"x" * MAX_BYTES)
                connection.flush()
                most = max(most, connection._transport.get_write_buffer_size())
            return most

        assert 500_000 < endpoints.run(say_much()) < 200 * MAX_BYTES
        (note,) = served.noted()
    assert note.error.rule_id == "TLS-10"
    assert note.error.where == "more than 500000 bytes not taken"


def stations(number: int, name: str) -> StationInformationNotice:
    """A notice of many stations with long names."""
    told = {
        "evse_id": EVSE_ID,
        "name": name,
        "power_w": 1,
        "services": ("energy-transfer",),
    }
    return StationInformationNotice.model_validate({"stations": (told,) * number})


@pytest.mark.parametrize("level", Protection)
def test_a_long_message_is_refused(endpoints: EndpointThread, level: Protection) -> None:
    """What is too long once it is protected is refused at once, and nothing else waits for it."""
    csp = endpoints.serve("csp-alba", protection=MessageProtection(level))
    cso = endpoints.serve(
        "cso-elm",
        addresses={"csp-alba": ("127.0.0.1", csp.port)},
        protection=MessageProtection(level),
    )

    async def say_long() -> None:
        cso.live.send_message(stations(100, "€" * 200), "csp-alba", "aside-1")

    with pytest.raises(Violation, match="WIR-1"):
        endpoints.run(say_long())
    assert not cso.live.rep.outbox.waits
    say(endpoints, cso.live, "service-1")
    endpoints.wait_until(partial(answered, cso.live, "service-1"), 2)


@pytest.mark.parametrize("level", [Protection.SIGNED, Protection.SEALED])
def test_what_cannot_be_said_is_given_up(
    endpoints: EndpointThread, level: Protection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What turns out too long is dropped with a note, and the next of its line is said."""
    long = Room(MAX_BYTES, MAX_BYTES)
    monkeypatch.setattr(serving_module, "ROOM", dict.fromkeys(Protection, long))
    csp = endpoints.serve("csp-alba", protection=MessageProtection(level))
    cso = endpoints.serve(
        "cso-elm",
        addresses={"csp-alba": ("127.0.0.1", csp.port)},
        protection=MessageProtection(level),
    )

    async def say_both() -> None:
        cso.live.send_message(stations(100, "€" * 190), "csp-alba", "aside-1")
        cso.live.send_message(stations(1, "short"), "csp-alba", "aside-2")

    endpoints.run(say_both())
    endpoints.wait_until(lambda: not cso.live.rep.outbox.waits)
    endpoints.wait_until(lambda: len(csp.live.rep.stations) == 1)
    assert [note.error.rule_id for note in cso.notes] == ["TLS-9"]


GROWTH = {Protection.CHANNEL: 1, Protection.SIGNED: 4 / 3, Protection.SEALED: 16 / 9}
LONG = "csp-" + "a" * 36, "cso-" + "b" * 36
HOUSES = "house-" + "c" * 34, "house-" + "d" * 34


@pytest.mark.parametrize("level", Protection)
def test_room_for_the_longest(level: Protection) -> None:
    """The longest message that may be said still fits when two houses have passed it on, with
    the longest names and ids there are.
    """
    csp, cso = LONG
    network = Network(
        entities=tuple(
            RoamingEntity(id=name, kind=Kind(kind))
            for name, kind in (
                (csp, "csp"),
                (cso, "cso"),
                *((house, "clearing-house") for house in HOUSES),
            )
        ),
        links=(
            Block(left=HOUSES[:1], right=(cso, HOUSES[1])),
            Block(left=HOUSES[1:], right=(csp,)),
        ),
        agreements=(Block(left=(csp,), right=(cso,)),),
    )
    made = roaming_pki(network, seed=b"the longest", now=NOW, algorithm="P-256")
    edition = load("2025")
    own = {name: Credentials.from_pki(made, name, network, edition) for name in network.by_id}
    ids = {"correlation_id": "c" * 64, "request_id": "r" * 64}
    envelope = ENVELOPE.model_copy(update={"sender": cso, "receiver": csp, **ids})
    message = stations(100, "€" * 200)
    while len(encode(envelope.model_copy(update={"message": message}))) > ROOM[level].own:
        message = message.model_copy(update={"stations": message.stations[:-1]})
    missing = ROOM[level].own - len(encode(envelope.model_copy(update={"message": message})))
    assert missing < 750
    said = envelope.model_copy(update={"message": message})
    protection, previous = MessageProtection(level), ""
    for here, following in pairwise((cso, *HOUSES, csp)):
        hops = (previous, here, following)
        raw = protection.write_frame(said, hops, own[here], NOW.replace(microsecond=0))
        assert len(raw) + missing * GROWTH[level] <= MAX_BYTES
        said, previous = protection.read_frame(raw).under(here[:1] * 64), here


def test_an_answer_where_it_was_asked(endpoints: EndpointThread) -> None:
    served = endpoints.serve("csp-alba")
    with (
        admitted_connection(served.port, "cso-elm") as one,
        admitted_connection(served.port, "cso-elm") as two,
    ):
        one.sendall(frame(encode(ENVELOPE)))
        answer = one.recv(10_000)
        assert decode(answer[4:]).message.kind == "authorization-answer"
        two.sendall(frame(encode(ENVELOPE)))
        assert two.recv(10_000) == answer, "and again where it was asked again"


def test_a_peer_is_admitted_again(endpoints: EndpointThread) -> None:
    """A connection ends once its peer would not be taken on any more."""
    clock = [NOW]
    served = endpoints.serve("csp-alba", clock=lambda: clock[0])
    with admitted_connection(served.port, "cso-elm") as stream:
        stream.sendall(frame(encode(ENVELOPE)))
        assert decode(stream.recv(10_000)[4:]).message.kind == "authorization-answer"
        clock[0] += timedelta(days=8)
        stream.sendall(frame(encode(ENVELOPE)))
        assert read_to_end(stream) == frame(b"CRT-16")


def test_a_revocation_in_a_handshake(endpoints: EndpointThread) -> None:
    """News of a revocation reaches a handshake under way."""
    served = endpoints.serve("cso-elm")
    client, now = Channel(credentials("csp-alba"), accepting=False), NOW
    with plain_connection(served.port) as stream:
        stream.sendall(client.data_to_send())
        while client.peer is None:
            client.receive_data(stream.recv(10_000), now)
        before = served.live._credentials
        endpoints.loop.call_soon_threadsafe(
            served.live.renew_credentials, credentials("cso-elm", pki=pki_with("revoked"))
        )
        endpoints.wait_until(lambda: served.live._credentials is not before)
        stream.sendall(client.data_to_send())
        with pytest.raises(Untrusted, match="the peer says CRT-17"):
            client.receive_data(read_to_end(stream), now)
    assert [note.error.rule_id for note in served.noted()] == ["CRT-17"]


def test_a_refusal_keeps_the_channel(endpoints: EndpointThread) -> None:
    """A message that breaks a rule is refused and the channel stays."""
    served = endpoints.serve("csp-alba")
    with admitted_connection(served.port, "cso-fjord") as stream:
        stream.sendall(frame(encode(ENVELOPE)))
        refusal = decode(stream.recv(10_000)[4:]).message
        assert (refusal.kind, getattr(refusal, "rule", "")) == ("refusal", "REP-2")
        stream.sendall(frame(encode(ENVELOPE)))
        assert stream.recv(10_000)
    assert [note.error.rule_id for note in served.notes[:2]] == ["REP-2", "REP-2"]
