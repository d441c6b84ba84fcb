"""A message protected all the way to its final receiver, through clearing houses that need not
be trusted.

`protect` signs the canonical bytes of a message under a header that binds what belongs to it:
from whom, for whom, of which kind, in which service, in answer to what, for how long.  It may
seal the whole for the receiver; then a clearing house reads who wants what kind of message
delivered where, and no more.  Either way it passes the text on as it is.  A clearing house
answers for its hop with a `countersign` of its own.

`unprotect` refuses in the `ORDER` given, after whatever rule of the text itself comes first.
It remembers nothing: which messages came before is handed in, and the caller keeps the
`replay_id` of each that it accepts.

Nothing here decides who may ask what of whom, or which entity a key belongs to.

Rules: MSG-*, and JOS-* of the text.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted
from refimpl.messages import KINDS, Envelope, Message
from refimpl.security import compact, jwe, jwk, jws
from refimpl.shapes import Id, Name, canonical_bytes, first_repeated, is_canonical

LIFETIME: Final = 300
"""For how many seconds a message counts, unless its sender says less (MSG-4)."""
SKEW: Final = 30
"""How many seconds a sender's clock may run ahead (MSG-5)."""

# fmt: off
ORDER: Final[Mapping[str, type[RoamingError]]] = MappingProxyType({
    "MSG-1":  Untrusted,  # signed by another than it says it is from
    "MSG-2":  Untrusted,  # for another receiver
    "MSG-3":  Untrusted,  # what a clearing house could read is not what the sender signed
    "MSG-4":  Untrusted,  # counts for no time at all, or for longer than a message may
    "MSG-5":  Untrusted,  # from the future
    "MSG-6":  Untrusted,  # from too long ago
    "MSG-7":  Untrusted,  # here before
    "MSG-8":  Malformed,  # not a message of the kind it says
    "MSG-9":  Malformed,  # a message in another form than the canonical one
    "MSG-10": Untrusted,  # countersigned by another than it says
    "MSG-11": Untrusted,  # countersigned for another text
    "MSG-12": Untrusted,  # countersigned at a time that cannot be
    "MSG-13": Untrusted,  # hops that do not lead from the sender to the receiver
})
# fmt: on


class MessageHeader(compact.Header):
    """What a sender signs along with a message; `iat` and `exp` in seconds since 1970, `jti`
    its end-to-end id, `in_reply_to` that of the message it answers.
    """

    correlation_id: Id
    edition: Name
    exp: int
    iat: int
    in_reply_to: Id | None = None
    jti: Id
    kid: Id
    receiver: Name
    sender: Name
    typ: Name

    @property
    def replay_id(self) -> tuple[str, str]:
        """What the receiver remembers the message by, until `exp`."""
        return self.sender, self.jti


class RoutingHeader(compact.Header):
    """What stays readable of a sealed message; `apu` and `apv` bind sender and receiver into
    the content key.
    """

    apu: str
    apv: str
    correlation_id: Id
    enc: str
    epk: jwe.EphemeralKey
    kid: Id
    receiver: Name
    sender: Name
    typ: Name


class PassageHeader(compact.Header):
    """What a clearing house signs about the hop a text has taken through it."""

    house: Name
    iat: int
    kid: Id
    next_hop: Name
    previous_hop: Name
    typ: Literal["countersignature"] = "countersignature"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys an entity goes by, each under its id: whose signatures it trusts, and what it
    opens seals with.
    """

    trusted: Mapping[str, tuple[str, jwk.VerifyingKey]]
    own: Mapping[str, jwk.OpeningKey] = field(default_factory=dict, repr=False)

    def signer(self, kid: str) -> jwk.VerifyingKey | None:
        """The key that verifies what was signed with the key of that id."""
        return self.trusted[kid][1] if kid in self.trusted else None


@dataclass(frozen=True, slots=True)
class Sealing:
    """What it takes to seal one message and no other: the receiver's key, and what the dice
    gave.
    """

    kid: str
    receiver_key: jwk.SealingKey
    ephemeral: jwk.OpeningKey = field(repr=False)
    iv: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that arrived as it was sent, and what its sender signed along with it."""

    message: Message = field(repr=False)
    header: MessageHeader
    sealed: bool

    def envelope(self) -> Envelope:
        """The envelope it was protected in; its request id is the sender's, not that of the
        last hop.
        """
        header = self.header
        return Envelope(
            correlation_id=header.correlation_id,
            edition=header.edition,
            in_reply_to=header.in_reply_to,
            message=self.message,
            receiver=header.receiver,
            request_id=header.jti,
            sender=header.sender,
            sent_at=datetime.fromtimestamp(header.iat, UTC),
        )


def _refused(rule_id: str, where: str) -> RoamingError:
    return ORDER[rule_id](rule_id, where)


# --- Headers as they are written --------------------------------------------------------------


class _WrittenHeader(NamedTuple):
    """What it takes to sign with a header: no shape has to be made to write one."""

    alg: str
    encoded: bytes


class _WrittenRouting(NamedTuple):
    """What it takes to seal with a header."""

    alg: str
    apu: str
    apv: str
    enc: str
    encoded: bytes
    epk: jwe.EphemeralKey


_needs_no_escape = re.compile("[A-Za-z0-9._:/-]*").fullmatch


def _encoded(text: str, *names: str) -> bytes:
    """A header in base64url; raises `Misuse` JOS-11 where a name in it needs an escape."""
    if not _needs_no_escape("".join(names)):
        raise Misuse("JOS-11", "header, a member with a character that no id or name has")
    return compact.to_base64url(text.encode())


def _message_header(envelope: Envelope, alg: str, kid: str, lifetime: int) -> _WrittenHeader:
    """A `MessageHeader` for an envelope, written out."""
    iat, jti, answered = int(envelope.sent_at.timestamp()), envelope.end_to_end_id, ""
    if envelope.in_reply_to is not None:
        answered = f'"in_reply_to":"{envelope.in_reply_to}",'
    service, sender, receiver = envelope.correlation_id, envelope.sender, envelope.receiver
    kind, edition = envelope.message.kind, envelope.edition
    text = (
        f'{{"alg":"{alg}","correlation_id":"{service}","edition":"{edition}",'
        f'"exp":{iat + lifetime},"iat":{iat},{answered}"jti":"{jti}","kid":"{kid}",'
        f'"receiver":"{receiver}","sender":"{sender}","typ":"{kind}"}}'
    )
    names = kid, service, edition, envelope.in_reply_to or "", jti, receiver, sender, kind
    return _WrittenHeader(alg, _encoded(text, *names))


def _routing_header(envelope: Envelope, sealing: Sealing) -> _WrittenRouting:
    """A `RoutingHeader` for an envelope, written out."""
    epk = jwe.ephemeral_key(sealing.ephemeral.public_key())
    kid, service, kind = sealing.kid, envelope.correlation_id, envelope.message.kind
    sender, receiver = envelope.sender, envelope.receiver
    apu, apv = _party(sender), _party(receiver)
    y = f',"y":"{epk.y}"' if epk.y is not None else ""
    text = (
        f'{{"alg":"ECDH-ES","apu":"{apu}","apv":"{apv}","correlation_id":"{service}",'
        f'"enc":"A256GCM","epk":{{"crv":"{epk.crv}","kty":"{epk.kty}","x":"{epk.x}"{y}}},'
        f'"kid":"{kid}","receiver":"{receiver}","sender":"{sender}","typ":"{kind}"}}'
    )
    encoded = _encoded(text, kid, service, receiver, sender, kind)
    return _WrittenRouting("ECDH-ES", apu, apv, "A256GCM", encoded, epk)


def _party(name: str) -> str:
    return compact.to_base64url(name.encode()).decode()


def _is_readable_of(header: MessageHeader, routing: RoutingHeader) -> bool:
    """Whether a seal leaves readable what the sender signed."""
    return (
        routing.correlation_id == header.correlation_id
        and routing.receiver == header.receiver
        and routing.sender == header.sender
        and routing.typ == header.typ
        and routing.apu == _party(header.sender)
        and routing.apv == _party(header.receiver)
    )


# --- Protecting and opening -------------------------------------------------------------------


def protect(
    envelope: Envelope,
    kid: str,
    key: jwk.SigningKey,
    sealing: Sealing | None = None,
    lifetime: int = LIFETIME,
) -> str:
    """The message of an envelope, signed by its sender with the key of that id, and sealed if
    `sealing` is given.

    The envelope's end-to-end id becomes its `jti`, its `sent_at` is when it was signed; it
    counts for `lifetime` seconds.  Raises `Misuse`: JOS-5, JOS-14 or JOS-16 for keys and dice
    that do not go together, JOS-11 for ids that no envelope has.
    """
    header = _message_header(envelope, jws.algorithm(key), kid, lifetime)
    text = jws.sign(header, canonical_bytes(envelope.message), key)
    if sealing is None:
        return text
    routing = _routing_header(envelope, sealing)
    return jwe.seal(routing, text.encode(), sealing.receiver_key, sealing.ephemeral, sealing.iv)


def unprotect(
    text: str, keys: KeyRing, *, receiver: str, now: datetime, seen: Container[tuple[str, str]]
) -> Opened:
    """The message in a protected text, for the entity `receiver`; `seen` holds the replay ids
    it has accepted.

    Raises a rule of `compact.ORDER`, for the seal and then for the signature, or the first of
    MSG-1 to MSG-9.

    >>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    >>> from refimpl.messages import Receipt
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> noon = datetime(2025, 7, 8, 12, tzinfo=UTC)
    >>> said = Envelope(correlation_id="service-1", edition="2025", message=Receipt(),
    ...                 receiver="csp-alba", request_id="m-1", sender="cso-elm", sent_at=noon)
    >>> keys = KeyRing({"elm-1": ("cso-elm", key.public_key())})
    >>> text = protect(said, "elm-1", key)
    >>> unprotect(text, keys, receiver="csp-alba", now=noon, seen=set()).message.kind
    'receipt'
    """
    routing = None
    if text.count(".") == 4:
        sealed = jwe.unseal(text, keys.own.get, RoutingHeader)
        routing, text = sealed.header, sealed.content.decode("ascii", "replace")
    signed = jws.verify(text, keys.signer, MessageHeader)
    header = signed.header
    if keys.trusted[header.kid][0] != header.sender:
        raise _refused("MSG-1", f"header, member sender: {header.sender}")
    if header.receiver != receiver:
        raise _refused("MSG-2", f"header, member receiver: {header.receiver}")
    if routing is not None and not _is_readable_of(header, routing):
        raise _refused("MSG-3", "header of the seal")
    _check_time(header, now.timestamp())
    if header.replay_id in seen:
        raise _refused("MSG-7", f"header, member jti: {header.jti}")
    return Opened(_message(header.typ, signed.content), header, routing is not None)


def _check_time(header: MessageHeader, now: float) -> None:
    if not 0 < header.exp - header.iat <= LIFETIME:
        raise _refused("MSG-4", "header, members exp and iat")
    if header.iat > now + SKEW:
        raise _refused("MSG-5", "header, member iat")
    if now >= header.exp:
        raise _refused("MSG-6", "header, member exp")


def _message(kind: str, raw: bytes) -> Message:
    shape = KINDS.get(kind)
    if shape is None:
        raise _refused("MSG-8", f"payload, not a right {kind}")
    try:
        message: Message = shape.__pydantic_validator__.validate_json(raw)
    except ValueError:  # its text would show what the message says
        raise _refused("MSG-8", f"payload, not a right {kind}") from None
    if not is_canonical(message, raw):
        if first_repeated(raw) is not None:  # of two values one reader takes the first
            raise _refused("MSG-8", f"payload, not a right {kind}")
        raise _refused("MSG-9", f"payload, {kind}")
    return message


# --- Clearing houses --------------------------------------------------------------------------


def countersign(
    text: str, way: tuple[str, str, str], kid: str, key: jwk.SigningKey, now: datetime
) -> str:
    """The word of a clearing house that it passed on this very text; it says nothing about what
    is in it.

    `way` is the entity it had the text from, the house itself, and the entity it gave the text
    to.
    """
    previous_hop, house, next_hop = way
    header = PassageHeader(
        alg=jws.algorithm(key),
        house=house,
        iat=int(now.timestamp()),
        kid=kid,
        next_hop=next_hop,
        previous_hop=previous_hop,
    )
    return jws.sign(header, sha256(text.encode()).digest(), key)


def check_countersignatures(
    text: str,
    countersignatures: Iterable[str],
    keys: KeyRing,
    *,
    sender: str,
    receiver: str,
    now: datetime,
) -> tuple[PassageHeader, ...]:
    """The passages of a text through clearing houses, in their order, each on the word of its
    house.

    Raises a rule of `compact.ORDER` or the first of MSG-10 to MSG-12 for one countersignature
    after the other, then MSG-13 where they do not lead from the sender to the receiver.
    Without countersignatures there is nothing to check.
    """
    digest = sha256(text.encode()).digest()
    passages: list[PassageHeader] = []
    for countersignature in countersignatures:
        signed = jws.verify(countersignature, keys.signer, PassageHeader)
        passage = signed.header
        if keys.trusted[passage.kid][0] != passage.house:
            raise _refused("MSG-10", f"house {passage.house}")
        if signed.content != digest:
            raise _refused("MSG-11", f"house {passage.house}")
        is_before = bool(passages) and passage.iat + SKEW < passages[-1].iat
        if is_before or passage.iat > now.timestamp() + SKEW:
            raise _refused("MSG-12", f"house {passage.house}")
        passages.append(passage)
    way = (sender, *(passage.house for passage in passages), receiver)
    for passage, previous_hop, next_hop in zip(passages, way, way[2:], strict=False):
        if (passage.previous_hop, passage.next_hop) != (previous_hop, next_hop):
            raise _refused("MSG-13", f"house {passage.house}")
    return tuple(passages)
