// A second implementation of what the test vectors ask, from vectors/README.md and the tables
// beside it: it answers the runner's questions line by line (vectors/HARNESS.md).
//
//     iec63119 conform -- node tests/implementations/node/main.mjs

import { createInterface } from "node:readline";

import { answer, operations } from "./answers.mjs";

const INTRODUCTION = {
  protocol: 1,
  implementation: {
    name: "iec63119-node",
    version: "1",
    language: "JavaScript",
    runtime: `Node ${process.version}`,
  },
  capabilities: Object.keys(operations),
};

async function answerRun({ seq, operation, edition, context, input }) {
  try {
    return { seq, ...(await answer(operation, edition, context, input)) };
  } catch (error) {
    return { seq, errored: true, message: String(error.stack) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.cmd === "stop") break;
  const said = message.cmd === "start" ? INTRODUCTION : await answerRun(message);
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
