"""Who may ask what of whom: nobody, unless no row of `GROUNDS` is against it.

Three names must not come apart: who signed a message, whom it says it is from, and who is at
the other end of the channel.  The agreements of the network say who exchanges with whom;
`LEAVES` says which messages are left to whom, and what a clearing house may say on behalf of
others.  The first ground that holds decides; where a message has no way at all, the rule of the
network does.  A decision is a value: yes or no, by which rule, and where.

Nothing here verifies a signature or a certificate, or knows which question is still open and
which contract is valid.

Rules: ACC-*, and of others NET-*, REP-1 and REP-2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from refimpl.edition import Edition
from refimpl.errors import RoamingError, Untrusted
from refimpl.messages import (
    KINDS,
    AuthorizationAnswer,
    AuthorizationRequest,
    Envelope,
    Receipt,
    Refusal,
    exchange_of,
)
from refimpl.messages import AuthorizationListNotice as List
from refimpl.messages import StationInformationNotice as Stations
from refimpl.messages import StationStatusNotice as Statuses
from refimpl.network import Network, way
from refimpl.records import Shape
from refimpl.vocabulary import Kind, Strategy

STORE, FORWARD, BROADCAST = Strategy.STORE, Strategy.FORWARD, Strategy.BROADCAST
PARTY: Final = (Kind.CSP, Kind.CSO)
HOUSE: Final = (Kind.CLEARING_HOUSE,)
ANY: Final = tuple(KINDS.values())


class Leave(NamedTuple):
    """What one side may say to the other, with which strategies; and resting on what, if it is
    a yes or no.
    """

    by: tuple[Kind, ...]
    to: tuple[Kind, ...]
    messages: tuple[type[Shape], ...]
    strategies: tuple[str, ...] = tuple(Strategy)
    on: str = ""


# fmt: off
LEAVES: Final = (
    #     by     to     messages                                                  strategies
    # on
    Leave(PARTY, PARTY, ANY),
    Leave(PARTY, HOUSE, (Stations, Statuses, List, AuthorizationRequest)),
    Leave(PARTY, HOUSE, (Receipt, AuthorizationAnswer, Refusal)),
    Leave(HOUSE, PARTY, (Stations, Statuses, List, Receipt, Refusal)),
    Leave(HOUSE, PARTY, (AuthorizationRequest,),                                  (BROADCAST,)),
    Leave(HOUSE, PARTY, (AuthorizationAnswer,),                                   (STORE,),             "a list"),
    Leave(HOUSE, PARTY, (AuthorizationAnswer,),                                   (BROADCAST,),         "an answer"),
    Leave(HOUSE, PARTY, (AuthorizationAnswer,),                                   (FORWARD, BROADCAST), "nothing"),
)
# fmt: on


def rests_on(answer: AuthorizationAnswer) -> str:
    """What a clearing house would rest an authorisation answer on; a yes needs the word of a
    home-CSP.
    """
    if answer.from_list:
        return "a list"
    return "an answer" if answer.home_csp else "nobody's word" if answer.granted else "nothing"


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

    @cached_property
    def way(self) -> tuple[str, ...]:
        """The entities on its way; an answer comes back the way of its question.  Raises as
        `network.route` does.
        """
        e, asked = self.envelope, self.asked
        if asked is None:
            return way(self.network, self.edition, self.mode, e.sender, e.receiver, e.message)
        names = way(
            self.network, self.edition, self.mode, e.receiver, asked.receiver, asked.message
        )
        if e.sender not in names:
            if self.network.entity(asked.receiver).kind is not Kind.CLEARING_HOUSE:
                raise Untrusted(
                    "REP-1", f"{e.sender} is not between {e.receiver} and {asked.receiver}"
                )
            # A clearing house was asked, and passed the question on.
            names = way(
                self.network, self.edition, self.mode, e.receiver, e.sender, asked.message
            )
        return names[names.index(e.sender) :: -1]

    @cached_property
    def kinds(self) -> tuple[Kind, Kind]:
        """What the two are that it is from and for."""
        return self.network.entity(self.envelope.sender).kind, self.network.entity(
            self.envelope.receiver
        ).kind

    @cached_property
    def leaves(self) -> tuple[Leave, ...]:
        """The rows that leave such a message to such a sender."""
        (by, to), said = self.kinds, type(self.envelope.message)
        return tuple(
            row for row in LEAVES if by in row.by and to in row.to and said in row.messages
        )


def _no_strategy(p: Presented) -> bool:
    said: Any = p.envelope.message
    return not any(
        p.strategy in row.strategies and (not row.on or row.on == rests_on(said))
        for row in p.leaves
    )


def _no_house(p: Presented) -> bool:
    if Kind.CLEARING_HOUSE not in p.kinds:
        return False
    row, exchange = (
        p.edition.modes[p.mode],
        exchange_of((p.asked or p.envelope).message, p.edition),
    )
    return "clearing-house" not in (row.brokered_path if exchange in row.brokered else row.path)


def principals(network: Network, message: Any) -> set[str]:
    """In whose name a message speaks, if it names them: who asks, who answers, whose list,
    whose stations.
    """
    said = vars(message)
    places = (*said.get("stations", ()), *said.get("statuses", ()))
    named = {said.get("home_csp"), said.get("visited_cso")}
    return {
        name for name in named.union(network.issuer(place.evse_id) for place in places) if name
    }


def _for_another(p: Presented) -> bool:
    return p.kinds[0] in PARTY and not principals(p.network, p.envelope.message) <= {
        p.envelope.sender
    }


def _for_strangers(p: Presented) -> bool:
    if p.kinds[0] not in HOUSE:
        return False
    house, receiver, net = p.envelope.sender, p.envelope.receiver, p.network
    named = principals(net, p.envelope.message)
    return not all(net.linked(house, name) and net.agreed(name, receiver) for name in named)


# fmt: off
GROUNDS: Final[tuple[tuple[str, Callable[[Presented], bool]], ...]] = (
    ("ACC-1", lambda p: p.signer != p.envelope.sender),             # a credential that another entity presents
    ("REP-1", lambda p: p.here not in p.way[1:]),                   # here is not on its way
    ("REP-2", lambda p: p.peer != p.way[p.way.index(p.here) - 1]),  # the peer is not the previous hop
    ("ACC-2", lambda p: not p.leaves),                              # what nobody left to such a sender
    ("ACC-3", _no_strategy),                                        # what goes with another strategy only
    ("ACC-4", _no_house),                                           # a clearing house where the mode has none
    ("ACC-5", _for_another),                                        # a CSP or CSO in another's name
    ("ACC-6", _for_strangers),                                      # a clearing house for a stranger, or to one
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a message is let in, the rule that decided it, and where."""

    allowed: bool
    rule: str
    where: str


def decide(presented: Presented) -> Decision:
    """Whether an entity lets in what has reached it, to serve it or to pass it on; raises
    nothing.

    A yes names the last rule that was met: ACC-5 for a word in one's own name, ACC-6 for that
    of a clearing house.
    """
    p, e = presented, presented.envelope
    where = f"{e.message.kind} from {e.sender} to {e.receiver}, signed by {p.signer}, from {p.peer} at {p.here}"
    try:
        rule = next((rule for rule, holds in GROUNDS if holds(p)), None)
    except RoamingError as error:
        return Decision(False, error.rule_id, error.where)
    return Decision(rule is None, rule or ("ACC-6" if p.kinds[0] in HOUSE else "ACC-5"), where)
