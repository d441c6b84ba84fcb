"""Endpoints that run in a thread, for tests that speak to them from outside.

The clock is the real one, because OpenSSL looks at no other.
"""

import asyncio
import atexit
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import RoamingEndpoint
from refimpl.play.example import NETWORK
from refimpl.security.defects import defective_pki
from refimpl.security.pki import Algorithm, Pki, roaming_pki
from refimpl.security.pki_files import MARK, write
from refimpl.tls.channel import Credentials
from refimpl.tls.limits import Limits
from refimpl.tls.serving import LiveEndpoint, Note
from tests.world import EMAID, EVSE_ID, envelope

SEED: Final = b"tests of live endpoints"
NOW: Final = datetime.now(UTC)
ENVELOPE: Final = envelope(request_id="r-1", sent_at=NOW.replace(microsecond=0))
TIGHT_LIMITS: Final = Limits(
    handshake_seconds=0.6,
    frame_seconds=0.6,
    idle_seconds=0.6,
    farewell_seconds=0.3,
    frames_per_second=300,
    strangers=8,
    connections_per_peer=2,
)
FOREIGN: Final = Path(__file__).parent / "foreign"


@cache
def pki_with(defect: str = "", of: str = "csp-alba") -> Pki:
    """The PKI of the example network, whole or with one defect."""
    if defect:
        return defective_pki(NETWORK, defect, of, seed=SEED, now=NOW)
    return roaming_pki(NETWORK, seed=SEED, now=NOW)


@cache
def pki_of(algorithm: Algorithm) -> Pki:
    """The PKI of the example network with keys of one kind."""
    return roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm=algorithm)


def credentials(name: str, edition: str = "2025", pki: Pki | None = None) -> Credentials:
    return Credentials.from_pki(pki or pki_with(), name, NETWORK, load(edition))


def with_rsa_key(own: Credentials) -> Credentials:
    """The same entity with an RSA certificate by the authority that issued the other one."""
    issuer = next(ca for ca in pki_with().issuers if ca.label == "ca-parties")
    old, key = own.leaf.chain[0], rsa.generate_private_key(65537, 2048)
    builder = x509.CertificateBuilder(
        issuer.certificate.subject, old.subject, key.public_key(), 7
    )
    builder = builder.not_valid_before(NOW - timedelta(hours=1)).not_valid_after(
        NOW + timedelta(days=1)
    )
    chain = (builder.sign(issuer.key, SHA256()), issuer.certificate)
    return replace(own, leaf=replace(own.leaf, chain=chain, key=cast(Any, key)))


def endpoint(name: str, edition: str = "2025", mode: str = "direct") -> RoamingEndpoint:
    return RoamingEndpoint(
        name,
        NETWORK,
        load(edition),
        mode,
        contracts=HashTrieMap({EMAID: True}),
        evses=HashTrieMap({EVSE_ID: "available"}),
    )


class Served:
    """A live endpoint in the thread of a `EndpointThread`: its port and its notes."""

    def __init__(self, thread: "EndpointThread", live: LiveEndpoint, notes: list[Note]) -> None:
        self.thread, self.live, self.notes = thread, live, notes
        self.port = thread.run(live.start())[1]

    def noted(self, number: int = 1, seconds: float = 5) -> list[Note]:
        """The notes, once there are so many of them, and the connections they were of have
        ended.
        """
        self.thread.wait_until(
            lambda: len(self.notes) >= number and not self.live.open_connections, seconds
        )
        return list(self.notes)


class EndpointThread:
    """An event loop in a thread, and the endpoints in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.served: list[Served] = []

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def wait_until(self, holds: Callable[[], bool], seconds: float = 5) -> None:
        async def wait() -> None:
            async with asyncio.timeout(seconds):
                while not holds():
                    await asyncio.sleep(0.002)

        self.run(wait())

    def serve(
        self,
        name: str = "cso-elm",
        edition: str = "2025",
        pki: Pki | None = None,
        **settings: Any,
    ) -> Served:
        notes: list[Note] = []
        rep = endpoint(name, edition, settings.pop("mode", "direct"))
        live = LiveEndpoint(
            rep,
            settings.pop("credentials", credentials(name, edition, pki)),
            notes.append,
            **settings,
        )
        self.served.append(Served(self, live, notes))
        return self.served[-1]

    def close(self) -> None:
        for one in self.served:
            self.run(one.live.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


@contextmanager
def endpoint_thread() -> Iterator[EndpointThread]:
    it = EndpointThread()
    try:
        yield it
    finally:
        it.close()


# --- clients ----------------------------------------------------------------------------------


class PemFiles:
    """The files that a stranger shows: those of one entity of a PKI."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.ca = folder / f"{MARK}ca-root.cert.pem"
        self.chain = folder / f"{MARK}entity-{name}.chain.pem"
        self.key = folder / f"{MARK}entity-{name}.key.pem"
        self.above = folder.parent / f"above-{name}.pem"
        _, *above = re.findall(
            rb"-----BEGIN.+?-----END[^\n]+\n", self.chain.read_bytes(), re.DOTALL
        )
        self.above.write_bytes(b"".join(above))


_folders: dict[int, tuple[Pki, Path]] = {}


def pem_files(pki: Pki, name: str = "csp-alba") -> PemFiles:
    """The files of an entity, written once for each PKI."""
    if id(pki) not in _folders:
        _folders[id(pki)] = pki, Path(mkdtemp(), "pki")
        write(pki, _folders[id(pki)][1])
        atexit.register(shutil.rmtree, _folders[id(pki)][1].parent)
    return PemFiles(_folders[id(pki)][1], name)


def plain_connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


@contextmanager
def tls_connection(port: int, tls: ssl.SSLSocket) -> Iterator[ssl.SSLSocket]:
    """Connect a socket that was made for TLS, and close it in the end whatever comes.

    Python's `wrap_socket` loses a connection that was reset before it was wrapped, unclosed; one
    that is not connected yet is safe.
    """
    with tls:
        tls.settimeout(30)
        tls.connect(("127.0.0.1", port))
        yield tls


def admitted_connection(
    port: int, name: str = "csp-alba", small: bool = False
) -> ssl.SSLSocket:
    """A peer that was taken on; with `small`, one that lets little pile up on its side."""
    own = pem_files(pki_with(), name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(own.ca)
    context.load_cert_chain(own.chain, own.key)
    tls = context.wrap_socket(socket.socket(), server_hostname="localhost")
    tls.settimeout(30)
    if small:
        tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    tls.connect(("127.0.0.1", port))
    assert tls.recv(4) == bytes(4)
    return tls


def read_to_end(stream: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    got = b""
    with suppress(ConnectionError, ssl.SSLError):
        while more := stream.recv(65536):
            got += more
    return got


def send_repeatedly(stream: socket.socket, block: bytes, total: int) -> int:
    """Say so much, or as much as is taken."""
    said = 0
    with suppress(OSError):
        while said < total:
            stream.sendall(block)
            said += len(block)
    return said


def frame(payload: bytes) -> bytes:
    return len(payload).to_bytes(4, "big") + payload
