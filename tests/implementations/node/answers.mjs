// What is answered to each question.

import { Refusal } from "./refusal.mjs";
import { tablesOf } from "./suite.mjs";

const FAMILIES = [
  "identifiers",
  "routing",
  "session",
  "plausibility",
  "messages",
  "exchange",
  "signed-message",
  "certificate-profile",
  "pseudonym",
  "redaction",
  "authorization",
  "tls-profile",
];

const modules = await Promise.all(FAMILIES.map((family) => import(`./${family}.mjs`)));

/** Each operation by its name. */
export const operations = Object.assign({}, ...modules.map((module) => module.operations));

/** The answer to a question, as it stands under `expect`. */
export async function answer(operation, edition, context, input) {
  try {
    const output = await operations[operation](input, tablesOf[edition], context);
    return { outcome: "accept", output };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "reject", error: error.rule, ...error.more };
  }
}
