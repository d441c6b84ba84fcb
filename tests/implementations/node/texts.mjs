// Texts, digests and moments, as all families have them.

import { createHash } from "node:crypto";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
export const sha256Hex = (bytes) => sha256(bytes).toString("hex");

/** Not plain toUpperCase: that would fold ſ to S and ß to SS. */
export const upper = (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

export const isText = (value) => typeof value === "string";

/** Lower-case words joined by hyphens, as entities and rows of an edition are called. */
export const isName = (value) =>
  isText(value) && value.length <= 40 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);

/** An id of a message, a service or a key. */
export const isId = (value) => isText(value) && /^[A-Za-z0-9._:/-]{1,64}$/.test(value);

/** By code point, where JavaScript compares units of UTF-16. */
export const compareTexts = (one, other) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));

/** A moment in seconds, undefined where none is told. */
export const second = (text) => (text === undefined ? undefined : Date.parse(text) / 1000);

/** The key of a medium: its type and the hash of its uid. */
export const mediumKey = ({ hash, type, uid }) =>
  `${type}:${hash === undefined ? sha256Hex(upper(uid)) : uid}`;

/** The keys of a contract, the EMAID first. */
export function keysOf({ emaid, medium }) {
  const keys = emaid === undefined ? [] : [emaid];
  return medium === undefined ? keys : [...keys, mediumKey(medium)];
}
