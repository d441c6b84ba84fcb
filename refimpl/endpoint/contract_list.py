"""A list of contracts that may be served without asking, as the home-CSP that says it and the
visited-CSO that hears it both hold it.

A list comes whole or in parts, replaces the one before or changes it.  What is taken off it is
remembered with the moment, for it starts nothing after a grace.

Rules: LST-*, AUT-8.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rpds import HashTrieMap

from refimpl.credential import Medium
from refimpl.errors import Violation
from refimpl.messages import AuthorizationListNotice, ListPart
from refimpl.shapes import replace

PART_SIZE: Final = 200
"""How many contracts stand in one part of a list that is said again."""


@dataclass(frozen=True)
class ContractList:
    """The `keys` on the list of that `number`, and when each that is no longer on it was taken
    off; `coming` are the keys in the first `parts` of the list under way.
    """

    number: int = 0
    keys: frozenset[str] = frozenset()
    taken_off: HashTrieMap[str, datetime] = field(default_factory=HashTrieMap)
    coming: frozenset[str] = frozenset()
    coming_number: int = 0
    parts: int = 0

    def after(self, notice: AuthorizationListNotice, now: datetime) -> ContractList:
        """The list after one more notice, heard or said now; raises `Violation` LST-1 for a
        part out of order, LST-2 for a number that does not follow.
        """
        part = notice.part
        if part is None:
            return self._closed(self.number, notice.keys, now)
        self._check_number(part)
        if part.part == 1:
            coming = notice.keys
        elif (part.number, part.part) == (self.coming_number, self.parts + 1):
            coming = self.coming | notice.keys
        else:
            raise Violation("LST-1", f"list {part.number}, part {part.part} of {part.of}")
        if part.part < part.of:
            return replace(self, coming=coming, coming_number=part.number, parts=part.part)
        if part.action == "replace":
            return self._closed(part.number, coming, now)
        if part.action == "add":
            return self._closed(part.number, self.keys | coming, now)
        return self._closed(part.number, self.keys - coming, now)

    def _check_number(self, part: ListPart) -> None:
        if part.action == "replace":
            follows = part.number >= self.number
        else:
            follows = part.number == self.number + 1
        if not follows:
            raise Violation("LST-2", f"list {part.number}, {part.action}, after {self.number}")

    def _closed(self, number: int, keys: frozenset[str], now: datetime) -> ContractList:
        taken_off = self.taken_off
        for key in self.keys - keys:
            taken_off = taken_off.insert(key, now)
        for key in keys:
            taken_off = taken_off.discard(key)
        return ContractList(number, keys, taken_off)

    def serves(self, keys: Iterable[str], at: datetime, grace: timedelta | None) -> bool:
        """Whether a contract that goes by these keys may start at a moment without a question:
        it is on the list, or was within the grace, which without end is None.
        """
        for key in keys:
            if key in self.keys:
                return True
            taken_off = self.taken_off.get(key)
            if taken_off is not None and (grace is None or at - taken_off <= grace):
                return True
        return False

    def parts_again(self, home_csp: str) -> tuple[AuthorizationListNotice, ...]:
        """The whole list as it stands, said again in parts that replace it."""
        keys = sorted(self.keys)
        if not self.number:  # it was said without a number, and so it is said again
            return (_notice(home_csp, keys, None),)
        pages = [keys[at : at + PART_SIZE] for at in range(0, len(keys), PART_SIZE)] or [[]]
        notices = []
        for number, page in enumerate(pages, 1):
            part = ListPart(action="replace", number=self.number, of=len(pages), part=number)
            notices.append(_notice(home_csp, page, part))
        return tuple(notices)


def _notice(
    home_csp: str, keys: Iterable[str], part: ListPart | None
) -> AuthorizationListNotice:
    """Say keys: an EMAID as it stands, a medium by its hash."""
    emaids = []
    media = []
    for key in keys:
        type_of_medium, colon, uid = key.partition(":")
        if colon:
            medium = {"hash": "sha-256", "type": type_of_medium, "uid": uid}
            media.append(Medium.model_validate(medium))
        else:
            emaids.append(key)
    return AuthorizationListNotice(
        emaids=tuple(emaids), home_csp=home_csp, media=tuple(media) or None, part=part
    )
