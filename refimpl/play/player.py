"""Journeys played over a network, and what came of them.

`play` sets up the endpoints, lets the acts of a journey happen over a loopback, and hands back
every frame.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from rpds import HashTrieMap

from refimpl.credential import keys_of
from refimpl.edition import Edition
from refimpl.endpoint import SPEAKER, Outbox, RoamingEndpoint
from refimpl.endpoint.ledger import Ledger
from refimpl.errors import Misuse, Violation
from refimpl.identifiers import check_character
from refimpl.messages import Said
from refimpl.network import Network
from refimpl.play.example import NETWORK, START
from refimpl.play.journeys import (
    VISITED,
    Act,
    Journey,
    acts_of,
    addressee_of,
    journey_of,
)
from refimpl.play.loopback import Faults, Frame, Loopback
from refimpl.play.reached import Reached
from refimpl.play.sayings import CARD
from refimpl.play.settings import first_reachable, issued, second
from refimpl.session import ServiceKey, Session
from refimpl.setting import Setting
from refimpl.vocabulary import Mode, Phase, Strategy

TRIED_FOR: Final = timedelta(seconds=12)
"""For how long what is said to an end that is away is tried before time passes."""


class Deed(NamedTuple):
    """An act as it happened: in which setting, when, and behind how many frames."""

    act: Act
    setting: Setting
    at: datetime
    behind: int


@dataclass(frozen=True, slots=True)
class Story:
    """What came of a journey: its setting, every frame, the endpoints at the end, the acts that
    happened, and what of the edition was reached.
    """

    journey: Journey
    setting: Setting
    frames: tuple[Frame, ...]
    reps: HashTrieMap[str, RoamingEndpoint]
    deeds: tuple[Deed, ...]
    reached: Reached

    def phase(self, entity_id: str) -> Phase:
        """Tell where an entity sees the service at the end."""
        return phase_at(self.reps[entity_id], self.setting)

    def session(
        self, reps: HashTrieMap[str, RoamingEndpoint], entity_id: str
    ) -> Session | None:
        """Find the service at one of many endpoints, as they stood at some moment."""
        return session_at(reps[entity_id], self.setting)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The setting of each of its services."""
        settings = [self.setting]
        for deed in self.deeds:
            if deed.setting not in settings:
                settings.append(deed.setting)
        return tuple(settings)

    def setting_of(self, place: int) -> Setting:
        """The setting of the service that a frame, counted from 0, is about."""
        begun = [deed.setting for deed in self.deeds if deed.behind <= place]
        return begun[-1] if begun else self.setting


def play(  # noqa: PLR0913 - all that a story depends on is handed in
    journey: str,
    edition: Edition,
    mode: str = Mode.DIRECT,
    strategy: str = Strategy.FORWARD,
    *,
    seed: int = 0,
    faults: Faults | None = None,
    valid: bool = True,
    network: Network = NETWORK,
    home_csp: str = "csp-alba",
    visited_cso: str | None = None,
) -> Story:
    """Play a journey over a network: `valid` says whether the home-CSP honours the contract.

    Raises `Misuse`: NET-6 for an unknown mode, AUT-3 for an unknown strategy, SES-10 for a
    journey that is unknown or whose service the edition has not, NET-1 for a party that is not
    there; and `Violation` NET-7 where no visited-CSO of the network can be reached in that
    mode.

    >>> from refimpl.edition import load
    >>> play("charge", load("2025"), "clearing-house").phase("csp-alba")
    <Phase.RECORDED: 'recorded'>
    """
    if strategy not in edition.strategies:
        has = f"edition {edition.id} has {', '.join(edition.strategies)}"
        raise Misuse("AUT-3", f"strategy {strategy!r}, {has}")
    told = journey_of(edition, journey)
    visited = visited_cso or first_reachable(network, edition, mode, home_csp)
    setting = setting_of(told, network, edition, mode, strategy, home_csp, visited)
    settings = {1: setting, 2: second(told, setting)}
    loopback = Loopback(
        set_up(settings.values(), valid, told.status), now=START, seed=seed, faults=faults
    )
    deeds = _let_happen(loopback, acts_of(told, setting), settings)
    frames = tuple(loopback.frames)
    return Story(told, setting, frames, loopback.reps, deeds, loopback.reached)


def setting_of(
    journey: Journey,
    network: Network,
    edition: Edition,
    mode: str,
    strategy: str,
    home_csp: str,
    visited_cso: str,
) -> Setting:
    """The setting of the first service of a journey between two entities of a network."""
    emaid = issued(network, home_csp, "001234567")
    emaid += check_character(emaid)
    return Setting(
        network,
        edition,
        mode,
        strategy,
        home_csp,
        visited_cso,
        journey.service,
        emaid="" if journey.card else emaid,
        evse_id=journey.evse_id or issued(network, visited_cso, "E8406487"),
        medium=CARD if journey.card else None,
    )


def _let_happen(
    loopback: Loopback, acts: tuple[Act, ...], settings: Mapping[int, Setting]
) -> tuple[Deed, ...]:
    """Let one act after the other happen, until one that may not be left out does not fit."""
    deeds = []
    for act in acts:
        deed = Deed(act, settings[act.of], loopback.now, len(loopback.frames))
        if _fits(loopback, deed):
            deeds.append(deed)
            if not _perform(loopback, deed.setting, act):
                break
        elif not act.skipped:
            break
    return tuple(deeds)


def _fits(loopback: Loopback, deed: Deed) -> bool:
    """Whether the service is, at the one that acts, in the phase that an act needs."""
    speaker, _ = deed.setting.sides(deed.act.by)
    return deed.act.needs in (None, phase_at(loopback.reps[speaker], deed.setting))


def _perform(loopback: Loopback, setting: Setting, act: Act) -> bool:
    """Let an act and what follows from it happen, unless the endpoint forbids it."""
    speaker, _ = setting.sides(act.by)
    rep = loopback.reps[speaker]
    if act.loses:
        loopback.replace(restarted(rep, act.loses))
        loopback.wait(act.after)
        return True
    said = utterance_of(act, setting, rep, loopback.second(), f"aside-{len(loopback.frames)}")
    away = frozenset({setting.sides(act.away)[0]}) if act.away else frozenset()
    try:
        loopback.say(speaker, said.message, said.addressee, said.correlation_id)
    except Violation:
        # What was to be said before went wrong, so the speaker's endpoint does not say this.
        return False
    if away:
        loopback.run_without(away, TRIED_FOR)
    else:
        loopback.run()
    loopback.wait(act.after)
    return True


class Utterance(NamedTuple):
    """What is said in an act, to which entity, and under which correlation id."""

    message: Said
    addressee: str
    correlation_id: str


def utterance_of(
    act: Act, setting: Setting, rep: RoamingEndpoint, now: datetime, aside: str
) -> Utterance:
    """What an endpoint says in an act of a setting at a moment; what belongs to no service goes
    under the id of an `aside`.
    """
    session = session_at(rep, setting)
    addressee = addressee_of(act, setting)
    if session and act.by is VISITED and not act.through:
        addressee = session.home_csp  # which may be another than was asked
    if act.falls_back:
        addressee = setting.home_csp
    message = act.message(setting, session, now)
    if type(message) not in SPEAKER:  # it belongs to no service
        return Utterance(message, addressee, aside)
    return Utterance(message, addressee, setting.correlation_id)


def restarted(rep: RoamingEndpoint, loses: str) -> RoamingEndpoint:
    """The endpoint after a restart that loses what waits to be said, the records that counted,
    or everything but what it was set up with.
    """
    if loses == "what waits":
        return replace(rep, outbox=Outbox())
    if loses == "records":
        return replace(rep, ledger=Ledger())
    return RoamingEndpoint(
        rep.entity_id,
        rep.network,
        rep.edition,
        rep.mode,
        rep.strategy,
        contracts=rep.contracts,
        evses=rep.evses,
        most_bytes=rep.most_bytes,
        most_bytes_onward=rep.most_bytes_onward,
    )


def session_at(rep: RoamingEndpoint, setting: Setting) -> Session | None:
    """Find the service of a setting at an endpoint, whichever of the two opened it."""
    for opener in (setting.visited_cso, setting.home_csp):
        session = rep.sessions.get(ServiceKey(opener, setting.correlation_id))
        if session is not None:
            return session
    return None


def phase_at(rep: RoamingEndpoint, setting: Setting) -> Phase:
    """Tell where the service of a setting stands at an endpoint."""
    session = session_at(rep, setting)
    return session.phase if session else Phase.NEW


def set_up(settings: Iterable[Setting], valid: bool, status: str) -> dict[str, RoamingEndpoint]:
    """Set up an endpoint for each entity, with the contract at the home-CSP and the EVSEs at
    each visited-CSO.
    """
    endpoints = {}
    every = tuple(settings)
    first = every[0]
    for entity in first.network.entities:
        endpoints[entity.id] = RoamingEndpoint(
            entity.id, first.network, first.edition, first.mode, first.strategy
        )
    keys = keys_of(first.emaid or None, first.medium)
    contracts = HashTrieMap(dict.fromkeys(keys, valid))
    home_csp = first.home_csp
    endpoints[home_csp] = replace(endpoints[home_csp], contracts=contracts)
    for setting in every:
        visited = endpoints[setting.visited_cso]
        evses = visited.evses.insert(setting.evse_id, status)
        endpoints[setting.visited_cso] = replace(visited, evses=evses)
    return endpoints
