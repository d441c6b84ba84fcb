"""What an endpoint bounds: how long a message may be, how much waits for a partner, and how
long a question put to many goes on.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from refimpl.endpoint import (
    RETRY_AFTER,
    Outcome,
    RoamingEndpoint,
    give_up,
    next_due,
    receive,
    remind,
    send,
    state,
)
from refimpl.endpoint.answers import MOST_TRIES
from refimpl.errors import Misuse, Violation
from refimpl.messages import (
    ANSWER_KINDS,
    AuthorizationAnswer,
    Envelope,
    FetchRequest,
    Message,
    Receipt,
    Refusal,
    Said,
    StationStatus,
    StationStatusNotice,
)
from refimpl.vocabulary import Mode, Phase, Reason, Strategy
from refimpl.wire import encode
from tests.flights import (
    EVSES,
    HOME,
    HOUSE,
    NETWORK,
    NOBODYS,
    ONE,
    OTHER,
    TWO,
    Flights,
    endpoint,
    progress,
    question,
)
from tests.world import NOON, service_in

TOO_LONG: Final = Misuse("TLS-9", "a message of 70000 bytes, at most 65536")
STATUS: Final = StationStatusNotice(
    statuses=(StationStatus(evse_id=EVSES[ONE], status="available"),)
)


def letter(message: Message, sender: str, receiver: str, **changed: Any) -> Envelope:
    """An envelope of the first service, under request id q."""
    fields = {"correlation_id": "service-1", "edition": "2025", "request_id": "q", **changed}
    if message.kind in ANSWER_KINDS:
        fields.setdefault("in_reply_to", fields["request_id"])
    return Envelope(message=message, sender=sender, receiver=receiver, sent_at=NOON, **fields)


def hear(rep: RoamingEndpoint, envelope: Envelope, prefix: str = "h") -> Outcome:
    """Hear something from its sender; new request ids begin with a prefix."""
    ids = (f"{prefix}-{number}" for number in range(9))
    return receive(rep, envelope, peer=envelope.sender, now=NOON, new_id=ids.__next__)


def say(
    rep: RoamingEndpoint,
    message: Said,
    receiver: str = HOME,
    service: str = "service-1",
    request_id: str = "",
) -> Outcome:
    """Say something under a request id that is its own or made of its service."""
    new_id = iter([request_id or f"of-{service}"]).__next__
    return send(rep, message, receiver, correlation_id=service, now=NOON, new_id=new_id)


def refused(outcome: Outcome) -> str:
    """The rule under which a message was refused, by an endpoint that is otherwise the same."""
    (note,), (one,) = outcome.notes, outcome.sends
    assert one.envelope.message == Refusal(rule=note.rule_id, where=note.where)
    return note.rule_id


def rules(outcome: Outcome) -> list[str]:
    return [note.rule_id for note in outcome.notes]


def house(strategy: str = Strategy.BROADCAST, **changed: Any) -> RoamingEndpoint:
    return endpoint(HOUSE, Mode.CLEARING_HOUSE, strategy, **changed)


# --- How long a message may be ----------------------------------------------------------------


def test_what_is_too_long_is_not_said() -> None:
    rep = endpoint(ONE)
    (one,) = say(rep, question()).sends
    length = len(encode(one.envelope))
    assert say(replace(rep, most_bytes=length), question()).sends == (one,)
    with pytest.raises(Violation, match=f"WIR-1 at .*{length} bytes, at most {length - 1}"):
        say(replace(rep, most_bytes=length - 1), question())


def test_what_grows_too_long_is_not_passed_on() -> None:
    """A request grows by its end-to-end id."""
    asked = letter(question(), ONE, HOME)
    (onward,) = hear(house(), asked).sends
    length = len(encode(onward.envelope))
    assert length > len(encode(asked))
    assert hear(house(most_bytes_onward=length), asked).sends == (onward,)
    short = house(most_bytes_onward=length - 1)
    outcome = hear(short, asked)
    assert refused(outcome) == "WIR-1"
    assert outcome.rep.relays == short.relays


def test_what_grows_too_long_is_not_passed_back() -> None:
    asked = hear(house(), letter(question(), ONE, HOME)).rep
    yes = letter(
        AuthorizationAnswer(granted=True, home_csp=HOME),
        HOME,
        ONE,
        request_id="h-0",
        in_reply_to="q",
    )
    (back,) = hear(asked, yes).sends
    length = len(encode(back.envelope))
    assert hear(replace(asked, most_bytes_onward=length), yes).sends == (back,)
    outcome = hear(replace(asked, most_bytes_onward=length - 1), yes)
    assert (rules(outcome), outcome.sends) == (["WIR-1"], ())


def test_news_that_grows_too_long_is_refused() -> None:
    """A clearing house takes in no news that one partner could not be told; none is told."""
    news = letter(STATUS, ONE, HOUSE)
    receipt, *copies = hear(house(), news).sends
    assert isinstance(receipt.envelope.message, Receipt)
    assert {copy.peer for copy in copies} == {HOME, OTHER}
    longest = max(len(encode(copy.envelope)) for copy in copies)
    assert len(hear(house(most_bytes=longest), news).sends) == 3
    outcome = hear(house(most_bytes=longest - 1), news)
    assert refused(outcome) == "WIR-1"
    assert not outcome.rep.outbox
    assert not outcome.rep.statuses


def test_an_answer_too_long_is_a_refusal() -> None:
    rep = say(endpoint(ONE), question()).rep
    asked = letter(FetchRequest(what="sessions"), HOME, ONE, correlation_id="again")
    (answer,) = hear(rep, asked).sends
    length = len(encode(answer.envelope))
    assert hear(replace(rep, most_bytes=length), asked).sends == (answer,)
    assert refused(hear(replace(rep, most_bytes=length - 1), asked)) == "WIR-1"


def test_a_verdict_too_long_is_dropped() -> None:
    """It is as if that partner had not answered."""
    polling = hear(house(most_bytes=400), letter(question(), ONE, HOUSE)).rep
    (first, *_) = polling.outbox
    yes = AuthorizationAnswer(
        extension={"ocpi-2.2.1": {"info": "x" * 400}}, granted=True, home_csp=HOME
    )
    outcome = hear(polling, letter(yes, HOME, HOUSE, request_id=first.envelope.request_id))
    assert (rules(outcome), outcome.sends, outcome.rep) == (["WIR-1"], (), polling)


# --- What cannot be delivered -----------------------------------------------------------------


def running() -> RoamingEndpoint:
    """A visited-CSO with an active service, its home-CSP knowing."""
    world = Flights.over()
    world.say(ONE, question(), HOME)
    world.settle()
    world.say(ONE, progress("started"), HOME)
    world.settle()
    return world.reps[ONE]


def test_the_next_of_a_line_is_said() -> None:
    rep = say(running(), progress("updated")).rep
    rep = say(rep, progress("ended"), request_id="second").rep
    outcome = give_up(rep, HOME, "of-service-1", TOO_LONG, NOON)
    assert outcome.notes == (TOO_LONG,)
    assert [one.envelope.request_id for one in outcome.sends] == ["second"]
    assert [pending.envelope.request_id for pending in outcome.rep.outbox] == ["second"]
    behind = give_up(rep, HOME, "second", TOO_LONG, NOON)
    assert (behind.rep, behind.notes) == (rep, (TOO_LONG,)), "it has not been said"


def test_an_undelivered_question_is_refused() -> None:
    asked = say(endpoint(ONE), question()).rep
    outcome = give_up(asked, HOME, "of-service-1", TOO_LONG, NOON)
    assert (outcome.notes, outcome.sends) == ((TOO_LONG,), ())
    assert service_in(outcome.rep, "service-1").phase is Phase.REFUSED
    assert next_due(outcome.rep) is None


def test_an_undelivered_question_to_many() -> None:
    """It is as if that partner had said no."""
    rep = hear(house(), letter(question(NOBODYS), ONE, HOUSE)).rep
    for pending in rep.outbox:
        outcome = give_up(rep, pending.peer, pending.envelope.request_id, TOO_LONG, NOON)
        assert outcome.notes == (TOO_LONG,)
        rep = outcome.rep
    (verdict,) = outcome.sends
    assert verdict.envelope.message == AuthorizationAnswer(
        granted=False, reason=Reason.UNREACHABLE
    )
    assert not rep.outbox


def test_what_waits_for_nothing_is_left() -> None:
    rep = say(endpoint(ONE), question()).rep
    for peer, request_id in ((OTHER, "of-service-1"), (HOME, "another")):
        outcome = give_up(rep, peer, request_id, TOO_LONG, NOON)
        assert (outcome.rep, outcome.notes, outcome.sends) == (rep, (TOO_LONG,), ())


# --- How long a question put to many goes on --------------------------------------------------


def silence(rep: RoamingEndpoint, tries: int) -> Outcome:
    """What comes of as many reminders, each in its time and none answered."""
    outcome = Outcome(rep)
    for number in range(1, tries + 1):
        outcome = remind(outcome.rep, NOON + number * RETRY_AFTER)
    return outcome


def test_a_poll_ends() -> None:
    """After a minute of silence the answer is no, and which partners were silent is told."""
    rep = hear(house(), letter(question(), ONE, HOUSE)).rep
    late = silence(rep, MOST_TRIES - 1)
    assert {one.peer for one in late.sends} == {HOME, OTHER}
    assert not late.notes
    over = silence(rep, MOST_TRIES)
    assert timedelta(minutes=1) == MOST_TRIES * RETRY_AFTER
    (verdict,) = over.sends
    assert (verdict.peer, verdict.envelope.request_id) == (ONE, "q")
    assert verdict.envelope.message == AuthorizationAnswer(
        granted=False, reason=Reason.UNREACHABLE
    )
    assert [(note.rule_id, note.where) for note in over.notes] == [
        ("REP-11", f"authorization-request at {name}, 12 tries") for name in (HOME, OTHER)
    ]
    assert next_due(over.rep) is None
    assert not over.rep.polls
    again = hear(over.rep, letter(question(), ONE, HOUSE))
    assert again.sends == (verdict,), "asked again, it answers alike"


def test_one_silent_partner() -> None:
    """The no of another counts, and the silent one is still told of."""
    rep = hear(house(), letter(question(NOBODYS), ONE, HOUSE)).rep
    (first, *_) = rep.outbox
    no = AuthorizationAnswer(granted=False, reason=Reason.UNKNOWN)
    answered = hear(rep, letter(no, first.peer, HOUSE, request_id=first.envelope.request_id))
    over = silence(answered.rep, MOST_TRIES)
    (verdict,) = over.sends
    assert verdict.envelope.message == AuthorizationAnswer(
        granted=False, reason=Reason.UNREACHABLE
    )
    assert rules(over) == ["REP-11"]


def test_a_decided_poll_asks_no_further() -> None:
    rep = hear(house(), letter(question(), ONE, HOUSE)).rep
    (mine,) = (pending for pending in rep.outbox if pending.peer == HOME)
    yes = AuthorizationAnswer(granted=True, home_csp=HOME)
    decided = hear(rep, letter(yes, HOME, HOUSE, request_id=mine.envelope.request_id))
    assert len(decided.rep.outbox) == 1, "the other may still answer"
    quiet = silence(decided.rep, 1)
    assert (quiet.sends, quiet.notes, next_due(quiet.rep)) == ((), (), None)


def test_what_stands_behind_a_poll() -> None:
    """Two of one id at one partner: the second is asked when the first is over."""
    rep = hear(house(), letter(question(NOBODYS), ONE, HOUSE)).rep
    rep = hear(rep, letter(question(NOBODYS, TWO), TWO, HOUSE), "second").rep
    assert len(rep.outbox) == 3
    over = silence(rep, MOST_TRIES)
    assert {(one.peer, one.envelope.request_id) for one in over.sends} == {
        (ONE, "q"),
        (HOME, "second-0"),
    }
    assert len(over.rep.outbox) == 1


# --- How much waits for one partner -----------------------------------------------------------


@pytest.fixture
def two_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("refimpl.endpoint.waiting.MOST_WAITING", 2)


@pytest.mark.usefixtures("two_at_most")
def test_a_full_partner() -> None:
    """What would need another place is not said; others are not affected, and there is a place
    once one was answered.
    """
    rep = endpoint(ONE)
    for service in ("service-1", "service-2"):
        rep = say(rep, question(), service=service).rep
    with pytest.raises(Violation, match=f"REP-8 at 2 messages for {HOME} wait"):
        say(rep, question(), service="service-3")
    assert say(rep, question(), OTHER, "service-3").sends
    no = letter(
        AuthorizationAnswer(granted=False, home_csp=HOME),
        HOME,
        ONE,
        request_id="of-service-1",
    )
    assert say(hear(rep, no).rep, question(), service="service-3").sends


def full_at_home() -> RoamingEndpoint:
    """A clearing house with as much that waits for the home-CSP as may."""
    rep = house()
    for number in range(2):
        rep = hear(rep, news(TWO, f"n-{number}"), f"r-{number}").rep
    return rep


def news(sender: str, request_id: str) -> Envelope:
    statuses = (StationStatus(evse_id=EVSES[sender], status="available"),)
    told = StationStatusNotice(statuses=statuses)
    return letter(told, sender, HOUSE, correlation_id=request_id, request_id=request_id)


@pytest.mark.usefixtures("two_at_most")
def test_news_for_a_full_partner() -> None:
    """The others are told; where none can be, it is refused, and so told again later."""
    rep = full_at_home()
    outcome = hear(rep, news(ONE, "n-3"))
    assert [one.peer for one in outcome.sends] == [ONE, OTHER]
    assert [(note.rule_id, note.where) for note in outcome.notes] == [
        ("REP-8", f"2 messages for {HOME} wait")
    ]
    assert refused(hear(rep, news(TWO, "n-4"))) == "REP-8"


@pytest.mark.usefixtures("two_at_most")
def test_a_question_to_a_full_partner() -> None:
    """The others are asked; the answer of a full one counts as a no."""
    rep = full_at_home()
    outcome = hear(rep, letter(question(NOBODYS), ONE, HOUSE))
    assert [one.peer for one in outcome.sends] == [OTHER]
    assert rules(outcome) == ["REP-8"]
    unreachable = AuthorizationAnswer(granted=False, reason=Reason.UNREACHABLE)
    no = letter(AuthorizationAnswer(granted=False), OTHER, HOUSE, request_id="h-0")
    (verdict,) = hear(outcome.rep, no).sends
    assert verdict.envelope.message == unreachable
    alone = hear(rep, letter(question(NOBODYS, TWO), TWO, HOUSE))
    assert rules(alone) == ["REP-8"]
    assert [one.envelope.message for one in alone.sends] == [unreachable]


def test_polls_of_one_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another neighbour may still ask, and so may the same once one is decided."""
    monkeypatch.setattr("refimpl.endpoint.clearing_house.MOST_POLLS", 2)
    rep = house()
    for number in range(2):
        asked = letter(question(), ONE, HOUSE, request_id=f"q-{number}")
        rep = hear(rep, asked, f"r-{number}").rep
    third = letter(question(), ONE, HOUSE, request_id="q-2")
    assert refused(hear(rep, third)) == "REP-8"
    assert not hear(rep, letter(question(visited=TWO), TWO, HOUSE)).notes
    first = next(pending for pending in rep.outbox if pending.peer == HOME)
    yes = AuthorizationAnswer(granted=True, home_csp=HOME)
    decided = hear(rep, letter(yes, HOME, HOUSE, request_id=first.envelope.request_id))
    assert not hear(decided.rep, third).notes


def test_news_for_no_partner() -> None:
    alone = house(network=NETWORK.model_copy(update={"agreements": ()}))
    outcome = hear(alone, news(ONE, "n-1"))
    assert [one.envelope.message for one in outcome.sends] == [Receipt()]
    assert not outcome.notes


def test_services_of_one_opener(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has opened as many as it may opens no other; the others do, and what is open
    goes on.
    """
    monkeypatch.setattr(state, "MOST_UNBILLED", 2)
    home = endpoint(HOME)
    for number in (1, 2):
        asked = letter(
            question(), ONE, HOME, correlation_id=f"s-{number}", request_id=f"{number}"
        )
        home = hear(home, asked).rep
    third = letter(question(), ONE, HOME, correlation_id="s-3", request_id="3")
    outcome = hear(home, third)
    (refused,) = outcome.sends
    assert isinstance(refused.envelope.message, Refusal)
    assert refused.envelope.message.rule == "REP-8"
    assert outcome.rep.sessions == home.sessions
    other = letter(question(visited=TWO), TWO, HOME, request_id="4")
    assert len(hear(home, other).rep.sessions) == 3
    started = letter(progress("started"), ONE, HOME, correlation_id="s-1", request_id="5")
    assert isinstance(hear(home, started).sends[0].envelope.message, Receipt)
