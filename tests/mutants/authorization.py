"""Mutants of who may ask what of whom."""

from collections.abc import Iterator
from typing import Final

from refimpl.security.authorization import GROUNDS, RIGHTS
from refimpl.vectors.mutants import Mutant

DECIDES: Final = "refimpl.security.authorization"
ENVELOPE: Final = "refimpl.messages.envelope"
ENTITIES: Final = "refimpl.network.entities"
ROUTES: Final = "refimpl.network.routes"


def without_a_ground() -> Iterator[Mutant]:
    for place, (rule, holds) in enumerate(GROUNDS):
        yield Mutant(
            rule,
            f"{holds.__name__.strip('_')} passed over",
            "leaves this check out",
            DECIDES,
            "        for rule, holds in GROUNDS:",
            f"        for rule, holds in GROUNDS[:{place}] + GROUNDS[{place + 1}:]:",
        )


def grounds_in_another_order() -> Iterator[Mutant]:
    for place in range(1, len(GROUNDS)):
        (first, _), (second, _) = GROUNDS[place - 1 : place + 1]
        if second == "ACC-6":
            continue  # of a CSP or CSO the one, of a clearing house the other
        yield Mutant(
            second,
            f"{second} before {first}",
            "makes the two checks in the other order",
            DECIDES,
            "        for rule, holds in GROUNDS:",
            f"        for rule, holds in (*GROUNDS[:{place - 1}], GROUNDS[{place}], "
            f"GROUNDS[{place - 1}], *GROUNDS[{place + 1}:]):",
        )


def without_a_right() -> Iterator[Mutant]:
    for place in range(len(RIGHTS)):
        yield Mutant(
            "ACC-2",
            f"right {place} is not there",
            "overlooks a row of leaves.json",
            DECIDES,
            "RIGHTS_OF: Final = by_kinds(RIGHTS)",
            f"RIGHTS_OF: Final = by_kinds(RIGHTS[:{place}] + RIGHTS[{place + 1}:])",
        )


# fmt: off
MUTANTS: Final = (
    *without_a_ground(),
    *grounds_in_another_order(),
    *without_a_right(),
    Mutant("ACC-1", "the signer may be the peer", "takes the hop for the sender",
           DECIDES, "return p.signer != p.envelope.sender",
           "return p.signer not in (p.envelope.sender, p.peer)"),
    Mutant("ACC-1", "a clearing house may sign for others", "trusts every clearing house's key",
           DECIDES, "return p.signer != p.envelope.sender",
           "return p.signer != p.envelope.sender and not p.network.by_id[p.signer].kind == 'clearing-house'"),
    Mutant("ACC-1", "the signer is the receiver", "compares with the wrong end",
           DECIDES, "return p.signer != p.envelope.sender", "return p.signer not in (p.envelope.sender, p.envelope.receiver)"),
    Mutant("REP-1", "here may be the beginning", "counts the sender as on the way",
           DECIDES, "return p.here not in p.way[1:]", "return p.here not in p.way"),
    Mutant("REP-1", "here must be the end", "lets no clearing house pass a message on",
           DECIDES, "return p.here not in p.way[1:]", "return p.here != p.way[-1]"),
    Mutant("REP-1", "a peer anywhere on the way", "asks only that the neighbour is on the way",
           DECIDES, "return p.peer != p.way[p.way.index(p.here) - 1]", "return p.peer not in p.way"),
    Mutant("REP-2", "the peer may be the sender", "lets the sender skip the clearing house",
           DECIDES, "return p.peer != p.way[p.way.index(p.here) - 1]",
           "return p.peer not in (p.way[p.way.index(p.here) - 1], p.envelope.sender)"),
    Mutant("REP-2", "the peer may come after here", "takes the way for having no direction",
           DECIDES, "return p.peer != p.way[p.way.index(p.here) - 1]",
           "return p.peer not in (p.way[p.way.index(p.here) - 1], *p.way[p.way.index(p.here) + 1:])"),
    Mutant("REP-1", "an answer takes its own way", "routes an answer as if it were a question",
           DECIDES, "if self.asked is None:\n            return", "if True:\n            return"),
    Mutant("REP-1", "an answer goes the way of its question", "forgets to turn the way round",
           DECIDES, "return names[names.index(sender) :: -1]", "return names"),
    Mutant("REP-1", "an answer from the end only", "lets no clearing house on the way refuse",
           DECIDES, "return names[names.index(sender) :: -1]", "return names[::-1]"),
    Mutant("REP-1", "any answerer behind any receiver", "passes over that a clearing house was asked",
           DECIDES, "if self.network.entity(asked.receiver).kind is not Kind.CLEARING_HOUSE:", "if False:"),
    Mutant("REP-1", "no answerer behind a house", "lets only who is on the way answer",
           DECIDES, "if self.network.entity(asked.receiver).kind is not Kind.CLEARING_HOUSE:", "if True:"),
    Mutant("REP-1", "any answerer behind a house", "asks for no way to the answerer",
           DECIDES, "names = self.way_of(receiver, sender, asked.message)", "names = (receiver, asked.receiver, sender)"),
    Mutant("ACC-2", "the kinds the other way round", "reads receiver and sender in the wrong order",
           DECIDES, "return sender.kind, receiver.kind", "return receiver.kind, sender.kind"),
    Mutant("ACC-3", "any strategy", "passes over the strategies of a row",
           DECIDES, "p.strategy in row.strategies and row.on", "row.on"),
    Mutant("ACC-3", "resting on anything", "passes over what an answer rests on",
           DECIDES, 'and row.on in ("", rests)', ""),
    Mutant("ACC-3", "a yes without a word", "takes a yes that names nobody for one that rests on nothing",
           DECIDES, """return "nobody's word" if answer.granted else "nothing\"""", 'return "nothing"'),
    Mutant("ACC-3", "a list before an answer", "lets home_csp decide before from_list",
           DECIDES, 'if answer.from_list:\n        return "a list"\n    if answer.home_csp:\n        return "an answer"',
           'if answer.home_csp:\n        return "an answer"\n    if answer.from_list:\n        return "a list"'),
    Mutant("ACC-3", "store may rest on an answer", "lets a store speak in a home-CSP's name",
           DECIDES, '(BROADCAST,),         "an answer"', '(STORE, BROADCAST),   "an answer"'),
    Mutant("ACC-3", "forward may not refuse", "lets a forwarding house give no answer of its own",
           DECIDES, '(FORWARD, BROADCAST), "nothing"', '(BROADCAST,), "nothing"'),
    Mutant("ACC-3", "store may say nothing", "lets a store refuse without its list",
           DECIDES, '(FORWARD, BROADCAST), "nothing"', '(STORE, FORWARD, BROADCAST), "nothing"'),
    Mutant("ACC-3", "forward may ask all", "lets a forwarding house ask in its own name",
           DECIDES, "(AuthorizationRequest,),\n                                  (BROADCAST,)),",
           "(AuthorizationRequest,),\n                                  (FORWARD, BROADCAST)),"),
    Mutant("ACC-4", "by the sender's kind", "lets a clearing house be the receiver in any mode",
           DECIDES, "if Kind.CLEARING_HOUSE not in p.kinds:", "if p.kinds[0] is not Kind.CLEARING_HOUSE:"),
    Mutant("ACC-4", "by the receiver's kind", "lets a clearing house be the sender in any mode",
           DECIDES, "if Kind.CLEARING_HOUSE not in p.kinds:", "if p.kinds[1] is not Kind.CLEARING_HOUSE:"),
    Mutant("ACC-4", "by the exchange of the answer", "takes the answer for the exchange, not its question",
           DECIDES, "(p.asked or p.envelope).message, p.edition", "p.envelope.message, p.edition"),
    Mutant("ACC-4", "by the mode's path alone", "overlooks the exchanges that hybrid mode brokers",
           DECIDES, "p.edition.modes[p.mode].path_of(exchange or \"\")", "p.edition.modes[p.mode].path"),
    Mutant("ACC-4", "hybrid brokers everything", "takes the brokered path for all exchanges",
           DECIDES, "p.edition.modes[p.mode].path_of(exchange or \"\")",
           "(p.edition.modes[p.mode].brokered_path or p.edition.modes[p.mode].path)"),
    Mutant("ACC-5", "a clearing house too", "holds a clearing house to its own name",
           DECIDES, "return p.kinds[0] in CSP_OR_CSO and not named", "return not named"),
    Mutant("ACC-5", "a CSP only", "lets a CSO speak in another's name",
           DECIDES, "return p.kinds[0] in CSP_OR_CSO and not named", "return p.kinds[0] is Kind.CSP and not named"),
    Mutant("ACC-5", "a CSO only", "lets a CSP speak in another's name",
           DECIDES, "return p.kinds[0] in CSP_OR_CSO and not named", "return p.kinds[0] is Kind.CSO and not named"),
    Mutant("ACC-5", "in its own name among others", "asks only that the sender is one of the named",
           DECIDES, "and not named <= {p.envelope.sender}", "and named and p.envelope.sender not in named"),
    Mutant("ACC-5", "the first station speaks for all", "looks at one station",
           DECIDES, "for station in message.stations]", "for station in message.stations[:1]]"),
    Mutant("ACC-5", "the last station speaks for all", "looks at one station",
           DECIDES, "for station in message.stations]", "for station in message.stations[-1:]]"),
    Mutant("ACC-5", "the first status speaks for all", "looks at one status",
           DECIDES, "for status in message.statuses]", "for status in message.statuses[:1]]"),
    Mutant("ACC-5", "the last status speaks for all", "looks at one status",
           DECIDES, "for status in message.statuses]", "for status in message.statuses[-1:]]"),
    Mutant("ACC-5", "statuses name nobody", "overlooks that a status names an operator",
           DECIDES, "case Statuses():\n", "case Statuses() if False:\n"),
    Mutant("ACC-5", "stations name nobody", "overlooks that a station names an operator",
           DECIDES, "case Stations():\n", "case Stations() if False:\n"),
    Mutant("ACC-5", "a list names nobody", "overlooks the home_csp of a list",
           DECIDES, "case AuthorizationAnswer() | List():", "case AuthorizationAnswer():"),
    Mutant("ACC-5", "an answer names nobody", "overlooks the home_csp of an answer",
           DECIDES, "case AuthorizationAnswer() | List():", "case List():"),
    Mutant("ACC-5", "a question names nobody", "overlooks the visited_cso of a question",
           DECIDES, "names = [message.visited_cso]", "names = []"),
    Mutant("ACC-6", "linked is enough", "passes over the agreement",
           DECIDES, "net.linked(house, name) and net.agreed(name, receiver)", "net.linked(house, name)"),
    Mutant("ACC-6", "agreed is enough", "passes over the link",
           DECIDES, "net.linked(house, name) and net.agreed(name, receiver)", "net.agreed(name, receiver)"),
    Mutant("ACC-6", "one of them is known", "asks for one of the named, not for all",
           DECIDES, "return not all(net.linked", "return bool(named) and not any(net.linked"),
    Mutant("ACC-6", "the receiver is linked", "looks at the link of the wrong end",
           DECIDES, "net.linked(house, name) and", "net.linked(house, receiver) and"),
    Mutant("ACC-6", "agreed with the house", "takes the house for a partner of an agreement",
           DECIDES, "net.agreed(name, receiver) for", "net.agreed(name, house) for"),
    Mutant("ACC-6", "ACC-6 is met by all", "names the rule of a clearing house for everybody",
           DECIDES, 'met = "ACC-6" if p.kinds[0] in HOUSE else "ACC-5"', 'met = "ACC-6"'),
    Mutant("ACC-5", "ACC-5 is met by all", "names the rule of an own name for everybody",
           DECIDES, 'met = "ACC-6" if p.kinds[0] in HOUSE else "ACC-5"', 'met = "ACC-5"'),
    Mutant("AUT-4", "of no operator is foreign", "refuses an EVSE of which the network knows no operator",
           ENTITIES, "if operator not in (None, visited_cso):\n                return operator", "if operator != visited_cso:\n                return operator or 'none'"),
    Mutant("AUT-4", "an order is the sender's", "takes the sender for the visited side of an order",
           ENVELOPE, "isinstance(message, (RemoteControlRequest, ReservationRequest))", "isinstance(message, ReservationRequest)"),
    Mutant("AUT-4", "a booking is the sender's", "takes the sender for the visited side of a booking",
           ENVELOPE, "isinstance(message, (RemoteControlRequest, ReservationRequest))", "isinstance(message, RemoteControlRequest)"),
    Mutant("AUT-4", "a house asks for itself", "takes the house for the visited side",
           ENVELOPE, "if isinstance(message, AuthorizationRequest):\n        return message.visited_cso", "if isinstance(message, AuthorizationRequest):\n        return envelope.sender"),
    Mutant("AUT-4", "a house asks for nobody", "makes no check of what a house asks",
           ENVELOPE, "if isinstance(message, AuthorizationRequest):\n        return message.visited_cso", "if isinstance(message, AuthorizationRequest):\n        return None"),
    Mutant("AUT-4", "operators before providers", "lets a CSP's party id win over a CSO's",
           ENTITIES, "{**self._by_party_id(Kind.CSP), **self._by_party_id(Kind.CSO)}", "{**self._by_party_id(Kind.CSO), **self._by_party_id(Kind.CSP)}"),
    Mutant("AUT-4", "only CSOs operate", "overlooks a CSP that operates an EVSE under its id",
           ENTITIES, "{**self._by_party_id(Kind.CSP), **self._by_party_id(Kind.CSO)}", "self._by_party_id(Kind.CSO)"),
    Mutant("AUT-4", "the first party id counts", "overlooks further party ids of an entity",
           ENTITIES, "found.update(dict.fromkeys(entity.party_ids, entity.id))", "found.update(dict.fromkeys(entity.party_ids[:1], entity.id))"),
    Mutant("AUT-4", "five characters for all", "cuts DIN's operator id as if it were another",
           "refimpl.identifiers.reading", 'if identifier.startswith("+"):\n        return "*".join', 'if False:\n        return "*".join'),
    Mutant("AUT-4", "DIN's by its country", "cuts DIN's operator id at the first asterisk",
           "refimpl.identifiers.reading", 'identifier.split("*")[:2]', 'identifier.split("*")[:1]'),
    Mutant("AUT-4", "the provider by any part of the id", "looks for the operator by four characters",
           "refimpl.identifiers.reading", "return identifier[:5]", "return identifier[:6]"),
    Mutant("REP-1", "never backwards", "overlooks that some messages go from the consumer to the producer",
           ROUTES, "back = row is not None and message.kind in row.returned", "back = False"),
)
# fmt: on
