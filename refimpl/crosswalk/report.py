"""What came of an object: the record or message, the class of each leaf, and what was refused.

Everything in a report is plain JSON without a fraction, so that its canonical form is one text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pydantic_core import to_json

from refimpl.crosswalk.reading import Json, leaves_of
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import CLASSES, Class, Finding, Residue
from refimpl.shapes import Sorted, canonical_json

Grade = Literal["exact", "lossy", "refused"]
_quote: Final = json.encoder.encode_basestring
LOSSY: Final = frozenset({"rounded", "widened", "residue"})


@dataclass(frozen=True, order=True)
class Entry:
    """What became of one leaf: its JSON Pointer and class, the pointer in ours where it went
    there, what kind of residue it is, and how it was written where ours writes it otherwise.
    """

    at: str
    settled: Class
    to: str = ""
    kind: Residue | Literal[""] = ""
    was: str = ""

    @cached_property
    def text(self) -> str:
        """The entry in canonical JSON."""
        text = f'{{"at":{_quote(self.at)},"class":"{self.settled}"'
        if self.kind:
            text += f',"kind":"{self.kind}"'
        if self.to:
            text += f',"to":{_quote(self.to)}'
        if self.was:
            text += f',"was":{_quote(self.was)}'
        return text + "}"

    def as_json(self) -> dict[str, Json]:
        """The entry as JSON, what is empty left out."""
        found: dict[str, Json] = {"at": self.at, "class": self.settled}
        if self.to:
            found["to"] = self.to
        if self.kind:
            found["kind"] = self.kind
        if self.was:
            found["was"] = self.was
        return found


@dataclass(frozen=True)
class Report:
    """What came of one object of a protocol.

    `made` is our record or message and `ours` the same as JSON; both are None of a refused
    object, whose `refusal` says why.  `entries` has every leaf once, in the order of the
    object.  `extension` is what the way back needs besides; it stands in `made` too, unless it
    travels `apart`.  `assumed` names the assumptions that were made use of.
    """

    protocol: str
    kind: str
    made: Sorted | None
    ours: dict[str, Json] | None
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()
    extension: Mapping[str, Json] | None = None
    apart: bool = False
    assumed: tuple[str, ...] = ()
    refusal: Refused | None = None

    @cached_property
    def _tally(self) -> tuple[dict[Class, int], dict[str, int]]:
        """How many leaves are of each class, and of each kind of residue."""
        counts: dict[Class, int] = dict.fromkeys(CLASSES, 0)
        residue: dict[str, int] = {}
        for entry in self.entries:
            counts[entry.settled] += 1
            if kind := entry.kind:
                residue[kind] = residue.get(kind, 0) + 1
        return counts, residue

    @property
    def counts(self) -> dict[Class, int]:
        """How many leaves ended in each class."""
        return self._tally[0]

    @cached_property
    def residue(self) -> dict[str, int]:
        """How many leaves without a place there are of each kind."""
        return dict(sorted(self._tally[1].items()))

    @property
    def grade(self) -> Grade:
        """Whether the object was carried over exactly, with losses, or not."""
        if self.refusal is not None:
            return "refused"
        lossy = any(count and name in LOSSY for name, count in self.counts.items())
        return "lossy" if lossy else "exact"

    @property
    def rule(self) -> str:
        """The rule by which the object was refused; empty where it was not."""
        return self.refusal.rule_id if self.refusal else ""

    def as_json(self) -> dict[str, Json]:
        """The report as JSON."""
        found = self._short_members()
        found["entries"] = [entry.as_json() for entry in self.entries]
        if self.refusal is None:
            found["extension"] = {self.protocol: dict(self.extension or {})}
            found["ours"] = self.ours
        return found

    def _short_members(self) -> dict[str, Json]:
        """The members of the report that are short, those of each in order but for leaves."""
        found: dict[str, Json] = {
            "assumed": [*self.assumed],
            "class": self.grade,
            "from": self.protocol,
            "kind": self.kind,
            "leaves": self._leaves(),
            "residue": {**self.residue},
            "source": [finding._asdict() for finding in self.findings],
        }
        refusal = self.refusal
        if refusal is None:
            found["apart"] = self.apart
        else:
            found["refused"] = {
                "at": refusal.at,
                "rule": refusal.rule_id,
                "says": refusal.says,
            }
        return found

    def _leaves(self) -> dict[str, Json]:
        leaves: dict[str, Json] = {str(name): count for name, count in self.counts.items()}
        leaves["total"] = len(self.entries)
        return leaves

    def canonical(self) -> bytes:
        """The report in canonical JSON, put together of texts: most entries are known from the
        report before, and the extension is written once though it stands there twice.
        """
        members = self._short_members() | {"entries": 0}
        if self.refusal is None:
            members |= {"extension": 0, "ours": 0}
        members["leaves"] = dict(sorted(self._leaves().items()))
        text = to_json({name: members[name] for name in sorted(members)})
        if self.refusal is None:
            extension = to_json({self.protocol: self.extension or {}})  # whose names are sorted
            text = text.replace(b'"ours":0', b'"ours":%b' % self._ours_with(extension), 1)
            text = text.replace(b'"extension":0', b'"extension":%b' % extension, 1)
        entries = ",".join([entry.text for entry in self.entries])
        return text.replace(b'"entries":0', b'"entries":[%b]' % entries.encode(), 1)

    def _ours_with(self, extension: bytes) -> bytes:
        """Ours in canonical JSON, its extension being written already."""
        if self.ours is None or "extension" not in self.ours:
            return canonical_json(self.ours)
        ours = canonical_json({**self.ours, "extension": 0})
        return ours.replace(b'"extension":0', b'"extension":%b' % extension, 1)


class Given(NamedTuple):
    """What came of a record or message of ours on the way to a protocol.

    `needs` are the required members of theirs that neither the record nor the context supplies,
    `lost` the members of ours that theirs has no place for, and `conflicts` what the context
    has otherwise than the record; all are JSON Pointers.  `findings` is where the object breaks
    its own protocol's text, besides what it needs.
    """

    object: dict[str, Json]
    needs: tuple[str, ...]
    lost: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def without_place(report: Report, given: Given) -> tuple[str, ...]:
    """The leaves of an object that has gone through ours into another protocol, and that one
    has no place for: what ours left over, and what went to a member that `given` lost.
    """
    lost = frozenset(given.lost)
    return tuple(
        entry.at for entry in report.entries if entry.settled == "residue" or entry.to in lost
    )


def not_restored(report: Report, given: Given) -> tuple[str, ...]:
    """The leaves of an object that did not come back, where it has gone through ours into its
    own protocol again.
    """
    there = {at for at, _ in leaves_of(given.object)}
    return tuple(entry.at for entry in report.entries if entry.at not in there)
