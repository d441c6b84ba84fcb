"""Signed text (JWS, RFC 7515) and sealed text (JWE, RFC 7516) in their compact forms, every
step written out.

The profile is small on purpose: signatures by EdDSA (Ed25519) or ES256, sealing by ECDH-ES
(P-256 or X25519) with A256GCM.  The key knows its algorithm; a header may only agree.  Whatever
else headers bring along elsewhere (keys, addresses of keys, extensions) is refused.
`cryptography` does the primitives.

To see a text from inside, ask for its `parts`; to see what a sealed one rests on, let the keys
`agree`.  Secrets are there to be asked for and never in a repr or an error.

A text meets the checks of `ORDER` from the top; the first that finds a fault names the rule.
Nothing here draws a key or an IV, looks at the clock, or knows who anybody is.

Rules: JOS-*.
"""

import json
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from string import ascii_letters, digits
from types import MappingProxyType
from typing import Any, Final, Generic, NoReturn, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.records import Shape

SigningKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
VerifyingKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
OpeningKey = x25519.X25519PrivateKey | ec.EllipticCurvePrivateKey
SealingKey = x25519.X25519PublicKey | ec.EllipticCurvePublicKey

MAX_CHARS: Final = 131_072
"""The longest text that is looked at: the longest message (WIR-1), signed and sealed, with room
for the headers.
"""

# fmt: off
ORDER: Final[Mapping[str, type[RoamingError]]] = MappingProxyType({
    "JOS-1":  Malformed,  # more characters than anybody looks at
    "JOS-2":  Malformed,  # not three parts, or not five
    "JOS-3":  Malformed,  # a character that base64url has not: white space, padding, + and /
    "JOS-4":  Malformed,  # base64url, but not the one text of these bytes
    "JOS-5":  Malformed,  # a signature, encrypted key, IV or tag that is too long or too short
    "JOS-6":  Malformed,  # a header that is no JSON object
    "JOS-7":  Malformed,  # a header that says something twice
    "JOS-8":  Malformed,  # a header in another form than the canonical one
    "JOS-9":  Malformed,  # crit: something that must be understood, and isn't
    "JOS-10": Untrusted,  # a header that brings its own key, or says where to get it
    "JOS-11": Malformed,  # a member too many, too few or of another type
    "JOS-12": Untrusted,  # an algorithm the profile has not: none, HS256
    "JOS-13": Untrusted,  # a key that nobody here knows
    "JOS-14": Untrusted,  # signed: an algorithm that is not the key's
    "JOS-15": Untrusted,  # signed: a signature that does not fit
    "JOS-16": Untrusted,  # sealed: an ephemeral key that is no point on the curve of the receiver's key
    "JOS-17": Untrusted,  # sealed: an ephemeral key that makes the same secret with every key
    "JOS-18": Untrusted,  # sealed: something has changed since
})
PARTS: Final = {
    3: {"header": None, "payload": None, "signature": 64},
    5: {"header": None, "encrypted key": 0, "iv": 12, "ciphertext": None, "tag": 16},
}
"""The parts of a signed and of a sealed text, and how many bytes each must have."""
# fmt: on
KEYS_AND_THEIR_ADDRESSES: Final = ("jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u")
ALPHABET: Final = (ascii_letters + digits + "-_").encode()


def _refused(rule_id: str, where: str) -> RoamingError:
    return ORDER[rule_id](rule_id, where)


# --- Base64url and parts ----------------------------------------------------------------------


def encode(raw: bytes) -> bytes:
    """Bytes as base64url without padding."""
    return b2a_base64(raw, newline=False).rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")


def decode(text: bytes, where: str) -> bytes:
    """The bytes that base64url text means; raises `Malformed` JOS-3 or JOS-4 and says `where`."""
    try:
        raw = a2b_base64(text.replace(b"-", b"+").replace(b"_", b"/") + b"==")
    except ValueError:
        raw = b""
    if (
        encode(raw) != text
    ):  # each run of bytes has one text; in any other there are strays, or bits that mean nothing
        if strays := text.translate(None, ALPHABET):
            raise _refused("JOS-3", f"{where}, character {text.index(strays[:1]) + 1}")
        raise _refused("JOS-4", where)
    return raw


def _cut(text: str, count: int) -> tuple[list[bytes], list[bytes]]:
    """The parts as they stand and what they mean: JOS-1 to JOS-5."""
    if len(text) > MAX_CHARS:
        raise _refused("JOS-1", f"{len(text)} characters, at most {MAX_CHARS}")
    cut = text.encode("ascii", "replace").split(b".")
    if len(cut) != count:
        raise _refused("JOS-2", f"{len(cut)} parts, not {count}")
    raw = [*map(decode, cut, PARTS[count])]
    for part, (name, size) in zip(raw, PARTS[count].items(), strict=True):
        if size is not None and len(part) != size:
            raise _refused("JOS-5", f"{name} of {len(part)} bytes, not {size}")
    return cut, raw


def parts(text: str) -> Mapping[str, bytes]:
    """What a signed or sealed text is made of, by name; nothing is verified by looking at it.

    `signing input` is what a signature is made over; `aad` is what a seal guards and leaves
    readable.  Raises `Malformed` JOS-1 to JOS-5.
    """
    cut, raw = _cut(text, 5 if text.count(".") == 4 else 3)
    over = {"signing input": b".".join(cut[:2])} if len(cut) == 3 else {"aad": cut[0]}
    return {**dict(zip(PARTS[len(cut)], raw, strict=True)), **over}


# --- Headers ----------------------------------------------------------------------------------


class Header(Shape):
    """A protected header: a closed shape whose fields stand in sorted order."""

    alg: str

    @cached_property
    def encoded(self) -> bytes:
        """Its canonical JSON in base64url; whoever uses a header again need not write it again."""
        return encode(self.__pydantic_serializer__.to_json(self, exclude_none=True))


class JwsHeader(Header):
    """The header of a signed text that says no more than it must."""

    kid: str | None = None
    typ: str | None = None


class EphemeralKey(Shape):
    """A public key made for one sealed text, as a JWK (RFC 7518 6.2, RFC 8037 2); coordinates
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


H = TypeVar("H", bound=Header)


@dataclass(frozen=True, slots=True)
class Plain(Generic[H]):
    """What a text says once its signature fits or its seal is open."""

    header: H
    content: bytes = field(repr=False)


def _read(raw: bytes, shape: type[H]) -> H:
    try:
        header: H = shape.__pydantic_validator__.validate_json(raw)
    except ValueError:
        _refuse(raw, shape)
    if header.__pydantic_serializer__.to_json(header, exclude_none=True) != raw:
        _refuse(raw, shape)
    return header


def header_of(text: str, shape: type[H]) -> H:
    """The header of a signed or sealed text, of which nothing is verified yet; raises JOS-1 to
    JOS-11.
    """
    return _read(parts(text)["header"], shape)


def _refuse(raw: bytes, shape: type[Header]) -> NoReturn:
    """Say what is wrong with a header: JOS-6 to JOS-11."""
    try:
        members = json.loads(raw.decode())
        again = json.dumps(
            members, allow_nan=False, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise _refused("JOS-6", "header") from None
    if again != raw:
        json.loads(raw, object_pairs_hook=_once)
        raise _refused("JOS-8", "header") from None
    for name in ("crit", *KEYS_AND_THEIR_ADDRESSES):
        if name in members:
            raise _refused(
                "JOS-9" if name == "crit" else "JOS-10", f"header, member {name}"
            ) from None
    odd = sorted(members.keys() - shape.model_fields.keys())
    raise _refused("JOS-11", f"header, member {odd[0][:40]!a}" if odd else "header") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise _refused("JOS-7", f"header, member {name[:40]!a}") from None
        members[name] = value
    return members


# --- Public keys ------------------------------------------------------------------------------


def jwk(key: VerifyingKey | SealingKey) -> dict[str, str]:
    """A public key as a JWK (RFC 7518, 6.2; RFC 8037, 2) that holds only what its thumbprint
    covers.
    """
    if isinstance(key, ec.EllipticCurvePublicKey):
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]  # x, y
        half = len(point) // 2
        x, y = encode(point[:half]).decode(), encode(point[half:]).decode()
        return {"crv": f"P-{key.key_size}", "kty": "EC", "x": x, "y": y}
    curve = "X25519" if isinstance(key, x25519.X25519PublicKey) else "Ed25519"
    return {"crv": curve, "kty": "OKP", "x": encode(key.public_bytes_raw()).decode()}


def thumbprint(key: VerifyingKey | SealingKey) -> str:
    """The name of a public key: the thumbprint of its JWK (RFC 7638).

    >>> example = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(  # RFC 8037, A.1 and A.3
    ...     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    >>> thumbprint(example)
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    canonical = json.dumps(jwk(key), sort_keys=True, separators=(",", ":")).encode()
    return encode(sha256(canonical).digest()).decode()


# --- Signed text ------------------------------------------------------------------------------

ES256: Final = ec.ECDSA(SHA256())
ES256_WITHOUT_DICE: Final = ec.ECDSA(SHA256(), deterministic_signing=True)


def algorithm(key: SigningKey | VerifyingKey) -> str:
    """The one algorithm of a signing key; raises `Misuse` JOS-14 for a key of another curve."""
    curve = getattr(key, "curve", None)  # an Ed25519 key has no choice of it
    if curve is None:
        return "EdDSA"
    if curve.name == "secp256r1":
        return "ES256"
    raise Misuse("JOS-14", f"a key on {curve.name}")


def sign(header: Header, payload: bytes, key: SigningKey) -> str:
    """Sign a payload together with its header; the same in, the same out.

    Raises `Misuse` JOS-14 where the header's `alg` is not the key's.

    >>> key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> text = sign(JwsHeader(alg="EdDSA", kid="key-1"), b"hello", key)
    >>> parts(text)["header"]
    b'{"alg":"EdDSA","kid":"key-1"}'
    """
    if header.alg != algorithm(key):
        raise Misuse("JOS-14", f"alg {header.alg}, key of {algorithm(key)}")
    signing_input = b"%b.%b" % (header.encoded, encode(payload))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(signing_input)
    else:
        r, s = decode_dss_signature(key.sign(signing_input, ES256_WITHOUT_DICE))
        signature = r.to_bytes(32) + s.to_bytes(32)
    return (b"%b.%b" % (signing_input, encode(signature))).decode()


def verify(text: str, key_of: Callable[[str], VerifyingKey | None], shape: type[H]) -> Plain[H]:
    """What a signed text says, once the key that its header names has verified it.

    `key_of` gives the key of a key id, or None; a header without `kid` names the key of the
    empty id.  Raises the first of `ORDER`, JOS-1 to JOS-15.

    >>> key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> keys = {"key-1": key.public_key()}
    >>> verify(sign(JwsHeader(alg="EdDSA", kid="key-1"), b"hello", key), keys.get, JwsHeader).content
    b'hello'
    >>> verify(sign(JwsHeader(alg="EdDSA", kid="key-2"), b"hello", key), keys.get, JwsHeader)
    Traceback (most recent call last):
    refimpl.errors.Untrusted: JOS-13 at key 'key-2'
    """
    cut, (raw, payload, signature) = _cut(text, 3)
    header = _read(raw, shape)
    if header.alg not in ("EdDSA", "ES256"):
        raise _refused("JOS-12", f"alg {header.alg[:40]!a}")
    key: VerifyingKey = _known(header, key_of)
    if header.alg != algorithm(key):
        raise _refused("JOS-14", f"alg {header.alg}, key of {algorithm(key)}")
    signing_input = b"%b.%b" % (cut[0], cut[1])
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signing_input)
        else:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(r, s), signing_input, ES256)
    except InvalidSignature:
        raise _refused("JOS-15", "signature") from None
    return Plain(header, payload)


def _known(header: Header, key_of: Callable[[str], Any]) -> Any:
    kid = getattr(header, "kid", None) or ""
    key = key_of(kid)
    if key is None:
        raise _refused("JOS-13", f"key {kid[:40]!a}")
    return key


# --- Sealed text ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreement:
    """What one's private and the other's public key agree on, step by step (RFC 7518, 4.6)."""

    shared_secret: bytes = field(repr=False)
    other_info: bytes
    content_key: bytes = field(repr=False)


def ephemeral(key: SealingKey) -> EphemeralKey:
    """A public key as a header carries it; raises `Misuse` JOS-16 for one on another curve than
    P-256 or X25519.
    """
    members = jwk(key)
    if members["crv"] not in ("P-256", "X25519"):
        raise Misuse("JOS-16", f"a key on {members['crv']}")
    return EphemeralKey(**members)


def _point(epk: EphemeralKey, key: OpeningKey) -> SealingKey:
    """The public key in a header, if it is one on the curve of the receiver's key."""
    try:
        x, y = decode(epk.x.encode(), "x"), decode((epk.y or "").encode(), "y")
        if isinstance(key, x25519.X25519PrivateKey) and (epk.crv, epk.kty, epk.y) == (
            "X25519",
            "OKP",
            None,
        ):
            return x25519.X25519PublicKey.from_public_bytes(x)
        if isinstance(key, ec.EllipticCurvePrivateKey) and (epk.crv, epk.kty, len(x)) == (
            "P-256",
            "EC",
            32,
        ):
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + x + y)
    except ValueError:
        pass
    raise _refused("JOS-16", "header, member epk") from None


def agree(private: Any, public: Any, enc: str, apu: bytes, apv: bytes) -> Agreement:
    """What an `OpeningKey` and a `SealingKey` on one curve agree on, for two parties and an
    encryption.

    Raises `Untrusted` JOS-17 for a public key that makes the same secret with every private
    one.
    """
    scheme = () if isinstance(private, x25519.X25519PrivateKey) else (ec.ECDH(),)
    try:
        shared_secret = private.exchange(*scheme, public)
    except ValueError:
        raise _refused("JOS-17", "header, member epk") from None
    bits = int(enc[1:4])  # as in A256GCM
    names = b"".join(len(name).to_bytes(4) + name for name in (enc.encode(), apu, apv))
    other_info = names + bits.to_bytes(4)
    return Agreement(
        shared_secret,
        other_info,
        ConcatKDFHash(SHA256(), bits // 8, other_info).derive(shared_secret),
    )


def _parties(header: Any) -> tuple[bytes, bytes]:
    try:
        return decode((header.apu or "").encode(), "apu"), decode(
            (header.apv or "").encode(), "apv"
        )
    except Malformed:
        raise _refused("JOS-11", "header, member apu or apv") from None


def seal(
    header: Any, content: bytes, receiver_key: SealingKey, ephemeral: OpeningKey, iv: bytes
) -> str:
    """Seal content for the one who holds a key, along with a header that stays readable.

    The header's `epk` is the public half of the ephemeral key; that and the 12 bytes of the IV
    are for this text and no other.  Raises `Misuse` JOS-5 for an IV of another length, JOS-16
    for keys on different curves.
    """
    if len(iv) != 12:
        raise Misuse("JOS-5", f"iv of {len(iv)} bytes, not 12")
    if header.epk.crv != (
        "X25519" if isinstance(receiver_key, x25519.X25519PublicKey) else "P-256"
    ):
        raise Misuse("JOS-16", f"epk on {header.epk.crv}")
    agreement = agree(ephemeral, receiver_key, header.enc, *_parties(header))
    sealed = AESGCM(agreement.content_key).encrypt(iv, content, header.encoded)
    return b".".join(
        (header.encoded, b"", encode(iv), encode(sealed[:-16]), encode(sealed[-16:]))
    ).decode()


def unseal(text: str, key_of: Callable[[str], OpeningKey | None], shape: type[H]) -> Plain[H]:
    """What a sealed text says to the one who holds the key that its header names.

    `key_of` gives one's own key of a key id, or None.  Raises the first of `ORDER` that is not
    about signatures.

    >>> mine, once = (x25519.X25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2))
    >>> header = JweHeader(alg="ECDH-ES", enc="A256GCM", epk=ephemeral(once.public_key()), kid="key-3")
    >>> unseal(seal(header, b"hello", mine.public_key(), once, bytes(12)), {"key-3": mine}.get, JweHeader).content
    b'hello'
    """
    cut, (raw, _, iv, ciphertext, tag) = _cut(text, 5)
    header: Any = _read(raw, shape)
    parties = _parties(header)
    if (header.alg, header.enc) != ("ECDH-ES", "A256GCM"):
        raise _refused("JOS-12", f"alg {header.alg[:40]!a}, enc {header.enc[:40]!a}")
    key: OpeningKey = _known(header, key_of)
    agreement = agree(key, _point(header.epk, key), header.enc, *parties)
    try:
        content = AESGCM(agreement.content_key).decrypt(iv, ciphertext + tag, cut[0])
    except InvalidTag:
        raise _refused("JOS-18", "tag") from None
    return Plain(header, content)
