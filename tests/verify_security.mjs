// A second reading of the vectors of the secure exchange, by Node's own cryptography and without a package: it opens and
// verifies every accepted text anew, and computes every trace and pseudonym.
//
//     node tests/verify_security.mjs [vectors-folder]
//
// Exit code: 0 all agree, 1 something does not. One line for each disagreement, and at the end `N agreed, N disagreed`.

import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");
const read = (family) => JSON.parse(readFileSync(join(folder, "v1", `${family}.json`), "utf8"));
const bytes = (text) => Buffer.from(text, "base64url");
const sha256 = (data) => createHash("sha256").update(data).digest();
const canonical = (value) =>
  Array.isArray(value)
    ? `[${value.map(canonical).join(",")}]`
    : value && typeof value === "object"
      ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
      : JSON.stringify(value);

const failed = [];
let agreed = 0;
function check(id, what, got, expected) {
  if (canonical(got) === canonical(expected)) agreed += 1;
  else failed.push(`${id}: ${what}: got ${canonical(got)}, expected ${canonical(expected)}`);
}

const publicKey = ({ d, ...jwk }) => createPublicKey({ key: jwk, format: "jwk" });
const privateKey = (jwk) => createPrivateKey({ key: jwk, format: "jwk" });

/** The header and payload of a signed text whose signature fits, else null. */
function verified(text, trusted) {
  const [header, payload, signature] = text.split(".");
  const said = JSON.parse(bytes(header));
  const algorithm = { EdDSA: null, ES256: "sha256" }[said.alg];
  const key = { key: publicKey(trusted[said.kid].jwk), dsaEncoding: "ieee-p1363" };
  if (!verify(algorithm, Buffer.from(`${header}.${payload}`), key, bytes(signature))) return null;
  return { header: said, payload: bytes(payload), trace: signedTrace(text) };
}

function signedTrace(text) {
  const [header, payload, signature] = text.split(".");
  return {
    header: bytes(header).toString(),
    signature: bytes(signature).toString("hex"),
    signingInputSha256: sha256(`${header}.${payload}`).toString("hex"),
  };
}

const counted = (raw) => Buffer.concat([uint32(raw.length), raw]);
function uint32(number) {
  const raw = Buffer.alloc(4);
  raw.writeUInt32BE(number);
  return raw;
}

/** The signed text within a sealed one, and the values on the way to it. */
function opened(text, own) {
  const [first, , iv, ciphertext, tag] = text.split(".");
  const header = JSON.parse(bytes(first));
  const sharedSecret = diffieHellman({ privateKey: privateKey(own[header.kid]), publicKey: publicKey(header.epk) });
  const parts = [Buffer.from(header.enc), bytes(header.apu), bytes(header.apv)].map(counted);
  const otherInfo = Buffer.concat([...parts, uint32(256)]);
  const contentKey = sha256(Buffer.concat([uint32(1), sharedSecret, otherInfo]));
  const cipher = createDecipheriv("aes-256-gcm", contentKey, bytes(iv));
  cipher.setAAD(Buffer.from(first));
  cipher.setAuthTag(bytes(tag));
  const signedText = Buffer.concat([cipher.update(bytes(ciphertext)), cipher.final()]).toString();
  const hexed = { sharedSecret, otherInfo, contentKey, iv: bytes(iv), tag: bytes(tag) };
  const trace = Object.fromEntries(Object.entries(hexed).map(([name, raw]) => [name, raw.toString("hex")]));
  const rest = { aad: first, header: bytes(first).toString(), signed: signedTrace(signedText), signedText };
  return { signedText, trace: { ...trace, ...rest } };
}

/** The rule of the seal or signature that a text breaks, as far as cryptography alone can see it. */
function outcome(text, keys) {
  let signed = text;
  try {
    if (text.split(".").length === 5) signed = opened(text, keys.own).signedText;
  } catch {
    return "JOS-18";
  }
  return verified(signed, keys.trusted) ? null : "JOS-15";
}

function unprotect({ id, input, expect, trace }, keys) {
  const rule = expect.error;
  if (rule === "JOS-15" || rule === "JOS-18") check(id, "error", outcome(input.text, keys), rule);
  if (expect.outcome === "reject" && rule.startsWith("MSG-")) check(id, "cryptography", outcome(input.text, keys), null);
  if (expect.outcome === "reject") return;
  const seal = input.text.split(".").length === 5 ? opened(input.text, keys.own) : null;
  const signed = verified(seal?.signedText ?? input.text, keys.trusted);
  const output = { header: signed?.header, message: JSON.parse(signed?.payload ?? null), sealed: seal !== null };
  check(id, "output", output, expect.output);
  check(id, "trace", seal?.trace ?? signed?.trace, trace);
}

function countersigned({ id, input, expect }, keys) {
  if (expect.outcome === "reject") return;
  const digest = sha256(input.text);
  const passages = input.countersignatures.map((text) => verified(text, keys.trusted));
  check(id, "digests", passages.every(({ payload }) => payload.equals(digest)), true);
  check(id, "output", { passages: passages.map(({ header }) => header) }, expect.output);
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
function pseudonym({ id, input, expect, trace }) {
  if (expect.outcome === "reject") return;
  const mac = createHmac("sha256", Buffer.from(input.key, "hex"));
  const text = `${input.receiver} ${input.emaid.slice(0, 14)}`;
  const hmac = mac.update(text).digest("hex");
  let number = BigInt(`0x${hmac}`);
  let instance = "C";
  for (let place = 0; place < 8; place += 1, number /= 36n) instance += DIGITS[Number(number % 36n)];
  check(id, "trace", { hmac, text }, trace);
  check(id, "pseudonym", input.emaid.slice(0, 5) + instance, expect.output.pseudonym.slice(0, 14));
}

for (const family of ["signed-message", "sealed-message"]) {
  const { contexts, tests } = read(family);
  const { trusted, own, ephemeral } = contexts.keys;
  const named = { ...Object.fromEntries(Object.entries(trusted).map(([kid, { jwk }]) => [kid, jwk])), ...own, ...ephemeral };
  for (const [kid, jwk] of Object.entries(named)) {
    const d = sha256(`iec63119-refimpl TEST ONLY vectors ${kid}`).toString("base64url");
    check(`${family} key ${kid}`, "d", jwk.d, d);
    check(`${family} key ${kid}`, "public", createPublicKey(privateKey(jwk)).export({ format: "jwk" }).x, jwk.x);
  }
  for (const test of tests) {
    (test.operation === "message.unprotect" ? unprotect : countersigned)(test, contexts[test.context]);
  }
}
read("pseudonym").tests.forEach(pseudonym);

failed.forEach((line) => console.log(line));
console.log(`${agreed} agreed, ${failed.length} disagreed`);
process.exitCode = failed.length === 0 ? 0 : 1;
