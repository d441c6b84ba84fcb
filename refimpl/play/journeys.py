"""Journeys of a user: who does what, in which order, as tables.

A journey is a tuple of acts, and an act is something one of the two ends does of its own
accord: it says a message, or loses its memory.  An act happens only in the phase it needs, so a
journey that is refused or goes wrong ends where it ends.  `player.play` lets the acts happen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from refimpl.edition import Edition
from refimpl.errors import Misuse
from refimpl.messages import Limits
from refimpl.play import sayings
from refimpl.play.example import HOUR, START
from refimpl.play.sayings import DAY, Billed, Say
from refimpl.security.privacy import Saying
from refimpl.setting import Setting
from refimpl.vocabulary import Ground, Phase, Role, Service, Strategy

HOME, VISITED = Role.HOME_CSP, Role.VISITED_CSO


@dataclass(frozen=True, slots=True)
class Act:
    """Something one end does of its own accord: in which phase of its own, if it minds, what it
    says, and how many seconds pass after it.

    `through` names the exchange of an act that may address the clearing house itself.  `away`
    is the end that cannot be reached meanwhile, `loses` what the speaker forgets first, `of`
    the service it is about where a journey has two.  One that is `skipped` where its phase does
    not fit does not end the journey.
    """

    by: Role
    needs: Phase | None
    after: int
    message: Say
    through: str = ""
    away: Role | None = None
    loses: Literal["", "everything", "records", "what waits"] = ""
    of: int = 1
    skipped: bool = False

    @property
    def falls_back(self) -> bool:
        """Whether it goes by the list and so to the home-CSP, whichever entity was asked."""
        return self.needs is Phase.ASKED


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey by name: what it shows, which service it is about, and its acts.

    The user shows an EMAID, or a `card`; the EVSE has an id of its operator unless another is
    given, and a status; a `second` service is one of the same two under
    another id, or one of another visited-CSO under the same.
    """

    id: str
    title: str
    service: str
    acts: tuple[Act, ...]
    card: bool = False
    evse_id: str = ""
    status: str = "available"
    second: Literal["", "another id", "another visited-CSO"] = ""

    @property
    def shows(self) -> str:
        """What the user shows: an EMAID or a medium."""
        return "medium" if self.card else "EMAID"


BILL: Final = Billed("record-1", 11_000)
NEW_BILL: Final = Billed("record-2", 10_500, replaces="record-1")
PARKED_BILL: Final = Billed("record-1", 11_000, stayed=HOUR / 3)
EARLY_BILL: Final = Billed("record-1", 5_000)
BACK_BILL: Final = Billed("record-1", 11_000, energy_back_wh=2_500, besides=sayings.BESIDES)
PREPAID_BILL: Final = Billed("record-1", 11_000, authorization_id="auth-1")
PREPAID: Final = Limits(energy_wh=12_000, seconds=7_200)

# fmt: off
#              by       needs             after message
ASK      = Act(VISITED, Phase.NEW,        60,   sayings.ask, "authorization")
LIST     = Act(HOME,    Phase.NEW,        60,   sayings.hand_out_list, "authorization-list")
STARTED  = Act(VISITED, Phase.GRANTED,    60,   sayings.progress("started"))
STAYED   = replace(STARTED, after=3600)
UPDATED  = Act(VISITED, Phase.ACTIVE,     1800, sayings.progress("updated", 5_000))
ENDED    = Act(VISITED, Phase.ACTIVE,     1800, sayings.progress("ended", 11_000))
RECORD   = Act(VISITED, Phase.ENDED,      60,   sayings.record(BILL))
DISPUTE  = Act(HOME,    Phase.RECORDED,   3600, sayings.dispute)
CORRECT  = Act(VISITED, Phase.CORRECTING, 60,   sayings.record(NEW_BILL))
WITHDRAW = Act(VISITED, Phase.RECORDED,   60,   sayings.withdraw)
ON_LIST  = Act(VISITED, Phase.NEW,        60,   sayings.progress("started"))
BOOK     = Act(HOME,    Phase.NEW,        60,   sayings.reserve)
ORDER    = Act(HOME,    Phase.NEW,        60,   sayings.order("start"))
BEGUN    = Act(VISITED, Phase.AWAITED,    60,   sayings.tell_result("start"))
UNKNOWN  = Act(VISITED, Phase.AWAITED,    600,  sayings.tell_result("start", "unknown"))
CANCEL   = Act(HOME,    Phase.AWAITED,    60,   sayings.order("cancel"))
UNBOOK   = Act(HOME,    Phase.GRANTED,    60,   sayings.order("cancel"))
STOP     = Act(HOME,    Phase.ACTIVE,     1800, sayings.order("stop"))
STOPPED  = Act(VISITED, Phase.STOPPING,   60,   sayings.tell_result("stop", "done", 11_000))
STATIONS = Act(VISITED, Phase.NEW,        60,   sayings.publish_stations, "station-information")
STATUSES = Act(VISITED, Phase.NEW,        60,   sayings.publish_status("available"),
               "station-status")
RESERVED = replace(STATUSES, message=sayings.publish_status("reserved"))
BLOCKED  = replace(STATUSES, message=sayings.publish_status("blocked"))
UNKNOWN_STATUS = replace(STATUSES, message=sayings.publish_status("unknown"))
REMOVED  = replace(STATUSES, message=sayings.publish_status("removed"))
ASK_BESIDES = replace(ASK, message=sayings.ask_besides)
FIRST_PART  = replace(LIST, message=sayings.list_part("replace", 1, 1, 2))
LAST_PART   = replace(LIST, message=sayings.list_part("replace", 1, 2, 2))
TAKEN_OFF   = replace(LIST, message=sayings.list_part("remove", 2))
PUT_BACK    = replace(LIST, message=sayings.list_part("add", 3))
ORDER_UP_TO = replace(ORDER, message=sayings.order_up_to(PREPAID, "auth-1"))
BILLED_BACK = Act(VISITED, Phase.ENDED,   60,   sayings.record(BACK_BILL))
BILLED_UNDER = Act(VISITED, Phase.ENDED,  60,   sayings.record(PREPAID_BILL))
PARKED   = Act(VISITED, Phase.ENDED,      60,   sayings.record(PARKED_BILL))
EARLY    = Act(VISITED, Phase.ACTIVE,     60,   sayings.record(EARLY_BILL))
RECONCILE = Act(HOME,   None,             60,   sayings.reconcile)
FETCH    = Act(HOME,    None,             60,   sayings.fetch_records)
# The home-CSP cannot be reached.
ASK_IN_VAIN = replace(ASK, after=20, away=HOME)
FALL_BACK = Act(VISITED, Phase.ASKED,     1800, sayings.progress("started", 0, Ground.FALLBACK),
                away=HOME, skipped=True)
STARTED_ALONE = replace(STARTED, after=1800, away=HOME, skipped=True)
END_ALONE   = replace(ENDED, away=HOME)
RECORD_ALONE = replace(RECORD, after=DAY, away=HOME)
# What a restart takes with it.
RESTART  = Act(VISITED, Phase.RECORDED,   60,   sayings.says_nothing, loses="what waits")
FORGETS  = Act(VISITED, Phase.RECORDED,   60,   sayings.says_nothing, loses="records")
FORGOTTEN = Act(VISITED, Phase.ACTIVE,    60,   sayings.says_nothing, loses="everything")
FETCH_LISTS = Act(VISITED, None,          60,   sayings.fetch("lists"))
FETCH_SESSIONS = Act(VISITED, None,       60,   sayings.fetch("sessions"))
RESTORED = Act(HOME,    Phase.RECORDED,   DAY,  sayings.says_nothing, loses="everything")


# A second service beside the first.
def _second(*acts: Act) -> tuple[Act, ...]:
    return tuple(replace(act, of=2) for act in acts)


CHARGE   = (ASK, STARTED, UPDATED, ENDED, RECORD)
PARK     = (ASK, STAYED, ENDED, RECORD)
ENERGY   = Service.ENERGY_TRANSFER
_EVERY: Final = (
    Journey("charge", "Charge at a station of another operator",
            ENERGY, CHARGE),
    Journey("charge-by-card", "Charge with a card that is no EMAID",
            ENERGY, (LIST, *CHARGE), card=True),
    Journey("charge-from-list", "Charge without asking, from a list",
            ENERGY, (LIST, ON_LIST, UPDATED, ENDED, RECORD)),
    Journey("list-in-parts", "Hand out a list in parts, change it, and charge from it",
            ENERGY, (FIRST_PART, LAST_PART, TAKEN_OFF, PUT_BACK, ON_LIST, UPDATED, ENDED,
                     RECORD)),
    Journey("offline", "Ask in vain, go by the list, and have the record fetched the next day",
            ENERGY, (LIST, ASK_IN_VAIN, FALL_BACK, STARTED_ALONE, END_ALONE, RECORD_ALONE,
                     RESTART, RECONCILE, FETCH), card=True),
    Journey("remote-control", "Start and stop from afar",
            ENERGY, (ORDER, BEGUN, UPDATED, STOP, STOPPED, RECORD)),
    Journey("prepaid", "Order a start up to limits, and bill it under its authorization",
            ENERGY, (ORDER_UP_TO, BEGUN, UPDATED, ENDED, BILLED_UNDER)),
    Journey("station-busy", "Order a start at an EVSE that is taken",
            ENERGY, (ORDER,), status="occupied"),
    Journey("order-cancelled", "Order a start and cancel it before it begins",
            ENERGY, (ORDER, CANCEL)),
    Journey("late-start", "Order a start whose result is unknown at first",
            ENERGY, (ORDER, UNKNOWN, BEGUN, UPDATED, ENDED, RECORD)),
    Journey("parking-after-charging", "Charge, stay plugged in, and park",
            ENERGY, (ASK, STARTED, UPDATED, ENDED, PARKED)),
    Journey("energy-given-back", "Charge, give energy back, and say what OCPI says besides",
            ENERGY, (ASK_BESIDES, STARTED, UPDATED, ENDED, BILLED_BACK)),
    Journey("din-station", "Charge at an EVSE with an id after DIN SPEC 91286",
            ENERGY, CHARGE, evse_id="+49*810*000*438"),
    Journey("record-early", "Have a record before the end was told",
            ENERGY, (ASK, STARTED, UPDATED, EARLY)),
    Journey("record-doubled", "Tell one record under two services",
            ENERGY, (*CHARGE, FORGETS, *_second(ASK, STAYED, ENDED, RECORD)),
            second="another id"),
    Journey("correction", "Dispute a record and have it replaced",
            ENERGY, (ASK, STAYED, ENDED, RECORD, DISPUTE, CORRECT)),
    Journey("record-withdrawn", "Take a record back",
            ENERGY, (ASK, STAYED, ENDED, RECORD, WITHDRAW)),
    Journey("restored", "Lose everything, reconcile and fetch it again",
            ENERGY, (*CHARGE, RESTORED, RECONCILE, FETCH)),
    Journey("restored-operator", "Lose everything while charging, and go on",
            ENERGY, (LIST, ON_LIST, UPDATED, FORGOTTEN, FETCH_LISTS, FETCH_SESSIONS, ENDED,
                     RECORD)),
    Journey("one-id-twice", "Serve at two operators that use one id",
            ENERGY, (*CHARGE, *_second(*CHARGE)), second="another visited-CSO"),
    Journey("reservation", "Book an EVSE ahead",
            Service.RESERVATION, (BOOK, STAYED, ENDED, RECORD)),
    Journey("booking-cancelled", "Book an EVSE and cancel it",
            Service.RESERVATION, (BOOK, UNBOOK)),
    Journey("parking", "Park at an operator's site",
            Service.PARKING, PARK),
    Journey("stations", "Publish stations and their status",
            ENERGY, (STATIONS, STATUSES, RESERVED, BLOCKED, UNKNOWN_STATUS, REMOVED)),
)


# fmt: on
JOURNEYS: Final[Mapping[str, Journey]] = MappingProxyType(
    {journey.id: journey for journey in _EVERY}
)


def journeys_of(edition: Edition) -> tuple[Journey, ...]:
    """List the journeys whose service an edition knows; a service of an amendment that no
    journey is about has one that is played as parking is.

    >>> from refimpl.edition import load
    >>> len(journeys_of(load("2019"))), len(journeys_of(load("2025")))
    (21, 24)
    """
    services = edition.services
    known = [journey for journey in JOURNEYS.values() if journey.service in services]
    told = {journey.service for journey in JOURNEYS.values()}
    for row in services.values():
        if row.id not in told:
            title = f"Receive {row.label} at another operator"
            known.append(Journey(f"use-{row.id}", title, row.id, PARK))
    return tuple(known)


def journey_of(edition: Edition, journey: str) -> Journey:
    """Find a journey of an edition; raises `Misuse` SES-10 for one whose service it has not, or
    that is unknown.
    """
    known = {one.id: one for one in journeys_of(edition)}
    if journey not in known:
        has = f"edition {edition.id} has {', '.join(known)}"
        raise Misuse("SES-10", f"journey {journey!r}, {has}")
    return known[journey]


def acts_of(journey: Journey, setting: Setting) -> tuple[Act, ...]:
    """List the acts of a journey in a setting; a clearing house that answers from its store is
    given the list before it is asked.
    """
    asks = any(act.through == ASK.through for act in journey.acts)
    asks_house = asks and setting.through_house(ASK.through)
    if asks_house and setting.strategy == Strategy.STORE:
        return (replace(LIST, through=ASK.through), *journey.acts)
    return journey.acts


def saying_of(act: Act, setting: Setting, *, sealed: bool = False) -> Saying:
    """What is said in an act, and whether it is put to the clearing house itself; sealed, and
    with one that only passes on, it is put to the other of the two.
    """
    to_house = bool(act.through) and setting.through_house(act.through)
    passed_on = sealed and setting.strategy == Strategy.FORWARD
    message = act.message(setting, None, START)
    return Saying(act.by, message, to_house and not passed_on, setting)


def addressee_of(act: Act, setting: Setting) -> str:
    """Name whom an act addresses: the other side, or the speaker's clearing house where the act
    goes through it and the mode has one.
    """
    speaker, other = setting.sides(act.by)
    if act.through and setting.through_house(act.through):
        return setting.network.houses(speaker)[0]
    return other
