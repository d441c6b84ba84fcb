// What a clearing house does: it passes messages on, tells partners, and answers by its
// strategy.

import { refuseIf } from "../refusal.mjs";
import { compareTexts, keysOf } from "../texts.mjs";
import { bytesOf, keyOf, MOST_BYTES, under } from "./state.mjs";

/** Pass a message on to the next on its way. */
export function passOn(endpoint, arrival, envelope) {
  const onward = under(envelope, endpoint.newId());
  const way = endpoint.way(onward);
  const place = way.indexOf(endpoint.entity);
  refuseIf(place < 1 || place === way.length - 1, "REP-1");
  refuseIf(bytesOf(onward) > MOST_BYTES, "WIR-1");
  const origin = {
    peer: way[place + 1],
    origin: arrival.peer,
    requestId: arrival.envelope.request_id,
  };
  endpoint.relays.set(onward.request_id, origin);
  arrival.send(way[place + 1], onward);
}

/**
 * Say in the clearing house's own name what an envelope says, to partners of its sender of a
 * kind.
 */
export function copiesForPartners(endpoint, envelope, kind) {
  const { message_id, ...others } = envelope;
  const isPartner = (entity) =>
    entity.kind === kind &&
    endpoint.isLinked(endpoint.entity, entity.id) &&
    endpoint.isAgreed(envelope.sender, entity.id);
  return endpoint.network.entities.filter(isPartner).map(({ id }) => ({
    ...others,
    receiver: id,
    request_id: endpoint.newId(),
    sender: endpoint.entity,
  }));
}

/**
 * The first home-CSP on whose list a contract stands and that has an agreement with who asks.
 */
function listerOf(endpoint, { envelope }) {
  const names = [...endpoint.lists.keys()].sort(compareTexts);
  const keys = keysOf(envelope.message);
  return names.find(
    (name) => endpoint.isAgreed(envelope.sender, name) && endpoint.lists.get(name).has(keys),
  );
}

const no = (more) => ({
  kind: "authorization-answer",
  granted: false,
  from_list: false,
  ...more,
});

export const STRATEGIES = {
  store(endpoint, arrival) {
    const home_csp = listerOf(endpoint, arrival);
    const yes = { kind: "authorization-answer", granted: true, from_list: true, home_csp };
    arrival.answer(home_csp === undefined ? no({ from_list: true, reason: "unknown" }) : yes);
  },

  forward(endpoint, arrival) {
    const { emaid } = arrival.envelope.message;
    const receiver = endpoint.provider(emaid) ?? listerOf(endpoint, arrival);
    if (receiver === undefined) arrival.answer(no({ reason: "unknown" }));
    else passOn(endpoint, arrival, { ...arrival.envelope, receiver });
  },

  broadcast(endpoint, arrival) {
    const copies = copiesForPartners(endpoint, arrival.envelope, "csp");
    if (copies.length === 0) {
      arrival.answer(no({ reason: "unknown" }));
      return;
    }
    const key = keyOf(arrival.peer, arrival.envelope.request_id);
    endpoint.polls.set(key, { arrival, open: copies.length });
    for (const copy of copies) endpoint.post(copy.receiver, copy, key);
  },
};

/** Whether an answer is a yes of a home-CSP that may give it. */
export function isBindingYes(endpoint, { receiver, message: asked }, answer) {
  if (
    answer.kind !== "authorization-answer" ||
    !answer.granted ||
    answer.home_csp === undefined
  )
    return false;
  const home = answer.home_csp;
  const wasAsked = home === receiver || endpoint.isHouse(receiver);
  const mayHave =
    asked.emaid === undefined || [undefined, home].includes(endpoint.provider(asked.emaid));
  return wasAsked && mayHave && endpoint.isAgreed(asked.visited_cso, home);
}

/**
 * Count an answer to a question that was put to many: the first binding yes decides it, or the
 * last no.
 */
export function countAnswer(endpoint, pending, answer) {
  const poll = endpoint.polls.get(pending.poll);
  const isYes = isBindingYes(endpoint, pending.envelope, answer);
  poll.open -= 1;
  if (!isYes && poll.open > 0) return;
  endpoint.polls.delete(pending.poll);
  poll.arrival.answer(isYes ? answer : no());
}
