// The family exchange: what an endpoint sends on one message after another.

import { hearAnswer } from "./endpoint/answers.mjs";
import { Arrival, hearRequest } from "./endpoint/hearing.mjs";
import { say } from "./endpoint/saying.mjs";
import { Endpoint } from "./endpoint/state.mjs";
import { Refusal } from "./refusal.mjs";
import { readMessage, readShape } from "./shapes.mjs";

const NOW = "2025-07-08T12:00:00Z";

function play(input, tables, network) {
  const endpoint = new Endpoint(input, tables, network);
  const sends = [];
  for (const step of input.steps) {
    const rule = playStep(endpoint, step, { tables, namesOf: Object.keys });
    sends.push(endpoint.sends.map(told));
    if (rule !== undefined) throw new Refusal(rule, { step: sends.length, sends });
  }
  return { sends };
}

/** The first rule that is broken in a step, if one is. */
function playStep(endpoint, step, reading) {
  Object.assign(endpoint, { now: step.at ?? NOW, sends: [], notes: [] });
  if (step.say === undefined) return hear(endpoint, step, reading);
  return brokenIn(
    () => say(endpoint, { ...step, say: readMessage(step.say, reading) }),
    () => {
      endpoint.sends = [];
    },
  );
}

function hear(endpoint, { hear: given, from }, reading) {
  const { edition } = endpoint.tables.edition;
  const envelope = readShape({ edition, sent_at: NOW, ...given }, "envelope", reading);
  if (endpoint.answerTo(envelope.message.kind) === null) {
    const drop = () => {
      endpoint.sends = [];
    };
    return brokenIn(() => hearAnswer(endpoint, from, envelope), drop) ?? endpoint.notes[0];
  }
  const arrival = new Arrival(endpoint, from, envelope);
  return brokenIn(
    () => hearRequest(endpoint, arrival),
    (rule) => {
      endpoint.sends = [{ peer: from, envelope: arrival.replyOf({ kind: "refusal", rule }) }];
    },
  );
}

/** The rule that an act breaks, if it breaks one, and what then follows. */
function brokenIn(act, follow) {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    follow(error.rule);
    return error.rule;
  }
  return undefined;
}

function told({ peer, envelope: { edition, sent_at, ...envelope } }) {
  const { where, ...message } = envelope.message;
  return {
    peer,
    ...envelope,
    message: message.kind === "refusal" ? message : envelope.message,
  };
}

export const operations = { "endpoint.play": play };
