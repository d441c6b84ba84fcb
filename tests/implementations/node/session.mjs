// The family session: which message may come when, in one service.

import { checkPlausible } from "./course.mjs";
import { defined } from "./json.mjs";
import { Refusal, refuseIf } from "./refusal.mjs";
import { mediumKey, second } from "./texts.mjs";

const YES = {
  "authorization-answer": "granted",
  "reservation-answer": "granted",
  "remote-control-answer": "accepted",
  "correction-answer": "agreed",
};

const is =
  (member, ...values) =>
  (message) =>
    values.includes(message[member]);
const tells = (command, result) => (message) =>
  message.command === command && message.result === result;
const startsBy =
  (ground) =>
  ({ event, authorization }) =>
    event === "started" && authorization === ground;
export const WHEN = {
  always: () => true,
  positive: (message) => message[YES[message.kind]] === true,
  negative: (message) => message[YES[message.kind]] === false,
  start: is("command", "start"),
  stop: is("command", "stop"),
  cancel: is("command", "cancel"),
  too_late: is("command", "stop", "cancel"),
  started: is("event", "started"),
  updated: is("event", "updated"),
  ended: is("event", "ended"),
  abandoned: is("event", "abandoned"),
  listed: startsBy("list"),
  fallback: startsBy("fallback"),
  ordered: startsBy("order"),
  original: ({ record }) => record.replaces === undefined,
  replacing: ({ record }) => record.replaces !== undefined,
  begun: tells("start", "done"),
  not_begun: tells("start", "not-done"),
  start_open: tells("start", "unknown"),
  stopped: tells("stop", "done"),
  not_stopped: tells("stop", "not-done"),
  stop_open: tells("stop", "unknown"),
  done: is("result", "done"),
};

const SUBJECT = ["service", "emaid", "medium", "evse_id"];

/** What a message speaks of, as far as it says so. */
export function subjectOf({ record, ...message }) {
  const said = record ?? message;
  return defined(Object.fromEntries(SUBJECT.map((member) => [member, said[member]])));
}

const isAnother = (member, one, other) =>
  member === "medium" ? mediumKey(one) !== mediumKey(other) : one !== other;

export function checkSubject(subject, known, edition) {
  refuseIf(
    "service" in subject && !edition.services.some(({ id }) => id === subject.service),
    "SES-10",
  );
  const isKnown = (member) => subject[member] !== undefined && known[member] !== undefined;
  refuseIf(
    SUBJECT.some(
      (member) => isKnown(member) && isAnother(member, subject[member], known[member]),
    ),
    "SES-12",
  );
}

function checkGround(message, known) {
  if (message.kind !== "session-progress-notice" || known.ground === undefined) return;
  const unheard =
    WHEN.fallback(message) &&
    ["answer", "list"].includes(known.ground) &&
    ["granted", "releasing"].includes(known.phase);
  refuseIf(message.authorization !== known.ground && !unheard, "SES-13");
}

function checkRecord(message, known, edition) {
  refuseIf(
    message.kind === "record-withdrawal-notice" &&
      message.record_id !== known.record?.record_id,
    "REC-11",
  );
  if (message.kind !== "detail-record-notice") return;
  const { record } = message;
  refuseIf(
    record.kind !== edition.services.find(({ id }) => id === record.service).record,
    "REC-1",
  );
  refuseIf(
    record.replaces !== undefined && record.replaces !== known.record?.record_id,
    "REC-5",
  );
  const named = record.authorization_id;
  refuseIf(
    (known.authorizationId ?? null) !== null &&
      named !== undefined &&
      named !== known.authorizationId,
    "AUT-7",
  );
}

const rowsByKind = new Map();

/** The rows of the table for a kind of message. */
export function rowsOf(steps, kind) {
  if (!rowsByKind.has(kind))
    rowsByKind.set(
      kind,
      steps.filter((row) => row.message === kind),
    );
  return rowsByKind.get(kind);
}

/**
 * The session after one message, told at a moment and with the power of its EVSE where these
 * are known.
 */
export function after(known, { by, message }, { steps, edition }, now, power) {
  const rows = rowsOf(steps, message.kind);
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

/** How far a service has come: what is less takes nothing back. */
const further = ({ lastAt, energy = 0 }, at, more = 0) => ({
  lastAt: at === undefined || second(lastAt) >= second(at) ? lastAt : at,
  energy: Math.max(energy, more),
});

const REMEMBER = {
  "authorization-answer": ({ granted, from_list, limits, authorization_id }) =>
    granted
      ? {
          ground: from_list ? "list" : "answer",
          limits: limits ?? null,
          authorizationId: authorization_id ?? null,
        }
      : {},
  "remote-control-request": ({ command, limits, authorization_id, expires_at }) =>
    command === "start"
      ? {
          limits: limits ?? null,
          authorizationId: authorization_id ?? null,
          expiresAt: expires_at ?? null,
        }
      : {},
  "remote-control-answer": (message, { phase, ground }) =>
    phase === "awaited" ? { ground: ground ?? "order" } : {},
  "reservation-request": ({ until }) => ({ expiresAt: until }),
  "reservation-answer": ({ granted }) => (granted ? { ground: "booking" } : {}),
  "session-progress-notice": ({ at, energy_wh, event, authorization }, known) => ({
    ...further(known, at, energy_wh),
    ...(event === "started" ? { ground: authorization, startedAt: known.startedAt ?? at } : {}),
  }),
  "remote-control-notice": (message, known) => ({
    ...further(known, message.at, message.energy_wh),
    startedAt: known.startedAt ?? (WHEN.begun(message) ? message.at : undefined),
  }),
  "detail-record-notice": ({ record }, known) => ({
    ...(record.replaces === undefined ? further(known, record.ended_at) : {}),
    record,
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
    throw error instanceof Refusal
      ? new Refusal(error.rule, { step: phases.length + 1, phases })
      : error;
  }
  return { phases };
}

export const operations = { "session.follow": follow };
