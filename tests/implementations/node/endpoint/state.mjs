// What an endpoint is and remembers.

import { isIssuedBy, kindOf, operatorOf, wayOf } from "../authorization.mjs";
import { canonical } from "../json.mjs";
import { refuseIf } from "../refusal.mjs";
import { joined } from "../routing.mjs";
import { after, rowsOf } from "../session.mjs";
import { second } from "../texts.mjs";
import { Ledger } from "./ledger.mjs";

export const HOUSE = "clearing-house";
export const MOST_BYTES = 65_536;

/** A key of several texts, none of which has a blank in it. */
export const keyOf = (...texts) => texts.join(" ");

export class Endpoint {
  constructor({ entity, mode, strategy, contracts, evses }, tables, network) {
    Object.assign(this, { entity, mode, strategy, contracts, evses, tables, network });
    this.kind = kindOf(network, entity);
    this.ids = 0;
    this.now = undefined; // the moment of the step, as text
    this.sends = []; // what the step sends
    this.notes = []; // the rules that it notes
    this.services = new Map(); // by opener and correlation id
    this.ledger = new Ledger();
    this.seen = new Map(); // what was sent on a request, by neighbour and request id
    this.words = new Map(); // under which of these a word came through a clearing house
    this.relays = new Map(); // where what was passed on came from, by its new request id
    this.polls = new Map(); // the questions put to many, by neighbour and request id
    this.waiting = new Map(); // what waits for an answer: the lines, each the first first
    this.listed = new Map(); // the lists told, by receiver
    this.lists = new Map(); // the lists held, by home-CSP
    this.stations = new Map();
    this.statuses = new Map();
    this.numberSaid = undefined;
    this.numbersHeard = new Map(); // by sender and kind
  }

  newId() {
    this.ids += 1;
    return `m-${this.ids}`;
  }

  send(peer, envelope) {
    this.sends.push({ peer, envelope });
  }

  isHouse(entity) {
    return kindOf(this.network, entity) === HOUSE;
  }

  isLinked(one, other) {
    return joined(this.network.links, one, other);
  }

  isAgreed(one, other) {
    return joined(this.network.agreements, one, other);
  }

  operator(evseId) {
    return operatorOf(this.network, evseId);
  }

  /** The CSP with whose party id an EMAID begins. */
  provider(emaid = "") {
    const issues = ({ kind, party_ids = [] }) =>
      kind === "csp" && party_ids.some((id) => isIssuedBy(emaid, id));
    return this.network.entities.find(issues)?.id;
  }

  way(envelope) {
    return wayOf(envelope, this.mode, this.network, this.tables);
  }

  /** The neighbour after this endpoint on the way. */
  nextHop(envelope) {
    const way = this.way(envelope);
    return way[way.indexOf(this.entity) + 1];
  }

  /** The role that says a kind of message in a service; null for what belongs to none. */
  speaker(kind) {
    return this.tables.endpoint.kinds[kind].by;
  }

  /** The kind that answers a kind of message; null for what is an answer. */
  answerTo(kind) {
    return this.tables.endpoint.kinds[kind].answer;
  }

  isNotice(kind) {
    return this.answerTo(kind) === "receipt";
  }

  // -------------------------------------------------------------- services
  /** The service that a partner opened under an id, or that this endpoint opened with it. */
  serviceWith(partner, correlationId) {
    const theirs = this.services.get(keyOf(partner, correlationId));
    if (theirs !== undefined) return theirs;
    const own = this.services.get(keyOf(this.entity, correlationId));
    return own !== undefined && [own.homeCsp, own.visitedCso].includes(partner)
      ? own
      : undefined;
  }

  open(envelope) {
    const { receiver, correlation_id, message } = envelope;
    const opener = openerOf(envelope);
    const isHome = this.speaker(message.kind) === "home-csp";
    const [homeCsp, visitedCso] = isHome ? [opener, receiver] : [receiver, opener];
    return {
      opener,
      correlationId: correlation_id,
      homeCsp,
      visitedCso,
      known: { phase: "new", openedAt: this.now },
    };
  }

  partnerIn({ homeCsp, visitedCso }) {
    return homeCsp === this.entity ? visitedCso : homeCsp;
  }

  roleOf({ homeCsp, visitedCso }, speaker, { kind }) {
    const isAsked = kind === "authorization-request";
    const isHouse = this.isHouse(speaker);
    if (isHouse && isAsked && this.isAgreed(visitedCso, this.entity)) return "visited-cso";
    refuseIf(
      isHouse || ![homeCsp, visitedCso].includes(speaker),
      isAsked ? "SES-12" : "SES-11",
    );
    return speaker === visitedCso ? "visited-cso" : "home-csp";
  }

  /** Let a service follow a message, and keep it. */
  follow(service, message, by) {
    const evseId = (message.record ?? message).evse_id ?? service.known.evse_id;
    const power = this.stations.get(evseId)?.power_w;
    const known = after(service.known, { by, message }, this.tables, second(this.now), power);
    const next = { ...service, known };
    if (message.kind === "authorization-answer" && message.granted)
      next.homeCsp = message.home_csp ?? next.homeCsp;
    if (message.kind === "detail-record-notice") this.count(next, message.record);
    if (message.kind === "record-withdrawal-notice")
      this.ledger.withdraw(known.evse_id, this.countedAs(next));
    this.keep(next);
    return next;
  }

  keep(service) {
    this.services.set(keyOf(service.opener, service.correlationId), service);
  }

  countedAs(service) {
    return keyOf(this.partnerIn(service), service.correlationId);
  }

  count(service, record) {
    const key = this.countedAs(service);
    this.ledger.check(service.visitedCso, key, record);
    this.ledger.count(service.visitedCso, key, record);
    this.ledger.match(this.partnerIn(service), key);
  }

  /**
   * Whether a message has no row in this phase, but one in a phase to which an answer of its
   * speaker leads from here.
   */
  hasOvertaken(phase, message, by, when) {
    const { steps } = this.tables;
    const answers = Object.values(this.tables.endpoint.kinds).map(({ answer }) => answer);
    const isLater = (row) =>
      row.phase === phase && row.by === by && answers.includes(row.message);
    const later = steps.filter(isLater).map(({ to }) => to);
    const fitting = rowsOf(steps, message.kind).filter(
      (row) => row.by === by && when[row.when](message),
    );
    const phases = fitting.map((row) => row.phase);
    return !phases.includes(phase) && later.some((one) => phases.includes(one));
  }

  // -------------------------------------------------------------- what waits for an answer
  lineOf({ receiver, correlation_id, message }) {
    const isOfService = this.speaker(message.kind) !== null;
    return isOfService
      ? this.lineAbout(receiver, correlation_id)
      : keyOf("kind", receiver, message.kind);
  }

  lineAbout(partner, correlationId) {
    return keyOf("service", partner, correlationId);
  }

  /** Put a message at the end of its line; the first there is said. */
  post(peer, envelope, poll) {
    refuseIf(bytesOf(envelope) > MOST_BYTES, "WIR-1");
    const line = this.lineOf(envelope);
    if (!this.waiting.has(line)) this.waiting.set(line, []);
    const inLine = this.waiting.get(line);
    inLine.push({ peer, envelope, poll });
    if (inLine.length === 1) this.send(peer, envelope);
  }

  /** What was said to a neighbour under a request id and waits for its answer. */
  pendingOf(peer, requestId) {
    const isIt = (first) => first.peer === peer && first.envelope.request_id === requestId;
    return [...this.waiting.values()].map(([first]) => first).find(isIt);
  }

  /** Take the first of a line out, and say the next. */
  settle({ envelope }) {
    const line = this.lineOf(envelope);
    const [, ...behind] = this.waiting.get(line);
    if (behind.length === 0) this.waiting.delete(line);
    else this.waiting.set(line, behind);
    if (behind.length > 0) this.send(behind[0].peer, behind[0].envelope);
  }

  // -------------------------------------------------------------- news
  /** News with the next number. */
  number(news) {
    this.numberSaid = Math.max(Math.floor(second(this.now)) * 1000, (this.numberSaid ?? 0) + 1);
    return { ...news, sequence: this.numberSaid };
  }
}

export const bytesOf = (value) => Buffer.byteLength(canonical(value));

/** The entity in whose name a message is said. */
export const openerOf = ({ sender, message }) =>
  message.kind === "authorization-request" ? message.visited_cso : sender;

export const endToEndId = ({ message_id, request_id }) => message_id ?? request_id;

/** An envelope under the request id of another hop. */
export function under(envelope, requestId) {
  const { message_id, ...others } = envelope;
  const known = endToEndId(envelope);
  const named = known === requestId ? {} : { message_id: known };
  return { ...others, ...named, request_id: requestId };
}
