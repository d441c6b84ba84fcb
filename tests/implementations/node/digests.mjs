// The digests of a suite, worked out anew: of its files, of all of them together, and of what
// each vector means, where the all.jsonl of a release lies beside the folder.
//
//     node tests/implementations/node/digests.mjs [vectors-folder] [--json]
//
// Exit code: 0 all agree, 1 something does not, 2 bad usage. The last line is `N agreed, N
// disagreed`, but for --json.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { canonical } from "./json.mjs";
import { FOLDER } from "./suite.mjs";
import { sha256Hex } from "./texts.mjs";

/** The hashes of a vector of all.jsonl, one for each edition, against what it says itself. */
function verifyHashes({ id, operation, context, input, contentHashes, ...vector }) {
  const hashIn = (edition) => {
    const expect = vector.expect ?? vector.expectByEdition[edition];
    return `sha256:${sha256Hex(canonical({ operation, edition, context, input, expect }))}`;
  };
  const got = Object.fromEntries(vector.editions.map((edition) => [edition, hashIn(edition)]));
  return { id, expected: contentHashes, got };
}

function verifyFiles(folder, index) {
  const digest = (path) =>
    existsSync(join(folder, path)) ? sha256Hex(readFileSync(join(folder, path))) : null;
  const compareFile = (list, path, expected) => ({
    id: `${list} ${path}`,
    expected,
    got: digest(path),
  });
  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("  "));
  const lines = index.files.map((entry) => `${entry.path}\0${entry.sha256}\n`).join("");
  return [
    ...index.files.map((entry) => compareFile("index.json", entry.path, entry.sha256)),
    ...sums.map(([sum, path]) => compareFile("SHA256SUMS", path, sum)),
    {
      id: "index.json rootHash",
      expected: index.rootHash,
      got: `sha256:${sha256Hex(lines)}`,
    },
  ];
}

function verifySuite(folder) {
  const read = (path) => readFileSync(join(folder, path), "utf8");
  const lines = join("..", "all.jsonl");
  const vectors = existsSync(join(folder, lines)) ? read(lines).trimEnd().split("\n") : [];
  return {
    "content hashes": vectors.map((line) => verifyHashes(JSON.parse(line))),
    "file digests": verifyFiles(folder, JSON.parse(read("index.json"))),
  };
}

function report(checks) {
  const rows = Object.entries(checks).map(([name, list]) => {
    const disagreements = list.filter(
      ({ expected, got }) => canonical(expected) !== canonical(got),
    );
    return { name, checked: list.length, disagreements };
  });
  const disagreed = rows.reduce((sum, row) => sum + row.disagreements.length, 0);
  return {
    rows,
    agreed: rows.reduce((sum, row) => sum + row.checked, 0) - disagreed,
    disagreed,
  };
}

function printPlain({ rows, agreed, disagreed }) {
  for (const { name, checked, disagreements } of rows) {
    console.log(`${name}: ${checked} checked, ${disagreements.length} disagreed`);
    for (const { id, expected, got } of disagreements) {
      console.log(
        `  ${id}\n    expected ${canonical(expected)}\n    got      ${canonical(got)}`,
      );
    }
  }
  console.log(`${agreed} agreed, ${disagreed} disagreed`);
}

function main(args) {
  const folders = args.filter((arg) => arg !== "--json");
  const folder = folders[0] ?? FOLDER;
  if (folders.length > 1 || folder.startsWith("-") || !existsSync(join(folder, "index.json"))) {
    console.error(
      "usage: node digests.mjs [vectors-folder] [--json]   (the folder has index.json in it)",
    );
    return 2;
  }
  const told = report(verifySuite(folder));
  if (args.includes("--json")) console.log(JSON.stringify(told, null, 1));
  else printPlain(told);
  return told.disagreed === 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
