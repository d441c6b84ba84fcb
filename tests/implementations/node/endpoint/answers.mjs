// What an endpoint does with an answer that it hears.

import { Refusal, refuseIf } from "../refusal.mjs";
import { INQUIRIES } from "./again.mjs";
import { countAnswer, isBindingYes } from "./house.mjs";
import { bytesOf, endToEndId, MOST_BYTES, under } from "./state.mjs";
import { takeIn } from "./taking-in.mjs";

export function hearAnswer(endpoint, peer, envelope) {
  const relay = endpoint.relays.get(envelope.request_id);
  if (relay?.peer === peer) {
    const onward = under(envelope, relay.requestId);
    refuseIf(bytesOf(onward) > MOST_BYTES, "WIR-1");
    endpoint.send(relay.origin, onward);
    return;
  }
  const pending = endpoint.pendingOf(peer, envelope.request_id);
  refuseIf(pending === undefined, "REP-7");
  checkAnswer(endpoint, pending.envelope, envelope);
  const answer = envelope.message;
  const asked = pending.envelope.message;
  if (answer.kind === "refusal" && answer.rule === "REP-8" && endpoint.isNotice(asked.kind)) {
    endpoint.notes.push("REP-8");
    return;
  }
  endpoint.settle(pending);
  if (pending.poll !== undefined) {
    if (endpoint.polls.has(pending.poll)) countAnswer(endpoint, pending, answer);
    else takeAnswer(endpoint, pending.envelope, answer);
  } else if (INQUIRIES.includes(asked.kind) && answer.kind !== "refusal")
    takeIn(endpoint, pending.envelope, answer);
  else takeAnswer(endpoint, pending.envelope, answer);
}

function checkAnswer(endpoint, asked, answer) {
  const kinds = [endpoint.answerTo(asked.message.kind), "refusal"];
  refuseIf(!kinds.includes(answer.message.kind) || answer.receiver !== asked.sender, "REP-7");
  refuseIf(answer.correlation_id !== asked.correlation_id, "REP-6");
  refuseIf(answer.edition !== asked.edition, "REP-3");
  refuseIf(answer.in_reply_to !== endToEndId(asked), "REP-9");
  if (answer.sender === asked.receiver || endpoint.isHouse(asked.receiver)) return;
  const isRefusedOnTheWay =
    answer.message.kind === "refusal" && endpoint.way(asked).includes(answer.sender);
  refuseIf(!isRefusedOnTheWay, "SES-2");
}

function takeAnswer(endpoint, asked, answer) {
  const { kind } = asked.message;
  const service = endpoint.serviceWith(asked.receiver, asked.correlation_id);
  const isOfService = endpoint.speaker(kind) !== null && !endpoint.isNotice(kind);
  if (service !== undefined && isOfService) keepAnswer(endpoint, service, asked, answer);
  else if (answer.kind === "refusal") endpoint.notes.push(answer.rule);
}

/** Let a service follow an answer; one that is not allowed is noted. */
function keepAnswer(endpoint, service, asked, answer) {
  if (asked.message.command === "cancel" && service.known.phase === "stopping") return;
  const other = service.homeCsp === endpoint.entity ? "visited-cso" : "home-csp";
  const isYes = answer.kind === "authorization-answer" && answer.granted;
  try {
    refuseIf(isYes && !isBindingYes(endpoint, asked, answer), "AUT-1");
    endpoint.follow(service, answer, other);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    endpoint.notes.push(error.rule);
  }
}
