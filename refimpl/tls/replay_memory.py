"""Which protected messages were accepted, and over which last hop, for as long as they count.

How long that is says the sender, in `exp`; that so much time has truly passed says a clock that
nobody puts forward or back.  What was served is never accepted again, even by the same hop: an
endpoint that has forgotten its answer does not serve it twice.

Rules: MSG-7, REP-8.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, cast

from refimpl.errors import Untrusted, Violation
from refimpl.security.protection import LIFETIME, SKEW

LastHop = tuple[str, str]
"""From which neighbour something came, and under which request id."""
ReplayId = tuple[str, str]
"""Who has signed a message, and the id it goes by from end to end."""
SERVED: Final[LastHop] = ("", "")
"""The last hop of what was served: none that comes is this one."""
COUNTS_FOR: Final = float(LIFETIME + 2 * SKEW)
"""Seconds for which a message counts at the most, with clocks as different as they may be."""
MOST_OF_ONE: Final = 100_000
"""How many messages of one sender are remembered: what it says in five minutes at 300 a second,
more than an endpoint of this model opens.
"""


class Accepted(NamedTuple):
    """An accepted message: its id, its last hop, and until when it counts (`exp`)."""

    replay_id: ReplayId
    hop: LastHop
    until: int


class _Known(NamedTuple):
    """The same in memory, with the moment on the steady clock at which it was accepted."""

    hop: LastHop
    until: int
    since: float


class ReplayMemory:
    """What was accepted; `new` is what has changed and is not yet kept elsewhere, None where it
    was forgotten.

    `seconds` is a clock that nobody puts forward or back.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self.new: dict[ReplayId, Accepted | None] = {}
        self._seconds = seconds
        self._known: dict[ReplayId, _Known] = {}
        self._of_sender: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many messages are remembered."""
        return len(self._known)

    def fill(self, accepted: Iterable[Accepted]) -> None:
        """Remember what was accepted before this process, as long as if it were now."""
        for replay_id, hop, until in accepted:
            self._remember(replay_id, hop, until)

    def besides(self, hop: LastHop, named: ReplayId) -> "Elsewhere":
        """The messages that count as accepted elsewhere, where one comes over this hop and is
        named so by its envelope.
        """
        return Elsewhere(self, hop, named)

    def came_elsewhere(self, replay_id: ReplayId, hop: LastHop) -> bool:
        """Whether a message was accepted over another hop, or was served."""
        known = self._known.get(replay_id)
        return known is not None and known.hop != hop

    def accept(self, replay_id: ReplayId, hop: LastHop, until: int, now: datetime) -> None:
        """Remember an accepted message, and forget the oldest that count no more.

        Raises `Untrusted` MSG-7 for one that was accepted over another hop or was served,
        `Violation` REP-8 where as many of its sender are remembered as may be.
        """
        if self.came_elsewhere(replay_id, hop):
            raise Untrusted("MSG-7", f"header, member jti: {replay_id[1]}")
        self._forget(now)
        sender = replay_id[0]
        if self._of_sender[sender] >= MOST_OF_ONE and replay_id not in self._known:
            raise Violation("REP-8", f"{MOST_OF_ONE} messages of {sender} still count")
        self._remember(replay_id, hop, until)
        self.new[replay_id] = Accepted(replay_id, hop, until)

    def serve(self, replay_id: ReplayId) -> None:
        """Remember that an accepted message has been served."""
        known = self._known.get(replay_id)
        if known is not None:
            self._known[replay_id] = known._replace(hop=SERVED)
            self.new[replay_id] = Accepted(replay_id, SERVED, known.until)

    def take_new(self) -> dict[ReplayId, Accepted | None]:
        """Give what has changed, to be kept elsewhere from now on."""
        new, self.new = self.new, {}
        return new

    def _remember(self, replay_id: ReplayId, hop: LastHop, until: int) -> None:
        if replay_id not in self._known:
            self._of_sender[replay_id[0]] += 1
        self._known[replay_id] = _Known(hop, until, self._seconds())

    def _forget(self, now: datetime) -> None:
        """Forget from the oldest on what counts no more by both clocks."""
        over = self._seconds() - COUNTS_FOR
        while self._known:
            oldest = next(iter(self._known))
            known = self._known[oldest]
            if known.until > now.timestamp() or known.since > over:
                break
            del self._known[oldest]
            self.new[oldest] = None
            self._of_sender[oldest[0]] -= 1


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The messages that count as here before (MSG-7): those that came over another hop or under
    another request id.

    The one that the envelope names is left out, for the endpoint may know its answer;
    that is looked at once it is opened.
    """

    memory: ReplayMemory
    hop: LastHop
    named: ReplayId

    def __contains__(self, replay_id: object) -> bool:
        known = cast(ReplayId, replay_id)
        return known != self.named and self.memory.came_elsewhere(known, self.hop)
