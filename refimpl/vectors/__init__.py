"""Test vectors: what the reference model answers, as JSON that a program in any language can
check itself against.

A vector is made in four steps, each a module.

1. `discover` looks for witnesses: short recipes that wound a good example so that one rule, and
   that rule, refuses it
2. `corpus` holds them frozen, as a person reads them; `edits` are the wounds, by name
3. `fill` writes down what the reference answers (`operations`); it has neither clock nor dice
4. `lint` holds the suite against its own promises: ids that stay, a twin for every refusal, a
   vector for every rule

The suite itself lies in `vectors/` beside this package, and its README says how to use it
without any of this.
"""
