// What an endpoint says again, and how records are reconciled.

import { defined } from "../json.mjs";
import { refuse, refuseIf } from "../refusal.mjs";
import { compareTexts } from "../texts.mjs";
import { bytesOf } from "./state.mjs";

export const INQUIRIES = ["fetch-request", "reconciliation-request"];
const PAGE_BYTES = 16_384;
const MOST_MARKS = 200;
const NARROWED_BY = {
  lists: [],
  records: ["correlation_id", "day", "id"],
  sessions: ["correlation_id", "day"],
  stations: ["id"],
};

export const answerInquiry = (endpoint, partner, asked) =>
  asked.kind === "fetch-request"
    ? answerFetch(endpoint, partner, asked)
    : reconcile(endpoint, partner, asked);

function answerFetch(endpoint, partner, asked) {
  refuseIf(asked.what === "lists" && endpoint.kind === "cso", "FET-1");
  const isNarrowed = (member) =>
    asked[member] !== undefined && !NARROWED_BY[asked.what].includes(member);
  refuseIf(["correlation_id", "day", "id"].some(isNarrowed), "FET-2");
  refuseIf(asked.what === "lists" && !/^[0-9]+$/.test(asked.after ?? "0"), "FET-3");
  const { after, ...page } = SAYING_AGAIN[asked.what](endpoint, partner, asked);
  const answer = {
    kind: "fetch-answer",
    more: false,
    notices: [],
    services: [],
    after: after ?? asked.after,
  };
  return defined({ ...answer, ...page });
}

const SAYING_AGAIN = {
  lists: listAgain,
  records: servicesAgain,
  sessions: servicesAgain,
  stations: stationsAgain,
};

/** As many things as a page holds; those with one id stay together. */
function pageOf(things, idOf) {
  const page = [];
  let size = 0;
  for (const thing of things) {
    size += bytesOf(thing);
    if (size > PAGE_BYTES && page.length > 0 && idOf(page.at(-1)) !== idOf(thing)) break;
    page.push(thing);
  }
  return page;
}

// ---------------------------------------------------------------- services
/** Every service with a partner, those of which only the record is known among them. */
function servicesWith(endpoint, partner) {
  const isWith = ({ homeCsp, visitedCso, known }) =>
    [homeCsp, visitedCso].includes(partner) && known.evse_id !== undefined;
  const services = [...endpoint.services.values()].filter(isWith);
  const waiting = endpoint.ledger.waitingOf(partner).map(({ correlationId, record }) => {
    const { service, emaid, medium, evse_id } = record;
    return {
      opener: partner,
      correlationId,
      known: { service, emaid, medium, evse_id, phase: "recorded", record },
    };
  });
  const inOrder = (one, other) =>
    compareTexts(one.correlationId, other.correlationId) ||
    compareTexts(one.opener, other.opener);
  return [...services, ...waiting].sort(inOrder);
}

function servicesAgain(endpoint, partner, asked) {
  const found = servicesWith(endpoint, partner).filter((service) => isAskedFor(service, asked));
  const behind = found.filter(({ correlationId }) => correlationId > (asked.after ?? ""));
  const services = pageOf(
    behind.map((service) => stateOf(service, asked.what)),
    ({ correlation_id }) => correlation_id,
  );
  const after = services.at(-1)?.correlation_id;
  return services.length === 0
    ? {}
    : { after, more: behind.at(-1).correlationId > after, services };
}

function isAskedFor({ correlationId, known }, { what, correlation_id, id, day }) {
  const record = what === "records" ? (known.record ?? undefined) : undefined;
  if (what === "records" && record === undefined) return false;
  if (![undefined, correlationId].includes(correlation_id)) return false;
  if (![undefined, record?.record_id].includes(id)) return false;
  const at = record === undefined ? known.lastAt : record.ended_at;
  return day === undefined || at?.slice(0, 10) === day;
}

function stateOf({ opener, correlationId, known }, what) {
  return defined({
    correlation_id: correlationId,
    emaid: known.emaid,
    energy_wh: known.energy ?? 0,
    evse_id: known.evse_id,
    ground: known.ground,
    last_at: known.lastAt,
    medium: known.medium,
    opener,
    phase: known.phase,
    record: what === "records" ? known.record : undefined,
    service: known.service,
    started_at: known.startedAt,
  });
}

// ---------------------------------------------------------------- stations and lists
function stationsAgain(endpoint, partner, asked) {
  const isTold = (evseId) =>
    [undefined, endpoint.entity].includes(endpoint.operator(evseId)) &&
    [undefined, evseId].includes(asked.id) &&
    evseId > (asked.after ?? "");
  const found = [...endpoint.stations.keys()].filter(isTold).sort(compareTexts);
  const stations = pageOf(
    found.map((evseId) => endpoint.stations.get(evseId)),
    ({ evse_id }) => evse_id,
  );
  if (stations.length === 0) return {};
  const after = stations.at(-1).evse_id;
  return { after, more: found.at(-1) > after, notices: noticesOf(endpoint, stations) };
}

function noticesOf(endpoint, stations) {
  const sequence = endpoint.numberSaid;
  const statusOf = (evseId) => endpoint.statuses.get(evseId) ?? endpoint.evses[evseId];
  const statuses = stations
    .map(({ evse_id }) => ({ evse_id, status: statusOf(evse_id) }))
    .filter(({ status }) => status);
  const information = defined({ kind: "station-information-notice", sequence, stations });
  return statuses.length === 0
    ? [information]
    : [information, defined({ kind: "station-status-notice", sequence, statuses })];
}

function listAgain(endpoint, partner, asked) {
  const houses = endpoint.network.entities
    .map(({ id }) => id)
    .filter((id) => endpoint.isHouse(id) && endpoint.isLinked(id, endpoint.entity))
    .sort(compareTexts);
  const list = [partner, ...houses]
    .map((receiver) => endpoint.listed.get(receiver))
    .find((one) => one !== undefined);
  const parts = list?.partsAgain(endpoint.entity) ?? [];
  const number = Number(asked.after ?? "0");
  if (number >= parts.length) return {};
  const notice = defined({ ...parts[number], sequence: endpoint.numberSaid });
  return { after: String(number + 1), more: number + 1 < parts.length, notices: [notice] };
}

// ---------------------------------------------------------------- reconciliation
const markOf = ({ correlation_id, record_id }) => `${record_id} ${correlation_id}`;
const compareMarks = (one, other) =>
  compareTexts(one.record_id, other.record_id) ||
  compareTexts(one.correlation_id, other.correlation_id);

function reconcile(endpoint, partner, { after = "", day, have, more }) {
  const ids = have.map(({ record_id }) => record_id);
  const inOrder = ids.every((id, place) => id > after && (place === 0 || ids[place - 1] <= id));
  refuseIf(!inOrder || (more && ids.length === 0), "RCL-2");
  refuseIf(new Set(ids).size < ids.length, "RCL-1");
  const isOnPage = (id) => id > after && !(more && id > ids.at(-1));
  const own = servicesWith(endpoint, partner)
    .filter(
      ({ known }) =>
        (known.record ?? null) !== null && known.record.ended_at.slice(0, 10) === day,
    )
    .map(({ correlationId, known }) => ({
      correlation_id: correlationId,
      record_id: known.record.record_id,
    }))
    .filter(({ record_id }) => isOnPage(record_id));
  const without = (marks, others) => {
    const names = others.map(markOf);
    return marks.filter((mark) => !names.includes(markOf(mark))).sort(compareMarks);
  };
  const besides = without(own, have).slice(0, MOST_MARKS);
  return { kind: "reconciliation-answer", besides, lacks: without(have, own) };
}

/** That an answer speaks of what was told. */
export function takeDifferences({ have }, { besides, lacks }) {
  const told = have.map(markOf);
  const isTold = (mark) => told.includes(markOf(mark));
  if (!lacks.every(isTold) || besides.some(isTold)) refuse("RCL-1");
}
