// Tells which values the schemas allow, by ajv in its strict mode.
//
// Standard input: {"schemas": [...], "cases": [{"schema": id, "value": ...}]}, where a case may
// have "file", the path of a JSON file, in place of a value.  Standard output: what is wrong
// with each schema, by its $id, and a boolean for each case.

import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";
import Ajv from "ajv/dist/2020.js";

const { schemas, cases } = await json(process.stdin);
const ajv = new Ajv({ strict: true, allErrors: false, validateFormats: false });
for (const schema of schemas) ajv.addSchema(schema);

const faults = {};
for (const { $id } of schemas) {
  try {
    ajv.getSchema($id);
  } catch (error) {
    faults[$id] = error.message;
  }
}

const valueOf = ({ file, value }) => (file ? JSON.parse(readFileSync(file, "utf8")) : value);
const allowed = cases.map((one) => !(one.schema in faults) && ajv.validate(one.schema, valueOf(one)));
console.log(JSON.stringify({ faults, allowed }));
