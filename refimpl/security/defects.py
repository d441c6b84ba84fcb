"""TEST ONLY: certificates and CRLs that are wrong in one thing.

A defect takes the plan of a good PKI and the id of an entity, and hands back a plan in which
what that entity shows must not be believed.  The rest stays as it was, so that one reason is
left to refuse it.  To see them all, show each defective chain to `certificates.check_chain`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from refimpl.errors import Misuse
from refimpl.security.certificates import ENTITY, NETSCAPE_TYPE
from refimpl.security.pki import Algorithm, Pki, sign
from refimpl.security.pki_plan import (
    DAY,
    HOUR,
    ROOT,
    Draft,
    Entities,
    ListDraft,
    Plan,
    authority,
    plan,
)
from refimpl.vocabulary import Kind

Defect = Callable[[Plan, str], Plan]

STRANGE: Final = x509.UnrecognizedExtension(ObjectIdentifier("2.999.1"), b"\x05\x00")
"""An extension that is not to be understood: 2.999 is for examples."""
PARTIAL: Final = x509.IssuingDistributionPoint(None, None, False, True, None, False, False)
"""What limits a CRL to the certificates of authorities."""
INDIRECT: Final = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
"""What lets a CRL list the certificates of other issuers."""
NEXT_DOOR: Final = x509.NameConstraints([x509.DNSName("localhost")], None)
"""What limits the host names below an authority, to the one that is there."""
NO_POLICY: Final = x509.PolicyConstraints(0, None)
ADDRESSES: Final = x509.UnrecognizedExtension(
    ObjectIdentifier("1.3.6.1.5.5.7.1.7"),
    bytes.fromhex("300c300a0402000130040302000a"),
)
"""The addresses 10.0.0.0/8 (RFC 3779, 2), which no issuer has to give."""
ANY_TYPE: Final = x509.UnrecognizedExtension(NETSCAPE_TYPE, b"\x03\x02\x00\xff")
OTHER_KEY: Final = x509.AuthorityKeyIdentifier(bytes(20), None, None)
SOME_REASONS: Final = x509.CRLDistributionPoints(
    [
        x509.DistributionPoint(
            [x509.UniformResourceIdentifier("http://crl.example/some")],
            None,
            frozenset({x509.ReasonFlags.key_compromise}),
            None,
        )
    ]
)
"""What says that one CRL knows of lost keys only."""
LONG_SERIAL: Final = 1 << 160  # 21 octets
ANY_PURPOSE: Final = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
NAMELESS: Final = dict.fromkeys(("entities", "kinds", "encryption_keys", "hosts"), ())
KEY_ABOVE: Final = (x509.AuthorityKeyIdentifier,)
KEY: Final = (x509.SubjectKeyIdentifier,)
OTHER_KIND: Final = {Kind.CSP: Kind.CSO, Kind.CSO: Kind.CSP, Kind.CLEARING_HOUSE: Kind.CSP}


def _shown(plan: Plan, entity_id: str, height: int) -> str:
    """The label at a height of what an entity shows: 0 the leaf, 1 its issuer, 2 the root."""
    return (*plan.chains[entity_id], ROOT)[height]


def _with(plan: Plan, *drafts: Draft) -> Plan:
    return replace(plan, drafts={**plan.drafts, **{draft.label: draft for draft in drafts}})


def _with_chain(plan: Plan, entity_id: str, *labels: str) -> Plan:
    return replace(plan, chains={**plan.chains, entity_id: labels})


def _certificate(height: int, **changes: Any) -> Defect:
    def defect(plan: Plan, entity_id: str) -> Plan:
        draft = plan.drafts[_shown(plan, entity_id, height)]
        return _with(plan, replace(draft, **changes))

    return defect


def _crl(height: int, **changes: Any) -> Defect:
    def defect(plan: Plan, entity_id: str) -> Plan:
        label = _shown(plan, entity_id, height)
        return replace(plan, lists={**plan.lists, label: replace(plan.lists[label], **changes)})

    return defect


def _no_crl(height: int) -> Defect:
    def defect(plan: Plan, entity_id: str) -> Plan:
        lists = dict(plan.lists)
        del lists[_shown(plan, entity_id, height)]
        return replace(plan, lists=lists)

    return defect


def _listed(height: int) -> Defect:
    """On the list of the one above."""

    def defect(plan: Plan, entity_id: str) -> Plan:
        label = _shown(plan, entity_id, height)
        return _crl(height + 1, revoked=(label,))(plan, entity_id)

    return defect


def _two_entities(plan: Plan, entity_id: str) -> Plan:
    return _certificate(0, entities=(entity_id, "somebody-else"))(plan, entity_id)


def _kind(kinds: Callable[[Kind], tuple[Kind, ...]]) -> Defect:
    def defect(plan: Plan, entity_id: str) -> Plan:
        (kind,) = plan.drafts[_shown(plan, entity_id, 0)].kinds
        return _certificate(0, kinds=kinds(kind))(plan, entity_id)

    return defect


def _other(kind: Kind) -> tuple[Kind, ...]:
    return (OTHER_KIND[kind],)


def _beyond(kind: Kind) -> tuple[Kind, ...]:
    return (Kind.CSP if kind is Kind.CLEARING_HOUSE else Kind.CLEARING_HOUSE,)


def _root_listed(plan: Plan, entity_id: str) -> Plan:
    return _crl(2, revoked=(ROOT,))(plan, entity_id)


def _no_issuer(plan: Plan, entity_id: str) -> Plan:
    return _with_chain(plan, entity_id, plan.chains[entity_id][0])


def _under(plan: Plan, entity_id: str, issuer: Draft, *above: str) -> Plan:
    """The leaf issued by another, which is shown after it, and then those above."""
    label = _shown(plan, entity_id, 0)
    leaf = replace(plan.drafts[label], issuer=issuer.label)
    moved = replace(_with(plan, leaf, issuer), lists={**plan.lists, issuer.label: ListDraft()})
    return _with_chain(moved, entity_id, label, issuer.label, *above)


def _stranger(plan: Plan, entity_id: str) -> Plan:
    kinds = plan.drafts[_shown(plan, entity_id, 1)].kinds
    return _under(plan, entity_id, authority("ca-stranger", "ca-stranger", 5, kinds, 0))


def _too_long(plan: Plan, entity_id: str) -> Plan:
    issuer = _shown(plan, entity_id, 1)
    below = authority("ca-below", issuer, 1, plan.drafts[issuer].kinds, 0)
    return _under(plan, entity_id, below, issuer)


def _by_a_leaf(plan: Plan, entity_id: str) -> Plan:
    label, *above = plan.chains[entity_id]
    rogue = replace(plan.drafts[label], label=f"rogue-{entity_id}", issuer=label)
    return _with_chain(_with(plan, rogue), entity_id, rogue.label, label, *above)


# fmt: off
DEFECTS: Final[Mapping[str, Defect]] = MappingProxyType({
    "long-serial":          _certificate(0, serial=LONG_SERIAL),
    "issuer-long-serial":   _certificate(1, serial=LONG_SERIAL),
    "other-algorithm":      _certificate(0, algorithm="P-384"),
    "unknown-critical":     _certificate(0, critical=(STRANGE,)),
    "critical-key-above":   _certificate(0, turned=KEY_ABOVE),
    "name-constraints":     _certificate(1, more=(NEXT_DOOR,)),
    "policy-constraints":   _certificate(1, more=(NO_POLICY,)),
    "addresses":            _certificate(0, more=(ADDRESSES,)),
    "stranger":             _stranger,
    "no-issuer":            _no_issuer,
    "forged-leaf":          _certificate(0, signer="nobody"),
    "forged-issuer":        _certificate(1, signer="nobody"),
    "other-key-above":      _certificate(0, more=(OTHER_KEY,)),
    "expired":              _certificate(0, starts=-91 * DAY, ends=-HOUR),
    "not-yet-valid":        _certificate(0, starts=HOUR),
    "issuer-expired":       _certificate(1, starts=-91 * DAY, ends=-HOUR),
    "by-a-leaf":            _by_a_leaf,
    "issuer-no-authority":  _certificate(1, ca=False, path_length=None),
    "issuer-no-signing":    _certificate(1, usage=("crl_sign",)),
    "issuer-unmarked":      _certificate(1, turned=(x509.BasicConstraints,)),
    "too-long":             _too_long,
    "authority":            _certificate(0, ca=True),
    "signs-crls":           _certificate(0, usage=("digital_signature", "crl_sign")),
    "no-signing":           _certificate(0, usage=("key_encipherment",)),
    "no-purpose":           _certificate(0, purposes=()),
    "any-purpose":          _certificate(0, purposes=(ANY_PURPOSE,)),
    "server-only":          _certificate(0, purposes=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "client-only":          _certificate(0, purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    "netscape-type":        _certificate(0, more=(ANY_TYPE,)),
    "no-name":              _certificate(0, **NAMELESS),
    "somebody-else":        _certificate(0, entities=("somebody-else",)),
    "two-entities":         _two_entities,
    "two-in-capitals":      _certificate(0, uris=(ENTITY.upper() + "somebody-else",)),
    "no-kind":              _certificate(0, kinds=()),
    "other-kind":           _kind(_other),
    "two-kinds":            _certificate(0, kinds=(Kind.CSP, Kind.CSO)),
    "kind-beyond-issuer":   _kind(_beyond),
    "no-encryption-key":    _certificate(0, encryption_keys=()),
    "no-crl":               _no_crl(1),
    "no-root-crl":          _no_crl(2),
    "some-reasons":         _certificate(0, more=(SOME_REASONS,)),
    "partial-crl":          _crl(1, critical=(PARTIAL,)),
    "indirect-crl":         _crl(1, more=(INDIRECT,)),
    "delta-crl":            _crl(1, more=(x509.DeltaCRLIndicator(1),)),
    "keyless-crl":          _crl(1, without=KEY_ABOVE),
    "other-key-crl":        _crl(1, more=(OTHER_KEY,)),
    "forged-crl":           _crl(1, signer="nobody"),
    "unknown-critical-crl": _crl(1, critical=(STRANGE,)),
    "stale-crl":            _crl(1, starts=-8 * DAY, ends=-HOUR),
    "future-crl":           _crl(1, starts=HOUR),
    "revoked":              _listed(0),
    "issuer-revoked":       _listed(1),
    "root-revoked":         _root_listed,
    "nameless":             _certificate(0, nameless=True),
    "issuer-nameless":      _certificate(1, nameless=True),
    "no-key-above":         _certificate(0, without=KEY_ABOVE),
    "issuer-no-key-above":  _certificate(1, without=KEY_ABOVE),
    "issuer-no-key":        _certificate(1, without=KEY),
    "unnumbered-crl":       _crl(1, without=(x509.CRLNumber,)),
})
# fmt: on


def defective_pki(
    network: Entities,
    name: str,
    entity_id: str,
    *,
    seed: bytes,
    now: datetime,
    algorithm: Algorithm = "P-256",
) -> Pki:
    """Make the PKI of a network in which one entity has a defect; raises `Misuse` PKI-1.

    >>> from refimpl.play.example import NETWORK, START
    >>> pki = defective_pki(NETWORK, "expired", "csp-alba", seed=b"an example", now=START)
    >>> pki.leaf("csp-alba").chain[0].not_valid_after_utc < START
    True
    """
    good = plan(network)
    if name not in DEFECTS or entity_id not in good.chains:
        raise Misuse("PKI-1", f"defect {name!r} of entity {entity_id!r}")
    return sign(DEFECTS[name](good, entity_id), seed=seed, now=now, algorithm=algorithm)
