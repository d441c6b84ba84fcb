"""A chain of certificates as it was shown, read whole: leaf first, each with the CRL of its own
authority.

Nothing is judged here but that there is something to judge (CRT-1).

Rules: CRT-1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from refimpl.errors import Untrusted
from refimpl.security.revocation import MOST, UNREADABLE, Crl, crl_of, value_of

LONGEST: Final = 5  # certificates of a chain, its root aside
Shape = TypeVar("Shape", bound=x509.ExtensionType)


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
    crl: Crl | None

    def value(self, shape: type[Shape]) -> Shape | None:
        """The value of one extension, or None."""
        return value_of(self.extensions, shape)

    def is_critical(self, shape: type[x509.ExtensionType]) -> bool:
        """Whether there is such an extension and it is marked critical."""
        return any(each.critical for each in self.extensions if isinstance(each.value, shape))

    def names(self, prefix: str) -> tuple[str, ...]:
        """What follows a prefix in the URIs of the subject alternative name; the prefix counts
        in small and capital letters alike (RFC 8141, 3.1).
        """
        found = self.value(x509.SubjectAlternativeName)
        uris = found.get_values_for_type(x509.UniformResourceIdentifier) if found else ()
        return tuple(uri[len(prefix) :] for uri in uris if uri[: len(prefix)].lower() == prefix)


def read_links(
    chain: tuple[x509.Certificate, ...],
    roots: tuple[x509.Certificate, ...],
    crls: Iterable[Crl],
) -> tuple[ChainLink, ...]:
    """The chain with its root at the end, if a root has issued it; `crls` are those that count.

    Raises `Untrusted` CRT-1.
    """
    shown = chain[:-1] if chain and chain[-1] in roots else chain
    if not 1 <= len(shown) <= LONGEST:
        raise Untrusted("CRT-1", f"chain: {len(shown)} certificates beside the root")
    places = [f"certificate {number} of {len(shown)}" for number in range(1, len(shown) + 1)]
    root = next((root for root in roots if has_issued(root, shown[-1])), None)
    if root is not None:
        shown, places = (*shown, root), [*places, "root"]
    crls = tuple(crls)
    return tuple(
        _read_link(certificate, place, height, crls)
        for height, (certificate, place) in enumerate(zip(shown, places, strict=True))
    )


def _read_link(
    certificate: x509.Certificate, place: str, height: int, crls: tuple[Crl, ...]
) -> ChainLink:
    try:
        if certificate.version is not x509.Version.v3:
            raise Untrusted("CRT-1", f"{place}: version")
        if not 0 < certificate.serial_number < MOST:
            raise Untrusted("CRT-1", f"{place}: serial number")
        # A date may name a year that there is not.
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return ChainLink(
            place,
            height,
            certificate,
            tuple(certificate.extensions),
            certificate.public_key(),
            crl_of(certificate, crls),
        )
    except UNREADABLE as error:
        raise Untrusted("CRT-1", f"{place}: {type(error).__name__}") from error


@lru_cache(maxsize=256)
def has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the name and the signature of a certificate are those of its issuer."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def parse_chain(encoded: Iterable[bytes]) -> tuple[x509.Certificate, ...]:
    """The certificates of a chain from their DER encodings; raises `Untrusted` CRT-1."""
    try:
        return tuple(x509.load_der_x509_certificate(der) for der in encoded)
    except UNREADABLE as error:
        raise Untrusted("CRT-1", f"chain: {type(error).__name__}") from error
