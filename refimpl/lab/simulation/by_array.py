"""Sessions in arrays: all of them at once, from one loss to the next."""

from collections import Counter
from typing import TYPE_CHECKING

from refimpl.lab.simulation.draws import FIRST_GAP, HALF, MOST_GAP, PRECISION, WHAT, WHO, words
from refimpl.lab.simulation.plan import Plan
from refimpl.lab.simulation.totals import Counts, nothing_counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def run_arrays(plan: Plan, first: int, last: int) -> Counts:
    """Count what comes of the sessions from a first to before a last number."""
    import numpy as np

    counts = nothing_counted(plan)
    places = len(counts.sent)
    firsts, begins = np.array(plan.firsts), np.array(plan.begins)
    sessions = np.arange(first, last, dtype=np.uint64)
    scripts = _scripts(plan, sessions)
    started, ends = firsts[scripts], firsts[scripts + 1]
    # What is sent from one place to before another is counted at both, and added up at last.
    turns = np.zeros(places + 1, dtype=np.int64)
    lost = np.zeros(places, dtype=np.int64)
    again = np.zeros(len(sessions), dtype=np.int64)
    running, at, drawn = np.arange(len(sessions)), started, FIRST_GAP
    while len(running):
        gaps = _gaps(plan, sessions[running], drawn)
        turns += np.bincount(at, minlength=places + 1)
        fails = at + gaps < ends[running]
        turns -= np.bincount(ends[running[~fails]], minlength=places + 1)
        running, failed = running[fails], (at + gaps)[fails]
        turns -= np.bincount(failed + 1, minlength=places + 1)
        lost += np.bincount(failed, minlength=places)
        at, drawn = begins[failed], drawn + 1
        again[running] += at == started[running]
    counts.sent[:] = np.cumsum(turns)[:-1].tolist()
    counts.lost[:] = lost.tolist()
    counts.sessions[:] = np.bincount(scripts, minlength=len(plan.scripts)).tolist()
    counts.asked_again.update(+Counter(dict(enumerate(np.bincount(again).tolist()))))
    return counts


def _scripts(plan: Plan, sessions: "NDArray[np.uint64]") -> "NDArray[np.int64]":
    """Open each session: the number of its script, as `Plan.opening` draws it."""
    import numpy as np

    half, low = np.uint64(32), np.uint64(HALF)
    what, who = words(plan.seed, sessions, WHAT), words(plan.seed, sessions, WHO)
    limits = np.array(plan.mix_limits, dtype=np.uint64)
    shares = np.searchsorted(limits, what >> half, side="right")
    csps = ((who >> half) * np.uint64(plan.market.csps)) >> half
    csos = ((who & low) * np.uint64(plan.market.csos)) >> half
    return plan.script_number(shares, csps.astype(np.int64), csos.astype(np.int64))


def _gaps(plan: Plan, sessions: "NDArray[np.uint64]", drawn: int) -> "NDArray[np.int64]":
    """How many transmissions of each session arrive before the next is lost, as `gap` says."""
    import numpy as np

    if not plan.gap_limits:
        return np.full(len(sessions), MOST_GAP)
    limits = np.array(plan.gap_limits, dtype=np.uint64)
    upper = words(plan.seed, sessions, drawn) >> np.uint64(64 - PRECISION)
    return np.searchsorted(limits, upper, side="right")
