// A visited-CSO that knows of the model what vectors/README.md says.  It plays one charging
// service with a home-CSP, itself or by way of `houses`, and prints what it was answered, each
// answer believed, and how that ended.  Besides, it can do harm: let `signer` sign, sign `age`
// seconds ago, turn the first bit of part `flip` of each text, and say its question `again`
// under another request id, or under the same where that is 0.
import { randomUUID } from 'node:crypto';
import { connect } from 'node:tls';
import {
  canonical, decode, encode, keysIn, must, names, number, read, sha256,
} from './protection.mjs';

const ANSWER = 'correlation_id edition in_reply_to message receiver request_id sender sent_at';
const PROTECTED = 'countersignatures kind text';
const SIGNED = 'alg correlation_id edition exp iat in_reply_to jti kid receiver sender typ';
const COUNTERSIGNED = 'alg house iat kid next_hop previous_hop typ';

const asked = JSON.parse(process.argv[2]);
const { entity, receiver, houses, edition, protection } = asked;
const keys = keysIn(asked.keys);
const told = { version: null, answers: [], end: 'served' };
const now = () => Math.floor(Date.now() / 1000);
const clock = (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '');

// --- envelopes ---

function protect(envelope) {
  const { message, request_id: jti, correlation_id, sender, sent_at } = envelope;
  const iat = Date.parse(sent_at) / 1000;
  const { kind } = message;
  const times = { exp: iat + 300, iat };
  const header = { ...times, correlation_id, edition, jti, receiver, sender, typ: kind };
  const signed = keys.sign(asked.signer ?? entity, header, canonical(message));
  const parts = (protection === 'sealed' ? keys.seal(signed, header) : signed).split('.');
  const turned = (part) => encode(decode(part).map((byte, at) => at ? byte : byte ^ 0x80));
  if (asked.flip) parts[asked.flip] = turned(parts[asked.flip]);
  return { ...envelope, message: { countersignatures: [], kind, text: parts.join('.') } };
}

const heard = new Map(); // the request id under which each jti has come

function believe(envelope) { // the message in it, and who says they have passed it on
  const { correlation_id, in_reply_to, message_id, request_id, sender, sent_at } = envelope;
  const { countersignatures, kind, text } = read(canonical(envelope.message), PROTECTED);
  const back = [receiver, ...[...houses].reverse(), entity];
  const way = back.slice(back.indexOf(sender));
  const refused = houses.includes(sender) && kind === 'refusal';
  must(sender === receiver || refused, `an answer of ${sender}`);

  const said = { correlation_id, receiver: entity, sender, typ: kind };
  const agree = (header) => Object.keys(said).every((name) => header[name] === said[name]);
  const sealed = text.split('.').length === 5;
  const [outer, signed] = sealed ? keys.open(entity, text) : [said, text];
  const [header, payload] = keys.verify(sender, signed, SIGNED);
  const { exp, iat, jti } = header;
  must(agree(outer) && agree(header), 'the envelope says otherwise');
  must(header.edition === edition, 'the envelope says another edition');
  must(clock(iat) === sent_at, 'the envelope says another time');
  must(iat < exp && exp <= iat + 300 && iat <= now() + 30 && now() < exp, 'out of time');
  must(header.in_reply_to === in_reply_to, 'the envelope says it answers something else');
  must(jti === (message_id ?? request_id), 'the envelope says another id from end to end');
  must((heard.get(jti) ?? request_id) === request_id, `${jti} has come before`);
  must(way.length > 2 || jti === request_id, 'a neighbour answers under another request id');
  heard.set(jti, request_id);
  const message = read(payload);
  must(message.kind === kind, 'another kind of message');

  const count = countersignatures.length;
  must(count === way.length - 2, `${count} countersignatures`);
  countersignatures.reduce((before, word, at) => {
    const [passage, digest] = keys.verify(way[at + 1], word, COUNTERSIGNED);
    must(passage.typ === 'countersignature', 'no countersignature');
    must(digest.equals(sha256(text)), 'no word about this text');
    const hops = [passage.previous_hop, passage.house, passage.next_hop];
    must(hops.join() === way.slice(at, at + 3).join(), 'a countersignature of another way');
    must(passage.iat <= now() + 30, 'a countersignature of the future');
    must(before <= passage.iat + 30, 'a countersignature from before');
    return passage.iat;
  }, iat);
  return { message, sealed, passed: way.slice(1, -1) };
}

// --- the service ---

const use = { emaid: asked.emaid, evse_id: asked.evse_id, service: 'energy-transfer' };
const [started_at, between, ended_at] = [1200, 600, 0].map((ago) => clock(now() - ago));
const periods = [
  { started_at, ended_at: between, energy_wh: 6000 },
  { started_at: between, ended_at, energy_wh: 5000 },
];
const record = { ...use, record_id: 'record-1', started_at, ended_at, ...{
  2019: { kind: 'sdr', quantity: 11000, unit: 'Wh' },
  2025: { kind: 'cdr', energy_wh: 11000, periods },
}[edition] };
const progress = (event, at, energy_wh) => (
  { kind: 'session-progress-notice', ...use, authorization: 'answer', event, at, energy_wh });
const messages = [
  { kind: 'authorization-request', ...use, visited_cso: entity },
  progress('started', started_at, 0),
  progress('updated', between, 6000),
  progress('ended', ended_at, 11000),
  { kind: 'detail-record-notice', record },
];

// --- the channel ---

async function* frames(stream) {
  let got = Buffer.alloc(0);
  for await (const chunk of stream) {
    got = Buffer.concat([got, chunk]);
    while (got.length >= 4 && got.length >= 4 + got.readUInt32BE(0)) {
      const end = 4 + got.readUInt32BE(0);
      const frame = got.subarray(4, end);
      must(!/^[A-Z]{3}-[0-9]{1,3}$/.test(frame), `turned away: ${frame}`);
      yield frame;
      got = got.subarray(end);
    }
  }
  throw new Error('the channel has ended');
}

async function serve(stream) {
  const incoming = frames(stream);
  must((await incoming.next()).value.length === 0, 'not admitted');
  const neighbour = `iec63119-refimpl:entity:${houses[0] ?? receiver}`;
  must(names(stream.getPeerX509Certificate(), neighbour), 'another peer');
  told.version = stream.getProtocol();
  const correlation_id = randomUUID();

  async function ask(envelope) {
    const raw = Buffer.from(canonical(envelope));
    stream.write(Buffer.concat([number(raw.length), raw]));
    const answer = read((await incoming.next()).value);
    const members = Object.keys(answer).filter((name) => name !== 'message_id').join(' ');
    must(members === ANSWER, `members: ${Object.keys(answer)}`);
    for (const name of ['correlation_id', 'edition', 'request_id']) {
      must(answer[name] === envelope[name], `an answer with another ${name}`);
    }
    must(answer.receiver === entity, 'an answer to someone else');
    must(answer.in_reply_to === envelope.request_id, `an answer to ${answer.in_reply_to}`);
    told.answers.push(protection === 'channel' ? { message: answer.message } : believe(answer));
  }

  for (const [at, message] of messages.entries()) {
    const ids = { correlation_id, request_id: `${correlation_id}-${at}` };
    const sent_at = clock(now() - (asked.age ?? 0));
    const envelope = { ...ids, edition, message, receiver, sender: entity, sent_at };
    const said = protection === 'channel' ? envelope : protect(envelope);
    await ask(said);
    if (at === 0 && 'again' in asked) {
      await ask({ ...said, request_id: `${correlation_id}-${asked.again}` });
    }
    if (told.answers.at(-1).message.kind === 'refusal') return;
  }
}

const stream = connect({
  host: '127.0.0.1',
  port: asked.port,
  servername: 'localhost',
  minVersion: asked.version,
  maxVersion: asked.version,
  ca: keys.file('ca-root.cert.pem'),
  crl: ['root', 'parties', 'houses'].map((authority) => keys.file(`ca-${authority}.crl.pem`)),
  cert: keys.file(`entity-${entity}.chain.pem`),
  key: keys.file(`entity-${entity}.key.pem`),
});
stream.setTimeout(10_000, () => stream.destroy(new Error('silence')));
try {
  await serve(stream);
} catch (error) {
  told.end = error.message;
}
stream.end();
console.log(JSON.stringify(told));
