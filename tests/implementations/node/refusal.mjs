/** A refusal by a rule, and what it tells besides. */
export class Refusal extends Error {
  constructor(rule, more = {}) {
    super(rule);
    Object.assign(this, { rule, more });
  }
}

export function refuse(rule, more) {
  throw new Refusal(rule, more);
}

export function refuseIf(fault, rule, more) {
  if (fault) refuse(rule, more);
}
