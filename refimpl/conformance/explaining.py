"""One vector explained: what it asks and why, what was answered, and what to look at."""

import json
from collections.abc import Iterator
from typing import Final

from refimpl.conformance.forms.differing import (
    ABSENT,
    common_beginning,
    differences,
    first_difference,
    shown_path,
)
from refimpl.conformance.report import Report, Result
from refimpl.vectors.suite import Expect, Json, Suite, Vector, expects

NOTHING: Final[Json] = {}


def explanation(suite: Suite, vector: Vector, report: Report | None = None) -> Json:
    """Return all that is known of a vector as JSON: the rules with what they say, the twin with
    what differs, and for each edition what is expected and, with a report, what was got.
    """
    rules = suite.files["errors.json"]["errors"]
    notes = suite.files[f"v1/{vector['id'].partition('/')[0]}.json"].get("notes", {})
    told: Json = {
        "id": vector["id"],
        "title": vector["title"],
        "why": vector["why"],
        "status": vector["status"],
        "operation": vector["operation"],
        "rules": [_rule(name, rules.get(name, NOTHING)) for name in vector["rules"]],
        "level": vector["level"],
        "basis": vector["basis"],
        "binding": vector["binding"],
        "flags": {name: notes.get(name) for name in vector["flags"]},
        "source": vector.get("source"),
        "input": vector["input"],
        "context": vector.get("context"),
        "twin": _twin(suite, vector),
        "trace": vector.get("trace"),
        "editions": {
            edition: _edition(vector, edition, expected, report)
            for edition, expected in expects(vector).items()
        },
    }
    return {name: value for name, value in told.items() if value not in (None, {}, [])}


def _rule(name: str, row: Json) -> Json:
    told: Json = {"id": name}
    for member in ("says", "clause", "level", "basis"):
        if member in row:
            told[member] = row[member]
    return told


def rule_in_words(row: Json) -> str:
    """Tell what a rule says, how sure that is, and in which clause to look."""
    if "says" not in row:
        return "unknown"
    clause = f"clause {row['clause']}, " if row.get("clause") else ""
    return f"{row['says']} ({clause}{row['basis']})"


def _twin(suite: Suite, vector: Vector) -> Json | None:
    """The nearest vector that is accepted, and what differs in its input."""
    twin = suite.by_id.get(vector.get("twin", ""))
    if twin is None:
        return None
    return {
        "id": twin["id"],
        "title": twin["title"],
        "expect": expects(twin),
        "differs": list(_differing(suite, vector, twin)),
    }


def _differing(suite: Suite, vector: Vector, twin: Vector) -> Iterator[Json]:
    both = {"input": (vector["input"], twin["input"])}
    if suite.context_of(vector) != suite.context_of(twin):
        both["context"] = suite.context_of(vector) or {}, suite.context_of(twin) or {}
    for part, (here, there) in both.items():
        for path, one, other in differences(here, there, (part,)):
            told = {"place": shown_path(path), "here": one, "there": other}
            yield {name: value for name, value in told.items() if value is not ABSENT}


def _edition(vector: Vector, edition: str, expected: Expect, report: Report | None) -> Json:
    told: Json = {"expect": expected}
    result = report and report.by_key.get((vector["id"], edition))
    if result:
        told |= _answered(result, expected)
        if result.content_hash != vector["contentHashes"][edition]:
            told["beware"] = "the report is on a vector of this id that means something else"
    elif report:
        told["verdict"] = "not asked"
    return told


def _answered(result: Result, expected: Expect) -> Json:
    told: Json = {"verdict": result.verdict, "detail": result.detail, "got": result.got}
    if result.got is not None:
        path = first_difference(expected, result.got)
        if path is not None:
            told["firstDifference"] = shown_path(path)
    return told


def lines_of_explanation(told: Json) -> Iterator[str]:
    """Yield an explanation line by line, for a person."""
    yield f"{told['id']}: {told['title']}"
    yield f"why it matters: {told['why']}"
    yield from _lines_of_head(told)
    for name, part in told["editions"].items():
        yield ""
        yield f"edition {name}"
        yield f"  expected: {_short(part['expect'])}"
        if "verdict" in part:
            yield f"  verdict:  {part['verdict']}"
        if part.get("detail"):
            yield f"  reason:   {part['detail']}"
        if part.get("got") is not None:
            yield f"  got:      {_short(part['got'])}"
        if "firstDifference" in part:
            yield f"  first difference: {part['firstDifference']}"
        if "beware" in part:
            yield f"  beware:   {part['beware']}"
    if "trace" in told:
        yield ""
        yield "look at these values on the way to the answer, and for the first that differs:"
        for name, value in told["trace"].items():
            yield f"  {name}: {_short(value)}"


def _lines_of_head(told: Json) -> Iterator[str]:
    for rule in told.get("rules", ()):
        yield f"rule {rule['id']}: {rule_in_words(rule)}"
    binds = "binds" if told["binding"] else "does not bind: a choice of this model decides"
    yield f"how sure: {told['basis']}, {told['level']}; {binds}"
    for flag, note in told.get("flags", {}).items():
        yield f"flag {flag}: {note['description']}"
    if "source" in told:
        yield f"source: {told['source']}"
    yield f"asked: {told['operation']}"
    yield f"input: {_short(told['input'])}"
    if "twin" in told:
        twin = told["twin"]
        yield f"twin, which is accepted: {twin['id']}: {twin['title']}"
        for one in twin["differs"]:
            here, there = _around(one.get("here", ABSENT), one.get("there", ABSENT))
            yield f"  {one['place']}: here {here}, there {there}"


def _around(here: object, there: object) -> tuple[str, str]:
    """Two values that differ; of two long texts only what is around the difference."""
    if not (isinstance(here, str) and isinstance(there, str)):
        return _short(here), _short(there)
    begin = len(common_beginning(here, there))
    end = len(common_beginning(here[begin:][::-1], there[begin:][::-1]))
    return _cut_out(here, begin, len(here) - end), _cut_out(there, begin, len(there) - end)


def _cut_out(text: str, begin: int, end: int) -> str:
    first, last = max(0, begin - BESIDE), min(len(text), end + BESIDE)
    lead, tail = "…" * (first > 0), "…" * (last < len(text))
    return f"{lead}{_short(text[first:last])}{tail}"


LONGEST: Final = 600
BESIDE: Final = 30
"""How many characters are shown on each side of a difference in a text."""


def _short(value: object) -> str:
    if value is ABSENT:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… (--json has all)"
