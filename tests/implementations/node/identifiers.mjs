// The family identifiers: EMAID, EVSE ID, free contract ids and the uids of media.

import { refuseIf } from "./refusal.mjs";
import { upper } from "./texts.mjs";

const LETTER_OR_DIGIT = /^[0-9A-Za-z]$/;
const SEPARATORS = "-*";

const numberOf = (character) => parseInt(character, 36);

/** Row vector times matrix. */
const times = ([a, b], [[p, q], [r, s]], modulus) => [
  (a * p + b * r) % modulus,
  (a * q + b * s) % modulus,
];

/**
 * The sum of part(n(i)) · P^i over the characters, i from 1, by Horner's rule from the last
 * one.
 */
function weightedSum(text, part, matrix, modulus) {
  return [...text].reduceRight(
    (sum, character) => {
      const [a, b] = part(numberOf(character));
      return times([sum[0] + a, sum[1] + b], matrix, modulus);
    },
    [0, 0],
  );
}

function checkCharacter(text) {
  const halves = (n) => [Math.floor(n / 18), Math.floor(n / 9) % 2];
  const thirds = (n) => [Math.floor(n / 3) % 3, n % 3];
  const [q1, q2] = weightedSum(
    upper(text),
    halves,
    [
      [0, 1],
      [1, 1],
    ],
    2,
  );
  const [r1, r2] = times(
    weightedSum(
      upper(text),
      thirds,
      [
        [0, 1],
        [1, 2],
      ],
      3,
    ),
    [
      [0, 2],
      [2, 1],
    ],
    3,
  );
  return (18 * q1 + 9 * q2 + 3 * r1 + r2).toString(36).toUpperCase();
}

function dinCheckDigit(text) {
  const digits = [...text].map((character) => String(numberOf(character))).join("");
  const sum = [...digits].reduce(
    (total, digit, index) => total + Number(digit) * 2 ** index,
    0,
  );
  return sum % 11 === 10 ? "X" : String(sum % 11);
}

const checkOperation =
  (length, compute) =>
  ({ text }) => {
    const characters = [...text];
    refuseIf(
      characters.slice(0, length + 1).some((one) => !LETTER_OR_DIGIT.test(one)),
      "EMA-2",
    );
    refuseIf(characters.length !== length, "EMA-4");
    return { check: compute(text) };
  };

/**
 * Cut a text into the parts of a grammar; each as `written`, with whether it was `split` off.
 * Never fails.
 */
function cut(text, { prefix, parts, separators, stand }) {
  const rest = [...(text.startsWith(prefix) ? text.slice(prefix.length) : text)];
  return parts.map((part, index) => {
    const split = part.gap && rest.length > 0 && separators.includes(rest[0]);
    if (split) rest.shift();
    const next = rest.findIndex((character) => separators.includes(character));
    let length = part.most;
    if (stand === "everywhere") length = next < 0 ? rest.length : next;
    if (index === parts.length - 1) length = rest.length;
    return { ...part, split, written: rest.splice(0, length).join("") };
  });
}

function separatorFault({ gap, split, written, alphabet }, stand, anySplit) {
  const asked =
    stand === "everywhere" || (stand === "all or none" && written !== "" && anySplit);
  if (split ? written === "" : gap && asked) return true;
  return [...written].some((one) => SEPARATORS.includes(one) && !alphabet.includes(one));
}

/**
 * The fault of a part's content: nothing in it, a separator first, or a character of another
 * alphabet.
 */
function contentFault(part) {
  if (part === undefined) return false;
  const characters = [...part.written];
  while (characters.length > 0 && part.leading.includes(characters[0])) characters.shift();
  if (characters.length === 0 || SEPARATORS.includes(characters[0])) return true;
  return characters.some((one) => !part.alphabet.includes(upper(one)));
}

/**
 * The checks that both kinds of identifier share, up to the country; `rule` is `EMA` or `EVS`.
 */
function readParts(text, grammar, longest, rule) {
  const characters = [...text];
  const allowed = (one) =>
    LETTER_OR_DIGIT.test(one) || (SEPARATORS + grammar.prefix).includes(one);
  refuseIf(characters.length > longest, `${rule}-1`);
  refuseIf(!characters.every(allowed), `${rule}-2`);
  const parts = cut(text, grammar);
  const anySplit = parts.some((part) => part.split);
  refuseIf(
    parts.some((part) => separatorFault(part, grammar.stand, anySplit)),
    `${rule}-3`,
  );
  const badLength = ({ written, least, most }) =>
    written.length < least || written.length > most;
  refuseIf(parts.some(badLength) || characters.length > grammar.longest, `${rule}-4`);
  const hasSmall = ({ name, written }) =>
    grammar.capitals.includes(name) && /[a-z]/.test(written);
  refuseIf(parts.some(hasSmall), `${rule}-5`);
  const named = new Map(parts.map((part) => [part.name, part]));
  refuseIf(contentFault(named.get("country")), `${rule}-6`);
  return { parts, named, written: (name) => upper(named.get(name)?.written ?? "") };
}

function grammarOf(tables, profile, kind) {
  refuseIf(!Object.hasOwn(tables.profiles.profiles, profile), "IDP-1");
  return tables.profiles.profiles[profile][kind];
}

function parseEmaid({ text, profile }, tables) {
  const grammar = grammarOf(tables, profile, "emaid");
  const { parts, named, written } = readParts(text, grammar, tables.profiles.longest, "EMA");
  refuseIf(contentFault(named.get("type")), "EMA-7");
  const check = written("check");
  refuseIf(grammar.checkAsked && check === "", "EMA-8");
  const body = upper(
    parts
      .slice(0, -1)
      .map((part) => part.written)
      .join(""),
  );
  const compute = { 14: checkCharacter, 11: dinCheckDigit }[body.length];
  refuseIf(check !== "" && check !== compute(body), "EMA-9");
  return emaidOutput(
    written("country"),
    written("provider"),
    written("type") + written("instance"),
    check,
  );
}

const emaidOutput = (country, provider, instance, check) => ({
  country,
  provider,
  instance,
  check: check || null,
  canonical: country + provider + instance + check,
});

function parseEvseId({ text, profile }, tables) {
  const grammar = grammarOf(tables, profile, "evseId");
  const { named, written } = readParts(text, grammar, tables.profiles.longest, "EVS");
  refuseIf(contentFault(named.get("operator")), "EVS-7");
  refuseIf(contentFault(named.get("type")), "EVS-8");
  refuseIf(contentFault(named.get("outlet")), "EVS-9");
  const country = grammar.prefix + written("country");
  const operator = written("operator");
  const outlet = grammar.prefix ? written("outlet") : written("outlet").replaceAll("*", "");
  const joined = grammar.prefix
    ? [country, operator, outlet].join("*")
    : `${country}${operator}E${outlet}`;
  return { country, operator, outlet, canonical: joined };
}

/** An EVSE ID as a message carries it: DIN's begins with a plus, and any other is canonical. */
function carriedEvseId({ text }, tables) {
  const isDin = text.startsWith("+") || (/^[0-9]/.test(text) && text.includes("*"));
  const output = parseEvseId({ text, profile: isDin ? "din91286" : "canonical" }, tables);
  refuseIf(isDin && !text.startsWith("+"), "EVS-10");
  return output;
}

function migrateDin({ text, profile, convention }, tables) {
  const { country, provider, instance: old } = parseEmaid({ text, profile }, tables);
  refuseIf(!Object.hasOwn(tables.profiles.migrations, convention), "IDP-2");
  refuseIf(old.length !== 6, "IDP-3");
  const instance =
    tables.profiles.migrations[convention] + old + dinCheckDigit(country + provider + old);
  return emaidOutput(
    country,
    provider,
    instance,
    checkCharacter(country + provider + instance),
  );
}

function refuseUnlessWritten(text, { alphabet, lengths }, rule) {
  const characters = [...text];
  refuseIf(!characters.every((one) => alphabet.includes(one)), rule);
  refuseIf(!lengths.includes(characters.length), rule);
  refuseIf(characters[0] === " " || characters.at(-1) === " ", rule);
}

function parseFreeContractId({ text }, tables) {
  refuseUnlessWritten(text, tables.profiles.free, "IDP-4");
  return { text, key: upper(text) };
}

function checkUid({ type, uid, hash }, tables) {
  const { uids, hashes } = tables.profiles;
  refuseIf(
    !Object.hasOwn(uids, type) || (hash !== undefined && !Object.hasOwn(hashes, hash)),
    "CRD-2",
  );
  refuseUnlessWritten(uid, hash === undefined ? uids[type] : hashes[hash], "CRD-2");
  return { uid };
}

export { parseEmaid, carriedEvseId, checkUid, checkCharacter };

export const operations = {
  "emaid.check-character": checkOperation(14, checkCharacter),
  "emaid.din-check-digit": checkOperation(11, dinCheckDigit),
  "emaid.parse": parseEmaid,
  "evse-id.parse": parseEvseId,
  "evse-id.carried": carriedEvseId,
  "contract-id.free": parseFreeContractId,
  "medium.uid": checkUid,
  "emaid.migrate-din": migrateDin,
};
