// A reader on the npm package jose: it takes and tells what tests/jose/reader.py does.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { compactDecrypt, compactVerify, importJWK } from 'jose';

const SIGNING = { algorithms: ['EdDSA', 'ES256'] };
const SEALING = {
  keyManagementAlgorithms: ['ECDH-ES'],
  contentEncryptionAlgorithms: ['A256GCM'],
};

async function read({ text, jwk }) {
  const sealed = text.split('.').length > 3;
  const alg = sealed ? 'ECDH-ES' : jwk.kty === 'EC' ? 'ES256' : 'EdDSA';
  const key = await importJWK(jwk, alg);
  if (sealed) return (await compactDecrypt(text, key, SEALING)).plaintext;
  return (await compactVerify(text, key, SIGNING)).payload;
}

const found = createRequire(import.meta.url).resolve('jose');
const folder = found.slice(0, found.lastIndexOf('/jose/') + 6);
const { version } = JSON.parse(readFileSync(`${folder}package.json`));
console.log(JSON.stringify({ version }));
for await (const line of createInterface({ input: process.stdin })) {
  try {
    const payload = Buffer.from(await read(JSON.parse(line))).toString('base64url');
    console.log(JSON.stringify({ payload }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.code ?? error.name}: ${error.message}` }));
  }
}
