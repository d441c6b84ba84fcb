"""TEST ONLY: what the certificates and CRLs of a network are to be, before anything is signed.

A root appoints two issuing authorities: one for CSPs and CSOs, one for clearing houses, because
to stand between the others and speak for them is a power of its own.  Each names the kinds it
may speak for, and `certificates` holds it to that.  Name constraints would be the usual means,
but for URIs they reach host names only (RFC 5280, 4.2.1.10).

A draft says what a certificate holds and what it leaves out; to see a refusal, change one
(`defects`) and have the plan signed (`pki`).

Rules: PKI-1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Final, Protocol

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from refimpl.errors import Misuse
from refimpl.vocabulary import Kind

ROOT: Final = "ca-root"
ISSUERS: Final[Mapping[str, tuple[Kind, ...]]] = MappingProxyType(
    {"ca-houses": (Kind.CLEARING_HOUSE,), "ca-parties": (Kind.CSP, Kind.CSO)}
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOSTS: Final = (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1")))
BOTH_SIDES: Final = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


class _Entity(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> Kind: ...


class Entities(Protocol):
    """A network, as far as certificates go."""

    @property
    def entities(self) -> Iterable[_Entity]:
        """Its entities, each with its id and kind."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A certificate before it is signed; its times count from now, and its signer is a label of
    a key.
    """

    label: str
    issuer: str
    ends: timedelta = 90 * DAY
    starts: timedelta = -HOUR
    entities: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    encryption_keys: tuple[str, ...] = ()  # labels
    hosts: tuple[x509.GeneralName, ...] = ()
    usage: tuple[str, ...] = ("digital_signature",)
    purposes: tuple[ObjectIdentifier, ...] = ()
    ca: bool = False
    path_length: int | None = None
    algorithm: str | None = None  # None for that of the whole PKI
    signer: str | None = None  # None for the issuer
    serial: int | None = None  # None for one that follows from the seed
    nameless: bool = False  # its subject is empty, and the issuer of what it issues
    uris: tuple[str, ...] = ()  # besides those that the profile asks for
    more: tuple[x509.ExtensionType, ...] = ()  # instead of any of their sort, not critical
    critical: tuple[x509.ExtensionType, ...] = ()  # besides
    without: tuple[type[x509.ExtensionType], ...] = ()
    turned: tuple[type[x509.ExtensionType], ...] = ()  # critical if they were not, and back


@dataclass(frozen=True, slots=True)
class ListDraft:
    """A CRL before it is signed; `revoked` are labels of certificates, and its extensions are
    said as those of a `Draft` are.
    """

    revoked: tuple[str, ...] = ()
    ends: timedelta = 7 * DAY
    starts: timedelta = -HOUR
    signer: str | None = None  # None for the authority itself
    above: int = 0  # its number is higher, and the second it is issued in unless that is not
    more: tuple[x509.ExtensionType, ...] = ()
    critical: tuple[x509.ExtensionType, ...] = ()
    without: tuple[type[x509.ExtensionType], ...] = ()
    turned: tuple[type[x509.ExtensionType], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be signed, by label, and what each entity shows, as labels."""

    drafts: Mapping[str, Draft]
    lists: Mapping[str, ListDraft]
    chains: Mapping[str, tuple[str, ...]]


def authority(
    label: str, issuer: str, years: int, kinds: tuple[Kind, ...], path_length: int
) -> Draft:
    """The draft of a certification authority."""
    usage, ends = ("key_cert_sign", "crl_sign"), 365 * years * DAY
    return Draft(
        label, issuer, ends, kinds=kinds, usage=usage, ca=True, path_length=path_length
    )


def plan(
    network: Entities,
    revoked: Iterable[str] = (),
    above: Mapping[str, int] = MappingProxyType({}),
) -> Plan:
    """The authorities and a leaf for each roaming entity of a network, as drafts.

    `revoked` are ids of entities; `above` are the numbers of the CRLs issued before, by
    authority.
    """
    drafts = [
        authority(ROOT, ROOT, 10, (), 1),
        *(authority(ca, ROOT, 5, ISSUERS[ca], 0) for ca in ISSUERS),
    ]
    chains = {}
    for entity in network.entities:
        for issuer in (ca for ca in ISSUERS if entity.kind in ISSUERS[ca]):
            leaf = Draft(
                f"entity-{entity.id}",
                issuer,
                entities=(entity.id,),
                kinds=(entity.kind,),
                hosts=HOSTS,
            )
            drafts.append(
                replace(leaf, purposes=BOTH_SIDES, encryption_keys=(f"encryption-{entity.id}",))
            )
            chains[entity.id] = (leaf.label, issuer)
    lists = {ca: ListDraft(above=above.get(ca, 0)) for ca in (ROOT, *ISSUERS)}
    for name in sorted(set(revoked)):
        if name not in chains:
            raise Misuse("PKI-1", f"revoked: entity {name!r}")
        leaf_label, issuer = chains[name]
        listed = (*lists[issuer].revoked, leaf_label)
        lists[issuer] = replace(lists[issuer], revoked=listed)
    return Plan({draft.label: draft for draft in drafts}, lists, chains)
