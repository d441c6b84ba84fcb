"""The roaming endpoint (REP): what an entity does with one message.

An endpoint is a value.  `send` and `receive` return the next one, what is to be sent and what
was found wrong; so a journey is a list of endpoints and undo is free.  A clearing house is an
endpoint like any other that mostly finds, at step 1, that a message is for somebody else.

Delivery may lose, repeat, delay and reorder.  Against that an endpoint says one thing at a time
about a service to each partner, says it again until it is answered (`remind`), and answers a
repeated question as it did the first time.

Rules: REP-*, AUT-*.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.errors import RoamingError, Untrusted, Violation
from refimpl.messages import (
    ANSWER_KINDS,
    ANSWERS,
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    Envelope,
    Receipt,
    Refusal,
    RemoteControlAnswer,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    SessionProgressNotice,
    Station,
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.network import Network, way
from refimpl.records import Shape
from refimpl.session import STEPS, Session, early, follow, listed
from refimpl.vocabulary import Kind, Mode, Phase, Role, Strategy

RETRY_AFTER: Final = timedelta(seconds=5)
"""How long an endpoint waits for an answer before it says the same again (REP-5)."""

RECENT: Final = 10_000
"""How many requests an endpoint remembers at least, and half of what it does at most: a
repetition comes in seconds.
"""

NewId = Callable[[], str]
K = TypeVar("K")
V = TypeVar("V")

SPEAKER: Final[Mapping[type[Shape], Role]] = MappingProxyType(
    {step.message: step.by for step in STEPS if step.message is not Refusal}
)
"""Which role says a message of a service; messages that are not here belong to no service."""


@dataclass(frozen=True, slots=True)
class Send:
    """An envelope to be put on the channel to a neighbour."""

    peer: str
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Pending:
    """What was said and not yet answered; without `due` it waits for what was said before it."""

    peer: str
    envelope: Envelope
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Relay:
    """Where a passed-on message came from, under which request id, and where it went."""

    origin: str
    request_id: str
    peer: str


@dataclass(frozen=True, slots=True)
class Recent(Generic[K, V]):
    """A memory by key that is bounded: once the latest are `RECENT`, what was remembered before
    them is forgotten.
    """

    latest: HashTrieMap[K, V] = field(default_factory=HashTrieMap)
    before: HashTrieMap[K, V] = field(default_factory=HashTrieMap)

    def get(self, key: K) -> V | None:
        """What is remembered under a key."""
        found = self.latest.get(key)
        return self.before.get(key) if found is None else found

    def insert(self, key: K, value: V) -> Recent[K, V]:
        """The memory with one more in it."""
        if len(self.latest) < RECENT:
            return Recent(self.latest.insert(key, value), self.before)
        return Recent(HashTrieMap({key: value}), self.latest)


@dataclass(frozen=True, slots=True)
class Poll:
    """A question a clearing house has put to many: who asked, and under which request ids
    answers are still out.
    """

    origin: str
    envelope: Envelope
    waiting: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoamingEndpoint:
    """The endpoint of one entity: what it was set up with, and all it remembers.

    Set up: `contracts` (a home-CSP's EMAIDs, and whether each is valid) and `evses` (a
    visited-CSO's, and their status).  Remembered: `listed` EMAIDs this home-CSP put on lists,
    `lists` received by home-CSP, `stations` and `statuses` received, `sessions` by correlation
    id, `seen` requests with what was sent on them, the `outbox`, `relays` and `polls`.
    """

    entity_id: str
    network: Network
    edition: Edition
    mode: str = Mode.DIRECT
    strategy: str = Strategy.FORWARD
    contracts: HashTrieMap[str, bool] = field(default_factory=HashTrieMap)
    evses: HashTrieMap[str, str] = field(default_factory=HashTrieMap)
    listed: frozenset[str] = frozenset()
    lists: HashTrieMap[str, frozenset[str]] = field(default_factory=HashTrieMap)
    stations: HashTrieMap[str, Station] = field(default_factory=HashTrieMap)
    statuses: HashTrieMap[str, str] = field(default_factory=HashTrieMap)
    sessions: HashTrieMap[str, Session] = field(default_factory=HashTrieMap)
    seen: Recent[tuple[str, str], tuple[Send, ...]] = field(default_factory=Recent)
    outbox: tuple[Pending, ...] = ()
    relays: Recent[str, Relay] = field(default_factory=Recent)
    polls: HashTrieMap[tuple[str, str], Poll] = field(default_factory=HashTrieMap)

    @property
    def kind(self) -> Kind:
        """What the entity is."""
        return self.network.entity(self.entity_id).kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call: the next endpoint, what to send, and what was found wrong."""

    rep: RoamingEndpoint
    sends: tuple[Send, ...] = ()
    notes: tuple[RoamingError, ...] = ()


def send(
    rep: RoamingEndpoint,
    message: Shape,
    receiver: str,
    *,
    correlation_id: str,
    now: datetime,
    new_id: NewId,
) -> Outcome:
    """Say something of one's own accord to another entity, as part of the service of that
    correlation id.

    Raises `Violation` where the service does not allow it now or no route leads there, SES-12
    for another than its other side, AUT-2 where a visited-CSO starts without a question a
    contract that is on no list of that home-CSP, AUT-1 where a home-CSP orders, books or lists
    for a contract that is not a valid one of its own, and AUT-2 for a list of another home-CSP.
    """
    envelope = Envelope(
        correlation_id=correlation_id,
        edition=rep.edition.id,
        message=message,  # type: ignore[arg-type]  # checked by the shape itself
        receiver=receiver,
        request_id=new_id(),
        sender=rep.entity_id,
        sent_at=now,
    )
    peer = _way(rep, envelope)[1]
    if type(message) in SPEAKER:
        if (
            isinstance(message, SessionProgressNotice)
            and listed(message)
            and correlation_id not in rep.sessions
        ):
            _check_listed(message, rep.lists.get(receiver, frozenset()))
        session = rep.sessions.get(correlation_id) or _open(envelope, SPEAKER[type(message)])
        if receiver not in (session.home_csp, session.visited_cso):
            raise Violation("SES-12", f"{receiver} in service {correlation_id}")
        role = _role(rep, session, rep.entity_id, message)
        if (
            isinstance(message, RemoteControlRequest | ReservationRequest)
            and session.phase is Phase.NEW
        ):
            _check_own(rep, (message.emaid,))
        rep = _keep(rep, follow(session, message, role, rep.edition))
    elif isinstance(message, AuthorizationListNotice):
        _check_list(rep, message, rep.entity_id)
        _check_own(rep, message.emaids)
        rep = replace(rep, listed=rep.listed | set(message.emaids))
    return _post(rep, (Send(peer, envelope),), now)


def receive(
    rep: RoamingEndpoint, envelope: Envelope, *, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Hear one message from a neighbour, in six steps; never raises a `RoamingError`: what is
    wrong is noted.

    A request or notice that breaks a rule is answered with a `Refusal`; an answer that does is
    dropped.
    """
    hear = _hear_answer if envelope.message.kind in ANSWER_KINDS else _hear
    try:
        return hear(rep, envelope, peer, now, new_id)
    except RoamingError as error:
        return turn_away(rep, envelope, error, peer=peer, now=now)


def turn_away(
    rep: RoamingEndpoint, envelope: Envelope, error: RoamingError, *, peer: str, now: datetime
) -> Outcome:
    """What becomes of a message that breaks a rule: a request or notice gets a `Refusal`, an
    answer is dropped.

    A meaning that is not allowed is remembered, so its repetitions are answered alike; whom or
    what nobody believed is looked at afresh.
    """
    if envelope.message.kind in ANSWER_KINDS:
        return Outcome(rep, (), (error,))
    reply = Send(
        peer, _reply(rep, envelope, Refusal(rule=error.rule_id, where=error.where[:200]), now)
    )
    if isinstance(error, Violation):
        rep = _remember(rep, peer, envelope, (reply,))
    return Outcome(rep, (reply,), (error,))


def refuse(rep: RoamingEndpoint, envelope: Envelope, *, peer: str, now: datetime) -> Outcome:
    """Turn away a request or notice that cannot be served now, and its repetitions, unless it
    was served (REP-8).
    """
    if (before := rep.seen.get((peer, envelope.request_id))) is not None:
        return Outcome(rep, before)
    error = Violation("REP-8", f"{envelope.message.kind} at {rep.entity_id}")
    return replace(turn_away(rep, envelope, error, peer=peer, now=now), notes=())


def remind(rep: RoamingEndpoint, now: datetime) -> Outcome:
    """Say again, word for word, what has waited too long for an answer (REP-5)."""
    due = {p.envelope.request_id for p in rep.outbox if p.due is not None and p.due <= now}
    again = tuple(Send(p.peer, p.envelope) for p in rep.outbox if p.envelope.request_id in due)
    outbox = tuple(
        replace(p, due=now + RETRY_AFTER) if p.envelope.request_id in due else p
        for p in rep.outbox
    )
    return Outcome(replace(rep, outbox=outbox), again)


def next_due(rep: RoamingEndpoint) -> datetime | None:
    """When the endpoint next wants to be reminded, or None."""
    return min((p.due for p in rep.outbox if p.due is not None), default=None)


def question(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Envelope | None:
    """What an endpoint has said to a neighbour that this answers, or None where nothing waits
    for it.
    """
    return pending.envelope if (pending := _pending(rep, answer, peer)) else None


def _pending(rep: RoamingEndpoint, answer: Envelope, peer: str) -> Pending | None:
    return next(
        (
            p
            for p in rep.outbox
            if p.envelope.request_id == answer.request_id and p.peer == peer
        ),
        None,
    )


def _hear(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    # 1 For me?  If not, it goes on, once 2 and 3 are answered.
    mine = envelope.receiver == rep.entity_id
    # 2 Peer and channel fit?
    names = _way(rep, envelope)
    if rep.entity_id not in names[1:]:
        raise Untrusted(
            "REP-1", f"{rep.entity_id} is not between {envelope.sender} and {envelope.receiver}"
        )
    if peer != (previous := names[names.index(rep.entity_id) - 1]):
        raise Untrusted(
            "REP-2",
            f"{envelope.sender} to {envelope.receiver} comes from {previous}, not {peer}",
        )
    # 3 Seen before?
    if (before := rep.seen.get((peer, envelope.request_id))) is not None:
        return Outcome(rep, before if mine else _afresh(before, envelope))
    if not mine:
        return _pass_on(rep, envelope, peer, envelope, new_id)
    if envelope.edition != rep.edition.id:
        raise Violation("REP-3", f"edition {envelope.edition}, not {rep.edition.id}")
    # 4 Which service?  Some belong to none.
    if (keep := BOARD.get(type(envelope.message))) is not None:
        return _told(keep(rep, envelope.sender, envelope.message), envelope, peer, now, new_id)
    if rep.kind is Kind.CLEARING_HOUSE:
        if not isinstance(envelope.message, AuthorizationRequest):
            raise Violation("AUT-3", f"{envelope.message.kind} for the clearing house itself")
        return STRATEGIES[rep.strategy](rep, envelope, peer, now, new_id)
    # 5 Allowed now?  6 What then?
    return _serve(rep, envelope, peer, now)


def _way(rep: RoamingEndpoint, envelope: Envelope) -> tuple[str, ...]:
    return way(
        rep.network, rep.edition, rep.mode, envelope.sender, envelope.receiver, envelope.message
    )


def _pass_on(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, onward: Envelope, new_id: NewId
) -> Outcome:
    """Pass a message on: a fresh request id for the next hop, and the way back remembered
    (REP-6).
    """
    onward = onward.model_copy(update={"request_id": new_id()})
    names = _way(rep, onward)
    if rep.entity_id not in names[1:-1]:
        raise Violation(
            "REP-1", f"{rep.entity_id} is not between {onward.sender} and {onward.receiver}"
        )
    following = names[names.index(rep.entity_id) + 1]
    sends = (Send(following, onward),)
    relay = Relay(peer, envelope.request_id, following)
    rep = replace(rep, relays=rep.relays.insert(onward.request_id, relay))
    return Outcome(_remember(rep, peer, envelope, sends), sends)


def _afresh(before: tuple[Send, ...], envelope: Envelope) -> tuple[Send, ...]:
    """A message that was passed on before, as it is said now: its sender may have protected it
    anew since (MSG-6).
    """
    said = {"message": envelope.message, "sent_at": envelope.sent_at}
    return tuple(
        replace(one, envelope=one.envelope.model_copy(update=said))
        if one.envelope.sender == envelope.sender
        else one
        for one in before
    )


def _told(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Give a receipt for what was kept; a clearing house tells it to every partner of the one
    who said it.
    """
    receipt = Send(peer, _reply(rep, envelope, Receipt(), now))
    rep = _remember(rep, peer, envelope, (receipt,))
    if rep.kind is not Kind.CLEARING_HOUSE:
        return Outcome(rep, (receipt,))
    audience = Kind.CSO if isinstance(envelope.message, AuthorizationListNotice) else Kind.CSP
    posted = _post(rep, _copies(rep, envelope, audience, new_id), now)
    return Outcome(posted.rep, (receipt, *posted.sends))


def _copies(
    rep: RoamingEndpoint, envelope: Envelope, audience: Kind, new_id: NewId
) -> tuple[Send, ...]:
    """What an envelope says, in the clearing house's own name, for each partner of the one who
    said it.
    """
    return tuple(
        Send(
            name,
            envelope.model_copy(
                update={"sender": rep.entity_id, "receiver": name, "request_id": new_id()}
            ),
        )
        for name in rep.network.partners(envelope.sender, audience, rep.entity_id)
    )


def _serve(rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime) -> Outcome:
    """One message of a service: follow the table, decide the reply, follow the table with the
    reply.
    """
    message: Any = envelope.message
    session = rep.sessions.get(envelope.correlation_id)
    if session is None:
        session = _open(envelope, SPEAKER[type(message)])
    if (
        isinstance(message, SessionProgressNotice)
        and listed(message)
        and session.phase is Phase.NEW
    ):
        _check_listed(message, rep.listed)
    role = _role(rep, session, envelope.sender, message)
    if early(session, message, role):
        return Outcome(
            rep
        )  # unanswered, it comes again (REP-5); refused, the service would be lost
    session = follow(session, message, role, rep.edition)
    reply = (
        REPLIES[type(message)](rep, session, message) if type(message) in REPLIES else Receipt()
    )
    if not isinstance(reply, Receipt):
        session = follow(session, reply, _role(rep, session, rep.entity_id, reply), rep.edition)
    sends = (Send(peer, _reply(rep, envelope, reply, now)),)
    kept, seen = (
        rep.sessions.insert(session.correlation_id, session),
        rep.seen.insert((peer, envelope.request_id), sends),
    )
    return Outcome(replace(rep, sessions=kept, seen=seen), sends)


def _open(envelope: Envelope, speaker: Role) -> Session:
    """A new service between the two ends of its first message, by which role may say that
    message.
    """
    if speaker is Role.VISITED_CSO:
        visited = getattr(envelope.message, "visited_cso", envelope.sender)
        return Session(envelope.correlation_id, home_csp=envelope.receiver, visited_cso=visited)
    return Session(
        envelope.correlation_id, home_csp=envelope.sender, visited_cso=envelope.receiver
    )


def _role(rep: RoamingEndpoint, session: Session, speaker: str, message: Shape) -> Role:
    """The role in which an entity speaks; a clearing house may only ask, for a partner's
    partner (SES-11, SES-12).
    """
    asking = isinstance(message, AuthorizationRequest)
    house = _is_house(rep, speaker)
    if house and asking and rep.network.agreed(session.visited_cso, rep.entity_id):
        return Role.VISITED_CSO
    roles = {session.home_csp: Role.HOME_CSP, session.visited_cso: Role.VISITED_CSO}
    if house or speaker not in roles:
        raise Violation(
            "SES-12" if asking else "SES-11", f"{speaker} in service {session.correlation_id}"
        )
    return roles[speaker]


def _check_listed(message: SessionProgressNotice, emaids: frozenset[str]) -> None:
    if message.emaid not in emaids:
        raise Violation(
            "AUT-2", f"a contract of {message.emaid[:5]}"
        )  # the rest of it is personal


def _check_list(rep: RoamingEndpoint, message: AuthorizationListNotice, speaker: str) -> None:
    """That a home-CSP lists its own contracts itself; a clearing house may hand its list on
    (AUT-1, AUT-2).
    """
    if speaker != message.home_csp and not _is_house(rep, speaker):
        raise Violation("AUT-2", f"list of {message.home_csp} from {speaker}")
    for emaid in message.emaids:
        if rep.network.issuer(emaid) not in (None, message.home_csp):
            raise Violation(
                "AUT-1", f"a contract of {emaid[:5]} on the list of {message.home_csp}"
            )


def _check_own(rep: RoamingEndpoint, emaids: tuple[str, ...]) -> None:
    for emaid in emaids:
        if not rep.contracts.get(emaid, False):
            raise Violation("AUT-1", f"a contract of {emaid[:5]}")


def _hear_answer(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    relay = rep.relays.get(envelope.request_id)
    if relay is not None and relay.peer == peer:
        back = envelope.model_copy(update={"request_id": relay.request_id})
        return Outcome(rep, (Send(relay.origin, back),))
    pending = _pending(rep, envelope, peer)
    if pending is None:
        raise Violation("REP-7", f"{envelope.message.kind} {envelope.request_id}")
    asked = pending.envelope
    _check_answer(rep, asked, envelope)
    if (
        isinstance(envelope.message, Refusal)
        and envelope.message.rule == "REP-8"
        and _is_news(asked.message)
    ):
        return _say_again(rep, pending, envelope.message, now, new_id)
    settled = _settle(rep, pending, now)
    poll = next(
        (poll for poll in rep.polls.values() if envelope.request_id in poll.waiting), None
    )
    if poll is not None:
        return _count(settled, poll, asked, envelope, now)
    notes: tuple[RoamingError, ...] = ()
    session = rep.sessions.get(envelope.correlation_id)
    if session is not None and not _is_news(asked.message):
        try:
            settled = replace(
                settled,
                rep=_keep(settled.rep, _heard(settled.rep, session, asked, envelope.message)),
            )
        except Violation as error:
            notes = (error,)
    elif isinstance(envelope.message, Refusal):
        notes = (_turned_away(pending, envelope.message),)
    return replace(settled, notes=notes)


def _is_news(message: Shape) -> bool:
    """Whether a message tells rather than asks: it gets a receipt and nothing else."""
    return ANSWERS[type(message)] is Receipt


def _say_again(
    rep: RoamingEndpoint, pending: Pending, refusal: Refusal, now: datetime, new_id: NewId
) -> Outcome:
    """Tell turned-away news again later, under a fresh request id, for the old one has its
    answer (REP-4, REP-8).
    """
    afresh = pending.envelope.model_copy(update={"request_id": new_id()})
    later = Pending(pending.peer, afresh, now + RETRY_AFTER)
    outbox = tuple(later if p is pending else p for p in rep.outbox)
    return Outcome(replace(rep, outbox=outbox), notes=(_turned_away(pending, refusal),))


def _turned_away(pending: Pending, refusal: Refusal) -> Violation:
    # The rule is the other's word, the place is ours: free text may name anybody, and a note is
    # written down.
    return Violation(refusal.rule, f"{pending.envelope.message.kind} at {pending.peer}")


def _check_answer(rep: RoamingEndpoint, asked: Envelope, answer: Envelope) -> None:
    """That an answer is to this question, and from the one who was asked.

    If that was a clearing house it may be from somebody behind it, and a refusal from any
    clearing house on the way.
    """
    if (
        not isinstance(answer.message, (ANSWERS[type(asked.message)], Refusal))
        or answer.receiver != asked.sender
    ):
        raise Violation(
            "REP-7", f"{answer.message.kind} for {answer.receiver}, to {asked.message.kind}"
        )
    if answer.correlation_id != asked.correlation_id:
        raise Violation("REP-6", f"{answer.correlation_id}, not {asked.correlation_id}")
    if answer.edition != asked.edition:
        raise Violation("REP-3", f"edition {answer.edition}, not {asked.edition}")
    refused_on_the_way = isinstance(answer.message, Refusal) and answer.sender in _way(
        rep, asked
    )
    if (
        answer.sender != asked.receiver
        and not refused_on_the_way
        and not _is_house(rep, asked.receiver)
    ):
        raise Violation(
            "SES-2", f"{answer.message.kind} from {answer.sender}, not {asked.receiver}"
        )


def _heard(rep: RoamingEndpoint, session: Session, asked: Envelope, answer: Any) -> Session:
    """The session after the answer to one's own question."""
    if (
        isinstance(answer, AuthorizationAnswer)
        and answer.granted
        and not _binds(rep, asked, answer)
    ):
        raise Violation("AUT-1", f"{answer.home_csp} for a contract of {session.emaid[:5]}")
    other = Role.VISITED_CSO if session.home_csp == rep.entity_id else Role.HOME_CSP
    return follow(session, answer, other, rep.edition)


def _binds(rep: RoamingEndpoint, asked: Envelope, answer: AuthorizationAnswer) -> bool:
    """Whether a yes names a home-CSP that was asked, is a partner of the visited-CSO, and may
    have the contract.
    """
    question: Any = asked.message
    asked_itself = answer.home_csp == asked.receiver or _is_house(rep, asked.receiver)
    mine = rep.network.issuer(question.emaid) in (None, answer.home_csp)
    return (
        asked_itself
        and mine
        and rep.network.agreed(question.visited_cso, answer.home_csp or "")
    )


def _is_house(rep: RoamingEndpoint, entity_id: str) -> bool:
    return rep.network.entity(entity_id).kind is Kind.CLEARING_HOUSE


def _post(rep: RoamingEndpoint, sends: tuple[Send, ...], now: datetime) -> Outcome:
    """Put messages into the outbox and send those that need not wait for an earlier one to the
    same partner.
    """
    lines = {_line(p.envelope) for p in rep.outbox}
    posted, ready = [], []
    for one in sends:
        waits = (line := _line(one.envelope)) in lines
        lines.add(line)
        posted.append(Pending(one.peer, one.envelope, None if waits else now + RETRY_AFTER))
        ready += [] if waits else [one]
    return Outcome(replace(rep, outbox=(*rep.outbox, *posted)), tuple(ready))


def _settle(rep: RoamingEndpoint, answered: Pending, now: datetime) -> Outcome:
    """Take an answered message out of the outbox and send the next one of its line."""
    rest = tuple(p for p in rep.outbox if p is not answered)
    following = next((p for p in rest if _line(p.envelope) == _line(answered.envelope)), None)
    if following is None:
        return Outcome(replace(rep, outbox=rest))
    outbox = tuple(replace(p, due=now + RETRY_AFTER) if p is following else p for p in rest)
    return Outcome(replace(rep, outbox=outbox), (Send(following.peer, following.envelope),))


def _line(envelope: Envelope) -> tuple[str, str]:
    """What is said in order to one partner: all of one service, and outside of services all
    notices of one kind.
    """
    of_service = type(envelope.message) in SPEAKER
    return envelope.correlation_id if of_service else envelope.message.kind, envelope.receiver


def _reply(rep: RoamingEndpoint, envelope: Envelope, message: Shape, now: datetime) -> Envelope:
    """An answer goes back the way the request came, under its request id, to the one who asked."""
    swap = {
        "sender": rep.entity_id,
        "receiver": envelope.sender,
        "message": message,
        "sent_at": now,
    }
    return envelope.model_copy(update=swap)


def _remember(
    rep: RoamingEndpoint, peer: str, envelope: Envelope, sends: tuple[Send, ...]
) -> RoamingEndpoint:
    return replace(rep, seen=rep.seen.insert((peer, envelope.request_id), sends))


def _keep(rep: RoamingEndpoint, session: Session) -> RoamingEndpoint:
    return replace(rep, sessions=rep.sessions.insert(session.correlation_id, session))


# --- What is kept outside any service ---------------------------------------------------------


def _keep_stations(
    rep: RoamingEndpoint, sender: str, message: StationInformationNotice
) -> RoamingEndpoint:
    return replace(rep, stations=rep.stations.update({s.evse_id: s for s in message.stations}))


def _keep_statuses(
    rep: RoamingEndpoint, sender: str, message: StationStatusNotice
) -> RoamingEndpoint:
    return replace(
        rep, statuses=rep.statuses.update({s.evse_id: s.status for s in message.statuses})
    )


def _keep_list(
    rep: RoamingEndpoint, sender: str, message: AuthorizationListNotice
) -> RoamingEndpoint:
    _check_list(rep, message, sender)
    return replace(rep, lists=rep.lists.insert(message.home_csp, frozenset(message.emaids)))


Board = Callable[[RoamingEndpoint, str, Any], RoamingEndpoint]
BOARD: Final[Mapping[type[Shape], Board]] = MappingProxyType(
    {
        StationInformationNotice: _keep_stations,
        StationStatusNotice: _keep_statuses,
        AuthorizationListNotice: _keep_list,
    }
)


# --- What an entity decides by itself ---------------------------------------------------------


def _authorize(rep: RoamingEndpoint, session: Session, message: AuthorizationRequest) -> Shape:
    return AuthorizationAnswer(
        granted=rep.contracts.get(message.emaid, False), home_csp=rep.entity_id
    )


def _take_order(rep: RoamingEndpoint, session: Session, message: RemoteControlRequest) -> Shape:
    running = session.phase is Phase.STOPPING
    return RemoteControlAnswer(
        accepted=_can_serve(rep, session, message) if message.command == "start" else running
    )


def _book(rep: RoamingEndpoint, session: Session, message: ReservationRequest) -> Shape:
    return ReservationAnswer(granted=_can_serve(rep, session, message))


def _can_serve(
    rep: RoamingEndpoint, session: Session, message: RemoteControlRequest | ReservationRequest
) -> bool:
    """Whether the EVSE is free and the contract may be that of the home-CSP, whose order is its
    yes (AUT-1).
    """
    free = rep.evses.get(message.evse_id) == "available"
    return free and rep.network.issuer(message.emaid) in (None, session.home_csp)


def _correct(rep: RoamingEndpoint, session: Session, message: CorrectionRequest) -> Shape:
    return CorrectionAnswer(
        agreed=session.record is not None and session.record.record_id == message.record_id
    )


Reply = Callable[[RoamingEndpoint, Session, Any], Shape]
REPLIES: Final[Mapping[type[Shape], Reply]] = MappingProxyType(
    {
        AuthorizationRequest: _authorize,
        RemoteControlRequest: _take_order,
        ReservationRequest: _book,
        CorrectionRequest: _correct,
    }
)


# --- How a clearing house answers an authorisation request (AUT-3) ----------------------------


def _from_store(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Answer from the lists that home-CSPs left here."""
    emaid = getattr(envelope.message, "emaid", "")
    homes = (name for name in sorted(rep.lists) if rep.network.agreed(envelope.sender, name))
    home = next((name for name in homes if emaid in rep.lists[name]), None)
    return _decide(
        rep,
        peer,
        envelope,
        AuthorizationAnswer(granted=home is not None, home_csp=home, from_list=True),
        now,
    )


def _forward(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Pass the question on to the home-CSP that the EMAID names."""
    home = rep.network.issuer(getattr(envelope.message, "emaid", ""))
    if home is None:
        return _decide(rep, peer, envelope, AuthorizationAnswer(granted=False), now)
    return _pass_on(rep, envelope, peer, envelope.model_copy(update={"receiver": home}), new_id)


def _broadcast(
    rep: RoamingEndpoint, envelope: Envelope, peer: str, now: datetime, new_id: NewId
) -> Outcome:
    """Put the question to every CSP the visited-CSO has an agreement with."""
    copies = _copies(rep, envelope, Kind.CSP, new_id)
    if not copies:
        return _decide(rep, peer, envelope, AuthorizationAnswer(granted=False), now)
    poll = Poll(peer, envelope, frozenset(copy.envelope.request_id for copy in copies))
    rep = replace(rep, polls=rep.polls.insert((peer, envelope.request_id), poll))
    return _post(_remember(rep, peer, envelope, ()), copies, now)


def _count(
    settled: Outcome, poll: Poll, asked: Envelope, answer: Envelope, now: datetime
) -> Outcome:
    """Take in one answer to a poll: the first yes that binds decides it, or the last no."""
    polls, key, message = (
        settled.rep.polls,
        (poll.origin, poll.envelope.request_id),
        answer.message,
    )
    yes = (
        isinstance(message, AuthorizationAnswer)
        and message.granted
        and _binds(settled.rep, asked, message)
    )
    waiting = poll.waiting - {answer.request_id}
    if waiting and not yes:
        return replace(
            settled,
            rep=replace(settled.rep, polls=polls.insert(key, replace(poll, waiting=waiting))),
        )
    verdict = message if yes else AuthorizationAnswer(granted=False)
    decided = _decide(
        replace(settled.rep, polls=polls.remove(key)), poll.origin, poll.envelope, verdict, now
    )
    return replace(decided, sends=(*settled.sends, *decided.sends))


def _decide(
    rep: RoamingEndpoint, peer: str, envelope: Envelope, answer: Shape, now: datetime
) -> Outcome:
    sends = (Send(peer, _reply(rep, envelope, answer, now)),)
    return Outcome(_remember(rep, peer, envelope, sends), sends)


Decide = Callable[[RoamingEndpoint, Envelope, str, datetime, NewId], Outcome]
STRATEGIES: Final[Mapping[str, Decide]] = MappingProxyType(
    {Strategy.STORE: _from_store, Strategy.FORWARD: _forward, Strategy.BROADCAST: _broadcast}
)
