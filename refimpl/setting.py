"""The setting of a service that is roamed: over which network, how, between whom, for what."""

from dataclasses import dataclass

from refimpl.credential import Medium
from refimpl.edition import Edition
from refimpl.network import Network
from refimpl.vocabulary import Role, Service


@dataclass(frozen=True, slots=True)
class Setting:
    """A service that is roamed: over what, how, between whom, for which contract and EVSE."""

    network: Network
    edition: Edition
    mode: str
    strategy: str
    home_csp: str
    visited_cso: str
    service: str = Service.ENERGY_TRANSFER
    emaid: str = ""
    evse_id: str = ""
    correlation_id: str = "service-1"
    medium: Medium | None = None

    def sides(self, by: Role) -> tuple[str, str]:
        """Name the entity that speaks in a role, and the other one."""
        if by is Role.HOME_CSP:
            return self.home_csp, self.visited_cso
        return self.visited_cso, self.home_csp

    def through_house(self, exchange: str) -> bool:
        """Say whether the mode puts one clearing house between the two, so that it may be
        addressed itself.
        """
        path = self.edition.modes[self.mode].path_of(exchange)
        return path.count("clearing-house") == 1
