"""What the functions of a kind work with: an object on its way to ours, and one of ours on its
way to theirs.

Rules: XWK-2.
"""

from collections.abc import Collection

from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.holding import Carried, Held
from refimpl.crosswalk.measures import Unreadable
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.rules import Refused
from refimpl.crosswalk.tables import Class

Members = dict[str, Json]
"""A record or message of ours as JSON."""


class Taking:
    """An object on its way to ours: what a kind's `compose` reads, and where it writes."""

    __slots__ = ("_allowed", "assumed", "carried", "forced", "held", "object", "ours")

    def __init__(self, value: Members, held: Held, allowed: Collection[str]) -> None:
        self.object = value
        self.held = held
        self.ours: Members = {}
        self.carried: dict[str, Carried] = {}
        self.forced: dict[str, Class] = {}
        self.assumed: list[str] = []
        self._allowed = allowed

    def value(self, at: str) -> Json:
        """The leaf at a pointer, None where there is none."""
        return self.held.leaves.get(at)

    def read(self, at: str, to: str, how: str) -> Json:
        """Read the leaf at a pointer with a codec, and note where it goes.

        Raises `Refused` where it cannot be read, and XWK-2 where it is not there.
        """
        value = self.held.leaves.get(at)
        if value is None:
            raise Refused("XWK-2", at, f"ours requires {to} and nothing else tells it")
        try:
            found = CODECS[how].read(value)
        except Unreadable as error:
            raise Refused(error.rule_id, at, error.says) from None
        self.carried[at] = Carried(to, how)
        return found

    def assume(self, name: str) -> bool:
        """Whether an assumption may be made; one that is made is noted."""
        if name not in self._allowed:
            return False
        if name not in self.assumed:
            self.assumed.append(name)
        return True

    def supplied(self, name: str) -> str | None:
        """The value of an assumption `name=value`, where it was made; it is noted.

        >>> from refimpl.crosswalk.holding import Node, Place
        >>> held = Held({}, Place(Node(), ""))
        >>> Taking({}, held, ["evse-id=DEAB7E1"]).supplied("evse-id")
        'DEAB7E1'
        """
        for one in self._allowed:
            if one.startswith(f"{name}="):
                self.assume(one)
                return one.removeprefix(f"{name}=")
        return None

    def need(self, name: str, to: str) -> str:
        """The value of an assumption that ours cannot do without.

        Raises `Refused` XWK-2.
        """
        found = self.supplied(name)
        if found is None:
            raise Refused("XWK-2", "", f"ours requires {to}: --assume {name}=VALUE")
        return found


class Giving:
    """A record or message on its way to theirs: what a kind's `spread` reads and writes."""

    __slots__ = ("held", "ours", "theirs")

    def __init__(self, ours: Members) -> None:
        self.ours = ours
        self.theirs: Members = {}
        self.held: set[str] = set()

    def write(self, at: str, value: Json, *places: str) -> None:
        """Write a leaf of theirs; `places` are the pointers in ours that it holds."""
        self.theirs[at] = value
        self.held.update(places)
