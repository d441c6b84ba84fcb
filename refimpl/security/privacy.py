"""What each member of a message tells, what it is for, and who learns it on the way.

Each message and record says of its members in which class they are, and of the whole what it is
for and how long it is kept; `NEEDS` says which classes a role needs for what.  `redact` leaves
out the rest, `pseudonym` hides a contract id, and `exposure` works out who learns what, from
routes, agreements and the strategy alone.

Who sees that messages pass, when, and how long they are, knows something even if all are
sealed; that is not here. Nothing is played, stored or deleted.

Rules: PRV-*.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from string import ascii_uppercase, digits
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.errors import Misuse
from refimpl.identifiers import check_character, parse_emaid
from refimpl.messages import (
    ANSWERS,
    AuthorizationListNotice,
    AuthorizationRequest,
    Envelope,
    FetchRequest,
    News,
    ReconciliationRequest,
    Said,
)
from refimpl.network import way
from refimpl.setting import Setting
from refimpl.shapes import Shape, Sorted
from refimpl.vocabulary import Kind, PrivacyClass, Purpose, RecordKind, Role, Strategy

CLASSES: Final = tuple(PrivacyClass)

# fmt: off
TECHNICAL, IDENTIFIER = PrivacyClass.TECHNICAL, PrivacyClass.IDENTIFIER
ALL: Final = CLASSES[:4]
NEEDS: Final[Mapping[tuple[Purpose, Role], tuple[PrivacyClass, ...]]] = MappingProxyType({
    (Purpose.ROUTE,     Role.HOME_CSP):       (TECHNICAL,),
    (Purpose.ROUTE,     Role.VISITED_CSO):    (TECHNICAL,),
    (Purpose.INFORM,    Role.HOME_CSP):       (TECHNICAL,),
    (Purpose.INFORM,    Role.CLEARING_HOUSE): (TECHNICAL,),
    (Purpose.AUTHORIZE, Role.HOME_CSP):       (TECHNICAL, IDENTIFIER, PrivacyClass.BILLING),
    (Purpose.AUTHORIZE, Role.VISITED_CSO):    (TECHNICAL, IDENTIFIER),
    (Purpose.SERVE,     Role.HOME_CSP):       ALL,
    (Purpose.SERVE,     Role.VISITED_CSO):    ALL,
    (Purpose.BILL,      Role.HOME_CSP):       ALL,
    (Purpose.BILL,      Role.VISITED_CSO):    ALL,
})
"""Which classes a role needs for what, besides routing; a clearing house is one that only
passes on.
"""
# fmt: on


def _shapes(shape: type[Sorted]) -> Iterator[type[Sorted]]:
    """A shape and all that lie within it."""
    yield shape
    for part in shape.parts():
        yield from _shapes(part)


SHAPES: Final[Mapping[str, type[Sorted]]] = MappingProxyType(
    {shape.shape_name(): shape for shape in _shapes(Envelope)}
)
"""Every shape of a message or record by its name."""
CLASS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        f"{name}.{member}": told.tells
        for name, shape in SHAPES.items()
        for member, told in shape.members().items()
    }
)
"""The class of each member, as `"cdr.emaid"`."""
EMAIDS: Final = ("emaid", "emaids")
"""The members that hold contract ids."""


# --- What is kept from whom -------------------------------------------------------------------


def pseudonym(key: bytes, receiver: str, emaid: str) -> str:
    """The EMAID under which a home-CSP shows one of its contracts to one receiver.

    It is always the same for that receiver and tells nothing about the one that another is
    shown.  It still says whose contract it is, by country and provider, or else no visited-CSO
    could ask; the instance is a C and eight characters of HMAC-SHA256, so that all profiles but
    DIN's can read it.  Of 36^8 pseudonyms two may be the same: the home-CSP looks before it
    hands one out.  `key` has 32 bytes or more; raises `Misuse` PRV-4 for a shorter one, and
    `Malformed` EMA-* for what is no EMAID in canonical form.

    >>> for receiver in ("cso-elm", "cso-fjord"):
    ...     print(pseudonym(bytes(32), receiver, "DE8AA001234567"))
    DE8AAC5H93VMDKF
    DE8AAC9F2C0VW8J
    """
    if len(key) < 32:
        raise Misuse("PRV-4", f"key of {len(key)} bytes, at least 32")
    contract = parse_emaid(emaid, "canonical")
    issuer = contract.country + contract.provider
    digest = hmac.digest(key, f"{receiver} {issuer}{contract.instance}".encode(), "sha256")
    number, instance = int.from_bytes(digest, "big"), "C"
    for _ in range(8):
        number, place = divmod(number, 36)
        instance += (digits + ascii_uppercase)[place]
    return issuer + instance + check_character(issuer + instance)


class Redacted(NamedTuple):
    """What is left of a message or record, as it would be written in JSON, and the members
    withheld, by which rule.
    """

    kept: Mapping[str, Any]
    withheld: Mapping[str, str]


def redact(said: Shape, receiver: Role, alias: Callable[[str], str] | None = None) -> Redacted:
    """What a role needs of an envelope, message or record; `alias` gives the EMAID to show
    instead of each.

    Withheld are, by PRV-2, members of a class that the role does not need for what this is for,
    and by PRV-3, where there is an alias, free text.  Raises `Misuse` PRV-1 for a shape or
    member that is in no class.

    >>> from refimpl.messages import AuthorizationRequest
    >>> asked = AuthorizationRequest(emaid="DE8AA001234567", evse_id="DEAB7E8406487",
    ...                              service="parking", visited_cso="cso-elm")
    >>> redact(asked, Role.CLEARING_HOUSE).kept
    {'kind': 'authorization-request', 'visited_cso': 'cso-elm'}
    """
    shape, plain = name_of(said), said.model_dump(mode="json", exclude_none=True)
    kept: dict[str, Any] = {}
    withheld: dict[str, str] = {}
    for member, value in plain.items():
        inner = getattr(said, member)
        among = inner if isinstance(inner, tuple) else (inner,)
        holds_shapes = all(isinstance(part, Shape) for part in among)
        if holds_shapes and f"{shape}.{member}" not in CLASS_OF:
            parts = [redact(part, receiver, alias) for part in among]
            seen = [part.kept for part in parts]
            kept[member] = seen if isinstance(inner, tuple) else seen[0]
            for part in parts:
                withheld |= part.withheld
        elif rule := _withholding(shape, member, receiver, alias is not None):
            withheld[f"{shape}.{member}"] = rule
        elif alias is not None and member in EMAIDS:
            kept[member] = (
                [alias(emaid) for emaid in value] if isinstance(value, list) else alias(value)
            )
        else:
            kept[member] = value
    return Redacted(kept, withheld)


def name_of(said: Shape) -> str:
    """The name of a shape in `SHAPES`; raises `Misuse` PRV-1 where it has none."""
    if not isinstance(said, Sorted) or said.shape_name() not in SHAPES:
        raise Misuse("PRV-1", type(said).__name__)
    return said.shape_name()


def _withholding(shape: str, member: str, receiver: Role, aliased: bool) -> str:
    if (sorted_as := CLASS_OF.get(f"{shape}.{member}")) is None:
        raise Misuse("PRV-1", f"{shape}.{member}")
    if sorted_as not in (*NEEDS.get((SHAPES[shape].sort.purpose, receiver), ()), "routing"):
        return "PRV-2"
    return "PRV-3" if aliased and sorted_as == "identifier" and member not in EMAIDS else ""


# --- Who learns what --------------------------------------------------------------------------


class Saying(NamedTuple):
    """A question or notice of one of the two, for the other or for the clearing house between
    them.
    """

    by: Role
    message: Said
    to_house: bool = False
    other: Setting | None = None  # that of a second service, where it is about that one


class Hearing(NamedTuple):
    """An entity hears a message, and the rule that says how much of it: PRV-5 or PRV-6 the
    members that are in it, PRV-7 its routing.
    """

    entity: str
    kind: str
    rule: str
    members: frozenset[str]


def hearings(
    setting: Setting, sayings: Iterable[Saying], *, sealed: bool = False
) -> Iterator[Hearing]:
    """Who hears what, when these things are said and answered; raises as `network.route` does.

    A sealed message is opened by the one it is put to, and that may be a clearing house:
    an entity that wants an answer from its store, or every CSP asked, has to let it read.
    """
    between_rule = "PRV-7" if sealed else "PRV-6"
    for saying in sayings:
        for names, kind, members in _travels(saying.other or setting, saying):
            *between, last = names[1:]
            for name in between:
                yield Hearing(name, kind, between_rule, members)
            yield Hearing(last, kind, "PRV-5", members)


def exposure(
    setting: Setting, sayings: Iterable[Saying], *, sealed: bool = False
) -> Mapping[str, frozenset[str]]:
    """The members, as `"cdr.emaid"`, that each entity of the network learns by hearing."""
    learned: dict[str, frozenset[str]] = {
        entity.id: frozenset() for entity in setting.network.entities
    }
    envelope = members_of("envelope")
    outside = frozenset(name for name in envelope if CLASS_OF[name] == PrivacyClass.ROUTING)
    for hearing in hearings(setting, sayings, sealed=sealed):
        if hearing.rule == "PRV-7":
            learned[hearing.entity] |= outside | {f"{hearing.kind}.kind"}
        else:
            learned[hearing.entity] |= envelope | hearing.members
    return learned


def members_of(*shapes: str) -> frozenset[str]:
    """Every member of shapes that tells something, as `"cdr.emaid"`."""
    return frozenset(name for name in CLASS_OF if name.partition(".")[0] in shapes)


def members_in(said: Sorted) -> frozenset[str]:
    """The members that are there in a message or record, and in what lies within it."""
    found = set()
    name = said.shape_name()
    for member in said.members():
        if getattr(said, member) is not None:
            found.add(f"{name}.{member}")
    for value in vars(said).values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Sorted):
                found |= members_in(part)
    return frozenset(found)


GIVEN_BY_CHOICE: Final = ("authorization_id", "extension", "limits")
"""The members of an answer that only a home-CSP with more to say fills."""


def _members_of_answer(setting: Setting, asked: Said) -> frozenset[str]:
    """The members that an answer may have: of what is fetched, those of the service."""
    kind = ANSWERS[type(asked)].shape_name()
    besides = {f"{kind}.{member}" for member in GIVEN_BY_CHOICE}
    answer = members_of(kind) - besides
    match asked:
        case FetchRequest(what="lists"):
            within = members_of("authorization-list-notice", "list-part")
        case FetchRequest(what="stations"):
            within = members_of("station-information-notice", "station", "station-status")
            within |= members_of("station-status-notice")
        case FetchRequest(what="records"):
            record = setting.edition.services[setting.service].record
            within = members_of("service-state", record)
            if record == RecordKind.CDR:
                within |= members_of("charging-period")
        case FetchRequest():
            within = members_of("service-state")
        case ReconciliationRequest():
            within = members_of("record-mark")
        case _:
            return answer
    return answer | within | (members_of("medium") if setting.medium else frozenset())


def _travels(
    setting: Setting, saying: Saying
) -> Iterator[tuple[tuple[str, ...], str, frozenset[str]]]:
    """The entities that a message and its answers pass one after the other, the kind of what
    passes them, and the members in it.
    """
    here, there = setting.sides(saying.by)
    asked = saying.message
    told = members_in(asked)
    if isinstance(asked, News):  # its endpoint numbers it
        told |= {f"{asked.kind}.sequence"}
    question = asked.kind, told
    answer = ANSWERS[type(asked)].shape_name(), _members_of_answer(setting, asked)
    names = way(setting.network, setting.edition, setting.mode, here, there, asked)
    if not saying.to_house or len(names) == 2:
        yield from ((names, *question), (names[::-1], *answer))
        return
    house, asks = names[1], isinstance(asked, AuthorizationRequest)
    yield (here, house), *question
    if asks and setting.strategy == Strategy.FORWARD:
        yield from ((names[1:], *question), (names[::-1], *answer))
        return
    if not asks or setting.strategy == Strategy.BROADCAST:
        audience = Kind.CSO if isinstance(asked, AuthorizationListNotice) else Kind.CSP
        for partner in setting.network.partners(here, audience, house):
            yield from (((house, partner), *question), ((partner, house), *answer))
    yield (house, here), *answer
