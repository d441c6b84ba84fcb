"""A small implementation with mistakes in it, as it might be written in an afternoon:
`python -m refimpl.conformance.example`.

It takes part in three operations, and is read by a runner as any program is.  It uses nothing
of the reference.  Its mistakes: it takes letters and digits of all scripts for those of the
alphabet; it writes the check digit 10 as a 0; and of an id of its issuer's own making it looks
at the length alone.  It has not got to the ids of cards yet, and says so.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

Json = dict[str, Any]

DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTH: Final = 11


class Refused(Exception):
    """What is refused, by which rule."""


def check_digit(given: Json) -> Json:
    """Return the DIN check digit of the eleven characters before it."""
    text = given["text"]
    if not text[: LENGTH + 1].isalnum():  # a mistake: the dotless i is one, too
        raise Refused("EMA-2")
    if len(text) != LENGTH:
        raise Refused("EMA-4")
    digits = "".join(str(DIGITS.index(sign)) for sign in text.upper())
    total = sum(int(digit) * 2**place for place, digit in enumerate(digits))
    return {"check": str(total % 11 % 10)}  # a mistake: 10 is written X


def free_contract_id(given: Json) -> Json:
    """Return an id of its issuer's own making, and what it is compared by."""
    text = given["text"]
    if not text or len(text) > 36:
        raise Refused("IDP-4")
    return {"text": text, "key": text.upper()}


OPERATIONS: Final = {
    "emaid.din-check-digit": check_digit,
    "contract-id.free": free_contract_id,
}
INTRODUCTION: Final = {
    "protocol": 1,
    "implementation": {"name": "example", "version": "0.1", "language": "Python"},
    "capabilities": [*OPERATIONS, "medium.uid"],
}


def answer(asked: Json) -> Json:
    """Answer one question."""
    seq, operation = asked["seq"], OPERATIONS.get(asked["operation"])
    if operation is None:
        return {"seq": seq, "skipped": True, "reason": "ids of cards come next"}
    try:
        return {"seq": seq, "outcome": "accept", "output": operation(asked["input"])}
    except Refused as error:
        return {"seq": seq, "outcome": "reject", "error": str(error)}
    except ValueError as error:
        return {"seq": seq, "errored": True, "message": str(error)}


def answers(lines: Iterable[str]) -> Iterator[Json]:
    """Yield what is said to each line of a runner, until it says that it is over."""
    for line in lines:
        message = json.loads(line)
        if message["cmd"] == "stop":
            return
        yield INTRODUCTION if message["cmd"] == "start" else answer(message)


if __name__ == "__main__":
    for said in answers(sys.stdin):
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
