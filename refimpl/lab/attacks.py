"""What goes wrong on purpose, or by neglect: attacks on a message between two roaming entities,
as attempts.

An attempt is what reaches a receiver in the end: the sender's certificates, the
countersignature of the clearing house, and the text.  An attacker has what it would have: every
public key, and the private keys of the entity it is.  Which look notices is not said here;
`defences` finds out.
"""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256, sha512
from types import MappingProxyType
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from refimpl.edition import Edition
from refimpl.endpoint.sequences import Sequences
from refimpl.lab.entities import (
    ALGORITHM,
    FOUR,
    SEED,
    pki_of_four,
    signing_key_id,
)
from refimpl.lab.sample import (
    RECEIVER,
    SENDER,
    Waiting,
    answer_text,
    news_text,
    order_to_stop,
    sample_news,
    sealed_text,
    sealing_for,
    signed_text,
)
from refimpl.play.example import START
from refimpl.security import compact, jwe, jwk, jws
from refimpl.security.defects import defective_pki
from refimpl.security.pki import Pki
from refimpl.security.protection import MessageHeader, RoutingHeader, countersign
from refimpl.shapes import canonical_json

HOUSE, OTHER = "house-north", "csp-birch"
IAT: Final = int(START.timestamp())


@dataclass(frozen=True, slots=True)
class Attempt:
    """What reaches a receiver, and when; `countersignature` is that of the clearing house,
    `seen` what has been accepted before, `waiting` a question of the receiver that waits, and
    `heard` the numbers of the news that it has.
    """

    text: str
    countersignature: str
    sender_pki: Pki
    receiver: str = RECEIVER
    now: datetime = START
    seen: frozenset[tuple[str, str]] = frozenset()
    waiting: Waiting | None = None
    heard: Sequences = field(default_factory=Sequences)


def _key(entity_id: str) -> Ed25519PrivateKey:
    key = pki_of_four().leaf(entity_id).key
    assert isinstance(key, Ed25519PrivateKey)  # as `ALGORITHM` says
    return key


def _jwk_of(entity_id: str) -> dict[str, str]:
    return jwk.public_jwk(_key(entity_id).public_key())


def _good(edition: Edition) -> Attempt:
    return passed_on(sealed_text(edition))


def passed_on(text: str, receiver: str = RECEIVER) -> Attempt:
    """Let the clearing house pass a text on as it was."""
    return Attempt(text, _countersigned(text, next_hop=receiver), pki_of_four(), receiver)


def _countersigned(
    text: str, by: str = HOUSE, next_hop: str = RECEIVER, kid: str = signing_key_id(HOUSE)
) -> str:
    return countersign(text, (SENDER, HOUSE, next_hop), kid, _key(by), START)


def _payload(edition: Edition) -> bytes:
    return compact.parts_of(signed_text(edition))["payload"]


def _signed(edition: Edition, by: str, payload: bytes, **changed: str | int) -> str:
    """Sign with an entity's own key, under the header of the good text or with changes."""
    good = compact.header_of(signed_text(edition), MessageHeader).model_dump()
    header = MessageHeader(**{**good, "kid": signing_key_id(by), **changed})
    return jws.sign(header, payload, _key(by))


def _sealed(edition: Edition, text: str, receiver: str = RECEIVER, typ: str = "") -> str:
    """Seal a text, as every entity can, under the header of the good one or of another kind."""
    sealing = sealing_for(receiver)
    good = compact.header_of(sealed_text(edition), RoutingHeader)
    changed = {"kid": sealing.kid, "typ": typ or good.typ}
    header = RoutingHeader(**{**dict(good), **changed})
    return jwe.seal(header, text.encode(), sealing.receiver_key, sealing.ephemeral, sealing.iv)


def _hand_made(edition: Edition, signature: Callable[[bytes], bytes], **changed: object) -> str:
    """Write a signed text by hand: any members in its header, and any signature; sealed."""
    header = json.loads(compact.parts_of(signed_text(edition))["header"])
    parts = (canonical_json({**header, **changed}), _payload(edition))
    signing_input = b".".join(map(compact.to_base64url, parts))
    made = compact.to_base64url(signature(signing_input))
    return _sealed(edition, b".".join((signing_input, made)).decode())


def _mac_by_public_key(
    digest: Any,
) -> Callable[[bytes], bytes]:  # a hash of hashlib has no type
    public = _key(SENDER).public_key().public_bytes_raw()

    def sign(signing_input: bytes) -> bytes:
        return hmac.digest(public, signing_input, digest)

    return sign


def _no_signature(_signing_input: bytes) -> bytes:
    return b""


def _zeros(_signing_input: bytes) -> bytes:
    return bytes(64)


def _flip_last_bit(text: str, number: int) -> str:
    """Change one bit of one part of a text."""
    parts = text.split(".")
    raw = bytearray(compact.from_base64url(parts[number].encode(), "part"))
    raw[-1] ^= 1
    parts[number] = compact.to_base64url(bytes(raw)).decode()
    return ".".join(parts)


def _with_part(text: str, number: int, changed: dict[str, object]) -> str:
    """Change members of one part of a text, and nothing else."""
    parts = text.split(".")
    members = json.loads(compact.from_base64url(parts[number].encode(), "part"))
    raw = canonical_json({**members, **changed})
    parts[number] = compact.to_base64url(raw).decode()
    return ".".join(parts)


def _with_ephemeral_key(edition: Edition, **members: str) -> Attempt:
    """Put another ephemeral key into the header of the sealed text."""
    good = compact.header_of(sealed_text(edition), RoutingHeader)
    changed = good.model_copy(update={"epk": good.epk.model_copy(update=members)})
    rest = sealed_text(edition).split(".", 1)[1]
    return passed_on(f"{changed.encoded.decode()}.{rest}")


# --- Each attack: an edition gives an attempt -------------------------------------------------

Make = Callable[[Edition], Attempt]


def _by_hand(signature: Callable[[bytes], bytes], **changed: object) -> Make:
    return lambda edition: passed_on(_hand_made(edition, signature, **changed))


def _signed_as(by: str = SENDER, sealed_as: str = "", **changed: str | int) -> Make:
    """Sign and seal under a changed header, and perhaps seal as another kind."""

    def make(edition: Edition) -> Attempt:
        text = _signed(edition, by, _payload(edition), **changed)
        return passed_on(_sealed(edition, text, typ=sealed_as))

    return make


def _spaced(edition: Edition) -> Attempt:
    text = _signed(edition, SENDER, _payload(edition) + b" ")
    return passed_on(_sealed(edition, text))


def _countersigned_other_text(edition: Edition) -> Attempt:
    other = _countersigned(signed_text(edition))
    return replace(_good(edition), countersignature=other)


def _countersigned_by_other(edition: Edition) -> Attempt:
    by_other = _countersigned(sealed_text(edition), OTHER, kid=signing_key_id(OTHER))
    return replace(_good(edition), countersignature=by_other)


def _countersigned_other_way(edition: Edition) -> Attempt:
    other_way = _countersigned(sealed_text(edition), next_hop=OTHER)
    return replace(_good(edition), countersignature=other_way)


def _padded(edition: Edition) -> Attempt:
    return passed_on(sealed_text(edition) + "=")


def _flipped_signature(edition: Edition) -> Attempt:
    return passed_on(_flip_last_bit(signed_text(edition), 2))


def _flipped_ciphertext(edition: Edition) -> Attempt:
    return passed_on(_flip_last_bit(sealed_text(edition), 3))


def _altered_payload(edition: Edition) -> Attempt:
    return passed_on(_with_part(signed_text(edition), 1, {"service": "parking"}))


def _altered_routing(edition: Edition) -> Attempt:
    return passed_on(_with_part(sealed_text(edition), 0, {"receiver": OTHER}))


def _sealed_as_other_kind(edition: Edition) -> Attempt:
    return passed_on(_sealed(edition, signed_text(edition), typ="receipt"))


def _small_order(edition: Edition) -> Attempt:
    return _with_ephemeral_key(edition, x=compact.to_base64url(bytes(32)).decode())


def _other_curve(edition: Edition) -> Attempt:
    return _with_ephemeral_key(edition, crv="P-256", kty="EC")


def _misdelivered(edition: Edition) -> Attempt:
    return passed_on(sealed_text(edition), OTHER)


def _sealed_again(edition: Edition) -> Attempt:
    return passed_on(_sealed(edition, signed_text(edition), OTHER), OTHER)


def _sent_again(edition: Edition) -> Attempt:
    return replace(_good(edition), seen=frozenset({(SENDER, "m-1")}))


def _kept_answer(edition: Edition, in_reply_to: str = "") -> Attempt:
    """Keep the answer to a first order, and hand it over when a second waits for one."""
    text = answer_text(edition, "stop-1")
    if in_reply_to:
        text = _with_part(text, 0, {"in_reply_to": in_reply_to})
    return replace(passed_on(text), waiting=order_to_stop(edition, "stop-2"))


def _kept_and_altered(edition: Edition) -> Attempt:
    return _kept_answer(edition, "stop-2")


def _kept_news(edition: Edition) -> Attempt:
    """Keep news until other news has come behind it and its id is forgotten."""
    heard = Sequences().after_hearing(SENDER, sample_news(edition, 2))
    return replace(passed_on(news_text(edition, 1)), heard=heard)


def _held_back(edition: Edition) -> Attempt:
    return replace(_good(edition), now=START + timedelta(seconds=300))


def _with_defect(name: str) -> Make:
    def make(edition: Edition) -> Attempt:
        shown = defective_pki(FOUR, name, SENDER, seed=SEED, now=START, algorithm=ALGORITHM)
        return replace(_good(edition), sender_pki=shown)

    return make


@dataclass(frozen=True, slots=True)
class Attack:
    """Something done on purpose: what, by whom, and what then reaches a receiver."""

    what: str
    by: str
    attempt: Make


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
                              _by_hand(_no_signature, alg="none")),
    "alg-none-padded": Attack("alg none, and 64 bytes for a signature", STRANGER,
                              _by_hand(_zeros, alg="none")),
    "hs256":           Attack("HS256 with the public key for a secret", STRANGER,
                              _by_hand(_mac_by_public_key(sha256), alg="HS256")),
    "hs512":           Attack("HS512, whose MAC is as long as a signature", STRANGER,
                              _by_hand(_mac_by_public_key(sha512), alg="HS512")),
    "embedded-key":    Attack("The header brings its own key", STRANGER,
                              _by_hand(_key(OTHER).sign, jwk=_jwk_of(OTHER))),
    "key-address":     Attack("The header says where to get the key", STRANGER,
                              _by_hand(_key(OTHER).sign, jku="keys")),
    "critical":        Attack("The header asks for an extension", SELF,
                              _by_hand(_key(SENDER).sign, crit=["b64"])),
    "other-algorithm": Attack("Another algorithm than the key's", STRANGER,
                              _by_hand(_zeros, alg="ES256")),
    "unknown-key":     Attack("A key that nobody knows", STRANGER,
                              _signed_as(OTHER, kid="somebody-signs")),
    "other-key":       Attack("Signed with another key under the sender's key id", PARTNER,
                              _signed_as(OTHER, kid=signing_key_id(SENDER))),
    "signer":          Attack("Signed with its own key in the sender's name", CLEARING,
                              _signed_as(HOUSE)),
    "padding":         Attack("Padding at the end, which many decoders pass over", CLEARING,
                              _padded),
    "bit-signature":   Attack("One bit of the signature flipped (signed only)", CLEARING,
                              _flipped_signature),
    "bit-ciphertext":  Attack("One bit of the ciphertext flipped", CLEARING,
                              _flipped_ciphertext),
    "payload":         Attack("The payload altered (signed only)", CLEARING,
                              _altered_payload),
    "routing":         Attack("The readable header altered", CLEARING, _altered_routing),
    "resealed-header": Attack("Signed as one thing, routed as another", SELF,
                              _sealed_as_other_kind),
    "small-order":     Attack("An ephemeral key that makes the same secret with every key",
                              STRANGER,
                              _small_order),
    "other-curve":     Attack("An ephemeral key on another curve", STRANGER, _other_curve),
    "misdelivered":    Attack("Delivered to somebody else", CLEARING, _misdelivered),
    "resealed":        Attack("Sealed again by its receiver, for somebody else", PARTNER,
                              _sealed_again),
    "expired":         Attack("Held back until it has expired", CLEARING, _held_back),
    "future":          Attack("Signed for later use", SELF,
                              _signed_as(iat=IAT + 60, exp=IAT + 300)),
    "for-ever":        Attack("Made to count for an hour", SELF, _signed_as(exp=IAT + 3600)),
    "replayed":        Attack("Sent again", CLEARING, _sent_again),
    "kept-answer":     Attack("An answer kept, and handed over for a later order", CLEARING,
                              _kept_answer),
    "kept-altered":    Attack("An answer kept, now with a later order's id (signed only)",
                              CLEARING,
                              _kept_and_altered),
    "kept-news":       Attack("News kept until its receiver has forgotten its id", CLEARING,
                              _kept_news),
    "other-kind":      Attack("Another kind of message than the header says", SELF,
                              _signed_as(SENDER, "receipt", typ="receipt")),
    "spaced":          Attack("The same message in another form", SELF, _spaced),
    "word-other-text": Attack("Another text passed on than was countersigned", CLEARING,
                              _countersigned_other_text),
    "word-other-key":  Attack("Countersigned in the clearing house's name", PARTNER,
                              _countersigned_by_other),
    "word-other-way":  Attack("Countersigned as passed on to somebody else", CLEARING,
                              _countersigned_other_way),
    "cert-expired":    Attack("Certificate expired", SELF, _with_defect("expired")),
    "cert-early":      Attack("Certificate not yet valid", SELF,
                              _with_defect("not-yet-valid")),
    "cert-stranger":   Attack("Certificate of an authority that nobody trusts", STRANGER,
                              _with_defect("stranger")),
    "cert-leaf":       Attack("Certificate issued with the key of a leaf", PARTNER,
                              _with_defect("by-a-leaf")),
    "cert-no-eku":     Attack("Certificate without an extended key usage", SELF,
                              _with_defect("no-purpose")),
    "cert-client":     Attack("Certificate for one side of a channel only", SELF,
                              _with_defect("client-only")),
    "cert-other":      Attack("Certificate of another entity", PARTNER,
                              _with_defect("somebody-else")),
    "cert-two":        Attack("Certificate of two entities at once", PARTNER,
                              _with_defect("two-entities")),
    "cert-kind":       Attack("Certificate of another kind of entity", PARTNER,
                              _with_defect("other-kind")),
    "cert-revoked":    Attack("Certificate revoked", SELF, _with_defect("revoked")),
    "crl-none":        Attack("No CRL to be had", CLEARING, _with_defect("no-crl")),
    "crl-stale":       Attack("An old CRL, from before the revocation", CLEARING,
                              _with_defect("stale-crl")),
})
# fmt: on
