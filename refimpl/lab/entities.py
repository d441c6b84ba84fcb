"""Four roaming entities with a test PKI: their names, their keys, and what their chains are
worth.

Every key follows from a seed that stands here for everyone to read.  None of them may protect
anything.
"""

from datetime import datetime
from functools import cache
from typing import Final

from refimpl.errors import RoamingError
from refimpl.network import Network
from refimpl.play.example import NETWORK, START
from refimpl.security.certificates import Peer, Purpose, check_chain
from refimpl.security.jwk import VerifyingKey
from refimpl.security.pki import Algorithm, Pki, roaming_pki
from refimpl.security.protection import KeyRing

SEED: Final = b"TEST ONLY: notebook 07"
ALGORITHM: Final[Algorithm] = "Ed25519"
FOUR: Final = Network(
    entities=tuple(
        NETWORK.entity(name) for name in ("cso-elm", "csp-alba", "csp-birch", "house-north")
    )
)
"""Four of the network of twelve, so that a picture can be read."""
NAMES: Final = {entity.id: entity.name or entity.id for entity in FOUR.entities}


@cache
def pki_of_four(revoked: str = "") -> Pki:
    """Make the PKI of the four; `revoked` is the id of an entity on a CRL, or empty."""
    listed = (revoked,) if revoked else ()
    return roaming_pki(FOUR, seed=SEED, now=START, algorithm=ALGORITHM, revoked=listed)


def signing_key_id(entity_id: str) -> str:
    """The id of the key that an entity signs with."""
    return f"{entity_id}-signs"


def opening_key_id(entity_id: str) -> str:
    """The id of the key that an entity opens seals with."""
    return f"{entity_id}-opens"


def key_ring(entity_id: str) -> KeyRing:
    """The keys that one of the four goes by: those that verify, of all, and the one that opens
    seals, its own.
    """
    trusted: dict[str, tuple[str, VerifyingKey]] = {}
    for name, leaf in pki_of_four().leaves.items():
        trusted[signing_key_id(name)] = (name, leaf.key.public_key())
    own = pki_of_four().leaf(entity_id).encryption_key
    return KeyRing(trusted, {opening_key_id(entity_id): own})


def check_shown_chain(shown: Pki, entity_id: str, now: datetime = START) -> Peer:
    """Check the chain and the CRLs that an entity shows against the root of the four; raises
    `Untrusted` CRT-*.
    """
    return check_chain(
        shown.leaf(entity_id).chain,
        roots=(pki_of_four().root.certificate,),
        crls=shown.crls,
        entity_id=entity_id,
        kind=FOUR.entity(entity_id).kind,
        now=now,
        purpose=Purpose.MESSAGE,
    )


def peer_or_refusal(shown: Pki, entity_id: str) -> Peer | RoamingError:
    """Check the chain that an entity shows: who it is, or the error that refuses it."""
    try:
        return check_shown_chain(shown, entity_id)
    except RoamingError as error:
        return error
