// What an endpoint takes in of what a partner says again.

import { checkPlausible } from "../course.mjs";
import { Refusal, refuseIf } from "../refusal.mjs";
import { checkSubject, subjectOf } from "../session.mjs";
import { keysOf, second } from "../texts.mjs";
import { evsesIn } from "../authorization.mjs";
import { takeDifferences } from "./again.mjs";
import { checkRecordKind, isSame } from "./hearing.mjs";
import { checkOwnContracts, keepNews } from "./lists.mjs";
import { keyOf } from "./state.mjs";

/** The phase in which a service is taken over that stands in another at the partner. */
const SETTLED = {
  awaited: "awaited",
  cancelling: "awaited",
  granted: "granted",
  releasing: "granted",
  abandoned: "abandoned",
  active: "active",
  stopping: "active",
  ended: "ended",
  recorded: "recorded",
  disputed: "recorded",
  correcting: "correcting",
  withdrawn: "withdrawn",
};

/** Take in an answer to an inquiry; what breaks a rule is noted. */
export function takeIn(endpoint, asked, answer) {
  const partner = asked.receiver;
  if (answer.kind === "reconciliation-answer") {
    noting(endpoint, () => takeDifferences(asked.message, answer));
    return;
  }
  for (const notice of answer.notices)
    noting(endpoint, () => takeNotice(endpoint, partner, notice));
  for (const state of answer.services)
    noting(endpoint, () => takeOver(endpoint, partner, state));
  if (answer.more && isFurther(asked.message, answer)) askOn(endpoint, asked, answer.after);
}

function noting(endpoint, take) {
  try {
    take();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    endpoint.notes.push(error.rule);
  }
}

function isFurther({ what, after: before }, { after = "" }) {
  if (what !== "lists") return after > (before ?? "");
  return /^[0-9]+$/.test(after) && Number(after) > Number(before ?? "0");
}

function askOn(endpoint, asked, after) {
  const message = { ...asked.message, after };
  const envelope = { ...asked, message, request_id: endpoint.newId(), sent_at: endpoint.now };
  endpoint.post(endpoint.nextHop(envelope), envelope);
}

function takeNotice(endpoint, partner, notice) {
  const isForeign = (evseId) => ![undefined, partner].includes(endpoint.operator(evseId));
  refuseIf(evsesIn(notice).some(isForeign), "AUT-4");
  const highest = endpoint.numbersHeard.get(keyOf(partner, notice.kind)) ?? 0;
  refuseIf(notice.sequence !== undefined && notice.sequence < highest, "REP-10");
  keepNews(endpoint, partner, notice, null);
}

function takeOver(endpoint, partner, state) {
  refuseIf(![partner, endpoint.entity].includes(state.opener), "FET-4");
  const known = endpoint.serviceWith(partner, state.correlation_id);
  if (known !== undefined) takeRecord(endpoint, known, state.record);
  else if (state.phase in SETTLED) takeService(endpoint, partner, state);
}

/** Take the record of a service that is known as if it came by itself. */
function takeRecord(endpoint, service, record) {
  if (record === undefined || isSame(record, service.known.record)) return;
  const followed = endpoint.follow(
    service,
    { kind: "detail-record-notice", record },
    "visited-cso",
  );
  endpoint.keep({ ...followed, fetched: true });
}

function takeService(endpoint, partner, state) {
  const { record } = state;
  const operator =
    endpoint.operator(state.evse_id) ?? (endpoint.kind === "cso" ? endpoint.entity : partner);
  refuseIf(![partner, endpoint.entity].includes(operator), "AUT-4");
  const homeCsp = operator === endpoint.entity ? partner : endpoint.entity;
  if (homeCsp === endpoint.entity) checkOwnContracts(endpoint, keysOf(state));
  const settled = SETTLED[state.phase];
  const phase =
    record === undefined && ["recorded", "correcting"].includes(settled) ? "ended" : settled;
  const { emaid, medium, evse_id, ground, service: name } = state;
  const course = {
    startedAt: state.started_at,
    lastAt: state.last_at,
    energy: state.energy_wh ?? 0,
  };
  const known = { service: name, emaid, medium, evse_id, ground, phase, ...course, record };
  const { opener, correlation_id: correlationId } = state;
  const service = {
    opener,
    correlationId,
    homeCsp,
    visitedCso: operator,
    known,
    fetched: true,
  };
  if (record !== undefined) {
    checkRecord(endpoint, known, record);
    endpoint.count(service, record);
  }
  endpoint.keep(service);
}

/** How the service went was told by the same partner just now, and proves nothing. */
function checkRecord(endpoint, known, record) {
  const { edition } = endpoint.tables;
  const message = { kind: "detail-record-notice", record };
  checkSubject(subjectOf(message), known, edition);
  checkRecordKind(endpoint, record);
  const bare = { ...known, energy: 0, lastAt: undefined, startedAt: undefined };
  checkPlausible(
    message,
    bare,
    edition,
    second(endpoint.now),
    endpoint.stations.get(record.evse_id)?.power_w,
  );
}
