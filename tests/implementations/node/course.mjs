// What a message tells of the course of a service, and the checks that it cannot be otherwise.

import { refuseIf } from "./refusal.mjs";
import { second } from "./texts.mjs";

const MOST_POWER = 4_000_000; // W, of an EVSE of which none is known

/**
 * From when to when, in seconds, and how much energy in watt-hours a message tells of a
 * service.
 */
function courseOf(message, known) {
  const from = (at) => second(known.startedAt ?? at);
  switch (message.kind) {
    case "session-progress-notice":
      if (message.event === "abandoned") return { to: second(message.at) };
      return {
        from: from(message.at),
        to: second(message.at),
        energy: message.energy_wh,
      };
    case "remote-control-notice":
      return {
        from: from(message.result === "done" ? message.at : undefined),
        to: second(message.at),
        energy: message.energy_wh,
      };
    case "detail-record-notice": {
      const { started_at, ended_at, kind, unit, quantity, energy_wh } = message.record;
      const energy = kind === "cdr" ? energy_wh : unit === "Wh" ? quantity : undefined;
      return { from: second(started_at), to: second(ended_at), energy };
    }
    default:
      return {};
  }
}

const untilOf = (message) =>
  second(message.kind === "reservation-request" ? message.until : message.expires_at);

// A comparison with what is undefined is false: what is not known says nothing.
const CHECKS = {
  "PLA-1": (tolerance, { course, now }) => course.to > now + tolerance,
  "PLA-2": (tolerance, { course, known }) => course.from < second(known.openedAt) - tolerance,
  "PLA-3": (tolerance, { course, known, replacing }) =>
    !replacing && course.to < second(known.lastAt) - tolerance,
  "PLA-4": (tolerance, { course, known, replacing }) =>
    !replacing && course.energy < (known.energy ?? 0) - tolerance,
  "PLA-5": (tolerance, { course, known, message }) => {
    if (message.kind !== "detail-record-notice" || known.startedAt === undefined) return false;
    if (course.from < second(known.startedAt) - tolerance) return true;
    return (
      !["active", "stopping"].includes(known.phase) &&
      course.to > second(known.lastAt) + tolerance
    );
  },
  "PLA-6": (tolerance, { course, power }) =>
    course.energy * 3600 > (power ?? MOST_POWER) * (course.to - course.from + tolerance),
  "PLA-7": (tolerance, { message, now }) =>
    untilOf(message) <= second(message.starts_at) || untilOf(message) <= now - tolerance,
  "PLA-8": (tolerance, { course, known }) =>
    known.startedAt === undefined &&
    course.from > second(known.expiresAt ?? undefined) + tolerance,
  "PLA-9": (tolerance, { course, known }) =>
    course.energy > known.limits?.energy_wh + tolerance,
  "PLA-10": (tolerance, { course, known }) =>
    course.to - course.from > known.limits?.seconds + tolerance,
  "PLA-11": (tolerance, { course, message }) =>
    message.record?.unit === "s" &&
    message.record.quantity > course.to - course.from + tolerance,
};

export function checkPlausible(message, known, { checks }, now, power) {
  const told = {
    message,
    known,
    now,
    power,
    course: courseOf(message, known),
    replacing: message.record?.replaces !== undefined,
  };
  for (const [rule, isOff] of Object.entries(CHECKS)) {
    const row = checks.find(({ id }) => id === rule);
    refuseIf(row !== undefined && isOff(row.tolerance, told), rule);
  }
}
