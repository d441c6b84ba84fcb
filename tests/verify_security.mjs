// A second reading of the vectors of the secure exchange, by Node's own cryptography and without a package: it opens and
// verifies every accepted text anew, and computes every trace and pseudonym, and every answer of the family tls-profile.
//
//     node tests/verify_security.mjs [vectors-folder]
//
// Exit code: 0 all agree, 1 something does not. One line for each disagreement, and at the end `N agreed, N disagreed`.

import { createDecipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");
const readFile = (...path) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));
const read = (family) => readFile("v1", `${family}.json`);
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

const SIGNED = "alg correlation_id edition exp iat jti kid receiver sender typ"; // and in_reply_to, of an answer
function unprotect({ id, input, expect, trace }, keys) {
  const rule = expect.error;
  if (rule === "JOS-15" || rule === "JOS-18") check(id, "error", outcome(input.text, keys), rule);
  if (expect.outcome === "reject" && rule.startsWith("MSG-")) check(id, "cryptography", outcome(input.text, keys), null);
  if (expect.outcome === "reject") return;
  const seal = input.text.split(".").length === 5 ? opened(input.text, keys.own) : null;
  const signed = verified(seal?.signedText ?? input.text, keys.trusted);
  const output = { header: signed?.header, message: JSON.parse(signed?.payload ?? null), sealed: seal !== null };
  const { in_reply_to, ...members } = signed?.header ?? {};
  check(id, "members", Object.keys(members).join(" "), SIGNED);
  if (in_reply_to !== undefined) check(id, "in_reply_to", /^[A-Za-z0-9._:/-]{1,64}$/.test(in_reply_to), true);
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

// ---------------------------------------------------------------- tls-profile
class Refusal extends Error {
  constructor(error, more) {
    super(error);
    this.answer = { outcome: "reject", error, ...more };
  }
}

/** What a reading of bytes takes off their front; whoever asks for more than there is gets the refusal. */
class Bytes {
  constructor(raw, refusal) {
    Object.assign(this, { raw, refusal });
  }
  refuseIf(fault) {
    if (fault) throw this.refusal;
  }
  take(length) {
    this.refuseIf(this.raw.length < length);
    const taken = this.raw.subarray(0, length);
    this.raw = this.raw.subarray(length);
    return taken;
  }
  number(length) {
    return this.take(length).readUIntBE(0, length);
  }
  block(head) {
    return new Bytes(this.take(this.number(head)), this.refusal);
  }
  numbers() {
    this.refuseIf(this.raw.length === 0 || this.raw.length % 2 === 1);
    return this.raw.toString("hex").match(/..../g);
  }
}

/** The versions and suites that a ClientHello offers, in hexadecimal. */
function offers(raw) {
  const stream = new Bytes(raw, new Refusal("TLS-6", { alert: null }));
  let said = Buffer.alloc(0);
  const missing = () => said.length < 4 || said.length < 4 + said.readUIntBE(1, 3);
  while (missing()) {
    stream.refuseIf(!stream.take(2).equals(Buffer.from([22, 3])));
    stream.take(1);
    said = Buffer.concat([said, stream.block(2).raw]);
    stream.refuseIf(said[0] !== 1);
  }
  const message = new Bytes(said.subarray(4, 4 + said.readUIntBE(1, 3)), stream.refusal);
  const legacy = message.take(2).toString("hex");
  message.take(32);
  stream.refuseIf(message.block(1).raw.length > 32);
  const suites = message.block(2).numbers();
  message.block(1);
  const extensions = message.raw.length > 0 ? message.block(2) : message;
  stream.refuseIf(message.raw.length > 0);
  const known = new Map();
  while (extensions.raw.length > 0) known.set(extensions.number(2), extensions.block(2));
  const listed = known.get(43)?.block(1);
  stream.refuseIf(known.get(43)?.raw.length > 0);
  return { suites, versions: listed?.numbers() ?? [legacy > "0303" ? "0303" : legacy] };
}

const TLS_1_3 = { 1301: "TLS_AES_128_GCM_SHA256", 1302: "TLS_AES_256_GCM_SHA384", 1303: "TLS_CHACHA20_POLY1305_SHA256" };

function answerHello({ hello, keys }, { protocols, suites }) {
  const offered = offers(Buffer.from(hello, "hex"));
  const { minimum } = protocols.find(({ id }) => id === "tls");
  const version = offered.versions.includes("0304") ? "1.3" : offered.versions.includes("0303") && minimum <= "1.2" && "1.2";
  if (!version) throw new Refusal("TLS-1", { alert: [70, 40] });
  const fitting = suites.filter((row) => row.keys.some((key) => keys.includes(key)));
  const usable = version === "1.3" ? TLS_1_3 : Object.fromEntries(fitting.map((row) => [row.number.toString(16), row.id]));
  const left = offered.suites.map((number) => usable[number]).filter(Boolean);
  if (left.length === 0) throw new Refusal("TLS-2", { alert: [40, 71] });
  return { version, suites: left };
}

function admitPeer({ version, accepting, shown, called }, tables, { entities }) {
  if (shown === null) throw new Refusal("TLS-3", { alert: version === "1.2" ? [40, 42, 50] : [116, 42], says: "" });
  const turnAway = (rule) => new Refusal(rule, { alert: null, says: counted(Buffer.from(rule)).toString("hex") });
  if (!entities.some(({ id, kind }) => id === shown.entity && kind === shown.kind)) throw turnAway("TLS-13");
  if (called !== null && called !== shown.entity) throw turnAway("CRT-10");
  return { says: accepting ? "00000000" : "" };
}

const runs = (chunk) =>
  chunk.split(" ").filter(Boolean).map((run) => Buffer.from(run.split("*")[0].repeat(Number(run.split("*")[1] ?? 1)), "hex"));

function readFrames({ admitted, chunks, ends }) {
  const frames = [];
  let [rest, chunk] = [Buffer.alloc(0), 0];
  const refuse = (rule) => {
    throw new Refusal(rule, { chunk, frames });
  };
  const length = () => (rest.length < 4 ? Infinity : rest.readUInt32BE(0));
  for (const one of chunks) {
    chunk += 1;
    rest = Buffer.concat([rest, ...runs(one)]);
    while (rest.length >= 4) {
      if (length() > 65536) refuse("TLS-9");
      if (rest.length < 4 + length()) break;
      const frame = rest.subarray(4, 4 + length());
      rest = rest.subarray(4 + length());
      if (/^[A-Z]{3}-[0-9]{1,3}$/.test(frame.toString("latin1"))) refuse("TLS-7");
      if (admitted) frames.push({ bytes: frame.length, sha256: sha256(frame).toString("hex") });
      else if (frame.length > 0) refuse("TLS-8");
      admitted = true;
    }
  }
  chunk += 1;
  if (ends === "cut") refuse("TLS-6");
  if (ends === "said" && rest.length > 0) refuse("TLS-9");
  if (ends === "said" && !admitted) refuse("TLS-6");
  return { admitted, closed: ends === "said", frames };
}

const CHANNEL = { "hello.answer": answerHello, "peer.admit": admitPeer, "frames.read": readFrames };

/** What is answered to a vector in an edition, as it stands under `expect`. */
function answered({ operation, input }, edition, context) {
  try {
    return { outcome: "accept", output: CHANNEL[operation](input, readFile("editions", `${edition}.json`), context) };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return refusal.answer;
  }
}

function channel(test, contexts) {
  const answers = Object.fromEntries(test.editions.map((name) => [name, answered(test, name, contexts[test.context])]));
  const expected = test.expectByEdition ?? Object.fromEntries(test.editions.map((name) => [name, test.expect]));
  check(test.id, "answers", answers, expected);
  if (test.trace) check(test.id, "trace", offers(Buffer.from(test.input.hello, "hex")), test.trace);
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
const { contexts, tests } = read("tls-profile");
tests.forEach((test) => channel(test, contexts));

failed.forEach((line) => console.log(line));
console.log(`${agreed} agreed, ${failed.length} disagreed`);
process.exitCode = failed.length === 0 ? 0 : 1;
