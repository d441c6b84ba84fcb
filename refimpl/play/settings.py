"""Where a journey is played: which visited-CSO is reached, the identifiers of its contract and
EVSE, and the setting of its second service.
"""

from collections.abc import Iterator
from dataclasses import replace

from refimpl.edition import Edition
from refimpl.errors import Violation
from refimpl.network import Network, route
from refimpl.play.journeys import Journey
from refimpl.setting import Setting
from refimpl.vocabulary import Kind


def second(journey: Journey, setting: Setting) -> Setting:
    """The setting of the second service of a journey."""
    match journey.second:
        case "another id":
            return replace(setting, correlation_id="service-2")
        case "another visited-CSO":
            other = _another(setting)
            evse_id = issued(setting.network, other, "E8406487")
            return replace(setting, visited_cso=other, evse_id=evse_id)
    return setting


def _another(setting: Setting) -> str:
    """Find another CSO that is reached as the first is."""
    network, home_csp = setting.network, setting.home_csp
    for name in reachable(network, setting.edition, setting.mode, home_csp):
        if name != setting.visited_cso:
            return name
    raise Violation("NET-7", f"{home_csp} reaches one CSO only in mode {setting.mode!r}")


def issued(network: Network, issuer: str, rest: str) -> str:
    """Write an identifier under the issuer's first party id, or under one that is not taken."""
    return next(iter(network.entity(issuer).party_ids), "ZZ000") + rest


def reachable(network: Network, edition: Edition, mode: str, home_csp: str) -> Iterator[str]:
    """Find the CSOs to which an exchange takes the whole of the mode's path."""
    for entity in network.entities:
        if entity.kind is Kind.CSO and network.agreed(network.entity(home_csp).id, entity.id):
            try:
                hops = route(network, edition, mode, entity.id, home_csp, "authorization")
            except Violation:
                continue
            if len(hops) == len(edition.modes[mode].path) - 1:
                yield entity.id


def first_reachable(network: Network, edition: Edition, mode: str, home_csp: str) -> str:
    """Find the first of these; raises `Violation` NET-7 where there is none."""
    for name in reachable(network, edition, mode, home_csp):
        return name
    raise Violation("NET-7", f"{home_csp} reaches no CSO in mode {mode!r}")
