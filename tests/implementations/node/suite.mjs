// The files of the suite that the answers depend on.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BESIDE = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "vectors");
export const FOLDER = process.env.IEC63119_VECTORS ?? BESIDE;

export const readFile = (path) => JSON.parse(readFileSync(join(FOLDER, path), "utf8"));

const readEach = (folder, ending) => {
  const names = readdirSync(join(FOLDER, folder)).filter((name) => name.endsWith(ending));
  return Object.fromEntries(
    names.map((name) => [name.slice(0, -ending.length), readFile(`${folder}/${name}`)]),
  );
};

const editions = readEach("editions", ".json");
const shared = {
  profiles: readFile("tables/profiles.json"),
  steps: readFile("tables/steps.json").steps,
  classes: readFile("tables/classes.json"),
  leaves: readFile("tables/leaves.json").leaves,
  endpoint: readFile("tables/endpoint.json"),
  shapes: readEach("schemas/v1/shapes", ".schema.json"),
};

/** All tables, with those of one edition under `edition`. */
export const tablesOf = Object.fromEntries(
  Object.entries(editions).map(([name, edition]) => [name, { ...shared, edition }]),
);
