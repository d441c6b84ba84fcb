// The family authorization: who may ask what of whom.

import { refuseIf } from "./refusal.mjs";
import { joined, route } from "./routing.mjs";

const HOUSE = "clearing-house";
const ORDERS = ["remote-control-request", "reservation-request"];

export const kindOf = (network, id) =>
  network.entities.find((entity) => entity.id === id)?.kind;

const exchangeOf = ({ kind }, { exchanges }) =>
  exchanges.find(({ modelled, messages }) => modelled && messages.includes(kind));

/** The entities that a question or notice passes, from its sender to its receiver. */
export function wayOf({ sender, receiver, message }, mode, network, tables) {
  const row = exchangeOf(message, tables.edition);
  const between = (from, to) => {
    const { hops } = route(
      { mode, sender: from, receiver: to, exchange: row?.id },
      tables,
      network,
    );
    return [from, ...hops.map(([, next]) => next)];
  };
  return row?.returned.includes(message.kind)
    ? between(receiver, sender).reverse()
    : between(sender, receiver);
}

/** An answer comes back the way of its question. */
function wayOfAnswer({ sender, receiver }, asked, mode, network, tables) {
  const question = { sender: receiver, receiver: asked.receiver, message: asked.message };
  let way = wayOf(question, mode, network, tables);
  if (!way.includes(sender)) {
    refuseIf(kindOf(network, asked.receiver) !== HOUSE, "REP-1");
    way = wayOf({ ...question, receiver: sender }, mode, network, tables);
  }
  return way.slice(0, way.indexOf(sender) + 1).reverse();
}

// ---------------------------------------------------------------- EVSEs
/**
 * The operator of an EVSE: the CSO with the party id that its id begins with, else the CSP
 * with it.
 */
export function operatorOf(network, evseId) {
  const has = (kind) =>
    network.entities.find(
      (entity) =>
        entity.kind === kind && (entity.party_ids ?? []).some((id) => isIssuedBy(evseId, id)),
    );
  return (has("cso") ?? has("csp"))?.id;
}

/** A party id of DIN ends at an asterisk. */
export const isIssuedBy = (text, partyId) =>
  text.startsWith(partyId.startsWith("+") ? `${partyId}*` : partyId);

export function evsesIn(message) {
  if (message.stations !== undefined) return message.stations.map(({ evse_id }) => evse_id);
  if (message.statuses !== undefined) return message.statuses.map(({ evse_id }) => evse_id);
  const { evse_id } = message.record ?? message;
  return evse_id === undefined ? [] : [evse_id];
}

/** The entity that has to operate the EVSEs of a message, if there is one. */
function visitedSide({ sender, receiver, message }, network) {
  if (ORDERS.includes(message.kind)) return receiver;
  return kindOf(network, sender) === HOUSE ? message.visited_cso : sender;
}

/** Whether a message speaks of an EVSE that another entity operates. */
export function isOfForeignEvse(envelope, network) {
  const visited = visitedSide(envelope, network);
  if (visited === undefined) return false;
  return evsesIn(envelope.message).some(
    (evseId) => ![undefined, visited].includes(operatorOf(network, evseId)),
  );
}

// ---------------------------------------------------------------- the checks
function restsOn({ kind, from_list, home_csp, granted }) {
  if (kind !== "authorization-answer") return "";
  if (from_list) return "a list";
  if (home_csp !== undefined) return "an answer";
  return granted ? "nobody's word" : "nothing";
}

/** In whose name a message speaks. */
function namesIn(message, network) {
  const operators = (list = []) => list.map(({ evse_id }) => operatorOf(network, evse_id));
  const names = [
    message.home_csp,
    message.visited_cso,
    ...operators(message.stations),
    ...operators(message.statuses),
  ];
  return names.filter((name) => name !== undefined);
}

function pathOf(mode, exchange, { modes }) {
  const row = modes.find(({ id }) => id === mode);
  return row.brokered.includes(exchange) ? row.brokered_path : row.path;
}

function authorize({ mode, strategy, envelope, here, peer, signer, asked }, tables, network) {
  const { sender, receiver, message } = envelope;
  refuseIf(signer !== sender, "ACC-1");
  const way =
    asked === null
      ? wayOf(envelope, mode, network, tables)
      : wayOfAnswer(envelope, asked, mode, network, tables);
  refuseIf(way.indexOf(here) < 1, "REP-1");
  refuseIf(way[way.indexOf(here) - 1] !== peer, "REP-2");
  const [by, to] = [kindOf(network, sender), kindOf(network, receiver)];
  const rows = tables.leaves.filter(
    (row) => row.by.includes(by) && row.to.includes(to) && row.messages.includes(message.kind),
  );
  refuseIf(rows.length === 0, "ACC-2");
  const fits = (row) =>
    row.strategies.includes(strategy) && ["", restsOn(message)].includes(row.on);
  refuseIf(!rows.some(fits), "ACC-3");
  const exchange = exchangeOf((asked ?? envelope).message, tables.edition)?.id;
  refuseIf(
    [by, to].includes(HOUSE) && !pathOf(mode, exchange, tables.edition).includes(HOUSE),
    "ACC-4",
  );
  const names = namesIn(message, network);
  refuseIf(by !== HOUSE && names.some((name) => name !== sender), "ACC-5");
  const speaksFor = (name) =>
    joined(network.links, sender, name) && joined(network.agreements, name, receiver);
  refuseIf(by === HOUSE && !names.every(speaksFor), "ACC-6");
  refuseIf(isOfForeignEvse(envelope, network), "AUT-4");
  return { rule: by === HOUSE ? "ACC-6" : "ACC-5" };
}

export const operations = { "message.authorize": authorize };
