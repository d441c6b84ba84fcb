// Certificates and CRLs (RFC 5280) from their DER.

import { createPublicKey, verify } from "node:crypto";

import {
  bitsOf,
  booleanOf,
  bytesOfBits,
  check,
  integerOf,
  Members,
  oidOf,
  readOne,
  TAG,
  timeOf,
  Unreadable,
} from "./der.mjs";

export const OID = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  crlNumber: "2.5.29.20",
  deltaCrl: "2.5.29.27",
  issuingDistributionPoint: "2.5.29.28",
  certificateIssuer: "2.5.29.29",
  nameConstraints: "2.5.29.30",
  crlDistributionPoints: "2.5.29.31",
  policyConstraints: "2.5.29.36",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  inhibitAnyPolicy: "2.5.29.54",
  addresses: "1.3.6.1.5.5.7.1.7",
  autonomousSystems: "1.3.6.1.5.5.7.1.8",
  proxy: "1.3.6.1.5.5.7.1.14",
  netscapeType: "2.16.840.1.113730.1.1",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};
export const SIGNATURES = { "1.2.840.10045.4.3.2": "sha256", "1.3.101.112": null };
const USAGES = [
  "digitalSignature",
  "nonRepudiation",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
];
const URI = 0x86;
const DIRECTORY = 0xa4;

const isAscii = (content) => content.every((byte) => byte < 0x80);
const isUtf8 = (content) => Buffer.from(content.toString()).equals(content);
const isPrintable = (content) => /^[A-Za-z0-9 '()+,./:=?-]*$/.test(content.toString("latin1"));
const isAddress = ({ length }) => length === 4 || length === 16;

/** Whether a string is one of its kind, by its tag. */
const STRINGS = { 0x0c: isUtf8, 0x13: isPrintable, 0x16: isAscii };

/** Whether a name of a subject alternative name can be read, by its tag; others cannot. */
const GENERAL_NAMES = {
  0xa0: () => true,
  0x81: isAscii,
  0x82: isAscii,
  0xa4: () => true,
  0x86: isAscii,
  0x87: isAddress,
  0x88: () => true,
};

/** A value, or null where it cannot be read. */
export function tryReading(read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return null;
  }
}

// ---------------------------------------------------------------- extensions
const READ = {
  [OID.basicConstraints](value) {
    const members = new Members(value.sequence());
    const ca = members.maybe(TAG.boolean);
    const pathLength = members.maybe(TAG.integer);
    members.end();
    return {
      ca: ca !== undefined && booleanOf(ca),
      pathLength: pathLength === undefined ? Infinity : Number(integerOf(pathLength)),
    };
  },
  [OID.keyUsage](value) {
    const bits = bitsOf(value);
    return USAGES.filter((name, place) => bits[place]);
  },
  [OID.extendedKeyUsage]: (value) => value.sequence().map(oidOf),
  [OID.subjectKeyIdentifier]: (value) => value.as(TAG.octets).content.toString("hex"),
  [OID.authorityKeyIdentifier](value) {
    const members = new Members(value.sequence());
    const [key, issuer, serial] = [
      members.maybe(0x80),
      members.maybe(0xa1),
      members.maybe(0x82),
    ];
    members.end();
    const names = (issuer?.inner() ?? []).filter((name) => name.is(DIRECTORY));
    return {
      key: key?.content.toString("hex"),
      issuer: names[0]?.content.toString("hex"),
      serial: serial === undefined ? undefined : integerOf(serial, 0x82),
    };
  },
  [OID.subjectAltName](value) {
    const names = value.sequence();
    check(
      names.every(({ tag, content }) => GENERAL_NAMES[tag]?.(content)),
      "general name",
    );
    const uris = names
      .filter((name) => name.is(URI))
      .map(({ content }) => content.toString("latin1"));
    return { isEmpty: names.length === 0, uris };
  },
  [OID.crlDistributionPoints]: (value) =>
    value.sequence().map((point) => point.sequence().map(({ tag }) => tag)),
  [OID.crlNumber]: (value) => integerOf(value),
};

/**
 * The extensions by their object identifiers, each with whether it is critical and what it
 * says.
 */
function readExtensions(value) {
  const found = new Map();
  for (const one of value === undefined ? [] : value.sequence()) {
    const members = new Members(one.sequence());
    const oid = oidOf(members.next());
    const critical = members.maybe(TAG.boolean);
    const { content } = members.next(TAG.octets);
    members.end();
    check(!found.has(oid), "an extension twice");
    found.set(oid, {
      critical: critical !== undefined && booleanOf(critical),
      value: READ[oid]?.(readOne(content)),
    });
  }
  return found;
}

// ---------------------------------------------------------------- what is signed
function readSigned(der) {
  const members = new Members(readOne(der).sequence());
  const body = members.next(TAG.sequence);
  const algorithm = members.next(TAG.sequence);
  const signature = bytesOfBits(members.next(TAG.bits));
  members.end();
  return { body, algorithm, oid: readAlgorithm(algorithm), signature };
}

function readAlgorithm(algorithm) {
  const [oid, ...parameters] = algorithm.inner();
  check(oid !== undefined && parameters.length <= 1, "algorithm");
  return oidOf(oid);
}

/** That a name is attributes that can be read. */
function checkName(name) {
  for (const attribute of name.sequence().flatMap((one) => one.as(TAG.set).inner())) {
    const [type, value, ...others] = attribute.sequence();
    check(value !== undefined && others.length === 0, "attribute");
    oidOf(type);
    check(STRINGS[value.tag]?.(value.content) ?? true, "string");
  }
}

/** Whether a key has signed a certificate or CRL, by an algorithm of ours. */
export function isSignedBy({ signed, inner }, key) {
  const { body, algorithm, oid, signature } = signed;
  const type = { "1.2.840.10045.4.3.2": "ec", "1.3.101.112": "ed25519" }[oid];
  if (type === undefined || key.asymmetricKeyType !== type || !inner.raw.equals(algorithm.raw))
    return false;
  return verify(SIGNATURES[oid], body.raw, key, signature);
}

function readKey(spki) {
  try {
    return createPublicKey({ key: spki.raw, format: "der", type: "spki" });
  } catch {
    throw new Unreadable("key");
  }
}

/** The structure of a certificate; what is in it is read by `readWhole`. */
export function readCertificate(der) {
  const signed = readSigned(der);
  const members = new Members(signed.body.inner());
  const version = members.maybe(0xa0);
  const serial = integerOf(members.next());
  const inner = members.next(TAG.sequence);
  const issuer = members.next(TAG.sequence);
  const validity = members.next(TAG.sequence).inner();
  const subject = members.next(TAG.sequence);
  const spki = members.next(TAG.sequence);
  members.maybe(0x81);
  members.maybe(0x82);
  const extensions = members.maybe(0xa3);
  members.end();
  check(validity.length === 2, "validity");
  readAlgorithm(inner);
  [issuer, subject].forEach(checkName);
  const number = version === undefined ? 0n : integerOf(version.only());
  return {
    der,
    signed,
    version: number,
    serial,
    inner,
    issuer,
    validity,
    subject,
    spki,
    extensions,
  };
}

/** What is in a certificate, besides its structure. */
export function readWhole(certificate) {
  const [notBefore, notAfter] = certificate.validity.map(timeOf);
  const extensions = readExtensions(certificate.extensions?.only());
  const valueOf = (oid) => extensions.get(oid)?.value;
  return {
    ...certificate,
    notBefore,
    notAfter,
    extensions,
    valueOf,
    key: readKey(certificate.spki),
  };
}

/** Whether the name and signature of a certificate are those of its issuer. */
export function hasIssued(issuer, certificate) {
  if (!issuer.subject.raw.equals(certificate.issuer.raw)) return false;
  const key = tryReading(() => readKey(issuer.spki));
  return key !== null && isSignedBy(certificate, key);
}

/** A CRL read to its end. */
export function readCrl(der) {
  const signed = readSigned(der);
  const members = new Members(signed.body.inner());
  const version = members.maybe(TAG.integer);
  check(version === undefined || integerOf(version) === 1n, "version");
  const inner = members.next(TAG.sequence);
  const issuer = members.next(TAG.sequence);
  const thisUpdate = timeOf(members.next());
  const isTime = (value) => value?.is(TAG.utcTime) || value?.is(TAG.time);
  const nextUpdate = isTime(members.values[0]) ? timeOf(members.next()) : null;
  const entries = (members.maybe(TAG.sequence)?.inner() ?? []).map(readEntry);
  const extensions = readExtensions(members.maybe(0xa0)?.only());
  members.end();
  check(inner.raw.equals(signed.algorithm.raw), "two algorithms");
  checkName(issuer);
  const valueOf = (oid) => extensions.get(oid)?.value;
  return { signed, inner, issuer, thisUpdate, nextUpdate, entries, extensions, valueOf };
}

function readEntry(entry) {
  const members = new Members(entry.sequence());
  const serial = integerOf(members.next());
  timeOf(members.next());
  const extensions = readExtensions(members.maybe(TAG.sequence));
  members.end();
  return { serial, extensions };
}
