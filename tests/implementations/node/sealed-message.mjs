// Sealed texts: what can be opened.

import { createPrivateKey, createPublicKey, diffieHellman } from "node:crypto";

import { decodeBase64url, isBase64url, isMade, readHeader, splitText } from "./compact.mjs";
import { jose, privateKeyOf } from "./keys.mjs";
import { refuse, refuseIf } from "./refusal.mjs";
import { isId, isName, isText } from "./texts.mjs";

const isEphemeralKey = (value) =>
  isMade(value, { crv: isText, kty: isText, x: isText, y: isText }, ["y"]);
const ROUTING_HEADER = {
  alg: isText,
  apu: isText,
  apv: isText,
  correlation_id: isId,
  enc: isText,
  epk: isEphemeralKey,
  kid: isId,
  receiver: isName,
  sender: isName,
  typ: isName,
};
const TYPES = { "P-256": "EC", X25519: "OKP" };

/** The header of a sealed text and the text within: JOS-1 to JOS-18. */
export async function unseal(text, own) {
  const {
    parts: [rawHeader],
  } = splitText(text, 5);
  const header = readHeader(rawHeader, ROUTING_HEADER);
  refuseIf(!isBase64url(header.apu) || !isBase64url(header.apv), "JOS-11");
  refuseIf(header.alg !== "ECDH-ES" || header.enc !== "A256GCM", "JOS-12");
  refuseIf(!Object.hasOwn(own, header.kid), "JOS-13");
  const jwk = own[header.kid];
  checkEphemeralKey(header.epk, jwk);
  try {
    const { plaintext } = await jose.compactDecrypt(text, await privateKeyOf(jwk, header.alg));
    return { header, text: Buffer.from(plaintext).toString("latin1") };
  } catch (error) {
    if (!(error instanceof jose.errors.JWEDecryptionFailed)) throw error;
    return refuse("JOS-18");
  }
}

function checkEphemeralKey(epk, own) {
  const names = own.crv === "P-256" ? ["x", "y"] : ["x"];
  const hasItsMembers =
    Object.keys(epk).length === 2 + names.length &&
    names.every((name) => isCoordinate(epk[name]));
  refuseIf(epk.crv !== own.crv || epk.kty !== TYPES[own.crv] || !hasItsMembers, "JOS-16");
  const publicKey = importKey(epk);
  try {
    diffieHellman({ privateKey: createPrivateKey({ key: own, format: "jwk" }), publicKey });
  } catch {
    refuse("JOS-17"); // OpenSSL refuses a secret of zeros
  }
}

const isCoordinate = (text) =>
  isText(text) && isBase64url(text) && decodeBase64url(text).length === 32;

function importKey(epk) {
  try {
    return createPublicKey({ key: epk, format: "jwk" });
  } catch {
    return refuse("JOS-16");
  }
}

const base64urlOf = (text) => Buffer.from(text).toString("base64url");

/** Whether a seal leaves readable what was signed within. */
export function isReadableOf(header, outside) {
  const isAlike = (name) => header[name] === outside[name];
  const areParties =
    outside.apu === base64urlOf(header.sender) && outside.apv === base64urlOf(header.receiver);
  return ["sender", "receiver", "typ", "correlation_id"].every(isAlike) && areParties;
}
