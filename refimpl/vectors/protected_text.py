"""Texts that are signed or sealed with TEST ONLY keys: how they are made of what a corpus says,
and what is met on the way to reading them.

A corpus gives header, payload and key of a text, or one within the other; under `before` the
edits of its first parts before they are signed or guarded, and under `then` those of what was
made.  Every key is public on purpose, and none may protect anything.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from refimpl.errors import RoamingError
from refimpl.security import compact, jwe, jwk, jws, protection
from refimpl.shapes import canonical_json
from refimpl.vectors.edits import apply
from refimpl.vectors.suite import Json

PrivateKey = jwk.SigningKey | jwk.OpeningKey

LONGEST_TRACED: Final = 4096
"""Up to how many characters the trace shows what was sealed."""
P256_FIELD: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The prime that the coordinates of P-256 are below (SP 800-186, 3.2.1.3)."""


def key_ring(context: Json) -> protection.KeyRing:
    """Return the keys of a context, as the reader of a text has them."""
    trusted = {}
    for kid, row in context["trusted"].items():
        trusted[kid] = (row["entity"], _signing_key(row["jwk"]).public_key())
    return protection.KeyRing(trusted, _own_keys(context))


def _own_keys(context: Json) -> dict[str, jwk.OpeningKey]:
    return {kid: _opening_key(row) for kid, row in context["own"].items()}


def _signing_key(row: Mapping[str, str]) -> jwk.SigningKey:
    return cast(jwk.SigningKey, _private_key(row["crv"], row["d"]))


def _opening_key(row: Mapping[str, str]) -> jwk.OpeningKey:
    return cast(jwk.OpeningKey, _private_key(row["crv"], row["d"]))


@cache
def _private_key(curve: str, encoded: str) -> PrivateKey:
    """The private key that the members `crv` and `d` of a JWK say."""
    secret = compact.from_base64url(encoded.encode(), "d")
    if curve == "P-256":
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    if curve == "Ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    return x25519.X25519PrivateKey.from_private_bytes(secret)


def moment(text: str) -> datetime:
    """Return the moment that a text such as `2025-07-08T12:00:00Z` says."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# --- Making what a corpus describes -----------------------------------------------------------


def written_text(plan: str | Json, context: Json) -> str:
    """Return the text of a plan: as it stands, or signed or sealed and then edited."""
    if isinstance(plan, str):
        return plan
    made = _signed(plan["sign"], context) if "sign" in plan else _sealed(plan["seal"], context)
    edited = apply(plan.get("then", ()), {"parts": made.split(".")})
    return ".".join(edited["parts"])


def _signed(plan: Json, context: Json) -> str:
    key = _signing_key(context["trusted"][plan["key"]]["jwk"])
    payload = compact.to_base64url(_payload(plan["payload"], context))
    parts = _edited_before(plan, _encoded_header(plan["header"]), payload)
    return jws.signed_text(b".".join(parts), key)


def _edited_before(plan: Json, *parts: bytes) -> list[bytes]:
    """Parts as they are to be signed or guarded, after the edits of a plan under `before`."""
    texts = {"parts": [part.decode() for part in parts]}
    return [text.encode() for text in apply(plan.get("before", ()), texts)["parts"]]


def _sealed(plan: Json, context: Json) -> str:
    """Seal by what the header says, right or wrong, so that who overlooks what is wrong with
    its form can open the text.
    """
    (encoded,) = _edited_before(plan, _encoded_header(plan["header"]))
    said = _read_laxly(plan["header"])
    receiver = _opening_key(context["own"][plan["to"]])
    secret = _shared_secret(said.get("epk"), receiver)
    if secret is None:
        ephemeral = _opening_key(context["ephemeral"][plan["ephemeral"]])
        secret = jwe.agree(ephemeral, receiver.public_key(), "A256GCM", b"", b"").shared_secret
    parties = _bytes_of(said.get("apu")), _bytes_of(said.get("apv"))
    content = _payload(plan["content"], context)
    if said.get("zip") == "DEF":
        content = _deflated(content)
    iv = bytes.fromhex(plan["iv"])
    content_key = jwe.derive(secret, "A256GCM", *parties).content_key
    sealed = AESGCM(content_key).encrypt(iv, content, encoded)
    parts = (encoded, b"", *map(compact.to_base64url, (iv, sealed[:-16], sealed[-16:])))
    return b".".join(parts).decode()


def _read_laxly(header: object) -> Json:
    """What a lax reader makes of a header: the last of two members of one name counts, a brace
    that is missing at the end is thought of, and what is no object says nothing.
    """
    if not isinstance(header, str):
        return header if isinstance(header, dict) else {}
    for text in (header, header + "}"):
        with suppress(ValueError):
            read, _ = json.JSONDecoder().raw_decode(text)
            return read if isinstance(read, dict) else {}
    return {}


def _shared_secret(epk: object, receiver: jwk.OpeningKey) -> bytes | None:
    """What the receiver gets from the key in a header; None if it makes nothing of it."""
    shown = epk if isinstance(epk, dict) else {}
    x, y = _bytes_of(shown.get("x")), _bytes_of(shown.get("y"))
    if isinstance(receiver, x25519.X25519PrivateKey):
        return _x25519(receiver, x) if len(x) == 32 else None
    if len(x) == len(y) == 32:
        with suppress(ValueError):  # no point on the curve
            return receiver.exchange(ec.ECDH(), _point(x, y))
    return None


def _x25519(receiver: x25519.X25519PrivateKey, x: bytes) -> bytes:
    """The secret of any 32 bytes; zeros with a point of low order (RFC 7748, 6.1)."""
    try:
        return receiver.exchange(x25519.X25519PublicKey.from_public_bytes(x))
    except ValueError:
        return bytes(32)


def _point(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    """The point of two coordinates, which may be out of range; raises `ValueError`."""
    reduced_x = int.from_bytes(x, "big") % P256_FIELD
    reduced_y = int.from_bytes(y, "big") % P256_FIELD
    return ec.EllipticCurvePublicNumbers(reduced_x, reduced_y, ec.SECP256R1()).public_key()


def _bytes_of(text: object) -> bytes:
    """The bytes of base64url, with or without padding; none of what is no text."""
    return urlsafe_b64decode(text.rstrip("=") + "==") if isinstance(text, str) else b""


def _deflated(content: bytes) -> bytes:
    """Content as one stored block of DEFLATE (RFC 1951, 3.2.4): the same bytes by any zlib."""
    length = len(content)
    return (
        b"\1" + length.to_bytes(2, "little") + (length ^ 0xFFFF).to_bytes(2, "little") + content
    )


def _encoded_header(value: object) -> bytes:
    """A header in base64url: a text as it stands, anything else in canonical JSON."""
    if isinstance(value, str):
        return compact.to_base64url(value.encode("utf-8", "surrogateescape"))
    return compact.to_base64url(canonical_json(value))


def _payload(plan: str | Json, context: Json) -> bytes:
    if isinstance(plan, dict) and "sha256" in plan:
        return sha256(written_text(plan["sha256"], context).encode()).digest()
    return written_text(plan, context).encode("utf-8", "surrogateescape")


# --- What is met on the way -------------------------------------------------------------------


def trace_text(text: str, context: Json) -> Json:
    """Return the values on the way to reading a text, in hexadecimal where they are bytes.

    What stands in the text itself is not among them.
    """
    parts = compact.parts_of(text)
    if "signing input" in parts:
        return {"signingInputSha256": sha256(parts["signing input"]).hexdigest()}
    told: Json = {}
    try:
        told |= _trace_agreement(text, context)
        told |= _trace_content(text, context)
    except (RoamingError, LookupError, TypeError, ValueError):  # as far as it can be had
        pass
    return told


def _trace_agreement(text: str, context: Json) -> Json:
    """The shared secret of a sealed text and what becomes of it."""
    said = compact.header_of(text, protection.RoutingHeader)
    secret = _shared_secret(said.epk.model_dump(), _opening_key(context["own"][said.kid]))
    if secret is None:
        return {}
    agreed = jwe.derive(
        secret,
        said.enc,
        compact.from_base64url(said.apu.encode(), "party"),
        compact.from_base64url(said.apv.encode(), "party"),
    )
    return {
        "sharedSecret": agreed.shared_secret.hex(),
        "otherInfo": agreed.other_info.hex(),
        "contentKey": agreed.content_key.hex(),
    }


def _trace_content(text: str, context: Json) -> Json:
    """The signed text within a sealed one, and its own trace."""
    own_key = _own_keys(context).get
    content = jwe.unseal(text, own_key, protection.RoutingHeader).content.decode()
    if content.count(".") == 4 or len(content) > LONGEST_TRACED:  # a seal in a seal, or long
        return {}
    return {"signed": trace_text(content, context), "signedText": content}
