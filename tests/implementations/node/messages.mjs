// The family messages: which bytes are a message.

import { canonical, parseStrictly } from "./json.mjs";
import { refuse, refuseIf } from "./refusal.mjs";
import { readShape } from "./shapes.mjs";
import { sha256Hex } from "./texts.mjs";

const MOST_BYTES = 65_536;

const bytesOf = ({ text, base64url, then }) => {
  const bytes = text === undefined ? Buffer.from(base64url, "base64url") : Buffer.from(text);
  return then === undefined
    ? bytes
    : Buffer.concat([bytes, Buffer.alloc(then.times, then.byte)]);
};

/** The text of bytes in UTF-8, a byte order mark with it. */
export function textOf(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** What strict JSON in UTF-8 means; any other bytes are refused by the rule. */
export function parseBytes(bytes, rule) {
  try {
    return parseStrictly(textOf(bytes));
  } catch {
    return refuse(rule);
  }
}

function decode(input, tables) {
  const bytes = bytesOf(input);
  refuseIf(bytes.length > MOST_BYTES, "WIR-1");
  const { value, repeats, namesOf } = parseBytes(bytes, "WIR-2");
  refuseIf(repeats, "WIR-4");
  const written = canonical(readShape(value, "envelope", { tables, namesOf }));
  refuseIf(written !== textOf(bytes), "WIR-5");
  return { sha256: sha256Hex(written) };
}

export const operations = { "message.decode": decode };
