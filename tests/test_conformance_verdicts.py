"""How an answer is read and held against what a vector expects."""

import json
from typing import Any

import pytest

from refimpl.conformance.canaries import ENOUGH, knows_by_heart, turned_round
from refimpl.conformance.protocol import NoAnswer, read_introduction, read_reply, reply_of
from refimpl.conformance.verdicts import Verdict, judge, same_json
from refimpl.vectors.suite import Expect, expects, read_suite, suite_folder

ACCEPT: Expect = {"outcome": "accept", "output": {"hops": [["a", "b"], ["b", "c"]], "n": 1}}
REJECT: Expect = {"outcome": "reject", "error": "SES-1", "step": 2, "phases": ["asked"]}


def verdict(expected: Expect, said: dict[str, Any], *, binding: bool = True) -> tuple[str, str]:
    judgement = judge(expected, reply_of({"seq": "1", **said}), binding=binding)
    return judgement.verdict, judgement.detail


@pytest.mark.parametrize(
    ("expected", "said", "becomes", "because"),
    [
        (ACCEPT, {**ACCEPT, "output": {"n": 1, "hops": [["a", "b"], ["b", "c"]]}}, "pass", ""),
        (
            ACCEPT,
            {**ACCEPT, "output": {"n": 1.0, "hops": [["a", "b"], ["b", "c"]]}},
            "pass",
            "",
        ),
        (REJECT, REJECT, "pass", ""),
        (REJECT, {**REJECT, "detail": "for people"}, "pass", ""),
        (REJECT, {**REJECT, "says": "more than was asked"}, "pass", ""),
        (ACCEPT, REJECT, "wrong-outcome", "refused by SES-1, to be accepted"),
        (REJECT, ACCEPT, "wrong-outcome", "accepted, to be refused by SES-1"),
        (REJECT, {**REJECT, "error": "SES-2"}, "wrong-code", "refused by SES-2"),
        (REJECT, {**REJECT, "step": 3}, "wrong-output", "step is 3, to be 2"),
        (REJECT, {"outcome": "reject", "error": "SES-1"}, "wrong-output", "step is missing"),
        (ACCEPT, {**ACCEPT, "output": {"n": 1}}, "wrong-output", "output.hops is missing"),
        (
            ACCEPT,
            {**ACCEPT, "output": {"hops": [["a", "b"], ["b", "d"]], "n": 1}},
            "wrong-output",
            'output.hops.1.1 is "d", to be "c"',
        ),
        (
            ACCEPT,
            {**ACCEPT, "output": {"hops": [["b", "c"], ["a", "b"]], "n": 1}},
            "wrong-output",
            'output.hops.0.0 is "b"',
        ),
        (
            ACCEPT,
            {**ACCEPT, "output": {"hops": [["a", "b"], ["b", "c"]], "n": True}},
            "wrong-output",
            "output.n is true, to be 1",
        ),
        (ACCEPT, {"skipped": True, "reason": "not yet"}, "skipped", "not yet"),
        (ACCEPT, {"errored": True, "message": "away"}, "error", "away"),
    ],
)
def test_verdict(expected: Expect, said: dict[str, Any], becomes: str, because: str) -> None:
    found, detail = verdict(expected, {**said})
    assert found == becomes
    assert because in detail


def test_what_does_not_bind_is_different() -> None:
    for said in ({**REJECT}, {"outcome": "accept", "output": {}}):
        assert verdict(ACCEPT, said, binding=False)[0] == "different"
    assert verdict(ACCEPT, {**ACCEPT}, binding=False)[0] == "pass"
    assert verdict(ACCEPT, {"errored": True, "message": "away"}, binding=False)[0] == "error"
    assert verdict(ACCEPT, {"skipped": True, "reason": "no"}, binding=False)[0] == "skipped"


@pytest.mark.parametrize(
    ("expected", "said", "becomes"),
    [
        (None, None, "pass"),
        (None, 40, "pass"),
        (40, 40, "pass"),
        (40, 42, "wrong-output"),
        ([116, 42], 42, "pass"),
        ([116, 42], 40, "wrong-output"),
        ([116, 42], None, "wrong-output"),
    ],
)
def test_alert_is_one_of_those_allowed(expected: Any, said: int | None, becomes: str) -> None:
    refused: Expect = {"outcome": "reject", "error": "TLS-3", "alert": expected}
    answer = {"outcome": "reject", "error": "TLS-3", "alert": said}
    assert verdict(refused, answer)[0] == becomes
    assert verdict(refused, {"outcome": "reject", "error": "TLS-3"})[0] == "wrong-output"


def test_no_answer_meets_both_expectations() -> None:
    """The right answer to a vector never meets its expectation turned round."""
    for test in read_suite(suite_folder()).tests:
        for expected in expects(test).values():
            said = dict(expected)
            if isinstance(said.get("alert"), list):
                said["alert"] = expected["alert"][0]  # type: ignore[index]  # it is a list
            assert verdict(expected, said)[0] == Verdict.PASS
            assert verdict(turned_round(expected), said)[0] != Verdict.PASS


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (None, False), ([], {}), ("1", 1), ([1], [1, 1])]
)
def test_values_that_are_not_the_same(one: object, other: object) -> None:
    assert not same_json(one, other)
    assert not same_json({"a": [one]}, {"a": [other]})
    assert same_json({"a": [one]}, {"a": [one]})


# --- Reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "because"),
    [
        (b"", "no line of JSON"),
        (b"\xff{}", "no line of JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "outcome is neither"),
        (b'{"seq": "1", "seq": "2"}', "a member stands twice"),
        (b'{"seq": "1", "outcome": "maybe"}', "outcome is neither"),
        (b'{"seq": "1", "outcome": "accept"}', "output: Field required"),
        (b'{"seq": "1", "outcome": "accept", "output": []}', "output: Input should be"),
        (b'{"seq": "1", "outcome": "reject"}', "error: Field required"),
        (b'{"seq": "1", "outcome": "reject", "error": "A", "step": "2"}', "step: Input should"),
        (
            b'{"seq": "1", "outcome": "reject", "error": "A", "step": true}',
            "step: Input should",
        ),
        (b'{"seq": 1, "outcome": "reject", "error": "A"}', "seq: Input should"),
        (b'{"seq": "1", "skipped": false, "reason": ""}', "skipped: Input should"),
        (b'{"seq": "1", "skipped": true}', "reason: Field required"),
        (b'{"seq": "1", "outcome": "accept", "output": {"a": NaN}}', "NaN is no number"),
        (b'{"seq": "1", "outcome": "accept", "output": {"a": 1e999}}', "too large"),
        (b'{"seq": "1", "outcome": "accept", "output": {"a": "\\ud800"}}', "no line of JSON"),
        (b"[" * 100_000, "no line of JSON"),
        (b"1" * 10_000, "no line of JSON"),
    ],
)
def test_no_answer(line: bytes, because: str) -> None:
    with pytest.raises(NoAnswer, match=because) as refused:
        read_reply(line)
    assert len(str(refused.value)) < 1_000


def test_escapes_that_are_text() -> None:
    line = b'{"seq": "1", "outcome": "accept", "output": {"a": "\\ud83d\\ude00"}}\r'
    assert read_reply(line).seq == "1"


@pytest.mark.parametrize(
    "changed",
    [
        {"protocol": 2},
        {"protocol": "1"},
        {"implementation": {"name": "a", "version": "1"}},
        {"implementation": {"name": "", "version": "1", "language": "b"}},
        {"capabilities": "all"},
        {"capabilities": [1]},
        {"homepage": "https://example.org"},
    ],
)
def test_no_introduction(changed: dict[str, Any]) -> None:
    about = {"name": "a", "version": "1", "language": "b"}
    hello = {"protocol": 1, "implementation": about, "capabilities": ["edition:2025"]}
    read_introduction(json.dumps(hello).encode())
    with pytest.raises(NoAnswer):
        read_introduction(json.dumps({**hello, **changed}).encode())


def test_by_heart() -> None:
    """Who does much worse on questions that are in no file knows the vectors alone."""
    made = 2 * ENOUGH
    assert knows_by_heart(made, agreed=3, asked=1000, passed=1000)
    assert not knows_by_heart(made, agreed=made - 2, asked=1000, passed=1000)
    assert not knows_by_heart(made, agreed=0, asked=1000, passed=100)
    assert not knows_by_heart(ENOUGH - 1, agreed=0, asked=1000, passed=1000)
    assert not knows_by_heart(0, agreed=0, asked=0, passed=0)
