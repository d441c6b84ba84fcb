"""A world in which csp-alba has a defect: the endpoint of cso-elm there, and what csp-alba
shows to it.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from refimpl.edition import load
from refimpl.play.example import NETWORK
from refimpl.tls.channel import Credentials
from tests.live import (
    EndpointThread,
    PemFiles,
    Served,
    pem_files,
    pki_with,
    tls_connection,
)

NO_CRLS: Final = "no CRLs at all"
NO_CERTIFICATE: Final = "no certificate"
WITHOUT_DEFECT: Final = {NO_CERTIFICATE, NO_CRLS, "TLS 1.1 only", "TLS 1.2 only"}
"""What is wrong in another way than by a certificate or a CRL."""


def defect_of(wrong: str) -> str:
    """The defect of a PKI that goes with what is wrong, or none."""
    return "" if wrong in WITHOUT_DEFECT else wrong


@cache
def _endpoint(
    endpoints: EndpointThread, defect: str, edition: str, without_crls: bool
) -> Served:
    own = Credentials.from_pki(pki_with(defect), "cso-elm", NETWORK, load(edition))
    if without_crls:
        own = Credentials(own.edition, NETWORK, own.leaf, own.roots, ())
    return endpoints.serve("cso-elm", edition, credentials=own)


def served(endpoints: EndpointThread, wrong: str, edition: str) -> Served:
    """The endpoint of cso-elm where csp-alba has that wrong with it, one for all who visit it;
    it has noted nothing yet.
    """
    endpoint = _endpoint(endpoints, defect_of(wrong), edition, wrong == NO_CRLS)
    endpoint.notes.clear()
    return endpoint


def shown(wrong: str) -> PemFiles | None:
    """What csp-alba shows."""
    return None if wrong == NO_CERTIFICATE else pem_files(pki_with(defect_of(wrong)))


def context_of(wrong: str) -> ssl.SSLContext:
    """The settings of csp-alba, as a client of the standard library."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    own = pem_files(pki_with(wrong))
    context.load_verify_locations(pem_files(pki_with()).ca)
    context.load_cert_chain(own.chain, own.key)
    return context


@contextmanager
def connected(
    port: int, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> Iterator[ssl.SSLSocket]:
    """A client of the standard library that has come as far as the end of its handshake."""
    unconnected = context.wrap_socket(
        socket.socket(), server_hostname="localhost", session=session
    )
    with tls_connection(port, unconnected) as tls:
        yield tls
