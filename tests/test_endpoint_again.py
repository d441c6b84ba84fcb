"""Asking again: what a partner is told, page by page, what is taken in of it, and which records
the one has that the other has not.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import Outcome, RoamingEndpoint, receive, send
from refimpl.endpoint.asked_again import PAGE_BYTES, day_of, marks_of, reconciliation
from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.state import Differences
from refimpl.messages import (
    AuthorizationListNotice,
    DetailRecordNotice,
    Envelope,
    FetchAnswer,
    FetchRequest,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordMark,
    Refusal,
    RemoteControlNotice,
    ServiceState,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.network import Block, Network, RoamingEntity
from refimpl.play.loopback import Loopback
from refimpl.play.player import restarted
from refimpl.records import ServiceDetailRecord
from refimpl.session import ServiceKey, Session
from refimpl.shapes import canonical_bytes
from refimpl.vocabulary import Ground, Kind, Phase

NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
LATEST: Final = load("2025")
HOME, VISITED, OTHER = "csp-alba", "cso-elm", "cso-gale"
CONTRACT: Final = "DE8AA0012345670"
STRANGER: Final = "ZZ000001234567"
EVSES: Final = {VISITED: "DEAB7E8406487", OTHER: "FRA23E45B78C"}
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id=HOME, kind=Kind.CSP, party_ids=("DE8AA",)),
        RoamingEntity(id=VISITED, kind=Kind.CSO, party_ids=("DEAB7",)),
        RoamingEntity(id=OTHER, kind=Kind.CSO, party_ids=("FRA23",)),
    ),
    links=(Block(left=(HOME,), right=(VISITED, OTHER)),),
    agreements=(Block(left=(HOME,), right=(VISITED, OTHER)),),
)


def endpoint(entity_id: str, **changed: Any) -> RoamingEndpoint:
    contracts = HashTrieMap({CONTRACT: True} if entity_id == HOME else {})
    evses = HashTrieMap({EVSES[entity_id]: "available"} if entity_id in EVSES else {})
    rep = RoamingEndpoint(entity_id, NETWORK, LATEST, contracts=contracts, evses=evses)
    return replace(rep, **changed)


def record(number: int, of: str = VISITED, day: datetime = NOON) -> ServiceDetailRecord:
    return ServiceDetailRecord(
        emaid=CONTRACT,
        ended_at=day,
        evse_id=EVSES[of],
        quantity=60,
        record_id=f"record-{number:04}",
        service="parking",
        started_at=day - timedelta(minutes=1),
        unit="s",
    )


def service(number: int, of: str = VISITED, **changed: Any) -> Session:
    """A recorded service; its number names it and its record."""
    kept = record(number, of, changed.pop("day", NOON))
    told = Session(
        of,
        f"service-{number:04}",
        HOME,
        of,
        service="parking",
        emaid=CONTRACT,
        evse_id=EVSES[of],
        phase=Phase.RECORDED,
        ground=Ground.ANSWER,
        started_at=kept.started_at,
        last_at=kept.ended_at,
        record=kept,
    )
    return replace(told, **changed)


def holding(entity_id: str, *services: Session) -> RoamingEndpoint:
    rep = endpoint(entity_id)
    for one in services:
        rep = rep.keep(one)
        if one.record:
            ledger = rep.ledger.count(one.visited_cso, one.key, one.record)
            rep = replace(rep, ledger=ledger)
    return rep


def ask(rep: RoamingEndpoint, message: Any, sender: str = HOME) -> Any:
    """What an endpoint answers to a partner."""
    envelope = Envelope(
        correlation_id="aside-1",
        edition="2025",
        message=message,
        receiver=rep.entity_id,
        request_id="m-1",
        sender=sender,
        sent_at=NOON,
    )
    outcome = receive(rep, envelope, peer=sender, now=NOON, new_id=lambda: "m-2")
    (reply,) = outcome.sends
    return reply.envelope.message


def told(answer: FetchAnswer) -> list[str]:
    return [state.correlation_id for state in answer.services]


# --- what a partner is told -------------------------------------------------------------------


def test_records_by_service_id_and_day() -> None:
    rep = holding(
        VISITED,
        service(1),
        service(2, day=NOON - timedelta(days=1)),
        service(3, phase=Phase.ACTIVE, record=None),
    )
    everything = ["service-0001", "service-0002"]
    cases: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({}, everything),
        ({"day": "2025-07-08"}, everything[:1]),
        ({"id": "record-0002"}, everything[1:]),
        ({"correlation_id": "service-0002"}, everything[1:]),
        ({"correlation_id": "service-0002", "day": "2025-07-08"}, []),
        ({"id": "record-0003"}, []),
    )
    for narrowed, found in cases:
        answer = ask(rep, FetchRequest(what="records", **narrowed))
        assert (told(answer), answer.more) == (found, False), narrowed
    assert ask(rep, FetchRequest(what="records")).services[0].record == record(1)


def test_sessions_have_no_record() -> None:
    open_one = service(3, phase=Phase.ACTIVE, record=None)
    answer = ask(holding(VISITED, service(1), open_one), FetchRequest(what="sessions"))
    assert [(one.correlation_id, one.record) for one in answer.services] == [
        ("service-0001", None),
        ("service-0003", None),
    ]
    by_day = FetchRequest(day="2025-07-07", what="sessions")
    early = replace(open_one, last_at=None)
    assert ask(holding(VISITED, early), by_day).services == ()


def test_nothing_of_others_is_told() -> None:
    rep = holding(HOME, service(1), service(2, OTHER))
    assert told(ask(rep, FetchRequest(what="records"), VISITED)) == ["service-0001"]
    assert told(ask(rep, FetchRequest(what="records"), OTHER)) == ["service-0002"]


def test_what_waits_is_told_as_well() -> None:
    rep = endpoint(HOME)
    key = ServiceKey(VISITED, "service-0009")
    rep = replace(rep, ledger=rep.ledger.hold(VISITED, key, record(9)))
    (state,) = ask(rep, FetchRequest(what="records"), VISITED).services
    assert (state.correlation_id, state.record, state.phase) == (
        "service-0009",
        record(9),
        Phase.RECORDED,
    )


def test_pages_are_bounded_and_in_order() -> None:
    rep = holding(VISITED, *(service(number) for number in range(90)))
    found: list[str] = []
    after, pages = None, 0
    while True:
        page = ask(rep, FetchRequest(after=after, what="records"))
        found += told(page)
        pages += 1
        assert sum(len(canonical_bytes(one)) for one in page.services) <= PAGE_BYTES
        if not page.more:
            break
        after = page.after
    assert found == [f"service-{number:04}" for number in range(90)]
    assert pages > 1
    assert ask(rep, FetchRequest(after="z", what="records")) == FetchAnswer(
        after="z", more=False
    )


def test_two_services_of_one_id_are_on_one_page() -> None:
    """A page never ends between two services that have one id at different openers."""
    ids = [service(number) for number in range(90)]
    twice = [replace(one, opener=HOME, record=None) for one in ids]
    page = ask(holding(VISITED, *ids, *twice), FetchRequest(what="sessions"))
    assert told(page).count(page.after) == 2


def station(evse_id: str) -> Station:
    return Station(evse_id=evse_id, name="A", power_w=22_000, services=("parking",))


def test_stations_of_ones_own() -> None:
    mine, elses = station(EVSES[VISITED]), station(EVSES[OTHER])
    both = HashTrieMap({one.evse_id: one for one in (mine, elses)})
    answer = ask(endpoint(VISITED, stations=both), FetchRequest(what="stations"))
    information, statuses = answer.notices
    assert isinstance(information, StationInformationNotice)
    assert isinstance(statuses, StationStatusNotice)
    assert information.stations == (mine,)
    assert [one.status for one in statuses.statuses] == ["available"]
    bare = ask(
        endpoint(VISITED, stations=both, evses=HashTrieMap()), FetchRequest(what="stations")
    )
    assert bare.notices == (information,)
    none = FetchRequest(id="DEAB7E1", what="stations")
    assert ask(endpoint(VISITED, stations=both), none).notices == ()


def test_lists_part_by_part() -> None:
    keys = frozenset({CONTRACT, STRANGER})
    rep = endpoint(HOME, listed=HashTrieMap({VISITED: ContractList(3, keys)}))
    answer = ask(rep, FetchRequest(what="lists"), VISITED)
    (notice,) = answer.notices
    assert isinstance(notice, AuthorizationListNotice)
    assert set(notice.emaids) == keys
    assert (answer.after, answer.more) == ("1", False)
    assert ask(rep, FetchRequest(after="1", what="lists"), VISITED).notices == ()
    for wrong, rule in (
        (FetchRequest(after="x", what="lists"), "FET-3"),
        (FetchRequest(day="2025-07-08", what="lists"), "FET-2"),
        (FetchRequest(id="record-1", what="sessions"), "FET-2"),
        (FetchRequest(correlation_id="s", what="stations"), "FET-2"),
    ):
        refused = ask(rep, wrong, VISITED)
        assert isinstance(refused, Refusal)
        assert refused.rule == rule
    of_visited = ask(endpoint(VISITED), FetchRequest(what="lists"))
    assert isinstance(of_visited, Refusal)
    assert of_visited.rule == "FET-1"
    assert ask(rep, FetchRequest(what="lists"), OTHER).notices == ()


# --- what is taken in -------------------------------------------------------------------------


def fetched(
    rep: RoamingEndpoint, answer: Any, partner: str = VISITED, what: Any = "records"
) -> Outcome:
    """The endpoint after a partner's answer to its request."""
    ids = (f"m-{number}" for number in range(1, 9))
    asked = send(
        rep,
        FetchRequest(what=what),
        partner,
        correlation_id="aside-1",
        now=NOON,
        new_id=ids.__next__,
    )
    (sent,) = asked.sends
    reply = sent.envelope.model_copy(
        update={
            "in_reply_to": sent.envelope.end_to_end_id,
            "message": answer,
            "receiver": rep.entity_id,
            "sender": partner,
        }
    )
    return receive(asked.rep, reply, peer=partner, now=NOON, new_id=ids.__next__)


def state(number: int = 1, of: str = VISITED, **changed: Any) -> ServiceState:
    kept = record(number, of)
    plain = {
        "correlation_id": f"service-{number:04}",
        "emaid": CONTRACT,
        "evse_id": EVSES[of],
        "ground": Ground.ANSWER,
        "opener": of,
        "phase": Phase.RECORDED,
        "record": kept,
        "service": "parking",
        "started_at": kept.started_at,
    }
    return ServiceState(**{**plain, **changed})


def answer(*states: ServiceState, more: bool = False, after: str | None = None) -> FetchAnswer:
    return FetchAnswer(after=after, more=more, services=states)


def test_a_service_is_taken_over() -> None:
    outcome = fetched(endpoint(HOME), answer(state()))
    (session,) = outcome.rep.sessions.values()
    assert (session.phase, session.record, session.fetched) == (
        Phase.RECORDED,
        record(1),
        True,
    )
    assert (session.home_csp, session.visited_cso) == (HOME, VISITED)
    assert outcome.notes == ()
    again = fetched(outcome.rep, answer(state()))
    assert again.rep.sessions == outcome.rep.sessions


def test_an_operator_takes_over_as_well() -> None:
    running = state(phase=Phase.STOPPING, record=None)
    outcome = fetched(endpoint(VISITED), answer(running), HOME, "sessions")
    (session,) = outcome.rep.sessions.values()
    assert (session.home_csp, session.visited_cso, session.phase) == (
        HOME,
        VISITED,
        Phase.ACTIVE,
    )
    unregistered = state(evse_id="ESXXXE1", phase=Phase.ENDED, record=None)
    at_home = fetched(endpoint(HOME), answer(unregistered))
    assert [one.visited_cso for one in at_home.rep.sessions.values()] == [VISITED]
    at_cso = fetched(endpoint(VISITED), answer(unregistered), HOME, "sessions")
    assert [one.visited_cso for one in at_cso.rep.sessions.values()] == [VISITED]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"emaid": STRANGER}, "AUT-1"),
        ({"opener": OTHER}, "FET-4"),
        ({"evse_id": EVSES[OTHER]}, "AUT-4"),
    ],
)
def test_what_is_not_taken_over(changed: dict[str, Any], rule: str) -> None:
    outcome = fetched(endpoint(HOME), answer(state(**changed), state(2)))
    assert [note.rule_id for note in outcome.notes] == [rule]
    assert [key.correlation_id for key in outcome.rep.sessions] == ["service-0002"]


def test_what_is_not_settled_is_not_taken_over() -> None:
    outcome = fetched(endpoint(HOME), answer(state(phase=Phase.ASKED, record=None)))
    assert (list(outcome.rep.sessions), outcome.notes) == ([], ())


def test_a_record_is_counted_once() -> None:
    rep = holding(HOME, service(1))
    twice = state(2, record=record(1))
    outcome = fetched(rep, answer(twice))
    assert [note.rule_id for note in outcome.notes] == ["REC-7"]


def test_the_record_of_a_known_service() -> None:
    known = service(1, phase=Phase.ENDED, record=None, fetched=False, last_at=NOON)
    outcome = fetched(holding(HOME, known), answer(state()))
    (session,) = outcome.rep.sessions.values()
    assert (session.phase, session.record) == (Phase.RECORDED, record(1))
    nothing = fetched(holding(HOME, known), answer(state(record=None, phase=Phase.ENDED)))
    assert [one.phase for one in nothing.rep.sessions.values()] == [Phase.ENDED]


def test_a_record_that_waited_is_matched() -> None:
    rep = endpoint(HOME)
    key = ServiceKey(VISITED, "service-0001")
    rep = replace(rep, ledger=rep.ledger.hold(VISITED, key, record(1)))
    outcome = fetched(rep, answer(state()))
    assert outcome.rep.ledger.unmatched[VISITED] == ()
    assert outcome.rep.sessions[key].record == record(1)


def test_the_next_page_is_asked_for() -> None:
    outcome = fetched(endpoint(HOME), answer(state(), more=True, after="service-0001"))
    (following,) = outcome.sends
    assert following.envelope.message == FetchRequest(after="service-0001", what="records")
    assert following.envelope.request_id != "m-1"
    for after in (None, ""):
        page = FetchAnswer.model_construct(
            after=after, kind="fetch-answer", more=True, notices=(), services=()
        )
        assert fetched(endpoint(HOME), page).sends == ()


def test_parts_of_a_list_go_forward() -> None:
    for after, goes_on in (("1", True), ("0", False), ("x", False)):
        page = answer(more=True, after=after)
        outcome = fetched(endpoint(VISITED), page, HOME, "lists")
        assert bool(outcome.sends) is goes_on


def test_news_is_taken_in() -> None:
    mine = FetchAnswer(
        more=False, notices=(StationInformationNotice(stations=(station(EVSES[VISITED]),)),)
    )
    outcome = fetched(endpoint(HOME), mine, what="stations")
    assert list(outcome.rep.stations) == [EVSES[VISITED]]
    elses = FetchAnswer(
        more=False, notices=(StationInformationNotice(stations=(station(EVSES[OTHER]),)),)
    )
    refused = fetched(endpoint(HOME), elses, what="stations")
    assert [note.rule_id for note in refused.notes] == ["AUT-4"]
    listed = AuthorizationListNotice(emaids=(CONTRACT,), home_csp=HOME)
    heard = fetched(
        endpoint(VISITED), FetchAnswer(more=False, notices=(listed,)), HOME, "lists"
    )
    assert heard.rep.lists[HOME].keys == {CONTRACT}


def test_a_refusal_is_noted() -> None:
    outcome = fetched(endpoint(HOME), Refusal(rule="FET-1", where="here"))
    assert [note.rule_id for note in outcome.notes] == ["FET-1"]


def test_what_comes_after_all_is_no_news() -> None:
    """What was under way when a service was fetched gets a receipt and changes nothing."""
    rep = fetched(endpoint(HOME), answer(state(last_at=NOON))).rep
    for event, at in (("started", NOON - timedelta(minutes=1)), ("ended", NOON)):
        late = SessionProgressNotice(
            at=at,
            authorization=Ground.ANSWER,
            emaid=CONTRACT,
            energy_wh=0,
            event=event,  # type: ignore[arg-type]  # one of the events
            evse_id=EVSES[VISITED],
            service="parking",
        )
        assert hear_late(rep, late) == "receipt"
    assert hear_late(rep, DetailRecordNotice(record=record(1))) == "receipt"
    assert hear_late(rep, DetailRecordNotice(record=record(2))) == "SES-6"
    running = fetched(
        endpoint(HOME), answer(state(record=None, phase=Phase.ACTIVE, last_at=NOON))
    ).rep
    unsure = RemoteControlNotice(command="stop", result="unknown")
    assert hear_late(running, unsure) == "SES-15"


def hear_late(rep: RoamingEndpoint, message: Any) -> str:
    envelope = Envelope(
        correlation_id="service-0001",
        edition="2025",
        message=message,
        receiver=HOME,
        request_id="late-1",
        sender=VISITED,
        sent_at=NOON,
    )
    outcome = receive(rep, envelope, peer=VISITED, now=NOON, new_id=lambda: "m")
    (reply,) = outcome.sends
    said = reply.envelope.message
    return said.rule if isinstance(said, Refusal) else said.kind


# --- reconciliation ---------------------------------------------------------------------------


def mark(number: int) -> RecordMark:
    return RecordMark(correlation_id=f"service-{number:04}", record_id=f"record-{number:04}")


def page_of(*numbers: int, more: bool = False, after: int | None = None) -> Any:
    return ReconciliationRequest(
        after=None if after is None else f"record-{after:04}",
        day="2025-07-08",
        have=tuple(mark(number) for number in numbers),
        more=more,
    )


def test_who_lacks_which() -> None:
    rep = holding(VISITED, service(1), service(2), service(4, day=NOON - timedelta(days=1)))
    found = ask(rep, page_of(2, 3))
    assert found == ReconciliationAnswer(besides=(mark(1),), lacks=(mark(3),))


def test_each_page_speaks_of_its_stretch() -> None:
    rep = holding(VISITED, *(service(number) for number in range(1, 7)))
    assert ask(rep, page_of(1, 3, more=True)).besides == (mark(2),)
    assert ask(rep, page_of(5, after=3)).besides == (mark(4), mark(6))


@pytest.mark.parametrize("wrong", [page_of(3, 2), page_of(2, after=2), page_of(1, after=2)])
def test_pages_are_in_order(wrong: ReconciliationRequest) -> None:
    said = ask(holding(VISITED), wrong)
    assert isinstance(said, Refusal)
    assert said.rule == "RCL-2"


def test_a_day_is_put_into_pages() -> None:
    rep = holding(HOME, *(service(number) for number in range(401)))
    pages = reconciliation(rep, VISITED, "2025-07-08")
    assert [(len(page.have), page.more, page.after) for page in pages] == [
        (200, True, None),
        (200, True, "record-0199"),
        (1, False, "record-0399"),
    ]
    (empty,) = reconciliation(endpoint(HOME), VISITED, "2025-07-08")
    assert (empty.have, empty.more) == ((), False)
    assert marks_of(rep, OTHER, "2025-07-08") == ()
    assert day_of(NOON) == "2025-07-08"


def test_an_empty_page_that_is_not_the_last() -> None:
    said = ask(holding(VISITED, service(1)), page_of(more=True))
    assert isinstance(said, Refusal)
    assert said.rule == "RCL-2"


def test_differences_are_kept() -> None:
    differ = ReconciliationAnswer(besides=(mark(1),), lacks=(mark(2),))
    rep = endpoint(HOME)
    for _ in range(2):
        rep = reconciled(rep, differ)
    kept = rep.differences[VISITED]
    assert kept == Differences(frozenset({mark(1)}), frozenset({mark(2)}))


@pytest.mark.parametrize(
    "wrong",
    [
        ReconciliationAnswer(besides=(mark(2),), lacks=()),  # it was told that we have it
        ReconciliationAnswer(besides=(), lacks=(mark(3),)),  # it was not told that we have it
    ],
)
def test_differences_that_cannot_be(wrong: ReconciliationAnswer) -> None:
    assert reconciled(endpoint(HOME), wrong).differences == HashTrieMap()


def test_a_record_stands_once_on_a_page() -> None:
    said = ask(holding(VISITED), page_of(2, 2))
    assert isinstance(said, Refusal)
    assert said.rule == "RCL-1"


def reconciled(rep: RoamingEndpoint, differ: ReconciliationAnswer) -> RoamingEndpoint:
    ids: Iterator[str] = iter(("m-1", "m-2"))
    asked = send(
        rep, page_of(2), VISITED, correlation_id="aside", now=NOON, new_id=ids.__next__
    )
    (sent,) = asked.sends
    reply = sent.envelope.model_copy(
        update={
            "in_reply_to": sent.envelope.end_to_end_id,
            "message": differ,
            "receiver": HOME,
            "sender": VISITED,
        }
    )
    return receive(asked.rep, reply, peer=VISITED, now=NOON, new_id=ids.__next__).rep


# --- the whole --------------------------------------------------------------------------------


def test_a_partner_that_lost_everything_is_made_whole() -> None:
    """A home-CSP of ninety services loses them and has them all again, over many pages."""
    services = [service(number) for number in range(90)]
    world = Loopback(
        {
            HOME: restarted(holding(HOME, *services), "everything"),
            VISITED: holding(VISITED, *services),
        },
        now=NOON,
    )
    world.say(HOME, FetchRequest(what="records"), VISITED, "aside-1")
    world.run()
    kept = {key: one.record for key, one in world.reps[HOME].sessions.items()}
    assert kept == {one.key: one.record for one in services}
    assert world.notes == []
    for page in reconciliation(world.reps[HOME], VISITED, "2025-07-08"):
        world.say(HOME, page, VISITED, "aside-2")
        world.run()
    found = world.reps[HOME].differences[VISITED]
    assert (found.besides, found.lacks) == (frozenset(), frozenset())


def test_a_question_about_what_there_is_leaves_no_trace() -> None:
    """It may be long, and is answered as things are when it comes again."""
    rep = holding(VISITED, service(1))
    envelope = Envelope(
        correlation_id="aside-1",
        edition="2025",
        message=FetchRequest(what="records"),
        receiver=VISITED,
        request_id="m-1",
        sender=HOME,
        sent_at=NOON,
    )
    once = receive(rep, envelope, peer=HOME, now=NOON, new_id=lambda: "m-2")
    assert once.rep == rep
    later = receive(
        once.rep.keep(service(2)), envelope, peer=HOME, now=NOON, new_id=lambda: "m-3"
    )
    (answer,) = later.sends
    assert told(answer.envelope.message) == ["service-0001", "service-0002"]  # type: ignore[arg-type]  # an answer to what was asked


def test_what_goes_on_after_all_is_news() -> None:
    """The end of a service that ran when it was fetched, and more energy, are news."""
    told_last: dict[str, Any] = {
        "energy_wh": 100,
        "last_at": NOON,
        "phase": Phase.ACTIVE,
        "record": None,
    }
    rep = fetched(endpoint(HOME), answer(state(**told_last))).rep
    plain = {
        "at": NOON,
        "authorization": Ground.ANSWER,
        "emaid": CONTRACT,
        "evse_id": EVSES[VISITED],
        "service": "parking",
    }
    for event, energy_wh, phase, energy in (
        ("updated", 100, Phase.ACTIVE, 100),
        ("updated", 150, Phase.ACTIVE, 150),
        ("ended", 100, Phase.ENDED, 100),
    ):
        late = SessionProgressNotice.model_validate(
            {**plain, "energy_wh": energy_wh, "event": event}
        )
        envelope = Envelope(
            correlation_id="service-0001",
            edition="2025",
            message=late,
            receiver=HOME,
            request_id=f"late-{energy_wh}-{event}",
            sender=VISITED,
            sent_at=NOON,
        )
        heard = receive(rep, envelope, peer=VISITED, now=NOON, new_id=lambda: "m")
        (session,) = heard.rep.sessions.values()
        assert (session.phase, session.energy_wh) == (phase, energy)


def test_a_record_that_cannot_be_true_is_not_taken_over() -> None:
    far = state(record=record(1, day=datetime(2099, 1, 1, tzinfo=UTC)))
    outcome = fetched(endpoint(HOME), answer(far))
    assert [note.rule_id for note in outcome.notes] == ["PLA-1"]
    assert outcome.rep.sessions == HashTrieMap()
    old = record(1, day=NOON - timedelta(days=400))
    long_ago = state(record=old, started_at=old.started_at)
    (session,) = fetched(endpoint(HOME), answer(long_ago)).rep.sessions.values()
    assert session.record == old
