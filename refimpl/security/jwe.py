"""Sealed text: JWE (RFC 7516) in its compact form, every step written out.

Sealing is by ECDH-ES (RFC 7518, 4.6) on P-256 or X25519 (RFC 8037, 3.2) with A256GCM
(RFC 7518, 5.3).  `cryptography` does the primitives.

To see what a sealed text rests on, let the keys `agree`.  Secrets are there to be asked for and
never in a repr or an error.  Nothing here draws a key or an IV.

Rules: JOS-1 to JOS-13 and JOS-16 to JOS-18, in the order of `compact.ORDER`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from refimpl.errors import Malformed, Misuse
from refimpl.security.compact import (
    H,
    Header,
    Plain,
    from_base64url,
    key_id,
    read_header,
    refusal,
    split_text,
    to_base64url,
)
from refimpl.security.jwk import OpeningKey, SealingKey, public_jwk
from refimpl.shapes import Shape

FIRST_ROUND: Final = (1).to_bytes(4)


class EphemeralKey(Shape):
    """A public key made for one sealed text, as a JWK (RFC 7518, 6.2; RFC 8037, 2); coordinates
    in base64url.
    """

    crv: str
    kty: str
    x: str
    y: str | None = None


class JweHeader(Header):
    """The header of a sealed text that says no more than it must; `apu` and `apv` are the two
    parties in base64url.
    """

    apu: str | None = None
    apv: str | None = None
    enc: str
    epk: EphemeralKey
    kid: str | None = None


class SealingHeader(Protocol):
    """What the header of a sealed text has, whatever else it says."""

    @property
    def alg(self) -> str:
        """How the content key is come by (RFC 7516, 4.1.1)."""

    @property
    def apu(self) -> str | None:
        """The sender, in base64url (RFC 7518, 4.6.1.2)."""

    @property
    def apv(self) -> str | None:
        """The receiver, in base64url (RFC 7518, 4.6.1.3)."""

    @property
    def enc(self) -> str:
        """How the content is encrypted (RFC 7516, 4.1.2)."""

    @property
    def encoded(self) -> bytes:
        """The header in base64url."""

    @property
    def epk(self) -> EphemeralKey:
        """The ephemeral key (RFC 7518, 4.6.1.1)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one's private and the other's public key agree on, step by step (RFC 7518, 4.6)."""

    shared_secret: bytes = field(repr=False)
    other_info: bytes
    content_key: bytes = field(repr=False)


def ephemeral_key(key: SealingKey) -> EphemeralKey:
    """A public key as a header carries it; raises `Misuse` JOS-16 for one on another curve than
    P-256 or X25519.
    """
    members = public_jwk(key)
    if members["crv"] not in ("P-256", "X25519"):
        raise Misuse("JOS-16", f"a key on {members['crv']}")
    return EphemeralKey(**members)


def _public_key(epk: EphemeralKey, own: OpeningKey) -> SealingKey:
    """The public key in a header, if it is one on the curve of the receiver's own key."""
    try:
        x = from_base64url(epk.x.encode(), "x")
        if isinstance(own, x25519.X25519PrivateKey):
            if (epk.crv, epk.kty, epk.y) == ("X25519", "OKP", None):
                return x25519.X25519PublicKey.from_public_bytes(x)
        elif (epk.crv, epk.kty, len(x)) == ("P-256", "EC", 32) and epk.y is not None:
            point = b"\4" + x + from_base64url(epk.y.encode(), "y")
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        pass
    raise refusal("JOS-16", "header, member epk") from None


def _shared_secret(private: OpeningKey, public: SealingKey) -> bytes:
    try:
        if isinstance(private, x25519.X25519PrivateKey):
            if isinstance(public, x25519.X25519PublicKey):
                return private.exchange(public)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            return private.exchange(ec.ECDH(), public)
    except ValueError:  # a point of low order (RFC 7748, 6.1)
        raise refusal("JOS-17", "header, member epk") from None
    raise Misuse("JOS-16", "keys on different curves")


def agree(
    private: OpeningKey, public: SealingKey, enc: str, apu: bytes, apv: bytes
) -> Agreement:
    """What two keys on one curve agree on, for two parties and an encryption.

    Raises `Untrusted` JOS-17 for a public key that makes the same secret with every private
    one, `Misuse` JOS-16 for keys on different curves.
    """
    return derive(_shared_secret(private, public), enc, apu, apv)


def derive(shared_secret: bytes, enc: str, apu: bytes, apv: bytes) -> Agreement:
    """The content key of a shared secret, for two parties and an encryption (RFC 7518, 4.6.2).

    >>> derive(bytes(32), "A256GCM", b"Alice", b"Bob").other_info.hex()
    '000000074132353647434d00000005416c69636500000003426f6200000100'
    """
    bits = int(enc[1:4])  # as in A256GCM
    names = _with_length(enc.encode()) + _with_length(apu) + _with_length(apv)
    other_info = names + bits.to_bytes(4)
    # One round of the Concat KDF (NIST SP 800-56A) makes all the bits that a key of AES has.
    content_key = sha256(FIRST_ROUND + shared_secret + other_info).digest()[: bits // 8]
    return Agreement(shared_secret, other_info, content_key)


def _with_length(name: bytes) -> bytes:
    return len(name).to_bytes(4) + name


def _parties(header: SealingHeader) -> tuple[bytes, bytes]:
    try:
        apu = from_base64url((header.apu or "").encode(), "apu")
        apv = from_base64url((header.apv or "").encode(), "apv")
    except Malformed:
        raise refusal("JOS-11", "header, member apu or apv") from None
    return apu, apv


def seal(
    header: SealingHeader,
    content: bytes,
    receiver_key: SealingKey,
    ephemeral: OpeningKey,
    iv: bytes,
) -> str:
    """Seal content for the one who holds a key, along with a header that stays readable.

    The header's `epk` is the public half of the ephemeral key; that and the 12 bytes of the IV
    are for this text and no other.  Raises `Misuse` JOS-5 for an IV of another length, JOS-16
    for keys on different curves.
    """
    if len(iv) != 12:
        raise Misuse("JOS-5", f"iv of {len(iv)} bytes, not 12")
    curve = "X25519" if isinstance(receiver_key, x25519.X25519PublicKey) else "P-256"
    if header.epk.crv != curve:
        raise Misuse("JOS-16", f"epk on {header.epk.crv}")
    agreement = agree(ephemeral, receiver_key, header.enc, *_parties(header))
    sealed = AESGCM(agreement.content_key).encrypt(iv, content, header.encoded)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    parts = (header.encoded, b"", *map(to_base64url, (iv, ciphertext, tag)))
    return b".".join(parts).decode()


def unseal(text: str, key_of: Callable[[str], OpeningKey | None], shape: type[H]) -> Plain[H]:
    """What a sealed text says to the one who holds the key that its header names.

    `key_of` gives one's own key of a key id, or None; `shape` is a header with the members of a
    `SealingHeader`.  Raises the first of `compact.ORDER` that is not about signatures.

    >>> mine = x25519.X25519PrivateKey.from_private_bytes(bytes([1] * 32))
    >>> once = x25519.X25519PrivateKey.from_private_bytes(bytes([2] * 32))
    >>> epk = ephemeral_key(once.public_key())
    >>> header = JweHeader(alg="ECDH-ES", enc="A256GCM", epk=epk, kid="key-3")
    >>> text = seal(header, b"hello", mine.public_key(), once, bytes(12))
    >>> unseal(text, {"key-3": mine}.get, JweHeader).content
    b'hello'
    """
    encoded, (raw, _, iv, ciphertext, tag) = split_text(text, 5)
    plain_header = read_header(raw, shape)
    header = cast(SealingHeader, plain_header)  # no type is both a `Header` and a protocol
    parties = _parties(header)
    if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):
        raise refusal("JOS-12", f"alg {header.alg[:40]!a}, enc {header.enc[:40]!a}")
    kid = key_id(plain_header)
    key = key_of(kid)
    if key is None:
        raise refusal("JOS-13", f"key {kid[:40]!a}")
    agreement = agree(key, _public_key(header.epk, key), header.enc, *parties)
    try:
        content = AESGCM(agreement.content_key).decrypt(iv, ciphertext + tag, encoded[0])
    except InvalidTag:
        raise refusal("JOS-18", "tag") from None
    return Plain(plain_header, content)
