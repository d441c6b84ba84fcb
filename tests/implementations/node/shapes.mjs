// Whether a value has the shape of a message: the first fault in it, as the family messages
// counts them.

import { canonical, isObject } from "./json.mjs";
import { carriedEvseId, checkUid, parseEmaid } from "./identifiers.mjs";
import { refuse, refuseIf } from "./refusal.mjs";
import { second } from "./texts.mjs";

const MOST_BYTES = { extension: 16_384, record: 32_768 };
const MOST_DEEP = 16; // of an extension
/** What stands for a member that is left out, by its shape. */
const DEFAULTS = {
  "authorization-answer": { from_list: false },
  "fetch-answer": { notices: [], services: [] },
};

/** How an identifier is read, by the member that holds it. */
const READ_IDENTIFIER = {
  emaid: (text, tables) => parseEmaid({ text, profile: "canonical" }, tables).canonical,
  evse_id: (text, tables) => carriedEvseId({ text }, tables).canonical,
};

/** The value as it is written canonically; refuses with the rule of the first fault. */
export function readShape(value, shape, reading) {
  const schema = reading.tables.shapes[shape];
  return readObject(value, schema, shape, reading);
}

function readObject(value, schema, shape, reading) {
  refuseIf(!isObject(value), "WIR-3");
  const written = {};
  for (const [member, one] of Object.entries(schema.properties)) {
    const given = Object.hasOwn(value, member) ? value[member] : undefined;
    const standing = DEFAULTS[shape]?.[member];
    if (given === undefined && standing !== undefined) written[member] = standing;
    else if (isAbsent(given, member, schema)) continue;
    else written[member] = readMember(given, one, member, reading);
  }
  refuseIf(
    Object.keys(value).some((member) => !Object.hasOwn(schema.properties, member)),
    "WIR-3",
  );
  (CHECKS_OF_WHOLE[shape] ?? []).forEach((check) => check(written, reading));
  return written;
}

function isAbsent(given, member, schema) {
  const required = schema.required?.includes(member) ?? false;
  return !required && (given === undefined || given === null);
}

function readMember(value, schema, member, reading) {
  if (member === "extension") return readExtension(value, schema, reading);
  if (schema.$ref !== undefined) return readReference(value, schema.$ref, reading);
  if (schema.oneOf !== undefined) return readOneOf(value, schema.oneOf, reading);
  if (schema.type === "array") return readList(value, schema, member, reading);
  const readIdentifier = READ_IDENTIFIER[member];
  if (readIdentifier !== undefined) {
    refuseIf(typeof value !== "string", "WIR-3");
    return readIdentifier(value, reading.tables);
  }
  refuseIf(!fitsScalar(value, schema), "WIR-3");
  return value;
}

function readReference(value, reference, reading) {
  const shape = reference.replace(".schema.json", "");
  const schema = reading.tables.shapes[shape];
  if (schema.type === "object") return readObject(value, schema, shape, reading);
  refuseIf(!fitsScalar(value, schema), "WIR-3");
  return value;
}

/** Of the shapes there may be, the one whose kind is that of the value. */
function readOneOf(value, references, reading) {
  const reference = references.find(
    ({ $ref }) => isObject(value) && $ref === `${value.kind}.schema.json`,
  );
  refuseIf(reference === undefined, "WIR-3");
  return readReference(value, reference.$ref, reading);
}

function readList(value, schema, member, reading) {
  refuseIf(!Array.isArray(value), "WIR-3");
  const read = value.map((one) =>
    readMember(one, schema.items, member.replace(/^emaids$/, "emaid"), reading),
  );
  refuseIf(
    value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Infinity),
    "WIR-3",
  );
  return read;
}

function fitsScalar(
  value,
  { type, pattern, maxLength = Infinity, minimum, maximum, enum: choices, const: only },
) {
  if (only !== undefined) return value === only;
  if (choices !== undefined) return choices.includes(value);
  if (type === "boolean") return typeof value === "boolean";
  if (type === "integer")
    return Number.isInteger(value) && value >= minimum && value <= maximum;
  return (
    typeof value === "string" &&
    [...value].length <= maxLength &&
    (pattern === undefined || new RegExp(pattern, "u").test(value))
  );
}

// ---------------------------------------------------------------- extensions
function readExtension(value, { propertyNames }, { namesOf }) {
  refuseIf(!isObject(value) || Object.keys(value).length === 0, "WIR-3");
  refuseIf(!Object.keys(value).every((name) => fitsScalar(name, propertyNames)), "WIR-3");
  refuseIf(!Object.values(value).every(isObject), "WIR-3");
  refuseIf(!isOpaque(value, 0, namesOf), "EXT-1");
  refuseIf(Buffer.byteLength(canonical(value)) > MOST_BYTES.extension, "EXT-2");
  return value;
}

function isOpaque(value, depth, namesOf) {
  if (depth > MOST_DEEP) return false;
  if (typeof value === "string" || typeof value === "boolean") return true;
  if (Array.isArray(value)) return value.every((one) => isOpaque(one, depth + 1, namesOf));
  if (!isObject(value)) return false;
  const names = namesOf(value);
  const inOrder = names.every((name, place) => place === 0 || names[place - 1] <= name);
  // eslint-disable-next-line no-control-regex -- ASCII is what is asked for
  const inAscii = names.every((name) => /^[\x00-\x7f]*$/.test(name));
  return inOrder && inAscii && names.every((name) => isOpaque(value[name], depth + 1, namesOf));
}

// ---------------------------------------------------------------- what is asked of an object
// as a whole
const nameContract = ({ emaid, medium }) =>
  refuseIf(emaid === undefined && medium === undefined, "CRD-1");
const giveReason = (isYes) => (message) =>
  refuseIf(isYes(message) && message.reason !== undefined, "AUT-5");
const checkPart = ({ part, of }) => refuseIf(part > of, "LST-1");
const checkMedium = (medium, { tables }) => checkUid(medium, tables);

function checkRecord(record) {
  nameContract(record);
  refuseIf(second(record.ended_at) < second(record.started_at), "REC-2");
  refuseIf(record.replaces === record.record_id, "REC-5");
  refuseIf(Buffer.byteLength(canonical(record)) > MOST_BYTES.record, "REC-9");
}

function checkPeriods({ started_at, ended_at, periods, energy_wh, energy_back_wh = 0 }) {
  let before = second(started_at);
  for (const period of periods) {
    const [from, to] = [second(period.started_at), second(period.ended_at)];
    refuseIf(from < before || to < from || to > second(ended_at), "REC-4");
    before = to;
    const mayHaveEnergy = [undefined, "charging"].includes(period.activity);
    refuseIf(!mayHaveEnergy && (period.energy_wh || period.energy_back_wh), "REC-6");
  }
  const total = (member) => periods.reduce((sum, period) => sum + (period[member] ?? 0), 0);
  refuseIf(
    total("energy_wh") !== energy_wh || total("energy_back_wh") !== energy_back_wh,
    "REC-3",
  );
}

const CHECKS_OF_WHOLE = {
  "authorization-answer": [
    giveReason(({ granted }) => granted),
    ({ granted, limits }) => refuseIf(!granted && limits !== undefined, "AUT-6"),
  ],
  "authorization-request": [nameContract],
  "list-part": [checkPart],
  "remote-control-answer": [giveReason(({ accepted }) => accepted)],
  "remote-control-notice": [giveReason(({ result }) => result === "done")],
  "remote-control-request": [nameContract],
  "reservation-answer": [giveReason(({ granted }) => granted)],
  "reservation-request": [nameContract],
  "service-state": [nameContract],
  "session-progress-notice": [nameContract],
  cdr: [checkRecord, checkPeriods],
  medium: [checkMedium],
  sdr: [checkRecord],
};

/** The shape of a message of a kind that there is; refuses any other. */
export function readMessage(value, reading) {
  const kinds = reading.tables.shapes.envelope.properties.message.oneOf;
  return kinds.some(({ $ref }) => isObject(value) && $ref === `${value.kind}.schema.json`)
    ? readShape(value, value.kind, reading)
    : refuse("WIR-3");
}
