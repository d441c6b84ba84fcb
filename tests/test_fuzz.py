"""What hostile input does to every parser: it is refused by a rule, in a time that grows with its
length, or it was right.

`make soak` runs many more changes than `make test`; SEED=n repeats them.
"""

import os
import time
import warnings
from random import Random

import pytest

from refimpl.errors import RoamingError
from refimpl.messages import Refusal
from tests.fuzz.parsers import PARSERS, Parser

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("SEED", "1"))
MANY = 200
"""How many times as many changes `make soak` tries."""
LONGEST = 300_000
"""Bytes of an input: more than any of the limits."""
SECONDS_PER_BYTE = 5e-6


def is_accepted(name: str, raw: bytes) -> bool:
    """Whether a parser accepts an input; an error that is no refusal names them both."""
    parser = PARSERS[name]
    begun = time.thread_time()
    try:
        parser.read(raw)
        accepted = True
    except parser.refuses_with as error:
        accepted = False
        if parser.told and isinstance(error, RoamingError):
            Refusal(rule=error.rule_id, where=error.where[:200])  # or else it raises
    except BaseException as error:
        error.add_note(f"{name}: {raw[:2_000]!r}")
        raise
    took = time.thread_time() - begun
    assert took < parser.seconds + SECONDS_PER_BYTE * len(raw), (took, raw[:2_000])
    return accepted


def changed(dice: Random, parser: Parser) -> bytes:
    """An example, changed once or a few times."""
    examples = parser.examples()
    raw = dice.choice(examples)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        new = dice.choice(parser.changes)(dice, raw, dice.choice(examples))
        if len(new) <= LONGEST:
            raw = new
    return raw


def fuzz(name: str, number: int, seed: int) -> int:
    """Let a parser read so many changed examples; how many of them it accepts."""
    dice = Random(f"{seed} {name}")
    return sum(is_accepted(name, changed(dice, PARSERS[name])) for _ in range(number))


@pytest.fixture(autouse=True)
def _warnings_of_the_library() -> None:
    """The library warns of long names and of serial numbers below 1, and reads them."""
    for message in ("Attribute's length must be", "Parsed a serial number"):
        warnings.filterwarnings("ignore", message=message)


@pytest.mark.parametrize("name", PARSERS)
def test_examples(name: str) -> None:
    """The right ones are accepted, so that a change of them meets more than the first check."""
    accepted = [raw for raw in PARSERS[name].examples() if is_accepted(name, raw)]
    assert accepted or name.startswith("flight"), "none is right"


@pytest.mark.parametrize("name", PARSERS)
def test_changes(name: str) -> None:
    fuzz(name, max(5, PARSERS[name].share), 1)


@pytest.mark.soak
@pytest.mark.parametrize("name", PARSERS)
def test_many_changes(name: str) -> None:
    number = max(5, PARSERS[name].share) * MANY
    accepted = fuzz(name, number, SEED)
    print(f"\n{name}, seed {SEED}: {number} changes, {accepted} accepted")
