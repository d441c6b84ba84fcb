"""Journeys played over a network, and what came of them.

`play` sets up the endpoints, lets the acts of a journey happen over a loopback, and hands back
every frame.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from dataclasses import dataclass, replace

from rpds import HashTrieMap

from refimpl.edition import Edition
from refimpl.endpoint import SPEAKER, RoamingEndpoint
from refimpl.errors import Misuse, Violation
from refimpl.identifiers import check_character
from refimpl.network import Network, Setting, route
from refimpl.play.example import NETWORK, START
from refimpl.play.journeys import VISITED, Act, Journey, acts_of, addressee_of, journeys_of
from refimpl.play.loopback import Faults, Frame, Loopback
from refimpl.session import Session
from refimpl.vocabulary import Kind, Mode, Phase, Strategy


@dataclass(frozen=True, slots=True)
class Story:
    """What came of a journey: its setting, every frame, and the endpoints at the end."""

    journey: Journey
    setting: Setting
    frames: tuple[Frame, ...]
    reps: HashTrieMap[str, RoamingEndpoint]

    def phase(self, entity_id: str) -> Phase:
        """Tell where an entity sees the service at the end."""
        return _phase_of(self.reps[entity_id].sessions.get(self.setting.correlation_id))


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
    known = {one.id: one for one in journeys_of(edition)}
    if journey not in known:
        has = f"edition {edition.id} has {', '.join(known)}"
        raise Misuse("SES-10", f"journey {journey!r}, {has}")
    told = known[journey]
    visited = visited_cso or _reachable(network, edition, mode, home_csp)
    emaid = _issued(network, home_csp, "001234567")
    emaid += check_character(emaid)
    evse_id = _issued(network, visited, "E8406487")
    setting = Setting(
        network, edition, mode, strategy, home_csp, visited, told.service, emaid, evse_id
    )
    loopback = Loopback(_endpoints(setting, valid), now=START, seed=seed, faults=faults)
    for act in acts_of(told, setting):
        if not _perform(loopback, setting, act):
            break
    return Story(told, setting, tuple(loopback.frames), loopback.reps)


def _perform(loopback: Loopback, setting: Setting, act: Act) -> bool:
    """Let an act and what follows from it happen, unless phase or endpoint forbids it."""
    speaker, _ = setting.sides(act.by)
    session = loopback.reps[speaker].sessions.get(setting.correlation_id)
    if _phase_of(session) is not act.needs:
        return False
    addressee = addressee_of(act, setting)
    if session and act.by is VISITED and not act.through:
        addressee = session.home_csp  # which may be another than was asked
    message = act.message(setting, session, loopback.second())
    correlation_id = setting.correlation_id
    if type(message) not in SPEAKER:  # it belongs to no service
        correlation_id = f"aside-{len(loopback.frames)}"
    try:
        loopback.say(speaker, message, addressee, correlation_id)
    except Violation:
        # What was to be said before went wrong, so the speaker's endpoint does not say this.
        return False
    loopback.run()
    loopback.wait(act.after)
    return True


def _phase_of(session: Session | None) -> Phase:
    return session.phase if session else Phase.NEW


def _endpoints(setting: Setting, valid: bool) -> dict[str, RoamingEndpoint]:
    """Set up an endpoint for each entity, with the contract at the home-CSP and the EVSE at the
    visited-CSO.
    """
    endpoints = {}
    for entity in setting.network.entities:
        endpoints[entity.id] = RoamingEndpoint(
            entity.id, setting.network, setting.edition, setting.mode, setting.strategy
        )
    home_csp, visited_cso = setting.home_csp, setting.visited_cso
    endpoints[home_csp] = replace(
        endpoints[home_csp], contracts=HashTrieMap({setting.emaid: valid})
    )
    endpoints[visited_cso] = replace(
        endpoints[visited_cso], evses=HashTrieMap({setting.evse_id: "available"})
    )
    return endpoints


def _issued(network: Network, issuer: str, rest: str) -> str:
    """Write an identifier under the issuer's first party id, or under one that is not taken."""
    return next(iter(network.entity(issuer).party_ids), "ZZ000") + rest


def _reachable(network: Network, edition: Edition, mode: str, home_csp: str) -> str:
    """Find the first CSO to which an exchange takes the whole of the mode's path."""
    for entity in network.entities:
        if entity.kind is Kind.CSO and network.agreed(network.entity(home_csp).id, entity.id):
            try:
                hops = route(network, edition, mode, entity.id, home_csp, "authorization")
            except Violation:
                continue
            if len(hops) == len(edition.modes[mode].path) - 1:
                return entity.id
    raise Violation("NET-7", f"{home_csp} reaches no CSO in mode {mode!r}")
