"""What goes wrong on purpose, or by neglect: attacks on a message between two roaming entities,
as attempts.

An attempt is what reaches a receiver in the end: the sender's certificates, the word of the
clearing house, and the text.  Whoever attacks has what it would have: every public key, and the
private keys of who it is.  Who notices is not said here; `guard` finds out.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256, sha512
from types import MappingProxyType
from typing import Any, Final

from refimpl.play.example import START
from refimpl.security import compact, jwe, jwk, jws
from refimpl.security.defects import defective_pki
from refimpl.security.pki import Pki
from refimpl.security.protection import MessageHeader, RoutingHeader, countersign
from refimpl.shapes import canonical_json
from refimpl.views.layers import RECEIVER, SENDER, sealed, sealing, signed, signs
from refimpl.views.trust import FOUR, SEED, pki

HOUSE, OTHER = "house-north", "csp-birch"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What reaches a receiver, and when; `word` is that of the clearing house, `seen` what has
    been accepted before.
    """

    text: str
    word: str
    sender_pki: Pki
    receiver: str = RECEIVER
    now: datetime = START
    seen: frozenset[tuple[str, str]] = frozenset()


def _key(entity_id: str) -> Any:
    return pki().leaf(entity_id).key


def _public(entity_id: str) -> dict[str, str]:
    return jwk.public_jwk(_key(entity_id).public_key())


@cache
def _good() -> Attempt:
    return _passed(sealed())


def _passed(text: str, receiver: str = RECEIVER) -> Attempt:
    """A text that the clearing house has passed on as it was."""
    return Attempt(text, _word(text, next_hop=receiver), pki(), receiver)


def _word(text: str, by: str = HOUSE, next_hop: str = RECEIVER, kid: str = signs(HOUSE)) -> str:
    return countersign(text, (SENDER, HOUSE, next_hop), kid, _key(by), START)


def _said(by: str = SENDER, payload: bytes | None = None, **changed: Any) -> str:
    """A text that an entity signs with its own key, under the header of the good one or with
    changes.
    """
    header = (
        compact.header_of(signed(), MessageHeader).model_dump() | {"kid": signs(by)} | changed
    )
    return jws.sign(
        MessageHeader(**header),
        compact.parts_of(signed())["payload"] if payload is None else payload,
        _key(by),
    )


def _wrapped(text: str, receiver: str = RECEIVER, **changed: Any) -> str:
    """A text sealed, which anybody can do, under the header of the good one or with changes."""
    dice = sealing(receiver)
    header = compact.header_of(sealed(), RoutingHeader)
    header = RoutingHeader(**dict(header) | {"kid": dice.kid} | changed)
    return jwe.seal(header, text.encode(), dice.receiver_key, dice.ephemeral, dice.iv)


def _hand_made(signature: Callable[[bytes], bytes], **changed: Any) -> str:
    """A signed text with any members in its header and any signature."""
    header = json.loads(compact.parts_of(signed())["header"]) | changed
    raw = canonical_json(header)
    signing_input = b".".join(
        map(compact.to_base64url, (raw, compact.parts_of(signed())["payload"]))
    )
    return b".".join((signing_input, compact.to_base64url(signature(signing_input)))).decode()


def _mac(digest: Any) -> Callable[[bytes], bytes]:
    public: bytes = _key(SENDER).public_key().public_bytes_raw()
    return lambda signing_input: hmac.digest(public, signing_input, digest)


def _flipped(text: str, number: int) -> str:
    """A text in which one bit of one part has changed."""
    parts = text.split(".")
    raw = bytearray(compact.from_base64url(parts[number].encode(), "part"))
    raw[-1] ^= 1
    return ".".join(
        (*parts[:number], compact.to_base64url(bytes(raw)).decode(), *parts[number + 1 :])
    )


def _rerouted() -> str:
    head, rest = sealed().split(".", 1)
    other = json.loads(compact.from_base64url(head.encode(), "header")) | {"receiver": OTHER}
    raw = canonical_json(other)
    return f"{compact.to_base64url(raw).decode()}.{rest}"


def _altered() -> str:
    """The signed text with another service in it, under the old signature."""
    head, _, signature = signed().split(".")
    payload = json.loads(compact.parts_of(signed())["payload"]) | {"service": "parking"}
    raw = canonical_json(payload)
    return f"{head}.{compact.to_base64url(raw).decode()}.{signature}"


def _epk(**members: Any) -> jwe.EphemeralKey:
    return compact.header_of(sealed(), RoutingHeader).epk.model_copy(update=members)


def _with_epk(**members: Any) -> str:
    """The sealed text with another ephemeral key in its header."""
    rest = sealed().split(".", 1)[1]
    header = compact.header_of(sealed(), RoutingHeader).model_copy(
        update={"epk": _epk(**members)}
    )
    return f"{header.encoded.decode()}.{rest}"


def _with_defect(name: str) -> Callable[[], Attempt]:
    return lambda: replace(
        _good(),
        sender_pki=defective_pki(FOUR, name, SENDER, seed=SEED, now=START, algorithm="Ed25519"),
    )


def _at(seconds: int) -> Callable[[], Attempt]:
    return lambda: replace(_good(), now=START + timedelta(seconds=seconds))


IAT: Final = int(START.timestamp())


@dataclass(frozen=True, slots=True)
class Attack:
    """Something done on purpose: what, by whom, and what then reaches a receiver."""

    what: str
    by: str
    attempt: Callable[[], Attempt]


STRANGER, CLEARING, PARTNER, SELF, NOBODY = (
    "a stranger",
    "the clearing house",
    "another partner",
    "the sender",
    "nobody",
)
# fmt: off
ATTACKS: Final = MappingProxyType({
    "nothing":         Attack("Nothing goes wrong", NOBODY, _good),
    "alg-none":        Attack("alg none, and no signature", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(lambda _: b"", alg="none")))),
    "alg-none-padded": Attack("alg none, and 64 bytes for a signature", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(lambda _: bytes(64), alg="none")))),
    "hs256":           Attack("HS256 with the public key for a secret", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(_mac(sha256), alg="HS256")))),
    "hs512":           Attack("HS512, whose MAC is as long as a signature", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(_mac(sha512), alg="HS512")))),
    "embedded-key":    Attack("The header brings its own key", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(_key(OTHER).sign, jwk=_public(OTHER))))),
    "key-address":     Attack("The header says where to get the key", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(_key(OTHER).sign, jku="keys")))),
    "critical":        Attack("The header asks for an extension", SELF,
                              lambda: _passed(_wrapped(_hand_made(_key(SENDER).sign, crit=["b64"])))),
    "other-algorithm": Attack("Another algorithm than the key's", STRANGER,
                              lambda: _passed(_wrapped(_hand_made(lambda _: bytes(64), alg="ES256")))),
    "unknown-key":     Attack("A key that nobody knows", STRANGER,
                              lambda: _passed(_wrapped(_said(OTHER, kid="somebody-signs")))),
    "other-key":       Attack("Signed with another key under the sender's key id", PARTNER,
                              lambda: _passed(_wrapped(_said(OTHER, kid=signs(SENDER))))),
    "signer":          Attack("Signed with its own key in the sender's name", CLEARING,
                              lambda: _passed(_wrapped(_said(HOUSE)))),
    "padding":         Attack("Padding at the end, which many decoders pass over", CLEARING,
                              lambda: _passed(sealed() + "=")),
    "bit-signature":   Attack("One bit of the signature flipped (signed only)", CLEARING,
                              lambda: _passed(_flipped(signed(), 2))),
    "bit-ciphertext":  Attack("One bit of the ciphertext flipped", CLEARING, lambda: _passed(_flipped(sealed(), 3))),
    "payload":         Attack("The payload altered (signed only)", CLEARING, lambda: _passed(_altered())),
    "routing":         Attack("The readable header altered", CLEARING, lambda: _passed(_rerouted())),
    "resealed-header": Attack("Signed as one thing, routed as another", SELF,
                              lambda: _passed(_wrapped(signed(), typ="receipt"))),
    "small-order":     Attack("An ephemeral key that makes the same secret with every key", STRANGER,
                              lambda: _passed(_with_epk(x=compact.to_base64url(bytes(32)).decode()))),
    "other-curve":     Attack("An ephemeral key on another curve", STRANGER,
                              lambda: _passed(_with_epk(crv="P-256", kty="EC"))),
    "misdelivered":    Attack("Delivered to somebody else", CLEARING, lambda: _passed(sealed(), OTHER)),
    "resealed":        Attack("Sealed again by its receiver, for somebody else", PARTNER,
                              lambda: _passed(_wrapped(signed(), OTHER), OTHER)),
    "expired":         Attack("Held back until it has expired", CLEARING, _at(300)),
    "future":          Attack("Signed for later use", SELF,
                              lambda: _passed(_wrapped(_said(iat=IAT + 60, exp=IAT + 300)))),
    "for-ever":        Attack("Made to count for an hour", SELF, lambda: _passed(_wrapped(_said(exp=IAT + 3600)))),
    "replayed":        Attack("Sent again", CLEARING, lambda: replace(_good(), seen=frozenset({(SENDER, "m-1")}))),
    "other-kind":      Attack("Another kind of message than the header says", SELF,
                              lambda: _passed(_wrapped(_said(typ="receipt"), typ="receipt"))),
    "spaced":          Attack("The same message in another form", SELF,
                              lambda: _passed(_wrapped(_said(payload=compact.parts_of(signed())["payload"] + b" ")))),
    "word-other-text": Attack("Another text passed on than was countersigned", CLEARING,
                              lambda: replace(_good(), word=_word(signed()))),
    "word-other-key":  Attack("Countersigned in the clearing house's name", PARTNER,
                              lambda: replace(_good(), word=_word(sealed(), OTHER, kid=signs(OTHER)))),
    "word-other-way":  Attack("Countersigned as passed on to somebody else", CLEARING,
                              lambda: replace(_good(), word=_word(sealed(), next_hop=OTHER))),
    "cert-expired":    Attack("Certificate expired", SELF, _with_defect("expired")),
    "cert-early":      Attack("Certificate not yet valid", SELF, _with_defect("not-yet-valid")),
    "cert-stranger":   Attack("Certificate of an authority that nobody trusts", STRANGER, _with_defect("stranger")),
    "cert-leaf":       Attack("Certificate issued with the key of a leaf", PARTNER, _with_defect("by-a-leaf")),
    "cert-no-eku":     Attack("Certificate without an extended key usage", SELF, _with_defect("no-purpose")),
    "cert-client":     Attack("Certificate for one side of a channel only", SELF, _with_defect("client-only")),
    "cert-other":      Attack("Certificate of another entity", PARTNER, _with_defect("somebody-else")),
    "cert-two":        Attack("Certificate of two entities at once", PARTNER, _with_defect("two-entities")),
    "cert-kind":       Attack("Certificate of another kind of entity", PARTNER, _with_defect("other-kind")),
    "cert-revoked":    Attack("Certificate revoked", SELF, _with_defect("revoked")),
    "crl-none":        Attack("No CRL to be had", CLEARING, _with_defect("no-crl")),
    "crl-stale":       Attack("An old CRL, from before the revocation", CLEARING, _with_defect("stale-crl")),
})
# fmt: on
