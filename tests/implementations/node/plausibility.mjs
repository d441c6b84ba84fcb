// The family plausibility: what is told of a service and cannot be true.

import { after } from "./session.mjs";
import { second } from "./texts.mjs";

function tell({ opened_at, steps, told, now, power_w }, tables) {
  let known = { phase: "new", openedAt: opened_at };
  for (const step of steps) known = after(known, step, tables);
  return { phase: after(known, told, tables, second(now), power_w).phase };
}

export const operations = { "service.plausible": tell };
