"""Sessions simulated event by event and in arrays, beside the same sessions in simpy."""

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time
from typing import TypedDict

from refimpl.edition import load
from refimpl.lab.market import Market
from refimpl.lab.simulation import Plan
from refimpl.lab.simulation.by_array import run_arrays
from refimpl.lab.simulation.by_event import run_events
from refimpl.lab.simulation.plan import DAY
from refimpl.lab.simulation.totals import Counts
from tests.bench import Row, installed, output

MARKET = Market(load("2025"), "federated", 1000, 5000, houses=2)
PLAN = Plan(MARKET, lose=0.01, seed=1)
SESSIONS = 20_000
"""How many are simulated in a round by each."""
ROUNDS = 7
MILLION = 1_000_000
PEER = Path(__file__).parent / "simpy_sessions.py"
WHOLE = r"""
import json, re, sys, time
from pathlib import Path
from refimpl.edition import load
from refimpl.lab.market import Market
from refimpl.lab.simulation import Plan, simulate
plan = Plan(Market(load("2025"), "federated", 1000, 5000, houses=2), lose=0.01, seed=1)
start = time.process_time()
*_, totals = simulate(plan, int(sys.argv[1]), sys.argv[2])
took = time.process_time() - start
told = re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())
peak = int(told[1]) / 1024
print(json.dumps([took, peak, totals.transmissions, repr(totals)]))
"""


class Peer(TypedDict):
    """What simpy prints: seconds of its process, and what was sent and lost at each place."""

    seconds: float
    sent: list[int]
    lost: list[int]


def simulation() -> Iterator[Row]:
    """Sessions of a day beside simpy, by turns, and a million of them."""
    yield from _beside_simpy()
    yield from _a_million()


def _beside_simpy() -> Iterator[Row]:
    peer = installed("simpy", "simpy")
    targets = {"event by event": 3.0, "in arrays": 30.0}
    if peer is None:
        for what, target in targets.items():
            note = "not measured: simpy could not be installed"
            yield Row(f"sessions {what}, of simpy's speed", None, "x", target, True, note)
        return
    name, python = peer
    ratios: dict[str, list[float]] = {what: [] for what in targets}
    took: dict[str, list[float]] = {what: [] for what in (*targets, name)}
    unequal = 0
    for _ in range(ROUNDS):
        theirs = _simpy(python)
        took[name].append(theirs["seconds"])
        for what, run in (("event by event", run_events), ("in arrays", run_arrays)):
            seconds, counts = _timed(run)
            took[what].append(seconds)
            ratios[what].append(theirs["seconds"] / seconds)
            unequal += (counts.sent, counts.lost) != (theirs["sent"], theirs["lost"])
    of_simpy = statistics.median(took[name]) / SESSIONS * 1e6
    for what, target in targets.items():
        micro = statistics.median(took[what]) / SESSIONS * 1e6
        low, _, high = statistics.quantiles(ratios[what], n=4)
        note = f"{micro:.1f} µs a session against {of_simpy:.1f} of {name}; {low:.1f} to {high:.1f} in half of {ROUNDS} rounds"
        figure = statistics.median(ratios[what])
        yield Row(f"sessions {what}, of simpy's speed", figure, "x", target, True, note)
    note = f"of {2 * ROUNDS}, each beside simpy, place by place"
    yield Row("simulations that simpy counts otherwise", unequal, "", 0, False, note)


def _timed(run: Callable[[Plan, int, int], Counts]) -> tuple[float, Counts]:
    start = process_time()
    counts = run(PLAN, 0, SESSIONS)
    return process_time() - start, counts


def _simpy(python: str) -> Peer:
    """The same sessions in simpy, drawn by the same numbers."""
    told = {
        "sessions": SESSIONS,
        "mix": PLAN.mix_limits,
        "csps": MARKET.csps,
        "csos": MARKET.csos,
        "classes": PLAN.classes,
        "firsts": PLAN.firsts,
        "day": DAY,
        "waits": PLAN.waits,
        "retries": PLAN.retries,
        "begins": PLAN.begins,
        "limits": PLAN.gap_limits,
        "seed": PLAN.seed,
    }
    done = subprocess.run(
        [python, str(PEER)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    found: Peer = json.loads(done.stdout)
    return found


def _a_million() -> Iterator[Row]:
    """A million sessions by each engine, each in a process of its own."""
    if not Path("/proc/self/status").exists():
        note = "not measured: only Linux tells the peak of a program apart from who started it"
        yield Row("a million sessions, memory at its peak", None, "MB", None, False, note)
        return
    totals = []
    for engine in ("arrays", "events"):
        took, peak, transmissions, told = json.loads(
            output([sys.executable, "-c", WHOLE, str(MILLION), engine])
        )
        totals.append(told)
        note = f"{transmissions:,} transmissions, {transmissions / took:,.0f} a second; interpreter and all"
        yield Row(f"a million sessions by {engine}, time", took, "s", None, False, note)
        yield Row(
            f"a million sessions by {engine}, memory at its peak", peak, "MB", None, False, note
        )
    differ = len(set(totals)) - 1
    yield Row("a million sessions, totals that differ", differ, "", 0, False, "arrays, events")
