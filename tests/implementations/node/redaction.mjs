// The family redaction: what a role is shown of a message.

import { pseudonym } from "./pseudonym.mjs";
import { refuseIf } from "./refusal.mjs";

/** The shapes that members hold; that of a message or record is its kind. */
const HELD = {
  message: "",
  record: "",
  notices: "",
  stations: "station",
  statuses: "station-status",
  periods: "charging-period",
  medium: "medium",
  media: "medium",
  limits: "limits",
  part: "list-part",
  services: "service-state",
  have: "record-mark",
  besides: "record-mark",
  lacks: "record-mark",
};
const BY_ALIAS = ["emaid", "emaids"];

function redact({ said, receiver, alias }, tables) {
  const shape = said.kind ?? "envelope";
  const withheld = {};
  const kept = redactObject(said, shape, { receiver, alias, withheld, tables });
  return { kept, withheld };
}

function redactObject(said, shape, showing) {
  const { purposes, classes } = showing.tables.classes;
  refuseIf(!Object.hasOwn(purposes, shape), "PRV-1");
  const kept = {};
  for (const [member, value] of Object.entries(said)) {
    const isHeld = holdsShapes(shape, member, classes);
    const rule = isHeld ? null : ruleAgainst(shape, member, showing);
    if (isHeld) kept[member] = redactHeld(value, HELD[member], showing);
    else if (rule !== null) showing.withheld[`${shape}.${member}`] = rule;
    else kept[member] = shown(member, value, showing);
  }
  return kept;
}

const holdsShapes = (shape, member, classes) =>
  Object.hasOwn(HELD, member) && !Object.hasOwn(classes, `${shape}.${member}`);

function redactHeld(value, shape, showing) {
  if (Array.isArray(value)) return value.map((one) => redactHeld(one, shape, showing));
  return redactObject(value, shape || value.kind, showing);
}

function ruleAgainst(shape, member, { receiver, alias, tables }) {
  const { needs, purposes, classes } = tables.classes;
  const isNeed = (row) => row.purpose === purposes[shape] && row.role === receiver;
  const needed = needs.find(isNeed)?.classes ?? [];
  const tells = classes[`${shape}.${member}`];
  if (tells !== "routing" && !needed.includes(tells)) return "PRV-2";
  return alias !== null && tells === "identifier" && !BY_ALIAS.includes(member)
    ? "PRV-3"
    : null;
}

function shown(member, value, { alias, tables }) {
  if (alias === null || !BY_ALIAS.includes(member)) return value;
  const aliasOf = (emaid) => pseudonym({ key: alias.key, receiver: alias.to, emaid }, tables);
  return Array.isArray(value) ? value.map(aliasOf) : aliasOf(value);
}

export const operations = { "message.redact": redact };
