"""Texts that are signed or sealed with TEST ONLY keys: how they are made of what a corpus says,
and what is met on the way to reading them.

A corpus gives header, payload and key of a text, or one within the other, and under `then` the
edits of what was made.  Every key is public on purpose, and none may protect anything.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

from refimpl.errors import RoamingError
from refimpl.security import compact, jwe, jwk, jws, protection
from refimpl.shapes import canonical_json
from refimpl.vectors.edits import apply
from refimpl.vectors.suite import Json

PrivateKey = jwk.SigningKey | jwk.OpeningKey


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


class _SigningHeader(NamedTuple):
    """A header as it is to be written, right or wrong, and the algorithm it is signed by."""

    encoded: bytes
    alg: str


class _SealingHeader(NamedTuple):
    """A header as it is to be written, right or wrong, and what sealing asks of it."""

    encoded: bytes
    apu: str
    apv: str
    epk: jwe.EphemeralKey
    alg: str = "ECDH-ES"
    enc: str = "A256GCM"


def written_text(plan: str | Json, context: Json) -> str:
    """Return the text of a plan: as it stands, or signed or sealed and then edited."""
    if isinstance(plan, str):
        return plan
    made = _signed(plan["sign"], context) if "sign" in plan else _sealed(plan["seal"], context)
    edited = apply(plan.get("then", ()), {"parts": made.split(".")})
    return ".".join(edited["parts"])


def _signed(plan: Json, context: Json) -> str:
    key = _signing_key(context["trusted"][plan["key"]]["jwk"])
    header = _SigningHeader(_encoded_header(plan["header"]), jws.algorithm(key))
    return jws.sign(header, _payload(plan["payload"], context), key)


def _sealed(plan: Json, context: Json) -> str:
    receiver = _opening_key(context["own"][plan["to"]])
    ephemeral = _opening_key(context["ephemeral"][plan["ephemeral"]])
    said: Json = plan["header"] if isinstance(plan["header"], dict) else {}
    header = _SealingHeader(
        _encoded_header(plan["header"]),
        apu=str(said.get("apu", "")),
        apv=str(said.get("apv", "")),
        epk=jwe.ephemeral_key(ephemeral.public_key()),
    )
    content = _payload(plan["content"], context)
    iv = bytes.fromhex(plan["iv"])
    return jwe.seal(header, content, receiver.public_key(), ephemeral, iv)


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
    """Return the values on the way to reading a text, in hexadecimal where they are bytes."""
    parts = compact.parts_of(text)
    header = parts["header"].decode("utf-8", "backslashreplace")
    if "signing input" in parts:
        return {
            "header": header,
            "signature": parts["signature"].hex(),
            "signingInputSha256": sha256(parts["signing input"]).hexdigest(),
        }
    told: Json = {
        "header": header,
        "aad": parts["aad"].decode(),
        "iv": parts["iv"].hex(),
        "tag": parts["tag"].hex(),
    }
    try:
        told |= _trace_agreement(text, context)
        told |= _trace_content(text, context)
    except (RoamingError, LookupError, TypeError, ValueError):  # as far as it can be had
        pass
    return told


def _trace_agreement(text: str, context: Json) -> Json:
    """The shared secret of a sealed text and what becomes of it, from the sender's side."""
    said = compact.header_of(text, protection.RoutingHeader)
    agreed = jwe.agree(
        _ephemeral_of(said.epk, context),
        _opening_key(context["own"][said.kid]).public_key(),
        said.enc,
        compact.from_base64url(said.apu.encode(), "party"),
        compact.from_base64url(said.apv.encode(), "party"),
    )
    return {
        "sharedSecret": agreed.shared_secret.hex(),
        "otherInfo": agreed.other_info.hex(),
        "contentKey": agreed.content_key.hex(),
    }


def _ephemeral_of(epk: jwe.EphemeralKey, context: Json) -> jwk.OpeningKey:
    for row in context["ephemeral"].values():
        key = _opening_key(row)
        if jwe.ephemeral_key(key.public_key()) == epk:
            return key
    raise LookupError("no such ephemeral key")


def _trace_content(text: str, context: Json) -> Json:
    """The signed text within a sealed one, and its own trace."""
    own_key = _own_keys(context).get
    content = jwe.unseal(text, own_key, protection.RoutingHeader).content.decode()
    return {"signed": trace_text(content, context), "signedText": content}
