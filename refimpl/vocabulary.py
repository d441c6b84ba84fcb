"""The words of the reference model: every closed set of names that code needs to say by name.

A name here is the standard's word where a public text gives one, and ours where it is silent;
which of the two it is stands in the edition files (`standard/2019.toml`, `standard/2025.toml`),
never here.  The sets an amendment may extend (interfaces, exchanges, modes, rules) are rows of
an edition; the enumerations only name the rows that code relies on.

Every member is a string and is written on the wire as it stands.
"""

from enum import StrEnum


class Basis(StrEnum):
    """How sure the model is of a row: a public text says it, it follows from one, or the model
    decided it.
    """

    STATED = "stated"
    IMPLIED = "implied"
    CHOSEN = "chosen"


class Level(StrEnum):
    """How binding a rule is for an implementation that claims it."""

    SHALL = "shall"
    SHOULD = "should"
    MAY = "may"


class Kind(StrEnum):
    """What a node of the landscape is; the first three are roaming entities."""

    CSP = "csp"
    CSO = "cso"
    CLEARING_HOUSE = "clearing-house"
    CS = "cs"
    EV = "ev"
    USER = "user"


ROAMING_KINDS = (Kind.CSP, Kind.CSO, Kind.CLEARING_HOUSE)


class Role(StrEnum):
    """What a roaming entity is within one service."""

    HOME_CSP = "home-csp"
    VISITED_CSO = "visited-cso"
    CLEARING_HOUSE = "clearing-house"


class Scope(StrEnum):
    """Whether Part 1 covers a link, the model adds it, or the scope leaves it out."""

    IN = "in"
    EXTENSION = "extension"
    OUT = "out"


class Mode(StrEnum):
    """How roaming entities reach each other; an edition may hold more modes than these."""

    DIRECT = "direct"
    CLEARING_HOUSE = "clearing-house"
    HYBRID = "hybrid"
    FEDERATED = "federated"


class Strategy(StrEnum):
    """How a clearing house finds the answer to an authorization request."""

    STORE = "store"
    FORWARD = "forward"
    BROADCAST = "broadcast"


class Protection(StrEnum):
    """How far a message is protected: on each channel, or to its final receiver by a signature,
    or by a seal too.
    """

    CHANNEL = "channel"
    SIGNED = "signed"
    SEALED = "sealed"


class Service(StrEnum):
    """What a user may receive from a visited-CSO."""

    ENERGY_TRANSFER = "energy-transfer"
    PARKING = "parking"
    RESERVATION = "reservation"


class RecordKind(StrEnum):
    """The two detail records: of any service, and of charging."""

    SDR = "sdr"
    CDR = "cdr"


class Ground(StrEnum):
    """On what a service rests: an answer, a list, the list after a question without an answer,
    an order or a booking.
    """

    ANSWER = "answer"
    LIST = "list"
    FALLBACK = "fallback"
    ORDER = "order"
    BOOKING = "booking"


class Reason(StrEnum):
    """Why not."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    NO_CREDIT = "no-credit"
    NOT_HERE = "not-here"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


class Phase(StrEnum):
    """Where one roaming service stands, between its first question and its last record."""

    NEW = "new"
    ASKED = "asked"
    COMMANDED = "commanded"
    AWAITED = "awaited"
    CANCELLING = "cancelling"
    BOOKING = "booking"
    GRANTED = "granted"
    RELEASING = "releasing"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    ACTIVE = "active"
    STOPPING = "stopping"
    ENDED = "ended"
    RECORDED = "recorded"
    DISPUTED = "disputed"
    CORRECTING = "correcting"
    WITHDRAWN = "withdrawn"


class PrivacyClass(StrEnum):
    """What a member of a message tells: about a person, where and when, what it comes to, how
    things work, where to go.
    """

    IDENTIFIER = "identifier"
    LOCATION_AND_TIME = "location-and-time"
    BILLING = "billing"
    TECHNICAL = "technical"
    ROUTING = "routing"


class Purpose(StrEnum):
    """What a message or record is for."""

    ROUTE = "route"
    INFORM = "inform"
    AUTHORIZE = "authorize"
    SERVE = "serve"
    BILL = "bill"


class Retention(StrEnum):
    """How long a message or record is kept: until it is answered, until the next one of its
    kind, until the record of its service is there, or as long as the accounts it belongs to.
    """

    ANSWERED = "answered"
    REPLACED = "replaced"
    SERVICE = "service"
    ACCOUNTS = "accounts"
