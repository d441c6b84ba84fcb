// The family pseudonym: under which EMAID a contract is shown to whom.

import { createHmac } from "node:crypto";

import { checkCharacter, parseEmaid } from "./identifiers.mjs";
import { refuseIf } from "./refusal.mjs";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LEAST_BYTES = 32;

export function pseudonym({ key, receiver, emaid }, tables) {
  refuseIf(key.length < 2 * LEAST_BYTES, "PRV-4");
  const { country, provider, instance } = parseEmaid(
    { text: emaid, profile: "canonical" },
    tables,
  );
  const mac = createHmac("sha256", Buffer.from(key, "hex")).update(
    `${receiver} ${country}${provider}${instance}`,
  );
  let number = BigInt(`0x${mac.digest("hex")}`);
  let shown = `${country}${provider}C`;
  for (let place = 0; place < 8; place += 1, number /= 36n)
    shown += DIGITS[Number(number % 36n)];
  return shown + checkCharacter(shown);
}

export const operations = {
  "emaid.pseudonym": (input, tables) => ({ pseudonym: pseudonym(input, tables) }),
};
