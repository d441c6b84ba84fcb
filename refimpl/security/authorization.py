"""Which entity may ask what of which: a message is let in unless a row of `GROUNDS` is against
it.

Three names must not come apart: who signed a message, whom it says it is from, and who is at
the other end of the channel.  The agreements of the network say who exchanges with whom;
`RIGHTS` says which messages each kind of entity may send to which, and what a clearing house
may say on behalf of others; of an EVSE speaks its operator.  The first ground that holds
decides, so a station notice in another's name is ACC-5 before it is AUT-4; where a message has
no way at all, the rule of the network does.  A decision is a value: yes or no, by which rule,
and where.

Nothing here verifies a signature or a certificate, or knows which question is still open and
which contract is valid.

Rules: ACC-*, and of others AUT-4, NET-*, REP-1 and REP-2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import RoamingError, Untrusted
from refimpl.messages import (
    KINDS,
    AuthorizationAnswer,
    AuthorizationRequest,
    Envelope,
    Receipt,
    Refusal,
    Said,
    exchange_of,
    visited_side,
)
from refimpl.messages import AuthorizationListNotice as List
from refimpl.messages import StationInformationNotice as Stations
from refimpl.messages import StationStatusNotice as Statuses
from refimpl.network import Network, way
from refimpl.vocabulary import Kind, Strategy

STORE, FORWARD, BROADCAST = Strategy.STORE, Strategy.FORWARD, Strategy.BROADCAST
CSP_OR_CSO: Final = (Kind.CSP, Kind.CSO)
HOUSE: Final = (Kind.CLEARING_HOUSE,)
ANY: Final = tuple(KINDS.values())


class Right(NamedTuple):
    """What one kind of entity may say to another, with which strategies; and resting `on` what,
    if it is a yes or no.
    """

    by: tuple[Kind, ...]
    to: tuple[Kind, ...]
    messages: tuple[type[Said], ...]
    strategies: tuple[str, ...] = tuple(Strategy)
    on: str = ""


# fmt: off
RIGHTS: Final = (
    #     by          to          messages
    #                             strategies            on
    Right(CSP_OR_CSO, CSP_OR_CSO, ANY),
    Right(CSP_OR_CSO, HOUSE,      (Stations, Statuses, List, AuthorizationRequest)),
    Right(CSP_OR_CSO, HOUSE,      (Receipt, AuthorizationAnswer, Refusal)),
    Right(HOUSE,      CSP_OR_CSO, (Stations, Statuses, List, Receipt, Refusal)),
    Right(HOUSE,      CSP_OR_CSO, (AuthorizationRequest,),
                                  (BROADCAST,)),
    Right(HOUSE,      CSP_OR_CSO, (AuthorizationAnswer,),
                                  (STORE,),             "a list"),
    Right(HOUSE,      CSP_OR_CSO, (AuthorizationAnswer,),
                                  (BROADCAST,),         "an answer"),
    Right(HOUSE,      CSP_OR_CSO, (AuthorizationAnswer,),
                                  (FORWARD, BROADCAST), "nothing"),
)
# fmt: on
RightKey = tuple[Kind, Kind, type[Said]]
"""Who says what to whom."""


def by_kinds(rights: tuple[Right, ...]) -> Mapping[RightKey, tuple[Right, ...]]:
    """The rows that give a kind of entity the right to say a message to another."""
    found: dict[RightKey, tuple[Right, ...]] = {}
    for row in rights:
        for key in product(row.by, row.to, row.messages):
            found[key] = (*found.get(key, ()), row)
    return MappingProxyType(found)


RIGHTS_OF: Final = by_kinds(RIGHTS)


def rests_on(answer: AuthorizationAnswer) -> str:
    """What a clearing house would rest an authorization answer on; a yes needs the word of a
    home-CSP.
    """
    if answer.from_list:
        return "a list"
    if answer.home_csp:
        return "an answer"
    return "nobody's word" if answer.granted else "nothing"


@dataclass(frozen=True)
class Presented:
    """A message as it reaches the entity `here`: who holds the certificate of the peer, and who
    the key that signed it.

    `asked` is the question in its envelope, where the message is an answer; `strategy` is that
    of the clearing houses.
    """

    network: Network
    edition: Edition
    mode: str
    strategy: str
    envelope: Envelope
    here: str
    peer: str
    signer: str
    asked: Envelope | None = None

    def way_of(self, origin: str, addressee: str, message: Said) -> tuple[str, ...]:
        """The entities that a question passes; raises as `network.route` does."""
        return way(self.network, self.edition, self.mode, origin, addressee, message)

    @cached_property
    def way(self) -> tuple[str, ...]:
        """The entities on its way; an answer comes back the way of its question.  Raises as
        `network.route` does.
        """
        sender, receiver = self.envelope.sender, self.envelope.receiver
        if self.asked is None:
            return self.way_of(sender, receiver, self.envelope.message)
        asked = self.asked
        names = self.way_of(receiver, asked.receiver, asked.message)
        if sender not in names:
            if self.network.entity(asked.receiver).kind is not Kind.CLEARING_HOUSE:
                where = f"{sender} is not between {receiver} and {asked.receiver}"
                raise Untrusted("REP-1", where)
            # A clearing house was asked, and passed the question on.
            names = self.way_of(receiver, sender, asked.message)
        return names[names.index(sender) :: -1]

    @cached_property
    def kinds(self) -> tuple[Kind, Kind]:
        """The kinds of entity that it is from and for."""
        sender = self.network.entity(self.envelope.sender)
        receiver = self.network.entity(self.envelope.receiver)
        return sender.kind, receiver.kind

    @cached_property
    def rights(self) -> tuple[Right, ...]:
        """The rows that give such a sender the right to such a message."""
        return RIGHTS_OF.get((*self.kinds, type(self.envelope.message)), ())


def principals(network: Network, message: Said) -> set[str]:
    """In whose name a message speaks, if it names them: who asks, who answers, whose list,
    whose stations.
    """
    names: list[str | None] = []
    match message:
        case AuthorizationRequest():
            names = [message.visited_cso]
        case AuthorizationAnswer() | List():
            names = [message.home_csp]
        case Stations():
            names = [network.operator(station.evse_id) for station in message.stations]
        case Statuses():
            names = [network.operator(status.evse_id) for status in message.statuses]
    return {name for name in names if name}


# --- What is against it -----------------------------------------------------------------------


def _signed_by_another(p: Presented) -> bool:
    return p.signer != p.envelope.sender


def _not_on_the_way(p: Presented) -> bool:
    return p.here not in p.way[1:]


def _not_the_previous_hop(p: Presented) -> bool:
    return p.peer != p.way[p.way.index(p.here) - 1]


def _no_right(p: Presented) -> bool:
    return not p.rights


def _other_strategy(p: Presented) -> bool:
    message = p.envelope.message
    rests = rests_on(message) if isinstance(message, AuthorizationAnswer) else ""
    return not any(p.strategy in row.strategies and row.on in ("", rests) for row in p.rights)


def _no_clearing_house(p: Presented) -> bool:
    if Kind.CLEARING_HOUSE not in p.kinds:
        return False
    exchange = exchange_of((p.asked or p.envelope).message, p.edition)
    return "clearing-house" not in p.edition.modes[p.mode].path_of(exchange or "")


def _in_another_name(p: Presented) -> bool:
    named = principals(p.network, p.envelope.message)
    return p.kinds[0] in CSP_OR_CSO and not named <= {p.envelope.sender}


def _for_strangers(p: Presented) -> bool:
    if p.kinds[0] not in HOUSE:
        return False
    house, receiver, net = p.envelope.sender, p.envelope.receiver, p.network
    named = principals(net, p.envelope.message)
    return not all(net.linked(house, name) and net.agreed(name, receiver) for name in named)


def _of_a_foreign_evse(p: Presented) -> bool:
    visited_cso = visited_side(p.envelope, p.kinds[0])
    if visited_cso is None:
        return False
    return p.network.foreign_evse(p.envelope.message.evse_ids, visited_cso) is not None


# fmt: off
GROUNDS: Final[tuple[tuple[str, Callable[[Presented], bool]], ...]] = (
    ("ACC-1", _signed_by_another),     # a credential that another entity presents
    ("REP-1", _not_on_the_way),        # here is not on its way
    ("REP-2", _not_the_previous_hop),  # the peer is not the previous hop
    ("ACC-2", _no_right),              # what such a sender has no right to
    ("ACC-3", _other_strategy),        # what goes with another strategy only
    ("ACC-4", _no_clearing_house),     # a clearing house where the mode has none
    ("ACC-5", _in_another_name),       # a CSP or CSO in another's name
    ("ACC-6", _for_strangers),         # a clearing house for a stranger, or to one
    ("AUT-4", _of_a_foreign_evse),     # of an EVSE that another operates
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a message is let in, the rule that decided it, and where."""

    allowed: bool
    rule: str
    where: str


def decide(presented: Presented) -> Decision:
    """Decide whether an entity lets in what has reached it, to serve it or to pass it on;
    raises nothing.

    A yes names the last rule that was met: ACC-5 for a word in one's own name, ACC-6 for that
    of a clearing house.
    """
    p, said = presented, presented.envelope
    where = (
        f"{said.message.kind} from {said.sender} to {said.receiver}, "
        f"signed by {p.signer}, from {p.peer} at {p.here}"
    )
    try:
        for rule, holds in GROUNDS:
            if holds(p) and p.edition.asks(rule):
                return Decision(False, rule, where)
        met = "ACC-6" if p.kinds[0] in HOUSE else "ACC-5"
    except RoamingError as error:
        return Decision(False, error.rule_id, error.where)
    return Decision(True, met, where)
