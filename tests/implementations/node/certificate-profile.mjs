// The family certificate-profile: whose a certificate chain is.

import { refuse, refuseIf } from "./refusal.mjs";
import { second } from "./texts.mjs";
import {
  hasIssued,
  isSignedBy,
  OID,
  readCertificate,
  readCrl,
  readWhole,
  SIGNATURES,
  tryReading,
} from "./x509.mjs";

const ENTITY = "urn:iec63119-refimpl:entity:";
const KIND = "urn:iec63119-refimpl:kind:";
const ENCRYPTION_KEY = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";
const KINDS = ["csp", "cso", "clearing-house"];
const LONGEST_CHAIN = 5;
const TWENTY_OCTETS = 1n << 159n;
const VERSION_3 = 2n;

const UNDERSTOOD = [
  OID.basicConstraints,
  OID.keyUsage,
  OID.extendedKeyUsage,
  OID.subjectAltName,
];
const LIMITS = [
  OID.nameConstraints,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
  OID.addresses,
  OID.autonomousSystems,
  OID.proxy,
];
const PURPOSES = {
  client: [OID.clientAuth],
  server: [OID.serverAuth],
  message: [OID.clientAuth, OID.serverAuth],
};
const SOMEWHERE_ELSE = [0x81, 0xa2]; // reasons and CRL issuer of a distribution point

// ---------------------------------------------------------------- CRLs
const isPresent = (list) => list.content.length > 0;

/**
 * Whether a CRL names its key and speaks of all certificates of its authority and of no
 * others.
 */
function isWhole({ issuer, entries, extensions, valueOf }) {
  const isPartial = [OID.issuingDistributionPoint, OID.deltaCrl].some((oid) =>
    extensions.has(oid),
  );
  const isIndirect = entries.some((entry) => entry.extensions.has(OID.certificateIssuer));
  return (
    isPresent(issuer) &&
    !isPartial &&
    !isIndirect &&
    Boolean(valueOf(OID.authorityKeyIdentifier)?.key)
  );
}

function numberOf({ valueOf }) {
  const number = valueOf(OID.crlNumber);
  return number !== undefined && number >= 0n && number < TWENTY_OCTETS ? number : null;
}

/** Whether an authority key identifier means this authority, as far as it says. */
function isKeyOf(named, { valueOf, serial, issuer }) {
  if (named === undefined) return true;
  const own = valueOf(OID.subjectKeyIdentifier);
  if (own !== undefined && ![undefined, own].includes(named.key)) return false;
  if (![undefined, serial].includes(named.serial)) return false;
  return [undefined, issuer.raw.toString("hex")].includes(named.issuer);
}

/** The newest CRL that counts for an authority, or null. */
function crlOf(authority, crls) {
  const isOf = (crl) =>
    crl.issuer.raw.equals(authority.subject.raw) &&
    isKeyOf(crl.valueOf(OID.authorityKeyIdentifier), authority);
  const ageOf = (crl) => numberOf(crl) ?? TWENTY_OCTETS;
  const isNewer = (one, other) =>
    ageOf(one) > ageOf(other) ||
    (ageOf(one) === ageOf(other) && one.thisUpdate > other.thisUpdate);
  return crls
    .filter(isOf)
    .reduce((newest, crl) => (newest === null || isNewer(crl, newest) ? crl : newest), null);
}

function isUnsound(crl, authority) {
  const isCritical = ({ extensions }) =>
    [...extensions.values()].some(({ critical }) => critical);
  return !isSignedBy(crl, authority.key) || isCritical(crl) || crl.entries.some(isCritical);
}

// ---------------------------------------------------------------- the chain
function readChain(ders) {
  return Array.from(
    ders,
    (der) => tryReading(() => readCertificate(Buffer.from(der, "base64"))) ?? refuse("CRT-1"),
  );
}

/**
 * The chain with its root at the end, each certificate read whole, with its height and the CRL
 * of its authority.
 */
function readLinks(chain, roots, crls) {
  const isRoot = (certificate) => roots.some((root) => root.der.equals(certificate.der));
  const shown = chain.length > 0 && isRoot(chain.at(-1)) ? chain.slice(0, -1) : chain;
  refuseIf(shown.length < 1 || shown.length > LONGEST_CHAIN, "CRT-1");
  const root = roots.find((one) => hasIssued(one, shown.at(-1)));
  const links = root === undefined ? shown : [...shown, root];
  return links.map((certificate, height) => {
    refuseIf(certificate.version !== VERSION_3, "CRT-1");
    refuseIf(certificate.serial <= 0n || certificate.serial >= TWENTY_OCTETS, "CRT-1");
    const whole = tryReading(() => readWhole(certificate)) ?? refuse("CRT-1");
    return { ...whole, height, isRoot: isRoot(certificate), crl: crlOf(whole, crls) };
  });
}

/** What follows a beginning in the URIs of the subject alternative name. */
function namesOf({ valueOf }, beginning) {
  const { uris } = valueOf(OID.subjectAltName) ?? { uris: [] };
  const isSuch = (uri) => uri.slice(0, beginning.length).toLowerCase() === beginning;
  return uris.filter(isSuch).map((uri) => uri.slice(beginning.length));
}

const isOurKey = ({ key }) =>
  key.asymmetricKeyType === "ed25519" || key.asymmetricKeyDetails?.namedCurve === "prime256v1";
const isUnknown = ([oid, { critical }]) =>
  LIMITS.includes(oid) || (critical && !UNDERSTOOD.includes(oid));
const isCritical = ({ extensions }, oid) => extensions.get(oid)?.critical ?? false;
const usageOf = ({ valueOf }) => valueOf(OID.keyUsage) ?? [];

function isNameless(link) {
  if (link.valueOf(OID.subjectAltName)?.isEmpty) return true;
  const isNamedElsewhere = link.height === 0 && isCritical(link, OID.subjectAltName);
  return !isPresent(link.issuer) || (!isPresent(link.subject) && !isNamedElsewhere);
}

function isOfOtherPurpose({ valueOf, extensions, height }, purpose) {
  if (extensions.has(OID.netscapeType)) return true;
  const named = valueOf(OID.extendedKeyUsage);
  if (named === undefined) return height === 0;
  return !PURPOSES[purpose].every((oid) => named.includes(oid));
}

function isBeyondIssuer(link, issuer) {
  const isAppointed = link.height > 0 && issuer.isRoot;
  const named = namesOf(issuer, KIND);
  return !isAppointed && !namesOf(link, KIND).every((kind) => named.includes(kind));
}

const ALL = (links) => links;
const LEAF = (links) => links.slice(0, 1);
const ISSUERS = (links) => links.slice(1);
const BELOW_ROOT = (links) => links.slice(0, -1);

/** Rule, which certificates, and whether one of them with its issuer breaks it. */
const CHECKS = [
  ["CRT-2", ALL, (link) => !isOurKey(link) || !(link.signed.oid in SIGNATURES)],
  ["CRT-3", ALL, (link) => [...link.extensions].some(isUnknown)],
  [
    "CRT-4",
    ALL,
    (link, issuer) =>
      (link === issuer && !link.isRoot) ||
      !isKeyOf(link.valueOf(OID.authorityKeyIdentifier), issuer) ||
      !hasIssued(issuer, link),
  ],
  ["CRT-5", ALL, (link, issuer, { now }) => now < link.notBefore || now > link.notAfter],
  [
    "CRT-6",
    ISSUERS,
    (link) =>
      !link.valueOf(OID.basicConstraints)?.ca ||
      !isCritical(link, OID.basicConstraints) ||
      !["keyCertSign", "cRLSign"].every((usage) => usageOf(link).includes(usage)),
  ],
  [
    "CRT-7",
    ISSUERS,
    (link) => link.valueOf(OID.basicConstraints)?.pathLength < link.height - 1,
  ],
  [
    "CRT-8",
    LEAF,
    (link) =>
      link.valueOf(OID.basicConstraints)?.ca ||
      ["keyCertSign", "cRLSign"].some((usage) => usageOf(link).includes(usage)),
  ],
  ["CRT-18", ALL, isNameless],
  [
    "CRT-19",
    ALL,
    (link, issuer) =>
      (link !== issuer && !link.valueOf(OID.authorityKeyIdentifier)?.key) ||
      (link.height > 0 && !link.valueOf(OID.subjectKeyIdentifier)),
  ],
  ["CRT-9", LEAF, (link) => !usageOf(link).includes("digitalSignature")],
  ["CRT-9", ALL, (link, issuer, { purpose }) => isOfOtherPurpose(link, purpose)],
  ["CRT-10", LEAF, (link, issuer, { entity }) => !isOnly(namesOf(link, ENTITY), entity)],
  [
    "CRT-11",
    LEAF,
    (link, issuer, { kind }) =>
      !isOnly(namesOf(link, KIND), kind) || !KINDS.includes(namesOf(link, KIND)[0]),
  ],
  ["CRT-12", BELOW_ROOT, isBeyondIssuer],
  ["CRT-13", LEAF, (link) => namesOf(link, ENCRYPTION_KEY).length !== 1],
  [
    "CRT-14",
    ALL,
    (link, issuer) =>
      issuer.crl === null ||
      (link.valueOf(OID.crlDistributionPoints) ?? [])
        .flat()
        .some((tag) => SOMEWHERE_ELSE.includes(tag)),
  ],
  ["CRT-15", BELOW_ROOT, (link, issuer) => isUnsound(issuer.crl, issuer)],
  [
    "CRT-16",
    BELOW_ROOT,
    (link, { crl: { thisUpdate, nextUpdate } }, { now }) =>
      nextUpdate === null || now < thisUpdate || now >= nextUpdate,
  ],
  ["CRT-17", ALL, (link, { crl }) => crl.entries.some(({ serial }) => serial === link.serial)],
  ["CRT-20", BELOW_ROOT, (link, { crl }) => numberOf(crl) === null],
];

const isOnly = (names, expected) => names.length === 1 && [null, names[0]].includes(expected);

function checkChain(input, tables, context) {
  const { chain, roots, crls, ...asked } = { ...context, ...input };
  const shown = readChain(chain);
  const trusted = readChain(roots).filter(({ issuer, subject }) =>
    issuer.raw.equals(subject.raw),
  );
  const read = crls.map((der) => tryReading(() => readCrl(Buffer.from(der, "base64"))));
  const links = readLinks(
    shown,
    trusted,
    read.filter((crl) => crl !== null && isWhole(crl)),
  );
  const expected = { ...asked, now: second(asked.now) };
  for (const [rule, which, isBroken] of CHECKS) {
    const breaks = (link) => isBroken(link, links[link.height + 1] ?? link, expected);
    refuseIf(which(links).some(breaks), rule);
  }
  const [leaf] = links;
  const [entity] = namesOf(leaf, ENTITY);
  const [kind] = namesOf(leaf, KIND);
  return { encryptionKey: ENCRYPTION_KEY + namesOf(leaf, ENCRYPTION_KEY)[0], entity, kind };
}

export const operations = { "certificate.check": checkChain };
