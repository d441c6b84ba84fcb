"""Public keys as JWKs, and the names they go by.

A key signs or opens seals, never both: `SigningKey` and `VerifyingKey` are the halves of one
(Ed25519 or P-256), `OpeningKey` and `SealingKey` those of the other (X25519 or P-256).

No private key is written here.
"""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from refimpl.security.compact import to_base64url
from refimpl.shapes import canonical_json

SigningKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
VerifyingKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
OpeningKey = x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey
SealingKey = x25519.X25519PublicKey | ec.EllipticCurvePublicKey


def public_jwk(key: VerifyingKey | SealingKey) -> dict[str, str]:
    """A public key as a JWK (RFC 7518, 6.2; RFC 8037, 2) that holds only what its thumbprint
    covers.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]  # x, y
        half = len(point) // 2
        x, y = to_base64url(point[:half]).decode(), to_base64url(point[half:]).decode()
        return {"crv": f"P-{key.key_size}", "kty": "EC", "x": x, "y": y}
    curve = "X25519" if isinstance(key, x25519.X25519PublicKey) else "Ed25519"
    return {"crv": curve, "kty": "OKP", "x": to_base64url(key.public_bytes_raw()).decode()}


def thumbprint(key: VerifyingKey | SealingKey) -> str:
    """The name of a public key: the thumbprint of its JWK (RFC 7638).

    The example is that of RFC 8037, A.1 and A.3.

    >>> raw = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    >>> example = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(raw))
    >>> thumbprint(example)
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    return to_base64url(sha256(canonical_json(public_jwk(key))).digest()).decode()
