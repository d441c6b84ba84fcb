"""The check of a chain against chains that are right, wrong in one thing, wrong in two, and
damaged.

Which rule a defect breaks and what OpenSSL says of it is written out by hand.  OpenSSL's command
line and the path validation of `cryptography` are the second opinions: they refuse what they
can see, and accept what is accepted here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from joserfc.jwk import import_key

from refimpl.errors import Untrusted
from refimpl.play.example import NETWORK, START
from refimpl.security import pki_plan
from refimpl.security.certificates import (
    ENCRYPTION_KEY,
    ORDER,
    Peer,
    Purpose,
    check_chain,
)
from refimpl.security.chain import LONGEST, parse_chain
from refimpl.security.defects import DEFECTS, defective_pki
from refimpl.security.jwk import public_jwk, thumbprint
from refimpl.security.pki import Algorithm, Authority, Pki, roaming_pki, sign
from refimpl.security.revocation import check_crl_numbers
from refimpl.vocabulary import ROAMING_KINDS, Kind
from tests.der import ECDSA_SHA384, Edit, at, parts, signed_again, tlv, without
from tests.programs import needs, openssl_verify

SEED = b"tests of the certificate profile"
ALGORITHMS: tuple[Algorithm, ...] = ("P-256", "Ed25519")
SECOND = timedelta(seconds=1)

# What each defect breaks, and what OpenSSL says of it where it sees it; shown by csp-alba as the client of a channel.
# fmt: off
BROKEN: dict[str, tuple[str, str | None]] = {
    "long-serial":          ("CRT-1",  None),
    "issuer-long-serial":   ("CRT-1",  None),
    "other-algorithm":      ("CRT-2",  None),
    "unknown-critical":     ("CRT-3",  "unhandled critical extension"),
    "critical-key-above":   ("CRT-3",  "unhandled critical extension"),
    "name-constraints":     ("CRT-3",  None),
    "policy-constraints":   ("CRT-3",  None),
    "addresses":            ("CRT-3",  "RFC 3779 resource not subset of parent's resources"),
    "stranger":             ("CRT-4",  "self-signed certificate in certificate chain"),
    "no-issuer":            ("CRT-4",  "unable to get local issuer certificate"),
    "forged-leaf":          ("CRT-4",  "certificate signature failure"),
    "forged-issuer":        ("CRT-4",  "certificate signature failure"),
    "other-key-above":      ("CRT-4",  "unable to get local issuer certificate"),
    "expired":              ("CRT-5",  "certificate has expired"),
    "not-yet-valid":        ("CRT-5",  "certificate is not yet valid"),
    "issuer-expired":       ("CRT-5",  "certificate has expired"),
    "by-a-leaf":            ("CRT-6",  "invalid CA certificate"),
    "issuer-no-authority":  ("CRT-6",  "invalid CA certificate"),
    "issuer-no-signing":    ("CRT-6",  "invalid CA certificate"),
    "issuer-unmarked":      ("CRT-6",  "Basic Constraints of CA cert not marked critical"),
    "too-long":             ("CRT-7",  "path length constraint exceeded"),
    "authority":            ("CRT-8",  None),
    "signs-crls":           ("CRT-8",  None),
    "no-signing":           ("CRT-9",  "unsuitable certificate purpose"),
    "no-purpose":           ("CRT-9",  None),
    "any-purpose":          ("CRT-9",  "unsuitable certificate purpose"),
    "server-only":          ("CRT-9",  "unsuitable certificate purpose"),
    "client-only":          ("CRT-9",  "unsuitable certificate purpose"),  # as a server
    "netscape-type":        ("CRT-9",  None),
    "no-name":              ("CRT-10", None),
    "somebody-else":        ("CRT-10", None),
    "two-entities":         ("CRT-10", None),
    "two-in-capitals":      ("CRT-10", None),
    "no-kind":              ("CRT-11", None),
    "other-kind":           ("CRT-11", None),
    "two-kinds":            ("CRT-11", None),
    "kind-beyond-issuer":   ("CRT-12", None),  # whatever its kind should be
    "no-encryption-key":    ("CRT-13", None),
    "no-crl":               ("CRT-14", "unable to get certificate CRL"),
    "no-root-crl":          ("CRT-14", "unable to get certificate CRL"),
    "some-reasons":         ("CRT-14", "unable to get certificate CRL"),
    "partial-crl":          ("CRT-14", "different CRL scope"),
    "indirect-crl":         ("CRT-14", "unable to get certificate CRL"),
    "delta-crl":            ("CRT-14", None),
    "keyless-crl":          ("CRT-14", None),
    "other-key-crl":        ("CRT-14", "unable to get certificate CRL"),
    "forged-crl":           ("CRT-15", "CRL signature failure"),
    "unknown-critical-crl": ("CRT-15", "unhandled critical CRL extension"),
    "stale-crl":            ("CRT-16", "CRL has expired"),
    "future-crl":           ("CRT-16", "CRL is not yet valid"),
    "revoked":              ("CRT-17", "certificate revoked"),
    "issuer-revoked":       ("CRT-17", "certificate revoked"),
    "root-revoked":         ("CRT-17", "certificate revoked"),
    "nameless":             ("CRT-18",
                             "Subject empty and Subject Alt Name extension not critical"),
    "issuer-nameless":      ("CRT-18", "Issuer name empty"),
    "no-key-above":         ("CRT-19", "Missing Authority Key Identifier"),
    "issuer-no-key-above":  ("CRT-19", "Missing Authority Key Identifier"),
    "issuer-no-key":        ("CRT-19", "Missing Subject Key Identifier"),
    "unnumbered-crl":       ("CRT-20", None),
}
PURPOSE = {"client-only": Purpose.SERVER}
# fmt: on


@cache
def good(algorithm: Algorithm) -> Pki:
    return roaming_pki(NETWORK, seed=SEED, now=START, algorithm=algorithm)


def check(
    pki: Pki,
    chain: tuple[x509.Certificate, ...],
    *,
    entity_id: str | None = "csp-alba",
    kind: str | None = "csp",
    now: datetime = START,
    purpose: Purpose = Purpose.CLIENT,
    crls: tuple[x509.CertificateRevocationList, ...] | None = None,
) -> Peer:
    """The check against the good root of the PKI's algorithm, with the PKI's own CRLs."""
    crls = pki.crls if crls is None else crls
    roots = (pki.root.certificate,)
    return check_chain(
        chain, roots=roots, crls=crls, entity_id=entity_id, kind=kind, now=now, purpose=purpose
    )


def refusal(
    pki: Pki, chain: tuple[x509.Certificate, ...] | None = None, **expected: Any
) -> str:
    chain = pki.leaf("csp-alba").chain if chain is None else chain
    with pytest.raises(Untrusted) as caught:
        check(pki, chain, **expected)
    return caught.value.rule_id


def expected_of(defect: str) -> dict[str, Any]:
    kind = None if defect == "kind-beyond-issuer" else "csp"
    return {"kind": kind, "purpose": PURPOSE.get(defect, Purpose.CLIENT)}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("purpose", Purpose)
def test_every_entity_is_who_it_is(algorithm: Algorithm, purpose: Purpose) -> None:
    pki = good(algorithm)
    assert {entity.kind for entity in NETWORK.entities} == set(ROAMING_KINDS)
    for entity in NETWORK.entities:
        leaf = pki.leaf(entity.id)
        key = ENCRYPTION_KEY + thumbprint(leaf.encryption_key.public_key())
        who = Peer(entity.id, entity.kind, key, leaf.key.public_key())
        assert (
            check(pki, leaf.chain, entity_id=entity.id, kind=entity.kind, purpose=purpose)
            == who
        )
        assert check(pki, leaf.chain, entity_id=None, kind=None, purpose=purpose) == who


def test_defects_and_rules_match() -> None:
    """Every defect has its rule and every rule its defect."""
    assert list(BROKEN) == list(DEFECTS)
    checked = {rule_id for rule_id, *_ in ORDER}
    assert checked == {f"CRT-{number}" for number in range(2, 21)}
    assert {rule_id for rule_id, _ in BROKEN.values()} == {"CRT-1", *checked}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("defect", BROKEN)
def test_a_defect_is_refused(defect: str, algorithm: Algorithm) -> None:
    pki = defective_pki(NETWORK, defect, "csp-alba", seed=SEED, now=START, algorithm=algorithm)
    assert refusal(pki, **expected_of(defect)) == BROKEN[defect][0]
    assert pki.root.certificate == good(algorithm).root.certificate
    if defect not in {
        "no-root-crl",
        "root-revoked",
    }:  # all but that leave the other authority's entities alone
        check(
            pki, pki.leaf("house-north").chain, entity_id="house-north", kind="clearing-house"
        )


@pytest.mark.parametrize("defect", BROKEN)
def test_a_defective_house_is_refused(defect: str) -> None:
    pki = defective_pki(NETWORK, defect, "house-north", seed=SEED, now=START)
    kind = None if defect == "kind-beyond-issuer" else Kind.CLEARING_HOUSE
    expected = {
        "entity_id": "house-north",
        "kind": kind,
        "purpose": PURPOSE.get(defect, Purpose.CLIENT),
    }
    assert refusal(pki, pki.leaf("house-north").chain, **expected) == BROKEN[defect][0]


LEAF, ISSUER, ROOT = "entity-csp-alba", "ca-parties", "ca-root"
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"\x05\x00")
SERVER_ONLY = (ExtendedKeyUsageOID.SERVER_AUTH,)


# Each check again, in the corners that no defect reaches: edits of the plan, and what is
# expected of the chain.
@pytest.mark.parametrize(
    ("edits", "expected", "rule_id"),
    [
        ({ISSUER: {"algorithm": "P-384"}}, {}, "CRT-2"),
        ({ROOT: {"algorithm": "P-384"}}, {}, "CRT-2"),
        ({ISSUER: {"critical": (STRANGE,)}}, {}, "CRT-3"),
        ({ROOT: {"critical": (STRANGE,)}}, {}, "CRT-3"),
        ({ROOT: {"ends": -timedelta(minutes=1)}}, {}, "CRT-5"),
        ({ISSUER: {"usage": ("key_cert_sign",)}}, {}, "CRT-6"),
        ({ROOT: {"usage": ("crl_sign",)}}, {}, "CRT-6"),
        ({ROOT: {"path_length": 0}}, {}, "CRT-7"),
        ({LEAF: {"usage": ("digital_signature", "key_cert_sign")}}, {}, "CRT-8"),
        ({LEAF: {"usage": ("digital_signature", "crl_sign")}}, {}, "CRT-8"),
        ({LEAF: {"usage": ("digital_signature", "key_agreement")}}, {}, None),
        ({ROOT: {"purposes": SERVER_ONLY}}, {}, "CRT-9"),
        ({ROOT: {"purposes": SERVER_ONLY}}, {"purpose": Purpose.SERVER}, None),
        ({LEAF: {"purposes": SERVER_ONLY}}, {"purpose": Purpose.MESSAGE}, "CRT-9"),
        ({LEAF: {"purposes": SERVER_ONLY}}, {"purpose": Purpose.SERVER}, None),
        ({ISSUER: {"purposes": SERVER_ONLY}}, {}, "CRT-9"),
        ({ISSUER: {"purposes": SERVER_ONLY}}, {"purpose": Purpose.SERVER}, None),
        ({LEAF: {"entities": ("CSP-ALBA",)}}, {}, "CRT-10"),
        ({LEAF: {"entities": ("csp-alba ",)}}, {}, "CRT-10"),
        ({LEAF: {"entities": ("csp-alba", "csp-alba")}}, {}, "CRT-10"),
        ({LEAF: {"entities": ("csp-alba", "cso-elm")}}, {"entity_id": None}, "CRT-10"),
        (
            {LEAF: {"kinds": (Kind.USER,)}, ISSUER: {"kinds": (Kind.USER,)}},
            {"kind": None},
            "CRT-11",
        ),
        ({LEAF: {"issuer": ROOT}}, {}, "CRT-12"),
        ({ISSUER: {"kinds": ()}}, {}, "CRT-12"),
        (
            {LEAF: {"encryption_keys": ("encryption-csp-alba", "encryption-cso-elm")}},
            {},
            "CRT-13",
        ),
    ],
)
def test_corners_of_the_checks(
    edits: dict[str, Any], expected: dict[str, Any], rule_id: str | None
) -> None:
    plan = pki_plan.plan(NETWORK)
    plan = replace(
        plan, drafts={k: replace(draft, **edits.get(k, {})) for k, draft in plan.drafts.items()}
    )
    pki = sign(plan, seed=SEED, now=START)
    chain = tuple(
        c
        for c in pki.leaf("csp-alba").chain
        if plan.drafts[LEAF].issuer == ISSUER or LEAF in str(c.subject)
    )
    if rule_id:
        assert refusal(pki, chain, **expected) == rule_id
    else:
        check(pki, chain, **expected)


def test_kinds_only_shrink_downwards() -> None:
    """An authority below speaks for no more than the one above."""
    plan = pki_plan.plan(NETWORK)
    houses = pki_plan.authority("ca-below", ISSUER, 1, (Kind.CLEARING_HOUSE,), 0)
    drafts = {
        **plan.drafts,
        ROOT: replace(plan.drafts[ROOT], path_length=2),
        ISSUER: replace(plan.drafts[ISSUER], path_length=1),
        "ca-below": houses,
        LEAF: replace(plan.drafts[LEAF], issuer="ca-below", kinds=(Kind.CLEARING_HOUSE,)),
    }
    chains = {**plan.chains, "csp-alba": (LEAF, "ca-below", ISSUER)}
    pki = sign(
        pki_plan.Plan(drafts, {**plan.lists, "ca-below": pki_plan.ListDraft()}, chains),
        seed=SEED,
        now=START,
    )
    assert refusal(pki, kind=Kind.CLEARING_HOUSE) == "CRT-12"
    drafts |= {
        "ca-below": replace(houses, kinds=(Kind.CSP,)),
        LEAF: replace(drafts[LEAF], kinds=(Kind.CSP,)),
    }
    pki = sign(
        pki_plan.Plan(drafts, {**plan.lists, "ca-below": pki_plan.ListDraft()}, chains),
        seed=SEED,
        now=START,
    )
    check(pki, pki.leaf("csp-alba").chain)


def test_the_first_fault_is_named() -> None:
    """Of two faults the first in the order is named."""
    one_each = {rule_id: defect for defect, (rule_id, _) in reversed(BROKEN.items())}
    one_each["CRT-9"] = "server-only"
    order = ["CRT-1", *(rule_id for rule_id, *_ in ORDER)]
    tried = 0
    for first, second in combinations(sorted(one_each, key=order.index), 2):
        plan = pki_plan.plan(NETWORK)
        for defect in (one_each[second], one_each[first]):
            plan = DEFECTS[defect](plan, "csp-alba")
        pki = sign(plan, seed=SEED, now=START)
        kind = (
            None if "CRT-12" in (first, second) and "CRT-11" not in (first, second) else "csp"
        )
        assert refusal(pki, kind=kind) == first, f"{one_each[first]} and {one_each[second]}"
        tried += 1
    assert tried == 20 * 19 // 2


# --- damage -----------------------------------------------------------------------------------


def flips(der: bytes) -> Iterator[bytes]:
    """The same with one bit of one byte turned, for every byte."""
    for index in range(len(der)):
        yield der[:index] + bytes([der[index] ^ 1 << index % 8]) + der[index + 1 :]


@pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning"
)  # it warns where we refuse
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("height", [0, 1])
def test_a_turned_bit_of_a_chain(algorithm: Algorithm, height: int) -> None:
    pki = good(algorithm)
    chain = [each.public_bytes(Encoding.DER) for each in pki.leaf("csp-alba").chain]
    seen = set()
    for damaged in flips(chain[height]):
        with pytest.raises(Untrusted) as caught:
            check(pki, parse_chain([*chain[:height], damaged, *chain[height + 1 :]]))
        seen.add(caught.value.rule_id)
    assert {"CRT-1", "CRT-4"} <= seen


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_turned_bit_of_a_crl(algorithm: Algorithm) -> None:
    pki = roaming_pki(NETWORK, seed=SEED, now=START, algorithm=algorithm, revoked=["csp-birch"])
    root_crl, *others = pki.crls
    (own,) = (crl for crl in others if crl.issuer == pki.leaf("csp-alba").chain[0].issuer)
    assert len(own) == 1
    refused = unreadable = 0
    for damaged in flips(own.public_bytes(Encoding.DER)):
        try:
            crl = x509.load_der_x509_crl(damaged)
        except (ValueError, x509.InvalidVersion):
            unreadable += 1
            continue
        assert refusal(pki, crls=(root_crl, crl)) in {"CRT-14", "CRT-15", "CRT-16"}
        refused += 1
    assert refused
    assert unreadable


# The fields of a certificate: version, serial number, signature, issuer, validity, subject,
# key, extensions.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize(
    ("edit", "rule_id"),
    [
        (lambda fields: fields, None),
        (without(0, 7), "CRT-1"),  # version 1
        (at(1, b"\x02\x01\x00"), "CRT-1"),  # serial number 0
        (at(1, b"\x02\x01\xff"), "CRT-1"),  # and -1
        (
            lambda fields: [*fields[:7], tlv(0xA3, tlv(0x30, *parts(parts(fields[7])[0]) * 2))],
            "CRT-1",
        ),  # said twice
        (at(2, tlv(0x30, b"\x06\x03\x2b\x65\x71")), "CRT-4"),  # says Ed448, is Ed25519
        (lambda fields: at(6, parts(fields[6])[0])(fields), "CRT-1"),  # no key
        (without(7), "CRT-19"),  # no extensions: not by any key that it names
    ],
)
def test_an_authority_can_sign_nonsense(edit: Edit, rule_id: str | None) -> None:
    pki = good("Ed25519")
    leaf, issuer = pki.leaf("csp-alba").chain
    (key,) = (ca.key for ca in pki.issuers if ca.certificate == issuer)
    der = signed_again(leaf.public_bytes(Encoding.DER), key, edit)
    if rule_id:
        with pytest.raises(Untrusted) as caught:
            check(pki, (*parse_chain([der]), issuer))
        assert caught.value.rule_id == rule_id
    else:
        check(pki, (*parse_chain([der]), issuer))


# The fields of a CRL: version, signature, issuer, last update, next update, extensions; those
# of csp-alba's issuer.
@pytest.mark.parametrize(
    ("edit", "rule_id"),
    [
        (lambda fields: fields, None),
        (without(4), "CRT-16"),  # no word of the next
        (without(5), "CRT-14"),  # no number, and no key
        (
            lambda fields: [*fields[:5], tlv(0xA0, tlv(0x30, *parts(parts(fields[5])[0]) * 2))],
            "CRT-14",
        ),  # said twice
        (at(2, tlv(0x30)), "CRT-14"),  # no name
    ],
)
def test_an_authority_can_list_nonsense(edit: Edit, rule_id: str | None) -> None:
    pki = good("Ed25519")
    (issuer,) = (ca for ca in pki.issuers if ca.certificate == pki.leaf("csp-alba").chain[1])
    assert pki.root.crl is not None
    assert issuer.crl is not None
    crl = x509.load_der_x509_crl(
        signed_again(issuer.crl.public_bytes(Encoding.DER), issuer.key, edit)
    )
    if rule_id:
        assert refusal(pki, crls=(pki.root.crl, crl)) == rule_id
    else:
        check(pki, pki.leaf("csp-alba").chain, crls=(pki.root.crl, crl))


def test_another_digest_is_refused() -> None:
    pki = good("P-256")
    leaf, issuer = pki.leaf("csp-alba").chain
    (authority,) = (ca for ca in pki.issuers if ca.certificate == issuer)
    assert pki.root.crl is not None
    assert authority.crl is not None
    der = signed_again(leaf.public_bytes(Encoding.DER), authority.key, at(2, ECDSA_SHA384))
    signed = parse_chain([der])[0]
    signed.verify_directly_issued_by(issuer)  # a sound signature
    assert refusal(pki, (signed, issuer)) == "CRT-2"
    crl = x509.load_der_x509_crl(
        signed_again(
            authority.crl.public_bytes(Encoding.DER), authority.key, at(1, ECDSA_SHA384)
        )
    )
    assert isinstance(key := issuer.public_key(), ec.EllipticCurvePublicKey)
    assert crl.is_signature_valid(key)
    assert refusal(pki, crls=(pki.root.crl, crl)) == "CRT-15"


def test_a_critical_entry_spoils_a_crl() -> None:
    pki = good("P-256")
    (authority,) = (ca for ca in pki.issuers if ca.certificate == pki.leaf("csp-alba").chain[1])
    start, end = START - SECOND, START + SECOND
    for critical in (False, True):
        entry = (
            x509.RevokedCertificateBuilder(7, start).add_extension(STRANGE, critical).build()
        )
        key = authority.key.public_key()
        crl = (
            x509.CertificateRevocationListBuilder(authority.certificate.subject, start, end)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), False)
            .add_extension(x509.CRLNumber(1), False)
            .add_revoked_certificate(entry)
            .sign(authority.key, SHA256())
        )
        assert pki.root.crl is not None
        if critical:
            assert refusal(pki, crls=(pki.root.crl, crl)) == "CRT-15"
        else:
            check(pki, pki.leaf("csp-alba").chain, crls=(pki.root.crl, crl))


@pytest.mark.parametrize(
    "garbage", [b"", b"\x30\x00", b"\x30\x82\xff\xff", b"-----BEGIN CERTIFICATE-----"]
)
def test_no_certificate_is_refused(garbage: bytes) -> None:
    with pytest.raises(Untrusted) as caught:
        parse_chain([garbage])
    assert caught.value.rule_id == "CRT-1"


# --- the shape of a chain ---------------------------------------------------------------------


def test_a_chain_may_end_in_its_root() -> None:
    """A chain may end in its root and in nothing else."""
    pki = good("P-256")
    leaf, issuer = pki.leaf("csp-alba").chain
    root = pki.root.certificate
    assert check(pki, (leaf, issuer, root)) == check(pki, (leaf, issuer))
    assert refusal(pki, ()) == "CRT-1"
    assert refusal(pki, (root,)) == "CRT-1"
    assert refusal(pki, (leaf,) * (LONGEST + 1)) == "CRT-1"
    assert refusal(pki, (leaf,) * LONGEST) == "CRT-4"
    assert refusal(pki, (leaf, root)) == "CRT-4"
    assert refusal(pki, (issuer, leaf)) == "CRT-4"
    assert refusal(pki, (leaf, issuer, issuer)) == "CRT-4"
    assert refusal(pki, (issuer,)) == "CRT-8"


def test_another_seed_is_a_stranger() -> None:
    """The same names under another seed are strangers."""
    other = roaming_pki(NETWORK, seed=b"another", now=START)
    assert refusal(good("P-256"), other.leaf("csp-alba").chain) == "CRT-4"
    leaf, issuer = good("P-256").leaf("csp-alba").chain[0], other.leaf("csp-alba").chain[1]
    assert refusal(good("P-256"), (leaf, issuer)) == "CRT-4"


def test_two_roots_of_one_name() -> None:
    """Of two roots with one name the right one is found."""
    other, pki = roaming_pki(NETWORK, seed=b"another", now=START), good("P-256")
    roots = (other.root.certificate, pki.root.certificate)
    peer = check_chain(
        pki.leaf("csp-alba").chain,
        roots=roots,
        crls=pki.crls,
        entity_id="csp-alba",
        kind="csp",
        now=START,
        purpose=Purpose.SERVER,
    )
    assert peer.entity_id == "csp-alba"


def test_when_a_chain_holds() -> None:
    """A chain holds from its first to its last second."""
    pki = good("P-256")
    leaf = pki.leaf("csp-alba").chain[0]
    start, end = START - timedelta(hours=1), START + timedelta(days=90)
    assert (leaf.not_valid_before_utc, leaf.not_valid_after_utc) == (start, end)
    check(pki, pki.leaf("csp-alba").chain, now=start)
    assert refusal(pki, now=start - SECOND) == "CRT-5"
    later = roaming_pki(NETWORK, seed=SEED, now=end)  # its CRLs are of the day
    check(pki, pki.leaf("csp-alba").chain, now=end, crls=later.crls)
    assert refusal(pki, now=end + SECOND, crls=later.crls) == "CRT-5"


def test_when_a_crl_is_fresh() -> None:
    """A CRL is fresh until the next is due."""
    pki = good("P-256")
    due = START + timedelta(days=7)
    check(pki, pki.leaf("csp-alba").chain, now=due - SECOND)
    assert refusal(pki, now=due) == "CRT-16"


def test_the_newest_crl_counts() -> None:
    """The newest CRL counts, whichever comes first."""
    before = good("P-256")
    after = roaming_pki(
        NETWORK, seed=SEED, now=START + timedelta(hours=2), revoked=["csp-alba"]
    )
    now = START + timedelta(hours=2)
    for crls in ((*before.crls, *after.crls), (*after.crls, *before.crls)):
        # the second PKI lists its own serial number of csp-alba, which differs by the date of
        # issue
        assert refusal(after, crls=crls, now=now) == "CRT-17"
        check(before, before.leaf("csp-alba").chain, crls=crls, now=now)


def test_no_roots_no_trust() -> None:
    """Without roots no chain is trusted."""
    pki = good("P-256")
    with pytest.raises(Untrusted, match="CRT-4"):
        check_chain(
            (*pki.leaf("csp-alba").chain, pki.root.certificate),
            roots=(),
            crls=pki.crls,
            entity_id=None,
            kind=None,
            now=START,
            purpose=Purpose.CLIENT,
        )


# --- numbers of CRLs --------------------------------------------------------------------------


def numbers(pki: Pki, known: Mapping[str, int], *more: Authority) -> Mapping[str, int]:
    """What is known of numbers after the CRLs of a PKI."""
    authorities = [each.certificate for each in (pki.root, *pki.issuers, *more)]
    return check_crl_numbers(pki.crls, known, authorities)


def issued(hours: int, seed: bytes = SEED, **above: int) -> Pki:
    """The PKI whose CRLs were issued some hours later, or with numbers above others."""
    return roaming_pki(NETWORK, seed=seed, now=START + timedelta(hours=hours), above=above)


def test_numbers_of_crls_never_go_back() -> None:
    """An older list that is put back is seen by what was known of the newer."""
    before, after = issued(0), issued(1)
    known = numbers(before, {})
    assert len(known) == len(before.crls) == 3
    later = numbers(after, known)
    assert {later[signer] - known[signer] for signer in known} == {3600}
    assert numbers(after, later) == later  # the same once more is no older
    with pytest.raises(
        Untrusted, match=r"CRT-20 at .*CN=ca-root.* [0-9a-f]{40}: CRL \d+ after"
    ):
        numbers(before, later)
    beside = replace(after.root, crl=None), before.issuers
    with pytest.raises(Untrusted, match="CN=ca-houses"):
        numbers(Pki(*beside, after.leaves), later)


def test_an_older_list_beside_is_no_harm() -> None:
    before, after = issued(0), issued(1)
    authorities = [each.certificate for each in (after.root, *after.issuers)]
    known = numbers(after, {})
    crls = (*before.crls, *after.crls)
    assert check_crl_numbers(crls, known, authorities) == known


def test_only_signed_numbers_are_remembered() -> None:
    """A forged list with a high number, or one by an unknown authority, leaves no trace."""
    pki = issued(0)
    known = numbers(pki, {})
    for defect in ("forged-crl", "unknown-critical-crl", "unnumbered-crl", "keyless-crl"):
        odd = defective_pki(
            NETWORK, defect, "csp-alba", seed=SEED, now=START + timedelta(days=1)
        )
        told = numbers(odd, known)
        (issuer,) = (signer for signer in known if "ca-parties" in signer)
        assert told[issuer] == known[issuer], defect
    assert numbers(issued(9, seed=b"another"), known).keys() > known.keys()
    assert check_crl_numbers(issued(9, seed=b"another").crls, known, ()) == known


def test_what_is_known_stays_as_it_was() -> None:
    known = numbers(issued(0), {})
    before = dict(known)
    with pytest.raises(Untrusted):
        numbers(Pki(issued(1).root, issued(-1).issuers, {}), known)
    assert known == before
    with pytest.raises(TypeError):
        known["ca"] = 1  # type: ignore[index]  # the point of it


# --- second opinions --------------------------------------------------------------------------


def openssl_says(folder: Path, pki: Pki, purpose: Purpose) -> str:
    """OpenSSL's verdict on what csp-alba shows: OK, or the first error."""
    leaf, *others = pki.leaf("csp-alba").chain
    files = {
        "leaf": pem([leaf]),
        "-CAfile": pem([pki.root.certificate]),
        "-untrusted": pem(others),
        "-CRLfile": pem(pki.crls),
    }
    reasons = openssl_verify(folder, files, server=purpose is Purpose.SERVER, at=START)
    return reasons[0] if reasons else "OK"


def pem(objects: Iterable[x509.Certificate | x509.CertificateRevocationList]) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in objects)


@needs("openssl")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("purpose", Purpose)
def test_openssl_accepts_what_is_accepted(
    tmp_path: Path, algorithm: Algorithm, purpose: Purpose
) -> None:
    assert openssl_says(tmp_path, good(algorithm), purpose) == "OK"


@needs("openssl")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("defect", BROKEN)
def test_openssl_refuses_defects(tmp_path: Path, defect: str, algorithm: Algorithm) -> None:
    pki = defective_pki(NETWORK, defect, "csp-alba", seed=SEED, now=START, algorithm=algorithm)
    assert openssl_says(tmp_path, pki, PURPOSE.get(defect, Purpose.CLIENT)) == (
        BROKEN[defect][1] or "OK"
    )


# What the path validation of `cryptography` has no eyes for, asked as a client: names, CRLs,
# other curves, key usage; and what it passes over.
UNSEEN = {defect for defect, (rule, _) in BROKEN.items() if int(rule[4:]) >= 10}
UNSEEN |= {"other-algorithm", "no-signing", "no-purpose", "any-purpose", "client-only"}
UNSEEN |= {"long-serial", "issuer-long-serial", "name-constraints", "policy-constraints"}
UNSEEN |= {"addresses", "other-key-above", "signs-crls", "netscape-type"}


@pytest.mark.parametrize("defect", ["", *(defect for defect in BROKEN if defect not in UNSEEN)])
def test_the_library_validates_alike(defect: str) -> None:
    pki = (
        defective_pki(NETWORK, defect, "csp-alba", seed=SEED, now=START)
        if defect
        else good("P-256")
    )
    leaf, *others = pki.leaf("csp-alba").chain
    builder = PolicyBuilder().store(Store([pki.root.certificate])).time(START)
    if defect:
        with pytest.raises(VerificationError):
            builder.build_client_verifier().verify(leaf, others)
    else:
        assert len(builder.build_client_verifier().verify(leaf, others).chain) == 3


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_joserfc_agrees_on_thumbprints(algorithm: Algorithm) -> None:
    for name in ("csp-alba", "house-north"):
        leaf = good(algorithm).leaf(name)
        for key in (leaf.key.public_key(), leaf.encryption_key.public_key()):
            theirs = import_key(dict(public_jwk(key)))
            assert thumbprint(key) == theirs.thumbprint()
    assert ENCRYPTION_KEY == "urn:ietf:params:oauth:jwk-thumbprint:sha-256:"


def test_coordinates_have_full_length() -> None:
    short = next(
        key
        for key in (
            ec.derive_private_key(number, ec.SECP256R1()).public_key()
            for number in range(1, 5000)
        )
        if key.public_numbers().x < 1 << 248
    )
    assert len(public_jwk(short)["x"]) == len(public_jwk(short)["y"]) == 43
