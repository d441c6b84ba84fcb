// The family routing: the way through a network, and the reading of one.

import { isObject, parseObject } from "./json.mjs";
import { refuseIf } from "./refusal.mjs";
import { compareTexts, isName, isText } from "./texts.mjs";

const areThese = ([a, b], one, other) =>
  (a === one && b === other) || (a === other && b === one);
const interfaceBetween = (one, other, edition) =>
  edition.interfaces.find((row) => areThese(row.between, one, other));
const inScope = (one, other, edition) =>
  (interfaceBetween(one, other, edition)?.scope ?? "out") !== "out";

function joined(blocks = [], one, other) {
  const across = ({ left, right }, a, b) => left.includes(a) && right.includes(b);
  return blocks.some((block) => across(block, one, other) || across(block, other, one));
}

const mayPlay = (kind, role, { roles }) =>
  kind === "clearing-house" || roles.find(({ id }) => id === role).played_by.includes(kind);

function housesOf(entity, network) {
  const isHouse = ({ id, kind }) =>
    kind === "clearing-house" && id !== entity && joined(network.links, id, entity);
  return network.entities
    .filter(isHouse)
    .map(({ id }) => id)
    .sort(compareTexts);
}

/** The clearing houses a message passes between sender and receiver, neither of whom is one. */
function housesOnTheWay(sender, receiver, network, most) {
  const first = housesOf(sender, network);
  const second = housesOf(receiver, network);
  refuseIf(first.length === 0 || second.length === 0, "NET-7");
  const shared = first.find((house) => second.includes(house));
  if (shared !== undefined) return [shared];
  refuseIf(most === 1, "NET-7");
  const pairs = first.flatMap((one) => second.map((other) => [one, other]));
  return pairs.find(([one, other]) => joined(network.links, one, other)) ?? pairs[0];
}

function route({ mode, sender, receiver, exchange }, { edition }, network) {
  const modeRow = edition.modes.find(({ id }) => id === mode);
  refuseIf(modeRow === undefined, "NET-6");
  const exchangeRow = edition.exchanges.find(({ id }) => id === exchange);
  refuseIf(!exchangeRow?.modelled, "NET-8");
  const kinds = new Map(network.entities.map(({ id, kind }) => [id, kind]));
  refuseIf(!kinds.has(sender) || !kinds.has(receiver), "NET-1");
  refuseIf(sender === receiver, "NET-10");
  refuseIf(!inScope(kinds.get(sender), kinds.get(receiver), edition), "NET-2");
  const plays = (one, other) =>
    mayPlay(kinds.get(one), exchangeRow.producer, edition) &&
    mayPlay(kinds.get(other), exchangeRow.consumer, edition);
  refuseIf(
    !plays(sender, receiver) && !(exchangeRow.mutual && plays(receiver, sender)),
    "NET-3",
  );
  const path = modeRow.brokered.includes(exchange) ? modeRow.brokered_path : modeRow.path;
  const most = path.filter((stop) => stop === "clearing-house").length;
  const endsAtHouse = [sender, receiver].some((end) => kinds.get(end) === "clearing-house");
  const between =
    most === 0 || endsAtHouse ? [] : housesOnTheWay(sender, receiver, network, most);
  const hops = hopsAlong([sender, ...between, receiver], kinds, network, edition);
  refuseIf(!endsAtHouse && !joined(network.agreements, sender, receiver), "NET-5");
  return { hops };
}

function hopsAlong(stops, kinds, network, edition) {
  return stops.slice(1).map((to, index) => {
    const from = stops[index];
    refuseIf(!inScope(kinds.get(from), kinds.get(to), edition), "NET-2");
    refuseIf(!joined(network.links, from, to), "NET-4");
    return [from, to, interfaceBetween(kinds.get(from), kinds.get(to), edition).id];
  });
}

const isPartyId = (value) =>
  isText(value) && /^([A-Z]{2}[A-Z0-9]{3}|\+[0-9]{1,3}\*[0-9]{3,6})$/.test(value);
const isLine = (value) =>
  isText(value) && value !== "" && [...value].length <= 200 && !/\p{Cc}/u.test(value);
const isLineOrNull = (value) => value === null || isLine(value);
const isListOf = (isMember) => (value) => Array.isArray(value) && value.every(isMember);
const isSomeOf = (isMember) => (value) => isListOf(isMember)(value) && value.length > 0;
const isKind = (value) => ["csp", "cso", "clearing-house", "cs", "ev", "user"].includes(value);
const isEntity = isShape(
  { id: isName, kind: isKind },
  { name: isLineOrNull, party_ids: isListOf(isPartyId) },
);
const isBlocks = isListOf(isShape({ left: isSomeOf(isName), right: isSomeOf(isName) }, {}));
const isNetwork = isShape(
  { entities: isSomeOf(isEntity) },
  { links: isBlocks, agreements: isBlocks },
);

function isShape(asked, allowed) {
  const all = new Map(Object.entries({ ...asked, ...allowed }));
  return (value) =>
    isObject(value) &&
    Object.keys(asked).every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, member]) => all.get(name)?.(member) ?? false);
}

function readNetwork({ text }, { edition }) {
  const network = parseObject(text);
  refuseIf(!isNetwork(network), "NET-9");
  const { entities, agreements = [], links = [] } = network;
  const ids = entities.map(({ id }) => id);
  const hasTwice = (list) => new Set(list).size < list.length;
  const partyIds = entities.flatMap(({ kind, party_ids = [] }) =>
    party_ids.map((id) => `${kind} ${id}`),
  );
  refuseIf(hasTwice(ids) || hasTwice(partyIds), "NET-9");
  const named = [...agreements, ...links].flatMap(({ left, right }) => [...left, ...right]);
  refuseIf(
    named.some((id) => !ids.includes(id)),
    "NET-1",
  );
  const kinds = new Map(entities.map(({ id, kind }) => [id, kind]));
  const reaches = (one, other) => inScope(kinds.get(one), kinds.get(other), edition);
  refuseIf(
    links.some(({ left, right }) =>
      left.some((one) => right.some((other) => !reaches(one, other))),
    ),
    "NET-2",
  );
  return { entities: ids };
}

export { joined, route };

export const operations = { "network.route": route, "network.read": readNetwork };
