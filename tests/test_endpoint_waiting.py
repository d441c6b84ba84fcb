"""What waits for an answer: held against a plain list, and as quick with much as with little."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from time import perf_counter
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.endpoint import RETRY_AFTER, Outbox, RoamingEndpoint, Send, next_due, remind
from refimpl.endpoint.outbox import awaits_answer, pending_of, post, settle, tell_again_later
from refimpl.endpoint.waiting import Pending
from refimpl.errors import Misuse
from refimpl.messages import Envelope, Refusal
from refimpl.session import Session
from tests.flights import EVSES, HOME, ONE, OTHER, endpoint, progress
from tests.world import NOON

SECOND: Final = timedelta(seconds=1)
LATER: Final = Refusal(rule="REP-8", where="later")


def news(request_id: str, service: str = "service-1", receiver: str = HOME) -> Send:
    """News of a service, straight to a home-CSP."""
    envelope = Envelope(
        correlation_id=service,
        edition="2025",
        message=progress("updated"),
        receiver=receiver,
        request_id=request_id,
        sender=ONE,
        sent_at=NOON,
    )
    return Send(receiver, envelope)


def posted(rep: RoamingEndpoint, *sends: Send, now: datetime = NOON) -> RoamingEndpoint:
    return post(rep, sends, now).rep


class Lines:
    """The same as an outbox, as lists: each line, and since when its first has been said."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], list[Send]] = {}
        self.said: dict[tuple[str, str], datetime] = {}

    def post(self, one: Send, now: datetime) -> list[Send]:
        line = (one.envelope.correlation_id, one.peer)
        self.lines.setdefault(line, []).append(one)
        return [] if len(self.lines[line]) > 1 else self.say(line, now)

    def say(self, line: tuple[str, str], now: datetime) -> list[Send]:
        self.said.pop(line, None)
        self.said[line] = now  # the last to have been said
        return [self.lines[line][0]]

    def answer(self, line: tuple[str, str], now: datetime) -> list[Send]:
        del self.said[line], self.lines[line][0]
        if self.lines[line]:
            return self.say(line, now)
        del self.lines[line]
        return []

    def remind(self, now: datetime) -> list[Send]:
        late = [line for line, at in self.said.items() if at + RETRY_AFTER <= now]
        return [one for line in late for one in self.say(line, now)]


@given(st.lists(st.integers(0, 29), max_size=60))
def test_an_outbox_is_lines(throws: list[int]) -> None:
    """Whatever is said, answered, turned away and said again."""
    rep, lines, now, ids = endpoint(ONE), Lines(), NOON, count()
    for throw in throws:
        kind, pick = divmod(throw, 6)
        if kind == 0:
            one = news(f"m-{next(ids)}", f"service-{pick % 3}", (HOME, OTHER)[pick % 2])
            outcome, expected = post(rep, (one,), now), lines.post(one, now)
        elif kind == 1 or not lines.said:
            now += pick * SECOND
            outcome, expected = remind(rep, now), lines.remind(now)
        else:
            line = list(lines.said)[pick % len(lines.said)]
            first = lines.lines[line][0]
            pending = pending_of(rep, first.envelope, first.peer)
            assert pending is not None
            if kind == 2:
                outcome = tell_again_later(rep, pending, LATER, now, lambda: f"m-{next(ids)}")
                lines.lines[line][0] = Send(first.peer, newest(outcome.rep).envelope)
                lines.say(line, now)
                expected = []
            else:
                outcome, expected = settle(rep, pending, now), lines.answer(line, now)
        rep = outcome.rep
        assert list(outcome.sends) == expected
        in_order = [one for line in lines.said for one in lines.lines[line]]
        assert [Send(p.peer, p.envelope) for p in rep.outbox] == in_order
        assert len(rep.outbox) == len(in_order)
        due = min(lines.said.values(), default=None)
        assert next_due(rep) == (None if due is None else due + RETRY_AFTER)
    assert (rep.outbox == Outbox()) is not bool(lines.lines), "nothing is left of what was"


def newest(rep: RoamingEndpoint) -> Pending:
    """What was said last."""
    return max(rep.outbox, key=lambda pending: (pending.due is not None, pending.turn))


def test_an_answer_to_what_was_not_said() -> None:
    """What stands behind another has not been said, and nothing answers it."""
    rep = posted(endpoint(ONE), news("m-1"), news("m-2"))
    assert pending_of(rep, news("m-1").envelope, HOME) is not None
    assert pending_of(rep, news("m-2").envelope, HOME) is None
    assert pending_of(rep, news("m-1").envelope, OTHER) is None


def test_a_request_id_stands_once() -> None:
    rep = posted(endpoint(ONE), news("m-1"))
    with pytest.raises(Misuse, match="REP-6"):
        posted(rep, news("m-1", "service-2"))


def test_a_clock_put_back() -> None:
    """What was said before is said again when it would have been, not an hour later."""
    rep = posted(endpoint(ONE), news("m-1"))
    before = NOON - timedelta(hours=1)
    rep = posted(rep, news("m-2", "service-2"), now=before)
    outcome = remind(rep, before + SECOND)
    assert [one.envelope.request_id for one in outcome.sends] == ["m-1"]
    outcome = remind(outcome.rep, before + RETRY_AFTER)
    assert [one.envelope.request_id for one in outcome.sends] == ["m-2"]
    assert next_due(outcome.rep) == before + SECOND + RETRY_AFTER


# --- How long it takes ------------------------------------------------------------------------


def waiting(number: int) -> RoamingEndpoint:
    """An endpoint with so many messages that wait, half of them behind another."""
    rep = endpoint(ONE)
    for at in range(number):
        rep = posted(rep, news(f"w-{at}", f"service-{at // 2}"))
    return rep


def first_said(rep: RoamingEndpoint) -> Pending:
    pending = pending_of(rep, news("w-0").envelope, HOME)
    assert pending is not None
    return pending


SESSION: Final = Session(ONE, "service-0", HOME, ONE, evse_id=EVSES[ONE])
CALLS: Final[dict[str, Callable[[RoamingEndpoint], object]]] = {
    "awaits_answer": lambda rep: awaits_answer(rep, SESSION),
    "next_due": next_due,
    "pending_of": lambda rep: pending_of(rep, news("w-0").envelope, HOME),
    "post": lambda rep: post(rep, (news("m-1"),), NOON),
    "remind": lambda rep: remind(rep, NOON),
    "settle": lambda rep: settle(rep, first_said(rep), NOON),
    "tell_again_later": lambda rep: tell_again_later(
        rep, first_said(rep), LATER, NOON, lambda: "m-1"
    ),
}


def quickest(call: Callable[[RoamingEndpoint], object], rep: RoamingEndpoint) -> float:
    """The least time of many tries, in seconds."""
    took = []
    for _ in range(200):
        begun = perf_counter()
        call(rep)
        took.append(perf_counter() - begun)
    return min(took)


def test_as_quick_with_much() -> None:
    """No call takes longer with 10,000 waiting than with 100, but for the noise of a clock."""
    little, much = waiting(100), waiting(10_000)
    for name, call in CALLS.items():
        assert quickest(call, much) < 3 * quickest(call, little), name


def test_nothing_waits_after_a_restart() -> None:
    assert not replace(waiting(3), outbox=Outbox()).outbox
