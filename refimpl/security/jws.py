"""Signed text: JWS (RFC 7515) in its compact form, every step written out.

Signatures are by EdDSA with Ed25519 (RFC 8037, 3.1) or ES256 (RFC 7518, 3.4).  The key knows
its algorithm; a header may only agree.  `cryptography` does the primitives.

To see a text from inside, ask `compact` for its parts.  Nothing here draws a key, looks at the
clock, or knows which entity a key belongs to.

Rules: JOS-1 to JOS-15, in the order of `compact.ORDER`.
"""

from collections.abc import Callable
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

from refimpl.errors import Misuse
from refimpl.security.compact import (
    H,
    Header,
    Plain,
    key_id,
    read_header,
    refusal,
    split_text,
    to_base64url,
)
from refimpl.security.jwk import SigningKey, VerifyingKey

ES256: Final = ec.ECDSA(SHA256())
ES256_WITHOUT_DICE: Final = ec.ECDSA(SHA256(), deterministic_signing=True)


class JwsHeader(Header):
    """The header of a signed text that says no more than it must."""

    kid: str | None = None
    typ: str | None = None


class SigningHeader(Protocol):
    """What the header of a signed text has, whatever else it says."""

    @property
    def alg(self) -> str:
        """The algorithm (RFC 7515, 4.1.1)."""

    @property
    def encoded(self) -> bytes:
        """The header in base64url."""


def algorithm(key: SigningKey | VerifyingKey) -> str:
    """The one algorithm of a signing key; raises `Misuse` JOS-14 for a key of another curve."""
    curve: ec.EllipticCurve | None = getattr(key, "curve", None)
    if curve is None:  # a key of Ed25519 has no other curve to be on
        return "EdDSA"
    if curve.name == "secp256r1":
        return "ES256"
    raise Misuse("JOS-14", f"a key on {curve.name}")


def sign(header: SigningHeader, payload: bytes, key: SigningKey) -> str:
    """Sign a payload together with its header; the same in, the same out.

    Raises `Misuse` JOS-14 where the header's `alg` is not the key's.

    >>> from refimpl.security.compact import parts_of
    >>> key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> text = sign(JwsHeader(alg="EdDSA", kid="key-1"), b"hello", key)
    >>> parts_of(text)["header"]
    b'{"alg":"EdDSA","kid":"key-1"}'
    """
    if header.alg != algorithm(key):
        raise Misuse("JOS-14", f"alg {header.alg}, key of {algorithm(key)}")
    return signed_text(b"%b.%b" % (header.encoded, to_base64url(payload)), key)


def signed_text(signing_input: bytes, key: SigningKey) -> str:
    """A signed text of its first two parts, as they stand; what they say is not looked at."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(signing_input)
    else:
        signature = side_by_side(key.sign(signing_input, ES256_WITHOUT_DICE))
    return (b"%b.%b" % (signing_input, to_base64url(signature))).decode()


def side_by_side(signature: bytes) -> bytes:
    """The 64 bytes of r and s that ES256 has (RFC 7518, 3.4), of a signature in DER that the
    primitive has just made.

    >>> side_by_side(bytes.fromhex("300702020081020102")).hex().replace("0" * 62, "..")
    '..81..02'
    """
    r_ends = 4 + signature[3]
    r, s = signature[4:r_ends], signature[r_ends + 2 :]
    return r.lstrip(b"\0").rjust(32, b"\0") + s.lstrip(b"\0").rjust(32, b"\0")


def in_der(signature: bytes) -> bytes:
    """The DER form of a signature, SEQUENCE { r INTEGER, s INTEGER }, of its 64 bytes."""
    numbers = _integer_in_der(signature[:32]) + _integer_in_der(signature[32:])
    return b"\x30%c%b" % (len(numbers), numbers)


def _integer_in_der(raw: bytes) -> bytes:
    shortest = raw.lstrip(b"\0")
    if not shortest or shortest[0] > 127:  # DER would read a first bit as a minus
        shortest = b"\0" + shortest
    return b"\x02%c%b" % (len(shortest), shortest)


def verify(text: str, key_of: Callable[[str], VerifyingKey | None], shape: type[H]) -> Plain[H]:
    """What a signed text says, once the key that its header names has verified it.

    `key_of` gives the key of a key id, or None; a header without `kid` names the key of the
    empty id.  Raises the first of `compact.ORDER`, JOS-1 to JOS-15.

    >>> key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> keys = {"key-1": key.public_key()}
    >>> text = sign(JwsHeader(alg="EdDSA", kid="key-1"), b"hello", key)
    >>> verify(text, keys.get, JwsHeader).content
    b'hello'
    >>> verify(sign(JwsHeader(alg="EdDSA", kid="key-2"), b"hello", key), keys.get, JwsHeader)
    Traceback (most recent call last):
    refimpl.errors.Untrusted: JOS-13 at key 'key-2'
    """
    encoded, (raw, payload, signature) = split_text(text, 3)
    header = read_header(raw, shape)
    if header.alg not in ("EdDSA", "ES256"):
        raise refusal("JOS-12", f"alg {header.alg[:40]!a}")
    kid = key_id(header)
    key = key_of(kid)
    if key is None:
        raise refusal("JOS-13", f"key {kid[:40]!a}")
    if header.alg != algorithm(key):
        raise refusal("JOS-14", f"alg {header.alg}, key of {algorithm(key)}")
    signing_input = b"%b.%b" % (encoded[0], encoded[1])
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signing_input)
        else:
            key.verify(in_der(signature), signing_input, ES256)
    except InvalidSignature:
        raise refusal("JOS-15", "signature") from None
    return Plain(header, payload)
