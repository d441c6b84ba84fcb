"""From one protocol on to another: what a report's record or message becomes there, and why it
may not go on.

Rules: XWK-3, XWK-10.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from refimpl.crosswalk.converting import give
from refimpl.crosswalk.kinds import Protocol, counterpart
from refimpl.crosswalk.reading import Json, leaves_of
from refimpl.crosswalk.report import Given, Report, not_restored, without_place
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Finding


class Onward(NamedTuple):
    """What was given on, or the refusal; the leaves of theirs that did not come along, and the
    faults of what was given on that the object had not before.
    """

    given: Given | None = None
    refusal: Refused | None = None
    without_place: tuple[str, ...] = ()
    faults: tuple[Finding, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the other protocol's object is there, complete, and as its table has it."""
        given = self.given
        return given is not None and not (given.needs or given.conflicts or self.faults)


def carry_on(
    report: Report, start: Protocol, end: Protocol, context: Mapping[str, Json] | None = None
) -> Onward:
    """Carry what a report made on to a protocol; one that was refused itself goes nowhere."""
    if report.refusal is not None:
        return Onward(refusal=report.refusal)
    if report.ours is None:
        return Onward(refusal=Refused("XWK-3", "", "a credit record is not given on"))
    before = start.kinds[report.kind]
    kind = counterpart(before, end, report.ours)
    if kind is None:
        says = f"{end.title} has no counterpart of this {start.title} {before.word}"
        return Onward(refusal=Refused("XWK-10", "", says))
    kept = report.extension if end is start else None
    given = give(end, kind.name, report.ours, context, kept)
    own = report.findings if end is start else ()
    faults = tuple(one for one in given.findings if one not in own and one.rule != "extra")
    lost = not_restored if end is start else without_place
    return Onward(given, None, lost(report, given), faults)


def carry_on_together(
    reports: Sequence[Report],
    start: Protocol,
    end: Protocol,
    context: Mapping[str, Json] | None = None,
) -> tuple[Onward, ...]:
    """Carry several on; a record in whose place another of them came is not given on beside
    it, for it would be paid twice.
    """
    replaced = set()
    for report in reports:
        ours = report.ours or {}
        replaced.add(ours.get("replaces"))
        if ours.get("kind") == "record-withdrawal-notice":
            replaced.add(ours.get("record_id"))
    found = []
    for report in reports:
        ours = report.ours or {}
        is_record = ours.get("kind") != "record-withdrawal-notice"
        if is_record and ours.get("record_id") and ours["record_id"] in replaced:
            says = "it was taken back, and is not given on"
            found.append(Onward(refusal=Refused("XWK-3", "", says)))
        else:
            found.append(carry_on(report, start, end, context))
    return tuple(found)


IDENTIFYING: Final = frozenset(
    {"CPOPartnerSessionID", "EMPPartnerSessionID", "SessionID", "id", "session_id", "uid"}
)
"""Members of theirs that no two objects have in common."""


def identifying_of(context: Mapping[str, Json]) -> list[str]:
    """The places of a context that name one object, so that it is not for many.

    >>> identifying_of({"SessionID": "1", "currency": "EUR"})
    ['/SessionID']
    """
    return [at for at, _ in leaves_of(dict(context)) if at.rpartition("/")[2] in IDENTIFYING]
