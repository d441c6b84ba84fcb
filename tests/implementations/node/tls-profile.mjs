// The family tls-profile: what a server answers to a greeting, whom it takes on, and which
// bytes are frames.

import { Refusal } from "./refusal.mjs";
import { sha256Hex } from "./texts.mjs";

/**
 * What a reading of bytes takes off their front; whoever asks for more than there is gets the
 * refusal.
 */
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
export function offers(raw) {
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
  while (extensions.raw.length > 0) {
    const number = extensions.number(2);
    stream.refuseIf(known.has(number));
    known.set(number, extensions.block(2));
  }
  const listed = known.get(43)?.block(1);
  stream.refuseIf(known.get(43)?.raw.length > 0);
  return { suites, versions: listed?.numbers() ?? [legacy > "0303" ? "0303" : legacy] };
}

const TLS_1_3 = {
  1301: "TLS_AES_128_GCM_SHA256",
  1302: "TLS_AES_256_GCM_SHA384",
  1303: "TLS_CHACHA20_POLY1305_SHA256",
};

function answerHello({ hello, keys }, { edition: { protocols, suites } }) {
  const offered = offers(Buffer.from(hello, "hex"));
  const { minimum } = protocols.find(({ id }) => id === "tls");
  const version = offered.versions.includes("0304")
    ? "1.3"
    : offered.versions.includes("0303") && minimum <= "1.2" && "1.2";
  if (!version) throw new Refusal("TLS-1", { alert: 70 });
  const fitting = suites.filter((row) => row.keys.some((key) => keys.includes(key)));
  const usable =
    version === "1.3"
      ? TLS_1_3
      : Object.fromEntries(
          fitting.map((row) => [row.number.toString(16).padStart(4, "0"), row.id]),
        );
  const left = offered.suites.map((number) => usable[number]).filter(Boolean);
  if (left.length === 0) throw new Refusal("TLS-2", { alert: 40 });
  return { version, suites: left };
}

/** A rule in a frame of its own, in hexadecimal. */
function lastFrame(rule) {
  const frame = Buffer.from(`\0\0\0\0${rule}`);
  frame.writeUInt32BE(rule.length);
  return frame.toString("hex");
}

function admitPeer({ version, accepting, shown, called }, tables, { entities }) {
  if (shown === null)
    throw new Refusal("TLS-3", { alert: version === "1.2" ? 40 : 116, says: "" });
  const turnAway = (rule) => new Refusal(rule, { alert: null, says: lastFrame(rule) });
  if (!entities.some(({ id, kind }) => id === shown.entity && kind === shown.kind))
    throw turnAway("TLS-13");
  if (called !== null && called !== shown.entity) throw turnAway("CRT-10");
  return { says: accepting ? "00000000" : "" };
}

const runs = (chunk) =>
  chunk
    .split(" ")
    .filter(Boolean)
    .map((run) => Buffer.from(run.split("*")[0].repeat(Number(run.split("*")[1] ?? 1)), "hex"));

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
      if (admitted) frames.push({ bytes: frame.length, sha256: sha256Hex(frame) });
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

export const operations = {
  "hello.answer": answerHello,
  "peer.admit": admitPeer,
  "frames.read": readFrames,
};
