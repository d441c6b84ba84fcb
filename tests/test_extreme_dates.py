"""Dates at the ends of the calendar: a message, a certificate or a CRL may hold them, and
nothing worse comes of it than a refusal.

Every message of every journey is heard again with its dates moved to the first second of year 1
and the last of year 9999, all of them or one by one; what is accepted so goes on from there.
"""

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.edition import load, published
from refimpl.endpoint import Outcome, RoamingEndpoint, receive, turn_away
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.messages import KINDS, Envelope
from refimpl.play import loopback
from refimpl.play.example import NETWORK, START
from refimpl.play.journeys import journeys_of
from refimpl.play.player import play
from refimpl.security.certificates import Purpose, check_chain
from refimpl.security.pki import Pki, roaming_pki
from refimpl.security.protection import KeyRing, Sealing, protect, unprotect
from refimpl.shapes import canonical_json
from refimpl.tls.channel import Credentials
from refimpl.tls.message_protection import MessageProtection
from refimpl.vocabulary import Mode, Protection
from refimpl.wire import decode, encode
from tests.der import at, both, sequence, signed_again, tlv

FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
TEXTS: Final = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def places(value: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each date in a JSON document."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inner:
            yield from places(each, (*way, key))
    elif isinstance(value, str) and DATE.fullmatch(value):
        yield way


def moved(raw: bytes, dates: dict[tuple[Any, ...], str]) -> Envelope | None:
    """An envelope with other dates, if it is still one."""
    document = json.loads(raw)
    for way, text in dates.items():
        holder = document
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = text
    try:
        return decode(canonical_json(document))
    except RoamingError:
        return None


def variants(raw: bytes) -> Iterator[Envelope]:
    """An envelope with its dates at the ends: all of them, each alone, the first ones at one
    end and the rest at the other.
    """
    ways = list(places(json.loads(raw)))
    tried = [dict.fromkeys(ways, text) for text in TEXTS]
    tried += [{way: text} for way in ways for text in TEXTS]
    for cut in range(1, len(ways)):
        for one, other in (TEXTS, TEXTS[::-1]):
            tried.append(dict.fromkeys(ways[:cut], one) | dict.fromkeys(ways[cut:], other))
    for dates in tried:
        if (envelope := moved(raw, dates)) is not None:
            yield envelope


class Listener:
    """Hears each message in every variant, and goes on with one of those that were accepted."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.kinds: set[str] = set()
        self.accepted = 0

    def receive(self, rep: RoamingEndpoint, envelope: Envelope, **how: Any) -> Outcome:
        self.kinds.add(envelope.message.kind)
        outcomes = []
        for variant in variants(encode(envelope)):
            outcome = receive(rep, variant, **how)
            given = {name: how[name] for name in ("peer", "now")}
            turn_away(rep, variant, Violation("SES-1", "a test"), **given)
            if not outcome.notes:
                outcomes.append(outcome)
        self.accepted += len(outcomes)
        if outcomes and self.dice.random() < 0.5:
            return self.dice.choice(outcomes)
        return receive(rep, envelope, **how)


@pytest.mark.parametrize("name", published())
def test_messages_at_the_ends_of_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    edition, heard = load(name), set()
    for seed in range(4):
        listener = Listener(seed)
        monkeypatch.setattr(loopback, "receive", listener.receive)
        for journey in journeys_of(edition):
            for mode in (Mode.DIRECT, Mode.CLEARING_HOUSE):
                play(journey.id, edition, mode)
        assert listener.accepted > 100
        heard |= listener.kinds
    if name == published()[-1]:
        assert heard == set(KINDS)


MOMENTS: Final = (
    datetime.min.replace(tzinfo=UTC),
    FIRST,
    datetime(1970, 1, 1, tzinfo=UTC),
    LAST,
)


@cache
def said() -> tuple[Envelope, ...]:
    """An envelope of each kind."""
    found = {}
    for journey in journeys_of(load("2025")):
        for frame in play(journey.id, load("2025")).frames:
            found[frame.envelope.message.kind] = frame.envelope
    assert found.keys() == KINDS.keys()
    return tuple(found.values())


@cache
def pki() -> Pki:
    return roaming_pki(NETWORK, seed=b"extreme dates", now=START)


def protected(envelope: Envelope, sealed: bool) -> str:
    """The text that a sender makes of an envelope, whatever its date."""
    leaf, card = pki().leaf(envelope.sender), pki().leaf(envelope.receiver).card
    once = ec.derive_private_key(7, ec.SECP256R1())
    sealing = Sealing(card.encryption_key_id, card.encryption_key, once, bytes(12))
    kid = leaf.card.signing_key_id
    return protect(envelope, kid, leaf.key, sealing if sealed else None)


def keys_of(envelope: Envelope) -> KeyRing:
    sender, receiver = pki().leaf(envelope.sender), pki().leaf(envelope.receiver)
    return KeyRing(
        {sender.card.signing_key_id: (envelope.sender, sender.key.public_key())},
        {receiver.card.encryption_key_id: receiver.encryption_key},
    )


@pytest.mark.parametrize("sealed", [False, True])
def test_protection_at_the_ends_of_time(sealed: bool) -> None:
    opened = 0
    for envelope in said():
        keys = keys_of(envelope)
        for variant in (envelope, *variants(encode(envelope))):
            text = protected(variant, sealed)
            for now in (variant.sent_at, *MOMENTS):
                try:
                    found = unprotect(text, keys, receiver=envelope.receiver, now=now, seen=())
                except RoamingError:
                    continue
                assert found.envelope().sent_at == variant.sent_at
                opened += 1
    assert opened > len(KINDS)


@pytest.mark.parametrize("level", Protection)
def test_frames_at_the_ends_of_time(level: Protection) -> None:
    """What a live endpoint reads, opens and says again is no worse than refused."""
    latest, protection, now = load("2025"), MessageProtection(level), START
    for envelope in said():
        mine, theirs = (
            Credentials.from_pki(pki(), name, NETWORK, latest)
            for name in (envelope.sender, envelope.receiver)
        )
        rep = RoamingEndpoint(envelope.receiver, NETWORK, latest)
        hops = ("", envelope.sender, envelope.receiver)
        for variant in variants(encode(envelope)):
            with suppress(RoamingError):
                frame = protection.write_frame(variant, hops, mine, now)
                heard = protection.read_frame(frame)
                protection.open_envelope(heard, rep, envelope.sender, theirs, now)
            turn_away(rep, variant, Violation("SES-1", "a test"), peer=envelope.sender, now=now)


# --- certificates -----------------------------------------------------------------------------

ENDS: Final = ("00000101000000Z", "00010101000000Z", "19491231235959Z", "99991231235959Z")
WHEN: Final = (*MOMENTS, START)


@pytest.mark.parametrize("before", ENDS)
@pytest.mark.parametrize("after", ENDS)
def test_certificates_at_the_ends_of_time(before: str, after: str) -> None:
    """A certificate or a CRL of any dates is refused at any time, if it is not in force then."""
    made = roaming_pki(NETWORK, seed=b"extreme dates", now=START, algorithm="Ed25519")
    dates = [tlv(0x18, text.encode()) for text in (before, after)]
    leaf, issuer = made.leaf("csp-alba").chain
    (signer,) = (ca for ca in made.issuers if ca.certificate == issuer)
    assert signer.crl is not None
    assert made.root.crl is not None
    der = signed_again(leaf.public_bytes(Encoding.DER), signer.key, at(4, sequence(*dates)))
    listed = signed_again(
        signer.crl.public_bytes(Encoding.DER),
        signer.key,
        both(at(3, dates[0]), at(4, dates[1])),
    )
    try:
        odd = x509.load_der_x509_certificate(der)
        crl = x509.load_der_x509_crl(listed)
    except ValueError:  # the library reads no year 0
        assert "0000" in before + after
        return
    for now in WHEN:
        in_force = before <= f"{now:%Y%m%d%H%M%SZ}" <= after
        for chain, crls in (((odd, issuer), made.crls), ((leaf, issuer), (made.root.crl, crl))):
            assert in_force or refused(made.root.certificate, chain, crls, now)


def refused(
    root: x509.Certificate,
    chain: tuple[x509.Certificate, ...],
    crls: tuple[x509.CertificateRevocationList, ...],
    now: datetime,
) -> bool:
    """Whether a chain is refused at a moment, by a rule."""
    try:
        check_chain(
            chain,
            roots=(root,),
            crls=crls,
            entity_id=None,
            kind=None,
            now=now,
            purpose=Purpose.CLIENT,
        )
    except RoamingError:
        return True
    return False


@pytest.mark.parametrize("now", MOMENTS)
def test_no_keys_at_the_ends_of_time(now: datetime) -> None:
    """A test PKI is made for a time that its certificates can name."""
    with pytest.raises(Misuse, match="PKI-1"):
        roaming_pki(NETWORK, seed=b"extreme dates", now=now)
