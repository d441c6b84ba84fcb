// Tells which values the schemas allow, by ajv in its strict mode and by @hyperjump/json-schema.
//
// Standard input: {"schemas": [...], "compile": [ids], "cases": [{"schema": id, "value": ...}]},
// where a case may have "file", the path of a JSON file, in place of a value.  Standard output:
// by validator, what is wrong with which of the schemas to compile, and a boolean for each case.

import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";
import Ajv from "ajv/dist/2020.js";

const BASE = "https://schemas.invalid/"; // for ids that are names of files

/** What a validator says; `compile` makes a function of an id. */
async function said(compile, ids, cases) {
  const faults = {};
  const validators = {};
  for (const id of ids) {
    try {
      validators[id] = await compile(id);
    } catch (error) {
      faults[id] = error.message;
    }
  }
  const valueOf = ({ file, value }) => (file ? JSON.parse(readFileSync(file, "utf8")) : value);
  const allowed = cases.map((one) => Boolean(validators[one.schema]?.(valueOf(one))));
  return { faults, allowed };
}

function byAjv(schemas) {
  const ajv = new Ajv({ strict: true });
  for (const schema of schemas) ajv.addSchema(schema);
  return (id) => ajv.getSchema(id);
}

function byHyperjump(schemas) {
  const addressOf = (id) => (id.includes(":") ? id : BASE + id);
  for (const schema of schemas) registerSchema(schema, addressOf(schema.$id));
  return async (id) => {
    const validator = await validate(addressOf(id));
    return (value) => validator(value).valid;
  };
}

const { schemas, compile, cases } = await json(process.stdin);
const answers = {
  ajv: await said(byAjv(schemas), compile, cases),
  hyperjump: await said(byHyperjump(schemas), compile, cases),
};
console.log(JSON.stringify(answers));
