"""TEST ONLY: the certificates of a whole network, made from a seed, the same bytes every time.

The seed gives away every private key.  That is the point: vectors, notebooks and other
implementations meet the same keys.  Every subject and every file name says so, and none of it
may protect anything.

An entity has one key that signs, on channels and in messages, and one that others encrypt to.
They are two because an Ed25519 key cannot agree on a secret, and because a key that is lost or
lent for one use should not take the other with it.  The second is published as a JWK; the
certificate names it by its thumbprint, so one revocation ends both.

A PKI is a plan (`pki_plan`) that was signed.  To see a refusal, change the plan first
(`defects`); to hand a PKI to other programs, write its files (`pki_files`).

Rules: PKI-*.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, Literal, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from refimpl.errors import Misuse
from refimpl.security.certificates import ENCRYPTION_KEY, ENTITY, KIND
from refimpl.security.jwk import OpeningKey, SealingKey, SigningKey, thumbprint
from refimpl.security.pki_plan import ROOT, Draft, Entities, ListDraft, Plan, plan

Algorithm = Literal["P-256", "Ed25519"]

SUBJECT: Final = "TEST ONLY iec63119-refimpl"
USAGES: Final = """digital_signature content_commitment key_encipherment data_encipherment
    key_agreement key_cert_sign crl_sign encipher_only decipher_only""".split()
CURVES: Final = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}  # the second is a defect
ENCRYPTION: Final = {"P-256": "P-256", "Ed25519": "X25519"}


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority: its certificate, the CRL it last issued, and its key."""

    label: str
    certificate: x509.Certificate
    crl: x509.CertificateRevocationList | None
    key: SigningKey = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Card:
    """What a roaming entity gives out: its chain in DER, the key to encrypt to, and the ids its
    two keys go by.
    """

    chain: tuple[bytes, ...]
    encryption_key: SealingKey
    signing_key_id: str
    encryption_key_id: str


@dataclass(frozen=True)
class Leaf:
    """What a roaming entity shows, leaf first without the root, and the two keys it keeps."""

    entity_id: str
    chain: tuple[x509.Certificate, ...]
    key: SigningKey = field(repr=False, compare=False)
    encryption_key: OpeningKey = field(repr=False, compare=False)

    @cached_property
    def card(self) -> Card:
        """What others may know of it; a key goes by its thumbprint (RFC 7638)."""
        public = self.encryption_key.public_key()
        signs, opens = thumbprint(self.key.public_key()), thumbprint(public)
        return Card(
            tuple(each.public_bytes(Encoding.DER) for each in self.chain), public, signs, opens
        )


@dataclass(frozen=True, slots=True)
class Pki:
    """The authorities of a network, and what its entities show by their ids."""

    root: Authority
    issuers: tuple[Authority, ...]
    leaves: Mapping[str, Leaf]

    @property
    def crls(self) -> tuple[x509.CertificateRevocationList, ...]:
        """The CRLs, the root's first."""
        return tuple(each.crl for each in (self.root, *self.issuers) if each.crl is not None)

    def leaf(self, entity_id: str) -> Leaf:
        """What an entity shows; raises `Misuse` PKI-1 for one that is not there."""
        if entity_id not in self.leaves:
            raise Misuse("PKI-1", f"entity {entity_id!r}")
        return self.leaves[entity_id]


# --- Signing a plan ---------------------------------------------------------------------------

AGE: Final = range(1971, 9950)
"""The years in which a PKI can be made: what holds for years before and after has a date that a
certificate can name, and a positive number.
"""
REMEMBERED: Final = 2_000
"""How many keys and certificates are remembered: the same in makes the same, and takes time."""
Key = SigningKey | OpeningKey


def _derive(seed: bytes, algorithm: str, use: str, length: int) -> bytes:
    salt = b"iec63119-refimpl TEST ONLY pki 1"
    return HKDF(SHA256(), length, salt, f"{algorithm} {use}".encode()).derive(seed)


@lru_cache(maxsize=REMEMBERED)
def _key(seed: bytes, algorithm: str, label: str, curve: str) -> Key:
    """The key of a label; `algorithm` is that of the whole PKI, `curve` that of the key."""
    if curve == "Ed25519":
        secret = _derive(seed, algorithm, f"key {label}", 32)
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    if curve == "X25519":
        secret = _derive(seed, algorithm, f"key {label}", 32)
        return x25519.X25519PrivateKey.from_private_bytes(secret)
    # 128 bits wider than the order, so that no private value is likelier than another (FIPS
    # 186-5, A.2.1)
    group = CURVES[curve]
    secret = _derive(seed, algorithm, f"key {label}", group.key_size // 8 + 16)
    value = int.from_bytes(secret, "big") % (group.group_order - 1) + 1
    return ec.derive_private_key(value, group)


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """The keys that a certificate is made with."""

    subject: SigningKey
    issuer: SigningKey
    signer: SigningKey
    encryption: tuple[OpeningKey, ...]


Extensions = list[tuple[x509.ExtensionType, bool]]
"""Extensions, each with its mark: whether it is critical."""


@lru_cache(maxsize=REMEMBERED)
def _certificate(
    draft: Draft, names: tuple[x509.Name, x509.Name], keys: _Keys, serial: int, now: datetime
) -> x509.Certificate:
    """Sign a certificate; its names are those of its issuer and of its subject."""
    key, issuer = keys.subject.public_key(), keys.issuer.public_key()
    builder = x509.CertificateBuilder(*names, key, serial)
    builder = builder.not_valid_before(now + draft.starts).not_valid_after(now + draft.ends)
    extensions: Extensions = [
        (x509.BasicConstraints(draft.ca, draft.path_length), True),
        (x509.KeyUsage(*(usage in draft.usage for usage in USAGES)), True),
        (x509.SubjectKeyIdentifier.from_public_key(key), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), False),
    ]
    if draft.purposes:
        extensions.append((x509.ExtendedKeyUsage(draft.purposes), False))
    if alternatives := (*_uris(draft, keys.encryption), *draft.hosts):
        extensions.append((x509.SubjectAlternativeName(alternatives), False))
    for extension, critical in _drafted(extensions, draft):
        builder = builder.add_extension(extension, critical)
    digest, deterministic = _signature(keys.signer)
    return builder.sign(keys.signer, digest, ecdsa_deterministic=deterministic)


def _drafted(usual: Extensions, draft: Draft | ListDraft) -> Extensions:
    """The extensions that a draft asks for, with their marks."""
    left_out = (*draft.without, *map(type, draft.more))
    extensions = [(value, mark) for value, mark in usual if not isinstance(value, left_out)]
    extensions += [(value, False) for value in draft.more]
    extensions += [(value, True) for value in draft.critical]
    return [(value, mark != isinstance(value, draft.turned)) for value, mark in extensions]


def _uris(draft: Draft, keys: tuple[OpeningKey, ...]) -> list[x509.UniformResourceIdentifier]:
    """What the profile asks a certificate to name (`certificates`), and what it names
    besides.
    """
    uris = [ENTITY + name for name in draft.entities]
    uris += [KIND + kind for kind in draft.kinds]
    uris += [ENCRYPTION_KEY + thumbprint(key.public_key()) for key in keys]
    return [x509.UniformResourceIdentifier(uri) for uri in (*uris, *draft.uris)]


def _signature(key: SigningKey) -> tuple[SHA256 | None, bool | None]:
    """The digest for a key, and whether the signature has to be told to take no dice."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return SHA256(), True
    return None, None


@dataclass(frozen=True, slots=True)
class _Signer:
    """What signs a plan: keys, serial numbers, certificates and CRLs follow from a seed and a
    moment.
    """

    plan: Plan
    now: datetime
    algorithm: str
    seed: bytes = field(repr=False)

    def signing_key(self, label: str) -> SigningKey:
        draft = self.plan.drafts.get(label)
        curve = (draft and draft.algorithm) or self.algorithm
        return cast(SigningKey, _key(self.seed, self.algorithm, label, curve))

    def encryption_key(self, label: str) -> OpeningKey:
        curve = ENCRYPTION[self.algorithm]
        return cast(OpeningKey, _key(self.seed, self.algorithm, label, curve))

    def name(self, label: str) -> x509.Name:
        """The name that goes with a label."""
        draft = self.plan.drafts.get(label)
        if draft is not None and draft.nameless:
            return x509.Name([])
        parts = ((NameOID.ORGANIZATION_NAME, SUBJECT), (NameOID.COMMON_NAME, label))
        return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])

    def serial(self, draft: Draft) -> int:
        """A number that is positive, and always as long unless the draft names one."""
        if draft.serial is not None:
            return draft.serial
        use = f"serial {draft.label} {self.now + draft.starts:%Y%m%dT%H%M%SZ}"
        number = int.from_bytes(_derive(self.seed, self.algorithm, use, 16), "big")
        return number >> 1 | 1 << 126

    def certificate(self, draft: Draft) -> x509.Certificate:
        keys = _Keys(
            subject=self.signing_key(draft.label),
            issuer=self.signing_key(draft.issuer),
            signer=self.signing_key(draft.signer or draft.issuer),
            encryption=tuple(map(self.encryption_key, draft.encryption_keys)),
        )
        names = self.name(draft.issuer), self.name(draft.label)
        return _certificate(draft, names, keys, self.serial(draft), self.now)

    def crl(self, label: str, draft: ListDraft) -> x509.CertificateRevocationList:
        start, key = self.now + draft.starts, self.signing_key(label).public_key()
        name, end = self.name(label), self.now + draft.ends
        builder = x509.CertificateRevocationListBuilder(name, start, end)
        number = max(int(start.timestamp()), draft.above + 1)
        extensions: Extensions = [
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(key), False),
            (x509.CRLNumber(number), False),
        ]
        for extension, critical in _drafted(extensions, draft):
            builder = builder.add_extension(extension, critical)
        for listed in draft.revoked:
            serial = self.serial(self.plan.drafts[listed])
            entry = x509.RevokedCertificateBuilder(serial, start)
            builder = builder.add_revoked_certificate(entry.build())
        signer = self.signing_key(draft.signer or label)
        digest, deterministic = _signature(signer)
        return builder.sign(signer, digest, ecdsa_deterministic=deterministic)

    def leaf(self, entity_id: str, chain: tuple[x509.Certificate, ...], label: str) -> Leaf:
        secret = self.encryption_key(f"encryption-{entity_id}")
        return Leaf(entity_id, chain, self.signing_key(label), secret)


def sign(plan: Plan, *, seed: bytes, now: datetime, algorithm: Algorithm = "P-256") -> Pki:
    """Sign a plan, which makes it a PKI; raises `Misuse` PKI-1 for an algorithm that is not
    there, for a time without a zone and for one of another age.
    """
    if algorithm not in ENCRYPTION or now.tzinfo is None or now.year not in AGE:
        raise Misuse("PKI-1", f"algorithm {algorithm!r}, now {now}")
    signer = _Signer(plan, now.astimezone(UTC), algorithm, seed)
    made = {label: signer.certificate(draft) for label, draft in plan.drafts.items()}
    crls = {label: signer.crl(label, draft) for label, draft in plan.lists.items()}
    issuers = sorted(label for label in made if label.startswith("ca-") and label != ROOT)
    root, *others = (
        Authority(ca, made[ca], crls.get(ca), signer.signing_key(ca)) for ca in (ROOT, *issuers)
    )
    leaves = {
        name: signer.leaf(name, tuple(made[label] for label in chain), chain[0])
        for name, chain in plan.chains.items()
    }
    return Pki(root, tuple(others), MappingProxyType(leaves))


def roaming_pki(
    network: Entities,
    *,
    seed: bytes,
    now: datetime,
    algorithm: Algorithm = "P-256",
    revoked: Iterable[str] = (),
    above: Mapping[str, int] = MappingProxyType({}),
) -> Pki:
    """The PKI of a network: an authority for each power and a leaf for each roaming entity.

    `revoked` are entity ids; `above` are the numbers of the CRLs issued before, by authority,
    and those issued now have higher ones (`pki_files.crl_numbers`).

    It holds from an hour before `now`: leaves for ninety days, CRLs for seven.  Raises `Misuse`
    PKI-1.

    >>> from refimpl.play.example import NETWORK, START
    >>> leaf = roaming_pki(NETWORK, seed=b"an example", now=START).leaf("csp-alba")
    >>> leaf.chain[0].subject.rfc4514_string()
    'CN=entity-csp-alba,O=TEST ONLY iec63119-refimpl'
    """
    planned = plan(network, revoked, above)
    return sign(planned, seed=seed, now=now, algorithm=algorithm)
