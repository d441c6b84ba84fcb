"""What stands between: a proxy that passes TLS on leaves every rule in force, one that ends TLS
takes some of them away.

Behind a proxy that ends TLS, as many a load balancer does, the endpoint sees the channel and
the certificate of the proxy alone.  It learns neither the client's version (TLS-1) nor its
suite (TLS-2), and cannot cut off a client whose certificate is revoked (TLS-5).  These tests
show what is lost, so that it is not taken for kept.
"""

import asyncio
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.defects import connected, context_of
from tests.live import (
    EndpointThread,
    Served,
    credentials,
    frame,
    pem_files,
    pki_with,
    read_to_end,
)

pytestmark = pytest.mark.slow

NO_FRAME = b"GET "
"""The length of no frame: an endpoint notes TLS-9 and with whom."""


# --- two proxies ------------------------------------------------------------------------------


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until there is no more."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:  # one side is gone, and the other is to go
        pass
    finally:
        writer.close()


@contextmanager
def proxy(
    endpoint: Served, outer: ssl.SSLContext | None = None, inner: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A proxy before an endpoint, and its port; with settings it ends TLS and opens its own,
    without them it passes TLS on.
    """

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", endpoint.port, ssl=inner)
        await asyncio.gather(pump(reader, forth), pump(back, writer))

    run = endpoint.thread.run
    server = run(asyncio.start_server(relay, "127.0.0.1", 0, ssl=outer))
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        endpoint.thread.loop.call_soon_threadsafe(server.close)


@contextmanager
def ending(endpoint: Served) -> Iterator[int]:
    """A proxy of house-north that ends TLS, and takes whom its library takes: without CRLs, by
    any version and any suite.
    """
    own = pem_files(pki_with(), "house-north")
    outer, inner = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    outer.verify_mode = ssl.CERT_REQUIRED
    inner.check_hostname = False
    allow_anything(outer)
    for context in (outer, inner):
        context.load_verify_locations(own.ca)
        context.load_cert_chain(own.chain, own.key)
    with proxy(endpoint, outer, inner) as port:
        yield port


# --- an endpoint, and three clients that are not to be taken on ------------------------------------------------


def serve_with_news(endpoints: EndpointThread) -> Served:
    """An endpoint that knows csp-alba to be revoked."""
    own = credentials("cso-elm", "2019", pki_with("revoked"))
    return endpoints.serve("cso-elm", "2019", credentials=own)


def allow_anything(context: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    return context


def by_an_old_version() -> ssl.SSLContext:
    """A client that breaks TLS-1."""
    context = allow_anything(context_of(""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def by_a_weak_suite() -> ssl.SSLContext:
    """A client that breaks TLS-2."""
    context = context_of("")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    return context


def revoked() -> ssl.SSLContext:
    """A client whose certificate was revoked."""
    return context_of("revoked")


CLIENTS = (
    (by_an_old_version, "TLS-1", "tlsv1 alert protocol version"),
    (by_a_weak_suite, "TLS-2", "sslv3 alert handshake failure"),
    (revoked, "CRT-17", "sslv3 alert certificate revoked"),
)
EACH_CLIENT = pytest.mark.parametrize(
    ("client", "rule", "alert"), CLIENTS, ids=[rule for _, rule, _ in CLIENTS]
)


def who_is_noted(endpoint: Served) -> list[tuple[str, str]]:
    return [(note.peer, note.error.rule_id) for note in endpoint.noted()]


# --- what becomes of them ---------------------------------------------------------------------


def test_passed_on_all_is_well(endpoints: EndpointThread) -> None:
    """The endpoint knows a client behind a proxy that passes TLS on."""
    endpoint = endpoints.serve("cso-elm", "2019")
    with proxy(endpoint) as port, connected(port, context_of("")) as tls:
        assert tls.recv(4) == bytes(4)
        tls.sendall(NO_FRAME)
        assert read_to_end(tls) == frame(b"TLS-9")
    assert who_is_noted(endpoint) == [("csp-alba", "TLS-9")]


@EACH_CLIENT
def test_passed_on_each_is_refused(
    endpoints: EndpointThread, client: Callable[[], ssl.SSLContext], rule: str, alert: str
) -> None:
    endpoint = serve_with_news(endpoints)
    with (
        proxy(endpoint) as port,
        pytest.raises(ssl.SSLError, match=alert),
        connected(port, client()) as tls,
    ):
        tls.recv(1)
    assert who_is_noted(endpoint) == [("", rule)]


@EACH_CLIENT
def test_behind_an_end_none_is_refused(
    endpoints: EndpointThread, client: Callable[[], ssl.SSLContext], rule: str, alert: str
) -> None:
    """Whatever is wrong with a client, the endpoint takes on the proxy that stands before it."""
    endpoint = serve_with_news(endpoints)
    with ending(endpoint) as port, connected(port, client()) as tls:
        assert tls.recv(4) == bytes(4)
        tls.sendall(NO_FRAME)
        assert read_to_end(tls) == frame(b"TLS-9")
    assert who_is_noted(endpoint) == [("house-north", "TLS-9")]


def test_behind_an_end_news_is_lost(endpoints: EndpointThread) -> None:
    """Of two clients that are revoked, the one behind a proxy that ends TLS is not cut off."""
    endpoint = endpoints.serve("cso-elm", "2019")
    with (
        ending(endpoint) as port,
        connected(endpoint.port, context_of("")) as direct,
        connected(port, context_of("")) as behind,
    ):
        assert direct.recv(4) == behind.recv(4) == bytes(4)
        endpoint.thread.loop.call_soon_threadsafe(
            endpoint.live.renew_credentials, credentials("cso-elm", "2019", pki_with("revoked"))
        )
        assert read_to_end(direct) == frame(b"CRT-17")
        behind.sendall(NO_FRAME)
        assert read_to_end(behind) == frame(b"TLS-9"), "it was still there"
    assert who_is_noted(endpoint) == [("csp-alba", "CRT-17"), ("house-north", "TLS-9")]
