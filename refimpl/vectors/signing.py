"""Detached signatures by Ed25519, with a key that the one who releases brings along.

Keys are PEM files, a private one in PKCS8; a signature is its 64 bytes and nothing else, as
`openssl pkeyutl -rawin` writes and reads it.
"""

from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)

from refimpl.vectors.suite import BadSuite

MOST_BYTES: Final = 65_536
"""Of a file with a key or a signature."""
MAKE_ONE: Final = "make one with openssl genpkey -algorithm ed25519"
TAKE_PUBLIC: Final = "take its public key, which openssl pkey -pubout writes"


class BadKey(BadSuite):
    """A key that cannot be used: which and why in one line, and the way out."""


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read the key to sign with; raises `BadKey`."""
    raw = read_short(path)
    if b"PUBLIC KEY-----" in raw:
        raise BadKey(f"{path}: is a public key", "sign with the private one")
    try:
        key = load_pem_private_key(raw, password=None)
    except TypeError as error:
        raise BadKey(f"{path}: is encrypted", "decrypt it with openssl pkey -in") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path}: is no private key in PEM", MAKE_ONE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path}: is no Ed25519 key", MAKE_ONE)
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read the key to verify with; raises `BadKey`."""
    raw = read_short(path)
    if b"PRIVATE KEY-----" in raw:
        raise BadKey(f"{path}: is a private key", TAKE_PUBLIC)
    try:
        key = load_pem_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{path}: is no public key in PEM", TAKE_PUBLIC) from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadKey(f"{path}: is no Ed25519 key", "take the one it was signed for")
    return key


def is_signed(data: bytes, signature: bytes, key: Ed25519PublicKey) -> bool:
    """Tell whether a signature is that of these bytes by this key."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def read_short(path: Path) -> bytes:
    """Read a file with a key or a signature, of a longer one only its beginning."""
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES)
