"""One endpoint, message by message, and what small groups make of trouble on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from rpds import HashTrieMap

from refimpl.edition import load
from refimpl.endpoint import (
    RETRY_AFTER,
    Outbox,
    Outcome,
    Recent,
    RoamingEndpoint,
    next_due,
    receive,
    refuse,
    remind,
    send,
)
from refimpl.endpoint import question as question_of
from refimpl.endpoint.contract_list import ContractList
from refimpl.errors import Misuse, RoamingError, Untrusted, Violation
from refimpl.messages import (
    ANSWER_KINDS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    Envelope,
    FetchAnswer,
    FetchRequest,
    Message,
    Receipt,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    ReservationAnswer,
    Said,
    ServiceState,
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)
from refimpl.network import Network
from refimpl.play.example import NETWORK as EXAMPLE
from refimpl.session import ServiceKey
from refimpl.vocabulary import Ground, Mode, Phase, Reason, Strategy
from refimpl.wire import encode
from tests.flights import (
    BLOCKED,
    ENERGY,
    EVSES,
    HOME,
    HOUSE,
    NETWORK,
    NOBODYS,
    ONE,
    OTHER,
    OTHERS,
    TWO,
    VALID,
    Command,
    Flights,
    booking,
    detail_record,
    endpoint,
    order,
    progress,
    question,
)
from tests.world import EMAID, NOON, envelope, service_in


def result(command: Command = "start", done: bool = True) -> RemoteControlNotice:
    return RemoteControlNotice(command=command, result="done" if done else "not-done")


def dispute(record_id: str = "record-1") -> CorrectionRequest:
    return CorrectionRequest(reason="too much", record_id=record_id)


def listing(*emaids: str, home: str = HOME) -> AuthorizationListNotice:
    return AuthorizationListNotice(emaids=emaids, home_csp=home)


def letter(message: Message, sender: str, receiver: str, **changed: Any) -> Envelope:
    fields = {
        "correlation_id": "service-1",
        "edition": "2025",
        "request_id": "m-1",
        "sent_at": NOON,
        **changed,
    }
    if message.kind in ANSWER_KINDS:
        fields.setdefault("in_reply_to", fields["request_id"])
    return Envelope(message=message, sender=sender, receiver=receiver, **fields)


def listed_to(receiver: str, *keys: str) -> "HashTrieMap[str, ContractList]":
    """What a home-CSP remembers of the list it said to one receiver."""
    return HashTrieMap({receiver: ContractList(keys=frozenset(keys))})


def hear(rep: RoamingEndpoint, envelope: Envelope, peer: str | None = None) -> Outcome:
    """What an endpoint makes of an envelope, by default straight from its sender."""
    return receive(
        rep,
        envelope,
        peer=peer or envelope.sender,
        now=NOON,
        new_id=iter("abcdefghij").__next__,
    )


def said(outcome: Outcome) -> list[tuple[str, Said]]:
    return [(one.peer, one.envelope.message) for one in outcome.sends]


def refusal(outcome: Outcome, error: type[RoamingError] = Violation) -> str:
    """The rule under which one message was refused: noted, and told to the peer."""
    (note,), (one,) = outcome.notes, outcome.sends
    assert type(note) is error
    assert one.envelope.message == Refusal(rule=note.rule_id, where=note.where)
    return note.rule_id


def dropped(rep: RoamingEndpoint, outcome: Outcome) -> str:
    """The rule under which an answer was dropped: noted, and nothing else happened."""
    assert outcome.rep == rep
    assert not outcome.sends
    (note,) = outcome.notes
    return note.rule_id


def running(mode: str = Mode.DIRECT, until: Phase = Phase.ACTIVE) -> Flights:
    """The small world with one service of the valid contract at the first CSO, quiet, in a
    phase.
    """
    world = Flights.over(mode)
    acts: dict[Phase, Said] = {
        Phase.GRANTED: question(),
        Phase.ACTIVE: progress("started"),
        Phase.ENDED: progress("ended"),
        Phase.RECORDED: detail_record(),
    }
    for phase, message in acts.items():
        world.say(ONE, message, HOME)
        world.settle()
        if phase is until:
            break
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (until, until, [])
    return world


# --- the six steps ----------------------------------------------------------------------------


def test_1_passed_on() -> None:
    """What is for another is passed on unchanged, under a request id of its own beside the id
    from end to end.
    """
    house = endpoint(HOUSE, Mode.CLEARING_HOUSE)
    envelope = letter(question(), ONE, HOME)
    outcome = hear(house, envelope)
    (one,) = outcome.sends
    ids = {"request_id": "a", "message_id": "m-1"}
    assert (one.peer, one.envelope) == (HOME, envelope.model_copy(update=ids))
    answer = letter(
        AuthorizationAnswer(granted=True, home_csp=HOME),
        HOME,
        ONE,
        request_id="a",
        in_reply_to="m-1",
    )
    (back,) = hear(outcome.rep, answer).sends
    ids = {"request_id": "m-1", "message_id": "a"}
    assert (back.peer, back.envelope) == (ONE, answer.model_copy(update=ids))
    assert back.envelope.in_reply_to == one.envelope.end_to_end_id == "m-1"


def test_end_to_end_ids_over_hops() -> None:
    """The id from end to end outlives hops, and is not written where a hop uses it itself."""
    said = letter(question(), ONE, HOME)
    hops = said.under("a").under("b")
    assert (hops.request_id, hops.message_id, hops.end_to_end_id) == ("b", "m-1", "m-1")
    assert hops.under("m-1") == said


def test_2_not_on_the_way() -> None:
    """An endpoint that is not on the way does not touch a message."""
    envelope = letter(question(), ONE, HOME)
    for name in (HOUSE, OTHER, TWO):
        assert refusal(hear(endpoint(name), envelope, peer=ONE), Untrusted) == "REP-1"


def test_2_the_peer_is_the_previous_hop() -> None:
    home = endpoint(HOME, Mode.CLEARING_HOUSE)
    envelope = letter(question(), ONE, HOME)
    assert refusal(hear(home, envelope, peer=ONE), Untrusted) == "REP-2"
    assert refusal(hear(home, envelope, peer=OTHER), Untrusted) == "REP-2"
    assert said(hear(home, envelope, peer=HOUSE)) == [
        (HOUSE, AuthorizationAnswer(granted=True, home_csp=HOME))
    ]
    assert refusal(hear(endpoint(HOME), envelope, peer=HOUSE), Untrusted) == "REP-2"


def test_2_untrusted_is_not_remembered() -> None:
    """What an untrusted peer said is not remembered."""
    home = endpoint(HOME)
    wrong = hear(home, letter(question(), ONE, HOME), peer=OTHER)
    assert wrong.rep == home
    assert not hear(wrong.rep, letter(question(), ONE, HOME)).notes


def test_2_no_such_way() -> None:
    assert refusal(hear(endpoint(OTHER), letter(question(OTHERS, TWO), TWO, OTHER))) == "NET-5"
    assert refusal(hear(endpoint(HOME), letter(question(), "nobody", HOME)), Misuse) == "NET-1"
    assert refusal(hear(endpoint(HOME), letter(order(), ONE, HOME))) == "NET-3"


@pytest.mark.parametrize(
    "message",
    [question(), progress("started"), listing(VALID, home=OTHER)],
    ids=lambda m: m.kind,
)
def test_3_the_same_bytes_again(message: Message) -> None:
    """What comes again gets the same bytes and changes nothing."""
    home = endpoint(HOME)
    sender = OTHER if isinstance(message, AuthorizationListNotice) else ONE
    first = hear(home, letter(message, sender, HOME))
    again = hear(first.rep, letter(message, sender, HOME))
    assert again.rep == first.rep
    assert [encode(one.envelope) for one in again.sends] == [
        encode(one.envelope) for one in first.sends
    ]
    assert not again.notes


def test_3_request_ids_are_of_a_peer() -> None:
    """The same request id of two peers is two requests."""
    first = hear(endpoint(HOME), letter(question(), ONE, HOME))
    second = hear(
        first.rep, letter(question(visited=TWO), TWO, HOME, correlation_id="service-2")
    )
    assert said(second) == [(TWO, AuthorizationAnswer(granted=True, home_csp=HOME))]


def test_an_answer_is_matched() -> None:
    """With what was said under its id to the peer that it comes from, and nothing else."""
    asked = send(
        endpoint(ONE),
        question(),
        HOME,
        correlation_id="service-1",
        now=NOON,
        new_id=lambda: "m-1",
    )
    (one,) = asked.sends
    answer = letter(AuthorizationAnswer(granted=True, home_csp=HOME), HOME, ONE)
    other = answer.model_copy(update={"request_id": "m-2"})
    assert question_of(asked.rep, answer, HOME) == one.envelope
    assert question_of(asked.rep, answer, HOUSE) is None
    assert question_of(asked.rep, other, HOME) is None


def test_3_a_house_repeats() -> None:
    """Its sender may have had to sign it afresh."""
    house = endpoint(HOUSE, Mode.CLEARING_HOUSE)
    first = hear(house, letter(question(), ONE, HOME))
    later = NOON + timedelta(minutes=10)
    again = hear(first.rep, letter(question(), ONE, HOME, sent_at=later))
    assert [one.envelope.sent_at for one in (*first.sends, *again.sends)] == [NOON, later]
    assert again.sends[0].envelope.request_id == first.sends[0].envelope.request_id
    assert (again.rep, again.notes) == (first.rep, ())
    away = refuse(house, letter(question(), ONE, HOME), peer=ONE, now=NOON)
    assert hear(away.rep, letter(question(), ONE, HOME, sent_at=later)).sends == away.sends, (
        "a no stays the house's own"
    )


def test_3_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came last is remembered, and what came long before is not."""
    monkeypatch.setattr("refimpl.endpoint.state.RECENT", 5)
    rep = endpoint(HOME)
    for number in range(1, 24):
        rep = hear(rep, letter(question(), ONE, HOME, request_id=f"r-{number}")).rep
        kept = [n for n in range(1, number + 1) if rep.seen.get((ONE, f"r-{n}")) is not None]
        assert kept == list(range(number - len(kept) + 1, number + 1)), (
            "the latest, without a gap"
        )
        assert min(number, 5) <= len(kept) <= 10
    memory: Recent[str, int] = Recent()
    for name in "abcdefabc":
        memory = memory.insert(name, len(name))
    assert [memory.get(name) for name in "abcz"] == [1, 1, 1, None]


def test_3_both_ends_speak_one_edition() -> None:
    assert (
        refusal(hear(endpoint(HOME), letter(question(), ONE, HOME, edition="2019"))) == "REP-3"
    )
    passed = hear(
        endpoint(HOUSE, Mode.CLEARING_HOUSE), letter(question(), ONE, HOME, edition="2019")
    )
    assert not passed.notes  # whoever passes on does not read


def test_4_and_5_service_and_phase() -> None:
    """A message finds its service and must fit it."""
    granted = hear(endpoint(HOME), letter(question(), ONE, HOME)).rep
    assert service_in(granted, "service-1").phase is Phase.GRANTED
    started = hear(granted, letter(progress("started"), ONE, HOME, request_id="m-2"))
    assert said(started) == [(ONE, Receipt())]
    assert service_in(started.rep, "service-1").phase is Phase.ACTIVE
    again = hear(started.rep, letter(progress("started"), ONE, HOME, request_id="m-3"))
    assert refusal(again) == "SES-3"
    assert again.rep.sessions == started.rep.sessions


def test_6_the_next_endpoint() -> None:
    """An endpoint that heard something is a new value."""
    before = endpoint(HOME)
    after = hear(before, letter(question(), ONE, HOME)).rep
    assert before == endpoint(HOME)
    assert (before.sessions, before.seen) == (HashTrieMap(), Recent())
    assert after != before
    with pytest.raises(AttributeError):
        after.mode = "hybrid"  # type: ignore[misc]  # that it cannot be done is the test


# --- saying something of one's own accord -----------------------------------------------------


def say(
    rep: RoamingEndpoint, message: Said, receiver: str, correlation_id: str = "service-1"
) -> Outcome:
    return send(
        rep,
        message,
        receiver,
        correlation_id=correlation_id,
        now=NOON,
        new_id=iter("uvwxyz").__next__,
    )


def broken(
    rep: RoamingEndpoint,
    message: Said,
    receiver: str,
    error: type[RoamingError] = Violation,
    correlation_id: str = "service-1",
) -> str:
    with pytest.raises(error) as raised:
        say(rep, message, receiver, correlation_id)
    return raised.value.rule_id


def test_saying_moves_the_session() -> None:
    """What is said moves the speaker's session and waits for an answer."""
    asked = say(endpoint(ONE), question(), HOME)
    assert said(asked) == [(HOME, question())]
    assert service_in(asked.rep, "service-1").phase is Phase.ASKED
    assert next_due(asked.rep) == NOON + RETRY_AFTER


def test_saying_must_fit_the_service() -> None:
    """Nothing is said that the service does not allow."""
    assert broken(endpoint(ONE), progress("started"), HOME) == "SES-3"
    assert broken(endpoint(ONE), detail_record(), HOME) == "SES-6"
    assert broken(endpoint(HOME), dispute(), ONE) == "SES-7"
    assert broken(endpoint(ONE), Receipt(), HOME) == "NET-8"
    assert broken(endpoint(ONE), question(visited=TWO), HOME) == "AUT-4"
    assert broken(endpoint(TWO), question(OTHERS, TWO), OTHER) == "NET-5"
    assert broken(endpoint(ONE), question(), "nobody", Misuse) == "NET-1"
    assert broken(endpoint(HOME), AuthorizationAnswer(granted=True), ONE) == "SES-2"


def test_only_the_other_side_is_told() -> None:
    """A service is told to its other side only."""
    world = running()
    for message in (progress("ended"), progress("updated")):
        assert broken(world.reps[ONE], message, OTHER) == "SES-12"
    assert broken(world.reps[HOME], order("stop", visited=TWO), TWO) == "SES-8"  # none with it


def test_one_thing_at_a_time() -> None:
    """One thing at a time is said about a service to a partner."""
    world = running()
    world.say(ONE, progress("updated"), HOME)
    world.say(ONE, progress("ended"), HOME)
    world.say(ONE, detail_record(), HOME)
    assert [flight.envelope.message for flight in world.bag] == [progress("updated")]
    world.deliver()
    world.deliver()
    assert [flight.envelope.message for flight in world.bag] == [progress("ended")]
    world.settle()
    assert world.phase(HOME) is Phase.RECORDED


def test_queues_are_separate() -> None:
    """Services and partners do not wait for each other."""
    world = Flights.over()
    world.say(ONE, question(), HOME, "service-1")
    world.say(ONE, question(), HOME, "service-2")
    world.say(ONE, question(OTHERS), OTHER, "service-3")
    assert len(world.bag) == 3
    world.settle()
    assert [world.phase(ONE, f"service-{i}") for i in (1, 2, 3)] == [Phase.GRANTED] * 3


def test_reminders() -> None:
    """What waits too long is said again, unchanged."""
    asked = say(endpoint(ONE), question(), HOME)
    early, late = (
        remind(asked.rep, NOON + RETRY_AFTER + timedelta(seconds=s)) for s in (-1, 0)
    )
    assert not early.sends
    assert late.sends == asked.sends
    assert next_due(late.rep) == NOON + 2 * RETRY_AFTER
    assert next_due(endpoint(ONE)) is None


# --- answers ----------------------------------------------------------------------------------


def asking() -> RoamingEndpoint:
    """The first CSO, which has asked the home-CSP under request id u."""
    return say(endpoint(ONE), question(), HOME).rep


def yes(sender: str = HOME, receiver: str = ONE, **changed: Any) -> Envelope:
    return letter(
        AuthorizationAnswer(granted=True, home_csp=sender),
        sender,
        receiver,
        **{"request_id": "u", **changed},
    )


def test_an_answer_fits_its_question() -> None:
    outcome = hear(asking(), yes())
    assert not outcome.notes
    assert service_in(outcome.rep, "service-1").phase is Phase.GRANTED
    assert not outcome.rep.outbox
    assert dropped(outcome.rep, hear(outcome.rep, yes())) == "REP-7"  # and only once


@pytest.mark.parametrize(
    ("envelope", "peer", "rule"),
    [
        (yes(request_id="v"), HOME, "REP-7"),
        (yes(), OTHER, "REP-7"),
        (yes(receiver=TWO), HOME, "REP-7"),
        (letter(Receipt(), HOME, ONE, request_id="u"), HOME, "REP-7"),
        (letter(ReservationAnswer(granted=True), HOME, ONE, request_id="u"), HOME, "REP-7"),
        (yes(correlation_id="service-2"), HOME, "REP-6"),
        (yes(edition="2019"), HOME, "REP-3"),
        (yes(sender=OTHER), HOME, "SES-2"),
        (yes(in_reply_to=None), HOME, "REP-9"),
        (yes(in_reply_to="v"), HOME, "REP-9"),
        (
            letter(
                Refusal(rule="SES-1", where="there"), HOME, ONE, request_id="u", in_reply_to="v"
            ),
            HOME,
            "REP-9",
        ),
    ],
)
def test_unfit_answers_are_dropped(envelope: Envelope, peer: str, rule: str) -> None:
    rep = asking()
    assert dropped(rep, hear(rep, envelope, peer)) == rule


def test_a_kept_answer_counts_for_nothing() -> None:
    """A clearing house keeps an answer, lets the order be given again, and hands it over."""
    world = running(Mode.CLEARING_HOUSE)
    world.say(HOME, order("stop"), ONE)
    first, _ = world.deliver(), world.deliver()
    (kept,) = (flight.envelope for flight in world.bag)
    busy = Refusal(rule="REP-8", where="not now")
    busy_now = letter(busy, HOUSE, HOME, request_id=first.envelope.request_id)
    world.take(HOME, hear(world.reps[HOME], busy_now))
    assert world.phase(HOME) is Phase.ACTIVE
    again = say(world.reps[HOME], order("stop"), ONE).rep
    late = kept.under("u")
    assert late.message == RemoteControlAnswer(accepted=True)
    assert dropped(again, hear(again, late, peer=HOUSE)) == "REP-9"
    # Only a signature keeps the clearing house from writing the id of the new order on it.
    forged = late.model_copy(update={"in_reply_to": "u"})
    assert hear(again, forged, peer=HOUSE).notes == ()


@pytest.mark.parametrize(
    ("asked", "emaid", "named", "rule"),
    [
        (HOME, VALID, HOME, None),
        (HOME, VALID, None, "AUT-1"),  # a yes on nobody's word
        (HOME, VALID, OTHER, "AUT-1"),  # another's contract
        (HOME, NOBODYS, OTHER, "AUT-1"),  # another than was asked
        (HOME, OTHERS, HOME, "AUT-1"),  # another's contract
        (HOUSE, VALID, HOME, None),
        (HOUSE, OTHERS, HOME, "AUT-1"),
        (HOUSE, NOBODYS, HOME, None),
        (HOUSE, NOBODYS, "nobody", "AUT-1"),  # no partner
        (HOUSE, NOBODYS, None, "AUT-1"),
    ],
)
def test_a_yes_binds_its_home_csp(
    asked: str, emaid: str, named: str | None, rule: str | None
) -> None:
    """A yes is the word of the home-CSP whose contract it is."""
    rep = say(
        endpoint(ONE, Mode.CLEARING_HOUSE if asked == HOUSE else Mode.DIRECT),
        question(emaid),
        asked,
    ).rep
    outcome = hear(
        rep,
        letter(AuthorizationAnswer(granted=True, home_csp=named), asked, ONE, request_id="u"),
    )
    phase = service_in(outcome.rep, "service-1").phase
    if rule is None:
        assert (phase, outcome.notes) == (Phase.GRANTED, ())
        assert service_in(outcome.rep, "service-1").home_csp == named
    else:
        assert [note.rule_id for note in outcome.notes] == [rule]
        assert phase is Phase.ASKED


def test_whose_partner_says_yes() -> None:
    """With two clearing houses, even a partner has to be the visited-CSO's own."""
    rep = say(endpoint(TWO, Mode.CLEARING_HOUSE), question(NOBODYS, TWO), HOUSE).rep
    outcome = hear(
        rep,
        letter(AuthorizationAnswer(granted=True, home_csp=OTHER), HOUSE, TWO, request_id="u"),
    )
    assert [note.rule_id for note in outcome.notes] == ["AUT-1"]


def test_refusals_of_both_kinds() -> None:
    """A refused question is a no, and a refused notice is noted."""
    no = Refusal(rule="REP-8", where="not now")
    refused = hear(asking(), letter(no, HOME, ONE, request_id="u"))
    assert (service_in(refused.rep, "service-1").phase, refused.notes) == (Phase.REFUSED, ())
    world = running()
    told = say(world.reps[ONE], progress("updated"), HOME)
    outcome = hear(told.rep, letter(no, HOME, ONE, request_id="u"))
    assert [(note.rule_id, note.where) for note in outcome.notes] == [
        ("REP-8", f"session-progress-notice at {HOME}")
    ]
    (later,) = outcome.rep.outbox
    assert later.envelope.message == progress("updated")
    assert later.envelope.request_id != "u"  # the old id has its answer
    assert outcome.sends == ()  # at once it would be turned away again
    assert [again.envelope for again in remind(outcome.rep, NOON + RETRY_AFTER).sends] == [
        later.envelope
    ]


def test_who_may_refuse() -> None:
    """Or whoever was not asked could end the services of others, if a clearing house passes it
    on.
    """
    refused = Refusal(rule="AUT-1", where="there")
    through = say(endpoint(ONE, Mode.CLEARING_HOUSE), question(), HOME)
    for sender, phase in (
        (OTHER, Phase.ASKED),
        (TWO, Phase.ASKED),
        (HOME, Phase.REFUSED),
        (HOUSE, Phase.REFUSED),
    ):
        outcome = hear(through.rep, letter(refused, sender, ONE, request_id="u"), peer=HOUSE)
        assert service_in(outcome.rep, "service-1").phase is phase
        assert [note.rule_id for note in outcome.notes] == (
            [] if phase is Phase.REFUSED else ["SES-2"]
        )
        assert (outcome.rep == through.rep) is (phase is Phase.ASKED), (
            "the question still waits for its answer"
        )
    straight = say(endpoint(ONE), question(), HOME)
    outcome = hear(straight.rep, letter(refused, HOUSE, ONE, request_id="u"), peer=HOME)
    assert [note.rule_id for note in outcome.notes] == ["SES-2"], (
        "in this mode no house is on the way"
    )


def test_refused_news_is_noted() -> None:
    """News that breaks a rule is noted and not told again."""
    told = say(running().reps[ONE], progress("updated"), HOME)
    outcome = hear(
        told.rep, letter(Refusal(rule="SES-4", where="there"), HOME, ONE, request_id="u")
    )
    assert [(note.rule_id, note.where) for note in outcome.notes] == [
        ("SES-4", f"session-progress-notice at {HOME}")
    ]
    assert not outcome.rep.outbox


def test_a_home_csp_acts_for_its_own() -> None:
    """A home-CSP orders, books and lists for its own valid contracts only."""
    for message in (order(emaid=BLOCKED), listing(VALID, BLOCKED)):
        assert broken(endpoint(HOME), message, ONE) == "AUT-1"


def test_a_late_answer_is_noted() -> None:
    """A late answer that no row fits is noted, and what waited behind it goes on."""
    world = running()
    ordered = say(world.reps[HOME], order("stop"), ONE)
    odd = replace(
        ordered.rep,
        sessions=ordered.rep.sessions.insert(
            ServiceKey(ONE, "service-1"),
            service_in(running(until=Phase.GRANTED).reps[HOME], "service-1"),
        ),
    )
    outcome = hear(odd, letter(RemoteControlAnswer(accepted=True), ONE, HOME, request_id="u"))
    assert [note.rule_id for note in outcome.notes] == ["SES-2"]
    assert not outcome.rep.outbox


# --- what an entity decides by itself ---------------------------------------------------------


@pytest.mark.parametrize(
    ("emaid", "reason"),
    [(VALID, None), (BLOCKED, "blocked"), (OTHERS, "unknown"), (NOBODYS, "unknown")],
)
def test_a_home_csp_says_yes(emaid: str, reason: str | None) -> None:
    """A home-CSP says yes for its valid contracts, and why not for others."""
    outcome = hear(endpoint(HOME), letter(question(emaid), ONE, HOME))
    answer = AuthorizationAnswer(
        granted=reason is None, home_csp=HOME, reason=Reason(reason) if reason else None
    )
    assert said(outcome) == [(ONE, answer)]
    assert service_in(outcome.rep, "service-1").phase is (
        Phase.REFUSED if reason else Phase.GRANTED
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("available", None),
        ("occupied", "busy"),
        ("reserved", "busy"),
        ("blocked", "busy"),
        ("out-of-service", "unreachable"),
        ("unknown", "unreachable"),
        ("removed", "not-here"),
        (None, "not-here"),
    ],
)
def test_orders_need_a_free_evse(status: str | None, reason: str | None) -> None:
    """A visited-CSO accepts orders and bookings for a free EVSE, and says why not."""
    rep = endpoint(ONE, evses=HashTrieMap({EVSES[ONE]: status} if status else {}))
    assert both_answers(rep) == (reason is None, reason and Reason(reason))


@pytest.mark.parametrize(
    ("emaid", "reason"), [(VALID, None), (OTHERS, "unknown"), (NOBODYS, None)]
)
def test_orders_need_ones_own_contract(emaid: str, reason: str | None) -> None:
    """A visited-CSO accepts orders and bookings for contracts of the one that gives them."""
    assert both_answers(endpoint(ONE), emaid) == (reason is None, reason and Reason(reason))


def both_answers(rep: RoamingEndpoint, emaid: str = VALID) -> tuple[bool, Reason | None]:
    """Whether an order and a booking are taken on, and why not, which is one answer."""
    ((_, ordered),) = said(hear(rep, letter(order(emaid=emaid), HOME, ONE)))
    ((_, booked),) = said(hear(rep, letter(booking(emaid=emaid), HOME, ONE)))
    assert isinstance(ordered, RemoteControlAnswer)
    assert isinstance(booked, ReservationAnswer)
    assert (ordered.accepted, ordered.reason) == (booked.granted, booked.reason)
    return ordered.accepted, ordered.reason


def test_a_stop_needs_a_running_service() -> None:
    assert said(hear(running().reps[ONE], letter(order("stop"), HOME, ONE))) == [
        (HOME, RemoteControlAnswer(accepted=True))
    ]
    over = running(until=Phase.ENDED).reps[ONE]
    assert said(hear(over, letter(order("stop"), HOME, ONE))) == [
        (HOME, RemoteControlAnswer(accepted=False))
    ]
    assert refusal(hear(endpoint(ONE), letter(order("stop"), HOME, ONE))) == "SES-8"


def test_what_may_be_corrected() -> None:
    """A record is corrected if it is the one that counts."""
    rep = running(until=Phase.RECORDED).reps[ONE]
    assert said(hear(rep, letter(dispute(), HOME, ONE))) == [
        (HOME, CorrectionAnswer(agreed=True))
    ]
    assert said(hear(rep, letter(dispute("record-0"), HOME, ONE))) == [
        (HOME, CorrectionAnswer(agreed=False))
    ]


# --- lists ------------------------------------------------------------------------------------


def test_a_listed_contract_starts() -> None:
    """A listed contract starts without a question, and no other does."""
    world = Flights.over()
    world.say(HOME, listing(VALID), ONE, "list-1")
    world.settle()
    world.say(ONE, progress("started", Ground.LIST), HOME)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.ACTIVE,
        Phase.ACTIVE,
        [],
    )
    world.say(ONE, progress("updated", Ground.LIST), HOME)
    world.settle()
    assert broken(endpoint(ONE), progress("started", Ground.LIST), HOME) == "AUT-2"
    assert (
        broken(
            endpoint(TWO, lists=world.reps[ONE].lists),
            progress("started", Ground.LIST, BLOCKED, TWO),
            HOME,
        )
        == "AUT-2"
    )


def test_starts_are_for_listed_contracts() -> None:
    """A home-CSP hears of a start only for what it listed."""
    started = letter(progress("started", Ground.LIST), ONE, HOME)
    assert refusal(hear(endpoint(HOME), started)) == "AUT-2"
    assert refusal(hear(endpoint(HOME, listed=listed_to(ONE, BLOCKED)), started)) == "AUT-2"
    assert said(hear(endpoint(HOME, listed=listed_to(ONE, VALID)), started)) == [
        (ONE, Receipt())
    ]
    assert (
        refusal(
            hear(
                endpoint(HOME, listed=listed_to(ONE, VALID)),
                letter(progress("started"), ONE, HOME),
            )
        )
        == "SES-3"
    )


def test_whose_list_it_is() -> None:
    """A list comes from its home-CSP and holds its own contracts."""
    visited = endpoint(ONE)
    assert refusal(hear(visited, letter(listing(VALID), OTHER, ONE))) == "AUT-2"
    assert refusal(hear(visited, letter(listing(OTHERS), HOME, ONE))) == "AUT-1"
    assert refusal(hear(visited, letter(listing(VALID, OTHERS), HOME, ONE))) == "AUT-1"
    assert refusal(hear(visited, letter(listing(OTHERS), HOUSE, ONE))) == "AUT-1"
    for sender in (HOME, HOUSE):
        heard = hear(visited, letter(listing(VALID, NOBODYS), sender, ONE))
        assert said(heard) == [(sender, Receipt())]
        assert {name: one.keys for name, one in heard.rep.lists.items()} == {
            HOME: {VALID, NOBODYS}
        }
    assert broken(endpoint(HOME), listing(OTHERS), ONE) == "AUT-1"
    assert broken(endpoint(HOME), listing(OTHERS, home=OTHER), ONE) == "AUT-2"


def test_each_list_replaces_the_last() -> None:
    """Each list replaces the one before, even if that one is late."""
    world = Flights.over()
    world.reps[HOME] = endpoint(HOME, contracts=HashTrieMap({VALID: True, BLOCKED: True}))
    world.say(HOME, listing(VALID, BLOCKED), ONE, "list-1")
    world.say(HOME, listing(VALID), ONE, "list-2")
    late = world.bag[0]
    while len(world.bag) > 1:
        world.deliver(1)  # whatever may overtake it does
    world.settle()
    assert world.reps[ONE].lists[HOME].keys == {VALID}
    world.bag.append(late)
    world.settle()
    assert world.reps[ONE].lists[HOME].keys == {VALID}


def test_a_start_during_a_replacement() -> None:
    """A start from a list that is being replaced is good."""
    world = Flights.over()
    world.say(HOME, listing(VALID), ONE, "list-1")
    world.settle()
    world.say(HOME, listing(), ONE, "list-2")
    world.say(ONE, progress("started", Ground.LIST), HOME)  # it has yet to hear of the new list
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.ACTIVE,
        Phase.ACTIVE,
        [],
    )
    assert (
        broken(
            world.reps[ONE], progress("started", Ground.LIST), HOME, correlation_id="service-2"
        )
        == "AUT-2"
    )


def test_news_of_other_kinds_goes_on() -> None:
    """News of one kind does not wait for news of another."""
    world = Flights.over()
    world.say(
        ONE,
        StationStatusNotice(statuses=(StationStatus(evse_id=EVSES[ONE], status="occupied"),)),
        HOME,
        "n-1",
    )
    station = Station(evse_id=EVSES[ONE], name="Market", power_w=1, services=(ENERGY,))
    world.say(ONE, StationInformationNotice(stations=(station,)), HOME, "n-2")
    assert len(world.bag) == 2
    world.settle()
    assert world.reps[HOME].statuses == HashTrieMap({EVSES[ONE]: "occupied"})
    assert world.reps[HOME].stations == HashTrieMap({EVSES[ONE]: station})


def test_a_house_tells_all_partners() -> None:
    """A clearing house tells every entity that has an agreement with the speaker."""
    world = Flights.over(Mode.CLEARING_HOUSE)
    status = StationStatusNotice(
        statuses=(StationStatus(evse_id=EVSES[TWO], status="available"),)
    )
    world.say(TWO, status, HOUSE, "news-1")
    world.say(OTHER, listing(OTHERS, home=OTHER), HOUSE, "list-1")
    world.settle()
    assert {name for name, rep in world.reps.items() if rep.statuses} == {
        TWO,
        HOUSE,
        HOME,
    }  # its own, and no agreement with the other
    assert {name for name, rep in world.reps.items() if rep.lists} == {HOUSE, ONE}
    told = [e for e in world.heard() if e.message.kind == status.kind]
    assert [(e.sender, e.receiver, e.correlation_id) for e in told] == [
        (TWO, HOUSE, "news-1"),
        (HOUSE, HOME, "news-1"),
    ]
    assert len({e.request_id for e in told}) == 2
    assert world.notes == []


# --- a clearing house asked itself ------------------------------------------------------------


def asked_at_house(strategy: str, emaid: str, visited: str = ONE, lists: Any = ()) -> Flights:
    world = Flights.over(Mode.CLEARING_HOUSE, strategy)
    for home, emaids in lists:
        world.reps[HOUSE] = replace(
            world.reps[HOUSE],
            lists=world.reps[HOUSE].lists.insert(home, ContractList(keys=frozenset(emaids))),
        )
    world.say(visited, question(emaid, visited), HOUSE)
    world.settle()
    return world


def verdict(world: Flights, visited: str = ONE) -> tuple[Phase, str, bool]:
    session = service_in(world.reps[visited], "service-1")
    return session.phase, session.home_csp, session.ground is Ground.LIST


def readers(world: Flights) -> set[str]:
    return {e.receiver for e in world.heard() if isinstance(e.message, AuthorizationRequest)}


def test_a_house_answers_from_its_store() -> None:
    """From the store it answers by the lists it holds."""
    lists = [(OTHER, [OTHERS]), (HOME, [VALID])]
    world = asked_at_house(Strategy.STORE, VALID, lists=lists)
    assert verdict(world) == (Phase.GRANTED, HOME, True)
    assert readers(world) == {HOUSE}
    assert verdict(asked_at_house(Strategy.STORE, BLOCKED, lists=lists)) == (
        Phase.REFUSED,
        HOUSE,
        False,
    )
    # a list of a home-CSP with which the visited-CSO has no agreement is no answer for it
    assert verdict(asked_at_house(Strategy.STORE, OTHERS, TWO, lists), TWO)[0] is Phase.REFUSED
    assert verdict(asked_at_house(Strategy.STORE, OTHERS, ONE, lists), ONE)[0] is Phase.GRANTED


def test_a_house_forwards() -> None:
    """It forwards to the home-CSP that the contract names."""
    world = asked_at_house(Strategy.FORWARD, VALID)
    assert verdict(world) == (Phase.GRANTED, HOME, False)
    assert readers(world) == {HOUSE, HOME}
    assert service_in(world.reps[HOME], "service-1").visited_cso == ONE
    assert verdict(asked_at_house(Strategy.FORWARD, BLOCKED))[0] is Phase.REFUSED
    nobodys = asked_at_house(Strategy.FORWARD, NOBODYS)
    assert verdict(nobodys)[0] is Phase.REFUSED
    assert readers(nobodys) == {HOUSE}
    without = asked_at_house(Strategy.FORWARD, OTHERS, TWO)
    assert verdict(without, TWO)[0] is Phase.REFUSED
    assert [note.rule_id for note in without.notes] == ["NET-5"]


def test_a_house_broadcasts() -> None:
    """It broadcasts to every CSP with an agreement and takes the first yes."""
    world = asked_at_house(Strategy.BROADCAST, OTHERS)
    assert verdict(world) == (Phase.GRANTED, OTHER, False)
    assert readers(world) == {HOUSE, HOME, OTHER}
    assert world.phase(HOME) is Phase.REFUSED
    assert world.reps[HOUSE].polls == HashTrieMap()
    assert verdict(asked_at_house(Strategy.BROADCAST, NOBODYS))[0] is Phase.REFUSED
    without = asked_at_house(Strategy.BROADCAST, OTHERS, TWO)
    assert verdict(without, TWO)[0] is Phase.REFUSED
    assert readers(without) == {HOUSE, HOME}


def test_no_csp_to_ask() -> None:
    network = Network(entities=NETWORK.entities, links=NETWORK.links)
    lonely = replace(endpoint(HOUSE, Mode.CLEARING_HOUSE, Strategy.BROADCAST), network=network)
    assert said(hear(lonely, letter(question(), ONE, HOUSE))) == [
        (ONE, AuthorizationAnswer(granted=False, reason=Reason.UNKNOWN))
    ]


def test_a_house_has_no_service() -> None:
    """It takes part in no service of its own."""
    house = endpoint(HOUSE, Mode.CLEARING_HOUSE)
    assert refusal(hear(house, letter(progress("started", Ground.LIST), ONE, HOUSE))) == "AUT-3"
    assert refusal(hear(house, letter(order(), HOME, HOUSE))) == "AUT-3"
    assert refusal(hear(endpoint(ONE), letter(order(), HOUSE, ONE))) == "SES-11"
    assert (
        refusal(
            hear(
                endpoint(HOME, listed=listed_to(ONE, VALID)),
                letter(progress("started", Ground.LIST), HOUSE, HOME),
            )
        )
        == "SES-11"
    )
    assert broken(house, order(), ONE) == "SES-11"
    assert broken(house, question(), HOME) == "SES-12"


def test_a_house_asks_for_partners() -> None:
    """It asks a CSP about services of that CSP's partners only."""
    ask = letter(question(OTHERS, TWO), HOUSE, OTHER)
    assert refusal(hear(endpoint(OTHER), ask)) == "SES-12"
    assert said(hear(endpoint(OTHER), letter(question(OTHERS), HOUSE, OTHER))) == [
        (HOUSE, AuthorizationAnswer(granted=True, home_csp=OTHER))
    ]


ABROAD: Final = "FRA23E45B78C"
"""The EVSE of the second CSO."""
OF_ANOTHERS_EVSE: Final[dict[str, tuple[str, Message, str]]] = {
    # what is said:  by whom, the message, to whom
    "question": (ONE, question(evse_id=ABROAD), HOME),
    "order": (HOME, order(visited=TWO), ONE),
    "booking": (HOME, booking(ABROAD), ONE),
    "progress": (ONE, progress("started", visited=TWO), HOME),
    "record": (ONE, detail_record(visited=TWO), HOME),
    "stations": (
        ONE,
        StationInformationNotice(
            stations=(
                Station(evse_id=EVSES[ONE], name="Own", power_w=22000, services=(ENERGY,)),
                Station(evse_id=ABROAD, name="Another's", power_w=22000, services=(ENERGY,)),
            )
        ),
        HOME,
    ),
    "statuses": (
        ONE,
        StationStatusNotice(statuses=(StationStatus(evse_id=ABROAD, status="available"),)),
        HOME,
    ),
}


@pytest.mark.parametrize("what", OF_ANOTHERS_EVSE)
def test_an_evse_is_its_operators(what: str) -> None:
    """Only its operator speaks of an EVSE, and is ordered to serve there: no end says it
    otherwise, and none believes it.
    """
    sender, message, receiver = OF_ANOTHERS_EVSE[what]
    with pytest.raises(Violation) as refused:
        send(
            endpoint(sender),
            message,
            receiver,
            correlation_id="service-1",
            now=NOON,
            new_id=iter("abc").__next__,
        )
    assert refused.value.rule_id == "AUT-4"
    heard = hear(endpoint(receiver), letter(message, sender, receiver))
    assert refusal(heard) == "AUT-4"
    assert not heard.rep.sessions
    assert not heard.rep.stations


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("visited", [ONE, TWO, HOUSE])
def test_a_question_at_a_house(strategy: str, visited: str) -> None:
    """It is judged by who asks, whomever the question names as the visited-CSO."""
    asked = question(visited=TWO).model_copy(update={"visited_cso": visited})
    house = endpoint(HOUSE, Mode.CLEARING_HOUSE, strategy)
    assert refusal(hear(house, letter(asked, ONE, HOUSE))) == "AUT-4"


@pytest.mark.parametrize("visited", [ONE, HOUSE])
def test_a_house_asks_for_the_operator(visited: str) -> None:
    """A question of a clearing house is judged by the visited-CSO that it names."""
    asked = question(visited=TWO).model_copy(update={"visited_cso": visited})
    home = endpoint(HOME, Mode.CLEARING_HOUSE)
    assert refusal(hear(home, letter(asked, HOUSE, HOME))) == "AUT-4"


def test_taken_over_from_its_operator() -> None:
    """What a partner says again is judged alike: a service at the EVSE of a third is not taken
    over.
    """
    fetch = FetchRequest(what="records")
    asked = send(
        endpoint(HOME),
        fetch,
        ONE,
        correlation_id="again-1",
        now=NOON,
        new_id=iter("abc").__next__,
    )
    (sent,) = asked.sends
    for evse_id, rules in ((EVSES[ONE], []), (ABROAD, ["AUT-4"])):
        state = ServiceState(
            correlation_id="service-1",
            emaid=VALID,
            evse_id=evse_id,
            ground=Ground.ANSWER,
            opener=ONE,
            phase=Phase.ACTIVE,
            service=ENERGY,
        )
        answer = FetchAnswer(more=False, services=(state,))
        ids = {"request_id": sent.envelope.request_id, "correlation_id": "again-1"}
        heard = hear(asked.rep, letter(answer, ONE, HOME, **ids))
        assert [note.rule_id for note in heard.notes] == rules
        assert bool(heard.rep.sessions) == (not rules)


@pytest.mark.parametrize("mode", [Mode.DIRECT, Mode.HYBRID])
def test_a_house_off_the_way(mode: str) -> None:
    """It forwards nothing where it is not on the way."""
    assert refusal(hear(endpoint(HOUSE, mode), letter(question(), ONE, HOUSE))) == "REP-1"


def test_a_poll_asked_again() -> None:
    """A poll that is asked again meanwhile is answered once it is decided."""
    world = Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    world.say(ONE, question(), HOUSE)
    world.deliver(keep=True)
    assert len(world.bag) == 3
    world.deliver()  # the same again, while both CSPs have yet to answer
    assert len(world.bag) == 2
    assert world.notes == []
    world.settle()
    assert verdict(world) == (Phase.GRANTED, HOME, False)


def test_a_poll_survives_trouble() -> None:
    world = Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    world.say(ONE, question(OTHERS), HOUSE)
    world.deliver()
    turned_away = refuse(world.reps[HOME], world.bag[0].envelope, peer=HOUSE, now=NOON)
    world.lose(0)
    world.take(HOME, turned_away)
    world.deliver(0)
    while world.bag:
        world.lose()
    assert world.phase(ONE) is Phase.ASKED
    world.settle()
    assert verdict(world) == (Phase.GRANTED, OTHER, False)


def test_whose_yes_decides_a_poll() -> None:
    """A yes from another CSP does not decide a poll."""
    world = Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    world.reps[OTHER] = endpoint(
        OTHER, Mode.CLEARING_HOUSE, contracts=HashTrieMap({VALID: True})
    )
    world.say(ONE, question(), HOUSE)
    world.deliver()
    other = next(i for i, flight in enumerate(world.bag) if flight.receiver == OTHER)
    world.deliver(other)
    world.deliver(1)  # its yes for a contract of another comes in first
    assert world.phase(ONE) is Phase.ASKED
    world.settle()
    assert verdict(world) == (Phase.GRANTED, HOME, False)


def test_two_polls_do_not_mix() -> None:
    """Two polls under one correlation id do not mix."""
    world = Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    world.say(ONE, question(), HOUSE)
    world.say(TWO, question(BLOCKED, TWO), HOUSE)
    world.deliver()
    world.deliver()
    world.settle()
    assert world.phase(ONE) is Phase.GRANTED
    assert world.phase(TWO) is Phase.REFUSED
    assert {key.opener for key in world.reps[HOME].sessions} == {ONE, TWO}


@pytest.mark.parametrize(
    ("asked", "strategy"), [(HOME, Strategy.FORWARD), *((HOUSE, one) for one in Strategy)]
)
def test_one_id_of_two_partners(asked: str, strategy: str) -> None:
    """Two CSOs use one correlation id at one CSP, and neither blocks the other."""
    mode = Mode.CLEARING_HOUSE if asked == HOUSE else Mode.DIRECT
    world = Flights.over(mode, strategy)
    world.say(HOME, listing(VALID), HOUSE, "list-1")
    world.settle()
    ground = Ground.ANSWER
    if asked == HOUSE and strategy == Strategy.STORE:
        ground = Ground.LIST
    for visited in (ONE, TWO):
        world.say(visited, question(visited=visited), asked)
    world.settle()
    for visited in (ONE, TWO):
        world.say(visited, progress("started", ground, visited=visited), HOME)
    world.settle()
    assert world.notes == []
    sessions = world.reps[HOME].sessions
    for visited in (ONE, TWO):
        session = sessions[ServiceKey(visited, "service-1")]
        assert (session.visited_cso, session.phase) == (visited, Phase.ACTIVE)


@pytest.mark.parametrize(("emaid", "rule"), [(VALID, "SES-1"), (BLOCKED, "SES-12")])
def test_one_id_between_two(emaid: str, rule: str) -> None:
    """Between two entities an id means one service, whichever of them opened it."""
    world = running(until=Phase.GRANTED)
    for said_by, said_to, message in (
        (HOME, ONE, order(emaid=emaid)),
        (ONE, HOME, question(emaid)),
    ):
        again = letter(message, said_by, said_to, request_id="x")
        outcome = hear(world.reps[said_to], again)
        assert refusal(outcome) == rule
        assert outcome.rep.sessions == world.reps[said_to].sessions


def test_a_receipt_decides_no_poll() -> None:
    """A receipt under the same correlation id is no answer to a poll."""
    world = Flights.over(Mode.CLEARING_HOUSE, Strategy.BROADCAST)
    status = StationStatusNotice(
        statuses=(StationStatus(evse_id=EVSES[ONE], status="available"),)
    )
    world.say(ONE, status, HOUSE, "service-1")
    world.say(ONE, question(), HOUSE, "service-1")
    world.settle()
    assert verdict(world) == (Phase.GRANTED, HOME, False)


# --- strangers --------------------------------------------------------------------------------


def test_a_stranger_learns_nothing() -> None:
    """A stranger who knows a correlation id learns and changes nothing."""
    world = running()
    home, visited = world.reps[HOME], world.reps[ONE]
    cases: list[tuple[RoamingEndpoint, Message, str, str]] = [
        (home, progress("ended", visited=ONE), TWO, "AUT-4"),
        (home, progress("ended", visited=TWO), TWO, "SES-5"),
        (home, detail_record(), TWO, "AUT-4"),
        (visited, order("stop"), OTHER, "SES-8"),
        (visited, dispute(), OTHER, "SES-7"),
    ]
    for rep, message, stranger, rule in cases:
        outcome = hear(rep, letter(message, stranger, rep.entity_id, request_id="x"))
        assert refusal(outcome) == rule
        assert outcome.rep.sessions == rep.sessions
        where = outcome.notes[0].where
        assert not {HOME, ONE, VALID} & set(where.replace(",", " ").split())


def test_a_refusal_has_room() -> None:
    """A refusal says no more than it can hold."""
    outcome = hear(
        endpoint(HOME, mode="by " + "carrier-pigeon " * 20), letter(question(), ONE, HOME)
    )
    (note,), (one,) = outcome.notes, outcome.sends
    assert note.rule_id == "NET-6"
    assert one.envelope.message == Refusal(rule="NET-6", where=note.where[:200])
    assert len(note.where) > 200


# --- turning away -----------------------------------------------------------------------------


def test_turned_away_stays_so() -> None:
    home = endpoint(HOME)
    envelope = letter(question(), ONE, HOME)
    away = refuse(home, envelope, peer=ONE, now=NOON)
    assert said(away) == [
        (ONE, Refusal(rule="REP-8", where=f"authorization-request at {HOME}"))
    ]
    again = hear(away.rep, envelope)
    assert again == Outcome(away.rep, away.sends)
    assert not away.rep.sessions


def test_served_is_not_turned_away() -> None:
    """What was served cannot be turned away any more."""
    envelope = letter(question(), ONE, HOME)
    served = hear(endpoint(HOME), envelope)
    assert refuse(served.rep, envelope, peer=ONE, now=NOON) == Outcome(served.rep, served.sends)


# --- through a clearing house, from end to end ------------------------------------------------


def test_ids_and_contents_from_end_to_end() -> None:
    world = running(Mode.CLEARING_HOUSE, until=Phase.RECORDED)
    world.say(HOME, dispute(), ONE)
    world.settle()
    world.say(ONE, detail_record("record-2", "record-1"), HOME)
    world.settle()
    assert world.notes == []
    envelopes = list(world.heard())
    assert {e.correlation_id for e in envelopes} == {"service-1"}
    firsts, seconds = envelopes[::2], envelopes[1::2]  # one thing at a time, each over two hops
    assert len(firsts) == len(seconds) == 12
    for first, second in zip(firsts, seconds, strict=True):
        assert first.request_id != second.request_id
        assert first.end_to_end_id == second.end_to_end_id
        assert encode(first.under("x")) == encode(second.under("x"))
    asked = {e.end_to_end_id for e in envelopes if e.in_reply_to is None}
    assert len(asked) == 6
    assert {e.in_reply_to for e in envelopes} == {None, *asked}
    assert (
        len({e.request_id for e in envelopes}) == 12
    )  # six questions and notices, an id for each hop
    kinds = [type(e.message) for e in envelopes]
    assert kinds.count(AuthorizationRequest) == kinds.count(AuthorizationAnswer) == 2
    assert kinds.count(Receipt) == 8


def test_a_house_gives_answers_again() -> None:
    """A lost answer is given again through the clearing house."""
    world = Flights.over(Mode.CLEARING_HOUSE)
    world.say(ONE, question(), HOME)
    world.deliver()
    world.deliver()
    world.lose()  # the answer, on its first hop
    world.remind()
    world.deliver()
    world.deliver()
    world.deliver()
    world.lose()  # and on its second
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.GRANTED,
        Phase.GRANTED,
        [],
    )


def test_whose_answers_a_house_passes() -> None:
    """A house passes on an answer only from where the question went."""
    house = hear(endpoint(HOUSE, Mode.CLEARING_HOUSE), letter(question(), ONE, HOME)).rep
    answer = letter(AuthorizationAnswer(granted=True, home_csp=HOME), HOME, ONE, request_id="a")
    assert dropped(house, hear(house, answer, peer=OTHER)) == "REP-7"


# --- crossing and overtaking ------------------------------------------------------------------


def test_a_stop_crosses_the_end() -> None:
    world = running()
    world.say(HOME, order("stop"), ONE)
    world.say(ONE, progress("ended"), HOME)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (Phase.ENDED, Phase.ENDED, [])
    world.say(ONE, detail_record(), HOME)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.RECORDED,
        Phase.RECORDED,
        [],
    )


def test_a_stop_crosses_the_record() -> None:
    """A stop reaches a service that has its record."""
    world = running()
    world.say(HOME, order("stop"), ONE)
    stop = world.lose()
    world.say(ONE, progress("ended"), HOME)
    for _ in range(2):
        world.deliver()
    world.say(ONE, detail_record(), HOME)
    for _ in range(2):
        world.deliver()
    assert (world.phase(ONE), world.phase(HOME)) == (Phase.RECORDED, Phase.RECORDED)
    world.say(HOME, dispute(), ONE)  # waits behind the stop
    assert world.bag == []
    world.bag.append(stop)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.CORRECTING,
        Phase.CORRECTING,
        [],
    )


def test_a_dispute_crosses_a_replacement() -> None:
    world = running(until=Phase.RECORDED)
    world.say(HOME, dispute(), ONE)
    replacement = detail_record("record-2", "record-1")
    world.say(ONE, replacement, HOME)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.RECORDED,
        Phase.RECORDED,
        [],
    )
    assert [service_in(world.reps[name], "service-1").record for name in (ONE, HOME)] == [
        replacement.record
    ] * 2


OVERTAKING: Final[dict[str, tuple[Phase, str, Said, list[Said], Phase]]] = {
    "the start an order brought": (Phase.NEW, HOME, order(), [result()], Phase.ACTIVE),
    "the failure an order met": (
        Phase.NEW,
        HOME,
        order(),
        [result(done=False)],
        Phase.ABANDONED,
    ),
    "the start of what was booked": (
        Phase.NEW,
        HOME,
        booking(),
        [progress("started", Ground.BOOKING)],
        Phase.ACTIVE,
    ),
    "the loss of what was booked": (
        Phase.NEW,
        HOME,
        booking(),
        [progress("abandoned", Ground.BOOKING)],
        Phase.ABANDONED,
    ),
    "the end a stop brought": (
        Phase.ACTIVE,
        HOME,
        order("stop"),
        [result("stop"), detail_record()],
        Phase.RECORDED,
    ),
    "the failure a stop met": (
        Phase.ACTIVE,
        HOME,
        order("stop"),
        [result("stop", False), progress("updated")],
        Phase.ACTIVE,
    ),
    "the record agreed upon": (
        Phase.RECORDED,
        HOME,
        dispute(),
        [detail_record("record-2", "record-1")],
        Phase.RECORDED,
    ),
}


@pytest.mark.parametrize("what", OVERTAKING)
def test_overtaking_loses_nothing(what: str) -> None:
    """What overtakes the answer it follows from is not lost."""
    before, speaker, message, then, after = OVERTAKING[what]
    world = Flights.over() if before is Phase.NEW else running(until=before)
    world.say(speaker, message, ONE)
    world.deliver()
    world.lose()  # the answer
    for news in then:
        world.say(ONE, news, HOME)
    while world.bag:
        world.deliver()  # the news arrive before the question is repeated
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (after, after, [])
    at_one, at_home = (service_in(world.reps[name], "service-1") for name in (ONE, HOME))
    assert at_one.record == at_home.record


def test_a_dispute_during_a_stop() -> None:
    """A dispute comes during a stop that is not answered."""
    world = running()
    world.say(HOME, order("stop"), ONE)
    world.deliver()
    answer = world.lose()
    world.say(ONE, result("stop"), HOME)
    world.say(ONE, detail_record(), HOME)
    while world.bag:
        world.deliver()
    world.say(HOME, dispute(), ONE)
    assert world.phase(HOME) is Phase.DISPUTED
    world.bag.append(answer)
    world.settle()
    assert (world.phase(ONE), world.phase(HOME), world.notes) == (
        Phase.CORRECTING,
        Phase.CORRECTING,
        [],
    )


def test_early_where_no_answer_comes() -> None:
    """After a restart that lost the question, what needs its answer first is refused."""
    asked = say(endpoint(ONE), question(), HOME).rep
    cancel = letter(order("cancel"), HOME, ONE, request_id="c-1")  # type: ignore[arg-type]  # a command of its own
    assert hear(asked, cancel).sends == ()  # it comes again when the answer is there
    lost = say(replace(asked, outbox=Outbox()), question(), HOME, "service-2").rep
    assert refusal(hear(lost, cancel)) == "SES-14"


def test_a_cancellation_of_nothing() -> None:
    cancel = letter(order("cancel"), HOME, ONE)  # type: ignore[arg-type]  # a command of its own
    assert refusal(hear(endpoint(ONE), cancel)) == "SES-14"
    other = say(endpoint(ONE), question(OTHERS), OTHER).rep
    assert refusal(hear(other, cancel)) == "SES-14"


def test_an_answer_outlasts_a_refusal() -> None:
    """What is refused under an id that was answered takes no answer away (REP-4)."""
    rep = RoamingEndpoint(
        "csp-alba", EXAMPLE, load("2025"), contracts=HashTrieMap({EMAID: True})
    )
    first = receive(rep, envelope(), peer="cso-elm", now=NOON, new_id=str)
    forged = envelope(sender="csp-alba")
    refused = receive(first.rep, forged, peer="cso-elm", now=NOON, new_id=str)
    again = receive(refused.rep, envelope(), peer="cso-elm", now=NOON, new_id=str)
    assert [note.rule_id for note in refused.notes] == ["NET-10"]
    assert again.sends == first.sends
