"""The family `crosswalk`: what becomes of an object of a neighbouring protocol, leaf by leaf.

It is outside of Part 1, which speaks of no other protocol; its rules are the model's own.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from refimpl.crosswalk import give, protocol_of, take
from refimpl.crosswalk.reading import Json as Value
from refimpl.crosswalk.reading import leaves_of, read
from refimpl.crosswalk.report import Report
from refimpl.edition import Edition
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.suite import Expect, Json


def _take(edition: Edition, context: Json, given: Json) -> Expect:
    """Carry an object into ours: the class of each leaf, and the record or message."""
    assumed = given.get("assume", ())
    report = take(given["protocol"], given["text"], given["kind"], assumed)
    if report.refusal is not None:
        raise report.refusal
    found: Json = {
        "class": report.grade,
        "leaves": _by_class(report),
        "ours": _without_extension(report.ours or {}),
        "residue": report.residue,
    }
    if told := _told_twice(report):
        found["told"] = told
    return accepted(found)


def _told_twice(report: Report) -> list[str]:
    """The places where an object breaks a relation between members, in their order."""
    kind = protocol_of(report.protocol).kinds[report.kind]
    relations = {check.rule for check in kind.checks}
    return sorted({one.at for one in report.findings if one.rule in relations})


def _by_class(report: Report) -> dict[str, list[str]]:
    """The pointers of the leaves, by their class."""
    found: dict[str, list[str]] = {}
    for entry in report.entries:
        found.setdefault(entry.settled, []).append(entry.at)
    return {settled: sorted(places) for settled, places in found.items()}


def _without_extension(ours: Mapping[str, Value]) -> Json:
    return {name: value for name, value in ours.items() if name != "extension"}


def _give(edition: Edition, context: Json, given: Json) -> Expect:
    """Carry ours into an object: its leaves, what is needed besides, and what has no place."""
    told = read(given["supplied"]) if "supplied" in given else None
    supplied = told if isinstance(told, dict) else None
    found = give(given["protocol"], given["kind"], given["ours"], supplied)
    leaves = {at: _told(value) for at, value in leaves_of(found.object)}
    return accepted({"leaves": leaves, "lost": [*found.lost], "needs": [*found.needs]})


def _told(value: Value) -> Json:
    """A leaf without a fraction: a number as decimal text, under what it is."""
    if isinstance(value, str):
        return {"text": value}
    if value is None or isinstance(value, bool | list | dict):
        return {"json": value}
    return {"number": str(value)}


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """A protocol or a kind that there is not, beside what a converter may be asked."""
    yield [("set", "input.protocol", "ocpi-9.9"), ("set", "input.kind", "invoice")]


OPERATIONS: Final = {
    "crosswalk.take": Operation(answer=_take, by_edition=False, outside=True),
    "crosswalk.give": Operation(answer=_give, by_edition=False, outside=True, edits=_edits),
}
