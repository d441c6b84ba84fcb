"""A story in words: each message in short, and what happens between two transmissions.

Views and commands tell a story alike because both ask here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.credential import Medium
from refimpl.messages import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    FetchAnswer,
    FetchRequest,
    Limits,
    Receipt,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordWithdrawalNotice,
    Refusal,
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    Said,
    SessionProgressNotice,
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.play.player import Deed, Story
from refimpl.records import ChargingDetailRecord, DetailRecord
from refimpl.vocabulary import Ground


def in_short(message: Said) -> str:
    """Tell what a message says most, in a few words, or nothing where its kind says it all.

    >>> in_short(AuthorizationAnswer(granted=False, reason="blocked"))
    'no, blocked'
    >>> in_short(FetchRequest(day="2025-07-08", what="records"))
    'records of 2025-07-08'
    """
    return SHORT[type(message)](message)


def kind_in_short(message: Said) -> str:
    """Tell the kind of a message, and behind a colon what it says most.

    >>> kind_in_short(Receipt(held="unmatched"))
    'receipt: held, unmatched'
    """
    short = in_short(message)
    if not short:
        return message.kind
    return f"{message.kind}: {short}"


def _yes(yes: bool, *more: str | None) -> str:
    return _joined(YES_OR_NO[yes], *more)


def _joined(*parts: str | None) -> str:
    return ", ".join(filter(None, parts))


def _counted(many: int, one: str, several: str = "") -> str:
    """How many there are of something, or nothing for none."""
    if many == 0:
        return ""
    if many == 1:
        return f"1 {one}"
    return f"{many} {several or one + 's'}"


def _energy(energy_wh: int | None) -> str:
    if energy_wh is None:
        return ""
    return f"{energy_wh:,} Wh"


def _more(more: bool) -> str:
    if more:
        return "more follow"
    return ""


def _limits(limits: Limits | None) -> str:
    if limits is None:
        return ""
    parts = [_energy(limits.energy_wh)]
    if limits.seconds is not None:
        parts.append(f"{limits.seconds:,} s")
    return f"up to {' and '.join(filter(None, parts))}"


def _shown(emaid: str | None, medium: Medium | None) -> str:
    """What a user shows: an EMAID, a medium, or both."""
    if medium is None:
        return emaid or ""
    if medium.hash:
        return _joined(emaid, f"{medium.type} hashed")
    return _joined(emaid, f"{medium.type} {medium.uid}")


def _list_notice(said: AuthorizationListNotice) -> str:
    emaids = _counted(len(said.emaids), "EMAID")
    media = _counted(len(said.media or ()), "medium", "media")
    held = _joined(emaids, media) or "empty"
    if said.part is None:
        return held
    part = said.part
    return _joined(part.action, held, f"part {part.part} of {part.of}")


def _remote_order(said: RemoteControlRequest) -> str:
    order = _joined(said.command, _limits(said.limits))
    if said.expires_at is None:
        return order
    return f"{order}, until {said.expires_at:%H:%M}"


def _remote_result(said: RemoteControlNotice) -> str:
    result = said.result.replace("-", " ")
    return _joined(f"{said.command} {result}", said.reason, _energy(said.energy_wh))


def _progress(said: SessionProgressNotice) -> str:
    if said.authorization is Ground.FALLBACK and said.event == "started":
        return "started by fallback to the list"
    if said.event == "started":
        return f"started by {said.authorization}"
    return _joined(said.event, _energy(said.energy_wh or None))


def _record(said: DetailRecordNotice) -> str:
    return record_in_short(said.record)


def record_in_short(record: DetailRecord) -> str:
    """Tell what a record says most: its id, what it replaces, and how much of what."""
    name = record.record_id
    if record.replaces:
        name += f" for {record.replaces}"
    if isinstance(record, ChargingDetailRecord):
        return _joined(name, _energy(record.energy_wh), *_activities(record))
    return _joined(name, f"{record.quantity:,} {record.unit}")


def _activities(record: ChargingDetailRecord) -> tuple[str, ...]:
    """What the periods of a record were spent on, where that is more than charging."""
    spent = tuple(dict.fromkeys(period.activity or "charging" for period in record.periods))
    if spent == ("charging",):
        return ()
    return spent


def _fetch(said: FetchRequest) -> str:
    of = said.correlation_id or said.id or said.day
    if of is None:
        return said.what
    return f"{said.what} of {of}"


def _fetched(said: FetchAnswer) -> str:
    notices = _counted(len(said.notices), "notice")
    services = _counted(len(said.services), "service")
    told = _joined(notices, services) or "nothing"
    records = [record_in_short(one.record) for one in said.services[:1] if one.record]
    return _joined(told, *records, _more(said.more))


def _reconcile(said: ReconciliationRequest) -> str:
    have = _counted(len(said.have), "record") or "none"
    return _joined(f"has {have} of {said.day}", _more(said.more))


def _reconciled(said: ReconciliationAnswer) -> str:
    return f"has {len(said.besides)} more, lacks {len(said.lacks)}"


YES_OR_NO: Final = MappingProxyType({True: "yes", False: "no"})
# fmt: off
# What each message says most; each row takes the message of its own shape.
SHORT: Final[Mapping[type[Said], Callable[[Any], str]]] = MappingProxyType({
    AuthorizationRequest:     lambda said: _shown(said.emaid, said.medium),
    AuthorizationAnswer:      lambda said: _yes(
                                  said.granted, said.reason, _limits(said.limits)),
    AuthorizationListNotice:  _list_notice,
    RemoteControlRequest:     _remote_order,
    RemoteControlAnswer:      lambda said: _yes(said.accepted, said.reason),
    RemoteControlNotice:      _remote_result,
    ReservationRequest:       lambda said: f"until {said.until:%H:%M}",
    ReservationAnswer:        lambda said: _yes(said.granted, said.reason),
    SessionProgressNotice:    _progress,
    DetailRecordNotice:       _record,
    RecordWithdrawalNotice:   lambda said: said.record_id,
    CorrectionRequest:        lambda said: said.record_id,
    CorrectionAnswer:         lambda said: _yes(said.agreed),
    FetchRequest:             _fetch,
    FetchAnswer:              _fetched,
    ReconciliationRequest:    _reconcile,
    ReconciliationAnswer:     _reconciled,
    StationInformationNotice: lambda said: _counted(len(said.stations), "station"),
    StationStatusNotice:      lambda said: ", ".join(dict.fromkeys(
                                  one.status for one in said.statuses)),
    Receipt:                  lambda said: _joined(said.held and "held", said.held),
    Refusal:                  lambda said: said.rule,
})
# fmt: on

LOST: Final = MappingProxyType(
    {
        "everything": "restarts, and has lost everything",
        "records": "restarts, and has lost the ids of its records",
        "what waits": "restarts, and has lost what waited to be said",
    }
)


class Happening(NamedTuple):
    """What happens without a message: behind how many frames, when, to which entity, and what;
    the entity is empty where it happens to none.
    """

    behind: int
    at: datetime
    entity: str
    says: str


def happenings(story: Story) -> Iterator[Happening]:
    """Tell what happens between the frames of a story: an entity goes away and comes back,
    restarts, serves again, or a day begins.

    >>> from refimpl.edition import load
    >>> from refimpl.play import play
    >>> for one in happenings(play("restored", load("2025"))):
    ...     print(one.behind, one.entity or one.at.date(), one.says)
    10 csp-alba restarts, and has lost everything
    10 2025-07-09 the next day
    """
    before: Deed | None = None
    for deed in story.deeds:
        if before is not None:
            yield from _between(before, deed)
        yield from _at_once(deed, before)
        before = deed


def _between(before: Deed, deed: Deed) -> Iterator[Happening]:
    """What happens from one act to the next."""
    if deed.at.date() > before.at.date():
        yield Happening(deed.behind, deed.at, "", "the next day")
    was_away = _away(before)
    if was_away and was_away != _away(deed):
        yield Happening(deed.behind, deed.at, was_away, "can be reached again")


def _at_once(deed: Deed, before: Deed | None) -> Iterator[Happening]:
    """What happens as an act begins."""
    away = _away(deed)
    if away and (before is None or away != _away(before)):
        yield Happening(deed.behind, deed.at, away, "cannot be reached")
    if deed.act.loses:
        entity, _ = deed.setting.sides(deed.act.by)
        yield Happening(deed.behind, deed.at, entity, LOST[deed.act.loses])
    if before is not None and before.setting != deed.setting:
        visited, service = deed.setting.visited_cso, deed.setting.correlation_id
        yield Happening(deed.behind, deed.at, visited, f"begins a service under {service}")


def _away(deed: Deed) -> str:
    """The entity that cannot be reached meanwhile, or nothing."""
    return deed.setting.sides(deed.act.away)[0] if deed.act.away else ""
