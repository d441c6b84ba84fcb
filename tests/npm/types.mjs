// Writes types of the bundles of schemas into a folder: TypeScript by json-schema-to-typescript,
// and Go, Java and Rust by quicktype.
//
//   node types.mjs BUNDLES FOLDER

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "json-schema-to-typescript";
import { InputData, JSONSchemaInput, quicktypeMultiFile } from "quicktype-core";

const OPTIONS = { go: { package: "main" }, java: { package: "wire", "array-type": "list" }, rust: {} };

async function writeTypeScript(name, text, folder) {
  const types = await compile(JSON.parse(text), name, { bannerComment: "", additionalProperties: false });
  writeFileSync(join(folder, `${name}.ts`), types);
}

async function writeByQuicktype(name, text, folder) {
  for (const [lang, rendererOptions] of Object.entries(OPTIONS)) {
    const input = new JSONSchemaInput(undefined);
    await input.addSource({ name, uris: ["#/$defs/"], schema: text });
    const inputData = new InputData();
    inputData.addInput(input);
    const files = await quicktypeMultiFile({ inputData, lang, rendererOptions, outputFilename: `${name}.${lang}` });
    const place = join(folder, lang, name);
    mkdirSync(place, { recursive: true });
    for (const [file, { lines }] of files) writeFileSync(join(place, file), lines.join("\n"));
  }
}

const [bundles, folder] = process.argv.slice(2);
for (const file of readdirSync(bundles)) {
  const name = file.replace(".schema.json", "");
  const text = readFileSync(join(bundles, file), "utf8");
  await writeTypeScript(name, text, folder);
  await writeByQuicktype(name, text, folder);
}
