"""Roaming entities, the links between their endpoints and the agreements between them; the way
an exchange takes.

A link or agreement is a block: everyone on its left with everyone on its right.  A thousand
CSPs that may reach five thousand CSOs are one block of six thousand names, never five million
links, and a route is read off the edition's mode, not searched for.

Rules: NET-*.
"""

from refimpl.network.entities import (
    Block,
    Network,
    PartyId,
    RoamingEntity,
    interface_between,
)
from refimpl.network.reading import check_network, parse_network
from refimpl.network.routes import Hop, route, way

__all__ = [
    "Block",
    "Hop",
    "Network",
    "PartyId",
    "RoamingEntity",
    "check_network",
    "interface_between",
    "parse_network",
    "route",
    "way",
]
