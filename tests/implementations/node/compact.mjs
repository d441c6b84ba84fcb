// What signed and sealed texts share: their compact form (RFC 7515 and RFC 7516).

import { canonical, isObject } from "./json.mjs";
import { parseBytes } from "./messages.mjs";
import { refuseIf } from "./refusal.mjs";

const MOST_CHARACTERS = 131_072;
const SIZES = { 3: { 2: 64 }, 5: { 1: 0, 2: 12, 4: 16 } };
const OTHERS_KEYS = ["jku", "jwk", "x5c", "x5t", "x5t#S256", "x5u"];

/** The bytes that base64url means; JOS-3 or JOS-4 for what is none. */
export function decodeBase64url(text) {
  refuseIf(!/^[A-Za-z0-9_-]*$/.test(text), "JOS-3");
  const bytes = Buffer.from(text, "base64url");
  refuseIf(text.length % 4 === 1 || bytes.toString("base64url") !== text, "JOS-4");
  return bytes;
}

export function isBase64url(text) {
  try {
    decodeBase64url(text);
  } catch {
    return false;
  }
  return true;
}

/** The parts of a text as they stand and as bytes: JOS-1 to JOS-5. */
export function splitText(text, count) {
  refuseIf([...text].length > MOST_CHARACTERS, "JOS-1");
  const written = text.split(".");
  refuseIf(written.length !== count, "JOS-2");
  const parts = written.map(decodeBase64url);
  const isMisfit = ([place, size]) => parts[place].length !== size;
  refuseIf(Object.entries(SIZES[count]).some(isMisfit), "JOS-5");
  return { written, parts };
}

/**
 * The header in a first part: JOS-6 to JOS-11. `members` says what each has to be, and which
 * may be left out.
 */
export function readHeader(raw, members, mayBeAbsent = []) {
  const { value, repeats } = parseBytes(raw, "JOS-6");
  refuseIf(!isObject(value), "JOS-6");
  refuseIf(repeats, "JOS-7");
  refuseIf(canonical(value) !== raw.toString(), "JOS-8");
  refuseIf(Object.hasOwn(value, "crit"), "JOS-9");
  refuseIf(
    OTHERS_KEYS.some((name) => Object.hasOwn(value, name)),
    "JOS-10",
  );
  refuseIf(!isMade(value, members, mayBeAbsent), "JOS-11");
  return value;
}

/** Whether an object has these members and no others, each as it has to be. */
export function isMade(value, members, mayBeAbsent) {
  if (!isObject(value)) return false;
  const isThere = (name) => Object.hasOwn(value, name) || mayBeAbsent.includes(name);
  const isRight = ([name, member]) => Object.hasOwn(members, name) && members[name](member);
  return Object.keys(members).every(isThere) && Object.entries(value).every(isRight);
}
