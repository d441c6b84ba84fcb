// What an endpoint does with a request or notice that it hears.

import { canonical } from "../json.mjs";
import { refuseIf } from "../refusal.mjs";
import { WHEN } from "../session.mjs";
import { keysOf } from "../texts.mjs";
import { answerInquiry, INQUIRIES } from "./again.mjs";
import { copiesForPartners, passOn, STRATEGIES } from "./house.mjs";
import { checkToldLists, keepNews } from "./lists.mjs";
import { checkOperator, isByList, NEWS } from "./saying.mjs";
import { bytesOf, endToEndId, HOUSE, keyOf, MOST_BYTES, openerOf } from "./state.mjs";

/** One envelope from a neighbour, and what is sent on it. */
export class Arrival {
  constructor(endpoint, peer, envelope) {
    Object.assign(this, { endpoint, peer, envelope, sent: [] });
    this.key = keyOf(peer, envelope.request_id);
    const { sender, receiver, correlation_id, edition, message } = envelope;
    const cameThrough = peer !== sender && receiver === endpoint.entity;
    const word = [sender, endToEndId(envelope), correlation_id, edition, canonical(message)];
    this.word = cameThrough ? word.join("\n") : null;
  }

  /** What was sent on this request before, or on the same word under another one. */
  sentBefore() {
    const { seen, words } = this.endpoint;
    if (seen.has(this.key)) return seen.get(this.key);
    const before = this.word === null ? undefined : seen.get(words.get(this.word));
    const here = { request_id: this.envelope.request_id };
    return before?.map(({ envelope }) => ({
      peer: this.peer,
      envelope: { ...envelope, ...here },
    }));
  }

  remember() {
    this.endpoint.seen.set(this.key, this.sent);
    if (this.word !== null) this.endpoint.words.set(this.word, this.key);
  }

  send(peer, envelope) {
    this.sent.push({ peer, envelope });
    this.endpoint.send(peer, envelope);
  }

  replyOf(message) {
    const { message_id, ...others } = this.envelope;
    const ends = { sender: this.endpoint.entity, receiver: this.envelope.sender };
    return {
      ...others,
      ...ends,
      in_reply_to: endToEndId(this.envelope),
      message,
      sent_at: this.endpoint.now,
    };
  }

  answer(message) {
    this.send(this.peer, this.replyOf(message));
  }
}

export function hearRequest(endpoint, arrival) {
  const { envelope, peer } = arrival;
  const { message, receiver } = envelope;
  const way = endpoint.way(envelope);
  const place = way.indexOf(endpoint.entity);
  refuseIf(place < 1, "REP-1");
  refuseIf(way[place - 1] !== peer, "REP-2");
  const before = arrival.sentBefore();
  if (before !== undefined) {
    sayAgain(endpoint, before, envelope);
    return;
  }
  if (receiver !== endpoint.entity) {
    passOn(endpoint, arrival, envelope);
    arrival.remember();
    return;
  }
  refuseIf(envelope.edition !== endpoint.tables.edition.edition, "REP-3");
  checkOperator(endpoint, envelope);
  serveFor(endpoint, message.kind)(endpoint, arrival);
  if (!INQUIRIES.includes(message.kind) && !arrival.isDropped) arrival.remember();
}

function serveFor({ kind, strategy }, said) {
  if (NEWS.includes(said)) return hearNews;
  if (kind === HOUSE) {
    refuseIf(said !== "authorization-request", "AUT-3");
    return STRATEGIES[strategy];
  }
  return INQUIRIES.includes(said) ? hearInquiry : serve;
}

function sayAgain(endpoint, before, { sender, receiver, message, sent_at }) {
  const isOn = receiver !== endpoint.entity;
  for (const { peer, envelope } of before) {
    const isPassedOn = isOn && envelope.sender === sender;
    endpoint.send(peer, isPassedOn ? { ...envelope, message, sent_at } : envelope);
  }
}

function hearNews(endpoint, arrival) {
  const { sender, message } = arrival.envelope;
  const key = keyOf(sender, message.kind);
  const highest = endpoint.numbersHeard.get(key);
  refuseIf(highest !== undefined && (message.sequence ?? 0) <= highest, "REP-10");
  keepNews(endpoint, sender, message, null);
  if (message.sequence !== undefined) endpoint.numbersHeard.set(key, message.sequence);
  arrival.answer({ kind: "receipt" });
  if (endpoint.kind !== HOUSE) return;
  const told = { ...arrival.envelope, message: endpoint.number(message) };
  const audience = message.kind === "authorization-list-notice" ? "cso" : "csp";
  for (const copy of copiesForPartners(endpoint, told, audience))
    endpoint.post(copy.receiver, copy);
}

function hearInquiry(endpoint, arrival) {
  const answer = answerInquiry(endpoint, arrival.envelope.sender, arrival.envelope.message);
  refuseIf(bytesOf(arrival.replyOf(answer)) > MOST_BYTES, "WIR-1");
  arrival.answer(answer);
}

// ---------------------------------------------------------------- services
function serve(endpoint, arrival) {
  const { correlation_id, message, sender } = arrival.envelope;
  const found = endpoint.serviceWith(openerOf(arrival.envelope), correlation_id);
  if (
    found === undefined &&
    ["detail-record-notice", "record-withdrawal-notice"].includes(message.kind)
  ) {
    serveUnmatched(endpoint, arrival);
    return;
  }
  if (found === undefined && isAskedOfHouse(endpoint, arrival.envelope)) {
    arrival.isDropped = true;
    return;
  }
  const service = found ?? endpoint.open(arrival.envelope);
  const { phase } = service.known;
  const role = endpoint.roleOf(service, sender, message);
  if (isByList(message)) checkToldLists(endpoint, service, message);
  if (awaitsAnswer(endpoint, service) && endpoint.hasOvertaken(phase, message, role, WHEN)) {
    arrival.isDropped = true;
    return;
  }
  if (tellsNothingNew(service, message)) {
    arrival.answer({ kind: "receipt" });
    return;
  }
  const followed = endpoint.follow(service, message, role);
  const decide = DECISIONS[message.kind];
  const reply =
    decide === undefined ? { kind: "receipt" } : decide(endpoint, followed, message);
  if (decide !== undefined)
    endpoint.follow(followed, reply, endpoint.roleOf(followed, endpoint.entity, reply));
  arrival.answer(reply);
}

const awaitsAnswer = (endpoint, service) =>
  endpoint.waiting.has(endpoint.lineAbout(endpoint.partnerIn(service), service.correlationId));

/** Whether an order cancels a service about which a clearing house was asked. */
function isAskedOfHouse(endpoint, { correlation_id, message }) {
  const own = endpoint.services.get(keyOf(endpoint.entity, correlation_id));
  if (message.command !== "cancel" || own === undefined || !endpoint.isHouse(own.homeCsp))
    return false;
  return own.known.phase === "asked" && awaitsAnswer(endpoint, own);
}

/** Whether a message was known already when its service was taken over. */
function tellsNothingNew({ fetched, known }, message) {
  if (!fetched) return false;
  if (message.kind === "detail-record-notice") return isSame(message.record, known.record);
  if (message.kind !== "session-progress-notice") return false;
  if (isThere(known.record)) return true;
  if (message.event === "ended" && ["active", "stopping"].includes(known.phase)) return false;
  return (
    known.lastAt !== undefined &&
    message.at <= known.lastAt &&
    message.energy_wh <= (known.energy ?? 0)
  );
}

export const isThere = (value) => value !== undefined && value !== null;
export const isSame = (one, other) => isThere(other) && canonical(one) === canonical(other);

function serveUnmatched(endpoint, arrival) {
  const { correlation_id, message, sender } = arrival.envelope;
  const service = keyOf(sender, correlation_id);
  if (message.kind === "record-withdrawal-notice") {
    endpoint.ledger.match(sender, service);
    arrival.answer({ kind: "receipt" });
    return;
  }
  checkRecordKind(endpoint, message.record);
  endpoint.ledger.check(sender, service, message.record);
  endpoint.ledger.hold(sender, correlation_id, message.record);
  arrival.answer({ kind: "receipt", held: "unmatched" });
}

export function checkRecordKind(endpoint, { kind, service }) {
  refuseIf(
    endpoint.tables.edition.services.find(({ id }) => id === service)?.record !== kind,
    "REC-1",
  );
}

// ---------------------------------------------------------------- decisions
function whyNot(endpoint, message) {
  const isValid = (key) => Object.hasOwn(endpoint.contracts, key) && endpoint.contracts[key];
  const key = keysOf(message).find((one) => !isValid(one));
  if (key === undefined) return {};
  return { reason: Object.hasOwn(endpoint.contracts, key) ? "blocked" : "unknown" };
}

function whyNotHere(endpoint, { homeCsp }, { emaid, evse_id }) {
  if (![undefined, homeCsp].includes(endpoint.provider(emaid))) return { reason: "unknown" };
  const status = Object.hasOwn(endpoint.evses, evse_id) ? endpoint.evses[evse_id] : "removed";
  const reason = endpoint.tables.endpoint.notFree[status];
  return reason === null ? {} : { reason };
}

const DECISIONS = {
  "authorization-request"(endpoint, service, message) {
    const why = whyNot(endpoint, message);
    const granted = why.reason === undefined;
    return {
      kind: "authorization-answer",
      from_list: false,
      granted,
      home_csp: endpoint.entity,
      ...why,
    };
  },
  "remote-control-request"(endpoint, service, message) {
    const kind = "remote-control-answer";
    const inTime = ["cancelling", "releasing", "stopping"].includes(service.known.phase);
    if (message.command !== "start") return { kind, accepted: inTime };
    const why = whyNotHere(endpoint, service, message);
    return { kind, accepted: why.reason === undefined, ...why };
  },
  "reservation-request"(endpoint, service, message) {
    const why = whyNotHere(endpoint, service, message);
    return { kind: "reservation-answer", granted: why.reason === undefined, ...why };
  },
  "correction-request"(endpoint, service, { record_id }) {
    return {
      kind: "correction-answer",
      agreed: service.known.record?.record_id === record_id,
    };
  },
};
