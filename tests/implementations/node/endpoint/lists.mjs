// Lists of contracts that may be served without asking.

import { refuse, refuseIf } from "../refusal.mjs";
import { compareTexts, keysOf, mediumKey, second } from "../texts.mjs";

const PART_SIZE = 200;

export const keysOn = ({ emaids, media = [] }) => [...emaids, ...media.map(mediumKey)];

export class ContractList {
  number = 0;
  keys = new Set();
  takenOff = new Map(); // when each key was
  coming = { number: 0, part: 0, keys: [] };

  take(notice, now) {
    const { part } = notice;
    if (part === undefined) {
      this.close(this.number, keysOn(notice), now);
      return;
    }
    const follows =
      part.action === "replace" ? part.number >= this.number : part.number === this.number + 1;
    refuseIf(!follows, "LST-2");
    const isNext = part.number === this.coming.number && part.part === this.coming.part + 1;
    refuseIf(part.part !== 1 && !isNext, "LST-1");
    const before = part.part === 1 ? [] : this.coming.keys;
    this.coming = {
      number: part.number,
      part: part.part,
      keys: [...before, ...keysOn(notice)],
    };
    if (part.part === part.of) this.close(part.number, this.changed(part.action), now);
  }

  changed(action) {
    const { keys } = this.coming;
    if (action === "replace") return keys;
    if (action === "add") return [...this.keys, ...keys];
    return [...this.keys].filter((key) => !keys.includes(key));
  }

  close(number, keys, now) {
    const next = new Set(keys);
    for (const key of this.keys) if (!next.has(key)) this.takenOff.set(key, now);
    for (const key of next) this.takenOff.delete(key);
    Object.assign(this, { number, keys: next, coming: { number: 0, part: 0, keys: [] } });
  }

  has(keys) {
    return keys.some((key) => this.keys.has(key));
  }

  hasTakenOff(keys) {
    return keys.some((key) => this.takenOff.has(key));
  }

  /**
   * Whether a contract is on the list, or was taken off it so many seconds before at most.
   */
  serves(keys, at, grace) {
    const inGrace = (key) =>
      this.takenOff.has(key) && second(at) - second(this.takenOff.get(key)) <= grace;
    return this.has(keys) || keys.some(inGrace);
  }

  /** The list said again, a notice a part. */
  partsAgain(homeCsp) {
    const keys = [...this.keys].sort(compareTexts);
    if (this.number === 0) return [noticeOf(homeCsp, keys)];
    const of = Math.max(1, Math.ceil(keys.length / PART_SIZE));
    return Array.from({ length: of }, (_, place) => {
      const part = { action: "replace", number: this.number, of, part: place + 1 };
      return {
        ...noticeOf(homeCsp, keys.slice(place * PART_SIZE, (place + 1) * PART_SIZE)),
        part,
      };
    });
  }
}

function noticeOf(homeCsp, keys) {
  const isMedium = (key) => key.includes(":");
  const media = keys.filter(isMedium).map((key) => {
    const [type, uid] = key.split(":");
    return { hash: "sha-256", type, uid };
  });
  const emaids = keys.filter((key) => !isMedium(key));
  const notice = { kind: "authorization-list-notice", emaids, home_csp: homeCsp };
  return media.length === 0 ? notice : { ...notice, media };
}

// ---------------------------------------------------------------- what lists allow
/** Keep news that an entity told, or that this endpoint told a receiver. */
export function keepNews(endpoint, speaker, news, receiver) {
  for (const station of news.stations ?? []) endpoint.stations.set(station.evse_id, station);
  for (const { evse_id, status } of news.statuses ?? []) endpoint.statuses.set(evse_id, status);
  if (news.kind !== "authorization-list-notice") return;
  refuseIf(speaker !== news.home_csp && !endpoint.isHouse(speaker), "AUT-2");
  const isAnothers = (emaid) => ![undefined, news.home_csp].includes(endpoint.provider(emaid));
  refuseIf(news.emaids.some(isAnothers), "AUT-1");
  if (receiver !== null && news.part?.action !== "remove")
    checkOwnContracts(endpoint, keysOn(news));
  const [lists, key] =
    receiver === null ? [endpoint.lists, news.home_csp] : [endpoint.listed, receiver];
  if (!lists.has(key)) lists.set(key, new ContractList());
  lists.get(key).take(news, endpoint.now);
}

export function checkOwnContracts(endpoint, keys) {
  refuseIf(!keys.every((key) => endpoint.contracts[key] === true), "AUT-1");
}

/** That a contract is on the list of a home-CSP that is held now. */
export function checkHeldList(endpoint, homeCsp, message) {
  refuseIf(!endpoint.lists.get(homeCsp)?.has(keysOf(message)), "AUT-2");
}

/** That a contract is on a list that was told, or was taken off it in the grace before. */
export function checkToldLists(endpoint, { visitedCso }, message) {
  const keys = keysOf(message);
  const isFor = ([receiver]) => receiver === visitedCso || endpoint.isHouse(receiver);
  const told = [...endpoint.listed].filter(isFor).map(([, list]) => list);
  const row = endpoint.tables.edition.checks.find(({ id }) => id === "AUT-8");
  if (told.some((list) => list.serves(keys, message.at, row?.tolerance ?? Infinity))) return;
  refuse(told.some((list) => list.hasTakenOff(keys)) ? "AUT-8" : "AUT-2");
}
