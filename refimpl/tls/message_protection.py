"""How far the messages of an endpoint are protected, and what is made sure of before the
endpoint receives one.

Protected on the `channel` alone, a message goes from hop to hop, and a clearing house could
change it.  Otherwise it is `signed`, or signed and `sealed`, for its final receiver.  A
clearing house then passes on a text that it has not opened and puts its countersignature beside
it; so it cannot put a question to another entity than its sender did, and a question through
one is addressed to the home-CSP itself (MSG-2).

What is for the endpoint itself is opened, held against its envelope, and let in by
`authorization.decide`, in this order; only then does the endpoint receive it.  A repeated
request is not opened again: the endpoint knows its answer (REP-4).  One that a clearing house
passes on as another request is opened, and is a replay unless the endpoint knows its answer
(MSG-7).  What an endpoint says again it protects again, because a message counts for minutes
only (MSG-4).

Rules: MSG-*, JOS-*, ACC-*, and CRT-* of the certificates of those who signed.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from pydantic import Field

from refimpl.endpoint import RoamingEndpoint, question
from refimpl.endpoint.state import Arrival
from refimpl.errors import Misuse, Untrusted
from refimpl.messages import ANSWER_KINDS, AuthorizationRequest, Envelope
from refimpl.security.authorization import Presented, decide
from refimpl.security.jwk import OpeningKey, SealingKey
from refimpl.security.protection import (
    KeyRing,
    Opened,
    Sealing,
    check_countersignatures,
    countersign,
    protect,
    unprotect,
)
from refimpl.shapes import Name, Shape
from refimpl.tls.channel import Credentials
from refimpl.tls.replay_memory import LastHop, ReplayMemory
from refimpl.vocabulary import Kind, Protection, Strategy
from refimpl.wire import MAX_BYTES, decode, encode


class Room(NamedTuple):
    """How long a message may be before it is protected, in bytes: one's own, and one that is
    passed on.
    """

    own: int
    onward: int


# Each coding in base64 adds a third.  Besides there is room for headers and an envelope with
# the longest names and ids, for a message id, and for the word of two clearing houses.
# fmt: off
ROOM: Final[Mapping[Protection, Room]] = MappingProxyType({
    Protection.CHANNEL: Room(MAX_BYTES - 128,                MAX_BYTES),
    Protection.SIGNED:  Room((MAX_BYTES - 4_096) * 3 // 4,   MAX_BYTES - 1_024),
    Protection.SEALED:  Room((MAX_BYTES - 6_144) * 9 // 16,  MAX_BYTES - 1_024),
})
# fmt: on

CompactText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=MAX_BYTES)]
"""A JWS or JWE in its compact form."""


class Protected(Shape):
    """A message that only its receiver opens: its kind, its protected text, and the word of
    each clearing house on the way.
    """

    countersignatures: Annotated[tuple[CompactText, ...], Field(max_length=2)] = ()
    kind: Name
    text: CompactText


class ProtectedEnvelope(Envelope):
    """An envelope around a protected message; what it says is bound by the signature, but for
    the request id.
    """

    message: Protected  # type: ignore[assignment]  # no kind of its own: it takes the place of any message


BOUND: Final = (
    "correlation_id",
    "edition",
    "end_to_end_id",
    "in_reply_to",
    "message.kind",
    "receiver",
    "sender",
    "sent_at",
)
"""What stands on an envelope and is signed along with the message."""
_bound = attrgetter(*BOUND)

SealDice = Callable[[SealingKey], tuple[OpeningKey, bytes]]
"""Draws an ephemeral key and an IV for a receiver's key."""


def fresh_seal(receiver_key: SealingKey) -> tuple[OpeningKey, bytes]:
    """Draw what it takes to seal one message: a key on the curve of the receiver's, and twelve
    bytes, never used before.
    """
    if isinstance(receiver_key, x25519.X25519PublicKey):
        return x25519.X25519PrivateKey.generate(), secrets.token_bytes(12)
    return ec.generate_private_key(receiver_key.curve), secrets.token_bytes(12)


@dataclass(frozen=True, slots=True)
class MessageProtection:
    """How the messages of one endpoint are protected; it remembers what it has accepted for as
    long as that counts.
    """

    level: Protection = Protection.CHANNEL
    dice: SealDice = fresh_seal
    memory: ReplayMemory = field(default_factory=ReplayMemory, repr=False)

    def read_frame(self, raw: bytes) -> Envelope:
        """Read the envelope that a frame holds, not opened; raises as `wire.decode` does."""
        if self.level is Protection.CHANNEL:
            return decode(raw)
        return decode(raw, ProtectedEnvelope)

    def write_frame(
        self,
        envelope: Envelope,
        hops: tuple[str, str, str],
        credentials: Credentials,
        now: datetime,
    ) -> bytes:
        """Write the frame of an envelope; `hops` are the entity it is from, the endpoint
        itself, and the entity it goes to next.

        What the endpoint says itself is protected as of `now`, a whole second; what it passes
        on is countersigned. Raises `Untrusted` JOS-13 or CRT-* rather than seal something for
        an entity that could not be trusted with it, `Misuse` TLS-9 for what is longer than
        `ROOM` allows.
        """
        if self.level is Protection.CHANNEL:
            return encode(envelope)
        passed_on: object = envelope.message
        if isinstance(passed_on, Protected):
            message = _countersigned(passed_on, hops, credentials, now)
            return encode(envelope.model_copy(update={"message": message}))
        sealing = None
        if self.level is Protection.SEALED:
            sealing = self._sealing_for(envelope.receiver, credentials, now)
        own = credentials.leaf
        said = envelope.model_copy(update={"sent_at": now})
        text = protect(said, own.card.signing_key_id, own.key, sealing)
        if len(text) > MAX_BYTES:
            raise Misuse("TLS-9", f"a text of {len(text)} bytes, at most {MAX_BYTES}")
        message = Protected(kind=envelope.message.kind, text=text)
        return encode(ProtectedEnvelope(**{**dict(said), "message": message}))

    def _sealing_for(self, receiver: str, credentials: Credentials, now: datetime) -> Sealing:
        _, card = credentials.trusted_card(receiver, now)
        return Sealing(
            card.encryption_key_id, card.encryption_key, *self.dice(card.encryption_key)
        )

    def open_envelope(
        self,
        envelope: Envelope,
        rep: RoamingEndpoint,
        peer: str,
        credentials: Credentials,
        now: datetime,
    ) -> Envelope:
        """Open an envelope and let it in, as the endpoint is to receive it, or leave it as it
        is where that is not called for.

        Raises `Malformed` or `Untrusted`: a rule of `compact.ORDER` or `protection.ORDER`,
        CRT-* for those who signed, or what `authorization.decide` says.
        """
        hop = (peer, envelope.request_id)
        if envelope.receiver != rep.entity_id or rep.seen.get(hop) is not None:
            return envelope
        asked = None
        if envelope.message.kind in ANSWER_KINDS:
            asked = question(rep, envelope, peer)
            if asked is None:
                return envelope  # to nothing that was asked: the endpoint drops it (REP-7)
        presented = Presented(
            network=rep.network,
            edition=rep.edition,
            mode=rep.mode,
            strategy=rep.strategy,
            envelope=envelope,
            here=rep.entity_id,
            peer=peer,
            signer=envelope.sender,
            asked=asked,
        )
        if isinstance(envelope, ProtectedEnvelope):
            opened, said = self._unprotect(envelope, presented.way, hop, credentials, now)
            heard = said.under(envelope.request_id)
            if rep.sent_before(Arrival(heard, peer, now)) is None:
                header = opened.header
                self.memory.accept(header.replay_id, hop, header.exp, now)
            presented = replace(presented, envelope=heard)
            _check_forwarding(presented)
        decision = decide(presented)
        if not decision.allowed:
            raise Untrusted(decision.rule, decision.where)
        return presented.envelope

    def _unprotect(
        self,
        envelope: ProtectedEnvelope,
        way: tuple[str, ...],
        hop: LastHop,
        credentials: Credentials,
        now: datetime,
    ) -> tuple[Opened, Envelope]:
        """Verify what is in an envelope, and the word of every entity on its way; also the
        envelope that it was protected in.
        """
        protected, receiver = envelope.message, envelope.receiver
        keys = _key_ring(way[:-1], credentials, now)
        named = envelope.sender, envelope.end_to_end_id
        seen = self.memory.besides(hop, named)
        opened = unprotect(protected.text, keys, receiver=receiver, now=now, seen=seen)
        said = opened.envelope()
        for name, signed, shown in zip(BOUND, _bound(said), _bound(envelope), strict=True):
            if signed != shown:
                raise Untrusted("MSG-3", f"envelope, member {name}")
        passages = check_countersignatures(
            protected.text,
            protected.countersignatures,
            keys,
            sender=said.sender,
            receiver=receiver,
            now=now,
        )
        if tuple(passage.house for passage in passages) != way[1:-1]:
            where = f"{len(passages)} countersignatures on the way by {', '.join(way)}"
            raise Untrusted("MSG-13", where)
        return opened, said


def _countersigned(
    passed_on: Protected, hops: tuple[str, str, str], credentials: Credentials, now: datetime
) -> Protected:
    own = credentials.leaf
    word = countersign(passed_on.text, hops, own.card.signing_key_id, own.key, now)
    words = (*passed_on.countersignatures, word)
    return passed_on.model_copy(update={"countersignatures": words})


def _key_ring(names: tuple[str, ...], credentials: Credentials, now: datetime) -> KeyRing:
    """The keys of these entities, as far as their certificates are good, and one's own."""
    leaf = credentials.leaf
    trusted = {}
    for name in names:
        peer, card = credentials.trusted_card(name, now)
        trusted[card.signing_key_id] = (peer.entity_id, peer.signing_key)
    return KeyRing(trusted, {leaf.card.encryption_key_id: leaf.encryption_key})


def _check_forwarding(presented: Presented) -> None:
    """That a clearing house is not asked to put a question to another than its sender has
    (MSG-2).
    """
    asks = isinstance(presented.envelope.message, AuthorizationRequest)
    forwards = presented.strategy == Strategy.FORWARD
    here = presented.network.entity(presented.here)
    if asks and forwards and here.kind is Kind.CLEARING_HOUSE:
        where = f"{presented.here} forwards what is put to the home-CSP itself"
        raise Untrusted("MSG-2", where)
