"""The example: a network of twelve roaming entities with invented names, and the noon at which
every journey begins.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from refimpl.network import Block, Network, RoamingEntity
from refimpl.vocabulary import Kind

START: Final = datetime(2025, 7, 8, 12, 0, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

CSPS: Final = ("csp-alba", "csp-birch", "csp-cedar", "csp-dune")
CSOS: Final = ("cso-elm", "cso-fjord", "cso-gale", "cso-heath", "cso-iris", "cso-jade")
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id="csp-alba", kind=Kind.CSP, name="Alba Mobility", party_ids=("DE8AA",)),
        RoamingEntity(id="csp-birch", kind=Kind.CSP, name="Birch Drive", party_ids=("NLTNM",)),
        RoamingEntity(id="csp-cedar", kind=Kind.CSP, name="Cedar Go", party_ids=("FRXYZ",)),
        RoamingEntity(id="csp-dune", kind=Kind.CSP, name="Dune Charge", party_ids=("ITA1B",)),
        RoamingEntity(id="house-north", kind=Kind.CLEARING_HOUSE, name="Clearing House North"),
        RoamingEntity(id="house-south", kind=Kind.CLEARING_HOUSE, name="Clearing House South"),
        RoamingEntity(id="cso-elm", kind=Kind.CSO, name="Elm Stations", party_ids=("DEAB7",)),
        RoamingEntity(id="cso-fjord", kind=Kind.CSO, name="Fjord Power", party_ids=("DEICE",)),
        RoamingEntity(id="cso-gale", kind=Kind.CSO, name="Gale Grid", party_ids=("FRA23",)),
        RoamingEntity(id="cso-heath", kind=Kind.CSO, name="Heath Energy", party_ids=("ITHTH",)),
        RoamingEntity(id="cso-iris", kind=Kind.CSO, name="Iris Charge", party_ids=("ESIRI",)),
        RoamingEntity(id="cso-jade", kind=Kind.CSO, name="Jade Park", party_ids=("PTJAD",)),
    ),
    links=(
        Block(left=CSPS, right=CSOS),
        Block(left=CSPS, right=CSPS),
        Block(left=("house-north",), right=(*CSPS, "cso-elm", "cso-fjord", "cso-gale")),
        Block(left=("house-south",), right=("cso-heath", "cso-iris", "cso-jade")),
        Block(left=("house-north",), right=("house-south",)),
    ),
    agreements=(Block(left=CSPS, right=CSOS),),
)
"""A network of twelve: four CSPs and three CSOs at one clearing house, three CSOs at another,
all linked directly.
"""
