"""The profile of a roaming entity's certificate, and the check that a chain meets it.

A certificate names its holder in URIs of its subject alternative name: one for the entity id,
one for its kind, one for the key that others encrypt to.  A channel and a signed message ask
the same question: is this chain who it should be? `check_chain` meets the checks of `ORDER`
from the top, and the first that finds a fault names the rule; to see them at work, show it the
chains of `defects.DEFECTS`.

The checks are written out because the path validation of `cryptography` refuses Ed25519, knows
no revocation, and gives one sentence for every fault.  Signatures, names and encodings are its
work.  Nothing here builds a path, fetches a CRL or looks at the clock: a chain comes leaf
first, each certificate issued by the next, and its CRLs come along.

Rules: CRT-*.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, ObjectIdentifier

from refimpl.errors import Untrusted
from refimpl.security.chain import ChainLink, has_issued, read_links
from refimpl.security.jwk import VerifyingKey
from refimpl.security.revocation import (
    SIGNATURES,
    Crl,
    counting,
    is_key_of,
    is_sound,
    number_of,
)
from refimpl.vocabulary import ROAMING_KINDS, Kind

ENTITY: Final = "urn:iec63119-refimpl:entity:"
KIND: Final = "urn:iec63119-refimpl:kind:"
ENCRYPTION_KEY: Final = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"  # RFC 9278

UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
)
# What bounds the names, policies or addresses of a certificate or of those below it.  A
# library may heed it without the mark, too, so that it is never passed over here.
LIMITS: Final = frozenset(
    {
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ObjectIdentifier("1.3.6.1.5.5.7.1.7"),  # addresses (RFC 3779, 2)
        ObjectIdentifier("1.3.6.1.5.5.7.1.8"),  # autonomous systems (RFC 3779, 3)
        ObjectIdentifier("1.3.6.1.5.5.7.1.14"),  # a proxy (RFC 3820, 3.8)
    }
)
NETSCAPE_TYPE: Final = ObjectIdentifier("2.16.840.1.113730.1.1")
"""Says what a certificate is for, as its extended key usage does; some libraries heed it."""


class Purpose(StrEnum):
    """What a certificate is shown for: to open a channel, to accept one, to sign a message."""

    CLIENT = "client"
    SERVER = "server"
    MESSAGE = "message"


# What the extended key usage must name.  No registered name fits a signed message, so that one
# asks for both sides of a channel: a certificate that was made for one side only signs no
# message.
PURPOSES: Final[Mapping[Purpose, frozenset[ObjectIdentifier]]] = MappingProxyType(
    {
        Purpose.CLIENT: frozenset({ExtendedKeyUsageOID.CLIENT_AUTH}),
        Purpose.SERVER: frozenset({ExtendedKeyUsageOID.SERVER_AUTH}),
        Purpose.MESSAGE: frozenset(
            {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Peer:
    """Who a chain turned out to be, and with which keys: the one it signs with, and the other
    by its thumbprint.
    """

    entity_id: str
    kind: Kind
    encryption_key: str
    signing_key: VerifyingKey


@dataclass(frozen=True, slots=True)
class Expected:
    """What the caller trusts, and whom it expects: when, and for what."""

    roots: tuple[x509.Certificate, ...]
    entity_id: str | None
    kind: str | None
    now: datetime
    purpose: Purpose


# Each check is shown a certificate and its issuer, a root being its own, and says whether they
# break the rule.
Check = Callable[[ChainLink, ChainLink, Expected], bool]


def _foreign_algorithm(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    p256 = isinstance(link.key, ec.EllipticCurvePublicKey) and isinstance(
        link.key.curve, ec.SECP256R1
    )
    ours = p256 or isinstance(link.key, ed25519.Ed25519PublicKey)
    return not ours or link.certificate.signature_algorithm_oid not in SIGNATURES


def _unknown_limit(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return any(
        each.oid in LIMITS or (each.critical and not isinstance(each.value, UNDERSTOOD))
        for each in link.extensions
    )


def _unrooted(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    if link is issuer and link.certificate not in asked.roots:
        return True
    named = link.value(x509.AuthorityKeyIdentifier)
    return not is_key_of(named, issuer.certificate) or not has_issued(
        issuer.certificate, link.certificate
    )


def _not_in_force(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return (
        not link.certificate.not_valid_before_utc
        <= asked.now
        <= link.certificate.not_valid_after_utc
    )


def _no_authority(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic, usage = link.value(x509.BasicConstraints), link.value(x509.KeyUsage)
    marked = basic and basic.ca and link.is_critical(x509.BasicConstraints)
    return not (marked and usage and usage.key_cert_sign and usage.crl_sign)


def _too_long(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic = link.value(x509.BasicConstraints)
    return (
        basic is not None
        and basic.path_length is not None
        and basic.path_length < link.height - 1
    )


def _issues(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic, usage = link.value(x509.BasicConstraints), link.value(x509.KeyUsage)
    may_sign = usage is not None and (usage.key_cert_sign or usage.crl_sign)
    return may_sign or (basic is not None and basic.ca)


def _nameless(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    others = link.value(x509.SubjectAlternativeName)
    if others is not None and not tuple(others):
        return True
    named_elsewhere = link.height == 0 and link.is_critical(x509.SubjectAlternativeName)
    subject_missing = not link.certificate.subject.rdns and not named_elsewhere
    return subject_missing or not link.certificate.issuer.rdns


def _no_key_identifier(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    own = link.value(x509.SubjectKeyIdentifier)
    above = link.value(x509.AuthorityKeyIdentifier)
    own_missing = link.height > 0 and not (own and own.digest)
    above_missing = link is not issuer and not (above and above.key_identifier)
    return own_missing or above_missing


def _signs_nothing(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    usage = link.value(x509.KeyUsage)
    return not (usage and usage.digital_signature)


def _other_purpose(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    named = link.value(x509.ExtendedKeyUsage)
    if any(each.oid == NETSCAPE_TYPE for each in link.extensions):
        return True
    silent = named is None and link.height > 0  # an authority need not say
    return not silent and not PURPOSES[asked.purpose] <= set(named or ())


def _other_entity(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    named = link.names(ENTITY)
    return len(named) != 1 or asked.entity_id not in (None, *named)


def _other_kind(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    named = link.names(KIND)
    return len(named) != 1 or named[0] not in ROAMING_KINDS or asked.kind not in (None, *named)


def _kind_beyond_issuer(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    appointed = (
        link.height > 0 and issuer.certificate in asked.roots
    )  # a root appoints authorities of any kind
    return not appointed and not set(link.names(KIND)) <= set(issuer.names(KIND))


def _no_encryption_key(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return len(link.names(ENCRYPTION_KEY)) != 1


def _no_crl(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    points = link.value(x509.CRLDistributionPoints) or ()
    elsewhere = any(point.reasons or point.crl_issuer for point in points)
    return elsewhere or issuer.crl is None


def _unsound_crl(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return issuer.crl is None or not is_sound(issuer.crl, issuer.certificate)


def _stale_crl(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    crl = issuer.crl
    if crl is None or crl.next_update_utc is None:
        return True
    return not crl.last_update_utc <= asked.now < crl.next_update_utc


def _revoked(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    number = link.certificate.serial_number
    return (
        issuer.crl is None
        or issuer.crl.get_revoked_certificate_by_serial_number(number) is not None
    )


def _no_crl_number(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return issuer.crl is None or number_of(issuer.crl) is None


# fmt: off
EVERY, LEAF, ISSUERS, ALL_BUT_ROOT = slice(None), slice(1), slice(1, None), slice(-1)

ORDER: Final[tuple[tuple[str, slice, str, Check], ...]] = (
    # CRT-1, whether the chain can be read at all, comes before every other check
    # neither P-256 with SHA-256 nor Ed25519
    ("CRT-2",  EVERY,        "algorithm",          _foreign_algorithm),
    # must be understood and is not, or limits what is not looked at
    ("CRT-3",  EVERY,        "extension",          _unknown_limit),
    # not issued by the next, or by no root
    ("CRT-4",  EVERY,        "issuer",             _unrooted),
    # not yet valid, or no longer
    ("CRT-5",  EVERY,        "validity",           _not_in_force),
    # issues and may not
    ("CRT-6",  ISSUERS,      "authority",          _no_authority),
    # more authorities below than it allows
    ("CRT-7",  ISSUERS,      "path length",        _too_long),
    # an authority, or a key that appoints others
    ("CRT-8",  LEAF,         "use of its key",     _issues),
    # issued by or to a name that is empty
    ("CRT-18", EVERY,        "empty name",         _nameless),
    # does not say by which key it was issued, or issues with which
    ("CRT-19", EVERY,        "key identifier",     _no_key_identifier),
    # a key that may not sign
    ("CRT-9",  LEAF,         "key usage",          _signs_nothing),
    # for the other side of a channel, or none
    ("CRT-9",  EVERY,        "extended key usage", _other_purpose),
    # another one, none, or two at once
    ("CRT-10", LEAF,         "entity",             _other_entity),
    # the same of its kind
    ("CRT-11", LEAF,         "kind",               _other_kind),
    # the issuer does not speak for that kind
    ("CRT-12", ALL_BUT_ROOT, "kind",               _kind_beyond_issuer),
    # none, or two
    ("CRT-13", LEAF,         "encryption key",     _no_encryption_key),
    # not known what its issuer revoked
    ("CRT-14", EVERY,        "no CRL",             _no_crl),
    # forged, or not to be understood
    ("CRT-15", ALL_BUT_ROOT, "unsound CRL",        _unsound_crl),
    # overdue, or of the future
    ("CRT-16", ALL_BUT_ROOT, "stale CRL",          _stale_crl),
    # on the list
    ("CRT-17", EVERY,        "revoked",            _revoked),
    # not to be told from an older one
    ("CRT-20", ALL_BUT_ROOT, "number of its CRL",  _no_crl_number),
)
# fmt: on


def check_chain(
    chain: tuple[x509.Certificate, ...],
    *,
    roots: tuple[x509.Certificate, ...],
    crls: tuple[Crl, ...],
    entity_id: str | None,
    kind: str | None,
    now: datetime,
    purpose: Purpose,
) -> Peer:
    """Who a chain of certificates is, leaf first; its root may stand at the end.

    `entity_id` and `kind` are who it should be, None where the caller is about to find out.
    Raises `Untrusted` with the first rule of `ORDER` that is broken, CRT-1 before them for what
    cannot be read.
    """
    roots = tuple(root for root in roots if root.subject == root.issuer)
    asked = Expected(roots, entity_id, kind, now, purpose)
    links = read_links(chain, roots, counting(crls))
    pairs = tuple(zip(links, (*links[1:], links[-1]), strict=True))
    for rule_id, which, what, broken in ORDER:
        for link, issuer in pairs[which]:
            if broken(link, issuer, asked):
                raise Untrusted(rule_id, f"{link.place}: {what}")
    leaf = links[0]
    (named,), (known,), (key,) = (
        leaf.names(prefix) for prefix in (ENTITY, KIND, ENCRYPTION_KEY)
    )
    signing_key: Any = leaf.key  # one of the two, or CRT-2
    return Peer(named, Kind(known), ENCRYPTION_KEY + key, signing_key)
