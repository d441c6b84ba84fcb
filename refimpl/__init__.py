"""A reference model of IEC 63119-1: EV charging roaming between CSPs and CSOs, with or without
a clearing house.

Read it in this order; each room opens with what it is and what it refuses to do.

1. `vocabulary` - the words; `standard/2019.toml`, `standard/2025.toml` - the standard as data,
   every row with its basis; `errors` - what can go wrong, by whose fault
2. `edition` - load an edition, extend it, compare two; `identifiers` - EMAID and EVSE ID;
   `shapes` - what every shape on the wire has in common
3. `credential`, `extension`, `records`, `messages` - what roaming endpoints say to each other;
   `wire` - as bytes
4. `network` - who is linked to whom and which way an exchange goes; `session` - one service, as
   a table
5. `endpoint` - what an entity does with one message; `play` - many of them,
   and stories to play

"Reference" means: names and shapes of the standard come before convenience, values never
change, and the clock, the dice and the ids are handed in.  Nothing here is IEC's text, and the
model is not affiliated with IEC.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refimpl.edition import Edition, compare, load, published
    from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted, Violation
    from refimpl.network import Network, route
    from refimpl.wire import decode, encode
else:  # unseen by a type checker, which would take every name for one of ours

    def __getattr__(name: str) -> object:
        """Load the room of a name when it is first asked for; an identifier needs none."""
        for room, names in _ROOMS.items():
            if name in names.split():
                found = getattr(import_module(f"refimpl.{room}"), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


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

# fmt: off
_ROOMS = {
    "edition": "Edition compare load published",
    "errors":  "Malformed Misuse RoamingError Untrusted Violation",
    "network": "Network route",
    "wire":    "decode encode",
}
# fmt: on


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
