"""A reference model of IEC 63119-1: EV charging roaming between CSPs and CSOs, with or without
a clearing house.

Read it in this order; each room opens with what it is and what it refuses to do.

1. `vocabulary` - the words; `standard/2019.toml`, `standard/2025.toml` - the standard as data,
   every row with its basis
2. `edition` - load an edition, extend it, compare two; `errors` - what can go wrong, by whose
   fault
3. `identifiers`, `records`, `messages` - what roaming endpoints say to each other; `wire` - as
   bytes
4. `network` - who is linked to whom and which way an exchange goes; `session` - one service, as
   a table
5. `endpoint` - what an entity does with one message; `play` - many of them,
   and stories to play

"Reference" means: names and shapes of the standard come before convenience, values never
change, and the clock, the dice and the ids are handed in.  Nothing here is IEC's text, and the
model is not affiliated with IEC.
"""

from refimpl.edition import Edition, compare, load, published
from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted, Violation
from refimpl.network import Network, route
from refimpl.wire import decode, encode

__all__ = [
    "Edition",
    "Malformed",
    "Misuse",
    "Network",
    "RoamingError",
    "Untrusted",
    "Violation",
    "compare",
    "decode",
    "encode",
    "load",
    "published",
    "route",
]
