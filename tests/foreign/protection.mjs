// Signing, sealing and what undoes it, on Node's own cryptography, written from
// vectors/README.md: the keys and the certificates are those in a folder of `iec63119 pki new`.
// Whatever is not believed is thrown.
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';

const SEALED = 'alg apu apv correlation_id enc epk kid receiver sender typ';

export function must(holds, what) {
  if (!holds) throw new Error(what);
}

// --- bytes ---

const sorted = (_, one) => one?.constructor !== Object ? one
  : Object.fromEntries(Object.keys(one).sort().map((name) => [name, one[name]]));
export const canonical = (value) => JSON.stringify(value, sorted);
export const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
export const encode = (bytes) => Buffer.from(bytes).toString('base64url');

export function decode(part) {
  const bytes = Buffer.from(part, 'base64url');
  must(encode(bytes) === part, 'not the one text of its bytes');
  return bytes;
}

// What stands there in canonical form, with just these members if they are told.
export function read(bytes, members) {
  const value = JSON.parse(bytes);
  must(canonical(value) === bytes.toString(), `not in canonical form: ${bytes}`);
  must(!members || Object.keys(value).join(' ') === members, `members: ${Object.keys(value)}`);
  return value;
}

export function number(value) {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
}

// --- keys ---

export function names(certificate, urn) {
  return certificate.subjectAltName.split(', ').includes(`URI:urn:${urn}`);
}

function algorithm(key) {
  return key.asymmetricKeyType === 'ed25519' ? ['EdDSA', null] : ['ES256', 'sha256'];
}

function thumbprint(key) {
  const { crv, kty, x, y } = key.export({ format: 'jwk' });
  return encode(sha256(canonical({ crv, kty, x, y })));
}

function contentKey(privateKey, publicKey, { apu, apv }) {
  const secret = crypto.diffieHellman({ privateKey, publicKey });
  const parts = [Buffer.from('A256GCM'), decode(apu), decode(apv)]
    .flatMap((part) => [number(part.length), part]);
  return sha256(Buffer.concat([number(1), secret, ...parts, number(256)]));
}

export function keysIn(folder) {
  const file = (name) => readFileSync(`${folder}/TEST-ONLY-${name}`);

  function certified(id) { // the leaf of an entity, issued step by step from the root
    const text = file(`entity-${id}.chain.pem`).toString();
    const shown = [...text.match(/-----BEGIN.+?-----END[^\n]+\n/gs), file('ca-root.cert.pem')];
    const chain = shown.map((pem) => new crypto.X509Certificate(pem));
    const issued = (one, issuer) => one.checkIssued(issuer) && one.verify(issuer.publicKey);
    for (const [at, issuer] of chain.slice(1).entries()) {
      must(issued(chain[at], issuer), `the chain of ${id}`);
    }
    must(names(chain[0], `iec63119-refimpl:entity:${id}`), `no certificate of ${id}`);
    return chain[0];
  }

  function sign(id, header, payload) {
    const key = crypto.createPrivateKey(file(`entity-${id}.key.pem`));
    const [alg, digest] = algorithm(key);
    const kid = thumbprint(crypto.createPublicKey(key));
    const said = `${encode(canonical({ ...header, alg, kid }))}.${encode(payload)}`;
    return `${said}.${encode(crypto.sign(digest, said, { key, dsaEncoding: 'ieee-p1363' }))}`;
  }

  function verify(id, text, members) { // header and payload
    const key = certified(id).publicKey;
    const [alg, digest] = algorithm(key);
    const [head, payload, signature] = text.split('.').map(decode);
    const header = read(head, members);
    must(header.alg === alg && header.kid === thumbprint(key), `not the key of ${id}`);
    const said = text.slice(0, text.lastIndexOf('.'));
    const signed = crypto.verify(digest, said, { key, dsaEncoding: 'ieee-p1363' }, signature);
    must(signed, `not signed by ${id}`);
    return [header, payload];
  }

  function seal(text, { sender, receiver, correlation_id, typ }) {
    const jwk = JSON.parse(file(`entity-${receiver}.encryption.jwk.json`));
    const theirs = crypto.createPublicKey({ key: jwk, format: 'jwk' });
    const kid = thumbprint(theirs);
    const urn = `ietf:params:oauth:jwk-thumbprint:sha-256:${kid}`;
    must(names(certified(receiver), urn), `not the key of ${receiver}`);
    const kind = jwk.kty === 'OKP' ? ['x25519'] : ['ec', { namedCurve: jwk.crv }];
    const mine = crypto.generateKeyPairSync(...kind);
    const [apu, apv] = [encode(sender), encode(receiver)];
    const epk = mine.publicKey.export({ format: 'jwk' });
    const parties = { apu, apv, correlation_id, receiver, sender, typ };
    const header = { ...parties, alg: 'ECDH-ES', enc: 'A256GCM', epk, kid };
    const [head, iv] = [encode(canonical(header)), crypto.randomBytes(12)];
    const secret = contentKey(mine.privateKey, theirs, header);
    const cipher = crypto.createCipheriv('aes-256-gcm', secret, iv);
    cipher.setAAD(Buffer.from(head));
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return [head, '', encode(iv), encode(sealed), encode(cipher.getAuthTag())].join('.');
  }

  function open(id, text) { // header and what was sealed
    const key = crypto.createPrivateKey(file(`entity-${id}.encryption-key.pem`));
    const [head, none, iv, sealed, tag] = text.split('.').map(decode);
    const header = read(head, SEALED);
    must(header.alg === 'ECDH-ES' && header.enc === 'A256GCM', 'sealed in another way');
    must(none.length === 0 && tag.length === 16, 'not sealed');
    must(header.kid === thumbprint(crypto.createPublicKey(key)), `not sealed for ${id}`);
    const [apu, apv] = [encode(header.sender), encode(header.receiver)];
    must(header.apu === apu && header.apv === apv, 'parties of the seal');
    const theirs = crypto.createPublicKey({ key: header.epk, format: 'jwk' });
    const cipher = crypto.createDecipheriv('aes-256-gcm', contentKey(key, theirs, header), iv);
    cipher.setAAD(Buffer.from(encode(head))).setAuthTag(tag);
    return [header, cipher.update(sealed, null, 'utf8') + cipher.final('utf8')];
  }

  return { file, sign, verify, seal, open };
}
