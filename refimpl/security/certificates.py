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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPublicKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier, SignatureAlgorithmOID

from refimpl.errors import Untrusted
from refimpl.security.jwk import VerifyingKey
from refimpl.vocabulary import ROAMING_KINDS, Kind

ENTITY: Final = "urn:iec63119-refimpl:entity:"
KIND: Final = "urn:iec63119-refimpl:kind:"
ENCRYPTION_KEY: Final = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"  # RFC 9278

LONGEST: Final = 5  # certificates of a chain, its root aside
SIGNATURES: Final = (SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.ED25519)
UNDERSTOOD: Final = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
)
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


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


T = TypeVar("T", bound=x509.ExtensionType)


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate of a chain, read whole; a leaf has height 0, and the newest CRL in a CA's
    name comes along.
    """

    place: str
    height: int
    certificate: x509.Certificate
    extensions: tuple[x509.Extension[x509.ExtensionType], ...]
    key: CertificatePublicKeyTypes
    crl: x509.CertificateRevocationList | None

    def value(self, shape: type[T]) -> T | None:
        """The value of one extension, or None."""
        return next(
            (each.value for each in self.extensions if isinstance(each.value, shape)), None
        )

    def names(self, prefix: str) -> tuple[str, ...]:
        """What follows a prefix in the URIs of the subject alternative name."""
        found = self.value(x509.SubjectAlternativeName)
        uris = found.get_values_for_type(x509.UniformResourceIdentifier) if found else ()
        return tuple(uri.removeprefix(prefix) for uri in uris if uri.startswith(prefix))


@dataclass(frozen=True, slots=True)
class Expected:
    """What the caller trusts, and whom it expects: when, and for what."""

    roots: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...]
    entity_id: str | None
    kind: str | None
    now: datetime
    purpose: Purpose


def _links(chain: tuple[x509.Certificate, ...], asked: Expected) -> tuple[ChainLink, ...]:
    """The chain with its root at the end, if a root has issued it."""
    shown = chain[:-1] if chain and chain[-1] in asked.roots else chain
    if not 1 <= len(shown) <= LONGEST:
        raise Untrusted("CRT-1", f"chain: {len(shown)} certificates beside the root")
    root = next((root for root in asked.roots if _issued(shown[-1], root)), None)
    links = tuple(
        _link(each, f"certificate {n + 1} of {len(shown)}", n, asked)
        for n, each in enumerate(shown)
    )
    return (*links, _link(root, "root", len(shown), asked)) if root else links


def _link(certificate: x509.Certificate, place: str, height: int, asked: Expected) -> ChainLink:
    try:
        if certificate.version is not x509.Version.v3 or certificate.serial_number <= 0:
            raise Untrusted(
                "CRT-1", f"{place}: version or serial number"
            )  # the library only warns of the second
        crls = (crl for crl in asked.crls if _in_name_of(certificate.subject, crl))
        newest = max(crls, key=lambda crl: crl.last_update_utc, default=None)
        return ChainLink(
            place,
            height,
            certificate,
            tuple(certificate.extensions),
            certificate.public_key(),
            newest,
        )
    except UNREADABLE as error:
        raise Untrusted("CRT-1", f"{place}: {type(error).__name__}") from error


def _in_name_of(issuer: x509.Name, crl: x509.CertificateRevocationList) -> bool:
    try:
        return crl.issuer == issuer
    except UNREADABLE:  # as good as none
        return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


# Each check is shown a certificate and its issuer, a root being its own, and says whether they
# break the rule.
Check = Callable[[ChainLink, ChainLink, Expected], bool]


def _foreign_algorithm(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    p256 = isinstance(link.key, ec.EllipticCurvePublicKey) and isinstance(
        link.key.curve, ec.SECP256R1
    )
    ours = p256 or isinstance(link.key, ed25519.Ed25519PublicKey)
    return not ours or link.certificate.signature_algorithm_oid not in SIGNATURES


def _unknown_critical(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return any(
        each.critical and not isinstance(each.value, UNDERSTOOD) for each in link.extensions
    )


def _unrooted(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    if link is issuer:
        return link.certificate not in asked.roots
    return not _issued(link.certificate, issuer.certificate)


def _not_in_force(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    return (
        not link.certificate.not_valid_before_utc
        <= asked.now
        <= link.certificate.not_valid_after_utc
    )


def _no_authority(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic, usage = link.value(x509.BasicConstraints), link.value(x509.KeyUsage)
    return not (basic and basic.ca and usage and usage.key_cert_sign and usage.crl_sign)


def _too_long(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic = link.value(x509.BasicConstraints)
    return (
        basic is not None
        and basic.path_length is not None
        and basic.path_length < link.height - 1
    )


def _unfit_leaf(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    basic, usage = link.value(x509.BasicConstraints), link.value(x509.KeyUsage)
    signs = usage and usage.digital_signature and not usage.key_cert_sign and not usage.crl_sign
    return not signs or (basic is not None and basic.ca)


def _other_purpose(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    named = link.value(x509.ExtendedKeyUsage)
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
    return issuer.crl is None


def _unsound_crl(link: ChainLink, issuer: ChainLink, asked: Expected) -> bool:
    crl = issuer.crl
    try:
        return (
            crl is None
            or crl.signature_algorithm_oid not in SIGNATURES
            or not crl.is_signature_valid(cast(CertificateIssuerPublicKeyTypes, issuer.key))
            or any(each.critical for part in (crl, *crl) for each in part.extensions)
        )
    except UNREADABLE:
        return True


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


# fmt: off
EVERY, LEAF, ISSUERS, ALL_BUT_ROOT = slice(None), slice(1), slice(1, None), slice(-1)

ORDER: Final[tuple[tuple[str, slice, str, Check], ...]] = (
    # CRT-1, whether the chain can be read at all, comes before every other check
    # neither P-256 with SHA-256 nor Ed25519
    ("CRT-2",  EVERY,        "algorithm",          _foreign_algorithm),
    # must be understood and is not
    ("CRT-3",  EVERY,        "critical extension", _unknown_critical),
    # not issued by the next, or by no root
    ("CRT-4",  EVERY,        "issuer",             _unrooted),
    # not yet valid, or no longer
    ("CRT-5",  EVERY,        "validity",           _not_in_force),
    # issues and may not
    ("CRT-6",  ISSUERS,      "authority",          _no_authority),
    # more authorities below than it allows
    ("CRT-7",  ISSUERS,      "path length",        _too_long),
    # an authority, or a key that may not sign
    ("CRT-8",  LEAF,         "use of its key",     _unfit_leaf),
    # for the other side of a channel, or none
    ("CRT-9",  ALL_BUT_ROOT, "extended key usage", _other_purpose),
    # another one, none, or two at once
    ("CRT-10", LEAF,         "entity",             _other_entity),
    # the same of its kind
    ("CRT-11", LEAF,         "kind",               _other_kind),
    # the issuer does not speak for that kind
    ("CRT-12", ALL_BUT_ROOT, "kind",               _kind_beyond_issuer),
    # none, or two
    ("CRT-13", LEAF,         "encryption key",     _no_encryption_key),
    # not known what its issuer revoked
    ("CRT-14", ALL_BUT_ROOT, "no CRL",             _no_crl),
    # forged, or not to be understood
    ("CRT-15", ALL_BUT_ROOT, "unsound CRL",        _unsound_crl),
    # overdue, or of the future
    ("CRT-16", ALL_BUT_ROOT, "stale CRL",          _stale_crl),
    # on the list
    ("CRT-17", ALL_BUT_ROOT, "revoked",            _revoked),
)
# fmt: on


def check_chain(
    chain: tuple[x509.Certificate, ...],
    *,
    roots: tuple[x509.Certificate, ...],
    crls: tuple[x509.CertificateRevocationList, ...],
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
    asked = Expected(roots, crls, entity_id, kind, now, purpose)
    links = _links(chain, asked)
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


def parse_chain(encoded: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """The certificates of a chain from their DER encodings; raises `Untrusted` CRT-1."""
    try:
        return tuple(x509.load_der_x509_certificate(der) for der in encoded)
    except UNREADABLE as error:
        raise Untrusted("CRT-1", f"chain: {type(error).__name__}") from error
