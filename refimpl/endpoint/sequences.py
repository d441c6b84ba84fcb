"""The numbers of news outside services: from one sender the numbers of a kind rise, so that
what is old is seen to be old.

A number is the moment of saying in milliseconds, or one more than the number before.  So an
endpoint that has lost its memory goes on above what it said before.

Rules: REP-10.
"""

from __future__ import annotations  # rpds maps take no type arguments at run time

from dataclasses import dataclass, field
from datetime import datetime

from rpds import HashTrieMap

from refimpl.errors import Violation
from refimpl.messages import News
from refimpl.shapes import replace


@dataclass(frozen=True)
class Sequences:
    """The number given last to news `said`, which is also that of what is said again, and the
    highest `heard`, by sender and kind.
    """

    said: int | None = None
    heard: HashTrieMap[tuple[str, str], int] = field(default_factory=HashTrieMap)

    def after_saying(self, now: datetime) -> Sequences:
        """Give news the next number."""
        milliseconds = int(now.timestamp()) * 1000
        return replace(self, said=max(milliseconds, (self.said or 0) + 1))

    def check_fetched(self, partner: str, news: News, *, rising: bool) -> None:
        """Check that what a partner says again is not older than what it has told since; raises
        `Violation` REP-10 where numbers have to rise.
        """
        highest = self.heard.get((partner, news.kind), 0) if rising else 0
        if news.sequence is not None and news.sequence < highest:
            raise Violation("REP-10", f"{news.kind} {news.sequence} after {highest}")

    def after_hearing(self, sender: str, news: News, *, rising: bool = True) -> Sequences:
        """Remember the number of news from a sender; raises `Violation` REP-10, where numbers
        have to rise, for one that is not above all before, or is missing behind one.
        """
        highest = self.heard.get((sender, news.kind)) if rising else None
        if highest is not None and (news.sequence or 0) <= highest:
            raise Violation("REP-10", f"{news.kind} {news.sequence or ''} after {highest}")
        if news.sequence is None:
            return self
        return replace(self, heard=self.heard.insert((sender, news.kind), news.sequence))
