// A peer on Node's own TLS that knows nothing of the model; it takes and tells what peer.py
// does.  Besides, it can `keep` its session in a file and `resume` one from there.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { connect, createServer } from 'node:tls';

function settings(asked) {
  const version = `TLSv${asked.version}`;
  return {
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
  const address = { host: '127.0.0.1', port: Number(asked.port), servername: asked.host };
  const stream = connect({ ...address, ...settings(asked) });
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

function beVisited(asked, tell) {
  const told = { version: null, frames: [], words: '' };
  const checking = { requestCert: true, rejectUnauthorized: true };
  const server = createServer({ ...settings(asked), ...checking });

  function end(words) {
    server.close();
    told.words = words;
    tell(told);
  }

  server.on('secureConnection', (stream) => {
    told.version = stream.getProtocol();
    stream.on('error', () => {});
    stream.write(Buffer.alloc(4));
    stream.resume();
    stream.on('close', () => end(''));
  });
  server.on('tlsClientError', (error) => end(`${error.code}: ${error.message}`));
  server.listen(0, '127.0.0.1', () => print({ port: server.address().port }));
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  print(await new Promise((tell) => (asked.port ? visit : beVisited)(asked, tell)));
}
