"""Several charge detail records of OCPI that are one of ours: an original, the credit record
that takes it back, and the new one in its place.

OCPI never changes a record.  A credit record repeats the original with a negative cost, so that
its energy looks like a second service; the new record names neither.  Ours says the same in one
member: the new record replaces the original.

Where something is wrong with the credit, its new record stays back as well, and so does a
second record of a session that no credit takes back: each would be paid beside the first.

Rules: XWK-3, XWK-11, XWK-13.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeGuard

from pydantic import ValidationError

from refimpl.crosswalk.carrying import Members
from refimpl.crosswalk.codecs import same
from refimpl.crosswalk.converting import shape_of, take
from refimpl.crosswalk.keeping import parts_of, restored
from refimpl.crosswalk.kinds import Protocol
from refimpl.crosswalk.ocpi_records import is_credit
from refimpl.crosswalk.reading import Json, leaves_of, read
from refimpl.crosswalk.report import Entry, Report
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.sessions import not_beside, session_of
from refimpl.crosswalk.tables import Residue
from refimpl.shapes import Sorted, first_fault

OWN: Final = ("id", "credit", "credit_reference_id", "last_updated", "invoice_reference_id")
"""What a credit record says of itself; its costs aside, all else is that of the original."""
REASON: Final = "reason="


def chain(
    protocol: Protocol, given: Iterable["bytes | Json"], assume: Collection[str] = ()
) -> Report:
    """Carry an original, its credit record and the new one, in any order, into one record of
    ours that `replaces` the original.

    What is refused among them is the report, the cause before what follows from it, else that
    of the new record.
    """
    reports = take_together(protocol, given, assume)
    refused = [report for report in reports if report.refusal is not None]
    if refused:
        return min(refused, key=lambda report: report.rule == "XWK-13")
    for report in reports:
        if report.ours is not None and "replaces" in report.ours:
            return report
    return reports[-1]


def take_together(
    protocol: Protocol,
    given: Iterable["bytes | Json"],
    assume: Collection[str] = (),
    kind: str = "",
) -> tuple[Report, ...]:
    """Carry several objects of a protocol, a report each, in their order.

    A credit record is refused unless the record that it credits is among them once, no other
    credits it too, its total is that one negated, and one new record has the same session,
    party, EVSE and contract.  That one's report then has a record that `replaces` the original;
    the report of the credit record has no record of its own, and its extension is what differs
    from the original.  Where there is no new record and `reason=TEXT` is assumed, the credit
    record is a withdrawal.  A record beside a refused credit of its session is refused, XWK-13,
    and so is a second one of a session without a credit.
    """
    values = [_read(one) for one in given]
    reports = [take(protocol, value, kind, assume) for value in values]
    for at, report in enumerate(reports):
        if report.rule == "XWK-3":
            _take_credit(at, values, reports, assume)
    for at, report in enumerate(reports):
        if report.refusal is not None and is_credit(_members(values[at])):
            _hold_back_beside(at, values, reports)
    _hold_back_seconds(values, reports)
    return tuple(reports)


def _read(given: "bytes | Json") -> "bytes | Json":
    try:
        return read(given) if isinstance(given, (str, bytes)) else given
    except Refused:
        return given


def _take_credit(
    at: int, values: Sequence["bytes | Json"], reports: list[Report], assume: Collection[str]
) -> None:
    credit = _members(values[at])
    try:
        first = _original(credit, values, reports)
        _check_sole(credit, at, values)
        _check_same(credit, _members(values[first]))
        _check_costs(credit, _members(values[first]))
        news = _new_of(first, values, reports)
        if len(news) > 1:
            raise Refused("XWK-3", "/session_id", "several records could be the new one")
        replaced = (reports[first].ours or {})["record_id"]
        settled = _credit_report(reports[at], credit, _members(values[first]))
        if news:
            _check_agrees(reports[news[0]], reports[first])
            reports[news[0]] = _replacing(reports[news[0]], replaced)
            reports[at] = settled
        else:
            reports[at] = _withdrawing(settled, replaced, assume)
    except Refused as refusal:
        reports[at] = replace(reports[at], refusal=refusal)


def _members(value: "bytes | Json") -> Members:
    return value if isinstance(value, dict) else {}


def _identity(record: Members, name: str) -> tuple[str, ...]:
    """What an id of a record is unique by: the party and the id, all without case."""
    texts = (record.get("country_code"), record.get("party_id"), record.get(name))
    return tuple(str(text).upper() for text in texts)


def _original(
    credit: Members, values: Sequence["bytes | Json"], reports: Sequence[Report]
) -> int:
    """Find the record that a credit record names."""
    place = "/credit_reference_id"
    if not isinstance(credit.get("credit_reference_id"), str):
        raise Refused("XWK-3", place, "a credit record that credits none")
    wanted = _identity(credit, "credit_reference_id")
    found = [
        at
        for at, value in enumerate(values)
        if _identity(_members(value), "id") == wanted and not is_credit(_members(value))
    ]
    if not found:
        raise Refused("XWK-3", place, "the record it credits is not among them")
    if len(found) > 1:
        raise Refused("XWK-3", place, "the record it credits is more than once among them")
    if reports[found[0]].ours is None:
        raise Refused("XWK-3", place, "the record it credits is refused")
    return found[0]


def _check_sole(credit: Members, own: int, values: Sequence["bytes | Json"]) -> None:
    """That no other credit record takes the same record back."""
    wanted = _identity(credit, "credit_reference_id")
    for at, value in enumerate(values):
        other = _members(value)
        if at == own or not is_credit(other):
            continue
        if _identity(other, "credit_reference_id") == wanted:
            raise Refused("XWK-3", "/credit_reference_id", "two credits of one record")


def _check_same(credit: Members, original: Members) -> None:
    """That a credit record repeats the original, costs aside."""
    theirs, ours = dict(leaves_of(credit)), dict(leaves_of(original))
    for at in sorted(theirs.keys() | ours.keys()):
        name = at.split("/")[1]
        if name in OWN or name.endswith("_cost"):
            continue
        if at not in theirs or at not in ours or theirs[at] != ours[at]:
            raise Refused("XWK-3", at, "not what the record that it credits says")


def _check_costs(credit: Members, original: Members) -> None:
    """That each amount is that of the original, and each of the total with the other sign."""
    before = dict(leaves_of(original))
    for at, value in leaves_of(credit):
        name = at.split("/")[1]
        if not name.endswith("_cost") or not _is_number(value):
            continue
        known = before.get(at)
        repeats = value == known and at not in TOTALS
        takes_back = _is_number(known) and value == -known
        if not repeats and not takes_back:
            raise Refused("XWK-3", at, "not what the record that it credits says, negated")


TOTALS: Final = frozenset(
    {"/total_cost", "/total_cost/before_taxes", "/total_cost/excl_vat", "/total_cost/incl_vat"}
)


def _is_number(value: Json) -> TypeGuard[int | Decimal]:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def _new_of(
    first: int, values: Sequence["bytes | Json"], reports: Sequence[Report]
) -> list[int]:
    """Find the records of the same session that may take the place of an original."""
    original = _members(values[first])
    if not isinstance(original.get("session_id"), str):
        raise Refused("XWK-3", "/session_id", "without it nothing ties a new record to the old")
    session = _identity(original, "session_id")
    return [
        at
        for at, value in enumerate(values)
        if at != first
        and reports[at].ours is not None
        and not is_credit(_members(value))
        and _identity(_members(value), "session_id") == session
    ]


def _hold_back_beside(
    refused: int, values: Sequence["bytes | Json"], reports: list[Report]
) -> None:
    """Refuse what is of the session of a refused credit, save the record that it names and what
    another credit put in its place.
    """
    credit = _members(values[refused])
    named = _identity(credit, "credit_reference_id")
    for at in _under_way(values, reports):
        value = _members(values[at])
        if _identity(value, "id") != named and _is_of_session(value, credit):
            says = "the credit record of its session is refused"
            reports[at] = not_beside(reports[at], says)


def _under_way(values: Sequence["bytes | Json"], reports: Sequence[Report]) -> list[int]:
    """Which records go on by themselves: neither replaced or taken back, nor a replacement."""
    done = {(report.ours or {}).get("replaces") for report in reports}
    done |= {
        report.ours.get("record_id")
        for report in reports
        if report.ours is not None and report.ours["kind"] != "cdr"
    }
    found = []
    for at, report in enumerate(reports):
        ours = report.ours or {}
        is_record = ours.get("kind") == "cdr" and "replaces" not in ours
        if is_record and ours["record_id"] not in done:
            found.append(at)
    return found


def _is_of_session(record: Members, credit: Members) -> bool:
    """Whether a record is of the session of a credit; where one of them does not name it, by
    party, place, contract and start.
    """
    ours, theirs = session_of(record), session_of(credit)
    if ours is not None and theirs is not None:
        return ours == theirs
    told, leaves = dict(leaves_of(record)), dict(leaves_of(credit))
    return all(told.get(at) == leaves.get(at) for at in SERVICE)


SERVICE: Final = (
    "/country_code",
    "/party_id",
    "/cdr_location/evse_id",
    "/location/evses/0/evse_id",
    "/cdr_token/contract_id",
    "/auth_id",
    "/start_date_time",
)
"""What tells one service from another, where no session is named."""


def _hold_back_seconds(values: Sequence["bytes | Json"], reports: list[Report]) -> None:
    """Refuse each further record of a session, in the order in which they were given."""
    first: dict[tuple[str, ...], int] = {}
    for at in _under_way(values, reports):
        session = session_of(_members(values[at]))
        if session is not None and first.setdefault(session, at) != at:
            says = f"object {first[session] + 1} is a record of the same session"
            reports[at] = not_beside(reports[at], says)


AGREEING: Final = {
    "evse_id": "/cdr_location/evse_id",
    "emaid": "/cdr_token/contract_id",
    "medium": "/cdr_token/uid",
}
"""What a new record says as the original does, and where OCPI has it."""


def _check_agrees(new: Report, original: Report) -> None:
    """That the new record is of the same place and contract as the original."""
    after, before = new.ours or {}, original.ours or {}
    for name, at in AGREEING.items():
        if after.get(name) != before.get(name):
            raise Refused("XWK-3", at, "another one in the new record of the session")


def _replacing(report: Report, replaced: Json) -> Report:
    """The same report, its record replacing another."""
    ours = {**(report.ours or {}), "replaces": replaced}
    return replace(report, ours=ours, made=_made(ours, "/id"))


def _made(ours: Members, at: str) -> Sorted:
    """The shape that our members are; raises `Refused` with the shape's own rule."""
    try:
        return shape_of(ours)
    except ValidationError as error:
        fault = first_fault(error)
        rule_id = fault.kind if fault.kind[:3].isupper() else "XWK-11"
        raise Refused(rule_id, at, f"{fault.place}: {fault.says}") from None


def _credit_report(report: Report, credit: Members, original: Members) -> Report:
    """What became of the leaves of a credit record: they are those of the original, or its own.

    Its extension holds what differs.
    """
    before = dict(leaves_of(original))
    entries: list[Entry] = []
    kept: Members = {}
    for at, value in leaves_of(credit):
        if at in before and same(value, before[at]):
            entries.append(Entry(at, "derived", "/replaces"))
            continue
        kept[at] = value
        if at == "/credit_reference_id":
            entries.append(Entry(at, "form", "/replaces", "", str(value)))
        else:
            entries.append(Entry(at, "residue", "", _kind_of(at)))
    absent = [at for at in before if at not in {entry.at for entry in entries}]
    extension = parts_of(kept, absent)
    return replace(report, entries=tuple(entries), refusal=None, extension=extension)


def _kind_of(at: str) -> Residue:
    return "money" if "_cost/" in at else "correlation"


def credit_of(report: Report, original: Members) -> Json:
    """The credit record again, from its report and the record that it credits."""
    return restored(dict(leaves_of(original)), report.extension or {})


def _withdrawing(report: Report, record_id: Json, assume: Collection[str]) -> Report:
    reasons = [one.removeprefix(REASON) for one in assume if one.startswith(REASON)]
    if not reasons:
        says = "no new record takes the place of the old; --assume reason=TEXT withdraws it"
        raise Refused("XWK-3", "/session_id", says)
    ours: Members = {
        "kind": "record-withdrawal-notice",
        "reason": reasons[0],
        "record_id": record_id,
    }
    assumed = (*report.assumed, f"{REASON}{reasons[0]}")
    return replace(report, ours=ours, made=_made(ours, ""), assumed=assumed)
