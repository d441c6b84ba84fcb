"""Test vectors: what the reference model answers, as JSON that a program in any language can
check itself against.

The suite lies in `vectors/` beside this package, and its README says how to use it without any
of this; `suite` says where that is and reads it.  A vector is made in four steps.

1. `discover` looks for witnesses: short recipes that change a good example so that one rule,
   and that rule, refuses it
2. `corpus` holds them frozen, as a person reads them; `edits` are the changes, by name
3. `questions` makes of each what is asked, and `fill` writes down what the reference answers;
   `tables` and `files` make the rest of the suite; none has clock or dice
4. `lint` holds the suite against its own promises: ids that stay, a twin for every refusal, a
   vector for every rule

`families` has a file for each family of vectors, and each of its operations is an `Operation`.
"""
