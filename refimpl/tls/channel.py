"""The channel between two roaming endpoints: mutual TLS as the edition asks for it, and frames
of messages in it.

`Channel` is one side of it without a socket or a clock: bytes go in, bytes and frames come out,
and every fault is a rule.  Two of them talk to each other in a notebook as well as over a
network.

Connected is not authenticated: with TLS 1.3 a client's handshake is over before the server has
looked at its certificate.  So the accepting side says when it has taken the peer on, in the
first of its frames (`framing`).

Who the peer is says its certificate and nothing else.  Addresses and host names are not
compared, and no library default is relied on: no system roots, no key log, no session across a
change of CRLs.

Rules: TLS-*, and CRT-* of certificates.
"""

import secrets
import ssl
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from refimpl.edition import Edition
from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.network import Network
from refimpl.security.certificates import (
    ENCRYPTION_KEY,
    Peer,
    Purpose,
    check_chain,
)
from refimpl.security.chain import parse_chain
from refimpl.security.pki import Card, Leaf, Pki
from refimpl.security.revocation import CountingCrls, check_crl_numbers, counting
from refimpl.tls.framing import Frames, framed
from refimpl.tls.verdicts import error_of
from refimpl.vocabulary import Kind

# fmt: off
# TLS-1: what an edition may ask for.
VERSIONS: Final[Mapping[str | None, ssl.TLSVersion]] = MappingProxyType({
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
})
# No key, group or signature below 112 bits, whatever the system's own default.
STRENGTH: Final = "@SECLEVEL=2"
# fmt: on

CHUNK: Final = 16_384
"""How many bytes are read at once: what a TLS record holds at most."""
HANDSHAKE_BYTES: Final = 65_536
"""How many bytes a peer may say before it is known: five certificates have five thousand."""
KNOWN_CHAINS: Final = 1_000
"""How many chains are remembered as good; the thousand and first makes us look at all of them
again.
"""


def openssl_suites(edition: Edition) -> tuple[str, ...]:
    """The suites an edition allows for TLS 1.2 (TLS-2), as OpenSSL spells them.

    >>> from refimpl.edition import load
    >>> openssl_suites(load("2019"))[0]
    'ECDHE-ECDSA-AES128-GCM-SHA256'
    """
    return tuple(map(_openssl_name, edition.suites))


def _openssl_name(suite: str) -> str:
    name = suite.removeprefix("TLS_").replace("_WITH", "").replace("AES_", "AES")
    return name.replace("_", "-")


def recognise(network: Network, entity_id: str, kind: Kind, called: str | None = None) -> None:
    """Take an entity on as a peer; raises `Untrusted` TLS-13 for one the network does not have,
    or not as that kind.

    `called` is the entity that a channel was opened to: CRT-10 for any other.
    """
    entity = network.by_id.get(entity_id)
    if entity is None or entity.kind is not kind:
        raise Untrusted("TLS-13", f"{entity_id}, {kind}")
    if called not in (None, entity_id):
        raise Untrusted("CRT-10", f"{entity_id}, not {called}")


@dataclass(frozen=True)
class Credentials:
    """What an entity brings to its channels: whom it trusts as of one set of CRLs, and its own
    certificate and keys.

    `cards` are what the entities of the network have given out, by their ids, for messages that
    go past a channel.  `authorities` are the other authorities that are known.

    The settings of the TLS library are made from them once and never changed.  News of a
    revocation makes new credentials, hence new settings, and no session that was opened under
    the old ones can be resumed (TLS-5).
    """

    edition: Edition
    network: Network
    leaf: Leaf
    roots: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...]
    cards: Mapping[str, Card] = field(default_factory=dict, repr=False, compare=False)
    authorities: tuple[x509.Certificate, ...] = field(default=(), repr=False, compare=False)
    _known: dict[tuple[object, ...], tuple[Peer, datetime, datetime]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def from_pki(
        cls, pki: Pki, entity_id: str, network: Network, edition: Edition
    ) -> "Credentials":
        """Those of an entity of a PKI that was made for a network; raises `Misuse` PKI-1 for
        one that has none.
        """
        return cls(
            edition,
            network,
            pki.leaf(entity_id),
            roots=(pki.root.certificate,),
            crls=pki.crls,
            cards={name: leaf.card for name, leaf in pki.leaves.items()},
            authorities=tuple(each.certificate for each in pki.issuers),
        )

    @cached_property
    def counting_crls(self) -> CountingCrls:
        """Those of its CRLs that count, for the TLS library as for us."""
        return counting(self.crls)

    def check_crl_numbers(self, known: Mapping[str, int]) -> Mapping[str, int]:
        """What is known of the numbers of CRLs once these credentials are taken: the highest of
        each authority.

        Raises `Untrusted` CRT-20 if one of its CRLs is older than what was known; then the old
        credentials stay.
        """
        return check_crl_numbers(self.counting_crls, known, (*self.roots, *self.authorities))

    def trusted_card(self, entity_id: str, now: datetime) -> tuple[Peer, Card]:
        """Whom messages of an entity are signed by, and its card; raises `Untrusted` JOS-13, or
        as `admit_peer` does.
        """
        if (card := self.cards.get(entity_id)) is None:
            raise Untrusted("JOS-13", f"no card of {entity_id}")
        peer = self.admit_peer(card.chain, Purpose.MESSAGE, now)
        if (peer.entity_id, peer.encryption_key) != (
            entity_id,
            ENCRYPTION_KEY + card.encryption_key_id,
        ):
            raise Untrusted("JOS-13", f"the card of {entity_id} is not its own")
        return peer, card

    @cached_property
    def accepting(self) -> ssl.SSLContext:
        """The settings of the side that accepts a channel.

        Raises `Misuse`: TLS-1 for an edition without a version, TLS-2 for one with TLS 1.2 and
        no suites for it.
        """
        return self._settings(ssl.PROTOCOL_TLS_SERVER)

    @cached_property
    def opening(self) -> ssl.SSLContext:
        """The settings of the side that opens one; raises as `accepting` does."""
        return self._settings(ssl.PROTOCOL_TLS_CLIENT)

    def _settings(self, side: int) -> ssl.SSLContext:
        if self.edition.minimum_tls not in VERSIONS:
            raise Misuse(
                "TLS-1", f"edition {self.edition.id} asks for TLS {self.edition.minimum_tls}"
            )
        suites = openssl_suites(self.edition)
        if self.edition.minimum_tls == "1.2" and not suites:
            raise Misuse("TLS-2", f"edition {self.edition.id} has TLS 1.2 and no suites for it")
        context = ssl.SSLContext(side)
        context.minimum_version = VERSIONS[self.edition.minimum_tls]
        # The library takes no empty list.  Without suites there is TLS 1.3 alone, which takes
        # none of these.
        context.set_ciphers(":".join((*(suites or ("ECDHE+AESGCM",)), STRENGTH)))
        context.check_hostname = False  # a peer is known by the entity its certificate names
        context.verify_mode = ssl.CERT_REQUIRED  # TLS-3, on either side
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_CRL_CHECK_CHAIN
        context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        # Some builds of Python set it; an end is said (TLS-6).
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        if side == ssl.PROTOCOL_TLS_SERVER:
            context.num_tickets = 0
        self.load_into(context)
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Give settings of the TLS library the roots, the CRLs, the chain and the key; raises
        `Misuse` TLS-4 for what it does not take.
        """
        # The library takes CRLs and keys from files only, so the key is locked with a password
        # that is not kept.
        password = secrets.token_bytes(32).hex().encode()
        key = self.leaf.key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )
        with TemporaryDirectory() as folder:
            trust, own = Path(folder, "trust.pem"), Path(folder, "own.pem")
            trust.write_bytes(_pem((*self.roots, *self.counting_crls)))
            own.write_bytes(key + _pem(self.leaf.chain))
            try:
                context.load_verify_locations(trust)
                context.load_cert_chain(own, password=password)
            except ssl.SSLError as error:
                name, where = self.leaf.entity_id, error.reason or type(error).__name__
                raise Misuse("TLS-4", f"credentials of {name}: {where.lower()}") from error

    def admit_peer(
        self,
        chain: tuple[bytes, ...],
        purpose: Purpose,
        now: datetime,
        called: str | None = None,
    ) -> Peer:
        """Who a peer is by the chain it shows, leaf first, in DER.

        Raises `Untrusted` as `check_chain` and `recognise` do.
        """
        peer = self._chain_holder(chain, purpose, now)
        recognise(self.network, peer.entity_id, peer.kind, called)
        return peer

    def _chain_holder(self, chain: tuple[bytes, ...], purpose: Purpose, now: datetime) -> Peer:
        """As `admit_peer`; a chain found good stays good until it or a CRL runs out, and is not
        checked afresh before.
        """
        key = (chain, purpose)
        if key in self._known:
            peer, since, until = self._known[key]
            if since <= now < until:
                return peer
        certificates = parse_chain(chain)
        peer = check_chain(
            certificates,
            roots=self.roots,
            crls=self.counting_crls,
            entity_id=None,
            kind=None,
            now=now,
            purpose=purpose,
        )
        if len(self._known) >= KNOWN_CHAINS:
            self._known.clear()
        ends = [each.not_valid_after_utc for each in (*certificates, *self.roots)]
        ends += [crl.next_update_utc for crl in self.counting_crls if crl.next_update_utc]
        self._known[key] = peer, now, min(ends)
        return peer


def _pem(parts: Iterable[x509.Certificate | x509.CertificateRevocationList]) -> bytes:
    return b"".join(part.public_bytes(Encoding.PEM) for part in parts)


class Channel(Frames):
    """One side of a channel: `receive_data` from the peer, ask for the `data_to_send`, find
    what the peer said in `frames`.

    `peer` is who the other side is, None until its certificate was accepted; `admitted` is
    whether both sides know that they were; `closed` is whether the peer has said its last.
    """

    def __init__(
        self, credentials: Credentials, *, accepting: bool, expected: str | None = None
    ) -> None:
        super().__init__()
        self.peer: Peer | None = None
        self.chain: tuple[bytes, ...] = ()
        self.purpose = Purpose.CLIENT if accepting else Purpose.SERVER
        self._credentials = credentials
        self._accepting = accepting
        self._expected = expected
        self._heard = 0
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = credentials.accepting if accepting else credentials.opening
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=accepting)
        if not accepting:
            with suppress(ssl.SSLWantReadError):
                self._tls.do_handshake()

    @property
    def peer_id(self) -> str:
        """The id of the entity on the other side; empty until its certificate was accepted."""
        return self.peer.entity_id if self.peer else ""

    def receive_data(self, raw: bytes, now: datetime) -> None:
        """Hear what the peer sent; no bytes are the end of them.  Frames that are whole go into
        `frames`.

        Raises the first fault: `Malformed` TLS-6, TLS-8 or TLS-9 for what is not TLS or not a
        frame, `Untrusted` TLS-1 to TLS-4, TLS-13 or CRT-* for a peer that is not who it should
        be, TLS-7 for one that turned us away.
        """
        if raw:
            self._incoming.write(raw)
        else:
            self._incoming.write_eof()
        try:
            if self.peer is not None or self._continue_handshake(len(raw), now):
                self._read_frames()
        except ssl.SSLError as error:
            raise error_of(error) from error

    def _continue_handshake(self, heard: int, now: datetime) -> bool:
        self._heard += heard
        if self._heard > HANDSHAKE_BYTES:
            raise Malformed("TLS-6", f"a handshake of more than {HANDSHAKE_BYTES} bytes")
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.chain = shown_chain(self._tls)
        self.peer = self._credentials.admit_peer(self.chain, self.purpose, now, self._expected)
        if self._accepting:
            self.admitted = True
            self.send_frame(b"")
        return True

    def _read_frames(self) -> None:
        try:
            while data := self._tls.read(CHUNK):
                self.add_bytes(data)
                if not (self._incoming.pending or self._tls.pending()):
                    return  # and no exception is needed to find out
        except ssl.SSLWantReadError:
            return
        except ssl.SSLZeroReturnError:  # instead of no data, where we have said our last
            pass
        self.end_of_bytes(orderly=True)

    def send_frame(self, payload: bytes) -> None:
        """Put a frame on the channel; raises `Misuse` TLS-8 before the peer has taken us on,
        TLS-9 for a long one.
        """
        if not self.admitted:
            raise Misuse("TLS-8", "nothing is said before the empty frame")
        self._write_frame(payload)

    def _write_frame(self, payload: bytes) -> None:
        with suppress(ssl.SSLError):  # the peer is gone or was told so; the next read finds out
            self._tls.write(framed(payload))

    def close(self, error: RoamingError | None = None) -> None:
        """Say the last word: the rule for which the peer is turned away, if any, and that no
        more will follow.
        """
        if error is not None and not self.closed and self._tls.version() is not None:
            self._write_frame(error.rule_id.encode())
        with suppress(ssl.SSLError):  # that the peer has not said the same is no fault
            self._tls.unwrap()

    def data_to_send(self) -> bytes:
        """The bytes that wait to be sent to the peer: records of the handshake, of frames,
        alerts.
        """
        return self._outgoing.read()


def shown_chain(tls: ssl.SSLObject | ssl.SSLSocket) -> tuple[bytes, ...]:
    """The chain as the peer sent it, in DER; a resumed session remembers it, so its check is
    never left out.
    """
    if sys.version_info >= (3, 13):
        return tuple(tls.get_unverified_chain())
    import _ssl

    inner: Any = tls._sslobj  # type: ignore[union-attr]  # it is there since 3.10, and public since 3.13
    return tuple(
        each.public_bytes(_ssl.ENCODING_DER) for each in inner.get_unverified_chain() or ()
    )
