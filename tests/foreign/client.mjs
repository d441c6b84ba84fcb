// A client of Node's own TLS that knows nothing of the model; it takes and prints what client.py does.  Besides, it can
// `keep` its session in a file and `resume` one from there.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';

const asked = JSON.parse(process.argv[2]);
const told = { version: null, frames: [], end: 'closed' };
const version = `TLSv${asked.version}`;
const stream = connect({
  host: '127.0.0.1',
  port: asked.port,
  servername: asked.host ?? 'localhost',
  minVersion: version,
  maxVersion: version,
  ca: readFileSync(asked.ca),
  ...(asked.chain ? { cert: readFileSync(asked.chain), key: readFileSync(asked.key) } : {}),
  ...(asked.resume ? { session: readFileSync(asked.resume) } : {}),
  ...(asked.version === '1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
});
let got = Buffer.alloc(0);
let over = false;

function end(how) {
  if (over) return;
  over = true;
  told.end = how;
  console.log(JSON.stringify(told));
  if (how === 'closed') stream.end(() => stream.destroy()); else stream.destroy();
}

stream.setTimeout(10_000, () => end('fault timeout'));
stream.on('secureConnect', () => {
  told.version = stream.getProtocol();
  if (asked.resume) told.resumed = stream.isSessionReused();
  if (asked.keep) writeFileSync(asked.keep, stream.getSession());
});
stream.on('data', (chunk) => {
  got = Buffer.concat([got, chunk]);
  while (!over && got.length >= 4 && got.length >= 4 + got.readUInt32BE(0)) {
    const length = got.readUInt32BE(0);
    told.frames.push(got.subarray(4, 4 + length).toString('hex'));
    got = got.subarray(4 + length);
    if (told.frames.length === 2 || !asked.say) return end('closed');
    const said = Buffer.from(asked.say, 'hex');
    const head = Buffer.alloc(4);
    head.writeUInt32BE(said.length);
    stream.write(Buffer.concat([head, said]));
  }
});
stream.on('error', (error) => {
  const alert = /SSL alert number (\d+)/.exec(error.message);
  if (alert) end(`alert ${alert[1]}`);
  else if (/^ERR_TLS_|^CERT_|^UNABLE_|^SELF_|^DEPTH_|^INVALID_PURPOSE/.test(error.code)) end(`refused ${error.code}`);
  else end(`fault ${error.code}`);
});
stream.on('end', () => end('closed'));
stream.on('close', () => end('closed'));
