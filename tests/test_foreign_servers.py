"""What an endpoint hears when it opens a channel to a foreign stack, and that stack has
something against it.

The stacks look for what their libraries look for by default.  Each takes a client that is
revoked, because it has no CRL; what an endpoint of the model refuses besides, none of them
sees.
"""

import ssl
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.errors import RoamingError
from refimpl.play.example import NETWORK
from refimpl.tls.channel import Channel, Credentials
from tests.foreign_peers import CASES, NOT_SEEN, SEEN, is_measured, said_by
from tests.live import credentials, pem_files, pki_with, plain_connection
from tests.tls_stacks import SERVERS, require, visited

pytestmark = pytest.mark.slow


class Bare(Credentials):
    """Those of an entity that shows no certificate."""

    def load_into(self, context: ssl.SSLContext) -> None:
        (root,) = self.roots
        context.load_verify_locations(cadata=root.public_bytes(Encoding.DER))
        context.verify_flags &= ~ssl.VERIFY_CRL_CHECK_CHAIN


def wrong_credentials(wrong: str) -> Credentials:
    """Those of csp-alba with something wrong in what it shows, not in whom it trusts."""
    good = credentials("csp-alba", "2019")
    if wrong == "no certificate":
        return Bare(good.edition, NETWORK, good.leaf, good.roots, good.crls)
    return replace(good, leaf=credentials("csp-alba", "2019", pki_with(wrong)).leaf)


def open_channel(port: int, own: Credentials) -> tuple[str, str]:
    """How an attempt at a channel ends: by the rule and the place of its fault, or admitted."""
    channel = Channel(own, accepting=False, expected="cso-elm")
    with plain_connection(port) as plain:
        try:
            while not channel.admitted:
                plain.sendall(channel.data_to_send())
                channel.receive_data(plain.recv(65536), datetime.now(UTC))
        except RoamingError as error:
            return error.rule_id, error.where
    return "", "admitted"


def noted(stack: str, wrong: str, version: str) -> tuple[str, str]:
    """What an endpoint has to note."""
    if wrong in NOT_SEEN:
        return "", "admitted"
    case = next(case for case in CASES if case.wrong == wrong)
    if said := said_by(stack, case, version):
        return "TLS-7", f"the peer says {said}"
    return "TLS-6", "unexpected eof while reading"


@pytest.mark.parametrize("stack", SERVERS)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("wrong", ["", *SEEN, *NOT_SEEN])
def test_a_foreign_server(wrong: str, version: str, stack: str) -> None:
    require(stack)
    with visited(stack, version, pem_files(pki_with(), "cso-elm")) as port:
        heard = open_channel(port, wrong_credentials(wrong))
    rule, where = noted(stack, wrong, version) if wrong else ("", "admitted")
    assert heard[0] == rule
    assert not is_measured(stack) or heard[1] == where
