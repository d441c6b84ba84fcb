"""What the runner makes of an answer: the verdicts, and how an answer is held against what a
vector expects.

Answers are compared as JSON values: the order of members does not matter, that of lists does,
and `true` is not 1.
"""

import json
from enum import StrEnum
from typing import Final, NamedTuple

from refimpl.conformance.protocol import Accepted, Errored, Rejected, Reply, Skipped, told
from refimpl.vectors.suite import Expect


class Verdict(StrEnum):
    """What became of one vector in one edition."""

    PASS = "pass"
    WRONG_OUTCOME = "wrong-outcome"
    WRONG_CODE = "wrong-code"
    WRONG_OUTPUT = "wrong-output"
    DIFFERENT = "different"
    SKIPPED = "skipped"
    NOT_APPLICABLE = "not-applicable"
    XFAIL = "xfail"
    XPASS = "xpass"
    ERROR = "error"
    CRASH = "crash"
    TIMEOUT = "timeout"


WRONG: Final = frozenset({Verdict.WRONG_OUTCOME, Verdict.WRONG_CODE, Verdict.WRONG_OUTPUT})
"""An answer, and another than the one expected."""

BROKEN: Final = frozenset({Verdict.ERROR, Verdict.CRASH, Verdict.TIMEOUT})
"""No answer."""

FAILED: Final = WRONG | BROKEN | {Verdict.DIFFERENT}


class Judgement(NamedTuple):
    """A verdict, and for people why."""

    verdict: Verdict
    detail: str = ""


PASSED: Final = Judgement(Verdict.PASS)


def judge(expected: Expect, reply: Reply, *, binding: bool) -> Judgement:
    """Return what becomes of a vector that is answered so; one that does not bind is answered
    otherwise, never wrongly.
    """
    match reply:
        case Skipped(reason=reason):
            return Judgement(Verdict.SKIPPED, reason)
        case Errored(message=message):
            return Judgement(Verdict.ERROR, message)
        case Accepted() | Rejected():
            judgement = compare(expected, reply)
    if judgement.verdict in WRONG and not binding:
        return Judgement(Verdict.DIFFERENT, judgement.detail)
    return judgement


def compare(expected: Expect, reply: Accepted | Rejected) -> Judgement:
    """Return how an answer compares with the one expected, binding or not."""
    match reply:
        case Accepted() if expected["outcome"] == "reject":
            said = f"accepted, to be refused by {expected['error']}"
            return Judgement(Verdict.WRONG_OUTCOME, said)
        case Rejected(error=error) if expected["outcome"] == "accept":
            return Judgement(Verdict.WRONG_OUTCOME, f"refused by {error}, to be accepted")
        case Rejected(error=error) if error != expected["error"]:
            said = f"refused by {error}, to be refused by {expected['error']}"
            return Judgement(Verdict.WRONG_CODE, said)
    return _compare_members(expected, reply)


def _compare_members(expected: Expect, reply: Reply) -> Judgement:
    said = told(reply)
    for name, value in expected.items():
        if name == "alert":
            agrees = name in said and is_alert(value, said[name])
        else:
            agrees = name in said and same_json(value, said[name])
        if not agrees:
            return Judgement(
                Verdict.WRONG_OUTPUT, _difference(name, value, said.get(name, MISSING))
            )
    return PASSED


def is_alert(expected: object, said: object) -> bool:
    """Whether an alert is the one expected, or one of several; any will do for null."""
    if expected is None:
        return True
    allowed = expected if isinstance(expected, list) else [expected]
    return any(same_json(one, said) for one in allowed)


def same_json(one: object, other: object) -> bool:
    """Tell whether two JSON values are the same.

    >>> same_json({"a": 1, "b": [2]}, {"b": [2], "a": 1.0}), same_json(1, True)
    (True, False)
    """
    match one, other:
        case dict(), dict():
            if one.keys() != other.keys():
                return False
            return all(same_json(value, other[name]) for name, value in one.items())
        case list(), list():
            if len(one) != len(other):
                return False
            return all(map(same_json, one, other))
        case (bool(), _) | (_, bool()):
            return one is other
    return one == other


def _difference(place: str, expected: object, said: object) -> str:
    """The first place at which two JSON values differ, and in which way."""
    if said is MISSING:
        return f"{place} is missing"
    match expected, said:
        case dict(), dict():
            for name in sorted(expected.keys() | said.keys()):
                if name not in said:
                    return f"{place}.{name} is missing"
                if name not in expected:
                    return f"{place}.{name} is one too many"
                if not same_json(expected[name], said[name]):
                    return _difference(f"{place}.{name}", expected[name], said[name])
        case list(), list() if len(expected) == len(said):
            for number, (value, other) in enumerate(zip(expected, said, strict=True)):
                if not same_json(value, other):
                    return _difference(f"{place}.{number}", value, other)
    return f"{place} is {_short(said)}, to be {_short(expected)}"


MISSING: Final = object()
"""What stands for a member that is not there."""


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"
