"""The secure exchange: how far what an endpoint says is protected, and what it makes sure of
before it hears anything.

Protected on the `channel` alone, a message goes from hop to hop, and a clearing house could
change it.  Otherwise it is `signed`, or signed and `sealed`, for its final receiver.  A
clearing house then passes on a text that it has not opened and puts its countersignature beside
it; so it cannot put a question to somebody else than its sender did, and whoever asks through
one addresses the home-CSP itself (MSG-2).

What is for the endpoint itself is opened, held against its envelope, and let in by
`authorization.decide`, in this order; only then does the endpoint hear it.  A repeated request
is not opened again: the endpoint knows its answer (REP-4).  What an endpoint says again it
protects again, because a message counts for minutes only (MSG-4).

Rules: MSG-*, JOS-*, ACC-*, and CRT-* of the certificates of whoever signed.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from pydantic import Field

from refimpl.endpoint import RoamingEndpoint, question
from refimpl.errors import Untrusted
from refimpl.messages import ANSWER_KINDS, AuthorizationRequest, Envelope
from refimpl.records import Name, Shape
from refimpl.security.authorization import Presented, decide
from refimpl.security.jwk import OpeningKey, SealingKey
from refimpl.security.protection import (
    KeyRing,
    Sealing,
    check_countersignatures,
    countersign,
    protect,
    unprotect,
)
from refimpl.tls.channel import Credentials
from refimpl.vocabulary import Kind, Protection, Strategy
from refimpl.wire import MAX_BYTES, decode, encode

Compact = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=MAX_BYTES)]
"""A JWS or JWE in its compact form."""


class Protected(Shape):
    """A message that only its receiver opens: its kind, its protected text, and the word of
    each house on the way.
    """

    countersignatures: Annotated[tuple[Compact, ...], Field(max_length=2)] = ()
    kind: Name
    text: Compact


class ProtectedEnvelope(Envelope):
    """An envelope around a protected message; what it says is bound by the signature, but for
    the request id.
    """

    message: Protected  # type: ignore[assignment]  # no kind of its own: it takes the place of any message


BOUND: Final = ("correlation_id", "edition", "message.kind", "receiver", "sender", "sent_at")
"""What stands on an envelope and is signed along with the message."""

Hop = tuple[str, str]
"""From which neighbour something came, and under which request id."""
Dice = Callable[[SealingKey], tuple[OpeningKey, bytes]]


def fresh_seal(receiver_key: SealingKey) -> tuple[OpeningKey, bytes]:
    """What it takes to seal one message: a key on the curve of the receiver's, and twelve
    bytes, never used before.
    """
    if isinstance(receiver_key, x25519.X25519PublicKey):
        return x25519.X25519PrivateKey.generate(), secrets.token_bytes(12)
    return ec.generate_private_key(receiver_key.curve), secrets.token_bytes(12)


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """The messages that count as here before (MSG-7): those that came over another hop or under
    another request id.
    """

    accepted: dict[tuple[str, str], tuple[Hop, int]]
    hop: Hop

    def __contains__(self, replay_id: Any) -> bool:
        hop, _ = self.accepted.get(replay_id, (self.hop, 0))
        return hop != self.hop


@dataclass(frozen=True, slots=True)
class Exchange:
    """How one endpoint exchanges messages; it remembers what it has accepted for as long as
    that counts.
    """

    protection: Protection = Protection.CHANNEL
    dice: Dice = fresh_seal
    _accepted: dict[tuple[str, str], tuple[Hop, int]] = field(
        default_factory=dict, init=False, repr=False
    )

    def read(self, raw: bytes) -> Envelope:
        """The envelope that a frame holds, not opened; raises as `wire.decode` does."""
        return decode(
            raw, Envelope if self.protection is Protection.CHANNEL else ProtectedEnvelope
        )

    def write(
        self,
        envelope: Envelope,
        hops: tuple[str, str, str],
        credentials: Credentials,
        now: datetime,
    ) -> bytes:
        """The frame of an envelope; `hops` are whom it is from, the endpoint itself, and whom
        it goes to next.

        What the endpoint says itself is protected as of `now`, a whole second; what it passes
        on is countersigned. Raises `Untrusted` JOS-13 or CRT-* rather than seal something for
        somebody who could not be trusted with it.
        """
        if self.protection is Protection.CHANNEL:
            return encode(envelope)
        own = credentials.leaf.card
        passed: object = envelope.message
        if isinstance(passed, Protected):
            word = countersign(passed.text, hops, own.signs, credentials.leaf.key, now)
            onward = passed.model_copy(
                update={"countersignatures": (*passed.countersignatures, word)}
            )
            return encode(envelope.model_copy(update={"message": onward}))
        sealing = (
            self._sealing(envelope.receiver, credentials, now)
            if self.protection is Protection.SEALED
            else None
        )
        said = {**dict(envelope), "sent_at": now}
        text = protect(Envelope(**said), own.signs, credentials.leaf.key, sealing)
        said["message"] = Protected(kind=envelope.message.kind, text=text)
        return encode(ProtectedEnvelope(**said))

    def _sealing(self, receiver: str, credentials: Credentials, now: datetime) -> Sealing:
        _, card = credentials.vouched(receiver, now)
        return Sealing(card.opens, card.encryption_key, *self.dice(card.encryption_key))

    def open(
        self,
        envelope: Envelope,
        rep: RoamingEndpoint,
        peer: str,
        credentials: Credentials,
        now: datetime,
    ) -> Envelope:
        """An envelope as the endpoint is to hear it: opened and let in, or left as it is where
        that is not called for.

        Raises `Malformed` or `Untrusted`: a rule of `compact.ORDER` or `protection.ORDER`, CRT-*
        for whoever signed, or what `authorization.decide` says.
        """
        hop, asked = (peer, envelope.request_id), None
        if envelope.receiver != rep.entity_id or rep.seen.get(hop) is not None:
            return envelope
        if (
            envelope.message.kind in ANSWER_KINDS
            and (asked := question(rep, envelope, peer)) is None
        ):
            return envelope  # to nothing that was asked: the endpoint drops it (REP-7)
        shown = Presented(
            rep.network,
            rep.edition,
            rep.mode,
            rep.strategy,
            envelope,
            rep.entity_id,
            peer,
            envelope.sender,
            asked,
        )
        if isinstance(envelope, ProtectedEnvelope):
            shown = replace(
                shown, envelope=self._opened(envelope, shown.way, hop, credentials, now)
            )
            _check_forwarding(shown)
        decision = decide(shown)
        if not decision.allowed:
            raise Untrusted(decision.rule, decision.where)
        return shown.envelope

    def _opened(
        self,
        envelope: ProtectedEnvelope,
        way: tuple[str, ...],
        hop: Hop,
        credentials: Credentials,
        now: datetime,
    ) -> Envelope:
        """What is in an envelope, once all who had it in hand have been believed."""
        leaf, protected = credentials.leaf, envelope.message
        cards = (credentials.vouched(name, now) for name in way[:-1])
        trusted = {card.signs: (peer.entity_id, peer.signing_key) for peer, card in cards}
        keys = KeyRing(trusted, {leaf.card.opens: leaf.encryption_key})
        receiver, elsewhere = envelope.receiver, _Elsewhere(self._accepted, hop)
        opened = unprotect(protected.text, keys, receiver=receiver, now=now, seen=elsewhere)
        said = opened.envelope()
        for name in BOUND:
            if attrgetter(name)(said) != attrgetter(name)(envelope):
                raise Untrusted("MSG-3", f"envelope, member {name}")
        ends = {"sender": said.sender, "receiver": receiver}
        words = check_countersignatures(
            protected.text, protected.countersignatures, keys, **ends, now=now
        )
        if tuple(word.house for word in words) != way[1:-1]:
            raise Untrusted(
                "MSG-13", f"{len(words)} countersignatures on the way by {', '.join(way)}"
            )
        while self._accepted and next(iter(self._accepted.values()))[1] <= now.timestamp():
            del self._accepted[next(iter(self._accepted))]
        self._accepted[opened.header.replay_id] = hop, opened.header.exp
        return said.model_copy(update={"request_id": envelope.request_id})


def _check_forwarding(shown: Presented) -> None:
    """That a clearing house is not asked to put a question to another than its sender has
    (MSG-2).
    """
    house = shown.network.entity(shown.here).kind is Kind.CLEARING_HOUSE
    if (
        house
        and shown.strategy == Strategy.FORWARD
        and isinstance(shown.envelope.message, AuthorizationRequest)
    ):
        raise Untrusted("MSG-2", f"{shown.here} forwards what is put to the home-CSP itself")
