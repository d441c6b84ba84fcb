// Tells which values the schemas allow, by @hyperjump/json-schema; speaks as ajv.mjs does.

import { readFileSync } from "node:fs";
import { json } from "node:stream/consumers";
import { registerSchema, validate } from "@hyperjump/json-schema/draft-2020-12";

const { schemas, cases } = await json(process.stdin);
const BASE = "https://schemas.invalid/";
const faults = {};
const uriOf = (id) => (id.includes(":") ? id : BASE + id);

for (const schema of schemas) registerSchema(schema, uriOf(schema.$id));

const validators = {};
for (const { $id } of schemas) {
  try {
    validators[$id] = await validate(uriOf($id));
  } catch (error) {
    faults[$id] = error.message;
  }
}

const valueOf = ({ file, value }) => (file ? JSON.parse(readFileSync(file, "utf8")) : value);
const allowed = cases.map((one) => !(one.schema in faults) && validators[one.schema](valueOf(one)).valid);
console.log(JSON.stringify({ faults, allowed }));
