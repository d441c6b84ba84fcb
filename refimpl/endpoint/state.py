"""What a roaming endpoint is and remembers, and what reaches it and leaves it: values alone.

Rules: REP-4, REP-5 and REP-6 say what has to be remembered.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Generic, NamedTuple, TypeVar

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.ledger import Ledger
from refimpl.endpoint.sequences import Sequences
from refimpl.endpoint.waiting import Outbox, RequestKey, counted
from refimpl.errors import RoamingError, Violation
from refimpl.messages import Envelope, News, RecordMark, Said, Station
from refimpl.network import Network, way
from refimpl.records import DetailRecord
from refimpl.session import ServiceKey, Session
from refimpl.shapes import canonical_bytes, replace
from refimpl.vocabulary import Kind, Mode, Strategy
from refimpl.wire import MAX_BYTES

MOST_UNBILLED: Final = 20_000
"""How many services without a record one entity may have opened here (REP-8): those of a day of
an operator of a thousand stations, in about 100 megabytes.
"""
RECENT: Final = 10_000
"""How many requests an endpoint remembers at least, and half of what it does at most: a
repetition comes in seconds.
"""

NewId = Callable[[], str]
K = TypeVar("K")
V = TypeVar("V")


class Word(NamedTuple):
    """A message as its sender knows it: its ids from end to end, and a digest of what it
    says.
    """

    sender: str
    end_to_end_id: str
    correlation_id: str
    edition: str
    digest: str


@dataclass(frozen=True)
class Arrival:
    """One envelope from a neighbour, and the moment it is heard."""

    envelope: Envelope
    peer: str
    now: datetime

    @property
    def request(self) -> RequestKey:
        """What tells a request of this hop from all others."""
        return RequestKey(self.peer, self.envelope.request_id)

    @property
    def word(self) -> Word:
        """What its sender has said, whichever hops it came over."""
        said = self.envelope
        digest = sha256(canonical_bytes(said.message)).hexdigest()
        return Word(said.sender, said.end_to_end_id, said.correlation_id, said.edition, digest)

    def reply(self, entity_id: str, message: Said) -> Send:
        """Give an answer, which goes back the way the request came, under its request id, and
        names what it answers (REP-9).
        """
        answer = {
            "in_reply_to": self.envelope.end_to_end_id,
            "message_id": None,
            "sender": entity_id,
            "receiver": self.envelope.sender,
            "message": message,
            "sent_at": self.now,
        }
        return Send(self.peer, self.envelope.model_copy(update=answer))

    def readdressed(self, answer: Send) -> Send:
        """Send an answer that was given before on this request."""
        here = {"request_id": self.envelope.request_id}
        return Send(self.peer, answer.envelope.model_copy(update=here))


@dataclass(frozen=True, slots=True)
class Send:
    """An envelope to be put on the channel to a neighbour."""

    peer: str
    envelope: Envelope


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
        """Look up what is remembered under a key."""
        found = self.latest.get(key)
        return self.before.get(key) if found is None else found

    def insert(self, key: K, value: V) -> Recent[K, V]:
        """Remember one more."""
        if len(self.latest) < RECENT:
            return Recent(self.latest.insert(key, value), self.before)
        return Recent(HashTrieMap({key: value}), self.latest)


@dataclass(frozen=True)
class Poll:
    """A question a clearing house has put to many: how it arrived, how many of their answers
    are still out, and whether one was not reached.
    """

    asked: Arrival
    waiting: int
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class Differences:
    """What a reconciliation found: the records a partner has `besides` ours, and those of ours
    that it `lacks`.
    """

    besides: frozenset[RecordMark] = frozenset()
    lacks: frozenset[RecordMark] = frozenset()


@dataclass(frozen=True)
class RoamingEndpoint:
    """The endpoint of one entity: what it was set up with, and all it remembers.

    Set up: `contracts` (a home-CSP's, by the keys of their credentials, and whether each is
    valid), `evses` (a visited-CSO's, and their status), and of how many bytes a message may be
    that it says or passes `onward`, before it is protected.  Remembered: `listed`, the lists it
    said to each receiver, `lists`, those it received by home-CSP, `stations` and `statuses`
    said or received, the `sequences` of news, `sessions`, and how many of each opener are
    `unbilled`, the `ledger` of records, the `differences` found with each partner, `seen`
    requests with what was sent on them, the `words` that clearing houses passed on with the
    request each came as, the `outbox`, `relays`, and `polls`, with how many of each neighbour
    are under way.
    """

    entity_id: str
    network: Network
    edition: Edition
    mode: str = Mode.DIRECT
    strategy: str = Strategy.FORWARD
    contracts: HashTrieMap[str, bool] = field(default_factory=HashTrieMap)
    evses: HashTrieMap[str, str] = field(default_factory=HashTrieMap)
    most_bytes: int = MAX_BYTES
    most_bytes_onward: int = MAX_BYTES
    listed: HashTrieMap[str, ContractList] = field(default_factory=HashTrieMap)
    lists: HashTrieMap[str, ContractList] = field(default_factory=HashTrieMap)
    stations: HashTrieMap[str, Station] = field(default_factory=HashTrieMap)
    statuses: HashTrieMap[str, str] = field(default_factory=HashTrieMap)
    sessions: HashTrieMap[ServiceKey, Session] = field(default_factory=HashTrieMap)
    unbilled: HashTrieMap[str, int] = field(default_factory=HashTrieMap)
    ledger: Ledger = field(default_factory=Ledger)
    sequences: Sequences = field(default_factory=Sequences)
    differences: HashTrieMap[str, Differences] = field(default_factory=HashTrieMap)
    seen: Recent[tuple[str, str], tuple[Send, ...]] = field(default_factory=Recent)
    words: Recent[Word, RequestKey] = field(default_factory=Recent)
    outbox: Outbox = field(default_factory=Outbox)
    relays: Recent[str, Relay] = field(default_factory=Recent)
    polls: HashTrieMap[RequestKey, Poll] = field(default_factory=HashTrieMap)
    polling: HashTrieMap[str, int] = field(default_factory=HashTrieMap)

    @property
    def kind(self) -> Kind:
        """What the entity is."""
        return self.network.entity(self.entity_id).kind

    def is_clearing_house(self, entity_id: str) -> bool:
        """Say whether another entity of the network is a clearing house."""
        return self.network.entity(entity_id).kind is Kind.CLEARING_HOUSE

    def way(self, envelope: Envelope) -> tuple[str, ...]:
        """List the entities an envelope passes, both ends included; raises as `network.way`."""
        ends = envelope.sender, envelope.receiver
        return way(self.network, self.edition, self.mode, *ends, envelope.message)

    def remember(self, arrival: Arrival, sends: tuple[Send, ...]) -> RoamingEndpoint:
        """Remember what was sent on a request, for its repetitions (REP-4)."""
        seen = self.seen.insert(arrival.request, sends)
        if not self._came_through(arrival):
            return replace(self, seen=seen)
        words = self.words.insert(arrival.word, arrival.request)
        return replace(self, seen=seen, words=words)

    def sent_before(self, arrival: Arrival) -> tuple[Send, ...] | None:
        """Find what was sent on a request, or on the same word of its sender that came through
        a clearing house as another request; None where it is not known (REP-4).
        """
        if not self.edition.asks("REP-4"):
            return None  # Nothing that was said before counts.
        before = self.seen.get(arrival.request)
        if before is not None or not self._came_through(arrival):
            return before
        request = self.words.get(arrival.word)
        before = None if request is None else self.seen.get(request)
        return None if before is None else tuple(map(arrival.readdressed, before))

    def _came_through(self, arrival: Arrival) -> bool:
        """Say whether a message for this entity was passed on by a clearing house, which may
        give its repetition another request id.
        """
        envelope = arrival.envelope
        return arrival.peer != envelope.sender and envelope.receiver == self.entity_id

    def number(self, news: News, now: datetime) -> tuple[RoamingEndpoint, News]:
        """Give news that this endpoint says the next number (REP-10)."""
        sequences = self.sequences.after_saying(now)
        numbered = news.model_copy(update={"sequence": sequences.said})
        return replace(self, sequences=sequences), numbered

    def keep(self, session: Session) -> RoamingEndpoint:
        """Keep a service as it stands now."""
        before = self.sessions.get(session.key)
        sessions = self.sessions.insert(session.key, session)
        was_open = before is not None and before.record is None
        is_open = session.record is None
        if was_open == is_open:
            return replace(self, sessions=sessions)
        unbilled = counted(self.unbilled, session.opener, is_open - was_open)
        return replace(self, sessions=sessions, unbilled=unbilled)

    def check_room(self, opener: str) -> None:
        """Check that an entity may open one more service here; raises `Violation` REP-8."""
        if self.unbilled.get(opener, 0) >= MOST_UNBILLED:
            raise Violation("REP-8", f"{MOST_UNBILLED} services of {opener} without a record")

    def service_with(self, partner: str, correlation_id: str) -> Session | None:
        """Find the service under an id that a partner opened with this entity, or this entity
        with the partner.

        Between two entities an id means one service: otherwise a message that names only the
        id could speak of either.
        """
        theirs = self.sessions.get(ServiceKey(partner, correlation_id))
        if theirs is not None:
            return theirs
        ours = self.sessions.get(ServiceKey(self.entity_id, correlation_id))
        if ours is not None and partner in (ours.home_csp, ours.visited_cso):
            return ours
        return None

    def partner_in(self, session: Session) -> str:
        """The other side of a service."""
        is_home = session.home_csp == self.entity_id
        return session.visited_cso if is_home else session.home_csp

    def counted_as(self, session: Session) -> ServiceKey:
        """The key of a service in the ledger: its partner and its id, for a record that waits
        does not tell who opened it.
        """
        return ServiceKey(self.partner_in(session), session.correlation_id)

    def count(self, session: Session, record: DetailRecord) -> RoamingEndpoint:
        """Count the record of a service, which then no longer waits; raises `Violation` REC-7
        or REC-8.
        """
        key = self.counted_as(session)
        self.ledger.check(session.visited_cso, key, record, self.edition)
        ledger = self.ledger.count(session.visited_cso, key, record)
        return replace(self, ledger=ledger.match(key.opener, key))

    def power_w(self, evse_id: str) -> int | None:
        """The power of an EVSE in watts, as its operator told it; None where it did not."""
        station = self.stations.get(evse_id)
        return station.power_w if station else None


@dataclass(frozen=True)
class Outcome:
    """What came of one call: the next endpoint, what to send, and what was found wrong."""

    rep: RoamingEndpoint
    sends: tuple[Send, ...] = ()
    notes: tuple[RoamingError, ...] = ()
