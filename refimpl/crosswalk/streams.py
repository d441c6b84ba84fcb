"""Objects of a protocol by the million: JSON Lines, one object a line, each carried over by
itself.

No more than one line is held at a time, so memory does not grow with their number.  A line that
cannot be carried over is a report with its rule, and the next one is read.  Of a session the
first record goes on alone: a second one is refused, XWK-13.

Rules: XWK-*.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from refimpl.crosswalk.assuming import check_known
from refimpl.crosswalk.converting import take
from refimpl.crosswalk.kinds import Protocol
from refimpl.crosswalk.reading import read
from refimpl.crosswalk.report import Entry, Grade, Report
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.sessions import Sessions
from refimpl.crosswalk.tables import CLASSES, Class

MAX_LINE: Final = 2**20
"""How many bytes of a line are read."""


class Taken(NamedTuple):
    """What came of a line: its number, counted from one, and how many bytes have been read up
    to its end.
    """

    number: int
    end: int
    report: Report


def take_lines(
    protocol: Protocol,
    lines: BinaryIO,
    kind: str = "",
    assume: Collection[str] = (),
    sessions: Sessions | None = None,
    name: str = "",
) -> Iterator[Taken]:
    """Carry over the object of each line; lines of blanks only are passed over.

    `sessions` are those that other files told of, and `name` is what this one is called in a
    refusal.  An unknown assumption raises `Misuse` XWK-2.

    >>> from io import BytesIO
    >>> from refimpl.crosswalk import protocol_of
    >>> taken = take_lines(protocol_of("ocpi-2.2.1"), BytesIO(b"{\\n\\n[]\\n"))
    >>> [(number, report.rule) for number, _, report in taken]
    [(1, 'XWK-1'), (3, 'XWK-10')]
    """
    check_known(protocol, assume)
    seen = sessions or Sessions()
    number = end = 0
    while line := lines.readline(MAX_LINE + 1):
        number += 1
        end += len(line)
        if len(line.removesuffix(b"\n")) > MAX_LINE:
            end += _rest_of_line(lines, line)
            refusal = Refused("XWK-1", "", f"a line of more than {MAX_LINE} bytes; {WAY_OUT}")
            yield Taken(number, end, _unread(protocol, kind, refusal))
        elif not line.isspace():
            place = f"{name} line {number}".lstrip()
            yield Taken(number, end, _take_line(protocol, line, kind, assume, seen, place))


def _take_line(
    protocol: Protocol,
    line: bytes,
    kind: str,
    assume: Collection[str],
    seen: Sessions,
    place: str,
) -> Report:
    try:
        value = read(line.rstrip())
    except Refused as refusal:
        return _unread(protocol, kind, _of_line(line, refusal))
    report = take(protocol, value, kind, assume)
    return seen.once(protocol, value, report, place)


def _of_line(line: bytes, refusal: Refused) -> Refused:
    """A refusal of a line that is no JSON, with the column in the line and a way out."""
    column, _, what = refusal.says.removeprefix("line 1, ").partition(": ")
    if not column.startswith("column "):
        says = f"{refusal.says}; the other lines go on without it"
        return Refused(refusal.rule_id, refusal.at, says)
    is_at_end = int(column.removeprefix("column ")) > len(line.decode().rstrip())
    if is_at_end or what.startswith("Unterminated"):
        what = "the line ends within its object"
    return Refused(refusal.rule_id, refusal.at, f"{column}: {what}; {WAY_OUT}")


WAY_OUT: Final = "an object takes one line here, and one over several lines a file of its own"


def _rest_of_line(lines: BinaryIO, line: bytes) -> int:
    """Read a line to its end, and count the bytes."""
    read = 0
    while line and not line.endswith(b"\n"):
        line = lines.readline(MAX_LINE)
        read += len(line)
    return read


def _unread(protocol: Protocol, kind: str, refusal: Refused) -> Report:
    return Report(protocol.id, kind, None, None, (Entry("", "refused"),), refusal=refusal)


APART: Final = {
    "XWK-3": "what a refused credit record takes back was carried all the same",
    "XWK-13": "a second record of a session was not carried",
}
TOGETHER: Final = "name the original, its credit and the new record as a file of JSON each"


@dataclass
class Totals:
    """What became of many objects: how many of each grade, their leaves by class, those without
    a place by their kind, what refused objects were refused by, and what the sources' own
    tables found.
    """

    objects: Counter[Grade] = field(default_factory=Counter)
    leaves: Counter[Class] = field(default_factory=Counter)
    residue: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        """Count one report in."""
        self.objects[report.grade] += 1
        for name, count in report.counts.items():
            self.leaves[name] += count
        for kind, count in report.residue.items():
            self.residue[kind] += count
        if report.rule:
            self.refused[report.rule] += 1
        for finding in report.findings:
            self.findings[finding.rule] += 1

    def told_apart(self) -> list[str]:
        """What a stream cannot mend, for it needs objects together."""
        return [
            f"{rule_id}: {says}; {TOGETHER}"
            for rule_id, says in APART.items()
            if self.refused[rule_id]
        ]

    def as_json(self) -> dict[str, dict[str, int]]:
        """The totals as JSON."""
        leaves = {str(name): self.leaves[name] for name in CLASSES}
        return {
            "objects": {name: self.objects[name] for name in ("exact", "lossy", "refused")},
            "leaves": leaves | {"total": self.leaves.total()},
            "residue": dict(sorted(self.residue.items())),
            "refused": dict(sorted(self.refused.items())),
            "source": dict(sorted(self.findings.items())),
        }
