// What an endpoint says of its own accord.

import { isOfForeignEvse } from "../authorization.mjs";
import { refuseIf } from "../refusal.mjs";
import { keysOf } from "../texts.mjs";
import { checkHeldList, checkOwnContracts, keepNews } from "./lists.mjs";
import { keyOf } from "./state.mjs";

export const NEWS = [
  "station-information-notice",
  "station-status-notice",
  "authorization-list-notice",
];
export const ORDERS = ["remote-control-request", "reservation-request"];

/** Whether progress says that a service began by the list. */
export const isByList = ({ kind, event, authorization }) =>
  kind === "session-progress-notice" &&
  event === "started" &&
  ["list", "fallback"].includes(authorization);

/** AUT-4, but for an order that a clearing house would take for itself. */
export function checkOperator(endpoint, envelope) {
  const isForHouse =
    ORDERS.includes(envelope.message.kind) && endpoint.isHouse(envelope.receiver);
  refuseIf(!isForHouse && isOfForeignEvse(envelope, endpoint.network), "AUT-4");
}

export function say(endpoint, { say: told, to, correlation_id }) {
  const isNews = NEWS.includes(told.kind);
  const message = isNews ? endpoint.number(told) : told;
  const envelope = {
    correlation_id,
    edition: endpoint.tables.edition.edition,
    message,
    receiver: to,
    request_id: endpoint.newId(),
    sender: endpoint.entity,
    sent_at: endpoint.now,
  };
  const next = endpoint.nextHop(envelope);
  checkOperator(endpoint, envelope);
  if (endpoint.speaker(message.kind) !== null) followOwnWord(endpoint, envelope);
  else if (isNews) keepNews(endpoint, endpoint.entity, message, to);
  endpoint.post(next, envelope);
}

function followOwnWord(endpoint, envelope) {
  const { correlation_id, message, receiver } = envelope;
  const own = endpoint.services.get(keyOf(endpoint.entity, correlation_id));
  let service =
    endpoint.serviceWith(receiver, correlation_id) ?? own ?? endpoint.open(envelope);
  if (isByList(message)) {
    checkHeldList(endpoint, receiver, message);
    if (service.known.phase === "asked") {
      giveUpQuestion(endpoint, service);
      service = { ...service, homeCsp: receiver };
    }
  }
  refuseIf(![service.homeCsp, service.visitedCso].includes(receiver), "SES-12");
  const role = endpoint.roleOf(service, endpoint.entity, message);
  if (service.known.phase === "new" && ORDERS.includes(message.kind))
    checkOwnContracts(endpoint, keysOf(message));
  endpoint.follow(service, message, role);
}

/** Take the question about a service out of its line, for no answer came in time. */
function giveUpQuestion(endpoint, service) {
  const line = endpoint.lineAbout(endpoint.partnerIn(service), service.correlationId);
  const [first] = endpoint.waiting.get(line) ?? [];
  if (first?.envelope.message.kind === "authorization-request") endpoint.waiting.delete(line);
}
