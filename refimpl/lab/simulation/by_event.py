"""Sessions event by event: each transmission at its moment, the earliest of all first."""

from heapq import heapify, heappop, heappushpop
from typing import Final

from refimpl.lab.simulation.draws import FIRST_GAP, gap, word
from refimpl.lab.simulation.plan import Plan
from refimpl.lab.simulation.totals import Counts, nothing_counted

SESSION_BITS: Final = 24
"""An event is one number: the tick, and below it the session, counted from the first one."""


def run_events(plan: Plan, first: int, last: int) -> Counts:
    """Count what comes of the sessions from a first to before a last number."""
    counts = nothing_counted(plan)
    sent, lost = counts.sent, counts.lost
    # A table is read a million times, so the ticks in it stand where an event has them.
    waits = [ticks << SESSION_BITS for ticks in plan.waits]
    retries = [ticks << SESSION_BITS for ticks in plan.retries]
    begins, limits, seed = plan.begins, plan.gap_limits, plan.seed
    places, calendar = _openings(plan, first, last, counts)
    started = [*places]
    drawn = [FIRST_GAP] * len(places)
    again = [0] * len(places)
    # The place at which each session loses its next transmission.
    fails = []
    for session, place in enumerate(places):
        fails.append(place + gap(limits, word(seed, first + session, FIRST_GAP)))
    session_of = (1 << SESSION_BITS) - 1
    event = heappop(calendar)
    while True:
        session = event & session_of
        place = places[session]
        sent[place] += 1
        if place != fails[session]:  # it arrives, and the next is sent
            wait = waits[place]
            if wait:
                places[session] = place + 1
                event = heappushpop(calendar, event + wait)
            elif calendar:
                event = heappop(calendar)
            else:
                break
        else:  # it is lost, and said again when it has waited long enough
            lost[place] += 1
            drawn[session] += 1
            begin = begins[place]
            fails[session] = begin + gap(limits, word(seed, first + session, drawn[session]))
            again[session] += begin == started[session]
            places[session] = begin
            event = heappushpop(calendar, event + retries[place])
    counts.asked_again.update(again)
    return counts


def _openings(plan: Plan, first: int, last: int, counts: Counts) -> tuple[list[int], list[int]]:
    """Open each session: the place where it begins, and a calendar of all first events."""
    places, calendar = [], []
    for number, session in enumerate(range(first, last)):
        opening = plan.opening(session)
        script = plan.script_number(opening.share, opening.csp, opening.cso)
        counts.sessions[script] += 1
        places.append(plan.firsts[script])
        calendar.append(opening.tick << SESSION_BITS | number)
    heapify(calendar)
    return places, calendar
