// The families signed-message and sealed-message: which text is believed, and which word of a
// clearing house about it.

import { canonical } from "./json.mjs";
import { readHeader, splitText } from "./compact.mjs";
import { jose, publicKeyOf } from "./keys.mjs";
import { parseBytes, textOf } from "./messages.mjs";
import { Refusal, refuse, refuseIf } from "./refusal.mjs";
import { isReadableOf, unseal } from "./sealed-message.mjs";
import { readMessage } from "./shapes.mjs";
import { isId, isName, isText, second, sha256 } from "./texts.mjs";

const LIFETIME = 300;
const SKEW = 30;
const ALGORITHMS = { Ed25519: "EdDSA", "P-256": "ES256" };

const MESSAGE_HEADER = {
  alg: isText,
  correlation_id: isId,
  edition: isName,
  exp: Number.isInteger,
  iat: Number.isInteger,
  in_reply_to: isId,
  jti: isId,
  kid: isId,
  receiver: isName,
  sender: isName,
  typ: isName,
};
const PASSAGE_HEADER = {
  alg: isText,
  house: isName,
  iat: Number.isInteger,
  kid: isId,
  next_hop: isName,
  previous_hop: isName,
  typ: (value) => value === "countersignature",
};

/** The header and payload of a signed text: JOS-1 to JOS-15. */
async function verify(text, trusted, members, mayBeAbsent) {
  const {
    parts: [rawHeader, payload],
  } = splitText(text, 3);
  const header = readHeader(rawHeader, members, mayBeAbsent);
  refuseIf(!Object.values(ALGORITHMS).includes(header.alg), "JOS-12");
  refuseIf(!Object.hasOwn(trusted, header.kid), "JOS-13");
  const { entity, jwk } = trusted[header.kid];
  refuseIf(ALGORITHMS[jwk.crv] !== header.alg, "JOS-14");
  try {
    await jose.compactVerify(text, await publicKeyOf(jwk, header.alg), {
      algorithms: [header.alg],
    });
  } catch (error) {
    if (!(error instanceof jose.errors.JWSSignatureVerificationFailed)) throw error;
    refuse("JOS-15");
  }
  return { header, payload, entity };
}

async function unprotect({ text: start, more, receiver, now, seen }, tables, { trusted, own }) {
  let text = start + more.text.repeat(more.times);
  const isSealed = text.split(".").length === 5;
  let outside = null;
  if (isSealed) ({ header: outside, text } = await unseal(text, own));
  const { header, payload, entity } = await verify(text, trusted, MESSAGE_HEADER, [
    "in_reply_to",
  ]);
  refuseIf(header.sender !== entity, "MSG-1");
  refuseIf(header.receiver !== receiver, "MSG-2");
  refuseIf(isSealed && !isReadableOf(header, outside), "MSG-3");
  checkTime(header, second(now));
  refuseIf(
    seen.some(([sender, jti]) => sender === header.sender && jti === header.jti),
    "MSG-7",
  );
  return { header, message: readPayload(payload, header.typ, tables), sealed: isSealed };
}

function checkTime({ iat, exp }, now) {
  refuseIf(exp - iat <= 0 || exp - iat > LIFETIME, "MSG-4");
  refuseIf(iat > now + SKEW, "MSG-5");
  refuseIf(now >= exp, "MSG-6");
}

function readPayload(payload, kind, tables) {
  const { value, repeats, namesOf } = parseBytes(payload, "MSG-8");
  refuseIf(repeats || value?.kind !== kind, "MSG-8");
  const message = readOrRefuse(value, { tables, namesOf });
  refuseIf(canonical(message) !== textOf(payload), "MSG-9");
  return message;
}

function readOrRefuse(value, reading) {
  try {
    return readMessage(value, reading);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse("MSG-8");
  }
}

async function checkCountersignatures(
  { text, countersignatures, sender, receiver, now },
  tables,
  { trusted },
) {
  const passages = [];
  for (const countersignature of countersignatures) {
    const { header, payload, entity } = await verify(countersignature, trusted, PASSAGE_HEADER);
    refuseIf(header.house !== entity, "MSG-10");
    refuseIf(!payload.equals(sha256(text)), "MSG-11");
    const isBefore = passages.length > 0 && header.iat + SKEW < passages.at(-1).iat;
    refuseIf(header.iat > second(now) + SKEW || isBefore, "MSG-12");
    passages.push(header);
  }
  const houses = passages.map(({ house }) => house);
  const follows = ({ previous_hop, next_hop }, place) =>
    previous_hop === [sender, ...houses][place] &&
    next_hop === [...houses, receiver][place + 1];
  refuseIf(!passages.every(follows), "MSG-13");
  return { passages };
}

export const operations =
  jose === null
    ? {}
    : {
        "message.unprotect": unprotect,
        "countersignatures.check": checkCountersignatures,
      };
