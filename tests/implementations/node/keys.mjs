// Keys, and the npm package jose that uses them; without it what is signed and sealed is left
// out.

async function importJose() {
  try {
    return await import("../../npm/node_modules/jose/dist/node/esm/index.js");
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return null;
  }
}

export const jose = await importJose();

const imported = new Map();

/** The key in a JWK; one that was imported before is not imported again. */
async function importKey(jwk, algorithm) {
  const name = JSON.stringify(jwk);
  if (!imported.has(name)) imported.set(name, await jose.importJWK(jwk, algorithm));
  return imported.get(name);
}

export const privateKeyOf = importKey;

export const publicKeyOf = ({ d, ...jwk }, algorithm) => importKey(jwk, algorithm);
