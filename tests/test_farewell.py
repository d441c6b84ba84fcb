"""A refusal reaches a client that speaks before it listens.

With TLS 1.3 the client's part of the handshake is over first, so it may say a request that
nothing will read.  A socket that is closed over unread bytes takes back what it said last: the
client would see a reset, and not the reason.  So the endpoint reads on for a while (TLS-7).
"""

import ssl
import time
from collections.abc import Callable

import pytest

from tests.defects import connected, context_of, served, shown
from tests.foreign_peers import CASES
from tests.live import EndpointThread, frame, pem_files, pki_with, plain_connection
from tests.tls_stacks import STACKS, Visit, ask, require

pytestmark = pytest.mark.slow

TIMES = 20
REQUEST = frame(b"x" * 60_000)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("wrong", "version"),
    [("no certificate", "1.3"), ("somebody-else", "1.2"), ("somebody-else", "1.3")],
)
def test_no_reason_is_lost(
    endpoints: EndpointThread, wrong: str, version: str, stack: str
) -> None:
    """Every stack reads the alert, or the last frame, after a request of its own."""
    require(stack)
    case = next(case for case in CASES if case.wrong == wrong)
    endpoint = served(endpoints, wrong, "2019")
    visit = Visit(endpoint.port, version, shown(wrong), pem_files(pki_with()), early=REQUEST)
    told = {(one.frames, one.end) for one in (ask(stack, visit) for _ in range(TIMES))}
    alert = case.alert(version)
    frames = () if alert else (case.rule.encode().hex(),)
    assert told == {(frames, f"alert {alert}" if alert else "closed")}
    assert len(endpoint.noted(TIMES)) == TIMES


def test_a_flood_does_not_drown_it(endpoints: EndpointThread) -> None:
    endpoint = served(endpoints, "expired", "2025")
    context = context_of("expired")
    for _ in range(50):
        with connected(endpoint.port, context) as tls:
            tls.sendall(b"x" * 200_000)
            with pytest.raises(ssl.SSLError, match="certificate expired"):
                tls.recv(1)
    assert {note.error.rule_id for note in endpoint.noted(50)} == {"CRT-5"}
    assert len(endpoint.notes) == 50


def test_it_waits_for_a_slow_reader(endpoints: EndpointThread) -> None:
    """A client that goes on for half a second before it listens is told all the same."""
    endpoint = served(endpoints, "expired", "2025")
    with connected(endpoint.port, context_of("expired")) as tls:
        for _ in range(5):
            tls.sendall(REQUEST)
            time.sleep(0.1)
        with pytest.raises(ssl.SSLError, match="certificate expired"):
            tls.recv(1)


def test_a_request_in_the_same_breath(endpoints: EndpointThread) -> None:
    """A request that arrives together with the end of the handshake takes nothing back."""
    endpoint = served(endpoints, "expired", "2025")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context_of("expired").wrap_bio(incoming, outgoing, server_hostname="localhost")
    with plain_connection(endpoint.port) as plain:

        def step(deed: Callable[[], object]) -> None:
            """Do it, with what the endpoint has to say before; what is said last is unsent."""
            while True:
                try:
                    deed()
                except ssl.SSLWantReadError:
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65536))
                else:
                    return

        step(tls.do_handshake)
        tls.write(REQUEST)
        with pytest.raises(ssl.SSLError, match="certificate expired"):
            step(tls.read)
