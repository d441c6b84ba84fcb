"""What each member of a message tells, what it is for, and who learns it on the way.

`SHAPES` sorts the members of every message and record into classes, and says what the whole is
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
    Station,
    StationStatus,
)
from refimpl.network import Setting, way
from refimpl.records import ChargingPeriod
from refimpl.shapes import Shape
from refimpl.vocabulary import Kind, Role, Strategy

CLASSES: Final = ("identifier", "location-and-time", "billing", "technical", "routing")
"""What a member tells: about a person, where and when, what it comes to, how things work, where
to go.
"""

RETENTION: Final[Mapping[str, str]] = MappingProxyType(
    {
        "answered": "until it is answered",
        "replaced": "until the next one of its kind comes",
        "service": "until the record of its service is there",
        "accounts": "as long as law and contract ask for the accounts it belongs to",
    }
)
"""How long a message or record is kept."""


class Sort(NamedTuple):
    """What a shape is for, how long it is kept, and its members by class."""

    purpose: str
    kept: str
    identifier: str = ""
    location_and_time: str = ""
    billing: str = ""
    technical: str = ""
    routing: str = "kind"


# Free text may name anybody, so it is an identifier.  Where a station is tells nobody's whereabouts.
# fmt: off
SHAPES: Final[Mapping[str, Sort]] = MappingProxyType({
    "envelope": Sort(
        "route", "answered", technical="edition sent_at", routing="correlation_id receiver request_id sender"),
    "receipt": Sort("route", "answered"),
    "refusal": Sort("route", "answered", "where", technical="rule"),

    "station-information-notice": Sort("inform", "replaced"),
    "station": Sort("inform", "replaced", technical="evse_id name power_w services", routing=""),
    "station-status-notice": Sort("inform", "replaced"),
    "station-status": Sort("inform", "replaced", technical="evse_id status", routing=""),

    "authorization-list-notice": Sort("authorise", "replaced", "emaids", routing="home_csp kind"),
    "authorization-request": Sort("authorise", "service", "emaid", "evse_id", "service", routing="kind visited_cso"),
    "authorization-answer": Sort("authorise", "service", technical="from_list granted", routing="home_csp kind"),

    "remote-control-request": Sort("serve", "service", "emaid", "evse_id", "service", "command"),
    "remote-control-answer": Sort("serve", "service", technical="accepted"),
    "remote-control-notice": Sort("serve", "service", technical="command done"),
    "reservation-request": Sort("serve", "service", "emaid", "evse_id until", "service"),
    "reservation-answer": Sort("serve", "service", technical="granted"),
    "session-progress-notice": Sort(
        "serve", "service", "emaid", "at evse_id", "energy_wh service", "authorization event"),

    "detail-record-notice": Sort("bill", "accounts"),
    "sdr": Sort(
        "bill", "accounts", "emaid", "ended_at evse_id started_at", "quantity record_id replaces service unit"),
    "cdr": Sort("bill", "accounts", "emaid", "ended_at evse_id started_at", "energy_wh record_id replaces service"),
    "charging-period": Sort("bill", "accounts", "", "ended_at started_at", "energy_wh", routing=""),
    "correction-request": Sort("bill", "accounts", "reason", "", "record_id"),
    "correction-answer": Sort("bill", "accounts", technical="agreed"),
})

ALL: Final = CLASSES[:4]
NEEDS: Final[Mapping[tuple[str, Role], tuple[str, ...]]] = MappingProxyType({
    ("route",     Role.HOME_CSP):       ("technical",),
    ("route",     Role.VISITED_CSO):    ("technical",),
    ("inform",    Role.HOME_CSP):       ("technical",),
    ("inform",    Role.CLEARING_HOUSE): ("technical",),
    ("authorise", Role.HOME_CSP):       ("technical", "identifier", "billing"),
    ("authorise", Role.VISITED_CSO):    ("technical", "identifier"),
    ("serve",     Role.HOME_CSP):       ALL,
    ("serve",     Role.VISITED_CSO):    ALL,
    ("bill",      Role.HOME_CSP):       ALL,
    ("bill",      Role.VISITED_CSO):    ALL,
})
"""Which classes a role needs for what, besides routing; a clearing house is one that only
passes on.
"""

PARTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "station-information-notice": ("station",),
    "station-status-notice":      ("station-status",),
    "sdr":                        ("sdr",),
    "cdr":                        ("cdr", "charging-period"),
})
# fmt: on
NAMES: Final[Mapping[type[Shape], str]] = MappingProxyType(
    {
        Envelope: "envelope",
        Station: "station",
        StationStatus: "station-status",
        ChargingPeriod: "charging-period",
    }
)
CLASS_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        f"{shape}.{member}": sorted_as
        for shape, sort in SHAPES.items()
        for sorted_as in CLASSES
        for member in getattr(sort, sorted_as.replace("-", "_")).split()
    }
)
"""The class of each member, as `"cdr.emaid"`."""
EMAIDS: Final = ("emaid", "emaids")
"""The members that hold contract ids."""


# --- What is kept from whom -------------------------------------------------------------------


def pseudonym(key: bytes, receiver: str, emaid: str) -> str:
    """The EMAID under which a home-CSP shows one of its contracts to one receiver.

    It is always the same for that receiver and tells nothing about the one that another is
    shown.  It still says whose contract it is, by country and provider, for otherwise nobody
    could ask; the instance is a C and eight characters of HMAC-SHA256, so that all profiles but
    DIN's can read it.  Of 36^8 pseudonyms two may be the same: the home-CSP looks before it
    hands one out.  `key` has 32 bytes or more; raises `Misuse` PRV-4 for a shorter one, and
    `Malformed` EMA-* for what is no EMAID in canonical form.

    >>> pseudonym(bytes(32), "cso-elm", "DE8AA001234567"), pseudonym(bytes(32), "cso-fjord", "DE8AA001234567")
    ('DE8AAC5H93VMDKF', 'DE8AAC9F2C0VW8J')
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
    >>> asked = AuthorizationRequest(emaid="DE8AA001234567", evse_id="DEAB7E8406487", service="parking",
    ...                              visited_cso="cso-elm")
    >>> redact(asked, Role.CLEARING_HOUSE).kept
    {'kind': 'authorization-request', 'visited_cso': 'cso-elm'}
    """
    shape, plain = name_of(said), said.model_dump(mode="json", exclude_none=True)
    kept: dict[str, Any] = {}
    withheld: dict[str, str] = {}
    for member, value in plain.items():
        inner = getattr(said, member)
        among = inner if isinstance(inner, tuple) else (inner,)
        if parts := [
            redact(part, receiver, alias) for part in among if isinstance(part, Shape)
        ]:
            kept[member] = (
                [part.kept for part in parts] if isinstance(inner, tuple) else parts[0].kept
            )
            withheld |= {name: rule for part in parts for name, rule in part.withheld.items()}
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
    name: str = getattr(said, "kind", NAMES.get(type(said), ""))
    if name not in SHAPES:
        raise Misuse("PRV-1", type(said).__name__)
    return name


def _withholding(shape: str, member: str, receiver: Role, aliased: bool) -> str:
    if (sorted_as := CLASS_OF.get(f"{shape}.{member}")) is None:
        raise Misuse("PRV-1", f"{shape}.{member}")
    if sorted_as not in (*NEEDS.get((SHAPES[shape].purpose, receiver), ()), "routing"):
        return "PRV-2"
    return "PRV-3" if aliased and sorted_as == "identifier" and member not in EMAIDS else ""


# --- Who learns what --------------------------------------------------------------------------


class Saying(NamedTuple):
    """A question or notice of one of the two, for the other or for the clearing house between
    them.
    """

    by: Role
    message: Shape
    to_house: bool = False


class Hearing(NamedTuple):
    """An entity hears a message, and the rule that says how much of it: PRV-5 or PRV-6 all,
    PRV-7 its routing.
    """

    entity: str
    kind: str
    rule: str


def hearings(
    setting: Setting, sayings: Iterable[Saying], *, sealed: bool = False
) -> Iterator[Hearing]:
    """Who hears what, when these things are said and answered; raises as `network.route` does.

    A sealed message is opened by the one it is put to, and that may be a clearing house:
    whoever wants an answer from its store, or every CSP asked, has to let it read.
    """
    for saying in sayings:
        for names, kind in _travels(setting, saying):
            *between, last = names[1:]
            yield from (Hearing(name, kind, "PRV-7" if sealed else "PRV-6") for name in between)
            yield Hearing(last, kind, "PRV-5")


def exposure(
    setting: Setting, sayings: Iterable[Saying], *, sealed: bool = False
) -> Mapping[str, frozenset[str]]:
    """The members, as `"cdr.emaid"`, that each entity of the network learns from what it hears."""
    learned: dict[str, frozenset[str]] = {
        entity.id: frozenset() for entity in setting.network.entities
    }
    record = setting.edition.services[setting.service].record
    for entity, kind, rule in hearings(setting, sayings, sealed=sealed):
        whole = (
            "envelope",
            kind,
            *PARTS.get(record if kind == "detail-record-notice" else kind, ()),
        )
        outside = {f"envelope.{member}" for member in SHAPES["envelope"].routing.split()} | {
            f"{kind}.kind"
        }
        learned[entity] |= (
            outside
            if rule == "PRV-7"
            else {m for m in CLASS_OF if m.partition(".")[0] in whole}
        )
    return learned


def _travels(setting: Setting, saying: Saying) -> Iterator[tuple[tuple[str, ...], str]]:
    """The entities that a message and its answers pass one after the other, and the kind of
    what passes them.
    """
    here, there = setting.sides(saying.by)
    question, answer = (
        name_of(saying.message),
        ANSWERS[type(saying.message)].model_fields["kind"].default,
    )
    names = way(setting.network, setting.edition, setting.mode, here, there, saying.message)
    if not saying.to_house or len(names) == 2:
        yield from ((names, question), (names[::-1], answer))
        return
    house, asks = names[1], isinstance(saying.message, AuthorizationRequest)
    yield (here, house), question
    if asks and setting.strategy == Strategy.FORWARD:
        yield from ((names[1:], question), (names[::-1], answer))
        return
    if not asks or setting.strategy == Strategy.BROADCAST:
        audience = Kind.CSO if isinstance(saying.message, AuthorizationListNotice) else Kind.CSP
        for partner in setting.network.partners(here, audience, house):
            yield from (((house, partner), question), ((partner, house), answer))
    yield (house, here), answer
