// The traces of a suite, worked out anew by Node's own cryptography: the values on the way to
// an answer that accepts, and the test keys.
//
//     node tests/implementations/node/traces.mjs [vectors-folder]
//
// Exit code: 0 all agree, 1 something does not. One line for each disagreement, and at the end
// `N agreed, N disagreed`.

import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { canonical } from "./json.mjs";
import { FOLDER } from "./suite.mjs";
import { sha256, sha256Hex } from "./texts.mjs";
import { offers } from "./tls-profile.mjs";

const folder = process.argv[2] ?? FOLDER;
const read = (family) => JSON.parse(readFileSync(join(folder, "v1", `${family}.json`), "utf8"));
const bytes = (text) => Buffer.from(text, "base64url");
const privateKey = (jwk) => createPrivateKey({ key: jwk, format: "jwk" });

const failed = [];
let agreed = 0;
function check(id, got, expected) {
  if (canonical(got) === canonical(expected)) agreed += 1;
  else failed.push(`${id}: got ${canonical(got)}, expected ${canonical(expected)}`);
}

// ---------------------------------------------------------------- signed and sealed texts
function signedTrace(text) {
  const [header, payload] = text.split(".");
  return { signingInputSha256: sha256Hex(`${header}.${payload}`) };
}

function uint32(number) {
  const raw = Buffer.alloc(4);
  raw.writeUInt32BE(number);
  return raw;
}

const counted = (raw) => Buffer.concat([uint32(raw.length), raw]);

const inHex = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, raw]) => [name, raw.toString("hex")]));

function sealedTrace(text, own) {
  const [first, , iv, ciphertext, tag] = text.split(".");
  const { apu, apv, enc, epk, kid } = JSON.parse(bytes(first).toString());
  const publicKey = createPublicKey({ key: epk, format: "jwk" });
  const sharedSecret = diffieHellman({ privateKey: privateKey(own[kid]), publicKey });
  const otherInfo = Buffer.concat([
    ...[Buffer.from(enc), bytes(apu), bytes(apv)].map(counted),
    uint32(256),
  ]);
  const contentKey = sha256(Buffer.concat([uint32(1), sharedSecret, otherInfo]));
  const cipher = createDecipheriv("aes-256-gcm", contentKey, bytes(iv));
  cipher.setAAD(Buffer.from(first));
  cipher.setAuthTag(bytes(tag));
  const signedText = Buffer.concat([
    cipher.update(bytes(ciphertext)),
    cipher.final(),
  ]).toString();
  const hexed = inHex({ sharedSecret, otherInfo, contentKey });
  return { ...hexed, signedText, signed: signedTrace(signedText) };
}

const traceOfText = ({ text }, { own }) =>
  text.split(".").length === 5 ? sealedTrace(text, own) : signedTrace(text);

// ---------------------------------------------------------------- pseudonyms and greetings
function traceOfPseudonym({ key, receiver, emaid }) {
  const text = `${receiver} ${emaid.slice(0, 14)}`;
  return {
    hmac: createHmac("sha256", Buffer.from(key, "hex")).update(text).digest("hex"),
    text,
  };
}

const traceOfHello = ({ hello }) => offers(Buffer.from(hello, "hex"));

const TRACES = {
  "emaid.pseudonym": traceOfPseudonym,
  "hello.answer": traceOfHello,
  "message.unprotect": traceOfText,
};

// ---------------------------------------------------------------- keys
/** Each key is the digest of its own id. */
function checkKeys(family, { trusted, own, ephemeral }) {
  const signing = Object.entries(trusted).map(([kid, { jwk }]) => [kid, jwk]);
  for (const [kid, jwk] of [...signing, ...Object.entries(own), ...Object.entries(ephemeral)]) {
    const d = sha256(`iec63119-refimpl TEST ONLY vectors ${kid}`).toString("base64url");
    check(
      `${family} key ${kid}`,
      [jwk.d, createPublicKey(privateKey(jwk)).export({ format: "jwk" }).x],
      [d, jwk.x],
    );
  }
}

for (const family of ["signed-message", "sealed-message", "pseudonym", "tls-profile"]) {
  const { contexts, tests } = read(family);
  if (contexts.keys !== undefined) checkKeys(family, contexts.keys);
  for (const { id, operation, input, context, trace } of tests) {
    if (trace !== undefined) check(id, TRACES[operation](input, contexts[context]), trace);
  }
}

failed.forEach((line) => console.log(line));
console.log(`${agreed} agreed, ${failed.length} disagreed`);
process.exitCode = failed.length === 0 ? 0 : 1;
