"""What an entity shows, byte by byte: the certificates of its chain, and the CRLs that speak of
them.
"""

from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.lab.der_layout import AUTHORITY, LEAF, REVOCATION, der_ranges
from refimpl.lab.entities import NAMES
from refimpl.lab.layout import Annotated
from refimpl.security.pki import Pki

ABOVE = ("The certificate", "The certificate of its authority", "The certificate above that")
"""What the certificates of a chain are called, from the leaf up."""


def certificate_bytes(pki: Pki, entity_id: str) -> tuple[Annotated, ...]:
    """The chain of an entity, leaf first, and the CRLs of a PKI, with their ranges.

    >>> from refimpl.lab.entities import pki_of_four
    >>> leaf, *_ = certificate_bytes(pki_of_four(), "cso-elm")
    >>> leaf.ranges[17].name, leaf.ranges[17].value
    ('not before', '2025-07-08 11:00:00 UTC')
    """
    found = []
    for number, certificate in enumerate(pki.leaf(entity_id).chain):
        der = certificate.public_bytes(Encoding.DER)
        profile, title = AUTHORITY, ABOVE[min(number, 2)]
        if number == 0:
            profile, title = LEAF, f"{ABOVE[0]} of {NAMES[entity_id]}"
        link = f"certificate-{entity_id}-{number}"
        found.append(Annotated(link, title, der, der_ranges(der, profile)))
    for authority in (pki.root, *pki.issuers):
        if authority.crl is not None:
            der = authority.crl.public_bytes(Encoding.DER)
            title, link = f"The CRL of {authority.label}", f"crl-{authority.label}"
            found.append(Annotated(link, title, der, der_ranges(der, REVOCATION)))
    return tuple(found)
