"""What a partner that asks again is told: what was said before, page by page, and which records
the one has that the other has not.

Each page is bounded by its bytes, in the order of ids.

Rules: FET-1 to FET-3, RCL-*, REP-10.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

from refimpl.endpoint.state import RoamingEndpoint
from refimpl.errors import Violation
from refimpl.messages import (
    FetchAnswer,
    FetchRequest,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordMark,
    Said,
    ServiceState,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.records import DetailRecord
from refimpl.session import ServiceKey, Session
from refimpl.shapes import Shape, canonical_bytes
from refimpl.vocabulary import Kind, Phase

PAGE_BYTES: Final = 16_384
"""How many bytes of what was asked for go into one page, or one thing if that is longer."""
MARKS: Final = 200
"""How many records a page of a reconciliation names."""

AnyShape = TypeVar("AnyShape", bound=Shape)


# --- What there is between the two ------------------------------------------------------------


def services_with(rep: RoamingEndpoint, partner: str) -> list[Session]:
    """Every service with a partner, in the order of correlation ids; a record that waits stands
    for its service.
    """
    services = [
        session
        for session in rep.sessions.values()
        if partner in (session.home_csp, session.visited_cso) and session.evse_id
    ]
    for service, record in rep.ledger.unmatched.get(partner, ()):
        services.append(_session_of(rep, partner, service, record))
    return sorted(services, key=lambda session: (session.correlation_id, session.opener))


def _state_of(session: Session, what: str) -> ServiceState:
    """Say how a service stands, with its record where that is asked for."""
    return ServiceState(
        correlation_id=session.correlation_id,
        emaid=session.emaid or None,
        energy_wh=session.energy_wh,
        evse_id=session.evse_id,
        ground=session.ground,
        last_at=session.last_at,
        medium=session.medium,
        opener=session.opener,
        phase=session.phase,
        record=session.record if what == "records" else None,
        service=session.service,
        started_at=session.started_at,
    )


def _session_of(
    rep: RoamingEndpoint, partner: str, service: ServiceKey, record: DetailRecord
) -> Session:
    """The service that a record tells of which is all that is known of it."""
    return Session(
        *service,
        home_csp=rep.entity_id,
        visited_cso=partner,
        service=record.service,
        emaid=record.emaid or "",
        medium=record.medium,
        evse_id=record.evse_id,
        phase=Phase.RECORDED,
        record=record,
    )


# --- Answering --------------------------------------------------------------------------------


# fmt: off
NARROWED_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "lists":    (),
    "records":  ("correlation_id", "day", "id"),
    "sessions": ("correlation_id", "day"),
    "stations": ("id",),
})
"""By which members a request for each may be narrowed."""
# fmt: on


def _check_fetch(rep: RoamingEndpoint, asked: FetchRequest) -> None:
    if asked.what == "lists" and rep.kind is Kind.CSO:
        raise Violation("FET-1", f"lists of {rep.entity_id}")
    for member in ("correlation_id", "day", "id"):
        if getattr(asked, member) is not None and member not in NARROWED_BY[asked.what]:
            raise Violation("FET-2", f"{asked.what} by {member}")
    if asked.what == "lists" and not (asked.after or "0").isdecimal():
        raise Violation("FET-3", "after: lists are paged by the numbers of their parts")


def _answer_fetch(rep: RoamingEndpoint, partner: str, asked: FetchRequest) -> FetchAnswer:
    _check_fetch(rep, asked)
    match asked.what:
        case "lists":
            return _lists_again(rep, partner, asked)
        case "stations":
            return _stations_again(rep, asked)
    return _services_again(rep, partner, asked)


def _services_again(rep: RoamingEndpoint, partner: str, asked: FetchRequest) -> FetchAnswer:
    services = services_with(rep, partner)
    found = [session for session in services if _is_asked_for(session, asked)]
    behind = [one for one in found if one.correlation_id > (asked.after or "")]
    states = (_state_of(session, asked.what) for session in behind)
    page = _page(states, lambda state: state.correlation_id)
    if not page:
        return FetchAnswer(after=asked.after, more=False)
    last = page[-1].correlation_id
    more = behind[-1].correlation_id > last
    return FetchAnswer(after=last, more=more, services=tuple(page))


def _is_asked_for(session: Session, asked: FetchRequest) -> bool:
    """Say whether a service is among those a request names (FET-2)."""
    record = session.record if asked.what == "records" else None
    if asked.what == "records" and record is None:
        return False
    if asked.correlation_id not in (None, session.correlation_id):
        return False
    if asked.id is not None and (record is None or record.record_id != asked.id):
        return False
    at = record.ended_at if record else session.last_at
    return asked.day is None or (at is not None and day_of(at) == asked.day)


def day_of(at: datetime) -> str:
    """The day in UTC of a moment, as `2025-07-08`."""
    return at.date().isoformat()


def _page(found: Iterable[AnyShape], id_of: Callable[[AnyShape], str]) -> list[AnyShape]:
    """Take as many as a page holds; what has one id stays together."""
    page: list[AnyShape] = []
    size = 0
    for one in found:
        size += len(canonical_bytes(one))
        full = size > PAGE_BYTES and page
        if full and id_of(page[-1]) != id_of(one):
            break
        page.append(one)
    return page


def _stations_again(rep: RoamingEndpoint, asked: FetchRequest) -> FetchAnswer:
    stations = []
    for evse_id in sorted(rep.stations):
        operated = rep.network.operator(evse_id) in (None, rep.entity_id)
        if operated and asked.id in (None, evse_id) and evse_id > (asked.after or ""):
            stations.append(rep.stations[evse_id])
    page = _page(stations, lambda station: station.evse_id)
    if not page:
        return FetchAnswer(after=asked.after, more=False)
    last = page[-1].evse_id
    notices = _notices_of(rep, tuple(page))
    more = stations[-1].evse_id > last
    return FetchAnswer(after=last, more=more, notices=notices)


def _notices_of(
    rep: RoamingEndpoint, stations: tuple[Station, ...]
) -> tuple[StationInformationNotice | StationStatusNotice, ...]:
    statuses = []
    for station in stations:
        status = rep.statuses.get(station.evse_id) or rep.evses.get(station.evse_id)
        if status:
            told = {"evse_id": station.evse_id, "status": status}
            statuses.append(StationStatus.model_validate(told))
    sequence = rep.sequences.said
    information = StationInformationNotice(sequence=sequence, stations=stations)
    if not statuses:
        return (information,)
    return information, StationStatusNotice(sequence=sequence, statuses=tuple(statuses))


def _lists_again(rep: RoamingEndpoint, partner: str, asked: FetchRequest) -> FetchAnswer:
    """Say the list for a partner again, a part a page; through a clearing house it was said to
    that one.
    """
    said = rep.listed.get(partner)
    for house in rep.network.houses(rep.entity_id):
        said = said or rep.listed.get(house)
    if said is None:
        return FetchAnswer(after=asked.after, more=False)
    parts = said.parts_again(rep.entity_id)
    number = int(asked.after or "0")
    if number >= len(parts):
        return FetchAnswer(after=asked.after, more=False)
    more = number + 1 < len(parts)
    part = parts[number].model_copy(update={"sequence": rep.sequences.said})
    return FetchAnswer(after=str(number + 1), more=more, notices=(part,))


def _answer_reconciliation(
    rep: RoamingEndpoint, partner: str, asked: ReconciliationRequest
) -> ReconciliationAnswer:
    """Hold the records of a day against those a partner has, as far as its page goes."""
    marks = [mark.record_id for mark in asked.have]
    after = asked.after or ""
    in_order = marks == sorted(marks) and all(mark > after for mark in marks)
    if not in_order or (asked.more and not marks):
        raise Violation("RCL-2", "have")
    if len(set(marks)) < len(marks):
        raise Violation("RCL-1", "have: a record stands twice")
    ours = set()
    for mark in marks_of(rep, partner, asked.day):
        if mark.record_id <= after:
            continue
        if asked.more and mark.record_id > marks[-1]:
            continue
        ours.add(mark)
    theirs = set(asked.have)
    return ReconciliationAnswer(
        besides=_in_order(ours - theirs)[:MARKS], lacks=_in_order(theirs - ours)
    )


def marks_of(rep: RoamingEndpoint, partner: str, day: str) -> tuple[RecordMark, ...]:
    """The records that an endpoint has of its services with a partner that ended on a day, in
    the order of their ids.
    """
    marks = []
    for session in services_with(rep, partner):
        record = session.record
        if record is not None and day_of(record.ended_at) == day:
            of = session.correlation_id
            marks.append(RecordMark(correlation_id=of, record_id=record.record_id))
    return _in_order(marks)


def _in_order(marks: Iterable[RecordMark]) -> tuple[RecordMark, ...]:
    return tuple(sorted(marks, key=lambda mark: (mark.record_id, mark.correlation_id)))


def reconciliation(
    rep: RoamingEndpoint, partner: str, day: str
) -> tuple[ReconciliationRequest, ...]:
    """The requests with which an endpoint reconciles a day with a partner, page by page."""
    marks = marks_of(rep, partner, day)
    pages = [marks[at : at + MARKS] for at in range(0, len(marks), MARKS)] or [()]
    requests = []
    after = None
    for number, page in enumerate(pages, 1):
        more = number < len(pages)
        requests.append(ReconciliationRequest(after=after, day=day, have=page, more=more))
        after = page[-1].record_id if page else None
    return tuple(requests)


# The message is of the type that its key names, which no type of a mapping can say.
Answering = Callable[[RoamingEndpoint, str, Any], Said]

INQUIRIES: Final[Mapping[type[Said], Answering]] = MappingProxyType(
    {FetchRequest: _answer_fetch, ReconciliationRequest: _answer_reconciliation}
)
"""How a partner's question about what there is between the two is answered."""
