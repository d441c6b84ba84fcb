"""What an endpoint lets go of, because it has served its purpose.

Each kind of message says how long it is kept (`Sort.kept`); for what an endpoint remembers of
them, `KEPT` says how long after that.  Accounts are kept: how long law and contract ask is not
for the model to say, so a service that left a record stays with it, and so does a record that
waits.

Rules: PRV-8.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from rpds import HashTrieMap

from refimpl.endpoint.contract_list import ContractList
from refimpl.endpoint.permission import grace_of
from refimpl.endpoint.state import Recent, RoamingEndpoint, Send
from refimpl.endpoint.waiting import counted
from refimpl.session import Session
from refimpl.vocabulary import Phase, Retention

KEPT: Final[Mapping[Retention, timedelta]] = MappingProxyType(
    {
        Retention.ANSWERED: timedelta(days=1),
        Retention.REPLACED: timedelta(days=1),
        Retention.SERVICE: timedelta(days=1),
    }
)
"""How long each is kept once it is answered, replaced, or over without a record: a partner that
was away for a day may still say it again, or what rested on it.
"""
NO_RECORD: Final = frozenset({Phase.REFUSED, Phase.ABANDONED, Phase.WITHDRAWN})
"""The phases of services that leave no record."""
Answers: TypeAlias = "HashTrieMap[tuple[str, str], tuple[Send, ...]]"
LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def let_go(rep: RoamingEndpoint, now: datetime) -> RoamingEndpoint:
    """The endpoint without what has served its purpose for long enough (PRV-8); the same one
    where there is nothing of the kind.
    """
    rep = _without_services(rep, now - KEPT[Retention.SERVICE])
    rep = _without_answers(rep, now - KEPT[Retention.ANSWERED])
    grace = grace_of(rep.edition)
    if grace is None:
        return rep
    return _without_replaced(rep, now - grace - KEPT[Retention.REPLACED])


def _without_services(rep: RoamingEndpoint, until: datetime) -> RoamingEndpoint:
    sessions, unbilled = rep.sessions, rep.unbilled
    for session in rep.sessions.values():
        if session.phase in NO_RECORD and _last_moment(session) < until:
            sessions = sessions.remove(session.key)
            unbilled = counted(unbilled, session.opener, -1)
    if sessions is rep.sessions:
        return rep
    return replace(rep, sessions=sessions, unbilled=unbilled)


def _last_moment(session: Session) -> datetime:
    """The last moment that is known of a service."""
    known = (session.opened_at, session.started_at, session.last_at)
    return max((moment for moment in known if moment), default=LONG_AGO)


def _without_answers(rep: RoamingEndpoint, until: datetime) -> RoamingEndpoint:
    """Forget requests that were answered or passed on long ago, and the words in them."""
    latest = _answered_since(rep.seen.latest, until)
    before = _answered_since(rep.seen.before, until)
    if latest is rep.seen.latest and before is rep.seen.before:
        return rep
    seen = Recent(latest, before)
    words = rep.words
    for word, request in (*words.latest.items(), *words.before.items()):
        if seen.get(request) is None:
            words = Recent(words.latest.discard(word), words.before.discard(word))
    return replace(rep, seen=seen, words=words)


def _answered_since(seen: Answers, until: datetime) -> Answers:
    left = seen
    for request, sends in seen.items():
        if sends and all(one.envelope.sent_at < until for one in sends):
            left = left.remove(request)
    return left


def _without_replaced(rep: RoamingEndpoint, until: datetime) -> RoamingEndpoint:
    """Forget what was taken off lists and starts nothing any more (AUT-8)."""
    listed, lists = _lists_since(rep.listed, until), _lists_since(rep.lists, until)
    if listed is rep.listed and lists is rep.lists:
        return rep
    return replace(rep, listed=listed, lists=lists)


def _lists_since(
    lists: HashTrieMap[str, ContractList], until: datetime
) -> HashTrieMap[str, ContractList]:
    left = lists
    for name, held in lists.items():
        taken_off = held.taken_off
        for key, moment in held.taken_off.items():
            if moment < until:
                taken_off = taken_off.remove(key)
        if taken_off is not held.taken_off:
            left = left.insert(name, replace(held, taken_off=taken_off))
    return left
