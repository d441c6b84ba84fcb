"""What is simulated, as tables of numbers: the scripts of all journeys and pairs end to end.

A place is a transmission of a script.  A session begins at the first place of its script, goes
on to the next after `waits` ticks when its transmission arrives, and back to `begins` after
`retries` ticks when it is lost.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from refimpl.edition import Edition
from refimpl.errors import Misuse
from refimpl.lab.exposure import EMAID, EVSE_ID
from refimpl.lab.market import Market
from refimpl.lab.simulation.draws import HALF, WHAT, WHO, gap_limits, word
from refimpl.lab.simulation.script import TICKS_A_SECOND, Script, script_of
from refimpl.play.journeys import JOURNEYS
from refimpl.setting import Setting
from refimpl.vocabulary import Strategy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Numbers = TypeVar("Numbers", int, "NDArray[np.int64]")


class Share(NamedTuple):
    """How many sessions in a thousand go by a journey, and whether the contract is honoured."""

    journey: str
    of_thousand: int
    valid: bool = True


# fmt: off
MIX: Final = (
    Share("charge",             750),
    Share("charge",              40, valid=False),
    Share("remote-control",     100),
    Share("station-busy",        20),
    Share("order-cancelled",     20),
    Share("reservation",         25),
    Share("booking-cancelled",   15),
    Share("correction",          20),
    Share("record-withdrawn",    10),
)
"""Which journeys are made, chosen by this model; those that an edition has not are left out."""
# fmt: on
MOST_LOST: Final = 0.5
"""The largest share of transmissions that may be lost: beyond it sessions take for ever."""
DAY: Final = 86_400 * TICKS_A_SECOND
"""Sessions begin at some tick of one day."""


class Opening(NamedTuple):
    """What a session begins with: the number of its share of the mix, its CSP and CSO, counted
    from 0, and its tick.
    """

    share: int
    csp: int
    cso: int
    tick: int


@dataclass(frozen=True)
class Plan:
    """Sessions in a market: which journeys they go by, which share of transmissions is lost,
    and the seed of the dice.

    Raises `Misuse` REP-5 for a share that is not from 0 to a half, SES-10 where the edition
    has none of the journeys, and what `network.way` raises.
    """

    market: Market
    lose: float = 0.0
    seed: int = 0
    mix: tuple[Share, ...] = MIX

    def __post_init__(self) -> None:
        """Check the share of losses, and leave out the journeys that the edition has not."""
        if not 0 <= self.lose <= MOST_LOST:
            raise Misuse("REP-5", f"lose: {self.lose}, from 0 to {MOST_LOST}")
        edition = self.market.edition
        known = tuple(
            one for one in self.mix if JOURNEYS[one.journey].service in edition.services
        )
        if not known:
            raise Misuse("SES-10", f"journeys: none that edition {edition.id} has")
        object.__setattr__(self, "mix", known)

    @property
    def edition(self) -> Edition:
        """The edition under which they roam."""
        return self.market.edition

    # --- Scripts ----------------------------------------------------------------------------

    @cached_property
    def classes(self) -> tuple[int, int]:
        """How many classes of CSPs and of CSOs there are."""
        market = self.market
        return min(market.csps, market.classes), min(market.csos, market.classes)

    @cached_property
    def scripts(self) -> tuple[Script, ...]:
        """The script of each share of the mix for each class of CSPs and of CSOs, the last of
        which changes first.
        """
        csps, csos = self.classes
        found = []
        for share in self.mix:
            for csp in range(csps):
                for cso in range(csos):
                    setting = self.setting(share, csp, cso)
                    found.append(script_of(JOURNEYS[share.journey], setting, share.valid))
        return tuple(found)

    def setting(self, share: Share, csp: int, cso: int) -> Setting:
        """The setting of a session of the sample."""
        market = self.market
        return Setting(
            market.sample.network,
            market.edition,
            market.mode,
            Strategy.FORWARD,
            f"csp-{csp + 1}",
            f"cso-{cso + 1}",
            JOURNEYS[share.journey].service,
            EMAID,
            EVSE_ID,
        )

    def script_number(self, share: Numbers, csp: Numbers, cso: Numbers) -> Numbers:
        """The number of the script of a share of the mix for a CSP and a CSO; for one session,
        or for an array of them.
        """
        csps, csos = self.classes
        return (share * csps + csp % csps) * csos + cso % csos

    @cached_property
    def firsts(self) -> list[int]:
        """The first place of each script, and behind them the number of all places."""
        lengths = [len(script.transmissions) for script in self.scripts]
        return [0, *accumulate(lengths)]

    def places(self) -> Iterator[tuple[str, str]]:
        """The kind and the receiver of each place."""
        for script in self.scripts:
            for one in script.transmissions:
                yield one.kind, one.receiver

    @cached_property
    def begins(self) -> list[int]:
        """The place at which each place begins again when its transmission is lost."""
        found = []
        for first, script in zip(self.firsts, self.scripts, strict=False):
            found += [first + one.begin for one in script.transmissions]
        return found

    @cached_property
    def waits(self) -> list[int]:
        """The ticks from each place to the next; 0 behind the last of a script."""
        found = []
        for script in self.scripts:
            found += [one.wait for one in script.transmissions]
            found[-1] = 0
        return found

    @cached_property
    def retries(self) -> list[int]:
        """The ticks from each place back to its beginning when its transmission is lost."""
        return [one.retry for script in self.scripts for one in script.transmissions]

    # --- Dice -------------------------------------------------------------------------------

    @cached_property
    def gap_limits(self) -> list[int]:
        """The limits by which it is drawn how many transmissions arrive before one is lost."""
        return gap_limits(self.lose)

    @cached_property
    def mix_limits(self) -> list[int]:
        """The limits by which a share of the mix is drawn: as many as are not above a number of
        32 bits.
        """
        sums = [*accumulate(share.of_thousand for share in self.mix)]
        return [((HALF + 1) * upto) // sums[-1] for upto in sums[:-1]]

    def opening(self, session: int) -> Opening:
        """What a session begins with, drawn by its number."""
        what, who = word(self.seed, session, WHAT), word(self.seed, session, WHO)
        return Opening(
            share=bisect_right(self.mix_limits, what >> 32),
            csp=((who >> 32) * self.market.csps) >> 32,
            cso=((who & HALF) * self.market.csos) >> 32,
            tick=((what & HALF) * DAY) >> 32,
        )

    def alike(self, session: int) -> Setting:
        """The setting of a session with the very entities that it is drawn for."""
        opening = self.opening(session)
        drawn = self.setting(self.mix[opening.share], opening.csp, opening.cso)
        return replace(drawn, network=self.market.network)
