"""Which CRLs count, and that the newest of an authority is never followed by an older one.

A CRL counts if it is whole and says by which key it was signed; of several by one key, the one
with the highest number does.  Whoever asks for the CRLs that count gets the same answer for a
message as for a channel: `certificates` checks no others, and `Credentials` hands no others to
the TLS library.

The numbers are what an old list is known by (RFC 5280, 5.2.3).  A list that was put back is
still signed and may still be fresh, so somebody has to remember: `check_crl_numbers` takes what
was known and hands back what is known now.

Rules: CRT-14, CRT-20.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeVar, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.x509.oid import SignatureAlgorithmOID

from refimpl.errors import Untrusted

SIGNATURES: Final = (SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.ED25519)
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for what it cannot read."""
MOST: Final = 1 << 159
"""Above every serial number and every number of a CRL: they have at most twenty octets."""
PARTIAL: Final = (x509.IssuingDistributionPoint, x509.DeltaCRLIndicator)
"""What makes a CRL speak of some certificates or of changes only, whether marked critical or
not.
"""

Crl = x509.CertificateRevocationList
Shape = TypeVar("Shape", bound=x509.ExtensionType)


def value_of(
    extensions: Iterable[x509.Extension[x509.ExtensionType]], shape: type[Shape]
) -> Shape | None:
    """The value of one extension, or None."""
    for each in extensions:
        if isinstance(each.value, shape):
            return each.value
    return None


def is_key_of(named: x509.AuthorityKeyIdentifier | None, authority: x509.Certificate) -> bool:
    """Whether an authority key identifier means this authority, as far as it says (RFC 5280,
    4.2.1.1).
    """
    if named is None:
        return True
    own = value_of(authority.extensions, x509.SubjectKeyIdentifier)
    if own and named.key_identifier not in (None, own.digest):
        return False
    if named.authority_cert_serial_number not in (None, authority.serial_number):
        return False
    names = [
        each.value
        for each in named.authority_cert_issuer or ()
        if isinstance(each, x509.DirectoryName)
    ]
    return not names or names[0] == authority.issuer


class CountingCrls(tuple[Crl, ...]):
    """CRLs that count: whole, by a key they name, and each the newest by its key."""

    __slots__ = ()


def counting(crls: Iterable[Crl]) -> CountingCrls:
    """The CRLs that count, out of any; of those that do all, without another look at them."""
    if isinstance(crls, CountingCrls):
        return crls
    newest: dict[str, Crl] = {}
    for crl in filter(_is_whole, crls):
        signer = signer_of(crl)
        if signer not in newest or _age(newest[signer]) < _age(crl):
            newest[signer] = crl
    return CountingCrls(newest.values())


def _is_whole(crl: Crl) -> bool:
    """Whether a CRL can be read to its end, names its key, and speaks of all the certificates
    of its authority and of no others (RFC 5280, 5.2.5 and 5.3.3).
    """
    try:
        named = value_of(crl.extensions, x509.AuthorityKeyIdentifier)
        partial = any(isinstance(each.value, PARTIAL) for each in crl.extensions)
        _ = crl.last_update_utc, crl.next_update_utc  # which may name a year that there is not
        indirect = any(
            value_of(entry.extensions, x509.CertificateIssuer) is not None for entry in crl
        )
        keyless = named is None or not named.key_identifier
        return bool(crl.issuer.rdns) and not (partial or indirect or keyless)
    except UNREADABLE:  # as good as none
        return False


def signer_of(crl: Crl) -> str:
    """Who has signed a CRL that counts: the name of the authority and the identifier of its
    key.
    """
    named = value_of(crl.extensions, x509.AuthorityKeyIdentifier)
    key = named.key_identifier if named else None
    return f"{crl.issuer.rfc4514_string()} {(key or b'').hex()}"


def _age(crl: Crl) -> tuple[int, datetime]:
    """What grows from one CRL to the next; one without a number counts as the newest, so that
    it is refused and not passed over.
    """
    number = number_of(crl)
    return (MOST if number is None else number), crl.last_update_utc


def number_of(crl: Crl) -> int | None:
    """The number of a CRL, None if it has none of at most twenty octets."""
    found = value_of(crl.extensions, x509.CRLNumber)
    return found.crl_number if found and 0 <= found.crl_number < MOST else None


def crl_of(authority: x509.Certificate, crls: Iterable[Crl]) -> Crl | None:
    """The CRL of an authority among those that count, or None."""
    return next((crl for crl in crls if _is_of(crl, authority)), None)


def _is_of(crl: Crl, authority: x509.Certificate) -> bool:
    if crl.issuer != authority.subject:
        return False
    return is_key_of(value_of(crl.extensions, x509.AuthorityKeyIdentifier), authority)


def is_sound(crl: Crl, authority: x509.Certificate) -> bool:
    """Whether an authority has signed a CRL, and everything that is critical in it is
    understood.
    """
    key = cast(CertificateIssuerPublicKeyTypes, authority.public_key())
    try:
        return (
            crl.signature_algorithm_oid in SIGNATURES
            and crl.is_signature_valid(key)
            and not any(each.critical for part in (crl, *crl) for each in part.extensions)
        )
    except UNREADABLE:
        return False


# --- what is remembered -----------------------------------------------------------------------


def check_crl_numbers(
    crls: Iterable[Crl],
    known: Mapping[str, int],
    authorities: Iterable[x509.Certificate],
) -> Mapping[str, int]:
    """The highest number of a CRL that each authority is known to have issued, by
    `signer_of`, once these CRLs have been seen too.

    Only what one of `authorities` has signed is remembered, so that no forged number shuts out
    the next true one.  Raises `Untrusted` CRT-20 for a CRL that counts and is older than the
    newest that was known.
    """
    authorities = tuple(authorities)
    numbers = dict(known)
    for crl in counting(crls):
        number, signer = number_of(crl), signer_of(crl)
        if number is None or not any(_has_issued(each, crl) for each in authorities):
            continue  # what is wrong with it is found when a chain is checked
        if number < numbers.get(signer, 0):
            raise Untrusted("CRT-20", f"{signer}: CRL {number} after {numbers[signer]}")
        numbers[signer] = number
    return MappingProxyType(numbers)


def _has_issued(authority: x509.Certificate, crl: Crl) -> bool:
    return _is_of(crl, authority) and is_sound(crl, authority)
