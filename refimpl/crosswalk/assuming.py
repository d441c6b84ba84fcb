"""What may be assumed where an object does not tell what ours requires: by name, never guessed.

Rules: XWK-2.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from refimpl.crosswalk.kinds import Protocol
from refimpl.errors import Misuse


class Assumption(NamedTuple):
    """An assumption by its name, the only value that it may have, whether it has one at all,
    and of which family of protocols it is; an empty family is every one.
    """

    name: str
    value: str = ""
    bare: bool = False
    family: str = ""

    @property
    def shown(self) -> str:
        """How it is written."""
        return self.name if self.bare else f"{self.name}={self.value or 'VALUE'}"

    def fits(self, text: str) -> bool:
        """Whether a text is this assumption, with a value that it may have."""
        name, has_value, value = text.partition("=")
        if name != self.name or bool(has_value) is self.bare:
            return False
        return self.bare or (bool(value) and self.value in {"", value})


# fmt: off
ASSUMPTIONS: Final = (
    Assumption("emaid"),
    Assumption("evse-id"),
    Assumption("home-csp"),
    Assumption("list-number"),
    Assumption("visited-cso"),
    Assumption("command",      family="ocpi"),
    Assumption("evse-hyphens", family="ocpi", bare=True),
    Assumption("periods",      family="ocpi", value="whole"),
    Assumption("reason",       family="ocpi"),
    Assumption("token-type",   family="ocpi"),
    Assumption("token-uid",    family="ocpi"),
    Assumption("ground",       family="oicp"),
    Assumption("sent-at",      family="oicp"),
    Assumption("until",        family="oicp"),
)
# fmt: on


def assumptions_of(protocol: Protocol) -> tuple[Assumption, ...]:
    """What may be assumed of the objects of a protocol."""
    return tuple(one for one in ASSUMPTIONS if protocol.id.startswith(one.family))


def unknown_of(protocol: Protocol, given: Collection[str]) -> tuple[str, ...]:
    """What is given and no assumption of the protocol, or given with two values.

    >>> from refimpl.crosswalk import protocol_of
    >>> unknown_of(protocol_of("oicp-2.3"), ["periods=whole", "ground=answer", "ground=order"])
    ('periods=whole', 'ground=order')
    """
    known = assumptions_of(protocol)
    names: dict[str, str] = {}
    unknown = []
    for text in given:
        first = names.setdefault(text.partition("=")[0], text)
        if first != text or not any(one.fits(text) for one in known):
            unknown.append(text)
    return tuple(unknown)


def check_known(protocol: Protocol, given: Collection[str]) -> None:
    """Raise `Misuse` XWK-2 for what is no assumption of the protocol, or is given twice."""
    if given and (unknown := unknown_of(protocol, given)):
        known = ", ".join(one.shown for one in assumptions_of(protocol))
        name = unknown[0].partition("=")[0]
        says = f"assumption {name[:24]!a}; {protocol.id} has, each once, {known}"
        raise Misuse("XWK-2", says)
