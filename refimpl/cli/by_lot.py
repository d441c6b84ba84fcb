"""How `iec63119 conform --random` tells where an implementation and the reference part."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from refimpl.cli.ending import plain, print_json
from refimpl.conformance.differential import Comparison, Difference, Group, witnesses
from refimpl.conformance.measurement import DIVERGED, INCOMPLETE, PASSED
from refimpl.vectors.drawing import Source
from refimpl.vectors.suite import Json

FIRST: Final = 20
"""How many groups are shown to a person."""

Sources = Mapping[str, Sequence[Source]]


def exit_code(compared: Comparison) -> int:
    """Return how the command ends."""
    if compared.stopped:
        return INCOMPLETE
    return DIVERGED if compared.differences else PASSED


def tell(compared: Comparison, found: Sources, seed: int, *, as_json: bool) -> None:
    """Print what was asked and where the two part, with witnesses ready for the corpus."""
    groups = sorted(compared.differences.items())
    if as_json:
        print_json(
            {
                "seed": seed,
                "stopped": compared.stopped,
                "asked": dict(compared.asked),
                "skipped": {name: times for name, times in compared.skipped.items() if times},
                "seconds": {name: round(took, 2) for name, took in compared.seconds.items()},
                "differences": [_as_data(group, one, found) for group, one in groups],
            }
        )
        return
    for operation, seconds in compared.seconds.items():
        print(_line(compared, operation, seconds))
    for group, one in groups[:FIRST]:
        print()
        _tell_difference(group, one, found)
    if len(groups) > FIRST:
        print(f"\n... and {len(groups) - FIRST} more groups; --json has them all")
    print(f"\n{len(groups)} groups of differences; seed {seed}")
    if compared.stopped:
        print(plain(f"incomplete: {compared.stopped}"))


def _line(compared: Comparison, operation: str, seconds: float) -> str:
    """How many questions of an operation there were, and how they went."""
    asked = compared.asked[operation]
    times = 0
    for group, one in compared.differences.items():
        if group.operation == operation:
            times += one.times
    rate = asked / max(seconds, 0.001)
    return f"{operation:<24} {asked:>8} asked {times:>8} differ {rate:>8.0f} a second"


def _tell_difference(group: Group, one: Difference, found: Sources) -> None:
    said = f"{group.operation}: the reference says {group.expected}, the other {group.got}"
    print(plain(f"{said} ({one.times} times)"))
    for witness in witnesses(_source_of(one, found), one):
        print(plain(json.dumps(witness, ensure_ascii=False)))


def _as_data(group: Group, one: Difference, found: Sources) -> Json:
    drawn = one.drawn
    return {
        "operation": group.operation,
        "times": one.times,
        "edition": drawn.edition,
        "context": drawn.context,
        "input": drawn.input,
        "expected": drawn.expected,
        "got": one.got,
        "witnesses": list(witnesses(_source_of(one, found), one)),
    }


def _source_of(one: Difference, found: Sources) -> Source:
    [source] = [
        source for source in found[one.drawn.operation] if source.family == one.drawn.family
    ]
    return source
