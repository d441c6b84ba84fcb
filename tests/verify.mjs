// A second reading of the test vectors, from vectors/README.md and the tables beside it alone: it computes every
// answer of the families identifiers, routing, session and plausibility anew and compares, and checks the digests of all files.
//
//     node tests/verify.mjs [vectors-folder] [--json]
//
// Exit code: 0 all agree, 1 something does not, 2 bad usage. The last line is `N passed, N failed`, but for --json.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LETTER_OR_DIGIT = /^[0-9A-Za-z]$/;
const SEPARATORS = "-*";
class Refusal extends Error {
  constructor(rule, more = {}) {
    super(rule);
    Object.assign(this, { rule, more });
  }
}

const refuseIf = (fault, rule) => {
  if (fault) throw new Refusal(rule);
};

// ---------------------------------------------------------------- JSON and digests
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** RFC 8785; for the integers and texts of these files JSON.stringify already writes scalars as it asks. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
}

/** The value of a JSON text; null if it is none, has half a surrogate pair, or an object in it repeats a member. */
function parseStrictly(text) {
  try {
    const value = JSON.parse(text, refuseLoneSurrogates);
    return repeatsMember(text) ? null : value;
  } catch {
    return null;
  }
}

function refuseLoneSurrogates(name, value) {
  if ([name, value].some((one) => typeof one === "string" && /\p{Surrogate}/u.test(one))) throw new SyntaxError(name);
  return value;
}

/** In a text known to be JSON, a string before a colon is the name of a member. */
function repeatsMember(text) {
  const open = [];
  for (const [token, name, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")([ \t\r\n]*:)?|[{}[\]]/g)) {
    if ("{[".includes(token)) open.push(new Set());
    else if ("}]".includes(token)) open.pop();
    else if (colon && open.at(-1).has(JSON.parse(name))) return true;
    else if (colon) open.at(-1).add(JSON.parse(name));
  }
  return false;
}

// ---------------------------------------------------------------- identifiers: check characters
/** Not plain toUpperCase: that would fold ſ to S and ß to SS. */
const upper = (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
const numberOf = (character) => parseInt(character, 36);

/** Row vector times matrix. */
const times = ([a, b], [[p, q], [r, s]], modulus) => [(a * p + b * r) % modulus, (a * q + b * s) % modulus];

/** The sum of part(n(i)) · P^i over the characters, i from 1, by Horner's rule from the last one. */
function weightedSum(text, part, matrix, modulus) {
  return [...text].reduceRight((sum, character) => {
    const [a, b] = part(numberOf(character));
    return times([sum[0] + a, sum[1] + b], matrix, modulus);
  }, [0, 0]);
}

function checkCharacter(text) {
  const halves = (n) => [Math.floor(n / 18), Math.floor(n / 9) % 2];
  const thirds = (n) => [Math.floor(n / 3) % 3, n % 3];
  const [q1, q2] = weightedSum(upper(text), halves, [[0, 1], [1, 1]], 2);
  const [r1, r2] = times(weightedSum(upper(text), thirds, [[0, 1], [1, 2]], 3), [[0, 2], [2, 1]], 3);
  return (18 * q1 + 9 * q2 + 3 * r1 + r2).toString(36).toUpperCase();
}

function dinCheckDigit(text) {
  const digits = [...text].map((character) => String(numberOf(character))).join("");
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * 2 ** index, 0);
  return sum % 11 === 10 ? "X" : String(sum % 11);
}

const checkOperation = (length, compute) => ({ text }) => {
  const characters = [...text];
  refuseIf(characters.slice(0, length + 1).some((one) => !LETTER_OR_DIGIT.test(one)), "EMA-2");
  refuseIf(characters.length !== length, "EMA-4");
  return { check: compute(text) };
};

// ---------------------------------------------------------------- identifiers: reading
/** Cut a text into the parts of a grammar; each as `written`, with whether it was `split` off. Never fails. */
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
  const asked = stand === "everywhere" || (stand === "all or none" && written !== "" && anySplit);
  if (split ? written === "" : gap && asked) return true;
  return [...written].some((one) => SEPARATORS.includes(one) && !alphabet.includes(one));
}

/** The fault of a part's content: nothing in it, a separator first, or a character of another alphabet. */
function contentFault(part) {
  if (part === undefined) return false;
  const characters = [...part.written];
  while (characters.length > 0 && part.leading.includes(characters[0])) characters.shift();
  if (characters.length === 0 || SEPARATORS.includes(characters[0])) return true;
  return characters.some((one) => !part.alphabet.includes(upper(one)));
}

/** The checks that both kinds of identifier share, up to the country; `rule` is `EMA` or `EVS`. */
function readParts(text, grammar, longest, rule) {
  const characters = [...text];
  const allowed = (one) => LETTER_OR_DIGIT.test(one) || (SEPARATORS + grammar.prefix).includes(one);
  refuseIf(characters.length > longest, `${rule}-1`);
  refuseIf(!characters.every(allowed), `${rule}-2`);
  const parts = cut(text, grammar);
  const anySplit = parts.some((part) => part.split);
  refuseIf(parts.some((part) => separatorFault(part, grammar.stand, anySplit)), `${rule}-3`);
  const badLength = ({ written, least, most }) => written.length < least || written.length > most;
  refuseIf(parts.some(badLength) || characters.length > grammar.longest, `${rule}-4`);
  const hasSmall = ({ name, written }) => grammar.capitals.includes(name) && /[a-z]/.test(written);
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
  const body = upper(parts.slice(0, -1).map((part) => part.written).join(""));
  const compute = { 14: checkCharacter, 11: dinCheckDigit }[body.length];
  refuseIf(check !== "" && check !== compute(body), "EMA-9");
  return emaidOutput(written("country"), written("provider"), written("type") + written("instance"), check);
}

const emaidOutput = (country, provider, instance, check) =>
  ({ country, provider, instance, check: check || null, canonical: country + provider + instance + check });

function parseEvseId({ text, profile }, tables) {
  const grammar = grammarOf(tables, profile, "evseId");
  const { named, written } = readParts(text, grammar, tables.profiles.longest, "EVS");
  refuseIf(contentFault(named.get("operator")), "EVS-7");
  refuseIf(contentFault(named.get("type")), "EVS-8");
  refuseIf(contentFault(named.get("outlet")), "EVS-9");
  const country = grammar.prefix + written("country");
  const operator = written("operator");
  const outlet = grammar.prefix ? written("outlet") : written("outlet").replaceAll("*", "");
  const joined = grammar.prefix ? [country, operator, outlet].join("*") : `${country}${operator}E${outlet}`;
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
  const instance = tables.profiles.migrations[convention] + old + dinCheckDigit(country + provider + old);
  return emaidOutput(country, provider, instance, checkCharacter(country + provider + instance));
}

// ---------------------------------------------------------------- identifiers: media and free contract ids
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
  refuseIf(!Object.hasOwn(uids, type) || (hash !== undefined && !Object.hasOwn(hashes, hash)), "CRD-2");
  refuseUnlessWritten(uid, hash === undefined ? uids[type] : hashes[hash], "CRD-2");
  return { uid };
}

// ---------------------------------------------------------------- routing
const areThese = ([a, b], one, other) => (a === one && b === other) || (a === other && b === one);
const interfaceBetween = (one, other, edition) => edition.interfaces.find((row) => areThese(row.between, one, other));
const inScope = (one, other, edition) => (interfaceBetween(one, other, edition)?.scope ?? "out") !== "out";

function joined(blocks = [], one, other) {
  const across = ({ left, right }, a, b) => left.includes(a) && right.includes(b);
  return blocks.some((block) => across(block, one, other) || across(block, other, one));
}

const mayPlay = (kind, role, { roles }) =>
  kind === "clearing-house" || roles.find(({ id }) => id === role).played_by.includes(kind);

function housesOf(entity, network) {
  const isHouse = ({ id, kind }) => kind === "clearing-house" && id !== entity && joined(network.links, id, entity);
  return network.entities.filter(isHouse).map(({ id }) => id).sort();
}

/** The clearing houses a message passes between sender and receiver, neither of whom is one. */
function housesOnTheWay(sender, receiver, network, most) {
  const first = housesOf(sender, network);
  const second = housesOf(receiver, network);
  refuseIf(first.length === 0 || second.length === 0, "NET-7");
  const shared = first.find((house) => second.includes(house));
  if (shared !== undefined) return [shared];
  refuseIf(most === 1, "NET-7");
  const pairs = first.flatMap((one) => second.map((other) => [one, other]));
  return pairs.find(([one, other]) => joined(network.links, one, other)) ?? pairs[0];
}

function route({ mode, sender, receiver, exchange }, { edition }, network) {
  const modeRow = edition.modes.find(({ id }) => id === mode);
  refuseIf(modeRow === undefined, "NET-6");
  const exchangeRow = edition.exchanges.find(({ id }) => id === exchange);
  refuseIf(!exchangeRow?.modelled, "NET-8");
  const kinds = new Map(network.entities.map(({ id, kind }) => [id, kind]));
  refuseIf(!kinds.has(sender) || !kinds.has(receiver), "NET-1");
  refuseIf(sender === receiver, "NET-10");
  refuseIf(!inScope(kinds.get(sender), kinds.get(receiver), edition), "NET-2");
  const plays = (one, other) => mayPlay(kinds.get(one), exchangeRow.producer, edition) && mayPlay(kinds.get(other), exchangeRow.consumer, edition);
  refuseIf(!plays(sender, receiver) && !(exchangeRow.mutual && plays(receiver, sender)), "NET-3");
  const path = modeRow.brokered.includes(exchange) ? modeRow.brokered_path : modeRow.path;
  const most = path.filter((stop) => stop === "clearing-house").length;
  const endsAtHouse = [sender, receiver].some((end) => kinds.get(end) === "clearing-house");
  const between = most === 0 || endsAtHouse ? [] : housesOnTheWay(sender, receiver, network, most);
  const hops = hopsAlong([sender, ...between, receiver], kinds, network, edition);
  refuseIf(!endsAtHouse && !joined(network.agreements, sender, receiver), "NET-5");
  return { hops };
}

function hopsAlong(stops, kinds, network, edition) {
  return stops.slice(1).map((to, index) => {
    const from = stops[index];
    refuseIf(!inScope(kinds.get(from), kinds.get(to), edition), "NET-2");
    refuseIf(!joined(network.links, from, to), "NET-4");
    return [from, to, interfaceBetween(kinds.get(from), kinds.get(to), edition).id];
  });
}

// ---------------------------------------------------------------- routing: reading a network
const isText = (value) => typeof value === "string";
const isId = (value) => isText(value) && value.length <= 40 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value);
const isPartyId = (value) => isText(value) && /^([A-Z]{2}[A-Z0-9]{3}|\+[0-9]{1,3}\*[0-9]{3,6})$/.test(value);
const isLine = (value) => isText(value) && value !== "" && [...value].length <= 200 && !/\p{Cc}/u.test(value);
const isName = (value) => value === null || isLine(value);
const isListOf = (isMember) => (value) => Array.isArray(value) && value.every(isMember);
const isSomeOf = (isMember) => (value) => isListOf(isMember)(value) && value.length > 0;
const isKind = (value) => ["csp", "cso", "clearing-house", "cs", "ev", "user"].includes(value);
const isEntity = isShape({ id: isId, kind: isKind }, { name: isName, party_ids: isListOf(isPartyId) });
const isBlocks = isListOf(isShape({ left: isSomeOf(isId), right: isSomeOf(isId) }, {}));
const isNetwork = isShape({ entities: isSomeOf(isEntity) }, { links: isBlocks, agreements: isBlocks });

function isShape(asked, allowed) {
  const all = new Map(Object.entries({ ...asked, ...allowed }));
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  return (value) => isObject(value) && Object.keys(asked).every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, member]) => all.get(name)?.(member) ?? false);
}

function readNetwork({ text }, { edition }) {
  const network = parseStrictly(text);
  refuseIf(!isNetwork(network), "NET-9");
  const { entities, agreements = [], links = [] } = network;
  const ids = entities.map(({ id }) => id);
  const hasTwice = (list) => new Set(list).size < list.length;
  const partyIds = entities.flatMap(({ kind, party_ids = [] }) => party_ids.map((id) => `${kind} ${id}`));
  refuseIf(hasTwice(ids) || hasTwice(partyIds), "NET-9");
  const named = [...agreements, ...links].flatMap(({ left, right }) => [...left, ...right]);
  refuseIf(named.some((id) => !ids.includes(id)), "NET-1");
  const kinds = new Map(entities.map(({ id, kind }) => [id, kind]));
  const reaches = (one, other) => inScope(kinds.get(one), kinds.get(other), edition);
  refuseIf(links.some(({ left, right }) => left.some((one) => right.some((other) => !reaches(one, other)))), "NET-2");
  return { entities: ids };
}

// ---------------------------------------------------------------- session
const YES = {
  "authorization-answer": "granted", "reservation-answer": "granted", "remote-control-answer": "accepted",
  "correction-answer": "agreed",
};

const is = (member, ...values) => (message) => values.includes(message[member]);
const tells = (command, result) => (message) => message.command === command && message.result === result;
const startsBy = (ground) => ({ event, authorization }) => event === "started" && authorization === ground;
const WHEN = {
  always: () => true,
  positive: (message) => message[YES[message.kind]] === true,
  negative: (message) => message[YES[message.kind]] === false,
  start: is("command", "start"), stop: is("command", "stop"), cancel: is("command", "cancel"),
  too_late: is("command", "stop", "cancel"),
  started: is("event", "started"), updated: is("event", "updated"),
  ended: is("event", "ended"), abandoned: is("event", "abandoned"),
  listed: startsBy("list"), fallback: startsBy("fallback"), ordered: startsBy("order"),
  original: ({ record }) => record.replaces === undefined,
  replacing: ({ record }) => record.replaces !== undefined,
  begun: tells("start", "done"), not_begun: tells("start", "not-done"), start_open: tells("start", "unknown"),
  stopped: tells("stop", "done"), not_stopped: tells("stop", "not-done"), stop_open: tells("stop", "unknown"),
  done: is("result", "done"),
};

const SUBJECT = ["service", "emaid", "medium", "evse_id"];
const mediumKey = ({ hash, type, uid }) => `${type}:${hash === undefined ? sha256(uid.toUpperCase()) : uid}`;

/** What a message speaks of, as far as it says so; a medium by its type and hash. */
function subjectOf(message) {
  const said = message.record ?? message;
  const told = SUBJECT.filter((member) => Object.hasOwn(said, member) && message.kind !== "fetch-request");
  return Object.fromEntries(told.map((member) => [member, member === "medium" ? mediumKey(said.medium) : said[member]]));
}

function checkSubject(subject, known, edition) {
  refuseIf("service" in subject && !edition.services.some(({ id }) => id === subject.service), "SES-10");
  refuseIf(SUBJECT.some((member) => member in subject && known[member] !== undefined && known[member] !== subject[member]), "SES-12");
}

function checkGround(message, known) {
  if (message.kind !== "session-progress-notice" || known.ground === undefined) return;
  const unheard = WHEN.fallback(message) && ["answer", "list"].includes(known.ground) && ["granted", "releasing"].includes(known.phase);
  refuseIf(message.authorization !== known.ground && !unheard, "SES-13");
}

function checkRecord(message, known, edition) {
  refuseIf(message.kind === "record-withdrawal-notice" && message.record_id !== known.record, "REC-11");
  if (message.kind !== "detail-record-notice") return;
  const { record } = message;
  refuseIf(record.kind !== edition.services.find(({ id }) => id === record.service).record, "REC-1");
  refuseIf(record.replaces !== undefined && record.replaces !== known.record, "REC-5");
  const named = record.authorization_id;
  refuseIf(known.authorizationId !== undefined && named !== undefined && named !== known.authorizationId, "AUT-7");
}

/** The session after one message, told at a moment and with the power of its EVSE where these are known. */
function after(known, { by, message }, { steps, edition }, now, power) {
  const rows = steps.filter((row) => row.message === message.kind);
  refuseIf(!rows.some((row) => row.by === by), "SES-11");
  const subject = subjectOf(message);
  checkSubject(subject, known, edition);
  checkGround(message, known);
  checkRecord(message, known, edition);
  const fitting = rows.filter((row) => row.by === by && WHEN[row.when](message));
  const taken = fitting.find((row) => row.phase === known.phase);
  refuseIf(taken === undefined, (fitting[0] ?? rows[0]).rule);
  checkPlausible(message, known, edition, now, power);
  const next = { ...subject, ...defined(known), phase: taken.to };
  return { ...next, ...defined((REMEMBER[message.kind] ?? (() => ({})))(message, next)) };
}

const defined = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** How far a service has come: what is less takes nothing back. */
const further = ({ lastAt, energy = 0 }, at, more = 0) => ({
  lastAt: at === undefined || second(lastAt) >= second(at) ? lastAt : at, energy: Math.max(energy, more),
});

const REMEMBER = {
  "authorization-answer": ({ granted, from_list, limits, authorization_id }) =>
    granted ? { ground: from_list ? "list" : "answer", limits, authorizationId: authorization_id } : {},
  "remote-control-request": ({ command, limits, authorization_id, expires_at }) =>
    command === "start" ? { limits, authorizationId: authorization_id, expiresAt: expires_at } : {},
  "remote-control-answer": (message, { phase, ground }) => (phase === "awaited" ? { ground: ground ?? "order" } : {}),
  "reservation-request": ({ until }) => ({ expiresAt: until }),
  "reservation-answer": ({ granted }) => (granted ? { ground: "booking" } : {}),
  "session-progress-notice": ({ at, energy_wh, event, authorization }, known) => ({
    ...further(known, at, energy_wh), ...(event === "started" ? { ground: authorization, startedAt: known.startedAt ?? at } : {}),
  }),
  "remote-control-notice": (message, known) => ({
    ...further(known, message.at, message.energy_wh),
    startedAt: known.startedAt ?? (WHEN.begun(message) ? message.at : undefined),
  }),
  "detail-record-notice": ({ record }, known) => ({
    ...(record.replaces === undefined ? further(known, record.ended_at) : {}), record: record.record_id,
  }),
  "record-withdrawal-notice": () => ({ record: null }),
};

function follow({ steps }, tables) {
  const phases = [];
  let known = { phase: "new" };
  try {
    for (const step of steps) {
      known = after(known, step, tables);
      phases.push(known.phase);
    }
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.rule, { step: phases.length + 1, phases }) : error;
  }
  return { phases };
}

// ---------------------------------------------------------------- plausibility
const MOST_POWER = 4_000_000; // W, of an EVSE of which none is known
const second = (text) => (text === undefined ? undefined : Date.parse(text) / 1000);

/** From when to when, in seconds, and how much energy in watt-hours a message tells of a service. */
function courseOf(message, known) {
  const from = (at) => second(known.startedAt ?? at);
  switch (message.kind) {
    case "session-progress-notice":
      if (message.event === "abandoned") return { to: second(message.at) };
      return { from: from(message.at), to: second(message.at), energy: message.energy_wh };
    case "remote-control-notice":
      return { from: from(message.result === "done" ? message.at : undefined), to: second(message.at), energy: message.energy_wh };
    case "detail-record-notice": {
      const { started_at, ended_at, kind, unit, quantity, energy_wh } = message.record;
      const energy = kind === "cdr" ? energy_wh : unit === "Wh" ? quantity : undefined;
      return { from: second(started_at), to: second(ended_at), energy };
    }
    default: return {};
  }
}

const untilOf = (message) => second(message.kind === "reservation-request" ? message.until : message.expires_at);

// A comparison with what is undefined is false: what is not known says nothing.
const CHECKS = {
  "PLA-1": (tolerance, { course, now }) => course.to > now + tolerance,
  "PLA-2": (tolerance, { course, known }) => course.from < second(known.openedAt) - tolerance,
  "PLA-3": (tolerance, { course, known, replacing }) => !replacing && course.to < second(known.lastAt) - tolerance,
  "PLA-4": (tolerance, { course, known, replacing }) => !replacing && course.energy < (known.energy ?? 0) - tolerance,
  "PLA-5": (tolerance, { course, known, message }) => {
    if (message.kind !== "detail-record-notice" || known.startedAt === undefined) return false;
    if (course.from < second(known.startedAt) - tolerance) return true;
    return !["active", "stopping"].includes(known.phase) && course.to > second(known.lastAt) + tolerance;
  },
  "PLA-6": (tolerance, { course, power }) => course.energy * 3600 > (power ?? MOST_POWER) * (course.to - course.from + tolerance),
  "PLA-7": (tolerance, { message, now }) =>
    untilOf(message) <= second(message.starts_at) || untilOf(message) <= now - tolerance,
  "PLA-8": (tolerance, { course, known }) => known.startedAt === undefined && course.from > second(known.expiresAt) + tolerance,
  "PLA-9": (tolerance, { course, known }) => course.energy > known.limits?.energy_wh + tolerance,
  "PLA-10": (tolerance, { course, known }) => course.to - course.from > known.limits?.seconds + tolerance,
  "PLA-11": (tolerance, { course, message }) =>
    message.record?.unit === "s" && message.record.quantity > course.to - course.from + tolerance,
};

function checkPlausible(message, known, { checks }, now, power) {
  const told = { message, known, now, power, course: courseOf(message, known), replacing: message.record?.replaces !== undefined };
  for (const [rule, isOff] of Object.entries(CHECKS)) {
    const row = checks.find(({ id }) => id === rule);
    refuseIf(row !== undefined && isOff(row.tolerance, told), rule);
  }
}

function tell({ opened_at, steps, told, now, power_w }, tables) {
  let known = { phase: "new", openedAt: opened_at };
  for (const step of steps) known = after(known, step, tables);
  return { phase: after(known, told, tables, second(now), power_w).phase };
}

// ---------------------------------------------------------------- the comparison
const OPERATIONS = {
  identifiers: {
    "emaid.check-character": checkOperation(14, checkCharacter),
    "emaid.din-check-digit": checkOperation(11, dinCheckDigit),
    "emaid.parse": parseEmaid,
    "evse-id.parse": parseEvseId,
    "evse-id.carried": carriedEvseId,
    "contract-id.free": parseFreeContractId,
    "medium.uid": checkUid,
    "emaid.migrate-din": migrateDin,
  },
  routing: { "network.route": route, "network.read": readNetwork },
  session: { "session.follow": follow },
  plausibility: { "service.plausible": tell },
};

function answer(operation, input, tables, context) {
  try {
    return { outcome: "accept", output: operation(input, tables, context) };
  } catch (error) {
    if (error instanceof Refusal) return { outcome: "reject", error: error.rule, ...error.more };
    return { outcome: "crash", error: String(error) };
  }
}

/** One vector, in every edition it asks for. A crash, or an operation not known here, agrees with nothing. */
function compare(vector, contexts, tables) {
  const { id, input, expect, expectByEdition } = vector;
  const operation = OPERATIONS[id.split("/")[0]][vector.operation];
  const ofEach = (find) => Object.fromEntries(vector.editions.map((edition) => [edition, find(edition) ?? null]));
  const inEdition = (edition) => ({ ...tables, edition: tables.editions[edition] });
  const got = ofEach((edition) => answer(operation, input, inEdition(edition), contexts[vector.context]));
  return { id, expected: ofEach((edition) => expect ?? expectByEdition?.[edition]), got };
}

/** The hashes of a vector, one for each edition, against what it says itself and what ids.json says. */
function verifyHashes(vector, contexts, ids) {
  const { id, operation, input } = vector;
  const context = vector.context === undefined ? null : contexts[vector.context];
  const hashIn = (edition) => {
    const expect = vector.expect ?? vector.expectByEdition[edition];
    return `sha256:${sha256(canonical({ operation, edition, context, input, expect }))}`;
  };
  const got = Object.fromEntries(vector.editions.map((edition) => [edition, hashIn(edition)]));
  return { id, expected: [vector.contentHashes, ids[id] ?? null], got: [got, got] };
}

function verifyFiles(folder, index) {
  const digest = (path) => (existsSync(join(folder, path)) ? sha256(readFileSync(join(folder, path))) : null);
  const compareFile = (list, path, expected) => ({ id: `${list} ${path}`, expected, got: digest(path) });
  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd().split("\n").map((line) => line.split("  "));
  const lines = index.files.map((entry) => `${entry.path}\0${entry.sha256}\n`).join("");
  return [
    ...index.files.map((entry) => compareFile("index.json", entry.path, entry.sha256)),
    ...sums.map(([sum, path]) => compareFile("SHA256SUMS", path, sum)),
    { id: "index.json rootHash", expected: index.rootHash, got: `sha256:${sha256(lines)}` },
  ];
}

function verifySuite(folder) {
  const read = (path) => JSON.parse(readFileSync(join(folder, path), "utf8"));
  const editions = readdirSync(join(folder, "editions")).map((name) => read(`editions/${name}`));
  const tables = {
    profiles: read("tables/profiles.json"),
    steps: read("tables/steps.json").steps,
    editions: Object.fromEntries(editions.map((edition) => [edition.edition, edition])),
  };
  const index = read("index.json");
  const ids = read("ids.json").ids;
  const files = Object.keys(index.families).map((family) => read(`v1/${family}.json`));
  const isActive = ({ status }) => status === "active";
  const compareAll = ({ tests, contexts }) => tests.filter(isActive).map((one) => compare(one, contexts, tables));
  const hashAll = ({ tests, contexts }) => tests.map((one) => verifyHashes(one, contexts, ids));
  const recomputed = files.filter(({ family }) => family in OPERATIONS);
  const checks = Object.fromEntries(recomputed.map((file) => [file.family, compareAll(file)]));
  checks["content hashes"] = files.flatMap(hashAll);
  checks["file digests"] = verifyFiles(folder, index);
  return { checks, notRecomputed: Object.keys(index.families).filter((family) => !(family in OPERATIONS)) };
}

// ---------------------------------------------------------------- the report
function tally({ checks, notRecomputed }) {
  const rows = Object.entries(checks).map(([name, list]) => {
    const disagreements = list.filter(({ expected, got }) => canonical(expected) !== canonical(got));
    return { name, vectors: list.length, agreed: list.length - disagreements.length, disagreements };
  });
  const total = (count) => rows.reduce((sum, row) => sum + count(row), 0);
  const failed = total((row) => row.disagreements.length);
  return { rows, notRecomputed, passed: total((row) => row.vectors) - failed, failed };
}

function printPlain({ rows, notRecomputed, passed, failed }) {
  for (const { name, vectors, agreed, disagreements } of rows) {
    console.log(`${name}: ${vectors} checked, ${agreed} agreed, ${disagreements.length} disagreed`);
    for (const { id, expected, got } of disagreements) {
      console.log(`  ${id}\n    expected ${canonical(expected)}\n    got      ${canonical(got)}`);
    }
  }
  console.log(`not recomputed, hashes only: ${notRecomputed.join(", ") || "none"}`);
  console.log(`${passed} passed, ${failed} failed`);
}

function main(args) {
  const folders = args.filter((arg) => arg !== "--json");
  const folder = folders[0] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "vectors");
  if (folders.length > 1 || folder.startsWith("-") || !existsSync(join(folder, "index.json"))) {
    console.error("usage: node verify.mjs [vectors-folder] [--json]   (the folder has index.json in it)");
    return 2;
  }
  const report = tally(verifySuite(folder));
  if (args.includes("--json")) console.log(JSON.stringify(report, null, 1));
  else printPlain(report);
  return report.failed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
