// A client of Node's own TLS that knows nothing of the model; it takes and tells what client.py does.  Besides, it can
// `keep` its session in a file and `resume` one from there.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect } from 'node:tls';

function settings(asked) {
  const version = `TLSv${asked.version}`;
  return {
    host: '127.0.0.1',
    port: Number(asked.port),
    servername: asked.host,
    minVersion: version,
    maxVersion: version,
    ca: readFileSync(asked.ca),
    ...(asked.chain ? { cert: readFileSync(asked.chain), key: readFileSync(asked.key) } : {}),
    ...(asked.resume ? { session: readFileSync(asked.resume) } : {}),
    ...(asked.version === '1.1' ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
  };
}

function visit(asked, tell) {
  const told = { version: null, frames: [], words: '' };
  const stream = connect(settings(asked));
  let got = Buffer.alloc(0);
  let over = false;

  function end(words) {
    if (over) return;
    over = true;
    told.words = words;
    tell(told);
    if (words === '') stream.end(() => stream.destroy()); else stream.destroy();
  }

  stream.setTimeout(10_000, () => end('timeout'));
  stream.on('secureConnect', () => {
    told.version = stream.getProtocol();
    if (asked.resume) told.resumed = stream.isSessionReused();
    if (asked.keep) writeFileSync(asked.keep, stream.getSession());
    if (asked.early) stream.write(Buffer.from(asked.early, 'hex'));
  });
  stream.on('data', (chunk) => {
    got = Buffer.concat([got, chunk]);
    while (!over && got.length >= 4 && got.length >= 4 + got.readUInt32BE(0)) {
      const length = got.readUInt32BE(0);
      told.frames.push(got.subarray(4, 4 + length).toString('hex'));
      got = got.subarray(4 + length);
      if (told.frames.length === 2 || !asked.say) return end('');
      stream.write(Buffer.from(asked.say, 'hex'));
    }
  });
  stream.on('error', (error) => end(`${error.code}: ${error.message}`));
  stream.on('end', () => end(''));
  stream.on('close', () => end(''));
}

for await (const line of createInterface({ input: process.stdin })) {
  const told = await new Promise((tell) => visit(JSON.parse(line), tell));
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
